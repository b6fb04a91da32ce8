/** Socket calls that make, name and connect; messages are in socket-message.ts. */
import { EAGAIN, EBADF, EFAULT, EINPROGRESS, EINTR, EINVAL, ENOTSOCK, EOPNOTSUPP, ERESTARTSYS, ETIMEDOUT } from '#abi/errno.ts';
import { O_PATH } from '#abi/fcntl.ts';
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET } from '#abi/socket.ts';
import { newPair, newSocket } from '#net/socket/families.ts';
import { Socket } from '#net/socket/socket.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil, type WaitQueue } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { installFile, installPair } from './pipe.ts';

/** sizeof(struct sockaddr_storage). */
const MAX_ADDRESS = 128;
const MAX_OPTION = 65536;

/** The socket behind a descriptor, or -EBADF, -ENOTSOCK. */
export function socketOf(task: Task, fd: number): Socket | number {
  const file = task.files.get(fd);
  if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  return file instanceof Socket ? file : -ENOTSOCK;
}

/** A struct sockaddr argument as bytes of its own; -EINVAL, -EFAULT. */
export function readAddress(task: Task, addr: number, length: number): Uint8Array | number {
  if ((length | 0) < 0 || length > MAX_ADDRESS) return -EINVAL;
  const bytes = new Uint8Array(length);
  return task.mem.read(addr, bytes, 0, length) < 0 ? -EFAULT : bytes;
}

/** Stores an address where the guest wants it: cut to the room that *lengthAddr says, the true length stored there. */
export function writeAddress(task: Task, addr: number, lengthAddr: number, address: Uint8Array): number {
  const room = task.mem.readU32(lengthAddr);
  if (room < 0) return room;
  if ((room | 0) < 0) return -EINVAL;
  if (task.mem.write(addr, address, 0, Math.min(room, address.length)) < 0) return -EFAULT;
  return task.mem.writeU32(lengthAddr, address.length);
}

/**
 * Repeats `attempt` on a socket until it answers something else than -EAGAIN, or the time is over: SO_RCVTIMEO and
 * SO_SNDTIMEO end a wait with -EAGAIN, and make a signal end it for good.
 */
export function untilReady(
  task: Task,
  socket: Socket,
  queues: WaitQueue | readonly WaitQueue[],
  nonblocking: boolean,
  timeoutNs: number,
  attempt: () => number,
  exclusive = false,
): Result {
  const first = attempt();
  if (first !== -EAGAIN || nonblocking) return first;
  return waitReady(task, socket, queues, timeoutNs, attempt, exclusive);
}

function* waitReady(
  task: Task,
  socket: Socket,
  queues: WaitQueue | readonly WaitQueue[],
  timeoutNs: number,
  attempt: () => number,
  exclusive: boolean,
): Blocking {
  socket.get();
  try {
    const deadlineNs = timeoutNs === Infinity ? Infinity : task.kernel.now() + timeoutNs;
    const onSignal = timeoutNs === Infinity ? -ERESTARTSYS : -EINTR;
    const result = yield* pauseUntil(task, queues, attempt, { deadlineNs, onSignal, exclusive });
    return result === -ETIMEDOUT ? -EAGAIN : result;
  } finally {
    socket.put();
  }
}

/** socket(2). Only AF_UNIX so far. */
function socket(task: Task, family: number, type: number, protocol: number): number {
  const made = newSocket(task, family, type, protocol);
  return typeof made === 'number' ? made : installFile(task, made, (type & SOCK_CLOEXEC) !== 0);
}

/** socketpair(2). */
function socketpair(task: Task, family: number, type: number, protocol: number, addr: number): number {
  const made = newPair(task, family, type, protocol);
  return typeof made === 'number' ? made : installPair(task, made[0], made[1], (type & SOCK_CLOEXEC) !== 0, addr);
}

/** bind(2). */
function bind(task: Task, fd: number, addr: number, length: number): number {
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  const address = readAddress(task, addr, length);
  return typeof address === 'number' ? address : file.bind(task, address);
}

