/**
 * A host descriptor as a guest's open file: standard input, output and error of `belljar do`.
 *
 * The kernel must never block in the host, yet the host's file description is shared with whoever started us, so
 * O_NONBLOCK must not be set on it: they would see it too, and it would outlive us. Instead each attempt asks poll(2)
 * with a zero timeout first. For reads that is exact, as long as nobody else reads the same pipe at the same instant.
 * A pipe that polls writable has room for PIPE_BUF bytes, so writes go in pieces of that size, each after its own
 * poll. If the launch found O_NONBLOCK set already, the host answers EAGAIN itself and none of this is needed.
 *
 * Waiting: when an attempt or a poll finds nothing, the descriptor is watched through the platform until its first event.
 */
import { EACCES, EAGAIN, EBADF, EINVAL, ENOTTY, EPIPE, ESPIPE } from '#abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '#abi/fcntl.ts';
import { FIONREAD } from '#abi/ioctl.ts';
import { PIPE_BUF } from '#abi/limits.ts';
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWRNORM,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
} from '#abi/poll.ts';
import { SIGPIPE } from '#abi/signal.ts';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from '#abi/stat.ts';
import { type AttributeChange, Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Platform } from '#platform/platform.ts';
import { anonFs, pipeFs, sockFs } from './pseudo-fs.ts';
import { signalSelf } from './signals.ts';

const SYS_close = 3;
const SYS_fstat = 5;
const SYS_poll = 7;
const SYS_lseek = 8;
const SYS_ioctl = 16;
const SYS_fcntl = 72;
const SYS_fsync = 74;
const SYS_fdatasync = 75;
const SYS_ftruncate = 77;
const F_GETFL = 3;
const SEEK_SET = 0;
const SEEK_CUR = 1;
const SEEK_END = 2;
const SYS_fchmod = 91;

const stat = new Uint8Array(144);
const statView = new DataView(stat.buffer);
const pollfd = new Uint8Array(8);
const pollView = new DataView(pollfd.buffer);
const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

