/** Measures this machine: the sweep, and the classes of call in each runtime that is here. Progress goes to `report`. */
import { readMachine } from '../collectors/machine.ts';
import { shapeNames } from '../model/shapes.ts';
import { curve, curveAgreement, native, isNoisy, timing } from './bench-process.ts';
import type { Calibration, CurvePoint, RuntimeCosts, SweepTiming, Timing } from './calibration.ts';
import { findRuntimes, Workplace } from './runtimes.ts';

export interface CalibrateOptions {
  /** Milliseconds of one turn; in a sandbox several times as long, since it has to warm up. */
  readonly turnMs: number;
  readonly runtimes?: readonly string[];
  readonly sweep: boolean;
  readonly progress: (done: number, all: number, what: string) => void;
  readonly signal?: AbortSignal;
}

const warmUpTurns = 5;
const sweepReads = [0, 8, 32, 128, 384, 768, 3072, 12288, 24576, 49152, 98304];
const mebi = 2 ** 20;
const workingSets: readonly { readonly bytes: number; readonly huge: boolean }[] = [
  { bytes: mebi, huge: false },
  { bytes: 10 * mebi, huge: false },
  { bytes: 100 * mebi, huge: false },
  { bytes: 100 * mebi, huge: true },
];

export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  using workplace = new Workplace();
  const machine = readMachine();
  const runtimes = findRuntimes(workplace, options.runtimes);
  // More is touched between two calls than the working set holds: the same as running through it, so it is left out.
  const points = !options.sweep
    ? []
    : workingSets.flatMap((set) => sweepReads.filter((reads) => reads * 64 <= set.bytes).map((reads) => ({ ...set, reads })));
  const all = points.length + runtimes.length * shapeNames.length;
  let done = 0;
  const noisy: string[] = [];
  const note = (name: string, figure: Timing, wanted?: number): void => {
    if (isNoisy(figure, wanted)) noisy.push(`${name} (${(figure.agreement * 100).toFixed(0)} % apart after ${figure.repeats})`);
  };
  const sweep: SweepTiming[] = [];
  for (const { reads, bytes, huge } of points) {
    const what = `sweep: ${reads} reads over ${bytes / mebi} MiB${huge ? ', huge pages' : ''}`;
    options.progress(done++, all, what);
    const figure = await timing(native, ['sweep', `${reads}`, `${bytes}`, huge ? '1' : '0', `${options.turnMs}`], options.signal);
    note(what, figure);
    sweep.push({ reads, workingSetBytes: bytes, hugePages: huge, ...figure });
  }
  const costs: RuntimeCosts[] = [];
  for (const runtime of runtimes) {
    const classes: Record<string, Timing> = {};
    const curves: Record<string, readonly CurvePoint[]> = {};
    const failures: Record<string, string> = {};
    const ms = runtime.warmsUp ? options.turnMs * warmUpTurns : options.turnMs;
    for (const name of shapeNames) {
      options.progress(done++, all, `${runtime.name}: ${name}`);
      try {
        const { points, timing: figure } = await curve(runtime.wrap, ['curve', name, `${ms}`], options.signal);
        note(`${runtime.name}: ${name}`, figure, curveAgreement);
        classes[name] = figure;
        curves[name] = points;
      } catch (error) {
        failures[name] = (error as Error).message;
      }
      if (options.signal?.aborted) break;
    }
    costs.push({ name: runtime.name, version: runtime.version, classes, curves, failures });
  }
  options.progress(all, all, 'done');
  return {
    schema: 'belljar-calibration/2',
    measuredAt: new Date().toISOString(),
    machine: machine.model,
    kernel: machine.kernel,
    ghz: machine.shape.ghz,
    kpti: machine.kpti === 'on' ? (machine.pcid ? 'kpti-pcid' : 'kpti-nopcid') : machine.kpti,
    kptiWords: machine.kptiWords,
    sweep,
    runtimes: costs,
    noisy,
  };
}
