/**
 * The bytes of a regular file in memory. They are kept in blocks of the kernel's heap until the file is mapped; from
 * then on a memfd holds them, which mappings in any process share. Holes take no memory.
 *
 * Invariants: bytes of blocks beyond `size` are zero, so growing needs no clearing. With `fd >= 0` there are no blocks.
 */
import { EFAULT, EFBIG, EINVAL, ENOSPC, ENXIO, EOPNOTSUPP } from '#abi/errno.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE, SEEK_DATA, SEEK_HOLE } from '#abi/fcntl.ts';
import { syscalls } from '#abi/syscalls.ts';
import type { Io } from '#kernel/io.ts';
import type { HostCalls } from '#platform/platform.ts';
import type { Quota } from './quota.ts';

const BLOCK = 65536;
const FIRST = 64;
const SMALL = 2048;
const SLAB = 65536;
const PAGE = 4096;
const PAGES_PER_BLOCK = BLOCK / PAGE;
const MFD_CLOEXEC = 1;
const EMPTY = new Uint8Array(0);
/** fallocate takes real memory here, so it has a bound of its own. */
const LARGEST_ALLOCATION = 16 * 1024 ** 3;

/** Up to 64 KiB of a file. Bit i of `pages` says that page i was written; the others are holes, and zero. */
class Block {
  bytes = EMPTY;
  pages = 0;
}

let slab = new ArrayBuffer(0);
let slabUsed = 0;

/** Zeroed bytes. Small ones are pieces of a larger buffer: a buffer of its own costs more than a small file. */
function newBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length <= 64 || length > SMALL) return new Uint8Array(length);
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(SLAB);
    slabUsed = 0;
  }
  slabUsed += length;
  return new Uint8Array(slab, slabUsed - length, length);
}

/** Bits of the pages that [from, end) of a block touches. */
function pageBits(from: number, end: number): number {
  return (2 << ((end - 1) >>> 12)) - (1 << (from >>> 12));
}
function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

export class FileContent {
  size = 0;
  /** Host descriptor of the memfd; -1 while the bytes are in blocks. */
  fd = -1;
  readonly #head = new Block();
  /** Blocks 1 and on, by number; absent ones are holes. */
  #blocks: Map<number, Block> | null = null;
  #host: HostCalls | null = null;
  /** Pages charged to the file system's limit. */
  #charged = 0;
  readonly #quota: Quota;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  /** Memory in 512-byte units, as st_blocks. */
  get blocks(): number {
    return this.#charged * 8;
  }

