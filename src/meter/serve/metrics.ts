/** /metrics: the hub's totals, predictions and its own state in Prometheus' exposition format. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Hub } from './hub.ts';
import type { Totals } from './monitor.ts';

export async function exposition(hub: Hub): Promise<{ type: string; text: string }> {
  // A registry per scrape: targets that have gone leave no stale series, and there is no state to keep in step.
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) => new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, labelNames: string[]) => new Gauge({ name, help, labelNames, registers });
  const families: [keyof Totals, Counter, Counter][] = [
    ['syscalls', 'System calls entered', 'syscalls'],
    ['contextSwitches', 'Context switches', 'context_switches'],
    ['pageFaults', 'Page faults', 'page_faults'],
    ['cpuSeconds', 'CPU time used, in seconds', 'cpu_seconds'],
  ].map(([key, help, name]) => [
    key as keyof Totals,
    counter(`belljar_meter_${name}_total`, `${help}, by CPU.`, ['cpu']),
    counter(`belljar_meter_target_${name}_total`, `${help}, by container or process.`, ['target']),
  ]);
  const loss = gauge(
    'belljar_meter_predicted_loss_ratio',
    'Predicted loss as a share of CPU time (0.01 is one percent), over the last 30 samples.',
    ['target', 'configuration', 'bound'],
  );
  const seconds = counter('belljar_meter_collector_duration_seconds_total', 'Time spent in a collector.', ['target', 'collector']);
  const turns = counter('belljar_meter_collector_turns_total', 'Readings of a collector.', ['target', 'collector']);
  const errors = counter('belljar_meter_collector_errors_total', 'Readings that failed.', ['target', 'collector']);
  const up = gauge('belljar_meter_collector_up', '1 where the collector has data, 0 where it has none.', ['target', 'collector']);
  const failures = counter('belljar_meter_target_errors_total', 'Times that watching a target failed.', ['target']);
  for (const monitor of hub.monitors()) {
    const target = monitor.name;
    for (const [key, byCpu, byTarget] of families) {
      byTarget.inc({ target }, monitor.totals[key]);
      if (monitor.spec.kind === 'system') for (const [cpu, totals] of monitor.perCpu.entries()) byCpu.inc({ cpu: `${cpu}` }, totals[key]);
    }
    if (monitor.totals.cpuSeconds > 0) {
      for (const { configuration, lossPercent } of monitor.predictions()) {
        for (const bound of ['low', 'likely', 'high'] as const) loss.set({ target, configuration, bound }, lossPercent[bound] / 100);
      }
    }
    for (const c of monitor.collectors) {
      seconds.inc({ target, collector: c.name }, c.seconds);
      turns.inc({ target, collector: c.name }, c.turns);
      errors.inc({ target, collector: c.name }, c.failures);
      up.set({ target, collector: c.name }, 1);
    }
    for (const m of monitor.missing) up.set({ target, collector: m.factor }, 0);
  }
  for (const [target, count] of hub.failures()) failures.inc({ target }, count);
  return { type: registry.contentType, text: await registry.metrics() };
}
