/**
 * read(2), write(2), pread, pwrite, readv and relatives, lseek(2): the one loop that turns attempts of open files
 * into calls that sleep.
 */
import { EAGAIN, EBADF, EFBIG, EINTR, EINVAL, EOPNOTSUPP, ESPIPE, ETIMEDOUT } from '#abi/errno.ts';
import {
  O_APPEND,
  O_DSYNC,
  O_NONBLOCK,
  O_PATH,
  O_SYNC,
  RWF_APPEND,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  RWF_SYNC,
  SEEK_MAX,
} from '#abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '#abi/inotify.ts';
import { EPOLLOUT, EPOLLIN } from '#abi/poll.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE } from '#abi/resource.ts';
import { S_IFMT, S_IFREG } from '#abi/stat.ts';
import { SIGXFSZ } from '#abi/signal.ts';
import { signalSelf } from '#fs/anon/signals.ts';
import { dropPrivilegeBits } from '#fs/vfs/attributes.ts';
import { notifications, notifyPath } from '#fs/vfs/notify.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';

const MAX_SIGNED = 2 ** 63;
const MAX_OFFSET = Number.MAX_SAFE_INTEGER;
/** Of both directions: what only concerns writing is ignored by reads. */
const RWF_KNOWN = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND;
/** `pos` of a call that uses and moves the file's own position. */
const OWN = -1;

// ---- reading

/** Reads through an Io; `pos` OWN or an offset. */
export function readFile(task: Task, file: OpenFile, io: Io, pos: number, nowait = false): Result {
  const n = readOnce(task, file, io, pos);
  if (n !== -EAGAIN || nowait || (file.flags & O_NONBLOCK) !== 0) return n;
  return sleepingRead(task, file, io, pos);
}

function readOnce(task: Task, file: OpenFile, io: Io, pos: number): number {
  const n = file.read(task, io, pos === OWN ? file.pos : pos);
  if (n >= 0) {
    const counts = task.group.io;
    counts.reads += 1;
    counts.readBytes += n;
  }
  if (n > 0) {
    if (pos === OWN && file.seekable) file.pos += n;
    if (notifications.active && file.path !== null) notifyPath(file.path.dentry, IN_ACCESS);
  }
  return n;
}

function* sleepingRead(task: Task, file: OpenFile, io: Io, pos: number): Blocking {
  const limited = file.readTimeoutNs !== Infinity;
  const options = limited ? { deadlineNs: task.kernel.now() + file.readTimeoutNs, onSignal: -EINTR, exclusive: true } : { exclusive: true };
  // Another thread may close the descriptor meanwhile: the file stays open until the read is over.
  file.get();
  try {
    const result = yield* pauseUntil(task, file.waitQueue, () => readOnce(task, file, io, pos), options);
    // Data that is left is for the next exclusive waiter.
    if (result > 0 && (file.poll() & EPOLLIN) !== 0) file.waitQueue.wake(EPOLLIN);
    return result === -ETIMEDOUT && limited ? -EAGAIN : result;
  } finally {
    file.put();
  }
}

// ---- writing

/** Writes from an Io; `pos` OWN or an offset; `append` as O_APPEND. */
export function writeFile(task: Task, file: OpenFile, io: Io, pos: number, append = (file.flags & O_APPEND) !== 0, nowait = false): Result {
  if (file.seekable) {
    return writeSeekable(task, file, io, pos, append);
  }
  const wanted = io.remaining;
  const n = file.write(task, io, pos === OWN ? file.pos : pos);
  const more = n === -EAGAIN || (n >= 0 && n < wanted && file.writesAll && io.remaining > 0);
  if (n > 0) written(task, file, n);
  if (!more || nowait || (file.flags & O_NONBLOCK) !== 0) return n;
  return sleepingWrite(task, file, io, pos, Math.max(n, 0));
}

