/** An OCI runtime's command line on a host of the tests' own: bundles, commands, and what is left of containers. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { belljar } from '../cli/sandbox.ts';
import type { OwnHost } from './own-host.ts';

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The parts of a config.json that tests change; the rest is as `runc spec` has it. */
export interface ConfigParts {
  readonly args?: readonly string[];
  readonly cgroup?: string;
  readonly rootfs?: string;
}

export function ociConfig({ args = ['/bin/true'], cgroup, rootfs = 'rootfs' }: ConfigParts): Record<string, unknown> {
  const usual = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [10] },
      args,
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: usual, effective: usual, permitted: usual },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
      oomScoreAdj: 100,
    },
    root: { path: rootfs, readonly: false },
    hostname: 'test',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    ],
    annotations: { 'org.example.key': 'value' },
    linux: {
      ...(cgroup === undefined ? {} : { cgroupsPath: cgroup }),
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: 268435456 },
        pids: { limit: 1000 },
        cpu: { shares: 1024, quota: 100000, period: 100000 },
      },
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      maskedPaths: ['/proc/kcore', '/proc/keys'],
      readonlyPaths: ['/proc/sys'],
    },
  };
}

export class OciRuntime {
  readonly name: string;
  readonly host: OwnHost;
  /** Where the runtime keeps its state. */
  readonly root: string;
  private readonly program: readonly string[];
  private bundles = 0;
  private readonly rootfs: string;

  /** `program`: how another runtime than runc and Belljar is called. */
  constructor(name: string, host: OwnHost, rootfs: string, program?: readonly string[]) {
    this.name = name;
    this.host = host;
    this.rootfs = rootfs;
    this.root = join(host.directory, `state-${name}`);
    this.program = program ?? [name === 'runc' ? 'runc' : belljar];
  }

  /** A directory with config.json: the usual one with `parts`, or any text. */
  bundle(config: ConfigParts | string = {}): string {
    const directory = join(this.host.directory, `bundle-${this.name}-${++this.bundles}`);
    mkdirSync(directory);
    const cgroup = `/${this.host.cgroup}/${this.name}-${this.bundles}`;
    const text = typeof config === 'string' ? config : JSON.stringify(ociConfig({ cgroup, rootfs: this.rootfs, ...config }));
    writeFileSync(join(directory, 'config.json'), text);
    return directory;
  }

  /** The command line of this runtime, to be run inside the host. */
  command(args: readonly string[], root = this.root): [string, ...string[]] {
    return this.host.inside([...this.program, '--root', root, ...args]);
  }

  run(args: readonly string[], options: { root?: string; timeoutMs?: number; killAfterMs?: number } = {}): Promise<Ended> {
    const [program, ...rest] = this.command(args, options.root);
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, {
        stdio: ['ignore', 'pipe', 'pipe'],
        cwd: '/',
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', BELLJAR_FRESH: '1' },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString('latin1')));
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString('latin1')));
      child.on('error', reject);
      const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
      // The descriptors may live on in the container, so its end is not waited for.
      child.on('exit', (status, signal) => {
        clearTimeout(timer);
        setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
          resolve({ status, signal, stdout, stderr });
        }, 10);
      });
    });
  }

  async state(id: string): Promise<{ status: string; pid: number } | null> {
    const result = await this.run(['state', id]);
    return result.status === 0 ? (JSON.parse(result.stdout) as { status: string; pid: number }) : null;
  }

  async list(root = this.root): Promise<string[]> {
    const result = await this.run(['list', '-q'], { root });
    if (result.status !== 0) throw new Error(`list: ${result.stderr}`);
    return result.stdout.split('\n').filter((line) => line !== '');
  }

  async waitFor(id: string, status: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if ((await this.state(id))?.status === status) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${id} does not become ${status}: ${JSON.stringify(await this.state(id))}`);
  }
}
