import { EBADF, EFAULT, EINVAL, EPERM } from '#abi/errno.ts';
import { CAP_WAKE_ALARM } from '#abi/capability.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
  TFD_TIMER_ABSTIME,
  TFD_TIMER_CANCEL_ON_SET,
} from '#abi/time.ts';
import { TimerFd, type TimerFdSetting } from '#fs/anon/timerfd.ts';
import type { Task } from '#kernel/task.ts';
import { toMonotonic } from '#kernel/time/clocks.ts';
import type { Handlers } from './handler.ts';
import { installFile } from './pipe.ts';

/** sizeof(struct itimerspec): interval, then value. */
const SIZE = 32;
const CLOCKS = new Set<number>([CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM]);

/** timerfd_create(2). */
function timerfd_create(task: Task, clock: number, flags: number): number {
  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) !== 0 || !CLOCKS.has(clock)) return -EINVAL;
  if ((clock === CLOCK_REALTIME_ALARM || clock === CLOCK_BOOTTIME_ALARM) && !task.capable(CAP_WAKE_ALARM)) return -EPERM;
  return installFile(task, new TimerFd(task.kernel, clock, flags & TFD_NONBLOCK), (flags & TFD_CLOEXEC) !== 0);
}

function timerOf(task: Task, fd: number): TimerFd | number {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  return file instanceof TimerFd ? file : -EINVAL;
}

function store(task: Task, addr: number, setting: TimerFdSetting): number {
  const { view } = task.mem;
  [setting.intervalNs, setting.valueNs].forEach((ns, i) => {
    const seconds = Math.floor(ns / 1e9);
    view.setUint32(i * 16, seconds >>> 0, true);
    view.setUint32(i * 16 + 4, Math.floor(seconds / 4294967296), true);
    view.setUint32(i * 16 + 8, Math.floor(ns - seconds * 1e9), true);
    view.setUint32(i * 16 + 12, 0, true);
  });
  return task.mem.out(addr, SIZE);
}

/** timerfd_settime: timerfd_create(2). */
function timerfd_settime(task: Task, fd: number, flags: number, addr: number, oldAddr: number): number {
  if (!task.mem.in(addr, SIZE)) return -EFAULT;
  const { view } = task.mem;
  const time = (at: number) => {
    const seconds = view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
    const ns = view.getInt32(at + 12, true) * 4294967296 + view.getUint32(at + 8, true);
    return seconds < 0 || ns < 0 || ns >= 1e9 ? -1 : seconds * 1e9 + ns;
  };
  const [intervalNs, valueNs] = [time(0), time(16)];
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0 || intervalNs < 0 || valueNs < 0) return -EINVAL;
  const timer = timerOf(task, fd);
  if (typeof timer === 'number') return timer;
  const old = timer.setting;
  const absolute = (flags & TFD_TIMER_ABSTIME) !== 0;
  const deadlineNs = valueNs === 0 ? Infinity : absolute ? toMonotonic(task, timer.clock, valueNs) : task.kernel.now() + valueNs;
  timer.set(deadlineNs, intervalNs, flags);
  return oldAddr === 0 ? 0 : store(task, oldAddr, old);
}

/** timerfd_gettime: timerfd_create(2). */
function timerfd_gettime(task: Task, fd: number, addr: number): number {
  const timer = timerOf(task, fd);
  return typeof timer === 'number' ? timer : store(task, addr, timer.setting);
}

export const handlers = { timerfd_create, timerfd_settime, timerfd_gettime } satisfies Handlers;
