/**
 * Pseudo file systems: directories and files that are made up as they are asked for (proc, sysfs). A file's text is
 * generated once per open and read position 0, so that a reader sees one consistent version.
 */
import { EACCES, EINVAL, EIO, ENOENT, EPERM } from '#abi/errno.ts';
import { DT_DIR, DT_LNK, DT_REG, O_ACCMODE, O_RDONLY, SEEK_CUR, SEEK_END, SEEK_SET } from '#abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '#abi/stat.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { DirectoryFile } from '../vfs/directory-file.ts';
import { type AttributeChange, type DirectoryEntry, Inode } from '../vfs/inode.ts';
import { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import type { SuperBlock } from '../vfs/super-block.ts';

export abstract class PseudoInode extends Inode {
  /** Whose user and group it takes over; null: it keeps its own. */
  owner: PseudoInode | null = null;
  /** `ino` 0: the directory that it is found in numbers it by its name. */
  constructor(superBlock: SuperBlock, mode: number, ino = 0) {
    super(superBlock, ino, mode);
    const now = Date.now();
    this.atimeSec = this.mtimeSec = this.ctimeSec = Math.floor(now / 1000);
    this.blockSize = 1024;
  }
  override refresh(): number {
    const { owner } = this;
    if (owner === null) return 0;
    owner.refresh();
    owner.giveOwner(this);
    return 0;
  }
  /** Gives something below it its owner. */
  giveOwner(to: PseudoInode): void {
    to.uid = this.uid;
    to.gid = this.gid;
  }
  override setAttributes(_task: Task | null, change: AttributeChange): number {
    return change.size !== undefined && Object.keys(change).length === 1 ? 0 : -EPERM;
  }
}

/** Makes the inode of a directory's entry when it is first looked up. */
export type MakeInode = (superBlock: SuperBlock, task: Task) => PseudoInode;

export interface PseudoEntry {
  readonly name: string;
  readonly type: number;
  readonly make: MakeInode;
}

/** A name in a made-up directory, and its type (DT_*). */
export interface PseudoName {
  readonly name: string;
  readonly type: number;
}

/**
 * A directory whose contents are worked out each time. A name keeps its inode while it exists, so that two openings are the
 * same file; where a name can come to mean something else, `remembers` is false.
 */
export abstract class PseudoDirectory extends PseudoInode {
  #known: Map<string, PseudoInode> | null = null;

  constructor(superBlock: SuperBlock, mode = 0o555, ino?: number) {
    super(superBlock, S_IFDIR | mode, ino);
    this.nlink = 2;
  }
  /** What is in it for this task, in the order in which it is listed. */
  abstract names(task: Task): readonly PseudoName[];
  abstract entry(task: Task, name: string): PseudoEntry | null;

  override lookup(task: Task, name: string): Inode | number {
    const entry = this.entry(task, name);
    if (entry === null) {
      this.#known?.delete(name);
      return -ENOENT;
    }
    const known = this.#known?.get(name);
    if (known !== undefined) return known;
    const made = entry.make(this.superBlock, task);
    if (made.ino === 0) made.ino = hashedIno(this.ino, name);
    if (this.remembers) {
      this.#known ??= new Map();
      this.#known.set(name, made);
    }
    return made;
  }
  get remembers(): boolean {
    return true;
  }
  /** Nothing can be made here. proc says so by having no such name, sysfs and cgroup2 by refusing. */
  #refuse(otherwise: number): number {
    return this.superBlock.type === 'proc' ? -ENOENT : otherwise;
  }
  override create(): number {
    return this.#refuse(-EACCES);
  }
  override mkdir(): number {
    return this.#refuse(-EPERM);
  }
  override symlink(): number {
    return this.#refuse(-EPERM);
  }
  override mknod(): number {
    return this.#refuse(-EPERM);
  }
  override open(_task: Task, flags: number, _path: Path): OpenFile | number {
    return new DirectoryFile(this, flags);
  }
  override list(task: Task): DirectoryEntry[] {
    return this.names(task).map(({ name, type }) => ({ name, type, ino: hashedIno(this.ino, name) }));
  }
}

/** The inode number of a name in a directory, whether or not its inode has been made: 48 bits, never 0. */
function hashedIno(parent: number, name: string): number {
  let low = parent | 0;
  let high = (parent / 65536) | 0;
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = (Math.imul(high, 31) + code) | 0;
  }
  return (high & 0xffff) * 2 ** 32 + (low >>> 0) + 1;
}

/** Text of a file: a byte string, or -errno. */
export type Generate = (task: Task) => string | number;
/** Takes what was written (one write, at most 64 KiB): bytes taken or -errno. */
export type Accept = (task: Task, text: string) => number;

