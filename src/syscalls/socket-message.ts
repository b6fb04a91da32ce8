/** Messages on sockets: send(2) and recv(2) in all their forms. */
import { EAGAIN, EFAULT, EINTR, EINVAL, EMSGSIZE, ENOBUFS, ERESTARTSYS, ETIMEDOUT } from '#abi/errno.ts';
import { IOV_MAX } from '#abi/limits.ts';
import { MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_WAITFORONE } from '#abi/socket.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import { type Control, ControlWriter, dropControl, readControl } from '#net/socket/control.ts';
import type { Incoming, Outgoing, Socket } from '#net/socket/socket.ts';
import type { Handlers, Result } from './handler.ts';
import { readAddress, socketOf, writeAddress } from './socket.ts';
import { readTimespec } from './timeouts.ts';

const EMPTY = new Uint8Array(0);
/** struct msghdr and struct mmsghdr. */
const MSGHDR = 56;
const MMSGHDR = 64;
const MAX_MESSAGES = 1024;
const AT = { nameLength: 8, controlLength: 40, flags: 48, length: 56 } as const;

/** One struct msghdr of the guest, decoded once. */
interface MessageHeader {
  addr: number;
  name: number;
  nameLength: number;
  iov: number;
  iovCount: number;
  control: number;
  controlLength: number;
}

function readHeader(task: Task, addr: number): MessageHeader | number {
  const { mem } = task;
  if (!mem.in(addr, MSGHDR)) return -EFAULT;
  const u64 = (at: number) => mem.view.getUint32(at, true) + mem.view.getUint32(at + 4, true) * 4294967296;
  const nameLength = mem.view.getInt32(AT.nameLength, true);
  const header = {
    addr,
    name: u64(0),
    nameLength,
    iov: u64(16),
    iovCount: u64(24),
    control: u64(32),
    controlLength: u64(AT.controlLength),
  };
  if (header.name === 0) header.nameLength = 0;
  if (header.nameLength < 0) return -EINVAL;
  if (header.iovCount > IOV_MAX) return -EMSGSIZE;
  return header;
}

// ---- sending

/** Sends a message, waiting for room as the socket and its flags say. A stream's blocking send goes on until all is sent. */
function send(task: Task, socket: Socket, message: Outgoing): Result {
  const first = socket.send(task, message);
  const nonblocking = socket.nonblocking || (message.flags & MSG_DONTWAIT) !== 0;
  if (first === -EAGAIN ? nonblocking : first < 0 || nonblocking || message.io.remaining === 0 || !socket.writesAll)
    return ended(message, first);
  return sendOn(task, socket, message, Math.max(first, 0));
}

function ended(message: Outgoing, result: number): number {
  dropUnsent(message, result);
  return result;
}
/** Files that no message took along are given up. */
function dropUnsent(message: Outgoing, result: number): void {
  if (result <= 0 && message.control !== null) dropControl(message.control);
}

function* sendOn(task: Task, socket: Socket, message: Outgoing, before: number): Blocking {
  let done = before;
  let sentFiles = before > 0;
  socket.get();
  try {
    const timeoutNs = socket.writeTimeoutNs;
    const deadlineNs = timeoutNs === Infinity ? Infinity : task.kernel.now() + timeoutNs;
    const attempt = () => {
      const n = socket.send(task, sentFiles ? { ...message, control: null } : message);
      if (n < 0) return n;
      sentFiles = true;
      done += n;
      return socket.writesAll && message.io.remaining > 0 ? -EAGAIN : n;
    };
    const onSignal = timeoutNs === Infinity ? -ERESTARTSYS : -EINTR;
    const result = yield* pauseUntil(task, socket.sendQueues(message), attempt, { deadlineNs, onSignal });
    const answer = result >= 0 || done > 0 ? (socket.writesAll ? done : result) : result === -ETIMEDOUT ? -EAGAIN : result;
    if (!sentFiles) dropControl(message.control);
    return answer;
  } finally {
    socket.put();
  }
}

