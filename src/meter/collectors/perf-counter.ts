/**
 * One perf event counted over a scope: opened once, read each interval. Values are scaled where the kernel had to
 * share counters, and the share is kept. A thread that ends before it is opened is skipped, not an error.
 */
import { closeSync } from 'node:fs';
import { errnoName, nativeMeter, OpenBit, type NativeMeter } from '../native-meter.ts';
import { failed, noData, ok, Stopwatch, type Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';

export const PerfType = { hardware: 0, software: 1, tracepoint: 2, cache: 3, raw: 4 } as const;

export interface PerfEvent {
  readonly name: string;
  readonly type: number;
  readonly config: number;
  /** What the kernel or the machine lacks where the event does not exist. */
  readonly absent: string;
}

export interface Count {
  /** Since the last reading. */
  readonly delta: number;
  /** By CPU, where the scope is per CPU. */
  readonly perCpu: readonly number[] | null;
  /** Share of the time the event was really counted; below 1 the value is scaled. */
  readonly runningShare: number;
}

export class PerfCounter {
  readonly event: PerfEvent;
  readonly stopwatch = new Stopwatch();
  readonly #native: NativeMeter;
  readonly #scope: Scope;
  readonly #fds: number[];
  readonly #last: Float64Array;
  readonly #buffer = new Float64Array(3);

  private constructor(event: PerfEvent, native: NativeMeter, scope: Scope, fds: number[]) {
    this.event = event;
    this.#native = native;
    this.#scope = scope;
    this.#fds = fds;
    this.#last = new Float64Array(fds.length);
  }

  static open(event: PerfEvent, scope: Scope): Outcome<PerfCounter> {
    const native = nativeMeter();
    if (typeof native === 'string') return noData(native, 'native/meter/build.sh');
    const bits = (scope.perCpu ? 0 : OpenBit.inherit) | (scope.byCgroup ? OpenBit.cgroup : 0) | (scope.onExec ? OpenBit.enableOnExec : 0);
    const fds: number[] = [];
    let error = 0;
    for (const { pid, cpu } of scope.entries) {
      const fd = native.perfOpen(event.type, event.config, pid, cpu, 0, bits);
      if (fd >= 0) fds.push(fd);
      else if (errnoName(fd) !== 'ESRCH') {
        error = fd;
        break;
      }
    }
    if (error !== 0 || fds.length === 0) {
      for (const fd of fds) closeSync(fd);
      return error === 0 ? failed('nothing left to measure: the process has ended') : refusal(error, event);
    }
    return ok(new PerfCounter(event, native, scope, fds));
  }

  read(): Outcome<Count> {
    return this.stopwatch.time(() => {
      const perCpu: number[] = [];
      let total = 0;
      let enabled = 0;
      let running = 0;
      for (const [i, fd] of this.#fds.entries()) {
        const result = this.#native.perfRead(fd, this.#buffer);
        if (result < 0) return failed(`reading ${this.event.name}: ${errnoName(result)}`);
        const [value = 0, timeEnabled = 0, timeRunning = 0] = this.#buffer;
        enabled += timeEnabled;
        running += timeRunning;
        const scaled = timeRunning > 0 ? value * (timeEnabled / timeRunning) : value;
        const delta = Math.max(0, scaled - this.#last[i]!);
        this.#last[i] = scaled;
        perCpu.push(delta);
        total += delta;
      }
      return ok({ delta: total, perCpu: this.#scope.perCpu ? perCpu : null, runningShare: enabled > 0 ? running / enabled : 1 });
    });
  }

  close(): void {
    for (const fd of this.#fds) closeSync(fd);
  }
}

export function refusal(error: number, event: PerfEvent): Outcome<never> {
  const code = errnoName(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return noData(
      `no permission to count ${event.name} (${code})`,
      'run as root or with CAP_PERFMON, or: sysctl kernel.perf_event_paranoid=-1',
    );
  }
  if (code === 'ENOENT' || code === 'EOPNOTSUPP' || code === 'ENODEV')
    return noData(event.absent, `a machine or kernel that has ${event.name}`);
  if (code === 'ENOSYS') return noData('this kernel has no perf_event_open', 'a kernel with CONFIG_PERF_EVENTS');
  if (code === 'EMFILE') return noData(`too many open files for ${event.name}`, 'ulimit -n 65536');
  return failed(`opening ${event.name}: ${code}`);
}
