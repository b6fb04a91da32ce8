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
import { callOfSlot, pauseNs, slotRules, type CallCounts } from '../model/shapes.ts';
import { findSyscallTracepoint } from './tracepoint.ts';

/** Samples per second that are aimed at, over all rings. */
const samplesWanted = 1000;
const periods = [1, 7, 31, 101, 307, 1009, 3001, 10007, 30011, 100003] as const;
/** Before the rate is known: a call that costs 100 ns is made some 3 % dearer, for a tenth of a second. */
export const firstPeriod = 31;
/** Every call: for a command that is metered for its calls alone, whatever that costs it. */
export const everyCall = 1;
const dataCalls = [syscalls.read, syscalls.write, syscalls.pread64, syscalls.pwrite64].map((row) => row.number);
const ringPages = 64;
const ringPagesEveryCall = 4096;
const SLOTS = 1024;

export interface SyscallMix extends CallCounts {
  /** Estimated calls since the start, by number. */
  readonly byNumber: ReadonlyMap<number, number>;
  /** Mean bytes that read, write, pread64 and pwrite64 moved; null without any. */
  readonly dataBytes: number | null;
  readonly samples: number;
  readonly lost: number;
}

/** Everything that was seen, added up over samplers of different periods. */
class Tally {
  /** Calls by slot, settled: scaled to what was counted. */
  readonly calls = new Float64Array(SLOTS);
  /** Since the last settling. */
  readonly pending = new Float64Array(SLOTS);
  /** Ends of calls by number: all failures, and what those that succeeded answered. */
  readonly failures = new Float64Array(SLOTS);
  readonly results = new Float64Array(SLOTS);
  /** Of the samples alone, so that failures can be put in relation. */
  readonly sampled = new Float64Array(SLOTS);
  /** Calls after a pause of all of the target, where every call is sampled. */
  paused = 0;
  programs = 0;
  processes = 0;
  threads = 0;
  samples = 0;
  lost = 0;
}

interface Rings {
  readonly fds: number[];
  readonly rings: number[];
}

export class MixSampler {
  readonly stopwatch = new Stopwatch();
  readonly #native: NativeMeter;
  readonly #enter: Rings;
  /** Null where ends of calls cannot be sampled. */
  readonly #exit: Rings | null;
  readonly #numberOffset: number;
  readonly #period: number;
  readonly #opened = performance.now();
  readonly #set: number;
  #tally = new Tally();
  /** All samples and lost ones of this period, for the rate. */
  #seen = 0;
  readonly #drained = new Float64Array(SLOTS);
  readonly #sizes = new Float64Array(SLOTS);
  readonly #totals = new Float64Array(6);
  readonly #lastCall = new Float64Array(1);

  private constructor(native: NativeMeter, enter: Rings, exit: Rings | null, numberOffset: number, period: number, set: number) {
    this.#native = native;
    this.#enter = enter;
    this.#exit = exit;
    this.#numberOffset = numberOffset;
    this.#period = period;
    this.#set = set;
  }

  static open(scope: Scope, pids: readonly number[], period: number = firstPeriod): Outcome<MixSampler> {
    const native = nativeMeter();
    if (typeof native === 'string') return noData(native, 'native/meter/build.sh');
    const tracepoint = findSyscallTracepoint();
    if (tracepoint.kind !== 'ok') return tracepoint;
    native.setRules(Float64Array.from(slotRules.flat()));
    const enter = openRings(native, scope, tracepoint.value.id, period, OpenBit.taskRecords);
    if (enter.kind !== 'ok') return enter;
    // Results are a refinement: where they cannot be had, the sizes that were asked for and no failures have to do.
    const ends = findSyscallTracepoint(undefined, 'sys_exit');
    const exit = ends.kind === 'ok' ? openRings(native, scope, ends.value.id, period, 0) : ends;
    const set = scope.perCpu ? -1 : native.setOpen(Float64Array.from(pids));
    return ok(new MixSampler(native, enter.value, exit.kind === 'ok' ? exit.value : null, tracepoint.value.numberOffset, period, set));
  }

