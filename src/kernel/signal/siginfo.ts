/**
 * siginfo_t, 128 bytes, as sigaction(2) describes it. Which members its union holds follows from signal and code:
 * codes of the kernel (above 0) by signal, SI_TIMER, and pid, uid and value for all that processes send.
 */
import { POLL_HUP, SI_KERNEL, SI_TIMER, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGIO, SIGSEGV, SIGSYS, SIGTRAP } from '#abi/signal.ts';
import { type SigInfo, sigInfo } from '../pending-signals.ts';
import type { Task } from '../task.ts';

export const SIGINFO_SIZE = 128;
const [SIGNO, ERRNO, CODE, UNION] = [0, 4, 8, 16] as const;

type Form = 'sender' | 'timer' | 'fault' | 'child' | 'poll' | 'sys';

function formOf(signal: number, code: number): Form {
  if (code === SI_TIMER) return 'timer';
  if (code <= 0 || code === SI_KERNEL) return 'sender';
  switch (signal) {
    case SIGILL:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGTRAP:
      return 'fault';
    case SIGCHLD:
      return 'child';
    case SIGIO:
      return 'poll';
    case SIGSYS:
      return 'sys';
    default:
      // Signal-driven I/O by another signal (F_SETSIG): the codes of SIGIO.
      return code <= POLL_HUP ? 'poll' : 'sender';
  }
}

function putU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 4294967296) >>> 0, true);
}

/** The information as `task` is to see it: the sender's ids in its own namespaces. */
export function seenInfo(task: Task, info: SigInfo): SigInfo {
  const { userNs } = task.creds;
  if (task.ns.pid.parent === null && userNs.isFirst) return info;
  const form = formOf(info.signal, info.code);
  if (form !== 'sender' && form !== 'child') return info;
  return { ...info, pid: task.ns.pid.inside(info.pid), uid: userNs.showUid(info.uid) };
}

/** Stores all SIGINFO_SIZE bytes. */
export function encodeSigInfo(view: DataView, offset: number, info: SigInfo): void {
  for (let i = 0; i < SIGINFO_SIZE; i += 8) view.setFloat64(offset + i, 0);
  view.setInt32(offset + SIGNO, info.signal, true);
  view.setInt32(offset + ERRNO, info.errno, true);
  view.setInt32(offset + CODE, info.code, true);
  const at = offset + UNION;
  const form = formOf(info.signal, info.code);
  switch (form) {
    case 'sender':
      view.setInt32(at, info.pid, true);
      view.setUint32(at + 4, info.uid, true);
      view.setUint32(at + 8, info.valueLo, true);
      view.setUint32(at + 12, info.valueHi, true);
      break;
    case 'timer':
      view.setInt32(at, info.status, true);
      view.setInt32(at + 4, info.overrun, true);
      view.setUint32(at + 8, info.valueLo, true);
      view.setUint32(at + 12, info.valueHi, true);
      break;
    case 'fault':
      putU64(view, at, info.addr);
      break;
    case 'child':
      view.setInt32(at, info.pid, true);
      view.setUint32(at + 4, info.uid, true);
      view.setInt32(at + 8, info.status, true);
      putU64(view, at + 16, info.utime);
      putU64(view, at + 24, info.stime);
      break;
    case 'poll':
      putU64(view, at, info.valueLo);
      view.setInt32(at + 8, info.status, true);
      break;
    case 'sys':
      putU64(view, at, info.addr);
      view.setInt32(at + 8, info.status, true);
      view.setUint32(at + 12, info.valueLo, true);
      break;
    default:
      form satisfies never;
  }
}

/** What a process hands to rt_sigqueueinfo(2): always in the sender's form. */
export function decodeSigInfo(view: DataView, offset: number): SigInfo {
  return sigInfo(view.getInt32(offset + SIGNO, true), view.getInt32(offset + CODE, true), {
    errno: view.getInt32(offset + ERRNO, true),
    pid: view.getInt32(offset + UNION, true),
    uid: view.getUint32(offset + UNION + 4, true),
    status: view.getInt32(offset + UNION, true),
    overrun: view.getInt32(offset + UNION + 4, true),
    valueLo: view.getUint32(offset + UNION + 8, true),
    valueHi: view.getUint32(offset + UNION + 12, true),
  });
}
