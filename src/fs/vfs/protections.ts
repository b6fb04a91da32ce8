/** fs.protected_symlinks, _hardlinks, _fifos and _regular: what sticky directories keep users from doing to each other (proc_sys_fs(5)). */
import { S_IFIFO, S_IFMT, S_IFREG, S_ISVTX } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';

/** Symlinks and hard links as distributions have them; the others as Linux starts. */
export const PROTECTION_DEFAULTS = { symlinks: '1', hardlinks: '1', fifos: '0', regular: '0' } as const;

export function protection(task: Task, which: keyof typeof PROTECTION_DEFAULTS): number {
  return Number(task.kernel.sysctls.get(`fs/protected_${which}`) ?? PROTECTION_DEFAULTS[which]);
}

/** Whether the last link of a path may be followed: not one that another user left in a sticky directory that all may write. */
export function mayFollow(task: Task, directory: Inode, link: Inode): boolean {
  if ((directory.mode & (S_ISVTX | 0o2)) !== (S_ISVTX | 0o2)) return true;
  return link.uid === task.creds.fsuid || link.uid === directory.uid || protection(task, 'symlinks') === 0;
}

/** Whether open(O_CREAT) may open the `found` file of a sticky directory. */
export function mayOpenInSticky(task: Task, directory: Inode, found: Inode): boolean {
  if ((directory.mode & S_ISVTX) === 0 || found.uid === directory.uid || found.uid === task.creds.fsuid) return true;
  const type = found.mode & S_IFMT;
  if (type !== S_IFIFO && type !== S_IFREG) return true;
  const level = protection(task, type === S_IFIFO ? 'fifos' : 'regular');
  return level === 0 || ((directory.mode & 0o2) === 0 && ((directory.mode & 0o20) === 0 || level < 2));
}
