/**
 * What the model assumes where nothing was calibrated: the published machine, a wide spread, and sandbox costs that
 * were measured once on the development machine. The report names them as assumed.
 */
import type { ModelInputs } from './factors.ts';
import { publishedAmplitudes } from './kpti.ts';
import { sweepMachine } from './published.ts';
import { flat, type SandboxCosts } from './sandbox.ts';

/** Between machines expect half to one and a half times; the published getppid figures span that. */
export const uncalibratedSpread = 0.5;
export const calibratedSpread = 0.15;

const us = (microseconds: number) => flat(microseconds * 1000);

/** Prototype figures of the boundary (0.16-0.7 us a round trip patched, 3.1-3.6 us by signal), and guesses in their likeness. */
export const assumedSandbox: SandboxCosts = {
  entry: us(0.7),
  shapes: {
    'file-descriptor': us(1),
    'file-metadata': us(1.3),
    'file-missing': us(1.3),
    'file-data': us(1.8),
    'file-write': us(3),
    'null-data': us(2),
    'open-close': us(5),
    directory: us(10),
    create: us(15),
    pipe: us(8),
    socket: us(8),
    memory: us(9),
    'memory-file': us(40),
    'memory-protect': us(5),
    'memory-break': us(3),
    fork: us(500),
    exec: us(1500),
    thread: us(200),
    futex: us(0.3),
    wait: us(4.3),
    signal: us(0.3),
    time: us(0.2),
    other: us(1.3),
    'page-fault': us(0.05),
    'context-switch': us(10),
    sparse: us(60),
    crowded: us(10),
  },
  readByteNs: 0.2,
  writeByteNs: 0.3,
  spread: { low: 0.1, high: 6 },
  source: 'assumed: prototype figures of the boundary, not measured on this machine (run: belljar meter calibrate)',
};

export const publishedInputs: ModelInputs = {
  machine: sweepMachine,
  amplitudes: publishedAmplitudes,
  kptiSpread: uncalibratedSpread,
  sandbox: assumedSandbox,
  cpus: 2,
  measuredUnder: 'none',
};
