/**
 * Argument kinds of the syscall table: what a raw register means. A kind decides how the register becomes a number
 * (its code) and how --strace writes it. Registers hold 64 bits of which a call reads 32 or 64, signed or not; the
 * other bits are whatever the guest left there.
 */

/** How the two halves of a register become a number. */
export const Code = { I32: 0, U32: 1, I64: 2, U64: 3 } as const;
export type Code = (typeof Code)[keyof typeof Code];

const { I32, U32, I64, U64 } = Code;

export const kinds = {
  // ---- plain values
  Int: I32,
  UInt: U32,
  Hex: U32,
  Long: I64,
  ULong: U64,
  HexLong: U64,
  Size: U64,
  Off: I64,
  Fd: I32,
  DirFd: I32,
  Pid: I32,
  Uid: U32,
  Gid: U32,
  Mode: U32,
  Dev: U32,
  Signal: I32,
  // ---- memory that only the call itself can interpret
  Ptr: U64,
  OutPtr: U64,
  // ---- bytes. Buf: as many as the next argument says. OutBuf: as many as the result says.
  Path: U64,
  Str: U64,
  StrVec: U64,
  Buf: U64,
  OutBuf: U64,
  OutStr: U64,
  Iovec: U64,
  OutIovec: U64,
  OutIntPtr: U64,
  OutIntPair: U64,
  InOutOff: U64,
  InOutLen: U64,
  OutWaitStatus: U64,
  OutLong: U64,
  // ---- structs. Plain: read when the call starts. Out: read when it returns. InOut: both.
  OutStat: U64,
  OutStatx: U64,
  OutStatfs: U64,
  OutUtsname: U64,
  OutSysinfo: U64,
  OutRusage: U64,
  OutTms: U64,
  OutDirents: U64,
  OutTimeval: U64,
  OutTimespec: U64,
  OutItimerval: U64,
  OutItimerspec: U64,
  OutRlimit: U64,
  OutSigaction: U64,
  OutSigset: U64,
  OutSiginfo: U64,
  OutStack: U64,
  OutEpollEvents: U64,
  OutUcredIds: U64,
  Timeval: U64,
  Timespec: U64,
  TimespecPair: U64,
  TimevalPair: U64,
  Utimbuf: U64,
  Itimerval: U64,
  Itimerspec: U64,
  Rlimit: U64,
  Sigaction: U64,
  Sigset: U64,
  Siginfo: U64,
  Stack: U64,
  Sigevent: U64,
  EpollEvent: U64,
  FdSet: U64,
  Pollfds: U64,
  Sockaddr: U64,
  OutSockaddr: U64,
  Msghdr: U64,
  OutMsghdr: U64,
  Mmsghdrs: U64,
  CloneArgs: U64,
  OpenHow: U64,
  SchedParam: U64,
  CpuSet: U64,
  OutCpuSet: U64,
  Sembufs: U64,
  SigsetAndSize: U64,
  // ---- names for numbers
  Whence: U32,
  ClockId: I32,
  Resource: U32,
  RusageWho: I32,
  ItimerWhich: I32,
  SigHow: I32,
  Advice: I32,
  Fadvice: I32,
  SockFamily: I32,
  SockLevel: I32,
  SockOpt: I32,
  ShutHow: I32,
  EpollOp: I32,
  FcntlCmd: U32,
  IoctlCmd: U32,
  PrctlOp: I32,
  ArchPrctlOp: I32,
  FutexOp: I32,
  PriorityWhich: I32,
  SchedPolicy: I32,
  IdType: I32,
  MadviseAdvice: I32,
  IpcCmd: I32,
  IpcKey: I32,
  MembarrierCmd: I32,
  KeyctlOp: I32,
  PtraceOp: I64,
  SeccompOp: U32,
  RebootCmd: U32,
  BpfCmd: I32,
  // ---- flags
  OpenFlags: U32,
  AtFlags: U32,
  AccessMode: U32,
  FdFlags: U32,
  RenameFlags: U32,
  FallocMode: U32,
  LockOp: U32,
  Prot: U32,
  MmapFlags: U32,
  MremapFlags: U32,
  MsyncFlags: U32,
  MlockFlags: U32,
  McFlags: U32,
  MemfdFlags: U32,
  CloneFlags: U32,
  WaitOptions: U32,
  SockType: U32,
  MsgFlags: U32,
  EpollFlags: U32,
  EventfdFlags: U32,
  PipeFlags: U32,
  SignalfdFlags: U32,
  TimerfdFlags: U32,
  TimerFlags: U32,
  InotifyFlags: U32,
  InotifyMask: U32,
  RandomFlags: U32,
  MountFlags: U64,
  UmountFlags: U32,
  StatxMask: U32,
  XattrFlags: U32,
  RwFlags: U32,
  SpliceFlags: U32,
  SyncRangeFlags: U32,
  CloseRangeFlags: U32,
  PidfdFlags: U32,
  IpcFlags: U32,
  MqFlags: U32,
  Personality: U32,
  MoveMountFlags: U32,
  OpenTreeFlags: U32,
  MountAttrFlags: U32,
} as const satisfies Record<string, Code>;

export type Kind = keyof typeof kinds;

const TWO_32 = 0x1_0000_0000;

/** The number in a register, given its halves as 32-bit integers of either sign. Above 2^53 low bits are lost. */
export function decodeCode(code: Code, lo: number, hi: number): number {
  switch (code) {
    case I32:
      return lo | 0;
    case U32:
      return lo >>> 0;
    case I64:
      return (hi | 0) * TWO_32 + (lo >>> 0);
    default:
      return (hi >>> 0) * TWO_32 + (lo >>> 0);
  }
}

export function decodeArg(kind: Kind, lo: number, hi: number): number {
  return decodeCode(kinds[kind], lo, hi);
}
