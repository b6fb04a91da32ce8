/** A mounted instance of a file system ("superblock"). */
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';

export interface FsStatistics {
  /** f_type magic. */
  type: number;
  blockSize: number;
  blocks: number;
  blocksFree: number;
  blocksAvailable: number;
  files: number;
  filesFree: number;
  nameMax: number;
}

let nextMinor = 1;

export abstract class SuperBlock {
  /** Name as in /proc/filesystems: "tmpfs", "proc", "overlay". */
  abstract readonly type: string;
  /** st_dev: anonymous device numbers (major 0). */
  readonly deviceMajor = 0;
  readonly deviceMinor = nextMinor++;
  /** ST_RDONLY and the like of the superblock, not of a mount. */
  readOnly = false;
  abstract readonly root: Inode;
  /** False where names change behind the kernel's back (host volumes, proc): lookups are then not cached, or revalidated through `revalidate`. */
  readonly cacheNames: boolean = true;
  /** False where a name that does not exist costs nothing to find missing: then the dentry cache keeps no negative entries. */
  readonly cacheNegative: boolean = true;
  /** Whether its files can be found again by handles (file-handles.ts). */
  readonly exportsHandles: boolean = false;
  /** Limit of file sizes. */
  readonly maxFileSize: number = Number.MAX_SAFE_INTEGER;
  /** Mounts of it, in all namespaces (mount.ts). */
  mounts = 0;
  /** The one dentry of the root; made by the first mount. */
  rootDentry: Dentry | null = null;
  abstract statfs(): FsStatistics | number;
  /** Options as /proc/mounts shows them after rw/ro, e.g. "size=65536k,mode=755". */
  showOptions(): string {
    return '';
  }
  /** Whether a cached dentry's inode is still what the name means. Only asked when `cacheNames` is false. */
  revalidate(_parent: Inode, _name: string, _inode: Inode | null): boolean {
    return false;
  }
  sync(): number {
    return 0;
  }
  /** Remounted with these options. 0 or -errno. */
  reconfigure(_data: string): number {
    return 0;
  }
  /** The last mount of it is gone. */
  kill(): void {}
}
