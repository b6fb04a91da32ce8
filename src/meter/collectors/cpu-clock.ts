/**
 * CPU time of the target. For tasks and cgroups the software event cpu-clock counts only while they run; for the whole
 * system it would count idle time too, so /proc/stat says how much was busy there.
 */
import { readFileSync } from 'node:fs';
import { PerfCounter, PerfType } from './perf-counter.ts';
import { failed, ok, Stopwatch, type Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';

export function openCpuClock(scope: Scope): Outcome<PerfCounter> {
  return PerfCounter.open(
    {
      name: 'cpu-clock',
      type: PerfType.software,
      config: 0,
      absent: 'this kernel has no software event cpu-clock',
    },
    scope,
  );
}

export interface CpuTimes {
  /** Seconds since boot, by CPU number. */
  readonly busy: readonly number[];
  readonly system: readonly number[];
}

const ticksPerSecond = 100;

/** /proc/stat: user nice system idle iowait irq softirq steal. Steal is neither busy nor ours. */
export function parseProcStat(text: string): CpuTimes {
  const busy: number[] = [];
  const system: number[] = [];
  for (const line of text.split('\n')) {
    const match = /^cpu(\d+) (.*)$/.exec(line);
    if (!match) continue;
    const [user = 0, nice = 0, sys = 0, , , irq = 0, softirq = 0] = match[2]!.trim().split(/\s+/).map(Number);
    const cpu = Number(match[1]);
    busy[cpu] = (user + nice + sys + irq + softirq) / ticksPerSecond;
    system[cpu] = (sys + irq + softirq) / ticksPerSecond;
  }
  return { busy: busy.filter((v) => v !== undefined), system: system.filter((v) => v !== undefined) };
}

export class SystemTimes {
  readonly stopwatch = new Stopwatch();

  read(): Outcome<CpuTimes> {
    return this.stopwatch.time(() => {
      try {
        const times = parseProcStat(readFileSync('/proc/stat', 'latin1'));
        return times.busy.length > 0 ? ok(times) : failed('/proc/stat names no CPU');
      } catch (error) {
        return failed(`/proc/stat: ${(error as Error).message}`);
      }
    });
  }
}

/** utime and stime of /proc/PID/stat in seconds; the name may hold spaces and brackets. */
export function parseTaskStat(text: string): { user: number; system: number } | null {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const user = Number(fields[11]);
  const system = Number(fields[12]);
  return end < 0 || !Number.isFinite(user) || !Number.isFinite(system)
    ? null
    : { user: user / ticksPerSecond, system: system / ticksPerSecond };
}
