/** A dockerd, with the containerd it starts, on a host of its own; and the images that the cases use. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnHost, type Output, put } from './own-host.ts';

/** Debian's client, whatever else may be on the PATH. */
export const dockerClient = '/usr/bin/docker';

const daemonPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface RuntimeEntry {
  readonly path: string;
  readonly runtimeArgs?: readonly string[];
}

export class Daemon implements AsyncDisposable {
  readonly host: OwnHost;
  readonly socket: string;

  private constructor(host: OwnHost) {
    this.host = host;
    this.socket = join(host.directory, 'sock');
  }

  /** `runtimes`: beside runc, which is there anyway. */
  static async start(runtimes: Readonly<Record<string, RuntimeEntry>>): Promise<Daemon> {
    const host = await OwnHost.start();
    try {
      const daemon = new Daemon(host);
      const config = put(host, 'daemon.json', JSON.stringify({ runtimes, 'live-restore': true }, null, 2));
      daemon.up(
        `--config-file=${config}`,
        `--data-root=${host.data}/docker`,
        `--exec-root=${host.data}/exec`,
        `--pidfile=${host.data}/dockerd.pid`,
        `--host=unix://${daemon.socket}`,
        `--cgroup-parent=/${host.cgroup}`,
      );
      daemon.makeImages();
      return daemon;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  get log(): string {
    return readFileSync(join(this.host.directory, 'log'), 'utf8');
  }

  /** The command that starts or ends dockerd, for scripts. */
  control(...args: readonly string[]): string[] {
    return this.host.inside(['sh', join(import.meta.dirname, 'dockerd.sh'), this.host.directory, ...args]);
  }

  /** Starts dockerd and waits until it answers; options are those of the last start if none are given. */
  up(...options: readonly string[]): void {
    const [program = '', ...args] = this.control('up', ...options);
    // BELLJAR_FRESH: npm test has built; a source that is edited meanwhile changes nothing here.
    const env = { PATH: daemonPath, HOME: '/root', LC_ALL: 'C', BELLJAR_FRESH: '1' };
    const result = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', cwd: '/', env });
    if (result.status !== 0) throw new Error(result.stderr);
  }

  docker(args: readonly string[], input: string | Buffer = ''): Output {
    const result = spawnSync(dockerClient, args, {
      input,
      encoding: 'utf8',
      timeout: 120_000,
      env: { PATH: '/usr/bin:/bin', HOME: this.host.directory, DOCKER_HOST: `unix://${this.socket}` },
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  private makeImages(): void {
    const busybox = makeBusyboxRoot(join(this.host.directory, 'busybox'));
    buildStatic(join(import.meta.dirname, 'lock.c'), join(busybox, 'bin/lock'));
    this.importImage('busybox', busybox);
    const hello = join(this.host.directory, 'hello');
    mkdirSync(hello);
    buildStatic(join(import.meta.dirname, 'hello.c'), join(hello, 'hello'));
    this.importImage('hello-world', hello, ['--change', 'CMD ["/hello"]']);
  }

  private importImage(name: string, root: string, options: readonly string[] = []): void {
    const tar = spawnSync('tar', ['-c', '-C', root, '--owner=0', '--group=0', '.'], { maxBuffer: 64 << 20 });
    const result = this.docker(['import', ...options, '-', name], tar.stdout);
    if (result.status !== 0) throw new Error(`docker import ${name}: ${result.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
  }
}

/** A root file system of busybox with all its commands and two users. */
export function makeBusyboxRoot(root: string): string {
  for (const dir of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'var']) mkdirSync(join(root, dir), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  const applets = spawnSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).stdout.split('\n');
  for (const applet of applets) if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nstaff:x:50:app\napp:x:1000:\n');
  return root;
}

export function buildStatic(source: string, output: string): void {
  const built = spawnSync('gcc', ['-O1', '-static', '-o', output, source], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`${source} does not build: ${built.stderr}`);
}
