/**
 * Open files ("file descriptions"): what a descriptor refers to. Everything a guest can have open derives from
 * `OpenFile`: regular files, directories, pipes, sockets, terminals, eventfds, ...
 *
 * Operations never sleep. One that would have to answers -EAGAIN, whether or not O_NONBLOCK is set; the system call
 * layer (src/syscalls/read-write.ts) sleeps on `waitQueue` and tries again. Wake `waitQueue` with the EPOLL* bits that
 * became true.
 */
import { EBADF, EINVAL, ENODEV, ENOTDIR, ENOTTY, ESPIPE } from '#abi/errno.ts';
import { F_GETPIPE_SZ, F_SETPIPE_SZ, O_ACCMODE, O_PATH, O_RDONLY, O_RDWR, O_WRONLY } from '#abi/fcntl.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_DELETE_SELF } from '#abi/inotify.ts';
import { EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM } from '#abi/poll.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, WaitQueue } from '#kernel/wait.ts';
import type { Inode } from './inode.ts';
import { leaseClosed } from './leases.ts';
import { notifications, notifyPath, notifySelf } from './notify.ts';
import type { Path } from './path.ts';

/** How to map a file: a host descriptor to hand to the platform, or anonymous memory. */
export interface Mapping {
  /** Host descriptor and offset to map; -1 for anonymous memory (/dev/zero). */
  hostFd: number;
  hostOffset: number;
  /** A shared mapping that must never become writable (a write seal). */
  sealed?: boolean;
}

/** Receives directory entries; false when it is full (the entry was not taken). */
export type DirSink = (name: string, ino: number, type: number, nextPos: number) => boolean;

/** The queue of files that never make anybody wait: one for all, since nothing wakes it. */
export const neverWoken = new WaitQueue();

export abstract class OpenFile {
  /** O_ACCMODE and the status flags (O_APPEND, O_NONBLOCK, O_DIRECT, O_PATH, ...). O_CLOEXEC lives in the descriptor. */
  flags: number;
  pos = 0;
  /** Descriptors (and kernel users: mappings, messages in flight) that hold it; `put()` releases. */
  refs = 1;
  /** Where it was opened; null for what has no name in a mount (pipes: see `describe`). */
  path: Path | null = null;
  readonly waitQueue: WaitQueue;
  /** F_SETOWN/F_SETSIG; 0 is none; negative a process group. */
  ownerPid = 0;
  /** F_OWNER_TID: `ownerPid` is a thread. */
  ownerIsThread = false;
  ownerSignal = 0;
  /** It counts in its inode's `opens` and `writers`: set by the VFS for what was opened by path. */
  counted = false;
  /** A program that runs from it: it keeps writers out. */
  executes = false;
  /** Epoll registrations, which end with the file; null when there never were any. */
  watchers: Set<{ fileReleased(): void }> | null = null;

  constructor(flags: number, waitQueue: WaitQueue = new WaitQueue()) {
    this.flags = flags;
    this.waitQueue = waitQueue;
  }

  /** The inode behind it, for fstat and friends. */
  abstract get inode(): Inode;

  get readable(): boolean {
    const mode = this.flags & O_ACCMODE;
    return (mode === O_RDONLY || mode === O_RDWR) && (this.flags & O_PATH) === 0;
  }
  get writable(): boolean {
    const mode = this.flags & O_ACCMODE;
    return (mode === O_WRONLY || mode === O_RDWR) && (this.flags & O_PATH) === 0;
  }
  /** False for pipes, sockets, terminals: pread and lseek answer ESPIPE, reads ignore `pos`. */
  get seekable(): boolean {
    return false;
  }
  /** True where a blocking write goes on until all is written (pipes, stream sockets, ttys). */
  get writesAll(): boolean {
    return false;
  }
  /** Limits of blocking reads and writes (SO_RCVTIMEO, SO_SNDTIMEO), in ns. */
  readTimeoutNs = Infinity;
  writeTimeoutNs = Infinity;

