/**
 * Two calibrations of one machine side by side: the loss of the second against the first at every point of the sweep,
 * the added cost of each class, and the model's terms fitted to that difference. A file of it feeds the predictor.
 */
import { fitAmplitudes, type FitPoint } from '../model/fit.ts';
import type { KptiConfiguration, TermAmplitudes } from '../model/kpti.ts';
import type { MachineShape } from '../model/machine-shape.ts';
import type { Calibration } from './calibration.ts';

export interface Comparison {
  readonly schema: 'belljar-comparison/1';
  readonly before: string;
  readonly after: string;
  /** Which configuration the difference is, where one file has KPTI off and the other on; else null. */
  readonly configuration: KptiConfiguration | null;
  readonly points: readonly {
    readonly reads: number;
    readonly workingSetBytes: number;
    readonly hugePages: boolean;
    readonly callsPerSecondBefore: number;
    readonly callsPerSecondAfter: number;
    readonly lossPercent: number;
    /** What the two fastest repeats of either differed by, in percentage points: a smaller loss says nothing. */
    readonly noisePoints: number;
  }[];
  readonly classes: readonly { readonly name: string; readonly beforeNs: number; readonly afterNs: number }[];
  readonly amplitudes: TermAmplitudes | null;
}

export function compare(before: Calibration, after: Calibration, machine: MachineShape): Comparison {
  const points = before.sweep.flatMap((a) => {
    const b = after.sweep.find((p) => p.reads === a.reads && p.workingSetBytes === a.workingSetBytes && p.hugePages === a.hugePages);
    if (!b) return [];
    return [
      {
        reads: a.reads,
        workingSetBytes: a.workingSetBytes,
        hugePages: a.hugePages,
        callsPerSecondBefore: 1e9 / a.ns,
        callsPerSecondAfter: 1e9 / b.ns,
        lossPercent: (b.ns / a.ns - 1) * 100,
        noisePoints: (a.agreement + b.agreement) * 100,
      },
    ];
  });
  const native = (c: Calibration) => c.runtimes.find((r) => r.name === 'native')?.classes ?? {};
  const classes = Object.entries(native(before)).flatMap(([name, a]) => {
    const b = native(after)[name];
    return b ? [{ name, beforeNs: a.ns, afterNs: b.ns }] : [];
  });
  const largest = Math.max(0, ...points.map((p) => p.workingSetBytes));
  const fitPoints: FitPoint[] = points
    .filter((p) => p.workingSetBytes === largest && !p.hugePages)
    .map((p) => ({
      touchedBytes: p.reads * 64,
      callsPerSecondOff: p.callsPerSecondBefore,
      callsPerSecondOn: p.callsPerSecondAfter,
    }));
  const on = after.kpti === 'kpti-pcid' || after.kpti === 'kpti-nopcid' ? after.kpti : null;
  const off = before.kpti === 'off' || before.kpti === 'not-needed';
  return {
    schema: 'belljar-comparison/1',
    before: label(before),
    after: label(after),
    configuration: off ? on : null,
    points,
    classes,
    amplitudes: fitPoints.length >= 6 ? fitAmplitudes(fitPoints, { ...machine, ghz: before.ghz }, { relative: 0.15, points: 0.15 }) : null,
  };
}

function label(c: Calibration): string {
  return `${c.machine}, Linux ${c.kernel}, KPTI ${c.kpti}, ${c.measuredAt.slice(0, 16)}`;
}
