/** Interval timers of a process (setitimer(2)), and its CPU limit (RLIMIT_CPU). Made when first used; execve keeps them. */
import { ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL } from '#abi/time.ts';
import { RLIM_INFINITY, RLIMIT_CPU } from '#abi/resource.ts';
import { SI_KERNEL, SIGALRM, SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU } from '#abi/signal.ts';
import { sigInfo } from '../pending-signals.ts';
import { sendToGroup } from '../signal/send.ts';
import type { ThreadGroup } from '../thread-group.ts';
import { Timer } from '../timer.ts';
import { CpuTimer } from './cpu-timer.ts';

/** Time to the next expiry (0: not armed) and from one to the next (0: once), ns. */
export interface TimerSetting {
  valueNs: number;
  intervalNs: number;
}

interface IntervalTimer {
  get(): TimerSetting;
  set(setting: TimerSetting): void;
}

class RealTimer implements IntervalTimer {
  readonly #group: ThreadGroup;
  readonly #timer = new Timer(() => this.#fire());
  #intervalNs = 0;
  constructor(group: ThreadGroup) {
    this.#group = group;
  }
  get(): TimerSetting {
    const left = this.#timer.armed ? Math.max(this.#timer.deadlineNs - this.#group.leader.kernel.now(), 1000) : 0;
    return { valueNs: left, intervalNs: this.#intervalNs };
  }
  set({ valueNs, intervalNs }: TimerSetting): void {
    const { kernel } = this.#group.leader;
    this.#intervalNs = intervalNs;
    if (valueNs === 0) kernel.timers.disarm(this.#timer);
    else kernel.timers.arm(this.#timer, kernel.now() + valueNs);
  }
  #fire(): void {
    const { kernel } = this.#group.leader;
    if (this.#intervalNs > 0) {
      const missed = Math.floor((kernel.now() - this.#timer.deadlineNs) / this.#intervalNs);
      kernel.timers.arm(this.#timer, this.#timer.deadlineNs + (Math.max(missed, 0) + 1) * this.#intervalNs);
    }
    sendToGroup(this.#group, sigInfo(SIGALRM, SI_KERNEL));
  }
}

const CPUCLOCK_PROF = 0;
const CPUCLOCK_VIRT = 1;
const CPUCLOCK_SCHED = 2;

class CpuIntervalTimer implements IntervalTimer {
  readonly #timer: CpuTimer;
  #intervalNs = 0;
  constructor(group: ThreadGroup, kind: number, signal: number) {
    this.#timer = new CpuTimer(group.leader.kernel, { group, task: null, kind }, () => {
      if (this.#intervalNs > 0) this.#timer.arm(this.#timer.now() + this.#intervalNs);
      sendToGroup(group, sigInfo(signal, SI_KERNEL));
    });
  }
  get(): TimerSetting {
    const { deadlineNs } = this.#timer;
    return { valueNs: deadlineNs === Infinity ? 0 : Math.max(deadlineNs - this.#timer.now(), 1000), intervalNs: this.#intervalNs };
  }
  set({ valueNs, intervalNs }: TimerSetting): void {
    this.#intervalNs = intervalNs;
    this.#timer.arm(valueNs === 0 ? Infinity : this.#timer.now() + valueNs);
  }
}

interface ProcessTimers {
  readonly interval: readonly [IntervalTimer, IntervalTimer, IntervalTimer];
  cpuLimit: CpuTimer | null;
}
const timersOf = new WeakMap<ThreadGroup, ProcessTimers>();

function processTimers(group: ThreadGroup): ProcessTimers {
  let timers = timersOf.get(group);
  if (timers === undefined) {
    timers = {
      interval: [
        new RealTimer(group),
        new CpuIntervalTimer(group, CPUCLOCK_VIRT, SIGVTALRM),
        new CpuIntervalTimer(group, CPUCLOCK_PROF, SIGPROF),
      ],
      cpuLimit: null,
    };
    timersOf.set(group, timers);
  }
  return timers;
}

export function isIntervalTimer(which: number): boolean {
  return which === ITIMER_REAL || which === ITIMER_VIRTUAL || which === ITIMER_PROF;
}
export function getIntervalTimer(group: ThreadGroup, which: number): TimerSetting {
  return timersOf.get(group)?.interval[which as 0 | 1 | 2].get() ?? { valueNs: 0, intervalNs: 0 };
}
export function setIntervalTimer(group: ThreadGroup, which: number, setting: TimerSetting): void {
  processTimers(group).interval[which as 0 | 1 | 2].set(setting);
}

/** RLIMIT_CPU: SIGXCPU at the soft limit and each second from there, SIGKILL at the hard one. */
export function armCpuLimit(group: ThreadGroup): void {
  const limit = group.limits.soft(RLIMIT_CPU);
  if (limit >= RLIM_INFINITY && timersOf.get(group) === undefined) return;
  const timers = processTimers(group);
  timers.cpuLimit ??= new CpuTimer(group.leader.kernel, { group, task: null, kind: CPUCLOCK_SCHED }, () => overLimit(group));
  timers.cpuLimit.arm(limit >= RLIM_INFINITY ? Infinity : limit * 1e9);
}
function overLimit(group: ThreadGroup): void {
  const timer = timersOf.get(group)?.cpuLimit;
  if (timer === null || timer === undefined) return;
  const seconds = Math.floor(timer.now() / 1e9);
  const hard = group.limits.hard(RLIMIT_CPU);
  if (seconds >= hard) {
    sendToGroup(group, sigInfo(SIGKILL, SI_KERNEL));
    return;
  }
  timer.arm(Math.min(seconds + 1, hard) * 1e9);
  sendToGroup(group, sigInfo(SIGXCPU, SI_KERNEL));
}

/** The process has ended: nothing may fire any more. */
export function dropProcessTimers(group: ThreadGroup): void {
  const timers = timersOf.get(group);
  if (timers === undefined) return;
  for (const timer of timers.interval) timer.set({ valueNs: 0, intervalNs: 0 });
  timers.cpuLimit?.disarm();
  timersOf.delete(group);
}