  /** One attempt to read at `pos` (meaningless when not seekable). Bytes (0 is end of file) or -errno; -EAGAIN: nothing yet. */
  read(_task: Task, _io: Io, _pos: number): number {
    return -EINVAL;
  }
  /** One attempt to write. Bytes or -errno; -EAGAIN: no room. The caller has applied O_APPEND through `size` if seekable. */
  write(_task: Task, _io: Io, _pos: number): number {
    return -EINVAL;
  }
  /** EPOLL* bits that hold now. */
  poll(): number {
    return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
  }
  /** False where epoll_ctl must answer EPERM (regular files, directories). */
  get pollable(): boolean {
    return true;
  }
  ioctl(_task: Task, _cmd: number, _arg: number): number | Blocking {
    return -ENOTTY;
  }
  /** New position, or -errno. `whence` SEEK_SET, CUR, END, DATA, HOLE. */
  seek(_offset: number, _whence: number): number {
    return -ESPIPE;
  }
  /** Emits entries from `pos` on; returns the position to continue from, or -errno. Includes "." and "..". */
  readdir(_task: Task, _sink: DirSink): number {
    return -ENOTDIR;
  }
  truncate(_size: number): number {
    return -EINVAL;
  }
  allocate(_mode: number, _offset: number, _length: number): number {
    return -ENODEV;
  }
  /** fsync, fdatasync, sync_file_range. */
  sync(_dataOnly: boolean): number {
    return -EINVAL;
  }
  /** How to map [offset, offset+length); the kernel checked access modes. -errno: ENODEV and the like. */
  map(_task: Task, _offset: number, _length: number, _prot: number, _shared: boolean): Mapping | number {
    return -ENODEV;
  }
  /** Commands of fcntl(2) that only this kind of file knows (F_SETPIPE_SZ, F_GETPIPE_SZ). */
  fcntl(_task: Task, cmd: number, _arg: number): number {
    return cmd === F_SETPIPE_SZ || cmd === F_GETPIPE_SZ ? -EBADF : -EINVAL;
  }
  /** fcntl(F_SETFL) with the new status bits; an object may refuse. */
  setFlags(flags: number): number {
    this.flags = flags;
    return 0;
  }
  /** A descriptor of some process was closed (not necessarily the last): flush. 0 or -errno. */
  flush(_task: Task): number {
    return 0;
  }
  /** What /proc/PID/fd/N links to when `path` is null: "pipe:[123]", "anon_inode:[eventpoll]". */
  describe(): string {
    return `anon_inode:[${this.constructor.name}]`;
  }
  /** Extra lines for /proc/PID/fdinfo/N (after pos, flags, mnt_id, ino). */
  fdinfo(): string {
    return '';
  }
  /** What opening it waits for: FIFOs wait for the other end before the descriptor exists. 0 or -errno ends the open. */
  openWait(_task: Task): number | Blocking {
    return 0;
  }
  /** The last reference is gone. */
  protected release(): void {}

  get(): this {
    this.refs += 1;
    return this;
  }
  put(): void {
    this.refs -= 1;
    if (this.refs !== 0) return;
    if (this.watchers !== null) for (const watcher of [...this.watchers]) watcher.fileReleased();
    if (this.counted) closed(this);
    this.release();
  }
}

/** Enters an open file into its inode's counts; `put` takes it out again. */
export function countOpen(file: OpenFile, inode: Inode): void {
  file.counted = true;
  inode.opens += 1;
  if (file.writable) inode.writers += 1;
}

export function countExecution(file: OpenFile, inode: Inode): void {
  file.executes = true;
  inode.executions += 1;
}

function closed(file: OpenFile): void {
  const inode = file.inode;
  inode.opens -= 1;
  const wrote = file.writable;
  if (wrote) inode.writers -= 1;
  if (file.executes) inode.executions -= 1;
  if (inode.locks !== null) inode.locks.fileClosed(file);
  if (inode.leases !== null) leaseClosed(inode, file);
  if (notifications.active && file.path !== null && (file.flags & O_PATH) === 0)
    notifyPath(file.path.dentry, wrote ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
  if (inode.nlink !== 0 || inode.opens !== 0) return;
  if (inode.watches !== null) notifySelf(inode, IN_DELETE_SELF);
  inode.evict();
}