/** listen(2). */
function listen(task: Task, fd: number, backlog: number): number {
  const file = socketOf(task, fd);
  return typeof file === 'number' ? file : file.listen(task, backlog);
}

/** accept4: accept(2). */
function accept4(task: Task, fd: number, addr: number, lengthAddr: number, flags: number): Result {
  if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return -EINVAL;
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  const attempt = () => {
    const made = file.accept(task, flags);
    if (typeof made === 'number') return made;
    made.flags |= flags & SOCK_NONBLOCK;
    if (addr !== 0) {
      const name = made.peerName();
      const stored = writeAddress(task, addr, lengthAddr, typeof name === 'number' ? new Uint8Array(0) : name);
      if (stored < 0) {
        made.put();
        return stored;
      }
    }
    return installFile(task, made, (flags & SOCK_CLOEXEC) !== 0);
  };
  return untilReady(task, file, file.waitQueue, file.nonblocking, file.readTimeoutNs, attempt, true);
}

/** connect(2). */
function connect(task: Task, fd: number, addr: number, length: number): Result {
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  const address = readAddress(task, addr, length);
  if (typeof address === 'number') return address;
  const first = file.connect(task, address);
  if ((first !== -EAGAIN && first !== -EINPROGRESS) || file.nonblocking) return first;
  const queue = file.connectQueue(task, address) ?? file.waitQueue;
  return waitReady(task, file, queue, file.writeTimeoutNs, () => file.connect(task, address), true);
}

/** shutdown(2). */
function shutdown(task: Task, fd: number, how: number): number {
  const file = socketOf(task, fd);
  return typeof file === 'number' ? file : file.shutdown(how);
}

/** getsockname(2). */
function getsockname(task: Task, fd: number, addr: number, lengthAddr: number): number {
  const file = socketOf(task, fd);
  return typeof file === 'number' ? file : writeAddress(task, addr, lengthAddr, file.localName());
}

/** getpeername(2). */
function getpeername(task: Task, fd: number, addr: number, lengthAddr: number): number {
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  const name = file.peerName();
  return typeof name === 'number' ? name : writeAddress(task, addr, lengthAddr, name);
}

/** setsockopt(2). */
function setsockopt(task: Task, fd: number, level: number, option: number, addr: number, length: number): number {
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  if (length < 0) return -EINVAL;
  const size = Math.min(length, MAX_OPTION);
  if (level !== SOL_SOCKET) return file.family === 1 ? -EOPNOTSUPP : file.setFamilyOption(task, level, option, task.mem.view);
  const bytes = new Uint8Array(size);
  if (task.mem.read(addr, bytes, 0, size) < 0) return -EFAULT;
  return file.setOption(task, option, new DataView(bytes.buffer));
}

/** getsockopt(2). */
function getsockopt(task: Task, fd: number, level: number, option: number, addr: number, lengthAddr: number): number {
  const file = socketOf(task, fd);
  if (typeof file === 'number') return file;
  const room = task.mem.readU32(lengthAddr);
  if (room < 0) return room;
  if ((room | 0) < 0) return -EINVAL;
  const value = new Uint8Array(Math.max(64, Math.min(room, MAX_OPTION)));
  const view = new DataView(value.buffer);
  const length = level === SOL_SOCKET ? file.getOption(task, option, view, room) : file.getFamilyOption(task, level, option, view, room);
  if (length < 0) return length;
  const size = Math.min(length, room);
  if (task.mem.write(addr, value, 0, size) < 0) return -EFAULT;
  return task.mem.writeU32(lengthAddr, size);
}

export const handlers = {
  socket,
  socketpair,
  bind,
  listen,
  accept: (task, fd, addr, lengthAddr) => accept4(task, fd, addr, lengthAddr, 0),
  accept4,
  connect,
  shutdown,
  getsockname,
  getpeername,
  setsockopt,
  getsockopt,
} satisfies Handlers;
