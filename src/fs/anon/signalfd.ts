/**
 * signalfd(2): reading takes pending signals of whoever reads. Its wait queue is the reader's too, so it is found when
 * asked for: an inherited signalfd is about the child's signals.
 */
import { EAGAIN, EINVAL } from '#abi/errno.ts';
import { O_RDWR } from '#abi/fcntl.ts';
import { EPOLLIN } from '#abi/poll.ts';
import { SI_KERNEL, SI_TIMER, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGIO, SIGSEGV, SIGSYS, SIGTRAP } from '#abi/signal.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { AnonFile } from './anon-file.ts';
import type { Io } from '#kernel/io.ts';
import type { SigInfo } from '#kernel/pending-signals.ts';
import { seenInfo } from '#kernel/signal/siginfo.ts';
import { dequeueSignal, pendingSet } from '#kernel/signal/send.ts';
import { type SigSet, sigsetAnd } from '#kernel/sigset.ts';
import type { Task } from '#kernel/task.ts';
import { anonInode } from './pseudo-fs.ts';

/** sizeof(struct signalfd_siginfo). */
const SIZE = 128;
const record = new Uint8Array(SIZE);
const view = new DataView(record.buffer);

export class SignalFd extends AnonFile {
  mask: SigSet;
  readonly #maker: Task;

  constructor(task: Task, mask: SigSet, flags: number) {
    super(O_RDWR | flags);
    this.mask = mask;
    this.#maker = task;
    Object.defineProperty(this, 'waitQueue', { get: () => this.#reader.group.handlers.queued });
  }
  get inode(): Inode {
    return anonInode;
  }
  get #reader(): Task {
    return this.#maker.kernel.current ?? this.#maker;
  }

  override read(task: Task, io: Io, _pos: number): number {
    if (io.remaining < SIZE) return -EINVAL;
    let done = 0;
    while (io.remaining >= SIZE) {
      const info = dequeueSignal(task, this.mask);
      if (info === null) break;
      encode(seenInfo(task, info));
      const n = io.put(record, 0, SIZE);
      if (n < SIZE) return done > 0 ? done : n;
      done += SIZE;
    }
    return done > 0 ? done : -EAGAIN;
  }
  override poll(): number {
    const ready = sigsetAnd(pendingSet(this.#reader), this.mask);
    return ready.lo !== 0 || ready.hi !== 0 ? EPOLLIN : 0;
  }
  override describe(): string {
    return 'anon_inode:[signalfd]';
  }
  override fdinfo(): string {
    const hex = (word: number) => word.toString(16).padStart(8, '0');
    return `sigmask:\t${hex(this.mask.hi)}${hex(this.mask.lo)}\n`;
  }
}

/** Fills `record` as struct signalfd_siginfo; which members mean something follows from signal and code. */
function encode(info: SigInfo): void {
  record.fill(0);
  view.setUint32(0, info.signal, true);
  view.setInt32(4, info.errno, true);
  view.setInt32(8, info.code, true);
  if (info.code === SI_TIMER) {
    view.setUint32(24, info.status, true);
    view.setUint32(32, info.overrun, true);
    setValue(info);
    return;
  }
  if (info.code > 0 && info.code !== SI_KERNEL) {
    switch (info.signal) {
      case SIGCHLD:
        setSender(info);
        view.setInt32(40, info.status, true);
        view.setUint32(56, info.utime, true);
        view.setUint32(64, info.stime, true);
        return;
      case SIGIO:
        view.setInt32(20, info.status, true);
        view.setUint32(28, info.valueLo, true);
        return;
      case SIGILL:
      case SIGFPE:
      case SIGSEGV:
      case SIGBUS:
      case SIGTRAP:
      case SIGSYS:
        view.setUint32(72, info.addr >>> 0, true);
        view.setUint32(76, Math.floor(info.addr / 4294967296), true);
        return;
      default:
    }
  }
  setSender(info);
  setValue(info);
}
function setSender(info: SigInfo): void {
  view.setUint32(12, info.pid, true);
  view.setUint32(16, info.uid, true);
}
function setValue(info: SigInfo): void {
  view.setInt32(44, info.valueLo, true);
  view.setUint32(48, info.valueLo, true);
  view.setUint32(52, info.valueHi, true);
}
