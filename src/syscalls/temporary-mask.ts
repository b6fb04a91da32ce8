/** Signal masks that hold for one call only: ppoll, pselect6, epoll_pwait. */
import { EFAULT, EINVAL } from '#abi/errno.ts';
import { SIGKILL, SIGSTOP } from '#abi/signal.ts';
import { type SigSet, sigset, sigsetMinus, sigsetOr, sigsetWithout } from '#kernel/sigset.ts';
import type { Task } from '#kernel/task.ts';

/** Takes the mask at `addr` (0: none given) for the call in progress. 0, -EINVAL or -EFAULT. */
export function setTemporaryMask(task: Task, addr: number, size: number): number {
  if (addr === 0) return 0;
  if (size !== 8) return -EINVAL;
  if (!task.mem.in(addr, 8)) return -EFAULT;
  const mask = sigset(task.mem.view.getUint32(0, true), task.mem.view.getUint32(4, true));
  task.savedMask = task.mask;
  assignMask(task, sigsetWithout(sigsetWithout(mask, SIGKILL), SIGSTOP));
  return 0;
}

/** The call ends without a signal: the mask goes back at once. */
export function restoreMask(task: Task): void {
  const { savedMask } = task;
  if (savedMask === null) return;
  task.savedMask = null;
  assignMask(task, savedMask);
}

function assignMask(task: Task, mask: SigSet): void {
  task.mask = mask;
  const deliverable = sigsetMinus(sigsetOr(task.pending.set, task.group.pending.set), mask);
  if (deliverable.lo !== 0 || deliverable.hi !== 0) task.notify = true;
}
