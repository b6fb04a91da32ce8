/**
 * One argument as text, by its kind. `when` says when an argument can be read: most when the call starts, Out kinds when
 * it returns. Nothing here may fail on hostile values: an address that cannot be read is shown as a number.
 */
import { EINTR, ERESTARTSYS } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { signalName } from '#abi/signal.ts';
import * as layouts from '#abi/layouts.gen.ts';
import type { Kind } from '#abi/syscall-kinds.ts';
import type { NamedRow } from '#abi/syscalls.ts';
import { getU64 } from '#abi/codec.ts';
import { quote, readBytes, readString, readView, type ReadMemory } from './guest.ts';
import { flags, hex, type NameTable, names, oneOf } from './names.ts';
import { fileMode, octal, openFlags, sockaddr, type StructFormat, structs } from './structs.ts';
import { waitStatus } from './wait-status.ts';

export interface Call {
  readonly row: NamedRow;
  readonly args: readonly number[];
  readonly read: ReadMemory;
  readonly maxString: number;
  /** Valid once the call is over. */
  result: number;
}

type Format = (call: Call, value: number, index: number) => string;

const arg = (call: Call, index: number): number => call.args[index] ?? 0;

export const pointer = (value: number): string => (value === 0 ? 'NULL' : hex(value));
const decimal: Format = (_call, value) => String(value);
const hexadecimal: Format = (_call, value) => hex(value);
const address: Format = (_call, value) => pointer(value);
const id: Format = (_call, value) => (value === 0xffffffff ? '-1' : String(value));
const enumeration =
  (table: NameTable): Format =>
  (_call, value) =>
    oneOf(table, value);
const flagSet =
  (table: NameTable, none = '0'): Format =>
  (_call, value) =>
    flags(table, value, none);

/** At most `maxString` of `length` bytes. */
export function data(call: Call, value: number, length: number): string {
  if (value === 0) return 'NULL';
  const bytes = readBytes(call.read, value, Math.max(0, Math.min(length, call.maxString)));
  return bytes === null ? hex(value) : quote(bytes, length <= call.maxString);
}

function text(call: Call, value: number, limit: number): string {
  if (value === 0) return 'NULL';
  const found = readString(call.read, value, limit);
  return found === null ? hex(value) : quote(found.bytes, found.whole);
}

export function struct(call: Call, value: number, format: StructFormat): string {
  if (value === 0) return 'NULL';
  const view = readView(call.read, value, format.size);
  return view === null ? hex(value) : format.format(view, 0);
}

const plain =
  (format: StructFormat): Format =>
  (call, value) =>
    struct(call, value, format);

/** An Out struct says something only if the call succeeded. */
const filled =
  (format: StructFormat): Format =>
  (call, value) =>
    call.result < 0 ? pointer(value) : struct(call, value, format);

/** At most this many elements of any array are shown. */
const MAX_ELEMENTS = 16;

export function list(count: number, element: (index: number) => string): string {
  const shown = Math.min(count, MAX_ELEMENTS);
  const parts = Array.from({ length: shown }, (_, i) => element(i));
  if (count > shown) parts.push('...');
  return `[${parts.join(', ')}]`;
}

function array(call: Call, value: number, count: number, size: number, element: (view: DataView, at: number) => string): string {
  if (value === 0) return 'NULL';
  const number = Math.max(0, count);
  const view = readView(call.read, value, Math.min(number, MAX_ELEMENTS) * size);
  return view === null ? hex(value) : list(number, (i) => element(view, i * size));
}

/** An iovec array that holds `total` bytes in all (all of it when going in). */
export function iovec(call: Call, value: number, count: number, total: number): string {
  let left = total;
  return array(call, value, count, layouts.Iovec.SIZE, (view, at) => {
    const base = getU64(view, at);
    const length = getU64(view, at + 8);
    const here = Math.min(length, left);
    left -= here;
    return `{iov_base=${data(call, base, here)}, iov_len=${length}}`;
  });
}

function stringVector(call: Call, value: number): string {
  if (value === 0) return 'NULL';
  const parts: string[] = [];
  for (let i = 0; ; i += 1) {
    const view = readView(call.read, value + i * 8, 8);
    if (view === null) return hex(value);
    const item = getU64(view, 0);
    if (item === 0) break;
    if (i === MAX_ELEMENTS * 2) {
      parts.push('...');
      break;
    }
    parts.push(text(call, item, call.maxString));
  }
  return `[${parts.join(', ')}]`;
}

