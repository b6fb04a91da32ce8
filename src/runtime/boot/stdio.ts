/**
 * Descriptors 0, 1 and 2 of the init process: host descriptors, or the host's terminal. The terminal appears in
 * /dev/pts under the lowest number, so that ttyname(3) finds it, and is init's controlling terminal.
 */
import { AT_FDCWD, O_RDWR } from '#abi/fcntl.ts';
import { HostFdInode, HostFile } from '#fs/anon/host-file.ts';
import { HostTerminal } from '#fs/tty/host-terminal.ts';
import { console } from '#fs/tty/register.ts';
import { currentDevPts } from '#fs/tty/devpts.ts';
import { TerminalFile } from '#fs/tty/terminal-file.ts';
import { openPath } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import type { ProcessSpec, SandboxSpec, TerminalSpec } from '../sandbox-spec.ts';

/** Installs them; the host's terminal, or null when none of the three is one. */
export function openStdio(task: Task, spec: SandboxSpec): HostTerminal | null {
  const { stdio } = spec.process;
  const { platform } = task.kernel;
  const terminal = stdio.terminal === null ? null : openHostTerminal(task, spec.process, stdio.terminal);
  for (const [fd, hostFd] of [stdio.stdin, stdio.stdout, stdio.stderr].entries()) {
    if (terminal !== null && stdio.terminal?.standard[fd] === true) task.files.replace(fd, terminal.file.get(), false);
    else if (hostFd >= 0) task.files.replace(fd, new HostFile(platform, hostFd), false);
  }
  for (const [i, hostFd] of stdio.preserved.entries()) task.files.replace(3 + i, HostFile.owned(platform, hostFd), false);
  terminal?.file.put();
  return terminal?.terminal ?? null;
}

function openHostTerminal(task: Task, process: ProcessSpec, spec: TerminalSpec): { terminal: HostTerminal; file: OpenFile } {
  const { kernel, group } = task;
  const terminal = new HostTerminal(kernel, spec.fd);
  console.terminal = terminal;
  const index = currentDevPts()?.adopt(terminal, process.uid, process.gid) ?? -1;
  const opened = index < 0 ? -1 : openPath(task, AT_FDCWD, `/dev/pts/${index}`, O_RDWR, 0);
  const file = typeof opened === 'number' ? new TerminalFile(terminal, new HostFdInode(kernel.platform, spec.fd), O_RDWR) : opened;
  if (terminal.session === null) terminal.takeSession(group.session, group.processGroup);
  return { terminal, file };
}
