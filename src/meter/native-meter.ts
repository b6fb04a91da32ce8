/** The meter's addon (native/meter/addon.c), typed. Numbers below zero are -errno. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';

export interface NativeMeter {
  perfOpen(type: number, config: number, pid: number, cpu: number, samplePeriod: number, bits: number): number;
  /** Fills value, time enabled, time running. */
  perfRead(fd: number, out: Float64Array): number;
  perfSteer(fd: number, on: number): number;
  ringOpen(fd: number, pages: number): number;
  ringClose(ring: number): number;
  /** totals: samples of the set, lost ones, all samples. */
  ringDrain(ring: number, histogram: Float64Array, idOffset: number, totals: Float64Array, set: number, sizes: Float64Array): number;
  ringForks(ring: number, set: number): number;
  setOpen(pids: Float64Array): number;
  setClose(set: number): number;
  tracefsRead(path: string): string | number;
  callLoop(count: number): number;
}

/** The bits of perfOpen's last argument. */
export const OpenBit = {
  inherit: 1,
  enableOnExec: 2,
  disabled: 4,
  cgroup: 8,
  excludeKernel: 16,
  sampleIdRaw: 32,
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
