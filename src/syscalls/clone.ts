/** clone(2), clone3(2), fork(2), vfork(2), exit(2), exit_group(2), set_tid_address(2), unshare(2), setns(2). */
import { E2BIG, EFAULT, EINVAL, EPERM, EEXIST, ENOSYS } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import {
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} from '#abi/sched.ts';
import { SIGCHLD } from '#abi/signal.ts';
import { type CloneRequest, cloneTask } from '#kernel/process/clone.ts';
import { exitedStatus, exitGroup, exitThread } from '#kernel/process/exit.ts';
import { cloneNamespaces, NAMESPACE_FLAGS } from '#kernel/process/unshare.ts';
import { ANSWERED } from '#kernel/result.ts';
import type { Handlers } from './handler.ts';

const CSIGNAL = 0xff;
const PAGE = 4096;

const plain: CloneRequest = {
  flags: 0,
  flagsHigh: 0,
  exitSignal: SIGCHLD,
  stack: 0,
  tls: 0,
  parentTid: 0,
  childTid: 0,
  pidfd: 0,
  wantedTid: 0,
};

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
      wantedTid: 0,
    });
  },
  /** CLONE_INTO_CGROUP is refused; set_tid takes one level. */
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
    const [FLAGS, PIDFD, CHILD_TID, PARENT_TID, EXIT_SIGNAL, STACK, STACK_SIZE, TLS, SET_TID, SET_TID_SIZE] = [
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
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
      wantedTid: 0,
    };
    const setTid = u64(SET_TID);
    const setTidSize = u64(SET_TID_SIZE);
    const CLEAR_SIGHAND_HIGH = 1;
    if ((flags & (CLONE_DETACHED | CSIGNAL)) !== 0 || (flagsHigh & ~CLEAR_SIGHAND_HIGH) !== 0) return -EINVAL;
    if (exitSignal > 64) return -EINVAL;
    if ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0) return -EINVAL;
    if ((stack === 0) !== (stackSize === 0)) return -EINVAL;
    if ((setTid === 0) !== (setTidSize === 0) || setTidSize > 1) return -EINVAL;
    if (setTidSize === 1) {
      if (!task.capable(CAP_SYS_ADMIN)) return -EPERM;
      const wanted = mem.readU32(setTid);
      if (wanted < 0) return wanted;
      if (wanted <= 1 || wanted >= task.kernel.pids.max) return -EINVAL;
      if (task.kernel.pids.tasks.has(wanted) || task.kernel.pids.groups.has(wanted)) return -EEXIST;
      request.wantedTid = wanted;
    }
    return cloneTask(task, request);
  },
  exit(task, code) {
    exitThread(task, code);
    return ANSWERED;
  },
  exit_group(task, code) {
    exitGroup(task, exitedStatus(code));
    return ANSWERED;
  },
  set_tid_address(task, addr) {
    task.clearChildTid = addr;
    return task.tid;
  },
  /** No user or pid namespaces. */
  unshare(task, flags) {
    const KNOWN =
      CLONE_THREAD |
      CLONE_FS |
      CLONE_NEWNS |
      CLONE_SIGHAND |
      CLONE_VM |
      CLONE_FILES |
      CLONE_SYSVSEM |
      CLONE_NEWUSER |
      CLONE_NEWPID |
      NAMESPACE_FLAGS;
    if ((flags & ~KNOWN) !== 0) return -EINVAL;
    if ((flags & (CLONE_NEWUSER | CLONE_NEWPID)) !== 0) {
      task.kernel.counters.refused('unshare CLONE_NEWUSER or CLONE_NEWPID');
      return -EINVAL;
    }
    if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) !== 0 && task.group.liveThreads.length > 1) return -EINVAL;
    if ((flags & NAMESPACE_FLAGS) !== 0 && !task.capable(CAP_SYS_ADMIN)) return -EPERM;
    if ((flags & (CLONE_FS | CLONE_NEWNS)) !== 0 && task.fs.refs > 1) {
      const copy = task.fs.copy();
      task.fs.refs -= 1;
      task.fs = copy;
    }
    if ((flags & CLONE_FILES) !== 0 && task.files.refs > 1) {
      const copy = task.files.copy();
      task.files.refs -= 1;
      task.files = copy;
    }
    task.ns = cloneNamespaces(task, flags);
    return 0;
  },
  setns(task) {
    task.kernel.counters.refused('setns');
    return -ENOSYS;
  },
} satisfies Handlers;
