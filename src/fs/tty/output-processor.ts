/** Output processing (OPOST) of a terminal, one byte at a time: newline and tab expansion, and the column it leads to. */
import { IUTF8, OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, TABDLY, XTABS } from '#abi/termios.ts';
import type { ByteQueue } from './byte-queue.ts';
import type { Termios } from './termios.ts';

const [BS, TAB, NL, CR, SPACE] = [8, 9, 10, 13, 32] as const;
/** No byte becomes more than this many. */
export const MAX_EXPANSION = 8;

export function isControl(c: number): boolean {
  return c < 32 || c === 127;
}
/** A later byte of a UTF-8 character, where the terminal counts those. */
export function isContinuation(termios: Termios, c: number): boolean {
  return (termios.iflag & IUTF8) !== 0 && (c & 0xc0) === 0x80;
}

export class OutputProcessor {
  column = 0;
  /** Column at which the line being typed began, modulo 8 of use for tabs. */
  lineColumn = 0;
  readonly #termios: Termios;
  readonly #out: ByteQueue;

  constructor(termios: Termios, out: ByteQueue) {
    this.#termios = termios;
    this.#out = out;
  }

  /** Whether a byte of any kind fits. */
  get hasRoom(): boolean {
    return this.#out.room >= MAX_EXPANSION;
  }

  /** Sends one byte, processed if OPOST is set. The caller checked `hasRoom`; without room bytes are lost. */
  put(c: number): void {
    const { oflag } = this.#termios;
    const out = this.#out;
    if ((oflag & OPOST) === 0) {
      out.push(c);
      return;
    }
    let byte = c;
    switch (byte) {
      case NL:
        if ((oflag & ONLRET) !== 0) this.column = 0;
        if ((oflag & ONLCR) !== 0) {
          this.column = 0;
          out.push(CR);
        }
        this.lineColumn = this.column;
        break;
      case CR:
        if ((oflag & ONOCR) !== 0 && this.column === 0) return;
        if ((oflag & OCRNL) !== 0) {
          byte = NL;
          if ((oflag & ONLRET) !== 0) this.column = this.lineColumn = 0;
        } else this.column = this.lineColumn = 0;
        break;
      case TAB: {
        const spaces = 8 - (this.column & 7);
        this.column += spaces;
        if ((oflag & TABDLY) === XTABS) {
          for (let i = 0; i < spaces; i += 1) out.push(SPACE);
          return;
        }
        break;
      }
      case BS:
        if (this.column > 0) this.column -= 1;
        break;
      default:
        if (isControl(byte)) break;
        if ((oflag & OLCUC) !== 0 && byte >= 0x61 && byte <= 0x7a) byte -= 32;
        if (!isContinuation(this.#termios, byte)) this.column += 1;
    }
    out.push(byte);
  }
}
