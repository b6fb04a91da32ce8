/** Signal-driven I/O (O_ASYNC, F_SETOWN, F_SETSIG of fcntl(2)): a waiter that turns wakes of a file into SIGIO. */
import { FASYNC } from '#abi/fcntl.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI } from '#abi/poll.ts';
import { SI_KERNEL, SIGIO } from '#abi/signal.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { signalOwner } from '#fs/vfs/owner-signal.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import type { Task } from '#kernel/task.ts';
import type { WaitEntry, Waiter } from '#kernel/wait.ts';
import { EventFd } from './eventfd.ts';
import { Epoll } from './epoll.ts';
import { SignalFd } from './signalfd.ts';
import { TimerFd } from './timerfd.ts';

/** si_code of the reasons (POLL_*), and si_band. */
const reasons: readonly (readonly [events: number, code: number, band: number])[] = [
  [EPOLLIN, 1, 0x41],
  [EPOLLOUT, 2, 0x104],
  [EPOLLERR, 4, 0x8],
  [EPOLLPRI, 5, 0x82],
  [EPOLLHUP, 6, 0x18],
];

class AsyncNotify implements Waiter {
  readonly entry: WaitEntry;
  readonly #file: OpenFile;
  readonly #fd: number;
  readonly #setter: Task;

  constructor(setter: Task, file: OpenFile, fd: number) {
    this.#setter = setter;
    this.#file = file;
    this.#fd = fd;
    this.entry = file.waitQueue.add(this);
  }
  onWake(events: number): boolean {
    const { ownerPid, ownerSignal } = this.#file;
    const reason = reasons.find(([bits]) => (events & bits) !== 0);
    if (ownerPid === 0 || reason === undefined) return false;
    const [, code, band] = reason;
    signalOwner(
      this.#setter,
      this.#file,
      ownerSignal === 0 ? sigInfo(SIGIO, SI_KERNEL) : sigInfo(ownerSignal, code, { status: this.#fd, valueLo: band }),
    );
    return false;
  }
}

const notifiers = new WeakMap<OpenFile, AsyncNotify>();

/** Brings notification in line with the O_ASYNC flag, after F_SETFL or FIOASYNC. */
export function updateAsync(task: Task, file: OpenFile, fd: number): void {
  const known = notifiers.get(file);
  const wanted = (file.flags & FASYNC) !== 0;
  if (!wanted && known !== undefined) {
    known.entry.remove();
    notifiers.delete(file);
  }
  const capable =
    file.pollable && !(file instanceof EventFd || file instanceof Epoll || file instanceof SignalFd || file instanceof TimerFd);
  if (wanted && known === undefined && capable) {
    const notify = new AsyncNotify(task, file, fd);
    notifiers.set(file, notify);
    // A queue may outlive the file (pipes, ttys): the registration must not.
    file.watchers ??= new Set();
    const watcher = { fileReleased: () => notify.entry.remove() };
    file.watchers.add(watcher);
  }
}
