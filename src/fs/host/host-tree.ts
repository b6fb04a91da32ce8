/**
 * A directory tree of the host, reached through one descriptor: stat, open and list by place. Every name is looked up one
 * component at a time by the VFS, which follows links itself; the host is told to follow none and to stay beneath the root.
 *
 * A place is (parent, name), so that a renamed directory takes its descendants along; a place that is closed is a mount of the
 * host's kernel interfaces (/proc, /sys, /dev), which shows as an empty directory: guests get the kernel's own.
 */
import { EIO, ELOOP, ENAMETOOLONG, ENOENT, EXDEV } from '#abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from '#abi/fcntl.ts';
import { S_IFDIR, S_IFMT, STATX_ATTR_MOUNT_ROOT, STATX_BASIC_STATS, STATX_BTIME } from '#abi/stat.ts';
import { syscalls } from '#abi/syscalls.ts';
import type { DirectoryEntry, Inode } from '#fs/vfs/inode.ts';
import type { HostCalls } from '#platform/platform.ts';
import { gidInside, type OwnerMap, uidInside } from './owners.ts';

const STATX_SIZE_BYTES = 256;
const HOW_BYTES = 24;
const LIST_BYTES = 65536;
/** Longest path given to the host at once. */
const LONGEST = 4000;
const AT_STATX_DONT_SYNC = 0x4000;

const statxBytes = new Uint8Array(STATX_SIZE_BYTES);
const statxView = new DataView(statxBytes.buffer);
const howBytes = new Uint8Array(HOW_BYTES);
const howView = new DataView(howBytes.buffer);
let listBytes: Uint8Array | null = null;

/** File systems that must not be seen through the host's tree. */
const KERNEL_FILE_SYSTEMS = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x19800202, 0x62656570, 0x65735543,
  0x6165676c, 0xde5e81e4, 0x42494e4d, 0x6e736673, 0x0187,
]);
const TMPFS = 0x01021994;

export class HostPlace {
  parent: HostPlace | null;
  name: string;
  closed = false;

  constructor(parent: HostPlace | null, name: string) {
    this.parent = parent;
    this.name = name;
  }
  /** Path relative to the tree's root; '' is the root. */
  path(): string {
    const { parent } = this;
    if (parent === null) return '';
    return parent.parent === null ? this.name : `${parent.path()}/${this.name}`;
  }
}

export class HostTree {
  readonly host: HostCalls;
  readonly fd: number;
  readonly root = new HostPlace(null, '');
  readonly owners: OwnerMap | null;
  /** Only this sandbox uses the tree, so that nobody swaps a directory for a link between two calls. */
  readonly exclusive: boolean;
  /** Device of the root: inode numbers of other devices below it get a key of their own. */
  #major = -1;
  #minor = -1;

  constructor(host: HostCalls, fd: number, owners: OwnerMap | null, exclusive = true) {
    this.host = host;
    this.fd = fd;
    this.owners = owners;
    this.exclusive = exclusive;
  }

  /**
   * Calls `use` with a descriptor and a path that name `place`, for host calls that take a path and cannot be told to follow no
   * links: in a shared tree the path has one component, and the descriptor was opened without following any.
   */
  at(place: HostPlace, use: (fd: number, path: string) => number): number {
    const path = place.path();
    const { parent } = place;
    if (parent === null || parent.parent === null || (this.exclusive && path.length <= LONGEST)) return use(this.fd, path);
    const directory = this.open(parent, O_PATH | O_DIRECTORY);
    if (directory < 0) return directory;
    const result = use(directory, place.name);
    this.close(directory);
    return result;
  }

