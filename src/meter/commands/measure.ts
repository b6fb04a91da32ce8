/** `meter` itself: counts a target, a live line per interval on standard error, then the report. */
import { inputsFor, readMeasured } from '../inputs.ts';
import { MeterError } from '../meter-error.ts';
import { Session, type Sample } from '../session.ts';
import { resolveTarget, type TargetSpec } from '../target.ts';
import { measurementReport } from '#report/meter-report.ts';
import { rate } from '#report/numbers.ts';
import { writeReport } from './output.ts';

export interface MeasureOptions {
  readonly pid?: number;
  readonly container?: string;
  readonly cgroup?: string;
  readonly system?: boolean;
  readonly seconds: number;
  readonly interval: number;
  readonly wss?: boolean;
  readonly mix: boolean;
  readonly calibration?: readonly string[];
  readonly quiet?: boolean;
  readonly format: string;
  readonly output?: string;
}

export async function measure(argv: readonly string[], options: MeasureOptions): Promise<number> {
  const measured = readMeasured(options.calibration);
  const target = resolveTarget(targetOf(argv, options));
  const session = new Session(target, { workingSet: options.wss ?? false, mix: options.mix });
  try {
    if (!session.hasCounters) {
      const first = session.missing[0];
      throw new MeterError('no-counters', `Nothing can be counted here: ${first?.reason ?? 'no counter'}.`, first?.howTo ?? '');
    }
    const live = options.quiet ? () => {} : liveLine(options.seconds);
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    const until = performance.now() + options.seconds * 1000;
    while (target.alive() && !stop.signal.aborted && performance.now() < until - 1) {
      await pause(
        Math.min(options.interval * 1000, until - performance.now()),
        () => target.alive(),
        stop.signal,
        () => session.adaptSampling(),
      );
      live(session.tick(), until);
    }
    live(null, until);
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
    const measurement = session.finish();
    if (measurement.total.cpuSeconds === 0) {
      process.stderr.write('belljar: the target used no CPU time; there are no rates to predict from\n');
    }
    await writeReport(measurementReport(measurement, inputsFor(measurement.machine, measured)), options);
    return measurement.exitCode ?? 0;
  } finally {
    session.close();
  }
}

function targetOf(argv: readonly string[], options: MeasureOptions): TargetSpec {
  const given: TargetSpec[] = [];
  if (options.pid !== undefined) given.push({ kind: 'pid', pid: options.pid });
  if (options.container !== undefined) given.push({ kind: 'container', id: options.container });
  if (options.cgroup !== undefined) given.push({ kind: 'cgroup', path: options.cgroup });
  if (options.system) given.push({ kind: 'system' });
  if (argv.length > 0) given.push({ kind: 'command', argv });
  if (given.length > 1) {
    throw new MeterError('two-targets', 'More than one target was given.', 'Choose one of --pid, --container, --cgroup, --system, -- CMD.');
  }
  return given[0] ?? { kind: 'system' };
}

/** Waits, but no longer than the target lives (looked at ten times a second, with `meanwhile`) or until interrupted. */
async function pause(ms: number, alive: () => boolean, signal: AbortSignal, meanwhile: () => void): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && alive() && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, until - performance.now()))));
    meanwhile();
  }
}

/** On a terminal one line that changes, with a bar; otherwise a line per interval. */
function liveLine(seconds: number): (sample: Sample | null, until: number) => void {
  const terminal = process.stderr.isTTY;
  return (sample, until) => {
    if (sample === null) {
      if (terminal) process.stderr.write('\r\x1b[K');
      return;
    }
    const done = Math.min(1, Math.max(0, 1 - (until - performance.now()) / (seconds * 1000)));
    const per = (count: number | null): string =>
      rate(count === null || sample.cpuSeconds === null || sample.cpuSeconds <= 0 ? null : count / sample.cpuSeconds);
    const busy = sample.cpuSeconds === null ? '-' : (sample.cpuSeconds / sample.wallSeconds).toFixed(2);
    const text =
      `${(done * seconds).toFixed(0).padStart(3)}/${seconds.toFixed(0)} s  ${busy} CPUs  per CPU second: ` +
      `calls ${per(sample.syscalls)}, switches ${per(sample.contextSwitches)}, faults ${per(sample.pageFaults)}`;
    if (!terminal) {
      process.stderr.write(`${text}\n`);
      return;
    }
    const filled = Math.round(done * 10);
    process.stderr.write(`\r\x1b[K[${'='.repeat(filled)}${' '.repeat(10 - filled)}] ${text}`.slice(0, (process.stderr.columns ?? 80) + 4));
  };
}
