/** CSV (RFC 4180): one record per prediction and factor, then the factors; the intervals are a table of their own. */
import type { MeterReport } from './meter-report.ts';

export function csvReport(report: MeterReport): string {
  const rows: (string | number)[][] = [['section', 'name', 'detail', 'low', 'likely', 'high', 'unit']];
  const { factors } = report;
  for (const [name, value, unit] of [
    ['system-calls', factors.syscallsPerSecond, 'per CPU second'],
    ['context-switches', factors.contextSwitchesPerSecond, 'per CPU second'],
    ['page-faults', factors.pageFaultsPerSecond, 'per CPU second'],
    ['working-set', factors.workingSetBytes, 'bytes'],
    ['touched', factors.touchedBytes, 'bytes'],
    ['tlb-walks', factors.tlbWalkPercent, 'percent of cycles'],
    ['kernel-time', factors.systemTimeShare === null ? null : factors.systemTimeShare * 100, 'percent of CPU time'],
  ] as const) {
    if (value !== null) rows.push(['factor', name, '', value, value, value, unit]);
  }
  for (const call of report.calls)
    rows.push(['call', call.name, '', call.perCpuSecond, call.perCpuSecond, call.perCpuSecond, 'per CPU second']);
  for (const p of report.predictions) {
    rows.push(['loss', p.configuration, 'total', p.lossPercent.low, p.lossPercent.likely, p.lossPercent.high, 'percent']);
    for (const [name, r] of Object.entries(p.factors))
      rows.push(['loss', p.configuration, name, r.low, r.likely, r.high, 'percentage points']);
  }
  for (const gap of report.missing) rows.push(['missing', gap.factor, gap.reason, '', '', '', '']);
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: string | number): string {
  const text = typeof value === 'number' ? `${Number(value.toPrecision(6))}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
