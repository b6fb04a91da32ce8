/** `meter calibrate`: measures this machine, or compares two such measurements. */
import Table from 'cli-table3';
import { existsSync } from 'node:fs';
import { bytes, nanoseconds, percent, rate } from '#report/numbers.ts';
import { benchPath } from '../calibrate/bench-process.ts';
import { calibrate } from '../calibrate/calibrate.ts';
import { readCalibration, type Calibration } from '../calibrate/calibration.ts';
import { compare, type Comparison } from '../calibrate/compare.ts';
import { shapeNames } from '../model/shapes.ts';
import { readMachine } from '../collectors/machine.ts';
import { MeterError } from '../meter-error.ts';
import { takeRealtime } from '../native-meter.ts';
import { writeText } from './output.ts';

export interface CalibrateCommandOptions {
  readonly output?: string;
  readonly compare?: readonly string[];
  readonly runtimes?: string;
  readonly sweep: boolean;
  readonly turn: number;
  readonly realtime?: boolean;
  readonly format: string;
}

export async function calibrateCommand(options: CalibrateCommandOptions): Promise<number> {
  if (options.compare !== undefined) return compareFiles(options);
  if (!existsSync(benchPath)) {
    throw new MeterError('not-built', 'The calibration program is not built.', 'Run native/meter/build.sh.');
  }
  if (options.realtime) takeRealtime();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const calibration = await calibrate({
    turnMs: options.turn,
    sweep: options.sweep,
    ...(options.runtimes === undefined ? {} : { runtimes: options.runtimes.split(',') }),
    progress,
    signal: stop.signal,
  });
  if (stop.signal.aborted) throw new MeterError('interrupted', 'The calibration was interrupted; nothing was written.', 'Run it again.');
  const json = `${JSON.stringify(calibration, null, 2)}\n`;
  if (options.output !== undefined) await writeText(json, options.output);
  await writeText(options.format === 'json' ? (options.output === undefined ? json : '') : calibrationText(calibration), undefined);
  return 0;
}

async function compareFiles(options: CalibrateCommandOptions): Promise<number> {
  const [before, after] = options.compare ?? [];
  if (before === undefined || after === undefined || options.compare?.length !== 2) {
    throw new MeterError('two-files', '--compare takes two files.', 'Make each with: belljar meter calibrate --output FILE');
  }
  const comparison = compare(readCalibration(before), readCalibration(after), readMachine().shape);
  const json = `${JSON.stringify(comparison, null, 2)}\n`;
  if (options.output !== undefined) await writeText(json, options.output);
  await writeText(options.format === 'json' ? (options.output === undefined ? json : '') : comparisonText(comparison), undefined);
  return 0;
}

function progress(done: number, all: number, what: string): void {
  const line = `[${String(done).padStart(String(all).length)}/${all}] ${what}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done === all ? '' : line}`);
  else if (done < all && done % 10 === 0) process.stderr.write(`${line}\n`);
}

const layout = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

function table(head: string[], rows: string[][]): string {
  const made = new Table({ ...layout, head, colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')) });
  made.push(...rows);
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

export function calibrationText(c: Calibration): string {
  const parts = [`${c.machine}, Linux ${c.kernel}, ${c.ghz.toFixed(2)} GHz, ${c.measuredAt.slice(0, 16)}\n${c.kptiWords}`];
  if (c.runtimes.length > 0) {
    parts.push(
      table(
        ['Shape', ...c.runtimes.map((r) => r.name)],
        shapeNames.map((name) => [name, ...c.runtimes.map((r) => (r.classes[name] ? nanoseconds(r.classes[name].ns) : 'failed'))]),
      ),
    );
    const failures = c.runtimes.flatMap((r) => Object.entries(r.failures).map(([name, why]) => `  ${r.name}, ${name}: ${why}`));
    if (failures.length > 0) parts.push(['Failed', ...failures].join('\n'));
  }
  if (c.sweep.length > 0) {
    const columns = [...new Set(c.sweep.map((p) => `${p.workingSetBytes} ${p.hugePages}`))];
    const readsList = [...new Set(c.sweep.map((p) => p.reads))].sort((a, b) => a - b);
    parts.push(
      `Calls per second, by reads between calls and working set\n${table(
        [
          'Reads',
          ...columns.map((key) => {
            const [size, huge] = key.split(' ');
            return bytes(Number(size)) + (huge === 'true' ? ', huge' : '');
          }),
        ],
        readsList.map((reads) => [
          `${reads}`,
          ...columns.map((key) => {
            const point = c.sweep.find((p) => p.reads === reads && `${p.workingSetBytes} ${p.hugePages}` === key);
            return point ? rate(1e9 / point.ns) : '-';
          }),
        ]),
      )}`,
    );
  }
  parts.push(
    c.noisy.length === 0
      ? 'Every figure was repeated until its two fastest runs agreed within 2 %.'
      : `Too noisy: ${c.noisy.length} figures whose two fastest runs never agreed within 2 %. Run it again on a quieter machine.\n${c.noisy.map((n) => `  ${n}`).join('\n')}`,
  );
  return `${parts.join('\n\n')}\n`;
}

function comparisonText(c: Comparison): string {
  const parts = [
    `Before  ${c.before}\nAfter   ${c.after}`,
    table(
      ['Reads', 'working set', 'calls/s before', 'after', 'loss %', 'noise'],
      c.points.map((p) => [
        `${p.reads}`,
        bytes(p.workingSetBytes) + (p.hugePages ? ', huge' : ''),
        rate(p.callsPerSecondBefore),
        rate(p.callsPerSecondAfter),
        percent(p.lossPercent),
        `+-${percent(p.noisePoints)}`,
      ]),
    ),
    table(
      ['Class', 'before', 'after', 'added'],
      c.classes.map((k) => [
        k.name,
        nanoseconds(k.beforeNs),
        nanoseconds(k.afterNs),
        `${k.afterNs < k.beforeNs ? '-' : ''}${nanoseconds(Math.abs(k.afterNs - k.beforeNs))}`,
      ]),
    ),
  ];
  if (c.amplitudes) {
    const a = c.amplitudes;
    parts.push(
      `Added to each call here: ${a.entryCycles.toFixed(0)} cycles; ${a.level1Cycles.toFixed(0)} more past the first-level cache; ` +
        `${a.level2Ns.toFixed(0)} ns past the second; ${a.reachNs.toFixed(0)} ns past the TLB's reach.`,
    );
  }
  parts.push(
    c.configuration
      ? `This is the measured cost of ${c.configuration} here: give the file of --output to --calibration.`
      : 'The two do not differ in KPTI (one off, one on), so the predictor takes no KPTI cost from them.',
  );
  return `${parts.join('\n\n')}\n`;
}
