/** Waiting on futex words: one, or several at once. */
import { EAGAIN, EFAULT, ERESTARTSYS, ETIMEDOUT } from '#abi/errno.ts';
import type { Task } from '../task.ts';
import { type Blocking, Wake } from '../wait.ts';
import { futexQueue, FutexWaiter } from './table.ts';

/** The word at `addr`, unsigned, or -EFAULT. */
export function readFutexWord(task: Task, addr: number): number {
  const carried = task.thread.carriedWord(addr);
  if (carried >= 0) return carried;
  const value = task.mm.space.readWord(addr);
  return value < 0 ? -EFAULT : value >>> 0;
}

/** Sleeps until woken while the word is `expected`. 0, -EAGAIN, -EFAULT, -ETIMEDOUT, or `onSignal()`. */
export function futexWait(
  task: Task,
  addr: number,
  isPrivate: boolean,
  expected: number,
  bitset: number,
  deadlineNs: number,
  onSignal: () => number = restart,
): number | Blocking {
  const value = readFutexWord(task, addr);
  if (value < 0) return value;
  if (value !== expected >>> 0) return -EAGAIN;
  const waiter = new FutexWaiter(task, bitset);
  futexQueue(task, addr, isPrivate).add(waiter);
  return sleepOn(task, waiter, deadlineNs, onSignal);
}

function restart(): number {
  return -ERESTARTSYS;
}

export function* sleepOn(task: Task, waiter: FutexWaiter, deadlineNs: number, onSignal: () => number): Blocking {
  try {
    for (;;) {
      task.prepareSleep(deadlineNs, false);
      const why = yield;
      if (waiter.queue === null) return 0;
      if (why === Wake.Timeout) return -ETIMEDOUT;
      if (why === Wake.Signal) return onSignal();
    }
  } finally {
    waiter.leave();
  }
}

export interface FutexVectorEntry {
  readonly addr: number;
  readonly expected: number;
  readonly isPrivate: boolean;
}

/** futex_waitv(2): sleeps until one of the words is woken; its index. */
export function futexWaitVector(task: Task, entries: readonly FutexVectorEntry[], deadlineNs: number): number | Blocking {
  const waiters: FutexWaiter[] = [];
  for (const entry of entries) {
    const value = readFutexWord(task, entry.addr);
    if (value !== entry.expected >>> 0) {
      for (const waiter of waiters) waiter.leave();
      return value < 0 ? value : -EAGAIN;
    }
    const waiter = new FutexWaiter(task);
    futexQueue(task, entry.addr, entry.isPrivate).add(waiter);
    waiters.push(waiter);
  }
  return sleepOnAny(task, waiters, deadlineNs);
}

function* sleepOnAny(task: Task, waiters: readonly FutexWaiter[], deadlineNs: number): Blocking {
  try {
    for (;;) {
      task.prepareSleep(deadlineNs, false);
      const why = yield;
      const woken = waiters.findIndex((waiter) => waiter.queue === null);
      if (woken >= 0) return woken;
      if (why === Wake.Timeout) return -ETIMEDOUT;
      if (why === Wake.Signal) return -ERESTARTSYS;
    }
  } finally {
    for (const waiter of waiters) waiter.leave();
  }
}
