/**
 * The live page and /metrics over HTTP. Read-only, no state of its own. Answers only requests that name it by the
 * address it listens on (or any name, when it listens on all), so that a web page elsewhere cannot read it by rebinding.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { whatIfReport } from '#report/meter-report.ts';
import { factorNames } from '#report/numbers.ts';
import { livePage } from '#report/live-page.ts';
import { barsSvg, describe, plotSvg } from '#report/svg.ts';
import { MeterError } from '../meter-error.ts';
import type { Sample } from '../session.ts';
import { findContainers, listProcesses } from './containers.ts';
import { specOf, type Hub } from './hub.ts';
import { exposition } from './metrics.ts';
import type { Monitor } from './monitor.ts';

const headers = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
/** Open streams; each holds a socket and perhaps a monitor. */
const mostStreams = 32;

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export function startServer(hub: Hub, listen: Listen): Promise<Server> {
  const files = loadFiles();
  let streams = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!named(request, listen.host)) return send(response, 403, 'text/plain', 'Ask for this server by the address it listens on.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'Only GET.\n');
    const file = files.get(url.pathname);
    if (file) return send(response, 200, file.type, file.text);
    switch (url.pathname) {
      case '/metrics':
        exposition(hub).then(
          ({ type, text }) => send(response, 200, type, text),
          (error: unknown) => send(response, 500, 'text/plain', `${(error as Error).message}\n`),
        );
        return;
      case '/api/targets':
        return send(
          response,
          200,
          'application/json',
          JSON.stringify({
            containers: findContainers().map(({ id, pids }) => ({ id, processes: pids.length })),
            processes: listProcesses(),
          }),
        );
      case '/api/live': {
        if (streams >= mostStreams) return send(response, 503, 'text/plain', 'Too many pages are open.\n');
        const done = stream(hub, url.searchParams.get('target') ?? 'system', request, response);
        if (!done) return;
        streams++;
        request.on('close', () => {
          streams--;
          done();
        });
        return;
      }
      default:
        return send(response, 404, 'text/plain', 'There is /, and /metrics.\n');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new MeterError(
          'cannot-listen',
          `Cannot listen on ${listen.host}:${listen.port}: ${error.code}.`,
          'Choose another --listen HOST:PORT.',
        ),
      ),
    );
    server.listen(listen.port, listen.host, () => resolve(server));
  });
}

/** Server-sent events: one per tick. Answers how to stop, or null where it refused. */
function stream(hub: Hub, key: string, request: IncomingMessage, response: ServerResponse): (() => void) | null {
  const spec = specOf(key);
  if (!spec) {
    send(response, 400, 'text/plain', 'No such target.\n');
    return null;
  }
  try {
    let first = true;
    const stop = hub.listen(spec, (monitor, sample) => {
      response.write(`data: ${JSON.stringify(event(monitor, sample, first))}\n\n`);
      first = false;
    });
    request.socket.setNoDelay(true);
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    response.write(': started\n\n');
    return stop;
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    send(response, 404, 'text/plain', `${error.message} ${error.next}\n`);
    return null;
  }
}

/** What the page draws in one tick. The pictures come ready, from the same code as the report's. */
function event(monitor: Monitor, sample: Sample, first: boolean) {
  const report = { ...whatIfReport(monitor.factors(), monitor.machine, monitor.inputs), target: monitor.description };
  const per = (count: number | null): number | null =>
    count === null || sample.cpuSeconds === null || sample.cpuSeconds <= 0 ? null : count / sample.cpuSeconds;
  return {
    description: monitor.description,
    time: Date.now() / 1000,
    cpus: sample.cpuSeconds === null ? null : sample.cpuSeconds / sample.wallSeconds,
    syscalls: per(sample.syscalls),
    contextSwitches: per(sample.contextSwitches),
    pageFaults: per(sample.pageFaults),
    perCpu: sample.perCpu.map((c) => ({
      cpu: c.cpu,
      busyPercent: c.busySeconds === null ? null : (c.busySeconds / sample.wallSeconds) * 100,
      syscalls: c.syscalls === null ? null : c.syscalls / sample.wallSeconds,
    })),
    predictions: report.predictions.map(({ configuration, lossPercent }) => ({ configuration, lossPercent })),
    text: describe(report),
    plot: plotSvg(report, 860, 520),
    plotNarrow: plotSvg(report, 400, 560).replaceAll('plot-title', 'plot-title-narrow').replaceAll('plot-text', 'plot-text-narrow'),
    bars: barsSvg(report, 860),
    barsNarrow: barsSvg(report, 400),
    missing: monitor.missing.map(({ factor, reason, howTo }) => ({ factor: factorNames[factor] ?? factor, reason, howTo })),
    ended: monitor.ended,
    first,
  };
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': type.includes('charset') ? type : `${type}; charset=utf-8` });
  response.end(text);
}

/** The Host header names the address, a local name of it, or anything where every address is listened on. */
function named(request: IncomingMessage, host: string): boolean {
  if (host === '0.0.0.0' || host === '::') return true;
  const asked = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return asked === host || (['127.0.0.1', '::1', 'localhost'].includes(host) && ['127.0.0.1', '::1', 'localhost'].includes(asked));
}

function loadFiles(): Map<string, { type: string; text: string }> {
  const require = createRequire(import.meta.url);
  const text = (path: string): string => readFileSync(path, 'utf8');
  const uplot = require.resolve('uplot').replace(/uPlot\.[^/]*$/, '');
  return new Map([
    ['/', { type: 'text/html', text: livePage() }],
    ['/live.js', { type: 'text/javascript', text: text(require.resolve('../../report/web/live.js')) }],
    ['/uplot.js', { type: 'text/javascript', text: text(`${uplot}uPlot.iife.min.js`) }],
    ['/uplot.css', { type: 'text/css', text: text(`${uplot}uPlot.min.css`) }],
  ]);
}