/** Environments are long and rarely asked for: their number is enough. */
function environment(call: Call, value: number): string {
  let count = 0;
  for (; count < 4096; count += 1) {
    const view = readView(call.read, value + count * 8, 8);
    if (view === null) return pointer(value);
    if (getU64(view, 0) === 0) break;
  }
  return `${hex(value)} /* ${count} var${count === 1 ? '' : 's'} */`;
}

function word(call: Call, value: number, format: (number: number) => string = String): string {
  if (value === 0) return 'NULL';
  const view = readView(call.read, value, 4);
  return view === null ? hex(value) : `[${format(view.getInt32(0, true))}]`;
}

function offset(call: Call, value: number): string {
  if (value === 0) return 'NULL';
  const view = readView(call.read, value, 8);
  return view === null ? hex(value) : `[${getU64(view, 0)}]`;
}

function message(call: Call, value: number, total: number): string {
  if (value === 0) return 'NULL';
  const view = readView(call.read, value, layouts.Msghdr.SIZE);
  if (view === null) return hex(value);
  const m = layouts.decodeMsghdr(view, 0, layouts.newMsghdr());
  const parts = [
    `msg_name=${socketAddress(call, m.msg_name, m.msg_namelen)}`,
    `msg_namelen=${m.msg_namelen}`,
    `msg_iov=${iovec(call, m.msg_iov, m.msg_iovlen, total)}`,
    `msg_iovlen=${m.msg_iovlen}`,
    ...(m.msg_controllen > 0 ? [`msg_control=${control(call, m.msg_control, m.msg_controllen)}`] : []),
    `msg_controllen=${m.msg_controllen}`,
    `msg_flags=${flags(names.msg, m.msg_flags)}`,
  ];
  return `{${parts.join(', ')}}`;
}

function control(call: Call, value: number, length: number): string {
  const bytes = readView(call.read, value, Math.min(length, 512));
  if (bytes === null) return pointer(value);
  const parts: string[] = [];
  for (let at = 0; at + layouts.Cmsghdr.SIZE <= bytes.byteLength; ) {
    const c = layouts.decodeCmsghdr(bytes, at, layouts.newCmsghdr());
    if (c.cmsg_len < layouts.Cmsghdr.SIZE) break;
    const end = Math.min(at + c.cmsg_len, bytes.byteLength);
    const words: number[] = [];
    for (let word = at + layouts.Cmsghdr.SIZE; word + 4 <= end; word += 4) words.push(bytes.getInt32(word, true));
    const type = c.cmsg_level === 1 ? oneOf(names.scm, c.cmsg_type) : hex(c.cmsg_type);
    parts.push(
      `{cmsg_len=${c.cmsg_len}, cmsg_level=${oneOf(names.sockLevel, c.cmsg_level)}, cmsg_type=${type}, cmsg_data=[${words.join(', ')}]}`,
    );
    at += Math.ceil(c.cmsg_len / 8) * 8;
  }
  return `[${parts.join(', ')}]`;
}

function socketAddress(call: Call, value: number, length: number): string {
  if (value === 0) return 'NULL';
  const view = readView(call.read, value, Math.max(0, Math.min(length, 128)));
  return view === null ? hex(value) : sockaddr(view, view.byteLength);
}

function fdSet(call: Call, value: number): string {
  if (value === 0) return 'NULL';
  const count = Math.max(0, Math.min(arg(call, 0), 1024));
  const bytes = readBytes(call.read, value, Math.ceil(count / 64) * 8);
  if (bytes === null) return hex(value);
  const members: number[] = [];
  for (let fd = 0; fd < count; fd += 1) if (((bytes[fd >> 3] as number) >> (fd & 7)) & 1) members.push(fd);
  return `[${members.join(' ')}]`;
}

function cpuSet(call: Call, value: number, length: number): string {
  const bytes = value === 0 ? null : readBytes(call.read, value, Math.max(0, Math.min(length, 128)));
  if (bytes === null) return pointer(value);
  const members: number[] = [];
  bytes.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit += 1) if ((byte >> bit) & 1) members.push(i * 8 + bit);
  });
  return `[${members.join(' ')}]`;
}

function dirents(call: Call, value: number): string {
  if (call.result < 0) return pointer(value);
  const view = readView(call.read, value, Math.min(call.result, 65536));
  if (view === null) return pointer(value);
  let count = 0;
  for (let at = 0; at + 19 <= view.byteLength; count += 1) {
    const length = view.getUint16(at + 16, true);
    if (length === 0) break;
    at += length;
  }
  return `${hex(value)} /* ${count} entries */`;
}