function writeSeekable(task: Task, file: OpenFile, io: Io, pos: number, append: boolean): number {
  const { inode } = file;
  let at = pos === OWN ? file.pos : pos;
  const isRegular = (inode.mode & S_IFMT) === S_IFREG;
  if (isRegular) {
    if (append) {
      const result = inode.refresh();
      if (result !== 0) return result;
      at = inode.size;
    }
    const limited = limitWrite(task, file, io, at);
    if (limited !== 0) return limited;
    if (io.remaining > 0) dropPrivilegeBits(task, inode);
  }
  const n = file.write(task, io, at);
  if (n > 0) {
    if (pos === OWN) file.pos = at + n;
    written(task, file, n);
    if ((file.flags & (O_SYNC | O_DSYNC)) !== 0 && isRegular) file.sync((file.flags & O_SYNC) !== O_SYNC);
  }
  return n;
}

/** RLIMIT_FSIZE and the file system's own limit: shortens the Io, or answers -EFBIG (with SIGXFSZ for the former). */
function limitWrite(task: Task, file: OpenFile, io: Io, at: number): number {
  if (io.remaining === 0) return 0;
  const length = writableLength(task, file, at, io.remaining);
  if (length < 0) return length;
  io.remaining = length;
  return 0;
}

/** How many of `length` bytes may be written at `at`, or -EFBIG. */
export function writableLength(task: Task, file: OpenFile, at: number, length: number): number {
  const limit = task.limit(RLIMIT_FSIZE);
  let end = at + length;
  if (limit !== RLIM_INFINITY && end > limit) {
    if (at >= limit) {
      signalSelf(task, SIGXFSZ);
      return -EFBIG;
    }
    end = limit;
  }
  const { maxFileSize } = file.inode.superBlock;
  if (end > maxFileSize) {
    if (at >= maxFileSize) return -EFBIG;
    end = maxFileSize;
  }
  return end - at;
}

function written(task: Task, file: OpenFile, n: number): void {
  const counts = task.group.io;
  counts.writes += 1;
  counts.writtenBytes += n;
  if (notifications.active && file.path !== null) notifyPath(file.path.dentry, IN_MODIFY);
}

function* sleepingWrite(task: Task, file: OpenFile, io: Io, pos: number, already: number): Blocking {
  const limited = file.writeTimeoutNs !== Infinity;
  const base = limited ? { deadlineNs: task.kernel.now() + file.writeTimeoutNs, onSignal: -EINTR } : {};
  let done = already;
  file.get();
  try {
    for (;;) {
      const n = yield* pauseUntil(task, file.waitQueue, () => file.write(task, io, pos === OWN ? file.pos : pos), base);
      if (n <= 0) {
        if (done > 0) return done;
        return n === -ETIMEDOUT && limited ? -EAGAIN : n;
      }
      done += n;
      written(task, file, n);
      if (!file.writesAll || io.remaining === 0) {
        if ((file.poll() & EPOLLOUT) !== 0) file.waitQueue.wake(EPOLLOUT);
        return done;
      }
    }
  } finally {
    file.put();
  }
}

// ---- checks

function readable(task: Task, fd: number): OpenFile | number {
  const file = task.files.get(fd);
  return file === null || !file.readable ? -EBADF : file;
}
function writable(task: Task, fd: number): OpenFile | number {
  const file = task.files.get(fd);
  return file === null || !file.writable ? -EBADF : file;
}
/** An offset argument; -EINVAL. Offsets that no number holds exactly are beyond every file. */
function badOffset(offset: number): boolean {
  return offset < 0;
}

/** preadv2 and pwritev2 flags: those that ask for what is not there answer EOPNOTSUPP. */
function rwFlags(flags: number): number {
  if ((flags & ~RWF_KNOWN) !== 0) return -EOPNOTSUPP;
  if ((flags & (RWF_APPEND | RWF_NOAPPEND)) === (RWF_APPEND | RWF_NOAPPEND)) return -EINVAL;
  return 0;
}

