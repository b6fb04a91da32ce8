/**
 * The picture as SVG: loss against calls per second per CPU on logarithmic axes, a curve per configuration, the published
 * points, the workload with its intervals; and the bars of the factors. Colours are CSS custom properties with values
 * inside, so that the HTML page can turn them dark; every mark has a title, and curves differ in dash as well as colour.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { Prediction } from '#meter/model/predict.ts';
import { highestRate, lowestRate, publishedPoints, type CurvePoint } from './curves.ts';
import type { MeterReport } from './meter-report.ts';
import { configurationNames, factorNames, percent, rate } from './numbers.ts';

const colours: Readonly<Record<string, { light: string; dash: string; shape: string }>> = {
  'kpti-pcid': { light: '#1f6fb2', dash: '', shape: 'circle' },
  'kpti-nopcid': { light: '#b3410e', dash: '8 4', shape: 'square' },
  'kpti-pcid-hugepages': { light: '#2f7d32', dash: '2 4', shape: 'triangle' },
  belljar: { light: '#7a3fb0', dash: '10 4 2 4', shape: 'diamond' },
};

const lowestLoss = 0.01;
const highestLoss = 1000;

export function escapeXml(text: string): string {
  // Control characters are not allowed in XML at all.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Both parts in one file, in fixed colours: slides, wikis and converters do not know custom properties. */
export function svgChart(report: MeterReport): string {
  return bothParts(report).replaceAll(/var\(--[\w-]+,(#[0-9a-f]{6})\)/g, '$1');
}

function bothParts(report: MeterReport): string {
  const width = 800;
  const bars = barsHeight(report);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${500 + bars}" width="${width}" height="${500 + bars}" ` +
    'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13">' +
    `<title>${escapeXml(`Loss against system calls: ${report.target}`)}</title>` +
    `<rect width="${width}" height="${500 + bars}" fill="#ffffff"/>` +
    `<g>${lossPlot(report, width, 490)}</g><g transform="translate(0 500)">${factorBars(report, width)}</g></svg>\n`
  );
}

/** The plot alone, in the page's own font and colours. */
export function plotSvg(report: MeterReport, width: number, height: number): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-labelledby="plot-title plot-text" font-size="${width < 500 ? 15 : 13}"><title id="plot-title">Loss against system calls</title>` +
    `<desc id="plot-text">${escapeXml(describe(report))}</desc>${lossPlot(report, width, height)}</svg>`
  );
}

export function barsSvg(report: MeterReport, width: number): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${barsHeight(report)}" role="img" ` +
    `aria-label="Contribution of each factor; the table below has the numbers" font-size="${width < 500 ? 15 : 13}">${factorBars(report, width)}</svg>`
  );
}

/** What the picture shows, for those who cannot see it. */
export function describe(report: MeterReport): string {
  const calls = report.factors.syscallsPerSecond;
  const where = calls === null ? 'The rate of calls was not measured.' : `This workload makes ${rate(calls)} calls per CPU second.`;
  const losses = report.predictions.map(
    (p) =>
      `${configurationNames[p.configuration]}: ${percent(p.lossPercent.likely)} % (${percent(p.lossPercent.low)} to ${percent(p.lossPercent.high)})`,
  );
  return `Both axes are logarithmic. Losses rise with the rate of calls, with a hump where so much memory is touched between two calls that the second-level cache is run through. ${where} Predicted: ${losses.join('; ')}.`;
}

