/** struct termios, termios2 and termio of a terminal. */
import {
  B38400,
  CREAD,
  CS8,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IXON,
  NCCS,
  ONLCR,
  OPOST,
  VDISCARD,
  VEOF,
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
  VWERASE,
} from '#abi/termios.ts';

/** Sizes of the three structs; NCC of struct termio is 8. */
export const TERMIOS_SIZE = 36;
export const TERMIOS2_SIZE = 44;
export const TERMIO_SIZE = 18;
const NCC = 8;

/** Speeds of the B* codes. */
const speeds = [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400];
const highSpeeds = [
  0, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
];
const CBAUD = 0x100f;
const CBAUDEX = 0x1000;

export class Termios {
  iflag = ICRNL | IXON;
  oflag = OPOST | ONLCR;
  cflag = B38400 | CS8 | CREAD;
  lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  line = 0;
  readonly cc = new Uint8Array(NCCS);
  ispeed = 38400;
  ospeed = 38400;

  constructor() {
    const defaults: [number, number][] = [
      [VINTR, 3],
      [VQUIT, 28],
      [VERASE, 127],
      [VKILL, 21],
      [VEOF, 4],
      [VSTART, 17],
      [VSTOP, 19],
      [VSUSP, 26],
      [VREPRINT, 18],
      [VDISCARD, 15],
      [VWERASE, 23],
      [VLNEXT, 22],
      [VMIN, 1],
    ];
    for (const [index, value] of defaults) this.cc[index] = value;
  }

  copy(): Termios {
    const copy = new Termios();
    copy.set(this);
    return copy;
  }
  set(other: Termios): void {
    this.iflag = other.iflag;
    this.oflag = other.oflag;
    this.cflag = other.cflag;
    this.lflag = other.lflag;
    this.line = other.line;
    this.cc.set(other.cc);
    this.ispeed = other.ispeed;
    this.ospeed = other.ospeed;
  }

  /** Stores a struct termios, or termios2 when `size` says so. */
  encode(view: DataView, size: number): void {
    view.setUint32(0, this.iflag, true);
    view.setUint32(4, this.oflag, true);
    view.setUint32(8, this.cflag, true);
    view.setUint32(12, this.lflag, true);
    view.setUint8(16, this.line);
    for (let i = 0; i < NCCS; i += 1) view.setUint8(17 + i, this.cc[i] as number);
    if (size !== TERMIOS2_SIZE) return;
    view.setUint32(36, this.ispeed, true);
    view.setUint32(40, this.ospeed, true);
  }
  /** Takes a struct termios or termios2. */
  decode(view: DataView, size: number): void {
    this.iflag = view.getUint32(0, true);
    this.oflag = view.getUint32(4, true);
    this.cflag = view.getUint32(8, true);
    this.lflag = view.getUint32(12, true);
    this.line = view.getUint8(16);
    for (let i = 0; i < NCCS; i += 1) this.cc[i] = view.getUint8(17 + i);
    const code = this.cflag & CBAUD;
    const named = (code & CBAUDEX) === 0 ? speeds[code & 15] : highSpeeds[code & 15];
    const other = code === CBAUDEX;
    this.ospeed = other ? (size === TERMIOS2_SIZE ? view.getUint32(40, true) : this.ospeed) : (named ?? 0);
    this.ispeed = other && size === TERMIOS2_SIZE ? view.getUint32(36, true) : this.ospeed;
  }
  /** struct termio: 16-bit flags, which replace the low halves. */
  encodeOld(view: DataView): void {
    view.setUint16(0, this.iflag & 0xffff, true);
    view.setUint16(2, this.oflag & 0xffff, true);
    view.setUint16(4, this.cflag & 0xffff, true);
    view.setUint16(6, this.lflag & 0xffff, true);
    view.setUint8(8, this.line);
    for (let i = 0; i < NCC; i += 1) view.setUint8(9 + i, this.cc[i] as number);
    view.setUint8(17, 0);
  }
  decodeOld(view: DataView): void {
    this.iflag = (this.iflag & ~0xffff) | view.getUint16(0, true);
    this.oflag = (this.oflag & ~0xffff) | view.getUint16(2, true);
    this.cflag = (this.cflag & ~0xffff) | view.getUint16(4, true);
    this.lflag = (this.lflag & ~0xffff) | view.getUint16(6, true);
    this.line = view.getUint8(8);
    for (let i = 0; i < NCC; i += 1) this.cc[i] = view.getUint8(9 + i);
  }
}
