/**
 * Paths taken apart, remembered: guests name the same paths again and again, and remembered components have their hashes
 * computed, so that a walk neither cuts strings nor hashes.
 */
export interface SplitPath {
  readonly absolute: boolean;
  /** Components without empty ones; "." only as the last. */
  readonly parts: readonly string[];
  /** Ends in a slash: must be a directory. */
  readonly trailingSlash: boolean;
}

const LIMIT = 8192;
const MAX_CACHED = 256;
const SEEN_SLOTS = 1024;
const SLASH = 47;
const cache = new Map<string, SplitPath>();
/** Paths met lately, one a slot: only what is met twice is worth an entry (a walk over a big tree meets each once). */
const seen: string[] = new Array<string>(SEEN_SLOTS).fill('');

export function splitPath(path: string): SplitPath {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const split = take(path);
  if (path.length <= MAX_CACHED) remember(path, split);
  return split;
}

function remember(path: string, split: SplitPath): void {
  const { length } = path;
  let slot = length;
  for (let i = Math.max(0, length - 8); i < length; i += 1) slot = (Math.imul(slot, 31) + path.charCodeAt(i)) | 0;
  slot &= SEEN_SLOTS - 1;
  if (seen[slot] !== path) {
    seen[slot] = path;
    return;
  }
  if (cache.size >= LIMIT) cache.clear();
  cache.set(path, split);
}

function take(path: string): SplitPath {
  const { length } = path;
  const parts: string[] = [];
  let dots = false;
  for (let at = 0; at < length; ) {
    if (path.charCodeAt(at) === SLASH) {
      at += 1;
      continue;
    }
    let end = path.indexOf('/', at);
    if (end < 0) end = length;
    const part = path.slice(at, end);
    if (part === '.') dots = true;
    parts.push(part);
    at = end;
  }
  const kept = dots ? parts.filter((part, i) => part !== '.' || i === parts.length - 1) : parts;
  return { absolute: path.charCodeAt(0) === SLASH, parts: kept, trailingSlash: kept.length > 0 && path.charCodeAt(length - 1) === SLASH };
}
