/** Beginning and ending trace stops, attaching and detaching. */
import {
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_EXEC,
  PTRACE_EVENT_EXIT,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_STOP,
  PTRACE_EVENT_VFORK,
  PTRACE_EVENT_VFORK_DONE,
  PTRACE_O_EXITKILL,
  PTRACE_O_TRACECLONE,
  PTRACE_O_TRACEEXEC,
  PTRACE_O_TRACEEXIT,
  PTRACE_O_TRACEFORK,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_O_TRACEVFORK,
  PTRACE_O_TRACEVFORKDONE,
} from '#abi/ptrace.ts';
import { CLONE_UNTRACED, CLONE_VFORK } from '#abi/sched.ts';
import { CLD_STOPPED, CLD_TRAPPED, SA_NOCLDSTOP, SI_KERNEL, SI_USER, SIG_IGN, SIGCHLD, SIGKILL, SIGSTOP, SIGTRAP } from '#abi/signal.ts';
import { Reg } from '#platform/platform.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import { RESUME_FRAME } from '../result.ts';
import { kick, sendToGroup, sendToTask } from '../signal/send.ts';
import { type Task, TaskState } from '../task.ts';
import type { Blocking } from '../wait.ts';
import { PtraceState, StopKind } from './state.ts';

const EFLAGS_TF = 0x100;

export function attach(tracee: Task, tracer: Task, seized: boolean, options: number): void {
  tracee.ptrace = new PtraceState(tracer, seized, options);
  tracer.group.tracees.add(tracee);
}

/** The task is nobody's tracee any more; it goes on, with `signal` (0: none). */
export function detach(tracee: Task, signal: number): void {
  const state = tracee.ptrace;
  if (state === null) return;
  state.tracer.group.tracees.delete(tracee);
  if (state.stop !== StopKind.None) sendOn(tracee, signal, false, false);
  // What it was about to do it does untraced; a process that is stopped stops again.
  tracee.ptrace = null;
  if (state.injected !== null) tracee.pending.add(state.injected);
  tracee.notify = true;
  if (state.inCall || state.entering || state.goOn !== null) tracee.ptrace = untraced(state);
}
/** A task in the middle of a traced call keeps the state until the call's end, with nobody to stop for. */
function untraced(state: PtraceState): PtraceState {
  state.options = 0;
  state.stopsAtCalls = false;
  state.injected = null;
  state.trapWanted = false;
  return state;
}

/** The task stops for its tracer; `status` is what wait(2) shows above the 0x7f. */
export function enterStop(task: Task, kind: StopKind, status: number, info: SigInfo, message = 0, goOn: (() => void) | null = null): void {
  const state = task.ptrace as PtraceState;
  state.stop = kind;
  state.status = status;
  state.reportable = true;
  state.info = info;
  state.message = message;
  state.goOn = goOn;
  state.listening = false;
  clearStep(task);
  task.state = TaskState.Stopped;
  task.thread.park();
  tellTracer(task, state);
}

function clearStep(task: Task): void {
  const { regs, hasFrame } = task.thread;
  if (hasFrame) regs.set(Reg.EFLAGS, (regs.lo(Reg.EFLAGS) & ~EFLAGS_TF) >>> 0);
}

function tellTracer(task: Task, state: PtraceState): void {
  const { group } = state.tracer;
  const action = group.handlers.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    const code = state.stop === StopKind.Group ? CLD_STOPPED : CLD_TRAPPED;
    sendToGroup(group, sigInfo(SIGCHLD, code, { pid: task.tid, uid: task.creds.uid, status: state.status & 0x7f }));
  }
  group.childWait.wakeAll();
}

/** The tracer sends the task on. */
export function sendOn(task: Task, signal: number, atCalls: boolean, steps: boolean): void {
  const state = task.ptrace as PtraceState;
  const { stop, info } = state;
  state.stop = StopKind.None;
  state.reportable = false;
  state.stopsAtCalls = atCalls;
  state.steps = steps;
  state.listening = false;
  if (stop === StopKind.Signal && signal !== 0)
    state.injected =
      info !== null && info.signal === signal ? info : sigInfo(signal, SI_USER, { pid: state.tracer.pid, uid: state.tracer.creds.uid });
  else if (signal !== 0 && stop !== StopKind.Group)
    sendToTask(task, sigInfo(signal, SI_USER, { pid: state.tracer.pid, uid: state.tracer.creds.uid }));
  if (stop === StopKind.Group) state.ignoresGroupStop = true;
  if (steps && task.thread.hasFrame) {
    const { regs } = task.thread;
    regs.set(Reg.EFLAGS, (regs.lo(Reg.EFLAGS) | EFLAGS_TF) >>> 0);
  }
  task.state = TaskState.Running;
  task.notify = true;
  task.kernel.makeRunnable(task);
}

/** Stops before `info` is delivered. The task has a full frame. */
export function signalStop(task: Task, info: SigInfo): void {
  enterStop(task, StopKind.Signal, info.signal, info);
}
/** PTRACE_INTERRUPT and the like: a stop that is no signal's. */
export function trapStop(task: Task): void {
  const state = task.ptrace as PtraceState;
  state.trapWanted = false;
  const status = SIGTRAP | (PTRACE_EVENT_STOP << 8);
  enterStop(task, StopKind.Event, status, sigInfo(SIGTRAP, status, { pid: task.tid, uid: task.creds.uid }));
}
/** The whole process stops; this one's tracer is told. */
export function groupStop(task: Task, signal: number): void {
  const state = task.ptrace as PtraceState;
  const status = state.seized ? signal | (PTRACE_EVENT_STOP << 8) : signal;
  enterStop(task, StopKind.Group, status, sigInfo(signal, state.seized ? status : SI_USER));
}
/** Around a call. */
export function syscallStop(task: Task, kind: StopKind, goOn: () => void): void {
  const state = task.ptrace as PtraceState;
  const signal = state.has(PTRACE_O_TRACESYSGOOD) ? SIGTRAP | 0x80 : SIGTRAP;
  enterStop(task, kind, signal, sigInfo(SIGTRAP, signal), kind === StopKind.SyscallEntry ? 1 : 2, goOn);
}

