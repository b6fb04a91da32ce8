/**
 * npm run bench: the same programs natively, under runc, under the packaged runsc and under Belljar, interleaved round by round,
 * as medians and as multiples of native. Writes docs/performance.md (between its markers) and build/bench.json.
 *
 *   node bench/run.ts [--rounds N] [--only native,belljar] [--rows NAME,...] [--scale X] [--parts micro,pinned,programs,start,idle] [--no-write]
 * Run bench/peers.sh first, as root. A runtime or a row that fails is reported as such and the rest goes on.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuTicks, descendants, privateKb } from './idle.ts';
import { runtimes, type Runtime } from './runtimes.ts';
import { microRows, table, type Row } from './table.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'native,runc,runsc,belljar' },
    rows: { type: 'string', default: 'all' },
    scale: { type: 'string', default: '0.2' },
    parts: { type: 'string', default: 'start,micro,pinned,programs,idle' },
    peers: { type: 'string', default: `${root}/build/peers` },
    'no-write': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const parts = options.parts.split(',');
const work = `${root}/build/bench`;
const rootfs = `${options.peers}/rootfs`;

/** The whole programs of issue 2, run by /bin/sh. */
const wholePrograms: Readonly<Record<string, string>> = {
  'make a small C project': 'cd /data/project && make -s clean && make -s',
  'python3 json, asyncio': "python3 -c 'import json, asyncio'",
  'git status, 5,000 files': 'cd /data/tree && git status --short | wc -l',
  'find /usr, counted': 'find /usr | wc -l',
  'untar 10,000 files': 'rm -rf /tmp/u && mkdir /tmp/u && tar xf /data/files.tar -C /tmp/u',
};

interface Run {
  ok: boolean;
  text: string;
  milliseconds: number;
  why: string;
}

function run(runtime: Runtime, args: readonly string[], timeoutMs: number, pinned: boolean): Promise<Run> {
  const id = `bench-${runtime.name}-${process.pid}`;
  const full = runtime.command(args, id);
  const [program = '', ...rest] = pinned ? ['taskset', '-c', '0', ...full] : full;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: '/' });
    let text = '';
    let errors = '';
    let timedOut = false;
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString('latin1')).slice(-2000)));
    const timer = setTimeout(() => {
      timedOut = true;
      end(child.pid);
      runtime.clean(id);
    }, timeoutMs);
    child.on('error', (error) => resolve({ ok: false, text, milliseconds: 0, why: error.message }));
    child.on('close', (status) => {
      clearTimeout(timer);
      const why = timedOut ? 'timed out' : status === 0 ? '' : `status ${status}: ${errors.trim().split('\n').at(-1) ?? ''}`;
      resolve({ ok: status === 0, text, milliseconds: performance.now() - started, why });
    });
  });
}

