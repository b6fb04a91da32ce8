/**
 * What the model assumes where nothing was calibrated: the published machine, a wide spread, and sandbox costs that
 * were measured once on the development machine. The report names them as assumed.
 */
import type { CostClass } from '#abi/syscalls.ts';
import type { ModelInputs } from './factors.ts';
import { publishedAmplitudes } from './kpti.ts';
import { sweepMachine } from './published.ts';
import type { Range } from './range.ts';
import type { SandboxCosts } from './sandbox.ts';

/** Between machines expect half to one and a half times; the published getppid figures span that. */
export const uncalibratedSpread = 0.5;
export const calibratedSpread = 0.15;

const microseconds = (low: number, likely: number, high: number): Range => ({
  low: low * 1000,
  likely: likely * 1000,
  high: high * 1000,
});

/** Prototype figures of the boundary (DESIGN section 1: 0.16-0.7 us a round trip patched, 3.1-3.6 us by signal). */
const assumed: Readonly<Record<CostClass, Range>> = {
  trivial: microseconds(0.2, 0.7, 4),
  'file-metadata': microseconds(0.3, 2, 15),
  'file-data': microseconds(0.3, 2.5, 15),
  'open-close': microseconds(0.3, 3, 20),
  'pipe-socket': microseconds(0.3, 5, 50),
  memory: microseconds(0.5, 5, 50),
  fork: microseconds(50, 500, 5000),
  exec: microseconds(200, 1500, 10000),
  futex: microseconds(0, 1, 50),
  wait: microseconds(0.3, 5, 50),
  signal: microseconds(0.2, 1, 10),
  time: microseconds(0, 0.5, 4),
  other: microseconds(0.2, 2, 15),
};

export const assumedSandbox: SandboxCosts = {
  addedNs: assumed,
  pageFaultNs: microseconds(0, 0.05, 0.5),
  switchNs: microseconds(0, 10, 60),
  dataByteNs: { low: 0, likely: 0.2, high: 1 },
  source: 'assumed: prototype figures of the boundary, not measured on this machine (run: belljar meter calibrate)',
};

export const publishedInputs: ModelInputs = {
  machine: sweepMachine,
  amplitudes: publishedAmplitudes,
  kptiSpread: uncalibratedSpread,
  sandbox: assumedSandbox,
  measuredUnder: 'none',
};
