/**
 * The report as one HTML file that needs nothing else: no script, no request, light and dark by the reader's setting,
 * one column on a phone. The picture is drawn twice, wide and narrow, and CSS shows the one that fits; tables carry
 * every number for keyboards and screen readers.
 */
import type { MeterReport } from './meter-report.ts';
import { bytes, configurationNames, factorNames, nanoseconds, percent, rate } from './numbers.ts';
import { pageStyle } from './page-style.ts';
import { barsSvg, describe, escapeXml, plotSvg } from './svg.ts';

export function htmlReport(report: MeterReport): string {
  const title = `What the boundary costs: ${report.target}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeXml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>What the boundary costs</h1>
<p class="target">${escapeXml(report.target)}</p>
<p>${escapeXml(report.machine.model)}, ${report.machine.cpus} CPUs at ${report.machine.ghz.toFixed(2)} GHz, Linux ${escapeXml(report.machine.kernel)};
<time datetime="${escapeXml(report.generatedAt)}">${escapeXml(report.generatedAt.slice(0, 16).replace('T', ' '))} UTC</time>.
${escapeXml(report.machine.kptiWords)}</p>
</header>
<main>
${predictionSection(report)}
<section aria-labelledby="picture"><h2 id="picture">Loss against system calls</h2>
<figure><div class="wide">${plotSvg(report, 860, 520)}</div><div class="narrow">${unique(plotSvg(report, 400, 560))}</div>
<figcaption>${escapeXml(describe(report))}</figcaption></figure></section>
${factorSection(report)}
${contributionSection(report)}
${adviceSection(report)}
${gapSection(report)}
${stateSection(report)}
</main>
<footer><p>${overheadText(report)} KPTI costs differ by ±${report.model.kptiSpreadPercent.toFixed(0)} % between machines; sandbox costs ${escapeXml(report.model.sandboxSource)}.
Not seen: ${escapeXml(report.blindSpots.join('; '))}.</p></footer>
</body>
</html>
`;
}

/** The second copy of the picture needs ids of its own. */
function unique(svg: string): string {
  return svg.replaceAll('plot-title', 'plot-title-narrow').replaceAll('plot-text', 'plot-text-narrow');
}

function predictionSection(report: MeterReport): string {
  const rows = report.predictions
    .map(
      (p) =>
        `<tr><th scope="row"><span class="dot ${p.configuration}" aria-hidden="true"></span>${configurationNames[p.configuration]}</th>` +
        `<td>${percent(p.lossPercent.low)}</td><td class="likely">${percent(p.lossPercent.likely)}</td><td>${percent(p.lossPercent.high)}</td></tr>`,
    )
    .join('\n');
  return `<section aria-labelledby="loss"><h2 id="loss">Predicted loss</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Predicted loss, table"><table><caption>In percent of the workload's CPU time; a negative loss is a gain</caption>
<thead><tr><th scope="col">Configuration</th><th scope="col">low</th><th scope="col">likely</th><th scope="col">high</th></tr></thead>
<tbody>
${rows}
</tbody></table></div></section>`;
}

