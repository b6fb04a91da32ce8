/** open(2) by path: walk, create, check, open. */
import { CAP_FSETID } from '#abi/capability.ts';
import { EACCES, EEXIST, EISDIR, ELOOP, EINVAL, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS, ETXTBSY } from '#abi/errno.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  O_CLOEXEC,
} from '#abi/fcntl.ts';
import { IN_CREATE, IN_MODIFY, IN_OPEN } from '#abi/inotify.ts';
import { MS_NODEV } from '#abi/mount.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, S_ISGID } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import { dropPrivilegeBits } from './attributes.ts';
import type { CreateAttributes, Inode } from './inode.ts';
import { instantiate, lookupChild } from './lookup.ts';
import { breakLeases } from './leases.ts';
import type { Mount } from './mount.ts';
import { notifications, notifyName, notifyPath } from './notify.ts';
import { countOpen, type OpenFile } from './open-file.ts';
import type { Path } from './path.ts';
import { isOwner, isReadOnly, MAY_EXEC, MAY_READ, MAY_WRITE, mayCreate, permission } from './permission.ts';
import { mayFollow, mayOpenInSticky } from './protections.ts';
import { PathFile } from './path-file.ts';
import { Dentry } from './dentry.ts';
import { DIRECTORY, FOLLOW, Last, PARENT, walk } from './walk.ts';

const O_TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;
/** Flags of open that are not status of the open file. */
const ONLY_AT_OPEN = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

/** Opens `path`; `flags` were validated by the system call. An open file with one reference, -errno, or BREAKING (leases.ts). */
export function openPath(task: Task, dirfd: number, path: string, flags: number, mode: number, resolve = 0): OpenFile | number {
  if ((flags & O_TMPFILE_BIT) !== 0) return openTemporary(task, dirfd, path, flags, mode, resolve);
  if ((flags & (O_CREAT | O_PATH)) === O_CREAT) return openOrCreate(task, dirfd, path, flags, mode, resolve);
  const lookup = ((flags & O_NOFOLLOW) === 0 ? FOLLOW : 0) | ((flags & O_DIRECTORY) !== 0 ? DIRECTORY : 0);
  const result = walk.from(task, dirfd, path, lookup, resolve);
  if (result !== 0) return result;
  return openFound(task, walk.mount, walk.dentry, flags);
}

/** Opens what a walk or another path led to. */
export function openFound(task: Task, mount: Mount, dentry: Dentry, flags: number): OpenFile | number {
  const inode = dentry.inode as Inode;
  const path = dentry.at(mount);
  if ((flags & O_PATH) !== 0) return begin(new PathFile(inode, flags & ~ONLY_AT_OPEN), inode, path, flags);
  const result = mayOpen(task, mount, inode, flags);
  if (result !== 0) return result;
  if (inode.leases !== null) {
    const leased = breakLeases(task, inode, (flags & (O_ACCMODE | O_TRUNC)) !== 0, (flags & O_NONBLOCK) !== 0);
    if (leased !== 0) return leased;
  }
  return openInode(task, inode, path, flags);
}

function openInode(task: Task, inode: Inode, path: Path, flags: number): OpenFile | number {
  // Terminals look at O_NOCTTY; `begin` takes it off.
  const file = inode.open(task, flags & ~(ONLY_AT_OPEN & ~O_NOCTTY), path);
  if (typeof file === 'number') return file;
  begin(file, inode, path, flags);
  if ((flags & O_TRUNC) === 0 || (inode.mode & S_IFMT) !== S_IFREG) return file;
  const result = truncateAtOpen(task, inode, path);
  if (result === 0) return file;
  file.put();
  return result;
}

function begin(file: OpenFile, inode: Inode, path: Path, flags: number): OpenFile {
  path.mount.expiring = false;
  // A device may open something else than its inode (a terminal): then it has its own path and accounts.
  file.flags &= ~O_NOCTTY;
  file.path ??= path;
  if (!file.counted && file.inode === inode) countOpen(file, inode);
  if (notifications.active && (flags & O_PATH) === 0) notifyPath(path.dentry, IN_OPEN);
  return file;
}

function truncateAtOpen(task: Task, inode: Inode, path: Path): number {
  dropPrivilegeBits(task, inode);
  const result = inode.setAttributes(task, { size: 0 });
  if (result === 0 && notifications.active) notifyPath(path.dentry, IN_MODIFY);
  return result;
}

/** Checks access modes; 0 or -errno. */
function mayOpen(task: Task, mount: Mount, inode: Inode, flags: number): number {
  const type = inode.mode & S_IFMT;
  const access = flags & O_ACCMODE;
  const mask = access === O_RDONLY ? MAY_READ : access === 1 ? MAY_WRITE : MAY_READ | MAY_WRITE;
  const writes = (mask & MAY_WRITE) !== 0 || (flags & O_TRUNC) !== 0;
  if (type === S_IFDIR) {
    if (writes || (flags & O_CREAT) !== 0) return -EISDIR;
  } else if (type === S_IFLNK) return -ELOOP;
  else if (type === S_IFSOCK) return permission(task.creds, inode, mask) !== 0 ? -EACCES : -ENXIO;
  else if ((type === S_IFCHR || type === S_IFBLK) && (mount.flags & MS_NODEV) !== 0) return -EACCES;
  const wanted = (flags & O_TRUNC) !== 0 ? mask | MAY_WRITE : mask;
  if (writes && type === S_IFREG && mount.superBlock.readOnly) return -EROFS;
  const result = permission(task.creds, inode, wanted);
  if (result !== 0) return result;
  if (writes && type === S_IFREG) {
    if (isReadOnly(mount)) return -EROFS;
    if (inode.executions > 0) return -ETXTBSY;
  }
  if (inode.isAppendOnly && (flags & (writes ? O_APPEND | O_TRUNC : O_TRUNC)) !== (writes ? O_APPEND : 0)) return -EPERM;
  if ((flags & O_NOATIME) !== 0 && !isOwner(task.creds, inode)) return -EPERM;
  return 0;
}

