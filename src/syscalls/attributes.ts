/** chmod(2), chown(2), utimensat(2), access(2), umask(2), truncate(2), fallocate(2) and relatives. */
import { EACCES, EBADF, EFAULT, EFBIG, EINVAL, EISDIR, ENODEV, EOPNOTSUPP, EPERM, EROFS, ESPIPE, ETXTBSY } from '#abi/errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  FALLOC_FL_COLLAPSE_RANGE,
  FALLOC_FL_INSERT_RANGE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  FALLOC_FL_ZERO_RANGE,
  O_PATH,
} from '#abi/fcntl.ts';
import { RLIM_INFINITY, RLIMIT_FSIZE } from '#abi/resource.ts';
import { SIGXFSZ } from '#abi/signal.ts';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, UTIME_NOW, UTIME_OMIT } from '#abi/stat.ts';
import { IN_MODIFY } from '#abi/inotify.ts';
import { MS_NOEXEC } from '#abi/mount.ts';
import { signalSelf } from '#fs/anon/signals.ts';
import { changeMode, changeOwner, changeTimes, dropPrivilegeBits, type NewTime, truncateInode, truncatePath } from '#fs/vfs/attributes.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { afterLeases, BREAKING } from '#fs/vfs/leases.ts';
import { notifications, notifyPath } from '#fs/vfs/notify.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { isReadOnly, MAY_EXEC, MAY_WRITE, permission } from '#fs/vfs/permission.ts';
import { CapSet, type Creds } from '#kernel/creds.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { type Target, targetAt, targetOf } from './path-arguments.ts';

const AT_KNOWN = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;

function chmod(task: Task, target: Target | number, mode: number): number {
  if (typeof target === 'number') return target;
  // Linux's file systems keep no mode for links.
  if ((target.inode.mode & S_IFMT) === S_IFLNK) return -EOPNOTSUPP;
  return changeMode(task, target.inode, target.path, mode);
}

const UNCHANGED = 0xffffffff;

function chown(task: Task, target: Target | number, uid: number, gid: number): number {
  if (typeof target === 'number') return target;
  const { userNs } = task.creds;
  const newUid = uid === UNCHANGED ? uid : userNs.uidFrom(uid);
  const newGid = gid === UNCHANGED ? gid : userNs.gidFrom(gid);
  return newUid < 0 || newGid < 0 ? -EINVAL : changeOwner(task, target.inode, target.path, newUid, newGid);
}

// ---- times

/** Two struct timespec at `addr` (0: both now), as times to set; false for a bad one, -EFAULT. */
const newTimes: { atime: NewTime; mtime: NewTime } = { atime: null, mtime: null };

function readTimes(task: Task, addr: number, unit: number): number {
  newTimes.atime = newTimes.mtime = null;
  if (addr === 0) return 0;
  if (!task.mem.in(addr, 32)) return -EFAULT;
  const atime = timeAt(task, 0, unit);
  const mtime = timeAt(task, 16, unit);
  if (atime === false || mtime === false) return -EINVAL;
  newTimes.atime = atime;
  newTimes.mtime = mtime;
  return 0;
}

/** `unit` 1: nanoseconds, with UTIME_NOW and UTIME_OMIT; 1000: microseconds. */
function timeAt(task: Task, at: number, unit: number): NewTime | false {
  const { view } = task.mem;
  const sec = view.getUint32(at, true) + view.getInt32(at + 4, true) * 4294967296;
  const part = view.getUint32(at + 8, true) + view.getInt32(at + 12, true) * 4294967296;
  if (unit === 1 && part === UTIME_NOW) return null;
  if (unit === 1 && part === UTIME_OMIT) return undefined;
  if (part < 0 || part * unit >= 1e9) return false;
  return [sec, part * unit];
}

function setTimes(task: Task, target: Target | number): number {
  return typeof target === 'number' ? target : changeTimes(task, target.inode, target.path, newTimes.atime, newTimes.mtime);
}

function utimes(task: Task, dirfd: number, path: number, times: number): number {
  const bad = readTimes(task, times, 1000);
  if (bad !== 0) return bad;
  return setTimes(task, path === 0 ? targetOf(task, dirfd) : targetAt(task, dirfd, path, 0));
}

