/**
 * One measurement: opens every collector that works here, reads them each interval, and says for each one that does
 * not why. Rates are per second of the target's CPU time, which is what a loss in percent is a share of.
 */
import { closeSync, readFileSync } from 'node:fs';
import type { CostClass } from '#abi/syscalls.ts';
import { openContextSwitchCounter } from './collectors/context-switches.ts';
import { openCpuClock, parseTaskStat, SystemTimes, type CpuTimes } from './collectors/cpu-clock.ts';
import { readMachine, type Machine } from './collectors/machine.ts';
import type { Outcome, Stopwatch } from './collectors/outcome.ts';
import { openPageFaultCounter } from './collectors/page-faults.ts';
import type { PerfCounter } from './collectors/perf-counter.ts';
import { everyCall, mixByClass, MixSampler, syscallName, type SyscallMix } from './collectors/syscall-mix.ts';
import { openSyscallCounter } from './collectors/syscalls.ts';
import { TlbWalks } from './collectors/tlb.ts';
import { WorkingSetProbe, type WorkingSet } from './collectors/working-set.ts';
import { nativeMeter, OpenBit } from './native-meter.ts';
import { PerfType } from './collectors/perf-counter.ts';
import { findSyscallTracepoint } from './collectors/tracepoint.ts';
import type { Factors } from './model/factors.ts';
import { shapeMix, type ShapeMix } from './model/shapes.ts';
import type { Target } from './target.ts';

export type FactorName = 'syscalls' | 'context-switches' | 'page-faults' | 'cpu-clock' | 'mix' | 'working-set' | 'tlb-walks';

export interface Missing {
  readonly factor: FactorName;
  readonly reason: string;
  readonly howTo: string;
  readonly failed: boolean;
}

/** One interval, or the whole run. Null where a counter is missing. */
export interface Sample {
  readonly wallSeconds: number;
  readonly cpuSeconds: number | null;
  readonly syscalls: number | null;
  readonly contextSwitches: number | null;
  readonly pageFaults: number | null;
  readonly perCpu: readonly CpuSample[];
}

export interface CpuSample {
  readonly cpu: number;
  readonly busySeconds: number | null;
  readonly syscalls: number | null;
  readonly contextSwitches: number | null;
  readonly pageFaults: number | null;
}

export interface CollectorState {
  readonly name: FactorName;
  readonly seconds: number;
  readonly turns: number;
  readonly failures: number;
}

export interface Overhead {
  /** What counting adds to one system call, measured on this thread before the run; null without the tracepoint. */
  readonly nsPerCall: number | null;
  /** The meter's own CPU time, as a share of the wall time, in percent of one CPU. */
  readonly meterCpuPercent: number;
  /** Both, as a share of the target's CPU time. */
  readonly percent: number | null;
}

export interface Measurement {
  readonly description: string;
  readonly startedAt: string;
  readonly machine: Machine;
  readonly total: Sample;
  readonly intervals: readonly Sample[];
  readonly factors: Factors;
  readonly calls: readonly { readonly name: string; readonly perCpuSecond: number; readonly share: number }[];
  readonly mixSamples: { readonly samples: number; readonly lost: number } | null;
  readonly workingSet: WorkingSet | null;
  readonly missing: readonly Missing[];
  readonly collectors: readonly CollectorState[];
  readonly overhead: Overhead;
  readonly exitCode: number | null;
}

export interface SessionOptions {
  readonly workingSet: boolean;
  readonly mix: boolean;
  /** Sample every call, not some: exact, and dear for the target. */
  readonly everyCall?: boolean;
}

export class Session {
  readonly machine: Machine = readMachine();
  readonly #target: Target;
  readonly #missing: Missing[] = [];
  readonly #syscalls: PerfCounter | null;
  readonly #switches: PerfCounter | null;
  readonly #faults: PerfCounter | null;
  readonly #clock: PerfCounter | null;
  readonly #tlb: TlbWalks | null;
  readonly #everyCall: boolean;
  #mix: MixSampler | null;
  readonly #wss: WorkingSetProbe | null;
  readonly #times = new SystemTimes();
  readonly #nsPerCall: number | null;
  readonly #startedAt = new Date().toISOString();
  readonly #intervals: Sample[] = [];
  readonly #cpuAtStart = process.cpuUsage();
  readonly #taskTimes = new Map<number, { user: number; system: number }>();
  #lastMix: SyscallMix | null = null;
  #lastTimes: CpuTimes | null = null;
  #firstTimes: CpuTimes | null = null;
  #lastWall: number;
  #systemShare: number | null = null;

