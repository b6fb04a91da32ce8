/** Mounts and mount namespaces. */
import type { Dentry } from './dentry.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

let nextMountId = 1;

export class Mount {
  readonly id = nextMountId++;
  readonly superBlock: SuperBlock;
  /** The directory of the superblock that appears at the mount point (not its root for bind mounts of a subtree). */
  readonly root: Dentry;
  /** Where it sits; null for a root mount or a detached one. */
  mountpoint: Path | null = null;
  /** MNT_* flags: ro, nosuid, nodev, noexec, noatime, ... as MS_* bits. */
  flags: number;
  /** What /proc/mounts shows as the source. */
  source: string;
  readonly children: Mount[] = [];

  constructor(superBlock: SuperBlock, root: Dentry, flags: number, source: string) {
    this.superBlock = superBlock;
    this.root = root;
    this.flags = flags;
    this.source = source;
  }
}
