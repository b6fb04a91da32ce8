/**
 * Time that the kernel spent on calls, by number: kept only when asked for, since reading the clock twice costs a tenth
 * of a short call. A call that slept counts its parts; what woke another task counts for the call that did it.
 */
export class CallTimes {
  /** Nanoseconds in handlers, by number; the last slot is everything else that guests came in for (faults, interrupts, frames). */
  readonly ns = new Float64Array(513);
  #from = 0;

  begin(now: number): void {
    this.#from = now;
  }

  /** `nr` is negative where no call came in. */
  end(nr: number, now: number): void {
    const slot = nr >= 0 && nr < 512 ? nr : 512;
    this.ns[slot] = (this.ns[slot] as number) + now - this.#from;
  }
}
