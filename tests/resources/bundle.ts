/** Bundles around one static program (probe.c), and their runs under Belljar and runc, for comparison. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const belljar = fileURLToPath(new URL('../../belljar', import.meta.url));
export const isRoot = process.geteuid?.() === 0;
export const hasRunc = isRoot && spawnSync('runc', ['--version']).status === 0;

const scratch = mkdtempSync(join(tmpdir(), 'belljar-bundles-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
let bundles = 0;
let probe = '';

function buildProbe(): string {
  if (probe !== '') return probe;
  probe = join(scratch, 'probe');
  execFileSync('gcc', ['-O1', '-static', '-o', probe, fileURLToPath(new URL('probe.c', import.meta.url))]);
  return probe;
}

/** config.json, as `runc spec` shapes it, with what a test changes. */
// biome-ignore lint/suspicious/noExplicitAny: tests edit arbitrary members
export type Config = any;

function usualConfig(args: readonly string[]): Config {
  const caps = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_CHOWN'];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/probe', ...args],
      env: ['PATH=/'],
      cwd: '/',
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    hostname: 'box',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'] },
    ],
    linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })) },
  };
}

/** A new bundle directory whose program answers `questions`. */
export function makeBundle(questions: readonly string[], edit: (config: Config) => void = () => {}): string {
  const directory = join(scratch, `bundle${bundles++}`);
  for (const name of ['proc', 'dev', 'sys', 'tmp', 'bin', 'etc']) mkdirSync(join(directory, 'rootfs', name), { recursive: true });
  copyFileSync(buildProbe(), join(directory, 'rootfs/probe'));
  const config = usualConfig(questions);
  edit(config);
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  return directory;
}

export interface Run {
  readonly status: number | null;
  readonly signal: string | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

let runs = 0;
export function run(runtime: 'runc' | 'belljar', bundle: string): Run {
  const id = `probe-${process.pid}-${runs++}`;
  const command = runtime === 'runc' ? ['runc', '--root', join(scratch, 'runc'), 'run', id] : [belljar, 'run', id];
  const result = spawnSync(command[0] as string, command.slice(1), {
    cwd: bundle,
    encoding: 'utf8',
    input: '',
    timeout: 120_000,
    env: { ...process.env, BELLJAR_FRESH: '1' },
  });
  return {
    status: result.status,
    signal: result.signal,
    lines: result.stdout.split('\n').filter((line) => line !== ''),
    stderr: result.stderr,
  };
}
