/**
 * What a container costs under runc, Belljar and runsc, interleaved round by round: `docker run --rm` of /bin/true by a real dockerd,
 * create + start + delete without Docker, and the private memory of idle containers. Writes its table into docs/performance.md,
 * between its markers. Needs root, Docker (tests/docker/setup.sh) and runsc (bench/peers.sh; left out if it is not there).
 *
 *   node bench/docker.ts [--rounds N] [--containers N] [--no-write]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Daemon, makeBusyboxRoot } from '../tests/docker/daemon.ts';
import { type Ended, OciRuntime } from '../tests/docker/oci.ts';
import { OwnHost } from '../tests/docker/own-host.ts';
import { privateKb } from './idle.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    containers: { type: 'string', default: '20' },
    runsc: { type: 'string', default: `${root}/build/peers/runsc` },
    'no-write': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const containers = Number(options.containers);

type Name = 'runc' | 'belljar' | 'runsc';
const names: readonly Name[] = existsSync(options.runsc) ? ['runc', 'belljar', 'runsc'] : ['runc', 'belljar'];
/** As in bench/runtimes.ts: its network and cgroups do not work on every machine, and leaving them out makes it faster, not slower. */
const runscOptions = ['--network=none', '--ignore-cgroups'];

const samples = new Map<string, number[]>();
function note(row: string, name: Name, value: number): void {
  const key = `${row} ${name}`;
  samples.set(key, [...(samples.get(key) ?? []), value]);
}
function median(row: string, name: Name): number | null {
  const sorted = samples.get(`${row} ${name}`)?.toSorted((a, b) => a - b);
  return sorted?.[Math.floor(sorted.length / 2)] ?? null;
}
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

async function underDocker(): Promise<void> {
  await using daemon = await Daemon.start({
    belljar: { path: `${root}/belljar` },
    ...(names.includes('runsc') ? { runsc: { path: options.runsc, runtimeArgs: runscOptions } } : {}),
  });
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const started = performance.now();
      const result = daemon.docker(['run', '--rm', '--network', 'none', '--runtime', name, 'busybox', '/bin/true']);
      if (result.status !== 0) throw new Error(`docker run --runtime=${name}: ${result.stderr}`);
      // The first round warms caches, V8's among them.
      if (round > 0) note('docker', name, performance.now() - started);
    }
    progress(`docker run, round ${round}/${rounds}`);
  }
}

function runtimesOn(host: OwnHost): Map<Name, OciRuntime> {
  const rootfs = makeBusyboxRoot(join(host.directory, 'rootfs'));
  return new Map(
    names.map((name) => [
      name,
      name === 'runsc' ? new OciRuntime(name, host, rootfs, [options.runsc, ...runscOptions]) : new OciRuntime(name, host, rootfs),
    ]),
  );
}

function worked(what: string, result: Ended): void {
  if (result.status !== 0) throw new Error(`${what}: ${result.stderr || result.signal}`);
}

async function byCommandLine(): Promise<void> {
  await using host = await OwnHost.start();
  const runtimes = runtimesOn(host);
  for (let round = 0; round <= rounds; round++) {
    for (const [name, runtime] of runtimes) {
      const bundle = runtime.bundle({ args: ['/bin/true'] });
      const started = performance.now();
      for (const args of [
        ['create', '--bundle', bundle, 'c'],
        ['start', 'c'],
        ['delete', '--force', 'c'],
      ]) {
        const begun = performance.now();
        worked(`${name} ${args[0]}`, await runtime.run(args));
        if (round > 0) note(args[0] ?? '', name, performance.now() - begun);
      }
      if (round > 0) note('life', name, performance.now() - started);
    }
    progress(`create + start + delete, round ${round}/${rounds}`);
  }
  for (const [name, runtime] of runtimes) {
    const before = new Set(host.processes().keys());
    for (let i = 0; i < containers; i++) {
      const bundle = runtime.bundle({ args: ['/bin/sleep', '1000'] });
      worked(`${name} create`, await runtime.run(['create', '--bundle', bundle, `idle-${i}`]));
      worked(`${name} start`, await runtime.run(['start', `idle-${i}`]));
    }
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const pids = [...host.processes().keys()].filter((pid) => !before.has(pid));
    note('memory', name, privateKb(pids) / 1024 / containers);
    for (let i = 0; i < containers; i++) worked(`${name} delete`, await runtime.run(['delete', '--force', `idle-${i}`]));
    progress(`${containers} idle containers: ${name}`);
  }
}

const rows: [row: string, title: string, asked: string][] = [
  ['docker', '`docker run --rm` of /bin/true, ms', '1.3 of runc, under runsc'],
  ['life', 'create + start + delete without Docker, ms', '0.6 of runsc'],
  ['create', 'of that create, ms', ''],
  ['start', 'of that start, ms', ''],
  ['delete', 'of that delete, ms', ''],
  ['memory', `private memory of each of ${containers} idle containers, MB`, 'under runsc'],
];

function table(): string {
  const show = (value: number | null): string => (value === null ? '-' : value.toFixed(value < 100 ? 1 : 0));
  const lines = rows.map(([row, title, asked]) => {
    const [runc, belljar, runsc] = (['runc', 'belljar', 'runsc'] as const).map((name) => median(row, name));
    const ratio = (other: number | null | undefined): string => (belljar == null || !other ? '-' : (belljar / other).toFixed(2));
    return `| ${title} | ${show(runc ?? null)} | ${show(belljar ?? null)} | ${show(runsc ?? null)} | ${ratio(runc)} | ${ratio(runsc)} | ${asked} |`;
  });
  return [
    `Machine: ${cpus().length} CPUs (${cpus()[0]?.model.trim()}), Linux ${release()}, ${rounds} interleaved rounds, medians. Containers of busybox, network none.`,
    'runsc is the package of bench/peers.sh, without cgroups and network, which both others set up. Not counted in memory: the shim, the same for all.',
    '',
    '| | runc | belljar | runsc | belljar / runc | belljar / runsc | asked |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

await underDocker();
await byCommandLine();
console.log(table());
if (!options['no-write']) {
  const path = `${root}/docs/performance.md`;
  const begin = '<!-- docker-bench:begin (node bench/docker.ts writes this part) -->';
  const end = '<!-- docker-bench:end -->';
  const text = readFileSync(path, 'utf8');
  const at = text.indexOf(begin);
  const part = `${begin}\n${table()}\n${end}`;
  const after = text.indexOf(end) + end.length;
  writeFileSync(path, at < 0 ? `${text.trimEnd()}\n\n## Containers\n\n${part}\n` : text.slice(0, at) + part + text.slice(after));
}
