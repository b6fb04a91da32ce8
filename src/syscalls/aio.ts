/**
 * Asynchronous I/O (io_submit(2)). Reads and writes are done while they are submitted, as Linux does for what is cached; polls complete when
 * their file is ready. The completion ring that Linux maps at a context's address is there, empty: libraries then ask the kernel.
 */
import { EAGAIN, EBADF, ECANCELED, EFAULT, EINPROGRESS, EINTR, EINVAL, ENOMEM, ETIMEDOUT } from '#abi/errno.ts';
import {
  IOCB_CMD_FDSYNC,
  IOCB_CMD_FSYNC,
  IOCB_CMD_NOOP,
  IOCB_CMD_POLL,
  IOCB_CMD_PREAD,
  IOCB_CMD_PREADV,
  IOCB_CMD_PWRITE,
  IOCB_CMD_PWRITEV,
  IOCB_FLAG_RESFD,
} from '#abi/io.ts';
import { Iocb, IoEvent } from '#abi/layouts.gen.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import { EPOLLERR, EPOLLHUP } from '#abi/poll.ts';
import { EventFd } from '#fs/anon/eventfd.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil, type WaitEntry, type Waiter, WaitQueue } from '#kernel/wait.ts';
import { type MemoryMap, PAGE } from '#mm/memory-map.ts';
import type { Handlers, Result } from './handler.ts';
import { readFile, writeFile } from './read-write.ts';
import { setTemporaryMask } from './temporary-mask.ts';
import { endTemporaryMask } from '#kernel/signal/send.ts';
import { readTimespec } from './timeouts.ts';

/** fs.aio-max-nr, and what no setting goes beyond. */
const MAX_EVENTS = 65536;
const ABSURD_EVENTS = 0x10000000;

interface Completion {
  readonly dataLo: number;
  readonly dataHi: number;
  /** Address of the iocb. */
  readonly object: number;
  readonly result: number;
}

class AioContext {
  readonly limit: number;
  readonly completed: Completion[] = [];
  readonly waitQueue = new WaitQueue();
  readonly polls = new Set<AioPoll>();
  destroyed = false;
  constructor(limit: number) {
    this.limit = limit;
  }
  complete(completion: Completion, eventFd: OpenFile | null, task: Task): void {
    this.completed.push(completion);
    if (eventFd !== null) {
      eventFd.write(task, new KernelIo(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)), 0);
      eventFd.put();
    }
    this.waitQueue.wakeAll();
  }
}

/** One IOCB_CMD_POLL in flight. */
class AioPoll implements Waiter {
  readonly context: AioContext;
  readonly file: OpenFile;
  readonly events: number;
  readonly object: number;
  readonly #dataLo: number;
  readonly #dataHi: number;
  readonly #eventFd: OpenFile | null;
  readonly #task: Task;
  entry: WaitEntry | null = null;

