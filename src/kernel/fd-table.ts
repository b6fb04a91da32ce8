/** The table of open descriptors of a process (`files_struct`); shared by CLONE_FILES. */
import { EBADF, EMFILE } from '#abi/errno.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from './task.ts';

export class FdTable {
  /** Tasks that share it. */
  refs = 1;
  #files: (OpenFile | null)[] = [];
  #cloexec: boolean[] = [];
  /** No free descriptor below this. */
  #firstFree = 0;
  #open = 0;

  get count(): number {
    return this.#open;
  }
  /** One more than the highest descriptor ever open. */
  get length(): number {
    return this.#files.length;
  }
  get(fd: number): OpenFile | null {
    return (fd >= 0 && this.#files[fd]) || null;
  }
  isCloexec(fd: number): boolean {
    return this.#cloexec[fd] === true;
  }
  setCloexec(fd: number, on: boolean): void {
    this.#cloexec[fd] = on;
  }

  /** Puts `file` (whose reference it takes) at the lowest free descriptor from `minimum`, below `limit` (RLIMIT_NOFILE). The descriptor or -EMFILE. */
  install(file: OpenFile, cloexec: boolean, limit: number, minimum = 0): number {
    let fd = Math.max(minimum, this.#firstFree);
    while (fd < this.#files.length && this.#files[fd] !== null) fd += 1;
    if (fd >= limit) return -EMFILE;
    if (minimum <= this.#firstFree) this.#firstFree = fd + 1;
    this.#place(fd, file, cloexec);
    return fd;
  }

  /** Whether a descriptor below `limit` is free: asked before something is made that would need one. */
  hasFree(limit: number): boolean {
    let fd = this.#firstFree;
    while (fd < this.#files.length && this.#files[fd] !== null) fd += 1;
    this.#firstFree = fd;
    return fd < limit;
  }

  /** Puts `file` at `fd` (dup2); returns what was there, for the caller to close, or null. The caller checked the limit. */
  replace(fd: number, file: OpenFile, cloexec: boolean): OpenFile | null {
    const old = this.#files[fd] ?? null;
    if (old !== null) this.#open -= 1;
    this.#place(fd, file, cloexec);
    return old;
  }

  #place(fd: number, file: OpenFile, cloexec: boolean): void {
    while (this.#files.length < fd) {
      this.#files.push(null);
      this.#cloexec.push(false);
    }
    this.#files[fd] = file;
    this.#cloexec[fd] = cloexec;
    this.#open += 1;
  }

  /** Takes the file out; the caller flushes and puts it. */
  remove(fd: number): OpenFile | null {
    const file = this.get(fd);
    if (file === null) return null;
    this.#files[fd] = null;
    this.#cloexec[fd] = false;
    this.#open -= 1;
    if (fd < this.#firstFree) this.#firstFree = fd;
    while (this.#files.length > 0 && this.#files[this.#files.length - 1] === null) {
      this.#files.pop();
      this.#cloexec.pop();
    }
    return file;
  }

  /** close(2). */
  close(task: Task, fd: number): number {
    const file = this.remove(fd);
    if (file === null) return -EBADF;
    return closeFile(task, file);
  }

  /** A copy for fork: same files, one more reference each. */
  copy(): FdTable {
    const copy = new FdTable();
    copy.#files = this.#files.slice();
    copy.#cloexec = this.#cloexec.slice();
    copy.#firstFree = this.#firstFree;
    copy.#open = this.#open;
    for (const file of copy.#files) file?.get();
    return copy;
  }

  closeOnExec(task: Task): void {
    for (let fd = 0; fd < this.#files.length; fd += 1) if (this.#cloexec[fd] === true) this.close(task, fd);
  }
  closeAll(task: Task): void {
    for (let fd = this.#files.length - 1; fd >= 0; fd -= 1) if (this.#files[fd]) this.close(task, fd);
  }
  /** Open descriptors in ascending order. */
  *descriptors(): Generator<number> {
    for (let fd = 0; fd < this.#files.length; fd += 1) if (this.#files[fd]) yield fd;
  }
}

/** Ends one descriptor's hold on `file`: POSIX locks of the process go, the object flushes, the reference is dropped. */
export function closeFile(task: Task, file: OpenFile): number {
  const result = file.flush(task);
  task.kernel.hooks.descriptorClosed(task, file);
  file.put();
  return result;
}
