/** `meter verify`: predicted beside measured for a command, or for the set of workloads in docs/meter-method.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurationNames, factorNames, percent, rate } from '#report/numbers.ts';
import { calibrate } from '../calibrate/calibrate.ts';
import { readMeasured, type Measured } from '../inputs.ts';
import { MeterError } from '../meter-error.ts';
import { takeRealtime } from '../native-meter.ts';
import { median } from '../verify/statistics.ts';
import { verify, type Verification, type VerifyOptions } from '../verify/verify.ts';
import { leftOut, makeInputs, missingProgram, scriptOf, workloads } from '../verify/workloads.ts';
import { writeText } from './output.ts';

export interface VerifyCommandOptions {
  readonly set?: boolean;
  readonly only?: string;
  readonly runs: number;
  readonly timeout: number;
  readonly realtime?: boolean;
  readonly calibration?: readonly string[];
  readonly format: string;
  readonly output?: string;
}

export async function verifyCommand(argv: readonly string[], options: VerifyCommandOptions): Promise<number> {
  if (argv.length === 0 && !options.set)
    throw new MeterError('no-command', 'There is no command to verify.', 'Name one after --, or use --set.');
  if (options.realtime) takeRealtime();
  const measured = options.calibration === undefined ? await quickCalibration() : readMeasured(options.calibration);
  const belljar = fileURLToPath(new URL('../../../belljar', import.meta.url));
  const verifyOptions: VerifyOptions = {
    runs: options.runs,
    timeoutMs: options.timeout * 1000,
    sandbox: [belljar, 'do', '--'],
    progress: () => {},
  };
  const results: { name: string; result: Verification }[] = [];
  const left: string[] = [];
  if (argv.length > 0) {
    results.push({ name: argv.join(' '), result: await verify(argv, measured, { ...verifyOptions, progress }) });
  } else {
    const directory = mkdtempSync(join(tmpdir(), 'meter-verify-'));
    try {
      makeInputs(directory);
      for (const workload of workloads.filter((w) => options.only === undefined || w.name.includes(options.only))) {
        const missing = missingProgram(workload);
        if (missing !== null) {
          left.push(`${workload.name} (no ${missing} here)`);
          continue;
        }
        const named = (text: string): void => progress(`${workload.name}: ${text}`);
        results.push({
          name: workload.name,
          result: await verify(['/bin/sh', '-c', scriptOf(workload, directory)], measured, { ...verifyOptions, progress: named }),
        });
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  if (options.set) left.push(...leftOut);
  progress(null);
  await writeText(render(results, left, measured, options.format), options.output);
  return results.some(({ result }) => result.failure !== null) ? 1 : 0;
}

/** Without a file: the shapes alone, natively and in the sandbox, in two minutes. */
async function quickCalibration(): Promise<Measured> {
  const calibration = await calibrate({
    turnMs: 40,
    sweep: false,
    runtimes: ['native', 'belljar'],
    progress: (done, all, what) => progress(`calibrating ${done}/${all}: ${what}`),
  });
  return { calibration, comparison: null };
}

function progress(text: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text ?? ''}`);
  else if (text !== null && !/^calibrating \d*[1-9]\/|run [2-9]/.test(text)) process.stderr.write(`${text}\n`);
}

export function inside({ predicted, measured }: Verification): boolean {
  return measured !== null && measured >= predicted.low && measured <= predicted.high;
}

/** Within a third of the true loss. */
export function close({ predicted, measured }: Verification): boolean {
  return measured !== null && Math.abs(predicted.likely - measured) <= Math.abs(measured) / 3;
}

export function render(
  results: readonly { name: string; result: Verification }[],
  left: readonly string[],
  measured: Measured,
  format: string,
): string {
  if (format === 'json') {
    return `${JSON.stringify({ schema: 'belljar-verify/1', results: results.map(({ name, result }) => ({ name, ...result })), left }, null, 2)}\n`;
  }
  const start = median(results.map(({ result }) => result.startSeconds).filter((s) => s > 0));
  const done = results.filter(({ result }) => result.measured !== null);
  const counted =
    `${done.length} measured; ${done.filter(({ result }) => close(result)).length} predicted within a third of the true loss, ` +
    `${done.filter(({ result }) => inside(result)).length} inside the printed range. The sandbox's start (${(start * 1000).toFixed(0)} ms) is taken off.`;
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  const rows = results.map(({ name, result: r }) => [
    cell(name),
    r.nativeSeconds.length > 0 ? `${Math.min(...r.nativeSeconds).toFixed(2)} s` : '-',
    rate(r.syscallsPerSecond),
    `${percent(r.predicted.likely)} (${percent(r.predicted.low)} to ${percent(r.predicted.high)})`,
    r.measured === null
      ? cell(`failed ${r.failure}`)
      : `${percent(r.measured)} (${percent(r.measuredSpread!.low)} to ${percent(r.measuredSpread!.high)})`,
    r.measured === null ? '-' : inside(r) ? (close(r) ? 'close' : 'inside') : close(r) ? 'close, outside' : 'outside',
  ]);
  const table = [
    '| Workload | native | calls/CPU s | predicted loss % | measured loss % | |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((r) => `| ${r.join(' | ')} |`),
  ].join('\n');
  const parts =
    results.length === 1 && results[0]
      ? `\n\n${configurationNames['belljar']}, predicted by factor: ${Object.entries(results[0].result.predictedFactors)
          .filter(([, f]) => f.likely > 0.01)
          .sort((a, b) => b[1].likely - a[1].likely)
          .map(([n, f]) => `${factorNames[n] ?? n} ${percent(f.likely)}`)
          .join(', ')}.`
      : '';
  const source = measured.calibration
    ? `\n\nCosts: calibrated on ${measured.calibration.machine}, Linux ${measured.calibration.kernel}.`
    : '';
  return `${table}\n\n${counted}${left.length > 0 ? `\n\nLeft out: ${left.join('; ')}.` : ''}${parts}${source}\n`;
}
