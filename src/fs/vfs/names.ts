/** Making, removing and moving names: mkdir, mknod, symlink, link, unlink, rmdir, rename, by path. */
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_MKNOD } from '#abi/capability.ts';
import { EBUSY, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '#abi/fcntl.ts';
import { IN_ATTRIB, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_MOVE_SELF, IN_MOVED_FROM, IN_MOVED_TO } from '#abi/inotify.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import { detachMountsAt } from './mount-tree.ts';
import { Dentry } from './dentry.ts';
import type { CreateAttributes, Inode } from './inode.ts';
import { forget, instantiate, lookupChild, move } from './lookup.ts';
import type { Mount } from './mount.ts';
import { nextCookie, notifications, notifyName, notifySelf } from './notify.ts';
import { createAttributes, mayBeNamed } from './open.ts';
import { isReadOnly, MAY_WRITE, mayCreate, mayDelete, permission } from './permission.ts';
import { protection } from './protections.ts';
import { EMPTY, FOLLOW, Last, PARENT, walk } from './walk.ts';

/** Where a name is to be made: the directory and its negative dentry. */
interface NewName {
  mount: Mount;
  directory: Dentry;
  child: Dentry;
}

/** Walks to a name that must not exist yet. `isDirectory` allows a trailing slash; `linked` is what a hard link is for, on `from`. */
function newName(task: Task, dirfd: number, path: string, isDirectory: boolean, from?: Mount, linked?: Inode): NewName | number {
  const result = walk.from(task, dirfd, path, PARENT);
  if (result !== 0) return result;
  if (walk.lastKind !== Last.Name) return -EEXIST;
  const { mount, dentry: directory, last, lastSlash } = walk;
  const child = lookupChild(task, directory, last);
  if (typeof child === 'number') return child;
  if (child.inode !== null) return -EEXIST;
  if (lastSlash && !isDirectory) return -ENOENT;
  if (directory.unlinked) return -ENOENT;
  if (linked !== undefined) {
    if (mount !== from) return -EXDEV;
    if (!mayLink(task, linked)) return -EPERM;
  }
  const allowed = mayCreate(task.creds, mount, directory.inode as Inode);
  return allowed !== 0 ? allowed : { mount, directory, child };
}

function finishNew(place: NewName, inode: Inode | number): number {
  if (typeof inode === 'number') return inode;
  instantiate(place.directory, place.child, inode);
  if (notifications.active) notifyName(place.directory.inode as Inode, IN_CREATE, place.child.name, inode);
  return 0;
}

/** mkdirat(2); `mode` with S_IFDIR. */
export function makeDirectory(task: Task, dirfd: number, path: string, mode: number): number {
  const place = newName(task, dirfd, path, true);
  if (typeof place === 'number') return place;
  const parent = place.directory.inode as Inode;
  return finishNew(place, parent.mkdir(task, place.child.name, createAttributes(task, parent, mode)));
}

/** mknodat(2); `mode` with the type. */
export function makeNode(task: Task, dirfd: number, path: string, mode: number, major: number, minor: number): number {
  const type = mode & S_IFMT;
  if (type === S_IFDIR) return -EPERM;
  const place = newName(task, dirfd, path, false);
  if (typeof place === 'number') return place;
  if ((type === S_IFCHR || type === S_IFBLK) && !task.capable(CAP_MKNOD) && !(type === S_IFCHR && major === 0 && minor === 0))
    return -EPERM;
  const parent = place.directory.inode as Inode;
  const attributes: CreateAttributes = createAttributes(task, parent, type === 0 ? S_IFREG | mode : mode);
  const { name } = place.child;
  return finishNew(
    place,
    (attributes.mode & S_IFMT) === S_IFREG ? parent.create(task, name, attributes) : parent.mknod(task, name, attributes, major, minor),
  );
}

/** symlinkat(2). */
export function makeSymlink(task: Task, target: string, dirfd: number, path: string): number {
  if (target === '') return -ENOENT;
  const place = newName(task, dirfd, path, false);
  if (typeof place === 'number') return place;
  const parent = place.directory.inode as Inode;
  const attributes = createAttributes(task, parent, 0);
  attributes.mode = S_IFLNK | 0o777;
  return finishNew(place, parent.symlink(task, place.child.name, target, attributes));
}

/** linkat(2). */
export function makeLink(task: Task, oldFd: number, oldPath: string, newFd: number, newPath: string, flags: number): number {
  if (oldPath === '' && (flags & AT_EMPTY_PATH) !== 0 && oldFd !== AT_FDCWD) {
    if (!task.capableHere(CAP_DAC_READ_SEARCH)) return -ENOENT;
  }
  const result = walk.from(
    task,
    oldFd,
    oldPath,
    ((flags & AT_SYMLINK_FOLLOW) !== 0 ? FOLLOW : 0) | ((flags & AT_EMPTY_PATH) !== 0 ? EMPTY : 0),
  );
  if (result !== 0) return result;
  const { inode, mount } = walk;
  const place = newName(task, newFd, newPath, false, mount, inode);
  if (typeof place === 'number') return place;
  if (inode.isDirectory || inode.isImmutable || inode.isAppendOnly) return -EPERM;
  if (inode.nlink === 0 && !mayBeNamed(inode)) return -ENOENT;
  const linked = (place.directory.inode as Inode).link(task, place.child.name, inode);
  if (linked !== 0) return linked;
  instantiate(place.directory, place.child, inode);
  if (notifications.active) {
    notifySelf(inode, IN_ATTRIB);
    notifyName(place.directory.inode as Inode, IN_CREATE, place.child.name, inode);
  }
  return 0;
}

function mayLink(task: Task, inode: Inode): boolean {
  const { creds } = task;
  if (inode.uid === creds.fsuid || creds.capableOver(inode, CAP_FOWNER) || protection(task, 'hardlinks') === 0) return true;
  const { mode } = inode;
  if ((mode & S_IFMT) !== S_IFREG || (mode & S_ISUID) !== 0 || (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) return false;
  return permission(creds, inode, 6) === 0 || creds.capableOver(inode, CAP_DAC_OVERRIDE);
}

/** An existing name, with its directory. */
function existingName(task: Task): { mount: Mount; directory: Dentry; child: Dentry } | number {
  const { mount, dentry: directory } = walk;
  const child = lookupChild(task, directory, walk.last);
  if (typeof child === 'number') return child;
  if (child.inode === null) return isReadOnly(mount) ? -EROFS : -ENOENT;
  return { mount, directory, child };
}

/** unlinkat(2) without AT_REMOVEDIR. */
export function removeName(task: Task, dirfd: number, path: string): number {
  const result = walk.from(task, dirfd, path, PARENT);
  if (result !== 0) return result;
  if (walk.lastKind !== Last.Name) return -EISDIR;
  const slash = walk.lastSlash;
  const found = existingName(task);
  if (typeof found === 'number') return found;
  const { mount, directory, child } = found;
  const inode = child.inode as Inode;
  if (slash) return inode.isDirectory ? -EISDIR : -ENOTDIR;
  return removeChild(task, mount, directory, child);
}

/** Removes a name that was looked up and is not a directory's. */
export function removeChild(task: Task, mount: Mount, directory: Dentry, child: Dentry): number {
  const inode = child.inode as Inode;
  const parent = directory.inode as Inode;
  const allowed = mayDelete(task.creds, mount, parent, inode);
  if (allowed !== 0) return allowed;
  if (inode.isDirectory) return -EISDIR;
  if (child.mountCount > 0 && mount.childAt(child) !== null) return -EBUSY;
  const removed = parent.unlink(task, child.name, inode);
  if (removed !== 0) return removed;
  gone(directory, child, inode);
  return 0;
}

/** After a name was removed: the cache, events, and the inode itself if nothing holds it. */
function gone(directory: Dentry, child: Dentry, inode: Inode): void {
  const { name } = child;
  forget(directory, child);
  if (child.mountCount > 0) detachMountsAt(child);
  const { superBlock } = directory.inode as Inode;
  if (superBlock.cacheNames && superBlock.cacheNegative) {
    directory.children ??= new Map();
    directory.children.set(name, new Dentry(directory, name, null));
  }
  if (inode.dentry === child && inode.nlink > 0) inode.dentry = null;
  if (notifications.active) {
    if (!inode.isDirectory) notifySelf(inode, IN_ATTRIB);
    notifyName(directory.inode as Inode, IN_DELETE, name, inode);
    // An object that is open lives on until the last close, which tells its end.
    if (inode.nlink === 0 && inode.opens === 0) notifySelf(inode, IN_DELETE_SELF);
  }
  if (inode.nlink === 0 && inode.opens === 0) inode.evict();
}

/** rmdir(2), unlinkat(2) with AT_REMOVEDIR. */
export function removeDirectory(task: Task, dirfd: number, path: string): number {
  const result = walk.from(task, dirfd, path, PARENT);
  if (result !== 0) return result;
  if (walk.lastKind === Last.Dot) return -EINVAL;
  if (walk.lastKind === Last.DotDot) return -ENOTEMPTY;
  if (walk.lastKind === Last.Root) return -EBUSY;
  const found = existingName(task);
  if (typeof found === 'number') return found;
  const { mount, directory, child } = found;
  const inode = child.inode as Inode;
  const parent = directory.inode as Inode;
  const allowed = mayDelete(task.creds, mount, parent, inode);
  if (allowed !== 0) return allowed;
  if (!inode.isDirectory) return -ENOTDIR;
  if (child.mountCount > 0 && mount.childAt(child) !== null) return -EBUSY;
  const removed = parent.rmdir(task, child.name, inode);
  if (removed !== 0) return removed;
  gone(directory, child, inode);
  return 0;
}

function isAncestor(ancestor: Dentry, of: Dentry): boolean {
  for (let at: Dentry | null = of; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}

/** renameat2(2). */
export function rename(task: Task, oldFd: number, oldPath: string, newFd: number, newPath: string, flags: number): number {
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) !== 0) return -EINVAL;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  if (exchange && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) !== 0) return -EINVAL;
  let result = walk.from(task, oldFd, oldPath, PARENT);
  if (result !== 0) return result;
  const { mount, dentry: oldDirectory, last: oldName, lastKind: oldKind, lastSlash: oldSlash } = walk;
  result = walk.from(task, newFd, newPath, PARENT);
  if (result !== 0) return result;
  const { dentry: newDirectory, last: newNameText, lastKind: newKind, lastSlash: newSlash } = walk;
  if (walk.mount !== mount) return -EXDEV;
  if (oldKind !== Last.Name) return -EBUSY;
  if (newKind !== Last.Name) return (flags & RENAME_NOREPLACE) !== 0 ? -EEXIST : -EBUSY;
  if (isReadOnly(mount)) return -EROFS;

  const source = lookupChild(task, oldDirectory, oldName);
  if (typeof source === 'number') return source;
  const child = source.inode;
  if (child === null) return -ENOENT;
  const target = lookupChild(task, newDirectory, newNameText);
  if (typeof target === 'number') return target;
  const replaced = target.inode;
  if (replaced !== null && (flags & RENAME_NOREPLACE) !== 0) return -EEXIST;
  if (exchange) {
    if (replaced === null) return -ENOENT;
    if (!replaced.isDirectory && newSlash) return -ENOTDIR;
  }
  if (!child.isDirectory) {
    if (oldSlash) return -ENOTDIR;
    if (!exchange && newSlash) return -ENOTDIR;
  }
  if (isAncestor(source, newDirectory)) return -EINVAL;
  if (isAncestor(target, oldDirectory)) return exchange ? -EINVAL : -ENOTEMPTY;
  if (child === replaced) return 0;

  const oldParent = oldDirectory.inode as Inode;
  const newParent = newDirectory.inode as Inode;
  const { creds } = task;
  result = mayDelete(creds, mount, oldParent, child);
  if (result !== 0) return result;
  result = replaced === null ? mayCreate(creds, mount, newParent) : mayDelete(creds, mount, newParent, replaced);
  if (result !== 0) return result;
  if (newDirectory.unlinked) return -ENOENT;
  if (!exchange && replaced !== null) {
    if (child.isDirectory && !replaced.isDirectory) return -ENOTDIR;
    if (!child.isDirectory && replaced.isDirectory) return -EISDIR;
  }
  // A directory that changes its parent has its ".." rewritten.
  if (oldParent !== newParent) {
    if (child.isDirectory && permission(creds, child, MAY_WRITE) !== 0) return permission(creds, child, MAY_WRITE);
    if (exchange && replaced?.isDirectory && permission(creds, replaced, MAY_WRITE) !== 0) return permission(creds, replaced, MAY_WRITE);
  }
  if ((source.mountCount > 0 && mount.childAt(source) !== null) || (target.mountCount > 0 && mount.childAt(target) !== null)) return -EBUSY;
  if (oldParent.superBlock !== newParent.superBlock) return -EXDEV;
  if (child.superBlock !== newParent.superBlock) return -ELOOP;

  result = oldParent.rename(task, oldName, child, newParent, newNameText, replaced, flags);
  if (result !== 0) return result;
  if (exchange) exchangeDentries(source, target, oldDirectory, newDirectory, oldName, newNameText);
  else {
    if (replaced !== null) forget(newDirectory, target);
    move(source, newDirectory, newNameText);
  }
  if (notifications.active) announceRename(oldParent, oldName, newParent, newNameText, child, replaced, exchange);
  if (!exchange && replaced !== null && replaced.nlink === 0 && replaced.opens === 0) replaced.evict();
  return 0;
}

