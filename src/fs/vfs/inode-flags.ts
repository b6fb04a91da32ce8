/** Flags of inodes as chattr(1) sets them: FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR (ioctl_iflags(2)). */
import { CAP_LINUX_IMMUTABLE } from '#abi/capability.ts';
import { EFAULT, EINVAL, ENOTTY, EOPNOTSUPP, EPERM, EROFS } from '#abi/errno.ts';
import {
  FS_APPEND_FL,
  FS_IMMUTABLE_FL,
  FS_IOC_FSGETXATTR,
  FS_IOC_FSSETXATTR,
  FS_IOC_GETFLAGS,
  FS_IOC_SETFLAGS,
  FS_NOATIME_FL,
  FS_NODUMP_FL,
} from '#abi/ioctl.ts';
import { decodeFsxattr, encodeFsxattr, Fsxattr, newFsxattr } from '#abi/layouts.gen.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';
import type { Path } from './path.ts';
import { isOwner, isReadOnly } from './permission.ts';

/** What tmpfs lets be set. */
const SETTABLE = FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL;
const GUARDED = FS_IMMUTABLE_FL | FS_APPEND_FL;
/** The same flags as fsx_xflags has them. */
const XFLAGS: readonly (readonly [number, number])[] = [
  [FS_IMMUTABLE_FL, 0x8],
  [FS_APPEND_FL, 0x10],
  [FS_NOATIME_FL, 0x40],
  [FS_NODUMP_FL, 0x80],
];
const extended = newFsxattr();

/** The four ioctls, for file systems that keep flags in `inode.flags`. */
export function flagsIoctl(task: Task, inode: Inode, path: Path | null, cmd: number, arg: number): number {
  switch (cmd) {
    case FS_IOC_GETFLAGS:
      return task.mem.writeI32(arg, inode.flags);
    case FS_IOC_SETFLAGS: {
      const flags = task.mem.readU32(arg);
      if (flags < 0) return flags;
      return (flags & ~SETTABLE) !== 0 ? -EOPNOTSUPP : setFlags(task, inode, path, flags);
    }
    case FS_IOC_FSGETXATTR:
      Object.assign(extended, newFsxattr());
      for (const [flag, xflag] of XFLAGS) if ((inode.flags & flag) !== 0) extended.fsx_xflags |= xflag;
      encodeFsxattr(task.mem.view, 0, extended);
      return task.mem.out(arg, Fsxattr.SIZE);
    case FS_IOC_FSSETXATTR: {
      if (!task.mem.in(arg, Fsxattr.SIZE)) return -EFAULT;
      decodeFsxattr(task.mem.view, 0, extended);
      if (extended.fsx_projid !== 0 || extended.fsx_extsize !== 0 || extended.fsx_cowextsize !== 0) return -EINVAL;
      let flags = 0;
      let known = 0;
      for (const [flag, xflag] of XFLAGS) {
        known |= xflag;
        if ((extended.fsx_xflags & xflag) !== 0) flags |= flag;
      }
      return (extended.fsx_xflags & ~known) !== 0 ? -EOPNOTSUPP : setFlags(task, inode, path, flags);
    }
    default:
      return -ENOTTY;
  }
}

function setFlags(task: Task, inode: Inode, path: Path | null, flags: number): number {
  if (path !== null && isReadOnly(path.mount)) return -EROFS;
  if (!isOwner(task.creds, inode)) return -EPERM;
  if (((flags ^ inode.flags) & GUARDED) !== 0 && !task.capable(CAP_LINUX_IMMUTABLE)) return -EPERM;
  inode.flags = flags;
  return inode.setAttributes(task, {});
}
