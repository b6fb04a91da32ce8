/**
 * inotify(7): an instance holds watches on inodes and a queue of events. Watches hang on their inodes (vfs/notify.ts), so a
 * watch lives until it is removed, its object is gone, or its instance is closed.
 */
import { EAGAIN, EEXIST, EINVAL, ENOSPC, ENOTTY } from '#abi/errno.ts';
import { O_RDONLY } from '#abi/fcntl.ts';
import {
  IN_ALL_EVENTS,
  IN_DELETE_SELF,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_MOVE_SELF,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
} from '#abi/inotify.ts';
import { FIONREAD } from '#abi/ioctl.ts';
import { EPOLLIN, EPOLLRDNORM } from '#abi/poll.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { addWatch, type InodeWatch, removeWatch } from '#fs/vfs/notify.ts';
import { AnonFile } from './anon-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { anonInode } from './pseudo-fs.ts';

/** fs.inotify.max_queued_events, max_user_watches, max_user_instances. */
const MAX_EVENTS = 16384;
const MAX_WATCHES = 65536;
const MAX_INSTANCES = 128;
/** sizeof(struct inotify_event), which names are padded to a multiple of. */
const HEADER = 16;
const MAX_RECORD = HEADER + 256 + HEADER;

const SELF = IN_DELETE_SELF | IN_MOVE_SELF;

const record = new Uint8Array(MAX_RECORD);
const view = new DataView(record.buffer);

const watchesOf = new Map<number, number>();
const instancesOf = new Map<number, number>();
function charge(counts: Map<number, number>, uid: number, by: number): void {
  const count = (counts.get(uid) ?? 0) + by;
  if (count > 0) counts.set(uid, count);
  else counts.delete(uid);
}

interface Event {
  wd: number;
  mask: number;
  cookie: number;
  name: string;
}

class Watch implements InodeWatch {
  readonly wd: number;
  readonly inode: Inode;
  readonly #instance: Inotify;
  mask: number;
  constructor(instance: Inotify, wd: number, inode: Inode, mask: number) {
    this.#instance = instance;
    this.wd = wd;
    this.inode = inode;
    this.mask = mask;
  }
  onEvent(mask: number, cookie: number, name: string, _object: Inode, unlinked: boolean): void {
    if (unlinked && (this.mask & IN_EXCL_UNLINK) !== 0) return;
    const kind = (mask & ~IN_ISDIR) >>> 0;
    if ((this.mask & kind & (IN_ALL_EVENTS | IN_UNMOUNT)) !== 0 || kind === IN_UNMOUNT) {
      // An object's own end or move is not said to be a directory's.
      this.#instance.queue({ wd: this.wd, mask: (kind & SELF) !== 0 ? kind : mask, cookie, name });
      if ((this.mask & IN_ONESHOT) !== 0) this.#instance.drop(this);
    }
    if (kind === IN_DELETE_SELF || kind === IN_UNMOUNT) this.#instance.drop(this);
  }
}

export class Inotify extends AnonFile {
  readonly #uid: number;
  #nextWd = 1;
  #watches = new Map<number, Watch>();
  #byInode = new Map<Inode, Watch>();
  #events: Event[] = [];

  constructor(uid: number, flags: number) {
    super(O_RDONLY | flags);
    this.#uid = uid;
    charge(instancesOf, uid, 1);
  }
  /** A new instance; null when the user has too many. */
  static make(task: Task, flags: number): Inotify | null {
    const { uid } = task.creds;
    return (instancesOf.get(uid) ?? 0) >= MAX_INSTANCES ? null : new Inotify(uid, flags);
  }
  get inode(): Inode {
    return anonInode;
  }

