/** The curves of the picture: for each configuration, the loss at each rate of calls, all other factors as in the report. */
import type { Factors, ModelInputs } from '#meter/model/factors.ts';
import { predict, type Configuration } from '#meter/model/predict.ts';
import { lossPercent, sweepPoints } from '#meter/model/published.ts';

export interface CurvePoint {
  readonly rate: number;
  readonly loss: number;
}

export interface Curve {
  readonly configuration: Configuration;
  readonly points: readonly CurvePoint[];
}

export const lowestRate = 100;
export const highestRate = 2e7;

/** Switches and faults grow with the calls, as they would if the workload ran faster; the memory stays. */
export function curvesOf(here: Factors, inputs: ModelInputs, only: readonly Configuration[], steps = 100): Curve[] {
  const result = only.map((configuration) => ({ configuration, points: [] as CurvePoint[] }));
  for (let step = 0; step <= steps; step++) {
    const rate = lowestRate * (highestRate / lowestRate) ** (step / steps);
    const share = here.syscallsPerSecond ? rate / here.syscallsPerSecond : 0;
    const factors: Factors = {
      ...here,
      syscallsPerSecond: rate,
      contextSwitchesPerSecond: (here.contextSwitchesPerSecond ?? 0) * share,
      pageFaultsPerSecond: (here.pageFaultsPerSecond ?? 0) * share,
      touchedBytes: null,
      workingSetBytes: here.workingSetBytes ?? 100 * 2 ** 20,
    };
    for (const [i, prediction] of predict(factors, { ...inputs, measuredUnder: 'none' }, only).entries()) {
      result[i]!.points.push({ rate, loss: prediction.lossPercent.likely });
    }
  }
  return result;
}

/** The published sweep as points of the picture; losses that the whole-number rates hide are left out. */
export function publishedPoints(): { configuration: Configuration; points: CurvePoint[] }[] {
  const of = (configuration: Configuration, on: (p: (typeof sweepPoints)[number]) => number) => ({
    configuration,
    points: sweepPoints
      .map((p) => ({ rate: p.callsPerSecondOff, loss: lossPercent(p.callsPerSecondOff, on(p)) }))
      .filter((p) => p.loss > 0),
  });
  return [of('kpti-pcid', (p) => p.callsPerSecondPcid), of('kpti-nopcid', (p) => p.callsPerSecondNoPcid)];
}