function readVector(task: Task, fd: number, iov: number, count: number, pos: number, flags: number): Result {
  const file = readable(task, fd);
  if (typeof file === 'number') return file;
  if (pos !== OWN && !file.seekable) return -ESPIPE;
  const bad = rwFlags(flags);
  if (bad !== 0) return bad;
  const io = task.mem.ioVector(iov, count);
  if (typeof io === 'number') return io;
  if (io.remaining === 0 && file.seekable) return 0;
  return readFile(task, file, io, Math.min(pos, MAX_OFFSET), (flags & RWF_NOWAIT) !== 0);
}

function writeVector(task: Task, fd: number, iov: number, count: number, pos: number, flags: number): Result {
  const file = writable(task, fd);
  if (typeof file === 'number') return file;
  if (pos !== OWN && !file.seekable) return -ESPIPE;
  const bad = rwFlags(flags);
  if (bad !== 0) return bad;
  const io = task.mem.ioVector(iov, count);
  if (typeof io === 'number') return io;
  if (io.remaining === 0 && file.seekable) return 0;
  const append = (flags & RWF_APPEND) !== 0 || ((flags & RWF_NOAPPEND) === 0 && (file.flags & O_APPEND) !== 0);
  const result = writeFile(task, file, io, Math.min(pos, MAX_OFFSET), append, (flags & RWF_NOWAIT) !== 0);
  if (typeof result === 'number' && result > 0 && (flags & (RWF_SYNC | RWF_DSYNC)) !== 0) file.sync((flags & RWF_SYNC) === 0);
  return result;
}

export const handlers = {
  /** read(2). */
  read: (task, fd, addr, size) => {
    const file = readable(task, fd);
    if (typeof file === 'number') return file;
    if (size >= MAX_SIGNED) return -EINVAL;
    return readFile(task, file, task.mem.io(addr, size), OWN);
  },
  /** write(2). */
  write: (task, fd, addr, size) => {
    const file = writable(task, fd);
    if (typeof file === 'number') return file;
    if (size >= MAX_SIGNED) return -EINVAL;
    return writeFile(task, file, task.mem.io(addr, size), OWN);
  },
  /** pread(2). */
  pread64: (task, fd, addr, size, offset) => {
    if (badOffset(offset)) return -EINVAL;
    const file = readable(task, fd);
    if (typeof file === 'number') return file;
    if (!file.seekable) return -ESPIPE;
    if (size >= MAX_SIGNED) return -EINVAL;
    return readFile(task, file, task.mem.io(addr, size), Math.min(offset, MAX_OFFSET));
  },
  /** pwrite(2). With O_APPEND it appends, as Linux does. */
  pwrite64: (task, fd, addr, size, offset) => {
    if (badOffset(offset)) return -EINVAL;
    const file = writable(task, fd);
    if (typeof file === 'number') return file;
    if (!file.seekable) return -ESPIPE;
    if (size >= MAX_SIGNED) return -EINVAL;
    return writeFile(task, file, task.mem.io(addr, size), Math.min(offset, MAX_OFFSET));
  },
  /** readv(2). */
  readv: (task, fd, iov, count) => readVector(task, fd, iov, count, OWN, 0),
  /** writev(2). */
  writev: (task, fd, iov, count) => writeVector(task, fd, iov, count, OWN, 0),
  /** preadv(2). */
  preadv: (task, fd, iov, count, offset) => (badOffset(offset) ? -EINVAL : readVector(task, fd, iov, count, offset, 0)),
  /** pwritev(2). */
  pwritev: (task, fd, iov, count, offset) => (badOffset(offset) ? -EINVAL : writeVector(task, fd, iov, count, offset, 0)),
  /** preadv2(2). Offset -1 uses the file's position. */
  preadv2: (task, fd, iov, count, offset, _high, flags) => (offset < -1 ? -EINVAL : readVector(task, fd, iov, count, offset, flags)),
  /** pwritev2(2). */
  pwritev2: (task, fd, iov, count, offset, _high, flags) => (offset < -1 ? -EINVAL : writeVector(task, fd, iov, count, offset, flags)),

  /** lseek(2). */
  lseek: (task, fd, offset, whence) => {
    const file = task.files.get(fd);
    if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
    if (whence > SEEK_MAX) return -EINVAL;
    return file.seek(offset, whence);
  },
} satisfies Handlers;
