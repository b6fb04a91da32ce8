/**
 * Places for open files that have no name (pipes, sockets, anonymous inodes), so that following /proc/PID/fd/N can
 * lead to them: a dentry of the file's own inode on a mount that is in no tree.
 */
import { Dentry } from '../vfs/dentry.ts';
import type { Inode } from '../vfs/inode.ts';
import { Mount } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';

const aliases = new WeakMap<Inode, Path>();

export function openedAlias(file: OpenFile): Path {
  const { inode } = file;
  let path = aliases.get(inode);
  if (path === undefined) {
    const dentry = new Dentry(null, file.describe(), inode);
    const mount = new Mount(inode.superBlock, dentry, 0, 'none');
    path = dentry.at(mount);
    aliases.set(inode, path);
  }
  return path;
}