/** A file made of `generate`; writable if `accept` is there. */
export class PseudoFile extends PseudoInode {
  readonly generate: Generate;
  readonly accept: Accept | null;
  /** When it takes no writes: what opening it for writing answers, or (0) what the write itself does. */
  refuseWriters = 0;
  writeError = -EIO;
  constructor(superBlock: SuperBlock, mode: number, generate: Generate, accept: Accept | null = null) {
    super(superBlock, S_IFREG | mode);
    this.generate = generate;
    this.accept = accept;
  }
  override open(_task: Task, flags: number, _path: Path): OpenFile | number {
    if (this.refuseWriters !== 0 && this.accept === null && (flags & O_ACCMODE) !== O_RDONLY) return this.refuseWriters;
    return new PseudoOpenFile(this, flags);
  }
}

const MAX_WRITE = 65536;

export class PseudoOpenFile extends OpenFile {
  readonly inode: PseudoFile;
  #text: Uint8Array | null = null;
  constructor(inode: PseudoFile, flags: number) {
    super(flags);
    this.inode = inode;
  }
  override get seekable(): boolean {
    return true;
  }
  override read(task: Task, io: Io, pos: number): number {
    if (pos === 0 || this.#text === null) {
      const text = this.inode.generate(task);
      if (typeof text === 'number') return text;
      this.#text = Buffer.from(text, 'latin1');
    }
    if (pos >= this.#text.length) return 0;
    return io.put(this.#text, pos, this.#text.length - pos);
  }
  override write(task: Task, io: Io, _pos: number): number {
    if (this.inode.accept === null) return this.inode.writeError;
    const bytes = Buffer.alloc(Math.min(io.remaining, MAX_WRITE));
    const n = io.take(bytes, 0, bytes.length);
    return n < 0 ? n : this.inode.accept(task, bytes.toString('latin1', 0, n));
  }
  override seek(offset: number, whence: number): number {
    const base = whence === SEEK_SET ? 0 : whence === SEEK_CUR ? this.pos : whence === SEEK_END ? (this.#text?.length ?? 0) : Number.NaN;
    const next = base + offset;
    if (!(next >= 0)) return -EINVAL;
    this.pos = next;
    return next;
  }
  override truncate(): number {
    return 0;
  }
}

/** A symbolic link with a made-up target. */
export class PseudoLink extends PseudoInode {
  readonly #target: (task: Task) => string | number;
  readonly #magic: ((task: Task) => Path | number) | null;
  /** `magic` leads to the object itself, for links whose text is only a description. */
  constructor(superBlock: SuperBlock, target: (task: Task) => string | number, magic: ((task: Task) => Path | number) | null = null) {
    super(superBlock, S_IFLNK | 0o777);
    this.#target = target;
    this.#magic = magic;
  }
  override readlink(task: Task): string | number {
    return this.#target(task);
  }
  override magicLink(task: Task): Path | number | null {
    return this.#magic === null ? null : this.#magic(task);
  }
  override open(): number {
    return -EACCES;
  }
}

// ---- shorthands for listing directories
export function file(name: string, generate: Generate, mode = 0o444, accept: Accept | null = null): PseudoEntry {
  return { name, type: DT_REG, make: (superBlock) => new PseudoFile(superBlock, mode, generate, accept) };
}
/** A file that only root may change, if anybody, and that says so when it is opened (/proc/sys, sysfs). */
export function attribute(name: string, generate: Generate, mode = 0o444, accept: Accept | null = null): PseudoEntry {
  const make = (superBlock: SuperBlock) => {
    const made = new PseudoFile(superBlock, mode, generate, accept);
    made.refuseWriters = -EACCES;
    return made;
  };
  return { name, type: DT_REG, make };
}
export function link(
  name: string,
  target: (task: Task) => string | number,
  magic: ((task: Task) => Path | number) | null = null,
): PseudoEntry {
  return { name, type: DT_LNK, make: (superBlock) => new PseudoLink(superBlock, target, magic) };
}
export function directory(name: string, list: EntryList, mode = 0o555): PseudoEntry {
  return { name, type: DT_DIR, make: (superBlock) => new ListedDirectory(superBlock, list, mode) };
}

/** Entries of a directory: always the same ones, or worked out each time. */
export type EntryList = readonly PseudoEntry[] | ((task: Task) => readonly PseudoEntry[]);

/** A directory given by a list. */
export class ListedDirectory extends PseudoDirectory {
  readonly #list: EntryList;
  #byName: Map<string, PseudoEntry> | null = null;

  constructor(superBlock: SuperBlock, list: EntryList, mode = 0o555, ino?: number) {
    super(superBlock, mode, ino);
    this.#list = list;
    if (typeof list !== 'function') this.nlink += list.filter(({ type }) => type === DT_DIR).length;
  }
  override names(task: Task): readonly PseudoEntry[] {
    return typeof this.#list === 'function' ? this.#list(task) : this.#list;
  }
  override entry(task: Task, name: string): PseudoEntry | null {
    if (typeof this.#list === 'function') return this.#list(task).find((entry) => entry.name === name) ?? null;
    this.#byName ??= new Map(this.#list.map((entry) => [entry.name, entry]));
    return this.#byName.get(name) ?? null;
  }
}

export { DT_DIR, DT_LNK, DT_REG };
