/**
 * Pseudoterminals (pty(7)): what is written to the master is typed into the slave's line discipline, what programs
 * write to the slave, and the echo, is read from the master.
 */
import { EAGAIN, EINVAL, EIO, EPERM } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { O_RDWR } from '#abi/fcntl.ts';
import {
  FIONREAD,
  TCIOFF,
  TCION,
  TCOOFF,
  TCOON,
  TIOCGPKT,
  TIOCGPTLCK,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCPKT,
  TIOCPKT_DATA,
  TIOCPKT_DOSTOP,
  TIOCPKT_FLUSHREAD,
  TIOCPKT_FLUSHWRITE,
  TIOCPKT_IOCTL,
  TIOCPKT_NOSTOP,
  TIOCPKT_START,
  TIOCPKT_STOP,
  TIOCSIG,
  TIOCSPTLCK,
} from '#abi/ioctl.ts';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDNORM, EPOLLWRNORM } from '#abi/poll.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '#abi/signal.ts';
import { EXTPROC, IXON, TOSTOP, VMIN, VSTART, VSTOP, VTIME } from '#abi/termios.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { Timer } from '#kernel/timer.ts';
import { ByteQueue } from './byte-queue.ts';
import { LineDiscipline } from './line-discipline.ts';
import { Terminal, type WindowSize } from './terminal.ts';
import { type TerminalFile, terminalIoctl } from './terminal-file.ts';
import { Termios } from './termios.ts';

const OUTPUT_SIZE = 16384;
const CHUNK = 4096;
const chunk = new Uint8Array(CHUNK);

export class PtySlave extends Terminal {
  readonly index: number;
  readonly master: PtyMaster;
  readonly termios = new Termios();
  readonly line: LineDiscipline;
  readonly output = new ByteQueue(OUTPUT_SIZE);
  /** TIOCSPTLCK: the slave cannot be opened yet. */
  locked = true;
  /** Slave files are open, or were never: the master reads an end only after the last close. */
  closedByAll = false;
  #size: WindowSize = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  /** The wait of a VTIME read: its timer, the task it is for, bytes it has seen, and whether it is over. */
  #timer: Timer | null = null;
  #timedTask: Task | null = null;
  #timedCount = 0;
  #timeOver = false;

  constructor(index: number, master: PtyMaster) {
    super(136 + (index >> 8), index & 0xff);
    this.index = index;
    this.master = master;
    this.line = new LineDiscipline(this.termios, this.output, {
      signal: (signal) => this.signalForeground(signal),
      flow: (stopped) => {
        master.packet(stopped ? TIOCPKT_STOP : TIOCPKT_START, stopped ? TIOCPKT_START : TIOCPKT_STOP);
        if (!stopped) this.waitQueue.wakeAll(EPOLLOUT | EPOLLWRNORM);
      },
      flushed: (input, output) => {
        if (input) master.packet(TIOCPKT_FLUSHREAD, 0);
        if (output) master.packet(TIOCPKT_FLUSHWRITE, 0);
        if (output) this.waitQueue.wakeAll(EPOLLOUT | EPOLLWRNORM);
      },
    });
  }

  read(task: Task, io: Io, file: TerminalFile): number {
    const { line } = this;
    if (!line.readable(io.remaining)) {
      if (line.canonical) return this.master.closed ? 0 : -EAGAIN;
      const over = this.#rawWait(task, file);
      if (over < 0) return over;
    }
    this.#endWait();
    const n = line.read(chunk, 0, Math.min(CHUNK, io.remaining));
    const put = n === 0 ? 0 : io.put(chunk, 0, n);
    this.master.waitQueue.wake(EPOLLOUT | EPOLLWRNORM);
    return put;
  }

