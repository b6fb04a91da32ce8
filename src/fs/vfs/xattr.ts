/** Extended attributes: who may see and change which (xattr(7)). */
import { CAP_FOWNER, CAP_SETFCAP, CAP_SYS_ADMIN } from '#abi/capability.ts';
import { E2BIG, EINVAL, ENODATA, EOPNOTSUPP, EPERM, EROFS } from '#abi/errno.ts';
import { IN_ATTRIB } from '#abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_ISVTX } from '#abi/stat.ts';
import { XATTR_LIST_MAX } from '#abi/xattr.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';
import { notifications, notifyPath, notifySelf } from './notify.ts';
import type { Path } from './path.ts';
import { isReadOnly, MAY_READ, MAY_WRITE, permission } from './permission.ts';

/** 0 if the task may read (or write) attribute `name`, else -errno. */
function mayUse(task: Task, inode: Inode, path: Path | null, name: string, mask: number): number {
  const writes = mask === MAY_WRITE;
  if (writes && path !== null && isReadOnly(path.mount)) return -EROFS;
  if (writes && (inode.isImmutable || inode.isAppendOnly)) return -EPERM;
  if (name.startsWith('security.')) {
    if (!writes) return 0;
    const cap = name === 'security.capability' ? CAP_SETFCAP : CAP_SYS_ADMIN;
    return task.capable(cap) ? 0 : -EPERM;
  }
  if (name.startsWith('trusted.')) return task.capable(CAP_SYS_ADMIN) ? 0 : writes ? -EPERM : -ENODATA;
  if (!name.startsWith('user.') || name === 'user.') return -EOPNOTSUPP;
  const type = inode.mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFDIR) return writes ? -EPERM : -ENODATA;
  if (
    writes &&
    type === S_IFDIR &&
    (inode.mode & S_ISVTX) !== 0 &&
    inode.uid !== task.creds.fsuid &&
    !task.creds.capableOver(inode, CAP_FOWNER)
  )
    return -EPERM;
  return permission(task.creds, inode, mask);
}

/** struct vfs_cap_data of revision 2, or 3 with a root user. */
function isFileCapability(value: Uint8Array): boolean {
  const revision = value[3];
  return (value.length === 20 && revision === 2) || (value.length === 24 && revision === 3);
}

function changed(path: Path | null, inode: Inode): void {
  if (!notifications.active) return;
  if (path === null) notifySelf(inode, IN_ATTRIB);
  else notifyPath(path.dentry, IN_ATTRIB);
}

export function getAttribute(task: Task, inode: Inode, path: Path | null, name: string): Uint8Array | number {
  const allowed = mayUse(task, inode, path, name, MAY_READ);
  return allowed !== 0 ? allowed : inode.getxattr(name);
}

export function setAttribute(task: Task, inode: Inode, path: Path | null, name: string, value: Uint8Array, flags: number): number {
  if (name === 'security.capability' && !isFileCapability(value)) return -EINVAL;
  const allowed = mayUse(task, inode, path, name, MAY_WRITE);
  if (allowed !== 0) return allowed;
  const result = inode.setxattr(name, value, flags);
  if (result === 0) changed(path, inode);
  return result;
}

export function removeAttribute(task: Task, inode: Inode, path: Path | null, name: string): number {
  const allowed = mayUse(task, inode, path, name, MAY_WRITE);
  if (allowed !== 0) return allowed;
  const result = inode.removexattr(name);
  if (result === 0) changed(path, inode);
  return result;
}

/** Names as the call returns them: each with its NUL. */
export function listAttributes(task: Task, inode: Inode): string | number {
  const names = inode.listxattr();
  if (typeof names === 'number') return names === -EOPNOTSUPP ? '' : names;
  const seesTrusted = task.capable(CAP_SYS_ADMIN);
  const text = names
    .filter((name) => seesTrusted || !name.startsWith('trusted.'))
    .map((name) => `${name}\0`)
    .join('');
  return text.length > XATTR_LIST_MAX ? -E2BIG : text;
}
