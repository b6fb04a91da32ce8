import { EPERM } from '#abi/errno.ts';
import { CAP_SYS_TTY_CONFIG } from '#abi/capability.ts';
import { Terminal } from '#fs/tty/terminal.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

/** vhangup(2). */
function vhangup(task: Task): number {
  if (!task.capable(CAP_SYS_TTY_CONFIG)) return -EPERM;
  const { terminal } = task.group.session;
  if (terminal instanceof Terminal) terminal.hangup();
  return 0;
}

export const handlers = { vhangup } satisfies Handlers;