function end(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const each of descendants(pid).reverse()) {
    try {
      process.kill(each, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Samples by row and runtime. */
const samples = new Map<string, Map<string, number[]>>();
const problems: string[] = [];
function note(row: string, runtime: string, value: number): void {
  const byRuntime = samples.get(row) ?? new Map<string, number[]>();
  samples.set(row, byRuntime);
  byRuntime.set(runtime, [...(byRuntime.get(runtime) ?? []), value]);
}
function problem(runtime: Runtime, what: string, why: string): void {
  const text = `${runtime.name}, ${what}: ${why}`;
  if (!problems.includes(text)) problems.push(text);
  progress(`  ${text}`);
}
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function prepare(): void {
  mkdirSync(work, { recursive: true });
  const built = spawnSync('gcc', ['-O2', '-static', '-pthread', `${root}/bench/micro.c`, '-o', `${work}/micro`], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('bench: micro.c does not build');
  if (!existsSync(`${rootfs}/usr/bin/git`)) return;
  mkdirSync(`${rootfs}/data`, { recursive: true });
  copyFileSync(`${work}/micro`, `${rootfs}/data/micro`);
  writeFileSync(`${rootfs}/data/file`, 'x'.repeat(4096));
  if (existsSync(`${rootfs}/data/files.tar`)) return;
  progress('bench: preparing the trees that the whole programs work on');
  const script = readFileSync(`${root}/bench/prepare.sh`, 'utf8');
  const made = spawnSync('/usr/sbin/chroot', [rootfs, '/bin/sh', '-eu'], {
    input: script,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { PATH: '/usr/bin:/bin' },
  });
  if (made.status !== 0) throw new Error('bench: prepare.sh failed');
}

async function micro(present: readonly Runtime[], pinned: boolean): Promise<void> {
  const suffix = pinned ? ' (pinned)' : '';
  const names = options.rows === 'all' ? microRows : options.rows.split(',');
  const failed = new Set<string>();
  for (let round = 1; round <= rounds; round++) {
    // One start for each row, the runtimes in turn: a row that hangs costs only itself, and noise hits all four alike.
    for (const name of names) {
      progress(`micro${suffix} ${round}/${rounds} ${name}`);
      for (const runtime of present) {
        const key = `${runtime.name} ${name}`;
        if (failed.has(key)) continue;
        const result = await run(runtime, ['/data/micro', '-f', '/data/file', '-s', options.scale, name], 60_000, pinned);
        const match = /^(\w+) ([\d.]+)$/m.exec(result.text);
        if (match !== null) note(`${name}${suffix}`, runtime.name, Number(match[2]));
        if (result.ok) continue;
        failed.add(key);
        problem(runtime, `${name}${suffix}`, result.why);
      }
    }
  }
}

async function timed(present: readonly Runtime[], row: string, args: readonly string[], count: number): Promise<void> {
  for (let round = 1; round <= count; round++) {
    for (const runtime of present) {
      const result = await run(runtime, args, 180_000, false);
      if (round === 1) progress(`${row}: ${runtime.name} ${result.ok ? `${Math.round(result.milliseconds)} ms` : result.why}`);
      if (result.ok) note(row, runtime.name, result.milliseconds);
      else problem(runtime, row, result.why);
    }
  }
}

async function idle(present: readonly Runtime[]): Promise<void> {
  const seconds = 5;
  for (const runtime of present) {
    const id = `idle-${runtime.name}-${process.pid}`;
    const [program = '', ...rest] = runtime.command(['/usr/bin/sleep', '60'], id);
    const child = spawn(program, rest, { stdio: 'ignore', detached: true });
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const pids = child.pid === undefined ? [] : descendants(child.pid);
    const before = cpuTicks(pids);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    if (child.exitCode === null && child.pid !== undefined) {
      note('idle private memory, MB', runtime.name, privateKb(pids) / 1024);
      note('idle CPU, % of one', runtime.name, (cpuTicks(pids) - before) / seconds);
    } else problem(runtime, 'idle', `ended with status ${child.exitCode}`);
    end(child.pid);
    runtime.clean(id);
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const all = runtimes(root, options.peers, work);
const wanted = options.only.split(',');
const present = all.filter((runtime) => wanted.includes(runtime.name) && runtime.absent === null);
for (const runtime of all) if (wanted.includes(runtime.name) && runtime.absent !== null) problem(runtime, 'left out', runtime.absent);
prepare();
if (parts.includes('start')) await timed(present, 'start-up of /bin/true, ms', ['/usr/bin/true'], rounds * 2);
if (parts.includes('micro')) await micro(present, false);
if (parts.includes('pinned')) await micro(present, true);
if (parts.includes('programs'))
  for (const [row, script] of Object.entries(wholePrograms))
    await timed(present, `${row}, ms`, ['/bin/sh', '-c', script], Math.max(3, rounds >> 1));
if (parts.includes('idle')) await idle(present);

const rows: Row[] = [...samples].map(([name, byRuntime]) => ({
  name,
  medians: Object.fromEntries([...byRuntime].map(([runtime, numbers]) => [runtime, median(numbers)])),
  count: Math.max(...[...byRuntime.values()].map((numbers) => numbers.length)),
}));
const machine = `${cpus().length} CPUs (${cpus()[0]?.model ?? '?'}), Linux ${release()}, Node ${process.version}; ${rounds} interleaved rounds, scale ${options.scale}`;
const markdown = table(rows, machine, problems);
process.stdout.write(markdown);
writeFileSync(`${root}/build/bench.json`, `${JSON.stringify({ date: new Date().toISOString(), machine, rows, problems }, null, 1)}\n`);
if (!options['no-write']) {
  const file = `${root}/docs/performance.md`;
  const begin = '<!-- bench:begin (npm run bench writes this part) -->';
  const finish = '<!-- bench:end -->';
  const old = existsSync(file) ? readFileSync(file, 'utf8') : `# Performance\n\n${begin}\n${finish}\n`;
  writeFileSync(
    file,
    old.replace(new RegExp(`${begin.replace(/[()]/g, '\\$&')}[^]*${finish}`), () => `${begin}\n${markdown}${finish}`),
  );
}
