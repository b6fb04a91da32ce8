import { EBADF, EFAULT, EINTR, EINVAL, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTSYS } from '#abi/errno.ts';
import { O_PATH } from '#abi/fcntl.ts';
import { NR_OPEN } from '#abi/limits.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDBAND, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '#abi/poll.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, type WaitEntry, type Waiter, Wake } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { restoreMask, setTemporaryMask } from './temporary-mask.ts';
import { readTimespec, readTimeval, writeTimespec, writeTimeval } from './timeouts.ts';

const ALWAYS = POLLERR | POLLHUP | POLLNVAL;

/** One watched file of a sleeping poll or select: wakes the task only for bits that it asked for. */
class PollEntry implements Waiter {
  readonly task: Task;
  readonly file: OpenFile;
  readonly mask: number;
  readonly entry: WaitEntry;
  constructor(task: Task, file: OpenFile, mask: number) {
    this.task = task;
    this.file = file.get();
    this.mask = mask;
    this.entry = file.waitQueue.add(this);
  }
  onWake(events: number): boolean {
    return (events === 0 || (events & this.mask) !== 0) && this.task.onWake(events);
  }
}

/**
 * Sleeps until `scan` counts something ready. Registered once for the whole call: files cannot go away meanwhile.
 * The count, 0 at the deadline, or -ERESTARTSYS at a signal.
 */
function* pollLoop(task: Task, watched: PollEntry[], scan: () => number, deadlineNs: number): Blocking {
  try {
    for (;;) {
      const count = scan();
      if (count !== 0) return count;
      task.prepareSleep(deadlineNs, false);
      const why = yield;
      if (why === Wake.Event) continue;
      const last = scan();
      if (last !== 0) return last;
      return why === Wake.Timeout ? 0 : -ERESTARTSYS;
    }
  } finally {
    for (const item of watched) {
      item.entry.remove();
      item.file.put();
    }
  }
}

function deadline(task: Task, timeoutNs: number): number {
  return timeoutNs === Infinity ? Infinity : task.kernel.now() + timeoutNs;
}

// ---- poll, ppoll

/** struct pollfd: int fd; short events; short revents. Looks at all of `fds`, stores revents, counts. */
function scanPollfds(task: Task, view: DataView, count: number): number {
  let ready = 0;
  for (let i = 0, at = 0; i < count; i += 1, at += 8) {
    const fd = view.getInt32(at, true);
    let revents = 0;
    if (fd >= 0) {
      const file = task.files.get(fd);
      revents = file === null ? POLLNVAL : file.poll() & (view.getUint16(at + 4, true) | ALWAYS);
      if (revents !== 0) ready += 1;
    }
    view.setUint16(at + 6, revents, true);
  }
  return ready;
}

/** Copies `count` pollfds in and scans them; sleeps unless `timeoutNs` is 0. `onSignal`: what a signal makes of it. */
function doPoll(task: Task, addr: number, count: number, deadlineNs: number, onSignal: () => number): Result {
  if (count > Math.min(task.limit(RLIMIT_NOFILE), NR_OPEN)) return -EINVAL;
  const size = count * 8;
  const small = size <= task.mem.scratchSize;
  const bytes = small ? task.mem.bytes : new Uint8Array(size);
  const view = small ? task.mem.view : new DataView(bytes.buffer);
  if (task.mem.read(addr, bytes, 0, size) < 0) return -EFAULT;
  const ready = scanPollfds(task, view, count);
  if (ready !== 0 || deadlineNs === 0) {
    const stored = task.mem.write(addr, bytes, 0, size);
    return stored < 0 ? stored : ready;
  }
  // The scratch buffer does not outlive a sleep.
  const own = bytes.slice(0, size);
  return sleepPoll(task, addr, own, count, deadlineNs, onSignal);
}

function* sleepPoll(task: Task, addr: number, own: Uint8Array, count: number, deadlineNs: number, onSignal: () => number): Blocking {
  const view = new DataView(own.buffer);
  const watched: PollEntry[] = [];
  for (let i = 0; i < count; i += 1) {
    const fd = view.getInt32(i * 8, true);
    const file = fd < 0 ? null : task.files.get(fd);
    if (file !== null) watched.push(new PollEntry(task, file, view.getUint16(i * 8 + 4, true) | ALWAYS));
  }
  const result = yield* pollLoop(task, watched, () => scanPollfds(task, view, count), deadlineNs);
  if (result === -ERESTARTSYS) return onSignal();
  const stored = task.mem.write(addr, own, 0, own.length);
  return stored < 0 ? stored : result;
}

