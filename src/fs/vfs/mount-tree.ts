/** Changing trees of mounts. */
import type { Dentry } from './dentry.ts';

/** The directory `dentry` was removed: mounts on it in other namespaces go with it. */
export function detachMountsAt(_dentry: Dentry): void {}
