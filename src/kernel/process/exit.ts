/**
 * The end of tasks and processes. A task that exits gives everything back at once; a process stays as a zombie until its
 * parent waits. A whole process ends by ending its stub; single threads end one by one.
 */
import {
  SIGCHLD,
  SIGHUP,
  SIGCONT,
  SIGKILL,
  SA_NOCLDWAIT,
  SIG_IGN,
  SI_KERNEL,
  SI_USER,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
} from '#abi/signal.ts';
import { exitFutexes } from '../futex/exit.ts';
import { leaveUndo } from '../ipc/semaphores.ts';
import type { Kernel } from '../kernel.ts';
import { sigInfo } from '../pending-signals.ts';
import { releaseTracees, traceeGone } from '../ptrace/stop.ts';
import { sendToGroup } from '../signal/send.ts';
import { completeStop } from '../signal/stop.ts';
import type { Task } from '../task.ts';
import { TaskState } from '../task.ts';
import type { ThreadGroup } from '../thread-group.ts';
import { addUsage, collectUsage } from './usage.ts';

/** Wait statuses, as wait4(2) stores them. */
export function exitedStatus(code: number): number {
  return (code & 0xff) << 8;
}
export function killedStatus(signal: number, core = false): number {
  return signal | (core ? 0x80 : 0);
}

/** exit(2): ends one thread; the process goes with its last one. */
export function exitThread(task: Task, code: number): void {
  if (task.group.liveThreads.length <= 1) {
    exitGroup(task, exitedStatus(code));
    return;
  }
  task.exitCode = exitedStatus(code);
  endTask(task, true);
}

/** A signal ends one thread (seccomp); the process dies of it with its last one. */
export function exitThreadBySignal(task: Task, signal: number): void {
  if (task.group.liveThreads.length <= 1) {
    exitGroup(task, killedStatus(signal));
    return;
  }
  task.exitCode = killedStatus(signal);
  endTask(task, true);
}

/** exit_group(2), and death by a signal: ends the process of `task` with the given wait status. */
export function exitGroup(task: Task, status: number): void {
  const { group } = task;
  if (group.exiting) return;
  group.exiting = true;
  group.exitStatus = status;
  collectUsage(group);
  // With the whole stub going there is no need to end its threads one by one, unless others live in it (vfork).
  const alone = group.threads.every((other) => other.mm === task.mm) && task.mm.refs <= group.liveThreads.length;
  const { space } = task.mm;
  for (const other of group.liveThreads) endTask(other, !alone);
  if (alone) space.destroy();
}

/** Ends every thread of the process but `task` (execve). */
export function endOtherThreads(task: Task): void {
  for (const other of task.group.liveThreads) if (other !== task) endTask(other, true);
}

/**
 * Takes a task apart. `endThread`: its host thread is to be ended by itself; a thread that is in guest code ends at its
 * next entry, which is forced.
 */
function endTask(task: Task, endThread: boolean): void {
  if (task.exiting) return;
  const { kernel, group } = task;
  task.exiting = true;
  const inGuest = task.state === TaskState.Running && task.blocking === null && kernel.current !== task && !task.onRunQueue;
  task.blocking?.return(0);
  task.blocking = null;
  kernel.timers.disarm(task.sleepTimer);
  exitFutexes(task);
  task.state = TaskState.Zombie;
  if (endThread) {
    if (inGuest) task.thread.interrupt();
    else task.thread.exit(0);
  }
  leaveUndo(task);
  releaseTracees(task);
  traceeGone(task);
  releaseFiles(task);
  task.mm.refs -= 1;
  if (task.mm.refs === 0) {
    const { mm } = task;
    mm.release();
  }
  group.handlers.refs -= 1;
  if (group.liveThreads.length === 0) endGroup(kernel, group);
  else leaveChildren(group, task);
  if (task !== group.leader) {
    kernel.pids.tasks.delete(task.tid);
    kernel.pids.release(task.tid);
    const at = group.threads.indexOf(task);
    if (at >= 0) group.threads.splice(at, 1);
  }
  if (!group.exiting) completeStop(group);
}

