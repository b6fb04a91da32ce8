import { EBADF, EINVAL, EMFILE } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import {
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
} from '#abi/inotify.ts';
import { Inotify } from '#fs/anon/inotify.ts';
import { MAY_READ, permission } from '#fs/vfs/permission.ts';
import { DIRECTORY, FOLLOW, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { installFile } from './pipe.ts';

const VALID = IN_ALL_EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT;

/** inotify_init1: inotify_init(2). */
function inotify_init1(task: Task, flags: number): number {
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) return -EINVAL;
  const file = Inotify.make(task, flags & IN_NONBLOCK);
  return file === null ? -EMFILE : installFile(task, file, (flags & IN_CLOEXEC) !== 0);
}

function instanceOf(task: Task, fd: number): Inotify | number {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  return file instanceof Inotify ? file : -EINVAL;
}

/** inotify_add_watch(2). Changes that the host makes to its own files are not seen. */
function inotify_add_watch(task: Task, fd: number, pathAddr: number, mask: number): number {
  if ((mask & VALID) === 0) return -EINVAL;
  if (task.files.get(fd) === null) return -EBADF;
  if ((mask & IN_MASK_ADD) !== 0 && (mask & IN_MASK_CREATE) !== 0) return -EINVAL;
  const instance = instanceOf(task, fd);
  if (typeof instance === 'number') return instance;
  const path = task.mem.path(pathAddr);
  if (typeof path === 'number') return path;
  const how = ((mask & IN_DONT_FOLLOW) === 0 ? FOLLOW : 0) | ((mask & IN_ONLYDIR) !== 0 ? DIRECTORY : 0);
  const result = walk.from(task, AT_FDCWD, path, how);
  if (result < 0) return result;
  const { inode } = walk;
  const allowed = permission(task.creds, inode, MAY_READ);
  return allowed < 0 ? allowed : instance.add(inode, mask);
}

/** inotify_rm_watch(2). */
function inotify_rm_watch(task: Task, fd: number, wd: number): number {
  const instance = instanceOf(task, fd);
  return typeof instance === 'number' ? instance : instance.remove(wd);
}

export const handlers = {
  inotify_init: (task) => inotify_init1(task, 0),
  inotify_init1,
  inotify_add_watch,
  inotify_rm_watch,
} satisfies Handlers;