function factorSection(report: MeterReport): string {
  const f = report.factors;
  const rows: [string, string][] = [
    ['system calls', `${rate(f.syscallsPerSecond)} per CPU second`],
    ['context switches', `${rate(f.contextSwitchesPerSecond)} per CPU second`],
    ['page faults', `${rate(f.pageFaultsPerSecond)} per CPU second`],
    ['working set', bytes(f.workingSetBytes)],
    ...(f.touchedBytes === null ? [] : [['touched between calls', bytes(f.touchedBytes)] as [string, string]]),
    ...(f.tlbWalkPercent === null ? [] : [['cycles in TLB walks', `${percent(f.tlbWalkPercent)} %`] as [string, string]]),
    ...(f.systemTimeShare === null ? [] : [['CPU time in the kernel', `${percent(f.systemTimeShare * 100)} %`] as [string, string]]),
  ];
  const list = `<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
  const calls =
    report.calls.length === 0
      ? ''
      : `<div class="scroll" tabindex="0" role="region" aria-label="System calls"><table><caption>System calls, most frequent first</caption>
<thead><tr><th scope="col">Call</th><th scope="col">share (%)</th><th scope="col">per CPU second</th></tr></thead><tbody>
${report.calls
  .slice(0, 10)
  .map((c) => `<tr><th scope="row">${escapeXml(c.name)}</th><td>${percent(c.share * 100)}</td><td>${rate(c.perCpuSecond)}</td></tr>`)
  .join('\n')}
</tbody></table></div>`;
  const cpus =
    report.perCpu.length === 0
      ? ''
      : `<div class="scroll" tabindex="0" role="region" aria-label="By CPU"><table><caption>By CPU, per second</caption>
<thead><tr><th scope="col">CPU</th><th scope="col">busy (%)</th><th scope="col">calls</th><th scope="col">switches</th><th scope="col">faults</th></tr></thead><tbody>
${report.perCpu.map((c) => `<tr><th scope="row">${c.cpu}</th><td>${c.busyPercent === null ? '-' : percent(c.busyPercent)}</td><td>${rate(c.syscallsPerSecond)}</td><td>${rate(c.contextSwitchesPerSecond)}</td><td>${rate(c.pageFaultsPerSecond)}</td></tr>`).join('\n')}
</tbody></table></div>`;
  return `<section aria-labelledby="factors"><h2 id="factors">Factors</h2>${list}${cpus}${calls}</section>`;
}

function contributionSection(report: MeterReport): string {
  const rows = report.predictions.flatMap((p) =>
    Object.entries(p.factors)
      .filter(([, r]) => r.low !== 0 || r.high !== 0)
      .map(
        ([name, r]) =>
          `<tr><th scope="row">${configurationNames[p.configuration]}</th><td class="word">${escapeXml(factorNames[name] ?? name)}</td><td>${percent(r.low)}</td><td>${percent(r.likely)}</td><td>${percent(r.high)}</td></tr>`,
      ),
  );
  return `<section aria-labelledby="parts"><h2 id="parts">What each factor contributes</h2>
<figure><div class="wide">${barsSvg(report, 860)}</div><div class="narrow">${barsSvg(report, 400)}</div></figure>
<details><summary>The same as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Contributions, table"><table><caption>Percentage points</caption>
<thead><tr><th scope="col">Configuration</th><th scope="col">factor</th><th scope="col">low</th><th scope="col">likely</th><th scope="col">high</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></details></section>`;
}

function adviceSection(report: MeterReport): string {
  if (report.advice.length === 0) return '';
  return `<section aria-labelledby="advice"><h2 id="advice">What would help most</h2><ol>
${report.advice.map((a) => `<li><strong>${percent(a.savesPoints)} points</strong>: ${escapeXml(a.text)} <span class="quiet">(${configurationNames[a.configuration]})</span></li>`).join('\n')}
</ol></section>`;
}

function gapSection(report: MeterReport): string {
  if (report.missing.length === 0) return '';
  return `<section aria-labelledby="gaps"><h2 id="gaps">What could not be measured</h2><ul>
${report.missing.map((g) => `<li><strong>${escapeXml(factorNames[g.factor] ?? g.factor)}</strong>: ${escapeXml(g.reason)}${g.howTo ? ` (<code>${escapeXml(g.howTo)}</code>)` : ''}.${g.effect ? ` ${escapeXml(`${g.effect[0]!.toUpperCase()}${g.effect.slice(1)}`)}.` : ''}</li>`).join('\n')}
</ul></section>`;
}

function stateSection(report: MeterReport): string {
  const entries = Object.entries(report.machine.mitigations);
  if (entries.length === 0) return '';
  return `<section aria-labelledby="state"><h2 id="state">Mitigations of this machine</h2><details><summary>${entries.length} known vulnerabilities</summary>
<dl>${entries.map(([name, text]) => `<div><dt>${escapeXml(name)}</dt><dd>${escapeXml(text)}</dd></div>`).join('')}</dl></details></section>`;
}

function overheadText({ overhead }: MeterReport): string {
  if (!overhead) return '';
  const counting =
    overhead.nsPerCall === null
      ? ''
      : `Counting adds ${nanoseconds(overhead.nsPerCall)} to a call${overhead.percent === null ? '' : ` (${percent(overhead.percent)} % of the target's CPU time)`}. `;
  return `${counting}The meter itself used ${percent(overhead.meterCpuPercent)} % of one CPU.`;
}