/** sendto: send(2). */
function sendto(task: Task, fd: number, buffer: number, length: number, flags: number, addr: number, addrLength: number): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const to = addr === 0 ? null : readAddress(task, addr, addrLength);
  if (typeof to === 'number') return to;
  return send(task, socket, { io: task.mem.io(buffer, length), flags, to, control: null });
}

function sendHeader(task: Task, socket: Socket, header: MessageHeader, flags: number): Result {
  const to = header.name === 0 || header.nameLength === 0 ? null : readAddress(task, header.name, Math.min(header.nameLength, 128));
  if (typeof to === 'number') return to;
  if (header.controlLength > 0x7fffffff) return -ENOBUFS;
  const control = header.control === 0 ? null : readControl(task, header.control, header.controlLength);
  if (typeof control === 'number') return control;
  const io = task.mem.ioVector(header.iov, header.iovCount);
  if (typeof io === 'number') {
    dropControl(control);
    return io;
  }
  return send(task, socket, { io, flags, to, control });
}

/** sendmsg: send(2). */
function sendmsg(task: Task, fd: number, addr: number, flags: number): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const header = readHeader(task, addr);
  return typeof header === 'number' ? header : sendHeader(task, socket, header, flags);
}

/** Runs a step that may sleep inside a generator. */
function* run(step: Result): Blocking {
  return typeof step === 'number' ? step : yield* step;
}

/** sendmmsg(2). */
function* sendmmsg(task: Task, fd: number, vector: number, count: number, flags: number): Blocking {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  let done = 0;
  for (; done < Math.min(count, MAX_MESSAGES); done += 1) {
    const addr = vector + done * MMSGHDR;
    const header = readHeader(task, addr);
    const result = typeof header === 'number' ? header : yield* run(sendHeader(task, socket, header, flags));
    if (result < 0) return done > 0 ? done : result;
    if (task.mem.writeU32(addr + AT.length, result) < 0) return done > 0 ? done : -EFAULT;
  }
  return done;
}

// ---- receiving

/** Receives into `incoming`, waiting as the socket and its flags say; MSG_WAITALL waits for all of a stream's bytes. */
function receive(task: Task, socket: Socket, incoming: Incoming, finish: (result: number) => number): Result {
  const { io, flags } = incoming;
  const wanted = io.remaining;
  const nonblocking = socket.nonblocking || (flags & MSG_DONTWAIT) !== 0;
  const enough = (flags & MSG_WAITALL) !== 0 ? wanted : Math.min(wanted, socket.receiveLowWater);
  const first = socket.receive(task, incoming);
  const more = socket.writesAll && first > 0 && first < enough && (flags & MSG_PEEK) === 0 && incoming.control === null;
  if (nonblocking || (first !== -EAGAIN && !more)) return finish(first);
  return receiveOn(task, socket, incoming, Math.max(first, 0), enough, finish);
}

function* receiveOn(
  task: Task,
  socket: Socket,
  incoming: Incoming,
  before: number,
  enough: number,
  finish: (result: number) => number,
): Blocking {
  const timeoutNs = socket.readTimeoutNs;
  const deadlineNs = timeoutNs === Infinity ? Infinity : task.kernel.now() + timeoutNs;
  let done = before;
  const attempt = () => {
    const n = socket.receive(task, incoming);
    if (n <= 0) return n === 0 || (n !== -EAGAIN && done === 0) ? n : n === -EAGAIN ? n : 0;
    done += n;
    const on = socket.writesAll && done < enough && (incoming.flags & MSG_PEEK) === 0 && incoming.control === null;
    return on ? -EAGAIN : n;
  };
  socket.get();
  try {
    const onSignal = timeoutNs === Infinity ? -ERESTARTSYS : -EINTR;
    const result = yield* pauseUntil(task, socket.waitQueue, attempt, { deadlineNs, onSignal, exclusive: !socket.writesAll });
    if (socket.writesAll && done > 0) return finish(done);
    return finish(result === -ETIMEDOUT ? -EAGAIN : result);
  } finally {
    socket.put();
  }
}

function newIncoming(io: Io, flags: number): Incoming {
  return { io, flags, from: null, answerFlags: 0, control: null };
}

