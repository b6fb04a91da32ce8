/** Descriptors opened with O_PATH: a place, with no access to what is there. */
import { EBADF } from '#abi/errno.ts';
import { POLLNVAL } from '#abi/poll.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';
import { neverWoken, OpenFile } from './open-file.ts';

export class PathFile extends OpenFile {
  readonly #inode: Inode;
  constructor(inode: Inode, flags: number) {
    super(flags, neverWoken);
    this.#inode = inode;
  }
  get inode(): Inode {
    return this.#inode;
  }
  override get pollable(): boolean {
    return false;
  }
  /** poll(2) takes it for a descriptor that is not open. */
  override poll(): number {
    return POLLNVAL;
  }
  override read(_task: Task, _io: Io, _pos: number): number {
    return -EBADF;
  }
  override write(_task: Task, _io: Io, _pos: number): number {
    return -EBADF;
  }
}
