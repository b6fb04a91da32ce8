/**
 * Priority-inheritance futexes: the word holds the owner's tid, and the kernel hands the lock over. Priorities are not
 * raised, since the host schedules guests; waiters get the lock in order of arrival.
 */
import { EAGAIN, EDEADLK, EFAULT, EINVAL, EPERM, ERESTARTNOINTR, ESRCH, EWOULDBLOCK } from '#abi/errno.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from '#abi/futex.ts';
import type { Task } from '../task.ts';
import { type Blocking, Wake } from '../wait.ts';
import { type FutexQueue, futexQueue, FutexWaiter } from './table.ts';
import { readFutexWord, sleepOn } from './wait.ts';
import { updateFutexWord } from './wake.ts';

const MUST_WAIT = 1;

/** Takes the lock for `task` if nobody has it: 0; else marks the word as waited for: MUST_WAIT. Or -errno. */
function acquire(caller: Task, task: Task, addr: number, queue: FutexQueue): number {
  let outcome = MUST_WAIT;
  const old = updateFutexWord(caller, addr, (word) => {
    const owner = word & FUTEX_TID_MASK;
    if (owner === task.ownTid) {
      outcome = -EDEADLK;
      return word;
    }
    if (owner === 0) {
      outcome = 0;
      return (word & FUTEX_OWNER_DIED) | task.ownTid | (queue.head === null ? 0 : FUTEX_WAITERS);
    }
    if (!(caller.kernel.pids.task(caller, owner) !== undefined)) {
      outcome = -ESRCH;
      return word;
    }
    outcome = MUST_WAIT;
    return word | FUTEX_WAITERS;
  });
  if (old < 0) return old;
  if (outcome === 0) {
    if (queue.head !== null) queue.setOwner(task, addr);
  } else if (outcome === MUST_WAIT && queue.owner === null) {
    queue.setOwner(caller.kernel.pids.task(caller, old & FUTEX_TID_MASK) ?? null, addr);
  }
  return outcome;
}

export function futexLockPi(task: Task, addr: number, isPrivate: boolean, deadlineNs: number, tryOnly: boolean): number | Blocking {
  const queue = futexQueue(task, addr, isPrivate);
  if (queue.has((waiter) => !waiter.isPi)) return -EINVAL;
  const got = acquire(task, task, addr, queue);
  if (got !== MUST_WAIT) return got;
  if (tryOnly) {
    if (queue.head === null) queue.setOwner(null, 0);
    return -EWOULDBLOCK;
  }
  const waiter = new FutexWaiter(task);
  waiter.isPi = true;
  queue.add(waiter);
  return sleepOn(task, waiter, deadlineNs, () => -ERESTARTNOINTR);
}

/** Hands the lock to the first waiter, or frees it. `flags` are bits to keep in the word (FUTEX_OWNER_DIED). */
function handOver(caller: Task, addr: number, queue: FutexQueue, flags: number): number {
  const first = queue.head;
  if (first === null) return updateFutexWord(caller, addr, () => flags) < 0 ? -EFAULT : 0;
  const more = first.next !== null ? FUTEX_WAITERS : 0;
  if (updateFutexWord(caller, addr, () => (first.task.ownTid | more | flags) >>> 0) < 0) return -EFAULT;
  first.owns = true;
  queue.setOwner(first.task, addr);
  queue.remove(first);
  first.task.wakeUp(Wake.Event);
  return 0;
}

export function futexUnlockPi(task: Task, addr: number, isPrivate: boolean): number {
  const word = readFutexWord(task, addr);
  if (word < 0) return word;
  if ((word & FUTEX_TID_MASK) !== task.ownTid) return -EPERM;
  const queue = futexQueue(task, addr, isPrivate);
  if (queue.has((waiter) => !waiter.isPi)) return -EINVAL;
  return handOver(task, addr, queue, 0);
}

/** FUTEX_WAIT_REQUEUE_PI: waits on `addr`, is moved to the PI lock `piAddr`, and returns owning it. */
export function futexWaitRequeuePi(
  task: Task,
  addr: number,
  piAddr: number,
  isPrivate: boolean,
  expected: number,
  bitset: number,
  deadlineNs: number,
): number | Blocking {
  if (addr === piAddr || bitset === 0) return -EINVAL;
  const value = readFutexWord(task, addr);
  if (value < 0) return value;
  if (value !== expected >>> 0) return -EWOULDBLOCK;
  const waiter = new FutexWaiter(task, bitset);
  waiter.requeuePiAddr = piAddr;
  futexQueue(task, addr, isPrivate).add(waiter);
  // Once moved to the lock it cannot be restarted here: the caller tries again.
  return sleepOn(task, waiter, deadlineNs, () => (waiter.isPi ? -EWOULDBLOCK : -ERESTARTNOINTR));
}

/** FUTEX_CMP_REQUEUE_PI: gives the lock to the first waiter if it is free, and moves the others to it. */
export function futexRequeuePi(task: Task, from: number, to: number, isPrivate: boolean, moveCount: number, expected: number): number {
  const value = readFutexWord(task, from);
  if (value < 0) return value;
  if (value !== expected >>> 0) return -EAGAIN;
  if (from === to) return -EINVAL;
  const source = futexQueue(task, from, isPrivate);
  const target = futexQueue(task, to, isPrivate);
  if (source.has((waiter) => waiter.requeuePiAddr !== to)) return -EINVAL;
  let done = 0;
  while (source.head !== null && done <= moveCount) {
    const waiter = source.head;
    const got = acquire(task, waiter.task, to, target);
    if (got < 0) return done > 0 ? done : got;
    source.remove(waiter);
    waiter.isPi = true;
    done += 1;
    if (got === MUST_WAIT) target.add(waiter);
    else {
      waiter.owns = true;
      waiter.task.wakeUp(Wake.Event);
    }
  }
  return done;
}

/** The owner of a lock died without unlocking it: the next waiter gets it. `flags`: FUTEX_OWNER_DIED if it is robust. */
export function passOnDeath(dead: Task, addr: number, queue: FutexQueue, flags: number): void {
  handOver(dead, addr, queue, flags);
}
