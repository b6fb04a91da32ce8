/**
 * Watches one target for as long as the server runs: a session that ticks, totals that only grow (for Prometheus), and
 * the last window of samples for the page. Processes that join a container later get a new session; totals go on.
 */
import type { CostClass } from '#abi/syscalls.ts';
import { inputsFor, type Measured } from '../inputs.ts';
import { noFactors, type Factors } from '../model/factors.ts';
import { predict, type Prediction } from '../model/predict.ts';
import { Session, sumSamples, type CollectorState, type Missing, type Sample } from '../session.ts';
import { resolveTarget, withChildren, type Target, type TargetSpec } from '../target.ts';

export interface Totals {
  syscalls: number;
  contextSwitches: number;
  pageFaults: number;
  cpuSeconds: number;
}

/** Predictions rest on the last so many samples. */
const windowSamples = 30;

export class Monitor {
  readonly name: string;
  readonly spec: TargetSpec;
  readonly totals: Totals = { syscalls: 0, contextSwitches: 0, pageFaults: 0, cpuSeconds: 0 };
  readonly perCpu: Totals[] = [];
  readonly #measured: Measured;
  readonly #window: Sample[] = [];
  #target: Target;
  #session: Session;
  #covered: Set<number>;
  #ended = false;

  constructor(name: string, spec: TargetSpec, measured: Measured) {
    this.name = name;
    this.spec = spec;
    this.#measured = measured;
    this.#target = resolveTarget(spec);
    this.#session = new Session(this.#target, { workingSet: false, mix: true });
    this.#covered = new Set(this.#target.pids());
  }

  get description(): string {
    return this.#target.description;
  }

  get missing(): readonly Missing[] {
    return this.#session.missing;
  }

  get collectors(): readonly CollectorState[] {
    return this.#session.collectors;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get machine() {
    return this.#session.machine;
  }

  get mix(): Partial<Record<CostClass, number>> | null {
    return this.#session.mix;
  }

  tick(): Sample {
    const sample = this.#session.tick();
    this.#session.forgetIntervals();
    this.#window.push(sample);
    if (this.#window.length > windowSamples) this.#window.shift();
    addTo(this.totals, sample.syscalls, sample.contextSwitches, sample.pageFaults, sample.cpuSeconds);
    for (const c of sample.perCpu) {
      this.perCpu[c.cpu] ??= { syscalls: 0, contextSwitches: 0, pageFaults: 0, cpuSeconds: 0 };
      addTo(this.perCpu[c.cpu]!, c.syscalls, c.contextSwitches, c.pageFaults, c.busySeconds);
    }
    this.#ended = !this.#target.alive();
    if (!this.#ended) this.#coverNewcomers();
    return sample;
  }

  /** Factors of the last window. */
  factors(): Factors {
    const sum = sumSamples(this.#window);
    const cpu = sum.cpuSeconds ?? 0;
    const rate = (count: number | null): number | null => (count === null || cpu <= 0 ? null : count / cpu);
    return {
      ...noFactors,
      syscallsPerSecond: rate(sum.syscalls),
      contextSwitchesPerSecond: rate(sum.contextSwitches),
      pageFaultsPerSecond: rate(sum.pageFaults),
      dataBytes: this.#session.dataBytes,
      mix: this.mix,
      shapes: this.#session.shapes,
      busyCpus: this.spec.kind !== 'system' && sum.wallSeconds > 0 ? cpu / sum.wallSeconds : null,
    };
  }

  get inputs() {
    return inputsFor(this.machine, this.#measured);
  }

  predictions(): Prediction[] {
    return predict(this.factors(), this.inputs);
  }

  close(): void {
    this.#session.close();
  }

  /** A process that is no child of one we count (docker exec, a new worker of an old cgroup) is not inherited. */
  #coverNewcomers(): void {
    if (this.#target.scope.perCpu) return;
    const now = this.#target.pids();
    const strangers = now.filter((pid) => !this.#covered.has(pid));
    if (strangers.length === 0) return;
    const inherited = new Set(withChildren([...this.#covered]));
    this.#covered = new Set(now);
    if (strangers.every((pid) => inherited.has(pid))) return;
    const target = resolveTarget(this.spec);
    const session = new Session(target, { workingSet: false, mix: true });
    this.#session.close();
    this.#target = target;
    this.#session = session;
  }
}

function addTo(totals: Totals, syscalls: number | null, switches: number | null, faults: number | null, cpu: number | null): void {
  totals.syscalls += syscalls ?? 0;
  totals.contextSwitches += switches ?? 0;
  totals.pageFaults += faults ?? 0;
  totals.cpuSeconds += cpu ?? 0;
}
