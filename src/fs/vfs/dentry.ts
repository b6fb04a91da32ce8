/** Names in the tree, cached: a dentry is (parent, name) and what it refers to; null inode: known not to exist. */
import type { Inode } from './inode.ts';

export class Dentry {
  name: string;
  parent: Dentry | null;
  inode: Inode | null;
  /** Cached children; null until the first. */
  children: Map<string, Dentry> | null = null;
  /** Mounts that sit on it, in any namespace (0 means path walk need not look). */
  mountCount = 0;
  /** Removed from the tree by unlink, rmdir or rename over it; "(deleted)" in /proc. */
  unlinked = false;

  constructor(parent: Dentry | null, name: string, inode: Inode | null) {
    this.parent = parent;
    this.name = name;
    this.inode = inode;
  }
}