function lossPlot(report: MeterReport, width: number, height: number): string {
  const narrow = width < 500;
  const legendRows = narrow ? report.predictions.length + 2 : Math.ceil((report.predictions.length + 2) / 2);
  const margin = { left: 62, right: 28, top: 16, bottom: 52 + legendRows * 22 };
  const x = scaleLog([lowestRate, highestRate], [margin.left, width - margin.right]);
  const y = scaleLog([lowestLoss, highestLoss], [height - margin.bottom, margin.top]).clamp(true);
  const parts: string[] = [];
  for (let decade = Math.log10(lowestRate); decade <= Math.floor(Math.log10(highestRate)); decade++) {
    const at = x(10 ** decade).toFixed(1);
    parts.push(`<line x1="${at}" x2="${at}" y1="${margin.top}" y2="${height - margin.bottom}" ${grid}/>`);
    const label = 10 ** decade / 1000;
    parts.push(`<text x="${at}" y="${height - margin.bottom + 18}" text-anchor="middle" ${ink}>${label.toLocaleString('en')}</text>`);
  }
  for (let decade = Math.log10(lowestLoss); decade <= Math.log10(highestLoss); decade++) {
    const at = y(10 ** decade).toFixed(1);
    parts.push(`<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" ${grid}/>`);
    parts.push(`<text x="${margin.left - 8}" y="${Number(at) + 4}" text-anchor="end" ${ink}>${10 ** decade}</text>`);
  }
  parts.push(
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - margin.bottom + 38}" text-anchor="middle" ${ink}>` +
      `${narrow ? 'Thousand calls / s / CPU' : 'Thousand system calls per second per CPU'}</text>`,
  );
  parts.push(`<text transform="translate(16 ${(height - margin.bottom) / 2}) rotate(-90)" text-anchor="middle" ${ink}>Loss (%)</text>`);
  const path = line<CurvePoint>(
    (p) => x(p.rate),
    (p) => y(p.loss),
  ).defined((p) => p.loss >= lowestLoss && p.loss <= highestLoss);
  for (const curve of report.curves) {
    const style = colours[curve.configuration]!;
    const d = path([...curve.points]);
    if (d) {
      parts.push(
        `<path d="${d.replaceAll(/(\.\d)\d+/g, '$1')}" fill="none" stroke-width="2" style="stroke:var(--${curve.configuration},${style.light})" ` +
          `stroke-dasharray="${style.dash}"><title>${configurationNames[curve.configuration]}</title></path>`,
      );
    }
  }
  for (const { configuration, points } of publishedPoints()) {
    for (const p of points) {
      if (p.loss < lowestLoss || p.rate < lowestRate) continue;
      parts.push(
        `<circle cx="${x(Math.min(p.rate, highestRate)).toFixed(1)}" cy="${y(p.loss).toFixed(1)}" r="3.5" fill="none" stroke-width="1.5" ` +
          `style="stroke:var(--${configuration},${colours[configuration]!.light})"><title>published, ${configurationNames[configuration]}: ` +
          `${rate(p.rate)} calls/s, ${percent(p.loss)} %</title></circle>`,
      );
    }
  }
  parts.push(workload(report, x, y));
  parts.push(legend(report, margin.left, height - legendRows * 22 + 4, width, narrow));
  return parts.join('');
}

const grid = 'style="stroke:var(--grid,#d5d9de)" stroke-width="1"';
const ink = 'style="fill:var(--ink,#22272e)"';

/** The workload: one mark a configuration, side by side so that the intervals can be told apart. */
function workload(report: MeterReport, x: (value: number) => number, y: (value: number) => number): string {
  const calls = report.factors.syscallsPerSecond;
  if (calls === null || calls <= 0) return '';
  const at = Math.min(Math.max(calls, lowestRate), highestRate);
  return report.predictions
    .map(({ configuration, lossPercent: loss }, i) => {
      if (loss.high < lowestLoss) return '';
      const cx = x(at) + (i - (report.predictions.length - 1) / 2) * 9;
      const colour = `style="stroke:var(--${configuration},${colours[configuration]!.light});fill:var(--${configuration},${colours[configuration]!.light})"`;
      const [top, bottom] = [y(Math.max(loss.high, lowestLoss)), y(Math.max(loss.low, lowestLoss))];
      const marker = loss.likely >= lowestLoss ? shape(colours[configuration]!.shape, cx, y(loss.likely)) : '';
      return (
        `<g ${colour}><title>this workload, ${configurationNames[configuration]}: ${percent(loss.likely)} % ` +
        `(${percent(loss.low)} to ${percent(loss.high)})</title>` +
        `<line x1="${cx.toFixed(1)}" x2="${cx.toFixed(1)}" y1="${top.toFixed(1)}" y2="${bottom.toFixed(1)}" stroke-width="2.5"/>${marker}</g>`
      );
    })
    .join('');
}

