/**
 * What a collector answers: a value, "there is no such thing here" (with how to get it), or "it broke". The three are
 * never mixed: no data widens the range, a failure is also counted and exported.
 */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'no-data'; readonly reason: string; readonly howTo: string }
  | { readonly kind: 'failed'; readonly reason: string };

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value });
export const noData = (reason: string, howTo: string): Outcome<never> => ({ kind: 'no-data', reason, howTo });
export const failed = (reason: string): Outcome<never> => ({ kind: 'failed', reason });

/** How long a collector's own work took, and how often it broke: exported with the rates. */
export class Stopwatch {
  nanoseconds = 0;
  turns = 0;
  failures = 0;

  time<T>(work: () => Outcome<T>): Outcome<T> {
    const started = process.hrtime();
    const outcome = work();
    const [seconds, rest] = process.hrtime(started);
    this.nanoseconds += seconds * 1e9 + rest;
    this.turns++;
    if (outcome.kind === 'failed') this.failures++;
    return outcome;
  }
}
