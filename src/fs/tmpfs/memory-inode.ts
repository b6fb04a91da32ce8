/**
 * Inodes that live in the kernel's memory: tmpfs, and what was changed in an overlay (overlay.ts derives from this).
 * A directory holds its entries, a file its content, a link its target.
 */
import { EEXIST, EINVAL, EMLINK, ENOENT, ENODATA, ENOSPC, ENOTEMPTY, EOPNOTSUPP, EPERM, E2BIG } from '#abi/errno.ts';
import {
  F_SEAL_EXEC,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  RENAME_EXCHANGE,
  RENAME_WHITEOUT,
} from '#abi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '#abi/stat.ts';
import { XATTR_CREATE, XATTR_REPLACE } from '#abi/xattr.ts';
import { touchAll, touchChange, touchModify } from '#fs/vfs/clock.ts';
import { DirectoryFile } from '#fs/vfs/directory-file.ts';
import { type AttributeChange, type CreateAttributes, type DirectoryEntry, direntType, Inode } from '#fs/vfs/inode.ts';
import { flagsIoctl } from '#fs/vfs/inode-flags.ts';
import type { Mapping, OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';
import { RegularFile, type RegularInode } from '#fs/vfs/regular-file.ts';
import { openSpecial } from '#fs/vfs/registry.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';
import { FileContent } from './content.ts';
import type { Quota } from './quota.ts';

const MAX_LINKS = 0x7fffffff;
const XATTR_BYTES_MAX = 1 << 20;

/** A superblock whose inodes are made here. */
export interface MemoryFileSystem extends SuperBlock {
  readonly quota: Quota;
  readonly host: HostCalls;
  nextIno(): number;
  newInode(mode: number): MemoryInode;
}

export class MemoryInode extends Inode implements RegularInode {
  declare readonly superBlock: MemoryFileSystem;
  /** Directories: the names in it. */
  names: Map<string, MemoryInode> | null = null;
  /** Regular files: the bytes; null while empty and never written. */
  content: FileContent | null = null;
  /** Symbolic links. */
  target = '';
  xattrs: Map<string, Uint8Array> | null = null;
  /** F_SEAL_* bits; only memfds have others than F_SEAL_SEAL. */
  seals = 0;

  /** Any change of this inode begins here; an overlay takes note of it. */
  protected changing(): void {}

  // ---- directories
  override lookup(_task: Task, name: string): Inode | number {
    return this.names?.get(name) ?? -ENOENT;
  }

  override list(_task: Task): DirectoryEntry[] | number {
    const entries: DirectoryEntry[] = [];
    for (const [name, inode] of this.names ?? []) entries.push({ name, ino: inode.ino, type: direntType(inode.mode) });
    return entries;
  }

  override storedByMapping(): void {
    touchModify(this);
  }
  override mayHold(name: string): boolean {
    return this.names?.has(name) === true;
  }

  /** Enters a name; the caller counted links. */
  protected enter(name: string, child: MemoryInode): void {
    this.changing();
    this.names ??= new Map();
    this.names.set(name, child);
    this.size += 20;
    touchModify(this);
  }
  /** Takes a name out. */
  protected leave(name: string): void {
    this.changing();
    this.names?.delete(name);
    this.size = Math.max(0, this.size - 20);
    touchModify(this);
  }
  /** Whether no names are in it. */
  protected isEmpty(_task: Task): boolean {
    return this.names === null || this.names.size === 0;
  }

  #make(attributes: CreateAttributes): MemoryInode | number {
    if (!this.superBlock.quota.chargeInode()) return -ENOSPC;
    const inode = this.superBlock.newInode(attributes.mode);
    inode.uid = attributes.uid;
    inode.gid = attributes.gid;
    touchAll(inode);
    return inode;
  }

  override create(_task: Task, name: string, attributes: CreateAttributes): Inode | number {
    const inode = this.#make(attributes);
    if (typeof inode !== 'number') this.enter(name, inode);
    return inode;
  }
  override mkdir(_task: Task, name: string, attributes: CreateAttributes): Inode | number {
    const inode = this.#make(attributes);
    if (typeof inode === 'number') return inode;
    inode.nlink = 2;
    this.enter(name, inode);
    this.nlink += 1;
    return inode;
  }
  override symlink(_task: Task, name: string, target: string, attributes: CreateAttributes): Inode | number {
    const inode = this.#make(attributes);
    if (typeof inode === 'number') return inode;
    inode.target = target;
    inode.size = target.length;
    this.enter(name, inode);
    return inode;
  }
  override mknod(_task: Task, name: string, attributes: CreateAttributes, major: number, minor: number): Inode | number {
    const inode = this.#make(attributes);
    if (typeof inode === 'number') return inode;
    inode.rdevMajor = major;
    inode.rdevMinor = minor;
    this.enter(name, inode);
    return inode;
  }
  override tmpfile(_task: Task, attributes: CreateAttributes): Inode | number {
    return this.#make(attributes);
  }

  override link(_task: Task, name: string, target: Inode): number {
    if (!(target instanceof MemoryInode)) return -EPERM;
    if (target.nlink >= MAX_LINKS) return -EMLINK;
    target.changing();
    target.nlink += 1;
    touchChange(target);
    this.enter(name, target);
    return 0;
  }
  override unlink(_task: Task, name: string, child: Inode): number {
    (child as MemoryInode).changing();
    child.nlink -= 1;
    touchChange(child);
    this.leave(name);
    return 0;
  }
  override rmdir(task: Task, name: string, child: Inode): number {
    const directory = child as MemoryInode;
    if (!directory.isEmpty(task)) return -ENOTEMPTY;
    directory.changing();
    directory.nlink = 0;
    touchChange(directory);
    this.leave(name);
    this.nlink -= 1;
    return 0;
  }

  override rename(
    task: Task,
    oldName: string,
    child: Inode,
    newDirectory: Inode,
    newName: string,
    replaced: Inode | null,
    flags: number,
  ): number {
    const moved = child as MemoryInode;
    const target = newDirectory as MemoryInode;
    const other = replaced as MemoryInode | null;
    if ((flags & RENAME_EXCHANGE) !== 0) {
      if (other === null) return -ENOENT;
      this.leave(oldName);
      target.leave(newName);
      this.enter(oldName, other);
      target.enter(newName, moved);
      const shift = (moved.isDirectory ? 1 : 0) - (other.isDirectory ? 1 : 0);
      this.nlink -= shift;
      target.nlink += shift;
      touchChange(other);
    } else {
      if (other !== null) {
        const result = other.isDirectory ? target.rmdir(task, newName, other) : target.unlink(task, newName, other);
        if (result !== 0) return result;
      }
      this.leave(oldName);
      target.enter(newName, moved);
      if (moved.isDirectory && target !== this) {
        this.nlink -= 1;
        target.nlink += 1;
      }
      if ((flags & RENAME_WHITEOUT) !== 0) this.mknod(task, oldName, { mode: S_IFCHR, uid: 0, gid: 0 }, 0, 0);
    }
    moved.changing();
    touchChange(moved);
    return 0;
  }

  override readlink(_task: Task): string | number {
    return (this.mode & S_IFMT) === S_IFLNK ? this.target : -EINVAL;
  }

  override open(task: Task, flags: number, path: Path): OpenFile | number {
    const type = this.mode & S_IFMT;
    if (type === S_IFREG) return new RegularFile(this, flags, true);
    if (type === S_IFDIR) return new DirectoryFile(this, flags, true);
    return openSpecial(task, this, flags, path);
  }

  override inodeIoctl(task: Task, path: Path | null, cmd: number, arg: number): number {
    return flagsIoctl(task, this, path, cmd, arg);
  }

  // ---- attributes
  override refresh(): number {
    if (this.content !== null) {
      this.size = this.content.size;
      this.blocks = this.content.blocks;
    }
    return 0;
  }

  override setAttributes(_task: Task | null, change: AttributeChange): number {
    if (change.size !== undefined && change.size !== this.currentSize()) {
      if (change.size < this.currentSize() && (this.seals & F_SEAL_SHRINK) !== 0) return -EPERM;
      if (change.size > this.currentSize() && (this.seals & F_SEAL_GROW) !== 0) return -EPERM;
    }
    if (change.mode !== undefined && (this.seals & F_SEAL_EXEC) !== 0 && ((change.mode ^ this.mode) & 0o111) !== 0) return -EPERM;
    this.changing();
    if (change.size !== undefined) {
      const result = this.resize(change.size);
      if (result !== 0) return result;
      touchModify(this);
    } else touchChange(this);
    if (change.mode !== undefined) this.mode = (this.mode & S_IFMT) | (change.mode & 0o7777);
    if (change.uid !== undefined) this.uid = change.uid;
    if (change.gid !== undefined) this.gid = change.gid;
    if (change.atime !== undefined) [this.atimeSec, this.atimeNsec] = change.atime;
    if (change.mtime !== undefined) [this.mtimeSec, this.mtimeNsec] = change.mtime;
    if (change.ctime !== undefined) [this.ctimeSec, this.ctimeNsec] = change.ctime;
    return 0;
  }

  protected currentSize(): number {
    return this.content?.size ?? 0;
  }
  protected resize(size: number): number {
    if (size === 0 && this.content === null) {
      this.size = 0;
      return 0;
    }
    const result = this.bytes().truncate(size);
    this.size = this.currentSize();
    return result;
  }
  /** The content, made if there was none. */
  bytes(): FileContent {
    this.content ??= new FileContent(this.superBlock.quota);
    return this.content;
  }

  // ---- bytes
  readAt(_task: Task, io: Io, pos: number): number {
    if (this.content === null) return 0;
    return this.content.read(io, pos);
  }
  writeAt(_task: Task, io: Io, pos: number): number {
    if ((this.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -EPERM;
    this.changing();
    const content = this.bytes();
    if ((this.seals & F_SEAL_GROW) !== 0 && pos + io.remaining > content.size) return -EPERM;
    const n = content.write(io, pos);
    this.size = content.size;
    if (n > 0) touchModify(this);
    return n;
  }
  seekData(pos: number, hole: boolean): number {
    return this.bytes().seek(pos, hole);
  }
  allocate(mode: number, offset: number, length: number): number {
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0 && (this.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -EPERM;
    if ((this.seals & F_SEAL_GROW) !== 0 && (mode & FALLOC_FL_KEEP_SIZE) === 0 && offset + length > this.currentSize()) return -EPERM;
    this.changing();
    const content = this.bytes();
    const result = content.allocate(mode, offset, length);
    this.size = content.size;
    if (result === 0) touchModify(this);
    return result;
  }
  syncData(_dataOnly: boolean): number {
    return 0;
  }
  mapping(writable: boolean): Mapping | number {
    if (writable && (this.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -EPERM;
    if (writable) this.changing();
    const content = this.bytes();
    const result = content.toMemfd(this.superBlock.host);
    return result < 0 ? result : { hostFd: content.fd, hostOffset: 0 };
  }

  // ---- extended attributes
  override get mayHaveCapabilities(): boolean {
    return this.xattrs !== null;
  }
  override listxattr(): string[] | number {
    return [...(this.xattrs?.keys() ?? [])];
  }
  override getxattr(name: string): Uint8Array | number {
    return this.xattrs?.get(name) ?? -ENODATA;
  }
  override setxattr(name: string, value: Uint8Array, flags: number): number {
    if (name.startsWith('system.')) return -EOPNOTSUPP;
    const known = this.xattrs?.has(name) === true;
    if ((flags & XATTR_CREATE) !== 0 && known) return -EEXIST;
    if ((flags & XATTR_REPLACE) !== 0 && !known) return -ENODATA;
    let total = name.length + value.length;
    for (const [other, bytes] of this.xattrs ?? []) if (other !== name) total += other.length + bytes.length;
    if (total > XATTR_BYTES_MAX) return value.length > XATTR_BYTES_MAX ? -E2BIG : -ENOSPC;
    this.changing();
    this.xattrs ??= new Map();
    this.xattrs.set(name, value);
    touchChange(this);
    return 0;
  }
  override removexattr(name: string): number {
    if (this.xattrs?.has(name) !== true) return -ENODATA;
    this.changing();
    this.xattrs.delete(name);
    touchChange(this);
    return 0;
  }

  override evict(): void {
    this.content?.free();
    this.content = null;
    this.superBlock.quota.freeInode();
  }
}
