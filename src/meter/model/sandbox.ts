/**
 * What the sandbox adds: how often a workload does each shape of work, times what that adds, both measured by
 * `meter calibrate` as one program run natively and in the sandbox. A new sandbox is slow at first (its kernel is
 * JavaScript that is compiled as it runs), so the added time of a shape is a curve over how often it was done: a
 * command pays from the first turn on, a service that has run for a while pays the curve's end.
 */
import type { CostClass } from '#abi/syscalls.ts';
import { add, scale, type Range } from './range.ts';
import { pauseNs, shapeInfo, shapeNames, type Shape, type ShapeMix } from './shapes.ts';

/** Added nanoseconds of the first so many turns in a new sandbox; past the last point each turn adds `slopeNs`. */
export interface CostCurve {
  readonly turns: readonly number[];
  readonly addedNs: readonly number[];
  readonly slopeNs: number;
}

export interface SandboxCosts {
  /** Of entering the kernel at all, by entries. */
  readonly entry: CostCurve;
  /** Beyond the entries. A shape that was not measured is absent. */
  readonly shapes: Readonly<Partial<Record<Shape, CostCurve>>>;
  /** Of a byte that a read, or a write, moves beyond the 4 KiB that the shape was measured with. */
  readonly readByteNs: number;
  readonly writeByteNs: number;
  /** How far off the sum may be, as factors. */
  readonly spread: { readonly low: number; readonly high: number };
  /** Where the numbers come from, for the report. */
  readonly source: string;
}

export function flat(ns: number): CostCurve {
  return { turns: [], addedNs: [], slopeNs: ns };
}

/** Nanoseconds that `turns` add: from a new sandbox's first turn on, or by a kernel that is warm. */
export function addedBy(curve: CostCurve, turns: number, fromStart: boolean): number {
  if (!fromStart) return turns * curve.slopeNs;
  let [x, y] = [0, 0];
  for (const [i, next] of curve.turns.entries()) {
    const to = curve.addedNs[i]!;
    if (turns <= next) return y + ((turns - x) / (next - x)) * (to - y);
    [x, y] = [next, to];
  }
  return y + (turns - x) * curve.slopeNs;
}

/** Shares of the calls that are assumed where the mix was not sampled; the range then spans cheap to dear classes. */
const assumedMix: ShapeMix = {
  turns: { 'file-data': 0.35, 'file-metadata': 0.15, 'open-close': 0.05, pipe: 0.075, memory: 0.025, futex: 0.1, wait: 0.1 },
  bytes: {},
  entries: 1,
  paused: null,
};
/** The shapes of reads and writes are measured with this size. */
const measuredDataBytes = 4096;
/** Of the names that a command looks up and the files that it opens, those it meets for the first time: not seen. */
const firstTimeShapes: readonly { of: Shape; extra: Shape; share: Range }[] = [
  // Several looks at a name are usual (stat, access, attributes) before and after it is opened.
  { of: 'file-metadata', extra: 'file-metadata-new', share: { low: 0, likely: 0.1, high: 0.5 } },
  { of: 'open-close', extra: 'open-new', share: { low: 0, likely: 0.2, high: 0.6 } },
];
/** A switch that a new sandbox has not seen yet is one that waits; in a service some are ends of time slices. */
const switchShare: Range = { low: 0.25, likely: 1, high: 1.5 };

export interface SandboxWork {
  readonly callsPerSecond: Range;
  readonly switchesPerSecond: Range;
  readonly faultsPerSecond: Range;
  readonly mix: ShapeMix | null;
  /** Share of the calls that are made while no CPU is left for the sandbox's kernel. */
  readonly crowded: Range;
  /** CPU seconds of a command that is measured whole, from its start; null for what has run before and will go on. */
  readonly commandSeconds: number | null;
}

export type SandboxFactor = CostClass | 'entry' | 'wakeups' | 'crowding' | 'switches' | 'faults';