function releaseFiles(task: Task): void {
  task.files.refs -= 1;
  if (task.files.refs === 0) task.files.closeAll(task);
  task.fs.refs -= 1;
}

/** The last thread of the process is gone. */
function endGroup(kernel: Kernel, group: ThreadGroup): void {
  if (!group.exiting) {
    group.exiting = true;
    group.exitStatus = group.leader.exitCode;
    collectUsage(group);
  }
  if (group.leader.ns.pid.init === group) endNamespace(kernel, group);
  group.executable?.file.put();
  group.executable = null;
  kernel.hooks.processExited(group);
  dropIpcNamespace(kernel, group);
  reparent(kernel, group);
  hangUpOrphans(group);
  if (group.session.leader === group) {
    group.session.terminal?.sessionLeaderExited(group.session);
  }
  group.zombie = true;
  group.exitWait.wakeAll();
  finishVfork(group);
  if (kernel.init === group) {
    kernel.exitStatus = group.exitStatus;
    return;
  }
  notifyParent(kernel, group);
}

/** The last process of an IPC namespace is gone: its shared memory goes, which is host memory. */
function dropIpcNamespace(kernel: Kernel, group: ThreadGroup): void {
  const { ipc } = group.leader.ns;
  if (ipc.segments.count === 0 || ipc === kernel.init?.leader.ns.ipc) return;
  for (const task of kernel.pids.tasks.values()) if (!task.exiting && task.ns.ipc === ipc) return;
  for (const segment of [...ipc.segments]) segment.destroyWhenUnused();
}

/** The init of a pid namespace is gone: all in it die, and what nobody outside waits for is gone at once. */
function endNamespace(kernel: Kernel, init: ThreadGroup): void {
  const namespace = init.leader.ns.pid;
  namespace.dying = true;
  for (const task of [...kernel.pids.tasks.values()])
    if (task.group !== init && !task.exiting && task.ns.pid.isBelow(namespace)) exitGroup(task, killedStatus(SIGKILL));
  for (const child of [...init.children]) if (child.zombie) reap(kernel, child, false);
}

/** A vfork child lets its parent go on (it has a new image, or is gone). */
export function finishVfork(group: ThreadGroup): void {
  if (!group.vforkPending) return;
  group.vforkPending = false;
  group.vforkDone.wakeAll();
}

function notifyParent(kernel: Kernel, group: ThreadGroup): void {
  const { parent } = group;
  if (parent === null) {
    reap(kernel, group, false);
    return;
  }
  if (group.exitSignal === SIGCHLD) {
    const action = parent.handlers.get(SIGCHLD);
    group.autoReap = action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0;
  }
  if (group.exitSignal !== 0) sendToGroup(parent, childInfo(group));
  if (group.autoReap) reap(kernel, group, false);
  parent.childWait.wakeAll();
}

/** What SIGCHLD and waitid say of an exited process. */
export function childInfo(group: ThreadGroup): ReturnType<typeof sigInfo> {
  const status = group.exitStatus;
  const signal = status & 0x7f;
  const code = signal === 0 ? CLD_EXITED : (status & 0x80) !== 0 ? CLD_DUMPED : CLD_KILLED;
  return sigInfo(group.exitSignal, code, {
    pid: group.pid,
    uid: group.leader.creds.uid,
    status: signal === 0 ? status >> 8 : signal,
    utime: Math.floor(group.usage.userNs / 1e7),
    stime: Math.floor(group.usage.systemNs / 1e7),
  });
}

