/** A Prometheus server's instant queries, answered with what its HTTP API documents; anything else is a MeterError. */
import { MeterError } from '../meter-error.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const timeoutMs = 15_000;
/** A fleet of thousands of services fits; an answer beyond this is not read. */
const mostBytes = 64 * 2 ** 20;

export class Prometheus {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    try {
      this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    } catch {
      throw new MeterError('bad-url', `"${url}" is no URL.`, 'Say --prometheus http://HOST:9090');
    }
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async query(expression: string): Promise<Series[]> {
    const url = new URL('api/v1/query', this.#base);
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: this.#headers,
        body: new URLSearchParams({ query: expression }),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      const cause = (error as Error & { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
      throw new MeterError('no-prometheus', `No answer from ${this.#base.origin}: ${cause}.`, 'Check the URL, and that Prometheus runs.');
    }
    const text = await readBounded(response);
    let body: { status?: string; error?: string; data?: { resultType?: string; result?: unknown } };
    try {
      body = JSON.parse(text) as typeof body;
    } catch {
      throw new MeterError('no-prometheus', `${this.#base.origin} answered ${response.status}, not as Prometheus does.`, 'Check the URL.');
    }
    if (body.status !== 'success') {
      throw new MeterError(
        'query-failed',
        `Prometheus refused the query: ${body.error ?? response.status}.`,
        `The query was: ${expression}`,
      );
    }
    if (body.data?.resultType !== 'vector' || !Array.isArray(body.data.result)) {
      throw new MeterError('no-prometheus', 'Prometheus gave something else than a vector.', `The query was: ${expression}`);
    }
    return (body.data.result as { metric: Record<string, string>; value: [number, string] }[])
      .map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
      .filter(({ value }) => Number.isFinite(value));
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new MeterError('too-much', 'The answer is larger than 64 MiB.', 'Narrow it with --selector.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
