/** Path arguments of calls, walked: the common start of every call that names something. */
import { EBADF, EINVAL, ENOTDIR } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_PATH } from '#abi/fcntl.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import type { Path } from '#fs/vfs/path.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';

/** What an *at call names: an inode, and the place it was found at (null for descriptors without one: pipes, sockets). */
export interface Target {
  inode: Inode;
  path: Path | null;
}

const target: Target = { inode: null as unknown as Inode, path: null };

/**
 * Finds what (dirfd, path, AT_* flags) name. The answer is one shared object, valid until the next call of this, or -errno.
 * With AT_EMPTY_PATH and an empty path it is the descriptor's own object.
 */
export function targetAt(task: Task, dirfd: number, addr: number, flags: number): Target | number {
  if ((flags & AT_EMPTY_PATH) !== 0 && addr === 0) return ofDescriptor(task, dirfd);
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) return ofDescriptor(task, dirfd);
  const result = walk.from(task, dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) === 0 ? FOLLOW : 0);
  if (result !== 0) return result;
  target.inode = walk.inode;
  target.path = walk.path;
  return target;
}

function ofDescriptor(task: Task, fd: number): Target | number {
  if (fd === AT_FDCWD) {
    target.inode = task.fs.cwd.dentry.inode as Inode;
    target.path = task.fs.cwd;
    return target;
  }
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  target.inode = file.inode;
  target.path = file.path;
  return target;
}

/** What a descriptor that was not opened with O_PATH refers to; -EBADF. */
export function targetOf(task: Task, fd: number): Target | number {
  const file = task.files.get(fd);
  if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  target.inode = file.inode;
  target.path = file.path;
  return target;
}

/** Walks to a directory for chdir, chroot and the like; then `walk` has it. 0 or -errno. */
export function walkDirectory(task: Task, addr: number): number {
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  const result = walk.from(task, AT_FDCWD, path, FOLLOW);
  if (result !== 0) return result;
  return walk.inode.isDirectory ? 0 : -ENOTDIR;
}

/** -EINVAL if `flags` has other bits than `known`. */
export function unknownFlags(flags: number, known: number): number {
  return (flags & ~known) !== 0 ? -EINVAL : 0;
}