function pollfds(call: Call, value: number): string {
  return array(call, value, arg(call, 1), layouts.Pollfd.SIZE, (view, at) => {
    return `{fd=${view.getInt32(at, true)}, events=${flags(names.poll, view.getUint16(at + 4, true))}}`;
  });
}

/** What poll(2) found, for after the result. */
export function pollResult(call: Call): string {
  if (call.result < 0) return '';
  if (call.result === 0) return 'Timeout';
  const view = readView(call.read, arg(call, 0), Math.max(0, Math.min(arg(call, 1), 1024)) * layouts.Pollfd.SIZE);
  if (view === null) return '';
  const ready: string[] = [];
  for (let at = 0; at < view.byteLength; at += layouts.Pollfd.SIZE) {
    const events = view.getUint16(at + 6, true);
    if (events !== 0) ready.push(`{fd=${view.getInt32(at, true)}, revents=${flags(names.poll, events)}}`);
  }
  return `[${ready.slice(0, MAX_ELEMENTS).join(', ')}${ready.length > MAX_ELEMENTS ? ', ...' : ''}]`;
}

/** What select(2) found, for after the result. */
export function selectResult(call: Call): string {
  if (call.result < 0) return '';
  if (call.result === 0) return 'Timeout';
  const parts = ['in', 'out', 'except'].map((name, i) => [name, fdSet(call, arg(call, i + 1))]);
  return parts
    .filter(([, set]) => set?.startsWith('[') && set !== '[]')
    .map(([name, set]) => `${name} ${set}`)
    .join(', ');
}

function mapFlags(value: number): string {
  const type = oneOf(names.mapType, value & 15);
  const rest = flags(names.map, (value & ~15) >>> 0, '');
  return rest === '' ? type : `${type}|${rest}`;
}

/** 0x200 means one thing to unlinkat and another to faccessat2. */
function atFlags(call: Call, value: number): string {
  const special =
    (value & 0x200) === 0 ? '' : call.row.name === 'unlinkat' ? 'AT_REMOVEDIR' : call.row.name === 'faccessat2' ? 'AT_EACCESS' : '';
  const rest = special === '' ? value : value & ~0x200;
  return [special, flags(names.at, rest, '')].filter((part) => part !== '').join('|') || '0';
}

function cloneFlags(value: number): string {
  const signal = value & 0xff;
  const rest = (value & ~0xff) >>> 0;
  const parts = [rest === 0 ? '' : flags(names.clone, rest), signal === 0 ? '' : signalName(signal)];
  return parts.filter((part) => part !== '').join('|') || '0';
}

function sockType(value: number): string {
  const rest = flags(names.sockFlags, (value & ~0xf) >>> 0, '');
  return `${oneOf(names.sockType, value & 0xf)}${rest === '' ? '' : `|${rest}`}`;
}

function futexOp(value: number): string {
  const base = oneOf(names.futex, value & 0x7f);
  return `${base}${(value & 128) === 0 ? '' : '_PRIVATE'}${(value & 256) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`;
}

/** nanosleep(2) stores what is left only when it was interrupted. */
function timeLeft(call: Call, value: number): string {
  return call.result === -EINTR || call.result <= -ERESTARTSYS ? struct(call, value, structs.timespec) : pointer(value);
}

function clock(value: number): string {
  return names.clock.byValue.get(value) ?? String(value);
}

export function socketOption(level: number, option: number): string {
  if (level === 1) return oneOf(names.sockOption, option);
  if (level === 6) return oneOf(names.tcpOption, option);
  if (level === 0) return oneOf(names.ipOption, option);
  if (level === 41) return oneOf(names.ipv6Option, option);
  return hex(option);
}

function socketLevel(level: number): string {
  if (level === 1) return 'SOL_SOCKET';
  return level < 255 ? oneOf(names.protocol, level).replace('IPPROTO_', 'SOL_') : oneOf(names.sockLevel, level);
}

const openMode: Format = (call, value, index) => {
  // The mode of open and openat counts only with O_CREAT or O_TMPFILE.
  const kind = call.row.args[index - 1];
  return kind === 'OpenFlags' && (arg(call, index - 1) & 0o100) === 0 && (arg(call, index - 1) & 0o20000000) === 0 ? '' : octal(value);
};

