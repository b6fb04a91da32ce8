/**
 * epoll(7). An `EpollItem` hangs on the wait queue of the file it watches; a wake puts it on the instance's ready list,
 * and waiting looks at that list only, so the cost is that of what is ready. A level-triggered item stays on the
 * list as long as its file is ready when looked at.
 *
 * Invariants: an item is on the ready list at most once (`ready`). Items hold no reference on their file: the file's end
 * removes them (OpenFile.watchers). Instances that watch instances form no cycle, so wakes and polls end.
 */
import { EEXIST, EINVAL, ELOOP, ENOENT, ENOSPC } from '#abi/errno.ts';
import { O_RDWR } from '#abi/fcntl.ts';
import { EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLRDNORM, EPOLLWAKEUP } from '#abi/poll.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { AnonFile } from './anon-file.ts';
import type { WaitEntry, Waiter } from '#kernel/wait.ts';
import { anonInode } from './pseudo-fs.ts';

const PRIVATE_BITS = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
const EXCLUSIVE_OK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
const ALWAYS = EPOLLERR | EPOLLHUP;
/** Instances on the longest way from an outermost instance to a file. */
const MAX_NESTING = 5;

class EpollItem implements Waiter {
  readonly epoll: Epoll;
  readonly file: OpenFile;
  readonly fd: number;
  events: number;
  dataLo: number;
  dataHi: number;
  /** Registration with the file; null once removed. */
  entry: WaitEntry | null = null;
  ready = false;
  next: EpollItem | null = null;
  previous: EpollItem | null = null;
  /** Another item under the same descriptor number (the number was closed and used again while the file lived on). */
  sameFd: EpollItem | null = null;

  constructor(epoll: Epoll, file: OpenFile, fd: number, events: number, dataLo: number, dataHi: number) {
    this.epoll = epoll;
    this.file = file;
    this.fd = fd;
    this.events = events;
    this.dataLo = dataLo;
    this.dataHi = dataHi;
  }
  /** What of the file's readiness it asked for; 0 when a one-shot has fired. */
  poll(): number {
    return (this.events & ~PRIVATE_BITS) === 0 ? 0 : this.file.poll() & this.events & ~PRIVATE_BITS;
  }
  onWake(events: number): boolean {
    if ((this.events & ~PRIVATE_BITS) === 0) return false;
    if (events !== 0 && (events & this.events) === 0) return false;
    const used = this.epoll.itemReady(this);
    return (this.events & EPOLLEXCLUSIVE) === 0 || used;
  }
  fileReleased(): void {
    this.epoll.drop(this);
  }
}

/** All items there are; bounded as fs.epoll.max_user_watches bounds a user's. */
let watches = 0;
const MAX_WATCHES = 1_000_000;

/** Receives one event; false when there is no room for it. */
export type EventSink = (events: number, dataLo: number, dataHi: number) => boolean;

export class Epoll extends AnonFile {
  #items = new Map<number, EpollItem>();
  #head: EpollItem | null = null;
  #tail: EpollItem | null = null;

  constructor() {
    super(O_RDWR);
  }
  get inode(): Inode {
    return anonInode;
  }

