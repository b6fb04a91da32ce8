/** pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). */
import { CAP_SYS_PTRACE } from '#abi/capability.ts';
import { EBADF, EFAULT, EINVAL, EMFILE, EPERM, ESRCH } from '#abi/errno.ts';
import { PIDFD_NONBLOCK, PIDFD_SIGNAL_PROCESS_GROUP, PIDFD_SIGNAL_THREAD, PIDFD_SIGNAL_THREAD_GROUP, PIDFD_THREAD } from '#abi/linux.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { NSIG, SI_TKILL, SI_USER } from '#abi/signal.ts';
import { newPidfd, PidFile } from '#fs/anon/pidfd.ts';
import { ProcessDirectory } from '#fs/proc/process.ts';
import { type SigInfo, sigInfo } from '#kernel/pending-signals.ts';
import { maySignal, sendToGroup, sendToPgrp, sendToTask } from '#kernel/signal/send.ts';
import { decodeSigInfo, SIGINFO_SIZE } from '#kernel/signal/siginfo.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import type { Handlers } from './handler.ts';

const SCOPES = PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP | PIDFD_SIGNAL_PROCESS_GROUP;

/** The process behind a pidfd or a directory /proc/PID; -EBADF for other files, -ESRCH when it is gone. */
function processOf(task: Task, fd: number): ThreadGroup | number {
  const file = task.files.get(fd);
  if (file instanceof PidFile) return file.alive() < 0 ? -ESRCH : file.group;
  const inode = file === null ? null : file.inode;
  return inode instanceof ProcessDirectory ? (inode.process ?? -ESRCH) : -EBADF;
}

function infoFor(task: Task, group: ThreadGroup, signal: number, addr: number): SigInfo | number {
  if (addr === 0) return sigInfo(signal, SI_USER, { pid: task.pid, uid: task.creds.uid });
  if (!task.mem.in(addr, SIGINFO_SIZE)) return -EFAULT;
  const info = decodeSigInfo(task.mem.view, 0);
  if (info.signal !== signal) return -EINVAL;
  if (group !== task.group && (info.code >= 0 || info.code === SI_TKILL)) return -EPERM;
  return info;
}

/** Like ptrace's read access: same user and dumpable, or CAP_SYS_PTRACE. */
function mayTakeFiles(task: Task, target: Task): boolean {
  if (task.group === target.group || task.creds.capableIn(target.creds.userNs, CAP_SYS_PTRACE)) return true;
  const { fsuid, fsgid } = task.creds;
  const to = target.creds;
  const same = fsuid === to.uid && fsuid === to.euid && fsuid === to.suid && fsgid === to.gid && fsgid === to.egid && fsgid === to.sgid;
  return same && target.group.dumpable === 1;
}

export const handlers = {
  /** PIDFD_THREAD only for the main thread. */
  pidfd_open(task, pid, flags) {
    if ((flags & ~(PIDFD_NONBLOCK | PIDFD_THREAD)) !== 0 || pid <= 0) return -EINVAL;
    const { pids } = task.kernel;
    const group = pids.group(task, pid);
    if (group === undefined) return pids.task(task, pid) !== undefined ? -EINVAL : -ESRCH;
    return newPidfd(task, group.leader, flags & PIDFD_NONBLOCK);
  },
  pidfd_send_signal(task, fd, signal, infoAddr, flags) {
    if ((flags & ~SCOPES) !== 0 || (flags & (flags - 1)) !== 0) return -EINVAL;
    const group = processOf(task, fd);
    if (typeof group === 'number') return group;
    const info = infoFor(task, group, signal, infoAddr);
    if (typeof info === 'number') return info;
    if (signal < 0 || signal > NSIG) return -EINVAL;
    if (!maySignal(task, group, signal)) return -EPERM;
    if (signal === 0) return 0;
    if (flags === PIDFD_SIGNAL_THREAD) return sendToTask(group.leader, info);
    if (flags !== PIDFD_SIGNAL_PROCESS_GROUP) return sendToGroup(group, info);
    sendToPgrp(group.processGroup, info);
    return 0;
  },
  pidfd_getfd(task, fd, targetFd, flags) {
    if (flags !== 0) return -EINVAL;
    const file = task.files.get(fd);
    if (!(file instanceof PidFile)) return -EBADF;
    const [target] = file.group.liveThreads;
    if (file.alive() < 0 || target === undefined) return -ESRCH;
    if (!mayTakeFiles(task, target)) return -EPERM;
    const wanted = target.files.get(targetFd);
    if (wanted === null) return -EBADF;
    const got = task.files.install(wanted.get(), true, task.limit(RLIMIT_NOFILE));
    if (got >= 0) return got;
    wanted.put();
    return -EMFILE;
  },
} satisfies Handlers;
