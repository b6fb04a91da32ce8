/**
 * Bounds the dentry cache. When there are more cached names than the limit, those that were not looked up since the
 * last pass and that nothing below keeps are let go; a dentry that somebody still holds stays findable (Dentry.dropped).
 */
import type { Dentry } from './dentry.ts';

/** About 1 KiB each, with their inodes. */
const LIMIT = 65_536;
let count = 0;

/** Called for every entry put in the cache. The count may drift upwards (removals are not counted); a pass corrects it. */
export function dentryAdded(directory: Dentry, child: Dentry): void {
  count += 1;
  child.recent = true;
  if (count > LIMIT) shrink(rootOf(directory), child);
}

function rootOf(dentry: Dentry): Dentry {
  let at = dentry;
  while (at.parent !== null) at = at.parent;
  return at;
}

/** Lets go what can be let go below `root`, except `keep`. */
export function shrink(root: Dentry, keep: Dentry): void {
  let left = sweep(root, keep, false);
  if (left > LIMIT / 2) left = sweep(root, keep, true);
  // Entries of other trees are not known here: their share is counted anew as they are added.
  count = left;
}

/** Drops old entries below `root`; the number that remain. Iterative: trees may be deep. */
function sweep(root: Dentry, keep: Dentry, evenRecent: boolean): number {
  const order: Dentry[] = [root];
  for (let i = 0; i < order.length; i += 1) for (const child of order[i]?.children?.values() ?? []) order.push(child);
  let left = order.length;
  for (let i = order.length - 1; i > 0; i -= 1) {
    const dentry = order[i] as Dentry;
    const isLeaf = dentry.children === null || dentry.children.size === 0;
    if (isLeaf && dentry !== keep && dentry.mountCount === 0 && (evenRecent || !dentry.recent)) {
      drop(dentry);
      left -= 1;
    }
    dentry.recent = false;
  }
  return left;
}

function drop(dentry: Dentry): void {
  const parent = dentry.parent as Dentry;
  parent.children?.delete(dentry.name);
  const inode = dentry.inode;
  if (inode === null) return;
  if (inode.dentry === dentry) inode.dentry = null;
  parent.dropped ??= new Map();
  if (parent.dropped.size >= 4096) for (const [name, ref] of parent.dropped) if (ref.deref() === undefined) parent.dropped.delete(name);
  parent.dropped.set(dentry.name, new WeakRef(dentry));
}
