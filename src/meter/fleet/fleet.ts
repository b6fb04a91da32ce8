/**
 * The fleet: each service's rates from Prometheus, put through the same model as a single report, ranked by the CPUs
 * that the loss would cost (predicted loss times CPUs in use), with totals over all.
 */
import { noFactors, type ModelInputs } from '../model/factors.ts';
import { predict, type Configuration, type Prediction } from '../model/predict.ts';
import { add, scale, zeroRange, type Range } from '../model/range.ts';
import type { Prometheus, Series } from './prometheus.ts';

export interface FleetOptions {
  /** Label that names a service, as `job` or `service`. */
  readonly by: string;
  /** Which targets of the exporters, as a regular expression: `system` is each host as a whole. */
  readonly target: string;
  /** Series to take, inside braces: `env="prod"`. */
  readonly selector: string;
  /** Window of the rates, in Prometheus' notation. */
  readonly window: string;
  readonly configuration: Configuration;
}

export interface FleetService {
  readonly service: string;
  readonly instances: number;
  /** CPUs in use, on average over the window. */
  readonly cpus: number;
  readonly syscallsPerSecond: number;
  readonly contextSwitchesPerSecond: number;
  readonly pageFaultsPerSecond: number;
  readonly predictions: readonly Prediction[];
  /** CPUs that the loss of the chosen configuration would cost. */
  readonly lostCpus: Range;
}

export interface FleetReport {
  readonly schema: 'belljar-fleet/1';
  readonly generatedAt: string;
  readonly configuration: Configuration;
  readonly window: string;
  readonly by: string;
  readonly services: readonly FleetService[];
  readonly total: { readonly cpus: number; readonly lostCpus: Range; readonly lossPercent: Range };
  /** Services that were seen, but used no CPU in the window. */
  readonly idle: readonly string[];
  readonly kptiSpreadPercent: number;
  readonly sandboxSource: string;
}

const metric = (name: string) => `belljar_meter_target_${name}_total`;

export async function fleetReport(prometheus: Prometheus, options: FleetOptions, inputs: ModelInputs): Promise<FleetReport> {
  const braces = `{target=~${JSON.stringify(options.target)}${options.selector ? `,${options.selector}` : ''}}`;
  const rate = (name: string) => prometheus.query(`sum by (${options.by}) (rate(${metric(name)}${braces}[${options.window}]))`);
  const [cpu, syscalls, switches, faults, instances] = await Promise.all([
    rate('cpu_seconds'),
    rate('syscalls'),
    rate('context_switches'),
    rate('page_faults'),
    prometheus.query(`count by (${options.by}) (${metric('cpu_seconds')}${braces})`),
  ]);
  const of = (series: readonly Series[], service: string): number | null =>
    series.find((s) => (s.labels[options.by] ?? '') === service)?.value ?? null;
  const services: FleetService[] = [];
  const idle: string[] = [];
  for (const { labels, value: cpus } of cpu) {
    const service = labels[options.by] ?? '';
    if (cpus <= 0) {
      idle.push(service);
      continue;
    }
    const per = (series: readonly Series[]): number | null => {
      const value = of(series, service);
      return value === null ? null : value / cpus;
    };
    const factors = {
      ...noFactors,
      syscallsPerSecond: per(syscalls),
      contextSwitchesPerSecond: per(switches),
      pageFaultsPerSecond: per(faults),
    };
    const predictions = predict(factors, inputs);
    const chosen = predictions.find((p) => p.configuration === options.configuration)!.lossPercent;
    services.push({
      service,
      instances: of(instances, service) ?? 0,
      cpus,
      syscallsPerSecond: factors.syscallsPerSecond ?? 0,
      contextSwitchesPerSecond: factors.contextSwitchesPerSecond ?? 0,
      pageFaultsPerSecond: factors.pageFaultsPerSecond ?? 0,
      predictions,
      lostCpus: scale(chosen, cpus / 100),
    });
  }
  services.sort((a, b) => b.lostCpus.likely - a.lostCpus.likely || a.service.localeCompare(b.service));
  const cpus = services.reduce((sum, s) => sum + s.cpus, 0);
  const lostCpus = add(zeroRange, ...services.map((s) => s.lostCpus));
  return {
    schema: 'belljar-fleet/1',
    generatedAt: new Date().toISOString(),
    configuration: options.configuration,
    window: options.window,
    by: options.by,
    services,
    total: { cpus, lostCpus, lossPercent: cpus > 0 ? scale(lostCpus, 100 / cpus) : zeroRange },
    idle,
    kptiSpreadPercent: inputs.kptiSpread * 100,
    sandboxSource: inputs.sandbox.source,
  };
}
