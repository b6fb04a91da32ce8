/**
 * Pseudo file systems: kernel-internal superblocks for what has an inode but no name (pipefs, sockfs, anon_inodefs).
 * They are never mounted. As on Linux, all anonymous inodes (eventfd, epoll, ...) are one and the same inode.
 */
import { EINVAL, ENXIO } from '#abi/errno.ts';
import { ANON_INODE_FS_MAGIC, PIPEFS_MAGIC, SOCKFS_MAGIC } from '#abi/magic.ts';
import { S_IFDIR, S_IFIFO, S_IFSOCK } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import { type AttributeChange, Inode } from '#fs/vfs/inode.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';
import { type FsStatistics, SuperBlock } from '#fs/vfs/super-block.ts';

export class PseudoSuperBlock extends SuperBlock {
  readonly type: string;
  readonly magic: number;
  readonly root: Inode;
  #nextIno = 1;

  constructor(type: string, magic: number) {
    super();
    this.type = type;
    this.magic = magic;
    this.root = new PseudoInode(this, this.allocateIno(), S_IFDIR | 0o755);
  }
  allocateIno(): number {
    const ino = this.#nextIno;
    this.#nextIno += 1;
    return ino;
  }
  statfs(): FsStatistics {
    return { type: this.magic, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
}

export class PseudoInode extends Inode {
  /** What /proc/PID/fd/N/../ reopening does: an object may offer it; most do not. */
  reopen: ((task: Task, flags: number, path: Path) => OpenFile | number) | null = null;

  open(task: Task, flags: number, path: Path): OpenFile | number {
    return this.reopen === null ? -ENXIO : this.reopen(task, flags, path);
  }
  override setAttributes(_task: Task, change: AttributeChange): number {
    if (change.size !== undefined) return -EINVAL;
    if (change.mode !== undefined) this.mode = (this.mode & ~0o7777) | (change.mode & 0o7777);
    if (change.uid !== undefined) this.uid = change.uid;
    if (change.gid !== undefined) this.gid = change.gid;
    if (change.atime !== undefined) [this.atimeSec, this.atimeNsec] = change.atime;
    if (change.mtime !== undefined) [this.mtimeSec, this.mtimeNsec] = change.mtime;
    if (change.ctime !== undefined) [this.ctimeSec, this.ctimeNsec] = change.ctime;
    return 0;
  }
}

export const pipeFs = new PseudoSuperBlock('pipefs', PIPEFS_MAGIC);
export const sockFs = new PseudoSuperBlock('sockfs', SOCKFS_MAGIC);
export const anonFs = new PseudoSuperBlock('anon_inodefs', ANON_INODE_FS_MAGIC);

/** The inode of every eventfd, epoll, signalfd, timerfd, inotify: no type bits, mode 0600. */
export const anonInode = new PseudoInode(anonFs, anonFs.allocateIno(), 0o600);

function owned(inode: PseudoInode, task: Task): PseudoInode {
  inode.uid = task.creds.fsuid;
  inode.gid = task.creds.fsgid;
  return inode;
}
export function newPipeInode(task: Task): PseudoInode {
  return owned(new PseudoInode(pipeFs, pipeFs.allocateIno(), S_IFIFO | 0o600), task);
}
export function newSocketInode(task: Task): PseudoInode {
  return owned(new PseudoInode(sockFs, sockFs.allocateIno(), S_IFSOCK | 0o777), task);
}
