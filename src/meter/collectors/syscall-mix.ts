/**
 * Which system calls: every so many calls one sample, weighted by that period. The period follows the rate, so a busy
 * CPU costs no more samples than a quiet one. The kernel's own frequency mode is not used: its first guesses weigh
 * short bursts a hundredfold. Periods are primes, so as not to march in step with a loop. Processes are sampled by CPU
 * and told apart by number, not by counters of their own: those begin anew in each child, and of two hundred alike
 * short-lived children would show the same thirty-first call two hundred times.
 */
import { closeSync } from 'node:fs';
import { syscalls, type CostClass } from '#abi/syscalls.ts';
import { errnoName, nativeMeter, OpenBit, type NativeMeter } from '../native-meter.ts';
import { failed, noData, ok, Stopwatch, type Outcome } from './outcome.ts';
import { PerfType, refusal } from './perf-counter.ts';
import { onlineCpus, type Scope } from './scope.ts';
import { findSyscallTracepoint } from './tracepoint.ts';

/** Samples per second that are aimed at, over all rings. */
const samplesWanted = 1000;
const periods = [1, 7, 31, 101, 307, 1009, 3001, 10007, 30011, 100003] as const;
/** Before the rate is known: a call that costs 100 ns is made some 3 % dearer, for a tenth of a second. */
export const firstPeriod = 31;
/** Calls whose third argument is a size: read, write, pread64, pwrite64. */
const dataCalls = [0, 1, 17, 18] as const;
const ringPages = 64;

export interface SyscallMix {
  /** Estimated calls since the start, by number. */
  readonly byNumber: ReadonlyMap<number, number>;
  /** Mean size that read, write, pread64 and pwrite64 asked for; null without any. */
  readonly dataBytes: number | null;
  readonly samples: number;
  readonly lost: number;
}

export class MixSampler {
  readonly stopwatch = new Stopwatch();
  readonly #native: NativeMeter;
  readonly #fds: number[];
  readonly #rings: number[];
  readonly #numberOffset: number;
  readonly #period: number;
  readonly #opened = performance.now();
  readonly #histogram = new Float64Array(1024);
  /** Samples since the last settling, and room for one draining. */
  readonly #pending = new Float64Array(1024);
  readonly #drained = new Float64Array(1024);
  readonly #drainedSizes = new Float64Array(1024);
  readonly #data = { calls: 0, bytes: 0 };
  readonly #totals = new Float64Array(3);
  readonly #set: number;
  readonly #before = { samples: 0, lost: 0 };

  private constructor(native: NativeMeter, fds: number[], rings: number[], numberOffset: number, period: number, set: number) {
    this.#set = set;
    this.#period = period;
    this.#native = native;
    this.#fds = fds;
    this.#rings = rings;
    this.#numberOffset = numberOffset;
  }

  static open(scope: Scope, pids: readonly number[], period: number = firstPeriod): Outcome<MixSampler> {
    const native = nativeMeter();
    if (typeof native === 'string') return noData(native, 'native/meter/build.sh');
    const tracepoint = findSyscallTracepoint();
    if (tracepoint.kind !== 'ok') return tracepoint;
    const entries = scope.perCpu ? scope.entries : onlineCpus().map((cpu) => ({ pid: -1, cpu }));
    const event = {
      name: 'samples of raw_syscalls:sys_enter',
      type: PerfType.tracepoint,
      config: tracepoint.value.id,
      absent: 'no tracepoint',
    };
    const bits = OpenBit.sampleIdRaw | (scope.byCgroup ? OpenBit.cgroup : 0);
    const fds: number[] = [];
    const rings: number[] = [];
    for (const { pid, cpu } of entries) {
      const fd = native.perfOpen(event.type, event.config, pid, cpu, period, bits);
      const ring = fd >= 0 ? native.ringOpen(fd, ringPages) : fd;
      if (fd >= 0) fds.push(fd);
      if (ring >= 0) {
        rings.push(ring);
      } else {
        for (const opened of rings) native.ringClose(opened);
        for (const opened of fds) closeSync(opened);
        return refusal(ring, event);
      }
    }
    const set = scope.perCpu ? -1 : native.setOpen(Float64Array.from(pids));
    return ok(new MixSampler(native, fds, rings, tracepoint.value.numberOffset, period, set));
  }

