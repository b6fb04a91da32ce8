/** sendfile(2), copy_file_range(2), splice(2), tee(2), vmsplice(2). */
import { EAGAIN, EBADF, EFAULT, EINVAL, EISDIR, EOVERFLOW, EPERM, ESPIPE, EXDEV } from '#abi/errno.ts';
import { O_APPEND, O_NONBLOCK, SPLICE_F_GIFT, SPLICE_F_MORE, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } from '#abi/fcntl.ts';
import { IN_MODIFY } from '#abi/inotify.ts';
import { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from '#abi/stat.ts';
import { PipeFile } from '#fs/pipe/pipe-file.ts';
import { dropPrivilegeBits } from '#fs/vfs/attributes.ts';
import { ForwardIo } from '#fs/vfs/forward-io.ts';
import { notifications, notifyPath } from '#fs/vfs/notify.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { readFile, writableLength, writeFile } from './read-write.ts';

const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;
/** loff_t. */
const MAX_OFFSET = 2 ** 63;
/** What one call moves at most, so that no call holds the kernel for long; callers go on with the rest. */
const MOST = 8 * 1024 * 1024;

/** One attempt to move bytes. `at` and `to` are positions, -1 the files' own; the files' own positions move. */
function move(task: Task, source: OpenFile, at: number, target: OpenFile, to: number, length: number): number {
  const append = (target.flags & O_APPEND) !== 0 && target.seekable;
  if (append) target.inode.refresh();
  const start = append ? target.inode.size : to < 0 ? target.pos : to;
  const io = new ForwardIo(task, target, start, Math.min(length, MOST));
  if (target.seekable) dropPrivilegeBits(task, target.inode);
  const n = source.read(task, io, at < 0 ? source.pos : at);
  if (n <= 0) return io.error !== 0 ? io.error : n;
  if (at < 0 && source.seekable) source.pos += n;
  if (to < 0 && target.seekable) target.pos = io.pos;
  if (notifications.active && target.path !== null) notifyPath(target.path.dentry, IN_MODIFY);
  return n;
}

/** An offset argument at `addr`: -1 for a null pointer, else its value; -EFAULT and -EINVAL are below -1. */
function offsetAt(task: Task, addr: number): number {
  if (addr === 0) return -1;
  if (!task.mem.in(addr, 8)) return -EFAULT;
  const value = task.mem.view.getUint32(0, true) + task.mem.view.getInt32(4, true) * 4294967296;
  return value < 0 ? -EINVAL : value;
}

/** Moves, sleeping if need be, then stores the offsets that were given by pointer. */
function transfer(
  task: Task,
  source: OpenFile,
  atAddr: number,
  at: number,
  target: OpenFile,
  toAddr: number,
  to: number,
  length: number,
  nowait: boolean,
): Result {
  const finish = (n: number): number => {
    if (n <= 0) return n;
    if (atAddr !== 0 && task.mem.writeU64(atAddr, at + n) < 0) return -EFAULT;
    if (toAddr !== 0 && task.mem.writeU64(toAddr, to + n) < 0) return -EFAULT;
    return n;
  };
  const attempt = (): number => move(task, source, at, target, to, length);
  const n = attempt();
  if (n !== -EAGAIN || nowait) return finish(n);
  return sleepingTransfer(task, source, target, attempt, finish);
}

function* sleepingTransfer(task: Task, source: OpenFile, target: OpenFile, attempt: () => number, finish: (n: number) => number): Blocking {
  return finish(yield* pauseUntil(task, [source.waitQueue, target.waitQueue], attempt));
}

function type(file: OpenFile): number {
  return file.inode.mode & S_IFMT;
}

function sendfile(task: Task, outFd: number, inFd: number, offsetAddr: number, length: number): Result {
  const source = task.files.get(inFd);
  const target = task.files.get(outFd);
  if (source === null || !source.readable || target === null || !target.writable) return -EBADF;
  const at = offsetAt(task, offsetAddr);
  if (at < -1) return at;
  if (at >= 0 && !source.seekable) return -ESPIPE;
  if (type(source) === S_IFDIR || type(source) === S_IFSOCK || type(source) === S_IFIFO || length >= MAX_OFFSET) return -EINVAL;
  if ((target.flags & O_APPEND) !== 0) return -EINVAL;
  if (length === 0) return 0;
  return transfer(task, source, offsetAddr, at, target, 0, -1, length, (target.flags & O_NONBLOCK) !== 0);
}

export const handlers = {
  /** sendfile(2). */
  sendfile,

  /** copy_file_range(2). Between regular files of one file system. */
  copy_file_range: (task, inFd, inAddr, outFd, outAddr, length, flags) => {
    if (flags !== 0) return -EINVAL;
    const source = task.files.get(inFd);
    const target = task.files.get(outFd);
    if (source === null || target === null) return -EBADF;
    const at = offsetAt(task, inAddr);
    const to = offsetAt(task, outAddr);
    if (at === -EFAULT || to === -EFAULT) return -EFAULT;
    if (type(source) === S_IFDIR || type(target) === S_IFDIR) return -EISDIR;
    if (type(source) !== S_IFREG || type(target) !== S_IFREG) return -EINVAL;
    if (!source.readable || !target.writable || (target.flags & O_APPEND) !== 0) return -EBADF;
    const from = at < 0 ? source.pos : at;
    const start = to < 0 ? target.pos : to;
    if (source.inode.superBlock !== target.inode.superBlock) return -EXDEV;
    if (target.inode.isImmutable) return -EPERM;
    // Negative offsets are huge ones here, as in Linux's own check.
    if (at === -EINVAL || to === -EINVAL || from + length > 2 * MAX_OFFSET || start + length > 2 * MAX_OFFSET) return -EOVERFLOW;
    source.inode.refresh();
    let count = Math.min(length, Math.max(0, source.inode.size - from));
    if (count === 0) return 0;
    count = writableLength(task, target, start, count);
    if (count < 0) return count;
    if (source.inode === target.inode && from < start + count && start < from + count) return -EINVAL;
    return transfer(task, source, inAddr, at, target, outAddr, to, count, true);
  },

  /** splice(2). */
  splice: (task, inFd, inAddr, outFd, outAddr, length, flags) => {
    if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
    if (length === 0) return 0;
    const source = task.files.get(inFd);
    const target = task.files.get(outFd);
    if (source === null || !source.readable || target === null || !target.writable) return -EBADF;
    const fromPipe = source instanceof PipeFile;
    const toPipe = target instanceof PipeFile;
    if (!fromPipe && !toPipe) return -EINVAL;
    if ((fromPipe && inAddr !== 0) || (toPipe && outAddr !== 0)) return -ESPIPE;
    if ((inAddr !== 0 && !source.seekable) || (outAddr !== 0 && !target.seekable)) return -EINVAL;
    if (fromPipe && toPipe && source.pipe === target.pipe) return -EINVAL;
    if ((target.flags & O_APPEND) !== 0 && target.seekable) return -EINVAL;
    if (type(source) === S_IFDIR) return -EINVAL;
    const at = offsetAt(task, inAddr);
    if (at < -1) return at;
    const to = offsetAt(task, outAddr);
    if (to < -1) return to;
    // A pipe takes what it has room for, so that a source that cannot be read again loses nothing.
    const nowait =
      (flags & SPLICE_F_NONBLOCK) !== 0 || (fromPipe && (source.flags & O_NONBLOCK) !== 0) || (toPipe && (target.flags & O_NONBLOCK) !== 0);
    const bounded = toPipe ? (): number => Math.min(length, target.pipe.capacity - target.pipe.used) : (): number => length;
    if (!toPipe) return transfer(task, source, inAddr, at, target, outAddr, to, length, nowait);
    if (bounded() > 0) return transfer(task, source, inAddr, at, target, 0, -1, bounded(), nowait);
    return nowait ? -EAGAIN : spliceWhenRoom(task, source, inAddr, at, target, length);
  },

  /** tee(2). */
  tee: (task, inFd, outFd, length, flags) => {
    if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
    if (length === 0) return 0;
    const source = task.files.get(inFd);
    const target = task.files.get(outFd);
    if (source === null || !source.readable || target === null || !target.writable) return -EBADF;
    if (!(source instanceof PipeFile) || !(target instanceof PipeFile) || source.pipe === target.pipe) return -EINVAL;
    const attempt = (): number => source.pipe.teeTo(target.pipe, length);
    const n = attempt();
    const nowait = (flags & SPLICE_F_NONBLOCK) !== 0 || ((source.flags | target.flags) & O_NONBLOCK) !== 0;
    return n !== -EAGAIN || nowait ? n : pauseUntil(task, [source.waitQueue, target.waitQueue], attempt);
  },

  /** vmsplice(2). Pages are copied, not gifted. */
  vmsplice: (task, fd, iov, count, flags) => {
    if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
    const file = task.files.get(fd);
    if (file === null || type(file) !== S_IFIFO || !(file instanceof PipeFile)) return -EBADF;
    const io = task.mem.ioVector(iov, count);
    if (typeof io === 'number') return io;
    if (io.remaining === 0) return 0;
    const nowait = (flags & SPLICE_F_NONBLOCK) !== 0;
    return file.writable ? writeFile(task, file, io, -1, false, nowait) : readFile(task, file, io, -1, nowait);
  },
} satisfies Handlers;

function* spliceWhenRoom(task: Task, source: OpenFile, inAddr: number, at: number, target: PipeFile, length: number): Blocking {
  const n = yield* pauseUntil(task, [source.waitQueue, target.waitQueue], () => {
    const room = target.pipe.capacity - target.pipe.used;
    return room === 0 ? -EAGAIN : move(task, source, at, target, -1, Math.min(length, room));
  });
  return n > 0 && inAddr !== 0 && task.mem.writeU64(inAddr, at + n) < 0 ? -EFAULT : n;
}
