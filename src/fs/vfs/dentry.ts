/**
 * Names in the tree, cached: a dentry is (parent, name) and what it refers to; null inode: known not to exist.
 *
 * A file system's root has no parent. Cached children may be dropped when there are many (see dentry-cache.ts); one that
 * somebody still holds is then found again through `dropped`, so that a place never has two dentries.
 */
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { Path } from './path.ts';

export class Dentry {
  name: string;
  parent: Dentry | null;
  inode: Inode | null;
  /** Cached children; null until the first. */
  children: Map<string, Dentry> | null = null;
  /** Children that the cache let go, as long as somebody else holds them. */
  dropped: Map<string, WeakRef<Dentry>> | null = null;
  /** Mounts that sit on it, in any namespace (0 means path walk need not look). */
  mountCount = 0;
  /** Removed from the tree by unlink, rmdir or rename over it; "(deleted)" in /proc. */
  unlinked = false;
  /** Looked up since the cache was last shrunk. */
  recent = true;
  /** The Path object of the mount that it was last opened through, so that opening allocates none. */
  #path: Path | null = null;

  constructor(parent: Dentry | null, name: string, inode: Inode | null) {
    this.parent = parent;
    this.name = name;
    this.inode = inode;
  }

  /** This dentry as seen through `mount`. */
  at(mount: Mount): Path {
    const known = this.#path;
    if (known !== null && known.mount === mount) return known;
    return (this.#path = { mount, dentry: this });
  }
}
