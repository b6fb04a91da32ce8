/** `meter fleet`: ranks the services of a Prometheus by predicted loss. */
import { renderFleet, type FleetFormat } from '#report/fleet.ts';
import { fleetReport } from '../fleet/fleet.ts';
import { Prometheus } from '../fleet/prometheus.ts';
import { inputsFor, readMeasured } from '../inputs.ts';
import { MeterError } from '../meter-error.ts';
import type { Configuration } from '../model/predict.ts';
import { writeText } from './output.ts';

export interface FleetCommandOptions {
  readonly prometheus: string;
  readonly by: string;
  readonly target: string;
  readonly selector: string;
  readonly window: string;
  readonly config: Configuration;
  readonly calibration?: readonly string[];
  readonly format: string;
  readonly output?: string;
}

export async function fleetCommand(options: FleetCommandOptions): Promise<number> {
  if (!/^[a-zA-Z_]\w*$/.test(options.by))
    throw new MeterError('bad-label', `"${options.by}" is no label.`, 'Say --by job, or another label.');
  if (!/^\d+[smhdw]$/.test(options.window)) throw new MeterError('bad-window', `"${options.window}" is no window.`, 'Say --window 5m.');
  const report = await fleetReport(
    new Prometheus(options.prometheus, process.env['PROMETHEUS_TOKEN']),
    {
      by: options.by,
      target: options.target,
      selector: options.selector,
      window: options.window,
      configuration: options.config,
    },
    inputsFor(null, readMeasured(options.calibration)),
  );
  if (report.services.length === 0) {
    throw new MeterError(
      'no-series',
      'This Prometheus has no series of belljar meter serve in that window.',
      'Scrape the exporters (deploy/prometheus.yml shows how), or widen --window and --selector.',
    );
  }
  await writeText(renderFleet(report, options.format as FleetFormat), options.output);
  return 0;
}
