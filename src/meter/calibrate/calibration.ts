/**
 * What `meter calibrate` writes: this machine's costs, measured. The predictor reads one such file; two of them (with
 * and without KPTI, two kernels) give the measured cost of the difference.
 */
import { readFileSync } from 'node:fs';
import { MeterError } from '../meter-error.ts';

/** One figure: nanoseconds per unit; the fastest of the repeats, and how far the second fastest was from it. */
export interface Timing {
  readonly ns: number;
  /** Second fastest over fastest, less one. */
  readonly agreement: number;
  readonly repeats: number;
}

export interface SweepTiming extends Timing {
  readonly reads: number;
  readonly workingSetBytes: number;
  readonly hugePages: boolean;
}

/** Nanoseconds from a benchmark's first turn to its `turns`th, in a process (and a sandbox) of its own. */
export interface CurvePoint {
  readonly turns: number;
  readonly ns: number;
}

export interface RuntimeCosts {
  readonly name: string;
  readonly version: string;
  /** Shape (model/shapes.ts) to the time of one unit of it, warm; absent where it failed. */
  readonly classes: Readonly<Record<string, Timing>>;
  /** The same from the first turn on: 1, 2, 4, ... turns. */
  readonly curves: Readonly<Record<string, readonly CurvePoint[]>>;
  readonly failures: Readonly<Record<string, string>>;
}

export interface Calibration {
  readonly schema: 'belljar-calibration/2';
  readonly measuredAt: string;
  readonly machine: string;
  readonly kernel: string;
  readonly ghz: number;
  readonly kpti: string;
  readonly kptiWords: string;
  readonly sweep: readonly SweepTiming[];
  readonly runtimes: readonly RuntimeCosts[];
  /** Figures whose two fastest repeats never agreed. */
  readonly noisy: readonly string[];
}

export function readCalibration(path: string): Calibration {
  const parsed = readJson(path);
  if (parsed?.['schema'] !== 'belljar-calibration/2' || !Array.isArray(parsed['sweep']) || !Array.isArray(parsed['runtimes'])) {
    throw new MeterError(
      'bad-calibration',
      `${path} is not a calibration file of this version.`,
      'Make one with: belljar meter calibrate --output FILE',
    );
  }
  return parsed as unknown as Calibration;
}

export function readJson(path: string): Record<string, unknown> | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new MeterError(
      'no-calibration',
      `Cannot read ${path}: ${(error as Error).message}`,
      'Make one with: belljar meter calibrate --output FILE',
    );
  }
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    throw new MeterError('bad-calibration', `${path} is not JSON.`, 'Make one with: belljar meter calibrate --output FILE');
  }
}
