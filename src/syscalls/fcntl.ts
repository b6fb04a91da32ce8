/** dup(2), dup2(2), dup3(2), fcntl(2), flock(2), ioctl(2). */
import { EBADF, EBUSY, EFAULT, EINVAL, EMFILE, ENOTTY, EPERM, ESRCH } from '#abi/errno.ts';
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN,
  F_GETOWN_EX,
  F_GETSIG,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_OWNER_PGRP,
  F_OWNER_PID,
  F_OWNER_TID,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETOWN_EX,
  F_SETSIG,
  FASYNC,
  FD_CLOEXEC,
  O_APPEND,
  O_CLOEXEC,
  O_DIRECT,
  O_LARGEFILE,
  O_NOATIME,
  O_NONBLOCK,
  O_PATH,
  F_GETLEASE,
  F_NOTIFY,
  F_SETLEASE,
  F_GET_RW_HINT,
  F_SET_RW_HINT,
  RWH_WRITE_LIFE_EXTREME,
} from '#abi/fcntl.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, FIOQSIZE } from '#abi/ioctl.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '#abi/stat.ts';
import { NSIG } from '#abi/signal.ts';
import { directoryNotify } from '#fs/vfs/dnotify.ts';
import { leaseOf, setLease } from '#fs/vfs/leases.ts';
import { isOwner } from '#fs/vfs/permission.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { updateAsync } from '#fs/anon/async-notify.ts';
import { MemoryInode } from '#fs/tmpfs/memory-inode.ts';
import { closeFile } from '#kernel/fd-table.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers, Result } from './handler.ts';
import { flockFile, recordLock } from './file-locks.ts';

const SETTABLE = O_APPEND | O_NONBLOCK | FASYNC | O_DIRECT | O_NOATIME;
const F_SEAL_ALL = 0x3f;
const F_SEAL_SEAL = 1;
const F_SEAL_WRITE = 8;

function dupTo(task: Task, oldFd: number, newFd: number, cloexec: boolean): number {
  const file = task.files.get(oldFd);
  if (file === null) return -EBADF;
  if (newFd < 0 || newFd >= task.limit(RLIMIT_NOFILE)) return -EBADF;
  const replaced = task.files.replace(newFd, file.get(), cloexec);
  if (replaced !== null) closeFile(task, replaced);
  return newFd;
}

function duplicate(task: Task, file: OpenFile, minimum: number, cloexec: boolean): number {
  const limit = task.limit(RLIMIT_NOFILE);
  if (minimum >= limit) return -EINVAL;
  const fd = task.files.install(file.get(), cloexec, limit, minimum);
  if (fd < 0) file.put();
  return fd;
}

function setStatusFlags(task: Task, file: OpenFile, fd: number, wanted: number): number {
  const { inode } = file;
  if ((wanted & O_APPEND) === 0 && (file.flags & O_APPEND) !== 0 && inode.isAppendOnly) return -EPERM;
  if ((wanted & O_NOATIME) !== 0 && (file.flags & O_NOATIME) === 0 && !isOwner(task.creds, inode)) return -EPERM;
  return setFlags(task, file, fd, (file.flags & ~SETTABLE) | (wanted & SETTABLE));
}

function setFlags(task: Task, file: OpenFile, fd: number, flags: number): number {
  const before = file.flags;
  const result = file.setFlags(flags);
  if (result === 0 && ((before ^ file.flags) & FASYNC) !== 0) updateAsync(task, file, fd);
  return result;
}

function setOwner(task: Task, file: OpenFile, owner: number): number {
  const { pids } = task.kernel;
  const known =
    owner === 0 ||
    (owner > 0
      ? pids.task(task, owner) !== undefined || pids.group(task, owner) !== undefined
      : pids.processGroup(task, -owner) !== undefined);
  if (!known) return -ESRCH;
  file.ownerPid = owner < 0 ? -task.ns.pid.from(-owner) : owner === 0 ? 0 : task.ns.pid.from(owner);
  file.ownerIsThread = false;
  return 0;
}

function ownerSeen(task: Task, file: OpenFile): number {
  const { ownerPid } = file;
  return ownerPid < 0 ? -task.ns.pid.inside(-ownerPid) : task.ns.pid.inside(ownerPid);
}

function setOwnerEx(task: Task, file: OpenFile, addr: number): number {
  if (!task.mem.in(addr, 8)) return -EFAULT;
  const type = task.mem.view.getInt32(0, true);
  const pid = task.mem.view.getInt32(4, true);
  if (type !== F_OWNER_TID && type !== F_OWNER_PID && type !== F_OWNER_PGRP) return -EINVAL;
  const result = setOwner(task, file, type === F_OWNER_PGRP ? -pid : pid);
  if (result === 0) file.ownerIsThread = type === F_OWNER_TID;
  return result;
}

function seals(file: OpenFile, cmd: number, arg: number): number {
  const { inode } = file;
  if (!(inode instanceof MemoryInode) || (inode.mode & S_IFMT) !== S_IFREG || inode.superBlock.type !== 'tmpfs') return -EINVAL;
  if (cmd === F_GET_SEALS) return inode.seals;
  if (!file.writable) return -EPERM;
  if ((arg & ~F_SEAL_ALL) !== 0) return -EINVAL;
  if ((inode.seals & F_SEAL_SEAL) !== 0) return -EPERM;
  // A write seal while writable shared mappings exist would be EBUSY; mappings hold the file open, so this is checked by the mm.
  if ((arg & F_SEAL_WRITE) !== 0 && inode.writableMappings > 0) return -EBUSY;
  inode.seals |= arg;
  return 0;
}

