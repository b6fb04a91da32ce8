/** eventfd(2): a 64-bit counter as a file. The counter is two 32-bit halves; it never reaches 2^64-1. */
import { EAGAIN, EINVAL } from '#abi/errno.ts';
import { O_RDWR } from '#abi/fcntl.ts';
import { EPOLLERR, EPOLLIN, EPOLLOUT } from '#abi/poll.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { AnonFile } from './anon-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { anonInode } from './pseudo-fs.ts';

const TWO_32 = 4294967296;
const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

export class EventFd extends AnonFile {
  #lo: number;
  #hi = 0;
  readonly #semaphore: boolean;

  constructor(initial: number, semaphore: boolean, flags: number) {
    super(O_RDWR | flags);
    this.#lo = initial >>> 0;
    this.#semaphore = semaphore;
  }
  get inode(): Inode {
    return anonInode;
  }
  override read(_task: Task, io: Io, _pos: number): number {
    if (io.remaining < 8) return -EINVAL;
    if (this.#lo === 0 && this.#hi === 0) return -EAGAIN;
    const lo = this.#semaphore ? 1 : this.#lo;
    const hi = this.#semaphore ? 0 : this.#hi;
    wordView.setUint32(0, lo, true);
    wordView.setUint32(4, hi, true);
    if (this.#semaphore) {
      if (this.#lo === 0) this.#hi -= 1;
      this.#lo = (this.#lo - 1) >>> 0;
    } else this.#lo = this.#hi = 0;
    const n = io.put(word, 0, 8);
    this.waitQueue.wake(EPOLLOUT);
    return n < 0 ? n : 8;
  }
  override write(_task: Task, io: Io, _pos: number): number {
    if (io.remaining < 8) return -EINVAL;
    const n = io.take(word, 0, 8);
    if (n < 0) return n;
    const lo = wordView.getUint32(0, true);
    const hi = wordView.getUint32(4, true);
    if (lo === 0xffffffff && hi === 0xffffffff) return -EINVAL;
    const sumLo = this.#lo + lo;
    const carry = sumLo >= TWO_32 ? 1 : 0;
    const sumHi = this.#hi + hi + carry;
    if (sumHi >= TWO_32 || (sumHi === TWO_32 - 1 && sumLo - carry * TWO_32 === TWO_32 - 1)) {
      io.rewind(8);
      return -EAGAIN;
    }
    this.#lo = sumLo >>> 0;
    this.#hi = sumHi;
    // The kernel's own waiters may each take one of a semaphore, so that all are asked.
    if (lo !== 0 || hi !== 0) this.waitQueue.wakeAll(EPOLLIN);
    return 8;
  }
  override poll(): number {
    const some = this.#lo !== 0 || this.#hi !== 0;
    const top = this.#hi === 0xffffffff;
    let events = some ? EPOLLIN : 0;
    if (!(top && this.#lo >= 0xfffffffe)) events |= EPOLLOUT;
    if (top && this.#lo === 0xffffffff) events |= EPOLLERR;
    return events;
  }
  override describe(): string {
    return 'anon_inode:[eventfd]';
  }
  override fdinfo(): string {
    const count = this.#hi === 0 ? this.#lo.toString(16) : this.#hi.toString(16) + this.#lo.toString(16).padStart(8, '0');
    return `eventfd-count: ${count.padStart(16)}\neventfd-semaphore: ${this.#semaphore ? 1 : 0}\n`;
  }
}
