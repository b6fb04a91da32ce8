/** Clocks and sleeping: clock_gettime(2), gettimeofday(2), nanosleep(2) and relatives. Guests cannot set clocks. */
import { EFAULT, EINVAL, EOPNOTSUPP, EPERM, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ETIMEDOUT, EAGAIN } from '#abi/errno.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID, STA_UNSYNC, TIME_ERROR, TIMER_ABSTIME } from '#abi/time.ts';
import {
  clockResolution,
  type CpuClock,
  cpuClock,
  isTimerClock,
  isWallClock,
  readClock,
  reading,
  toMonotonic,
} from '#kernel/time/clocks.ts';
import { CpuTimer } from '#kernel/time/cpu-timer.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil, WaitQueue } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { readTimespec, writeTimespec } from './timeouts.ts';

/** Nobody wakes it: sleeps end by time or signal. */
const never = new WaitQueue();
const TIMEX_SIZE = 208;
const KNOWN_CLOCKS = 12;

/** Stores `reading` as seconds and a fraction in units of `unitNs`. */
function storeReading(task: Task, addr: number, unitNs: number): number {
  const { view } = task.mem;
  view.setUint32(0, reading.sec >>> 0, true);
  view.setUint32(4, Math.floor(reading.sec / 4294967296), true);
  view.setUint32(8, Math.floor(reading.nsec / unitNs), true);
  view.setUint32(12, 0, true);
  return task.mem.out(addr, 16);
}

/** Sleeps to the deadline; on a signal stores what is left at `leftAddr` (0: nowhere), and a restart sleeps on to the same deadline. */
function* sleepTo(task: Task, deadlineNs: number, leftAddr: number, absolute: boolean): Blocking {
  const result = yield* pauseUntil(task, never, () => -EAGAIN, { deadlineNs });
  if (result === -ETIMEDOUT) return 0;
  if (absolute) return -ERESTARTNOHAND;
  if (leftAddr !== 0 && storeLeft(task, leftAddr, deadlineNs - task.kernel.now()) < 0) return -EFAULT;
  task.restart = () => sleepTo(task, deadlineNs, leftAddr, false);
  return -ERESTART_RESTARTBLOCK;
}
function storeLeft(task: Task, addr: number, ns: number): number {
  const { view, bytes } = task.mem;
  const left = Math.max(ns, 0);
  const seconds = Math.floor(left / 1e9);
  view.setUint32(0, seconds >>> 0, true);
  view.setUint32(4, Math.floor(seconds / 4294967296), true);
  view.setUint32(8, Math.floor(left - seconds * 1e9), true);
  view.setUint32(12, 0, true);
  return task.mem.writeNow(addr, bytes, 0, 16);
}

/** Sleeps until a CPU clock shows `deadlineNs`. */
function* sleepOnCpu(task: Task, clock: CpuClock, deadlineNs: number, leftAddr: number, absolute: boolean): Blocking {
  const done = new WaitQueue();
  let over = false;
  const timer = new CpuTimer(task.kernel, clock, () => {
    over = true;
    done.wakeAll();
  });
  timer.arm(deadlineNs);
  try {
    const result = yield* pauseUntil(task, done, () => (over ? 0 : -EAGAIN));
    if (result === 0) return 0;
    if (absolute) return -ERESTARTNOHAND;
    if (leftAddr !== 0 && storeLeft(task, leftAddr, deadlineNs - timer.now()) < 0) return -EFAULT;
    task.restart = () => sleepOnCpu(task, clock, deadlineNs, leftAddr, false);
    return -ERESTART_RESTARTBLOCK;
  } finally {
    timer.disarm();
  }
}

function sleep(task: Task, clock: number, flags: number, ns: number, leftAddr: number): Result {
  const absolute = (flags & TIMER_ABSTIME) !== 0;
  const cpu = cpuClock(task, clock);
  if (cpu !== null) {
    const from = absolute ? 0 : new CpuTimer(task.kernel, cpu, () => {}).now();
    return sleepOnCpu(task, cpu, from + ns, leftAddr, absolute);
  }
  const deadline = absolute ? toMonotonic(task, clock, ns) : task.kernel.now() + ns;
  if (deadline <= task.kernel.now()) return 0;
  return sleepTo(task, deadline, leftAddr, absolute);
}

