/**
 * The fleet against a real Prometheus that scrapes three real exporters on loopback, each watching a workload of another
 * kind; then its rules (promtool) and its refusals.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fleetReport, type FleetReport } from '#meter/fleet/fleet.ts';
import { Prometheus } from '#meter/fleet/prometheus.ts';
import { publishedInputs } from '#meter/model/reference.ts';
import { fleetFormats, renderFleet } from '#report/fleet.ts';
import { benchPath } from '#meter/calibrate/bench-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const prometheusFile = '/usr/bin/prometheus';
const skip = !existsSync(prometheusFile) ? 'no prometheus package here' : !existsSync(benchPath) ? 'meter-bench is not built' : false;
const children: ChildProcess[] = [];
const directory = mkdtempSync(join(tmpdir(), 'meter-fleet-'));

after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function start(file: string, args: string[]): ChildProcess {
  const child = spawn(file, args, { stdio: 'ignore', cwd: root });
  children.push(child);
  return child;
}

async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('three services of a real Prometheus are ranked by the CPUs they would lose', { skip, timeout: 240_000 }, async () => {
  const workloads: Record<string, string[]> = {
    chatty: ['sweep', '384', '1048576', '0', '80000'],
    'very-chatty': ['sweep', '32', '1048576', '0', '80000'],
    compute: ['sweep', '98304', '10485760', '0', '80000'],
  };
  const scrape: string[] = [];
  for (const [job, args] of Object.entries(workloads)) {
    const workload = start(benchPath, args);
    const port = await freePort();
    start(process.execPath, ['src/cli/meter-main.ts', 'serve', '--listen', `127.0.0.1:${port}`, '--pid', `${workload.pid}`]);
    scrape.push(`  - job_name: ${job}\n    static_configs:\n      - targets: ['127.0.0.1:${port}']`);
  }
  const port = await freePort();
  const config = join(directory, 'prometheus.yml');
  writeFileSync(
    config,
    `global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files:\n  - ${root}deploy/belljar-meter.rules.yml\nscrape_configs:\n${scrape.join('\n')}\n`,
  );
  start(prometheusFile, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const url = `http://127.0.0.1:${port}`;
  const run = (format: string): string =>
    execFileSync(
      process.execPath,
      ['src/cli/meter-main.ts', 'fleet', '--prometheus', url, '--target', 'pid:.*', '--window', '10s', '--format', format],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
  let report: FleetReport | null = null;
  // The first windows hold the start of the workloads, where they are much alike.
  const names = (): string[] => report?.services.map((s) => s.service) ?? [];
  for (let attempt = 0; attempt < 60 && names().join() !== 'very-chatty,chatty,compute'; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    try {
      report = JSON.parse(run('json')) as FleetReport;
    } catch {
      // Not up yet, or too few samples for a rate.
    }
  }
  assert.deepEqual(names(), ['very-chatty', 'chatty', 'compute']);
  for (const service of report!.services) assert.ok(service.cpus > 0 && service.instances === 1);
  const loss = report!.services.map((s) => s.predictions[0]!.lossPercent.likely);
  assert.ok(loss[0]! > loss[1]! && loss[1]! > loss[2]!, `${loss}`);
  assert.match(run('text'), /very-chatty[\s\S]*chatty[\s\S]*compute[\s\S]*all/);
  const rules = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { health: string; lastError?: string }[] }[] };
  };
  assert.equal(rules.data.groups[0]!.rules.length, 10);
  await everyPanelHasData(url);
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

function dashboard(): Dashboard {
  return JSON.parse(readFileSync(`${root}deploy/grafana-dashboard.json`, 'utf8')) as Dashboard;
}

/** Each query of the dashboard, its variables filled in as Grafana would, against the Prometheus that scrapes the exporters. */
async function everyPanelHasData(url: string): Promise<void> {
  const ask = async (path: string): Promise<{ status: string; error?: string; data: { result?: unknown[] } & unknown[] }> =>
    (await (await fetch(`${url}/api/v1/${path}`)).json()) as never;
  const query = (expr: string) => ask(`query?query=${encodeURIComponent(expr)}`);
  const variable = /label_values\((\w+), (\w+)\)/.exec(JSON.stringify(dashboard().templating))!;
  const values = (await ask(`label/${variable[2]}/values?match[]=${variable[1]}`)).data as string[];
  assert.equal(values.length, 3, `hosts to choose from: ${values}`);
  for (const { title, targets } of dashboard().panels) {
    for (const { expr } of targets) {
      const filled = expr.replaceAll('$configuration', 'kpti-pcid').replaceAll('$instance', values[0]!);
      assert.doesNotMatch(filled, /\$/, `${title}: a variable that the dashboard does not have`);
      let answer = await query(filled);
      // Rules of rules take some turns to have their first value.
      for (let i = 0; i < 120 && answer.data?.result?.length === 0 && !title.includes('containers'); i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        answer = await query(filled);
      }
      assert.equal(answer.status, 'success', `${title}: ${answer.error}`);
      // No container runs here that this test knows of.
      assert.ok(title.includes('containers') || answer.data.result!.length > 0, `${title}: no data for ${filled}`);
    }
  }
}