  #block(index: number): Block | undefined {
    return index === 0 ? this.#head : this.#blocks?.get(index);
  }

  /** Reads at `pos` into `io`. Bytes, 0 at the end, or -errno. */
  read(io: Io, pos: number): number {
    const end = Math.min(this.size, pos + io.remaining);
    if (pos >= end) return 0;
    if (this.fd >= 0) return io.putFromHost(this.#host as HostCalls, this.fd, pos, end - pos);
    let at = pos;
    while (at < end) {
      const index = Math.floor(at / BLOCK);
      const from = at - index * BLOCK;
      const step = Math.min(end - at, BLOCK - from);
      const bytes = this.#block(index)?.bytes ?? EMPTY;
      const have = bytes.length - from;
      const want = have > 0 ? Math.min(step, have) : step;
      const n = have > 0 ? io.put(bytes, from, want) : io.putZeros(want);
      if (n <= 0) return at > pos ? at - pos : n < 0 ? n : -EFAULT;
      at += n;
      if (n < want) break;
    }
    return at - pos;
  }

  /** Writes from `io` at `pos`, growing the file. Bytes, or -errno. */
  write(io: Io, pos: number): number {
    const { remaining } = io;
    if (remaining === 0) return 0;
    if (this.fd >= 0) return this.#writeHost(io, pos, remaining);
    const end = pos + remaining;
    let at = pos;
    let error = 0;
    while (at < end) {
      const index = Math.floor(at / BLOCK);
      const from = at - index * BLOCK;
      let step = Math.min(end - at, BLOCK - from);
      let block = this.#room(index, from, from + step);
      if (block === null) {
        // Nearly full: page by page, up to the last one.
        step = Math.min(step, PAGE - (from % PAGE));
        block = this.#room(index, from, from + step);
      }
      if (block === null) {
        error = -ENOSPC;
        break;
      }
      const n = io.take(block.bytes, from, step);
      if (n <= 0) {
        error = n < 0 ? n : -EFAULT;
        break;
      }
      at += n;
      if (n < step) break;
    }
    if (at > this.size) this.size = at;
    return at > pos ? at - pos : error;
  }

  #writeHost(io: Io, pos: number, length: number): number {
    const end = pos + length;
    if (end > this.size && !this.#charge(Math.ceil(end / PAGE) - Math.ceil(this.size / PAGE))) return -ENOSPC;
    const n = io.takeToHost(this.#host as HostCalls, this.fd, pos, length);
    if (n > 0 && pos + n > this.size) this.size = pos + n;
    return n;
  }

  /** A block with room for, and pages of, [from, end); null when the file system is full. */
  #room(index: number, from: number, end: number): Block | null {
    let block = this.#block(index);
    if (block === undefined) {
      block = new Block();
      this.#blocks ??= new Map();
      this.#blocks.set(index, block);
    }
    const fresh = pageBits(from, end) & ~block.pages;
    if (fresh !== 0) {
      if (!this.#charge(countBits(fresh))) return null;
      block.pages |= fresh;
    }
    if (end > block.bytes.length) {
      let capacity = Math.max(block.bytes.length * 2, FIRST);
      while (capacity < end) capacity *= 2;
      const grown = newBytes(capacity);
      grown.set(block.bytes);
      block.bytes = grown;
    }
    return block;
  }

  /** Takes (or gives back) pages; false if the file system has not so many. */
  #charge(pages: number): boolean {
    if (!this.#quota.charge(pages)) return false;
    this.#charged += pages;
    return true;
  }

  truncate(size: number): number {
    if (this.fd >= 0) {
      const result = (this.#host as HostCalls).call(syscalls.ftruncate.number, this.fd, size);
      if (result < 0) return result;
      const pages = Math.ceil(size / PAGE);
      if (pages < this.#charged) this.#charge(pages - this.#charged);
    } else if (size < this.size) this.#clear(size, Math.ceil(this.size / BLOCK) * BLOCK);
    this.size = size;
    return 0;
  }

  /** Makes [from, end) a hole: whole pages are given back, the rest is zeroed. */
  #clear(from: number, end: number): void {
    this.#clearBlock(this.#head, 0, from, end);
    if (this.#blocks === null) return;
    for (const [index, block] of this.#blocks) {
      this.#clearBlock(block, index * BLOCK, from, end);
      if (block.pages === 0) this.#blocks.delete(index);
    }
  }
  #clearBlock(block: Block, start: number, from: number, end: number): void {
    const first = Math.max(from - start, 0);
    const last = Math.min(end - start, BLOCK);
    if (first >= last || block.pages === 0) return;
    const firstPage = Math.ceil(first / PAGE);
    const lastPage = Math.floor(last / PAGE);
    let gone = 0;
    if (firstPage < lastPage) gone = block.pages & pageBits(firstPage * PAGE, lastPage * PAGE);
    if (gone !== 0) {
      this.#charge(-countBits(gone));
      block.pages &= ~gone;
    }
    if (block.pages === 0) block.bytes = EMPTY;
    else if (first < block.bytes.length) block.bytes.fill(0, first, Math.min(last, block.bytes.length));
  }

  allocate(mode: number, offset: number, length: number): number {
    const end = offset + length;
    const keepSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
    const punch = (mode & FALLOC_FL_PUNCH_HOLE) !== 0;
    const zero = (mode & FALLOC_FL_ZERO_RANGE) !== 0;
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) !== 0) return -EOPNOTSUPP;
    if (end > 2 ** 52) return -EFBIG;
    if (punch || zero) {
      if (this.fd >= 0) {
        const result = (this.#host as HostCalls).call(
          syscalls.fallocate.number,
          this.fd,
          FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
          offset,
          length,
        );
        if (result < 0) return result;
      } else this.#clear(offset, end);
      if (punch || keepSize || end <= this.size) return 0;
      return this.truncate(end);
    }
    if (this.fd >= 0) {
      const more = Math.max(0, Math.ceil(end / PAGE) - this.#charged);
      if (!this.#charge(more)) return -ENOSPC;
      const result = (this.#host as HostCalls).call(syscalls.fallocate.number, this.fd, mode, offset, length);
      if (result < 0) return result;
    } else {
      if (!this.#quota.fits(Math.ceil(length / PAGE)) || length > LARGEST_ALLOCATION) return -ENOSPC;
      for (let at = offset; at < end; ) {
        const index = Math.floor(at / BLOCK);
        const stop = Math.min(end, (index + 1) * BLOCK);
        if (this.#room(index, at - index * BLOCK, stop - index * BLOCK) === null) return -ENOSPC;
        at = stop;
      }
    }
    if (!keepSize && end > this.size) this.size = end;
    return 0;
  }

  /** The first data (or hole) at or after `pos` < size; -ENXIO if there is no data any more. */
  seek(pos: number, hole: boolean): number {
    if (this.fd >= 0) {
      const found = (this.#host as HostCalls).call(syscalls.lseek.number, this.fd, pos, hole ? SEEK_HOLE : SEEK_DATA);
      return found < 0 ? found : Math.min(found, this.size);
    }
    const isData = (page: number): boolean =>
      (((this.#block(Math.floor(page / PAGES_PER_BLOCK))?.pages ?? 0) >>> (page % PAGES_PER_BLOCK)) & 1) === 1;
    const first = Math.floor(pos / PAGE);
    if (isData(first) !== hole) return pos;
    const last = Math.floor((this.size - 1) / PAGE);
    let page = first + 1;
    if (hole) {
      while (page <= last && isData(page)) page += 1;
      return Math.min(page * PAGE, this.size);
    }
    // Over holes by blocks: a sparse file may be huge.
    const indexes = [...(this.#blocks?.keys() ?? []), 0].sort((a, b) => a - b);
    for (const index of indexes) {
      const blockEnd = (index + 1) * PAGES_PER_BLOCK;
      for (page = Math.max(first + 1, index * PAGES_PER_BLOCK); page < blockEnd && page <= last; page += 1)
        if (isData(page)) return page * PAGE;
    }
    return -ENXIO;
  }

  /** Moves the bytes into a memfd, for mapping. 0 or -errno. */
  toMemfd(host: HostCalls): number {
    if (this.fd >= 0) return 0;
    const fd = host.call(syscalls.memfd_create.number, 'belljar', MFD_CLOEXEC);
    if (fd < 0) return fd;
    let result = host.call(syscalls.ftruncate.number, fd, this.size);
    const store = (bytes: Uint8Array, start: number): void => {
      const length = Math.min(bytes.length, this.size - start);
      for (let done = 0; done < length && result >= 0; ) {
        const n = host.write(fd, bytes, done, length - done, start + done);
        if (n <= 0) result = n < 0 ? n : -EINVAL;
        else done += n;
      }
    };
    store(this.#head.bytes, 0);
    for (const [index, block] of this.#blocks ?? []) store(block.bytes, index * BLOCK);
    if (result < 0) {
      host.call(syscalls.close.number, fd);
      return result;
    }
    this.fd = fd;
    this.#host = host;
    this.#drop();
    return 0;
  }

  /** Gives all memory back. */
  free(): void {
    if (this.fd >= 0) this.#host?.call(syscalls.close.number, this.fd);
    this.fd = -1;
    this.#host = null;
    this.#drop();
    this.size = 0;
    this.#charge(-this.#charged);
  }
  #drop(): void {
    this.#head.bytes = EMPTY;
    this.#head.pages = 0;
    this.#blocks = null;
  }
}
