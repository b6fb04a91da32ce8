/**
 * Predicted beside measured, for one command: metered once natively for its factors, then run natively and in the
 * sandbox in turn, so that a change of the machine's mood meets both. The sandbox's own start is measured in each round with an
 * empty command and taken off: it is not a cost of system calls.
 */
import { spawn } from 'node:child_process';
import { inputsFor, type Measured } from '../inputs.ts';
import { predict } from '../model/predict.ts';
import type { Factors } from '../model/factors.ts';
import { scale, type Range } from '../model/range.ts';
import type { Shape } from '../model/shapes.ts';
import { Session } from '../session.ts';
import { resolveTarget } from '../target.ts';

export interface VerifyOptions {
  readonly runs: number;
  readonly timeoutMs: number;
  /** Puts the sandbox before a command. */
  readonly sandbox: readonly string[];
  readonly progress: (text: string) => void;
}

export interface Verification {
  readonly command: readonly string[];
  readonly nativeSeconds: readonly number[];
  readonly sandboxSeconds: readonly number[];
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly syscallsPerSecond: number | null;
  /** How often it did each shape of work; null where calls could not be sampled. */
  readonly turns: Readonly<Record<string, number>> | null;
  /** What the prediction was made from. */
  readonly factors: Factors;
  readonly predicted: Range;
  readonly predictedFactors: Readonly<Record<string, Range>>;
  /** Of the fastest runs, in percent: what disturbs a run only ever makes it slower. Null where the sandbox failed. */
  readonly measured: number | null;
  /** Of the slower quartile of one against the faster of the other. */
  readonly measuredSpread: { readonly low: number; readonly high: number } | null;
  readonly failure: string | null;
}

export async function verify(command: readonly string[], measured: Measured, options: VerifyOptions): Promise<Verification> {
  options.progress('metering natively');
  await run(command, options.timeoutMs);
  // Once for the rates, and once for which calls: sampling every call makes each dearer.
  const rates = await meter(command, options.timeoutMs, false);
  const calls = await meter(command, options.timeoutMs, true);
  const empty = await meter(emptyCommand, options.timeoutMs, true);
  const factors = withoutStart({ ...rates.factors, mix: calls.factors.mix, shapes: calls.factors.shapes }, empty.factors);
  const native: number[] = [];
  const sandbox: number[] = [];
  const starts: number[] = [];
  let failure: string | null = null;
  for (let i = 0; i < options.runs && failure === null; i++) {
    options.progress(`run ${i + 1} of ${options.runs}`);
    const plain = await run(command, options.timeoutMs);
    const jarred = await run([...options.sandbox, ...command], options.timeoutMs);
    const nothing = await run(emptyCommand, options.timeoutMs);
    const start = await run([...options.sandbox, ...emptyCommand], options.timeoutMs);
    if (plain.failure !== null) failure = `natively: ${plain.failure}`;
    else if (jarred.failure !== null) failure = `in the sandbox: ${jarred.failure}`;
    else {
      native.push(plain.seconds);
      sandbox.push(jarred.seconds);
      starts.push(Math.max(0, start.seconds - nothing.seconds));
    }
  }
  const startSeconds = starts.length > 0 ? Math.min(...starts) : 0;
  const [prediction] = predict(factors, inputsFor(rates.machine, measured), ['belljar']);
  // The model speaks of CPU time; the clock on the wall also counts waiting, and two CPUs at once.
  const wall = native.length > 0 ? Math.min(...native) : rates.wallSeconds;
  const share = wall > 0 ? Math.min(1, rates.cpuSeconds / wall) : 1;
  const predicted = prediction!.lossPercent;
  return {
    command,
    nativeSeconds: native,
    sandboxSeconds: sandbox,
    startSeconds,
    cpuSeconds: rates.cpuSeconds,
    syscallsPerSecond: rates.factors.syscallsPerSecond,
    turns: factors.shapes && turnsOf(factors),
    factors,
    predicted: scale(predicted, share),
    predictedFactors: Object.fromEntries(Object.entries(prediction!.factors).map(([name, range]) => [name, scale(range, share)])),
    measured: failure !== null ? null : lossOf(Math.min(...native), Math.min(...sandbox), startSeconds),
    measuredSpread:
      failure !== null
        ? null
        : {
            low: lossOf(quantile(native, 0.75), quantile(sandbox, 0.25), startSeconds),
            high: lossOf(quantile(native, 0.25), quantile(sandbox, 0.75), startSeconds),
          },
    failure,
  };
}

