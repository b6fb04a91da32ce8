/**
 * N_TTY, the line discipline (termios(3)): what is typed becomes lines, signals and echo; what is written is processed
 * for the screen. A pure state machine: bytes in, bytes out, and calls on `LineEvents`; it knows no task and no clock.
 *
 * The input is a ring of bytes with a mark for each. In canonical mode the bytes up to `#committed` are complete lines and
 * may be read; those after it are the line being edited. In raw mode all may be read.
 */
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHONL,
  ECHOPRT,
  EXTPROC,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  IMAXBEL,
  INLCR,
  ISIG,
  ISTRIP,
  IUCLC,
  IXANY,
  IXON,
  NOFLSH,
  OPOST,
  PARMRK,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VTIME,
  VWERASE,
} from '#abi/termios.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '#abi/signal.ts';
import type { ByteQueue } from './byte-queue.ts';
import { isContinuation, isControl, OutputProcessor } from './output-processor.ts';
import type { Termios } from './termios.ts';

const SIZE = 4096;
const [BEL, BS, TAB, NL, CR, SPACE] = [7, 8, 9, 10, 13, 32] as const;
const CARET = 0x5e;
/** Marks of bytes: an ordinary one, the last of a line, and an end of file, which is a line end that nobody reads. */
const [PLAIN, LINE_END, END_OF_FILE] = [0, 1, 2] as const;

export interface LineEvents {
  /** A key asked for a signal to the foreground group. */
  signal(signal: number): void;
  /** Output was stopped (Ctrl-S) or started. */
  flow(stopped: boolean): void;
  /** Pending input or output was thrown away. */
  flushed(input: boolean, output: boolean): void;
}

export class LineDiscipline {
  readonly termios: Termios;
  readonly output: ByteQueue;
  readonly #processor: OutputProcessor;
  readonly #events: LineEvents;
  readonly #bytes = new Uint8Array(SIZE);
  readonly #marks = new Uint8Array(SIZE);
  /** Counts of bytes ever read, committed and received; positions in the ring modulo SIZE. */
  #tail = 0;
  #committed = 0;
  #head = 0;
  /** The next byte is literal (after Ctrl-V). */
  #literal = false;
  /** In the middle of an ECHOPRT erasure. */
  #erasing = false;
  /** Echo kept back while output is stopped. */
  #heldEcho: number[] = [];
  stopped = false;

  constructor(termios: Termios, output: ByteQueue, events: LineEvents) {
    this.termios = termios;
    this.output = output;
    this.#events = events;
    this.#processor = new OutputProcessor(termios, output);
  }

  // ---- the reading side

