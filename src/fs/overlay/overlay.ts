/**
 * The root file system of `--overlay=memory`: a tree of the host that is never written, and above it, in the kernel's memory,
 * everything that guests changed. One inode stands for an object through its whole life: it reads attributes and bytes from the
 * host until it is changed, and holds its own from then on, with the same number. So there is no copied-up twin to keep consistent.
 *
 * Invariants: an inode with `lower` that was changed is in `changed` by its host identity, so that every name of it that is still on the
 * host leads to it. A directory's `removed` names are those of the host that are gone or covered for good. The host tree
 * belongs to this sandbox: what was learnt from it once stays true.
 */
import { EINVAL, ENOENT } from '#abi/errno.ts';
import { OVERLAYFS_SUPER_MAGIC } from '#abi/magic.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '#abi/stat.ts';
import { syscalls } from '#abi/syscalls.ts';
import { HostHandle } from '#fs/host/host-handle.ts';
import { hostXattr, hostXattrNames } from '#fs/host/host-xattr.ts';
import { HostPlace, type HostTree } from '#fs/host/host-tree.ts';
import { FileContent } from '#fs/tmpfs/content.ts';
import { type MemoryFileSystem, MemoryInode } from '#fs/tmpfs/memory-inode.ts';
import { Quota } from '#fs/tmpfs/quota.ts';
import type { DirectoryEntry, Inode } from '#fs/vfs/inode.ts';
import type { Mapping } from '#fs/vfs/open-file.ts';
import { type FsStatistics, SuperBlock } from '#fs/vfs/super-block.ts';
import { type Io, KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';

/** Numbers of what was made here start above those of any ordinary host file system. */
const FIRST_INO = 2 ** 41;
const MAX_PAGES = (64 * 1024 ** 3) / 4096;
const MAX_INODES = 1_000_000;
const COPY = 262144;
let copyBuffer: Uint8Array | null = null;

export class OverlayFs extends SuperBlock implements MemoryFileSystem {
  readonly type: string = 'overlay';
  override readonly exportsHandles = true;
  readonly tree: HostTree;
  readonly host: HostCalls;
  readonly quota = new Quota(MAX_PAGES, MAX_INODES);
  readonly root: OverlayInode;
  /** Changed inodes of host objects, by host identity. */
  readonly changed = new Map<number | string, OverlayInode>();
  /** Unchanged inodes of host files with several names. */
  readonly linked = new Map<number | string, WeakRef<OverlayInode>>();
  #lastIno = FIRST_INO;

  /** The tree's root must be readable; throws otherwise, as a bug of the launch. */
  constructor(tree: HostTree) {
    super();
    this.tree = tree;
    this.host = tree.host;
    const result = tree.stat(tree.root);
    if (result < 0) throw new Error(`cannot stat the root of the overlay: errno ${-result}`);
    this.root = this.fromHost(tree.root);
  }
  nextIno(): number {
    this.#lastIno += 1;
    return this.#lastIno;
  }
  newInode(mode: number): MemoryInode {
    return new OverlayInode(this, this.nextIno(), mode, null, 0);
  }

  /** The inode of what the last `tree.stat` found at `place`. */
  fromHost(place: HostPlace): OverlayInode {
    const { tree } = this;
    const { key, nlink, mode, ino } = tree;
    const isDirectory = (mode & S_IFMT) === S_IFDIR;
    const known = this.changed.get(key) ?? (nlink > 1 && !isDirectory ? this.linked.get(key)?.deref() : undefined);
    if (known !== undefined) return known;
    const inode = new OverlayInode(this, ino, mode, new HostHandle(tree, place), key);
    tree.fill(inode);
    if (isDirectory) tree.closeIfForeign(place);
    else if (nlink > 1) this.linked.set(key, new WeakRef(inode));
    return inode;
  }

  statfs(): FsStatistics {
    const buffer = new Uint8Array(120);
    const view = new DataView(buffer.buffer);
    const result = this.host.call(syscalls.fstatfs.number, this.tree.fd, buffer);
    const u64 = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
    const free = this.quota.maxPages - this.quota.pages;
    const blocks = result < 0 ? this.quota.maxPages : Math.floor((u64(16) * u64(8)) / 4096);
    const available = Math.min(free, result < 0 ? free : Math.floor((u64(32) * u64(8)) / 4096));
    return {
      type: OVERLAYFS_SUPER_MAGIC,
      blockSize: 4096,
      blocks,
      blocksFree: available,
      blocksAvailable: available,
      files: this.quota.maxInodes,
      filesFree: this.quota.maxInodes - this.quota.inodes,
      nameMax: 255,
    };
  }
}

export class OverlayInode extends MemoryInode {
  declare readonly superBlock: OverlayFs;
  /** The host object below; null for what was made here. */
  readonly lower: HostHandle | null;
  readonly #key: number | string;
  #changed: boolean;
  /** Names of the host's directory that are no more. */
  #removed: Set<string> | null = null;
  /** All names in the host's directory, once it was listed: then a missing name needs no question. */
  #lowerNames: Map<string, DirectoryEntry> | null = null;
  #linkText: string | null = null;

  constructor(superBlock: OverlayFs, ino: number, mode: number, lower: HostHandle | null, key: number | string) {
    super(superBlock, ino, mode);
    this.lower = lower;
    this.#key = key;
    this.#changed = lower === null;
  }

  protected override changing(): void {
    if (this.#changed) return;
    this.#changed = true;
    this.#loadXattrs();
    this.superBlock.changed.set(this.#key, this);
    this.superBlock.linked.delete(this.#key);
  }

  // ---- directories
  override lookup(_task: Task, name: string): Inode | number {
    const own = this.names?.get(name);
    if (own !== undefined) return own;
    const { lower } = this;
    if (lower === null || lower.place.closed || this.#removed?.has(name) === true) return -ENOENT;
    if (this.#lowerNames !== null && !this.#lowerNames.has(name)) return -ENOENT;
    const place = new HostPlace(lower.place, name);
    const result = lower.tree.stat(place);
    return result < 0 ? result : this.superBlock.fromHost(place);
  }

  override list(task: Task): DirectoryEntry[] | number {
    const own = super.list(task) as DirectoryEntry[];
    if (this.lower === null) return own;
    const below = this.#listLower(this.lower);
    if (typeof below === 'number') return below;
    const entries: DirectoryEntry[] = [];
    for (const entry of below.values())
      if (this.#removed?.has(entry.name) !== true && this.names?.has(entry.name) !== true) entries.push(entry);
    return entries.concat(own);
  }
  #listLower(lower: HostHandle): Map<string, DirectoryEntry> | number {
    if (this.#lowerNames === null) {
      const list = lower.tree.list(lower.place);
      if (typeof list === 'number') return list;
      this.#lowerNames = new Map(list.map((entry) => [entry.name, entry]));
    }
    return this.#lowerNames;
  }

  override mayHold(name: string): boolean {
    return this.names?.has(name) === true || (this.lower !== null && this.#removed?.has(name) !== true);
  }

  protected override leave(name: string): void {
    const own = this.names?.has(name) === true;
    super.leave(name);
    if (own || this.lower === null) return;
    this.#removed ??= new Set();
    this.#removed.add(name);
  }
  protected override isEmpty(task: Task): boolean {
    if (!super.isEmpty(task)) return false;
    if (this.lower === null) return true;
    const list = this.list(task);
    return typeof list !== 'number' && list.length === 0;
  }

  override readlink(task: Task): string | number {
    if (this.lower === null) return super.readlink(task);
    if ((this.mode & S_IFMT) !== S_IFLNK) return -EINVAL;
    if (this.#linkText === null) {
      const text = this.lower.tree.readlink(this.lower.place);
      if (typeof text === 'number') return text;
      this.#linkText = text;
    }
    return this.#linkText;
  }

  // ---- bytes
  get #isLower(): boolean {
    return this.content === null && this.lower !== null;
  }
  protected override currentSize(): number {
    return this.#isLower ? this.size : super.currentSize();
  }
  protected override resize(size: number): number {
    if (!this.#isLower) return super.resize(size);
    const copied = this.#copyUp(Math.min(size, this.size));
    return copied < 0 ? copied : super.resize(size);
  }
  override readAt(task: Task, io: Io, pos: number): number {
    if (!this.#isLower) return super.readAt(task, io, pos);
    if (pos >= this.size || io.remaining === 0) return 0;
    const lower = this.lower as HostHandle;
    const fd = lower.forReading();
    return fd < 0 ? fd : io.putFromHost(lower.tree.host, fd, pos, Math.min(io.remaining, this.size - pos));
  }
  override writeAt(task: Task, io: Io, pos: number): number {
    const copied = this.#copyUp(this.size);
    return copied < 0 ? copied : super.writeAt(task, io, pos);
  }
  override seekData(pos: number, hole: boolean): number {
    if (!this.#isLower) return super.seekData(pos, hole);
    const lower = this.lower as HostHandle;
    const fd = lower.forReading();
    return fd < 0 ? fd : lower.tree.host.call(syscalls.lseek.number, fd, pos, hole ? 4 : 3);
  }
  override allocate(mode: number, offset: number, length: number): number {
    const copied = this.#copyUp(this.size);
    return copied < 0 ? copied : super.allocate(mode, offset, length);
  }
  override mapping(writable: boolean): Mapping | number {
    if (writable) {
      const copied = this.#copyUp(this.size);
      if (copied < 0) return copied;
    } else if (this.#isLower) {
      const fd = (this.lower as HostHandle).forReading(true);
      return fd < 0 ? fd : { hostFd: fd, hostOffset: 0 };
    }
    return super.mapping(writable);
  }

  /** Brings the first `length` bytes into memory; 0 or -errno. */
  #copyUp(length: number): number {
    if (!this.#isLower) return 0;
    this.changing();
    const content = new FileContent(this.superBlock.quota);
    if (length > 0) {
      const lower = this.lower as HostHandle;
      const fd = lower.forReading();
      if (fd < 0) return fd;
      copyBuffer ??= new Uint8Array(COPY);
      for (let at = 0; at < length; ) {
        const n = lower.tree.host.read(fd, copyBuffer, 0, Math.min(COPY, length - at), at);
        if (n === 0) break;
        const written = n < 0 ? n : content.write(new KernelIo(copyBuffer, 0, n), at);
        if (written < 0) {
          content.free();
          return written;
        }
        at += written;
      }
    }
    this.content = content;
    this.lower?.close();
    return 0;
  }

  // ---- extended attributes: the host's until the first change
  override listxattr(): string[] | number {
    if (this.#changed || this.lower === null) return super.listxattr();
    return hostXattrNames(this.lower, this.mode);
  }
  override getxattr(name: string): Uint8Array | number {
    if (this.#changed || this.lower === null) return super.getxattr(name);
    return hostXattr(this.lower, this.mode, name);
  }
  #loadXattrs(): void {
    const { lower } = this;
    if (lower === null) return;
    const names = hostXattrNames(lower, this.mode);
    if (typeof names === 'number') return;
    for (const name of names) {
      const value = hostXattr(lower, this.mode, name);
      if (typeof value !== 'number') (this.xattrs ??= new Map()).set(name, value);
    }
  }

  override evict(): void {
    this.lower?.close();
    if (this.lower === null) super.evict();
    else {
      this.content?.free();
      this.superBlock.changed.delete(this.#key);
    }
  }
}