export const formats: Record<Kind, Format> = {
  Int: decimal,
  UInt: decimal,
  Hex: hexadecimal,
  Long: decimal,
  ULong: decimal,
  HexLong: hexadecimal,
  Size: decimal,
  Off: decimal,
  Fd: decimal,
  Pid: decimal,
  Uid: id,
  Gid: id,
  Dev: hexadecimal,
  DirFd: (_call, value) => (value === AT_FDCWD ? 'AT_FDCWD' : String(value)),
  Mode: (call, value, index) => (call.row.name.startsWith('mknod') ? fileMode(value) : openMode(call, value, index)),
  Signal: (_call, value) => signalName(value),
  Ptr: address,
  OutPtr: address,
  Path: (call, value) => text(call, value, 4096),
  Str: (call, value) => text(call, value, Math.max(call.maxString, 255)),
  StrVec: (call, value, index) => (call.row.args[index - 1] === 'StrVec' ? environment(call, value) : stringVector(call, value)),
  Buf: (call, value, index) => data(call, value, arg(call, index + 1)),
  OutBuf: (call, value, index) => (call.result < 0 ? pointer(value) : data(call, value, Math.min(call.result, arg(call, index + 1)))),
  OutStr: (call, value) => (call.result < 0 ? pointer(value) : text(call, value, 4096)),
  Iovec: (call, value, index) => iovec(call, value, arg(call, index + 1), Infinity),
  OutIovec: (call, value, index) => iovec(call, value, arg(call, index + 1), Math.max(0, call.result)),
  OutIntPtr: (call, value) => (call.result < 0 ? pointer(value) : word(call, value)),
  OutIntPair: (call, value) => (call.result < 0 ? pointer(value) : array(call, value, 2, 4, (view, at) => String(view.getInt32(at, true)))),
  InOutOff: offset,
  InOutLen: (call, value) => word(call, value),
  OutWaitStatus: (call, value) => (call.result <= 0 ? pointer(value) : word(call, value, waitStatus)),
  OutLong: (call, value) => (call.result < 0 ? pointer(value) : offset(call, value)),
  OutStat: filled(structs.stat),
  OutStatx: filled(structs.statx),
  OutStatfs: filled(structs.statfs),
  OutUtsname: filled(structs.utsname),
  OutSysinfo: filled(structs.sysinfo),
  OutRusage: filled(structs.rusage),
  OutTms: filled(structs.tms),
  OutDirents: dirents,
  OutTimeval: filled(structs.timeval),
  OutTimespec: (call, value) => (call.row.name.endsWith('nanosleep') ? timeLeft(call, value) : filled(structs.timespec)(call, value, 0)),
  OutItimerval: filled(structs.itimerval),
  OutItimerspec: filled(structs.itimerspec),
  OutRlimit: filled(structs.rlimit),
  OutSigaction: filled(structs.sigaction),
  OutSigset: filled(structs.sigset),
  OutSiginfo: filled(structs.siginfo),
  OutStack: filled(structs.stack),
  OutEpollEvents: (call, value) =>
    call.result < 0 ? pointer(value) : array(call, value, call.result, layouts.EpollEvent.SIZE, structs.epollEvent.format),
  OutUcredIds: address,
  Timeval: plain(structs.timeval),
  Timespec: plain(structs.timespec),
  TimespecPair: plain(structs.timespecPair),
  TimevalPair: plain(structs.timevalPair),
  Utimbuf: plain(structs.utimbuf),
  Itimerval: plain(structs.itimerval),
  Itimerspec: plain(structs.itimerspec),
  Rlimit: plain(structs.rlimit),
  Sigaction: plain(structs.sigaction),
  Sigset: plain(structs.sigset),
  Siginfo: plain(structs.siginfo),
  Stack: plain(structs.stack),
  Sigevent: plain(structs.sigevent),
  EpollEvent: plain(structs.epollEvent),
  FdSet: fdSet,
  Pollfds: pollfds,
  Sockaddr: (call, value, index) => socketAddress(call, value, arg(call, index + 1)),
  OutSockaddr(call, value, index) {
    const length = call.result < 0 || value === 0 ? null : readView(call.read, arg(call, index + 1), 4);
    return length === null ? pointer(value) : socketAddress(call, value, length.getUint32(0, true));
  },
  Msghdr: (call, value) => message(call, value, Infinity),
  OutMsghdr: (call, value) => (call.result < 0 ? pointer(value) : message(call, value, call.result)),
  Mmsghdrs: address,
  CloneArgs: plain(structs.cloneArgs),
  OpenHow: plain(structs.openHow),
  SchedParam: plain(structs.schedParam),
  CpuSet: (call, value, index) => cpuSet(call, value, arg(call, index - 1)),
  OutCpuSet: (call, value) => (call.result < 0 ? pointer(value) : cpuSet(call, value, call.result)),
  Sembufs: (call, value, index) => array(call, value, arg(call, index + 1), structs.sembuf.size, structs.sembuf.format),
  SigsetAndSize: address,
  Whence: enumeration(names.whence),
  ClockId: (_call, value) => clock(value),
  Resource: enumeration(names.resource),
  RusageWho: enumeration(names.rusage),
  ItimerWhich: enumeration(names.itimer),
  SigHow: enumeration(names.sigHow),
  Advice: decimal,
  Fadvice: enumeration(names.fadvice),
  SockFamily: enumeration(names.family),
  SockLevel: (_call, value) => socketLevel(value),
  SockOpt: (call, value, index) => socketOption(arg(call, index - 1), value),
  ShutHow: enumeration(names.shut),
  EpollOp: enumeration(names.epollOp),
  FcntlCmd: enumeration(names.fcntl),
  IoctlCmd: enumeration(names.ioctl),
  PrctlOp: enumeration(names.prctl),
  ArchPrctlOp: enumeration(names.archPrctl),
  FutexOp: (_call, value) => futexOp(value),
  PriorityWhich: enumeration(names.priority),
  SchedPolicy: enumeration(names.policy),
  IdType: enumeration(names.idType),
  MadviseAdvice: enumeration(names.madvise),
  IpcCmd(call, value) {
    const table = call.row.name === 'semctl' ? names.semCommand : call.row.name === 'shmctl' ? names.shmCommand : names.ipcCommand;
    return oneOf(table, value & ~0x100);
  },
  IpcKey: (_call, value) => (value === 0 ? 'IPC_PRIVATE' : hex(value >>> 0)),
  MembarrierCmd: flagSet(names.membarrier, 'MEMBARRIER_CMD_QUERY'),
  KeyctlOp: decimal,
  PtraceOp: enumeration(names.ptrace),
  SeccompOp: enumeration(names.seccomp),
  RebootCmd: enumeration(names.reboot),
  BpfCmd: decimal,
  OpenFlags: (_call, value) => openFlags(value),
  AtFlags: (call, value) => atFlags(call, value),
  AccessMode: flagSet(names.access, 'F_OK'),
  FdFlags: hexadecimal,
  RenameFlags: flagSet(names.rename),
  FallocMode: flagSet(names.fallocate),
  LockOp: flagSet(names.flock),
  Prot: flagSet(names.prot, 'PROT_NONE'),
  MmapFlags: (_call, value) => mapFlags(value),
  MremapFlags: flagSet(names.mremap),
  MsyncFlags: flagSet(names.msync),
  MlockFlags: flagSet(names.mlock2),
  McFlags: flagSet(names.mlockall),
  MemfdFlags: flagSet(names.memfd),
  CloneFlags: (call, value) => (call.row.name === 'clone' ? cloneFlags(value) : flags(names.clone, value)),
  WaitOptions: flagSet(names.wait),
  SockType: (call, value) => (call.row.name === 'accept4' ? flags(names.sockFlags, value) : sockType(value)),
  MsgFlags: flagSet(names.msg),
  EpollFlags: flagSet(names.epoll),
  EventfdFlags: flagSet(names.eventfd),
  PipeFlags: flagSet(names.open),
  SignalfdFlags: flagSet(names.signalfd),
  TimerfdFlags: flagSet(names.timerfd),
  TimerFlags: flagSet(names.timer),
  InotifyFlags: flagSet(names.inotify),
  InotifyMask: flagSet(names.inotifyMask),
  RandomFlags: flagSet(names.random),
  MountFlags: flagSet(names.mount),
  UmountFlags: flagSet(names.umount),
  StatxMask: flagSet(names.statx),
  XattrFlags: flagSet(names.xattr),
  RwFlags: flagSet(names.rwf),
  SpliceFlags: flagSet(names.splice),
  SyncRangeFlags: flagSet(names.syncRange),
  CloseRangeFlags: flagSet(names.closeRange),
  PidfdFlags: flagSet(names.pidfd),
  IpcFlags: (_call, value) => [flags(names.ipc, value & ~0o777, ''), octal(value & 0o777)].filter((part) => part !== '').join('|'),
  MqFlags: hexadecimal,
  Personality: (_call, value) => (value === 0xffffffff ? '0xffffffff' : flags(names.personality, value, 'PER_LINUX')),
  MoveMountFlags: flagSet(names.moveMount),
  OpenTreeFlags: flagSet(names.openTree),
  MountAttrFlags: flagSet(names.mountAttr),
};

/** True for arguments that only the end of the call can show. */
export function isOut(kind: Kind): boolean {
  return kind.startsWith('Out') || kind.startsWith('InOut');
}
