/** The live page's HTML; web/live.js fills it each second. */
import { pageStyle } from './page-style.ts';
import { configurationNames } from './numbers.ts';

export function livePage(): string {
  const rows = Object.entries(configurationNames)
    .map(
      ([key, name]) =>
        `<tr data-configuration="${key}"><th scope="row"><span class="dot ${key}" aria-hidden="true"></span>${name}</th><td>-</td><td class="likely">-</td><td>-</td></tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Belljar meter</title>
<link rel="stylesheet" href="/uplot.css">
<style>${pageStyle}
select,button{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--quiet);border-radius:6px;padding:.4rem .6rem;max-width:100%}
.now{display:flex;flex-wrap:wrap;gap:1rem}.now div{flex:1 1 8rem}.now dt{font-size:.9rem}.now dd{font-size:1.4rem;text-align:left;font-variant-numeric:tabular-nums}
dl.now{columns:1}dl.now div{display:block;border:0}.chart{min-height:220px}.u-legend{color:var(--ink);font-size:.85rem}
</style>
<script src="/uplot.js" defer></script>
<script src="/live.js" defer></script>
</head>
<body>
<header>
<h1>Belljar meter</h1>
<p><label for="target">Watch</label> <select id="target"><option value="system">the whole system</option></select>
<button id="refresh" type="button">List again</button> <button id="pause" type="button" aria-pressed="false">Pause</button></p>
<p id="status" role="status">Waiting for the first second.</p>
</header>
<main>
<section aria-labelledby="now"><h2 id="now">Now, per second of CPU time</h2>
<dl class="now"><div><dt>CPUs busy</dt><dd id="cpus">-</dd></div><div><dt>system calls</dt><dd id="syscalls">-</dd></div>
<div><dt>context switches</dt><dd id="contextSwitches">-</dd></div><div><dt>page faults</dt><dd id="pageFaults">-</dd></div></dl></section>
<section aria-labelledby="rates"><h2 id="rates">Rates, last two minutes</h2><div id="rate-chart" class="chart" role="img" aria-label="Calls, switches and faults over time; the numbers are above"></div></section>
<section aria-labelledby="loss"><h2 id="loss">Predicted loss</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Predicted loss, table"><table><caption>In percent of CPU time, from the last 30 samples</caption>
<thead><tr><th scope="col">Configuration</th><th scope="col">low</th><th scope="col">likely</th><th scope="col">high</th></tr></thead>
<tbody>
${rows}
</tbody></table></div>
<div id="loss-chart" class="chart" role="img" aria-label="Predicted loss over time; the numbers are in the table"></div></section>
<section aria-labelledby="picture"><h2 id="picture">Loss against system calls</h2><figure><div id="plot" class="wide"></div><div id="plotNarrow" class="narrow"></div><figcaption id="text"></figcaption></figure></section>
<section aria-labelledby="parts"><h2 id="parts">What each factor contributes</h2><div id="bars" class="wide"></div><div id="barsNarrow" class="narrow"></div></section>
<section aria-labelledby="gaps"><h2 id="gaps">What could not be measured</h2><ul id="missing"><li>nothing is missing</li></ul></section>
</main>
<footer><p>For Prometheus: <a href="/metrics">/metrics</a></p></footer>
</body>
</html>
`;
}
