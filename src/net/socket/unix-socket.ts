/**
 * AF_UNIX sockets (unix(7)): streams, datagrams and sequenced packets between tasks.
 *
 * A message is a `Packet` in the receiver's queue, charged against its sender's buffer until it is received, as Linux
 * charges it (memory, not bytes: many small messages fill a buffer sooner). A closed socket stays as its peer's
 * `peer`, marked `dead`, so that what is left can be read.
 */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENODATA,
  ENOPROTOOPT,
  ENOTCONN,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  ERANGE,
  EFAULT,
} from '#abi/errno.ts';
import { SIOCATMARK, SIOCINQ, SIOCOUTQ } from '#abi/ioctl.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLRDNORM, EPOLLWRBAND, EPOLLWRNORM } from '#abi/poll.ts';
import { SIGPIPE } from '#abi/signal.ts';
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SO_PEERPIDFD,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOMAXCONN,
} from '#abi/socket.ts';
import { newPidfd } from '#fs/anon/pidfd.ts';
import { signalSelf } from '#fs/anon/signals.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { WaitQueue } from '#kernel/wait.ts';
import { type Control, type Credentials, dropControl, ownCredentials } from './control.ts';
import { type Carrier, filesInFlight } from './in-flight.ts';
import { type Incoming, type Outgoing, Socket } from './socket.ts';
import { autobind, type Binding, bindName, findSocket, parseAddress, UNNAMED } from './unix-names.ts';

/** Messages that an unconnected sender may leave waiting (net.unix.max_dgram_qlen, as /proc/sys says). */
const MAX_WAITING = 10;
const MAX_CHUNK = 32768;
const READ = EPOLLIN | EPOLLRDNORM;
const WRITE = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
/** Halves of a connection that are shut down. */
const [NO_RECEIVE, NO_SEND] = [1, 2] as const;
const noBytes = new Uint8Array(0);
/** In-flight sockets from which on every send looks for circles. */
const COLLECT_FROM = 256;

/** All of them, for /proc/net/unix. */
export const unixSockets = new Set<UnixSocket>();

class Packet {
  readonly data: Uint8Array;
  at = 0;
  /** One more than the last byte of `data` that counts. */
  end: number;
  readonly sender: UnixSocket;
  readonly charge: number;
  readonly from: Uint8Array;
  readonly credentials: Credentials;
  control: Control | null;
  /** One byte of urgent data (MSG_OOB). */
  urgent = false;
  constructor(data: Uint8Array, sender: UnixSocket, credentials: Credentials, control: Control | null) {
    this.data = data;
    this.end = data.length;
    this.sender = sender;
    this.charge = chargeOf(data.length);
    this.from = sender.address;
    this.credentials = control?.credentials ?? credentials;
    this.control = control;
  }
  get left(): number {
    return this.end - this.at;
  }
}

/** What Linux accounts for a message (skb truesize): the data with its shared info in a power of two, and the head. */
function chargeOf(length: number): number {
  if (length > 3776) return Math.ceil(length / 4096) * 4096 + 1280;
  let size = 512;
  while (size < length + 320) size *= 2;
  return size + 256;
}

export class UnixSocket extends Socket implements Carrier {
  address: Uint8Array = UNNAMED;
  peer: UnixSocket | null = null;
  /** Streams and sequenced packets: a connection was made. It never ends; its halves are shut down. */
  connected = false;
  dead = false;
  peerCredentials: Credentials | null = null;
  peerGroups: readonly number[] = [];
  /** Senders wait here for room in our queue, clients for room in the backlog. */
  readonly peerWait = new WaitQueue();
  #queue: Packet[] = [];
  #charged = 0;
  #shut = 0;
  #binding: Binding | null = null;
  #backlog = MAX_WAITING;
  #connections: UnixSocket[] = [];
  /** The urgent byte that waits, which is also in the queue. */
  #urgent: Packet | null = null;
  /** Datagram sockets connected to this one. */
  #senders: Set<UnixSocket> | null = null;

  constructor(task: Task, type: number, flags: number) {
    super(task, AF_UNIX, type, 0, flags);
    unixSockets.add(this);
  }

  // ---- names and connections

