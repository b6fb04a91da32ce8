/** Waiting for children: the part that wait4(2) and waitid(2) share. */
import { EAGAIN, ECHILD } from '#abi/errno.ts';
import { CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, CLD_TRAPPED, SIGCHLD, SIGCONT } from '#abi/signal.ts';
import { __WALL, __WCLONE, __WNOTHREAD, WCONTINUED, WEXITED, WNOHANG, WNOWAIT, WSTOPPED } from '#abi/wait.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import { StopKind } from '../ptrace/state.ts';
import type { Task } from '../task.ts';
import type { ThreadGroup, Usage } from '../thread-group.ts';
import { type Blocking, pauseUntil } from '../wait.ts';
import { addUsage, collectUsage } from './usage.ts';
import { seenInfo } from '../signal/siginfo.ts';
import { childInfo, reap } from './exit.ts';
import { noUsage } from '../thread-group.ts';

/** Which children: any, one process, or a process group. */
export type ChildSelector = { readonly kind: 'any' } | { readonly kind: 'pid' | 'group'; readonly id: number };

/** What was found, filled in by the wait; pid 0 when WNOHANG found nothing. */
export interface WaitResult {
  pid: number;
  /** The same as the waiter knows it: a number that goes with the child. */
  seenPid: number;
  /** As wait4 stores it. */
  status: number;
  info: SigInfo | null;
  usage: Usage | null;
}

function eligible(task: Task, child: ThreadGroup, selector: ChildSelector, options: number): boolean {
  if (selector.kind === 'pid' && child.pid !== selector.id) return false;
  if (selector.kind === 'group' && child.processGroup.id !== selector.id) return false;
  if ((options & __WNOTHREAD) !== 0 && child.parentTask !== task) return false;
  if ((options & __WALL) !== 0) return true;
  const isClone = child.exitSignal !== SIGCHLD;
  return isClone === ((options & __WCLONE) !== 0);
}

/** One look: true if something was found (and, without WNOWAIT, taken). */
function take(task: Task, child: ThreadGroup, options: number, result: WaitResult): boolean {
  const keep = (options & WNOWAIT) !== 0;
  const { stop } = child;
  const uid = child.leader.creds.uid;
  const seenPid = task.kernel.pids.seenBy(task, child.pid);
  if (child.zombie && (options & WEXITED) !== 0) {
    result.info = seenInfo(task, { ...childInfo(child), signal: SIGCHLD });
    result.status = child.exitStatus;
    result.usage = total(child);
    if (!keep) reap(task.kernel, child, true);
  } else if (stop.stopReport && !child.zombie && child.leader.ptrace?.tracer.group !== task.group && (options & WSTOPPED) !== 0) {
    result.info = seenInfo(task, sigInfo(SIGCHLD, CLD_STOPPED, { pid: child.pid, uid, status: stop.signal }));
    result.status = (stop.signal << 8) | 0x7f;
    collectUsage(child);
    result.usage = total(child);
    if (!keep) stop.stopReport = false;
  } else if (stop.continueReport && !child.zombie && (options & WCONTINUED) !== 0) {
    result.info = seenInfo(task, sigInfo(SIGCHLD, CLD_CONTINUED, { pid: child.pid, uid, status: SIGCONT }));
    result.status = 0xffff;
    collectUsage(child);
    result.usage = total(child);
    if (!keep) stop.continueReport = false;
  } else return false;
  result.pid = child.pid;
  result.seenPid = seenPid;
  return true;
}

const TracedWait = { None: 0, Running: 1, Found: 2 } as const;
type TracedWait = (typeof TracedWait)[keyof typeof TracedWait];

function selects(selector: ChildSelector, tid: number, pgrp: number): boolean {
  return selector.kind === 'any' || (selector.kind === 'pid' ? tid : pgrp) === selector.id;
}

/** What the process's tracees have to tell. */
function takeTraced(task: Task, selector: ChildSelector, options: number, result: WaitResult): TracedWait {
  const { tracees, tracedExits } = task.group;
  if (tracees.size === 0 && tracedExits.length === 0) return TracedWait.None;
  const keep = (options & WNOWAIT) !== 0;
  const { pids } = task.kernel;
  let found: TracedWait = TracedWait.None;
  for (const tracee of tracees) {
    if (!selects(selector, tracee.tid, tracee.group.processGroup.id)) continue;
    if ((options & __WNOTHREAD) !== 0 && tracee.ptrace?.tracer !== task) continue;
    found = TracedWait.Running;
    const { ptrace } = tracee;
    if (ptrace === null || !ptrace.reportable) continue;
    const { status } = ptrace;
    const code = ptrace.stop === StopKind.Group && !ptrace.seized ? CLD_STOPPED : CLD_TRAPPED;
    result.pid = tracee.tid;
    result.seenPid = pids.seenBy(task, tracee.tid);
    result.status = (status << 8) | 0x7f;
    result.info = seenInfo(task, sigInfo(SIGCHLD, code, { pid: tracee.tid, uid: tracee.creds.uid, status }));
    collectUsage(tracee.group);
    result.usage = total(tracee.group);
    if (!keep) ptrace.reportable = false;
    return TracedWait.Found;
  }
  if ((options & WEXITED) === 0) return found;
  const at = tracedExits.findIndex((exit) => selects(selector, exit.tid, 0));
  const gone = tracedExits[at];
  if (gone === undefined) return found;
  const signal = gone.status & 0x7f;
  result.pid = result.seenPid = gone.tid;
  result.status = gone.status;
  const status = signal === 0 ? gone.status >> 8 : signal;
  result.info = sigInfo(SIGCHLD, signal === 0 ? CLD_EXITED : CLD_KILLED, { pid: gone.tid, uid: gone.uid, status });
  result.usage = noUsage();
  if (!keep) tracedExits.splice(at, 1);
  return TracedWait.Found;
}

function total(child: ThreadGroup): Usage {
  const sum = noUsage();
  addUsage(sum, child.usage);
  addUsage(sum, child.childrenUsage);
  return sum;
}

/** Fills `result` and returns 0, or -ECHILD, or sleeps. With WNOHANG and nothing to report, `result.pid` is 0. */
export function waitForChild(task: Task, selector: ChildSelector, options: number, result: WaitResult): number | Blocking {
  const attempt = (): number => {
    let any = false;
    for (const child of task.group.children) {
      if (!eligible(task, child, selector, options)) continue;
      any = true;
      if (take(task, child, options, result)) return 0;
    }
    const traced = takeTraced(task, selector, options, result);
    if (traced === TracedWait.Found) return 0;
    if (traced === TracedWait.Running) any = true;
    if (!any) return -ECHILD;
    return (options & WNOHANG) !== 0 ? 0 : -EAGAIN;
  };
  const first = attempt();
  return first === -EAGAIN ? pauseUntil(task, task.group.childWait, attempt) : first;
}
