import { EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EPERM, ETIMEDOUT } from '#abi/errno.ts';
import { O_PATH } from '#abi/fcntl.ts';
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '#abi/poll.ts';
import { Epoll } from '#fs/anon/epoll.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { installFile } from './pipe.ts';
import { restoreMask, setTemporaryMask } from './temporary-mask.ts';
import { readTimespec } from './timeouts.ts';

/** struct epoll_event is packed on x86-64. */
const EVENT_SIZE = 12;
const MAX_EVENTS = Math.floor(0x7fffffff / EVENT_SIZE);

/** epoll_create1: epoll_create(2). */
function epoll_create1(task: Task, flags: number): number {
  if ((flags & ~EPOLL_CLOEXEC) !== 0) return -EINVAL;
  return installFile(task, new Epoll(), (flags & EPOLL_CLOEXEC) !== 0);
}

/** epoll_ctl(2). */
function epoll_ctl(task: Task, epfd: number, op: number, fd: number, eventAddr: number): number {
  let events = 0;
  let dataLo = 0;
  let dataHi = 0;
  if (op !== EPOLL_CTL_DEL) {
    if (!task.mem.in(eventAddr, EVENT_SIZE)) return -EFAULT;
    const { view } = task.mem;
    events = view.getUint32(0, true);
    dataLo = view.getUint32(4, true);
    dataHi = view.getUint32(8, true);
  }
  const epoll = task.files.get(epfd);
  const file = task.files.get(fd);
  if (epoll === null || file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  if (!file.pollable) return -EPERM;
  if (epoll === file || !(epoll instanceof Epoll)) return -EINVAL;
  switch (op) {
    case EPOLL_CTL_ADD:
      return epoll.add(file, fd, events, dataLo, dataHi);
    case EPOLL_CTL_MOD:
      return epoll.modify(file, fd, events, dataLo, dataHi);
    case EPOLL_CTL_DEL:
      return epoll.remove(file, fd);
    default:
      return -EINVAL;
  }
}

/** Takes what is ready and stores it; the count, or -EAGAIN. */
function collect(task: Task, epoll: Epoll, addr: number, limit: number): number {
  const { view } = task.mem;
  let at = 0;
  const count = epoll.collect(limit, (events, dataLo, dataHi) => {
    view.setUint32(at, events, true);
    view.setUint32(at + 4, dataLo, true);
    view.setUint32(at + 8, dataHi, true);
    at += EVENT_SIZE;
    return true;
  });
  if (count === 0) return -EAGAIN;
  return task.mem.out(addr, at) < 0 ? -EFAULT : count;
}

function* waitReady(task: Task, epoll: Epoll, attempt: () => number, deadlineNs: number): Blocking {
  epoll.get();
  try {
    const result = yield* pauseUntil(task, epoll.waitQueue, attempt, { deadlineNs, exclusive: true, onSignal: -EINTR });
    if (result !== -EINTR) restoreMask(task);
    return result === -ETIMEDOUT ? 0 : result;
  } finally {
    epoll.put();
  }
}

/** The common part of the four waits; `timeoutNs` Infinity for none. */
function doWait(task: Task, epfd: number, addr: number, maxEvents: number, timeoutNs: number): Result {
  if (maxEvents <= 0 || maxEvents > MAX_EVENTS) return -EINVAL;
  const epoll = task.files.get(epfd);
  if (epoll === null) return -EBADF;
  if (!(epoll instanceof Epoll)) return -EINVAL;
  // One answer takes what fits the scratch buffer; a caller with room for more comes back.
  const limit = Math.min(maxEvents, Math.floor(task.mem.scratchSize / EVENT_SIZE));
  const result = collect(task, epoll, addr, limit);
  if (result !== -EAGAIN) return result;
  if (timeoutNs === 0) return 0;
  const deadlineNs = timeoutNs === Infinity ? Infinity : task.kernel.now() + timeoutNs;
  return waitReady(task, epoll, () => collect(task, epoll, addr, limit), deadlineNs);
}

/** epoll_pwait and epoll_pwait2: the wait under another signal mask. */
function maskedWait(
  task: Task,
  epfd: number,
  addr: number,
  maxEvents: number,
  timeoutNs: number,
  maskAddr: number,
  maskSize: number,
): Result {
  const failed = setTemporaryMask(task, maskAddr, maskSize);
  if (failed < 0) return failed;
  const result = doWait(task, epfd, addr, maxEvents, timeoutNs);
  if (typeof result === 'number') restoreMask(task);
  return result;
}

function milliseconds(timeoutMs: number): number {
  return timeoutMs < 0 ? Infinity : timeoutMs * 1e6;
}

export const handlers = {
  epoll_create: (task, size) => (size <= 0 ? -EINVAL : epoll_create1(task, 0)),
  epoll_create1,
  epoll_ctl,
  /** epoll_wait(2). */
  epoll_wait: (task, epfd, addr, maxEvents, timeoutMs) => doWait(task, epfd, addr, maxEvents, milliseconds(timeoutMs)),
  epoll_pwait: (task, epfd, addr, maxEvents, timeoutMs, mask, maskSize) =>
    maskedWait(task, epfd, addr, maxEvents, milliseconds(timeoutMs), mask, maskSize),
  epoll_pwait2: (task, epfd, addr, maxEvents, timeoutAddr, mask, maskSize) => {
    const timeoutNs = readTimespec(task, timeoutAddr);
    if (timeoutNs < 0) return timeoutNs;
    return maskedWait(task, epfd, addr, maxEvents, timeoutNs, mask, maskSize);
  },
} satisfies Handlers;
