/** One step of a path: the dentry of a name in a directory, from the cache or from the file system. */
import { ENAMETOOLONG, ENOENT } from '#abi/errno.ts';
import { NAME_MAX } from '#abi/limits.ts';
import type { Task } from '#kernel/task.ts';
import { Dentry } from './dentry.ts';
import { dentryAdded } from './dentry-cache.ts';
import type { Inode } from './inode.ts';

/** The child `name` of `directory` (which must be a directory's dentry); its inode is null if there is no such name. Or -errno. */
export function lookupChild(task: Task, directory: Dentry, name: string): Dentry | number {
  const child = directory.children?.get(name);
  if (child === undefined) return lookupSlow(task, directory, name);
  if ((directory.inode as Inode).superBlock.cacheNames) {
    child.recent = true;
    return child;
  }
  return revalidate(task, directory, name, child);
}

function lookupSlow(task: Task, directory: Dentry, name: string): Dentry | number {
  if (name.length > NAME_MAX) return -ENAMETOOLONG;
  const parent = directory.inode as Inode;
  if (directory.unlinked) return -ENOENT;
  const { superBlock } = parent;
  const dropped = directory.dropped?.get(name)?.deref();
  if (dropped !== undefined && !dropped.unlinked && superBlock.cacheNames) return attach(directory, dropped);
  const found = parent.lookup(task, name);
  if (typeof found !== 'number') return attach(directory, new Dentry(directory, name, found));
  if (found !== -ENOENT) return found;
  const negative = new Dentry(directory, name, null);
  return superBlock.cacheNames && superBlock.cacheNegative ? attach(directory, negative) : negative;
}

function revalidate(task: Task, directory: Dentry, name: string, child: Dentry): Dentry | number {
  const parent = directory.inode as Inode;
  if (parent.superBlock.revalidate(parent, name, child.inode)) return child;
  const found = parent.lookup(task, name);
  const inode = typeof found === 'number' ? null : found;
  if (typeof found === 'number' && found !== -ENOENT) return found;
  if (inode === child.inode) return child;
  if (child.mountCount > 0 && inode !== null) return child;
  forget(directory, child);
  const fresh = new Dentry(directory, name, inode);
  return inode === null ? fresh : attach(directory, fresh);
}

/** Enters a dentry into its parent's cache. */
export function attach(directory: Dentry, child: Dentry): Dentry {
  directory.children ??= new Map();
  directory.children.set(child.name, child);
  directory.dropped?.delete(child.name);
  if (child.inode !== null) child.inode.dentry ??= child;
  dentryAdded(directory, child);
  return child;
}

/** The name is gone (unlink, rmdir, replaced by rename): the dentry lives on only for who holds it. */
export function forget(directory: Dentry, child: Dentry): void {
  child.unlinked = true;
  if (directory.children?.get(child.name) === child) directory.children.delete(child.name);
  directory.dropped?.delete(child.name);
}

/** A name was created: the (negative) dentry that the lookup found becomes positive. */
export function instantiate(directory: Dentry, child: Dentry, inode: Inode): void {
  child.inode = inode;
  child.unlinked = false;
  attach(directory, child);
}

/** rename: the dentry takes a new place. */
export function move(child: Dentry, newDirectory: Dentry, newName: string): void {
  const old = child.parent as Dentry;
  if (old.children?.get(child.name) === child) old.children.delete(child.name);
  child.parent = newDirectory;
  child.name = newName;
  attach(newDirectory, child);
}
