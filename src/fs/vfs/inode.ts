/**
 * Inodes: what a name refers to. A file system derives its own; the VFS (path walk, permission checks, dentry cache,
 * mounts) is the same for all. Operations are called after the VFS checked permissions, read-only mounts and name
 * lengths, and answer -errno on failure. Names are Latin-1 byte strings without slashes.
 */
import { EINVAL, ENODATA, ENOTDIR, ENOTTY, EOPNOTSUPP, EPERM } from '#abi/errno.ts';
import { FS_APPEND_FL, FS_IMMUTABLE_FL } from '#abi/ioctl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { Dentry } from './dentry.ts';
import type { Lease } from './leases.ts';
import type { FileLocks } from './locks.ts';
import type { InodeWatch } from './notify.ts';
import type { OpenFile } from './open-file.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

/** File type bits as a DT_* value. */
export function direntType(mode: number): number {
  return (mode & S_IFMT) >>> 12;
}

/** What to change in `setAttributes`; absent fields stay. Times are [seconds, nanoseconds]. */
export interface AttributeChange {
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  atime?: readonly [number, number];
  mtime?: readonly [number, number];
  ctime?: readonly [number, number];
}

/** Who owns what is created: set by the VFS from the task, the umask and the parent's setgid bit. */
export interface CreateAttributes {
  mode: number;
  uid: number;
  gid: number;
}

/** One name in a directory; `type` as DT_*. */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
}

export abstract class Inode {
  readonly superBlock: SuperBlock;
  ino: number;
  /** Type and permission bits, as in st_mode. */
  mode: number;
  uid = 0;
  gid = 0;
  nlink = 1;
  rdevMajor = 0;
  rdevMinor = 0;
  size = 0;
  /** 512-byte blocks. */
  blocks = 0;
  blockSize = 4096;
  /** Shared mappings that may write to it (src/mm/vma.ts). */
  writableMappings = 0;
  atimeSec = 0;
  atimeNsec = 0;
  mtimeSec = 0;
  mtimeNsec = 0;
  ctimeSec = 0;
  ctimeNsec = 0;
  btimeSec = 0;
  btimeNsec = 0;
  /** FS_IMMUTABLE_FL and the like (inode-flags.ts). */
  flags = 0;

  constructor(superBlock: SuperBlock, ino: number, mode: number) {
    this.superBlock = superBlock;
    this.ino = ino;
    this.mode = mode;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }
  get isSymlink(): boolean {
    return (this.mode & S_IFMT) === S_IFLNK;
  }
  get isImmutable(): boolean {
    return (this.flags & FS_IMMUTABLE_FL) !== 0;
  }
  /** It may only grow (chattr +a). */
  get isAppendOnly(): boolean {
    return (this.flags & FS_APPEND_FL) !== 0;
  }

  // ---- directories
  /** The child's inode, or -ENOENT (which the dentry cache keeps as a negative entry if the superblock says so). */
  lookup(_task: Task, _name: string): Inode | number {
    return -ENOTDIR;
  }
  create(_task: Task, _name: string, _attributes: CreateAttributes): Inode | number {
    return -EPERM;
  }
  mkdir(_task: Task, _name: string, _attributes: CreateAttributes): Inode | number {
    return -EPERM;
  }
  symlink(_task: Task, _name: string, _target: string, _attributes: CreateAttributes): Inode | number {
    return -EPERM;
  }
  mknod(_task: Task, _name: string, _attributes: CreateAttributes, _major: number, _minor: number): Inode | number {
    return -EPERM;
  }
  /** Makes a nameless regular file (O_TMPFILE). */
  tmpfile(_task: Task, _attributes: CreateAttributes): Inode | number {
    return -EOPNOTSUPP;
  }
  link(_task: Task, _name: string, _target: Inode): number {
    return -EPERM;
  }
  unlink(_task: Task, _name: string, _child: Inode): number {
    return -EPERM;
  }
  rmdir(_task: Task, _name: string, _child: Inode): number {
    return -EPERM;
  }
  /** Within one superblock; `flags` RENAME_NOREPLACE (checked by the VFS), EXCHANGE, WHITEOUT. `replaced` is what the new name held. */
  rename(
    _task: Task,
    _oldName: string,
    _child: Inode,
    _newDirectory: Inode,
    _newName: string,
    _replaced: Inode | null,
    _flags: number,
  ): number {
    return -EPERM;
  }

  // ---- symbolic links
  readlink(_task: Task): string | number {
    return -EINVAL;
  }
  /** A link that leads to an object instead of a name (/proc/PID/fd/N, exe, cwd, root); null if it is an ordinary one. */
  magicLink(_task: Task): Path | number | null {
    return null;
  }

  // ---- everything
  /** Opens it; the VFS did permission checks and O_CREAT. Truncation (O_TRUNC) is the VFS's, by setAttributes. */
  abstract open(task: Task, flags: number, path: Path): OpenFile | number;
  /** Brings the attribute fields up to date, where they can change behind the kernel's back. 0 or -errno. */
  refresh(): number {
    return 0;
  }
  /** `task` null: the kernel itself. The VFS sets ctime; `size` changes mtime too. */
  setAttributes(_task: Task | null, _change: AttributeChange): number {
    return -EPERM;
  }
  /** False where there surely is no security.capability attribute: then writes need not ask for it. */
  get mayHaveCapabilities(): boolean {
    return false;
  }
  /** Names of extended attributes. */
  listxattr(): string[] | number {
    return -EOPNOTSUPP;
  }
  getxattr(_name: string): Uint8Array | number {
    return -ENODATA;
  }
  /** `flags` XATTR_CREATE, XATTR_REPLACE. */
  setxattr(_name: string, _value: Uint8Array, _flags: number): number {
    return -EOPNOTSUPP;
  }
  removexattr(_name: string): number {
    return -EOPNOTSUPP;
  }
  /** Ioctls on files and directories (FS_IOC_GETFLAGS ...). */
  inodeIoctl(_task: Task, _path: Path | null, _cmd: number, _arg: number): number {
    return -ENOTTY;
  }
  /** The names in a directory, without "." and ".."; a snapshot. Read once per open and rewind (DirectoryFile). */
  list(_task: Task): DirectoryEntry[] | number {
    return -ENOTDIR;
  }
  /** A guest may have stored into it through a mapping, and says so (msync(2)). */
  storedByMapping(): void {}
  /** False if the directory surely has no such name: asked for what an earlier `list` had. */
  mayHold(_name: string): boolean {
    return true;
  }
  /** The last name and the last open file are gone. */
  evict(): void {}

  // ---- kept by the VFS
  /** Open files on it. */
  opens = 0;
  /** Open files that may write, and programs that run from it: each excludes the other (ETXTBSY). */
  writers = 0;
  executions = 0;
  /** inotify watches (notify.ts); null when there are none. */
  watches: Set<InodeWatch> | null = null;
  /** File locks (locks.ts); null when there never were any. */
  locks: FileLocks | null = null;
  /** Leases on it (leases.ts); null when there are none. */
  leases: Lease[] | null = null;
  /** Dentries of this inode (several by hard links); the first is enough for directories. */
  dentry: Dentry | null = null;
}
