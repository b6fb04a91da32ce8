/** Calls whose arguments mean something only together: ioctl, fcntl, futex, prctl, clone, socket options. */
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETLEASE,
  F_GETLK,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_GET_SEALS,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_SETFD,
  F_SETFL,
  F_SETLEASE,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_SETSIG,
} from '#abi/fcntl.ts';
import * as futex from '#abi/futex.ts';
import * as ioctl from '#abi/ioctl.ts';
import * as prctl from '#abi/prctl.ts';
import { signalName } from '#abi/signal.ts';
import type { SyscallName } from '#abi/syscalls.ts';
import { readString, quote, readView } from './guest.ts';
import { type Call, data, formats, pointer, struct } from './format.ts';
import { flags, hex, names, oneOf } from './names.ts';
import { openFlags, structs } from './structs.ts';

const arg = (call: Call, index: number): number => call.args[index] ?? 0;

/** Formats argument `index`; undefined leaves it to its kind, and '' drops it and what follows. */
export type SpecialFormat = (call: Call, index: number) => string | undefined;

function word(call: Call, address: number): string {
  const view = address === 0 ? null : readView(call.read, address, 4);
  return view === null ? pointer(address) : `[${view.getInt32(0, true)}]`;
}

const wordCommands = new Set<number>([
  ioctl.FIONREAD,
  ioctl.TIOCGPGRP,
  ioctl.TIOCSPGRP,
  ioctl.TIOCGSID,
  ioctl.FIONBIO,
  ioctl.FIOASYNC,
  ioctl.TIOCGPTN,
  ioctl.TIOCSPTLCK,
  ioctl.TIOCGPTLCK,
  ioctl.TIOCOUTQ,
  ioctl.FS_IOC_GETFLAGS,
  ioctl.FS_IOC_SETFLAGS,
  ioctl.TIOCPKT,
]);
const termiosCommands = new Set<number>([ioctl.TCGETS, ioctl.TCSETS, ioctl.TCSETSW, ioctl.TCSETSF]);
const bareCommands = new Set<number>([ioctl.FIOCLEX, ioctl.FIONCLEX, ioctl.TIOCNOTTY, ioctl.TIOCEXCL, ioctl.TIOCNXCL]);
const inputCommands = new Set<number>([
  ioctl.TIOCSPGRP,
  ioctl.FIONBIO,
  ioctl.FIOASYNC,
  ioctl.TIOCSPTLCK,
  ioctl.TIOCSWINSZ,
  ioctl.TCSETS,
  ioctl.TCSETSW,
  ioctl.TCSETSF,
]);

function ioctlArgument(call: Call): string {
  const command = arg(call, 1);
  const value = arg(call, 2);
  if (bareCommands.has(command)) return '';
  if (call.result < 0 && !inputCommands.has(command)) return pointer(value);
  if (wordCommands.has(command)) return word(call, value);
  if (termiosCommands.has(command)) return struct(call, value, structs.termios);
  if (command === ioctl.TIOCGWINSZ || command === ioctl.TIOCSWINSZ) return struct(call, value, structs.winsize);
  return hex(value);
}

function fcntlArgument(call: Call): string {
  const value = arg(call, 2);
  switch (arg(call, 1)) {
    case F_GETFD:
    case F_GETFL:
    case F_GETOWN:
    case F_GETSIG:
    case F_GETPIPE_SZ:
    case F_GET_SEALS:
    case F_GETLEASE:
      return '';
    case F_SETFD:
      return value === 1 ? 'FD_CLOEXEC' : hex(value);
    case F_SETFL:
      return openFlags(value);
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_SETPIPE_SZ:
    case F_SETOWN:
      return String(value | 0);
    case F_SETSIG:
      return signalName(value);
    case F_SETLEASE:
      return oneOf(names.lockType, value);
    case F_ADD_SEALS:
      return flags(names.seals, value);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return struct(call, value, structs.flock);
    default:
      return hex(value);
  }
}

const timedFutex = new Set<number>([
  futex.FUTEX_WAIT,
  futex.FUTEX_WAIT_BITSET,
  futex.FUTEX_LOCK_PI,
  futex.FUTEX_LOCK_PI2,
  futex.FUTEX_WAIT_REQUEUE_PI,
]);
const bitsetFutex = new Set<number>([futex.FUTEX_WAIT_BITSET, futex.FUTEX_WAKE_BITSET]);
const pairFutex = new Set<number>([futex.FUTEX_REQUEUE, futex.FUTEX_CMP_REQUEUE, futex.FUTEX_WAKE_OP, futex.FUTEX_CMP_REQUEUE_PI]);

