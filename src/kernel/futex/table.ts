/**
 * Futex queues (futex(2)): who waits on which word. A word is known by its key: address and mm when private, backing
 * object and offset when shared, so that two processes that map it at different addresses meet.
 *
 * A waiter is on at most one queue; leaving it (`queue` null) means that it was woken. The word is always read after the
 * waiter's turn in the kernel has begun, and the kernel has one thread, so no wake-up falls between look and sleep.
 */
import { FUTEX_BITSET_MATCH_ANY } from '#abi/futex.ts';
import type { MemoryMap } from '#mm/memory-map.ts';
import type { Task } from '../task.ts';
import { Wake } from '../wait.ts';

export class FutexWaiter {
  readonly task: Task;
  readonly bitset: number;
  queue: FutexQueue | null = null;
  previous: FutexWaiter | null = null;
  next: FutexWaiter | null = null;
  /** Waits for a PI lock (is made its owner when woken). */
  isPi = false;
  /** FUTEX_WAIT_REQUEUE_PI: the address of the PI word it is to be moved to; 0 otherwise. */
  requeuePiAddr = 0;
  /** The PI lock is its. */
  owns = false;

  constructor(task: Task, bitset = FUTEX_BITSET_MATCH_ANY) {
    this.task = task;
    this.bitset = bitset;
  }
  leave(): void {
    this.queue?.remove(this);
  }
}

export class FutexQueue {
  readonly #home: Map<number | string, FutexQueue>;
  readonly #key: number | string;
  head: FutexWaiter | null = null;
  #tail: FutexWaiter | null = null;
  /** PI: who owns the lock, as far as waiters know. */
  owner: Task | null = null;
  /** PI: where the owner has the word. */
  piAddr = 0;

  constructor(home: Map<number | string, FutexQueue>, key: number | string) {
    this.#home = home;
    this.#key = key;
  }
  add(waiter: FutexWaiter): void {
    if (this.head === null) this.#home.set(this.#key, this);
    waiter.queue = this;
    waiter.next = null;
    waiter.previous = this.#tail;
    if (this.#tail === null) this.head = waiter;
    else this.#tail.next = waiter;
    this.#tail = waiter;
  }
  remove(waiter: FutexWaiter): void {
    if (waiter.previous === null) this.head = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === null) this.#tail = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.queue = null;
    if (this.head === null) {
      this.#home.delete(this.#key);
      if (this.owner !== null) piQueues.delete(this);
      this.owner = null;
    }
  }
  setOwner(owner: Task | null, addr: number): void {
    this.owner = owner;
    this.piAddr = addr;
    if (owner === null) piQueues.delete(this);
    else piQueues.add(this);
  }
  /** Wakes up to `count` waiters whose bitset meets `bitset`; how many. */
  wake(count: number, bitset: number): number {
    let woken = 0;
    let waiter = this.head;
    while (waiter !== null && woken < count) {
      const { next } = waiter;
      if ((waiter.bitset & bitset) !== 0) {
        this.remove(waiter);
        waiter.task.wakeUp(Wake.Event);
        woken += 1;
      }
      waiter = next;
    }
    return woken;
  }
  has(test: (waiter: FutexWaiter) => boolean): boolean {
    for (let waiter = this.head; waiter !== null; waiter = waiter.next) if (test(waiter)) return true;
    return false;
  }
}

/** PI queues with an owner, for the owner's death. */
export const piQueues = new Set<FutexQueue>();

const shared = new Map<number | string, FutexQueue>();
const privates = new WeakMap<MemoryMap, Map<number | string, FutexQueue>>();

/** The queue of the word at `addr`; made if absent (it enters the table with its first waiter). */
export function futexQueue(task: Task, addr: number, isPrivate: boolean): FutexQueue {
  const { mm } = task;
  if (!isPrivate) {
    const key = mm.sharedFutexKey(addr);
    if (key !== null) return shared.get(key) ?? new FutexQueue(shared, key);
  }
  let table = privates.get(mm);
  if (table === undefined) {
    table = new Map();
    privates.set(mm, table);
  }
  return table.get(addr) ?? new FutexQueue(table, addr);
}
