/** stat(2), fstat(2), lstat(2), newfstatat, statx(2), statfs(2), fstatfs(2), ustat(2). */
import { EBADF, EFAULT, EINVAL } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_STATX_SYNC_TYPE, AT_SYMLINK_NOFOLLOW } from '#abi/fcntl.ts';
import { encodeStat, encodeStatfs, encodeStatx, newStat, newStatfs, newStatx, Stat, Statfs, Statx } from '#abi/layouts.gen.ts';
import { MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_NOSYMFOLLOW, MS_RDONLY, MS_RELATIME } from '#abi/mount.ts';
import { ST_NOATIME, ST_NODEV, ST_NODIRATIME, ST_NOEXEC, ST_NOSUID, ST_NOSYMFOLLOW, ST_RDONLY, ST_RELATIME, ST_VALID } from '#abi/mount.ts';
import {
  makedev,
  STATX__RESERVED,
  STATX_ATTR_APPEND,
  STATX_ATTR_IMMUTABLE,
  STATX_ATTR_MOUNT_ROOT,
  STATX_ATTR_NODUMP,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_MNT_ID,
  STATX_MNT_ID_UNIQUE,
} from '#abi/stat.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import type { Mount } from '#fs/vfs/mount.ts';
import type { Path } from '#fs/vfs/path.ts';
import { fileSystemNames } from '#fs/vfs/registry.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { targetAt } from './path-arguments.ts';

const NAME_LIMIT = 255;
/** Inode flags that are the same bits in stx_attributes. */
const FLAG_ATTRIBUTES = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP;
const stat = newStat();
const statx = newStatx();
const statfs = newStatfs();

/** Stores struct stat of `inode` at `addr`. */
function putStat(task: Task, inode: Inode, addr: number): number {
  const result = inode.refresh();
  if (result !== 0) return result;
  const { userNs } = task.creds;
  stat.st_dev = makedev(inode.superBlock.deviceMajor, inode.superBlock.deviceMinor);
  stat.st_ino = inode.ino;
  stat.st_nlink = inode.nlink;
  stat.st_mode = inode.mode;
  stat.st_uid = userNs.showUid(inode.uid);
  stat.st_gid = userNs.showGid(inode.gid);
  stat.st_rdev = makedev(inode.rdevMajor, inode.rdevMinor);
  stat.st_size = inode.size;
  stat.st_blksize = inode.blockSize;
  stat.st_blocks = inode.blocks;
  stat.st_atime = inode.atimeSec;
  stat.st_atime_nsec = inode.atimeNsec;
  stat.st_mtime = inode.mtimeSec;
  stat.st_mtime_nsec = inode.mtimeNsec;
  stat.st_ctime = inode.ctimeSec;
  stat.st_ctime_nsec = inode.ctimeNsec;
  encodeStat(task.mem.view, 0, stat);
  return task.mem.out(addr, Stat.SIZE);
}

function statAt(task: Task, dirfd: number, path: number, addr: number, flags: number): number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const target = targetAt(task, dirfd, path, flags);
  return typeof target === 'number' ? target : putStat(task, target.inode, addr);
}

function putStatx(task: Task, inode: Inode, path: Path | null, addr: number, mask: number): number {
  const result = inode.refresh();
  if (result !== 0) return result;
  const { userNs } = task.creds;
  statx.stx_mask = STATX_BASIC_STATS | STATX_BTIME;
  statx.stx_blksize = inode.blockSize;
  statx.stx_attributes_lo = inode.flags & FLAG_ATTRIBUTES;
  statx.stx_attributes_mask_lo = STATX_ATTR_MOUNT_ROOT | FLAG_ATTRIBUTES;
  statx.stx_nlink = inode.nlink;
  statx.stx_uid = userNs.showUid(inode.uid);
  statx.stx_gid = userNs.showGid(inode.gid);
  statx.stx_mode = inode.mode;
  statx.stx_ino = inode.ino;
  statx.stx_size = inode.size;
  statx.stx_blocks = inode.blocks;
  statx.stx_atime.tv_sec = inode.atimeSec;
  statx.stx_atime.tv_nsec = inode.atimeNsec;
  statx.stx_btime.tv_sec = inode.btimeSec;
  statx.stx_btime.tv_nsec = inode.btimeNsec;
  statx.stx_ctime.tv_sec = inode.ctimeSec;
  statx.stx_ctime.tv_nsec = inode.ctimeNsec;
  statx.stx_mtime.tv_sec = inode.mtimeSec;
  statx.stx_mtime.tv_nsec = inode.mtimeNsec;
  statx.stx_rdev_major = inode.rdevMajor;
  statx.stx_rdev_minor = inode.rdevMinor;
  statx.stx_dev_major = inode.superBlock.deviceMajor;
  statx.stx_dev_minor = inode.superBlock.deviceMinor;
  statx.stx_mnt_id = path?.mount.id ?? 0;
  if (path !== null) {
    const unique = (mask & STATX_MNT_ID_UNIQUE) !== 0;
    statx.stx_mask |= unique ? STATX_MNT_ID_UNIQUE : STATX_MNT_ID;
    if (unique) statx.stx_mnt_id = path.mount.uniqueId;
    if (path.dentry === path.mount.root) statx.stx_attributes_lo |= STATX_ATTR_MOUNT_ROOT;
  }
  encodeStatx(task.mem.view, 0, statx);
  return task.mem.out(addr, Statx.SIZE);
}