/** A host descriptor that its last open file closes; those that the sandbox started with stay open (`counted` false). */
class HostDescriptor {
  readonly fd: number;
  readonly counted: boolean;
  #users = 0;
  constructor(fd: number, counted: boolean) {
    this.fd = fd;
    this.counted = counted;
  }
  take(): void {
    this.#users += 1;
  }
  drop(platform: Platform): void {
    this.#users -= 1;
    if (this.#users === 0 && this.counted) platform.host.call(SYS_close, this.fd);
  }
}

/** poll(2) with a zero timeout: the events that hold. */
export function pollHost(platform: Platform, fd: number, events: number): number {
  pollView.setInt32(0, fd, true);
  pollView.setUint16(4, events, true);
  pollView.setUint16(6, 0, true);
  return platform.host.call(SYS_poll, pollfd, 1, 0) > 0 ? pollView.getUint16(6, true) : 0;
}

/** An inode that mirrors what fstat(2) says of a host descriptor. */
export class HostFdInode extends Inode {
  readonly #platform: Platform;
  readonly #fd: number;
  readonly #descriptor: HostDescriptor;
  constructor(platform: Platform, fd: number, descriptor = new HostDescriptor(fd, false)) {
    super(superBlockFor(platform, fd), 0, 0);
    this.#platform = platform;
    this.#fd = fd;
    this.#descriptor = descriptor;
    this.refresh();
  }
  override refresh(): number {
    const result = this.#platform.host.call(SYS_fstat, this.#fd, stat);
    if (result < 0) return result;
    this.ino = u64(8);
    this.nlink = u64(16);
    this.mode = statView.getUint32(24, true);
    // A host socket is shown as a pipe: the guest can read and write it, and none of the socket calls know it.
    if ((this.mode & S_IFMT) === S_IFSOCK) this.mode = (this.mode & ~S_IFMT) | S_IFIFO;
    this.uid = statView.getUint32(28, true);
    this.gid = statView.getUint32(32, true);
    const rdevLo = statView.getUint32(40, true);
    const rdevHi = statView.getUint32(44, true);
    this.rdevMajor = ((rdevLo >>> 8) & 0xfff) | (rdevHi & ~0xfff);
    this.rdevMinor = (rdevLo & 0xff) | ((rdevLo >>> 12) & ~0xff);
    this.size = u64(48);
    this.blockSize = u64(56);
    this.blocks = u64(64);
    this.atimeSec = u64(72);
    this.atimeNsec = u64(80);
    this.mtimeSec = u64(88);
    this.mtimeNsec = u64(96);
    this.ctimeSec = u64(104);
    this.ctimeNsec = u64(112);
    return 0;
  }
  /** Opened again through /proc/self/fd: the same host descriptor, at a position of its own. */
  open(_task: Task, flags: number): OpenFile | number {
    const host = this.#platform.host.call(SYS_fcntl, this.#fd, F_GETFL, 0) & O_ACCMODE;
    if (host !== O_RDWR && (flags & O_ACCMODE) !== host) return -EACCES;
    return new HostFile(this.#platform, this.#fd, flags, this.#descriptor);
  }
  override setAttributes(_task: Task | null, change: AttributeChange): number {
    const { size, mode } = change;
    const { host } = this.#platform;
    let result = size === undefined ? 0 : host.call(SYS_ftruncate, this.#fd, size);
    if (result >= 0 && mode !== undefined) result = host.call(SYS_fchmod, this.#fd, mode & 0o7777);
    this.refresh();
    return result;
  }
}

function u64(at: number): number {
  return statView.getUint32(at, true) + statView.getUint32(at + 4, true) * 4294967296;
}
function superBlockFor(platform: Platform, fd: number): SuperBlock {
  platform.host.call(SYS_fstat, fd, stat);
  const type = (statView.getUint32(24, true) & S_IFMT) >>> 12;
  return type === 1 ? pipeFs : type === 12 ? sockFs : anonFs;
}

export class HostFile extends OpenFile {
  protected readonly platform: Platform;
  protected readonly fd: number;
  readonly #inode: HostFdInode;
  /** Regular files and devices that never wait. */
  readonly #regular: boolean;
  readonly #seekable: boolean;
  /** Null devices and the like: always ready, and epoll refuses them. */
  readonly #alwaysReady: boolean;
  readonly #nonblocking: boolean;
  /** A regular file that was opened anew keeps its position itself. */
  readonly #ownPosition: boolean;
  /** Events being watched for; 0 when none. */
  #watching = 0;

  readonly #descriptor: HostDescriptor;

  /** One of a process that was started from outside: closed on the host with its last open file. */
  static owned(platform: Platform, fd: number): HostFile {
    return new HostFile(platform, fd, -1, new HostDescriptor(fd, true));
  }

  /** `opened`: the flags of a guest that opens it anew; -1 for the standard descriptor itself. */
  constructor(platform: Platform, fd: number, opened = -1, descriptor = new HostDescriptor(fd, false)) {
    const flags = platform.host.call(SYS_fcntl, fd, F_GETFL, 0);
    if (flags < 0) throw new Error(`standard descriptor ${fd} is not open`);
    super(opened < 0 ? flags & (O_ACCMODE | O_APPEND) : opened);
    this.platform = platform;
    this.fd = fd;
    this.#descriptor = descriptor;
    descriptor.take();
    this.#inode = new HostFdInode(platform, fd, descriptor);
    const type = this.#inode.mode & S_IFMT;
    this.#regular = type === S_IFREG || type === S_IFBLK;
    this.#seekable = this.#regular || (type === S_IFCHR && this.#inode.rdevMajor === 1);
    this.#alwaysReady = this.#seekable;
    this.#ownPosition = this.#regular && opened >= 0;
    this.#nonblocking = (flags & O_NONBLOCK) !== 0;
    // The position of a regular file stays the host's: descriptors 1 and 2 may be one description, and the commands that
    // follow in a script go on where the guest stopped.
    if (this.#regular && opened < 0) {
      Object.defineProperty(this, 'pos', {
        get: () => Math.max(0, platform.host.call(SYS_lseek, fd, 0, SEEK_CUR)),
        set: (pos: number) => platform.host.call(SYS_lseek, fd, pos, SEEK_SET),
      });
    }
  }

  get inode(): Inode {
    return this.#inode;
  }
  override get seekable(): boolean {
    return this.#seekable;
  }
  override get writesAll(): boolean {
    return !this.#seekable;
  }
  override get pollable(): boolean {
    return !this.#alwaysReady;
  }

  override read(_task: Task, io: Io, pos: number): number {
    if ((this.flags & O_ACCMODE) === O_WRONLY) return -EBADF;
    if (io.remaining === 0) return 0;
    const { host } = this.platform;
    if (this.#alwaysReady) return io.putFromHost(host, this.fd, pos, io.remaining);
    if (!this.#nonblocking && pollHost(this.platform, this.fd, POLLIN) === 0) return this.#later(EPOLLIN);
    const n = io.putFromHost(host, this.fd, -1, Math.min(io.remaining, 65536));
    return n === -EAGAIN ? this.#later(EPOLLIN) : n;
  }

  override write(task: Task, io: Io, pos: number): number {
    if ((this.flags & O_ACCMODE) === O_RDONLY) return -EBADF;
    if (io.remaining === 0) return 0;
    const { host } = this.platform;
    if (this.#alwaysReady) return io.takeToHost(host, this.fd, pos, io.remaining);
    let done = 0;
    while (io.remaining > 0) {
      if (!this.#nonblocking && (pollHost(this.platform, this.fd, POLLOUT) & (POLLOUT | POLLERR | POLLHUP | POLLNVAL)) === 0) break;
      const piece = this.#nonblocking ? io.remaining : Math.min(io.remaining, this.writePiece);
      const n = io.takeToHost(host, this.fd, -1, piece);
      if (n === -EAGAIN) break;
      if (n === -EPIPE && done === 0) signalSelf(task, SIGPIPE);
      if (n <= 0) return done > 0 ? done : n;
      done += n;
    }
    return done > 0 ? done : this.#later(EPOLLOUT);
  }
  /** How much may be written after one poll without blocking. */
  protected get writePiece(): number {
    return PIPE_BUF;
  }

  override poll(): number {
    if (this.#alwaysReady) return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
    const got = pollHost(this.platform, this.fd, EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM | EPOLLRDHUP);
    let missing = 0;
    if ((got & EPOLLIN) === 0 && this.readable) missing |= EPOLLIN;
    if ((got & EPOLLOUT) === 0 && this.writable) missing |= EPOLLOUT;
    if (missing !== 0 && (got & (EPOLLHUP | EPOLLERR)) === 0) this.#watch(missing);
    return got;
  }

  override seek(offset: number, whence: number): number {
    if (!this.#seekable) return -ESPIPE;
    if (!this.#ownPosition) return this.platform.host.call(SYS_lseek, this.fd, offset, whence);
    this.#inode.refresh();
    const from = whence === SEEK_SET ? 0 : whence === SEEK_CUR ? this.pos : whence === SEEK_END ? this.#inode.size : Number.NaN;
    return from + offset >= 0 ? from + offset : -EINVAL;
  }
  override truncate(size: number): number {
    return this.platform.host.call(SYS_ftruncate, this.fd, size);
  }
  override sync(dataOnly: boolean): number {
    return this.platform.host.call(dataOnly ? SYS_fdatasync : SYS_fsync, this.fd);
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    if (cmd !== FIONREAD || this.#alwaysReady) return -ENOTTY;
    const result = this.platform.host.call(SYS_ioctl, this.fd, FIONREAD, word);
    return result < 0 ? result : task.mem.writeI32(arg, wordView.getInt32(0, true));
  }
  override describe(): string {
    const type = (this.#inode.mode & S_IFMT) >>> 12;
    if (type === 1) return `pipe:[${this.#inode.ino}]`;
    if (type === 12) return `socket:[${this.#inode.ino}]`;
    return this.#inode.rdevMajor === 1 && this.#inode.rdevMinor === 3 ? '/dev/null' : `anon_inode:[host:${this.fd}]`;
  }
  protected override release(): void {
    if (this.#watching !== 0) this.platform.unwatch(this.fd);
    this.#watching = 0;
    this.#descriptor.drop(this.platform);
  }

  #later(events: number): number {
    this.#watch(events);
    return -EAGAIN;
  }
  #watch(events: number): void {
    const wanted = this.#watching | events;
    if (wanted === this.#watching) return;
    if (this.#watching !== 0) this.platform.unwatch(this.fd);
    this.#watching = wanted;
    this.platform.watch(this.fd, wanted, (ready) => {
      this.platform.unwatch(this.fd);
      this.#watching = 0;
      const out = (ready & EPOLLOUT) !== 0 ? EPOLLWRNORM : 0;
      this.waitQueue.wakeAll(ready | ((ready & EPOLLIN) !== 0 ? EPOLLRDNORM : 0) | out);
    });
  }
}
