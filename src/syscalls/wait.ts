/** wait4(2), waitid(2). */
import { EBADF, ECHILD, EFAULT, EINVAL, ESRCH } from '#abi/errno.ts';
import {
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  WUNTRACED,
} from '#abi/wait.ts';
import { encodeRusage, RUSAGE_SIZE } from '#kernel/process/rusage.ts';
import { type ChildSelector, waitForChild, type WaitResult } from '#kernel/process/wait-child.ts';
import { encodeSigInfo, SIGINFO_SIZE } from '#kernel/signal/siginfo.ts';
import type { Task } from '#kernel/task.ts';
import type { Blocking } from '#kernel/wait.ts';
import { PidFile } from '#fs/anon/pidfd.ts';
import type { Handlers, Result } from './handler.ts';

const WAIT4_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
const WAITID_OPTIONS = WAIT4_OPTIONS | WEXITED | WNOWAIT;

function fresh(): WaitResult {
  return { pid: 0, seenPid: 0, status: 0, info: null, usage: null };
}

/** Runs `finish` on the wait's result, now or when it has slept. */
function then(wait: number | Blocking, finish: (result: number) => number): Result {
  return typeof wait === 'number' ? finish(wait) : finishLater(wait, finish);
}
function* finishLater(wait: Blocking, finish: (result: number) => number): Blocking {
  return finish(yield* wait);
}

function storeUsage(task: Task, addr: number, result: WaitResult): number {
  if (addr === 0 || result.usage === null) return 0;
  encodeRusage(task.mem.view, 0, result.usage);
  return task.mem.out(addr, RUSAGE_SIZE);
}

export const handlers = {
  wait4(task, pid, statusAddr, options, usageAddr) {
    if ((options & ~WAIT4_OPTIONS) !== 0) return -EINVAL;
    if (pid === -2147483648) return -ESRCH;
    const selector: ChildSelector =
      pid === -1
        ? { kind: 'any' }
        : pid > 0
          ? { kind: 'pid', id: task.ns.pid.from(pid) }
          : { kind: 'group', id: pid === 0 ? task.group.processGroup.id : task.ns.pid.from(-pid) };
    const found = fresh();
    return then(waitForChild(task, selector, options | WEXITED, found), (result) => {
      if (result < 0) return result;
      if (found.pid === 0) return 0;
      if (statusAddr !== 0 && task.mem.writeI32(statusAddr, found.status) < 0) return -EFAULT;
      return storeUsage(task, usageAddr, found) < 0 ? -EFAULT : found.seenPid;
    });
  },

  waitid(task, idType, id, infoAddr, options, usageAddr) {
    if ((options & ~WAITID_OPTIONS) !== 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) === 0) return -EINVAL;
    let selector: ChildSelector;
    let nonblocking = false;
    switch (idType) {
      case P_ALL:
        selector = { kind: 'any' };
        break;
      case P_PID:
        if (id <= 0) return -EINVAL;
        selector = { kind: 'pid', id: task.ns.pid.from(id) };
        break;
      case P_PGID:
        if (id < 0) return -EINVAL;
        selector = { kind: 'group', id: id === 0 ? task.group.processGroup.id : task.ns.pid.from(id) };
        break;
      case P_PIDFD: {
        if (id < 0) return -EINVAL;
        const file = task.files.get(id);
        if (!(file instanceof PidFile)) return -EBADF;
        selector = { kind: 'pid', id: file.group.pid };
        if (file.group.parent !== task.group) return -ECHILD;
        nonblocking = file.nonblocking;
        break;
      }
      default:
        return -EINVAL;
    }
    const found = fresh();
    const wait = waitForChild(task, selector, nonblocking ? options | WNOHANG : options, found);
    return then(wait, (result) => {
      if (result < 0) return result;
      if (found.pid === 0 && nonblocking && (options & WNOHANG) === 0) return -11;
      if (infoAddr !== 0) {
        task.mem.bytes.fill(0, 0, SIGINFO_SIZE);
        if (found.info !== null) encodeSigInfo(task.mem.view, 0, found.info);
        if (task.mem.out(infoAddr, found.info === null ? 24 : SIGINFO_SIZE) < 0) return -EFAULT;
      }
      return storeUsage(task, usageAddr, found) < 0 ? -EFAULT : 0;
    });
  },
} satisfies Handlers;