/** Stops with an event in the middle of a call. */
export function* eventStop(task: Task, event: number, message: number): Blocking {
  if (task.ptrace === null) return 0;
  const status = SIGTRAP | (event << 8);
  enterStop(task, StopKind.Event, status, sigInfo(SIGTRAP, status, { pid: task.tid, uid: task.creds.uid }), message);
  yield;
  return 0;
}

/** The event that making a child with these flags is to the tracer; 0 for none. */
function cloneEvent(state: PtraceState, flags: number, exitSignal: number): number {
  if ((flags & CLONE_UNTRACED) !== 0) return 0;
  if ((flags & CLONE_VFORK) !== 0) return state.has(PTRACE_O_TRACEVFORK) ? PTRACE_EVENT_VFORK : 0;
  if (exitSignal !== SIGCHLD) return state.has(PTRACE_O_TRACECLONE) ? PTRACE_EVENT_CLONE : 0;
  return state.has(PTRACE_O_TRACEFORK) ? PTRACE_EVENT_FORK : 0;
}

/** A traced task's new child, which has not run yet, is traced too if that was asked for. */
export function adoptChild(task: Task, child: Task, flags: number, exitSignal: number): number {
  const state = task.ptrace;
  if (state === null) return 0;
  const event = cloneEvent(state, flags, exitSignal);
  if (event === 0) return 0;
  attach(child, state.tracer, state.seized, state.options);
  if (state.seized) (child.ptrace as PtraceState).trapWanted = true;
  else child.pending.add(sigInfo(SIGSTOP, SI_USER));
  child.notify = true;
  return event;
}

/** The rest of a clone of a traced task: its event, the wait of vfork (null: none), the event after that. */
export function* cloneEvents(task: Task, event: number, tid: number, vforkWait: Blocking | null, result: number): Blocking {
  const seen = (): number => task.ptrace?.tracer.kernel.pids.seenBy(task.ptrace.tracer, tid) ?? 0;
  if (event !== 0) yield* eventStop(task, event, seen());
  if (vforkWait === null) return result;
  const waited = yield* vforkWait;
  if (task.ptrace?.has(PTRACE_O_TRACEVFORKDONE)) yield* eventStop(task, PTRACE_EVENT_VFORK_DONE, seen());
  return waited;
}

/** execve of a traced task has succeeded. */
export function afterExec(task: Task, oldTid: number): number | Blocking {
  const state = task.ptrace;
  if (state === null) return RESUME_FRAME;
  if (state.has(PTRACE_O_TRACEEXEC)) return execEvent(task, oldTid);
  if (!state.seized) sendToTask(task, sigInfo(SIGTRAP, SI_USER, { pid: task.pid, uid: task.creds.uid }));
  return RESUME_FRAME;
}
function* execEvent(task: Task, oldTid: number): Blocking {
  yield* eventStop(task, PTRACE_EVENT_EXEC, oldTid);
  return RESUME_FRAME;
}

/** The last stop of a task that exits, or null if its tracer did not ask for it. */
export function exitEvent(task: Task, status: number): Blocking | null {
  return task.ptrace?.has(PTRACE_O_TRACEEXIT) ? eventStop(task, PTRACE_EVENT_EXIT, status) : null;
}

/** A tracer is gone: its tracees are free, or die (PTRACE_O_EXITKILL). */
export function releaseTracees(tracer: Task): void {
  for (const tracee of [...tracer.group.tracees]) {
    const state = tracee.ptrace;
    if (state === null || state.tracer !== tracer) continue;
    const kill = state.has(PTRACE_O_EXITKILL);
    detach(tracee, 0);
    if (kill) sendToGroup(tracee.group, sigInfo(SIGKILL, SI_KERNEL));
  }
}
/** A tracee has ended: a tracer that is not its parent, or traces a single thread, hears of it by wait(2). */
export function traceeGone(task: Task): void {
  const state = task.ptrace;
  if (state === null) return;
  const { group } = state.tracer;
  group.tracees.delete(task);
  task.ptrace = null;
  if (task.isLeader && task.group.parent === group) return;
  if (group.exiting) return;
  group.tracedExits.push({ tid: task.tid, status: task.group.exiting ? task.group.exitStatus : task.exitCode, uid: task.creds.uid });
  group.childWait.wakeAll();
}

/** SIGCONT for a process with a seized tracee: it traps anew, now if it listens, else when it is sent on. */
export function continueTraced(task: Task): void {
  const state = task.ptrace as PtraceState;
  state.ignoresGroupStop = false;
  if (!state.seized) return;
  state.trapWanted = true;
  if (state.listening) trapAgain(task);
}
function trapAgain(task: Task): void {
  const state = task.ptrace as PtraceState;
  state.stop = StopKind.None;
  state.listening = false;
  task.state = TaskState.Running;
  task.notify = true;
  task.kernel.makeRunnable(task);
}
/** PTRACE_LISTEN: stays stopped until there is news; there may be some already. */
export function listen(task: Task): void {
  const state = task.ptrace as PtraceState;
  state.listening = true;
  if (state.trapWanted) trapAgain(task);
}

/** PTRACE_INTERRUPT. */
export function interruptTracee(task: Task): void {
  const state = task.ptrace as PtraceState;
  state.trapWanted = true;
  if (state.listening) trapAgain(task);
  else if (state.stop === StopKind.None) kick(task, false);
}
