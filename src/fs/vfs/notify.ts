/**
 * File events for inotify. Watches hang on inodes; an event goes to the watches of the object itself and to those of the
 * directory that names it. `notifications.active` is false while nobody watches anything, and is all that hot paths look at.
 */
import { IN_ISDIR } from '#abi/inotify.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';

/** One watch of one inotify instance on one inode. It checks its own mask. */
export interface InodeWatch {
  /** `mask` has one IN_* event and perhaps IN_ISDIR; `name` is '' for events on the watched object itself; `unlinked`: the name is gone. */
  onEvent(mask: number, cookie: number, name: string, object: Inode, unlinked: boolean): void;
}

export const notifications = { active: false, count: 0 };
let lastCookie = 0;

export function addWatch(inode: Inode, watch: InodeWatch): void {
  inode.watches ??= new Set();
  if (inode.watches.has(watch)) return;
  inode.watches.add(watch);
  notifications.count += 1;
  notifications.active = true;
}

export function removeWatch(inode: Inode, watch: InodeWatch): void {
  if (inode.watches === null || !inode.watches.delete(watch)) return;
  if (inode.watches.size === 0) inode.watches = null;
  notifications.count -= 1;
  notifications.active = notifications.count > 0;
}

/** A number that ties IN_MOVED_FROM to IN_MOVED_TO. */
export function nextCookie(): number {
  lastCookie = lastCookie === 0xffffffff ? 1 : lastCookie + 1;
  return lastCookie;
}

/** An event on the object itself (IN_DELETE_SELF, IN_MOVE_SELF, ...). */
export function notifySelf(inode: Inode, mask: number): void {
  if (inode.watches === null) return;
  const bits = inode.isDirectory ? (mask | IN_ISDIR) >>> 0 : mask;
  for (const watch of [...inode.watches]) watch.onEvent(bits, 0, '', inode, false);
}

/** An event on a name in a directory (IN_CREATE, IN_DELETE, IN_MOVED_*). */
export function notifyName(directory: Inode, mask: number, name: string, object: Inode, cookie = 0, unlinked = false): void {
  if (directory.watches === null) return;
  const bits = object.isDirectory ? (mask | IN_ISDIR) >>> 0 : mask;
  for (const watch of [...directory.watches]) watch.onEvent(bits, cookie, name, object, unlinked);
}

/** An event on an object known by a path: to its directory with the name, and to itself. */
export function notifyPath(dentry: Dentry, mask: number): void {
  const inode = dentry.inode;
  if (inode === null) return;
  const directory = dentry.parent?.inode;
  if (directory && directory.watches !== null) notifyName(directory, mask, dentry.name, inode, 0, dentry.unlinked);
  notifySelf(inode, mask);
}
