import { EINVAL } from '#abi/errno.ts';
import { EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE } from '#abi/eventfd.ts';
import { EventFd } from '#fs/anon/eventfd.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { installFile } from './pipe.ts';

/** eventfd2: eventfd(2). */
function eventfd2(task: Task, initial: number, flags: number): number {
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) !== 0) return -EINVAL;
  const file = new EventFd(initial, (flags & EFD_SEMAPHORE) !== 0, flags & EFD_NONBLOCK);
  return installFile(task, file, (flags & EFD_CLOEXEC) !== 0);
}

export const handlers = {
  eventfd: (task, initial) => eventfd2(task, initial, 0),
  eventfd2,
} satisfies Handlers;