function futexArgument(call: Call, index: number): string | undefined {
  const operation = arg(call, 1) & 0x7f;
  if (index < 3) return undefined;
  if (index === 3) {
    if (timedFutex.has(operation)) return undefined;
    return pairFutex.has(operation) ? String(arg(call, 3)) : bitsetFutex.has(operation) ? pointer(arg(call, 3)) : '';
  }
  if (index === 4)
    return pairFutex.has(operation) || operation === futex.FUTEX_WAIT_REQUEUE_PI
      ? undefined
      : bitsetFutex.has(operation)
        ? pointer(arg(call, 4))
        : '';
  return bitsetFutex.has(operation) ? (arg(call, 5) === 0xffffffff ? 'FUTEX_BITSET_MATCH_ANY' : hex(arg(call, 5))) : hex(arg(call, 5));
}

/** How many arguments after the operation mean anything; the rest are not shown. */
const prctlArguments: Record<number, number> = {
  [prctl.PR_SET_NAME]: 1,
  [prctl.PR_GET_NAME]: 1,
  [prctl.PR_SET_PDEATHSIG]: 1,
  [prctl.PR_GET_PDEATHSIG]: 1,
  [prctl.PR_SET_DUMPABLE]: 1,
  [prctl.PR_GET_DUMPABLE]: 0,
  [prctl.PR_CAPBSET_READ]: 1,
  [prctl.PR_CAPBSET_DROP]: 1,
  [prctl.PR_SET_KEEPCAPS]: 1,
  [prctl.PR_GET_KEEPCAPS]: 0,
  [prctl.PR_SET_CHILD_SUBREAPER]: 1,
  [prctl.PR_GET_CHILD_SUBREAPER]: 1,
  [prctl.PR_GET_SECCOMP]: 0,
  [prctl.PR_SET_SECCOMP]: 2,
  [prctl.PR_GET_SECUREBITS]: 0,
  [prctl.PR_SET_SECUREBITS]: 1,
  [prctl.PR_GET_TIMERSLACK]: 0,
  [prctl.PR_SET_TIMERSLACK]: 1,
};

function prctlArgument(call: Call, index: number): string | undefined {
  if (index === 0) return undefined;
  const operation = arg(call, 0);
  if (index > (prctlArguments[operation] ?? 4)) return '';
  const value = arg(call, index);
  switch (operation) {
    case prctl.PR_SET_NAME: {
      const name = readString(call.read, value, 15);
      return name === null ? hex(value) : quote(name.bytes, name.whole);
    }
    case prctl.PR_SET_PDEATHSIG:
      return value === 0 ? '0' : signalName(value);
    case prctl.PR_CAPBSET_READ:
    case prctl.PR_CAPBSET_DROP:
      return oneOf(names.capability, value);
    default:
      return undefined;
  }
}

function cloneArgument(call: Call, index: number): string | undefined {
  const [flagBits, stack, parent, child, tls] = [arg(call, 0), arg(call, 1), arg(call, 2), arg(call, 3), arg(call, 4)];
  if (index === 0) return `child_stack=${pointer(stack)}`;
  if (index === 1) return `flags=${formats.CloneFlags(call, flagBits, 0)}`;
  const more: string[] = [];
  if ((flagBits & 0x00101000) !== 0) more.push(`parent_tid=${pointer(parent)}`);
  if ((flagBits & 0x00080000) !== 0) more.push(`tls=${hex(tls)}`);
  if ((flagBits & 0x01200000) !== 0) more.push(`child_tidptr=${pointer(child)}`);
  return more[index - 2] ?? '';
}

function optionValue(call: Call, index: number): string | undefined {
  if (index !== 3) return undefined;
  const address = arg(call, 3);
  if (call.row.name === 'getsockopt') {
    if (call.result < 0) return pointer(address);
    const length = readView(call.read, arg(call, 4), 4);
    return length?.getInt32(0, true) === 4 ? word(call, address) : pointer(address);
  }
  return arg(call, 4) === 4 ? word(call, address) : data(call, address, arg(call, 4));
}

export const special: { readonly [Name in SyscallName]?: SpecialFormat } = {
  ioctl: (call, index) => (index === 2 ? ioctlArgument(call) : undefined),
  fcntl: (call, index) => (index === 2 ? fcntlArgument(call) : undefined),
  futex: futexArgument,
  prctl: prctlArgument,
  clone: cloneArgument,
  setsockopt: optionValue,
  getsockopt: optionValue,
};

/** Arguments of these calls that are shown only at the end, beside those of an Out kind. */
export const lateArgument: { readonly [Name in SyscallName]?: number } = { ioctl: 2, getsockopt: 3, clone: -1 };
