/**
 * Sending signals. A signal is queued on a task or on a thread group, and a task that can take it is made to notice:
 * a sleeper is woken, a computing one is interrupted, and each looks at `Task.notify` on its way back to the guest
 * (deliver.ts). `notify` is exact: true only when there is something to do there.
 *
 * SIGKILL needs no cooperation of the target's threads: the process ends at the next turn of the kernel's loop.
 */
import { CAP_KILL } from '#abi/capability.ts';
import { EAGAIN } from '#abi/errno.ts';
import { RLIMIT_SIGPENDING } from '#abi/resource.ts';
import { SI_TIMER, SI_USER, SIG_DFL, SIG_IGN, SIGCONT, SIGKILL, SIGRTMIN } from '#abi/signal.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import { exitGroup, killedStatus } from '../process/exit.ts';
import type { ProcessGroup } from '../session.ts';
import { type SigSet, sigsetAnd, sigsetEmpty, sigsetHas, sigsetMinus, sigsetOf } from '../sigset.ts';
import { type Task, TaskState } from '../task.ts';
import type { ThreadGroup } from '../thread-group.ts';
import { Timer } from '../timer.ts';
import { CONTINUE_SIGNAL, DefaultAction, defaultAction, STOP_SIGNALS, UNBLOCKABLE } from './default-action.ts';
import { continueGroup } from './stop.ts';

const KILL = sigsetOf(SIGKILL);

/** A timer's signal is being taken (SI_TIMER): set by posix-timers.ts, which fills in the overrun and arms the timer again. */
export const deliveryHooks: { timerSignal(info: SigInfo): void } = { timerSignal() {} };

/** Sends to one thread. 0, or -EAGAIN when a real-time signal finds the queue full. */
export function sendToTask(task: Task, info: SigInfo): number {
  return send(task.group, task, info);
}

/** Sends to a process: any thread that does not block the signal takes it. */
export function sendToGroup(group: ThreadGroup, info: SigInfo): number {
  return send(group, null, info);
}

/** Sends to each process of a process group. */
export function sendToPgrp(pgrp: ProcessGroup, info: SigInfo): void {
  for (const member of [...pgrp.members]) sendToGroup(member, info);
}

/** From outside the sandbox (`belljar kill`): even a protected init dies of SIGKILL and stops at SIGSTOP. */
export function sendFromOutside(group: ThreadGroup, signal: number): void {
  if (sigsetHas(UNBLOCKABLE, signal)) group.unkillable = false;
  sendToGroup(group, sigInfo(signal, SI_USER));
}

/** A fault of the task's own: it cannot be blocked or ignored, and not even init survives it without a handler. */
export function forceSignal(task: Task, info: SigInfo): void {
  const { handlers } = task.group;
  const blocked = sigsetHas(task.mask, info.signal);
  if (blocked || handlers.get(info.signal).handler === SIG_IGN) {
    handlers.reset(info.signal);
    if (blocked) task.mask = sigsetMinus(task.mask, sigsetOf(info.signal));
  }
  if (handlers.get(info.signal).handler === SIG_DFL) task.group.unkillable = false;
  task.pending.addForced(info);
  task.notify = true;
}

function send(group: ThreadGroup, task: Task | null, info: SigInfo): number {
  const { signal } = info;
  const threads = group.liveThreads;
  const first = threads[0];
  if (group.zombie || first === undefined) return 0;
  if (group.unkillable && sigsetHas(UNBLOCKABLE, signal) && isAbove(group, info)) group.unkillable = false;
  if (sigsetHas(STOP_SIGNALS, signal)) flushAll(group, CONTINUE_SIGNAL);
  else if (signal === SIGCONT) {
    flushAll(group, STOP_SIGNALS);
    continueGroup(group);
  }
  const likely = task ?? (group.leader.exiting ? first : group.leader);
  // A tracer sees even what would be ignored.
  if ((likely.ptrace === null || signal === SIGKILL) && isIgnored(likely, signal)) return 0;
  const pending = task === null ? group.pending : task.pending;
  if (signal >= SIGRTMIN && info.code !== SI_USER && queueLength(group) >= group.limits.soft(RLIMIT_SIGPENDING)) return -EAGAIN;
  if (!pending.add(info)) return 0;
  group.handlers.queued.wakeAll();
  if (signal === SIGKILL) {
    endSoon(group, first);
    return 0;
  }
  const taker = task === null ? chooseThread(group, signal) : task;
  if (taker !== null && !sigsetHas(taker.mask, signal)) kick(taker, isFatal(group, signal));
  return 0;
}

/** The sender lives above the pid namespace whose init `group` is: its SIGKILL and SIGSTOP work. */
function isAbove(group: ThreadGroup, info: SigInfo): boolean {
  const { pid } = group.leader.ns;
  return pid.parent !== null && pid.inside(info.pid) === 0;
}

function flushAll(group: ThreadGroup, drop: SigSet): void {
  group.pending.flush(drop);
  for (const thread of group.threads) {
    thread.pending.flush(drop);
    updateNotify(thread);
  }
}

/** Signals queued for a process; RLIMIT_SIGPENDING is applied to each process by itself, not to all of a user's. */
export function queueLength(group: ThreadGroup): number {
  return group.threads.reduce((sum, thread) => sum + thread.pending.queue.length, group.pending.queue.length);
}

