/** Process ids, process groups and sessions: getpid(2), getppid(2), gettid(2), setpgid(2), setsid(2) and relatives. */
import { EACCES, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import { leaveProcessGroup } from '#kernel/process/exit.ts';
import { ProcessGroup, Session } from '#kernel/session.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import type { Handlers } from './handler.ts';

function groupOf(task: Task, pid: number): ThreadGroup | null {
  if (pid === 0) return task.group;
  const { pids } = task.kernel;
  return pids.task(task, pid)?.group ?? pids.group(task, pid) ?? null;
}

function joinProcessGroup(task: Task, member: ThreadGroup, pgrp: ProcessGroup): void {
  if (member.processGroup === pgrp) return;
  pgrp.members.add(member);
  leaveProcessGroup(task.kernel, member);
  member.processGroup = pgrp;
}

export const handlers = {
  getpid: (task) => task.ownPid,
  gettid: (task) => task.ownTid,
  getppid: (task) => task.kernel.pids.seenBy(task, task.group.parent?.pid ?? 0),

  getpgid(task, pid) {
    const group = groupOf(task, pid);
    return group === null ? -ESRCH : task.kernel.pids.seenBy(task, group.processGroup.id);
  },
  getpgrp: (task) => task.kernel.pids.seenBy(task, task.group.processGroup.id),
  getsid(task, pid) {
    const group = groupOf(task, pid);
    return group === null ? -ESRCH : task.kernel.pids.seenBy(task, group.session.id);
  },

  setpgid(task, pid, pgid) {
    const { pids } = task.kernel;
    const asked = pgid === 0 ? (pid === 0 ? task.ownPid : pid) : pgid;
    if (asked < 0) return -EINVAL;
    const wanted = task.ns.pid.from(asked);
    const member = pid === 0 ? task.group : pids.group(task, pid);
    if (member === undefined || member.exiting) return -ESRCH;
    if (member !== task.group) {
      if (member.parent !== task.group) return -ESRCH;
      if (member.session !== task.group.session) return -EPERM;
      if (member.hasExeced) return -EACCES;
    }
    if (member.session.leader === member) return -EPERM;
    let pgrp = pids.processGroups.get(wanted);
    if (wanted === member.pid) {
      if (pgrp === undefined) {
        pgrp = new ProcessGroup(wanted, member.session);
        pids.processGroups.set(wanted, pgrp);
      }
    } else if (pgrp === undefined || pgrp.session !== member.session) return -EPERM;
    joinProcessGroup(task, member, pgrp);
    return 0;
  },

  setsid(task) {
    const { group } = task;
    const { pids } = task.kernel;
    if (pids.processGroups.has(group.pid)) return -EPERM;
    const session = new Session(group.pid, group);
    const pgrp = new ProcessGroup(group.pid, session);
    pids.sessions.set(session.id, session);
    joinProcessGroup(task, group, pgrp);
    pids.processGroups.set(pgrp.id, pgrp);
    group.session = session;
    return task.ownPid;
  },
} satisfies Handlers;
