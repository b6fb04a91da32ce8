/**
 * Which system calls: the tracepoint sampled at a bounded frequency per CPU, each sample weighted by its period. The
 * kernel lengthens the period as the rate rises, so a busy CPU costs no more samples than a quiet one.
 */
import { closeSync } from 'node:fs';
import { syscalls, type CostClass } from '#abi/syscalls.ts';
import { errnoName, nativeMeter, OpenBit, type NativeMeter } from '../native-meter.ts';
import { failed, noData, ok, Stopwatch, type Outcome } from './outcome.ts';
import { PerfType, refusal } from './perf-counter.ts';
import type { Scope } from './scope.ts';
import { findSyscallTracepoint } from './tracepoint.ts';

/** Samples per second of one ring, at most; odd, so as not to march in step with a loop. */
export const sampleHertz = 997;
const ringPages = 16;
/** More rings than this (threads times CPUs) would cost descriptors and locked memory without end. */
const mostRings = 256;

export interface SyscallMix {
  /** Estimated calls since the start, by number. */
  readonly byNumber: ReadonlyMap<number, number>;
  readonly samples: number;
  readonly lost: number;
}

export class MixSampler {
  readonly stopwatch = new Stopwatch();
  readonly #native: NativeMeter;
  readonly #fds: number[];
  readonly #rings: number[];
  readonly #numberOffset: number;
  readonly #histogram = new Float64Array(1024);
  readonly #totals = new Float64Array(2);

  private constructor(native: NativeMeter, fds: number[], rings: number[], numberOffset: number) {
    this.#native = native;
    this.#fds = fds;
    this.#rings = rings;
    this.#numberOffset = numberOffset;
  }

  static open(scope: Scope): Outcome<MixSampler> {
    const native = nativeMeter();
    if (typeof native === 'string') return noData(native, 'native/meter/build.sh');
    const tracepoint = findSyscallTracepoint();
    if (tracepoint.kind !== 'ok') return tracepoint;
    const entries = scope.crossed();
    if (entries.length > mostRings) {
      return noData(`${entries.length} threads times CPUs are too many to sample one by one`, 'measure its cgroup, or --system');
    }
    const event = { name: 'samples of raw_syscalls:sys_enter', type: PerfType.tracepoint, config: tracepoint.value.id, absent: 'no tracepoint' };
    const bits = OpenBit.sampleIdRaw | OpenBit.frequency | (scope.perCpu ? 0 : OpenBit.inherit)
      | (scope.byCgroup ? OpenBit.cgroup : 0) | (scope.onExec ? OpenBit.enableOnExec : 0);
    const fds: number[] = [];
    const rings: number[] = [];
    for (const { pid, cpu } of entries) {
      const fd = native.perfOpen(event.type, event.config, pid, cpu, sampleHertz, bits);
      const ring = fd >= 0 ? native.ringOpen(fd, ringPages) : fd;
      if (fd >= 0) fds.push(fd);
      if (ring >= 0) {
        rings.push(ring);
      } else if (errnoName(ring) !== 'ESRCH') {
        for (const opened of rings) native.ringClose(opened);
        for (const opened of fds) closeSync(opened);
        return refusal(ring, event);
      }
    }
    if (rings.length === 0) return failed('nothing left to sample: the process has ended');
    return ok(new MixSampler(native, fds, rings, tracepoint.value.numberOffset));
  }

  /** Empties the rings; call at least once a second. Answers the mix since the start. */
  drain(): Outcome<SyscallMix> {
    return this.stopwatch.time(() => {
      for (const ring of this.#rings) {
        const result = this.#native.ringDrain(ring, this.#histogram, this.#numberOffset, this.#totals);
        if (result < 0) return failed(`draining samples: ${errnoName(result)}`);
      }
      const byNumber = new Map<number, number>();
      for (const [number, calls] of this.#histogram.entries()) if (calls > 0) byNumber.set(number, calls);
      return ok({ byNumber, samples: this.#totals[0]!, lost: this.#totals[1]! });
    });
  }

  close(): void {
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
