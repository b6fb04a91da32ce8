/** Changing attributes: chmod, chown, times, size; who may, and what follows (setuid bits dropped, events). */
import { CAP_CHOWN, CAP_FSETID } from '#abi/capability.ts';
import { EACCES, EINVAL, EISDIR, EPERM, EROFS, ETXTBSY } from '#abi/errno.ts';
import { IN_ATTRIB, IN_MODIFY } from '#abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { AttributeChange, Inode } from './inode.ts';
import { breakLeases } from './leases.ts';
import { notifications, notifyPath, notifySelf } from './notify.ts';
import type { Path } from './path.ts';
import { isOwner, isReadOnly, MAY_WRITE, permission } from './permission.ts';

const CAPABILITY = 'security.capability';

function attributeEvent(path: Path | null, inode: Inode, mask: number): void {
  if (!notifications.active) return;
  if (path !== null && path.dentry.inode === inode) notifyPath(path.dentry, mask);
  else notifySelf(inode, mask);
}

function isGuarded(inode: Inode): boolean {
  return inode.flags !== 0 && (inode.isImmutable || inode.isAppendOnly);
}

/** File capabilities are for the file as it was. */
function dropFileCapabilities(inode: Inode): void {
  if (inode.mayHaveCapabilities && typeof inode.getxattr(CAPABILITY) !== 'number') inode.removexattr(CAPABILITY);
}

/** What writing to a file takes away from it: setuid, setgid of executables, file capabilities. */
export function dropPrivilegeBits(task: Task, inode: Inode): void {
  dropFileCapabilities(inode);
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
  if (isGuarded(inode) || !isOwner(creds, inode)) return -EPERM;
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
  if (isGuarded(inode)) return -EPERM;
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
  // Set-id bits go, even for root; setgid without group execution stays, for those in the group.
  if (!inode.isDirectory) {
    let drop = inode.mode & S_ISUID;
    if ((inode.mode & S_ISGID) !== 0) {
      const stays = (inode.mode & S_IXGRP) === 0 && (creds.inGroup(inode.gid) || creds.capable(CAP_FSETID));
      if (!stays) drop |= S_ISGID;
    }
    if (drop !== 0) change.mode = inode.mode & ~drop;
    dropFileCapabilities(inode);
  }
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
  if (inode.isImmutable || (inode.isAppendOnly && (atime !== null || mtime !== null))) return -EPERM;
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

/** truncate(2) by path; the length was checked to be non-negative. 0, -errno, or BREAKING (leases.ts). */
export function truncatePath(task: Task, inode: Inode, path: Path, size: number): number {
  const type = inode.mode & S_IFMT;
  if (type === S_IFDIR) return -EISDIR;
  if (type !== S_IFREG) return -EINVAL;
  const allowed = permission(task.creds, inode, MAY_WRITE);
  if (allowed !== 0) return allowed;
  if (isReadOnly(path.mount)) return -EROFS;
  if (inode.isAppendOnly) return -EPERM;
  if (inode.executions > 0) return -ETXTBSY;
  const leased = breakLeases(task, inode, true, false);
  if (leased !== 0) return leased;
  return truncateInode(task, inode, path, size);
}

/** Sets the size of a regular file that the task may write. */
export function truncateInode(task: Task, inode: Inode, path: Path | null, size: number): number {
  if (isGuarded(inode)) return -EPERM;
  dropPrivilegeBits(task, inode);
  const result = inode.setAttributes(task, { size });
  if (result === 0) attributeEvent(path, inode, IN_MODIFY);
  return result;
}
