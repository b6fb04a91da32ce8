/** Runs one case's script under one runtime, makes its output comparable, and cleans up after it. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerCase } from './cases/case.ts';
import { type Daemon, dockerClient } from './daemon.ts';
import { hierarchies } from './own-host.ts';

export interface CaseOutput {
  /** Of the script's last command; null when it was ended for taking too long. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface CaseRun {
  readonly outputs: ReadonlyMap<string, CaseOutput>;
  /** What was still there after the containers had been removed. */
  readonly left: readonly string[];
}

const prelude = `
docker() { ${dockerClient} "$@"; }
run() { docker run --runtime "$RUNTIME" --network none "$@"; }
create() { docker create --runtime "$RUNTIME" --network none "$@"; }
wait_for() {
  attempts=0
  until "$@" >/dev/null 2>&1; do
    attempts=$((attempts + 1))
    [ $attempts -lt 100 ] || { echo "(waited in vain for: $*)"; return 1; }
    sleep 0.15
  done
}
typed() { python3 "$TYPED" "$@"; }
inside() { nsenter -t "$HOST_PID" -m -n -p -- "$@"; }
dockerd_down() { inside sh "$DOCKERD" "$HOST_DIRECTORY" down "$1"; }
dockerd_up() { inside sh "$DOCKERD" "$HOST_DIRECTORY" up; }
`;

const limitMs = 60_000;
let serial = 0;

/** The case under each runtime, at the same time unless it wants the daemon alone. */
export async function runCase(daemon: Daemon, item: DockerCase, runtimes: readonly string[]): Promise<CaseRun> {
  const outputs = new Map<string, CaseOutput>();
  const left: string[] = [];
  const groups = item.alone ? runtimes.map((runtime) => [runtime]) : [runtimes];
  for (const group of groups) {
    await Promise.all(group.map(async (runtime) => outputs.set(runtime, await runScript(daemon, item, runtime))));
    left.push(...(await cleanUp(daemon)));
  }
  return { outputs, left };
}

async function runScript(daemon: Daemon, item: DockerCase, runtime: string): Promise<CaseOutput> {
  const name = `t${++serial}-${runtime}`;
  const work = join(daemon.host.directory, `w${serial}`);
  mkdirSync(work);
  const started = performance.now();
  const result = await sh(`${prelude}\n${item.script}`, {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: daemon.host.directory,
    LC_ALL: 'C',
    TERM: 'xterm',
    DOCKER_HOST: `unix://${daemon.socket}`,
    RUNTIME: runtime,
    N: name,
    W: work,
    SECCOMP: join(daemon.host.directory, 'seccomp'),
    DOCKER: dockerClient,
    TYPED: join(import.meta.dirname, 'typed.py'),
    DOCKERD: join(import.meta.dirname, 'dockerd.sh'),
    HOST_PID: String(daemon.host.pid),
    HOST_DIRECTORY: daemon.host.directory,
    CGROUP: daemon.host.cgroup,
    BELLJAR_FRESH: '1',
  });
  const milliseconds = performance.now() - started;
  rmSync(work, { recursive: true, force: true });
  const plain = (text: string): string =>
    text
      .replaceAll(work, 'DIRECTORY')
      .replaceAll(name, 'NAME')
      .replace(/\b[0-9a-f]{64}\b/g, 'ID')
      .replace(/\b[0-9a-f]{12}\b/g, 'ID');
  return { status: result.status, stdout: plain(result.stdout), stderr: plain(result.stderr), milliseconds };
}

function sh(script: string, env: Record<string, string>): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/', detached: true });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }, limitMs);
    child.on('exit', (status) => {
      clearTimeout(timer);
      // A client that the script left in the background may hold the pipes; what it says later is of no interest.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ status: late ? null : status, stdout, stderr });
      }, 20);
    });
  });
}

/** Removes all containers and volumes, and says what of them is left: processes, mounts, cgroups. */
async function cleanUp(daemon: Daemon): Promise<string[]> {
  if (daemon.docker(['version']).status !== 0) daemon.up();
  const left: string[] = [];
  const containers = daemon
    .docker(['ps', '-aq'])
    .stdout.split(/\s+/)
    .filter((id) => id !== '');
  if (containers.length > 0) {
    const removed = daemon.docker(['rm', '-fv', ...containers]);
    if (removed.status !== 0) left.push(removed.stderr.trim());
  }
  const volumes = daemon
    .docker(['volume', 'ls', '-q'])
    .stdout.split(/\s+/)
    .filter((volume) => volume !== '');
  if (volumes.length > 0) daemon.docker(['volume', 'rm', '-f', ...volumes]);
  // A shim's last breath takes a moment.
  let remains: string[] = [];
  for (let i = 0; i < 60; i++) {
    remains = leftOvers(daemon);
    if (remains.length === 0) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Once reported it must not be reported of the next case too.
  for (const [pid, command] of daemon.host.processes()) if (!isDaemon(command)) kill(pid);
  for (const mount of daemon.host.mounts().filter((point) => isContainerMount(daemon, point))) daemon.host.run(['umount', '-l', mount]);
  for (const path of daemon.host.cgroups()) daemon.host.run(['rmdir', path]);
  return [...left, ...remains];
}

function leftOvers(daemon: Daemon): string[] {
  return [
    ...[...daemon.host.processes().values()].filter((command) => !isDaemon(command)).map((command) => `process ${command}`),
    ...daemon.host
      .mounts()
      .filter((point) => isContainerMount(daemon, point))
      .map((point) => `mount ${point}`),
    ...daemon.host.cgroups().map((path) => `cgroup ${path}`),
  ];
}

const isDaemon = (command: string): boolean => /^dockerd |^containerd --config/.test(command);

const isContainerMount = (daemon: Daemon, point: string): boolean =>
  (point.startsWith(`${daemon.host.directory}/`) || point.startsWith('/run/')) &&
  ![daemon.host.data, `${daemon.host.data}/docker`].includes(point) &&
  !/\/(netns|plugins)(\/|$)/.test(point) &&
  !hierarchies().includes(point);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