  get canonical(): boolean {
    return (this.termios.lflag & ICANON) !== 0;
  }
  /** Bytes that may be typed ahead now. One is always taken while a line is being edited, to be refused with a bell. */
  get room(): number {
    const room = SIZE - 1 - (this.#head - this.#tail);
    return room <= 0 && this.canonical && this.#committed === this.#tail ? 1 : Math.max(room, 0);
  }
  /** Bytes received and not yet read. */
  get pending(): number {
    return this.#head - this.#tail;
  }
  /** A read for `wanted` bytes would end now (VTIME aside). */
  readable(wanted: number): boolean {
    if (this.canonical) return this.#committed !== this.#tail;
    return this.pending >= Math.min(Math.max(this.#minimum, 1), wanted);
  }
  /** A poll would say so. */
  get pollReadable(): boolean {
    if (this.canonical) return this.#committed !== this.#tail;
    return this.pending >= (this.termios.cc[VTIME] === 0 ? Math.max(this.#minimum, 1) : 1);
  }
  get #minimum(): number {
    return this.termios.cc[VMIN] as number;
  }
  /** FIONREAD. */
  get available(): number {
    if (!this.canonical) return this.pending;
    let count = 0;
    for (let at = this.#tail; at < this.#committed; at += 1) if (this.#marks[at % SIZE] !== END_OF_FILE) count += 1;
    return count;
  }

  /** Takes up to `length` bytes (one line at most in canonical mode) into `target`; 0 is the end of file. */
  read(target: Uint8Array, offset: number, length: number): number {
    const end = this.canonical ? this.#committed : this.#head;
    let done = 0;
    while (this.#tail < end) {
      const at = this.#tail % SIZE;
      const mark = this.canonical ? this.#marks[at] : PLAIN;
      if (mark === END_OF_FILE) {
        this.#tail += 1;
        break;
      }
      if (done === length) break;
      target[offset + done] = this.#bytes[at] as number;
      done += 1;
      this.#tail += 1;
      if (mark === LINE_END) break;
    }
    return done;
  }

  flushInput(): void {
    this.#tail = this.#committed = this.#head = 0;
    this.#literal = this.#erasing = false;
    this.#processor.lineColumn = 0;
    this.#events.flushed(true, false);
  }
  flushOutput(): void {
    this.output.clear();
    this.#heldEcho.length = 0;
    this.#events.flushed(false, true);
  }

  /** New modes were set: lines and raw bytes are told apart anew. */
  modesChanged(old: Termios): void {
    const was = (old.lflag & ICANON) !== 0;
    if (was !== this.canonical) {
      this.#marks.fill(PLAIN);
      if (!was && this.#head > this.#tail) {
        this.#marks[(this.#head - 1) % SIZE] = LINE_END;
        this.#committed = this.#head;
      } else if (!was || this.#head === this.#tail) this.#committed = this.#tail;
      this.#erasing = this.#literal = false;
    }
    if (this.stopped && (old.iflag & IXON) !== 0 && (this.termios.iflag & IXON) === 0) this.start();
  }

  // ---- the writing side

  /** Processes bytes written by programs; how many were taken before the output was full or stopped. */
  write(source: Uint8Array, offset: number, length: number): number {
    if (this.stopped) return 0;
    if ((this.termios.oflag & OPOST) === 0) {
      let n = 0;
      while (n < length && this.output.push(source[offset + n] as number)) n += 1;
      return n;
    }
    for (let i = 0; i < length; i += 1) {
      if (!this.#processor.hasRoom) return i;
      this.#processor.put(source[offset + i] as number);
    }
    return length;
  }
  get writable(): boolean {
    return !this.stopped && this.#processor.hasRoom;
  }
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#events.flow(true);
  }
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    for (const c of this.#heldEcho) this.#send(c);
    this.#heldEcho.length = 0;
    this.#events.flow(false);
  }

  // ---- the typing side

  /** One byte from the keyboard (or the master side). The caller checked `room`. */
  receive(typed: number): void {
    const { iflag, lflag, cc } = this.termios;
    let c = typed;
    if (this.#literal) {
      this.#literal = false;
      if ((iflag & ISTRIP) !== 0) c &= 0x7f;
      this.#store(c, true);
      return;
    }
    if ((iflag & ISTRIP) !== 0) c &= 0x7f;
    if ((iflag & IUCLC) !== 0 && (lflag & IEXTEN) !== 0 && c >= 0x41 && c <= 0x5a) c += 32;
    if ((lflag & EXTPROC) !== 0) {
      this.#put(c, PLAIN);
      return;
    }
    if ((iflag & IXON) !== 0) {
      if (c === cc[VSTART] && c !== 0) return this.start();
      if (c === cc[VSTOP] && c !== 0) return this.stop();
    }
    if (this.stopped && (iflag & IXON) !== 0 && (iflag & IXANY) !== 0) this.start();
    if ((lflag & ISIG) !== 0 && c !== 0) {
      if (c === cc[VINTR]) return this.#signalKey(c, SIGINT);
      if (c === cc[VQUIT]) return this.#signalKey(c, SIGQUIT);
      if (c === cc[VSUSP]) return this.#signalKey(c, SIGTSTP);
    }
    if (c === CR) {
      if ((iflag & IGNCR) !== 0) return;
      if ((iflag & ICRNL) !== 0) c = NL;
    } else if (c === NL && (iflag & INLCR) !== 0) c = CR;
    if (!this.canonical || !this.#edit(c)) this.#store(c);
  }

  #signalKey(c: number, signal: number): void {
    if ((this.termios.lflag & NOFLSH) === 0) {
      this.flushOutput();
      this.flushInput();
    }
    if ((this.termios.iflag & IXON) !== 0) this.start();
    if ((this.termios.lflag & ECHO) !== 0) this.#echo(c);
    this.#events.signal(signal);
  }

  /** The keys of canonical mode; false for an ordinary one. */
  #edit(c: number): boolean {
    const { lflag, cc } = this.termios;
    const extended = (lflag & IEXTEN) !== 0;
    const echo = (lflag & ECHO) !== 0;
    const is = (index: number) => c !== 0 && c === cc[index];
    if (is(VERASE) || is(VKILL) || (extended && is(VWERASE))) {
      this.#erase(c);
      return true;
    }
    if (extended && is(VLNEXT)) {
      this.#literal = true;
      if (echo) {
        this.#finishErasing();
        if ((lflag & ECHOCTL) !== 0) {
          this.#raw(CARET);
          this.#raw(BS);
        }
      }
      return true;
    }
    if (extended && echo && is(VREPRINT)) {
      this.#finishErasing();
      this.#echo(c);
      this.#raw(NL);
      for (let at = this.#committed; at < this.#head; at += 1) this.#echo(this.#bytes[at % SIZE] as number);
      return true;
    }
    if (c === NL) {
      if ((lflag & (ECHO | ECHONL)) !== 0) {
        if (this.#full) return this.#bell();
        this.#raw(NL);
      }
      this.#endLine(c, LINE_END);
      return true;
    }
    if (is(VEOF)) {
      this.#endLine(0, END_OF_FILE);
      return true;
    }
    if (is(VEOL) || (extended && is(VEOL2))) {
      if (echo) {
        if (this.#full) return this.#bell();
        if (this.#committed === this.#head) this.#processor.lineColumn = this.#processor.column;
        this.#echo(c);
      }
      if (c === 0xff && (this.termios.iflag & PARMRK) !== 0) this.#put(c, PLAIN);
      this.#endLine(c, LINE_END);
      return true;
    }
    return false;
  }

  #endLine(c: number, mark: number): void {
    // The last place is kept for line ends, so that a full line can be ended.
    this.#put(c, mark, true);
    this.#committed = this.#head;
  }

  /** An ordinary byte: echo it and keep it. */
  #store(c: number, literal = false): void {
    const { lflag, iflag } = this.termios;
    if (this.canonical && this.#full) {
      if ((iflag & IMAXBEL) !== 0) this.#bell();
      return;
    }
    if ((lflag & ECHO) !== 0) {
      this.#finishErasing();
      if (c === NL && !literal) this.#raw(NL);
      else {
        if (this.#committed === this.#head) this.#processor.lineColumn = this.#processor.column;
        this.#echo(c);
      }
    }
    if (c === 0xff && (iflag & PARMRK) !== 0) this.#put(c, PLAIN);
    this.#put(c, PLAIN);
  }

  get #full(): boolean {
    return this.#head - this.#tail >= SIZE - 1;
  }
  #bell(): true {
    this.#raw(BEL);
    return true;
  }
  #put(c: number, mark: number, lineEnd = false): void {
    if (this.#head - this.#tail >= (lineEnd ? SIZE : SIZE - 1)) return;
    const at = this.#head % SIZE;
    this.#bytes[at] = c;
    this.#marks[at] = mark;
    this.#head += 1;
  }

  #erase(c: number): void {
    const { termios } = this;
    const { lflag, cc } = termios;
    if (this.#head === this.#committed) return;
    const word = c === cc[VWERASE] && c !== cc[VERASE] && c !== cc[VKILL];
    const one = c === cc[VERASE];
    if (!one && !word) {
      if ((lflag & ECHO) === 0) {
        this.#head = this.#committed;
        return;
      }
      if ((lflag & ECHOK) === 0 || (lflag & ECHOKE) === 0 || (lflag & ECHOE) === 0) {
        this.#head = this.#committed;
        this.#finishErasing();
        this.#echo(c);
        if ((lflag & ECHOK) !== 0) this.#raw(NL);
        return;
      }
    }
    let inWord = false;
    while (this.#head > this.#committed) {
      let from = this.#head;
      let byte: number;
      do {
        from -= 1;
        byte = this.#bytes[from % SIZE] as number;
      } while (isContinuation(termios, byte) && from > this.#committed);
      if (isContinuation(termios, byte)) break;
      if (word) {
        if (isWord(byte)) inWord = true;
        else if (inWord) break;
      }
      const old = this.#head;
      this.#head = from;
      if ((lflag & ECHO) !== 0) this.#echoErasure(c, byte, from, old, one);
      if (one) break;
    }
    if (this.#head === this.#committed && (lflag & ECHO) !== 0) this.#finishErasing();
  }

  #echoErasure(key: number, byte: number, from: number, to: number, one: boolean): void {
    const { lflag } = this.termios;
    if ((lflag & ECHOPRT) !== 0) {
      if (!this.#erasing) {
        this.#raw(0x5c);
        this.#erasing = true;
      }
      this.#echo(byte);
      for (let at = from + 1; at < to; at += 1) this.#raw(this.#bytes[at % SIZE] as number);
    } else if (one && (lflag & ECHOE) === 0) this.#echo(key);
    else if (byte === TAB) this.#eraseTab();
    else {
      if (isControl(byte) && (lflag & ECHOCTL) !== 0) this.#rubOut();
      if (!isControl(byte) || (lflag & ECHOCTL) !== 0) this.#rubOut();
    }
  }
  #rubOut(): void {
    this.#raw(BS);
    this.#raw(SPACE);
    this.#raw(BS);
  }
  /** Goes back over a tab: as far as it once moved, which follows from what stands before it. */
  #eraseTab(): void {
    let width = 0;
    let afterTab = false;
    for (let at = this.#head - 1; at >= this.#committed; at -= 1) {
      const c = this.#bytes[at % SIZE] as number;
      if (c === TAB) {
        afterTab = true;
        break;
      }
      if (isControl(c)) width += (this.termios.lflag & ECHOCTL) !== 0 ? 2 : 0;
      else if (!isContinuation(this.termios, c)) width += 1;
    }
    if (!afterTab) width += this.#processor.lineColumn;
    for (let back = 8 - (width & 7); back > 0; back -= 1) this.#raw(BS);
  }
  #finishErasing(): void {
    if (!this.#erasing) return;
    this.#raw(0x2f);
    this.#erasing = false;
  }

  /** Shows a typed byte, control characters as ^X if ECHOCTL. */
  #echo(c: number): void {
    if ((this.termios.lflag & ECHOCTL) !== 0 && isControl(c) && c !== TAB) {
      this.#raw(CARET);
      this.#raw(c ^ 0x40);
    } else this.#raw(c);
  }
  #raw(c: number): void {
    if (!this.stopped) this.#send(c);
    else if (this.#heldEcho.length < SIZE) this.#heldEcho.push(c);
  }
  #send(c: number): void {
    if (this.#processor.hasRoom) this.#processor.put(c);
  }
}

function isWord(c: number): boolean {
  return (
    (c >= 0x30 && c <= 0x39) ||
    (c >= 0x41 && c <= 0x5a) ||
    (c >= 0x61 && c <= 0x7a) ||
    c === 0x5f ||
    (c >= 0xc0 && c !== 0xd7 && c !== 0xf7) ||
    c === 0xaa ||
    c === 0xb5 ||
    c === 0xba
  );
}