function pollUntil(task: Task, addr: number, count: number, deadlineNs: number): Result {
  return doPoll(task, addr, count, deadlineNs, () => {
    task.restart = () => pollUntil(task, addr, count, deadlineNs);
    return -ERESTART_RESTARTBLOCK;
  });
}

/** poll(2). */
function poll(task: Task, addr: number, count: number, timeoutMs: number): Result {
  const deadlineNs = timeoutMs < 0 ? Infinity : timeoutMs === 0 ? 0 : task.kernel.now() + timeoutMs * 1e6;
  return pollUntil(task, addr, count, deadlineNs);
}

/** ppoll(2). */
function ppoll(task: Task, addr: number, count: number, timeoutAddr: number, maskAddr: number, maskSize: number): Result {
  const timeoutNs = readTimespec(task, timeoutAddr);
  if (timeoutNs < 0) return timeoutNs;
  const failed = setTemporaryMask(task, maskAddr, maskSize);
  if (failed < 0) return failed;
  const deadlineNs = timeoutNs === 0 ? 0 : deadline(task, timeoutNs);
  const result = doPoll(task, addr, count, deadlineNs, () => -ERESTARTNOHAND);
  const store = (left: number) => writeTimespec(task, timeoutAddr, left);
  return finishTimed(task, result, timeoutAddr, deadlineNs, store);
}

/** The common end of ppoll and the selects: the mask goes back, and the time left is stored where the timeout was. */
function finishTimed(task: Task, result: Result, timeoutAddr: number, deadlineNs: number, store: (leftNs: number) => number): Result {
  if (typeof result !== 'number') return finishLater(task, result, timeoutAddr, deadlineNs, store);
  if (result !== -ERESTARTNOHAND) restoreMask(task);
  if (timeoutAddr === 0 || deadlineNs === 0 || deadlineNs === Infinity) return result;
  const stored = store(Math.max(0, deadlineNs - task.kernel.now()));
  // Without the time left a restart would sleep too long; otherwise, as on Linux, a bad address is no error.
  return stored < 0 && result === -ERESTARTNOHAND ? -EINTR : result;
}

function* finishLater(
  task: Task,
  sleeping: Blocking,
  timeoutAddr: number,
  deadlineNs: number,
  store: (leftNs: number) => number,
): Blocking {
  const result = yield* sleeping;
  return finishTimed(task, result, timeoutAddr, deadlineNs, store) as number;
}

// ---- select, pselect6

const READ_SET = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const WRITE_SET = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
const EXCEPT_SET = POLLPRI;
/** Bits of the three sets for one descriptor. */
const [IN, OUT, EX] = [1, 2, 4] as const;

interface Selected {
  fd: number;
  file: OpenFile;
  want: number;
}

function bitsOf(want: number): number {
  return ((want & IN) !== 0 ? READ_SET : 0) | ((want & OUT) !== 0 ? WRITE_SET : 0) | ((want & EX) !== 0 ? EXCEPT_SET : 0);
}

/** The three bitmaps of one select, as copied in and as they will be stored. */
class FdSets {
  readonly bytes: number;
  readonly addrs: readonly number[];
  readonly sets: (Uint8Array | null)[];
  readonly wanted: Selected[] = [];

