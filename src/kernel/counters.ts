/** What the report shows: calls by number, and calls that this kernel does not know or refused. */
export class Counters {
  /** Calls made, by number. */
  readonly calls = new Float64Array(512);
  readonly #unknown = new Map<string, number>();

  /** Counts something that was refused or unknown, by a readable name ("syscall 999", "socket AF_INET"). */
  refused(what: string): void {
    if (this.#unknown.size < 1024 || this.#unknown.has(what)) this.#unknown.set(what, (this.#unknown.get(what) ?? 0) + 1);
  }
  /** Refused and unknown, most frequent first. */
  report(): [string, number][] {
    return [...this.#unknown].sort((a, b) => b[1] - a[1]);
  }
}
