/**
 * From factors to a loss in percent, for each configuration, factor by factor. The loss is a time ratio: the time that
 * the configuration adds to one second of the workload's CPU time, so it can pass 100 %. A negative loss is a gain.
 *
 * Contributions of one configuration sum to its total, bound by bound, so the bars of the report add up.
 */
import { add, spread, zeroRange, type Range } from './range.ts';
import type { Factors, ModelInputs } from './factors.ts';
import { addedNsPerEntry, type KptiConfiguration } from './kpti.ts';
import { tlbReachBytes } from './machine-shape.ts';
import { fiveThousandAnchor, pageFaultAnchor, sweepMachine } from './published.ts';
import { sandboxFactors } from './sandbox.ts';
import { shapesOfClasses } from './shapes.ts';

export const configurations = ['kpti-pcid', 'kpti-nopcid', 'kpti-pcid-hugepages', 'belljar'] as const;
export type Configuration = (typeof configurations)[number];

export interface Prediction {
  readonly configuration: Configuration;
  readonly lossPercent: Range;
  /** Percentage points by factor, in the order of the report. */
  readonly factors: Readonly<Record<string, Range>>;
}

/** A call alone, as the sweep ran it: 220 cycles; and how long its reads of a fresh 64 bytes took. */
const bareCallCycles = 220;
const streamNsPerByte = 6.66 / 64;
/** Refilling one TLB entry from the caches takes about this long (seven to nine cycles hit, thirty and more walked). */
const walkCycles = 30;
/** The published worst case of the access pattern, in percentage points, and the walk share that it was seen at. */
const patternWorstPoints = 10;
const patternWorstWalkPercent = 3.5;
/** Where calls could not be counted, the range reaches up to this rate. */
const assumedHighCalls = 50_000;
/** The cheapest call there is bounds the calls that some time in the kernel can hold; a common one takes about 1 us. */
const cheapestCallNs = 60;
const commonCallNs = 1000;

export function predict(factors: Factors, inputs: ModelInputs, only?: readonly Configuration[]): Prediction[] {
  const rates = ratesWithout(factors, inputs);
  return (only ?? configurations).map((configuration) => {
    // The sandbox's costs were measured against this machine as it is, KPTI and all, and so were the rates.
    const contributions =
      configuration === 'belljar'
        ? sandboxContributions(ratesOf(factors), factors, inputs)
        : kptiFactors(configuration, rates, factors, inputs);
    return { configuration, lossPercent: add(...Object.values(contributions)), factors: contributions };
  });
}

interface Rates {
  readonly calls: Range;
  readonly switches: Range;
  readonly faults: Range;
}

/** The rates the workload would have without the cost it already pays: with loss x, it would run 1 + x times as fast. */
function ratesWithout(factors: Factors, inputs: ModelInputs): Rates {
  const rates = ratesOf(factors);
  if (inputs.measuredUnder === 'none') return rates;
  const paid = kptiFactors(inputs.measuredUnder, rates, factors, inputs);
  const share = Math.min(add(...Object.values(paid)).likely / 100, 0.9);
  const faster = 1 / (1 - share);
  const times = (r: Range): Range => ({ low: r.low * faster, likely: r.likely * faster, high: r.high * faster });
  return { calls: times(rates.calls), switches: times(rates.switches), faults: times(rates.faults) };
}

function ratesOf(factors: Factors): Rates {
  const known = (value: number): Range => ({ low: value, likely: value, high: value });
  const switches =
    factors.contextSwitchesPerSecond === null
      ? { low: 0, likely: 0, high: Math.min(factors.syscallsPerSecond ?? 10_000, 10_000) }
      : known(factors.contextSwitchesPerSecond);
  const faults = factors.pageFaultsPerSecond === null ? { low: 0, likely: 0, high: 1000 } : known(factors.pageFaultsPerSecond);
  if (factors.syscallsPerSecond !== null) return { calls: known(factors.syscallsPerSecond), switches, faults };
  if (factors.systemTimeShare !== null) {
    const systemNs = factors.systemTimeShare * 1e9;
    return { calls: { low: 0, likely: systemNs / commonCallNs, high: systemNs / cheapestCallNs }, switches, faults };
  }
  return { calls: { low: 0, likely: switches.likely, high: Math.max(assumedHighCalls, switches.likely) }, switches, faults };
}

