/**
 * A small host of its own to start daemons on: mount, network and pid namespaces of its own over the machine's files, with /run, /dev/shm
 * and a scratch directory in memory. Ending it kills every process in it and so takes its mounts and network devices along;
 * cgroups, which have no such owner, are made below one directory of each hierarchy and removed by name.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, descendants, eventually } from '../cli/sandbox.ts';

/** The first process: collects the dead, as an init does, and ends, with all, when the test that holds its input does. */
const init = `
mount --make-rprivate /
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs shm /dev/shm
mount -t tmpfs -o mode=755 data "$1"
ip link set lo up
echo ready
cat >/dev/null
`;

export interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class OwnHost {
  /** Seen inside and outside; what lies in `data` only inside. */
  readonly directory: string;
  readonly data: string;
  /** Name of the cgroup below which everything here should live. */
  readonly cgroup: string;
  /** The first process, by the machine's numbers. */
  readonly pid: number;
  private readonly process: ChildProcess;

  private constructor(directory: string, child: ChildProcess, pid: number) {
    this.directory = directory;
    this.data = join(directory, 'data');
    this.cgroup = `belljar-test-${child.pid}`;
    this.process = child;
    this.pid = pid;
  }

  static async start(): Promise<OwnHost> {
    // Short, since sockets' paths are at most 107 bytes.
    sweep();
    const directory = mkdtempSync(`/tmp/bj-${process.pid}-`);
    mkdirSync(join(directory, 'data'));
    const child = spawn(
      'unshare',
      ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-euc', init, 'init', join(directory, 'data')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (status) => reject(new Error(`unshare ended with ${status}: the docker tests need root`)));
    });
    const pid = childrenOf(child.pid ?? 0)[0];
    if (pid === undefined) throw new Error('the first process of the test host is gone');
    return new OwnHost(directory, child, pid);
  }

  /** The command line that runs `command` inside. */
  inside(command: readonly string[]): [string, ...string[]] {
    return ['nsenter', '-t', String(this.pid), '-m', '-n', '-p', '--', ...command];
  }

  run(command: readonly string[], options: { input?: string | Buffer; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {}): Output {
    const [program, ...args] = this.inside(command);
    const result = spawnSync(program, args, {
      input: options.input ?? '',
      encoding: 'utf8',
      timeout: options.timeoutMs ?? 60_000,
      cwd: '/',
      maxBuffer: 64 << 20,
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Processes inside, but for the first and its cat: command lines by pid (the machine's numbers). */
  processes(): Map<number, string> {
    const all = new Map<number, string>();
    for (const pid of descendants(this.pid)) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        if (command !== 'cat') all.set(pid, command === '' ? `(${name}, state ${stat[stat.lastIndexOf(')') + 2]})` : command);
      } catch (error) {
        if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error; // it ended just now
      }
    }
    return all;
  }

  /** Mount points inside. */
  mounts(): string[] {
    return this.run(['cat', '/proc/self/mounts'])
      .stdout.split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((point) => point !== '');
  }

  /** Cgroups below this host's own, of every hierarchy, deepest first. */
  cgroups(): string[] {
    return hierarchies()
      .map((hierarchy) => join(hierarchy, this.cgroup))
      .filter((path) => existsSync(path))
      .flatMap(cgroupsBelow);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // unshare ignores SIGTERM; by --kill-child the first process dies with it, and by that everything inside.
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
    await eventually(() => !existsSync(`/proc/${this.pid}`));
    for (const path of [...this.cgroups(), ...hierarchies().map((hierarchy) => join(hierarchy, this.cgroup))]) {
      if (existsSync(path)) await eventually(() => spawnSync('rmdir', [path]).status === 0);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Removes what hosts of killed tests have left: directories and cgroups whose process is gone. */
function sweep(): void {
  for (const name of readdirSync('/tmp')) {
    const pid = /^bj-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join('/tmp', name), { recursive: true, force: true });
  }
  for (const hierarchy of hierarchies())
    for (const name of readdirSync(hierarchy)) {
      const pid = /^belljar-test-(\d+)$/.exec(name)?.[1];
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
      for (const path of [...cgroupsBelow(join(hierarchy, name)), join(hierarchy, name)]) spawnSync('rmdir', [path]);
    }
}

/** Deepest first. */
function cgroupsBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [...cgroupsBelow(join(path, entry.name)), join(path, entry.name)]);
}

/** Where cgroups can be made: each mounted hierarchy. */
export function hierarchies(): string[] {
  return readFileSync('/proc/mounts', 'latin1')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[2] === 'cgroup' || fields[2] === 'cgroup2')
    .map((fields) => fields[1] ?? '');
}

/** A file of a host's directory. */
export function put(host: OwnHost, name: string, text: string): string {
  const path = join(host.directory, name);
  writeFileSync(path, text);
  return path;
}
