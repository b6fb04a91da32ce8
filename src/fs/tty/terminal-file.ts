/** An open terminal: job control around the terminal's own reads and writes, and the ioctls of ioctl_tty(2). */
import { EAGAIN, EBUSY, EFAULT, EINVAL, EIO, ENOTTY, EPERM } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { O_ACCMODE, O_NOCTTY, O_NONBLOCK, O_WRONLY } from '#abi/fcntl.ts';
import {
  FIONREAD,
  TCFLSH,
  TCGETA,
  TCGETS,
  TCGETS2,
  TCIFLUSH,
  TCIOFLUSH,
  TCOFLUSH,
  TCSBRK,
  TCSBRKP,
  TCSETA,
  TCSETAF,
  TCSETAW,
  TCSETS,
  TCSETS2,
  TCSETSF,
  TCSETSF2,
  TCSETSW,
  TCSETSW2,
  TCXONC,
  TIOCCBRK,
  TIOCEXCL,
  TIOCGDEV,
  TIOCGETD,
  TIOCGEXCL,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGLCKTRMIOS,
  TIOCGSOFTCAR,
  TIOCGWINSZ,
  TIOCNOTTY,
  TIOCNXCL,
  TIOCOUTQ,
  TIOCSBRK,
  TIOCSCTTY,
  TIOCSETD,
  TIOCSLCKTRMIOS,
  TIOCSPGRP,
  TIOCSSOFTCAR,
  TIOCSTI,
  TIOCSWINSZ,
  TIOCVHANGUP,
} from '#abi/ioctl.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM } from '#abi/poll.ts';
import { SIGTTIN, SIGTTOU } from '#abi/signal.ts';
import { CLOCAL } from '#abi/termios.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { WaitQueue } from '#kernel/wait.ts';
import type { Terminal } from './terminal.ts';
import { TERMIO_SIZE, TERMIOS2_SIZE, TERMIOS_SIZE } from './termios.ts';

export class TerminalFile extends OpenFile {
  readonly terminal: Terminal;
  readonly #inode: Inode;
  readonly #hangups: number;
  override readonly waitQueue: WaitQueue;

  constructor(terminal: Terminal, inode: Inode, flags: number) {
    super(flags);
    this.terminal = terminal;
    this.#inode = inode;
    this.#hangups = terminal.hangups;
    this.waitQueue = terminal.waitQueue;
    terminal.opens += 1;
  }

  get inode(): Inode {
    return this.#inode;
  }
  override get writesAll(): boolean {
    return true;
  }
  get hungUp(): boolean {
    return this.#hangups !== this.terminal.hangups;
  }
  get nonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  override read(task: Task, io: Io, _pos: number): number {
    if (this.hungUp) return 0;
    const failed = this.terminal.checkForeground(task, SIGTTIN);
    if (failed < 0) return failed;
    return io.remaining === 0 ? 0 : this.terminal.read(task, io, this);
  }
  override write(task: Task, io: Io, _pos: number): number {
    if (this.hungUp) return -EIO;
    if (this.terminal.inBackground(task) && this.terminal.stopsBackgroundOutput) {
      const failed = this.terminal.checkForeground(task, SIGTTOU);
      if (failed < 0) return failed;
    }
    return io.remaining === 0 ? 0 : this.terminal.write(task, io, this);
  }
  override poll(): number {
    if (this.hungUp) return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
    return this.terminal.poll(this);
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    if (this.hungUp) return cmd === TIOCSPGRP ? -ENOTTY : -EIO;
    return terminalIoctl(task, this.terminal, cmd, arg, this.readable, false);
  }
  override describe(): string {
    return this.terminal.deviceMajor === 136 ? `/dev/pts/${this.terminal.deviceMinor}` : '/dev/console';
  }
  protected override release(): void {
    this.terminal.opens -= 1;
    if (this.terminal.opens === 0) this.terminal.lastClose();
  }
}

/** open(2) of a terminal device: the exclusive lock, and becoming the controlling terminal. */
export function openTerminal(task: Task, terminal: Terminal, inode: Inode, flags: number): TerminalFile | number {
  if (terminal.exclusive && terminal.opens > 0 && !task.capable(CAP_SYS_ADMIN)) return -EBUSY;
  const file = new TerminalFile(terminal, inode, flags);
  const mode = flags & O_ACCMODE;
  const { group } = task;
  if (
    (flags & O_NOCTTY) === 0 &&
    mode !== O_WRONLY &&
    group.session.leader === group &&
    group.session.terminal === null &&
    terminal.session === null
  )
    terminal.takeSession(group.session, group.processGroup);
  return file;
}

/** Changes that a background process may only make as SIGTTOU allows. */
const CHANGES = new Set<number>([
  TCSETS,
  TCSETSW,
  TCSETSF,
  TCSETS2,
  TCSETSW2,
  TCSETSF2,
  TCSETA,
  TCSETAW,
  TCSETAF,
  TCFLSH,
  TCXONC,
  TCSBRK,
  TCSBRKP,
  TIOCSBRK,
  TIOCCBRK,
  TIOCSETD,
]);