/** f_flags of a mount. */
function statfsFlags(mount: Mount): number {
  const { flags } = mount;
  let bits = ST_VALID;
  if ((flags & MS_RDONLY) !== 0 || mount.superBlock.readOnly) bits |= ST_RDONLY;
  if ((flags & MS_NOSUID) !== 0) bits |= ST_NOSUID;
  if ((flags & MS_NODEV) !== 0) bits |= ST_NODEV;
  if ((flags & MS_NOEXEC) !== 0) bits |= ST_NOEXEC;
  if ((flags & MS_NOATIME) !== 0) bits |= ST_NOATIME;
  else if ((flags & MS_RELATIME) !== 0) bits |= ST_RELATIME;
  if ((flags & MS_NODIRATIME) !== 0) bits |= ST_NODIRATIME;
  if ((flags & MS_NOSYMFOLLOW) !== 0) bits |= ST_NOSYMFOLLOW;
  return bits;
}

function putStatfs(task: Task, inode: Inode, path: Path | null, addr: number): number {
  const from = inode.superBlock.statfs();
  if (typeof from === 'number') return from;
  statfs.f_type = from.type;
  statfs.f_bsize = from.blockSize;
  statfs.f_frsize = from.blockSize;
  statfs.f_blocks = from.blocks;
  statfs.f_bfree = from.blocksFree;
  statfs.f_bavail = from.blocksAvailable;
  statfs.f_files = from.files;
  statfs.f_ffree = from.filesFree;
  statfs.f_fsid_lo = makedev(inode.superBlock.deviceMajor, inode.superBlock.deviceMinor);
  statfs.f_fsid_hi = 0;
  statfs.f_namelen = from.nameMax;
  statfs.f_flags = path === null ? ST_VALID : statfsFlags(path.mount);
  encodeStatfs(task.mem.view, 0, statfs);
  return task.mem.out(addr, Statfs.SIZE);
}

export const handlers = {
  /** stat(2). */
  stat: (task, path, addr) => statAt(task, AT_FDCWD, path, addr, 0),
  /** lstat(2). */
  lstat: (task, path, addr) => statAt(task, AT_FDCWD, path, addr, AT_SYMLINK_NOFOLLOW),
  /** fstat(2). */
  fstat: (task, fd, addr) => {
    const file = task.files.get(fd);
    return file === null ? -EBADF : putStat(task, file.inode, addr);
  },
  /** fstatat(2). */
  newfstatat: statAt,

  /** statx(2). */
  statx: (task, dirfd, path, flags, mask, addr) => {
    if ((mask & STATX__RESERVED) !== 0) return -EINVAL;
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) !== 0) return -EINVAL;
    if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
    const target = targetAt(task, dirfd, path, flags);
    return typeof target === 'number' ? target : putStatx(task, target.inode, target.path, addr, mask);
  },

  /** statfs(2). */
  statfs: (task, path, addr) => {
    const target = targetAt(task, AT_FDCWD, path, 0);
    return typeof target === 'number' ? target : putStatfs(task, target.inode, target.path, addr);
  },
  /** fstatfs(2). */
  fstatfs: (task, fd, addr) => {
    const file = task.files.get(fd);
    return file === null ? -EBADF : putStatfs(task, file.inode, file.path, addr);
  },

  /** sysfs(2): the types of file systems by number and name. */
  sysfs: (task, option, first, second) => {
    const names = fileSystemNames();
    if (option === 3) return names.length;
    if (option === 1) {
      const name = task.mem.string(first, NAME_LIMIT, EINVAL);
      if (typeof name === 'number') return name;
      const index = names.indexOf(name);
      return index < 0 ? -EINVAL : index;
    }
    const name = option === 2 ? names[first] : undefined;
    if (name === undefined) return -EINVAL;
    const bytes = Buffer.from(`${name}\0`, 'latin1');
    return task.mem.write(second, bytes, 0, bytes.length) < 0 ? -EFAULT : 0;
  },

  /** ustat(2). Free blocks and inodes of a mounted device. */
  ustat: (task, device, addr) => {
    for (const mount of task.ns.mount.mounts()) {
      const { superBlock } = mount;
      if (makedev(superBlock.deviceMajor, superBlock.deviceMinor) !== device) continue;
      const from = superBlock.statfs();
      if (typeof from === 'number') return from;
      const { bytes, view } = task.mem;
      bytes.fill(0, 0, 32);
      view.setUint32(0, from.blocksFree, true);
      view.setUint32(8, from.filesFree, true);
      return task.mem.out(addr, 32) < 0 ? -EFAULT : 0;
    }
    return -EINVAL;
  },
} satisfies Handlers;
