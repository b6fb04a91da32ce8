/** Open regular files, for every file system whose files hold bytes: all state is in the inode. */
import { EINVAL, ENXIO, EPERM } from '#abi/errno.ts';
import { SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '#abi/fcntl.ts';
import { PROT_WRITE } from '#abi/mman.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { fileAccessed } from './clock.ts';
import type { Inode } from './inode.ts';
import { type Mapping, neverWoken, OpenFile } from './open-file.ts';

/** What a regular inode does with its bytes. Positions and lengths were checked to be in range; results are bytes or -errno. */
export interface RegularInode extends Inode {
  readAt(task: Task, io: Io, pos: number): number;
  writeAt(task: Task, io: Io, pos: number): number;
  /** The first data (or hole) at or after `pos`, which is below the size; -ENXIO if there is none. */
  seekData(pos: number, hole: boolean): number;
  allocate(mode: number, offset: number, length: number): number;
  syncData(dataOnly: boolean): number;
  /** A host descriptor to map; `writable` when stores will reach the file. */
  mapping(writable: boolean): Mapping | number;
}

export class RegularFile extends OpenFile {
  readonly #inode: RegularInode;
  /** Reads change the access time here; false where the host keeps it. */
  readonly #keepsTimes: boolean;
  constructor(inode: RegularInode, flags: number, keepsTimes = false) {
    super(flags, neverWoken);
    this.#inode = inode;
    this.#keepsTimes = keepsTimes;
  }
  get inode(): RegularInode {
    return this.#inode;
  }
  override get seekable(): boolean {
    return true;
  }
  override get pollable(): boolean {
    return false;
  }
  override read(task: Task, io: Io, pos: number): number {
    const n = this.#inode.readAt(task, io, pos);
    if (n > 0 && this.#keepsTimes) fileAccessed(this, this.#inode);
    return n;
  }
  override write(task: Task, io: Io, pos: number): number {
    return this.#inode.writeAt(task, io, pos);
  }

  override seek(offset: number, whence: number): number {
    let base = 0;
    if (whence === SEEK_CUR) base = this.pos;
    else if (whence === SEEK_END || whence === SEEK_DATA || whence === SEEK_HOLE) {
      const result = this.#inode.refresh();
      if (result !== 0) return result;
      const { size } = this.#inode;
      if (whence === SEEK_END) base = size;
      else {
        if (offset < 0 || offset >= size) return -ENXIO;
        const found = this.#inode.seekData(offset, whence === SEEK_HOLE);
        if (found >= 0) this.pos = found;
        return found;
      }
    } else if (whence !== SEEK_SET) return -EINVAL;
    const pos = base + offset;
    if (pos < 0) return -EINVAL;
    if (pos > this.#inode.superBlock.maxFileSize) return -EINVAL;
    this.pos = pos;
    return pos;
  }
  override truncate(size: number): number {
    return this.#inode.setAttributes(null, { size });
  }
  override allocate(mode: number, offset: number, length: number): number {
    return this.#inode.allocate(mode, offset, length);
  }
  override sync(dataOnly: boolean): number {
    return this.#inode.syncData(dataOnly);
  }
  override map(_task: Task, offset: number, _length: number, prot: number, shared: boolean): Mapping | number {
    let mapping = this.#inode.mapping(shared && this.writable);
    if (mapping === -EPERM && (prot & PROT_WRITE) === 0) {
      mapping = this.#inode.mapping(false);
      if (typeof mapping !== 'number') mapping.sealed = true;
    }
    if (typeof mapping !== 'number') mapping.hostOffset += offset;
    return mapping;
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    return this.#inode.inodeIoctl(task, this.path, cmd, arg);
  }
}
