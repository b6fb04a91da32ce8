/**
 * Paths taken apart, remembered: guests name the same paths again and again. The components are the very string objects that
 * the dentry cache has as keys in the common case, with their hashes computed, so that a walk neither cuts strings nor hashes.
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
const cache = new Map<string, SplitPath>();
const names = new Map<string, string>();

export function splitPath(path: string): SplitPath {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const split = take(path);
  if (path.length <= MAX_CACHED) {
    if (cache.size >= LIMIT) {
      cache.clear();
      names.clear();
    }
    cache.set(path, split);
  }
  return split;
}

function take(path: string): SplitPath {
  const parts: string[] = [];
  const pieces = path.split('/');
  const last = pieces.length - 1;
  for (let i = 0; i <= last; i += 1) {
    const piece = pieces[i] as string;
    if (piece === '') continue;
    if (piece === '.' && !isLast(pieces, i)) continue;
    parts.push(intern(piece));
  }
  return { absolute: path.charCodeAt(0) === 47, parts, trailingSlash: parts.length > 0 && pieces[last] === '' };
}

function isLast(pieces: string[], at: number): boolean {
  for (let i = at + 1; i < pieces.length; i += 1) if (pieces[i] !== '') return false;
  return true;
}

function intern(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, name);
  return name;
}
