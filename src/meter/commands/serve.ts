/** `meter serve`: the live page and /metrics, until interrupted. */
import { readMeasured } from '../inputs.ts';
import { MeterError } from '../meter-error.ts';
import { Hub } from '../serve/hub.ts';
import { startServer, type Listen } from '../serve/server.ts';
import type { TargetSpec } from '../target.ts';

export interface ServeOptions {
  readonly listen: string;
  readonly interval: number;
  readonly pid?: readonly number[];
  readonly container?: readonly string[];
  readonly cgroup?: readonly string[];
  readonly calibration?: readonly string[];
}

export async function serve(options: ServeOptions): Promise<number> {
  const listen = parseListen(options.listen);
  const always: TargetSpec[] = [
    ...(options.pid ?? []).map((pid) => ({ kind: 'pid', pid }) as const),
    ...(options.container ?? []).map((id) => ({ kind: 'container', id }) as const),
    ...(options.cgroup ?? []).map((path) => ({ kind: 'cgroup', path }) as const),
  ];
  const hub = new Hub(readMeasured(options.calibration), always, options.interval);
  try {
    const server = await startServer(hub, listen);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : listen.port;
    const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
    process.stderr.write(`The live page is at http://${host}:${port}/, for Prometheus http://${host}:${port}/metrics\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    server.closeAllConnections();
    server.close();
    return 0;
  } finally {
    hub.close();
  }
}

export function parseListen(text: string): Listen {
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[\w.-]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65535)
    throw new MeterError('bad-listen', `"${text}" is no address to listen on.`, 'Say HOST:PORT, as 127.0.0.1:9469.');
  return { host: match[1] ? match[1].replace(/^\[|\]$/g, '') : '127.0.0.1', port };
}
