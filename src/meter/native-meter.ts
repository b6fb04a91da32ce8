/** The meter's addon (native/meter/addon.c), typed. Numbers below zero are -errno. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { MeterError } from './meter-error.ts';

export interface NativeMeter {
  perfOpen(type: number, config: number, pid: number, cpu: number, samplePeriod: number, bits: number): number;
  /** Fills value, time enabled, time running. */
  perfRead(fd: number, out: Float64Array): number;
  perfSteer(fd: number, on: number): number;
  ringOpen(fd: number, pages: number): number;
  ringClose(ring: number): number;
  /** Rules that give calls a slot of their own in the histogram: number, argument, mask, value, slot, five a rule. */
  setRules(rules: Float64Array): number;
  /** After a round of drains: calls after a pause, weighed from 0 (of `from` ns) to 1 (of `to`); carries the last time in `after`. */
  pauses(after: Float64Array, from: number, to: number): number;
  /** totals: samples of the set, lost ones, all samples; programs executed, processes made, threads made. */
  ringDrain(ring: number, histogram: Float64Array, idOffset: number, totals: Float64Array, set: number, sizes: Float64Array): number;
  /** Ends of calls: failures to the histogram, what succeeded answered to the sizes. */
  ringDrainExits(ring: number, failures: Float64Array, idOffset: number, totals: Float64Array, set: number, results: Float64Array): number;
  ringForks(ring: number, set: number): number;
  setOpen(pids: Float64Array): number;
  setClose(set: number): number;
  tracefsRead(path: string): string | number;
  callLoop(count: number): number;
  /** This thread, and what it starts, before all ordinary work. */
  realtime(): number;
}

/** The bits of perfOpen's last argument. */
export const OpenBit = {
  inherit: 1,
  enableOnExec: 2,
  disabled: 4,
  cgroup: 8,
  excludeKernel: 16,
  sampleIdRaw: 32,
  taskRecords: 64,
} as const;

let loaded: NativeMeter | string | undefined;

/** The addon, or why it could not be loaded. */
export function nativeMeter(): NativeMeter | string {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)('../../build/native/meter.node') as NativeMeter;
    } catch (error) {
      loaded = `the meter's addon is not built (native/meter/build.sh): ${(error as Error).message.split('\n')[0]}`;
    }
  }
  return loaded;
}

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

export function errnoName(result: number): string {
  return names.get(-result) ?? `errno ${-result}`;
}

/** Puts this process, and what it starts, before all ordinary work. */
export function takeRealtime(): void {
  const native = nativeMeter();
  const result = typeof native === 'string' ? native : native.realtime();
  if (result === 0) return;
  throw new MeterError(
    'no-realtime',
    `Real-time priority was refused: ${typeof result === 'string' ? result : errnoName(result)}.`,
    'Run as root or with CAP_SYS_NICE, or leave out --realtime.',
  );
}
