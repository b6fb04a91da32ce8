/** The command line's end of the channel to the process that stays with the container or the exec (native/launcher-channel.c). */
import { closeSync, readSync, writeSync } from 'node:fs';
import { syscalls } from '#abi/syscalls.ts';
import { Failure } from '../failure.ts';
import { host } from './host.ts';

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const MAX_MESSAGE = (1 << 17) - 2;

export class Companion {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(4096);
  /** What it said first: its own pid, and the sandbox's. */
  readonly pids: readonly number[];

  /** Throws the companion's own reason if it could not start. */
  constructor() {
    this.#fd = Number(process.env['BELLJAR_CHANNEL'] ?? Number.NaN);
    delete process.env['BELLJAR_CHANNEL'];
    if (Number.isNaN(this.#fd)) throw new Failure('internal', 'this command must be started by ./belljar');
    // Hooks must not hold it open.
    host().call(syscalls.fcntl.number, this.#fd, F_SETFD, FD_CLOEXEC);
    this.pids = this.expect('p').split(' ').map(Number);
  }

  /** Sends an order; see launcher-channel.c for the letters. */
  send(letter: string, text = ''): void {
    const bytes = Buffer.from(letter + text, 'latin1');
    if (bytes.length > MAX_MESSAGE) throw new Failure('launch', 'paths and options are too long');
    try {
      writeSync(this.#fd, bytes);
    } catch {
      throw this.#gone();
    }
  }

  /** Waits for a message; throws Failure with the other side's reason if it failed. */
  expect(letter: string): string {
    const { type, text } = this.#read();
    if (type === letter) return text;
    if (type === 'f') throw new Failure('launch', text);
    throw new Failure('internal', `unexpected message ${JSON.stringify(type)} of the launcher`);
  }

  /** All is written down: from now on it lives by itself. */
  release(): void {
    this.send('r');
    closeSync(this.#fd);
  }

  #read(): { type: string; text: string } {
    let n = 0;
    try {
      n = readSync(this.#fd, this.#bytes);
    } catch {
      // Reset: as if it had ended.
    }
    if (n === 0) throw this.#gone();
    return { type: this.#bytes.toString('latin1', 0, 1), text: this.#bytes.toString('latin1', 1, n) };
  }
  #gone(): Failure {
    return new Failure('launch', 'the process that starts the sandbox was killed');
  }
}
