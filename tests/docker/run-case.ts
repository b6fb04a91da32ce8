/** Runs one case's script under one runtime, makes its output comparable, and cleans up after it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerCase } from './cases/case.ts';
import { type Daemon, dockerClient } from './daemon.ts';
import { hierarchies } from './own-host.ts';
import { commonPrelude, normal, runScript, type ScriptOutput } from './script.ts';

export interface CaseOutput extends ScriptOutput {
  readonly milliseconds: number;
}

export interface CaseRun {
  readonly outputs: ReadonlyMap<string, CaseOutput>;
  /** What was still there after the containers had been removed. */
  readonly left: readonly string[];
}

const prelude = `${commonPrelude}
docker() { ${dockerClient} "$@"; }
run() { docker run --runtime "$RUNTIME" --network none "$@"; }
says() { docker logs "$1" 2>&1 | grep -q "$2"; }
runs() { docker top "$1" -o pid,args | grep -q "$2"; }
is() { test "$(docker inspect -f "$1" "$N")" = "$2"; }
create() { docker create --runtime "$RUNTIME" --network none "$@"; }
dockerd_down() { inside sh "$DOCKERD" "$HOST_DIRECTORY" down "$1"; }
dockerd_up() { inside sh "$DOCKERD" "$HOST_DIRECTORY" up; }
`;

let serial = 0;

/** The case under each runtime, at the same time unless it wants the daemon alone. */
export async function runCase(daemon: Daemon, item: DockerCase, runtimes: readonly string[]): Promise<CaseRun> {
  const outputs = new Map<string, CaseOutput>();
  const left: string[] = [];
  const groups = item.alone ? runtimes.map((runtime) => [runtime]) : [runtimes];
  for (const group of groups) {
    await Promise.all(group.map(async (runtime) => outputs.set(runtime, await runOne(daemon, item, runtime))));
    left.push(...(await cleanUp(daemon)));
  }
  return { outputs, left };
}

async function runOne(daemon: Daemon, item: DockerCase, runtime: string): Promise<CaseOutput> {
  const name = `t${++serial}-${runtime}`;
  const work = join(daemon.host.directory, `w${serial}`);
  mkdirSync(work);
  const started = performance.now();
  const result = await runScript(`${prelude}\n${item.script}`, {
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
  const words = { DIRECTORY: work, NAME: name };
  return { status: result.status, stdout: normal(result.stdout, words), stderr: normal(result.stderr, words), milliseconds };
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
