/** The model's inputs for this machine: what the machine says, then what a calibration measured, each named. */
import { readCalibration, readJson, type Calibration, type CurvePoint, type RuntimeCosts } from './calibrate/calibration.ts';
import type { Comparison } from './calibrate/compare.ts';
import type { Machine } from './collectors/machine.ts';
import type { MeasuredUnder, ModelInputs } from './model/factors.ts';
import { assumedSandbox, calibratedSpread, publishedInputs } from './model/reference.ts';
import { addedBy, flat, type CostCurve, type SandboxCosts } from './model/sandbox.ts';
import { shapeInfo, shapeNames, type Shape } from './model/shapes.ts';

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
    ...(machine ? { machine: machine.shape, measuredUnder: measuredUnderOf(machine), cpus: machine.cpus } : {}),
    ...measured,
    sandbox: sandboxFrom(calibration, runtime) ?? assumedSandbox,
  };
}

/** Half of the sum and twice it: what the terms' errors come to on the set of docs/meter-method.md. */
const calibratedBounds = { low: 0.5, high: 2 } as const;

/** Added cost by shape: the runtime's time less the native one, less what entering the kernel costs. Null without both. */
export function sandboxFrom(calibration: Calibration | null, runtime: string): SandboxCosts | null {
  const native = calibration?.runtimes.find((r) => r.name === 'native');
  const sandbox = calibration?.runtimes.find((r) => r.name === runtime);
  const entry = native && sandbox && difference('trivial', native, sandbox, []);
  if (!calibration || !entry) return null;
  const found: Partial<Record<Shape, CostCurve>> = { trivial: flat(0) };
  // Shapes that others use come before them.
  for (const shape of shapeNames) {
    if (shape === 'trivial') continue;
    const { entries, uses = {}, units = 1 } = shapeInfo(shape);
    const parts: Part[] = entries > 0 ? [{ curve: entry, times: entries }] : [];
    for (const [used, times] of Object.entries(uses)) {
      const curve = found[used as Shape];
      if (curve) parts.push({ curve, times });
    }
    const curve = difference(shape, native, sandbox, parts);
    if (curve) found[shape] = perUnit(curve, units);
  }
  const absent = shapeNames.filter((shape) => !found[shape]);
  const perByte = (small: Shape, big: Shape): number => {
    const [a, b] = [found[small], found[big]];
    return a && b ? Math.max(0, b.slopeNs - a.slopeNs) / (65536 - 4096) : assumedSandbox.readByteNs;
  };
  return {
    entry,
    shapes: { ...assumedSandbox.shapes, ...found },
    readByteNs: perByte('file-data', 'file-data-64k'),
    writeByteNs: perByte('file-write', 'file-write-64k'),
    spread: calibratedBounds,
    source:
      `calibrated: ${runtime} against native on ${calibration.machine}, ${calibration.measuredAt.slice(0, 10)}` +
      (absent.length > 0 ? ` (but assumed: ${absent.join(', ')})` : ''),
  };
}

interface Part {
  readonly curve: CostCurve;
  readonly times: number;
}

/** The added time over the turns, less its parts; null where one side has none. */
function difference(shape: Shape, native: RuntimeCosts, sandbox: RuntimeCosts, parts: readonly Part[]): CostCurve | null {
  const [before, after] = [native.curves[shape], sandbox.curves[shape]];
  if (!before?.length || !after?.length) return null;
  const nativeCurve = asCurve(before);
  const sandboxCurve = asCurve(after);
  const turns = after.map((point) => point.turns);
  // Below zero where the sandbox is the faster: entering a kernel that pays for KPTI costs more than a trip to another CPU.
  const addedNs = turns.map((n) => {
    let rest = addedBy(sandboxCurve, n, true) - addedBy(nativeCurve, n, true);
    for (const { curve, times } of parts) rest -= addedBy(curve, n * times, true);
    return rest;
  });
  const slopeNs = sandboxCurve.slopeNs - nativeCurve.slopeNs - parts.reduce((sum, p) => sum + p.times * p.curve.slopeNs, 0);
  return { turns, addedNs, slopeNs };
}

/** The slope at the end is that of the last stretch. */
function asCurve(points: readonly CurvePoint[]): CostCurve {
  const [last, previous = { turns: 0, ns: 0 }] = [points.at(-1)!, points.at(-2)];
  return {
    turns: points.map((p) => p.turns),
    addedNs: points.map((p) => p.ns),
    slopeNs: (last.ns - previous.ns) / (last.turns - previous.turns),
  };
}

function perUnit(curve: CostCurve, units: number): CostCurve {
  return { turns: curve.turns.map((n) => n * units), addedNs: curve.addedNs, slopeNs: curve.slopeNs / units };
}
