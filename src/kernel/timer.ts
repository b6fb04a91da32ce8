/** Timers on the kernel's clock: a binary heap by deadline (monotonic ns). Firing runs a plain function in the kernel loop. */
export class Timer {
  deadlineNs = Infinity;
  /** Place in the heap; -1 when not armed. */
  index = -1;
  readonly fire: () => void;
  constructor(fire: () => void) {
    this.fire = fire;
  }
  get armed(): boolean {
    return this.index >= 0;
  }
}

export class TimerQueue {
  #heap: Timer[] = [];

  /** Earliest deadline; Infinity when none is armed. */
  get nextNs(): number {
    return this.#heap[0]?.deadlineNs ?? Infinity;
  }

  arm(timer: Timer, deadlineNs: number): void {
    this.disarm(timer);
    timer.deadlineNs = deadlineNs;
    timer.index = this.#heap.length;
    this.#heap.push(timer);
    this.#up(timer.index);
  }

  disarm(timer: Timer): void {
    const at = timer.index;
    if (at < 0) return;
    timer.index = -1;
    const last = this.#heap.pop() as Timer;
    if (last === timer) return;
    this.#heap[at] = last;
    last.index = at;
    this.#up(at);
    this.#down(last.index);
  }

  /** Fires all that are due at `nowNs`. A timer may arm itself again while firing. */
  run(nowNs: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.deadlineNs > nowNs) return;
      this.disarm(first);
      first.fire();
    }
  }

  #up(from: number): void {
    const heap = this.#heap;
    const timer = heap[from] as Timer;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as Timer;
      if (other.deadlineNs <= timer.deadlineNs) break;
      heap[at] = other;
      other.index = at;
      at = parent;
    }
    heap[at] = timer;
    timer.index = at;
  }

  #down(from: number): void {
    const heap = this.#heap;
    const timer = heap[from] as Timer;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && (heap[right] as Timer).deadlineNs < (heap[child] as Timer).deadlineNs) child = right;
      const other = heap[child] as Timer;
      if (other.deadlineNs >= timer.deadlineNs) break;
      heap[at] = other;
      other.index = at;
      at = child;
    }
    heap[at] = timer;
    timer.index = at;
  }
}
