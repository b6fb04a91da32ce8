/**
 * Processes that `belljar exec` starts in a running sandbox: in the namespaces of init, with no parent, in a session of their own, as
 * Linux has it for a process that entered with setns(2).
 */
import { errnoName } from '#abi/errno.ts';
import { AT_FDCWD, O_NOCTTY, O_RDWR } from '#abi/fcntl.ts';
import { SI_USER, SIGCHLD, SIGKILL } from '#abi/signal.ts';
import { HostFdInode, HostFile } from '#fs/anon/host-file.ts';
import { currentDevPts } from '#fs/tty/devpts.ts';
import { HostTerminal } from '#fs/tty/host-terminal.ts';
import { TerminalFile } from '#fs/tty/terminal-file.ts';
import { openPath } from '#fs/vfs/open.ts';
import { Creds } from '#kernel/creds.ts';
import { FdTable } from '#kernel/fd-table.ts';
import { FsContext } from '#kernel/fs-context.ts';
import type { Kernel } from '#kernel/kernel.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { exitGroup, killedStatus } from '#kernel/process/exit.ts';
import { ProcessGroup, Session } from '#kernel/session.ts';
import { SignalHandlers } from '#kernel/signal/handlers.ts';
import { sendToGroup, sendToPgrp } from '#kernel/signal/send.ts';
import { Task } from '#kernel/task.ts';
import { ThreadGroup } from '#kernel/thread-group.ts';
import { MemoryMap } from '#mm/memory-map.ts';
import { Failure } from '../failure.ts';
import { withHome } from './home.ts';
import { loadInto, type Program, resourceLimits } from './process.ts';

export interface ExecRequest {
  readonly process: Program;
  /** Descriptors 0 to 2 are a terminal of the host's, to be the process's controlling terminal. */
  readonly terminal: boolean;
}

export class EnteredProcess {
  readonly group: ThreadGroup;
  readonly #terminal: HostTerminal | null;
  readonly #terminalIndex: number;

  /** Takes over the descriptors (0 to 2, then those preserved): they are closed when nobody uses them. Throws Failure. */
  constructor(kernel: Kernel, request: ExecRequest, fds: readonly number[]) {
    const task = newTask(kernel, request.process);
    this.group = task.group;
    this.group.entered = true;
    const devpts = currentDevPts();
    this.#terminalIndex = request.terminal && devpts !== null ? devpts.nextIndex : -1;
    this.#terminal = request.terminal ? openTerminal(task, request.process, fds, this.#terminalIndex) : null;
    for (const [i, fd] of fds.entries())
      if (i >= 3 || this.#terminal === null) task.files.replace(i, HostFile.owned(kernel.platform, fd), false);
    kernel.hooks.taskCreated(task, task);
    try {
      const { process } = request;
      loadInto(task, { ...process, env: withHome(task, process.env, process.uid) });
    } catch (error) {
      exitGroup(task, killedStatus(SIGKILL));
      this.closeTerminal();
      throw error;
    }
    kernel.resumeFrame(task);
  }

  signal(signal: number, fromTerminal: boolean): void {
    if (this.group.zombie) return;
    const foreground = fromTerminal ? this.#terminal?.foregroundGroup : null;
    if (foreground) sendToPgrp(foreground, sigInfo(signal, SI_USER));
    else sendToGroup(this.group, sigInfo(signal, SI_USER));
  }

  closeTerminal(): void {
    if (this.#terminal === null) return;
    this.#terminal.end();
    currentDevPts()?.disown(this.#terminalIndex);
  }
}

/** A process with nothing in it yet, whose root is the container's. Throws Failure. */
export function newTask(kernel: Kernel, program: Program): Task {
  const leader = kernel.init?.leader;
  if (leader === undefined || leader.exiting) throw new Failure('exec', 'the container is stopping');
  if (kernel.pids.tasks.size >= kernel.limits.pidsMax) {
    kernel.limits.pidsRefused += 1;
    throw new Failure('exec', 'no new process: the container is at its pids limit');
  }
  const pid = kernel.pids.allocate();
  const made = pid < 0 ? pid : kernel.platform.start(null);
  if (typeof made === 'number') throw new Failure('exec', `no new process: ${errnoName(-made)} inside the sandbox`);
  const { space, thread } = made;
  const session = new Session(pid);
  const processGroup = new ProcessGroup(pid, session);
  const group = new ThreadGroup(pid, null, processGroup, session, SIGCHLD, new SignalHandlers(), resourceLimits(program), kernel.now());
  const root = leader.ns.mount.rootPath();
  const mm = new MemoryMap(space, kernel.platform.guestEnd);
  const task = new Task(kernel, pid, group, thread, mm, new FdTable(), new FsContext(root, root, 0o022), new Creds(), leader.ns);
  thread.owner = task;
  group.leader = task;
  group.threads.push(task);
  session.leader = group;
  kernel.pids.tasks.set(pid, task);
  kernel.pids.groups.set(pid, group);
  kernel.pids.processGroups.set(processGroup.id, processGroup);
  kernel.pids.sessions.set(session.id, session);
  kernel.forks += 1;
  return task;
}

/** The terminal is descriptor 0's; 1 and 2 are the same one. */
function openTerminal(task: Task, program: Program, fds: readonly number[], index: number): HostTerminal {
  const SYS_close = 3;
  const { kernel, group } = task;
  const [fd = -1, ...others] = fds;
  for (const other of others.slice(0, 2)) kernel.platform.host.call(SYS_close, other);
  const terminal = new HostTerminal(kernel, fd, Math.max(index, 0));
  if (index >= 0) currentDevPts()?.adopt(terminal, program.uid, program.gid);
  // By its name, so that ttyname(3) finds it.
  const opened = index < 0 ? -1 : openPath(task, AT_FDCWD, `/dev/pts/${index}`, O_RDWR | O_NOCTTY, 0);
  const file = typeof opened === 'number' ? new TerminalFile(terminal, new HostFdInode(kernel.platform, fd), O_RDWR) : opened;
  for (let i = 0; i < 3; i += 1) task.files.replace(i, i === 0 ? file : file.get(), false);
  terminal.takeSession(group.session, group.processGroup);
  return terminal;
}
