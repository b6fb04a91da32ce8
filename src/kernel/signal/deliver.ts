/**
 * On the way back to the guest: pending signals are delivered, stops joined, interrupted calls restarted or ended.
 *
 * The dispatcher asks `beforeReturn` when `task.notify` is set or a call ended with an internal restart code. A handler
 * needs the thread's full register frame; a thread that is in a plain call is first brought to `Event.Frame`, and asked
 * again there. Until then the signal stays queued.
 */
import { EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from '#abi/errno.ts';
import { SA_NODEFER, SA_RESETHAND, SA_RESTART, SI_KERNEL, SI_TIMER, SIG_DFL, SIG_IGN, SIGKILL, SIGSEGV, SIGSTOP } from '#abi/signal.ts';
import { Event, Reg } from '#platform/platform.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import { signalStop, trapStop } from '../ptrace/stop.ts';
import { exitGroup, killedStatus } from '../process/exit.ts';
import { RESUME_FRAME } from '../result.ts';
import { sigsetHas, sigsetOr, sigsetWith } from '../sigset.ts';
import type { Task } from '../task.ts';
import { DefaultAction, defaultAction } from './default-action.ts';
import { popFrame, pushFrame } from './frame.ts';
import type { SigAction } from './handlers.ts';
import { deliveryHooks, forceSignal, restoreMask, setMask, updateNotify } from './send.ts';
import { beginStop, joinStop } from './stop.ts';

/** What the dispatcher does after `beforeReturn`. */
export const After = {
  /** End the call with its result. */
  Resume: 0,
  /** The full frame is as it should be: continue from it. */
  ResumeFrame: 1,
  /** Fetch the full frame and ask again. */
  NeedFrame: 2,
  /** Run the call again (or `task.restart`, for -ERESTART_RESTARTBLOCK). */
  Restart: 3,
  /** The task has stopped; it comes back by the run queue. */
  Stopped: 4,
  /** The task has exited. */
  Gone: 5,
} as const;
export type After = (typeof After)[keyof typeof After];

const SYS_restart_syscall = 219;
/** Length of the `syscall` instruction. */
const SYSCALL_LENGTH = 2;

/** `result`: how the call in progress ended, or RESUME_FRAME if the frame alone says how to go on. */
export function beforeReturn(task: Task, result: number): After {
  const { group, thread } = task;
  const inCall = thread.event === Event.Syscall;
  let ended = result;
  for (;;) {
    if (task.exiting) return After.Gone;
    if (sigsetHas(group.pending.set, SIGKILL) || sigsetHas(task.pending.set, SIGKILL)) {
      exitGroup(task, killedStatus(SIGKILL));
      return After.Gone;
    }
    const { ptrace } = task;
    if (ptrace?.trapWanted || (group.stop.signal !== 0 && !ptrace?.ignoresGroupStop)) {
      if (ptrace !== null && !thread.hasFrame) {
        task.notify = true;
        return After.NeedFrame;
      }
      if (ptrace?.trapWanted) trapStop(task);
      else joinStop(task);
      return After.Stopped;
    }
    const injected = ptrace?.injected ?? null;
    if (ptrace !== null) ptrace.injected = null;
    const info = injected ?? task.pending.peek(task.mask) ?? group.pending.peek(task.mask);
    if (info === null) {
      if (task.savedMask === null) break;
      restoreMask(task);
      continue;
    }
    if (ptrace !== null && injected === null && isTraced(task)) {
      if (!thread.hasFrame) {
        task.notify = true;
        return After.NeedFrame;
      }
      task.pending.remove(info);
      group.pending.remove(info);
      if (info.code === SI_TIMER) deliveryHooks.timerSignal(info);
      signalStop(task, info);
      return After.Stopped;
    }
    const action = group.handlers.get(info.signal);
    const hasHandler = action.handler !== SIG_DFL && action.handler !== SIG_IGN;
    if (hasHandler && !thread.hasFrame) {
      task.notify = true;
      return After.NeedFrame;
    }
    if (injected === null) {
      task.pending.remove(info);
      group.pending.remove(info);
      if (info.code === SI_TIMER) deliveryHooks.timerSignal(info);
    }
    if (hasHandler) {
      runHandler(task, action, info, ended);
      ended = RESUME_FRAME;
    } else if (action.handler === SIG_DFL) actByDefault(task, info);
  }
  updateNotify(task);
  if (ended === RESUME_FRAME) return After.ResumeFrame;
  if (!isRestart(ended)) {
    if (inCall) return After.Resume;
    setResult(task, ended);
    return After.ResumeFrame;
  }
  if (inCall) return After.Restart;
  // The thread has left the call: it makes it again by itself.
  rewind(task, ended === -ERESTART_RESTARTBLOCK ? SYS_restart_syscall : task.callNr);
  return After.ResumeFrame;
}

/** It has a tracer that still traces: a detached one may finish a call. */
function isTraced(task: Task): boolean {
  return task.ptrace?.tracer.group.tracees.has(task) === true;
}

/** A fault of the guest's code becomes a signal that cannot be blocked. */
export function deliverFault(task: Task): void {
  const { thread } = task;
  forceSignal(task, sigInfo(thread.faultSignal, thread.faultCode, { addr: thread.faultAddr }));
}

/** rt_sigreturn(2): back to where the signal came in. RESUME_FRAME. */
export function sigreturn(task: Task): number {
  const mask = task.thread.hasFrame ? popFrame(task) : null;
  task.restart = null;
  if (mask === null) forceSignal(task, sigInfo(SIGSEGV, SI_KERNEL));
  else setMask(task, mask);
  return RESUME_FRAME;
}

function isRestart(result: number): boolean {
  return result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;
}

function setResult(task: Task, result: number): void {
  task.thread.regs.setParts(Reg.RAX, result >>> 0, Math.floor(result / 4294967296) >>> 0);
}

function rewind(task: Task, nr: number): void {
  const { regs } = task.thread;
  regs.set(Reg.RAX, nr);
  regs.set(Reg.RIP, regs.get(Reg.RIP) - SYSCALL_LENGTH);
}

function runHandler(task: Task, action: SigAction, info: SigInfo, ended: number): void {
  const { handlers } = task.group;
  if (ended !== RESUME_FRAME) endCall(task, action, ended);
  const oldMask = task.savedMask ?? task.mask;
  if ((action.flags & SA_RESETHAND) !== 0) handlers.reset(info.signal);
  if (!pushFrame(task, action, info, oldMask)) {
    if (info.signal === SIGSEGV) handlers.reset(SIGSEGV);
    forceSignal(task, sigInfo(SIGSEGV, SI_KERNEL));
    return;
  }
  task.savedMask = null;
  const blocked = sigsetOr(task.mask, action.mask);
  setMask(task, (action.flags & SA_NODEFER) !== 0 ? blocked : sigsetWith(blocked, info.signal));
}

/** What the interrupted call will have answered when the handler returns: EINTR, or it is made again. */
function endCall(task: Task, action: SigAction, result: number): void {
  const restarts = result === -ERESTARTNOINTR || (result === -ERESTARTSYS && (action.flags & SA_RESTART) !== 0);
  if (restarts) rewind(task, task.callNr);
  else if (result === -ERESTARTSYS || result === -ERESTARTNOHAND || result === -ERESTART_RESTARTBLOCK) setResult(task, -EINTR);
  else setResult(task, result);
}

function actByDefault(task: Task, info: SigInfo): void {
  const { group } = task;
  const { signal } = info;
  if (group.unkillable) return;
  const action = defaultAction(signal);
  switch (action) {
    case DefaultAction.Ignore:
      return;
    case DefaultAction.Stop:
      // Nobody would continue an orphaned group, so the terminal cannot stop it.
      if (signal !== SIGSTOP && group.processGroup.isOrphaned()) return;
      beginStop(task, signal);
      return;
    case DefaultAction.Terminate:
    case DefaultAction.Core:
      exitGroup(task, killedStatus(signal));
      return;
    default:
      action satisfies never;
  }
}
