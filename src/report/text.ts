/** The report for a terminal: tables, the compact picture, and sentences; plain text, no colour where it is not wanted. */
import Table from 'cli-table3';
import { terminalBars, terminalChart } from './terminal-chart.ts';
import type { MeterReport } from './meter-report.ts';
import { bytes, configurationNames, factorNames, nanoseconds, percent, rate } from './numbers.ts';

const plain = {
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

export function textReport(report: MeterReport, columns = 80): string {
  const parts = [
    `Target   ${report.target}`,
    machineLines(report),
    factorTable(report),
    callTable(report),
    predictionTable(report),
    terminalChart(report, Math.min(columns, 100)),
    ...report.predictions
      .filter((p) => p.configuration !== 'kpti-pcid-hugepages')
      .map((p) => `${configurationNames[p.configuration]}, by factor (percentage points)\n${terminalBars(p, Math.min(columns, 100))}`),
    adviceLines(report),
    gapLines(report),
    overheadLines(report),
    `Model    KPTI costs +-${report.model.kptiSpreadPercent.toFixed(0)} % between machines; sandbox costs ${report.model.sandboxSource}.\n` +
      `Not seen ${report.blindSpots.join('; ')}.`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function machineLines({ machine }: MeterReport): string {
  const mitigations = Object.entries(machine.mitigations);
  const active = mitigations.filter(([, text]) => text !== 'Not affected');
  return [
    `Machine  ${machine.model}, ${machine.cpus} CPU${machine.cpus === 1 ? '' : 's'} at ${machine.ghz.toFixed(2)} GHz (${machine.ghzSource}), ` +
      `L2 ${bytes(machine.level2Bytes)} (${machine.cacheSource}), TLB ${machine.tlbEntries} entries (${machine.tlbSource}), Linux ${machine.kernel}`,
    `KPTI     ${machine.kptiWords}`,
    ...active.map(([name, text], i) => `${i === 0 ? 'State    ' : '         '}${name}: ${text}`),
    ...(mitigations.length > active.length
      ? [
          `         not affected: ${mitigations
            .filter(([, t]) => t === 'Not affected')
            .map(([n]) => n)
            .join(', ')}`,
        ]
      : []),
  ].join('\n');
}

function factorTable(report: MeterReport): string {
  const { factors } = report;
  const table = new Table({ ...plain, head: ['Factor', 'per CPU second'], colAligns: ['left', 'right'] });
  table.push(
    ['system calls', rate(factors.syscallsPerSecond)],
    ['context switches', rate(factors.contextSwitchesPerSecond)],
    ['page faults', rate(factors.pageFaultsPerSecond)],
    ['working set', bytes(factors.workingSetBytes)],
  );
  if (factors.touchedBytes !== null) table.push(['touched between calls', bytes(factors.touchedBytes)]);
  if (factors.tlbWalkPercent !== null) table.push(['cycles in TLB walks', `${percent(factors.tlbWalkPercent)} %`]);
  if (factors.systemTimeShare !== null) table.push(['CPU time in the kernel', `${percent(factors.systemTimeShare * 100)} %`]);
  const cpus =
    report.perCpu.length > 0
      ? new Table({
          ...plain,
          head: ['CPU', 'busy %', 'calls/s', 'switches/s', 'faults/s'],
          colAligns: ['left', 'right', 'right', 'right', 'right'],
        })
      : null;
  for (const c of report.perCpu) {
    cpus?.push([
      `${c.cpu}`,
      c.busyPercent === null ? '-' : percent(c.busyPercent),
      rate(c.syscallsPerSecond),
      rate(c.contextSwitchesPerSecond),
      rate(c.pageFaultsPerSecond),
    ]);
  }
  return [table, cpus].flatMap((t) => (t ? [trimLines(t.toString())] : [])).join('\n\n');
}

function callTable(report: MeterReport): string {
  if (report.calls.length === 0) return '';
  const table = new Table({ ...plain, head: ['Call', 'share %', 'per CPU second'], colAligns: ['left', 'right', 'right'] });
  for (const call of report.calls.slice(0, 10)) table.push([call.name, percent(call.share * 100), rate(call.perCpuSecond)]);
  const samples = report.mixSamples;
  return trimLines(table.toString()) + (samples ? `\n(${samples.samples} samples, ${samples.lost} lost)` : '');
}

function predictionTable(report: MeterReport): string {
  const table = new Table({
    ...plain,
    head: ['Predicted loss (%)', 'low', 'likely', 'high'],
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { configuration, lossPercent: loss } of report.predictions) {
    table.push([configurationNames[configuration] ?? configuration, percent(loss.low), percent(loss.likely), percent(loss.high)]);
  }
  return trimLines(table.toString());
}

function adviceLines(report: MeterReport): string {
  if (report.advice.length === 0) return 'What would help: nothing worth doing; the predicted losses are small.';
  return [
    'What would help most',
    ...report.advice.map((a) => `  ${percent(a.savesPoints).padStart(6)} points  ${a.text} (${configurationNames[a.configuration]})`),
  ].join('\n');
}

function gapLines(report: MeterReport): string {
  if (report.missing.length === 0) return '';
  return [
    'Not measured',
    ...report.missing.flatMap((gap) => [
      `  ${factorNames[gap.factor] ?? gap.factor}: ${gap.reason}${gap.howTo ? ` (${gap.howTo})` : ''}`,
      ...(gap.effect ? [`    so: ${gap.effect}`] : []),
    ]),
  ].join('\n');
}

function overheadLines({ overhead }: MeterReport): string {
  if (!overhead) return '';
  const counting =
    overhead.nsPerCall === null ? 'counting not measurable here' : `counting adds ${nanoseconds(overhead.nsPerCall)} to a call`;
  const share = overhead.percent === null ? '' : `, ${percent(overhead.percent)} % of the target's CPU time`;
  return `Overhead ${counting}${share}; the meter itself used ${percent(overhead.meterCpuPercent)} % of one CPU.`;
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