/** What the sandbox's start is measured with. */
export const emptyCommand = ['/bin/true'];

/** How often each shape was done in the whole run. */
function turnsOf({ shapes, syscallsPerSecond, commandSeconds }: Factors): Record<string, number> {
  const calls = (syscallsPerSecond ?? 0) * (commandSeconds ?? 0);
  return Object.fromEntries(Object.entries(shapes?.turns ?? {}).map(([shape, share]) => [shape, share * calls]));
}

/** The loading of the command's first program is in the sandbox's start, as that of the empty command is: taken off here too. */
export function withoutStart(factors: Factors, empty: Factors): Factors {
  const { shapes, syscallsPerSecond, commandSeconds, pageFaultsPerSecond } = factors;
  if (!shapes || !empty.shapes || syscallsPerSecond === null || commandSeconds === null) return factors;
  const calls = syscallsPerSecond * commandSeconds;
  const emptyCalls = (empty.syscallsPerSecond ?? 0) * (empty.commandSeconds ?? 0);
  const rest = Math.max(1, calls - emptyCalls);
  const less = (all: number, part: number): number => Math.max(0, all * calls - part * emptyCalls) / rest;
  const emptyFaults = (empty.pageFaultsPerSecond ?? 0) * (empty.commandSeconds ?? 0);
  return {
    ...factors,
    syscallsPerSecond: rest / commandSeconds,
    pageFaultsPerSecond:
      pageFaultsPerSecond === null ? null : Math.max(0, pageFaultsPerSecond * commandSeconds - emptyFaults) / commandSeconds,
    shapes: {
      turns: Object.fromEntries(
        Object.entries(shapes.turns).map(([shape, share]) => [shape, less(share, empty.shapes?.turns[shape as Shape] ?? 0)]),
      ),
      bytes: shapes.bytes,
      entries: less(shapes.entries, empty.shapes.entries),
      paused: shapes.paused,
    },
  };
}

function lossOf(native: number, sandbox: number, start: number): number {
  return ((sandbox - start) / native - 1) * 100;
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))]!;
}

export async function meter(command: readonly string[], timeoutMs: number, everyCall: boolean) {
  // Quiet as the timed runs are: what the command prints goes nowhere.
  const target = resolveTarget({ kind: 'command', argv: ['/bin/sh', '-c', 'exec "$@" > /dev/null 2>&1', 'meter', ...command] });
  const session = new Session(target, { workingSet: false, mix: everyCall, everyCall });
  try {
    const until = performance.now() + timeoutMs;
    while (target.alive() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      session.adaptSampling();
    }
    session.tick();
    const measurement = session.finish();
    return {
      factors: measurement.factors,
      machine: measurement.machine,
      cpuSeconds: measurement.total.cpuSeconds ?? 0,
      wallSeconds: measurement.total.wallSeconds,
    };
  } finally {
    session.close();
  }
}

async function run(argv: readonly string[], timeoutMs: number): Promise<{ seconds: number; failure: string | null }> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('latin1')).slice(-500);
    });
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      resolve({ seconds: (performance.now() - started) / 1000, failure });
    };
    child.on('error', (error) => done(error.message));
    child.on('close', (code, signal) => {
      if (timedOut) done(`not done after ${timeoutMs / 1000} s`);
      else if (code !== 0) done(words.trim().split('\n').at(-1) || `status ${code ?? signal}`);
      else done(null);
    });
  });
}
