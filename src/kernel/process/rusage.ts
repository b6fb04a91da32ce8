/** struct rusage, from a Usage. */
import type { Usage } from '../thread-group.ts';

export const RUSAGE_SIZE = 144;

export function encodeRusage(view: DataView, offset: number, usage: Usage): void {
  for (let i = 0; i < RUSAGE_SIZE; i += 4) view.setUint32(offset + i, 0, true);
  timeval(view, offset, usage.userNs);
  timeval(view, offset + 16, usage.systemNs);
  const u64 = (index: number, value: number) => {
    view.setUint32(offset + 32 + index * 8, value >>> 0, true);
    view.setUint32(offset + 36 + index * 8, Math.floor(value / 4294967296), true);
  };
  const MAXRSS = 0;
  const MINFLT = 4;
  const MAJFLT = 5;
  const NVCSW = 12;
  const NIVCSW = 13;
  u64(MAXRSS, usage.maxRss);
  u64(MINFLT, usage.minorFaults);
  u64(MAJFLT, usage.majorFaults);
  u64(NVCSW, usage.voluntarySwitches);
  u64(NIVCSW, usage.involuntarySwitches);
}

function timeval(view: DataView, offset: number, ns: number): void {
  const seconds = Math.floor(ns / 1e9);
  view.setUint32(offset, seconds >>> 0, true);
  view.setUint32(offset + 8, Math.floor((ns - seconds * 1e9) / 1000), true);
}