  constructor(addrs: readonly number[], bytes: number) {
    this.addrs = addrs;
    this.bytes = bytes;
    this.sets = addrs.map((addr) => (addr === 0 ? null : new Uint8Array(bytes)));
  }
  /** 0, -EFAULT, or -EBADF for a descriptor that is not open. */
  read(task: Task, n: number): number {
    for (let s = 0; s < 3; s += 1) {
      const set = this.sets[s];
      if (set && task.mem.read(this.addrs[s] as number, set, 0, this.bytes) < 0) return -EFAULT;
    }
    for (let at = 0; at < this.bytes; at += 1) {
      const any = (this.sets[0]?.[at] ?? 0) | (this.sets[1]?.[at] ?? 0) | (this.sets[2]?.[at] ?? 0);
      if (any === 0) continue;
      for (let bit = 0; bit < 8; bit += 1) {
        const fd = at * 8 + bit;
        if (((any >> bit) & 1) === 0 || fd >= n) continue;
        const file = task.files.get(fd);
        if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
        this.wanted.push({ fd, file, want: (this.#has(0, fd) * IN) | (this.#has(1, fd) * OUT) | (this.#has(2, fd) * EX) });
      }
    }
    return 0;
  }
  #has(set: number, fd: number): number {
    return ((this.sets[set]?.[fd >> 3] ?? 0) >> (fd & 7)) & 1;
  }
  /** Fills the result sets; how many bits are set. */
  scan(): number {
    let count = 0;
    for (const set of this.sets) set?.fill(0);
    for (const { fd, file, want } of this.wanted) {
      const events = file.poll();
      if ((want & IN) !== 0 && (events & READ_SET) !== 0) count += this.#mark(0, fd);
      if ((want & OUT) !== 0 && (events & WRITE_SET) !== 0) count += this.#mark(1, fd);
      if ((want & EX) !== 0 && (events & EXCEPT_SET) !== 0) count += this.#mark(2, fd);
    }
    return count;
  }
  #mark(which: number, fd: number): number {
    const set = this.sets[which] as Uint8Array;
    set[fd >> 3] = (set[fd >> 3] as number) | (1 << (fd & 7));
    return 1;
  }
  store(task: Task): number {
    for (let s = 0; s < 3; s += 1) {
      const set = this.sets[s];
      if (set && task.mem.write(this.addrs[s] as number, set, 0, this.bytes) < 0) return -EFAULT;
    }
    return 0;
  }
}

/** Linux looks no further than its descriptor table, which has 64 places at first and then powers of two from 128. */
function tableSize(used: number): number {
  let size = used <= 64 ? 64 : 128;
  while (size < used) size *= 2;
  return size;
}

function doSelect(task: Task, count: number, addrs: readonly number[], deadlineNs: number): Result {
  if (count < 0) return -EINVAL;
  const n = Math.min(count, tableSize(task.files.length));
  const sets = new FdSets(addrs, Math.ceil(n / 64) * 8);
  const failed = sets.read(task, n);
  if (failed < 0) return failed;
  const ready = sets.scan();
  if (ready === 0 && deadlineNs !== 0) return sleepSelect(task, sets, deadlineNs);
  const stored = sets.store(task);
  return stored < 0 ? stored : ready;
}

function* sleepSelect(task: Task, sets: FdSets, deadlineNs: number): Blocking {
  const watched = sets.wanted.map(({ file, want }) => new PollEntry(task, file, bitsOf(want)));
  const result = yield* pollLoop(task, watched, () => sets.scan(), deadlineNs);
  if (result === -ERESTARTSYS) return -ERESTARTNOHAND;
  const stored = sets.store(task);
  return stored < 0 ? stored : result;
}

/** select(2). */
function select(task: Task, count: number, read: number, write: number, except: number, timeoutAddr: number): Result {
  const timeoutNs = readTimeval(task, timeoutAddr);
  if (timeoutNs < 0) return timeoutNs;
  const deadlineNs = timeoutNs === 0 ? 0 : deadline(task, timeoutNs);
  const result = doSelect(task, count, [read, write, except], deadlineNs);
  const store = (left: number) => writeTimeval(task, timeoutAddr, left);
  return finishTimed(task, result, timeoutAddr, deadlineNs, store);
}

/** pselect6: pselect(2), with the mask and its size behind one pointer. */
function pselect6(task: Task, count: number, read: number, write: number, except: number, timeoutAddr: number, maskArg: number): Result {
  const timeoutNs = readTimespec(task, timeoutAddr);
  if (timeoutNs < 0) return timeoutNs;
  if (maskArg !== 0) {
    if (!task.mem.in(maskArg, 16)) return -EFAULT;
    const { view } = task.mem;
    const mask = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
    const failed = setTemporaryMask(task, mask, view.getUint32(8, true) + view.getUint32(12, true) * 4294967296);
    if (failed < 0) return failed;
  }
  const deadlineNs = timeoutNs === 0 ? 0 : deadline(task, timeoutNs);
  const result = doSelect(task, count, [read, write, except], deadlineNs);
  const store = (left: number) => writeTimespec(task, timeoutAddr, left);
  return finishTimed(task, result, timeoutAddr, deadlineNs, store);
}

export const handlers = { poll, ppoll, select, pselect6 } satisfies Handlers;
