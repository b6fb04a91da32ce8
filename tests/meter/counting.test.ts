/**
 * Counting against the truth: a program that says how many calls it made, and `perf stat` where it is installed; and the
 * command line from outside: every target, refusals, exit statuses, and what is said without privileges.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { benchPath } from '#meter/calibrate/bench-process.ts';
import { findRuntimes, Workplace } from '#meter/calibrate/runtimes.ts';
import { measureCountingCost, Session } from '#meter/session.ts';
import { resolveTarget } from '#meter/target.ts';
import type { MeterReport } from '#report/meter-report.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const countable = measureCountingCost() !== null;
const skip = !existsSync(benchPath) ? 'meter-bench is not built' : !countable ? 'the tracepoint cannot be counted here' : false;

function meter(args: string[], options: { as?: number } = {}) {
  return spawnSync(process.execPath, ['src/cli/meter-main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    ...(options.as === undefined ? {} : { uid: options.as, gid: options.as }),
  });
}

function measured(args: string[]): { report: MeterReport; stdout: string } {
  const directory = mkdtempSync(join(tmpdir(), 'meter-count-'));
  try {
    const run = meter(['--quiet', '--format', 'json', '--output', join(directory, 'report.json'), ...args]);
    assert.equal(run.status, 0, run.stderr);
    return { report: JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as MeterReport, stdout: run.stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('the calls of a command are counted exactly, and the sampled mix names them', { skip }, () => {
  const { report, stdout } = measured(['--', benchPath, 'class', 'trivial', '400']);
  const [operations] = stdout.split(' ').map(Number);
  const counted = report.intervals.reduce((sum, s) => sum + (s.syscalls ?? 0), 0);
  assert.ok(Math.abs(counted / operations! - 1) < 0.001, `${counted} counted, ${operations} made`);
  assert.equal(report.calls[0]!.name, 'getppid');
  assert.ok(report.calls[0]!.share > 0.97);
  assert.ok(report.factors.mix!.trivial! > 0.97);
});

test('the mix of two phases is weighed by their calls', { skip }, () => {
  const both = `"${benchPath}" class trivial 300; "${benchPath}" class memory 300`;
  const { report, stdout } = measured(['--', '/bin/sh', '-c', both]);
  const [trivial, memory] = stdout
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[0]) * Number(line.split(' ')[2]));
  const share = trivial! / (trivial! + memory!);
  assert.ok(Math.abs(report.factors.mix!.trivial! - share) < 0.08, `${report.factors.mix!.trivial} sampled, ${share} made`);
});

test('two hundred short-lived children alike: their first calls are seen as often as their last', { skip }, () => {
  const { report } = measured(['--', '/bin/sh', '-c', 'i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done']);
  const share = (name: string): number => report.calls.find((c) => c.name === name)?.share ?? 0;
  // Each child makes some thirty calls, execve the first and exit_group the last.
  assert.ok(share('execve') > 0.01 && share('execve') < 0.08, `${share('execve')}`);
  assert.ok(share('exit_group') > 0.01 && share('exit_group') < 0.08, `${share('exit_group')}`);
});

test('sizes of reads and writes come with the samples', { skip }, () => {
  const { report } = measured(['--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=2048', 'count=300000', 'status=none']);
  assert.ok(Math.abs(report.factors.dataBytes! / 2048 - 1) < 0.05, `${report.factors.dataBytes}`);
});

test('children count too, and a process that runs already', { skip }, async () => {
  const child = spawn('/bin/sh', ['-c', `sleep 0.3; "${benchPath}" class trivial 1200 & wait`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const target = resolveTarget({ kind: 'pid', pid: child.pid! });
  const session = new Session(target, { workingSet: false, mix: false });
  await new Promise((resolve) => child.on('close', resolve));
  const { syscalls } = session.tick();
  session.close();
  const made = Number(output.split(' ')[0]);
  assert.ok(Math.abs(syscalls! / made - 1) < 0.001, `${syscalls} counted, ${made} made`);
});

test('page faults and switches agree with perf stat', {
  skip: skip || (spawnSync('perf', ['stat', '-e', 'page-faults', 'true']).status === 0 ? false : 'no working perf here'),
}, async () => {
  // Both watch one process, from before it begins until its end: the same work, so the same counts.
  const child = spawn('/bin/sh', ['-c', `read go; exec "${benchPath}" class page-fault 300`], { stdio: ['pipe', 'ignore', 'inherit'] });
  const perf = spawn('perf', ['stat', '-x', ';', '-e', 'page-faults,context-switches', '-p', `${child.pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  perf.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  const perfEnded = new Promise((resolve) => perf.on('close', resolve));
  const session = new Session(resolveTarget({ kind: 'pid', pid: child.pid! }), { workingSet: false, mix: false });
  while (countersOf(perf.pid!) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdin.end('go\n');
  await ended;
  await perfEnded;
  const { pageFaults, contextSwitches } = session.tick();
  session.close();
  const theirs = (event: string): number => Number(new RegExp(`^(\\d+);;${event}`, 'm').exec(words)?.[1]);
  assert.ok(theirs('page-faults') > 2000, words);
  assert.ok(Math.abs(pageFaults! - theirs('page-faults')) <= 2, `${pageFaults} faults against perf's ${theirs('page-faults')}`);
  assert.ok(Math.abs(contextSwitches! - theirs('context-switches')) <= 2, `${contextSwitches} switches against perf's: ${words}`);
});

/** perf events that a process has open. */
function countersOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).includes('perf_event')).length;
  } catch {
    return 0;
  }
}