  bind(task: Task, address: Uint8Array): number {
    const name = parseAddress(address);
    if (typeof name === 'number') return name;
    if (this.#binding !== null) return name === '' ? 0 : -EINVAL;
    const binding = bindName(task, this, name);
    if (typeof binding === 'number') return binding;
    this.#bound(binding);
    return 0;
  }
  #bound(binding: Binding): void {
    this.#binding = binding;
    this.address = binding.address;
  }
  #autobind(task: Task): number {
    if (!this.passCredentials || this.#binding !== null) return 0;
    const binding = autobind(task, this);
    if (typeof binding === 'number') return binding;
    this.#bound(binding);
    return 0;
  }

  listen(task: Task, backlog: number): number {
    if (this.type === SOCK_DGRAM) return -EOPNOTSUPP;
    if (this.#binding === null || this.connected) return -EINVAL;
    this.#backlog = Math.min(backlog >>> 0, SOMAXCONN);
    this.listening = true;
    this.peerCredentials = ownCredentials(task);
    this.peerGroups = task.creds.groups;
    this.peerWait.wakeAll();
    return 0;
  }

  accept(_task: Task, _flags: number): UnixSocket | number {
    if (this.type === SOCK_DGRAM) return -EOPNOTSUPP;
    if (!this.listening || (this.#shut & NO_RECEIVE) !== 0) return -EINVAL;
    const socket = this.#connections.shift();
    if (socket === undefined) return -EAGAIN;
    this.peerWait.wakeAll();
    return socket;
  }

  connect(task: Task, address: Uint8Array): number {
    if (this.type === SOCK_DGRAM) return this.#connectDatagram(task, address);
    const name = parseAddress(address);
    if (typeof name === 'number') return name;
    const bound = this.#autobind(task);
    if (bound < 0) return bound;
    const listener = findSocket(task, this.type, name);
    if (typeof listener === 'number') return listener;
    if (!listener.listening || (listener.#shut & NO_RECEIVE) !== 0) return -ECONNREFUSED;
    if (this.connected) return -EISCONN;
    if (this.listening) return -EINVAL;
    if (listener.#connections.length > listener.#backlog) return -EAGAIN;
    const other = new UnixSocket(task, this.type, 0);
    other.address = listener.address;
    other.sendBuffer = listener.sendBuffer;
    other.passCredentials = listener.passCredentials;
    other.passPidfd = listener.passPidfd;
    other.peerCredentials = ownCredentials(task);
    other.peerGroups = task.creds.groups;
    this.peerCredentials = listener.peerCredentials;
    this.peerGroups = listener.peerGroups;
    join(this, other);
    listener.#connections.push(other);
    listener.waitQueue.wake(READ);
    return 0;
  }
  connectQueue(task: Task, address: Uint8Array): WaitQueue | null {
    const name = parseAddress(address);
    const listener = typeof name === 'number' ? name : findSocket(task, this.type, name);
    return typeof listener === 'number' ? null : listener.peerWait;
  }

  #connectDatagram(task: Task, address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    const family = (address[0] as number) | ((address[1] as number) << 8);
    if (family === 0) {
      this.#disconnect();
      return 0;
    }
    if (family !== AF_UNIX) return -EINVAL;
    const name = parseAddress(address);
    if (typeof name === 'number') return name;
    const bound = this.#autobind(task);
    if (bound < 0) return bound;
    const other = findSocket(task, this.type, name);
    if (typeof other === 'number') return other;
    if (!other.#accepts(this)) return -EPERM;
    this.#disconnect();
    this.peer = other;
    other.#senders ??= new Set();
    other.#senders.add(this);
    return 0;
  }
  #disconnect(): void {
    if (this.peer !== null) this.peer.#senders?.delete(this);
    this.peer = null;
    this.waitQueue.wakeAll(WRITE);
  }
  /** A datagram socket that is connected takes messages from its peer only. */
  #accepts(sender: UnixSocket): boolean {
    return this.peer === null || this.peer === sender;
  }

  localName(): Uint8Array {
    return this.address;
  }
  peerName(): Uint8Array | number {
    return this.peer === null ? -ENOTCONN : this.peer.address;
  }

  // ---- sending

  send(task: Task, message: Outgoing): number {
    if ((message.flags & MSG_OOB) !== 0) return this.#sendUrgent(task, message);
    if (filesInFlight.carriers >= COLLECT_FROM) filesInFlight.collect();
    return this.type === SOCK_STREAM ? this.#sendStream(task, message) : this.#sendPacket(task, message);
  }

  #sendStream(task: Task, message: Outgoing): number {
    const { io, flags, control } = message;
    const { peer } = this;
    if (message.to !== null) return this.connected ? -EISCONN : -EOPNOTSUPP;
    if (peer === null) return -ENOTCONN;
    if ((this.#shut & NO_SEND) !== 0) return this.#brokenPipe(task, flags);
    let done = 0;
    while (io.remaining > 0) {
      if (this.error !== 0) return done > 0 ? done : -this.takeError();
      if (this.#charged >= this.sendBuffer) break;
      if (peer.dead || (peer.#shut & NO_RECEIVE) !== 0) return done > 0 ? done : this.#brokenPipe(task, flags);
      const size = Math.min(io.remaining, Math.max(1, (this.sendBuffer >> 1) - 64), MAX_CHUNK);
      const data = new Uint8Array(size);
      const n = io.take(data, 0, size);
      if (n <= 0) return done > 0 ? done : n;
      this.#deliver(task, peer, n < size ? data.subarray(0, n) : data, done === 0 ? control : null);
      done += n;
      if (n < size) break;
    }
    if (done > 0) return done;
    return io.remaining === 0 ? 0 : -EAGAIN;
  }

  /** MSG_OOB: the last byte of the data is urgent, the others go before it. */
  #sendUrgent(task: Task, message: Outgoing): number {
    const { peer } = this;
    if (this.type !== SOCK_STREAM) return -EOPNOTSUPP;
    const wanted = message.io.remaining;
    if (wanted === 0) return -EOPNOTSUPP;
    const n = this.#sendStream(task, message);
    if (n < wanted || peer === null) return n;
    peer.#markUrgent(this);
    return n;
  }
  #markUrgent(sender: UnixSocket): void {
    const last = this.#queue.at(-1);
    if (last === undefined || last.left === 0) return;
    if (this.#urgent !== null) this.#urgent.urgent = false;
    let urgent = last;
    if (last.left > 1) {
      // The byte gets a packet of its own, the rest of the charge stays with the first.
      urgent = new Packet(last.data.slice(-1), sender, last.credentials, null);
      sender.#charged += urgent.charge;
      last.end -= 1;
      this.#queue.push(urgent);
    }
    urgent.urgent = true;
    this.#urgent = urgent;
    this.waitQueue.wake(EPOLLPRI);
  }
  #receiveUrgent(message: Incoming): number {
    if (!this.connected || this.#urgent === null || this.oobInline) return -EINVAL;
    const packet = this.#urgent;
    const n = message.io.remaining === 0 ? 0 : message.io.put(packet.data, packet.at, 1);
    if (n < 0) return n;
    if ((message.flags & MSG_PEEK) === 0) {
      this.#urgent = null;
      this.#queue.splice(this.#queue.indexOf(packet), 1);
      this.#received(packet);
    }
    message.answerFlags |= MSG_OOB;
    return n;
  }

  #sendPacket(task: Task, message: Outgoing): number {
    const { io, to, control } = message;
    if (this.type === SOCK_SEQPACKET && !this.connected) return -ENOTCONN;
    let target = this.peer;
    if (to !== null && this.type === SOCK_DGRAM) {
      const name = parseAddress(to);
      if (typeof name === 'number') return name;
      const found = findSocket(task, this.type, name);
      if (typeof found === 'number') return found;
      target = found;
    }
    if (target === null) return -ENOTCONN;
    const bound = this.#autobind(task);
    if (bound < 0) return bound;
    const size = io.remaining;
    if (size > this.sendBuffer - 32) return -EMSGSIZE;
    if (this.error !== 0) return -this.takeError();
    if ((this.#shut & NO_SEND) !== 0) return -EPIPE;
    if (this.#charged >= this.sendBuffer) return -EAGAIN;
    if (target.dead) {
      if (this.type === SOCK_SEQPACKET) return -EPIPE;
      this.#disconnect();
      return -ECONNREFUSED;
    }
    if (this.type === SOCK_DGRAM && !target.#accepts(this)) return -EPERM;
    if ((target.#shut & NO_RECEIVE) !== 0) return -EPIPE;
    if (target !== this && target.peer !== this && target.#queueFull) return -EAGAIN;
    const data = size === 0 ? noBytes : new Uint8Array(size);
    if (size > 0) {
      const n = io.take(data, 0, size);
      if (n < size) return n < 0 ? n : -EFAULT;
    }
    this.#deliver(task, target, data, control);
    return size;
  }

  #deliver(task: Task, target: UnixSocket, data: Uint8Array, control: Control | null): void {
    const packet = new Packet(data, this, ownCredentials(task), control);
    this.#charged += packet.charge;
    target.#queue.push(packet);
    target.waitQueue.wake(READ);
  }
  #brokenPipe(task: Task, flags: number): number {
    if ((flags & MSG_NOSIGNAL) === 0) signalSelf(task, SIGPIPE);
    return -EPIPE;
  }
  get #queueFull(): boolean {
    return this.#queue.length > this.#backlog;
  }
  override sendQueues(message: Outgoing): readonly WaitQueue[] {
    if (this.type !== SOCK_DGRAM) return [this.waitQueue];
    // The receiver may be named by the message: it is looked up anew when tried, so that every wake is good enough.
    const receiver = this.peer ?? null;
    return receiver === null || message.to !== null ? [this.waitQueue, anyQueue] : [this.waitQueue, receiver.peerWait];
  }

  // ---- receiving

  receive(_task: Task, message: Incoming): number {
    if ((message.flags & MSG_OOB) !== 0) return this.type === SOCK_STREAM ? this.#receiveUrgent(message) : -EOPNOTSUPP;
    return this.type === SOCK_STREAM ? this.#receiveStream(message) : this.#receivePacket(message);
  }

  #receiveStream(message: Incoming): number {
    if (!this.connected) return -EINVAL;
    const { io, flags } = message;
    const peek = (flags & MSG_PEEK) !== 0;
    const offset = peek ? Math.max(0, this.peekOffset) : 0;
    let skip = offset;
    let done = 0;
    let sender: Credentials | null = null;
    for (let index = 0; ; ) {
      const packet = this.#queue[index];
      if (packet !== undefined && packet.urgent && !this.oobInline) {
        // Reads stop before urgent data once, and then pass over it.
        if (done > 0) break;
        if (peek) index += 1;
        else {
          this.#queue.splice(index, 1);
          if (this.#urgent === packet) this.#urgent = null;
          this.#received(packet);
        }
        continue;
      }
      if (packet === undefined) {
        if (done > 0) break;
        if (index > 0 && offset === 0) break;
        if (this.error !== 0) return -this.takeError();
        if ((this.#shut & NO_RECEIVE) !== 0) return 0;
        return -EAGAIN;
      }
      if (skip > 0 && skip >= packet.left) {
        skip -= packet.left;
        index += 1;
        continue;
      }
      if (this.passCredentials || this.passPidfd) {
        if (sender !== null && !sameSender(sender, packet.credentials)) break;
        sender = packet.credentials;
      }
      const want = Math.min(packet.left - skip, io.remaining);
      const n = want === 0 ? 0 : io.put(packet.data, packet.at + skip, want);
      skip = 0;
      if (n < 0) {
        if (done > 0) break;
        return n;
      }
      done += n;
      const carries = packet.control !== null && packet.control.files !== null;
      if (carries) message.control = handOver(packet, peek);
      if (peek) index += 1;
      else {
        packet.at += n;
        if (packet.left === 0) {
          if (this.#urgent === packet) this.#urgent = null;
          this.#queue.shift();
          this.#received(packet);
        }
      }
      if (carries || io.remaining === 0 || n < want) break;
    }
    if (done > 0 && this.peekOffset >= 0) this.peekOffset = peek ? offset + done : Math.max(0, this.peekOffset - done);
    if (sender !== null) message.control = { credentials: sender, files: message.control?.files ?? null, uid: message.control?.uid ?? 0 };
    return done;
  }

  #receivePacket(message: Incoming): number {
    if (this.type === SOCK_SEQPACKET && !this.connected) return -ENOTCONN;
    const { io, flags } = message;
    const packet = this.#queue[0];
    if (packet === undefined) {
      if (this.error !== 0) return -this.takeError();
      if ((this.#shut & NO_RECEIVE) === 0) return -EAGAIN;
      // Linux tells a datagram socket that nothing will come only when it would have to wait.
      return this.type === SOCK_DGRAM && (this.nonblocking || (flags & MSG_DONTWAIT) !== 0) ? -EAGAIN : 0;
    }
    const peek = (flags & MSG_PEEK) !== 0;
    const from = peek ? Math.min(Math.max(0, this.peekOffset), packet.data.length) : 0;
    const want = Math.min(packet.data.length - from, io.remaining);
    const n = want === 0 ? 0 : io.put(packet.data, from, want);
    if (n < 0) return n;
    if (this.peekOffset >= 0) this.peekOffset = peek ? from + n : Math.max(0, this.peekOffset - packet.data.length);
    if (want < packet.data.length - from) message.answerFlags |= MSG_TRUNC;
    message.from = packet.from === UNNAMED ? null : packet.from;
    const files = packet.control?.files ? handOver(packet, peek) : null;
    const credentials = this.passCredentials || this.passPidfd ? packet.credentials : null;
    if (files !== null || credentials !== null) message.control = { credentials, files: files?.files ?? null, uid: files?.uid ?? 0 };
    if (!peek) {
      this.#queue.shift();
      this.#received(packet);
      this.peerWait.wakeAll(WRITE);
      anyQueue.wakeAll(WRITE);
      if (this.#senders !== null) for (const one of this.#senders) one.waitQueue.wake(WRITE);
    }
    return (flags & MSG_TRUNC) !== 0 ? packet.data.length : n;
  }

  /** A message left the queue: its sender has room again. */
  #received(packet: Packet): void {
    const { sender } = packet;
    sender.#charged -= packet.charge;
    if (!sender.dead && sender.#charged * 4 <= sender.sendBuffer) sender.waitQueue.wake(WRITE);
  }

  // ---- the rest

  shutdown(how: number): number {
    const bits = how === SHUT_RD ? NO_RECEIVE : how === SHUT_WR ? NO_SEND : how === SHUT_RDWR ? NO_RECEIVE | NO_SEND : 0;
    if (bits === 0) return -EINVAL;
    this.#shutDown(bits);
    if (this.peer !== null && this.type !== SOCK_DGRAM) {
      this.peer.#shutDown(((bits & NO_RECEIVE) !== 0 ? NO_SEND : 0) | ((bits & NO_SEND) !== 0 ? NO_RECEIVE : 0));
    }
    return 0;
  }
  #shutDown(bits: number): void {
    this.#shut |= bits;
    this.waitQueue.wakeAll(READ | WRITE | EPOLLRDHUP | (this.#shut === 3 ? EPOLLHUP : 0));
    this.peerWait.wakeAll();
  }

  override poll(): number {
    let events = this.error !== 0 ? EPOLLERR : 0;
    if (this.#shut === (NO_RECEIVE | NO_SEND)) events |= EPOLLHUP;
    if ((this.#shut & NO_RECEIVE) !== 0) events |= EPOLLRDHUP | READ;
    if (this.#queue.length > 0 || this.#connections.length > 0) events |= READ;
    if (this.listening) return events;
    if (this.#urgent !== null) events |= EPOLLPRI;
    if (this.type !== SOCK_DGRAM && !this.connected) events |= EPOLLHUP;
    if (this.#charged * 4 <= this.sendBuffer && !this.#peerIsFull) events |= WRITE;
    return events;
  }
  get #peerIsFull(): boolean {
    const { peer } = this;
    return this.type === SOCK_DGRAM && peer !== null && peer !== this && peer.peer !== this && !peer.dead && peer.#queueFull;
  }

  override ioctl(task: Task, cmd: number, arg: number): number {
    switch (cmd) {
      case SIOCINQ: {
        if (this.listening) return -EINVAL;
        const first = this.#queue[0];
        const all = this.type !== SOCK_DGRAM;
        return task.mem.writeI32(arg, all ? this.#queue.reduce((sum, packet) => sum + packet.left, 0) : (first?.left ?? 0));
      }
      case SIOCATMARK:
        return task.mem.writeI32(arg, this.#urgent !== null && this.#queue[0] === this.#urgent ? 1 : 0);
      case SIOCOUTQ:
        return task.mem.writeI32(arg, this.#charged);
      default:
        return -ENOTTY;
    }
  }

  override getFamilyOption(task: Task, level: number, option: number, out: DataView, length: number): number {
    if (level !== 1) return -EOPNOTSUPP;
    switch (option) {
      case SO_PEERCRED:
        out.setInt32(0, task.ns.pid.inside(this.#peerOwn?.pid ?? 0), true);
        out.setUint32(4, this.#peerOwn === null ? 0xffffffff : task.creds.userNs.showUid(this.#peerOwn.uid), true);
        out.setUint32(8, this.#peerOwn === null ? 0xffffffff : task.creds.userNs.showGid(this.#peerOwn.gid), true);
        return 12;
      case SO_PEERGROUPS: {
        if (this.#peerOwn === null) return -ENODATA;
        const count = Math.min(this.peerGroups.length, 16000);
        if (length < count * 4) return -ERANGE;
        for (let i = 0; i < count; i += 1) out.setUint32(i * 4, this.peerGroups[i] as number, true);
        return count * 4;
      }
      case SO_PEERPIDFD: {
        const leader = this.#peerOwn?.group?.leader;
        if (leader === undefined) return -ENODATA;
        const fd = newPidfd(task, leader, 0);
        if (fd < 0) return fd;
        out.setInt32(0, fd, true);
        return 4;
      }
      default:
        return -ENOPROTOOPT;
    }
  }
  get #peerOwn(): Credentials | null {
    return this.peerCredentials;
  }
  override setFamilyOption(_task: Task, level: number, _option: number, _value: DataView): number {
    return level === 1 ? -ENOPROTOOPT : -EOPNOTSUPP;
  }

  *filesInQueue(): Generator<OpenFile> {
    for (const packet of this.#queue) if (packet.control?.files) yield* packet.control.files;
    for (const socket of this.#connections) yield* socket.filesInQueue();
  }
  dropQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const packet of queue) {
      dropControl(packet.control);
      this.#received(packet);
    }
    for (const socket of this.#connections) socket.dropQueue();
  }

  protected override release(): void {
    this.dead = true;
    unixSockets.delete(this);
    this.#binding?.unbind(this);
    const unread = this.#queue.length > 0;
    const { peer } = this;
    if (this.type === SOCK_DGRAM) {
      if (peer !== null) peer.#senders?.delete(this);
      if (this.#senders !== null) for (const sender of this.#senders) sender.waitQueue.wakeAll(WRITE);
    } else if (peer !== null && !peer.dead) {
      if (unread || this.#unaccepted) peer.error = ECONNRESET;
      peer.#shutDown(NO_RECEIVE | NO_SEND);
    }
    this.dropQueue();
    for (const socket of this.#connections) {
      socket.#unaccepted = true;
      socket.put();
    }
    this.#connections = [];
    this.peerWait.wakeAll();
    filesInFlight.collect();
  }
  /** Its listener closed before it was accepted. */
  #unaccepted = false;
}

/** Senders to named receivers that are full wait here: any receiver's progress wakes them all to look again. */
const anyQueue = new WaitQueue();

function sameSender(a: Credentials, b: Credentials): boolean {
  return a.pid === b.pid && a.uid === b.uid && a.gid === b.gid;
}

/** The files of a packet for its receiver: moved, or for MSG_PEEK held once more. */
function handOver(packet: Packet, peek: boolean): Control {
  const control = packet.control as Control;
  const files = control.files as OpenFile[];
  if (peek) {
    for (const file of files) file.get();
    filesInFlight.entered(files, control.uid);
    return { credentials: null, files: [...files], uid: control.uid };
  }
  packet.control = null;
  return control;
}

/** Connects two streams (or sequenced-packet sockets) with each other. */
function join(a: UnixSocket, b: UnixSocket): void {
  a.peer = b;
  b.peer = a;
  a.connected = b.connected = true;
}

/** socketpair(2). */
export function unixPair(task: Task, type: number, flags: number): [UnixSocket, UnixSocket] {
  const a = new UnixSocket(task, type, flags);
  const b = new UnixSocket(task, type, flags);
  if (type === SOCK_DGRAM) {
    a.peer = b;
    b.peer = a;
  } else join(a, b);
  for (const socket of [a, b]) {
    socket.peerCredentials = ownCredentials(task);
    socket.peerGroups = task.creds.groups;
  }
  return [a, b];
}
