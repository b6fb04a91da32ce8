/**
 * The memory shared with stubs: one array, cut into slots of one context each. Slot 0 is the kernel's own (its first
 * word is the addon's flag word), slot 1 the global page that every stub sees read-only.
 *
 * Hot code indexes the constant arrays `u8`, `i32`, `u32` with a slot's offset; no array is made for a thread.
 */
import type { Addon } from './addon.ts';
import { CTX_SIZE, G_BELLS, G_BELLS_MAX, GLOBAL_BASE, GLOBAL_SIZE } from './layout.ts';
import { Sys } from './sys.ts';

const F_ADD_SEALS = 1033;
/** Neither shrinking nor growing, and no change of the seals. */
const SEALS = 1 | 2 | 4;

export const SLOT = CTX_SIZE;
export const GLOBAL_SLOT = SLOT;
const GLOBAL_BELLS = (GLOBAL_SLOT + G_BELLS) >> 2;

export class Arena {
  readonly addon: Addon;
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly globalFd: number;
  readonly #single: number[] = [];
  readonly #pair: number[] = [];
  #bottom = GLOBAL_SLOT + GLOBAL_SIZE;
  #top: number;

  constructor(addon: Addon, size: number) {
    if (size > G_BELLS_MAX * SLOT) throw new Error(`an arena of ${size} bytes has more slots than bells`);
    const buffer = addon.arena(size);
    if (typeof buffer === 'number') throw new Error(`cannot reserve ${size} bytes of address space (errno ${-buffer})`);
    this.addon = addon;
    this.buffer = buffer;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.#top = size;
    this.globalFd = this.memfd('belljar-global', GLOBAL_SIZE);
    const mapped = addon.mapSlot(GLOBAL_SLOT, GLOBAL_SIZE, this.globalFd, 0);
    if (this.globalFd < 0 || mapped < 0) throw new Error(`cannot map the global page (errno ${-Math.min(this.globalFd, mapped)})`);
  }

  /** Where stubs see the bell of the slot at `offset`. */
  bellAddress(offset: number): number {
    return GLOBAL_BASE + G_BELLS + 4 * (offset / SLOT);
  }

  /** Changes the bell: who is about to sleep there will not. */
  changeBell(offset: number): void {
    const w = GLOBAL_BELLS + offset / SLOT;
    Atomics.add(this.i32, w, 1);
  }

  /** Wakes who sleeps on the bell of the slot at `offset`. */
  ring(offset: number): void {
    this.addon.wake(GLOBAL_SLOT + G_BELLS + 4 * (offset / SLOT));
  }

  /** A sealed memfd, or -errno. */
  memfd(name: string, size: number): number {
    const fd = this.addon.call(Sys.memfd_create, name, 3);
    if (fd < 0) return fd;
    const r = this.addon.call(Sys.ftruncate, fd, size) || this.addon.call(Sys.fcntl, fd, F_ADD_SEALS, SEALS);
    if (r < 0) {
      this.addon.call(Sys.close, fd);
      return r;
    }
    return fd;
  }

  /** Two slots in a row with the first bytes of `fd`; 0 if the arena is full. */
  mapPair(fd: number): number {
    return this.#map(
      this.#pair.pop() ?? (this.#bottom + 2 * SLOT <= this.#top ? (this.#bottom += 2 * SLOT) - 2 * SLOT : 0),
      2 * SLOT,
      fd,
      0,
    );
  }

  mapSingle(fd: number, fileOffset: number): number {
    return this.#map(this.#single.pop() ?? (this.#bottom + SLOT <= this.#top ? (this.#top -= SLOT) : 0), SLOT, fd, fileOffset);
  }

  freePair(offset: number): void {
    this.addon.mapSlot(offset, 2 * SLOT, -1, 0);
    this.#pair.push(offset);
  }

  freeSingle(offset: number): void {
    this.addon.mapSlot(offset, SLOT, -1, 0);
    this.#single.push(offset);
  }

  #map(offset: number, length: number, fd: number, fileOffset: number): number {
    if (offset === 0) return 0;
    return this.addon.mapSlot(offset, length, fd, fileOffset) < 0 ? 0 : offset;
  }

  put64(at: number, value: number): void {
    this.u32[at >> 2] = value >>> 0;
    this.i32[(at >> 2) + 1] = Math.floor(value / 4294967296) | 0;
  }
}