/**
 * Memory touched between two entries. Where it is not known, at most what a stream can read in the time between them,
 * and never more than the working set: likely that (the published benchmark's own pattern), at least nothing.
 */
export function touchedBetween(entriesPerSecond: number, factors: Factors, inputs: ModelInputs): Range {
  if (factors.touchedBytes !== null) {
    return { low: factors.touchedBytes, likely: factors.touchedBytes, high: factors.touchedBytes };
  }
  const betweenNs = Math.max(0, 1e9 / Math.max(entriesPerSecond, 1e-3) - bareCallCycles / inputs.machine.ghz);
  const most = Math.min(betweenNs / streamNsPerByte, factors.workingSetBytes ?? Number.POSITIVE_INFINITY);
  return { low: 0, likely: most, high: most };
}

function kptiFactors(
  configuration: Exclude<Configuration, 'belljar'>,
  rates: Rates,
  factors: Factors,
  inputs: ModelInputs,
): Record<string, Range> {
  const base: KptiConfiguration = configuration === 'kpti-nopcid' ? 'kpti-nopcid' : 'kpti-pcid';
  const amplitudes = inputs.amplitudes[base];
  const bareNs = addedNsPerEntry(amplitudes, 0, inputs.machine);
  const perEntry = (rate: Range, ns: number): Range => ({
    low: (rate.low * ns * (1 - inputs.kptiSpread)) / 1e7,
    likely: (rate.likely * ns) / 1e7,
    high: (rate.high * ns * (1 + inputs.kptiSpread)) / 1e7,
  });
  const calls = perEntry(rates.calls, bareNs);
  // A switch counts as a call; a task that is switched away inside a call pays part of it there already.
  const likelySwitches = perEntry(rates.switches, bareNs);
  const switches = { ...likelySwitches, low: likelySwitches.low * 0.5 };
  const faultNs =
    ((base === 'kpti-pcid' ? pageFaultAnchor.addedPcidNs : pageFaultAnchor.addedNoPcidNs) * sweepMachine.ghz) / inputs.machine.ghz;
  const faults = perEntry(rates.faults, faultNs);
  const touched = configuration === 'kpti-pcid-hugepages' ? zeroRange : memoryFactor(base, rates, factors, inputs);
  const contributions: Record<string, Range> = { calls, switches, faults, touched };
  if (configuration === 'kpti-pcid-hugepages') {
    contributions['hugePages'] = hugePageGain(rates, factors, inputs);
  }
  contributions['pattern'] = configuration === 'kpti-nopcid' ? patternFactor(rates, factors, inputs) : zeroRange;
  return contributions;
}

/** The knee: what the touched memory adds to each entry beyond an entry with all its state still near. */
function memoryFactor(base: KptiConfiguration, rates: Rates, factors: Factors, inputs: ModelInputs): Range {
  const entries = add(rates.calls, rates.switches);
  const amplitudes = inputs.amplitudes[base];
  const bareNs = addedNsPerEntry(amplitudes, 0, inputs.machine);
  const touched = touchedBetween(entries.likely, factors, inputs);
  const extraNs = (bytes: number): number => Math.max(0, addedNsPerEntry(amplitudes, bytes, inputs.machine) - bareNs);
  const likely = (entries.likely * extraNs(touched.likely)) / 1e7;
  if (factors.touchedBytes !== null) {
    return nearKnee(factors.touchedBytes, inputs)
      ? {
          low: likely * (1 - inputs.kptiSpread) * 0.5,
          likely,
          high: Math.max(likely * (1 + inputs.kptiSpread), kneeTop(entries, base, inputs)),
        }
      : spread(likely, inputs.kptiSpread);
  }
  // Unknown: from nothing touched to all the caches run through, as far as the working set allows.
  const most = Math.max(touched.high, Math.min(factors.workingSetBytes ?? Number.POSITIVE_INFINITY, 2 * touched.high));
  return {
    low: 0,
    likely,
    high:
      Math.max(likely, (entries.high * Math.max(extraNs(most), extraNs(Math.min(most, 4 * inputs.machine.level2Bytes)))) / 1e7) *
      (1 + inputs.kptiSpread),
  };
}

