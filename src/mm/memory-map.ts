/**
 * An address space as the kernel keeps it (`mm_struct`): the areas, the heap, and where things were put at exec. The
 * host's memory manager does the work; this list answers what the kernel must answer (/proc/PID/maps, limits,
 * checks) and is never a safety check: a guest that maps behind our back harms itself alone.
 *
 * Methods change the list and queue the host's part on `space`; the caller flushes, or lets the calling thread do it.
 */
import { EACCES, EAGAIN, EEXIST, EINVAL, ENOMEM, EPERM } from '#abi/errno.ts';
import {
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_LOCKED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from '#abi/mman.ts';
import { RLIM_INFINITY, RLIMIT_AS, RLIMIT_DATA } from '#abi/resource.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { AddressSpace, HostCalls, PatchAdvice } from '#platform/platform.ts';
import {
  type SharedMemory,
  VM_DONTFORK,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_NOMAYWRITE,
  VM_NORESERVE,
  VM_SEALED,
  VM_SHARED,
  VM_SPECIAL,
  Vma,
} from './vma.ts';
import { VmaList } from './vma-list.ts';

export const PAGE = 4096;
const HUGE_PAGE = 2 * 1024 * 1024;
/** /proc/sys/vm/max_map_count, and mmap_min_addr. */
export const MAX_MAP_COUNT = 65530;
export const MMAP_MIN_ADDR = 65536;

export function pageUp(value: number): number {
  return Math.ceil(value / PAGE) * PAGE;
}
export function pageDown(value: number): number {
  return Math.floor(value / PAGE) * PAGE;
}

/** Limits of the process that maps, as mmap checks them. */
export interface MapLimits {
  soft(resource: number): number;
}

/** What to map; file and shared are null for private anonymous memory. */
export interface MapRequest {
  prot: number;
  /** MAP_* as the guest gave them. */
  flags: number;
  file: OpenFile | null;
  shared: SharedMemory | null;
  offset: number;
  hostFd: number;
  hostOffset: number;
  name: string;
  /** See Mapping.sealed. */
  sealed?: boolean;
}

let nextId = 1;

export class MemoryMap implements PatchAdvice {
  readonly id = nextId++;
  /** Tasks that use it. */
  refs = 1;
  space: AddressSpace;
  areas = new VmaList();
  /** Areas are placed below this. */
  top: number;
  brkStart = 0;
  brk = 0;
  stackTop = 0;
  codeStart = 0;
  codeEnd = 0;
  dataStart = 0;
  dataEnd = 0;
  argStart = 0;
  argEnd = 0;
  envStart = 0;
  envEnd = 0;
  auxv: Uint8Array = new Uint8Array(0);
  /** Bytes locked by mlock and MAP_LOCKED. */
  lockedBytes = 0;
  /** mlockall(MCL_FUTURE). */
  lockFuture = false;

  constructor(space: AddressSpace, top: number) {
    this.space = space;
    this.top = top;
    space.patchAdvice = this;
  }

  /** PatchAdvice: private text that nobody writes. */
  mayPatch(addr: number): boolean {
    const area = this.areas.find(addr);
    return (
      area !== null && (area.prot & PROT_EXEC) !== 0 && (area.prot & PROT_WRITE) === 0 && !area.isShared && (area.flags & VM_SPECIAL) === 0
    );
  }

  /** PatchAdvice: address space for trampolines, preferably below the text so that a heap above it can grow. */
  reserve(near: number, length: number): number {
    const reach = 0x7000_0000;
    if (this.areas.count >= MAX_MAP_COUNT) return -ENOMEM;
    let at = this.areas.highestGap(length, Math.max(MMAP_MIN_ADDR, near - reach), pageDown(near), PAGE);
    if (at < 0) at = this.areas.lowestGap(length, pageUp(near), Math.min(this.top, near + reach));
    if (at < 0) return -ENOMEM;
    this.areas.insert(new Vma(at, at + length, PROT_READ | PROT_EXEC, VM_SPECIAL, null, 0, null, '[belljar]'));
    return at;
  }

  /** Where a mapping of `length` bytes goes: an address, or -errno. Nothing is changed. */
  place(addr: number, length: number, flags: number): number {
    const fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
    if (length <= 0 || length > this.top) return -ENOMEM;
    if (fixed) {
      if (addr % PAGE !== 0) return -EINVAL;
      if (addr + length > this.top) return -ENOMEM;
      if (addr < MMAP_MIN_ADDR) return -EPERM;
      const there = this.areas.overlapping(addr, addr + length);
      if ((flags & MAP_FIXED_NOREPLACE) !== 0 && there.length > 0) return -EEXIST;
      if (there.some((area) => (area.flags & (VM_SPECIAL | VM_SEALED)) !== 0)) return -EPERM;
      return addr;
    }
    const hint = pageDown(addr);
    if (hint >= MMAP_MIN_ADDR && hint + length <= this.top && this.areas.overlapping(hint, hint + length).length === 0) return hint;
    if ((flags & MAP_32BIT) !== 0) {
      const low = this.areas.lowestGap(length, 0x40000000, 0x80000000);
      return low < 0 ? -ENOMEM : low;
    }
    const align = length >= HUGE_PAGE && (flags & MAP_ANONYMOUS) !== 0 ? HUGE_PAGE : PAGE;
    const at = this.areas.highestGap(length, MMAP_MIN_ADDR, this.top, align);
    return at < 0 ? -ENOMEM : at;
  }

  /** RLIMIT_AS, RLIMIT_DATA and the count of areas, for `length` more bytes; 0 or -errno. */
  admit(length: number, isData: boolean, limits: MapLimits): number {
    if (this.areas.count >= MAX_MAP_COUNT) return -ENOMEM;
    if (this.areas.total + length > limits.soft(RLIMIT_AS)) return -ENOMEM;
    if (isData && limits.soft(RLIMIT_DATA) < RLIM_INFINITY && this.dataBytes() + length > limits.soft(RLIMIT_DATA)) return -ENOMEM;
    return 0;
  }
  /** Private writable bytes (VmData). */
  dataBytes(): number {
    let sum = 0;
    for (const area of this.areas)
      if ((area.prot & PROT_WRITE) !== 0 && !area.isShared && (area.flags & VM_GROWSDOWN) === 0) sum += area.end - area.start;
    return sum;
  }

  /** Enters a new area over whatever is in [addr, addr+length), without the host's part. */
  enter(addr: number, length: number, request: MapRequest): void {
    this.forget(addr, addr + length);
    let flags = (request.flags & MAP_PRIVATE) === 0 ? VM_SHARED : 0;
    if ((request.flags & MAP_GROWSDOWN) !== 0) flags |= VM_GROWSDOWN;
    if ((request.flags & MAP_NORESERVE) !== 0) flags |= VM_NORESERVE;
    if ((request.flags & MAP_LOCKED) !== 0 || this.lockFuture) flags |= VM_LOCKED;
    if (request.sealed === true) flags |= VM_NOMAYWRITE;
    const area = new Vma(
      addr,
      addr + length,
      request.prot,
      flags,
      request.file?.get() ?? null,
      request.offset,
      request.shared?.get() ?? null,
      request.name,
    );
    if ((flags & VM_LOCKED) !== 0) this.lockedBytes += length;
    this.areas.insert(area);
  }
  /** Queues the host's part of `enter`. */
  queueMap(addr: number, length: number, request: MapRequest): void {
    const keep = request.flags & (MAP_GROWSDOWN | MAP_NORESERVE);
    if (request.hostFd < 0) this.space.mapAnonymous(addr, length, request.prot, keep);
    else this.space.mapFile(addr, length, request.prot, (request.flags & MAP_PRIVATE) === 0, request.hostFd, request.hostOffset);
  }

  /** Takes [start, end) out of the list, without the host's part. */
  forget(start: number, end: number): void {
    for (const area of this.areas.remove(start, end)) {
      if ((area.flags & VM_LOCKED) !== 0) this.lockedBytes -= area.end - area.start;
      area.release();
    }
  }

  /** Bytes of the range that are locked. */
  lockedWithin(start: number, end: number): number {
    let sum = 0;
    for (const area of this.areas.overlapping(start, end))
      if ((area.flags & VM_LOCKED) !== 0) sum += Math.min(area.end, end) - Math.max(area.start, start);
    return sum;
  }

  /** Where the first hole at or after `start` begins, at most `end`. */
  coveredUntil(start: number, end: number): number {
    let at = start;
    for (const area of this.areas.overlapping(start, end)) {
      if (area.start > at) break;
      at = area.end;
    }
    return Math.min(at, end);
  }

  /** Changes protections in the list of a range without holes; 0, -EACCES, -EPERM, -ENOMEM. The host's part is the caller's. */
  protect(start: number, end: number, prot: number): number {
    for (const area of this.areas.overlapping(start, end)) {
      if ((area.flags & (VM_SPECIAL | VM_SEALED)) !== 0) return -EPERM;
      if ((prot & PROT_WRITE) !== 0 && area.isShared && (area.file?.writable === false || (area.flags & VM_NOMAYWRITE) !== 0))
        return -EACCES;
      if ((prot & PROT_EXEC) !== 0 && area.file !== null && isNoExec(area.file)) return -EACCES;
    }
    if (this.areas.count + 2 > MAX_MAP_COUNT) return -ENOMEM;
    for (const area of this.areas.isolate(start, end)) area.prot = prot;
    this.areas.merge(start, end);
    return 0;
  }

  /** Whether all of [start, end) is mapped writable. */
  isWritable(start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      const area = this.areas.find(at);
      if (area === null || (area.prot & PROT_WRITE) === 0) return false;
      at = area.end;
    }
    return true;
  }

  /** Sets and clears flags of the areas in the range (which may have holes). */
  changeFlags(start: number, end: number, set: number, clear: number): void {
    for (const area of this.areas.isolate(start, end)) {
      const before = area.flags;
      area.flags = (area.flags & ~clear) | set;
      const locked = (area.flags & VM_LOCKED) - (before & VM_LOCKED);
      if (locked !== 0) this.lockedBytes += locked > 0 ? area.end - area.start : area.start - area.end;
    }
    this.areas.merge(start, end);
  }

  /**
   * What a futex at `addr` is identified by: a string for memory shared with other processes (the object and
   * offset), or null for private memory (then address space and address).
   */
  sharedFutexKey(addr: number): string | null {
    const area = this.areas.find(addr);
    if (area === null || !area.isShared) return null;
    const offset = area.offset + (addr - area.start);
    if (area.shared !== null) return `m${area.shared.id}:${offset}`;
    if (area.file !== null) return `f${area.file.inode.superBlock.deviceMinor}:${area.file.inode.ino}:${offset}`;
    return null;
  }

  /** The list for a forked child, whose memory the host has copied already. */
  fork(space: AddressSpace): MemoryMap {
    const child = new MemoryMap(space, this.top);
    child.areas = this.areas.copy();
    for (const area of [...child.areas]) {
      if ((area.flags & VM_DONTFORK) !== 0) child.forget(area.start, area.end);
      else area.flags &= ~VM_LOCKED;
    }
    child.brkStart = this.brkStart;
    child.brk = this.brk;
    child.stackTop = this.stackTop;
    child.codeStart = this.codeStart;
    child.codeEnd = this.codeEnd;
    child.dataStart = this.dataStart;
    child.dataEnd = this.dataEnd;
    child.argStart = this.argStart;
    child.argEnd = this.argEnd;
    child.envStart = this.envStart;
    child.envEnd = this.envEnd;
    child.auxv = this.auxv;
    return child;
  }

  /** The last task left: drops the areas' references; the platform frees the memory. */
  release(): void {
    for (const area of this.areas.clear()) area.release();
  }
}

function isNoExec(file: OpenFile): boolean {
  const MS_NOEXEC = 8;
  return file.path !== null && (file.path.mount.flags & MS_NOEXEC) !== 0;
}

/** Makes backing for MAP_SHARED|MAP_ANONYMOUS and System V or POSIX shared memory; -errno. */
export function newSharedMemory(
  host: HostCalls,
  length: number,
  make: (host: HostCalls, fd: number) => SharedMemory,
): SharedMemory | number {
  const SYS_memfd_create = 319;
  const SYS_ftruncate = 77;
  const SYS_close = 3;
  const fd = host.call(SYS_memfd_create, 'shared', 1);
  if (fd < 0) return fd === -EAGAIN ? -ENOMEM : fd;
  const sized = host.call(SYS_ftruncate, fd, length);
  if (sized < 0) {
    host.call(SYS_close, fd);
    return sized;
  }
  return make(host, fd);
}
