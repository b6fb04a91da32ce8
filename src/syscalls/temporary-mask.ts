/** Signal masks that hold for one call only: ppoll, pselect6, epoll_pwait. Interrupted calls leave the mask to signal delivery. */
import { EFAULT, EINVAL } from '#abi/errno.ts';
import { setTemporaryMask as setMaskForCall } from '#kernel/signal/send.ts';
import { sigset } from '#kernel/sigset.ts';
import type { Task } from '#kernel/task.ts';

export { restoreMask } from '#kernel/signal/send.ts';

/** Takes the mask at `addr` (0: none given) for the call in progress. 0, -EINVAL or -EFAULT. */
export function setTemporaryMask(task: Task, addr: number, size: number): number {
  if (addr === 0) return 0;
  if (size !== 8) return -EINVAL;
  if (!task.mem.in(addr, 8)) return -EFAULT;
  setMaskForCall(task, sigset(task.mem.view.getUint32(0, true), task.mem.view.getUint32(4, true)));
  return 0;
}
