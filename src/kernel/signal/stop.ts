/**
 * Job-control stops of a whole process. The task that takes the stop signal begins the stop; every thread joins at its
 * next way back to the guest; the last one in completes it and tells the parent. SIGCONT undoes it at any point.
 */
import { CLD_CONTINUED, CLD_STOPPED, SA_NOCLDSTOP, SIG_IGN, SIGCHLD, SIGCONT } from '#abi/signal.ts';
import { sigInfo } from '../pending-signals.ts';
import { type Task, TaskState } from '../task.ts';
import type { ThreadGroup } from '../thread-group.ts';
import { continueTraced, groupStop } from '../ptrace/stop.ts';
import { kick, sendToGroup } from './send.ts';

/** Begins to stop the process of `task` by `signal`; the task itself joins by `joinStop`. */
export function beginStop(task: Task, signal: number): void {
  const { group } = task;
  group.stop.signal = signal;
  group.stop.continueReport = false;
  for (const other of group.threads) {
    if (other.ptrace !== null) other.ptrace.ignoresGroupStop = false;
    if (other !== task && !other.exiting) kick(other, false);
  }
}

/** The task stops, as its process does. It goes on, by the run queue, after SIGCONT. */
export function joinStop(task: Task): void {
  if (task.ptrace === null) task.state = TaskState.Stopped;
  else groupStop(task, task.group.stop.signal);
  completeStop(task.group);
}

/** Completes the stop if every live thread has stopped; also called when a thread exits. */
export function completeStop(group: ThreadGroup): void {
  const { stop } = group;
  if (stop.signal === 0 || stop.stopped) return;
  const live = group.liveThreads;
  if (live.length === 0 || live.some((thread) => thread.state !== TaskState.Stopped)) return;
  stop.stopped = true;
  stop.stopReport = true;
  tellParent(group, CLD_STOPPED, stop.signal);
}

/** SIGCONT: all threads go on; the parent hears of it if the process had stopped. */
export function continueGroup(group: ThreadGroup): void {
  const { stop } = group;
  if (stop.signal === 0) return;
  const hadStopped = stop.stopped;
  stop.signal = 0;
  stop.stopped = false;
  stop.stopReport = false;
  for (const thread of group.threads) {
    if (thread.ptrace !== null) {
      continueTraced(thread);
      continue;
    }
    if (thread.state !== TaskState.Stopped) continue;
    thread.state = TaskState.Running;
    thread.notify = true;
    thread.kernel.makeRunnable(thread);
  }
  if (!hadStopped) return;
  stop.continueReport = true;
  tellParent(group, CLD_CONTINUED, SIGCONT);
}

function tellParent(group: ThreadGroup, code: number, status: number): void {
  const { parent } = group;
  if (parent === null) {
    if (code === CLD_STOPPED) group.leader.kernel.initStopped?.(status);
    return;
  }
  const action = parent.handlers.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    sendToGroup(
      parent,
      sigInfo(SIGCHLD, code, {
        pid: group.pid,
        uid: group.leader.creds.uid,
        status,
        utime: Math.floor(group.usage.userNs / 1e7),
        stime: Math.floor(group.usage.systemNs / 1e7),
      }),
    );
  }
  parent.childWait.wakeAll();
}