test('the working set of a program that touches 10 MiB again and again', { skip }, async () => {
  const child = spawn(benchPath, ['sweep', '768', `${10 * 2 ** 20}`, '0', '60000'], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { report } = measured(['--pid', `${child.pid}`, '--wss', '--seconds', '1.5']);
  child.kill();
  const mebi = report.factors.workingSetBytes! / 2 ** 20;
  assert.ok(mebi > 9.5 && mebi < 13, `${mebi} MiB`);
});

test('a command that fails gives its status; the report comes all the same', () => {
  const run = meter(['--quiet', '--format', 'csv', '--', '/bin/sh', '-c', 'exit 7']);
  assert.equal(run.status, skip ? run.status : 7);
});

test('errors are two lines with what to do next, and status 1', () => {
  for (const args of [
    ['--pid', '999999999'],
    ['--container', 'nosuch'],
    ['--cgroup', '/nosuch'],
    ['--pid', '1', '--system'],
    ['predict', '--calibration', '/nosuch'],
    ['predict', '--calibration', `${root}package.json`],
    ['serve', '--listen', 'x:y'],
    ['verify'],
    ['fleet', '--prometheus', 'http://127.0.0.1:1'],
    ['predict', '--syscalls', '1', '--output', '/nosuch/x'],
  ]) {
    const run = meter(args);
    assert.equal(run.status, 1, args.join(' '));
    assert.match(run.stderr, /^belljar: .+\n {2}.+\n$/, args.join(' '));
    assert.equal(run.stdout, '', args.join(' '));
  }
});

test('without privileges: one clear line, or a report that says what is missing', {
  skip: process.getuid?.() === 0 ? false : 'needs root to drop it',
}, () => {
  try {
    execFileSync(process.execPath, ['-e', ''], { uid: 65534, gid: 65534, cwd: root });
  } catch {
    return;
  }
  const run = meter(['--quiet', '--seconds', '1', '--system', '--format', 'json'], { as: 65534 });
  if (run.status === 0) {
    assert.match(run.stdout, /CAP_PERFMON|perf_event_paranoid|root/);
  } else {
    assert.match(run.stderr, /^belljar: Nothing can be counted here: .+\n {2}.+\n$/);
  }
});

test('a container of runc is found by its id and counted by its cgroup', {
  skip: skip || (spawnSync('runc', ['--version']).status === 0 && process.getuid?.() === 0 ? false : 'no runc here'),
}, async () => {
  using workplace = new Workplace();
  const runtime = findRuntimes(workplace, ['runc'])[0]!;
  const { file, args } = runtime.wrap(['class', 'trivial', '4000']);
  const id = args.at(-1)!;
  const child = spawn(file, [...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { report } = measured(['--container', id, '--seconds', '1']);
  assert.ok(report.factors.syscallsPerSecond! > 100_000, `${report.factors.syscallsPerSecond}`);
  assert.ok(report.factors.mix!.trivial! > 0.95);
  await ended;
});
