/**
 * House rules that the linter does not know: the direction of imports, and no asynchronous code in the kernel.
 * `node scripts/check-rules.ts`; prints one line for each breach, status 1 if there is any.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file's values come from its own rank or a lower one. Types may come from anywhere below the command line. */
const ranks: Readonly<Record<string, number>> = {
  abi: 0,
  platform: 1,
  wire: 1,
  mm: 2,
  kernel: 2,
  fs: 2,
  net: 2,
  syscalls: 3,
  runtime: 4,
  cli: 5,
};
/** These need nothing of the sandbox but the constants. */
const apart = new Set(['meter', 'report']);
/** Puts the kernel together, so that it alone knows every part. */
const composers = new Set(['src/kernel/boot.ts']);
/** Shared by kernel and runtime: what is asked for, and the messages between them. */
const contracts = new Set(['src/runtime/sandbox-spec.ts', 'src/runtime/control.ts']);
const synchronous = new Set(['abi', 'platform', 'mm', 'wire', 'kernel', 'fs', 'net', 'syscalls']);

const importPattern = /^\s*(?:import|export)\s+(type\s)?([^'";]*?)(?:from\s*)?'([^']+)';/gm;

function layerOf(path: string): string {
  const [src, layer = '', next = ''] = path.split('/');
  if (src !== 'src') return '';
  return layer === 'net' && next === 'wire' ? 'wire' : layer;
}

function resolve(file: string, target: string): string | null {
  if (target.startsWith('#')) return `src/${target.slice(1)}`;
  return target.startsWith('.') ? join(dirname(file), target) : null;
}

/** Code without comments and without the insides of strings, same line numbers. */
function bareCode(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, (match) =>
    match.replace(/[^\n]/g, ' '),
  );
}

export function breaches(file: string, text: string): string[] {
  const found: string[] = [];
  const layer = layerOf(file);
  const line = (index: number): number => text.slice(0, index).split('\n').length;
  for (const match of text.matchAll(importPattern)) {
    const [whole, typeOnly, names = '', target = ''] = match;
    const at = `${file}:${line(match.index + whole.search(/\S/))}`;
    if (target.startsWith('.') && !target.endsWith('.ts')) found.push(`${at}: write the import of ${target} with its .ts`);
    const path = resolve(file, target);
    if (path === null || composers.has(file) || contracts.has(path)) continue;
    const to = layerOf(path);
    const named = names.match(/\{([^}]*)\}/)?.[1];
    const types =
      typeOnly !== undefined || (named?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false);
    if (apart.has(layer)) {
      const shared = to === 'abi' || apart.has(to) || (to === 'syscalls' && types);
      if (!shared) found.push(`${at}: ${layer} imports ${path}: it may know only src/abi`);
      continue;
    }
    const rank = ranks[layer];
    const targetRank = ranks[to] ?? (apart.has(to) ? 5 : undefined);
    if (rank === undefined || targetRank === undefined || targetRank <= rank) continue;
    if (!types || targetRank === 5 || layer === 'abi')
      found.push(`${at}: ${layer} imports ${path}: imports go abi <- platform, mm, wire <- kernel, fs, net <- syscalls <- runtime <- cli`);
  }
  if (synchronous.has(layer)) {
    const code = bareCode(text);
    for (const match of code.matchAll(
      /\basync\b|(?<![.#\w])await\s|\bPromise\b|(?<![.#\w])setTimeout\((?![^)]*\): \w+ \{)|\bsetImmediate\b|\bqueueMicrotask\b/g,
    ))
      found.push(`${file}:${line(match.index)}: ${match[0]}: the kernel is synchronous`);
  }
  return found;
}

if (import.meta.main) {
  const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'));
  const all = files.sort().flatMap((file) => breaches(file, readFileSync(file, 'utf8')));
  for (const breach of all) console.error(breach);
  console.log(`rules: ${files.length} files, ${all.length} breaches`);
  process.exit(all.length > 0 ? 1 : 0);
}