function readTimex(task: Task, addr: number): number {
  const { mem } = task;
  if (!mem.in(addr, TIMEX_SIZE)) return -EFAULT;
  if (mem.view.getUint32(0, true) !== 0) return -EPERM;
  readClock(task, CLOCK_REALTIME);
  mem.bytes.fill(0, 0, TIMEX_SIZE);
  const put = (at: number, value: number) => mem.view.setUint32(at, value, true);
  const [MAXERROR, ESTERROR, STATUS, PRECISION, TOLERANCE, TIME, TICK] = [24, 32, 40, 56, 64, 72, 88] as const;
  put(MAXERROR, 16_000_000);
  put(ESTERROR, 16_000_000);
  put(STATUS, STA_UNSYNC);
  put(PRECISION, 1);
  put(TOLERANCE, 32_768_000);
  put(TIME, reading.sec >>> 0);
  put(TIME + 4, Math.floor(reading.sec / 4294967296));
  put(TIME + 8, Math.floor(reading.nsec / 1000));
  put(TICK, 10_000);
  return mem.out(addr, TIMEX_SIZE) < 0 ? -EFAULT : TIME_ERROR;
}

export const handlers = {
  clock_gettime(task, clock, addr) {
    const failed = readClock(task, clock);
    return failed < 0 ? failed : storeReading(task, addr, 1);
  },
  clock_getres(task, clock, addr) {
    const ns = clockResolution(task, clock);
    if (ns < 0 || addr === 0) return Math.min(ns, 0);
    return writeTimespec(task, addr, ns);
  },
  /** Refused: the clock is the host's. */
  clock_settime(task, clock, addr) {
    const ns = readTimespec(task, addr);
    if (!isWallClock(clock)) return -EINVAL;
    return ns < 0 ? ns : -EPERM;
  },
  /** The clock is the host's: shown, never adjusted. */
  clock_adjtime(task, clock, addr) {
    if (clock !== CLOCK_REALTIME) return clock >= 0 && clock < KNOWN_CLOCKS ? -EOPNOTSUPP : -EINVAL;
    return readTimex(task, addr);
  },
  adjtimex: (task, addr) => readTimex(task, addr),

  /** Refused, as clock_settime. */
  settimeofday(task, addr, zoneAddr) {
    if (addr !== 0) {
      const { mem } = task;
      if (!mem.in(addr, 16)) return -EFAULT;
      const microseconds = mem.view.getInt32(12, true) * 4294967296 + mem.view.getUint32(8, true);
      if (microseconds < 0 || microseconds >= 1e6 || mem.view.getInt32(4, true) < 0) return -EINVAL;
    }
    if (zoneAddr !== 0 && !task.mem.in(zoneAddr, 8)) return -EFAULT;
    return -EPERM;
  },
  gettimeofday(task, addr, zoneAddr) {
    if (addr !== 0) {
      readClock(task, CLOCK_REALTIME);
      if (storeReading(task, addr, 1000) < 0) return -EFAULT;
    }
    return zoneAddr === 0 ? 0 : task.mem.writeU64(zoneAddr, 0);
  },
  time(task, addr) {
    readClock(task, CLOCK_REALTIME);
    const { sec } = reading;
    return addr !== 0 && task.mem.writeU64(addr, sec) < 0 ? -EFAULT : sec;
  },

  nanosleep(task, addr, leftAddr) {
    if (addr === 0) return -EFAULT;
    const ns = readTimespec(task, addr);
    return ns < 0 ? ns : sleep(task, CLOCK_MONOTONIC, 0, ns, leftAddr);
  },
  clock_nanosleep(task, clock, flags, addr, leftAddr) {
    if (clock === CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
    if (!isTimerClock(clock) && cpuClock(task, clock) === null) return clock >= 0 && clock < KNOWN_CLOCKS ? -EOPNOTSUPP : -EINVAL;
    if (addr === 0) return -EFAULT;
    const ns = readTimespec(task, addr);
    return ns < 0 ? ns : sleep(task, clock, flags, ns, leftAddr);
  },
} satisfies Handlers;
