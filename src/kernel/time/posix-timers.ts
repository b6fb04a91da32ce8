/**
 * POSIX timers of a process (timer_create(2)). An expiry queues one signal; while it is in flight the timer rests, and when the
 * signal is taken the expiries missed in between become its overrun and the timer is armed again.
 */
import { SI_TIMER, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_THREAD_ID } from '#abi/signal.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import { deliveryHooks, sendToGroup, sendToTask } from '../signal/send.ts';
import type { Task } from '../task.ts';
import type { ThreadGroup } from '../thread-group.ts';
import { Timer } from '../timer.ts';
import { cpuClock, toMonotonic } from './clocks.ts';
import { CpuTimer } from './cpu-timer.ts';
import type { TimerSetting } from './itimers.ts';

const MAX_OVERRUN = 0x7fffffff;

/** What a sigevent asks for. */
export interface Notification {
  /** SIGEV_*. */
  readonly how: number;
  readonly signal: number;
  readonly valueLo: number;
  readonly valueHi: number;
  /** SIGEV_THREAD_ID: the thread to signal. */
  readonly thread: Task | null;
}

const inFlight = new WeakMap<SigInfo, PosixTimer>();

export class PosixTimer {
  readonly id: number;
  readonly #group: ThreadGroup;
  readonly #clock: number;
  readonly #creator: Task;
  readonly #notification: Notification;
  readonly #wall = new Timer(() => this.#expired());
  readonly #cpu: CpuTimer | null;
  #intervalNs = 0;
  /** On its clock's scale (monotonic ns, or CPU ns); Infinity when not armed. */
  #deadlineNs = Infinity;
  #signal: SigInfo | null = null;
  /** Of the signal taken last. */
  overrun = 0;

  constructor(id: number, task: Task, clock: number, notification: Notification) {
    this.id = id;
    this.#group = task.group;
    this.#clock = clock;
    this.#creator = task;
    this.#notification = notification;
    const cpu = cpuClock(task, clock);
    this.#cpu = cpu === null ? null : new CpuTimer(task.kernel, cpu, () => this.#expired());
  }

  get(): TimerSetting {
    if (this.#deadlineNs === Infinity) return { valueNs: 0, intervalNs: this.#intervalNs };
    let left = this.#deadlineNs - this.#now();
    if (left <= 0 && this.#intervalNs > 0) left = this.#intervalNs - (-left % this.#intervalNs);
    // A one-shot that is past has nothing left; one that is about to fire must not look disarmed.
    if (left <= 0) left = this.#signal === null && this.#notification.how !== SIGEV_NONE ? 1 : 0;
    return { valueNs: left, intervalNs: this.#intervalNs };
  }

  set({ valueNs, intervalNs }: TimerSetting, absolute: boolean): void {
    this.#forget();
    this.#intervalNs = intervalNs;
    this.overrun = 0;
    if (valueNs === 0) {
      this.#arm(Infinity);
      return;
    }
    if (!absolute) this.#arm(this.#now() + valueNs);
    else this.#arm(this.#cpu !== null ? valueNs : toMonotonic(this.#creator, this.#clock, valueNs));
  }

  drop(): void {
    this.#arm(Infinity);
    this.#forget();
  }

  /** Its signal is being taken: says how many expiries it stands for. */
  taken(info: SigInfo): void {
    if (this.#signal !== info) return;
    this.#signal = null;
    this.overrun = this.#intervalNs > 0 ? this.#skipMissed() : 0;
    info.overrun = this.overrun;
  }

  #now(): number {
    return this.#cpu !== null ? this.#cpu.now() : this.#group.leader.kernel.now();
  }
  #arm(deadlineNs: number): void {
    const { timers } = this.#group.leader.kernel;
    this.#deadlineNs = deadlineNs;
    if (this.#cpu !== null) this.#cpu.arm(deadlineNs);
    else if (deadlineNs === Infinity) timers.disarm(this.#wall);
    else timers.arm(this.#wall, deadlineNs);
  }
  /** Arms for the next expiry after now; how many were missed. */
  #skipMissed(): number {
    const missed = Math.max(Math.floor((this.#now() - this.#deadlineNs) / this.#intervalNs), 0);
    this.#arm(this.#deadlineNs + (missed + 1) * this.#intervalNs);
    return Math.min(missed, MAX_OVERRUN);
  }
  #forget(): void {
    if (this.#signal === null) return;
    const { group } = this.#creator;
    this.#group.pending.remove(this.#signal);
    for (const thread of group.threads) thread.pending.remove(this.#signal);
    this.#signal = null;
  }

  #expired(): void {
    const { how, signal, valueLo, valueHi, thread } = this.#notification;
    if (how === SIGEV_NONE) {
      if (this.#intervalNs > 0) this.#skipMissed();
      return;
    }
    const info = sigInfo(signal, SI_TIMER, { status: this.id, valueLo, valueHi });
    this.#signal = info;
    inFlight.set(info, this);
    if (thread === null) sendToGroup(this.#group, info);
    else if (!thread.exiting) sendToTask(thread, info);
    const queued = (thread ?? this.#group).pending.queue.includes(info);
    if (queued) return;
    // Ignored, or the same standard signal is pending already: it goes on without one.
    this.#signal = null;
    if (this.#intervalNs > 0) this.#skipMissed();
  }
}
deliveryHooks.timerSignal = (info) => inFlight.get(info)?.taken(info);

export function validNotification(how: number): boolean {
  return how === SIGEV_SIGNAL || how === SIGEV_NONE || how === SIGEV_THREAD || how === SIGEV_THREAD_ID;
}

const timersOf = new WeakMap<ThreadGroup, Map<number, PosixTimer>>();
const nextId = new WeakMap<ThreadGroup, number>();

export function posixTimers(group: ThreadGroup): ReadonlyMap<number, PosixTimer> | undefined {
  return timersOf.get(group);
}
export function addPosixTimer(task: Task, clock: number, make: (id: number) => Notification): PosixTimer {
  const { group } = task;
  let timers = timersOf.get(group);
  if (timers === undefined) {
    timers = new Map();
    timersOf.set(group, timers);
  }
  let id = nextId.get(group) ?? 0;
  while (timers.has(id)) id = (id + 1) & 0x7fffffff;
  nextId.set(group, (id + 1) & 0x7fffffff);
  const timer = new PosixTimer(id, task, clock, make(id));
  timers.set(id, timer);
  return timer;
}
export function removePosixTimer(group: ThreadGroup, id: number): void {
  timersOf.get(group)?.get(id)?.drop();
  timersOf.get(group)?.delete(id);
}
/** execve and exit: a process's timers do not outlive its program. */
export function dropPosixTimers(group: ThreadGroup): void {
  for (const timer of timersOf.get(group)?.values() ?? []) timer.drop();
  timersOf.delete(group);
}
