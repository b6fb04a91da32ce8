/** A place in the tree: a dentry as seen through a mount. Two paths are the same place when both parts are. */
import type { Dentry } from './dentry.ts';
import type { Mount } from './mount.ts';

export interface Path {
  readonly mount: Mount;
  readonly dentry: Dentry;
}
