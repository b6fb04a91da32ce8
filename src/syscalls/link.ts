/** link(2), unlink(2), symlink(2), readlink(2), rename(2), mknod(2) and their *at forms. */
import { EFAULT, EINVAL, ENOENT } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW } from '#abi/fcntl.ts';
import { major, minor, S_IFMT } from '#abi/stat.ts';
import { IN_ACCESS } from '#abi/inotify.ts';
import { makeLink, makeNode, makeSymlink, removeDirectory, removeName, rename as renamePath } from '#fs/vfs/names.ts';
import { notifications, notifyPath } from '#fs/vfs/notify.ts';
import { pathString } from '#fs/vfs/path-string.ts';
import { EMPTY, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

function link(task: Task, oldFd: number, oldAddr: number, newFd: number, newAddr: number, flags: number): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const oldPath = task.mem.path(oldAddr);
  if (typeof oldPath === 'number') return oldPath;
  const newPath = task.mem.path(newAddr);
  if (typeof newPath === 'number') return newPath;
  return makeLink(task, oldFd, oldPath, newFd, newPath, flags);
}

function unlink(task: Task, dirfd: number, addr: number, flags: number): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  return (flags & AT_REMOVEDIR) !== 0 ? removeDirectory(task, dirfd, path) : removeName(task, dirfd, path);
}

function symlink(task: Task, targetAddr: number, dirfd: number, addr: number): number {
  const target = task.mem.path(targetAddr);
  if (typeof target === 'number') return target;
  const path = task.mem.path(addr);
  return typeof path === 'number' ? path : makeSymlink(task, target, dirfd, path);
}

function readlink(task: Task, dirfd: number, addr: number, target: number, size: number): number {
  if (size <= 0) return -EINVAL;
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  const result = walk.from(task, dirfd, path, EMPTY);
  if (result !== 0) return result;
  const { inode } = walk;
  if (!inode.isSymlink) return path === '' ? -ENOENT : -EINVAL;
  const magic = inode.magicLink(task);
  const plain = inode.readlink(task);
  const text = typeof plain === 'number' && magic !== null && typeof magic !== 'number' ? pathString(magic, task.fs.root) : plain;
  if (typeof text === 'number') return text;
  if (notifications.active) notifyPath(walk.dentry, IN_ACCESS);
  const length = Math.min(text.length, size, task.mem.scratchSize);
  const { bytes } = task.mem;
  for (let i = 0; i < length; i += 1) bytes[i] = text.charCodeAt(i);
  return task.mem.out(target, length) < 0 ? -EFAULT : length;
}

function rename(task: Task, oldFd: number, oldAddr: number, newFd: number, newAddr: number, flags: number): number {
  const oldPath = task.mem.path(oldAddr);
  if (typeof oldPath === 'number') return oldPath;
  const newPath = task.mem.path(newAddr);
  return typeof newPath === 'number' ? newPath : renamePath(task, oldFd, oldPath, newFd, newPath, flags);
}

function mknod(task: Task, dirfd: number, addr: number, mode: number, dev: number): number {
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  const type = mode & S_IFMT;
  if (![0, 0o10000, 0o20000, 0o40000, 0o60000, 0o100000, 0o140000].includes(type)) return -EINVAL;
  return makeNode(task, dirfd, path, mode & (S_IFMT | 0o7777), major(dev), minor(dev));
}

export const handlers = {
  /** link(2). */
  link: (task, oldPath, newPath) => link(task, AT_FDCWD, oldPath, AT_FDCWD, newPath, 0),
  /** linkat(2). */
  linkat: link,
  /** unlink(2). */
  unlink: (task, path) => unlink(task, AT_FDCWD, path, 0),
  /** unlinkat(2). */
  unlinkat: unlink,
  /** symlink(2). */
  symlink: (task, target, path) => symlink(task, target, AT_FDCWD, path),
  /** symlinkat(2). */
  symlinkat: symlink,
  /** readlink(2). */
  readlink: (task, path, target, size) => readlink(task, AT_FDCWD, path, target, size),
  /** readlinkat(2). */
  readlinkat: readlink,
  /** rename(2). */
  rename: (task, oldPath, newPath) => rename(task, AT_FDCWD, oldPath, AT_FDCWD, newPath, 0),
  /** renameat(2). */
  renameat: (task, oldFd, oldPath, newFd, newPath) => rename(task, oldFd, oldPath, newFd, newPath, 0),
  /** renameat2(2). */
  renameat2: rename,
  /** mknod(2). */
  mknod: (task, path, mode, dev) => mknod(task, AT_FDCWD, path, mode, dev),
  /** mknodat(2). */
  mknodat: mknod,
} satisfies Handlers;
