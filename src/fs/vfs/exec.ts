/** Opening a program for execve(2): it must be executable, and nobody may write it while it runs. */
import { EACCES, ELOOP, ETXTBSY } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_RDONLY } from '#abi/fcntl.ts';
import { MS_NOEXEC } from '#abi/mount.ts';
import { S_IFLNK, S_IFMT, S_IFREG } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import { countExecution, countOpen, type OpenFile } from './open-file.ts';
import { MAY_EXEC, permission } from './permission.ts';
import { EMPTY, FOLLOW, walk } from './walk.ts';

/** `flags` as execveat(2). An open file that keeps writers out until its last reference is gone, or -errno. */
export function openExecutable(task: Task, dirFd: number, path: string, flags: number): OpenFile | number {
  const nofollow = (flags & AT_SYMLINK_NOFOLLOW) !== 0;
  const result = walk.from(task, dirFd, path, (nofollow ? 0 : FOLLOW) | ((flags & AT_EMPTY_PATH) !== 0 ? EMPTY : 0));
  if (result !== 0) return result;
  const { mount, dentry, inode } = walk;
  const type = inode.mode & S_IFMT;
  if (type === S_IFLNK) return -ELOOP;
  if (type !== S_IFREG || (mount.flags & MS_NOEXEC) !== 0) return -EACCES;
  if (permission(task.creds, inode, MAY_EXEC) !== 0) return -EACCES;
  if (inode.writers > 0) return -ETXTBSY;
  const place = dentry.at(mount);
  const file = inode.open(task, O_RDONLY, place);
  if (typeof file === 'number') return file;
  file.path ??= place;
  countOpen(file, inode);
  countExecution(file, inode);
  return file;
}
