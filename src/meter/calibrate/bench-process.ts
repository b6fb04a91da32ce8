/** Runs one turn of build/native/meter-bench, natively or in a runtime, and repeats it until the two fastest agree. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Timing } from './calibration.ts';

export const benchPath = fileURLToPath(new URL('../../../build/native/meter-bench', import.meta.url));

/** Puts a command line around the benchmark's arguments. */
export type Wrap = (args: readonly string[]) => { readonly file: string; readonly args: readonly string[] };

export const native: Wrap = (args) => ({ file: benchPath, args });

const agreementWanted = 0.02;
const leastRepeats = 3;
const mostRepeats = 10;
const turnTimeoutMs = 10_000;

/** Nanoseconds per unit of one turn, or why it failed. */
export async function turn(wrap: Wrap, args: readonly string[]): Promise<number> {
  const { file, args: all } = wrap(args);
  const output = await new Promise<string>((resolve, reject) => {
    execFile(file, [...all], { timeout: turnTimeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
      else resolve(stdout);
    });
  });
  const [operations, ns, units] = output.trim().split(/\s+/).map(Number);
  if (!operations || !ns || !units) throw new Error(`unexpected output: ${output.slice(0, 80)}`);
  return ns / operations / units;
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

export function isNoisy(timing: Timing): boolean {
  return timing.agreement > agreementWanted;
}
