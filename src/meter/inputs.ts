/** The model's inputs for this machine: what the machine says, then what a calibration measured, each named. */
import type { CostClass } from '#abi/syscalls.ts';
import { readCalibration, readJson, type Calibration, type RuntimeCosts, type Timing } from './calibrate/calibration.ts';
import type { Comparison } from './calibrate/compare.ts';
import type { Machine } from './collectors/machine.ts';
import type { MeasuredUnder, ModelInputs } from './model/factors.ts';
import type { Range } from './model/range.ts';
import { assumedSandbox, calibratedSpread, publishedInputs } from './model/reference.ts';
import type { SandboxCosts } from './model/sandbox.ts';

/** The classes of the table that each benchmark stands for. */
const benchmarksOf: Readonly<Record<CostClass, readonly string[]>> = {
  trivial: ['trivial'],
  'file-metadata': ['file-metadata'],
  'file-data': ['file-data', 'file-write', 'null-data'],
  'open-close': ['open-close'],
  'pipe-socket': ['pipe', 'socket'],
  memory: ['memory'],
  fork: ['fork'],
  exec: ['exec'],
  futex: ['futex'],
  wait: ['wait'],
  signal: ['signal'],
  time: ['time'],
  other: ['other'],
};

export function measuredUnderOf(machine: Machine): MeasuredUnder {
  if (machine.kpti !== 'on') return 'none';
  return machine.pcid ? 'kpti-pcid' : 'kpti-nopcid';
}

/** What --calibration was given: a calibration, a comparison of two, or both; each at most once. */
export interface Measured {
  readonly calibration: Calibration | null;
  readonly comparison: Comparison | null;
}

export function readMeasured(paths: readonly string[] | undefined): Measured {
  let calibration: Calibration | null = null;
  let comparison: Comparison | null = null;
  for (const path of paths ?? []) {
    const parsed = readJson(path);
    if (parsed?.['schema'] === 'belljar-comparison/1') comparison = parsed as unknown as Comparison;
    else calibration = readCalibration(path);
  }
  return { calibration, comparison };
}

export function inputsFor(machine: Machine | null, { calibration, comparison }: Measured, runtime = 'belljar'): ModelInputs {
  const measured =
    comparison?.configuration && comparison.amplitudes
      ? { amplitudes: { ...publishedInputs.amplitudes, [comparison.configuration]: comparison.amplitudes }, kptiSpread: calibratedSpread }
      : {};
  return {
    ...publishedInputs,
    ...(machine ? { machine: machine.shape, measuredUnder: measuredUnderOf(machine) } : {}),
    ...measured,
    sandbox: sandboxFrom(calibration, runtime) ?? assumedSandbox,
  };
}

/** Added cost by class: the runtime's time less the native one, with the spread of its benchmarks. Null without both. */
export function sandboxFrom(calibration: Calibration | null, runtime: string): SandboxCosts | null {
  const native = calibration?.runtimes.find((r) => r.name === 'native');
  const sandbox = calibration?.runtimes.find((r) => r.name === runtime);
  if (!calibration || !native || !sandbox) return null;
  const addedNs = Object.fromEntries(
    Object.entries(benchmarksOf).map(([cost, names]) => [
      cost,
      addedRange(names, native, sandbox) ?? assumedSandbox.addedNs[cost as CostClass],
    ]),
  ) as Record<CostClass, Range>;
  const absent = Object.entries(benchmarksOf)
    .filter(([, names]) => addedRange(names, native, sandbox) === null)
    .map(([cost]) => cost);
  // The benchmark of exec forks too; that of a switch makes two calls on pipes for each.
  addedNs.exec = less(addedNs.exec, addedNs.fork, 1);
  const large = addedRange(['file-data-64k'], native, sandbox);
  const perByte = large ? Math.max(0, (large.likely - addedNs['file-data'].likely) / (65536 - 4096)) : null;
  const switched = addedRange(['context-switch'], native, sandbox);
  return {
    addedNs,
    // What was asked for is often more than what came: the low bound has nothing for it.
    dataByteNs: perByte === null ? assumedSandbox.dataByteNs : { low: 0, likely: perByte, high: perByte * 2 },
    switchNs: switched ? less(switched, addedNs['pipe-socket'], 2) : assumedSandbox.switchNs,
    pageFaultNs: addedRange(['page-fault'], native, sandbox) ?? assumedSandbox.pageFaultNs,
    source:
      `calibrated: ${runtime} against native on ${calibration.machine}, ${calibration.measuredAt.slice(0, 10)}` +
      (absent.length > 0 ? ` (but assumed: ${absent.join(', ')})` : ''),
  };
}

/** The first benchmark is the likely one; half of the cheapest and twice the dearest bound it. */
function addedRange(names: readonly string[], native: RuntimeCosts, sandbox: RuntimeCosts): Range | null {
  const added = names.flatMap((name) => difference(native.classes[name], sandbox.classes[name]));
  const [likely] = added;
  if (likely === undefined) return null;
  return { low: Math.max(0, Math.min(...added) / 2), likely, high: Math.max(...added) * 2 };
}

function less(whole: Range, part: Range, times: number): Range {
  const likely = Math.max(0, whole.likely - times * part.likely);
  return {
    low: Math.min(likely, Math.max(0, whole.low - times * part.high)),
    likely,
    high: Math.max(likely, whole.high - times * part.low),
  };
}

function difference(native: Timing | undefined, sandbox: Timing | undefined): number[] {
  return native && sandbox ? [Math.max(0, sandbox.ns - native.ns)] : [];
}
