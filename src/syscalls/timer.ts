/** Timers: alarm(2), getitimer(2), setitimer(2), timer_create(2) and relatives. */
import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP } from '#abi/errno.ts';
import { NSIG, SIGALRM, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD_ID } from '#abi/signal.ts';
import { RLIMIT_SIGPENDING } from '#abi/resource.ts';
import { queueLength } from '#kernel/signal/send.ts';
import { ITIMER_REAL, TIMER_ABSTIME } from '#abi/time.ts';
import { cpuClock, isTimerClock } from '#kernel/time/clocks.ts';
import { getIntervalTimer, isIntervalTimer, setIntervalTimer, type TimerSetting } from '#kernel/time/itimers.ts';
import { addPosixTimer, type Notification, posixTimers, removePosixTimer, validNotification } from '#kernel/time/posix-timers.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const SETTING_SIZE = 32;
const SIGEVENT_SIZE = 64;
/** Timers of one process. */
const MAX_TIMERS = 4096;

/** A struct itimerval (`unitNs` 1000) or itimerspec (1): interval first. Null stands for a bad one. */
function readSetting(task: Task, addr: number, unitNs: number): TimerSetting | number {
  if (!task.mem.in(addr, SETTING_SIZE)) return -EFAULT;
  const { view } = task.mem;
  const time = (at: number) => {
    const seconds = view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
    const fraction = view.getInt32(at + 12, true) * 4294967296 + view.getUint32(at + 8, true);
    return seconds < 0 || fraction < 0 || fraction * unitNs >= 1e9 ? -1 : seconds * 1e9 + fraction * unitNs;
  };
  const setting = { intervalNs: time(0), valueNs: time(16) };
  return setting.intervalNs < 0 || setting.valueNs < 0 ? -EINVAL : setting;
}
function writeSetting(task: Task, addr: number, setting: TimerSetting, unitNs: number): number {
  const { view } = task.mem;
  const put = (at: number, ns: number) => {
    const seconds = Math.floor(ns / 1e9);
    view.setUint32(at, seconds >>> 0, true);
    view.setUint32(at + 4, Math.floor(seconds / 4294967296), true);
    view.setUint32(at + 8, Math.floor((ns - seconds * 1e9) / unitNs), true);
    view.setUint32(at + 12, 0, true);
  };
  put(0, setting.intervalNs);
  put(16, setting.valueNs);
  return task.mem.out(addr, SETTING_SIZE);
}

/** The sigevent at `addr`, or timer_create's default (SIGALRM with the timer's id); -errno. */
function readNotification(task: Task, addr: number): ((id: number) => Notification) | number {
  if (addr === 0) return (id) => ({ how: SIGEV_SIGNAL, signal: SIGALRM, valueLo: id, valueHi: 0, thread: null });
  if (!task.mem.in(addr, SIGEVENT_SIZE)) return -EFAULT;
  const { view } = task.mem;
  const [valueLo, valueHi] = [view.getUint32(0, true), view.getUint32(4, true)];
  const signal = view.getInt32(8, true);
  const how = view.getInt32(12, true);
  const tid = view.getInt32(16, true);
  if (!validNotification(how)) return -EINVAL;
  if (how !== SIGEV_NONE && (signal < 1 || signal > NSIG)) return -EINVAL;
  let thread: Task | null = null;
  if (how === SIGEV_THREAD_ID) {
    thread = task.kernel.pids.task(task, tid) ?? null;
    if (thread === null || thread.group !== task.group) return -EINVAL;
  }
  return () => ({ how, signal, valueLo, valueHi, thread });
}

export const handlers = {
  alarm(task, seconds) {
    const old = getIntervalTimer(task.group, ITIMER_REAL);
    setIntervalTimer(task.group, ITIMER_REAL, { valueNs: seconds * 1e9, intervalNs: 0 });
    if (old.valueNs === 0) return 0;
    // To the nearest second, but never 0 for a timer that runs.
    return Math.max(Math.round(old.valueNs / 1e9), 1);
  },
  getitimer(task, which, addr) {
    return isIntervalTimer(which) ? writeSetting(task, addr, getIntervalTimer(task.group, which), 1000) : -EINVAL;
  },
  setitimer(task, which, newAddr, oldAddr) {
    if (!isIntervalTimer(which)) return -EINVAL;
    const setting = newAddr === 0 ? { valueNs: 0, intervalNs: 0 } : readSetting(task, newAddr, 1000);
    if (typeof setting === 'number') return setting;
    const old = getIntervalTimer(task.group, which);
    setIntervalTimer(task.group, which, setting);
    return oldAddr === 0 ? 0 : writeSetting(task, oldAddr, old, 1000);
  },

  timer_create(task, clock, eventAddr, idAddr) {
    const notification = readNotification(task, eventAddr);
    if (!isTimerClock(clock) && cpuClock(task, clock) === null) {
      const CLOCK_LIMIT = 16;
      return clock >= 0 && clock < CLOCK_LIMIT && clock !== 10 && clock < 12 ? -EOPNOTSUPP : -EINVAL;
    }
    if (typeof notification === 'number') return notification;
    const count = posixTimers(task.group)?.size ?? 0;
    // Each timer has a signal of its own set aside.
    if (count >= MAX_TIMERS || count + queueLength(task.group) >= task.limit(RLIMIT_SIGPENDING)) return -EAGAIN;
    const timer = addPosixTimer(task, clock, notification);
    if (task.mem.writeI32(idAddr, timer.id) === 0) return 0;
    removePosixTimer(task.group, timer.id);
    return -EFAULT;
  },
  timer_settime(task, id, flags, newAddr, oldAddr) {
    if (newAddr === 0) return -EINVAL;
    const setting = readSetting(task, newAddr, 1);
    if (typeof setting === 'number') return setting;
    const timer = posixTimers(task.group)?.get(id);
    if (timer === undefined) return -EINVAL;
    const old = timer.get();
    timer.set(setting, (flags & TIMER_ABSTIME) !== 0);
    return oldAddr === 0 ? 0 : writeSetting(task, oldAddr, old, 1);
  },
  timer_gettime(task, id, addr) {
    const timer = posixTimers(task.group)?.get(id);
    return timer === undefined ? -EINVAL : writeSetting(task, addr, timer.get(), 1);
  },
  timer_getoverrun(task, id) {
    return posixTimers(task.group)?.get(id)?.overrun ?? -EINVAL;
  },
  timer_delete(task, id) {
    if (!posixTimers(task.group)?.has(id)) return -EINVAL;
    removePosixTimer(task.group, id);
    return 0;
  },
} satisfies Handlers;
