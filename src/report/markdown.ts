/** The report as GitHub-flavoured Markdown, for issues and wikis. */
import type { MeterReport } from './meter-report.ts';
import { bytes, configurationNames, factorNames, nanoseconds, percent, rate } from './numbers.ts';

export function markdownReport(report: MeterReport): string {
  const { factors, machine } = report;
  const lines = [
    `# What the boundary costs: ${cell(report.target)}`,
    '',
    `${cell(machine.model)}, ${machine.cpus} CPUs at ${machine.ghz.toFixed(2)} GHz, Linux ${cell(machine.kernel)}. ${cell(machine.kptiWords)}`,
    '',
    '| Predicted loss (%) | low | likely | high |',
    '| --- | ---: | ---: | ---: |',
    ...report.predictions.map(
      ({ configuration, lossPercent: l }) =>
        `| ${configurationNames[configuration]} | ${percent(l.low)} | **${percent(l.likely)}** | ${percent(l.high)} |`,
    ),
    '',
    '| Factor | per CPU second |',
    '| --- | ---: |',
    `| system calls | ${rate(factors.syscallsPerSecond)} |`,
    `| context switches | ${rate(factors.contextSwitchesPerSecond)} |`,
    `| page faults | ${rate(factors.pageFaultsPerSecond)} |`,
    `| working set | ${bytes(factors.workingSetBytes)} |`,
    ...(factors.touchedBytes === null ? [] : [`| touched between calls | ${bytes(factors.touchedBytes)} |`]),
    ...(factors.tlbWalkPercent === null ? [] : [`| cycles in TLB walks | ${percent(factors.tlbWalkPercent)} % |`]),
    '',
  ];
  for (const p of report.predictions) {
    const parts = Object.entries(p.factors).filter(([, r]) => r.low !== 0 || r.high !== 0);
    if (parts.length === 0) continue;
    lines.push(
      `| ${configurationNames[p.configuration]}: factor | low | likely | high |`,
      '| --- | ---: | ---: | ---: |',
      ...parts.map(([name, r]) => `| ${factorNames[name] ?? name} | ${percent(r.low)} | ${percent(r.likely)} | ${percent(r.high)} |`),
      '',
    );
  }
  if (report.calls.length > 0) {
    lines.push(
      '| Call | share (%) | per CPU second |',
      '| --- | ---: | ---: |',
      ...report.calls.slice(0, 10).map((c) => `| ${cell(c.name)} | ${percent(c.share * 100)} | ${rate(c.perCpuSecond)} |`),
      '',
    );
  }
  if (report.advice.length > 0) {
    lines.push(
      'What would help most:',
      '',
      ...report.advice.map((a) => `- ${a.text}: ${percent(a.savesPoints)} points (${configurationNames[a.configuration]})`),
      '',
    );
  }
  if (report.missing.length > 0) {
    lines.push(
      'Not measured:',
      '',
      ...report.missing.map(
        (g) =>
          `- ${factorNames[g.factor] ?? g.factor}: ${cell(g.reason)}${g.howTo ? ` (${cell(g.howTo)})` : ''}${g.effect ? `; ${g.effect}` : ''}`,
      ),
      '',
    );
  }
  if (report.overhead) {
    const { nsPerCall, percent: share, meterCpuPercent } = report.overhead;
    lines.push(
      `Overhead: counting adds ${nsPerCall === null ? 'an unknown time' : nanoseconds(nsPerCall)} to a call` +
        `${share === null ? '' : ` (${percent(share)} % of the target's CPU time)`}; the meter used ${percent(meterCpuPercent)} % of one CPU.`,
      '',
    );
  }
  lines.push(
    `KPTI costs differ by ±${report.model.kptiSpreadPercent.toFixed(0)} % between machines; sandbox costs ${report.model.sandboxSource}. ` +
      `Not seen: ${report.blindSpots.join('; ')}.`,
  );
  return `${lines.join('\n')}\n`;
}

/** Text from outside must not end a cell, start a tag or a link. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\|<>[\]`*_]/g, (c) => `\\${c}`);
}