/** True if the signal would do nothing: then it is not even queued. A blocked one is, since its action may change. */
function isIgnored(task: Task, signal: number): boolean {
  if (sigsetHas(task.mask, signal)) return false;
  const { handler } = task.group.handlers.get(signal);
  if (handler === SIG_IGN) return true;
  if (handler !== SIG_DFL) return false;
  return task.group.unkillable || defaultAction(signal) === DefaultAction.Ignore;
}

function isFatal(group: ThreadGroup, signal: number): boolean {
  if (group.handlers.get(signal).handler !== SIG_DFL || group.unkillable) return false;
  const action = defaultAction(signal);
  return action === DefaultAction.Terminate || action === DefaultAction.Core;
}

/** The main thread if it can take the signal, else the first that can; null leaves it pending. */
function chooseThread(group: ThreadGroup, signal: number): Task | null {
  const wants = (task: Task) => !task.exiting && !sigsetHas(task.mask, signal) && task.state !== TaskState.Stopped;
  if (wants(group.leader)) return group.leader;
  return group.threads.find(wants) ?? null;
}

function endSoon(group: ThreadGroup, member: Task): void {
  const { kernel } = member;
  for (const thread of group.threads) thread.notify = true;
  const timer = new Timer(() => {
    const [live] = group.liveThreads;
    if (live !== undefined) exitGroup(live, killedStatus(SIGKILL));
  });
  kernel.timers.arm(timer, kernel.now());
}

/** Has the task look at its signals: ends its sleep, or its computing. `fatal` also ends a killable sleep. */
export function kick(task: Task, fatal: boolean): void {
  task.notify = true;
  if (task.state === TaskState.Sleeping || task.state === TaskState.SleepingKillable) task.interruptSleep(fatal);
  else if (task.state === TaskState.Running && task.blocking === null && !task.onRunQueue && task.kernel.current !== task)
    task.thread.interrupt();
}

/** Sets `notify` to whether anything waits for the task's way back to the guest. */
export function updateNotify(task: Task): void {
  const { group } = task;
  task.notify =
    (group.stop.signal !== 0 && !task.ptrace?.ignoresGroupStop) ||
    task.ptrace?.trapWanted === true ||
    (task.ptrace !== null && task.ptrace.injected !== null) ||
    ready(task.pending.set, task.mask) ||
    ready(group.pending.set, task.mask) ||
    !sigsetEmpty(sigsetAnd(group.pending.set, KILL));
}
function ready(set: SigSet, blocked: SigSet): boolean {
  return (set.lo & ~blocked.lo) !== 0 || (set.hi & ~blocked.hi) !== 0;
}

/** Changes the blocked signals; what other threads can now take instead of this one is passed on to them. */
export function setMask(task: Task, mask: SigSet): void {
  const { group } = task;
  const wanted = sigsetMinus(mask, UNBLOCKABLE);
  const newlyBlocked = sigsetMinus(wanted, task.mask);
  task.mask = wanted;
  updateNotify(task);
  const orphaned = sigsetAnd(group.pending.set, newlyBlocked);
  if (sigsetEmpty(orphaned) || group.threads.length === 1) return;
  for (const other of group.threads)
    if (other !== task && !other.exiting && !sigsetEmpty(sigsetMinus(orphaned, other.mask))) kick(other, false);
}

/** Begins a call with its own mask (ppoll, pselect, epoll_pwait, sigsuspend); see `endTemporaryMask`. */
export function setTemporaryMask(task: Task, mask: SigSet): void {
  task.savedMask ??= task.mask;
  setMask(task, mask);
}

/**
 * Ends such a call. If a signal interrupted it, the mask stays until that signal is delivered, whose frame will
 * restore the old one; otherwise it comes back at once.
 */
export function endTemporaryMask(task: Task, interrupted: boolean): void {
  if (task.savedMask === null) return;
  if (interrupted) task.notify = true;
  else restoreMask(task);
}
export function restoreMask(task: Task): void {
  const saved = task.savedMask;
  if (saved === null) return;
  task.savedMask = null;
  setMask(task, saved);
}

/** Takes the next pending signal of `wanted`, the thread's before the process's (sigtimedwait, signalfd); null if none. */
export function dequeueSignal(task: Task, wanted: SigSet): SigInfo | null {
  const others = { lo: ~wanted.lo >>> 0, hi: ~wanted.hi >>> 0 };
  const info = task.pending.take(others) ?? task.group.pending.take(others);
  if (info === null) return null;
  if (info.code === SI_TIMER) deliveryHooks.timerSignal(info);
  updateNotify(task);
  return info;
}
/** Pending for the task or its process. */
export function pendingSet(task: Task): SigSet {
  const a = task.pending.set;
  const b = task.group.pending.set;
  return { lo: (a.lo | b.lo) >>> 0, hi: (a.hi | b.hi) >>> 0 };
}

/** kill(2)'s rule: same user, CAP_KILL, or SIGCONT within the session. */
export function maySignal(sender: Task, target: ThreadGroup, signal: number): boolean {
  if (sender.group === target) return true;
  const from = sender.creds;
  const to = target.leader.creds;
  if (from.euid === to.suid || from.euid === to.uid || from.uid === to.suid || from.uid === to.uid) return true;
  if (sender.creds.capableIn(to.userNs, CAP_KILL)) return true;
  return signal === SIGCONT && sender.group.session === target.session;
}
