/**
 * timerfd_create(2): a timer whose expirations are read as a count. Times are monotonic ns inside. The host's clock is never set
 * from inside, so TFD_TIMER_CANCEL_ON_SET is accepted and cancels nothing.
 */
import { EAGAIN, EINVAL, ENOTTY } from '#abi/errno.ts';
import { O_RDWR } from '#abi/fcntl.ts';
import { EPOLLIN } from '#abi/poll.ts';
import { TFD_IOC_SET_TICKS } from '#abi/time.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { AnonFile } from './anon-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Kernel } from '#kernel/kernel.ts';
import type { Task } from '#kernel/task.ts';
import { Timer } from '#kernel/timer.ts';
import { anonInode } from './pseudo-fs.ts';

const word = new Uint8Array(8);
const view = new DataView(word.buffer);

export interface TimerFdSetting {
  intervalNs: number;
  /** Time to the next expiration; 0 is disarmed. */
  valueNs: number;
}

export class TimerFd extends AnonFile {
  readonly clock: number;
  readonly #kernel: Kernel;
  readonly #timer: Timer;
  #ticks = 0;
  #intervalNs = 0;
  #flags = 0;
  /** The deadline at which a periodic timer came to rest; -1 while it runs. */
  #restingSince = -1;

  constructor(kernel: Kernel, clock: number, flags: number) {
    super(O_RDWR | flags);
    this.clock = clock;
    this.#kernel = kernel;
    this.#timer = new Timer(() => this.#expired());
  }
  get inode(): Inode {
    return anonInode;
  }

  get setting(): TimerFdSetting {
    this.#catchUp();
    this.#resume();
    const valueNs = this.#timer.armed ? Math.max(this.#timer.deadlineNs - this.#kernel.now(), 1) : 0;
    return { intervalNs: this.#intervalNs, valueNs };
  }
  /** Arms it for `deadlineNs` (monotonic), or disarms it (Infinity). Expirations not yet read are forgotten. */
  set(deadlineNs: number, intervalNs: number, flags: number): void {
    const { timers } = this.#kernel;
    timers.disarm(this.#timer);
    this.#ticks = 0;
    this.#restingSince = -1;
    this.#intervalNs = intervalNs;
    this.#flags = flags;
    if (deadlineNs !== Infinity) timers.arm(this.#timer, deadlineNs);
  }
  /** A periodic timer rests until somebody looks at it, so that a short period costs nothing while nobody reads. */
  #expired(): void {
    this.#ticks += 1;
    this.#restingSince = this.#intervalNs > 0 ? this.#timer.deadlineNs : -1;
    this.waitQueue.wakeAll(EPOLLIN);
  }
  /** Counts the periods that passed at rest, and goes on. */
  #resume(): void {
    if (this.#restingSince < 0) return;
    const passed = Math.floor(Math.max(0, this.#kernel.now() - this.#restingSince) / this.#intervalNs);
    this.#ticks += passed;
    this.#kernel.timers.arm(this.#timer, this.#restingSince + (passed + 1) * this.#intervalNs);
    this.#restingSince = -1;
  }
  /** The timer may be due though the loop has not come to it. */
  #catchUp(): void {
    if (!this.#timer.armed || this.#timer.deadlineNs > this.#kernel.now()) return;
    this.#kernel.timers.disarm(this.#timer);
    this.#expired();
  }

  override read(_task: Task, io: Io, _pos: number): number {
    if (io.remaining < 8) return -EINVAL;
    this.#catchUp();
    this.#resume();
    if (this.#ticks === 0) return -EAGAIN;
    view.setUint32(0, this.#ticks >>> 0, true);
    view.setUint32(4, Math.floor(this.#ticks / 4294967296), true);
    this.#ticks = 0;
    return io.put(word, 0, 8);
  }
  override poll(): number {
    this.#catchUp();
    return this.#ticks > 0 ? EPOLLIN : 0;
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    if (cmd !== TFD_IOC_SET_TICKS) return -ENOTTY;
    const ticks = task.mem.readU64(arg);
    if (ticks < 0) return ticks;
    if (ticks === 0) return -EINVAL;
    this.#ticks = ticks;
    this.waitQueue.wakeAll(EPOLLIN);
    return 0;
  }
  override describe(): string {
    return 'anon_inode:[timerfd]';
  }
  override fdinfo(): string {
    const { intervalNs, valueNs } = this.setting;
    const pair = (ns: number) => `(${Math.floor(ns / 1e9)}, ${Math.floor(ns % 1e9)})`;
    return `clockid: ${this.clock}\nticks: ${this.#ticks}\nsettime flags: 0${this.#flags.toString(8)}\nit_value: ${pair(valueNs)}\nit_interval: ${pair(intervalNs)}\n`;
  }
  protected override release(): void {
    this.#kernel.timers.disarm(this.#timer);
  }
}
