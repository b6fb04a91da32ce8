/** open(2), openat(2), openat2(2), creat(2), close(2), close_range(2). */
import { E2BIG, EAGAIN, EBADF, EFAULT, EINVAL, EMFILE } from '#abi/errno.ts';
import {
  AT_FDCWD,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  FASYNC,
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '#abi/fcntl.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { afterLeases, BREAKING } from '#fs/vfs/leases.ts';
import { openPath } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import type { Blocking } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';

const KNOWN =
  O_ACCMODE |
  O_CREAT |
  O_EXCL |
  O_NOCTTY |
  O_TRUNC |
  O_APPEND |
  O_NONBLOCK |
  O_SYNC |
  O_DSYNC |
  FASYNC |
  O_DIRECT |
  O_LARGEFILE |
  O_DIRECTORY |
  O_NOFOLLOW |
  O_NOATIME |
  O_CLOEXEC |
  O_PATH |
  O_TMPFILE;
const KEPT_BY_PATH = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
const O_TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;
const RESOLVE_ALL = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;
const OPEN_HOW_SIZE = 24;
const PAGE = 4096;

function openAt(task: Task, dirfd: number, addr: number, flags: number, mode: number, resolve: number): Result {
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  if (!task.files.hasFree(task.limit(RLIMIT_NOFILE))) return -EMFILE;
  const file = openPath(task, dirfd, path, flags, mode, resolve);
  if (typeof file === 'number') return file === BREAKING ? openAfterLeases(task, dirfd, path, flags, mode, resolve) : file;
  return finishOpen(task, file, flags);
}

function finishOpen(task: Task, file: OpenFile, flags: number): Result {
  const cloexec = (flags & O_CLOEXEC) !== 0;
  const wait = file.openWait(task);
  if (wait === 0) return install(task, file, cloexec);
  if (typeof wait !== 'number') return installAfter(task, file, cloexec, wait);
  file.put();
  return wait;
}

function* openAfterLeases(task: Task, dirfd: number, path: string, flags: number, mode: number, resolve: number): Blocking {
  let file: OpenFile | null = null;
  const result = yield* afterLeases(task, () => {
    const opened = openPath(task, dirfd, path, flags, mode, resolve);
    if (typeof opened === 'number') return opened;
    file = opened;
    return 0;
  });
  if (file === null) return result;
  const finished = finishOpen(task, file, flags);
  return typeof finished === 'number' ? finished : yield* finished;
}

function install(task: Task, file: OpenFile, cloexec: boolean): number {
  const fd = task.files.install(file, cloexec, task.limit(RLIMIT_NOFILE));
  if (fd < 0) file.put();
  return fd;
}

function* installAfter(task: Task, file: OpenFile, cloexec: boolean, wait: Blocking): Blocking {
  let result = -EINVAL;
  let opened = false;
  try {
    result = yield* wait;
    opened = result === 0;
  } finally {
    if (!opened) file.put();
  }
  return opened ? install(task, file, cloexec) : result;
}

/** What open(2) makes of flags: unknown bits are ignored, O_PATH drops the rest. -EINVAL for O_TMPFILE without O_DIRECTORY. */
export function normalized(flags: number): number {
  let known = flags & KNOWN;
  if ((known & O_PATH) !== 0) known &= KEPT_BY_PATH;
  if ((known & O_TMPFILE_BIT) !== 0) {
    if ((known & O_TMPFILE) !== O_TMPFILE || (known & O_ACCMODE) === 0 || (known & O_CREAT) !== 0) return -EINVAL;
  } else if ((known & (O_DIRECTORY | O_CREAT)) === (O_DIRECTORY | O_CREAT)) return -EINVAL;
  return known;
}

function open(task: Task, dirfd: number, addr: number, flags: number, mode: number): Result {
  const known = normalized(flags);
  return known < 0 ? known : openAt(task, dirfd, addr, known, (known & (O_CREAT | O_TMPFILE_BIT)) !== 0 ? mode & 0o7777 : 0, 0);
}

export const handlers = {
  /** open(2). */
  open: (task, path, flags, mode) => open(task, AT_FDCWD, path, flags, mode),
  /** openat(2). */
  openat: open,
  /** creat(2). */
  creat: (task, path, mode) => open(task, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode),

  /** openat2(2). No lookup of names sleeps, so RESOLVE_CACHED only refuses what changes files. */
  openat2: (task, dirfd, path, how, size) => {
    if (size < OPEN_HOW_SIZE) return -EINVAL;
    if (size > PAGE) return -E2BIG;
    if (!task.mem.in(how, size)) return -EFAULT;
    const { view, bytes } = task.mem;
    for (let i = OPEN_HOW_SIZE; i < size; i += 1) if (bytes[i] !== 0) return -E2BIG;
    const flags = view.getUint32(0, true);
    const mode = view.getUint32(8, true);
    const resolve = view.getUint32(16, true);
    if (view.getUint32(4, true) !== 0 || view.getUint32(12, true) !== 0 || view.getUint32(20, true) !== 0) return -EINVAL;
    if ((flags & ~KNOWN) !== 0 || (resolve & ~RESOLVE_ALL) !== 0) return -EINVAL;
    if ((resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) === (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) return -EINVAL;
    const creates = (flags & (O_CREAT | O_TMPFILE_BIT)) !== 0;
    if (creates ? (mode & ~0o7777) !== 0 : mode !== 0) return -EINVAL;
    if ((flags & O_PATH) !== 0 && (flags & ~KEPT_BY_PATH) !== 0) return -EINVAL;
    const known = normalized(flags);
    if (known < 0) return known;
    if ((resolve & RESOLVE_CACHED) !== 0 && (flags & (O_TRUNC | O_CREAT | O_TMPFILE_BIT)) !== 0) return -EAGAIN;
    return openAt(task, dirfd, path, known, mode, resolve);
  },

  /** close(2). */
  close: (task, fd) => task.files.close(task, fd),

  /** close_range(2). */
  close_range: (task, first, last, flags) => {
    if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) return -EINVAL;
    if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && task.files.refs > 1) {
      const copy = task.files.copy();
      task.files.refs -= 1;
      task.files = copy;
    }
    const { files } = task;
    const end = Math.min(last, files.length - 1);
    for (let fd = first; fd <= end; fd += 1) {
      if (files.get(fd) === null) continue;
      if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) files.setCloexec(fd, true);
      else files.close(task, fd);
    }
    return 0;
  },
} satisfies Handlers;

/** The open file of a descriptor that may be used for I/O (not O_PATH), or -EBADF. */
export function fileOf(task: Task, fd: number): OpenFile | number {
  const file = task.files.get(fd);
  return file === null || (file.flags & O_PATH) !== 0 ? -EBADF : file;
}
