/**
 * The picture in a terminal: loss against thousand calls per second per CPU, both logarithmic, in characters; and the
 * factor bars. One letter per curve, the workload as a cross with its interval.
 */
import type { Prediction } from '#meter/model/predict.ts';
import type { CurvePoint } from './curves.ts';
import type { MeterReport } from './meter-report.ts';
import { configurationNames, factorNames, percent } from './numbers.ts';

const letters: Readonly<Record<string, string>> = {
  'kpti-pcid': 'p',
  'kpti-nopcid': 'n',
  'kpti-pcid-hugepages': 'h',
  belljar: 'b',
};
const rows = 12;
const xDecades = [2, 7] as const;
const yDecades = [-2, 3] as const;

export function terminalChart(report: MeterReport, columns: number): string {
  const width = Math.max(30, columns - 10);
  const grid = Array.from({ length: rows + 1 }, () => new Array<string>(width + 1).fill(' '));
  const put = (point: CurvePoint, mark: string, over: boolean): void => {
    if (point.loss <= 0) return;
    const x = Math.round(((Math.log10(point.rate) - xDecades[0]) / (xDecades[1] - xDecades[0])) * width);
    const y = rows - Math.round(((Math.log10(point.loss) - yDecades[0]) / (yDecades[1] - yDecades[0])) * rows);
    if (x < 0 || x > width || y < 0 || y > rows) return;
    if (over || grid[y]![x] === ' ') grid[y]![x] = mark;
  };
  for (const curve of report.curves) {
    for (const point of curve.points) put(point, letters[curve.configuration]!, false);
  }
  const calls = report.factors.syscallsPerSecond;
  if (calls !== null && calls > 0) {
    for (const { lossPercent: loss } of report.predictions) {
      for (let step = 0; step <= 40; step++) {
        const from = Math.max(loss.low, 0.01);
        if (loss.high > from) put({ rate: calls, loss: from * (loss.high / from) ** (step / 40) }, '|', true);
      }
    }
    for (const { lossPercent: loss } of report.predictions) put({ rate: calls, loss: loss.likely }, 'X', true);
  }
  const lines = grid.map((cells, row) => {
    const decade = yDecades[0] + ((rows - row) / rows) * (yDecades[1] - yDecades[0]);
    const label = Math.abs(decade - Math.round(decade)) < (0.5 / rows) * 5 && row % 2 === 0 ? `${10 ** Math.round(decade)}` : '';
    return `${label.padStart(6)} |${cells.join('')}`.trimEnd();
  });
  const axis = new Array<string>(width + 1).fill(' ');
  const ticks = ['0.1k', '1k', '10k', '100k', '1M', '10M'];
  for (const [i, text] of ticks.entries()) {
    const at = Math.min(Math.round((i / (ticks.length - 1)) * width), width + 1 - text.length);
    for (const [k, c] of [...text].entries()) axis[at + k] = c;
  }
  const legend = report.predictions.map((p) => `${letters[p.configuration]} ${configurationNames[p.configuration]}`);
  return [
    'Loss (%) against system calls per second per CPU',
    ...lines,
    `       +${'-'.repeat(width + 1)}`,
    `        ${axis.join('').trimEnd()}`,
    ...wrap([...legend, 'X this workload, | its range'], columns - 8).map((text) => `        ${text}`),
  ].join('\n');
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= width) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function terminalBars(prediction: Prediction, columns: number): string {
  const entries = Object.entries(prediction.factors).filter(([, range]) => range.low !== 0 || range.high !== 0);
  if (entries.length === 0) return '  nothing';
  const most = Math.max(...entries.map(([, r]) => Math.abs(r.likely)), 1e-9);
  const width = Math.max(10, columns - 52);
  return entries
    .map(([name, range]) => {
      const length = Math.round((Math.abs(range.likely) / most) * width);
      const bar = (range.likely < 0 ? '<' : '#').repeat(length);
      return (
        `  ${(factorNames[name] ?? name).padEnd(19)} ${percent(range.likely).padStart(7)} (${percent(range.low)} to ${percent(range.high)})`.padEnd(
          48,
        ) + ` ${bar}`
      );
    })
    .map((line) => line.trimEnd())
    .join('\n');
}
