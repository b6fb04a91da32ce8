/**
 * Io: the memory side of a read or write, whatever it is: a guest's buffers (`UserIo`, src/mm/user-io.ts) or the kernel's
 * own (`KernelIo`). File objects move bytes through it and never see guest addresses.
 *
 * `put` moves bytes to it (a read), `take` moves bytes from it (a write). Both advance, and return the bytes moved,
 * which is short only at a fault; -EFAULT if a fault comes before the first byte.
 */
import { EFAULT } from '#abi/errno.ts';
import type { HostCalls } from '#platform/platform.ts';

export abstract class Io {
  /** Bytes still to be transferred. */
  remaining = 0;
  abstract put(source: Uint8Array, offset: number, length: number): number;
  abstract take(target: Uint8Array, offset: number, length: number): number;
  /** Stores `length` zero bytes. */
  abstract putZeros(length: number): number;
  /** Reads up to `length` bytes of a host descriptor at `pos` (-1: its own position) into it. Bytes moved, or -errno. */
  abstract putFromHost(host: HostCalls, fd: number, pos: number, length: number): number;
  /** Writes up to `length` bytes of it to a host descriptor at `pos` (-1: its own position). Bytes moved, or -errno. */
  abstract takeToHost(host: HostCalls, fd: number, pos: number, length: number): number;
  /** Goes back `length` bytes that were taken but could not be used. */
  abstract rewind(length: number): void;
  /** Passes over `length` bytes without touching them. */
  abstract skip(length: number): void;
}

const zeros = new Uint8Array(65536);

/** An Io over kernel memory: splice, sendfile, exec, core files. */
export class KernelIo extends Io {
  #bytes: Uint8Array;
  #at: number;
  constructor(bytes: Uint8Array, offset = 0, length = bytes.length - offset) {
    super();
    this.#bytes = bytes;
    this.#at = offset;
    this.remaining = length;
  }
  put(source: Uint8Array, offset: number, length: number): number {
    const n = Math.min(length, this.remaining);
    this.#bytes.set(source.subarray(offset, offset + n), this.#at);
    this.#advance(n);
    return n;
  }
  take(target: Uint8Array, offset: number, length: number): number {
    const n = Math.min(length, this.remaining);
    target.set(this.#bytes.subarray(this.#at, this.#at + n), offset);
    this.#advance(n);
    return n;
  }
  putZeros(length: number): number {
    const n = Math.min(length, this.remaining);
    this.#bytes.fill(0, this.#at, this.#at + n);
    this.#advance(n);
    return n;
  }
  putFromHost(host: HostCalls, fd: number, pos: number, length: number): number {
    const n = host.read(fd, this.#bytes, this.#at, Math.min(length, this.remaining), pos);
    if (n > 0) this.#advance(n);
    return n;
  }
  takeToHost(host: HostCalls, fd: number, pos: number, length: number): number {
    const n = host.write(fd, this.#bytes, this.#at, Math.min(length, this.remaining), pos);
    if (n > 0) this.#advance(n);
    return n;
  }
  rewind(length: number): void {
    this.#advance(-length);
  }
  skip(length: number): void {
    this.#advance(length);
  }
  #advance(n: number): void {
    this.#at += n;
    this.remaining -= n;
  }
}

/** Stores zeros through `put`, for implementations without a faster way. */
export function putZerosBySource(io: Io, length: number): number {
  let done = 0;
  while (done < length) {
    const step = Math.min(zeros.length, length - done);
    const n = io.put(zeros, 0, step);
    if (n < 0) return done > 0 ? done : -EFAULT;
    done += n;
    if (n < step) break;
  }
  return done;
}
