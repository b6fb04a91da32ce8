/**
 * The buffer between the ends of a pipe or FIFO (pipe(7)): a ring of bytes that grows up to `capacity`.
 *
 * Invariants: 0 <= used <= buffer.length <= capacity; buffer.length is a power of two, 0 before first use.
 * `#segments` is null while only plain bytes were written; in packet mode (O_DIRECT) it lists what the ring holds, in
 * order: a positive length is a run of plain bytes, a negative one a packet of that many. A packet uses up a slot of a page, as on Linux.
 *
 * Nothing is allocated by reads and writes once the ring has its size.
 */
import { EAGAIN, EBUSY, EPIPE, EPERM } from '#abi/errno.ts';
import { CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { PIPE_BUF, PIPE_MAX_SIZE, PIPE_SIZE } from '#abi/limits.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM } from '#abi/poll.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { WaitQueue } from '#kernel/wait.ts';

const PAGE = 4096;
const MAX_CAPACITY = 2 ** 31;
const empty = new Uint8Array(0);

export class Pipe {
  /** Open files that read and write. */
  readers = 0;
  writers = 0;
  /** Counts of openings, so that a FIFO's open sees a partner that came and went. */
  readerOpens = 0;
  writerOpens = 0;
  /** Where files that only read, only write, or do both wait. */
  readonly readQueue = new WaitQueue();
  readonly writeQueue = new WaitQueue();
  readonly bothQueue = new WaitQueue();
  capacity = PIPE_SIZE;
  #buffer: Uint8Array = empty;
  #head = 0;
  #used = 0;
  #segments: number[] | null = null;

  get used(): number {
    return this.#used;
  }
  /** A page is free, so that a write of PIPE_BUF bytes would succeed. */
  get hasRoom(): boolean {
    return this.capacity - this.#used >= PIPE_BUF && !this.#slotsFull();
  }

  /** One attempt to read: bytes, 0 at the end of file, or -errno. */
  read(io: Io): number {
    if (io.remaining === 0) return 0;
    if (this.#used === 0) return this.writers === 0 ? 0 : -EAGAIN;
    let want = Math.min(io.remaining, this.#used);
    if (this.#segments !== null) {
      const first = this.#segments[0] as number;
      if (first < 0) return this.#readPacket(io, -first);
      if (want > first) want = first;
    }
    const wasFull = !this.hasRoom;
    const done = this.#moveOut(io, want);
    if (done <= 0) return done;
    this.#drop(done);
    // A writer that had room is not told again: to edge-triggered epoll that would be an event.
    if (wasFull) this.wakeWriters();
    return done;
  }

  /**
   * One attempt to write: bytes, -EAGAIN without room, -EPIPE without a reader (SIGPIPE is the caller's).
   * Up to PIPE_BUF bytes go in together or not at all.
   */
  write(io: Io, packets: boolean): number {
    const total = io.remaining;
    if (total === 0) return 0;
    if (this.readers === 0) return -EPIPE;
    if (packets) return this.#writePackets(io, total);
    const room = this.capacity - this.#used;
    if (total <= PIPE_BUF ? room < total : room === 0) return -EAGAIN;
    if (this.#slotsFull()) return -EAGAIN;
    const done = this.#moveIn(io, Math.min(total, room));
    if (done <= 0) return done;
    if (this.#segments !== null) this.#appendRun(done);
    this.wakeReaders();
    return done;
  }

  /** Copies up to `length` bytes to `target` without taking them (tee). Bytes, or -EAGAIN when there is nothing to copy or no room. */
  teeTo(target: Pipe, length: number): number {
    if (target.readers === 0) return -EPIPE;
    if (this.#used === 0) return this.writers === 0 ? 0 : -EAGAIN;
    const room = target.capacity - target.#used;
    let want = Math.min(length, this.#used, room);
    if (want === 0) return -EAGAIN;
    target.#grow(target.#used + want);
    const copied = want;
    let from = this.#head;
    while (want > 0) {
      const at = (target.#head + target.#used) & (target.#buffer.length - 1);
      const step = Math.min(want, this.#buffer.length - from, target.#buffer.length - at);
      target.#buffer.set(this.#buffer.subarray(from, from + step), at);
      target.#used += step;
      from = (from + step) & (this.#buffer.length - 1);
      want -= step;
    }
    if (target.#segments !== null) target.#appendRun(copied);
    target.wakeReaders();
    return copied;
  }

  /** EPOLL* bits of the reading side. */
  pollRead(hadWriter: boolean): number {
    return (this.#used > 0 ? EPOLLIN | EPOLLRDNORM : 0) | (this.writers === 0 && hadWriter ? EPOLLHUP : 0);
  }
  pollWrite(): number {
    return (this.hasRoom ? EPOLLOUT | EPOLLWRNORM : 0) | (this.readers === 0 ? EPOLLERR : 0);
  }

  wakeReaders(extra = 0): void {
    const events = EPOLLIN | EPOLLRDNORM | extra;
    if (!this.readQueue.empty) this.readQueue.wakeAll(events);
    if (!this.bothQueue.empty) this.bothQueue.wakeAll(events);
  }
  wakeWriters(extra = 0): void {
    const events = EPOLLOUT | EPOLLWRNORM | extra;
    if (!this.writeQueue.empty) this.writeQueue.wakeAll(events);
    if (!this.bothQueue.empty) this.bothQueue.wakeAll(events);
  }
  /** A side was closed: the other sees the end of file or the broken pipe. */
  wakeHangup(): void {
    this.wakeReaders(EPOLLHUP);
    this.wakeWriters(EPOLLERR);
  }

  /** F_SETPIPE_SZ: the new capacity, or -errno. */
  resize(task: Task, size: number): number {
    if (size > MAX_CAPACITY) return -EPERM;
    let capacity = PAGE;
    while (capacity < size) capacity *= 2;
    if (capacity > this.capacity && capacity > PIPE_MAX_SIZE && !task.capable(CAP_SYS_RESOURCE)) return -EPERM;
    // Even the privileged get no more than a bounded piece of the kernel's memory.
    if (capacity > PIPE_MAX_SIZE * 16) return -EPERM;
    if (capacity < this.#used) return -EBUSY;
    if (this.#buffer.length > capacity) this.#rebuffer(capacity);
    const grew = capacity > this.capacity;
    this.capacity = capacity;
    if (grew) this.wakeWriters();
    return capacity;
  }

  /** Frees the ring when nobody has the pipe open. */
  reset(): void {
    this.#buffer = empty;
    this.#head = this.#used = 0;
    this.#segments = null;
  }

  #slotsFull(): boolean {
    return this.#segments !== null && this.#segments.length >= this.capacity / PAGE;
  }

  #readPacket(io: Io, length: number): number {
    const wasFull = !this.hasRoom;
    const want = Math.min(length, io.remaining);
    const done = this.#moveOut(io, want);
    if (done < 0) return done;
    this.#drop(length);
    if (wasFull) this.wakeWriters();
    return done;
  }

  #writePackets(io: Io, total: number): number {
    this.#segments ??= this.#used > 0 ? [this.#used] : [];
    let done = 0;
    while (done < total) {
      const size = Math.min(total - done, PAGE);
      if (this.#slotsFull() || this.capacity - this.#used < size) break;
      const n = this.#moveIn(io, size);
      if (n <= 0) return done > 0 ? done : n;
      this.#segments.push(-n);
      done += n;
      if (n < size) break;
    }
    if (done === 0) return -EAGAIN;
    this.wakeReaders();
    return done;
  }

  #appendRun(length: number): void {
    const segments = this.#segments as number[];
    const last = segments.length - 1;
    if (last >= 0 && (segments[last] as number) > 0) segments[last] = (segments[last] as number) + length;
    else segments.push(length);
  }

  #moveOut(io: Io, want: number): number {
    const size = this.#buffer.length;
    const first = Math.min(want, size - this.#head);
    const done = io.put(this.#buffer, this.#head, first);
    if (done < first || first === want) return done;
    const rest = io.put(this.#buffer, 0, want - first);
    return rest < 0 ? done : done + rest;
  }

  #moveIn(io: Io, want: number): number {
    if (this.#used + want > this.#buffer.length) this.#grow(this.#used + want);
    const size = this.#buffer.length;
    const at = (this.#head + this.#used) & (size - 1);
    const first = Math.min(want, size - at);
    const done = io.take(this.#buffer, at, first);
    if (done <= 0) return done;
    this.#used += done;
    if (done < first || first === want) return done;
    const rest = io.take(this.#buffer, 0, want - first);
    if (rest < 0) return done;
    this.#used += rest;
    return done + rest;
  }

  #drop(length: number): void {
    this.#used -= length;
    this.#head = this.#used === 0 ? 0 : (this.#head + length) & (this.#buffer.length - 1);
    const segments = this.#segments;
    if (segments === null) return;
    const first = segments[0] as number;
    if (Math.abs(first) === length || first < 0) segments.shift();
    else segments[0] = first - length;
    if (segments.length === 0) this.#segments = null;
  }

  #grow(needed: number): void {
    let size = Math.max(this.#buffer.length, PAGE);
    while (size < needed) size *= 2;
    if (size > this.#buffer.length) this.#rebuffer(size);
  }

  #rebuffer(size: number): void {
    const next = new Uint8Array(size);
    const tail = Math.min(this.#used, this.#buffer.length - this.#head);
    next.set(this.#buffer.subarray(this.#head, this.#head + tail));
    next.set(this.#buffer.subarray(0, this.#used - tail), tail);
    this.#buffer = next;
    this.#head = 0;
  }
}
