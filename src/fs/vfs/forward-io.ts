/**
 * An Io that writes what it is given to another open file: the source of a splice or sendfile hands its bytes straight to the
 * target, and keeps what the target had no room for.
 */
import { EAGAIN, EIO } from '#abi/errno.ts';
import { Io, KernelIo, putZerosBySource } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';
import type { OpenFile } from './open-file.ts';

const BOUNCE = 65536;
const bounce = new Uint8Array(BOUNCE);

export class ForwardIo extends Io {
  /** What the target last answered when it took nothing: 0, or -errno (-EAGAIN: no room). */
  error = 0;
  /** Next position in the target, if that is seekable. */
  pos: number;
  readonly #task: Task;
  readonly #target: OpenFile;

  constructor(task: Task, target: OpenFile, pos: number, length: number) {
    super();
    this.#task = task;
    this.#target = target;
    this.pos = pos;
    this.remaining = length;
  }

  put(source: Uint8Array, offset: number, length: number): number {
    let done = 0;
    const want = Math.min(length, this.remaining);
    while (done < want) {
      const n = this.#target.write(this.#task, new KernelIo(source, offset + done, want - done), this.pos);
      if (n <= 0) {
        this.error = n === 0 ? -EAGAIN : n;
        return done > 0 ? done : this.error;
      }
      done += n;
      this.pos += n;
      this.remaining -= n;
    }
    return done;
  }
  putZeros(length: number): number {
    return putZerosBySource(this, Math.min(length, this.remaining));
  }
  putFromHost(host: HostCalls, fd: number, pos: number, length: number): number {
    let done = 0;
    const want = Math.min(length, this.remaining);
    while (done < want) {
      const step = Math.min(BOUNCE, want - done);
      const got = host.read(fd, bounce, 0, step, pos < 0 ? -1 : pos + done);
      if (got <= 0) return done > 0 ? done : got;
      const n = this.put(bounce, 0, got);
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (n < step) break;
    }
    return done;
  }
  take(): number {
    return -EIO;
  }
  takeToHost(): number {
    return -EIO;
  }
  rewind(): void {
    throw new Error('a ForwardIo is only put to');
  }
  skip(): void {
    throw new Error('a ForwardIo is only put to');
  }
}