  override ioctl(): number {
    return -EINVAL;
  }
  add(file: OpenFile, fd: number, events: number, dataLo: number, dataHi: number): number {
    if ((events & EPOLLEXCLUSIVE) !== 0 && (file instanceof Epoll || (events & ~EXCLUSIVE_OK) !== 0)) return -EINVAL;
    if (this.#find(file, fd) !== null) return -EEXIST;
    if (file instanceof Epoll) {
      if (file === this || file.#reaches(this)) return -ELOOP;
      if (this.#heightUp() + file.#depthDown() > MAX_NESTING) return -ELOOP;
    } else if (this.#heightUp() > MAX_NESTING) return -EINVAL;
    if (watches >= MAX_WATCHES) return -ENOSPC;
    watches += 1;
    const item = new EpollItem(this, file, fd, (events | ALWAYS) >>> 0, dataLo, dataHi);
    item.sameFd = this.#items.get(fd) ?? null;
    this.#items.set(fd, item);
    file.watchers ??= new Set();
    file.watchers.add(item);
    item.entry = file.waitQueue.add(item, (events & EPOLLEXCLUSIVE) !== 0);
    if (item.poll() !== 0) this.itemReady(item);
    return 0;
  }

  /** The file watched under descriptor `fd`, the `skip`th of those (kcmp(2)); null if there are fewer. */
  watchedFile(fd: number, skip: number): OpenFile | null {
    let item = this.#items.get(fd) ?? null;
    for (let left = skip; item !== null && left > 0; left -= 1) item = item.sameFd;
    return item?.file ?? null;
  }

  modify(file: OpenFile, fd: number, events: number, dataLo: number, dataHi: number): number {
    const item = this.#find(file, fd);
    if (item === null) return -ENOENT;
    if (((item.events | events) & EPOLLEXCLUSIVE) !== 0) return -EINVAL;
    item.events = (events | ALWAYS) >>> 0;
    item.dataLo = dataLo;
    item.dataHi = dataHi;
    if (item.poll() !== 0) this.itemReady(item);
    return 0;
  }

  remove(file: OpenFile, fd: number): number {
    const item = this.#find(file, fd);
    if (item === null) return -ENOENT;
    this.drop(item);
    return 0;
  }

  /**
   * Hands ready items to `sink`, at most `limit`; how many. Items that are level-triggered and were handed out go to
   * the end of the list, so that all get their turn.
   */
  collect(limit: number, sink: EventSink): number {
    let count = 0;
    const last = this.#tail;
    let item = this.#head;
    while (item !== null && count < limit) {
      const next: EpollItem | null = item === last ? null : item.next;
      this.#unlink(item);
      const events = item.poll();
      if (events !== 0) {
        if (!sink(events, item.dataLo, item.dataHi)) {
          this.#link(item);
          break;
        }
        count += 1;
        if ((item.events & EPOLLONESHOT) !== 0) item.events = (item.events & PRIVATE_BITS) >>> 0;
        else if ((item.events & EPOLLET) === 0) this.#link(item);
      }
      item = next;
    }
    // What is left is for other waiters.
    if (count > 0 && this.#head !== null) this.waitQueue.wake(EPOLLIN | EPOLLRDNORM);
    return count;
  }

  override poll(): number {
    for (let item = this.#head; item !== null; ) {
      const next: EpollItem | null = item.next;
      if (item.poll() !== 0) return EPOLLIN | EPOLLRDNORM;
      this.#unlink(item);
      item = next;
    }
    return 0;
  }

  override describe(): string {
    return 'anon_inode:[eventpoll]';
  }
  override fdinfo(): string {
    let text = '';
    for (const first of this.#items.values()) {
      for (let item: EpollItem | null = first; item !== null; item = item.sameFd) {
        const data = item.dataHi === 0 ? item.dataLo.toString(16) : item.dataHi.toString(16) + item.dataLo.toString(16).padStart(8, '0');
        const { inode } = item.file;
        const sdev = ((inode.superBlock.deviceMajor << 20) | inode.superBlock.deviceMinor).toString(16);
        text += `tfd: ${String(item.fd).padStart(8)} events: ${item.events.toString(16).padStart(8)} data: ${data.padStart(16)}  pos:${item.file.pos} ino:${inode.ino.toString(16)} sdev:${sdev}\n`;
      }
    }
    return text;
  }
  protected override release(): void {
    for (const first of [...this.#items.values()]) {
      for (let item: EpollItem | null = first; item !== null; ) {
        const next: EpollItem | null = item.sameFd;
        this.drop(item);
        item = next;
      }
    }
  }

  /** Called by items: puts it on the ready list and wakes; whether a waiter was there to use it. */
  itemReady(item: EpollItem): boolean {
    if (!item.ready) this.#link(item);
    return this.waitQueue.wake(EPOLLIN | EPOLLRDNORM) > 0;
  }
  /** Called by items: forgets it. */
  drop(item: EpollItem): void {
    if (item.entry === null) return;
    watches -= 1;
    item.entry.remove();
    item.entry = null;
    if (item.ready) this.#unlink(item);
    item.file.watchers?.delete(item);
    const first = this.#items.get(item.fd);
    if (first === item) {
      if (item.sameFd === null) this.#items.delete(item.fd);
      else this.#items.set(item.fd, item.sameFd);
      return;
    }
    for (let at = first ?? null; at !== null; at = at.sameFd) if (at.sameFd === item) at.sameFd = item.sameFd;
  }

  #find(file: OpenFile, fd: number): EpollItem | null {
    for (let item = this.#items.get(fd) ?? null; item !== null; item = item.sameFd) if (item.file === file) return item;
    return null;
  }
  *#watched(): Generator<OpenFile> {
    for (const first of this.#items.values()) for (let item: EpollItem | null = first; item !== null; item = item.sameFd) yield item.file;
  }
  #reaches(target: Epoll): boolean {
    for (const file of this.#watched()) if (file instanceof Epoll && (file === target || file.#reaches(target))) return true;
    return false;
  }
  /** Instances on the longest way down, this one counted. */
  #depthDown(): number {
    let depth = 0;
    for (const file of this.#watched()) if (file instanceof Epoll) depth = Math.max(depth, file.#depthDown());
    return depth + 1;
  }
  /** Instances on the longest way up, this one counted. */
  #heightUp(): number {
    let height = 0;
    if (this.watchers !== null) for (const item of this.watchers) height = Math.max(height, (item as EpollItem).epoll.#heightUp());
    return height + 1;
  }
  #link(item: EpollItem): void {
    item.ready = true;
    item.previous = this.#tail;
    item.next = null;
    if (this.#tail === null) this.#head = item;
    else this.#tail.next = item;
    this.#tail = item;
  }
  #unlink(item: EpollItem): void {
    item.ready = false;
    if (item.previous === null) this.#head = item.next;
    else item.previous.next = item.next;
    if (item.next === null) this.#tail = item.previous;
    else item.next.previous = item.previous;
    item.next = item.previous = null;
  }
}
