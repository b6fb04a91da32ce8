/**
 * The areas of an address space, sorted and disjoint. Pure bookkeeping: no platform, no policy. Adjacent areas that
 * continue each other are merged, so the list reads like Linux's /proc/PID/maps.
 */
import type { Vma } from './vma.ts';

export class VmaList {
  #areas: Vma[] = [];
  /** Sum of the lengths, in bytes. */
  total = 0;
  /** The most that `total` ever was (VmPeak). */
  peak = 0;

  get count(): number {
    return this.#areas.length;
  }
  [Symbol.iterator](): IterableIterator<Vma> {
    return this.#areas[Symbol.iterator]();
  }

  /** Index of the first area that ends above `addr`. */
  #after(addr: number): number {
    let low = 0;
    let high = this.#areas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#areas[middle] as Vma).end <= addr) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The area that holds `addr`, or null. */
  find(addr: number): Vma | null {
    const area = this.#areas[this.#after(addr)];
    return area !== undefined && area.start <= addr ? area : null;
  }
  /** The first area that ends above `addr`, or null. */
  findAfter(addr: number): Vma | null {
    return this.#areas[this.#after(addr)] ?? null;
  }
  /** Areas that overlap [start, end), in order. */
  overlapping(start: number, end: number): Vma[] {
    const from = this.#after(start);
    let to = from;
    while (to < this.#areas.length && (this.#areas[to] as Vma).start < end) to += 1;
    return this.#areas.slice(from, to);
  }
  /** True when every byte of [start, end) is mapped. */
  covers(start: number, end: number): boolean {
    let at = start;
    for (const area of this.overlapping(start, end)) {
      if (area.start > at) return false;
      at = area.end;
    }
    return at >= end;
  }

  /** Puts a new area in; the range must be free. Merges with its neighbours. */
  insert(area: Vma): Vma {
    const index = this.#after(area.start);
    this.#areas.splice(index, 0, area);
    this.total += area.end - area.start;
    if (this.total > this.peak) this.peak = this.total;
    return this.#mergeAt(index);
  }

  /** Takes [start, end) out, splitting at its edges; returns the areas taken, which the caller releases. */
  remove(start: number, end: number): Vma[] {
    const taken = this.isolate(start, end);
    const first = taken[0];
    if (first === undefined) return taken;
    this.#areas.splice(this.#areas.indexOf(first), taken.length);
    for (const area of taken) this.total -= area.end - area.start;
    return taken;
  }

  /** Splits at `start` and `end`, so that the areas inside can be changed alone; returns them. Call `merge` afterwards. */
  isolate(start: number, end: number): Vma[] {
    this.#splitAt(start);
    this.#splitAt(end);
    return this.overlapping(start, end);
  }
  #splitAt(at: number): void {
    const index = this.#after(at);
    const area = this.#areas[index];
    if (area === undefined || area.start >= at) return;
    this.#areas.splice(index + 1, 0, area.split(at));
  }

  /** Merges what can be merged in and around [start, end). */
  merge(start: number, end: number): void {
    let index = Math.max(0, this.#after(start) - 1);
    while (index < this.#areas.length && (this.#areas[index] as Vma).start <= end) {
      const area = this.#areas[index] as Vma;
      const next = this.#areas[index + 1];
      if (next?.start !== undefined && area.continuesWith(next)) this.#join(index);
      else index += 1;
    }
  }
  #mergeAt(index: number): Vma {
    let at = index;
    const area = this.#areas[at] as Vma;
    const next = this.#areas[at + 1];
    if (next !== undefined && area.continuesWith(next)) this.#join(at);
    const previous = this.#areas[at - 1];
    if (previous?.continuesWith(this.#areas[at] as Vma)) {
      at -= 1;
      this.#join(at);
    }
    return this.#areas[at] as Vma;
  }
  /** Extends area `index` over the next, which is dropped. */
  #join(index: number): void {
    const [next] = this.#areas.splice(index + 1, 1) as [Vma];
    (this.#areas[index] as Vma).end = next.end;
    next.release();
  }

  /** Moves an edge of an area (stack growth, brk): the caller checked that the range is free. */
  resize(area: Vma, start: number, end: number): void {
    this.total += end - start - (area.end - area.start);
    if (this.total > this.peak) this.peak = this.total;
    area.start = start;
    area.end = end;
  }

  /** The highest free range of `length` bytes in [low, high), aligned to `align`: its start, or -1. */
  highestGap(length: number, low: number, high: number, align: number): number {
    let index = this.#after(high - 1);
    let top = Math.min(high, this.#areas[index]?.start ?? high);
    for (;;) {
      index -= 1;
      const below = this.#areas[index];
      const bottom = Math.max(below?.end ?? low, low);
      const at = Math.floor((top - length) / align) * align;
      if (at >= bottom) return at;
      if (below === undefined || below.start <= low) return -1;
      top = below.start;
    }
  }

  /** The lowest free range of `length` bytes in [low, high): its start, or -1. */
  lowestGap(length: number, low: number, high: number): number {
    let at = low;
    for (let index = this.#after(low); index < this.#areas.length; index += 1) {
      const area = this.#areas[index] as Vma;
      if (area.start - at >= length) break;
      at = Math.max(at, area.end);
    }
    return at + length <= high ? at : -1;
  }

  copy(): VmaList {
    const copy = new VmaList();
    copy.#areas = this.#areas.map((area) => area.copy());
    copy.total = copy.peak = this.total;
    return copy;
  }
  /** Forgets everything; returns what was there. */
  clear(): Vma[] {
    const all = this.#areas;
    this.#areas = [];
    this.total = 0;
    return all;
  }
}
