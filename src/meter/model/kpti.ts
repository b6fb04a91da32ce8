/**
 * What KPTI adds to one entry into the kernel: pure functions of the memory touched since the last one.
 *
 * Each configuration has the same four terms, from the core outwards. Work in the core (page-table switch, refill
 * of hot TLB entries from near caches) counts in cycles, since it scales with the clock; waiting for memory counts in
 * nanoseconds, since it does not.
 *   entry   always: two page-table switches, and what they flush
 *   level1  once more than the first-level cache was touched, refills come from the second level
 *   level2  the knee: once the second-level cache was run through, the page tables themselves must be fetched
 *   reach   once more pages than the second-level TLB holds were touched, PCID has nothing left to keep
 * The amplitudes are fitted to the published sweep by fit.ts (kpti.test.ts fits them again); positions are the hardware's.
 */
import { tlbReachBytes, type MachineShape } from './machine-shape.ts';

export type KptiConfiguration = 'kpti-pcid' | 'kpti-nopcid';

export interface TermAmplitudes {
  readonly entryCycles: number;
  readonly level1Cycles: number;
  readonly level2Ns: number;
  readonly reachNs: number;
}

export const publishedAmplitudes: Readonly<Record<KptiConfiguration, TermAmplitudes>> = {
  'kpti-pcid': { entryCycles: 535, level1Cycles: 93, level2Ns: 400, reachNs: 2950 },
  'kpti-nopcid': { entryCycles: 1316, level1Cycles: 250, level2Ns: 3820, reachNs: -1180 },
};

/** How much of each term applies, 0 to 1, after so many bytes were touched. */
export interface TermShares {
  readonly level1: number;
  readonly level2: number;
  readonly reach: number;
}

export function termShares(touchedBytes: number, machine: MachineShape): TermShares {
  return {
    level1: smoothStep(touchedBytes, 1.25 * machine.level1Bytes, 4),
    // A stream evicts a cache of nearly least-recently-used order almost at once when it fills it; its own page
    // tables and the kernel's lines share the cache, so the middle lies a little below the full size.
    level2: smoothStep(touchedBytes, 0.93 * machine.level2Bytes, 16),
    reach: smoothStep(touchedBytes, 0.75 * tlbReachBytes(machine), 4),
  };
}

/** Added time of one entry, in nanoseconds. */
export function addedNsPerEntry(amplitudes: TermAmplitudes, touchedBytes: number, machine: MachineShape): number {
  const shares = termShares(touchedBytes, machine);
  return (
    (amplitudes.entryCycles + amplitudes.level1Cycles * shares.level1) / machine.ghz +
    amplitudes.level2Ns * shares.level2 +
    amplitudes.reachNs * shares.reach
  );
}

/** 0 far below the middle, 1 far above, one half at it; steepness is the exponent. */
function smoothStep(value: number, middle: number, steepness: number): number {
  if (value <= 0) return 0;
  return 1 / (1 + (middle / value) ** steepness);
}