  constructor(task: Task, context: AioContext, file: OpenFile, events: number, request: Request, eventFd: OpenFile | null) {
    this.#task = task;
    this.context = context;
    this.file = file.get();
    this.events = events | EPOLLERR | EPOLLHUP;
    this.object = request.object;
    this.#dataLo = request.dataLo;
    this.#dataHi = request.dataHi;
    this.#eventFd = eventFd;
  }
  onWake(): boolean {
    const ready = this.file.poll() & this.events;
    if (ready !== 0) this.end(ready);
    return ready !== 0;
  }
  end(result: number): void {
    if (!this.context.polls.delete(this)) return;
    this.entry?.remove();
    this.file.put();
    this.context.complete({ dataLo: this.#dataLo, dataHi: this.#dataHi, object: this.object, result }, this.#eventFd, this.#task);
  }
}

interface Request {
  readonly object: number;
  readonly dataLo: number;
  readonly dataHi: number;
}

const contexts = new WeakMap<MemoryMap, Map<number, AioContext>>();
function contextOf(task: Task, id: number): AioContext | null {
  return contexts.get(task.mm)?.get(id) ?? null;
}

/** The page at the context's address. */
function mapRing(task: Task): number {
  const { mm } = task;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const at = mm.place(0, PAGE, flags);
  if (at < 0) return at;
  const request = {
    prot: PROT_READ | PROT_WRITE,
    flags,
    file: null,
    shared: null,
    offset: 0,
    hostFd: -1,
    hostOffset: 0,
    name: '/[aio] (deleted)',
  };
  mm.enter(at, PAGE, request);
  mm.queueMap(at, PAGE, request);
  return mm.space.flush() < 0 ? -ENOMEM : at;
}

/** Does what an iocb says; its result, or null if it completes later. A negative `refused` is the submission's own error. */
function run(task: Task, opcode: number, file: OpenFile, buffer: number, length: number, offset: number): number {
  switch (opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PREADV: {
      const io = opcode === IOCB_CMD_PREAD ? task.mem.io(buffer, length) : task.mem.ioVector(buffer, length);
      return typeof io === 'number' ? io : (readFile(task, file, io, offset, true) as number);
    }
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PWRITEV: {
      const io = opcode === IOCB_CMD_PWRITE ? task.mem.io(buffer, length) : task.mem.ioVector(buffer, length);
      if (typeof io === 'number') return io;
      const done = writeFile(task, file, io, offset, undefined, true);
      return typeof done === 'number' ? done : -EAGAIN;
    }
    default:
      return file.sync(opcode === IOCB_CMD_FDSYNC);
  }
}

/** 0, or why it is not taken. */
function mayRun(opcode: number, file: OpenFile, buffer: number): number {
  switch (opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PREADV:
      return file.readable ? 0 : -EBADF;
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PWRITEV:
      return file.writable ? 0 : -EBADF;
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC:
      return buffer === 0 ? 0 : -EINVAL;
    case IOCB_CMD_POLL:
      return file.pollable ? 0 : -EINVAL;
    default:
      return -EINVAL;
  }
}

function submitOne(task: Task, context: AioContext, addr: number): number {
  const { mem } = task;
  const { view } = mem;
  if (!mem.in(addr, Iocb.SIZE)) return -EFAULT;
  const u64 = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
  const reserved = u64(48);
  const flags = view.getUint32(Iocb.OFF_aio_flags, true);
  const opcode = view.getUint16(Iocb.OFF_aio_lio_opcode, true);
  const [buffer, length] = [u64(Iocb.OFF_aio_buf), u64(Iocb.OFF_aio_nbytes)];
  const offset = view.getInt32(Iocb.OFF_aio_offset + 4, true) * 4294967296 + view.getUint32(Iocb.OFF_aio_offset, true);
  const request = { object: addr, dataLo: view.getUint32(0, true), dataHi: view.getUint32(4, true) };
  const [fd, resultFd] = [view.getInt32(Iocb.OFF_aio_fildes, true), view.getInt32(Iocb.OFF_aio_resfd, true)];
  if (reserved !== 0 || length >= 2 ** 63) return -EINVAL;
  if (context.completed.length + context.polls.size >= context.limit) return -EAGAIN;
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  let eventFd: OpenFile | null = null;
  if ((flags & IOCB_FLAG_RESFD) !== 0) {
    eventFd = task.files.get(resultFd);
    if (eventFd === null) return -EBADF;
    if (!(eventFd instanceof EventFd)) return -EINVAL;
  }
  if (opcode === IOCB_CMD_NOOP) return -EINVAL;
  const allowed = mayRun(opcode, file, buffer);
  if (allowed < 0) return allowed;
  if (opcode < IOCB_CMD_FSYNC && offset < 0) return -EINVAL;
  view.setUint32(0, 0, true);
  if (mem.writeNow(addr + Iocb.OFF_aio_key, mem.bytes, 0, 4) < 0) return -EFAULT;
  eventFd?.get();
  if (opcode === IOCB_CMD_POLL) {
    const poll = new AioPoll(task, context, file, buffer & 0xffff, request, eventFd);
    context.polls.add(poll);
    poll.entry = file.waitQueue.add(poll);
    poll.onWake();
    return 0;
  }
  context.complete({ ...request, result: run(task, opcode, file, buffer, length, offset) }, eventFd, task);
  return 0;
}

/** Hands out up to `limit` completions from the `from`th event on; how many, or -EFAULT. */
function hand(task: Task, context: AioContext, from: number, limit: number, addr: number): number {
  const { view, bytes } = task.mem;
  let count = 0;
  while (from + count < limit) {
    const [next] = context.completed;
    if (next === undefined) break;
    view.setUint32(0, next.dataLo, true);
    view.setUint32(4, next.dataHi, true);
    view.setUint32(8, next.object >>> 0, true);
    view.setUint32(12, Math.floor(next.object / 4294967296), true);
    view.setUint32(16, next.result >>> 0, true);
    view.setInt32(20, Math.floor(next.result / 4294967296), true);
    bytes.fill(0, 24, IoEvent.SIZE);
    if (task.mem.writeNow(addr + (from + count) * IoEvent.SIZE, bytes, 0, IoEvent.SIZE) < 0) return count > 0 ? count : -EFAULT;
    context.completed.shift();
    count += 1;
  }
  return count;
}

function getEvents(task: Task, id: number, least: number, most: number, addr: number, timeoutAddr: number): Result {
  const timeout = readTimespec(task, timeoutAddr);
  if (timeout < 0) return timeout;
  const context = contextOf(task, id);
  if (context === null || least < 0 || most < 0 || least > most) return -EINVAL;
  const got = hand(task, context, 0, most, addr);
  if (got < 0 || got >= least || timeout === 0) return got;
  return waitForEvents(task, context, got, least, most, addr, timeout === Infinity ? Infinity : task.kernel.now() + timeout);
}
function* waitForEvents(
  task: Task,
  context: AioContext,
  had: number,
  least: number,
  most: number,
  addr: number,
  deadlineNs: number,
): Blocking {
  let got = had;
  const attempt = (): number => {
    if (context.destroyed) return -EINVAL;
    const more = hand(task, context, got, most, addr);
    if (more < 0) return got > 0 ? 0 : more;
    got += more;
    return got >= least ? 0 : -EAGAIN;
  };
  const result = yield* pauseUntil(task, context.waitQueue, attempt, { deadlineNs, onSignal: -EINTR });
  if (got > 0 || result === -ETIMEDOUT) return got;
  return result;
}

export const handlers = {
  io_setup(task, count, idAddr) {
    const { mem } = task;
    const old = mem.readU64(idAddr);
    if (old < 0) return old;
    if (old !== 0 || count === 0 || count > ABSURD_EVENTS) return -EINVAL;
    let known = contexts.get(task.mm);
    if (known === undefined) contexts.set(task.mm, (known = new Map()));
    let used = 0;
    for (const { limit } of known.values()) used += limit;
    if (used + count > MAX_EVENTS) return -EAGAIN;
    const id = mapRing(task);
    if (id < 0) return id;
    mem.view.setUint32(0, id >>> 0, true);
    mem.view.setUint32(4, Math.floor(id / 4294967296), true);
    if (mem.writeNow(idAddr, mem.bytes, 0, 8) < 0) {
      unmapRing(task, id);
      return -EFAULT;
    }
    known.set(id, new AioContext(count));
    return 0;
  },
  io_destroy(task, id) {
    const context = contextOf(task, id);
    if (context === null) return -EINVAL;
    contexts.get(task.mm)?.delete(id);
    context.destroyed = true;
    for (const poll of [...context.polls]) poll.end(-ECANCELED);
    context.waitQueue.wakeAll();
    return unmapRing(task, id);
  },
  io_submit(task, id, count, listAddr) {
    if (count < 0) return -EINVAL;
    const context = contextOf(task, id);
    if (context === null) return -EINVAL;
    let done = 0;
    for (; done < Math.min(count, context.limit); done += 1) {
      const addr = task.mem.readU64(listAddr + done * 8);
      const result = addr < 0 ? -EFAULT : submitOne(task, context, addr);
      if (result < 0) return done > 0 ? done : result;
    }
    return done;
  },
  io_getevents: (task, id, least, most, addr, timeoutAddr) => getEvents(task, id, least, most, addr, timeoutAddr),
  io_pgetevents(task, id, least, most, addr, timeoutAddr, maskAddr) {
    if (maskAddr !== 0) {
      if (!task.mem.in(maskAddr, 16)) return -EFAULT;
      const { view } = task.mem;
      const mask = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
      const failed = setTemporaryMask(task, mask, view.getUint32(8, true));
      if (failed < 0) return failed;
    }
    const result = getEvents(task, id, least, most, addr, timeoutAddr);
    if (typeof result !== 'number') return unmaskAfter(task, result);
    endTemporaryMask(task, false);
    return result;
  },
  io_cancel(task, id, addr) {
    const key = task.mem.readU32(addr + Iocb.OFF_aio_key);
    if (key < 0) return key;
    const context = contextOf(task, id);
    if (key !== 0 || context === null) return -EINVAL;
    for (const poll of context.polls) {
      if (poll.object !== addr) continue;
      poll.end(-ECANCELED);
      return -EINPROGRESS;
    }
    return -EINVAL;
  },
} satisfies Handlers;

function* unmaskAfter(task: Task, wait: Blocking): Blocking {
  const result = yield* wait;
  endTemporaryMask(task, result === -EINTR);
  return result;
}

/** Takes the ring's page away. */
function unmapRing(task: Task, id: number): number {
  task.mm.forget(id, id + PAGE);
  task.mm.space.unmap(id, PAGE);
  return task.mm.space.flush();
}