/** The children of one thread go to another of the same process. To them it is their parent's death all the same. */
function leaveChildren(group: ThreadGroup, task: Task): void {
  for (const child of group.children) {
    if (child.parentTask !== task) continue;
    child.parentTask = group.liveThreads[0] ?? null;
    tellOfDeath(child, group);
  }
}
/** PR_SET_PDEATHSIG. */
function tellOfDeath(child: ThreadGroup, parent: ThreadGroup): void {
  for (const thread of child.threads) {
    if (thread.deathSignal !== 0)
      sendToGroup(child, sigInfo(thread.deathSignal, SI_USER, { pid: parent.pid, uid: parent.leader.creds.uid }));
  }
}

/** Children go to the nearest living subreaper above, or to init. */
function reparent(kernel: Kernel, group: ThreadGroup): void {
  if (group.children.length === 0) return;
  const namespace = group.leader.ns.pid;
  const init = namespace.init ?? kernel.init;
  // A child of a dying namespace's init goes with it: whoever entered from outside has a parent outside.
  let reaper: ThreadGroup | null = init === group ? (namespace.parent === null ? null : kernel.init) : init;
  for (let up = init === group ? null : group.parent; up !== null && up.leader.ns.pid === namespace; up = up.parent) {
    if (up.childSubreaper && !up.exiting) {
      reaper = up;
      break;
    }
  }
  for (const child of group.children) {
    child.parent = reaper;
    reaper?.children.push(child);
    child.parentTask = reaper?.liveThreads[0] ?? null;
    child.exitSignal = SIGCHLD;
    tellOfDeath(child, group);
    if (child.zombie) notifyParent(kernel, child);
  }
  for (const child of group.children) hangUpGroup(child, group);
  group.children.length = 0;
}

/** A process group that `leaving` leaves orphaned while some of it is stopped gets SIGHUP and SIGCONT. */
function hangUpOrphans(group: ThreadGroup): void {
  const parent = group.parent;
  if (parent === null || parent.session !== group.session || parent.processGroup === group.processGroup) return;
  hangUpGroup(group, group);
}
function hangUpGroup(member: ThreadGroup, leaving: ThreadGroup): void {
  const pgrp = member.processGroup;
  if (!pgrp.isOrphaned(leaving)) return;
  const members = [...pgrp.members].filter((other) => other !== leaving && !other.zombie);
  if (!members.some((other) => other.stop.stopped)) return;
  for (const other of members) {
    sendToGroup(other, sigInfo(SIGHUP, SI_KERNEL));
    sendToGroup(other, sigInfo(SIGCONT, SI_KERNEL));
  }
}

/** A zombie goes: its numbers become free; if it was waited for, its usage is its parent's children's. */
export function reap(kernel: Kernel, group: ThreadGroup, waitedFor: boolean): void {
  const { parent } = group;
  if (parent !== null) {
    const at = parent.children.indexOf(group);
    if (at >= 0) parent.children.splice(at, 1);
    if (waitedFor) {
      addUsage(parent.childrenUsage, group.usage);
      addUsage(parent.childrenUsage, group.childrenUsage);
    }
  }
  kernel.pids.groups.delete(group.pid);
  kernel.pids.tasks.delete(group.leader.tid);
  leaveProcessGroup(kernel, group);
  kernel.pids.release(group.pid);
}

/** Takes a process out of its group; empty groups and sessions vanish. */
export function leaveProcessGroup(kernel: Kernel, group: ThreadGroup): void {
  const { processGroup } = group;
  processGroup.leave(group);
  if (processGroup.members.size > 0) return;
  const { session } = processGroup;
  kernel.pids.processGroups.delete(processGroup.id);
  if (session.groups.size === 0) kernel.pids.sessions.delete(session.id);
  kernel.pids.release(processGroup.id);
  kernel.pids.release(session.id);
}

/** The host killed the stub (out of memory, or somebody outside): its processes die as by SIGKILL. */
export function hostKilled(task: Task): void {
  for (const other of [...task.kernel.pids.tasks.values()]) {
    if (other.mm === task.mm && !other.exiting) exitGroup(other, killedStatus(SIGKILL));
  }
}