function openOrCreate(task: Task, dirfd: number, startPath: string, flags: number, mode: number, resolve: number): OpenFile | number {
  let result = walk.from(task, dirfd, startPath, PARENT, resolve);
  for (;;) {
    if (result !== 0) return result;
    const { mount, dentry: directory } = walk;
    if (walk.lastKind !== Last.Name) return (flags & O_EXCL) !== 0 ? -EEXIST : -EISDIR;
    if (walk.lastSlash) return -EISDIR;
    if ((flags & O_DIRECTORY) !== 0) return -EINVAL;
    const child = lookupChild(task, directory, walk.last);
    if (typeof child === 'number') return child;
    const inode = child.inode;
    if (inode === null) return createAndOpen(task, mount, directory, child, flags, mode);
    if ((flags & O_EXCL) !== 0) return -EEXIST;
    const place = topOf(mount, child);
    const found = place.dentry.inode as Inode;
    if ((found.mode & S_IFMT) !== S_IFLNK && !mayOpenInSticky(task, directory.inode as Inode, found)) return -EACCES;
    if ((found.mode & S_IFMT) !== S_IFLNK) return openFound(task, place.mount, place.dentry, flags);
    if ((flags & O_NOFOLLOW) !== 0) return -ELOOP;
    if (!mayFollow(task, directory.inode as Inode, found)) return -EACCES;
    const magic = found.magicLink(task);
    if (magic !== null) return typeof magic === 'number' ? magic : openFound(task, magic.mount, magic.dentry, flags);
    const text = found.readlink(task);
    if (typeof text === 'number') return text;
    result = walk.continueFrom(task, directory.at(mount), text, PARENT, resolve);
  }
}

/** What is mounted on top of (mount, dentry), or that itself. */
export function topOf(mount: Mount, dentry: Dentry): Path {
  let place = dentry.at(mount);
  while (place.dentry.mountCount > 0) {
    const above = place.mount.childAt(place.dentry);
    if (above === null) break;
    place = above.root.at(above);
  }
  return place;
}

/** Owner and mode of what the task creates in `directory`. */
export function createAttributes(task: Task, directory: Inode, mode: number): CreateAttributes {
  const { creds } = task;
  let bits = mode & 0o177777 & ~task.fs.umask;
  let gid = creds.fsgid;
  if ((directory.mode & S_ISGID) !== 0) {
    gid = directory.gid;
    if ((mode & S_IFMT) === S_IFDIR) bits |= S_ISGID;
    else if ((bits & 0o2010) === 0o2010 && !creds.inGroup(gid) && !creds.capableOver(directory, CAP_FSETID)) bits &= ~S_ISGID;
  }
  return { mode: bits, uid: creds.fsuid, gid };
}

function createAndOpen(task: Task, mount: Mount, directory: Dentry, child: Dentry, flags: number, mode: number): OpenFile | number {
  const parent = directory.inode as Inode;
  if (directory.unlinked) return -ENOENT;
  const allowed = mayCreate(task.creds, mount, parent);
  if (allowed !== 0) return allowed;
  const inode = parent.create(task, child.name, createAttributes(task, parent, S_IFREG | (mode & 0o7777)));
  if (typeof inode === 'number') return inode;
  instantiate(directory, child, inode);
  if (notifications.active) notifyName(parent, IN_CREATE, child.name, inode);
  // A new file may be opened in any mode, whatever its permission bits say.
  return openInode(task, inode, child.at(mount), flags & ~O_TRUNC);
}

/** Opens what the caller has just made, in any mode. */
export function openNew(task: Task, inode: Inode, path: Path, flags: number): OpenFile | number {
  return openInode(task, inode, path, flags);
}

/** Nameless files that linkat(2) may still give a name: made by O_TMPFILE without O_EXCL. */
const linkable = new WeakSet<Inode>();
export function mayBeNamed(inode: Inode): boolean {
  return linkable.has(inode);
}

function openTemporary(task: Task, dirfd: number, path: string, flags: number, mode: number, resolve: number): OpenFile | number {
  if ((flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  const result = walk.from(task, dirfd, path, FOLLOW | DIRECTORY, resolve);
  if (result !== 0) return result;
  const { mount, dentry: directory, inode: parent } = walk;
  if ((parent.mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
  if (isReadOnly(mount)) return -EROFS;
  const allowed = permission(task.creds, parent, MAY_WRITE | MAY_EXEC);
  if (allowed !== 0) return allowed;
  const inode = parent.tmpfile(task, createAttributes(task, parent, S_IFREG | (mode & 0o7777)));
  if (typeof inode === 'number') return inode;
  inode.nlink = 0;
  const dentry = new Dentry(directory, `#${inode.ino}`, inode);
  dentry.unlinked = true;
  inode.dentry = dentry;
  if ((flags & O_EXCL) === 0) linkable.add(inode);
  return openInode(task, inode, dentry.at(mount), flags);
}
