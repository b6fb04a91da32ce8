/** Open directories, for every file system: a snapshot of the names, taken at the first read and after each rewind. */
import { EINVAL, EISDIR } from '#abi/errno.ts';
import { DT_DIR, SEEK_CUR, SEEK_SET } from '#abi/fcntl.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { fileAccessed } from './clock.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import { type DirSink, neverWoken, OpenFile } from './open-file.ts';

export class DirectoryFile extends OpenFile {
  readonly #inode: Inode;
  #entries: DirectoryEntry[] | null = null;

  readonly #keepsTimes: boolean;
  constructor(inode: Inode, flags: number, keepsTimes = false) {
    super(flags, neverWoken);
    this.#inode = inode;
    this.#keepsTimes = keepsTimes;
  }
  get inode(): Inode {
    return this.#inode;
  }
  override get seekable(): boolean {
    return true;
  }
  override get pollable(): boolean {
    return false;
  }
  override read(_task: Task, _io: Io, _pos: number): number {
    return -EISDIR;
  }
  override seek(offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return -EINVAL;
    const pos = whence === SEEK_CUR ? this.pos + offset : offset;
    if (pos < 0) return -EINVAL;
    if (pos === 0) this.#entries = null;
    this.pos = pos;
    return pos;
  }

  override readdir(task: Task, sink: DirSink): number {
    if (this.#entries === null) {
      const list = this.#inode.list(task);
      if (typeof list === 'number') return list;
      this.#entries = list;
    }
    const entries = this.#entries;
    let { pos } = this;
    if (this.#keepsTimes) fileAccessed(this, this.#inode);
    if (pos === 0 && sink('.', this.#inode.ino, DT_DIR, 1)) pos = 1;
    if (pos === 1 && sink('..', this.#parentIno(), DT_DIR, 2)) pos = 2;
    if (pos < 2) return pos;
    while (pos - 2 < entries.length) {
      const entry = entries[pos - 2] as DirectoryEntry;
      // Removed since the snapshot.
      if (!this.#inode.mayHold(entry.name)) {
        pos += 1;
        continue;
      }
      if (!sink(entry.name, entry.ino, entry.type, pos + 1)) break;
      pos += 1;
    }
    return pos;
  }

  #parentIno(): number {
    return this.path?.dentry.parent?.inode?.ino ?? this.#inode.ino;
  }
  override sync(): number {
    return 0;
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    return this.#inode.inodeIoctl(task, this.path, cmd, arg);
  }
}
