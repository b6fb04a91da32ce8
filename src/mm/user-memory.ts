/**
 * The one door to guest memory (`one-door`): every byte the kernel takes from a guest or gives to it passes here or
 * through `UserIo`. Data that travelled with the call is taken from the transfer buffer; the rest is copied by the
 * platform. Whatever comes from a guest is copied once and only then looked at.
 *
 * Structs go through one scratch buffer, `view`/`bytes`: `in` fills it, `out` stores from it. It is shared by all tasks
 * and valid until the next `in` or the next sleep.
 */
import { EFAULT, ENAMETOOLONG } from '#abi/errno.ts';
import { PATH_MAX } from '#abi/limits.ts';
import type { Task } from '#kernel/task.ts';
import type { Platform } from '#platform/platform.ts';
import { StringCache } from './string-cache.ts';
import { UserIo } from './user-io.ts';

const SCRATCH = 65536;
const bytes = new Uint8Array(SCRATCH);
const view = new DataView(bytes.buffer);
const strings = new StringCache();
/** Guest strings are read in pieces that end at page boundaries, so that a string just before a hole is read. */
const PIECE = 512;

export class UserMemory {
  readonly bytes = bytes;
  readonly view = view;
  /** Size of the scratch buffer: bound sizes by it before `in` and `out`. */
  readonly scratchSize = SCRATCH;
  #platform: Platform;
  #task: Task;

  constructor(platform: Platform, task: Task) {
    this.#platform = platform;
    this.#task = task;
  }

  /** Copies `size` guest bytes to the start of the scratch buffer; false is EFAULT. */
  in(addr: number, size: number): boolean {
    return this.read(addr, bytes, 0, size) === 0;
  }
  /** Stores the first `size` bytes of the scratch buffer in the guest; 0 or -EFAULT. */
  out(addr: number, size: number): number {
    return this.write(addr, bytes, 0, size);
  }

  /** Copies exactly `length` guest bytes; 0, or -EFAULT (then the target may be partly filled). */
  read(addr: number, target: Uint8Array, offset: number, length: number): number {
    if (length === 0) return 0;
    const at = this.#task.thread.carried(addr, length);
    if (at >= 0) {
      copy(this.#platform.u8, at, target, offset, length);
      return 0;
    }
    if (!this.#valid(addr, length) && !this.#inVdso(addr, length)) return -EFAULT;
    return this.#task.mm.space.read(addr, target, offset, length) === length ? 0 : -EFAULT;
  }

  /** As `read`, but what was readable before a fault counts: bytes copied, or -EFAULT if none. */
  readSome(addr: number, target: Uint8Array, offset: number, length: number): number {
    if (length === 0) return 0;
    const at = this.#task.thread.carried(addr, length);
    if (at >= 0) {
      copy(this.#platform.u8, at, target, offset, length);
      return length;
    }
    if (this.#inVdso(addr, length)) return this.#task.mm.space.read(addr, target, offset, length);
    if (addr < 0 || addr >= this.#platform.guestEnd) return -EFAULT;
    return this.#task.mm.space.read(addr, target, offset, Math.min(length, this.#platform.guestEnd - addr));
  }

  /** Stores exactly `length` bytes; 0 or -EFAULT. Small stores travel with the answer and fault there. */
  write(addr: number, source: Uint8Array, offset: number, length: number): number {
    if (length === 0) return 0;
    if (!this.#valid(addr, length)) return -EFAULT;
    const at = this.#task.thread.reply(addr, length);
    if (at >= 0) {
      copy(source, offset, this.#platform.u8, at, length);
      return 0;
    }
    return this.#task.mm.space.write(addr, source, offset, length) === length ? 0 : -EFAULT;
  }

  /** Stores at once, not with the answer: for what must be in place before another thread or process sees the effect. */
  writeNow(addr: number, source: Uint8Array, offset: number, length: number): number {
    if (!this.#valid(addr, length)) return -EFAULT;
    return this.#task.mm.space.write(addr, source, offset, length) === length ? 0 : -EFAULT;
  }

  /** An unsigned 32-bit word, or -EFAULT (no word is negative). */
  readU32(addr: number): number {
    return this.in(addr, 4) ? view.getUint32(0, true) : -EFAULT;
  }
  /** An unsigned 64-bit value as a number, or -EFAULT. */
  readU64(addr: number): number {
    return this.in(addr, 8) ? view.getUint32(0, true) + view.getUint32(4, true) * 4294967296 : -EFAULT;
  }
  writeU32(addr: number, value: number): number {
    view.setUint32(0, value >>> 0, true);
    return this.out(addr, 4);
  }
  writeI32(addr: number, value: number): number {
    return this.writeU32(addr, value);
  }
  writeU64(addr: number, value: number): number {
    view.setUint32(0, value >>> 0, true);
    view.setInt32(4, Math.floor(value / 4294967296), true);
    return this.out(addr, 8);
  }

  /** A path argument: its bytes as a Latin-1 string; -EFAULT, or -ENAMETOOLONG at PATH_MAX. Empty strings are the walker's business. */
  path(addr: number): string | number {
    return this.string(addr, PATH_MAX - 1, ENAMETOOLONG);
  }

  /** A NUL-terminated string of at most `max` bytes; -EFAULT, or -`tooLong`. */
  string(addr: number, max: number, tooLong: number): string | number {
    const at = this.#task.thread.carriedString(addr);
    if (at >= 0) {
      const length = this.#platform.carriedLength;
      return length > max ? -tooLong : strings.get(this.#platform.u8, at, length);
    }
    const { space } = this.#task.mm;
    let have = 0;
    const limit = Math.min(max + 1, SCRATCH);
    while (have < limit) {
      const from = addr + have;
      if ((from < 0 || from >= this.#platform.guestEnd) && !this.#inVdso(from, 1)) return -EFAULT;
      const want = Math.min(limit - have, PIECE - (from % PIECE));
      const got = space.read(from, bytes, have, want);
      if (got <= 0) return -EFAULT;
      const end = bytes.indexOf(0, have);
      if (end >= 0 && end < have + got) return strings.get(bytes, 0, end);
      have += got;
      if (got < want) return -EFAULT;
    }
    return -tooLong;
  }

  /** An Io over one guest buffer. One per task: valid for the call in progress. */
  io(addr: number, length: number): UserIo {
    this.#io.begin(addr, length);
    return this.#io;
  }
  /** An Io over an iovec array; -EFAULT, -EINVAL. */
  ioVector(iov: number, count: number): UserIo | number {
    const result = this.#io.beginVector(this, iov, count);
    return result < 0 ? result : this.#io;
  }
  get #io(): UserIo {
    this.#userIo ??= new UserIo(this.#platform, this.#task);
    return this.#userIo;
  }
  #userIo: UserIo | null = null;

  /** The one thing above `guestEnd` that guests may have read: ld.so prints names out of it. */
  #inVdso(addr: number, length: number): boolean {
    const { vdsoStart, vdsoEnd } = this.#platform.vdso;
    return addr >= vdsoStart && addr + length <= vdsoEnd && vdsoStart !== 0;
  }
  #valid(addr: number, length: number): boolean {
    return addr >= 0 && addr + length <= this.#platform.guestEnd;
  }
}

/** Short copies in a loop beat `set(subarray)`, which allocates. */
export function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  if (length <= 64) for (let i = 0; i < length; i += 1) target[to + i] = source[from + i] as number;
  else target.set(source.subarray(from, from + length), to);
}
