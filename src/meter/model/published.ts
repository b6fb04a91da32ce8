/**
 * The published measurements that the model is fitted to and tested against: Brendan Gregg's sweep and anchors of
 * February 2018, as far as they are given to this project (docs/meter-method.md names the source of each).
 */
import type { MachineShape } from './machine-shape.ts';

/** One-byte reads between two calls are this many bytes apart. */
export const sweepStrideBytes = 64;
export const sweepWorkingSetBytes = 100 * 2 ** 20;

/** c5.9xlarge: Skylake-SP at about 3.5 GHz, 32 KiB L1d, 1 MiB L2, 1,536 second-level TLB entries. */
export const sweepMachine: MachineShape = {
  ghz: 3.5,
  level1Bytes: 32 * 1024,
  level2Bytes: 2 ** 20,
  tlbEntries: 1536,
};

export interface SweepPoint {
  readonly reads: number;
  readonly callsPerSecondOff: number;
  readonly callsPerSecondPcid: number;
  readonly callsPerSecondNoPcid: number;
}

/** Best of 20 and more runs each, Linux 4.14.12. Rates are whole numbers, so the last rows are coarse. */
const rows: readonly (readonly [number, number, number, number])[] = [
  [0, 15888964, 4711727, 2234196],
  [8, 10007842, 3932257, 2069813],
  [32, 3625028, 2307671, 1532467],
  [128, 1085974, 930461, 784412],
  [384, 381542, 360521, 332764],
  [768, 193182, 187084, 177237],
  [1536, 97230, 95607, 93143],
  [3072, 48792, 48353, 47650],
  [6144, 24433, 24332, 24184],
  [12288, 12235, 12197, 12160],
  [24576, 6090, 6067, 5941],
  [49152, 3053, 3044, 3012],
  [98304, 1525, 1518, 1517],
  [196608, 763, 761, 762],
  [393216, 382, 382, 381],
  [786432, 191, 191, 191],
  [1572864, 96, 96, 96],
];

export const sweepPoints: readonly SweepPoint[] = rows.map(([reads, off, pcid, noPcid]) => ({
  reads,
  callsPerSecondOff: off,
  callsPerSecondPcid: pcid,
  callsPerSecondNoPcid: noPcid,
}));

/** Loss in percent as he plots it: rate without over rate with, less one. A time ratio, so it can pass 100. */
export function lossPercent(rateWithout: number, rateWith: number): number {
  return (rateWithout / rateWith - 1) * 100;
}

/** Populating 100 MB: time of one page fault without KPTI, and what each configuration adds. */
export const pageFaultAnchor = { baseNs: 1524, addedPcidNs: 186, addedNoPcidNs: 568 } as const;

/** Cycles of one getppid: off, KPTI with PCID, KPTI without; null where it was not measured. */
export const getppidAnchors = [
  { machine: 'Xeon 6161', off: 120, pcid: 520, noPcid: 1150 },
  { machine: 'E5-2667 v4', off: 140, pcid: 580, noPcid: 900 },
  { machine: 'E5-2658 v3 on Xen', off: 150, pcid: 630, noPcid: 1400 },
  { machine: 'i5-4250U', off: 115, pcid: 550, noPcid: null },
] as const;

/** Loss in percent at 5,000 calls/s per CPU over 100 MB; with huge pages it was a gain. */
export const fiveThousandAnchor = { callsPerSecond: 5000, noPcid: 2.1, pcid: 0.5, pcidHugePages: -3 } as const;

/** MySQL on c5.9xlarge, 4.14.12: queries/s and the share of cycles in TLB walks, before and after. */
export const mysqlAnchor = {
  queriesBefore: 31353,
  queriesAfter: 22795,
  walkPercentBefore: 3.5,
  walkPercentAfter: 19.2,
} as const;
