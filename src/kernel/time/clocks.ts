/**
 * Clocks. CLOCK_MONOTONIC is the platform's; CLOCK_REALTIME the host's, which a guest cannot set. CPU-time clocks are the
 * host's clocks of the stub's process and threads.
 *
 * Times are ns in numbers: realtime is above 2^53 ns, so sums of it may be off by 128 ns; what a guest sees of it goes by
 * seconds and nanoseconds (`readClock`).
 */
import { EINVAL } from '#abi/errno.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
} from '#abi/time.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import type { ThreadGroup } from '../thread-group.ts';

const SYS_clock_gettime = 228;
const SYS_clock_getres = 229;
const CPUCLOCK_PERTHREAD = 4;
const CPUCLOCK_KIND = 3;
const CPUCLOCK_PROF = 0;
const CPUCLOCK_VIRT = 1;
const CPUCLOCK_SCHED = 2;
/** The form of a dynamic clock that is a descriptor. */
const CLOCKFD = 3;

const words = new Uint32Array(4);
const bytes = new Uint8Array(words.buffer);

/** Seconds and nanoseconds of the last `readClock`. */
export const reading = { sec: 0, nsec: 0 };

function readHost(kernel: Kernel, clock: number): number {
  const failed = kernel.platform.host.call(SYS_clock_gettime, clock, bytes);
  if (failed < 0) return failed;
  reading.sec = (words[0] as number) + (words[1] as number) * 4294967296;
  reading.nsec = words[2] as number;
  return 0;
}
/** Moves `reading` by what the container's time namespace adds (time_namespaces(7)). */
function shift(kernel: Kernel, boottime: boolean): number {
  const offsets = kernel.timeOffsets;
  if (offsets === null) return 0;
  const { sec, nsec } = boottime ? offsets.boottime : offsets.monotonic;
  reading.nsec += nsec;
  reading.sec += sec;
  if (reading.nsec >= 1e9) {
    reading.nsec -= 1e9;
    reading.sec += 1;
  }
  return 0;
}
/** CLOCK_MONOTONIC of the container, as a deadline of the kernel's own. */
export function monotonicDeadline(kernel: Kernel, ns: number): number {
  const offsets = kernel.timeOffsets;
  return offsets === null ? ns : Math.max(0, ns - (offsets.monotonic.sec * 1e9 + offsets.monotonic.nsec));
}

function readNs(ns: number): number {
  reading.sec = Math.floor(ns / 1e9);
  reading.nsec = ns - reading.sec * 1e9;
  return 0;
}

/** A CPU clock: whose, and which time. */
export interface CpuClock {
  readonly group: ThreadGroup;
  /** Null for the whole process. */
  readonly task: Task | null;
  /** CPUCLOCK_PROF, VIRT or SCHED. */
  readonly kind: number;
}

/** The CPU clock that an id names, as `task` sees it; null if it names none. */
export function cpuClock(task: Task, clock: number): CpuClock | null {
  if (clock === CLOCK_PROCESS_CPUTIME_ID) return { group: task.group, task: null, kind: CPUCLOCK_SCHED };
  if (clock === CLOCK_THREAD_CPUTIME_ID) return { group: task.group, task, kind: CPUCLOCK_SCHED };
  if (clock >= 0) return null;
  const kind = clock & CPUCLOCK_KIND;
  if (kind === CLOCKFD) return null;
  const pid = ~(clock >> 3);
  if ((clock & CPUCLOCK_PERTHREAD) !== 0) {
    const target = pid === 0 ? task : task.kernel.pids.task(task, pid);
    return target === undefined || target.group !== task.group ? null : { group: target.group, task: target, kind };
  }
  const group = pid === 0 ? task.group : task.kernel.pids.group(task, pid);
  return group === undefined ? null : { group, task: null, kind };
}

/** CPU time so far, ns. */
export function cpuTime(clock: CpuClock): number {
  const { group } = clock;
  const { kernel } = group.leader;
  if (clock.task === null && (group.zombie || group.exiting)) return group.usage.userNs + group.usage.systemNs;
  const kind = clock.kind === CPUCLOCK_VIRT ? CPUCLOCK_VIRT : clock.kind === CPUCLOCK_PROF ? CPUCLOCK_PROF : CPUCLOCK_SCHED;
  const member = clock.task ?? group.liveThreads[0];
  if (member === undefined) return 0;
  const id = clock.task === null ? (~member.mm.space.hostPid << 3) | kind : (~member.thread.hostTid << 3) | CPUCLOCK_PERTHREAD | kind;
  return readHost(kernel, id) < 0 ? 0 : reading.sec * 1e9 + reading.nsec;
}

/** Fills `reading`; 0 or -EINVAL. */
export function readClock(task: Task, clock: number): number {
  const { kernel } = task;
  switch (clock) {
    case CLOCK_MONOTONIC:
      readNs(kernel.now());
      return shift(kernel, false);
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: {
      const failed = readHost(kernel, CLOCK_BOOTTIME);
      return failed < 0 ? failed : shift(kernel, true);
    }
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE: {
      const failed = readHost(kernel, clock);
      return failed < 0 ? failed : shift(kernel, false);
    }
    case CLOCK_REALTIME_ALARM:
      return readHost(kernel, CLOCK_REALTIME);
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
      return readHost(kernel, clock);
    default: {
      const cpu = cpuClock(task, clock);
      return cpu === null ? -EINVAL : readNs(cpuTime(cpu));
    }
  }
}

const NSEC = 1;
/** Resolution in ns, or -EINVAL. */
export function clockResolution(task: Task, clock: number): number {
  if (clock === CLOCK_REALTIME_COARSE || clock === CLOCK_MONOTONIC_COARSE) {
    return task.kernel.platform.host.call(SYS_clock_getres, clock, bytes) < 0 ? 4e6 : (words[2] as number);
  }
  if (isWallClock(clock) || isMonotonic(clock)) return NSEC;
  return cpuClock(task, clock) === null ? -EINVAL : NSEC;
}

export function isWallClock(clock: number): boolean {
  return clock === CLOCK_REALTIME || clock === CLOCK_REALTIME_ALARM || clock === CLOCK_TAI;
}
function isMonotonic(clock: number): boolean {
  return clock === CLOCK_MONOTONIC || clock === CLOCK_BOOTTIME || clock === CLOCK_BOOTTIME_ALARM || clock === CLOCK_MONOTONIC_RAW;
}
/** The clocks that timers and sleeps run on. */
export function isTimerClock(clock: number): boolean {
  return isWallClock(clock) || clock === CLOCK_MONOTONIC || clock === CLOCK_BOOTTIME || clock === CLOCK_BOOTTIME_ALARM;
}

/** CLOCK_REALTIME in ns (see the header on precision). */
export function realNow(kernel: Kernel): number {
  return readHost(kernel, CLOCK_REALTIME) < 0 ? Date.now() * 1e6 : reading.sec * 1e9 + reading.nsec;
}
/** The monotonic time (0 if before it began) at which CLOCK_REALTIME will be `realNs`, unless somebody sets the host's clock. */
export function realToMonotonic(kernel: Kernel, realNs: number): number {
  return Math.max(kernel.now() + (realNs - realNow(kernel)), 0);
}
/** `clock`'s time as monotonic ns, for deadlines. */
export function toMonotonic(task: Task, clock: number, ns: number): number {
  const { kernel } = task;
  if (clock === CLOCK_MONOTONIC) return monotonicDeadline(kernel, ns);
  if (readClock(task, clock) < 0) return ns;
  return Math.max(kernel.now() + (ns - (reading.sec * 1e9 + reading.nsec)), 0);
}
