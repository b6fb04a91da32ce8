/** The locking commands of fcntl(2), and flock(2). */
import { EAGAIN, EBADF, EFAULT, EINVAL, EOVERFLOW } from '#abi/errno.ts';
import {
  F_GETLK,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '#abi/fcntl.ts';
import { decodeFlock, encodeFlock, Flock, newFlock } from '#abi/layouts.gen.ts';
import { beginLockWait, endLockWait, FileLocks } from '#fs/vfs/locks.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Result } from './handler.ts';

const request = newFlock();

/** flock(2) on an open file. */
export function flockFile(task: Task, file: OpenFile, operation: number): Result {
  const kind = operation & ~LOCK_NB;
  if (kind === LOCK_UN) {
    file.inode.locks?.unlockFlock(file);
    return 0;
  }
  if (kind !== LOCK_SH && kind !== LOCK_EX) return -EINVAL;
  const locks = FileLocks.of(file.inode);
  const attempt = (): number => locks.tryFlock(file, task.pid, kind === LOCK_EX);
  const result = attempt();
  if (result !== -EAGAIN || (operation & LOCK_NB) !== 0) return result;
  return pauseUntil(task, locks.waitQueue, attempt);
}

/** Decodes struct flock at `addr` into a byte range: [start, end], or -errno. */
const range = { start: 0, end: 0 };
function decodeRange(task: Task, file: OpenFile, addr: number): number {
  if (!task.mem.in(addr, Flock.SIZE)) return -EFAULT;
  decodeFlock(task.mem.view, 0, request);
  let base = 0;
  if (request.l_whence === SEEK_CUR) base = file.pos;
  else if (request.l_whence === SEEK_END) {
    file.inode.refresh();
    base = file.inode.size;
  } else if (request.l_whence !== SEEK_SET) return -EINVAL;
  let start = base + request.l_start;
  let end = Infinity;
  if (request.l_len > 0) end = start + request.l_len - 1;
  else if (request.l_len < 0) {
    end = start - 1;
    start += request.l_len;
  }
  if (start < 0) return -EINVAL;
  if (start > 2 ** 63 || (end !== Infinity && end > 2 ** 63)) return -EOVERFLOW;
  range.start = start;
  range.end = end;
  return 0;
}

/** F_GETLK, F_SETLK, F_SETLKW and their OFD forms. */
export function recordLock(task: Task, file: OpenFile, cmd: number, addr: number): Result {
  const bad = decodeRange(task, file, addr);
  if (bad !== 0) return bad;
  const type = request.l_type;
  const isOfd = cmd === F_OFD_GETLK || cmd === F_OFD_SETLK || cmd === F_OFD_SETLKW;
  if (isOfd && request.l_pid !== 0) return -EINVAL;
  const owner = isOfd ? file : task.files;
  const { start, end } = range;
  if (cmd === F_GETLK || cmd === F_OFD_GETLK) return queryLock(task, file, owner, addr);
  if (type === F_UNLCK) {
    file.inode.locks?.unlock(owner, start, end);
    return 0;
  }
  if (type !== F_RDLCK && type !== F_WRLCK) return -EINVAL;
  if (type === F_RDLCK ? !file.readable : !file.writable) return -EBADF;
  const locks = FileLocks.of(file.inode);
  const pid = isOfd ? -1 : task.pid;
  const attempt = (): number => locks.tryLock(owner, pid, type === F_WRLCK, start, end);
  const result = attempt();
  if (result !== -EAGAIN || (cmd !== F_SETLKW && cmd !== F_OFD_SETLKW)) return result;
  if (isOfd) return pauseUntil(task, locks.waitQueue, attempt);
  return waitForRecord(task, locks, attempt, type === F_WRLCK, start, end);
}

function* waitForRecord(task: Task, locks: FileLocks, attempt: () => number, exclusive: boolean, start: number, end: number): Blocking {
  const owner = task.files;
  const tryOrNote = (): number => {
    const result = attempt();
    if (result !== -EAGAIN) return result;
    const holder = locks.conflict(owner, exclusive, start, end);
    const dead = holder === null ? 0 : beginLockWait(owner, holder.owner);
    return dead !== 0 ? dead : -EAGAIN;
  };
  try {
    return yield* pauseUntil(task, locks.waitQueue, tryOrNote);
  } finally {
    endLockWait(owner);
  }
}

function queryLock(task: Task, file: OpenFile, owner: object, addr: number): number {
  const type = request.l_type;
  if (type !== F_RDLCK && type !== F_WRLCK) return -EINVAL;
  const conflict = file.inode.locks?.conflict(owner, type === F_WRLCK, range.start, range.end) ?? null;
  if (conflict === null) request.l_type = F_UNLCK;
  else {
    request.l_type = conflict.exclusive ? F_WRLCK : F_RDLCK;
    request.l_whence = SEEK_SET;
    request.l_start = conflict.start;
    request.l_len = conflict.end === Infinity ? 0 : conflict.end - conflict.start + 1;
    request.l_pid = conflict.pid < 0 ? conflict.pid : task.kernel.pids.seenBy(task, conflict.pid);
  }
  encodeFlock(task.mem.view, 0, request);
  return task.mem.out(addr, Flock.SIZE);
}
