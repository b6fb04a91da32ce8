/**
 * Waiting. A call that must sleep is a generator; it registers on wait queues, sleeps by `yield`, and is resumed with
 * the reason. Waking only marks runnable: nothing of the woken task runs inside the waker.
 *
 * The rule against lost wake-ups: register, try, sleep. `pauseUntil` is the one loop that does so; use it.
 * File objects never sleep themselves: their operations are attempts that answer -EAGAIN, and the system call
 * layer decides whether to sleep on the file's queues.
 */
import { EAGAIN, ERESTARTSYS, ETIMEDOUT } from '#abi/errno.ts';

/** Why a sleeping task runs again. */
export const Wake = { Event: 0, Signal: 1, Timeout: 2 } as const;
export type Wake = (typeof Wake)[keyof typeof Wake];

/** A call that sleeps: yields to sleep, is resumed with a `Wake`, returns the call's result. */
export type Blocking = Generator<void, number, Wake>;

/** Whoever can be registered on a wait queue: a sleeping task, an epoll item, a poll table. */
export interface Waiter {
  /** Called on a wake with the readiness bits (EPOLL*) that changed; 0 if the waker did not say. True if it used the wake (counts for exclusive waits). */
  onWake(events: number): boolean;
}

/** One registration. Linked, so that removal is O(1). */
export class WaitEntry {
  queue: WaitQueue | null;
  readonly waiter: Waiter;
  readonly exclusive: boolean;
  previous: WaitEntry | null = null;
  next: WaitEntry | null = null;
  constructor(queue: WaitQueue, waiter: Waiter, exclusive: boolean) {
    this.queue = queue;
    this.waiter = waiter;
    this.exclusive = exclusive;
  }
  /** Takes the registration back; harmless when done before. */
  remove(): void {
    const queue = this.queue;
    if (queue !== null) queue.unlink(this);
  }
}

/** A list of waiters, in order of arrival. */
export class WaitQueue {
  #head: WaitEntry | null = null;
  #tail: WaitEntry | null = null;

  get empty(): boolean {
    return this.#head === null;
  }

  add(waiter: Waiter, exclusive = false): WaitEntry {
    const entry = new WaitEntry(this, waiter, exclusive);
    entry.previous = this.#tail;
    if (this.#tail === null) this.#head = entry;
    else this.#tail.next = entry;
    this.#tail = entry;
    return entry;
  }

  unlink(entry: WaitEntry): void {
    if (entry.previous === null) this.#head = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === null) this.#tail = entry.previous;
    else entry.next.previous = entry.previous;
    entry.queue = null;
    // `next` stays: a wake loop that stands on this entry goes on from it.
  }

  /** Wakes all non-exclusive waiters and the first `exclusiveLimit` exclusive ones; how many used the wake. */
  wake(events = 0, exclusiveLimit = 1): number {
    let used = 0;
    let exclusive = 0;
    for (let entry = this.#head; entry !== null; entry = entry.next) {
      if (entry.queue !== this) continue;
      if (entry.exclusive && exclusive >= exclusiveLimit) continue;
      if (entry.waiter.onWake(events)) {
        used += 1;
        if (entry.exclusive) exclusive += 1;
      }
    }
    return used;
  }

  /** Wakes every waiter, exclusive or not. */
  wakeAll(events = 0): number {
    return this.wake(events, Infinity);
  }
}

/** What `pauseUntil` needs of a task (src/kernel/task.ts). */
export interface Sleeper extends Waiter {
  /** Prepares the sleep that the next `yield` begins: until when (monotonic ns), and whether only fatal signals end it. */
  prepareSleep(deadlineNs: number, killableOnly: boolean): void;
}

export interface PauseOptions {
  /** Monotonic ns at which to give up with -ETIMEDOUT. */
  deadlineNs?: number;
  /** Answer at a signal; default -ERESTARTSYS. */
  onSignal?: number;
  /** Only a fatal signal ends the wait. */
  killable?: boolean;
  /** Wake-one waits (accept, pipe readers). */
  exclusive?: boolean;
}

/**
 * Repeats `attempt` until it answers something other than -EAGAIN, sleeping on the queues in between.
 * Returns the attempt's answer, -ETIMEDOUT at the deadline, or `onSignal` at a signal.
 */
export function* pauseUntil(
  task: Sleeper,
  queues: WaitQueue | readonly WaitQueue[],
  attempt: () => number,
  options: PauseOptions = {},
): Blocking {
  const deadlineNs = options.deadlineNs ?? Infinity;
  const entries: WaitEntry[] = [];
  try {
    for (;;) {
      if (queues instanceof WaitQueue) entries.push(queues.add(task, options.exclusive === true));
      else for (const queue of queues) entries.push(queue.add(task, options.exclusive === true));
      const result = attempt();
      if (result !== -EAGAIN) return result;
      task.prepareSleep(deadlineNs, options.killable === true);
      const why = yield;
      for (const entry of entries) entry.remove();
      entries.length = 0;
      if (why === Wake.Event) continue;
      const last = attempt();
      if (last !== -EAGAIN) return last;
      return why === Wake.Timeout ? -ETIMEDOUT : (options.onSignal ?? -ERESTARTSYS);
    }
  } finally {
    for (const entry of entries) entry.remove();
  }
}