function shape(name: string, cx: number, cy: number): string {
  const f = (v: number): string => v.toFixed(1);
  switch (name) {
    case 'square':
      return `<rect x="${f(cx - 5)}" y="${f(cy - 5)}" width="10" height="10"/>`;
    case 'triangle':
      return `<path d="M${f(cx)} ${f(cy - 7)}L${f(cx + 6)} ${f(cy + 5)}L${f(cx - 6)} ${f(cy + 5)}Z"/>`;
    case 'diamond':
      return `<path d="M${f(cx)} ${f(cy - 7)}L${f(cx + 6)} ${f(cy)}L${f(cx)} ${f(cy + 7)}L${f(cx - 6)} ${f(cy)}Z"/>`;
    default:
      return `<circle cx="${f(cx)}" cy="${f(cy)}" r="5.5"/>`;
  }
}

function legend(report: MeterReport, left: number, top: number, width: number, narrow: boolean): string {
  const entries = report.predictions.map((p) => {
    const style = colours[p.configuration]!;
    const colour = `var(--${p.configuration},${style.light})`;
    return {
      text: configurationNames[p.configuration]!,
      mark:
        `<line x1="0" x2="30" y1="0" y2="0" stroke-width="2" stroke-dasharray="${style.dash}" style="stroke:${colour}"/>` +
        `<g style="fill:${colour};stroke:${colour}">${shape(style.shape, 15, 0)}</g>`,
    };
  });
  entries.push({
    text: 'published measurements',
    mark: '<circle cx="15" cy="0" r="3.5" fill="none" stroke-width="1.5" style="stroke:var(--ink,#22272e)"/>',
  });
  entries.push({
    text: 'this workload, with its range',
    mark: '<line x1="15" x2="15" y1="-8" y2="8" stroke-width="2.5" style="stroke:var(--ink,#22272e)"/>',
  });
  const perRow = narrow ? 1 : 2;
  return entries
    .map(({ text, mark }, i) => {
      const x = (narrow ? 12 : left) + (i % perRow) * ((width - left) / perRow);
      const y = top + Math.floor(i / perRow) * 22;
      return `<g transform="translate(${x.toFixed(0)} ${y})">${mark}<text x="38" y="4" ${ink}>${text}</text></g>`;
    })
    .join('');
}

function shownFactors(p: Prediction): [string, Prediction['lossPercent']][] {
  return Object.entries(p.factors).filter(([, r]) => r.low !== 0 || r.high !== 0);
}

function barsHeight(report: MeterReport): number {
  return report.predictions.reduce((sum, p) => sum + 34 + Math.max(1, shownFactors(p).length) * 24, 30);
}

/** Bars of the likely contribution; a thin line spans low to high. Gains go left of zero. */
function factorBars(report: MeterReport, width: number): string {
  const narrow = width < 500;
  const left = narrow ? 165 : 150;
  const right = narrow ? 62 : 80;
  const parts: string[] = [];
  let top = 22;
  for (const p of report.predictions) {
    const entries = shownFactors(p);
    const ends = entries.flatMap(([, r]) => [r.low, r.likely, r.high]);
    const x = scaleLinear([Math.min(0, ...ends), Math.max(0, ...ends, 1e-6)], [left, width - right]);
    parts.push(
      `<text x="12" y="${top}" font-weight="600" ${ink}>${configurationNames[p.configuration]}${narrow ? ', points' : ' (percentage points)'}</text>`,
    );
    top += 12;
    if (entries.length === 0) parts.push(`<text x="12" y="${top + 14}" ${ink}>nothing</text>`);
    for (const [name, r] of entries) {
      const [a, b] = [x(Math.min(0, r.likely)), x(Math.max(0, r.likely))];
      parts.push(
        `<g><title>${factorNames[name] ?? name}: ${percent(r.likely)} (${percent(r.low)} to ${percent(r.high)})</title>` +
          `<text x="12" y="${top + 14}" ${ink}>${factorNames[name] ?? name}</text>` +
          `<rect x="${a.toFixed(1)}" y="${top + 3}" width="${Math.max(b - a, 1).toFixed(1)}" height="14" ` +
          `style="fill:var(--${p.configuration},${colours[p.configuration]!.light})" fill-opacity="0.75"/>` +
          `<line x1="${x(r.low).toFixed(1)}" x2="${x(r.high).toFixed(1)}" y1="${top + 10}" y2="${top + 10}" stroke-width="1.5" style="stroke:var(--ink,#22272e)"/>` +
          `<text x="${width - 8}" y="${top + 14}" text-anchor="end" ${ink}>${percent(r.likely)}</text></g>`,
      );
      top += 24;
    }
    if (entries.length === 0) top += 24;
    top += 22;
  }
  return parts.join('');
}
