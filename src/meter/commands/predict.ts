/** `meter predict`: the what-if calculator. */
import { readMachine } from '../collectors/machine.ts';
import { inputsFor, readMeasured } from '../inputs.ts';
import { noFactors } from '../model/factors.ts';
import type { Configuration } from '../model/predict.ts';
import { whatIfReport } from '#report/meter-report.ts';
import { writeReport } from './output.ts';

export interface PredictOptions {
  readonly syscalls?: number;
  readonly contextSwitches?: number;
  readonly pageFaults?: number;
  readonly wss?: number;
  readonly touched?: number;
  readonly ghz?: number;
  readonly here?: boolean;
  readonly config?: Configuration;
  readonly calibration?: readonly string[];
  readonly format: string;
  readonly output?: string;
}

export async function predictCommand(options: PredictOptions): Promise<number> {
  const measured = readMeasured(options.calibration);
  const machine = options.here ? readMachine() : null;
  const base = inputsFor(machine, measured);
  // The rates are given as without the cost, whatever this machine pays now.
  const inputs = {
    ...base,
    measuredUnder: 'none' as const,
    machine: options.ghz === undefined ? base.machine : { ...base.machine, ghz: options.ghz },
  };
  const factors = {
    ...noFactors,
    syscallsPerSecond: options.syscalls ?? null,
    contextSwitchesPerSecond: options.contextSwitches ?? (options.syscalls === undefined ? null : 0),
    pageFaultsPerSecond: options.pageFaults ?? (options.syscalls === undefined ? null : 0),
    workingSetBytes: options.wss ?? null,
    touchedBytes: options.touched ?? null,
  };
  await writeReport(whatIfReport(factors, machine, inputs, options.config ? [options.config] : undefined), options);
  return 0;
}
