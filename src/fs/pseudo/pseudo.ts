/**
 * Pseudo file systems: directories and files that are made up as they are asked for (proc, sysfs). A file's text is
 * generated once per open and read position 0, so that a reader sees one consistent version.
 */
import { EACCES, EINVAL, EIO, ENOENT, EPERM } from '#abi/errno.ts';
import { SEEK_CUR, SEEK_END, SEEK_SET } from '#abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '#abi/stat.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type AttributeChange, Inode } from '../vfs/inode.ts';
import { type DirSink, OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import type { SuperBlock } from '../vfs/super-block.ts';

const DT_DIR = 4;
const DT_REG = 8;
const DT_LNK = 10;

/** Inode numbers of made-up things, high so that fixed ones stay free. */
let nextIno = 0x10000;

export abstract class PseudoInode extends Inode {
  constructor(superBlock: SuperBlock, mode: number, ino = nextIno++) {
    super(superBlock, ino, mode);
    const now = Date.now();
    this.atimeSec = this.mtimeSec = this.ctimeSec = Math.floor(now / 1000);
    this.blockSize = 1024;
  }
  override setAttributes(_task: Task, change: AttributeChange): number {
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

/** A directory whose entries are listed by `entries`, each time anew. */
export abstract class PseudoDirectory extends PseudoInode {
  #known = new Map<string, PseudoInode>();

  constructor(superBlock: SuperBlock, mode = 0o555, ino?: number) {
    super(superBlock, S_IFDIR | mode, ino);
    this.nlink = 2;
  }
  /** What is in it for this task, in the order in which it is listed. */
  abstract entries(task: Task): readonly PseudoEntry[];
  /** One entry by name; directories with many override it. */
  entry(task: Task, name: string): PseudoEntry | null {
    return this.entries(task).find((entry) => entry.name === name) ?? null;
  }
  override lookup(task: Task, name: string): Inode | number {
    const entry = this.entry(task, name);
    if (entry === null) {
      this.#known.delete(name);
      return -ENOENT;
    }
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = entry.make(this.superBlock, task);
    if (this.remembers) this.#known.set(name, made);
    return made;
  }
  /** False where a name means something else from time to time (pids): inodes are then made anew. */
  get remembers(): boolean {
    return true;
  }
  override open(task: Task, flags: number, _path: Path): OpenFile | number {
    return new PseudoDirectoryFile(this, flags, this.entries(task));
  }
}

class PseudoDirectoryFile extends OpenFile {
  readonly inode: PseudoDirectory;
  #entries: readonly PseudoEntry[];
  constructor(inode: PseudoDirectory, flags: number, entries: readonly PseudoEntry[]) {
    super(flags);
    this.inode = inode;
    this.#entries = entries;
  }
  override get seekable(): boolean {
    return true;
  }
  override get pollable(): boolean {
    return false;
  }
  override seek(offset: number, whence: number): number {
    const next = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.pos + offset : -1;
    if (next < 0) return -EINVAL;
    this.pos = next;
    return next;
  }
  override readdir(task: Task, sink: DirSink): number {
    if (this.pos === 0) this.#entries = this.inode.entries(task);
    let at = this.pos;
    const parent = this.path?.dentry.parent?.inode ?? this.inode;
    if (at === 0 && sink('.', this.inode.ino, DT_DIR, 1)) at = 1;
    if (at === 1 && sink('..', parent.ino, DT_DIR, 2)) at = 2;
    while (at >= 2) {
      const entry = this.#entries[at - 2];
      if (entry === undefined) break;
      if (!sink(entry.name, hashedIno(this.inode.ino, entry.name), entry.type, at + 1)) break;
      at += 1;
    }
    this.pos = at;
    return at;
  }
  override sync(): number {
    return 0;
  }
}

/** d_ino of an entry whose inode has not been made. */
function hashedIno(parent: number, name: string): number {
  let hash = parent | 0;
  for (let i = 0; i < name.length; i += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return (hash >>> 0) + 1;
}

/** Text of a file: a byte string, or -errno. */
export type Generate = (task: Task) => string | number;
/** Takes what was written (one write, at most 64 KiB): bytes taken or -errno. */
export type Accept = (task: Task, text: string) => number;

/** A file made of `generate`; writable if `accept` is there. */
export class PseudoFile extends PseudoInode {
  readonly generate: Generate;
  readonly accept: Accept | null;
  constructor(superBlock: SuperBlock, mode: number, generate: Generate, accept: Accept | null = null) {
    super(superBlock, S_IFREG | mode);
    this.generate = generate;
    this.accept = accept;
  }
  override open(_task: Task, flags: number, _path: Path): OpenFile | number {
    return new PseudoOpenFile(this, flags);
  }
}

const MAX_WRITE = 65536;

class PseudoOpenFile extends OpenFile {
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
    if (this.inode.accept === null) return -EIO;
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
export function link(name: string, target: (task: Task) => string | number, magic: ((task: Task) => Path | number) | null = null): PseudoEntry {
  return { name, type: DT_LNK, make: (superBlock) => new PseudoLink(superBlock, target, magic) };
}
export function directory(name: string, list: (task: Task) => readonly PseudoEntry[], mode = 0o555): PseudoEntry {
  return { name, type: DT_DIR, make: (superBlock) => new ListedDirectory(superBlock, list, mode) };
}

/** A directory given by a function. */
export class ListedDirectory extends PseudoDirectory {
  readonly #list: (task: Task) => readonly PseudoEntry[];
  constructor(superBlock: SuperBlock, list: (task: Task) => readonly PseudoEntry[], mode = 0o555) {
    super(superBlock, mode);
    this.#list = list;
  }
  override entries(task: Task): readonly PseudoEntry[] {
    return this.#list(task);
  }
}

export { DT_DIR, DT_LNK, DT_REG };
