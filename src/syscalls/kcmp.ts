/** kcmp(2): whether two processes share a resource. */
import { EBADF, EFAULT, EINVAL, ENOENT, EPERM, ESRCH } from '#abi/errno.ts';
import { KCMP_EPOLL_TFD, KCMP_FILE, KCMP_FILES, KCMP_FS, KCMP_IO, KCMP_SIGHAND, KCMP_SYSVSEM, KCMP_VM } from '#abi/linux.ts';
import { Epoll } from '#fs/anon/epoll.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

/** An order among objects that stays as long as they live and tells nothing about them. */
const orders = new WeakMap<object, number>();
let next = 1;
function orderOf(object: object): number {
  let order = orders.get(object);
  if (order === undefined) {
    order = next++;
    orders.set(object, order);
  }
  return order;
}

/** 0: the same; 1: the first is the lesser; 2: the greater. */
function compare(a: object, b: object): number {
  if (a === b) return 0;
  const [first, second] = [orderOf(a), orderOf(b)];
  return first < second ? 1 : 2;
}

/** A descriptor that an epoll instance of `task` watches: struct kcmp_epoll_slot { efd, tfd, toff }. */
function watched(caller: Task, task: Task, slotAddr: number): object | number {
  const { mem } = caller;
  if (!mem.in(slotAddr, 12)) return -EFAULT;
  const epoll = task.files.get(mem.view.getUint32(0, true));
  if (epoll === null) return -EBADF;
  if (!(epoll instanceof Epoll)) return -EINVAL;
  return epoll.watchedFile(mem.view.getUint32(4, true), mem.view.getUint32(8, true)) ?? -ENOENT;
}

export const handlers = {
  kcmp(task, pid1, pid2, type, index1, index2) {
    const { pids } = task.kernel;
    const [a, b] = [pids.task(task, pid1), pids.task(task, pid2)];
    if (a === undefined || b === undefined || a.exiting || b.exiting) return -ESRCH;
    if (!mayInspect(task, a) || !mayInspect(task, b)) return -EPERM;
    switch (type) {
      case KCMP_FILE: {
        const [one, two] = [a.files.get(index1), b.files.get(index2)];
        return one === null || two === null ? -EBADF : compare(one, two);
      }
      case KCMP_VM:
        return compare(a.mm, b.mm);
      case KCMP_FILES:
        return compare(a.files, b.files);
      case KCMP_FS:
        return compare(a.fs, b.fs);
      case KCMP_SIGHAND:
        return compare(a.group.handlers, b.group.handlers);
      // Nobody here has an I/O context of its own.
      case KCMP_IO:
        return 0;
      case KCMP_SYSVSEM:
        return a.semaphoreUndo === b.semaphoreUndo
          ? 0
          : a.semaphoreUndo === null
            ? 1
            : b.semaphoreUndo === null
              ? 2
              : compare(a.semaphoreUndo, b.semaphoreUndo);
      case KCMP_EPOLL_TFD: {
        const one = a.files.get(index1);
        if (one === null) return -EBADF;
        const two = watched(task, b, index2);
        return typeof two === 'number' ? two : compare(one, two);
      }
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