  /** inotify_add_watch(2): the watch descriptor or -errno. */
  add(inode: Inode, mask: number): number {
    const kept = (mask & (IN_ALL_EVENTS | IN_UNMOUNT | IN_ONESHOT | IN_EXCL_UNLINK)) >>> 0;
    const known = this.#byInode.get(inode);
    if (known !== undefined) {
      if ((mask & IN_MASK_CREATE) !== 0) return -EEXIST;
      known.mask = ((mask & IN_MASK_ADD) !== 0 ? known.mask | kept : kept) >>> 0;
      return known.wd;
    }
    if ((watchesOf.get(this.#uid) ?? 0) >= MAX_WATCHES) return -ENOSPC;
    const watch = new Watch(this, this.#nextWd, inode, kept);
    this.#nextWd += 1;
    charge(watchesOf, this.#uid, 1);
    this.#watches.set(watch.wd, watch);
    this.#byInode.set(inode, watch);
    addWatch(inode, watch);
    return watch.wd;
  }
  /** inotify_rm_watch(2). */
  remove(wd: number): number {
    const watch = this.#watches.get(wd);
    if (watch === undefined) return -EINVAL;
    this.drop(watch);
    return 0;
  }
  /** Ends a watch, and says so. */
  drop(watch: Watch): void {
    if (!this.#watches.delete(watch.wd)) return;
    this.#byInode.delete(watch.inode);
    removeWatch(watch.inode, watch);
    charge(watchesOf, this.#uid, -1);
    this.queue({ wd: watch.wd, mask: IN_IGNORED, cookie: 0, name: '' });
  }

  /** Adds an event, unless it repeats the last one or the queue is full. */
  queue(event: Event): void {
    const last = this.#events.at(-1);
    if (last !== undefined && last.wd === event.wd && last.mask === event.mask && last.cookie === event.cookie && last.name === event.name)
      return;
    if (this.#events.length >= MAX_EVENTS) {
      if (last?.mask !== IN_Q_OVERFLOW) this.#events.push({ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' });
      return;
    }
    this.#events.push(event);
    this.waitQueue.wake(EPOLLIN | EPOLLRDNORM);
  }

  override read(_task: Task, io: Io, _pos: number): number {
    let done = 0;
    let taken = 0;
    for (const event of this.#events) {
      const size = sizeOf(event);
      if (size > io.remaining) break;
      encode(event, size);
      const n = io.put(record, 0, size);
      if (n < size) return done > 0 ? done : n;
      done += size;
      taken += 1;
    }
    const full = taken === 0 && this.#events.length > 0;
    this.#events.splice(0, taken);
    if (done > 0) return done;
    return full ? -EINVAL : -EAGAIN;
  }
  override poll(): number {
    return this.#events.length > 0 ? EPOLLIN | EPOLLRDNORM : 0;
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    if (cmd !== FIONREAD) return -ENOTTY;
    return task.mem.writeI32(
      arg,
      this.#events.reduce((sum, event) => sum + sizeOf(event), 0),
    );
  }
  override describe(): string {
    return 'anon_inode:inotify';
  }
  override fdinfo(): string {
    let text = '';
    for (const { wd, inode, mask } of this.#watches.values()) {
      const { superBlock } = inode;
      const sdev = ((superBlock.deviceMajor << 20) | superBlock.deviceMinor).toString(16);
      text += `inotify wd:${wd.toString(16)} ino:${inode.ino.toString(16)} sdev:${sdev} mask:${mask.toString(16)} ignored_mask:0 \n`;
    }
    return text;
  }
  protected override release(): void {
    for (const watch of this.#watches.values()) removeWatch(watch.inode, watch);
    charge(watchesOf, this.#uid, -this.#watches.size);
    charge(instancesOf, this.#uid, -1);
    this.#watches.clear();
    this.#byInode.clear();
    this.#events = [];
  }
}

function sizeOf(event: Event): number {
  const { length } = event.name;
  return length === 0 ? HEADER : HEADER + Math.ceil((length + 1) / HEADER) * HEADER;
}
function encode(event: Event, size: number): void {
  record.fill(0, 0, size);
  view.setInt32(0, event.wd, true);
  view.setUint32(4, event.mask, true);
  view.setUint32(8, event.cookie, true);
  view.setUint32(12, size - HEADER, true);
  for (let i = 0; i < event.name.length; i += 1) record[HEADER + i] = event.name.charCodeAt(i);
}