// ---- access

/** The credentials that access(2) asks for: real ids, with the capabilities that the real user would have. */
function realCreds(task: Task): Creds {
  const { creds } = task;
  if (creds.fsuid === creds.uid && creds.fsgid === creds.gid && (creds.uid === 0 || creds.effective.empty)) return creds;
  const real = creds.copy();
  real.fsuid = creds.uid;
  real.fsgid = creds.gid;
  if (creds.uid === 0) real.effective = creds.permitted;
  else real.effective = new CapSet();
  return real;
}

function access(task: Task, dirfd: number, path: number, mode: number, flags: number): number {
  if ((mode & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const saved = task.creds;
  const creds = (flags & AT_EACCESS) !== 0 ? saved : realCreds(task);
  task.creds = creds;
  const target = targetAt(task, dirfd, path, flags);
  task.creds = saved;
  if (typeof target === 'number') return target;
  if (mode === 0) return 0;
  const { inode } = target;
  if ((mode & MAY_EXEC) !== 0 && (inode.mode & S_IFMT) === S_IFREG && target.path !== null && (target.path.mount.flags & MS_NOEXEC) !== 0)
    return -EACCES;
  const type = inode.mode & S_IFMT;
  const isData = type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
  if ((mode & MAY_WRITE) !== 0 && isData && target.path?.mount.superBlock.readOnly) return -EROFS;
  const result = permission(creds, inode, mode);
  if (result !== 0) return result;
  if ((mode & MAY_WRITE) !== 0 && isData && target.path !== null && isReadOnly(target.path.mount)) return -EROFS;
  return 0;
}

// ---- sizes

/** RLIMIT_FSIZE for a file that is to grow to `size`; 0 or -EFBIG with the signal. */
function limitSize(task: Task, inode: Inode, size: number): number {
  inode.refresh();
  if (size <= inode.size) return 0;
  const limit = task.limit(RLIMIT_FSIZE);
  if (limit !== RLIM_INFINITY && size > limit) {
    signalSelf(task, SIGXFSZ);
    return -EFBIG;
  }
  return size > inode.superBlock.maxFileSize ? -EFBIG : 0;
}

function writableFile(task: Task, fd: number): OpenFile | number {
  const file = task.files.get(fd);
  return file === null || (file.flags & O_PATH) !== 0 ? -EBADF : file;
}

export const handlers = {
  /** chmod(2). */
  chmod: (task, path, mode) => chmod(task, targetAt(task, AT_FDCWD, path, 0), mode),
  /** fchmod(2). */
  fchmod: (task, fd, mode) => chmod(task, targetOf(task, fd), mode),
  /** fchmodat(2). */
  fchmodat: (task, dirfd, path, mode) => chmod(task, targetAt(task, dirfd, path, 0), mode),
  /** fchmodat2(2). */
  fchmodat2: (task, dirfd, path, mode, flags) =>
    (flags & ~AT_KNOWN) !== 0 ? -EINVAL : chmod(task, targetAt(task, dirfd, path, flags), mode),
  /** chown(2). */
  chown: (task, path, uid, gid) => chown(task, targetAt(task, AT_FDCWD, path, 0), uid, gid),
  /** lchown(2). */
  lchown: (task, path, uid, gid) => chown(task, targetAt(task, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW), uid, gid),
  /** fchown(2). */
  fchown: (task, fd, uid, gid) => chown(task, targetOf(task, fd), uid, gid),
  /** fchownat(2). */
  fchownat: (task, dirfd, path, uid, gid, flags) =>
    (flags & ~AT_KNOWN) !== 0 ? -EINVAL : chown(task, targetAt(task, dirfd, path, flags), uid, gid),

  /** utime(2). */
  utime: (task, path, times) => {
    newTimes.atime = newTimes.mtime = null;
    if (times !== 0) {
      if (!task.mem.in(times, 16)) return -EFAULT;
      const { view } = task.mem;
      newTimes.atime = [view.getUint32(0, true) + view.getInt32(4, true) * 4294967296, 0];
      newTimes.mtime = [view.getUint32(8, true) + view.getInt32(12, true) * 4294967296, 0];
    }
    return setTimes(task, targetAt(task, AT_FDCWD, path, 0));
  },
  /** utimes(2). */
  utimes: (task, path, times) => utimes(task, AT_FDCWD, path, times),
  /** futimesat(2). */
  futimesat: utimes,
  /** utimensat(2). A null path means the descriptor itself. */
  utimensat: (task, dirfd, path, times, flags) => {
    const bad = readTimes(task, times, 1);
    if (bad !== 0) return bad;
    if (newTimes.atime === undefined && newTimes.mtime === undefined) return 0;
    if ((flags & ~AT_KNOWN) !== 0) return -EINVAL;
    if (path === 0 && dirfd !== AT_FDCWD) return flags !== 0 ? -EINVAL : setTimes(task, targetOf(task, dirfd));
    return setTimes(task, targetAt(task, dirfd, path, flags));
  },

  /** access(2). */
  access: (task, path, mode) => access(task, AT_FDCWD, path, mode, 0),
  /** faccessat(2), the system call without flags. */
  faccessat: (task, dirfd, path, mode) => access(task, dirfd, path, mode, 0),
  /** faccessat2(2). */
  faccessat2: access,

  /** umask(2). */
  umask: (task, mask) => {
    const old = task.fs.umask;
    task.fs.umask = mask & 0o777;
    return old;
  },

  /** truncate(2). */
  truncate: (task, path, size) => {
    if (size < 0) return -EINVAL;
    const target = targetAt(task, AT_FDCWD, path, 0);
    if (typeof target === 'number') return target;
    const { inode } = target;
    if (target.path === null) return -EINVAL;
    if (inode.isDirectory) return -EISDIR;
    const place = target.path;
    const attempt = (): number => {
      const limited = limitSize(task, inode, size);
      return limited !== 0 ? limited : truncatePath(task, inode, place, size);
    };
    const result = attempt();
    return result === BREAKING ? afterLeases(task, attempt) : result;
  },
  /** ftruncate(2). */
  ftruncate: (task, fd, size) => {
    if (size < 0) return -EINVAL;
    const file = writableFile(task, fd);
    if (typeof file === 'number') return file;
    const { inode } = file;
    if ((inode.mode & S_IFMT) !== S_IFREG || !file.writable) return -EINVAL;
    const limited = limitSize(task, inode, size);
    return limited !== 0 ? limited : truncateInode(task, inode, file.path, size);
  },
  /** fallocate(2). No COLLAPSE_RANGE, INSERT_RANGE. */
  fallocate: (task, fd, mode, offset, length) => {
    const file = writableFile(task, fd);
    if (typeof file === 'number') return file;
    if (offset < 0 || length <= 0) return -EINVAL;
    if ((mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE)) !== 0) return -EOPNOTSUPP;
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) !== 0) return -EOPNOTSUPP;
    if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) === (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) return -EOPNOTSUPP;
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0 && (mode & FALLOC_FL_KEEP_SIZE) === 0) return -EOPNOTSUPP;
    if (!file.writable) return -EBADF;
    const { inode } = file;
    if (inode.isAppendOnly && (mode & ~FALLOC_FL_KEEP_SIZE) !== 0) return -EPERM;
    if (inode.isImmutable) return -EPERM;
    if (inode.executions > 0) return -ETXTBSY;
    const type = inode.mode & S_IFMT;
    if (type === S_IFIFO) return -ESPIPE;
    if (type === S_IFDIR) return -EISDIR;
    if (type !== S_IFREG) return -ENODEV;
    if (offset + length > inode.superBlock.maxFileSize) return -EFBIG;
    if ((mode & FALLOC_FL_KEEP_SIZE) === 0) {
      const limited = limitSize(task, inode, offset + length);
      if (limited !== 0) return limited;
    }
    dropPrivilegeBits(task, inode);
    const result = file.allocate(mode, offset, length);
    if (result === 0 && notifications.active && file.path !== null) notifyPath(file.path.dentry, IN_MODIFY);
    return result;
  },
} satisfies Handlers;
