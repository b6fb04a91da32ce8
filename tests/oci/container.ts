/** Bundles around busybox, and the commands on them. */
import { strictEqual } from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const belljar = fileURLToPath(new URL('../../belljar', import.meta.url));
export const isRoot = process.geteuid?.() === 0;
export const here = fileURLToPath(new URL('.', import.meta.url));

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync);
/** Why the tests here cannot run, or false. */
export const skip = !isRoot ? 'cgroups need root' : busybox === undefined ? 'busybox is not installed' : false;

export const scratch = mkdtempSync(join(tmpdir(), 'belljar-oci-'));
export const root = join(scratch, 'state');
const cgroups = `belljar-oci-test-${process.pid}`;
process.once('exit', () => {
  for (const id of existsSync(root) ? readdirSync(root) : []) oci(['delete', '--force', id]);
  for (const path of cgroupDirectories()) rmdirSync(path);
  rmSync(scratch, { recursive: true, force: true });
});

/** Those of the tests here, deepest first. */
function cgroupDirectories(): string[] {
  const { stdout } = spawnSync('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${cgroups}*`], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

// biome-ignore lint/suspicious/noExplicitAny: tests edit arbitrary members
export type Config = any;
let bundles = 0;

function usualConfig(args: readonly string[]): Config {
  const caps = ['CAP_CHOWN', 'CAP_KILL', 'CAP_SETUID', 'CAP_SETGID', 'CAP_NET_BIND_SERVICE'];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args,
      env: ['PATH=/bin', 'HOME=/'],
      cwd: '/',
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    hostname: 'box',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'gid=5'] },
    ],
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      cgroupsPath: `/${cgroups}/c${bundles}`,
    },
  };
}

/** A new bundle whose process is `args`. */
export function makeBundle(args: readonly string[], edit: (config: Config) => void = () => {}): string {
  const directory = join(scratch, `bundle${bundles++}`);
  for (const name of ['proc', 'dev', 'tmp', 'bin', 'etc']) mkdirSync(join(directory, 'rootfs', name), { recursive: true });
  copyFileSync(busybox ?? '', join(directory, 'rootfs/bin/busybox'));
  for (const name of ['sh', 'cat', 'echo', 'sleep', 'id', 'env', 'pwd', 'true', 'stty', 'tty', 'ls', 'kill', 'grep', 'touch', 'hostname'])
    symlinkSync('busybox', join(directory, 'rootfs/bin', name));
  const config = usualConfig(args);
  edit(config);
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  return directory;
}

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const env = { ...process.env, BELLJAR_FRESH: '1' };

/**
 * One command to its end. `ignore`: of a command that leaves a container behind, which keeps its standard error: that goes to a file,
 * since a pipe would be open for as long as the container lives.
 */
export function oci(args: readonly string[], options: { input?: string; ignore?: boolean; log?: string } = {}): Result {
  const globals = ['--root', root, ...(options.log === undefined ? [] : ['--log', options.log, '--log-format', 'json'])];
  const common = { encoding: 'latin1', env, timeout: 60_000 } as const;
  if (!options.ignore) {
    const { status, stdout, stderr } = spawnSync(belljar, [...globals, ...args], { ...common, input: options.input ?? '' });
    return { status, stdout, stderr };
  }
  const path = join(scratch, 'stderr');
  const stderr = openSync(path, 'w+');
  const { status } = spawnSync(belljar, [...globals, ...args], { ...common, stdio: ['ignore', 'ignore', stderr] });
  closeSync(stderr);
  return { status, stdout: '', stderr: readFileSync(path, 'latin1') };
}

/** Fails with what the command said. */
export function succeeds(result: Result): void {
  strictEqual(result.status, 0, result.stderr);
}

/** Waits until `done` or 40 s have passed; whether it came. */
export async function eventually(done: () => boolean): Promise<boolean> {
  for (let end = performance.now() + 40_000; performance.now() < end; ) {
    if (done()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return done();
}

/** Starts a command and does not wait. */
export function launch(args: readonly string[]): ReturnType<typeof spawn> {
  return spawn(belljar, ['--root', root, ...args], { env, stdio: ['ignore', 'ignore', 'ignore'] });
}

export function statusOf(id: string): string {
  const result = oci(['state', id]);
  return result.status === 0 ? (JSON.parse(result.stdout) as { status: string }).status : 'gone';
}

export async function reaches(id: string, status: string): Promise<boolean> {
  return eventually(() => statusOf(id) === status);
}

/** Creates and starts `id`, whose output goes to a file, and tells its waiter's status when it has ended: shim.py, in the place of a container engine. */
export function lifeOf(id: string, bundle: string): { output: string; status: number; killedBy: number } {
  const text = execFileSync('python3', [join(here, 'shim.py'), belljar, root, bundle, id], { encoding: 'latin1', env, timeout: 60_000 });
  return JSON.parse(text) as { output: string; status: number; killedBy: number };
}

/** Everything of `id`, the only container, that could be left on the host. */
export function leftovers(id: string): string[] {
  const directory = join(root, id);
  return [...(existsSync(directory) ? [directory] : []), ...cgroupDirectories().filter((path) => !path.endsWith(cgroups))];
}

export function logLines(path: string): { level: string; msg: string; time: string }[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { level: string; msg: string; time: string });
}