function exchangeDentries(a: Dentry, b: Dentry, aDirectory: Dentry, bDirectory: Dentry, aName: string, bName: string): void {
  aDirectory.children?.delete(aName);
  bDirectory.children?.delete(bName);
  a.parent = bDirectory;
  a.name = bName;
  b.parent = aDirectory;
  b.name = aName;
  bDirectory.children ??= new Map();
  bDirectory.children.set(bName, a);
  aDirectory.children ??= new Map();
  aDirectory.children.set(aName, b);
}

function announceRename(
  oldParent: Inode,
  oldName: string,
  newParent: Inode,
  newNameText: string,
  child: Inode,
  replaced: Inode | null,
  exchange: boolean,
): void {
  const cookie = nextCookie();
  notifyName(oldParent, IN_MOVED_FROM, oldName, child, cookie);
  notifyName(newParent, IN_MOVED_TO, newNameText, child, cookie);
  notifySelf(child, IN_MOVE_SELF);
  if (replaced === null) return;
  if (exchange) {
    const second = nextCookie();
    notifyName(newParent, IN_MOVED_FROM, newNameText, replaced, second);
    notifyName(oldParent, IN_MOVED_TO, oldName, replaced, second);
    notifySelf(replaced, IN_MOVE_SELF);
    return;
  }
  if (!replaced.isDirectory) notifySelf(replaced, IN_ATTRIB);
  if (replaced.nlink === 0 && replaced.opens === 0) notifySelf(replaced, IN_DELETE_SELF);
}
