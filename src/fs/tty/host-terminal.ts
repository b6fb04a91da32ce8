/**
 * The host's terminal, forwarded: modes, window size, editing and echo are those of the host's line discipline; session,
 * foreground group and job control are the kernel's own. As with other host descriptors (host-file.ts) nothing may
 * block, so that reads and writes ask poll(2) first.
 *
 * While the caller's job is not in the foreground of the host's terminal, nothing is read: the input is the shell's.
 */
import { EAGAIN, EINVAL, EIO } from '#abi/errno.ts';
import { O_NONBLOCK } from '#abi/fcntl.ts';
import {
  FIONREAD,
  TCFLSH,
  TCGETS,
  TCIFLUSH,
  TCIOFLUSH,
  TCION,
  TCOFLUSH,
  TCOOFF,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TCXONC,
  TIOCGWINSZ,
  TIOCOUTQ,
  TIOCSWINSZ,
} from '#abi/ioctl.ts';
import { EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, POLLERR, POLLHUP, POLLIN, POLLOUT } from '#abi/poll.ts';
import { ICANON, TOSTOP, VMIN, VTIME } from '#abi/termios.ts';
import { pollHost } from '#fs/anon/host-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Kernel } from '#kernel/kernel.ts';
import type { Task } from '#kernel/task.ts';
import { Timer } from '#kernel/timer.ts';
import { Terminal, type WindowSize } from './terminal.ts';
import type { TerminalFile } from './terminal-file.ts';
import { TERMIOS_SIZE, Termios } from './termios.ts';

const SYS_close = 3;
const SYS_ioctl = 16;
const SYS_fcntl = 72;
const F_GETFL = 3;
/** What one poll for output vouches for; see host-file.ts. */
const PIECE = 512;

const bytes = new Uint8Array(64);
const view = new DataView(bytes.buffer);

export class HostTerminal extends Terminal {
  readonly #kernel: Kernel;
  #fd: number;
  readonly #nonblocking: boolean;
  readonly #termios = new Termios();
  #watching = 0;
  /** Whether the caller's job may read the terminal (control message Foreground). */
  #foreground = true;
  /** Called when a guest waits for input that it may not have. */
  wantsInput: () => void = () => {};
  #timer: Timer | null = null;
  #timeOver = false;

  constructor(kernel: Kernel, fd: number, index = 0) {
    super(136, index);
    this.#kernel = kernel;
    this.#fd = fd;
    const flags = kernel.platform.host.call(SYS_fcntl, fd, F_GETFL, 0);
    this.#nonblocking = flags >= 0 && (flags & O_NONBLOCK) !== 0;
  }

