/**
 * A timer on a CPU clock. The host keeps the clock, so it is looked at: when the time left could have passed if all
 * threads computed, and less and less often while the clock stands still.
 */
import type { Kernel } from '../kernel.ts';
import { Timer } from '../timer.ts';
import { type CpuClock, cpuTime } from './clocks.ts';

const SHORTEST_NS = 500_000;
const LONGEST_NS = 100_000_000;

export class CpuTimer {
  readonly #kernel: Kernel;
  readonly #clock: CpuClock;
  readonly #fire: () => void;
  readonly #timer = new Timer(() => this.#look());
  #lastCpuNs = 0;
  #idleLooks = 0;
  /** On the CPU clock; Infinity when not armed. */
  deadlineNs = Infinity;

  constructor(kernel: Kernel, clock: CpuClock, fire: () => void) {
    this.#kernel = kernel;
    this.#clock = clock;
    this.#fire = fire;
  }
  now(): number {
    return cpuTime(this.#clock);
  }
  arm(deadlineNs: number): void {
    this.deadlineNs = deadlineNs;
    this.#idleLooks = 0;
    if (deadlineNs === Infinity) this.#kernel.timers.disarm(this.#timer);
    else this.#plan(this.now());
  }
  disarm(): void {
    this.arm(Infinity);
  }

  #plan(cpuNs: number): void {
    const threads = this.#clock.task === null ? Math.max(this.#clock.group.threads.length, 1) : 1;
    const left = (this.deadlineNs - cpuNs) / Math.min(threads, this.#kernel.cpuCount);
    const wait = Math.min(Math.max(left, SHORTEST_NS) * 2 ** this.#idleLooks, Math.max(left, LONGEST_NS));
    this.#lastCpuNs = cpuNs;
    this.#kernel.timers.arm(this.#timer, this.#kernel.now() + wait);
  }
  #look(): void {
    if (this.#clock.group.exiting || this.#clock.task?.exiting) return;
    const cpuNs = this.now();
    if (cpuNs >= this.deadlineNs) {
      this.deadlineNs = Infinity;
      this.#fire();
      return;
    }
    this.#idleLooks = cpuNs - this.#lastCpuNs < SHORTEST_NS / 10 ? Math.min(this.#idleLooks + 1, 8) : 0;
    this.#plan(cpuNs);
  }
}
