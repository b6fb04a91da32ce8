/** Who may do what with an inode: mode bits, ownership and the capabilities that override them (path_resolution(7), capabilities(7)). */
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER } from '#abi/capability.ts';
import { EACCES, EPERM, EROFS } from '#abi/errno.ts';
import { MS_RDONLY } from '#abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISVTX } from '#abi/stat.ts';
import type { Creds } from '#kernel/creds.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;

/** 0 or -EACCES, by mode and capabilities; -EPERM for writing to what is immutable. */
export function permission(creds: Creds, inode: Inode, mask: number): number {
  const mode = inode.mode;
  if ((mask & MAY_WRITE) !== 0 && inode.isImmutable) return -EPERM;
  let bits = mode;
  if (inode.uid === creds.fsuid) bits >>= 6;
  else if (((mode >> 3) & 7) !== (mode & 7) && creds.inGroup(inode.gid)) bits >>= 3;
  if ((mask & ~bits) === 0) return 0;
  if ((mode & S_IFMT) === S_IFDIR) {
    if ((mask & MAY_WRITE) === 0 && creds.capableOver(inode, CAP_DAC_READ_SEARCH)) return 0;
    return creds.capableOver(inode, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
  }
  if (mask === MAY_READ && creds.capableOver(inode, CAP_DAC_READ_SEARCH)) return 0;
  if (((mask & MAY_EXEC) === 0 || (mode & 0o111) !== 0) && creds.capableOver(inode, CAP_DAC_OVERRIDE)) return 0;
  return -EACCES;
}

/** Search permission on a directory; most directories let everybody in. */
export function maySearch(creds: Creds, inode: Inode): number {
  return (inode.mode & 0o111) === 0o111 ? 0 : permission(creds, inode, MAY_EXEC);
}

export function isReadOnly(mount: Mount): boolean {
  return (mount.flags & MS_RDONLY) !== 0 || mount.superBlock.readOnly;
}

/** As `permission`, and -EROFS for writing to files, directories and links on a read-only mount. */
export function mayAccess(creds: Creds, mount: Mount, inode: Inode, mask: number): number {
  if ((mask & MAY_WRITE) !== 0 && isReadOnly(mount)) {
    const type = inode.mode & S_IFMT;
    if (type === S_IFREG || type === S_IFDIR || type === S_IFLNK) return -EROFS;
  }
  return permission(creds, inode, mask);
}

/** Whether the task counts as the owner (chmod, utimes with times, sticky directories). */
export function isOwner(creds: Creds, inode: Inode): boolean {
  return inode.uid === creds.fsuid || creds.capableOver(inode, CAP_FOWNER);
}

/** May a name of `child` be removed from `directory`? Write and search permission, and the sticky bit. */
export function mayDelete(creds: Creds, mount: Mount, directory: Inode, child: Inode): number {
  if (isReadOnly(mount)) return -EROFS;
  const result = permission(creds, directory, MAY_WRITE | MAY_EXEC);
  if (result !== 0) return result;
  if (directory.isAppendOnly) return -EPERM;
  if (
    (directory.mode & S_ISVTX) !== 0 &&
    child.uid !== creds.fsuid &&
    directory.uid !== creds.fsuid &&
    !creds.capableOver(child, CAP_FOWNER)
  )
    return -EPERM;
  return child.flags !== 0 && (child.isImmutable || child.isAppendOnly) ? -EPERM : 0;
}

/** May a name be added to `directory`? */
export function mayCreate(creds: Creds, mount: Mount, directory: Inode): number {
  if (isReadOnly(mount)) return -EROFS;
  return permission(creds, directory, MAY_WRITE | MAY_EXEC);
}