/** Within a half and twice of the second-level cache one cannot say on which side of the knee a machine is. */
function nearKnee(touchedBytes: number, inputs: ModelInputs): boolean {
  const ratio = touchedBytes / inputs.machine.level2Bytes;
  return ratio > 0.5 && ratio < 2;
}

function kneeTop(entries: Range, base: KptiConfiguration, inputs: ModelInputs): number {
  const amplitudes = inputs.amplitudes[base];
  const over = addedNsPerEntry(amplitudes, 2 * inputs.machine.level2Bytes, inputs.machine);
  return ((entries.high * (over - addedNsPerEntry(amplitudes, 0, inputs.machine))) / 1e7) * (1 + inputs.kptiSpread);
}

/**
 * Huge pages take away TLB walks that the workload pays already, KPTI or not. The one published point (5,000 calls/s
 * over 100 MB: 0.5 % loss became a 3 % gain) fixes the gain of a full working set; below the TLB's reach there is none.
 */
function hugePageGain(rates: Rates, factors: Factors, inputs: ModelInputs): Range {
  const entries = add(rates.calls, rates.switches);
  const full = fiveThousandAnchor.pcid - fiveThousandAnchor.pcidHugePages;
  const userShare = Math.max(0, 1 - (entries.likely * bareCallCycles) / inputs.machine.ghz / 1e9);
  if (factors.tlbWalkPercent !== null) {
    const measured = Math.min(factors.tlbWalkPercent, 100);
    return { low: -measured, likely: -measured * 0.8, high: 0 };
  }
  if (factors.workingSetBytes === null) return { low: -full * userShare * 2, likely: 0, high: 0 };
  const beyond = 1 / (1 + (tlbReachBytes(inputs.machine) / Math.max(factors.workingSetBytes, 1)) ** 2);
  const likely = -full * userShare * beyond;
  return { low: likely * 2, likely, high: 0 };
}

/**
 * Access pattern: after a flush every page that is used again is walked again. Bounded by the pages there are, by what
 * the TLB held, by the time between entries, and by the published worst case; walk counters narrow it.
 */
function patternFactor(rates: Rates, factors: Factors, inputs: ModelInputs): Range {
  const entries = add(rates.calls, rates.switches);
  const betweenNs = 1e9 / Math.max(entries.likely, 1e-3);
  const pages = Math.min((factors.workingSetBytes ?? Number.POSITIVE_INFINITY) / 4096, inputs.machine.tlbEntries);
  const refillNs = Math.min((pages * walkCycles) / inputs.machine.ghz, betweenNs);
  const bound = Math.min(patternWorstPoints, (entries.high * refillNs) / 1e7);
  if (factors.tlbWalkPercent === null) return { low: 0, likely: 0, high: bound };
  const seen = Math.min(1, factors.tlbWalkPercent / patternWorstWalkPercent);
  return { low: 0, likely: (bound * seen) / 4, high: bound * seen };
}

function sandboxContributions(rates: Rates, factors: Factors, inputs: ModelInputs): Record<string, Range> {
  return {
    ...sandboxFactors(
      {
        callsPerSecond: rates.calls,
        switchesPerSecond: rates.switches,
        faultsPerSecond: rates.faults,
        mix: factors.shapes ?? (factors.mix && shapesOfClasses(factors.mix)),
        commandSeconds: factors.commandSeconds,
        crowded: crowdedShare(factors.busyCpus, inputs.cpus),
      },
      inputs.sandbox,
    ),
  };
}

/**
 * Share of the calls that are made while the workload also wants the CPU that the sandbox's kernel would have for
 * itself. Most of those are answered in passing, since the kernel is awake for another's: how many is not known.
 */
function crowdedShare(busyCpus: number | null, cpus: number): Range {
  if (busyCpus === null) return { low: 0, likely: 0, high: 0.2 };
  const share = Math.min(1, Math.max(0, busyCpus - (cpus - 1)));
  return { low: share * 0.15, likely: share * 0.4, high: share };
}