  /** Empties the rings. Samples that were lost weigh on those of the same moment. */
  drain(): Outcome<null> {
    return this.stopwatch.time(() => {
      const tally = this.#tally;
      if (this.#set >= 0) {
        let added = 1;
        while (added > 0) added = this.#enter.rings.reduce((sum, ring) => sum + Math.max(0, this.#native.ringForks(ring, this.#set)), 0);
      }
      const entered = this.#empty(this.#enter, 'ringDrain');
      if (typeof entered === 'string') return failed(entered);
      tally.paused += this.#native.pauses(this.#lastCall, pauseNs.from, pauseNs.to);
      tally.programs += this.#totals[3]!;
      tally.processes += this.#totals[4]!;
      tally.threads += this.#totals[5]!;
      tally.samples += this.#totals[0]!;
      tally.lost += this.#totals[1]!;
      this.#seen += this.#totals[2]! + this.#totals[1]!;
      for (let i = 0; i < SLOTS; i++) {
        tally.pending[i]! += this.#drained[i]! * entered;
        tally.sampled[callOfSlot(i)]! += this.#drained[i]! * entered;
        if (!this.#exit) tally.results[callOfSlot(i)]! += this.#sizes[i]! * entered;
      }
      if (!this.#exit) return ok(null);
      const left = this.#empty(this.#exit, 'ringDrainExits');
      if (typeof left === 'string') return failed(left);
      for (let i = 0; i < SLOTS; i++) {
        tally.failures[i]! += this.#drained[i]! * left;
        tally.results[i]! += this.#sizes[i]! * left;
      }
      return ok(null);
    });
  }

  /** What one sample stands for, or what went wrong. */
  #empty({ rings }: Rings, how: 'ringDrain' | 'ringDrainExits'): number | string {
    for (const array of [this.#drained, this.#sizes, this.#totals]) array.fill(0);
    for (const ring of rings) {
      const result = this.#native[how](ring, this.#drained, this.#numberOffset, this.#totals, this.#set, this.#sizes);
      if (result < 0) return `draining samples: ${errnoName(result)}`;
    }
    const [, lost, all] = this.#totals;
    return all! > 0 ? ((all! + lost!) / all!) * this.#period : 0;
  }

  /** Scales what came since the last settling to the calls that were counted, and answers the mix since the start. */
  settle(counted: number | null): SyscallMix {
    const tally = this.#tally;
    const sampled = tally.pending.reduce((sum, calls) => sum + calls, 0);
    const factor = counted !== null && sampled > 0 ? counted / sampled : 1;
    const bySlot = new Map<number, number>();
    const byNumber = new Map<number, number>();
    const failedShare = new Map<number, number>();
    const meanResult = new Map<number, number>();
    for (let i = 0; i < SLOTS; i++) {
      tally.calls[i]! += tally.pending[i]! * factor;
      const calls = tally.calls[i]!;
      if (calls > 0) {
        bySlot.set(i, calls);
        byNumber.set(callOfSlot(i), (byNumber.get(callOfSlot(i)) ?? 0) + calls);
      }
      const seen = tally.sampled[i]!;
      if (seen <= 0) continue;
      const failures = Math.min(tally.failures[i]!, seen);
      failedShare.set(i, failures / seen);
      meanResult.set(i, tally.results[i]! / seen);
    }
    tally.pending.fill(0);
    const data = dataCalls.reduce((sum, n) => sum + tally.sampled[n]!, 0);
    return {
      bySlot,
      byNumber,
      failedShare,
      meanResult,
      pausedShare: this.#period === everyCall && tally.samples > 0 ? tally.paused / tally.samples : null,
      programs: tally.programs,
      processes: tally.processes,
      threads: tally.threads,
      dataBytes: data > 0 ? dataCalls.reduce((sum, n) => sum + tally.results[n]!, 0) / data : null,
      samples: tally.samples,
      lost: tally.lost,
    };
  }

  /** The period for the rate seen since opening; null where this one will do. */
  betterPeriod(): number | null {
    const seconds = (performance.now() - this.#opened) / 1000;
    const rate = (this.#seen * this.#period) / Math.max(seconds, 0.01);
    const wanted = rate / samplesWanted;
    const better = periods.findLast((period) => period <= Math.max(1, wanted)) ?? 1;
    return better >= this.#period * 3 || better * 3 <= this.#period ? better : null;
  }

  /** Takes over what another sampler has seen. */
  takeOver(other: MixSampler): void {
    this.#tally = other.#tally;
    this.stopwatch.nanoseconds += other.stopwatch.nanoseconds;
    this.stopwatch.turns += other.stopwatch.turns;
    this.stopwatch.failures += other.stopwatch.failures;
  }

  close(): void {
    if (this.#set >= 0) this.#native.setClose(this.#set);
    closeRings(this.#native, this.#enter);
    if (this.#exit) closeRings(this.#native, this.#exit);
  }
}

function openRings(native: NativeMeter, scope: Scope, config: number, period: number, more: number): Outcome<Rings> {
  const entries = scope.perCpu ? scope.entries : onlineCpus().map((cpu) => ({ pid: -1, cpu }));
  const event = { name: 'samples of raw_syscalls:sys_enter', type: PerfType.tracepoint, config, absent: 'no tracepoint' };
  const bits = OpenBit.sampleIdRaw | more | (scope.byCgroup ? OpenBit.cgroup : 0);
  const opened: Rings = { fds: [], rings: [] };
  for (const { pid, cpu } of entries) {
    const fd = native.perfOpen(event.type, event.config, pid, cpu, period, bits);
    if (fd >= 0) opened.fds.push(fd);
    const ring = fd >= 0 ? native.ringOpen(fd, period === everyCall ? ringPagesEveryCall : ringPages) : fd;
    if (ring < 0) {
      closeRings(native, opened);
      return refusal(ring, event);
    }
    opened.rings.push(ring);
  }
  return ok(opened);
}

function closeRings(native: NativeMeter, { fds, rings }: Rings): void {
  for (const ring of rings) native.ringClose(ring);
  for (const fd of fds) closeSync(fd);
}

const byNumber = new Map(Object.entries(syscalls).map(([name, row]) => [row.number, { name, cost: row.cost }]));

export function syscallName(number: number): string {
  return byNumber.get(number)?.name ?? `syscall ${number}`;
}

/** Shares by cost class; they sum to 1. Null where there is nothing to share out. */
export function mixByClass(mix: Pick<SyscallMix, 'byNumber'>): Partial<Record<CostClass, number>> | null {
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