/** The requests that both sides of a pty and host terminals have; `fromMaster` when a master's file asks about its slave. */
export function terminalIoctl(task: Task, terminal: Terminal, cmd: number, arg: number, readable: boolean, fromMaster: boolean): number {
  const { mem } = task;
  if (!fromMaster && CHANGES.has(cmd)) {
    const failed = terminal.checkForeground(task, SIGTTOU);
    if (failed < 0) return failed;
  }
  switch (cmd) {
    case TCGETS:
      return getModes(task, terminal, arg, TERMIOS_SIZE);
    case TCGETS2:
      return getModes(task, terminal, arg, TERMIOS2_SIZE);
    case TCGETA:
      return getModes(task, terminal, arg, TERMIO_SIZE);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
      return setModes(task, terminal, arg, TERMIOS_SIZE, cmd !== TCSETS, cmd === TCSETSF);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
      return setModes(task, terminal, arg, TERMIOS2_SIZE, cmd !== TCSETS2, cmd === TCSETSF2);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
      return setModes(task, terminal, arg, TERMIO_SIZE, cmd !== TCSETA, cmd === TCSETAF);
    case TIOCGWINSZ: {
      const size = terminal.getWindowSize();
      [size.rows, size.columns, size.xPixels, size.yPixels].forEach((value, i) => mem.view.setUint16(i * 2, value, true));
      return mem.out(arg, 8);
    }
    case TIOCSWINSZ: {
      if (!mem.in(arg, 8)) return -EFAULT;
      const [rows, columns, xPixels, yPixels] = [0, 2, 4, 6].map((at) => mem.view.getUint16(at, true)) as [number, number, number, number];
      terminal.resize({ rows, columns, xPixels, yPixels });
      return 0;
    }
    case TIOCSCTTY:
      return terminal.makeControlling(task, arg, readable);
    case TIOCNOTTY:
      return terminal.giveUp(task);
    case TIOCGPGRP: {
      const id = terminal.getForeground(task, fromMaster);
      return id < 0 ? id : mem.writeI32(arg, id);
    }
    case TIOCSPGRP: {
      const id = mem.readU32(arg);
      return id < 0 ? id : terminal.setForeground(task, id | 0);
    }
    case TIOCGSID: {
      const id = terminal.getSession(task, fromMaster);
      return id < 0 ? id : mem.writeI32(arg, id);
    }
    case FIONREAD:
      return mem.writeI32(arg, terminal.inputLength);
    case TIOCOUTQ:
      return mem.writeI32(arg, terminal.outputLength);
    case TCFLSH:
      if (arg !== TCIFLUSH && arg !== TCOFLUSH && arg !== TCIOFLUSH) return -EINVAL;
      terminal.flushQueues(arg !== TCOFLUSH, arg !== TCIFLUSH);
      return 0;
    case TCXONC:
      return terminal.flowControl(arg);
    case TCSBRK:
    case TCSBRKP:
    case TIOCSBRK:
    case TIOCCBRK:
      return 0;
    case TIOCSTI:
      return typeCharacter(task, terminal, arg);
    case TIOCEXCL:
      terminal.exclusive = true;
      return 0;
    case TIOCNXCL:
      terminal.exclusive = false;
      return 0;
    case TIOCGEXCL:
      return mem.writeI32(arg, terminal.exclusive ? 1 : 0);
    case TIOCGETD:
      return mem.writeI32(arg, 0);
    case TIOCSETD: {
      const line = mem.readU32(arg);
      return line < 0 ? line : line === 0 ? 0 : -EINVAL;
    }
    case TIOCGDEV:
      return mem.writeU32(arg, terminal.deviceNumber);
    case TIOCVHANGUP:
      if (!task.capable(CAP_SYS_ADMIN)) return -EPERM;
      terminal.hangup();
      return 0;
    case TIOCGLCKTRMIOS:
      task.mem.bytes.fill(0, 0, TERMIOS_SIZE);
      return mem.out(arg, TERMIOS_SIZE);
    case TIOCSLCKTRMIOS:
      // Locking modes is for terminals that outlive logins: no bits can be locked here.
      return task.capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
    case TIOCGSOFTCAR: {
      const termios = terminal.getTermios();
      return typeof termios === 'number' ? termios : mem.writeI32(arg, (termios.cflag & CLOCAL) !== 0 ? 1 : 0);
    }
    case TIOCSSOFTCAR: {
      const on = mem.readU32(arg);
      const termios = terminal.getTermios();
      if (on < 0 || typeof termios === 'number') return on < 0 ? on : (termios as number);
      const changed = termios.copy();
      changed.cflag = (changed.cflag & ~CLOCAL) | (on !== 0 ? CLOCAL : 0);
      return terminal.setTermios(changed, false, false);
    }
    default:
      return -ENOTTY;
  }
}

function getModes(task: Task, terminal: Terminal, arg: number, size: number): number {
  const termios = terminal.getTermios();
  if (typeof termios === 'number') return termios;
  if (size === TERMIO_SIZE) termios.encodeOld(task.mem.view);
  else termios.encode(task.mem.view, size);
  return task.mem.out(arg, size);
}

function setModes(task: Task, terminal: Terminal, arg: number, size: number, drain: boolean, flush: boolean): number {
  const { mem } = task;
  const old = terminal.getTermios();
  if (typeof old === 'number') return old;
  const termios = old.copy();
  if (!mem.in(arg, size)) return -EFAULT;
  if (size === TERMIO_SIZE) termios.decodeOld(mem.view);
  else termios.decode(mem.view, size);
  return terminal.setTermios(termios, drain, flush);
}

/** TIOCSTI: off without CAP_SYS_ADMIN (dev.tty.legacy_tiocsti is 0), as it lets a program type into its caller's shell. */
function typeCharacter(task: Task, terminal: Terminal, arg: number): number {
  if (!task.capable(CAP_SYS_ADMIN)) return -EIO;
  if (!task.mem.in(arg, 1)) return -EFAULT;
  const result = terminal.type(task.mem.bytes[0] as number);
  return result === -EAGAIN ? -EIO : result;
}
