/** The fleet's ranking in each format. */
import Table from 'cli-table3';
import type { FleetReport, FleetService } from '#meter/fleet/fleet.ts';
import { configurationNames, percent, rate } from './numbers.ts';
import { pageStyle } from './page-style.ts';
import { escapeXml } from './svg.ts';

export const fleetFormats = ['text', 'json', 'csv', 'markdown', 'html'] as const;
export type FleetFormat = (typeof fleetFormats)[number];

export function renderFleet(report: FleetReport, format: FleetFormat): string {
  switch (format) {
    case 'text':
      return text(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'csv':
      return csv(report);
    case 'markdown':
      return markdown(report);
    case 'html':
      return html(report);
    default:
      return format satisfies never;
  }
}

const head = ['Service', 'instances', 'CPUs', 'calls/s', 'low %', 'likely %', 'high %', 'CPUs lost'];

function row(report: FleetReport, s: FleetService): string[] {
  const loss = lossOf(report, s);
  return [
    s.service || '(no label)',
    `${s.instances}`,
    s.cpus.toFixed(2),
    rate(s.syscallsPerSecond),
    percent(loss.low),
    percent(loss.likely),
    percent(loss.high),
    s.lostCpus.likely.toFixed(3),
  ];
}

function lossOf(report: FleetReport, s: FleetService) {
  return s.predictions.find((p) => p.configuration === report.configuration)!.lossPercent;
}

function totalRow(report: FleetReport): string[] {
  const { cpus, lossPercent: l, lostCpus } = report.total;
  return ['all', '', cpus.toFixed(2), '', percent(l.low), percent(l.likely), percent(l.high), lostCpus.likely.toFixed(3)];
}

function summary(report: FleetReport): string {
  const { lostCpus } = report.total;
  return (
    `${configurationNames[report.configuration]}: ${lostCpus.likely.toFixed(2)} CPUs (${lostCpus.low.toFixed(2)} to ${lostCpus.high.toFixed(2)}) ` +
    `of ${report.total.cpus.toFixed(2)} in use, over the last ${report.window}.`
  );
}

function notes(report: FleetReport): string {
  const idle = report.idle.length > 0 ? ` Idle: ${report.idle.join(', ')}.` : '';
  return `Calls are per second of CPU time. KPTI costs differ by +-${report.kptiSpreadPercent.toFixed(0)} % between machines; sandbox costs ${report.sandboxSource}.${idle}`;
}

function text(report: FleetReport): string {
  const table = new Table({
    head,
    colAligns: ['left', ...head.slice(1).map(() => 'right' as const)],
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
  });
  table.push(...report.services.map((s) => row(report, s)), totalRow(report));
  return `${summary(report)}\n\n${table
    .toString()
    .split('\n')
    .map((l) => l.trimEnd())
    .join('\n')}\n\n${notes(report)}\n`;
}

function csv(report: FleetReport): string {
  const field = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [
    [
      'service',
      'instances',
      'cpus',
      'configuration',
      'loss_low_percent',
      'loss_likely_percent',
      'loss_high_percent',
      'calls_per_cpu_second',
    ],
  ];
  for (const s of report.services) {
    for (const { configuration, lossPercent: l } of s.predictions) {
      lines.push([
        s.service,
        `${s.instances}`,
        s.cpus.toPrecision(6),
        configuration,
        ...[l.low, l.likely, l.high, s.syscallsPerSecond].map((v) => `${Number(v.toPrecision(6))}`),
      ]);
    }
  }
  return lines.map((l) => `${l.map(field).join(',')}\r\n`).join('');
}

function markdown(report: FleetReport): string {
  const cell = (value: string): string => value.replaceAll(/\s+/g, ' ').replaceAll(/[\\|<>[\]`*_]/g, (c) => `\\${c}`);
  return [
    `# ${summary(report)}`,
    '',
    `| ${head.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(head.length - 1)}`,
    ...report.services.map((s) => `| ${row(report, s).map(cell).join(' | ')} |`),
    `| ${totalRow(report)
      .map((c) => (c ? `**${c}**` : ''))
      .join(' | ')} |`,
    '',
    cell(notes(report)),
    '',
  ].join('\n');
}

function html(report: FleetReport): string {
  const most = Math.max(...report.services.map((s) => s.lostCpus.likely), 1e-9);
  const rows = report.services
    .map((s) => {
      const cells = row(report, s);
      const share = Math.max(0, (s.lostCpus.likely / most) * 100).toFixed(1);
      return (
        `<tr><th scope="row">${escapeXml(cells[0]!)}</th>${cells
          .slice(1)
          .map((c) => `<td>${escapeXml(c)}</td>`)
          .join('')}` + `<td class="bar"><span class="dot-bar" style="width:${share}%" aria-hidden="true"></span></td></tr>`
      );
    })
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><link rel="icon" href="data:,">
<title>Fleet: predicted loss</title><style>${pageStyle}
.bar{min-width:6rem}.dot-bar{display:block;height:.8em;background:var(--${report.configuration})}</style></head>
<body><header><h1>Fleet: predicted loss</h1><p class="target">${escapeXml(summary(report))}</p></header>
<main><section aria-labelledby="services"><h2 id="services">Services, by the CPUs that the loss would cost</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Services, table"><table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}<th scope="col">share</th></tr></thead>
<tbody>
${rows}
<tr><th scope="row"><strong>all</strong></th>${totalRow(report)
    .slice(1)
    .map((c) => `<td>${c}</td>`)
    .join('')}<td></td></tr>
</tbody></table></div></section></main>
<footer><p>${escapeXml(notes(report))}</p></footer></body></html>
`;
}
