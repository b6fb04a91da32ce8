/**
 * Sockets of any family: what socket calls need of one, and the options of SOL_SOCKET. A family derives its own
 * (`UnixSocket`) and registers in families.ts. Operations are attempts, as with all open files; addresses are the raw
 * bytes of a struct sockaddr, family included.
 */
import { EDOM, EINVAL, ENOENT, ENOPROTOOPT, ENOTTY, EOPNOTSUPP, EPERM } from '#abi/errno.ts';
import { CAP_NET_ADMIN } from '#abi/capability.ts';
import { O_NONBLOCK, O_RDWR } from '#abi/fcntl.ts';
import {
  AF_UNIX,
  SO_PEEK_OFF,
  SO_ACCEPTCONN,
  SO_ATTACH_FILTER,
  SO_BROADCAST,
  SO_BUF_LOCK,
  SO_BUSY_POLL,
  SO_COOKIE,
  SO_DEBUG,
  SO_DETACH_FILTER,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_INCOMING_CPU,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_LOCK_FILTER,
  SO_MARK,
  SO_MAX_PACING_RATE,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_PASSSEC,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO_NEW,
  SO_RCVTIMEO_OLD,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO_NEW,
  SO_SNDTIMEO_OLD,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMP_OLD,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMPNS_OLD,
  SO_TYPE,
} from '#abi/socket.ts';
import { newSocketInode } from '#fs/anon/pseudo-fs.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Blocking, WaitQueue } from '#kernel/wait.ts';
import type { Control } from './control.ts';

/** A buffer's default and largest size (net.core.wmem_default, wmem_max). */
export const DEFAULT_BUFFER = 212992;
const MIN_SEND_BUFFER = 4608;
const MIN_RECEIVE_BUFFER = 2304;

/** What sendmsg hands to a family. */
export interface Outgoing {
  io: Io;
  flags: number;
  to: Uint8Array | null;
  control: Control | null;
}
/** What recvmsg wants of a family, and what it gets. */
export interface Incoming {
  io: Io;
  flags: number;
  /** The source address; null when there is none. */
  from: Uint8Array | null;
  /** MSG_TRUNC, MSG_EOR, ...: flags of the answer. */
  answerFlags: number;
  /** Ancillary data; owned by the caller afterwards. */
  control: Control | null;
}

let lastCookie = 0;

export abstract class Socket extends OpenFile {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly #inode: Inode;
  sendBuffer = DEFAULT_BUFFER;
  receiveBuffer = DEFAULT_BUFFER;
  receiveLowWater = 1;
  passCredentials = false;
  passPidfd = false;
  /** SO_PEEK_OFF: where the next MSG_PEEK begins; -1: always at the front. */
  peekOffset = -1;
  /** Pending error, taken by SO_ERROR and by the next operation; positive. */
  error = 0;
  listening = false;
  #cookie = 0;
  #linger = [0, 0];
  /** Options that are only remembered. */
  #remembered = new Map<number, number>();

  constructor(task: Task, family: number, type: number, protocol: number, flags: number) {
    super(O_RDWR | (flags & O_NONBLOCK));
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    this.#inode = newSocketInode(task);
  }

  abstract bind(task: Task, address: Uint8Array): number;
  abstract listen(task: Task, backlog: number): number;
  /** A connection that waits, as a socket with one reference, or -errno; -EAGAIN: none yet. */
  abstract accept(task: Task, flags: number): Socket | number;
  /** One attempt: 0, -EAGAIN to wait on `connectQueue`, -EINPROGRESS to wait for the outcome. */
  abstract connect(task: Task, address: Uint8Array): number;
  /** Where a connect that answered -EAGAIN waits. */
  abstract connectQueue(task: Task, address: Uint8Array): WaitQueue | null;
  abstract localName(): Uint8Array;
  /** -ENOTCONN when there is none. */
  abstract peerName(): Uint8Array | number;
  abstract send(task: Task, message: Outgoing): number;
  /** Where a send that answered -EAGAIN waits, besides the socket's own queue. */
  sendQueues(_message: Outgoing): readonly WaitQueue[] {
    return [this.waitQueue];
  }
  abstract receive(task: Task, message: Incoming): number;
  abstract shutdown(how: number): number;
  /** Options of this family and protocol: a value to store in `out` (its length), or -errno. */
  getFamilyOption(_task: Task, _level: number, _option: number, _out: DataView, _length: number): number {
    return -ENOPROTOOPT;
  }
  setFamilyOption(_task: Task, _level: number, _option: number, _value: DataView): number {
    return -ENOPROTOOPT;
  }

