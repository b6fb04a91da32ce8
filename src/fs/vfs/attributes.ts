/** Changing attributes: chmod, chown, times, size; who may, and what follows (setuid bits dropped, events). */
import { CAP_CHOWN, CAP_FSETID } from '#abi/capability.ts';
import { EACCES, EINVAL, EISDIR, EPERM, EROFS, ETXTBSY } from '#abi/errno.ts';
import { IN_ATTRIB, IN_MODIFY } from '#abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { AttributeChange, Inode } from './inode.ts';
import { notifications, notifyPath, notifySelf } from './notify.ts';
import type { Path } from './path.ts';
import { isOwner, isReadOnly, MAY_WRITE, permission } from './permission.ts';

function attributeEvent(path: Path | null, inode: Inode, mask: number): void {
  if (!notifications.active) return;
  if (path !== null && path.dentry.inode === inode) notifyPath(path.dentry, mask);
  else notifySelf(inode, mask);
}

/** What writing to a file takes away from it: setuid, and setgid of executables. */
export function dropPrivilegeBits(task: Task, inode: Inode): void {
  const drop = privilegeBits(inode.mode);
  if (drop === 0 || task.creds.capableOver(inode, CAP_FSETID)) return;
  inode.setAttributes(task, { mode: inode.mode & ~drop });
}

function privilegeBits(mode: number): number {
  if ((mode & S_IFMT) !== S_IFREG) return 0;
  return (mode & S_ISUID) | ((mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) ? S_ISGID : 0);
}

/** chmod(2) on an inode found through `path` (null: a descriptor without one). */
export function changeMode(task: Task, inode: Inode, path: Path | null, mode: number): number {
  if (path !== null && isReadOnly(path.mount)) return -EROFS;
  const { creds } = task;
  if (!isOwner(creds, inode)) return -EPERM;
  let bits = mode & 0o7777;
  if ((inode.mode & S_IFMT) !== S_IFDIR || (bits & S_ISGID) !== 0) {
    if (!creds.inGroup(inode.gid) && !creds.capableOver(inode, CAP_FSETID)) bits &= ~S_ISGID;
  }
  const result = inode.setAttributes(task, { mode: (inode.mode & S_IFMT) | bits });
  if (result === 0) attributeEvent(path, inode, IN_ATTRIB);
  return result;
}

/** chown(2); 0xffffffff leaves an id as it is. */
export function changeOwner(task: Task, inode: Inode, path: Path | null, uid: number, gid: number): number {
  if (path !== null && isReadOnly(path.mount)) return -EROFS;
  const { creds } = task;
  const change: AttributeChange = {};
  const mayChown = creds.capableOver(inode, CAP_CHOWN);
  if (uid !== 0xffffffff) {
    if (!mayChown && !(creds.fsuid === inode.uid && uid === inode.uid)) return -EPERM;
    change.uid = uid;
  }
  if (gid !== 0xffffffff) {
    if (!mayChown && !(creds.fsuid === inode.uid && (creds.inGroup(gid) || gid === inode.gid))) return -EPERM;
    change.gid = gid;
  }
  // On executables set-id bits go, even for root; a file that nobody may execute keeps setgid.
  const drop = privilegeBits(inode.mode);
  if (drop !== 0) change.mode = inode.mode & ~drop;
  const result = inode.setAttributes(task, change);
  if (result === 0) attributeEvent(path, inode, IN_ATTRIB);
  return result;
}

/** A time for `changeTimes`: null is now, undefined is unchanged. */
export type NewTime = readonly [number, number] | null | undefined;

/** utimensat(2). `now` is true when both times are to be the present (then write permission is enough). */
export function changeTimes(task: Task, inode: Inode, path: Path | null, atime: NewTime, mtime: NewTime): number {
  if (atime === undefined && mtime === undefined) return 0;
  if (path !== null && isReadOnly(path.mount)) return -EROFS;
  if (!isOwner(task.creds, inode)) {
    if (atime !== null || mtime !== null) return -EPERM;
    if (permission(task.creds, inode, MAY_WRITE) !== 0) return -EACCES;
  }
  const ms = Date.now();
  const present: readonly [number, number] = [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
  const change: AttributeChange = {};
  if (atime !== undefined) change.atime = atime ?? present;
  if (mtime !== undefined) change.mtime = mtime ?? present;
  const result = inode.setAttributes(task, change);
  if (result === 0) attributeEvent(path, inode, IN_ATTRIB);
  return result;
}

/** truncate(2) by path; the length was checked to be non-negative. */
export function truncatePath(task: Task, inode: Inode, path: Path, size: number): number {
  const type = inode.mode & S_IFMT;
  if (type === S_IFDIR) return -EISDIR;
  if (type !== S_IFREG) return -EINVAL;
  const allowed = permission(task.creds, inode, MAY_WRITE);
  if (allowed !== 0) return allowed;
  if (isReadOnly(path.mount)) return -EROFS;
  if (inode.executions > 0) return -ETXTBSY;
  return truncateInode(task, inode, path, size);
}

/** Sets the size of a regular file that the task may write. */
export function truncateInode(task: Task, inode: Inode, path: Path | null, size: number): number {
  dropPrivilegeBits(task, inode);
  const result = inode.setAttributes(task, { size });
  if (result === 0) attributeEvent(path, inode, IN_MODIFY);
  return result;
}