test('the dashboard is laid out without overlaps, each panel with its own number and queries', () => {
  const { panels } = dashboard();
  assert.equal(new Set(panels.map((p) => p.id)).size, panels.length);
  for (const [i, { title, gridPos: a, targets }] of panels.entries()) {
    assert.ok(a.x >= 0 && a.w > 0 && a.h > 0 && a.x + a.w <= 24, title);
    assert.ok(targets.length > 0 && new Set(targets.map((t) => t.refId)).size === targets.length, title);
    for (const { title: other, gridPos: b } of panels.slice(i + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, `${title} and ${other}`);
    }
  }
});

test('the rules are sound, and their tests pass', { skip: existsSync('/usr/bin/promtool') ? false : 'no promtool here' }, () => {
  execFileSync('promtool', ['check', 'rules', `${root}deploy/belljar-meter.rules.yml`]);
  execFileSync('promtool', ['test', 'rules', `${root}deploy/belljar-meter.rules.test.yml`]);
});

test('the dashboard asks only for series that the exporter or the rules make', () => {
  const dashboard = readFileSync(`${root}deploy/grafana-dashboard.json`, 'utf8');
  const made =
    readFileSync(`${root}deploy/belljar-meter.rules.yml`, 'utf8') +
    readFileSync(`${root}src/meter/serve/metrics.ts`, 'utf8').replaceAll('${name}', '(syscalls|context_switches|page_faults|cpu_seconds)');
  const wanted = new Set(dashboard.match(/(?:job:)?belljar_meter_[a-z0-9_:]+/g));
  assert.ok(wanted.size >= 8);
  for (const name of wanted) {
    assert.ok(made.includes(name) || /^belljar_meter_target_(syscalls|context_switches|page_faults|cpu_seconds)_total$/.test(name), name);
  }
});

/** A Prometheus that answers whatever it is told. */
async function pretend(answer: (query: string) => string, work: (prometheus: Prometheus) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => response.end(answer(new URLSearchParams(body).get('query') ?? '')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  try {
    await work(new Prometheus(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    server.close();
  }
}

const options = { by: 'job', target: 'system', selector: '', window: '5m', configuration: 'kpti-pcid' } as const;

test('an idle service and one without a label are kept apart; hostile names stay text', async () => {
  const evil = '<img src=x onerror=alert(1)>|,"';
  const vector = (value: string) =>
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          { metric: { job: evil }, value: [0, value] },
          { metric: {}, value: [0, value] },
          { metric: { job: 'idle' }, value: [0, '0'] },
        ],
      },
    });
  await pretend(
    (query) => vector(query.includes('cpu_seconds') ? '2' : '100000'),
    async (prometheus) => {
      const report = await fleetReport(prometheus, options, publishedInputs);
      assert.deepEqual(report.idle, ['idle']);
      assert.equal(report.services.length, 2);
      assert.equal(report.services[0]!.syscallsPerSecond, 50_000);
      for (const format of fleetFormats) {
        if (format !== 'json')
          assert.doesNotMatch(renderFleet(report, format), format === 'html' || format === 'markdown' ? /[^\\]<img/ : /^$/);
      }
    },
  );
});

test('what is no Prometheus is said in one line', async () => {
  await pretend(
    () => '<html>',
    async (prometheus) => {
      await assert.rejects(prometheus.query('up'), { code: 'no-prometheus' });
    },
  );
  await pretend(
    () => '{"status":"error","error":"parse error"}',
    async (prometheus) => {
      await assert.rejects(prometheus.query('up{'), { code: 'query-failed' });
    },
  );
  await assert.rejects(new Prometheus('http://127.0.0.1:1').query('up'), { code: 'no-prometheus' });
  assert.throws(() => new Prometheus('nonsense'), { code: 'bad-url' });
});
