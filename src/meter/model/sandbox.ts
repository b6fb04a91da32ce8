/**
 * What the sandbox adds: the mix of calls times the added cost of each class, both measured by `meter calibrate`
 * as one program run natively and in the sandbox.
 */
import type { CostClass } from '#abi/syscalls.ts';
import { add, scale, type Range } from './range.ts';

/** Added nanoseconds of one call (sandbox less native), by class, and of one page fault. */
export interface SandboxCosts {
  readonly addedNs: Readonly<Record<CostClass, Range>>;
  readonly pageFaultNs: Range;
  /** Of a context switch, beyond the calls that led to it: sleeping and waking through the sandbox's kernel. */
  readonly switchNs: Range;
  /** Of a byte that a read or write moves beyond the 4 KiB that the class was measured with. */
  readonly dataByteNs: Range;
  /** Where the numbers come from, for the report. */
  readonly source: string;
}

/** Shares of the calls that are assumed where the mix was not sampled; the range then spans cheap to dear classes. */
const assumedMix: Readonly<Partial<Record<CostClass, number>>> = {
  'file-data': 0.35,
  'file-metadata': 0.15,
  'open-close': 0.1,
  'pipe-socket': 0.15,
  memory: 0.05,
  futex: 0.1,
  wait: 0.1,
};

/** The class file-data is measured with reads and writes of this size. */
const measuredDataBytes = 4096;

export interface SandboxContribution {
  readonly cost: CostClass;
  readonly callsPerSecond: number;
  readonly percent: Range;
}

export function sandboxContributions(
  callsPerSecond: Range,
  mix: Readonly<Partial<Record<CostClass, number>>> | null,
  costs: SandboxCosts,
  dataBytes: number | null = null,
): SandboxContribution[] {
  const beyond = Math.max(0, (dataBytes ?? measuredDataBytes) - measuredDataBytes);
  const shares = Object.entries(mix ?? assumedMix) as [CostClass, number][];
  return shares
    .filter(([, share]) => share > 0)
    .map(([cost, share]) => {
      const added = cost === 'file-data' ? add(costs.addedNs[cost], scale(costs.dataByteNs, beyond)) : costs.addedNs[cost];
      const percent = {
        low: (callsPerSecond.low * share * added.low) / 1e7,
        likely: (callsPerSecond.likely * share * added.likely) / 1e7,
        high: (callsPerSecond.high * share * added.high) / 1e7,
      };
      return { cost, callsPerSecond: callsPerSecond.likely * share, percent: mix ? percent : widen(percent) };
    })
    .sort((a, b) => b.percent.likely - a.percent.likely);
}

/** Without a sampled mix, half to three times. */
function widen(range: Range): Range {
  return { low: range.low * 0.5, likely: range.likely, high: range.high * 3 };
}
