/**
 * The report's data, from a measurement or a what-if: everything the formats print, computed once, so that no format
 * can say something else than another. docs/meter-schema.json describes its JSON.
 */
import type { Machine } from '#meter/collectors/machine.ts';
import type { Factors, ModelInputs } from '#meter/model/factors.ts';
import { advise, type Advice } from '#meter/model/advice.ts';
import { configurations, predict, type Configuration, type Prediction } from '#meter/model/predict.ts';
import type { Measurement, Sample } from '#meter/session.ts';
import { curvesOf, type Curve } from './curves.ts';

export interface ReportGap {
  readonly factor: string;
  readonly reason: string;
  readonly howTo: string;
  /** What it adds to the range, in words. */
  readonly effect: string;
}

export interface MeterReport {
  readonly schema: 'belljar-meter/1';
  readonly kind: 'measurement' | 'what-if';
  readonly generatedAt: string;
  readonly target: string;
  readonly machine: {
    readonly model: string;
    readonly kernel: string;
    readonly cpus: number;
    readonly ghz: number;
    readonly ghzSource: string;
    readonly level2Bytes: number;
    readonly cacheSource: string;
    readonly tlbEntries: number;
    readonly tlbSource: string;
    readonly pcid: boolean;
    readonly transparentHugePages: string;
    readonly kpti: string;
    readonly kptiWords: string;
    readonly mitigations: Readonly<Record<string, string>>;
  };
  readonly factors: Factors;
  readonly wallSeconds: number | null;
  readonly cpuSeconds: number | null;
  readonly perCpu: readonly {
    readonly cpu: number;
    readonly busyPercent: number | null;
    readonly syscallsPerSecond: number | null;
    readonly contextSwitchesPerSecond: number | null;
    readonly pageFaultsPerSecond: number | null;
  }[];
  readonly intervals: readonly Sample[];
  readonly calls: readonly { readonly name: string; readonly perCpuSecond: number; readonly share: number }[];
  readonly mixSamples: { readonly samples: number; readonly lost: number } | null;
  readonly workingSet: { readonly referencedBytes: number; readonly residentBytes: number; readonly hugeBytes: number } | null;
  readonly predictions: readonly Prediction[];
  /** For the picture: the likely loss over the rate of calls. */
  readonly curves: readonly Curve[];
  readonly advice: readonly Advice[];
  readonly missing: readonly ReportGap[];
  readonly overhead: { readonly nsPerCall: number | null; readonly meterCpuPercent: number; readonly percent: number | null } | null;
  readonly collectors: readonly { readonly name: string; readonly seconds: number; readonly turns: number; readonly failures: number }[];
  readonly model: { readonly kptiSpreadPercent: number; readonly sandboxSource: string; readonly measuredUnder: string };
  readonly blindSpots: readonly string[];
}

const blindSpots = [
  'memory-system effects beyond TLB and second-level cache',
  'parallelism: locks, wake-ups across CPUs, the sandbox kernel being one thread',
  'network throughput',
];

const effects: Readonly<Record<string, string>> = {
  syscalls: 'the number of calls is bounded by the kernel time only; the range is wide',
  'context-switches': 'up to 10,000 switches/s are added to the upper bound',
  'page-faults': 'up to 1,000 faults/s are added to the upper bound',
  'working-set': 'the memory touched between calls is taken as a stream; huge pages get no likely gain',
  'tlb-walks': 'the access pattern adds nothing to the likely value and up to 10 points to the upper bound without PCID',
  mix: 'an assumed mix of calls; sandbox range from a half to three times',
  'cpu-clock': 'rates cannot be put in relation to CPU time',
};

export function measurementReport(measurement: Measurement, inputs: ModelInputs, only?: readonly Configuration[]): MeterReport {
  const seconds = measurement.total.wallSeconds;
  const perSecond = (count: number | null): number | null => (count === null || seconds <= 0 ? null : count / seconds);
  return {
    ...common('measurement', measurement.startedAt, measurement.machine, measurement.factors, inputs, only),
    target: measurement.description,
    wallSeconds: seconds,
    cpuSeconds: measurement.total.cpuSeconds,
    perCpu: measurement.total.perCpu.map((c) => ({
      cpu: c.cpu,
      busyPercent: c.busySeconds === null || seconds <= 0 ? null : (c.busySeconds / seconds) * 100,
      syscallsPerSecond: perSecond(c.syscalls),
      contextSwitchesPerSecond: perSecond(c.contextSwitches),
      pageFaultsPerSecond: perSecond(c.pageFaults),
    })),
    intervals: measurement.intervals,
    calls: measurement.calls,
    mixSamples: measurement.mixSamples,
    workingSet: measurement.workingSet,
    missing: measurement.missing.map(({ factor, reason, howTo }) => ({ factor, reason, howTo, effect: effects[factor] ?? '' })),
    overhead: measurement.overhead,
    collectors: measurement.collectors,
  };
}

export function whatIfReport(factors: Factors, machine: Machine | null, inputs: ModelInputs, only?: readonly Configuration[]): MeterReport {
  const given: [string, number | null][] = [
    ['syscalls', factors.syscallsPerSecond],
    ['context-switches', factors.contextSwitchesPerSecond],
    ['page-faults', factors.pageFaultsPerSecond],
    ['working-set', factors.workingSetBytes ?? factors.touchedBytes],
  ];
  return {
    ...common('what-if', new Date().toISOString(), machine, factors, inputs, only),
    target: 'what-if: rates as given, per second per CPU',
    wallSeconds: null,
    cpuSeconds: null,
    perCpu: [],
    intervals: [],
    calls: [],
    mixSamples: null,
    workingSet: null,
    missing: given
      .filter(([, value]) => value === null)
      .map(([factor]) => ({
        factor,
        reason: 'not given',
        howTo: `--${factor === 'working-set' ? 'wss' : factor}`,
        effect: effects[factor] ?? '',
      })),
    overhead: null,
    collectors: [],
  };
}

function common(
  kind: MeterReport['kind'],
  generatedAt: string,
  machine: Machine | null,
  factors: Factors,
  inputs: ModelInputs,
  only?: readonly Configuration[],
) {
  return {
    schema: 'belljar-meter/1' as const,
    kind,
    generatedAt,
    machine: {
      model: machine?.model ?? 'published machine (c5.9xlarge, 3.5 GHz)',
      kernel: machine?.kernel ?? '4.14.12',
      cpus: machine?.cpus ?? 1,
      ghz: inputs.machine.ghz,
      ghzSource: machine?.ghzSource ?? 'published',
      level2Bytes: inputs.machine.level2Bytes,
      cacheSource: machine?.cacheSource ?? 'published',
      tlbEntries: inputs.machine.tlbEntries,
      tlbSource: machine?.tlbSource ?? 'published',
      pcid: machine?.pcid ?? true,
      transparentHugePages: machine?.hugePages ?? 'unknown',
      kpti: machine?.kpti ?? 'unknown',
      kptiWords: machine?.kptiWords ?? 'Not this machine: the published one.',
      mitigations: machine?.mitigations ?? {},
    },
    factors,
    predictions: predict(factors, inputs, only),
    curves: curvesOf(factors, inputs, only ?? configurations),
    advice: advise(factors, inputs),
    model: {
      kptiSpreadPercent: inputs.kptiSpread * 100,
      sandboxSource: inputs.sandbox.source,
      measuredUnder: inputs.measuredUnder,
    },
    blindSpots,
  };
}
