/**
 * Who wakes sleeping guest threads. To wake a thread on another CPU costs an interrupt there, 20 us and more on virtual machines.
 * While all guests share the CPUs that the kernel's thread keeps off (placement.ts), a wake-up is put off for a moment: the next
 * guest that is told to sleep is told to ring the other's bell first, on its own CPU, which then simply goes on with the other.
 *
 * Guests may ignore that, so every thread whose wake-up was put off or handed on is rung from here if it has not come
 * in by the time the kernel has nothing else to do, or after some events.
 */
import type { Arena } from './arena.ts';
import * as L from './layout.ts';
import type { Placement } from './placement.ts';
import type { NativeSpace } from './space.ts';
import type { NativeThread } from './thread.ts';

/** Not owed; put off; handed on to another guest; handed on to the mm thread, before the answer is known. */
export const Owed = { No: 0, PutOff: 1, HandedOn: 2, ByMm: 3 } as const;
export type Owed = (typeof Owed)[keyof typeof Owed];

/** A wake-up is put off for so many events of others at most. */
const MOST_EVENTS = 16;

export class Wakes {
  readonly #arena: Arena;
  readonly #placement: Placement;
  readonly #owed: NativeThread[] = [];
  readonly #owedMm: NativeSpace[] = [];
  #events = 0;
  /** Guest threads that run; kept by the platform. */
  running = 0;

  constructor(arena: Arena, placement: Placement) {
    this.#arena = arena;
    this.#placement = placement;
  }

  /** Guests have no CPU left for one more thread while a call is answered. */
  get isFull(): boolean {
    return this.#placement.isFull(this.running + 2);
  }

  /** Wakes a thread that has its answer and sleeps, now or soon. It counts as running already. */
  wake(thread: NativeThread): void {
    this.#arena.changeBell(thread.at);
    if (thread.owed === Owed.ByMm) {
      thread.owed = Owed.HandedOn;
      this.#owed.push(thread);
    } else if (this.#placement.isFull(this.running)) {
      thread.owed = Owed.PutOff;
      this.#owed.push(thread);
    } else this.#arena.ring(thread.at);
  }

  /** Tells a thread that its call takes a while: it sleeps, and wakes the first of those put off. */
  park(thread: NativeThread): void {
    const other = this.#owed.length > 0 ? this.#owed.find((t) => t.owed === Owed.PutOff) : undefined;
    if (this.#parkAndRing(thread, other === undefined ? 0 : this.#arena.bellAddress(other.at)) && other !== undefined)
      other.owed = Owed.HandedOn;
  }

  #parkAndRing(thread: NativeThread, bell: number): boolean {
    this.#arena.put64(thread.at + L.C_WAKE, bell);
    return Atomics.compareExchange(this.#arena.i32, thread.at >> 2, L.S_POSTED, L.S_PARKED) === L.S_POSTED;
  }

  /**
   * Wakes the mm thread of `space` while the call of `caller` is answered. If the caller would only be in its way it is
   * parked, and rings for it; the mm thread in turn wakes whoever of its process waits for the outcome.
   */
  wakeMm(space: NativeSpace, caller: NativeThread | null): void {
    const arena = this.#arena;
    arena.changeBell(space.at);
    if (caller === null || !this.isFull) {
      arena.ring(space.at);
      return;
    }
    if (!this.#parkAndRing(caller, arena.bellAddress(space.at))) {
      arena.ring(space.at);
    } else if (!space.owed) {
      space.owed = true;
      this.#owedMm.push(space);
    }
  }

  /** For the batch about to be submitted: the thread that its mm thread wakes at the end, 0 for none. */
  partner(space: NativeSpace, caller: NativeThread | null): number {
    if (caller === null || caller.space !== space || !this.isFull) return 0;
    caller.owed = Owed.ByMm;
    return this.#arena.bellAddress(caller.at);
  }

  /** An event has come in; the thread is awake. */
  arrived(thread: NativeThread): void {
    thread.owed = Owed.No;
    if (this.any && ++this.#events >= MOST_EVENTS) this.flush();
  }

  /** The mm thread has done what it was to be woken for. */
  heardOfMm(space: NativeSpace): void {
    space.owed = false;
    if (this.#owedMm.at(-1) === space) this.#owedMm.pop();
  }

  get any(): boolean {
    return this.#owed.length > 0 || this.#owedMm.length > 0;
  }

  /** Rings for all that have not been heard of. */
  flush(): void {
    this.#events = 0;
    for (const thread of this.#owed) {
      if (thread.owed === Owed.No) continue;
      thread.owed = Owed.No;
      this.#arena.ring(thread.at);
    }
    this.#owed.length = 0;
    for (const space of this.#owedMm) {
      if (space.owed && space.alive) this.#arena.ring(space.at);
      space.owed = false;
    }
    this.#owedMm.length = 0;
  }
}