/** recvfrom: recv(2). Files that came along are closed, as there is nowhere to put them. */
function recvfrom(task: Task, fd: number, buffer: number, length: number, flags: number, addr: number, lengthAddr: number): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const incoming = newIncoming(task.mem.io(buffer, length), flags);
  return receive(task, socket, incoming, (result) => {
    dropControl(incoming.control);
    if (result < 0 || addr === 0) return result;
    const stored = writeAddress(task, addr, lengthAddr, incoming.from ?? EMPTY);
    return stored < 0 ? stored : result;
  });
}

function receiveHeader(task: Task, socket: Socket, header: MessageHeader, flags: number): Result {
  const io = task.mem.ioVector(header.iov, header.iovCount);
  if (typeof io === 'number') return io;
  const incoming = newIncoming(io, flags);
  return receive(task, socket, incoming, (result) => {
    if (result >= 0) return storeMessage(task, socket, header, incoming, result);
    dropControl(incoming.control);
    return result;
  });
}

/** Stores what recvmsg says besides the bytes: address, ancillary data, lengths and flags. */
function storeMessage(task: Task, socket: Socket, header: MessageHeader, incoming: Incoming, result: number): number {
  const { mem } = task;
  const from = incoming.from ?? EMPTY;
  if (header.name !== 0) {
    const failed = mem.write(header.name, from, 0, Math.min(header.nameLength, from.length));
    if (failed < 0 || mem.writeU32(header.addr + AT.nameLength, from.length) < 0) {
      dropControl(incoming.control);
      return -EFAULT;
    }
  }
  const writer = new ControlWriter(task, header.control, header.controlLength);
  const failed = storeControl(socket, writer, incoming.control, incoming.flags);
  if (failed < 0) return failed;
  const answer = incoming.answerFlags | writer.flags | (incoming.flags & MSG_CMSG_CLOEXEC);
  if (mem.writeU64(header.addr + AT.controlLength, writer.used) < 0) return -EFAULT;
  return mem.writeU32(header.addr + AT.flags, answer) < 0 ? -EFAULT : result;
}

function storeControl(socket: Socket, writer: ControlWriter, control: Control | null, flags: number): number {
  if (socket.passCredentials) {
    const failed = writer.credentials(control?.credentials ?? null);
    if (failed < 0) return failed;
  }
  if (control !== null && control.files !== null) {
    const { files } = control;
    control.files = null;
    const failed = writer.rights(files, control.uid, flags);
    if (failed < 0) return failed;
  }
  return socket.passPidfd ? writer.pidfd(control?.credentials ?? null) : 0;
}

/** recvmsg: recv(2). */
function recvmsg(task: Task, fd: number, addr: number, flags: number): Result {
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const header = readHeader(task, addr);
  return typeof header === 'number' ? header : receiveHeader(task, socket, header, flags);
}

/** recvmmsg(2). As on Linux the timeout is only looked at between messages. */
function* recvmmsg(task: Task, fd: number, vector: number, count: number, flags: number, timeoutAddr: number): Blocking {
  const timeoutNs = readTimespec(task, timeoutAddr);
  if (timeoutNs < 0) return timeoutNs;
  const socket = socketOf(task, fd);
  if (typeof socket === 'number') return socket;
  const deadlineNs = task.kernel.now() + timeoutNs;
  let each = flags & ~MSG_WAITFORONE;
  let done = 0;
  while (done < Math.min(count, MAX_MESSAGES)) {
    const addr = vector + done * MMSGHDR;
    const header = readHeader(task, addr);
    const result = typeof header === 'number' ? header : yield* run(receiveHeader(task, socket, header, each));
    if (result < 0) return done > 0 ? done : result;
    if (task.mem.writeU32(addr + AT.length, result) < 0) return done > 0 ? done : -EFAULT;
    done += 1;
    if ((flags & MSG_WAITFORONE) !== 0) each |= MSG_DONTWAIT;
    if (task.kernel.now() >= deadlineNs) break;
  }
  return done;
}

export const handlers = { sendto, recvfrom, sendmsg, recvmsg, sendmmsg, recvmmsg } satisfies Handlers;
