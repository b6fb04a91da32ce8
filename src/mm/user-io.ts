/** Io over a guest's buffers: one, or an iovec array. Reused from call to call of one task. */
import { EFAULT, EINVAL } from '#abi/errno.ts';
import { IOV_MAX } from '#abi/limits.ts';
import { Io, putZerosBySource } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls, Platform } from '#platform/platform.ts';
import { copy, type UserMemory } from './user-memory.ts';

/** Linux's MAX_RW_COUNT: what one read or write transfers at most. */
export const MAX_RW_COUNT = 0x7ffff000;
const BOUNCE = 262144;
const PAGE_SIZE = 4096;
const bounce = new Uint8Array(BOUNCE);

export class UserIo extends Io {
  #platform: Platform;
  #task: Task;
  #addrs: number[] = [];
  #lengths: number[] = [];
  #segment = 0;
  #offset = 0;

  constructor(platform: Platform, task: Task) {
    super();
    this.#platform = platform;
    this.#task = task;
  }

  begin(addr: number, length: number): void {
    this.#addrs.length = 1;
    this.#lengths.length = 1;
    this.#addrs[0] = addr;
    this.#lengths[0] = this.remaining = Math.min(length, MAX_RW_COUNT);
    this.#segment = this.#offset = 0;
  }

  /** Takes an iovec array of the guest; 0, -EFAULT or -EINVAL. */
  beginVector(mem: UserMemory, iov: number, count: number): number {
    if (count < 0 || count > IOV_MAX) return -EINVAL;
    if (!mem.in(iov, count * 16)) return -EFAULT;
    this.#addrs.length = this.#lengths.length = count;
    this.#segment = this.#offset = 0;
    let total = 0;
    for (let i = 0; i < count; i += 1) {
      const lengthHi = mem.view.getUint32(i * 16 + 12, true);
      if (lengthHi >= 0x80000000) return -EINVAL;
      const length = Math.min(mem.view.getUint32(i * 16 + 8, true) + lengthHi * 4294967296, MAX_RW_COUNT - total);
      this.#addrs[i] = mem.view.getUint32(i * 16, true) + mem.view.getUint32(i * 16 + 4, true) * 4294967296;
      this.#lengths[i] = length;
      total += length;
    }
    this.remaining = total;
    return 0;
  }

  put(source: Uint8Array, offset: number, length: number): number {
    const want = Math.min(length, this.remaining);
    let done = 0;
    while (done < want) {
      const step = this.#step(want - done);
      const addr = this.#addr();
      if (addr + step > this.#platform.guestEnd) return done > 0 ? done : -EFAULT;
      const at = this.#mayFaultLate(addr, step) ? this.#task.thread.reply(addr, step) : -1;
      let n = step;
      if (at >= 0) copy(source, offset + done, this.#platform.u8, at, step);
      else n = this.#task.mm.space.write(addr, source, offset + done, step);
      if (n <= 0) return done > 0 ? done : -EFAULT;
      this.#advance(n);
      done += n;
      if (n < step) break;
    }
    return done;
  }

  take(target: Uint8Array, offset: number, length: number): number {
    const want = Math.min(length, this.remaining);
    let done = 0;
    while (done < want) {
      const step = this.#step(want - done);
      const n = this.#task.mem.readSome(this.#addr(), target, offset + done, step);
      if (n <= 0) return done > 0 ? done : -EFAULT;
      this.#advance(n);
      done += n;
      if (n < step) break;
    }
    return done;
  }

  putZeros(length: number): number {
    return putZerosBySource(this, Math.min(length, this.remaining));
  }

  putFromHost(host: HostCalls, fd: number, pos: number, length: number): number {
    const want = Math.min(length, this.remaining);
    let done = 0;
    while (done < want) {
      const step = this.#step(want - done);
      const addr = this.#addr();
      const at = addr + step <= this.#platform.guestEnd && this.#mayFaultLate(addr, step) ? this.#task.thread.reply(addr, step) : -1;
      const filePos = pos < 0 ? -1 : pos + done;
      if (at >= 0) {
        const n = host.read(fd, this.#platform.u8, at, step, filePos);
        if (n < step) this.#task.thread.trimReply(Math.max(n, 0));
        if (n <= 0) return done > 0 ? done : n;
        this.#advance(n);
        done += n;
        if (n < step) break;
        continue;
      }
      const chunk = Math.min(step, BOUNCE);
      const got = host.read(fd, bounce, 0, chunk, filePos);
      if (got <= 0) return done > 0 ? done : got;
      const n = this.put(bounce, 0, got);
      if (n < 0) return done > 0 ? done : n;
      done += n;
      if (n < chunk) break;
    }
    return done;
  }

  takeToHost(host: HostCalls, fd: number, pos: number, length: number): number {
    const want = Math.min(length, this.remaining);
    let done = 0;
    while (done < want) {
      const step = Math.min(this.#step(want - done), BOUNCE);
      const filePos = pos < 0 ? -1 : pos + done;
      const addr = this.#addr();
      const at = this.#task.thread.carried(addr, step);
      let n: number;
      if (at >= 0) {
        // What is written need not be checked, so it may go from the shared buffer without a copy.
        n = host.write(fd, this.#platform.u8, at, step, filePos);
        if (n > 0) this.#advance(n);
      } else {
        const got = this.take(bounce, 0, step);
        if (got <= 0) return done > 0 ? done : got;
        n = host.write(fd, bounce, 0, got, filePos);
        if (n < got) this.rewind(got - Math.max(n, 0));
      }
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (n < step) break;
    }
    return done;
  }

  rewind(length: number): void {
    let back = length;
    this.remaining += length;
    while (back > this.#offset) {
      back -= this.#offset;
      this.#segment -= 1;
      this.#offset = this.#lengths[this.#segment] as number;
    }
    this.#offset -= back;
  }

  skip(length: number): void {
    let left = Math.min(length, this.remaining);
    while (left > 0) {
      const step = this.#step(left);
      this.#advance(step);
      left -= step;
    }
  }

  /**
   * Whether a store may travel with the answer, where a fault fails the whole call: not if the buffer is one of several, or
   * crosses pages, and is not all writable, because what comes before such an edge must count.
   */
  #mayFaultLate(addr: number, length: number): boolean {
    const simple = this.#addrs.length === 1 && addr % PAGE_SIZE <= PAGE_SIZE - length;
    return simple || this.#task.mm.isWritable(addr, addr + length);
  }

  /** Address of the next byte; `remaining` must not be 0. */
  #addr(): number {
    return (this.#addrs[this.#segment] as number) + this.#offset;
  }
  /** Skips used-up segments; the part of `want` that lies in the current one. */
  #step(want: number): number {
    while (this.#offset === this.#lengths[this.#segment]) {
      this.#segment += 1;
      this.#offset = 0;
    }
    return Math.min(want, (this.#lengths[this.#segment] as number) - this.#offset);
  }
  #advance(n: number): void {
    this.#offset += n;
    this.remaining -= n;
  }
}
