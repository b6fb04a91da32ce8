/** Builds the guest programs into build/guest/, only those whose source or headers are newer than the binary. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { projectRoot } from './jar.ts';

const compile = promisify(execFile);
export const guestSource = `${projectRoot}/tests/guest`;
export const guestBuild = `${projectRoot}/build/guest`;

/** Compiles one program; the path of the binary. Throws with the compiler's words when it fails. */
export async function buildOne(source: string, name: string, flags: readonly string[]): Promise<string> {
  mkdirSync(guestBuild, { recursive: true });
  const target = `${guestBuild}/${name}`;
  const newest = Math.max(modified(source), modified(`${guestSource}/check.h`));
  if (modified(target) > newest) return target;
  await compile('gcc', [
    '-std=gnu17',
    '-O1',
    '-g',
    '-Wall',
    '-Wextra',
    '-Wno-unused-parameter',
    `-I${guestSource}`,
    source,
    '-o',
    target,
    ...flags,
  ]);
  return target;
}

/** Every family of tests: tests/guest/NAME.c becomes build/guest/NAME, dynamic, with threads. */
export function families(): string[] {
  return readdirSync(guestSource)
    .filter((file) => file.endsWith('.c'))
    .map((file) => file.slice(0, -2))
    .sort();
}

export function buildFamily(name: string): Promise<string> {
  return buildOne(`${guestSource}/${name}.c`, name, ['-pthread', '-lrt', '-lm']);
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
