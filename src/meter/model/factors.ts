/**
 * The factors of one workload: rates per second of busy CPU, and the memory it works on. Null is "not measured",
 * never zero. `unmeasured` says why, in words for the report.
 */
import type { CostClass } from '#abi/syscalls.ts';
import type { MachineShape } from './machine-shape.ts';
import type { KptiConfiguration, TermAmplitudes } from './kpti.ts';
import type { SandboxCosts } from './sandbox.ts';
import type { ShapeMix } from './shapes.ts';

export interface Factors {
  readonly syscallsPerSecond: number | null;
  readonly contextSwitchesPerSecond: number | null;
  readonly pageFaultsPerSecond: number | null;
  readonly workingSetBytes: number | null;
  /** Memory read between two calls, where it is known. */
  readonly touchedBytes: number | null;
  /** Share of cycles in TLB walks now, in percent, from PMCs. */
  readonly tlbWalkPercent: number | null;
  /** Share of busy CPU time in the kernel, 0 to 1: bounds the calls where the tracepoint cannot be counted. */
  readonly systemTimeShare: number | null;
  /** Mean bytes that reads and writes moved, where the calls were sampled. */
  readonly dataBytes: number | null;
  /** Share of the calls by class; sums to 1. */
  readonly mix: Readonly<Partial<Record<CostClass, number>>> | null;
  /** The same by shape, as the sandbox's costs are measured. */
  readonly shapes: ShapeMix | null;
  /** CPU seconds of a command that was measured whole: it will meet a new sandbox. Null for what goes on running. */
  readonly commandSeconds: number | null;
  /** CPUs that the target kept busy on average; null where not known. */
  readonly busyCpus: number | null;
}

export const noFactors: Factors = {
  syscallsPerSecond: null,
  contextSwitchesPerSecond: null,
  pageFaultsPerSecond: null,
  workingSetBytes: null,
  touchedBytes: null,
  tlbWalkPercent: null,
  systemTimeShare: null,
  dataBytes: null,
  mix: null,
  shapes: null,
  commandSeconds: null,
  busyCpus: null,
};

/** Which cost was already being paid while the rates were counted. */
export type MeasuredUnder = 'none' | KptiConfiguration;

export interface ModelInputs {
  readonly machine: MachineShape;
  readonly amplitudes: Readonly<Record<KptiConfiguration, TermAmplitudes>>;
  /** Relative spread of the KPTI terms: +-50 % between machines, less where this machine was measured. */
  readonly kptiSpread: number;
  readonly sandbox: SandboxCosts;
  /** CPUs of this machine: the sandbox's kernel wants one. */
  readonly cpus: number;
  readonly measuredUnder: MeasuredUnder;
}