/** Percentage points by factor. */
export function sandboxFactors(work: SandboxWork, costs: SandboxCosts): Partial<Record<SandboxFactor, Range>> {
  const { low, high } = costs.spread;
  const seconds = work.commandSeconds ?? 1;
  const fromStart = work.commandSeconds !== null;
  const result: Partial<Record<SandboxFactor, Range>> = {};
  const put = (factor: SandboxFactor, ns: Range): void => {
    const points = scale(widen(ns, low, high), 1 / (seconds * 1e7));
    result[factor] = add(result[factor] ?? scale(points, 0), points);
  };
  const over = (rate: Range, f: (count: number) => number): Range => ({
    low: f(rate.low * seconds),
    likely: f(rate.likely * seconds),
    high: f(rate.high * seconds),
  });
  const mix = work.mix ?? assumedMix;
  const calls = work.mix
    ? work.callsPerSecond
    : { ...work.callsPerSecond, low: work.callsPerSecond.low / 2, high: work.callsPerSecond.high * 3 };
  const entries = over(calls, (n) => n * mix.entries);
  put(
    'entry',
    over(calls, (n) => addedBy(costs.entry, n * mix.entries, fromStart)),
  );
  const { sparse = flat(0), 'sparse-data': sparseData = sparse, crowded = flat(0) } = costs.shapes;
  const paused = pausedShare(mix.paused, work.callsPerSecond.likely);
  const moving = dataShare(mix);
  const woken = (n: number): number => (1 - moving) * addedBy(sparse, n, fromStart) + moving * addedBy(sparseData, n, fromStart);
  put('wakeups', {
    low: woken(entries.low * paused.low),
    likely: woken(entries.likely * paused.likely),
    high: woken(entries.high * paused.high),
  });
  put('crowding', {
    low: addedBy(crowded, entries.low * work.crowded.low, fromStart),
    likely: addedBy(crowded, entries.likely * work.crowded.likely, fromStart),
    high: addedBy(crowded, entries.high * work.crowded.high, fromStart),
  });
  for (const shape of shapeNames) {
    const share = mix.turns[shape];
    const curve = costs.shapes[shape];
    const factor = shapeInfo(shape).cost;
    if (share === undefined || curve === undefined) continue;
    const added = shape === 'file-data' || shape === 'file-write' ? dataCost(shape, mix, costs, fromStart) : curve;
    put(
      factor,
      over(calls, (n) => (typeof added === 'function' ? added(n * share) : addedBy(added, n * share, fromStart))),
    );
    const first = firstTimeShapes.find(({ of }) => of === shape);
    const extra = first && costs.shapes[first.extra];
    if (!fromStart || !extra) continue;
    // An open is half of a turn of open-close, and one of open-new: the turns are the same in number.
    const met = over(calls, (n) => n * share);
    put(factor, {
      low: addedBy(extra, met.low * first.share.low, true),
      likely: addedBy(extra, met.likely * first.share.likely, true),
      high: addedBy(extra, met.high * first.share.high, true),
    });
  }
  const { 'context-switch': switched = flat(0), 'page-fault': fault = flat(0) } = costs.shapes;
  const switches = over(work.switchesPerSecond, (n) => addedBy(switched, n, fromStart));
  put('switches', { low: switches.low * switchShare.low, likely: switches.likely, high: switches.high * switchShare.high });
  put(
    'faults',
    over(work.faultsPerSecond, (n) => addedBy(fault, n, fromStart)),
  );
  return result;
}

/** By factors below and above one; what is a gain is a larger one at the low end. */
function widen(ns: Range, low: number, high: number): Range {
  const all = [ns.low * low, ns.low * high, ns.high * low, ns.high * high, ns.likely];
  return { low: Math.min(...all), likely: ns.likely, high: Math.max(...all) };
}

/**
 * Of reads or writes, by their mean size: between one byte (where the file hardly matters) and the 4 KiB that the shape
 * was measured with; beyond, by the byte.
 */
function dataCost(shape: 'file-data' | 'file-write', mix: ShapeMix, costs: SandboxCosts, fromStart: boolean): (n: number) => number {
  const { 'null-data': tiny = flat(0), [shape]: page = flat(0) } = costs.shapes;
  const bytes = mix.bytes[shape] ?? measuredDataBytes;
  const share = Math.min(1, bytes / measuredDataBytes);
  const perByte = shape === 'file-write' ? costs.writeByteNs : costs.readByteNs;
  // A turn of the tiny shape is one read and one write.
  return (n) =>
    share * addedBy(page, n, fromStart) +
    (1 - share) * addedBy(tiny, n / 2, fromStart) +
    n * Math.max(0, bytes - measuredDataBytes) * perByte;
}

/** Where it was not seen: as if calls came by chance, at their mean rate; bursts leave fewer pauses, and longer ones. */
function pausedShare(seen: number | null, callsPerSecond: number): Range {
  if (seen !== null) return { low: seen * 0.7, likely: seen, high: seen };
  const chance = Math.exp((-callsPerSecond * (pauseNs.from + pauseNs.to)) / 2e9);
  return { low: 0, likely: chance, high: Math.min(1, chance * 2) };
}

/** Of the calls, those that read or write. */
function dataShare({ turns }: ShapeMix): number {
  return Math.min(1, (turns['file-data'] ?? 0) + 2 * (turns['file-write'] ?? 0));
}