function fcntl(task: Task, fd: number, cmd: number, arg: number): Result {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  if ((file.flags & O_PATH) !== 0 && ![F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_QUERY].includes(cmd)) return -EBADF;
  const number = arg | 0;
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return number < 0 ? -EINVAL : duplicate(task, file, number, cmd === F_DUPFD_CLOEXEC);
    case F_DUPFD_QUERY:
      return task.files.get(number) === null ? -EBADF : task.files.get(number) === file ? 1 : 0;
    case F_GETFD:
      return task.files.isCloexec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
      task.files.setCloexec(fd, (number & FD_CLOEXEC) !== 0);
      return 0;
    case F_GETFL:
      return isSized(file) ? file.flags | O_LARGEFILE : file.flags;
    case F_SETFL:
      return setStatusFlags(task, file, fd, number);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return recordLock(task, file, cmd, arg);
    case F_GETOWN:
      return ownerSeen(task, file);
    case F_SETOWN:
      if (number === -(2 ** 31)) return -EINVAL;
      return setOwner(task, file, number);
    case F_GETOWN_EX:
      task.mem.view.setInt32(0, file.ownerPid < 0 ? F_OWNER_PGRP : file.ownerIsThread ? F_OWNER_TID : F_OWNER_PID, true);
      task.mem.view.setInt32(4, Math.abs(ownerSeen(task, file)), true);
      return task.mem.out(arg, 8);
    case F_SETOWN_EX:
      return setOwnerEx(task, file, arg);
    case F_GETSIG:
      return file.ownerSignal;
    case F_SETSIG:
      if (number < 0 || number > NSIG) return -EINVAL;
      file.ownerSignal = number;
      return 0;
    case F_ADD_SEALS:
    case F_GET_SEALS:
      return seals(file, cmd, number);
    case F_NOTIFY:
      return directoryNotify(task, file, fd, arg >>> 0);
    case F_GETLEASE:
      return leaseOf(task, file);
    case F_SETLEASE:
      return setLease(task, file, fd, number);
    case F_GET_RW_HINT:
      return task.mem.writeU64(arg, 0);
    case F_SET_RW_HINT: {
      const hint = task.mem.readU64(arg);
      return hint < 0 ? hint : hint > RWH_WRITE_LIFE_EXTREME ? -EINVAL : 0;
    }
    default:
      return file.fcntl(task, cmd, arg);
  }
}

/** Opened by open(2), which sets O_LARGEFILE on 64-bit systems. */
function isSized(file: OpenFile): boolean {
  return file.path !== null && (file.flags & O_PATH) === 0;
}

function ioctl(task: Task, fd: number, cmd: number, arg: number): Result {
  const file = task.files.get(fd);
  if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  switch (cmd) {
    case FIOCLEX:
    case FIONCLEX:
      task.files.setCloexec(fd, cmd === FIOCLEX);
      return 0;
    case FIONBIO:
    case FIOASYNC: {
      const on = task.mem.readU32(arg);
      if (on < 0) return on;
      const bit = cmd === FIONBIO ? O_NONBLOCK : FASYNC;
      return setFlags(task, file, fd, on !== 0 ? file.flags | bit : file.flags & ~bit);
    }
    case FIOQSIZE: {
      const type = file.inode.mode & S_IFMT;
      if (type !== S_IFREG && type !== S_IFDIR && type !== S_IFLNK) return -ENOTTY;
      return task.mem.writeU64(arg, file.inode.size);
    }
    case FIONREAD:
      if ((file.inode.mode & S_IFMT) === S_IFREG) return task.mem.writeI32(arg, Math.max(0, file.inode.size - file.pos));
      return file.ioctl(task, cmd, arg);
    default:
      return file.ioctl(task, cmd, arg);
  }
}

export const handlers = {
  /** dup(2). */
  dup: (task, fd) => {
    const file = task.files.get(fd);
    if (file === null) return -EBADF;
    const result = duplicate(task, file, 0, false);
    return result === -EINVAL ? -EMFILE : result;
  },
  /** dup2(2). */
  dup2: (task, oldFd, newFd) => {
    if (oldFd === newFd) return task.files.get(oldFd) === null ? -EBADF : newFd;
    return dupTo(task, oldFd, newFd, false);
  },
  /** dup3(2). */
  dup3: (task, oldFd, newFd, flags) => {
    if ((flags & ~O_CLOEXEC) !== 0 || oldFd === newFd) return -EINVAL;
    return dupTo(task, oldFd, newFd, (flags & O_CLOEXEC) !== 0);
  },
  /** fcntl(2). */
  fcntl,
  /** ioctl(2): what every file knows; the rest is the file's. */
  ioctl,
  /** flock(2). */
  flock: (task, fd, operation) => {
    const file = task.files.get(fd);
    return file === null || (file.flags & O_PATH) !== 0 ? -EBADF : flockFile(task, file, operation);
  },
} satisfies Handlers;
