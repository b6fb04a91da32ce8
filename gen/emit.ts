/** What every generator ends with: write the file, or with --check say whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';

export function readIfThere(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

export function emit(file: URL, text: string): void {
  if (readIfThere(file) === text) return;
  const name = relative(fileURLToPath(new URL('..', import.meta.url)), fileURLToPath(file));
  if (process.argv.includes('--check')) {
    process.stderr.write(`${name} is out of date: run its generator.\n`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(file, text);
  process.stdout.write(`wrote ${name}\n`);
}