  constructor(target: Target, options: SessionOptions) {
    this.#target = target;
    this.#everyCall = options.everyCall ?? false;
    this.#nsPerCall = measureCountingCost();
    this.#syscalls = this.#keep('syscalls', openSyscallCounter(target.scope));
    this.#switches = this.#keep('context-switches', openContextSwitchCounter(target.scope));
    this.#faults = this.#keep('page-faults', openPageFaultCounter(target.scope));
    this.#clock = this.#keep('cpu-clock', openCpuClock(target.scope));
    this.#tlb = this.#keep(
      'tlb-walks',
      TlbWalks.open(target.scope, {
        vendor: this.machine.vendor,
        family: this.machine.family,
        model: this.machine.modelNumber,
      }),
    );
    this.#mix = options.mix
      ? this.#keep('mix', MixSampler.open(target.scope, target.pids(), options.everyCall ? everyCall : undefined))
      : this.#note('mix', { kind: 'no-data', reason: 'not asked for', howTo: 'leave out --no-mix' });
    this.#wss = this.#openWorkingSet(options.workingSet);
    this.#readTimes();
    this.#firstTimes = this.#lastTimes;
    this.#readTasks();
    target.begin();
    this.#lastWall = performance.now();
  }

  /** True when there is at least one counter to go on. */
  get hasCounters(): boolean {
    return [this.#syscalls, this.#switches, this.#faults].some((counter) => counter !== null);
  }

  get missing(): readonly Missing[] {
    return this.#missing;
  }

  /** Reads every counter: the sample since the last tick. */
  tick(): Sample {
    const wall = performance.now();
    const wallSeconds = (wall - this.#lastWall) / 1000;
    this.#lastWall = wall;
    const syscalls = this.#read('syscalls', this.#syscalls);
    const switches = this.#read('context-switches', this.#switches);
    const faults = this.#read('page-faults', this.#faults);
    const clock = this.#read('cpu-clock', this.#clock);
    this.adaptSampling();
    if (this.#mix) this.#lastMix = this.#mix.settle(syscalls?.delta ?? null);
    this.#readTasks();
    const before = this.#lastTimes;
    const after = this.#readTimes();
    const system = this.#target.spec.kind === 'system';
    const busy = before && after ? after.busy.map((value, cpu) => value - (before.busy[cpu] ?? 0)) : null;
    const cpuSeconds = system ? (busy?.reduce((sum, value) => sum + value, 0) ?? null) : clock ? clock.delta / 1e9 : null;
    const perCpu = Array.from(
      { length: syscalls?.perCpu?.length ?? switches?.perCpu?.length ?? 0 },
      (_, cpu): CpuSample => ({
        cpu,
        busySeconds: system ? (busy?.[cpu] ?? null) : clock?.perCpu ? clock.perCpu[cpu]! / 1e9 : null,
        syscalls: syscalls?.perCpu?.[cpu] ?? null,
        contextSwitches: switches?.perCpu?.[cpu] ?? null,
        pageFaults: faults?.perCpu?.[cpu] ?? null,
      }),
    );
    const sample: Sample = {
      wallSeconds,
      cpuSeconds,
      syscalls: syscalls?.delta ?? null,
      contextSwitches: switches?.delta ?? null,
      pageFaults: faults?.delta ?? null,
      perCpu,
    };
    this.#intervals.push(sample);
    return sample;
  }

  get dataBytes(): number | null {
    return this.#lastMix?.dataBytes ?? null;
  }

  /** Empties the rings, and samples less or more often where the rate asks for it. Each tick does; once early helps. */
  adaptSampling(): void {
    if (!this.#mix) return;
    this.#keepValue('mix', this.#mix.drain());
    const period = this.#everyCall ? null : this.#mix.betterPeriod();
    if (period === null || !this.#target.alive()) return;
    const next = MixSampler.open(this.#target.scope, this.#target.pids(), period);
    if (next.kind !== 'ok') return;
    next.value.takeOver(this.#mix);
    this.#mix.close();
    this.#mix = next.value;
  }

  /** For a session that never ends: the samples are kept elsewhere. */
  forgetIntervals(): void {
    this.#intervals.length = 0;
  }

  /** The classes of the calls so far. */
  get mix(): Partial<Record<CostClass, number>> | null {
    return this.#lastMix ? mixByClass(this.#lastMix) : null;
  }

  /** The same by shape. */
  get shapes(): ShapeMix | null {
    return this.#lastMix ? shapeMix(this.#lastMix) : null;
  }

  get collectors(): readonly CollectorState[] {
    const of = (name: FactorName, part: { stopwatch: Stopwatch } | null): CollectorState[] =>
      part === null
        ? []
        : [{ name, seconds: part.stopwatch.nanoseconds / 1e9, turns: part.stopwatch.turns, failures: part.stopwatch.failures }];
    return [
      ...of('syscalls', this.#syscalls),
      ...of('context-switches', this.#switches),
      ...of('page-faults', this.#faults),
      ...of('cpu-clock', this.#clock),
      ...of('mix', this.#mix),
      ...of('working-set', this.#wss),
      ...of('tlb-walks', this.#tlb),
    ];
  }

  finish(): Measurement {
    const workingSet =
      this.#wss && this.#target.spec.kind !== 'command' ? this.#keepValue('working-set', this.#wss.read()) : this.#lastWorkingSet;
    const walks = this.#tlb ? this.#keepValue('tlb-walks', this.#tlb.read()) : null;
    const total = sumSamples(this.#intervals);
    const cpu = total.cpuSeconds ?? 0;
    const rate = (count: number | null): number | null => (count === null || cpu <= 0 ? null : count / cpu);
    const mix = this.mix;
    const allCalls = [...(this.#lastMix?.byNumber ?? [])].reduce((sum, [, calls]) => sum + calls, 0);
    const factors: Factors = {
      syscallsPerSecond: rate(total.syscalls),
      contextSwitchesPerSecond: rate(total.contextSwitches),
      pageFaultsPerSecond: rate(total.pageFaults),
      workingSetBytes: workingSet?.referencedBytes ?? null,
      touchedBytes: null,
      tlbWalkPercent: walks ?? null,
      systemTimeShare: this.#systemTimeShare(),
      dataBytes: this.dataBytes,
      mix,
      shapes: this.shapes,
      // A command that has ended was measured whole.
      commandSeconds: this.#target.spec.kind === 'command' && !this.#target.alive() && cpu > 0 ? cpu : null,
      busyCpus: total.wallSeconds > 0 && this.#target.spec.kind !== 'system' ? cpu / total.wallSeconds : null,
    };
    const usage = process.cpuUsage(this.#cpuAtStart);
    const meterSeconds = (usage.user + usage.system) / 1e6;
    const counting = this.#nsPerCall === null ? null : ((total.syscalls ?? 0) * this.#nsPerCall) / 1e9;
    return {
      description: this.#target.description,
      startedAt: this.#startedAt,
      machine: this.machine,
      total,
      intervals: this.#intervals,
      factors,
      calls: [...(this.#lastMix?.byNumber ?? [])]
        .map(([number, calls]) => ({
          name: syscallName(number),
          share: calls / allCalls,
          perCpuSecond: ((factors.syscallsPerSecond ?? 0) * calls) / allCalls,
        }))
        .sort((a, b) => b.share - a.share),
      mixSamples: this.#lastMix ? { samples: this.#lastMix.samples, lost: this.#lastMix.lost } : null,
      workingSet: workingSet ?? null,
      missing: this.#missing,
      collectors: this.collectors,
      overhead: {
        nsPerCall: this.#nsPerCall,
        meterCpuPercent: total.wallSeconds > 0 ? (meterSeconds / total.wallSeconds) * 100 : 0,
        percent: counting === null || cpu <= 0 ? null : (counting / cpu) * 100,
      },
      exitCode: this.#target.exitCode(),
    };
  }

  close(): void {
    for (const part of [this.#syscalls, this.#switches, this.#faults, this.#clock, this.#tlb, this.#mix]) part?.close();
    this.#target.scope.close();
    this.#target.end();
  }

  #lastWorkingSet: WorkingSet | null = null;

  #openWorkingSet(asked: boolean): WorkingSetProbe | null {
    const howTo = 'add --wss, for a process or a container';
    if (!asked) return this.#note('working-set', { kind: 'no-data', reason: 'not asked for (it walks page tables)', howTo });
    if (this.#target.spec.kind === 'system')
      return this.#note('working-set', { kind: 'no-data', reason: 'no one process to look at', howTo });
    const probe = new WorkingSetProbe(() => this.#target.pids());
    return this.#keepValue('working-set', probe.start()) === undefined ? null : probe;
  }

  /** Times of the target's processes; kept, so that those that end still count. For a command also its last working set. */
  #readTasks(): void {
    for (const pid of this.#target.pids().slice(0, 256)) {
      try {
        const times = parseTaskStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
        if (times) this.#taskTimes.set(pid, times);
      } catch {
        // It ended: its last reading stays.
      }
    }
    if (this.#wss && this.#target.spec.kind === 'command') {
      const outcome = this.#wss.read();
      if (outcome.kind === 'ok') this.#lastWorkingSet = outcome.value;
    }
  }

  #systemTimeShare(): number | null {
    if (this.#target.spec.kind === 'system') {
      const [first, last] = [this.#firstTimes, this.#lastTimes];
      if (!first || !last) return null;
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      const busy = sum(last.busy) - sum(first.busy);
      this.#systemShare = busy > 0 ? (sum(last.system) - sum(first.system)) / busy : null;
      return this.#systemShare;
    }
    let user = 0;
    let system = 0;
    for (const times of this.#taskTimes.values()) {
      user += times.user;
      system += times.system;
    }
    return user + system > 0 ? system / (user + system) : null;
  }

  #readTimes(): CpuTimes | null {
    const outcome = this.#times.read();
    if (outcome.kind === 'ok') this.#lastTimes = outcome.value;
    return outcome.kind === 'ok' ? outcome.value : null;
  }

  #read(factor: FactorName, counter: PerfCounter | null) {
    return counter ? (this.#keepValue(factor, counter.read()) ?? null) : null;
  }

  #keep<T>(factor: FactorName, outcome: Outcome<T>): T | null {
    return this.#keepValue(factor, outcome) ?? null;
  }

  #keepValue<T>(factor: FactorName, outcome: Outcome<T>): T | undefined {
    if (outcome.kind === 'ok') return outcome.value;
    this.#note(factor, outcome);
    return undefined;
  }

  #note(factor: FactorName, outcome: Exclude<Outcome<never>, { kind: 'ok' }>): null {
    if (!this.#missing.some((known) => known.factor === factor)) {
      const failed = outcome.kind === 'failed';
      this.#missing.push({ factor, reason: outcome.reason, howTo: failed ? '' : outcome.howTo, failed });
    }
    return null;
  }
}

export function sumSamples(samples: readonly Sample[]): Sample {
  const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : a + b);
  return samples.reduce<Sample>(
    (sum, s) => ({
      wallSeconds: sum.wallSeconds + s.wallSeconds,
      cpuSeconds: plus(sum.cpuSeconds, s.cpuSeconds),
      syscalls: plus(sum.syscalls, s.syscalls),
      contextSwitches: plus(sum.contextSwitches, s.contextSwitches),
      pageFaults: plus(sum.pageFaults, s.pageFaults),
      perCpu: s.perCpu.map((c, i) => ({
        cpu: c.cpu,
        busySeconds: plus(sum.perCpu[i]?.busySeconds ?? null, c.busySeconds),
        syscalls: plus(sum.perCpu[i]?.syscalls ?? null, c.syscalls),
        contextSwitches: plus(sum.perCpu[i]?.contextSwitches ?? null, c.contextSwitches),
        pageFaults: plus(sum.perCpu[i]?.pageFaults ?? null, c.pageFaults),
      })),
    }),
    { wallSeconds: 0, cpuSeconds: null, syscalls: null, contextSwitches: null, pageFaults: null, perCpu: [] },
  );
}

/** Nanoseconds that the counter adds to one call: this thread's own calls with and without it, best of five each. */
export function measureCountingCost(): number | null {
  const native = nativeMeter();
  const tracepoint = findSyscallTracepoint();
  if (typeof native === 'string' || tracepoint.kind !== 'ok') return null;
  const fd = native.perfOpen(PerfType.tracepoint, tracepoint.value.id, 0, -1, 0, OpenBit.disabled);
  if (fd < 0) return null;
  const calls = 5000;
  let without = Number.POSITIVE_INFINITY;
  let counted = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5; turn++) {
    native.perfSteer(fd, 0);
    without = Math.min(without, native.callLoop(calls));
    native.perfSteer(fd, 1);
    counted = Math.min(counted, native.callLoop(calls));
  }
  closeSync(fd);
  return Math.max(0, counted - without) / calls;
}