  /** Asks the host for the attributes of a place; they are then read by `fill` and `key`. 0 or -errno. */
  stat(place: HostPlace): number {
    return this.at(place, (fd, path) => {
      const flags = AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC | (path === '' ? AT_EMPTY_PATH : 0);
      return this.host.call(syscalls.statx.number, fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, statxBytes);
    });
  }
  /** As `stat`, of an open descriptor. */
  statFd(fd: number): number {
    return this.host.call(syscalls.statx.number, fd, '', AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, statxBytes);
  }
  #below(fd: number): HostTree {
    return new HostTree(this.host, fd, this.owners, this.exclusive);
  }

  /** Type and permissions that the last `stat` found. */
  get mode(): number {
    return statxView.getUint16(28, true);
  }
  /** Identity of the object that the last `stat` found: a number, or a string where the device is not the root's. */
  get key(): number | string {
    const major = statxView.getUint32(136, true);
    const minor = statxView.getUint32(140, true);
    if (this.#major < 0) {
      this.#major = major;
      this.#minor = minor;
    }
    const ino = u64(32);
    return major === this.#major && minor === this.#minor ? ino : `${major}:${minor}:${ino}`;
  }
  get ino(): number {
    return u64(32);
  }
  get nlink(): number {
    return statxView.getUint32(16, true);
  }

  /** Copies what the last `stat` found into an inode. */
  fill(inode: Inode): void {
    inode.mode = statxView.getUint16(28, true);
    inode.uid = uidInside(this.owners, statxView.getUint32(20, true));
    inode.gid = gidInside(this.owners, statxView.getUint32(24, true));
    inode.nlink = statxView.getUint32(16, true);
    inode.size = u64(40);
    inode.blocks = u64(48);
    inode.blockSize = statxView.getUint32(4, true);
    inode.rdevMajor = statxView.getUint32(128, true);
    inode.rdevMinor = statxView.getUint32(132, true);
    inode.atimeSec = s64(64);
    inode.atimeNsec = statxView.getUint32(72, true);
    inode.btimeSec = s64(80);
    inode.btimeNsec = statxView.getUint32(88, true);
    inode.ctimeSec = s64(96);
    inode.ctimeNsec = statxView.getUint32(104, true);
    inode.mtimeSec = s64(112);
    inode.mtimeNsec = statxView.getUint32(120, true);
  }

  /** Marks a directory that the last `stat` found as closed, if it is a mount of a kernel interface. */
  closeIfForeign(place: HostPlace): void {
    if ((statxView.getUint32(8, true) & STATX_ATTR_MOUNT_ROOT) === 0 || (this.mode & S_IFMT) !== S_IFDIR || place.parent === null) return;
    // The attributes found so far must survive the question.
    const saved = statxBytes.slice();
    place.closed = this.#isKernelInterface(place);
    statxBytes.set(saved);
  }
  #isKernelInterface(place: HostPlace): boolean {
    const fd = this.open(place, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return fd === -EXDEV || fd === -ELOOP;
    const buffer = new Uint8Array(120);
    const result = this.host.call(syscalls.fstatfs.number, fd, buffer);
    this.close(fd);
    const type = new DataView(buffer.buffer).getUint32(0, true);
    if (result < 0) return true;
    if (KERNEL_FILE_SYSTEMS.has(type)) return true;
    // A devtmpfs says it is a tmpfs; a device in it tells it from /tmp.
    if (type !== TMPFS || this.stat(new HostPlace(place, 'null')) < 0) return false;
    return (this.mode & S_IFMT) === 0o20000;
  }

  /** Opens a place. `flags` as open(2), O_CLOEXEC added. A descriptor or -errno. */
  open(place: HostPlace, flags: number, mode = 0): number {
    return this.openPath(place.path(), flags, mode);
  }
  openPath(path: string, flags: number, mode: number): number {
    if (path === '') return this.#reopen(flags);
    if (path.length > LONGEST) {
      const cut = path.lastIndexOf('/', LONGEST);
      if (cut < 0) return -ENAMETOOLONG;
      const directory = this.openPath(path.slice(0, cut), O_PATH | O_DIRECTORY, 0);
      if (directory < 0) return directory;
      const fd = this.#below(directory).openPath(path.slice(cut + 1), flags, mode);
      this.close(directory);
      return fd;
    }
    howView.setUint32(0, (flags | O_CLOEXEC | O_NOFOLLOW) >>> 0, true);
    howView.setUint32(8, mode, true);
    howView.setUint32(16, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, true);
    return this.host.call(syscalls.openat2.number, this.fd, path, howBytes, HOW_BYTES);
  }
  /** The root itself, which may be a file: "." of a directory, or the descriptor's own link in /proc. */
  #reopen(flags: number): number {
    const fd = this.host.call(syscalls.openat.number, this.fd, '.', (flags & ~O_NOFOLLOW) | O_CLOEXEC, 0);
    if (fd >= 0) return fd;
    return this.host.call(syscalls.openat.number, -100, `/proc/self/fd/${this.fd}`, (flags & ~O_NOFOLLOW) | O_CLOEXEC, 0);
  }
  close(fd: number): void {
    this.host.call(syscalls.close.number, fd);
  }

  readlink(place: HostPlace): string | number {
    const buffer = new Uint8Array(4096);
    const n = this.at(place, (fd, path) => this.host.call(syscalls.readlinkat.number, fd, path, buffer, buffer.length));
    return n < 0 ? n : Buffer.from(buffer.buffer, 0, n).toString('latin1', 0, n);
  }

  /** All names in a directory. */
  list(place: HostPlace): DirectoryEntry[] | number {
    if (place.closed) return [];
    const fd = this.open(place, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return fd;
    const entries: DirectoryEntry[] = [];
    listBytes ??= new Uint8Array(LIST_BYTES);
    const bytes = listBytes;
    let result: number;
    while ((result = this.host.call(syscalls.getdents64.number, fd, bytes, LIST_BYTES)) > 0)
      if (!parseEntries(bytes, result, entries)) result = -EIO;
    this.close(fd);
    return result < 0 ? (result === -ENOENT ? [] : result) : entries;
  }
}

function u64(offset: number): number {
  return statxView.getUint32(offset, true) + statxView.getUint32(offset + 4, true) * 4294967296;
}
function s64(offset: number): number {
  return statxView.getUint32(offset, true) + statxView.getInt32(offset + 4, true) * 4294967296;
}

/** struct linux_dirent64: ino, off, reclen, type, name. False if it is malformed. */
function parseEntries(bytes: Uint8Array, length: number, entries: DirectoryEntry[]): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0; at + 19 < length; ) {
    const recordLength = view.getUint16(at + 16, true);
    if (recordLength < 20) return false;
    const end = buffer.indexOf(0, at + 19);
    const name = buffer.toString('latin1', at + 19, end);
    if (name !== '.' && name !== '..') {
      entries.push({ name, ino: view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296, type: bytes[at + 18] as number });
    }
    at += recordLength;
  }
  return true;
}
