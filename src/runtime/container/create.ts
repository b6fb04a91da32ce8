/**
 * `create`, and the first half of `run`. The order on the host: the waiter makes the namespaces (it and the sandbox's Node have
 * been starting meanwhile), cgroup, terminal, hooks, then the order to the sandbox, which comes back when the program is loaded. Only when
 * all is written down is the waiter let go; if this process dies before, the waiter ends and takes the sandbox along.
 */
import { readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { openCgroup, restoreCgroup, type Cgroup, type CgroupDescription } from '../cgroup/cgroup.ts';
import { Failure } from '../failure.ts';
import { type OciState, runHooks } from '../oci-hooks.ts';
import type { OciConfig } from '../spec/config.ts';
import { readConfigText } from '../spec/read-config.ts';
import { Companion } from './companion.ts';
import { startOf, waitFor } from './host.ts';
import type { Log } from './log.ts';
import type { Order } from './order.ts';
import { checkId, Container, type ContainerState, newState, OCI_VERSION } from './state.ts';
import { writeRemoveTicket, writeStartTicket } from './tickets.ts';

export interface GlobalOptions {
  readonly root: string;
  readonly log: Log;
  readonly debug: boolean;
  readonly systemdCgroup: boolean;
  readonly rootless: boolean;
}

export interface CreateOptions {
  readonly id: string;
  readonly bundle: string;
  readonly consoleSocket: string | null;
  readonly pidFile: string | null;
  readonly preserveFds: number;
  readonly overlay: Order['overlay'];
  readonly strace: readonly string[] | null | undefined;
  /** The command stays for the container's life (`run` without --detach). */
  readonly attached: boolean;
}

export interface Created {
  readonly container: Container;
  /** The waiter. */
  readonly pid: number;
}

export function createContainer(options: CreateOptions, globals: GlobalOptions): Created {
  checkId(options.id);
  const bundle = findBundle(options.bundle);
  const { text, config } = readConfigText(bundle);
  checkTerminal(config, options);
  for (const line of config.warnings) globals.log.warn(line);
  const companion = new Companion();
  const [pid = 0, sandbox = 0] = companion.pids;
  const { container, lock } = Container.make(globals.root, {
    ...newState(options.id, bundle),
    rootfs: isAbsolute(config.rootPath) ? config.rootPath : resolve(bundle, config.rootPath),
    owner: userInfo().username,
    annotations: config.annotations,
    pid,
    pidStart: startOf(pid),
    sandbox,
    sandboxStart: startOf(sandbox),
    poststart: config.hooks.poststart,
    poststop: config.hooks.poststop,
    startContainer: config.hooks.startContainer,
  });
  using _ = lock;
  try {
    bringUp(companion, container, text, config, options, globals);
  } catch (error) {
    undo(container, error, globals);
    throw error;
  }
  return { container, pid };
}

function bringUp(
  companion: Companion,
  container: Container,
  text: string,
  config: OciConfig,
  options: CreateOptions,
  globals: GlobalOptions,
): void {
  const [pid = 0, sandbox = 0] = companion.pids;
  write(`${container.directory}/config.json`, text);
  const warn = (line: string): void => globals.log.warn(line);
  const cgroup = openCgroup(
    { cgroupsPath: config.cgroupsPath, id: options.id, systemd: globals.systemdCgroup, rootless: globals.rootless },
    warn,
  );
  container.update({ cgroup: cgroup.describe() });
  cgroup.create(config.resources);
  cgroup.addProcess(pid);
  cgroup.addProcess(sandbox);

  if (!options.attached || options.consoleSocket !== null) companion.send('l');
  if (options.consoleSocket !== null) {
    companion.send('c', resolve(options.consoleSocket));
    companion.expect('k');
  }
  if (options.preserveFds > 0) companion.send('n', String(options.preserveFds));
  const state = ociState(container.state, 'creating');
  for (const kind of ['prestart', 'createRuntime', 'createContainer'] as const) runHooks(kind, config.hooks[kind], state, warn);

  const order: Order = {
    id: options.id,
    directory: container.directory,
    bundle: container.state.bundle,
    overlay: options.overlay,
    strace: options.strace,
    debug: globals.debug,
    console: options.consoleSocket !== null,
    preserved: options.preserveFds,
    cgroup: readFileSync(`/proc/${sandbox}/cgroup`, 'latin1'),
  };
  companion.send('o', JSON.stringify(order));
  companion.expect('C');
  writeStartTicket(container);
  writeRemoveTicket(container);
  container.update({ creating: false });
  if (options.pidFile !== null) writePidFile(options.pidFile, pid);
  companion.release();
}

/** Takes back what a failed `create` has made so far. */
function undo(container: Container, error: unknown, { log }: GlobalOptions): void {
  const { state } = container;
  endProcesses(container);
  try {
    if (state.cgroup !== null) cgroupOf(state)?.remove();
  } catch (failure) {
    log.warn(`after the failure: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  if (error instanceof Failure && error.code === 'hook')
    runHooks('poststop', state.poststop, ociState(state, 'stopped'), (line) => log.warn(line));
  container.remove();
}

/** Kills waiter and sandbox, and waits until both are gone. */
export function endProcesses(container: Container): void {
  const { pid, sandbox } = container.state;
  const kill = (target: number): void => {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  if (container.alive) kill(pid);
  if (!waitFor(() => !container.alive && !container.sandboxAlive, 2000) && container.sandboxAlive) kill(sandbox);
  if (!waitFor(() => !container.alive && !container.sandboxAlive, 10_000))
    throw new Failure('state', `the processes of ${container.id} do not end: ${[pid, sandbox].join(', ')}`);
}

export function cgroupOf(state: ContainerState, log?: Log): Cgroup | null {
  return state.cgroup === null ? null : restoreCgroup(state.cgroup as CgroupDescription, (line) => log?.warn(line));
}

export function ociState(state: ContainerState, status: OciState['status']): OciState {
  return {
    ociVersion: OCI_VERSION,
    id: state.id,
    status,
    pid: status === 'stopped' ? 0 : state.pid,
    bundle: state.bundle,
    annotations: state.annotations,
  };
}

function findBundle(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('host-path', `--bundle ${path}: ${code === 'ENOENT' ? 'no such file or directory' : code}`);
  }
}

function checkTerminal({ process: { terminal } }: OciConfig, { consoleSocket, attached }: CreateOptions): void {
  if (terminal && !attached && consoleSocket === null)
    throw new Failure('usage', 'process.terminal is true, and this command does not stay: name a --console-socket to send the terminal to');
  if (!terminal && consoleSocket !== null)
    throw new Failure('usage', '--console-socket: process.terminal in config.json is not true, so there is no terminal to send');
}

export function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw new Failure('state', `${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** By renaming, so that whoever waits for the file finds it whole. */
export function writePidFile(path: string, pid: number): void {
  try {
    writeFileSync(`${path}.new`, String(pid), { mode: 0o644 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new Failure('host-path', `--pid-file ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
