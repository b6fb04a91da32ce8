/** A virtual memory area: a range of guest addresses mapped in one way. */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { HostCalls } from '#platform/platform.ts';

const SYS_close = 3;

/** What an area is, beyond its protection. `flags` of Vma. */
export const VM_SHARED = 1;
export const VM_GROWSDOWN = 2;
export const VM_LOCKED = 4;
export const VM_DONTFORK = 8;
export const VM_WIPEONFORK = 16;
export const VM_NORESERVE = 32;
export const VM_DONTDUMP = 64;
export const VM_HUGEPAGE = 128;
export const VM_NOHUGEPAGE = 256;
export const VM_SEALED = 512;
/** The file cannot be mapped writable later (opened read-only and shared). */
export const VM_NOMAYWRITE = 1024;
/** The kernel's own (vdso, trampolines): guests may not unmap or move it. */
export const VM_SPECIAL = 2048;

/** Backing of shared anonymous memory: a host memfd that every mapping of it, in any process, shares. `id` keys futexes. */
export class SharedMemory {
  static #next = 1;
  readonly id = SharedMemory.#next++;
  readonly fd: number;
  #host: HostCalls;
  #refs = 0;
  constructor(host: HostCalls, fd: number) {
    this.#host = host;
    this.fd = fd;
  }
  get(): this {
    this.#refs += 1;
    return this;
  }
  put(): void {
    this.#refs -= 1;
    if (this.#refs === 0) this.#host.call(SYS_close, this.fd);
  }
}

export class Vma {
  start: number;
  end: number;
  prot: number;
  flags: number;
  /** The mapped file (one reference held per area; so for `shared`), null for anonymous memory. */
  file: OpenFile | null;
  /** Offset in the file (or shared memory) of `start`. */
  offset: number;
  shared: SharedMemory | null;
  /** What /proc/PID/maps shows where there is no file: "[heap]", "[stack]", ... */
  name: string;

  constructor(
    start: number,
    end: number,
    prot: number,
    flags: number,
    file: OpenFile | null,
    offset: number,
    shared: SharedMemory | null,
    name: string,
  ) {
    this.start = start;
    this.end = end;
    this.prot = prot;
    this.flags = flags;
    this.file = file;
    this.offset = offset;
    this.shared = shared;
    this.name = name;
    if (this.pinsWritable) (file as OpenFile).inode.writableMappings += 1;
  }

  /** A shared mapping that is or may become writable: what F_SEAL_WRITE must wait for. */
  private get pinsWritable(): boolean {
    return this.file !== null && (this.flags & (VM_SHARED | VM_NOMAYWRITE)) === VM_SHARED && this.file.writable;
  }

  get isShared(): boolean {
    return (this.flags & VM_SHARED) !== 0;
  }
  get isAnonymous(): boolean {
    return this.file === null && this.shared === null;
  }
  /** "r-xp" as in /proc/PID/maps. */
  get permissions(): string {
    return (
      (this.prot & PROT_READ ? 'r' : '-') +
      (this.prot & PROT_WRITE ? 'w' : '-') +
      (this.prot & PROT_EXEC ? 'x' : '-') +
      (this.isShared ? 's' : 'p')
    );
  }
  /** Splits at `at`; this keeps the lower part, the upper is returned. */
  split(at: number): Vma {
    const upper = new Vma(
      at,
      this.end,
      this.prot,
      this.flags,
      this.file?.get() ?? null,
      this.offset + (at - this.start),
      this.shared?.get() ?? null,
      this.name,
    );
    this.end = at;
    return upper;
  }
  /** Whether `next`, which starts where this ends, continues it. */
  continuesWith(next: Vma): boolean {
    return (
      this.end === next.start &&
      this.prot === next.prot &&
      this.flags === next.flags &&
      this.file === next.file &&
      this.shared === next.shared &&
      this.name === next.name &&
      (this.isAnonymous || this.offset + (this.end - this.start) === next.offset)
    );
  }
  /** Drops the references it holds. */
  release(): void {
    if (this.pinsWritable) (this.file as OpenFile).inode.writableMappings -= 1;
    this.file?.put();
    this.shared?.put();
  }
  copy(): Vma {
    return new Vma(
      this.start,
      this.end,
      this.prot,
      this.flags,
      this.file?.get() ?? null,
      this.offset,
      this.shared?.get() ?? null,
      this.name,
    );
  }
}
