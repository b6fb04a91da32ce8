/** clone(2), clone3(2), fork(2), vfork(2), exit(2), exit_group(2), set_tid_address(2). */
import { E2BIG, EBADF, EFAULT, EINVAL } from '#abi/errno.ts';
import {
  CLONE_DETACHED,
  CLONE_NEWPID,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} from '#abi/sched.ts';
import { SIGCHLD } from '#abi/signal.ts';
import { type CloneRequest, cloneTask } from '#kernel/process/clone.ts';
import { exitedStatus, exitGroup, exitThread } from '#kernel/process/exit.ts';
import { exitEvent } from '#kernel/ptrace/stop.ts';
import { ANSWERED } from '#kernel/result.ts';
import type { Task } from '#kernel/task.ts';
import type { Blocking } from '#kernel/wait.ts';
import type { Handlers } from './handler.ts';

const CSIGNAL = 0xff;
const PAGE = 4096;
const MAX_INT = 0x7fffffff;

const plain: CloneRequest = {
  flags: 0,
  flagsHigh: 0,
  exitSignal: SIGCHLD,
  stack: 0,
  tls: 0,
  parentTid: 0,
  childTid: 0,
  pidfd: 0,
  wantedTids: [],
};

function* exitLater(task: Task, stop: Blocking, exit: () => void): Blocking {
  yield* stop;
  // This call ends with the task.
  task.blocking = null;
  exit();
  return ANSWERED;
}

export const handlers = {
  fork(task) {
    return cloneTask(task, plain);
  },
  vfork(task) {
    return cloneTask(task, { ...plain, flags: CLONE_VFORK | CLONE_VM });
  },
  clone(task, flags, stack, parentTid, childTid, tls) {
    const wanted = flags & ~CSIGNAL;
    if ((wanted & CLONE_PIDFD) !== 0 && (wanted & (CLONE_DETACHED | CLONE_PARENT_SETTID)) !== 0) return -EINVAL;
    return cloneTask(task, {
      flags: wanted,
      flagsHigh: 0,
      exitSignal: flags & CSIGNAL,
      stack,
      tls,
      parentTid,
      childTid,
      pidfd: parentTid,
      wantedTids: [],
    });
  },
  /** clone3(2). */
  clone3(task, addr, size) {
    const VER0 = 64;
    const VER2 = 88;
    if (size > PAGE) return -E2BIG;
    if (size < VER0) return -EINVAL;
    const { mem } = task;
    if (!mem.in(addr, size)) return -EFAULT;
    for (let i = VER2; i < size; i += 1) if (mem.bytes[i] !== 0) return -E2BIG;
    for (let i = size; i < VER2; i += 1) mem.bytes[i] = 0;
    const u64 = (field: number) => mem.view.getUint32(field * 8, true) + mem.view.getUint32(field * 8 + 4, true) * 4294967296;
    const [FLAGS, PIDFD, CHILD_TID, PARENT_TID, EXIT_SIGNAL, STACK, STACK_SIZE, TLS, SET_TID, SET_TID_SIZE, CGROUP] = [
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ] as const;
    const flags = mem.view.getInt32(FLAGS * 8, true);
    const flagsHigh = mem.view.getUint32(FLAGS * 8 + 4, true);
    const exitSignal = u64(EXIT_SIGNAL);
    const stack = u64(STACK);
    const stackSize = u64(STACK_SIZE);
    const request = {
      flags,
      flagsHigh,
      exitSignal,
      stack: stack === 0 ? 0 : stack + stackSize,
      tls: u64(TLS),
      parentTid: u64(PARENT_TID),
      childTid: u64(CHILD_TID),
      pidfd: u64(PIDFD),
      wantedTids: [] as number[],
    };
    const setTid = u64(SET_TID);
    const setTidSize = u64(SET_TID_SIZE);
    const CLEAR_SIGHAND_HIGH = 1;
    const INTO_CGROUP_HIGH = 2;
    if ((flags & (CLONE_DETACHED | CSIGNAL)) !== 0 || (flagsHigh & ~(CLEAR_SIGHAND_HIGH | INTO_CGROUP_HIGH)) !== 0) return -EINVAL;
    if (exitSignal > 64) return -EINVAL;
    if ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0) return -EINVAL;
    if ((stack === 0) !== (stackSize === 0)) return -EINVAL;
    if ((flagsHigh & INTO_CGROUP_HIGH) !== 0) {
      const cgroup = u64(CGROUP);
      if (cgroup > MAX_INT || size < VER2) return -EINVAL;
      // There is one cgroup, which every child is in anyway.
      const file = task.files.get(cgroup);
      if (file === null || file.inode.superBlock.type !== 'cgroup2' || !file.inode.isDirectory) return -EBADF;
    }
    const levels = task.ns.pidForChildren.level + 1;
    if ((setTid === 0) !== (setTidSize === 0) || setTidSize > levels + ((flags & CLONE_NEWPID) !== 0 ? 1 : 0)) return -EINVAL;
    for (let i = 0; i < setTidSize; i += 1) {
      const wanted = mem.readU32(setTid + i * 4);
      if (wanted < 0) return wanted;
      if (wanted < 1 || wanted >= task.kernel.pids.max) return -EINVAL;
      request.wantedTids.push(wanted);
    }
    return cloneTask(task, request);
  },
  exit(task, code) {
    const traced = exitEvent(task, exitedStatus(code));
    if (traced !== null) return exitLater(task, traced, () => exitThread(task, code));
    exitThread(task, code);
    return ANSWERED;
  },
  exit_group(task, code) {
    const traced = exitEvent(task, exitedStatus(code));
    if (traced !== null) return exitLater(task, traced, () => exitGroup(task, exitedStatus(code)));
    exitGroup(task, exitedStatus(code));
    return ANSWERED;
  },
  set_tid_address(task, addr) {
    task.clearChildTid = addr;
    return task.ownTid;
  },
} satisfies Handlers;