  /** Empties the rings. Samples that were lost weigh on those of the same moment. */
  drain(): Outcome<null> {
    return this.stopwatch.time(() => {
      const [samples, lost, all] = this.#totals;
      this.#drained.fill(0);
      this.#drainedSizes.fill(0);
      if (this.#set >= 0) {
        let added = 1;
        while (added > 0) added = this.#rings.reduce((sum, ring) => sum + Math.max(0, this.#native.ringForks(ring, this.#set)), 0);
      }
      for (const ring of this.#rings) {
        const result = this.#native.ringDrain(ring, this.#drained, this.#numberOffset, this.#totals, this.#set, this.#drainedSizes);
        if (result < 0) return failed(`draining samples: ${errnoName(result)}`);
      }
      const [got, gotLost, gotAll] = [this.#totals[0]! - samples!, this.#totals[1]! - lost!, this.#totals[2]! - all!];
      const factor = got > 0 ? ((gotAll + gotLost) / gotAll) * this.#period : 0;
      for (let i = 0; i < this.#pending.length; i++) this.#pending[i]! += this.#drained[i]! * factor;
      for (const number of dataCalls) {
        this.#data.calls += this.#drained[number]! * factor;
        this.#data.bytes += this.#drainedSizes[number]! * factor;
      }
      return ok(null);
    });
  }

  /** Scales what came since the last settling to the calls that were counted, and answers the mix since the start. */
  settle(counted: number | null): SyscallMix {
    const sampled = this.#pending.reduce((sum, calls) => sum + calls, 0);
    const factor = counted !== null && sampled > 0 ? counted / sampled : 1;
    const byNumber = new Map<number, number>();
    for (let i = 0; i < this.#pending.length; i++) {
      this.#histogram[i]! += this.#pending[i]! * factor;
      if (this.#histogram[i]! > 0) byNumber.set(i, this.#histogram[i]!);
    }
    this.#pending.fill(0);
    const dataBytes = this.#data.calls > 0 ? this.#data.bytes / this.#data.calls : null;
    return { byNumber, dataBytes, samples: this.#totals[0]! + this.#before.samples, lost: this.#totals[1]! + this.#before.lost };
  }

  /** The period for the rate seen since opening; null where this one will do. */
  betterPeriod(): number | null {
    const seconds = (performance.now() - this.#opened) / 1000;
    const rate = ((this.#totals[2]! + this.#totals[1]!) * this.#period) / Math.max(seconds, 0.01);
    const wanted = rate / samplesWanted;
    const better = periods.findLast((period) => period <= Math.max(1, wanted)) ?? 1;
    return better >= this.#period * 3 || better * 3 <= this.#period ? better : null;
  }

  /** Takes over what another sampler has seen. */
  takeOver(other: MixSampler): void {
    for (const [number, calls] of other.#histogram.entries()) this.#histogram[number]! += calls;
    for (const [number, calls] of other.#pending.entries()) this.#pending[number]! += calls;
    this.#data.calls += other.#data.calls;
    this.#data.bytes += other.#data.bytes;
    this.#before.samples += other.#totals[0]! + other.#before.samples;
    this.#before.lost += other.#totals[1]! + other.#before.lost;
    this.stopwatch.nanoseconds += other.stopwatch.nanoseconds;
    this.stopwatch.turns += other.stopwatch.turns;
    this.stopwatch.failures += other.stopwatch.failures;
  }

  close(): void {
    if (this.#set >= 0) this.#native.setClose(this.#set);
    for (const ring of this.#rings) this.#native.ringClose(ring);
    for (const fd of this.#fds) closeSync(fd);
  }
}

const byNumber = new Map(Object.entries(syscalls).map(([name, row]) => [row.number, { name, cost: row.cost }]));

export function syscallName(number: number): string {
  return byNumber.get(number)?.name ?? `syscall ${number}`;
}

/** Shares by cost class; they sum to 1. Null where there is nothing to share out. */
export function mixByClass(mix: SyscallMix): Partial<Record<CostClass, number>> | null {
  const result: Partial<Record<CostClass, number>> = {};
  let total = 0;
  for (const [number, calls] of mix.byNumber) {
    const cost = byNumber.get(number)?.cost ?? 'other';
    result[cost] = (result[cost] ?? 0) + calls;
    total += calls;
  }
  if (total === 0) return null;
  for (const cost of Object.keys(result) as CostClass[]) result[cost]! /= total;
  return result;
}
