/**
 * Runs all *.test.ts with node:test, two files at a time, and shows one line for each file as it ends, failures in full,
 * and the closing line `N passed, N failed`. Arguments select files whose path contains one of them.
 */
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from 'node:test';

interface FileResult {
  passed: number;
  failed: number;
  skipped: number;
  startMs: number;
}

const wanted = process.argv.slice(2);
const files = globSync(['src/**/*.test.ts', 'gen/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/**/*.test.ts'])
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort((a, b) => Number(a.startsWith('tests/')) - Number(b.startsWith('tests/')) || (a < b ? -1 : 1));
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}

const root = process.cwd();
const results = new Map<string, FileResult>();
let finished = 0;

function resultOf(file: string | undefined): FileResult {
  const name = file ? relative(root, file) : '?';
  let result = results.get(name);
  if (!result) results.set(name, (result = { passed: 0, failed: 0, skipped: 0, startMs: performance.now() }));
  return result;
}

interface Report {
  name: string;
  file?: string;
  nesting: number;
  skip?: string | boolean;
  details: { type?: string; error?: Error & { cause?: unknown; failureType?: string }; duration_ms?: number };
}

function report(event: Report, ok: boolean): void {
  const result = resultOf(event.file);
  const isFile = event.file !== undefined && event.name === event.file;
  // A suite fails because a test in it does, which is counted; a file that cannot be loaded has nothing in it to count.
  if (event.details.type === 'suite' || (isFile && (ok || result.failed > 0))) return;
  if (event.details.error?.failureType === 'subtestsFailed') return;
  if (event.skip) result.skipped++;
  else if (ok) result.passed++;
  else {
    result.failed++;
    const error = event.details.error;
    const cause = error?.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error?.cause ?? error);
    console.log(`FAILED ${event.file ? relative(root, event.file) : ''}: ${event.name}\n    ${cause.replaceAll('\n', '\n    ')}`);
  }
}

const stream = run({ files, concurrency: 2, timeout: 15 * 60_000 });
stream.on('test:pass', (event) => report(event as Report, true));
stream.on('test:fail', (event) => report(event as Report, false));
stream.on('test:stderr', (event) => process.stderr.write(event.message));
stream.on('test:summary', (event) => {
  if (event.file === undefined) return;
  const file = relative(root, event.file);
  const result = resultOf(event.file);
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  console.log(
    `[${++finished}/${files.length}] ${file}: ${result.passed} passed, ${result.failed} failed${skipped}, ${(event.duration_ms / 1000).toFixed(1)} s`,
  );
});
stream.on('end', () => {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => [...results.values()].reduce((total, result) => total + result[key], 0);
  const missing = files.filter((file) => !results.has(file));
  for (const file of missing) console.log(`FAILED ${file}: it ran no test`);
  const skipped = sum('skipped');
  if (skipped > 0) console.log(`${skipped} skipped`);
  const failed = sum('failed') + missing.length;
  console.log(`${sum('passed')} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
});
stream.resume();
