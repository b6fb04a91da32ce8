/**
 * Cycles in TLB walks as a share of all cycles, from the machine's counters. The events differ by family, so each is a
 * row here; virtual machines often have no counters at all, and then the pattern factor is a range.
 */
import { PerfCounter, PerfType, type Count } from './perf-counter.ts';
import { failed, noData, ok, type Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';

interface WalkEvents {
  readonly family: string;
  /** umask << 8 | event, of walks that are going on, in cycles. */
  readonly raw: readonly number[];
}

/** Haswell to Skylake and Cascade Lake count duration at the same codes; Golden Cove moved them. */
const haswellToIceLake: WalkEvents = { family: 'Intel, Haswell to Ice Lake', raw: [0x1008, 0x1049, 0x1085] };
const goldenCove: WalkEvents = { family: 'Intel, Golden Cove and later', raw: [0x1012, 0x1013, 0x1011] };
const haswellModels = new Set([
  0x3c, 0x3f, 0x45, 0x46, 0x3d, 0x47, 0x4f, 0x56, 0x4e, 0x5e, 0x55, 0x8e, 0x9e, 0xa5, 0xa6, 0x6a, 0x6c, 0x7d, 0x7e,
]);
const goldenCoveModels = new Set([0x97, 0x9a, 0x8f, 0xb7, 0xba, 0xbf, 0xcf]);

export function walkEventsOf(vendor: string, family: number, model: number): WalkEvents | null {
  if (vendor !== 'GenuineIntel' || family !== 6) return null;
  if (haswellModels.has(model)) return haswellToIceLake;
  return goldenCoveModels.has(model) ? goldenCove : null;
}

export class TlbWalks {
  readonly #cycles: PerfCounter;
  readonly #walks: readonly PerfCounter[];

  private constructor(cycles: PerfCounter, walks: readonly PerfCounter[]) {
    this.#cycles = cycles;
    this.#walks = walks;
  }

  static open(scope: Scope, cpu: { vendor: string; family: number; model: number }): Outcome<TlbWalks> {
    const absent = 'no performance counters here (common in virtual machines)';
    const cycles = PerfCounter.open({ name: 'cycles', type: PerfType.hardware, config: 0, absent }, scope);
    if (cycles.kind !== 'ok') return cycles;
    const events = walkEventsOf(cpu.vendor, cpu.family, cpu.model);
    if (!events) {
      cycles.value.close();
      return noData('no known event for TLB-walk cycles on this CPU', 'an Intel CPU from Haswell on');
    }
    const walks: PerfCounter[] = [];
    for (const config of events.raw) {
      const walk = PerfCounter.open({ name: `TLB walks (raw ${config.toString(16)})`, type: PerfType.raw, config, absent }, scope);
      if (walk.kind !== 'ok') {
        for (const opened of [cycles.value, ...walks]) opened.close();
        return walk;
      }
      walks.push(walk.value);
    }
    return ok(new TlbWalks(cycles.value, walks));
  }

  get stopwatch() {
    return this.#cycles.stopwatch;
  }

  /** Percent of the cycles since the last reading. */
  read(): Outcome<number> {
    const cycles = this.#cycles.read();
    if (cycles.kind !== 'ok') return cycles;
    let walking = 0;
    for (const walk of this.#walks) {
      const count: Outcome<Count> = walk.read();
      if (count.kind !== 'ok') return count;
      walking += count.value.delta;
    }
    return cycles.value.delta > 0 ? ok((walking / cycles.value.delta) * 100) : failed('no cycles were counted');
  }

  close(): void {
    for (const counter of [this.#cycles, ...this.#walks]) counter.close();
  }
}