  /** A raw read that VMIN does not satisfy yet: 0 to end it with what is there, or -EAGAIN to wait, perhaps on a timer. */
  #rawWait(task: Task, file: TerminalFile): number {
    const { line } = this;
    const minimum = this.termios.cc[VMIN] as number;
    const tenths = this.termios.cc[VTIME] as number;
    if (this.master.closed) return 0;
    if (minimum === 0 && tenths === 0) return 0;
    if (this.#timeOver && this.#timedTask === task) return 0;
    if (file.nonblocking) return minimum > 0 && line.pending > 0 && tenths > 0 ? 0 : -EAGAIN;
    // With VMIN the clock starts at the first byte and anew with each; without, at the call.
    if (tenths > 0 && (minimum === 0 || line.pending > 0) && (this.#timedTask !== task || this.#timedCount !== line.pending)) {
      this.#endWait();
      this.#timedTask = task;
      this.#timedCount = line.pending;
      const timer = new Timer(() => {
        this.#timeOver = true;
        this.waitQueue.wakeAll();
      });
      this.#timer = timer;
      task.kernel.timers.arm(timer, task.kernel.now() + tenths * 1e8);
      this.#disarm = () => task.kernel.timers.disarm(timer);
    }
    return -EAGAIN;
  }
  #disarm: (() => void) | null = null;
  #endWait(): void {
    if (this.#timer === null) return;
    this.#disarm?.();
    this.#timer = this.#timedTask = null;
    this.#timeOver = false;
  }

  write(_task: Task, io: Io, _file: TerminalFile): number {
    if (this.master.closed) return -EIO;
    let done = 0;
    while (io.remaining > 0 && this.line.writable) {
      const n = io.take(chunk, 0, Math.min(CHUNK, io.remaining));
      if (n <= 0) {
        if (done === 0) return n;
        break;
      }
      const used = this.line.write(chunk, 0, n);
      if (used < n) io.rewind(n - used);
      done += used;
      if (used < n) break;
    }
    if (done > 0) this.outputReady();
    return done > 0 ? done : -EAGAIN;
  }

  poll(_file: TerminalFile): number {
    let events = this.line.pollReadable ? EPOLLIN | EPOLLRDNORM : 0;
    if (this.line.writable) events |= EPOLLOUT | EPOLLWRNORM;
    if (this.master.closed) events |= EPOLLHUP | EPOLLIN | EPOLLRDNORM;
    return events;
  }

  /** Typed on the master's side: bytes taken. */
  typed(source: Uint8Array, length: number): number {
    let used = 0;
    while (used < length && this.line.room > 0) {
      this.line.receive(source[used] as number);
      used += 1;
    }
    if (used > 0) {
      if (this.output.length > 0) this.outputReady();
      if (this.line.pollReadable) this.waitQueue.wakeAll(EPOLLIN | EPOLLRDNORM);
      else if (!this.line.canonical) this.waitQueue.wakeAll(0);
    }
    return used;
  }
  outputReady(): void {
    this.master.waitQueue.wake(EPOLLIN | EPOLLRDNORM);
  }

  getTermios(): Termios {
    return this.termios;
  }
  setTermios(termios: Termios, _drain: boolean, flush: boolean): number {
    if (flush) this.flushQueues(true, false);
    const old = this.termios.copy();
    // A pty has no line to set: eight bits, receiver on.
    termios.cflag = (termios.cflag & ~(0x30 | 0x100)) | 0x30 | 0x80;
    this.termios.set(termios);
    this.line.modesChanged(old);
    this.master.modesChanged(old, this.termios);
    this.waitQueue.wakeAll(0);
    return 0;
  }
  getWindowSize(): WindowSize {
    return { ...this.#size };
  }
  setWindowSize(size: WindowSize): number {
    const old = this.#size;
    this.#size = size;
    return old.rows !== size.rows || old.columns !== size.columns || old.xPixels !== size.xPixels || old.yPixels !== size.yPixels ? 1 : 0;
  }
  flushQueues(input: boolean, output: boolean): void {
    if (input) {
      this.line.flushInput();
      this.master.waitQueue.wake(EPOLLOUT | EPOLLWRNORM);
    }
    if (output) this.line.flushOutput();
  }
  flowControl(action: number): number {
    switch (action) {
      case TCOOFF:
        this.line.stop();
        return 0;
      case TCOON:
        this.line.start();
        return 0;
      case TCIOFF:
      case TCION: {
        const c = this.termios.cc[action === TCIOFF ? VSTOP : VSTART] as number;
        if (c !== 0 && this.output.push(c)) this.outputReady();
        return 0;
      }
      default:
        return -EINVAL;
    }
  }
  get inputLength(): number {
    return this.line.available;
  }
  get outputLength(): number {
    return 0;
  }
  get stopsBackgroundOutput(): boolean {
    return (this.termios.lflag & TOSTOP) !== 0;
  }
  type(byte: number): number {
    chunk[0] = byte;
    return this.typed(chunk, 1) === 1 ? 0 : -EAGAIN;
  }
  override lastClose(): void {
    this.closedByAll = true;
    this.master.waitQueue.wakeAll(EPOLLIN | EPOLLRDNORM | EPOLLHUP);
  }
  protected hungUp(): void {
    this.line.flushInput();
  }
}

export class PtyMaster extends OpenFile {
  readonly slave: PtySlave;
  readonly #inode: Inode;
  readonly #onRelease: () => void;
  /** Opens the slave for TIOCGPTPEER and installs it: a descriptor or -errno. */
  readonly #openPeer: (task: Task, flags: number) => number;
  closed = false;
  #packetMode = false;
  #packetStatus = 0;

  constructor(index: number, inode: Inode, flags: number, onRelease: () => void, openPeer: (task: Task, flags: number) => number) {
    super((flags & ~3) | O_RDWR);
    this.slave = new PtySlave(index, this);
    this.#inode = inode;
    this.#onRelease = onRelease;
    this.#openPeer = openPeer;
  }
  get inode(): Inode {
    return this.#inode;
  }
  override get writesAll(): boolean {
    return true;
  }

  override read(_task: Task, io: Io, _pos: number): number {
    if (io.remaining === 0) return 0;
    const { output } = this.slave;
    let header = 0;
    if (this.#packetMode) {
      if (this.#packetStatus !== 0) {
        chunk[0] = this.#packetStatus;
        this.#packetStatus = 0;
        return io.put(chunk, 0, 1);
      }
      if (output.length > 0) {
        chunk[0] = TIOCPKT_DATA;
        const n = io.put(chunk, 0, 1);
        if (n < 0) return n;
        header = 1;
      }
    }
    let done = 0;
    while (output.length > 0 && io.remaining > 0) {
      const want = Math.min(output.length, io.remaining, CHUNK);
      output.copyOut(chunk, 0, want);
      const n = io.put(chunk, 0, want);
      if (n < 0) return done + header > 0 ? done + header : n;
      output.drop(n);
      done += n;
      if (n < want) break;
    }
    if (done > 0) this.slave.waitQueue.wake(EPOLLOUT | EPOLLWRNORM);
    if (done + header > 0) return done + header;
    return this.slave.closedByAll && this.slave.opens === 0 ? -EIO : -EAGAIN;
  }

  override write(_task: Task, io: Io, _pos: number): number {
    let done = 0;
    while (io.remaining > 0) {
      const n = io.take(chunk, 0, Math.min(CHUNK, io.remaining));
      if (n <= 0) return done > 0 ? done : n;
      // The signal a key sends may run no code here, so that the chunk stays ours.
      const used = this.slave.typed(chunk, n);
      if (used < n) io.rewind(n - used);
      done += used;
      if (used < n) break;
    }
    return done > 0 ? done : -EAGAIN;
  }

  override poll(): number {
    const { slave } = this;
    let events = slave.output.length > 0 ? EPOLLIN | EPOLLRDNORM : 0;
    if (slave.line.room > 0) events |= EPOLLOUT | EPOLLWRNORM;
    if (this.#packetStatus !== 0 && this.#packetMode) events |= EPOLLPRI | EPOLLIN | EPOLLRDNORM;
    if (slave.closedByAll && slave.opens === 0) events |= EPOLLHUP;
    return events;
  }

  override ioctl(task: Task, cmd: number, arg: number): number {
    const { mem } = task;
    const { slave } = this;
    switch (cmd) {
      case TIOCGPTN:
        return mem.writeU32(arg, slave.index);
      case TIOCSPTLCK: {
        const lock = mem.readU32(arg);
        if (lock < 0) return lock;
        slave.locked = lock !== 0;
        return 0;
      }
      case TIOCGPTLCK:
        return mem.writeI32(arg, slave.locked ? 1 : 0);
      case TIOCGPTPEER:
        return this.#openPeer(task, arg);
      case TIOCPKT: {
        const on = mem.readU32(arg);
        if (on < 0) return on;
        if (on !== 0 && !this.#packetMode) this.#packetStatus = 0;
        this.#packetMode = on !== 0;
        return 0;
      }
      case TIOCGPKT:
        return mem.writeI32(arg, this.#packetMode ? 1 : 0);
      case TIOCSIG:
        if (arg !== SIGINT && arg !== SIGQUIT && arg !== SIGTSTP) return -EINVAL;
        slave.signalForeground(arg);
        return 0;
      case FIONREAD:
        return mem.writeI32(arg, slave.output.length);
      default:
        if (cmd === 0x5437 && !task.capable(CAP_SYS_ADMIN)) return -EPERM;
        return terminalIoctl(task, slave, cmd, arg, true, true);
    }
  }
  override describe(): string {
    return '/dev/ptmx';
  }
  override fdinfo(): string {
    return `tty-index:\t${this.slave.index}\n`;
  }

  /** Tells a master in packet mode of a change: `set` bits come, `clear` bits are outdated. */
  packet(set: number, clear: number): void {
    if (!this.#packetMode) return;
    this.#packetStatus = (this.#packetStatus & ~clear) | set;
    this.waitQueue.wake(EPOLLPRI | EPOLLIN | EPOLLRDNORM);
  }
  modesChanged(old: Termios, now: Termios): void {
    if (!this.#packetMode) return;
    const usual = (termios: Termios) => (termios.iflag & IXON) !== 0 && termios.cc[VSTOP] === 19 && termios.cc[VSTART] === 17;
    if (usual(old) !== usual(now)) {
      const [set, clear] = usual(now) ? [TIOCPKT_DOSTOP, TIOCPKT_NOSTOP] : [TIOCPKT_NOSTOP, TIOCPKT_DOSTOP];
      this.packet(set, clear);
    }
    if (((old.lflag | now.lflag) & EXTPROC) !== 0) this.packet(TIOCPKT_IOCTL, 0);
  }

  protected override release(): void {
    this.closed = true;
    this.#onRelease();
    this.slave.hangup();
  }
}
