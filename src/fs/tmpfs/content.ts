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
const FIRST = 256;
const PAGE = 4096;
const MFD_CLOEXEC = 1;
const EMPTY = new Uint8Array(0);

export class FileContent {
  size = 0;
  /** Host descriptor of the memfd; -1 while the bytes are in blocks. */
  fd = -1;
  #head: Uint8Array = EMPTY;
  /** Blocks 1 and on, by number; absent ones are holes. */
  #blocks: Map<number, Uint8Array> | null = null;
  #host: HostCalls | null = null;
  /** Pages charged to the file system's limit. */
  #charged = 0;
  readonly #quota: Quota;

  constructor(quota: Quota) {
    this.#quota = quota;
  }

  /** Memory in 512-byte units, as st_blocks. */
  get blocks(): number {
    if (this.fd >= 0) return this.#charged * 8;
    let pages = Math.ceil(Math.min(this.#head.length, this.size) / PAGE);
    if (this.#blocks !== null) for (const at of this.#blocks.keys()) pages += Math.ceil(Math.max(0, Math.min(BLOCK, this.size - at * BLOCK)) / PAGE);
    return pages * 8;
  }

  /** Reads at `pos` into `io`. Bytes, 0 at the end, or -errno. */
  read(io: Io, pos: number): number {
    const end = Math.min(this.size, pos + io.remaining);
    if (pos >= end) return 0;
    if (this.fd >= 0) return io.putFromHost(this.#host as HostCalls, this.fd, pos, end - pos);
    let at = pos;
    while (at < end) {
      const block = Math.floor(at / BLOCK);
      const from = at - block * BLOCK;
      const step = Math.min(end - at, BLOCK - from);
      const bytes = block === 0 ? this.#head : this.#blocks?.get(block);
      const have = bytes === undefined ? 0 : bytes.length - from;
      const want = have > 0 ? Math.min(step, have) : step;
      const n = have > 0 ? io.put(bytes as Uint8Array, from, want) : io.putZeros(want);
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
      const block = Math.floor(at / BLOCK);
      const from = at - block * BLOCK;
      const step = Math.min(end - at, BLOCK - from);
      const bytes = this.#room(block, from + step);
      if (bytes === null) {
        error = -ENOSPC;
        break;
      }
      const n = io.take(bytes, from, step);
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
    if (pos + length > this.size && !this.#charge(Math.ceil((pos + length) / PAGE))) return -ENOSPC;
    const n = io.takeToHost(this.#host as HostCalls, this.fd, pos, length);
    if (n > 0 && pos + n > this.size) this.size = pos + n;
    return n;
  }

  /** The block's bytes with room up to `length`; null when the file system is full. */
  #room(block: number, length: number): Uint8Array | null {
    if (block > 0) {
      const known = this.#blocks?.get(block);
      if (known !== undefined) return known;
      if (!this.#charge(this.#charged + BLOCK / PAGE)) return null;
      const fresh = new Uint8Array(BLOCK);
      this.#blocks ??= new Map();
      this.#blocks.set(block, fresh);
      return fresh;
    }
    const have = this.#head;
    if (length <= have.length) return have;
    let capacity = Math.max(have.length * 2, FIRST);
    while (capacity < length) capacity *= 2;
    capacity = Math.min(capacity, BLOCK);
    if (!this.#charge(this.#charged + Math.ceil(capacity / PAGE) - Math.ceil(have.length / PAGE))) return null;
    const grown = new Uint8Array(capacity);
    grown.set(have);
    this.#head = grown;
    return grown;
  }

  #charge(pages: number): boolean {
    if (!this.#quota.charge(pages - this.#charged)) return false;
    this.#charged = pages;
    return true;
  }

  truncate(size: number): number {
    if (this.fd >= 0) {
      const host = this.#host as HostCalls;
      const result = host.call(syscalls.ftruncate.number, this.fd, size);
      if (result < 0) return result;
      if (size < this.size) this.#charge(Math.min(this.#charged, Math.ceil(size / PAGE)));
      this.size = size;
      return 0;
    }
    if (size < this.size) this.#cut(size);
    this.size = size;
    return 0;
  }

  /** Frees blocks beyond `size` and zeroes the rest of the last one. */
  #cut(size: number): void {
    if (size === 0) {
      this.#head = EMPTY;
      this.#blocks = null;
      this.#charge(0);
      return;
    }
    if (size < this.#head.length) this.#head.fill(0, size);
    if (this.#blocks === null) return;
    let pages = 0;
    for (const [block, bytes] of this.#blocks) {
      const start = block * BLOCK;
      if (start >= size) {
        this.#blocks.delete(block);
        pages += BLOCK / PAGE;
      } else if (size < start + BLOCK) bytes.fill(0, size - start);
    }
    this.#charge(this.#charged - pages);
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
        const result = this.#host?.call(syscalls.fallocate.number, this.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) ?? -EINVAL;
        if (result < 0) return result;
      } else this.#zero(offset, Math.min(end, this.size));
      if (punch || keepSize || end <= this.size) return 0;
      return this.truncate(end);
    }
    if (this.fd >= 0) {
      if (!this.#charge(Math.max(this.#charged, Math.ceil(end / PAGE)))) return -ENOSPC;
      const result = this.#host?.call(syscalls.fallocate.number, this.fd, mode, offset, length) ?? -EINVAL;
      if (result < 0) return result;
    } else {
      // Space is promised by the limit alone: the memory itself comes with the data.
      if (!this.#quota.fits(Math.ceil(length / PAGE))) return -ENOSPC;
      for (let block = Math.floor(offset / BLOCK); block * BLOCK < end && block < 4096; block += 1) {
        if (this.#room(block, Math.min(BLOCK, end - block * BLOCK)) === null) return -ENOSPC;
      }
    }
    if (!keepSize && end > this.size) this.size = end;
    return 0;
  }

  #zero(from: number, end: number): void {
    if (from >= end) return;
    if (from < this.#head.length) this.#head.fill(0, from, Math.min(end, this.#head.length));
    if (this.#blocks === null) return;
    for (const [block, bytes] of this.#blocks) {
      const start = block * BLOCK;
      if (from <= start && end >= Math.min(start + BLOCK, this.size)) {
        this.#blocks.delete(block);
        this.#charge(this.#charged - BLOCK / PAGE);
      } else if (from < start + BLOCK && end > start) bytes.fill(0, Math.max(from - start, 0), Math.min(end - start, BLOCK));
    }
  }

  /** The first data (or hole) at or after `pos` < size; -ENXIO if there is no data any more. */
  seek(pos: number, hole: boolean): number {
    if (this.fd >= 0) {
      const host = this.#host as HostCalls;
      const found = host.call(syscalls.lseek.number, this.fd, pos, hole ? SEEK_HOLE : SEEK_DATA);
      return found < 0 ? found : Math.min(found, this.size);
    }
    const isData = (block: number): boolean => (block === 0 ? this.#head.length > 0 : this.#blocks?.has(block) === true);
    let block = Math.floor(pos / BLOCK);
    const last = Math.floor((this.size - 1) / BLOCK);
    if (isData(block) !== hole) return pos;
    if (hole) {
      while (block <= last && isData(block)) block += 1;
      return Math.min(block * BLOCK, this.size);
    }
    let best = Infinity;
    for (const candidate of this.#blocks?.keys() ?? []) if (candidate > block && candidate < best) best = candidate;
    return best === Infinity || best * BLOCK >= this.size ? -ENXIO : best * BLOCK;
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
    store(this.#head, 0);
    for (const [block, bytes] of this.#blocks ?? []) store(bytes, block * BLOCK);
    if (result < 0) {
      host.call(syscalls.close.number, fd);
      return result;
    }
    this.fd = fd;
    this.#host = host;
    this.#head = EMPTY;
    this.#blocks = null;
    return 0;
  }

  /** Gives all memory back. */
  free(): void {
    if (this.fd >= 0) this.#host?.call(syscalls.close.number, this.fd);
    this.fd = -1;
    this.#host = null;
    this.#head = EMPTY;
    this.#blocks = null;
    this.size = 0;
    this.#charge(0);
  }
}
