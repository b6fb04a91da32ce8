/** Open files over a `Pipe`: the two ends that pipe(2) makes, and FIFOs (fifo(7)), whose open waits for a partner. */
import { EAGAIN, EBADF, EINVAL, ENOTTY, ENXIO, EPIPE } from '#abi/errno.ts';
import { F_GETPIPE_SZ, F_SETPIPE_SZ, O_ACCMODE, O_DIRECT, O_NONBLOCK, O_RDONLY, O_WRONLY } from '#abi/fcntl.ts';
import { FIONREAD } from '#abi/ioctl.ts';
import { SIGPIPE } from '#abi/signal.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';
import { registerFifo } from '#fs/vfs/registry.ts';
import { signalSelf } from '#fs/anon/signals.ts';
import { newPipeInode, pipeFs } from '#fs/anon/pseudo-fs.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil, type WaitQueue } from '#kernel/wait.ts';
import { Pipe } from './pipe.ts';

/** Pipes of FIFO inodes that are open. */
const fifos = new WeakMap<Inode, Pipe>();

export class PipeFile extends OpenFile {
  readonly pipe: Pipe;
  readonly #inode: Inode;
  readonly #reads: boolean;
  readonly #writes: boolean;
  /** A writer has been there since this end was opened: only then is "no writer" a hang-up. */
  readonly #writersBefore: number;
  override readonly waitQueue: WaitQueue;

  constructor(pipe: Pipe, inode: Inode, flags: number) {
    super(flags);
    const mode = flags & O_ACCMODE;
    this.pipe = pipe;
    this.#inode = inode;
    this.#reads = mode !== O_WRONLY;
    this.#writes = mode !== O_RDONLY;
    this.waitQueue = !this.#writes ? pipe.readQueue : !this.#reads ? pipe.writeQueue : pipe.bothQueue;
    if (this.#reads) {
      pipe.readers += 1;
      pipe.readerOpens += 1;
    }
    if (this.#writes) {
      pipe.writers += 1;
      pipe.writerOpens += 1;
    }
    this.#writersBefore = pipe.writers > 0 ? -1 : pipe.writerOpens;
  }

  get inode(): Inode {
    return this.#inode;
  }
  override get writesAll(): boolean {
    return true;
  }

  override read(_task: Task, io: Io, _pos: number): number {
    if (!this.#reads) return -EBADF;
    return this.pipe.read(io);
  }
  override write(task: Task, io: Io, _pos: number): number {
    if (!this.#writes) return -EBADF;
    const n = this.pipe.write(io, (this.flags & O_DIRECT) !== 0);
    if (n === -EPIPE) signalSelf(task, SIGPIPE);
    return n;
  }
  override poll(): number {
    const hadWriter = this.#writersBefore !== this.pipe.writerOpens;
    return (this.#reads ? this.pipe.pollRead(hadWriter) : 0) | (this.#writes ? this.pipe.pollWrite() : 0);
  }
  override fcntl(task: Task, cmd: number, arg: number): number {
    if (cmd === F_GETPIPE_SZ) return this.pipe.capacity;
    if (cmd === F_SETPIPE_SZ) return this.pipe.resize(task, arg);
    return super.fcntl(task, cmd, arg);
  }
  override ioctl(task: Task, cmd: number, arg: number): number {
    if (cmd === FIONREAD) return task.mem.writeI32(arg, this.pipe.used);
    return -ENOTTY;
  }
  /** A FIFO's open waits for the other end. */
  override openWait(task: Task): number | Blocking {
    const { pipe } = this;
    // An anonymous pipe, opened again through /proc, waits for nobody.
    if (this.#inode.superBlock === pipeFs || (this.flags & O_NONBLOCK) !== 0) return 0;
    if (!this.#writes && pipe.writers === 0) {
      const before = pipe.writerOpens;
      return pauseUntil(task, pipe.readQueue, () => (pipe.writerOpens !== before ? 0 : -EAGAIN));
    }
    if (!this.#reads && pipe.readers === 0) {
      const before = pipe.readerOpens;
      return pauseUntil(task, pipe.writeQueue, () => (pipe.readerOpens !== before ? 0 : -EAGAIN));
    }
    return 0;
  }
  override describe(): string {
    return `pipe:[${this.#inode.ino}]`;
  }
  protected override release(): void {
    const { pipe } = this;
    if (this.#reads) pipe.readers -= 1;
    if (this.#writes) pipe.writers -= 1;
    if (pipe.readers === 0 && pipe.writers === 0) {
      pipe.reset();
      fifos.delete(this.#inode);
    } else pipe.wakeHangup();
  }
}

/** The two ends of a new pipe: [reading, writing]. `flags` may hold O_NONBLOCK and O_DIRECT. */
export function newPipe(task: Task, flags: number): [PipeFile, PipeFile] {
  const pipe = new Pipe();
  const inode = newPipeInode(task);
  inode.reopen = (_task, reopenFlags) => new PipeFile(pipe, inode, reopenFlags);
  return [new PipeFile(pipe, inode, O_RDONLY | flags), new PipeFile(pipe, inode, O_WRONLY | flags)];
}

/**
 * Opens a FIFO inode; never waits (the open call then waits by `openWait`). -ENXIO: O_WRONLY|O_NONBLOCK without a
 * reader.
 */
export function openFifo(inode: Inode, flags: number, path: Path | null): PipeFile | number {
  const mode = flags & O_ACCMODE;
  if (mode > 2) return -EINVAL;
  let pipe = fifos.get(inode);
  if (mode === O_WRONLY && (flags & O_NONBLOCK) !== 0 && (pipe === undefined || pipe.readers === 0)) return -ENXIO;
  if (pipe === undefined) {
    pipe = new Pipe();
    fifos.set(inode, pipe);
  }
  const file = new PipeFile(pipe, inode, flags);
  file.path = path;
  // Whoever waits in open(2) for this side goes on.
  pipe.readQueue.wakeAll();
  pipe.writeQueue.wakeAll();
  return file;
}

/** Has the VFS open named pipes here. */
export function registerFifos(): void {
  registerFifo((_task, inode, flags, path) => openFifo(inode, flags, path));
}
