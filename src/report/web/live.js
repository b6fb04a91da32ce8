/** The live page: one stream of events from /api/live, two charts that keep two minutes, and the tables. Runs in the browser. */
'use strict';

const kept = 120;
const element = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function number(value) {
  if (value === null || value === undefined) return '-';
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  if (size >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

const rateSeries = [
  { key: 'syscalls', label: 'calls', colour: 'kpti-pcid' },
  { key: 'contextSwitches', label: 'switches', colour: 'kpti-nopcid', dash: [8, 4] },
  { key: 'pageFaults', label: 'faults', colour: 'kpti-pcid-hugepages', dash: [2, 3] },
];
const lossSeries = [
  { key: 'kpti-pcid', label: 'KPTI with PCID', colour: 'kpti-pcid' },
  { key: 'kpti-nopcid', label: 'without', colour: 'kpti-nopcid', dash: [8, 4] },
  { key: 'kpti-pcid-hugepages', label: 'huge pages', colour: 'kpti-pcid-hugepages', dash: [2, 3] },
  { key: 'belljar', label: 'sandbox', colour: 'belljar', dash: [10, 4, 2, 4] },
];

/** A chart over time that can be rebuilt when the theme or the width changes. */
class Chart {
  constructor(id, series, logarithmic) {
    this.box = element(id);
    this.series = series;
    this.logarithmic = logarithmic;
    this.clear();
  }

  clear() {
    this.data = [[], ...this.series.map(() => [])];
    this.build();
  }

  build() {
    this.plot?.destroy();
    const axis = { stroke: colour('ink'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid') } };
    this.plot = new uPlot({
      width: Math.max(200, this.box.clientWidth),
      height: 220,
      cursor: { drag: { setScale: false } },
      scales: this.logarithmic ? { y: { distr: 3 } } : {},
      axes: [axis, { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : number(tick))) }],
      series: [{}, ...this.series.map((s) => ({
        label: s.label, stroke: colour(s.colour), width: 2, dash: s.dash, value: (_, value) => number(value),
      }))],
    }, this.data, this.box);
  }

  push(time, values) {
    this.data[0].push(time);
    // A logarithmic axis has no zero.
    for (const [i, value] of values.entries()) this.data[i + 1].push(this.logarithmic && !(value > 0) ? null : value);
    for (const column of this.data) if (column.length > kept) column.shift();
    this.plot.setData(this.data);
  }

  resize() {
    this.plot.setSize({ width: Math.max(200, this.box.clientWidth), height: 220 });
  }
}

const rates = new Chart('rate-chart', rateSeries, true);
const losses = new Chart('loss-chart', lossSeries, false);
let stream = null;
let paused = false;

function show(event) {
  if (event.ended) element('status').textContent = `${event.description} has ended.`;
  else if (event.first) element('status').textContent = `Watching ${event.description}.`;
  if (paused) return;
  for (const key of ['cpus', 'syscalls', 'contextSwitches', 'pageFaults']) element(key).textContent = number(event[key]);
  rates.push(event.time, rateSeries.map((s) => event[s.key]));
  const likely = new Map(event.predictions.map((p) => [p.configuration, p.lossPercent]));
  losses.push(event.time, lossSeries.map((s) => likely.get(s.key)?.likely ?? null));
  for (const row of document.querySelectorAll('tr[data-configuration]')) {
    const range = likely.get(row.dataset.configuration);
    if (!range) continue;
    const cells = row.querySelectorAll('td');
    for (const [i, bound] of ['low', 'likely', 'high'].entries()) cells[i].textContent = number(range[bound]);
  }
  // The server escapes every name in its pictures, and the page's policy runs no inline script.
  for (const key of ['plot', 'plotNarrow', 'bars', 'barsNarrow']) element(key).innerHTML = event[key];
  element('text').textContent = event.text;
  element('missing').replaceChildren(...(event.missing.length === 0 ? [{ factor: 'nothing is missing' }] : event.missing).map((gap) => {
    const item = document.createElement('li');
    item.textContent = gap.reason ? `${gap.factor}: ${gap.reason} (${gap.howTo})` : gap.factor;
    return item;
  }));
}

function watch(target) {
  stream?.close();
  rates.clear();
  losses.clear();
  element('status').textContent = 'Waiting for the first second.';
  stream = new EventSource(`/api/live?target=${encodeURIComponent(target)}`);
  stream.onmessage = (message) => show(JSON.parse(message.data));
  stream.onerror = () => {
    element('status').textContent = stream.readyState === EventSource.CLOSED
      ? 'This target cannot be watched: it has ended, or too many are watched.' : 'The meter does not answer; trying again.';
  };
}

function option(value, text) {
  const made = document.createElement('option');
  made.value = value;
  made.textContent = text;
  return made;
}

async function list() {
  const response = await fetch('/api/targets');
  const { containers, processes } = await response.json();
  const select = element('target');
  const chosen = select.value;
  const group = (label, options) => {
    const made = document.createElement('optgroup');
    made.label = label;
    made.append(...options);
    return made;
  };
  select.replaceChildren(
    option('system', 'the whole system'),
    group('Containers', containers.map((c) => option(`container:${c.id}`, `${c.id} (${c.processes} processes)`))),
    group('Processes', processes.map((p) => option(`pid:${p.pid}`, `${p.pid} ${p.name}`))),
  );
  select.value = chosen;
  if (!select.value) {
    select.value = 'system';
    watch('system');
  }
}

element('target').addEventListener('change', (event) => watch(event.target.value));
element('refresh').addEventListener('click', () => void list());
element('pause').addEventListener('click', (event) => {
  paused = !paused;
  event.target.setAttribute('aria-pressed', String(paused));
  event.target.textContent = paused ? 'Go on' : 'Pause';
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  rates.build();
  losses.build();
});
addEventListener('resize', () => {
  rates.resize();
  losses.resize();
});
void list();
watch('system');
