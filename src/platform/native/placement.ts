/**
 * Which CPUs the kernel's thread and the guests' threads use.
 *
 * Apart: the kernel's thread stays on one CPU, guests on the others. Nobody waits for a CPU that the other burns by
 * spinning, and a guest that sleeps leaves its CPU to the guest it woke, which costs a tenth of waking an idle CPU.
 * Together: all use all CPUs, because guests want every CPU, or because other programs want the kernel's.
 *
 * A thread is `wide` once it may use all CPUs. Masks are changed lazily, when a thread comes in or is about to be run.
 */
import type { Addon } from './addon.ts';
import { Sys } from './sys.ts';
import type { NativeThread } from './thread.ts';

const MASK_BYTES = 128;
/** Waits between two looks at the clock, and the shortest span judged. */
const WAITS = 64;
const SPAN_NS = 2e7;
/** Such a share of the time spent waiting for a CPU means that somebody else wants it. */
const CONTENDED_SHARE = 0.25;
const FIRST_PAUSE_NS = 2e7;
const LAST_PAUSE_NS = 2e8;
/** For so long the guests have not been seen to want all CPUs: apart again. */
const CALM_NS = 2e6;
/** As many guests as there are CPUs ran without a call for so long: they want them all. */
const CRAMPED_NS = 1.5e5;

export class Placement {
  readonly #addon: Addon;
  readonly #all = new Uint8Array(MASK_BYTES);
  readonly #guests = new Uint8Array(MASK_BYTES);
  /** /proc/thread-self/schedstat: time on a CPU, time waiting for one, turns; -1 on a host that does not tell. */
  readonly #schedstat: number;
  readonly #text = new Uint8Array(96);
  readonly #cpu = new Int32Array(1);
  /** CPUs this process was allowed when it began. */
  readonly cpus: number;
  apart = false;
  kernelCpu = -1;
  #waits = 0;
  #since = 0;
  #delay = 0;
  #crampedAt = 0;
  #notBefore = 0;
  #pause = FIRST_PAUSE_NS;

  /** `schedstat`: a descriptor of this thread's /proc/thread-self/schedstat, or negative. */
  constructor(addon: Addon, schedstat: number) {
    this.#addon = addon;
    this.#schedstat = schedstat;
    const n = addon.call(Sys.sched_getaffinity, 0, MASK_BYTES, this.#all);
    let cpus = 0;
    for (let i = 0; i < n; i++) for (let bits = this.#all[i] as number; bits !== 0; bits &= bits - 1) cpus++;
    this.cpus = Math.max(cpus, 1);
    if (this.cpus > 1) this.#goApart();
  }

  /** The zygote, from which all guests' threads inherit. */
  placeZygote(pid: number): void {
    if (this.apart) this.#place(pid, this.#guests);
  }

  /** A guest's thread has come in. */
  arrived(thread: NativeThread): void {
    if (this.apart && thread.wide) this.#setWide(thread, false);
  }

  /**
   * The kernel's thread has nothing to do and is about to wait while `count` threads run. False if guests want all CPUs, so that it
   * should sleep soon.
   */
  maySpin(count: number): boolean {
    if (++this.#waits % WAITS === 0 && this.cpus > 1) this.#judge();
    if (this.apart) return true;
    if (this.cpus > 1) this.#calm();
    return count < this.cpus;
  }

  /** So many threads of guests are more than there are CPUs for them. */
  isFull(threads: number): boolean {
    return this.apart && threads > this.cpus - 1;
  }

  /** So many running guests could use the kernel's CPU too. */
  isCramped(count: number): boolean {
    return this.apart && count >= this.cpus;
  }

  /** When `isCramped`: until when the kernel's thread should sleep at most before it says `cramped`. */
  look(now: number, deadlineNs: number): number {
    return Math.min(deadlineNs, now + CRAMPED_NS);
  }

  /** The kernel's thread slept from `from` on while `count` guests ran. */
  slept(from: number, count: number): void {
    if (count < this.cpus || this.cpus < 2) return;
    const now = this.#addon.now();
    if (now - from < CRAMPED_NS) return;
    this.#crampedAt = now;
    if (this.apart) this.#goTogether();
  }

  /** The kernel's thread goes to sleep. */
  widen(running: readonly NativeThread[], count: number): void {
    if (this.apart || count < this.cpus) return;
    for (let i = 0; i < count; i++) {
      const thread = running[i] as NativeThread;
      if (!thread.wide) this.#setWide(thread, true);
    }
  }

  #calm(): void {
    const now = this.#addon.now();
    if (now - this.#crampedAt > CALM_NS && now > this.#notBefore) this.#goApart();
  }

  /** Other programs on the kernel's CPU show as CPU time lost: then it had better not insist on that CPU. */
  #judge(): void {
    const now = this.#addon.now();
    if (now - this.#since < SPAN_NS) return;
    const delay = this.#readDelay();
    const contended = this.#since !== 0 && delay - this.#delay > CONTENDED_SHARE * (now - this.#since);
    this.#delay = delay;
    this.#since = now;
    if (!this.apart) return;
    if (contended) {
      this.#goTogether();
      this.#notBefore = now + this.#pause;
      this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_NS);
    } else if (now - this.#notBefore > LAST_PAUSE_NS) this.#pause = FIRST_PAUSE_NS;
  }

  #readDelay(): number {
    if (this.#schedstat < 0) return 0;
    const n = this.#addon.read(this.#schedstat, this.#text, 0, this.#text.length, 0);
    let i = 0;
    while (i < n && this.#text[i] !== 0x20) i++;
    let value = 0;
    for (i++; i < n && this.#text[i] !== 0x20; i++) value = value * 10 + (this.#text[i] as number) - 0x30;
    return value;
  }

  #goApart(): void {
    // Always the same one: threads that were never made wide have the mask without it.
    if (this.kernelCpu < 0) this.#addon.call(Sys.getcpu, this.#cpu);
    const cpu = this.kernelCpu < 0 ? (this.#cpu[0] as number) : this.kernelCpu;
    const mine = new Uint8Array(MASK_BYTES);
    mine[cpu >> 3] = 1 << (cpu & 7);
    if (this.#addon.call(Sys.sched_setaffinity, 0, MASK_BYTES, mine) < 0) return;
    this.#guests.set(this.#all);
    this.#guests[cpu >> 3] = (this.#guests[cpu >> 3] as number) & ~(1 << (cpu & 7));
    this.kernelCpu = cpu;
    this.apart = true;
  }

  #goTogether(): void {
    this.#addon.call(Sys.sched_setaffinity, 0, MASK_BYTES, this.#all);
    this.apart = false;
  }

  /** The thread id is what the guest's page says: at worst a guest moves another thread of this sandbox. */
  #setWide(thread: NativeThread, wide: boolean): void {
    const tid = thread.hostTid;
    if (tid > 1) this.#place(tid, wide ? this.#all : this.#guests);
    thread.wide = wide;
  }

  #place(tid: number, mask: Uint8Array): void {
    this.#addon.call(Sys.sched_setaffinity, tid, MASK_BYTES, mask);
  }
}
