/** The log that `--log` names: one JSON object a line as runc writes them, which Docker and containerd read the cause of a failure from. */
import { appendFileSync } from 'node:fs';

export type Level = 'debug' | 'info' | 'warning' | 'error';

export class Log {
  readonly #path: string | null;
  readonly #json: boolean;
  readonly #debug: boolean;

  /** `path` null: standard error. */
  constructor(path: string | null, json: boolean, debug: boolean) {
    this.#path = path;
    this.#json = json;
    this.#debug = debug;
  }

  /** A failure: into the log, and for a person on standard error. `text` is a Latin-1 byte string. */
  error(text: string): void {
    if (this.#path !== null) this.#write('error', text);
    print(`belljar: ${text}`);
  }
  /** What is asked for and not done. */
  warn(text: string): void {
    if (this.#path !== null) this.#write('warning', text);
    if (this.#debug) print(`belljar: warning: ${text}`);
  }

  #write(level: Level, text: string): void {
    const msg = Buffer.from(text, 'latin1').toString('utf8');
    const time = new Date().toISOString();
    const line = this.#json ? JSON.stringify({ level, msg, time }) : `time="${time}" level=${level} msg=${JSON.stringify(msg)}`;
    try {
      appendFileSync(this.#path ?? '', `${line}\n`);
    } catch (error) {
      print(`belljar: --log ${this.#path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
}

function print(line: string): void {
  process.stderr.write(Buffer.from(`${line}\n`, 'latin1'));
}