  /** The host says whether the caller's job is in the foreground. */
  set hostForeground(on: boolean) {
    this.#foreground = on;
    if (on) this.waitQueue.wakeAll(EPOLLIN | EPOLLRDNORM);
  }
  /** The process that it was opened for is gone, or the host's end is: hangs up, and gives the host's descriptor back. */
  end(): void {
    const fd = this.#fd;
    const { platform } = this.#kernel;
    if (fd < 0) return;
    if (this.#watching !== 0) platform.unwatch(fd);
    this.#watching = 0;
    this.#endWait();
    this.hangup();
    this.#fd = -1;
    platform.host.call(SYS_close, fd);
  }

  /** The host's window changed (SIGWINCH): whoever is in the foreground is told. */
  windowChanged(signal: number): void {
    this.signalForeground(signal);
  }

  read(task: Task, io: Io, file: TerminalFile): number {
    if (!this.#foreground) {
      this.wantsInput();
      return -EAGAIN;
    }
    const { host } = this.#kernel.platform;
    const ready = pollHost(this.#kernel.platform, this.#fd, POLLIN);
    if (ready === 0) return this.#notReady(task, file);
    this.#endWait();
    let length = Math.min(io.remaining, 4096);
    // A raw read of no more than is there does not wait for VMIN or VTIME.
    if ((ready & POLLHUP) === 0 && (this.#refresh() & ICANON) === 0) length = Math.min(length, Math.max(1, this.inputLength));
    const n = io.putFromHost(host, this.#fd, -1, length);
    if (n === -EAGAIN) this.#watch(EPOLLIN);
    return n;
  }

  /** Nothing to read: an immediate end for VMIN 0, else a wait, on a timer for VTIME. */
  #notReady(task: Task, file: TerminalFile): number {
    const raw = (this.#refresh() & ICANON) === 0;
    const tenths = this.#termios.cc[VTIME] as number;
    if (raw && this.#termios.cc[VMIN] === 0) {
      if (tenths === 0) return 0;
      if (this.#timeOver) {
        this.#endWait();
        return 0;
      }
      if (this.#timer === null && !file.nonblocking) {
        this.#timer = new Timer(() => {
          this.#timeOver = true;
          this.waitQueue.wakeAll();
        });
        task.kernel.timers.arm(this.#timer, task.kernel.now() + tenths * 1e8);
      }
    }
    this.#watch(EPOLLIN);
    return -EAGAIN;
  }
  #endWait(): void {
    if (this.#timer !== null) this.#kernel.timers.disarm(this.#timer);
    this.#timer = null;
    this.#timeOver = false;
  }

  write(_task: Task, io: Io, _file: TerminalFile): number {
    const { platform } = this.#kernel;
    let done = 0;
    while (io.remaining > 0) {
      if (!this.#nonblocking && (pollHost(platform, this.#fd, POLLOUT) & (POLLOUT | POLLERR | POLLHUP)) === 0) break;
      const n = io.takeToHost(platform.host, this.#fd, -1, this.#nonblocking ? io.remaining : Math.min(io.remaining, PIECE));
      if (n === -EAGAIN) break;
      if (n <= 0) return done > 0 ? done : n;
      done += n;
    }
    if (done > 0) return done;
    this.#watch(EPOLLOUT);
    return -EAGAIN;
  }

  poll(_file: TerminalFile): number {
    const wanted = this.#foreground ? EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM : EPOLLOUT | EPOLLWRNORM;
    const got = pollHost(this.#kernel.platform, this.#fd, wanted);
    const missing = wanted & (EPOLLIN | EPOLLOUT) & ~got;
    if (missing !== 0 && (got & (POLLHUP | POLLERR)) === 0) this.#watch(missing);
    return got;
  }

  getTermios(): Termios | number {
    const result = this.#call(TCGETS);
    if (result < 0) return result;
    this.#termios.decode(view, TERMIOS_SIZE);
    return this.#termios.copy();
  }
  setTermios(termios: Termios, drain: boolean, flush: boolean): number {
    termios.encode(view, TERMIOS_SIZE);
    return this.#call(flush ? TCSETSF : drain ? TCSETSW : TCSETS);
  }
  getWindowSize(): WindowSize {
    bytes.fill(0, 0, 8);
    this.#call(TIOCGWINSZ);
    const [rows, columns, xPixels, yPixels] = [0, 2, 4, 6].map((at) => view.getUint16(at, true)) as [number, number, number, number];
    return { rows, columns, xPixels, yPixels };
  }
  /** The host sends SIGWINCH to the launcher, which tells us: never 1 here. */
  setWindowSize(size: WindowSize): number {
    [size.rows, size.columns, size.xPixels, size.yPixels].forEach((value, i) => view.setUint16(i * 2, value, true));
    return Math.min(0, this.#call(TIOCSWINSZ));
  }
  flushQueues(input: boolean, output: boolean): void {
    this.#kernel.platform.host.call(SYS_ioctl, this.#fd, TCFLSH, input && output ? TCIOFLUSH : input ? TCIFLUSH : TCOFLUSH);
  }
  flowControl(action: number): number {
    if (action < TCOOFF || action > TCION) return -EINVAL;
    return this.#kernel.platform.host.call(SYS_ioctl, this.#fd, TCXONC, action);
  }
  get inputLength(): number {
    return this.#call(FIONREAD) < 0 ? 0 : view.getInt32(0, true);
  }
  get outputLength(): number {
    return this.#call(TIOCOUTQ) < 0 ? 0 : view.getInt32(0, true);
  }
  get stopsBackgroundOutput(): boolean {
    return (this.#refresh() & TOSTOP) !== 0;
  }
  /** What is typed here would reach the caller's shell. */
  type(_byte: number): number {
    return -EIO;
  }
  protected hungUp(): void {}

  /** Reads the modes; the local flags. */
  #refresh(): number {
    if (this.#call(TCGETS) >= 0) this.#termios.decode(view, TERMIOS_SIZE);
    return this.#termios.lflag;
  }
  #call(request: number): number {
    return this.#kernel.platform.host.call(SYS_ioctl, this.#fd, request, bytes);
  }
  #watch(events: number): void {
    const wanted = this.#watching | events;
    if (wanted === this.#watching) return;
    const { platform } = this.#kernel;
    if (this.#watching !== 0) platform.unwatch(this.#fd);
    this.#watching = wanted;
    platform.watch(this.#fd, wanted, (ready) => {
      platform.unwatch(this.#fd);
      this.#watching = 0;
      this.waitQueue.wakeAll(ready | ((ready & EPOLLIN) !== 0 ? EPOLLRDNORM : 0) | ((ready & EPOLLOUT) !== 0 ? EPOLLWRNORM : 0));
    });
  }
}
