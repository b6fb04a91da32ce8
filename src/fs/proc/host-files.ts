/** /proc/PID/pagemap and clear_refs: page tables are the host's, so its files of the stub answer, within the guest's addresses. */
import { EACCES, EINVAL, EIO } from '#abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '#abi/fcntl.ts';
import { S_IFREG } from '#abi/stat.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type MemoryMap, PAGE } from '#mm/memory-map.ts';
import { PseudoInode } from '../pseudo/pseudo.ts';
import { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { mayInspect, type Subject } from './inspect.ts';

const ENTRY = 8;
const CHUNK = 65536;

export class PagemapFile extends PseudoInode {
  readonly #subject: Subject;
  constructor(superBlock: SuperBlock, subject: Subject) {
    super(superBlock, S_IFREG | 0o400);
    this.#subject = subject;
  }
  override open(task: Task, flags: number, _path: Path): OpenFile | number {
    const subject = this.#subject();
    if (subject === null || subject.exiting || !mayInspect(task, subject)) return -EACCES;
    return new PagemapOpenFile(this, flags, subject.mm);
  }
}

/** 64 bits for each page: present, swapped, file or shared, soft-dirty; no frame numbers (the host hides them from the sandbox). */
class PagemapOpenFile extends OpenFile {
  readonly inode: PagemapFile;
  readonly #mm: MemoryMap;
  constructor(inode: PagemapFile, flags: number, mm: MemoryMap) {
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
  override read(task: Task, io: Io, pos: number): number {
    if (pos % ENTRY !== 0 || io.remaining % ENTRY !== 0) return -EINVAL;
    if (this.#mm.refs === 0) return 0;
    const end = (task.kernel.platform.guestEnd / PAGE) * ENTRY;
    const bytes = Buffer.allocUnsafe(Math.min(CHUNK, io.remaining));
    let done = 0;
    while (io.remaining > 0 && pos + done < end) {
      const length = Math.min(bytes.length, io.remaining, end - pos - done);
      const got = task.kernel.hostProcessBytes(this.#mm.space.hostPid, 'pagemap', bytes, length, pos + done);
      if (got <= 0) return done > 0 ? done : got === 0 ? 0 : -EIO;
      const n = io.put(bytes, 0, got);
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (n < length) break;
    }
    return done;
  }
}

/** Takes 1 to 4 (clear referenced or soft-dirty bits) and 5 (reset the peak of resident memory), as proc(5) says. */
export function clearReferences(task: Task, viewer: Task, text: string): number {
  const what = text.trim();
  if (what.length !== 1 || what < '1' || what > '5') return -EINVAL;
  if (!mayInspect(viewer, task)) return -EACCES;
  if (task.exiting) return text.length;
  const n = task.kernel.hostProcessWrite(task.mm.space.hostPid, 'clear_refs', what);
  return n < 0 ? n : text.length;
}
