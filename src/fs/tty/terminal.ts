/**
 * A terminal as processes see it (tty_ioctl(4), credentials(7)): session, foreground group, window size, hang-up. What
 * moves the bytes is in the subclasses: `PtySlave` and `HostTerminal`.
 *
 * Invariant: `session.terminal === this` exactly while `this.session === session`; `foregroundGroup` is of that session.
 */
import { EINVAL, EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { SIGCONT, SIGHUP, SIGTTIN, SIGTTOU, SIGWINCH, SIG_IGN } from '#abi/signal.ts';
import type { Io } from '#kernel/io.ts';
import type { ControllingTerminal, ProcessGroup, Session } from '#kernel/session.ts';
import { sigsetHas } from '#kernel/sigset.ts';
import { updateNotify } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';
import { WaitQueue } from '#kernel/wait.ts';
import { signalProcessGroup } from '#fs/anon/signals.ts';
import type { TerminalFile } from './terminal-file.ts';
import type { Termios } from './termios.ts';

export interface WindowSize {
  rows: number;
  columns: number;
  xPixels: number;
  yPixels: number;
}

export abstract class Terminal implements ControllingTerminal {
  /** Device number as stat and /proc encode it: major << 8 | minor for small numbers. */
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly waitQueue = new WaitQueue();
  session: Session | null = null;
  foregroundGroup: ProcessGroup | null = null;
  /** TIOCEXCL: no more opens. */
  exclusive = false;
  /** Files opened before the last hang-up are dead. */
  hangups = 0;
  /** Open files. */
  opens = 0;

  constructor(major: number, minor: number) {
    this.deviceMajor = major;
    this.deviceMinor = minor;
  }
  get deviceNumber(): number {
    return (this.deviceMinor & 0xff) | (this.deviceMajor << 8) | ((this.deviceMinor & ~0xff) << 12);
  }

  // ---- what a subclass does
  abstract read(task: Task, io: Io, file: TerminalFile): number;
  abstract write(task: Task, io: Io, file: TerminalFile): number;
  abstract poll(file: TerminalFile): number;
  abstract getTermios(): Termios | number;
  /** `drain`, `flush`: TCSETSW, TCSETSF. */
  abstract setTermios(termios: Termios, drain: boolean, flush: boolean): number;
  abstract getWindowSize(): WindowSize;
  /** Stores it; the caller sends SIGWINCH if it says that it changed (1). */
  abstract setWindowSize(size: WindowSize): number;
  /** TCFLSH. */
  abstract flushQueues(input: boolean, output: boolean): void;
  /** TCXONC. */
  abstract flowControl(action: number): number;
  abstract get inputLength(): number;
  abstract get outputLength(): number;
  /** Types one character (TIOCSTI). */
  abstract type(byte: number): number;
  protected abstract hungUp(): void;
  /** The last file was closed. */
  lastClose(): void {}
  /** SIGTTOU applies to plain writes. */
  abstract get stopsBackgroundOutput(): boolean;

  // ---- job control
  /** It is the controlling terminal of the task, whose process group is not the foreground one. */
  inBackground(task: Task): boolean {
    const { session, processGroup } = task.group;
    return session.terminal === this && this.foregroundGroup !== null && processGroup !== this.foregroundGroup;
  }
  /** Whether the task's process may do what only the foreground group may: 0; -EIO, or -ERESTARTSYS with a signal sent. */
  checkForeground(task: Task, signal: number): number {
    const { group } = task;
    if (!this.inBackground(task)) return 0;
    const { processGroup } = group;
    const ignored = sigsetHas(task.mask, signal) || group.handlers.get(signal).handler === SIG_IGN;
    if (ignored) return signal === SIGTTIN ? -EIO : 0;
    if (processGroup.isOrphaned()) return -EIO;
    signalProcessGroup(processGroup, signal);
    updateNotify(task);
    return -ERESTARTSYS;
  }

  /** A key or an ioctl asks for a signal to the foreground. */
  signalForeground(signal: number): void {
    if (this.foregroundGroup !== null) signalProcessGroup(this.foregroundGroup, signal);
  }

  resize(size: WindowSize): void {
    if (this.setWindowSize(size) === 1) this.signalForeground(SIGWINCH);
  }

  /** TIOCSCTTY, and open(2) without O_NOCTTY (`steal` 0). */
  makeControlling(task: Task, steal: number, readable = true): number {
    const { group } = task;
    const { session } = group;
    if (session.leader === group && this.session === session) return 0;
    if (session.leader !== group || session.terminal !== null) return -EPERM;
    if (this.session !== null) {
      if (steal !== 1 || !task.capable(CAP_SYS_ADMIN)) return -EPERM;
      this.leaveSession();
    }
    if (!readable && !task.capable(CAP_SYS_ADMIN)) return -EPERM;
    this.takeSession(session, group.processGroup);
    return 0;
  }
  takeSession(session: Session, foreground: ProcessGroup): void {
    this.session = session;
    this.foregroundGroup = foreground;
    session.terminal = this;
  }
  leaveSession(): void {
    if (this.session !== null && this.session.terminal === this) this.session.terminal = null;
    this.session = null;
    this.foregroundGroup = null;
  }

  /** TIOCNOTTY. Only a session leader's call has an effect: the session as a whole has the terminal or not. */
  giveUp(task: Task): number {
    const { group } = task;
    if (group.session.terminal !== this) return -ENOTTY;
    if (group.session.leader !== group) return 0;
    const foreground = this.foregroundGroup;
    this.leaveSession();
    if (foreground !== null) {
      signalProcessGroup(foreground, SIGHUP);
      signalProcessGroup(foreground, SIGCONT);
    }
    return 0;
  }

  getForeground(task: Task, fromMaster: boolean): number {
    if (!fromMaster && task.group.session.terminal !== this) return -ENOTTY;
    return this.foregroundGroup === null ? 0 : task.kernel.pids.seenBy(task, this.foregroundGroup.id);
  }

  setForeground(task: Task, id: number): number {
    const failed = this.checkForeground(task, SIGTTOU);
    if (failed < 0) return failed === -EIO ? -ENOTTY : failed;
    if (task.group.session.terminal !== this || this.session !== task.group.session) return -ENOTTY;
    if (id < 0) return -EINVAL;
    const group = task.kernel.pids.processGroup(task, id);
    if (group === undefined) return -ESRCH;
    if (group.session !== this.session) return -EPERM;
    this.foregroundGroup = group;
    return 0;
  }

  getSession(task: Task, fromMaster: boolean): number {
    if (!fromMaster && task.group.session.terminal !== this) return -ENOTTY;
    return this.session === null ? -ENOTTY : task.kernel.pids.seenBy(task, this.session.id);
  }

  // ---- hang-up
  /** Ends every open file's life, and the session's hold on the terminal (vhangup(2)). */
  hangup(): void {
    this.hangups += 1;
    const { session, foregroundGroup } = this;
    this.leaveSession();
    if (session !== null) {
      const leader = session.leader?.processGroup;
      if (foregroundGroup !== null) signalProcessGroup(foregroundGroup, SIGHUP);
      if (leader !== undefined && leader !== foregroundGroup) signalProcessGroup(leader, SIGHUP);
      if (leader !== undefined) signalProcessGroup(leader, SIGCONT);
      if (foregroundGroup !== null && foregroundGroup !== leader) signalProcessGroup(foregroundGroup, SIGCONT);
    }
    this.hungUp();
    this.waitQueue.wakeAll();
  }

  sessionLeaderExited(session: Session): void {
    // The foreground group hears of it; a pty is not hung up, and may serve the next session.
    if (this.session !== session) {
      session.terminal = null;
      return;
    }
    const foreground = this.foregroundGroup;
    this.leaveSession();
    if (foreground !== null) signalProcessGroup(foreground, SIGHUP);
  }
}
