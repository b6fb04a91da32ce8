/**
 * A directory of the host as a file system of its own: writes go through to the host.
 *
 * Exclusive trees (a rootfs without overlay) are used by this sandbox alone: names and attributes are asked for once and kept
 * true here with each change. Shared trees (volumes) change behind the kernel's back: every use asks the host again.
 */
import { EACCES, EEXIST, EINVAL, EISDIR, ENODATA, ENOENT, ENOSPC, ENOTTY, EOPNOTSUPP, EPERM } from '#abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  FALLOC_FL_KEEP_SIZE,
  O_CREAT,
  O_EXCL,
  O_RDWR,
  O_TMPFILE,
  RENAME_EXCHANGE,
  RENAME_WHITEOUT,
} from '#abi/fcntl.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, UTIME_OMIT } from '#abi/stat.ts';
import { syscalls } from '#abi/syscalls.ts';
import { XATTR_CREATE, XATTR_REPLACE } from '#abi/xattr.ts';
import { DirectoryFile } from '#fs/vfs/directory-file.ts';
import { type AttributeChange, type CreateAttributes, type DirectoryEntry, direntType, Inode } from '#fs/vfs/inode.ts';
import { flagsIoctl } from '#fs/vfs/inode-flags.ts';
import type { Mapping, OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';
import { RegularFile, type RegularInode } from '#fs/vfs/regular-file.ts';
import { openSpecial } from '#fs/vfs/registry.ts';
import { type FsStatistics, SuperBlock } from '#fs/vfs/super-block.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { HostHandle } from './host-handle.ts';
import { HostPlace, type HostTree } from './host-tree.ts';
import { gidOnHost, uidOnHost } from './owners.ts';
import { hostXattr, hostXattrNames, isShown } from './host-xattr.ts';

const NO_MODE = 0o7777;
const ATTRIBUTE_BYTES_MAX = 1 << 20;
const LINKED_MAX = 16384;
const KEPT_MAX = 65536;

export class HostFs extends SuperBlock {
  readonly type: string = 'hostfs';
  override readonly exportsHandles = true;
  readonly tree: HostTree;
  readonly root: HostInode;
  override readonly cacheNames: boolean;
  /** Inodes of files with several names, by host identity: each name must lead to the same one. */
  readonly linked = new Map<number | string, WeakRef<HostInode>>();
  /** Inodes that are more than the host knows of them (device nodes, inode flags, privileged attributes), by host identity; exclusive trees only. */
  readonly kept = new Map<number | string, HostInode>();

  /** The tree's root must be readable; throws otherwise, as a bug of the launch. */
  constructor(tree: HostTree) {
    super();
    this.tree = tree;
    this.cacheNames = tree.exclusive;
    const result = tree.stat(tree.root);
    if (result < 0) throw new Error(`cannot stat a host tree: errno ${-result}`);
    this.root = this.found(tree.root);
  }

  /** The inode of what the last `tree.stat` found at `place`. */
  found(place: HostPlace): HostInode {
    const { tree } = this;
    const { key, mode, nlink } = tree;
    const isDirectory = (mode & S_IFMT) === S_IFDIR;
    // A file that had several names may have one left.
    const linked = this.linked.size > 0 && !isDirectory ? this.linked.get(key)?.deref() : undefined;
    const known = this.kept.size > 0 ? (this.kept.get(key) ?? linked) : linked;
    if (known !== undefined) {
      known.fill();
      known.foundAt(place);
      return known;
    }
    const inode = new HostInode(this, new HostHandle(tree, place), key);
    if (nlink > 1 && !isDirectory) this.remember(inode);
    if (isDirectory) tree.closeIfForeign(place);
    return inode;
  }

  /** Keeps an inode for what the host does not know; false if there are too many. */
  keep(inode: HostInode): boolean {
    if (this.kept.size >= KEPT_MAX && !this.kept.has(inode.key)) return false;
    this.kept.set(inode.key, inode);
    return true;
  }

  /** Notes a file with several names. */
  remember(inode: HostInode): void {
    if (this.linked.size >= LINKED_MAX) for (const [key, ref] of this.linked) if (ref.deref() === undefined) this.linked.delete(key);
    this.linked.set(inode.key, new WeakRef(inode));
  }

  override revalidate(parent: Inode, name: string, inode: Inode | null): boolean {
    if (!(inode instanceof HostInode) || !(parent instanceof HostInode)) return false;
    const { tree } = this;
    const place = inode.handle.place;
    const result =
      place.parent === parent.handle.place && place.name === name ? tree.stat(place) : tree.stat(new HostPlace(parent.handle.place, name));
    if (result < 0 || tree.key !== inode.key) return false;
    inode.fill();
    return true;
  }

  statfs(): FsStatistics | number {
    const buffer = new Uint8Array(120);
    const result = this.tree.host.call(syscalls.fstatfs.number, this.tree.fd, buffer);
    if (result < 0) return result;
    const view = new DataView(buffer.buffer);
    const u64 = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
    return {
      type: u64(0),
      blockSize: u64(8),
      blocks: u64(16),
      blocksFree: u64(24),
      blocksAvailable: u64(32),
      files: u64(40),
      filesFree: u64(48),
      nameMax: u64(64),
    };
  }
  override sync(): number {
    const fd = this.tree.open(this.tree.root, 0);
    if (fd < 0) return fd;
    const result = this.tree.host.call(syscalls.syncfs.number, fd);
    this.tree.close(fd);
    return result;
  }
}

export class HostInode extends Inode implements RegularInode {
  declare readonly superBlock: HostFs;
  readonly handle: HostHandle;
  readonly key: number | string;
  /** Every name in the directory, once listed (exclusive trees): a missing name then needs no question. */
  #names: Set<string> | null = null;
  /** The host changed times, size or blocks because of what was done here: the next stat asks. */
  #stale = false;
  /** Guests may store into it without the kernel: every stat asks. */
  #mappedWritable = false;
  /** A device: on the host an empty file. */
  #device: { type: number; major: number; minor: number } | null = null;
  /** Extended attributes that the host does not let this process set. */
  #attributes: Map<string, Uint8Array> | null = null;

  constructor(superBlock: HostFs, handle: HostHandle, key: number | string) {
    const { tree } = superBlock;
    super(superBlock, tree.ino, tree.mode);
    this.handle = handle;
    this.key = key;
    tree.fill(this);
  }

  /** Takes over what the last `tree.stat` found. */
  fill(): void {
    this.handle.tree.fill(this);
    const device = this.#device;
    if (device === null) return;
    this.mode = device.type | (this.mode & NO_MODE);
    this.rdevMajor = device.major;
    this.rdevMinor = device.minor;
  }

  /** Another name leads here: if the one it was reached by is gone, this one serves from now on. */
  foundAt(place: HostPlace): void {
    if (!this.handle.pinned) return;
    this.handle.place = place;
    this.handle.pinned = false;
  }
  /** Calls `use` with a descriptor and path that name the child `name` on the host. */
  #atChild(name: string, use: (fd: number, path: string) => number): number {
    return this.handle.tree.at(new HostPlace(this.handle.place, name), use);
  }

  // ---- directories
  override lookup(_task: Task, name: string): Inode | number {
    const { place } = this.handle;
    if (place.closed || (this.#names !== null && !this.#names.has(name))) return -ENOENT;
    const child = new HostPlace(place, name);
    const result = this.handle.tree.stat(child);
    return result < 0 ? result : this.superBlock.found(child);
  }

  override list(_task: Task): DirectoryEntry[] | number {
    const list = this.handle.tree.list(this.handle.place);
    if (typeof list === 'number' || !this.superBlock.cacheNames) return list;
    this.#names = new Set(list.map((entry) => entry.name));
    const devices = [...this.superBlock.kept.values()].filter((inode) => inode.#device !== null);
    if (devices.length === 0) return list;
    const types = new Map(devices.map((inode) => [inode.ino, direntType(inode.mode)]));
    return list.map((entry) => ({ ...entry, type: types.get(entry.ino) ?? entry.type }));
  }

  override mayHold(name: string): boolean {
    return this.#names === null || this.#names.has(name);
  }

  /** After a name was made on the host: ownership, then its inode. */
  #made(name: string, attributes: CreateAttributes, fd: number): Inode | number {
    const { tree, place } = this.handle;
    const { host } = tree;
    const child = new HostPlace(place, name);
    // The host made it as this process's user; where that may not give files away, the owner stays as it is.
    const uid = uidOnHost(tree.owners, attributes.uid);
    const gid = gidOnHost(tree.owners, attributes.gid);
    if (uid > 0 || gid > 0) tree.at(child, (at, path) => host.call(syscalls.fchownat.number, at, path, uid, gid, AT_SYMLINK_NOFOLLOW));
    const type = attributes.mode & S_IFMT;
    if (type !== S_IFLNK) {
      if (fd >= 0) host.call(syscalls.fchmod.number, fd, attributes.mode & NO_MODE);
      else tree.at(child, (at, path) => host.call(syscalls.fchmodat.number, at, path, attributes.mode & NO_MODE));
    }
    const result = tree.stat(child);
    if (result < 0) {
      if (fd >= 0) tree.close(fd);
      return result;
    }
    const inode = this.superBlock.found(child);
    if (fd >= 0) inode.handle.adopt(fd);
    this.#names?.add(name);
    this.#contentsChanged();
    return inode;
  }
  #contentsChanged(): void {
    this.#stale = true;
  }

  override create(_task: Task, name: string, attributes: CreateAttributes): Inode | number {
    const { tree, place } = this.handle;
    const fd = tree.open(new HostPlace(place, name), O_CREAT | O_EXCL | O_RDWR, attributes.mode & NO_MODE);
    return fd < 0 ? fd : this.#made(name, attributes, fd);
  }
  override mkdir(_task: Task, name: string, attributes: CreateAttributes): Inode | number {
    const { tree } = this.handle;
    const result = this.#atChild(name, (fd, path) => tree.host.call(syscalls.mkdirat.number, fd, path, attributes.mode & NO_MODE));
    if (result < 0) return result;
    this.nlink += 1;
    return this.#made(name, attributes, -1);
  }
  override symlink(_task: Task, name: string, target: string, attributes: CreateAttributes): Inode | number {
    const { tree } = this.handle;
    const result = this.#atChild(name, (fd, path) => tree.host.call(syscalls.symlinkat.number, target, fd, path));
    return result < 0 ? result : this.#made(name, attributes, -1);
  }
  /** A device node is an empty file on the host; FIFOs and sockets are made there, as names that only guests give a meaning. */
  override mknod(_task: Task, name: string, attributes: CreateAttributes, major: number, minor: number): Inode | number {
    const { tree } = this.handle;
    const type = attributes.mode & S_IFMT;
    const whiteout = type === S_IFCHR && major === 0 && minor === 0;
    if ((type === S_IFCHR && !whiteout) || type === S_IFBLK) return this.#makeDevice(_task, name, attributes, { type, major, minor });
    const result = this.#atChild(name, (fd, path) => tree.host.call(syscalls.mknodat.number, fd, path, attributes.mode, 0));
    return result < 0 ? result : this.#made(name, attributes, -1);
  }
  #makeDevice(
    task: Task,
    name: string,
    attributes: CreateAttributes,
    device: { type: number; major: number; minor: number },
  ): Inode | number {
    if (!this.superBlock.cacheNames) return -EPERM;
    const inode = this.create(task, name, { ...attributes, mode: S_IFREG | (attributes.mode & NO_MODE) });
    if (!(inode instanceof HostInode)) return inode;
    if (!this.superBlock.keep(inode)) {
      this.unlink(task, name, inode);
      return -ENOSPC;
    }
    inode.#device = device;
    inode.mode = device.type | (inode.mode & NO_MODE);
    inode.rdevMajor = device.major;
    inode.rdevMinor = device.minor;
    return inode;
  }
  override tmpfile(_task: Task, attributes: CreateAttributes): Inode | number {
    const { tree, place } = this.handle;
    const { host } = tree;
    const fd = tree.open(place, O_TMPFILE | O_RDWR, attributes.mode & NO_MODE);
    if (fd < 0) return fd;
    if (attributes.uid !== 0 || attributes.gid !== 0) host.call(syscalls.fchown.number, fd, attributes.uid, attributes.gid);
    host.call(syscalls.fchmod.number, fd, attributes.mode & NO_MODE);
    const result = tree.statFd(fd);
    if (result < 0) {
      tree.close(fd);
      return result;
    }
    const inode = new HostInode(this.superBlock, new HostHandle(tree, new HostPlace(place, `#${tree.ino}`)), tree.key);
    inode.handle.adopt(fd);
    inode.handle.pinned = true;
    return inode;
  }
  /** A name for a file that is reached by descriptor only. */
  #linkByDescriptor(name: string, target: HostInode): number {
    const { host } = target.handle.tree;
    const from = target.handle.anyFd;
    let result = this.#atChild(name, (fd, path) => host.call(syscalls.linkat.number, from, '', fd, path, AT_EMPTY_PATH));
    if (result === -ENOENT || result === -EPERM)
      result = this.#atChild(name, (fd, path) =>
        host.call(syscalls.linkat.number, AT_FDCWD, `/proc/self/fd/${from}`, fd, path, AT_SYMLINK_FOLLOW),
      );
    if (result === 0) {
      target.handle.place = new HostPlace(this.handle.place, name);
      target.handle.pinned = false;
    }
    return result;
  }
  override link(_task: Task, name: string, target: Inode): number {
    if (!(target instanceof HostInode)) return -EPERM;
    const { tree } = this.handle;
    const result = target.handle.pinned
      ? this.#linkByDescriptor(name, target)
      : tree.at(target.handle.place, (oldFd, oldPath) =>
          this.#atChild(name, (fd, path) => tree.host.call(syscalls.linkat.number, oldFd, oldPath, fd, path, 0)),
        );
    if (result < 0) return result;
    target.nlink += 1;
    target.#stale = true;
    this.superBlock.remember(target);
    this.#names?.add(name);
    this.#contentsChanged();
    return 0;
  }

  override unlink(_task: Task, name: string, child: Inode): number {
    const { tree } = this.handle;
    const inode = child as HostInode;
    if (inode.opens > 0 && inode.nlink <= 1) inode.#pin();
    const result = this.#atChild(name, (fd, path) => tree.host.call(syscalls.unlinkat.number, fd, path, 0));
    if (result < 0) return result;
    inode.nlink = Math.max(0, inode.nlink - 1);
    inode.#stale = true;
    if (inode.nlink > 0) inode.#leftName(this, name);
    this.#names?.delete(name);
    this.#contentsChanged();
    return 0;
  }
  /** Keeps a file that loses its last name usable through descriptors. */
  #pin(): void {
    if (this.handle.pinned || (this.mode & S_IFMT) !== S_IFREG) return;
    const fd = this.handle.forWriting();
    if (fd < 0) this.handle.forReading();
    this.handle.pinned = true;
  }
  /** One of several names is gone: if it was the one to reach the file by, another is needed. */
  #leftName(directory: HostInode, name: string): void {
    const { place } = this.handle;
    if (place.parent !== directory.handle.place || place.name !== name) return;
    // Reached by descriptor from now on; a lookup by another name keeps finding this inode.
    this.#pin();
  }

  override rmdir(_task: Task, name: string, child: Inode): number {
    const { tree } = this.handle;
    const result = this.#atChild(name, (fd, path) => tree.host.call(syscalls.unlinkat.number, fd, path, AT_REMOVEDIR));
    if (result < 0) return result;
    child.nlink = 0;
    this.nlink -= 1;
    this.#names?.delete(name);
    this.#contentsChanged();
    return 0;
  }

  override rename(
    _task: Task,
    oldName: string,
    child: Inode,
    newDirectory: Inode,
    newName: string,
    replaced: Inode | null,
    flags: number,
  ): number {
    const { tree } = this.handle;
    const target = newDirectory as HostInode;
    const moved = child as HostInode;
    const other = replaced as HostInode | null;
    const exchange = (flags & RENAME_EXCHANGE) !== 0;
    if (!exchange && other !== null && other.opens > 0 && other.nlink <= 1) other.#pin();
    const result = this.#atChild(oldName, (oldFd, oldPath) =>
      target.#atChild(newName, (fd, path) => tree.host.call(syscalls.renameat2.number, oldFd, oldPath, fd, path, flags)),
    );
    if (result < 0) return result;
    const movedPlace = moved.handle.place;
    if (movedPlace.parent === this.handle.place && movedPlace.name === oldName) {
      movedPlace.parent = target.handle.place;
      movedPlace.name = newName;
    }
    moved.#stale = true;
    if (exchange && other !== null) {
      other.handle.place.parent = this.handle.place;
      other.handle.place.name = oldName;
      other.#stale = true;
    } else {
      if ((flags & RENAME_WHITEOUT) === 0) this.#names?.delete(oldName);
      target.#names?.add(newName);
      if (other !== null) other.nlink = other.isDirectory ? 0 : Math.max(0, other.nlink - 1);
    }
    if (moved.isDirectory !== (exchange && other !== null ? other.isDirectory : false) && target !== this) {
      const step = moved.isDirectory ? 1 : -1;
      this.nlink -= step;
      target.nlink += step;
    }
    if (!exchange && other?.isDirectory) target.nlink -= 1;
    this.#contentsChanged();
    target.#contentsChanged();
    return 0;
  }

  override readlink(_task: Task): string | number {
    return this.isSymlink ? this.handle.tree.readlink(this.handle.place) : -EINVAL;
  }

  override open(task: Task, flags: number, path: Path): OpenFile | number {
    const type = this.mode & S_IFMT;
    if (type === S_IFDIR) return new DirectoryFile(this, flags);
    if (type !== S_IFREG) return openSpecial(task, this, flags, path);
    // What the host forbids must fail at open, not at the first read.
    const writes = (flags & 3) !== 0;
    const fd = writes ? this.handle.forWriting() : this.handle.anyFd >= 0 ? 0 : this.handle.forReading();
    return fd < 0 ? fd : new RegularFile(this, flags);
  }

  // ---- attributes
  override refresh(): number {
    if (!this.#stale && !this.#mappedWritable && this.superBlock.cacheNames) return 0;
    const { tree, place, pinned, anyFd } = this.handle;
    const result = pinned ? tree.statFd(anyFd) : tree.stat(place);
    // Gone from a shared tree: what was known last is as true as anything.
    if (result < 0) return 0;
    if (tree.key === this.key) this.fill();
    this.#stale = false;
    return 0;
  }

  override setAttributes(_task: Task | null, change: AttributeChange): number {
    const { tree } = this.handle;
    const { host } = tree;
    const { place } = this.handle;
    let result = 0;
    if (change.size !== undefined) {
      const fd = this.handle.forWriting();
      if (fd < 0) return fd === -EISDIR ? -EINVAL : fd;
      result = host.call(syscalls.ftruncate.number, fd, change.size);
      if (result < 0) return result;
      this.size = change.size;
    }
    if (change.uid !== undefined || change.gid !== undefined) {
      const uid = uidOnHost(tree.owners, change.uid ?? -1);
      const gid = gidOnHost(tree.owners, change.gid ?? -1);
      if (uid < -1 || gid < -1) return -EINVAL;
      result = this.handle.pinned
        ? host.call(syscalls.fchown.number, this.handle.anyFd, uid, gid)
        : tree.at(place, (fd, path) =>
            host.call(syscalls.fchownat.number, fd, path, uid, gid, AT_SYMLINK_NOFOLLOW | (path === '' ? AT_EMPTY_PATH : 0)),
          );
      if (result < 0) return result;
      if (change.uid !== undefined) this.uid = change.uid;
      if (change.gid !== undefined) this.gid = change.gid;
    }
    if (change.mode !== undefined) {
      result = this.#onHost(
        (fd) => host.call(syscalls.fchmod.number, fd, (change.mode as number) & NO_MODE),
        (fd, path) => host.call(syscalls.fchmodat.number, fd, path, (change.mode as number) & NO_MODE),
      );
      if (result < 0) return result;
      this.mode = (this.mode & S_IFMT) | (change.mode & NO_MODE);
    }
    if (change.atime !== undefined || change.mtime !== undefined) {
      result = this.#setTimes(change);
      if (result < 0) return result;
    }
    this.#stale = true;
    return 0;
  }
  /** A file without a name, and the root, are reached by descriptor; the rest by path. */
  #onHost(byFd: (fd: number) => number, byPath: (fd: number, path: string) => number): number {
    if (this.handle.pinned) return byFd(this.handle.anyFd);
    if (this.handle.place.parent !== null) return this.handle.tree.at(this.handle.place, byPath);
    const fd = this.handle.tree.open(this.handle.place, 0);
    if (fd < 0) return fd;
    const result = byFd(fd);
    this.handle.tree.close(fd);
    return result;
  }
  #setTimes(change: AttributeChange): number {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    for (const [at, time] of [
      [0, change.atime],
      [16, change.mtime],
    ] as const) {
      view.setUint32(at, (time?.[0] ?? 0) >>> 0, true);
      view.setInt32(at + 4, Math.floor((time?.[0] ?? 0) / 4294967296), true);
      view.setUint32(at + 8, time === undefined ? UTIME_OMIT : time[1], true);
    }
    const { tree } = this.handle;
    const result = this.#onHost(
      (fd) => tree.host.call(syscalls.utimensat.number, fd, 0, bytes, 0),
      (fd, path) => tree.host.call(syscalls.utimensat.number, fd, path, bytes, AT_SYMLINK_NOFOLLOW),
    );
    if (result < 0) return result;
    if (change.atime !== undefined) [this.atimeSec, this.atimeNsec] = change.atime;
    if (change.mtime !== undefined) [this.mtimeSec, this.mtimeNsec] = change.mtime;
    return 0;
  }

  // ---- bytes
  readAt(_task: Task, io: Io, pos: number): number {
    const fd = this.handle.forReading();
    return fd < 0 ? fd : io.putFromHost(this.handle.tree.host, fd, pos, io.remaining);
  }
  writeAt(_task: Task, io: Io, pos: number): number {
    const fd = this.handle.forWriting();
    if (fd < 0) return fd;
    const n = io.takeToHost(this.handle.tree.host, fd, pos, io.remaining);
    if (n > 0) {
      if (pos + n > this.size) this.size = pos + n;
      this.#stale = true;
    }
    return n;
  }
  seekData(pos: number, hole: boolean): number {
    const fd = this.handle.forReading();
    return fd < 0 ? fd : this.handle.tree.host.call(syscalls.lseek.number, fd, pos, hole ? 4 : 3);
  }
  allocate(mode: number, offset: number, length: number): number {
    const fd = this.handle.forWriting();
    if (fd < 0) return fd;
    const result = this.handle.tree.host.call(syscalls.fallocate.number, fd, mode, offset, length);
    if (result < 0) return result;
    if ((mode & FALLOC_FL_KEEP_SIZE) === 0 && offset + length > this.size) this.size = offset + length;
    this.#stale = true;
    return 0;
  }
  syncData(dataOnly: boolean): number {
    const fd = this.handle.anyFd;
    return fd < 0 ? 0 : this.handle.tree.host.call(dataOnly ? syscalls.fdatasync.number : syscalls.fsync.number, fd);
  }
  mapping(writable: boolean): Mapping | number {
    if (writable) this.#mappedWritable = true;
    const fd = writable ? this.handle.forWriting() : this.handle.forReading(true);
    return fd < 0 ? fd : { hostFd: fd, hostOffset: 0 };
  }

  override inodeIoctl(task: Task, path: Path | null, cmd: number, arg: number): number {
    if (!this.superBlock.cacheNames) return -ENOTTY;
    const result = flagsIoctl(task, this, path, cmd, arg);
    if (this.flags === 0 || this.superBlock.keep(this)) return result;
    this.flags = 0;
    return -ENOSPC;
  }

  // ---- extended attributes
  override get mayHaveCapabilities(): boolean {
    return this.#attributes !== null;
  }
  override listxattr(): string[] | number {
    const names = hostXattrNames(this.handle, this.mode);
    if (this.#attributes === null) return names;
    return [...new Set([...(typeof names === 'number' ? [] : names), ...this.#attributes.keys()])];
  }
  override getxattr(name: string): Uint8Array | number {
    return this.#attributes?.get(name) ?? hostXattr(this.handle, this.mode, name);
  }
  /** What the host refuses this process is kept here, as long as the sandbox lives. */
  #keepAttribute(name: string, value: Uint8Array, flags: number): number {
    const privileged = name.startsWith('trusted.') || name.startsWith('security.');
    if (!privileged || !this.superBlock.cacheNames || !this.superBlock.keep(this)) return -EPERM;
    this.#attributes ??= new Map();
    const known = this.#attributes.has(name);
    if ((flags & XATTR_CREATE) !== 0 && known) return -EEXIST;
    if ((flags & XATTR_REPLACE) !== 0 && !known) return -ENODATA;
    let total = name.length + value.length;
    for (const [other, bytes] of this.#attributes) if (other !== name) total += other.length + bytes.length;
    if (total > ATTRIBUTE_BYTES_MAX) return -ENOSPC;
    this.#attributes.set(name, value);
    return 0;
  }
  override setxattr(name: string, value: Uint8Array, flags: number): number {
    this.#stale = true;
    if (this.#attributes?.has(name)) return this.#keepAttribute(name, value, flags);
    if (!isShown(name)) return name.startsWith('security.') ? this.#keepAttribute(name, value, flags) : -EOPNOTSUPP;
    const type = this.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) return this.#keepAttribute(name, value, flags);
    const fd = this.handle.anyFd >= 0 ? this.handle.anyFd : this.handle.forReading();
    if (fd < 0) return -EACCES;
    const result = this.handle.tree.host.call(syscalls.fsetxattr.number, fd, name, value, value.length, flags);
    return result === -EPERM ? this.#keepAttribute(name, value, flags) : result;
  }
  override removexattr(name: string): number {
    this.#stale = true;
    if (this.#attributes?.delete(name)) return 0;
    if (!isShown(name)) return -ENODATA;
    const fd = this.handle.anyFd >= 0 ? this.handle.anyFd : this.handle.forReading();
    return fd < 0 ? -EACCES : this.handle.tree.host.call(syscalls.fremovexattr.number, fd, name);
  }

  override evict(): void {
    this.handle.close();
    this.superBlock.linked.delete(this.key);
    this.superBlock.kept.delete(this.key);
  }
}
