/** Runs one turn of build/native/meter-bench, natively or in a runtime, and repeats it until the two fastest agree. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CurvePoint, Timing } from './calibration.ts';

export const benchPath = fileURLToPath(new URL('../../../build/native/meter-bench', import.meta.url));

/** Puts a command line around the benchmark's arguments. */
export type Wrap = (args: readonly string[]) => { readonly file: string; readonly args: readonly string[] };

export const native: Wrap = (args) => ({ file: benchPath, args });

const agreementWanted = 0.02;
const leastRepeats = 3;
const mostRepeats = 10;
const mostCurves = 5;
export const curveAgreement = 0.05;
const turnTimeoutMs = 20_000;

/** The lines that one turn printed, as numbers; throws what it said where it failed. */
async function lines(wrap: Wrap, args: readonly string[]): Promise<number[][]> {
  const { file, args: all } = wrap(args);
  const output = await new Promise<string>((resolve, reject) => {
    execFile(file, [...all], { timeout: turnTimeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
      else resolve(stdout);
    });
  });
  const parsed = output
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).map(Number));
  if (parsed.some(([operations, ns, units]) => !operations || !ns || !units)) throw new Error(`unexpected output: ${output.slice(0, 80)}`);
  return parsed;
}

/** Nanoseconds per unit of one turn, or why it failed. */
export async function turn(wrap: Wrap, args: readonly string[]): Promise<number> {
  const [[operations = Number.NaN, ns = 0, units = 1] = []] = await lines(wrap, args);
  return ns / operations / units;
}

/**
 * A curve from several runs: of each stretch between two points the fastest, since what disturbs a run only ever makes
 * it slower. The timing is that of the last stretch, which is as warm as it gets.
 */
export async function curve(wrap: Wrap, args: readonly string[], signal?: AbortSignal): Promise<{ points: CurvePoint[]; timing: Timing }> {
  const stretches: { turns: number; ns: number[] }[] = [];
  let units = 1;
  let repeats = 0;
  let agreement = Number.POSITIVE_INFINITY;
  while (repeats < mostCurves && !signal?.aborted) {
    let before = 0;
    for (const [i, [turns = 0, ns = 0, per = 1]] of (await lines(wrap, args)).entries()) {
      (stretches[i] ??= { turns, ns: [] }).ns.push(ns - before);
      before = ns;
      units = per;
    }
    repeats++;
    for (const stretch of stretches) stretch.ns.sort((a, b) => a - b);
    agreement = agreementOf(stretches.filter((s) => s.ns.length === repeats).at(-1)?.ns ?? []);
    if (repeats >= leastRepeats && agreement <= curveAgreement) break;
  }
  // A slow run stops earlier: the points that all runs reached are the curve.
  const points: CurvePoint[] = [];
  let sum = 0;
  for (const { turns, ns } of stretches.filter((s) => s.ns.length === repeats)) {
    sum += ns[0]!;
    points.push({ turns, ns: sum });
  }
  const [last, previous = { turns: 0, ns: 0 }] = [points.at(-1), points.at(-2)];
  const ns = last ? (last.ns - previous.ns) / (last.turns - previous.turns) / units : Number.NaN;
  return { points, timing: { ns, agreement, repeats } };
}

function agreementOf([first = Number.NaN, second = first]: readonly number[]): number {
  return second / first - 1;
}

/** The fastest of the repeats; `agreement` above the wanted one means that the machine was too noisy. */
export async function timing(wrap: Wrap, args: readonly string[], signal?: AbortSignal): Promise<Timing> {
  const times: number[] = [];
  while (times.length < mostRepeats && !signal?.aborted) {
    times.push(await turn(wrap, args));
    times.sort((a, b) => a - b);
    if (times.length >= leastRepeats && times[1]! / times[0]! - 1 <= agreementWanted) break;
  }
  const [first = Number.NaN, second = first] = times;
  return { ns: first, agreement: second / first - 1, repeats: times.length };
}

export function isNoisy(timing: Timing, wanted = agreementWanted): boolean {
  return timing.agreement > wanted;
}