  /** SO_OOBINLINE. */
  get oobInline(): boolean {
    return this.#remembered.get(SO_OOBINLINE) === 1;
  }
  get inode(): Inode {
    return this.#inode;
  }
  get nonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }
  /** A stream's blocking write goes on until all is sent. */
  override get writesAll(): boolean {
    return this.type === 1;
  }
  override read(task: Task, io: Io, _pos: number): number {
    return this.receive(task, { io, flags: 0, from: null, answerFlags: 0, control: null });
  }
  override write(task: Task, io: Io, _pos: number): number {
    return this.send(task, { io, flags: 0, to: null, control: null });
  }
  override ioctl(_task: Task, _cmd: number, _arg: number): number | Blocking {
    return -ENOTTY;
  }
  override describe(): string {
    return `socket:[${this.#inode.ino}]`;
  }

  takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  // ---- SOL_SOCKET
  /** Stores the option's value at the start of `out` (which has room for any); its length, or -errno. */
  getOption(task: Task, option: number, out: DataView, length: number): number {
    const int = (value: number) => {
      out.setInt32(0, value, true);
      return 4;
    };
    switch (option) {
      case SO_TYPE:
        return int(this.type);
      case SO_DOMAIN:
        return int(this.family);
      case SO_PROTOCOL:
        return int(this.protocol);
      case SO_ERROR:
        return int(this.takeError());
      case SO_ACCEPTCONN:
        return int(this.listening ? 1 : 0);
      case SO_SNDBUF:
        return int(this.sendBuffer);
      case SO_RCVBUF:
        return int(this.receiveBuffer);
      case SO_RCVLOWAT:
        return int(this.receiveLowWater);
      case SO_SNDLOWAT:
        return int(1);
      case SO_PEEK_OFF:
        return this.family === AF_UNIX ? int(this.peekOffset) : -EOPNOTSUPP;
      case SO_PASSCRED:
        return int(this.passCredentials ? 1 : 0);
      case SO_PASSPIDFD:
        return int(this.passPidfd ? 1 : 0);
      case SO_LINGER:
        out.setInt32(0, this.#linger[0] as number, true);
        out.setInt32(4, this.#linger[1] as number, true);
        return 8;
      case SO_RCVTIMEO_OLD:
      case SO_RCVTIMEO_NEW:
        return timeval(out, this.readTimeoutNs);
      case SO_SNDTIMEO_OLD:
      case SO_SNDTIMEO_NEW:
        return timeval(out, this.writeTimeoutNs);
      case SO_COOKIE:
        if (length < 8) return -EINVAL;
        if (this.#cookie === 0) this.#cookie = lastCookie += 1;
        out.setUint32(0, this.#cookie, true);
        out.setUint32(4, 0, true);
        return 8;
      case SO_INCOMING_CPU:
        return int(this.#remembered.get(option) ?? -1);
      default:
        if (REMEMBERED.has(option)) return int(this.#remembered.get(option) ?? 0);
        return this.getFamilyOption(task, 1, option, out, length);
    }
  }

  setOption(task: Task, option: number, value: DataView): number {
    const timeout = option === SO_RCVTIMEO_OLD || option === SO_RCVTIMEO_NEW || option === SO_SNDTIMEO_OLD || option === SO_SNDTIMEO_NEW;
    if (timeout) return this.#setTimeout(option, value);
    if (value.byteLength < 4) return -EINVAL;
    const int = value.getInt32(0, true);
    switch (option) {
      case SO_TYPE:
      case SO_DOMAIN:
      case SO_PROTOCOL:
      case SO_ERROR:
      case SO_ACCEPTCONN:
      case SO_SNDLOWAT:
        return -ENOPROTOOPT;
      case SO_SNDBUF:
      case SO_SNDBUFFORCE:
        if (option === SO_SNDBUFFORCE && !task.capable(CAP_NET_ADMIN)) return -EPERM;
        this.sendBuffer = Math.max(Math.min(int >>> 0, DEFAULT_BUFFER) * 2, MIN_SEND_BUFFER);
        return 0;
      case SO_RCVBUF:
      case SO_RCVBUFFORCE:
        if (option === SO_RCVBUFFORCE && !task.capable(CAP_NET_ADMIN)) return -EPERM;
        this.receiveBuffer = Math.max(Math.min(int >>> 0, DEFAULT_BUFFER) * 2, MIN_RECEIVE_BUFFER);
        return 0;
      case SO_RCVLOWAT:
        this.receiveLowWater = int < 0 ? 0x7fffffff : Math.max(int, 1);
        return 0;
      case SO_PEEK_OFF:
        if (this.family !== AF_UNIX) return -EOPNOTSUPP;
        if (int < -1) return -EINVAL;
        this.peekOffset = int;
        return 0;
      case SO_PASSCRED:
        this.passCredentials = int !== 0;
        return 0;
      case SO_PASSPIDFD:
        this.passPidfd = int !== 0;
        return 0;
      case SO_LINGER:
        if (value.byteLength < 8) return -EINVAL;
        this.#linger = [int !== 0 ? 1 : 0, value.getInt32(4, true)];
        return 0;
      case SO_MARK:
        if (!task.capable(CAP_NET_ADMIN)) return -EPERM;
        this.#remembered.set(option, int);
        return 0;
      case SO_PRIORITY:
        if ((int < 0 || int > 6) && !task.capable(CAP_NET_ADMIN)) return -EPERM;
        this.#remembered.set(option, int);
        return 0;
      case SO_ATTACH_FILTER:
        return -EOPNOTSUPP;
      case SO_DETACH_FILTER:
        return -ENOENT;
      default:
        if (!REMEMBERED.has(option) && option !== SO_INCOMING_CPU) return this.setFamilyOption(task, 1, option, value);
        this.#remembered.set(option, PLAIN.has(option) ? int : int !== 0 ? 1 : 0);
        return 0;
    }
  }

  #setTimeout(option: number, value: DataView): number {
    if (value.byteLength < 16) return -EINVAL;
    const seconds = value.getInt32(4, true) * 4294967296 + value.getUint32(0, true);
    const micro = value.getInt32(12, true) * 4294967296 + value.getUint32(8, true);
    if (micro < 0 || micro >= 1e6) return -EDOM;
    const ns = seconds < 0 ? 0 : seconds * 1e9 + micro * 1000;
    const limit = seconds >= 0 && ns === 0 ? Infinity : ns;
    if (option === SO_RCVTIMEO_OLD || option === SO_RCVTIMEO_NEW) this.readTimeoutNs = limit;
    else this.writeTimeoutNs = limit;
    return 0;
  }
}

const REMEMBERED = new Set<number>([
  SO_DEBUG,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_OOBINLINE,
  SO_NO_CHECK,
  SO_DONTROUTE,
  SO_PASSSEC,
  SO_PRIORITY,
  SO_MARK,
  SO_TIMESTAMP_OLD,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_OLD,
  SO_TIMESTAMPNS_NEW,
  SO_RXQ_OVFL,
  SO_LOCK_FILTER,
  SO_BUF_LOCK,
  SO_BUSY_POLL,
  SO_MAX_PACING_RATE,
]);
/** Those whose value is a number and not a yes or no. */
const PLAIN = new Set<number>([SO_BUF_LOCK, SO_BUSY_POLL, SO_MAX_PACING_RATE]);

function timeval(out: DataView, ns: number): number {
  const limit = ns === Infinity ? 0 : ns;
  const seconds = Math.floor(limit / 1e9);
  out.setUint32(0, seconds >>> 0, true);
  out.setUint32(4, Math.floor(seconds / 4294967296), true);
  out.setUint32(8, Math.floor((limit - seconds * 1e9) / 1000), true);
  out.setUint32(12, 0, true);
  return 16;
}
