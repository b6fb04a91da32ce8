/**
 * Runs real programs natively and in the jar, and compares stdout, stderr and status. Groups: by default the short ones;
 * PROGRAMS=long the long ones (stress-ng, CPython's own tests), PROGRAMS=all both, PROGRAMS=NAME[,NAME] some programs.
 * PROGRAMS_NATIVE=1 runs natively only. A summary by program is printed at the end and left in build/programs.json.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { strictEqual } from 'node:assert/strict';
import { jarIsThere, projectRoot, runJar, runNative, type Outcome, type RunOptions } from '../guest/jar.ts';
import { programs, type ProgramCase } from './list.ts';

type Verdict = 'pass' | 'fail' | 'skip';
interface Row {
  program: string;
  name: string;
  verdict: Verdict;
  nativeMs: number;
  jarMs: number;
  detail: string;
}

const group = process.env['PROGRAMS'] ?? 'short';
const nativeOnly = process.env['PROGRAMS_NATIVE'] === '1';
const rows: Row[] = [];
const chosen = programs.filter((item) => {
  if (group === 'all') return true;
  if (group === 'long' || group === 'short') return (item.long ?? false) === (group === 'long');
  return group.split(',').some((name) => name === item.program || name === item.name);
});

// One fixed path natively and in the jar, so that outputs that name it agree. Natively it is a directory of the host; in the
// jar a directory of the overlay over it, so what one run leaves the other never sees.
const scratch = mkdtempSync('/tmp/programs-');

before(() => {
  if (process.env['PROGRAMS_SETUP'] === '0') return;
  const setup = spawnSync(`${projectRoot}/tests/programs/setup.sh`, { stdio: 'inherit' });
  if (setup.status !== 0) process.stderr.write('programs: the set-up failed; what is missing will be skipped\n');
});

for (const item of chosen) {
  test(`${item.program}: ${item.name}`, async (t) => {
    const row: Row = { program: item.program, name: item.name, verdict: 'fail', nativeMs: 0, jarMs: 0, detail: '' };
    rows.push(row);
    const reason = item.missing ?? (nativeOnly || jarIsThere() ? null : 'no ./belljar yet');
    if (reason !== null) {
      row.verdict = 'skip';
      row.detail = reason;
      t.skip(reason);
      return;
    }
    const command = ['/bin/sh', '-c', `mkdir -p ${scratch}/w && cd ${scratch}/w && { ${item.script}\n}`];
    const options: RunOptions = {
      cwd: '/',
      timeoutMs: item.timeoutMs ?? 30_000,
      ...(item.input === undefined ? {} : { input: item.input }),
    };
    const native = await runNative(command, options);
    rmSync(`${scratch}/w`, { recursive: true, force: true });
    row.nativeMs = Math.round(native.milliseconds);
    row.detail = 'natively timed out';
    strictEqual(native.timedOut, false, 'natively timed out');
    if (nativeOnly) {
      row.verdict = 'pass';
      row.detail = text(item, native).slice(0, 2000);
      return;
    }
    const jar = await runJar(command, options);
    row.jarMs = Math.round(jar.milliseconds);
    const expected = text(item, native);
    const found = text(item, jar);
    row.detail = firstDifference(expected, found);
    strictEqual(found, expected);
    row.verdict = 'pass';
    row.detail = '';
  });
}

after(() => {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(`${projectRoot}/build`, { recursive: true });
  writeFileSync(`${projectRoot}/build/programs.json`, `${JSON.stringify(rows, null, 1)}\n`);
  process.stdout.write('\n');
  for (const program of new Set(rows.map((row) => row.program))) {
    const own = rows.filter((row) => row.program === program);
    const bad = own.filter((row) => row.verdict === 'fail').map((row) => row.name);
    const skipped = own.filter((row) => row.verdict === 'skip').length;
    process.stdout.write(
      `# ${bad.length > 0 ? 'FAIL' : skipped === own.length ? 'skip' : 'pass'} ${program}: ${own.length - bad.length - skipped}/${own.length}${bad.length > 0 ? `; failed: ${bad.join(', ')}` : ''}\n`,
    );
  }
});

function text(item: ProgramCase, outcome: Outcome): string {
  const normal = item.normal ?? ((plain: string) => plain);
  const end = outcome.timedOut ? 'timed out' : `status ${outcome.status}`;
  return `${end}\n--- stdout\n${normal(outcome.stdout)}\n--- stderr\n${item.normal === undefined ? outcome.stderr : ''}`;
}

function firstDifference(expected: string, found: string): string {
  const a = expected.split('\n');
  const b = found.split('\n');
  const at = a.findIndex((line, index) => line !== b[index]);
  return at < 0 ? 'more output than natively' : `line ${at + 1}: native ${JSON.stringify(a[at])} jar ${JSON.stringify(b[at] ?? '(end)')}`;
}
