/** getdents(2), getdents64(2), mkdir(2), mkdirat(2), rmdir(2), chdir(2), fchdir(2), getcwd(2), chroot(2). */
import { CAP_SYS_CHROOT } from '#abi/capability.ts';
import { EACCES, EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE } from '#abi/errno.ts';
import { AT_FDCWD, O_PATH } from '#abi/fcntl.ts';
import { IN_ACCESS } from '#abi/inotify.ts';
import { S_IFDIR } from '#abi/stat.ts';
import { notifications, notifyPath } from '#fs/vfs/notify.ts';
import { makeDirectory, removeDirectory } from '#fs/vfs/names.ts';
import { isDeleted, pathBelow } from '#fs/vfs/path-string.ts';
import { MAY_EXEC, permission } from '#fs/vfs/permission.ts';
import { walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { walkDirectory } from './path-arguments.ts';

/** Bytes of one filling: a longer guest buffer is filled up to this, which getdents allows. */
const MOST = 32768;
const HEADER_64 = 19;
const HEADER_OLD = 18;

function listDirectory(task: Task, fd: number, addr: number, size: number, modern: boolean): number {
  const file = task.files.get(fd);
  if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  if (!file.inode.isDirectory) return -ENOTDIR;
  if (file.path !== null && file.path.dentry.unlinked) return -ENOENT;
  const { bytes, view } = task.mem;
  const limit = Math.min(size, MOST);
  let used = 0;
  let full = false;
  const next = file.readdir(task, (name, ino, type, nextPos) => {
    const length = ((modern ? HEADER_64 + name.length + 1 : HEADER_OLD + name.length + 2) + 7) & ~7;
    if (used + length > limit) {
      full = true;
      return false;
    }
    view.setUint32(used, ino >>> 0, true);
    view.setUint32(used + 4, Math.floor(ino / 4294967296), true);
    view.setUint32(used + 8, nextPos >>> 0, true);
    view.setUint32(used + 12, Math.floor(nextPos / 4294967296), true);
    view.setUint16(used + 16, length, true);
    let at = used + 18;
    if (modern) bytes[at++] = type;
    for (let i = 0; i < name.length; i += 1) bytes[at++] = name.charCodeAt(i);
    bytes.fill(0, at, used + length);
    if (!modern) bytes[used + length - 1] = type;
    used += length;
    return true;
  });
  if (next < 0) return next;
  if (notifications.active && file.path !== null) notifyPath(file.path.dentry, IN_ACCESS);
  if (used === 0) return full ? -EINVAL : 0;
  if (task.mem.out(addr, used) < 0) return -EFAULT;
  file.pos = next;
  return used;
}

function mkdir(task: Task, dirfd: number, addr: number, mode: number): number {
  const path = task.mem.path(addr);
  return typeof path === 'number' ? path : makeDirectory(task, dirfd, path, S_IFDIR | (mode & 0o1777));
}

export const handlers = {
  /** getdents(2), the old layout. */
  getdents: (task, fd, addr, size) => listDirectory(task, fd, addr, size, false),
  /** getdents64(2). */
  getdents64: (task, fd, addr, size) => listDirectory(task, fd, addr, size, true),
  /** mkdir(2). */
  mkdir: (task, path, mode) => mkdir(task, AT_FDCWD, path, mode),
  /** mkdirat(2). */
  mkdirat: mkdir,
  /** rmdir(2). */
  rmdir: (task, addr) => {
    const path = task.mem.path(addr);
    return typeof path === 'number' ? path : removeDirectory(task, AT_FDCWD, path);
  },

  /** chdir(2). */
  chdir: (task, addr) => {
    const result = walkDirectory(task, addr);
    if (result !== 0) return result;
    if (permission(task.creds, walk.inode, MAY_EXEC) !== 0) return -EACCES;
    task.fs.cwd = walk.path;
    return 0;
  },
  /** fchdir(2). */
  fchdir: (task, fd) => {
    const file = task.files.get(fd);
    if (file === null) return -EBADF;
    if (file.path === null || !file.inode.isDirectory) return -ENOTDIR;
    if (permission(task.creds, file.inode, MAY_EXEC) !== 0) return -EACCES;
    task.fs.cwd = file.path;
    return 0;
  },
  /** getcwd(2). What lies outside the root is "(unreachable)". */
  getcwd: (task, addr, size) => {
    const { cwd, root } = task.fs;
    if (isDeleted(cwd.dentry)) return -ENOENT;
    const below = pathBelow(cwd, root);
    const text = below ?? '(unreachable)/';
    if (text.length + 1 > size || text.length >= task.mem.scratchSize) return -ERANGE;
    const { bytes } = task.mem;
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    bytes[text.length] = 0;
    return task.mem.out(addr, text.length + 1) < 0 ? -EFAULT : text.length + 1;
  },
  /** chroot(2). */
  chroot: (task, addr) => {
    const result = walkDirectory(task, addr);
    if (result !== 0) return result;
    if (permission(task.creds, walk.inode, MAY_EXEC) !== 0) return -EACCES;
    if (!task.capableHere(CAP_SYS_CHROOT)) return -EPERM;
    task.fs.root = walk.path;
    return 0;
  },
} satisfies Handlers;
