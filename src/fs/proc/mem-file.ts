/** /proc/PID/mem: a process's memory as a file. */
import { EACCES, EINVAL, EIO } from '#abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '#abi/fcntl.ts';
import { S_IFREG } from '#abi/stat.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { MemoryMap } from '#mm/memory-map.ts';
import { PseudoInode } from '../pseudo/pseudo.ts';
import { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { mayInspect } from './inspect.ts';

const CHUNK = 65536;

export class MemoryFile extends PseudoInode {
  readonly #subject: () => Task | null;
  constructor(superBlock: SuperBlock, subject: () => Task | null) {
    super(superBlock, S_IFREG | 0o600);
    this.#subject = subject;
  }
  override open(task: Task, flags: number, _path: Path): OpenFile | number {
    const subject = this.#subject();
    if (subject === null || subject.exiting || !mayInspect(task, subject)) return -EACCES;
    return new MemoryOpenFile(this, flags, subject.mm);
  }
}

/** Bound to the address space it was opened on, whatever its process does later. */
class MemoryOpenFile extends OpenFile {
  readonly inode: MemoryFile;
  readonly #mm: MemoryMap;
  constructor(inode: MemoryFile, flags: number, mm: MemoryMap) {
    super(flags);
    this.inode = inode;
    this.#mm = mm;
  }
  override get seekable(): boolean {
    return true;
  }
  override seek(offset: number, whence: number): number {
    const next = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.pos + offset : -1;
    if (next < 0) return -EINVAL;
    this.pos = next;
    return next;
  }
  override read(_task: Task, io: Io, pos: number): number {
    return this.#move(io, pos, (bytes, at, length) => {
      const n = this.#mm.space.read(at, bytes, 0, length);
      return n <= 0 ? n : io.put(bytes, 0, n);
    });
  }
  override write(_task: Task, io: Io, pos: number): number {
    return this.#move(io, pos, (bytes, at, length) => {
      const n = io.take(bytes, 0, length);
      return n <= 0 ? n : this.#mm.space.poke(at, bytes, 0, n);
    });
  }
  #move(io: Io, pos: number, step: (bytes: Uint8Array, at: number, length: number) => number): number {
    if (this.#mm.refs === 0) return 0;
    const bytes = new Uint8Array(Math.min(CHUNK, io.remaining));
    let done = 0;
    while (io.remaining > 0) {
      const length = Math.min(bytes.length, io.remaining);
      const n = step(bytes, pos + done, length);
      if (n <= 0) return done > 0 ? done : -EIO;
      done += n;
      if (n < length) break;
    }
    return done;
  }
}
