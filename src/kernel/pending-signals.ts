/** Signals sent and not yet delivered, of a task or of a thread group. Standard signals are kept once, real-time ones queue. */
import { SIGBUS, SIGFPE, SIGILL, SIGRTMIN, SIGSEGV, SIGSYS, SIGTRAP } from '#abi/signal.ts';
import {
  SIG_BLOCK_NONE,
  type SigSet,
  sigsetAnd,
  sigsetEmpty,
  sigsetHas,
  sigsetMinus,
  sigsetOf,
  sigsetWith,
  sigsetWithout,
} from './sigset.ts';

/** What a siginfo_t says; src/kernel/signal/siginfo.ts lays it out by signal and code (sigaction(2)). */
export interface SigInfo {
  signal: number;
  errno: number;
  code: number;
  /** si_pid, si_uid: kill, sigqueue, SIGCHLD. */
  pid: number;
  uid: number;
  /** si_status of SIGCHLD, si_timerid of timers, si_fd of SIGIO, si_syscall of SIGSYS. */
  status: number;
  /** si_value (lo, hi), si_band (lo), si_arch of SIGSYS (lo). */
  valueLo: number;
  valueHi: number;
  /** si_addr of faults, si_call_addr of SIGSYS. */
  addr: number;
  overrun: number;
  /** Clock ticks. */
  utime: number;
  stime: number;
}

export function sigInfo(signal: number, code: number, rest: Partial<SigInfo> = {}): SigInfo {
  return { signal, errno: 0, code, pid: 0, uid: 0, status: 0, valueLo: 0, valueHi: 0, addr: 0, overrun: 0, utime: 0, stime: 0, ...rest };
}

/** Delivered before all others, so that a handler's frame shows the instruction that caused them. */
const SYNCHRONOUS = sigsetOf(SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS);

export class PendingSignals {
  /** Which signals are pending. */
  set: SigSet = SIG_BLOCK_NONE;
  readonly queue: SigInfo[] = [];

  /** Adds one; false if it was a standard signal already pending. */
  add(info: SigInfo): boolean {
    if (info.signal < SIGRTMIN && sigsetHas(this.set, info.signal)) return false;
    this.set = sigsetWith(this.set, info.signal);
    this.queue.push(info);
    return true;
  }

  /** Adds a fault of the task itself; an earlier instance of the signal gives way. */
  addForced(info: SigInfo): void {
    this.flush(sigsetOf(info.signal));
    this.add(info);
  }

  /** The next signal that is not in `blocked`: synchronous faults first, then the lowest number, queue order within. Stays queued. */
  peek(blocked: SigSet): SigInfo | null {
    const ready = sigsetMinus(this.set, blocked);
    if (sigsetEmpty(ready)) return null;
    const first = sigsetAnd(ready, SYNCHRONOUS);
    const from = sigsetEmpty(first) ? ready : first;
    let best: SigInfo | null = null;
    for (const info of this.queue) {
      if (sigsetHas(from, info.signal) && (best === null || info.signal < best.signal)) best = info;
    }
    return best;
  }

  /** Takes out what `peek` answered. */
  remove(info: SigInfo): void {
    const at = this.queue.indexOf(info);
    if (at < 0) return;
    this.queue.splice(at, 1);
    if (!this.queue.some((other) => other.signal === info.signal)) this.set = sigsetWithout(this.set, info.signal);
  }

  /** `peek` and `remove`. */
  take(blocked: SigSet): SigInfo | null {
    const info = this.peek(blocked);
    if (info !== null) this.remove(info);
    return info;
  }

  /** Drops every instance of the signals in `drop`. */
  flush(drop: SigSet): void {
    if (sigsetEmpty(sigsetAnd(this.set, drop))) return;
    for (let i = this.queue.length - 1; i >= 0; i -= 1) if (sigsetHas(drop, (this.queue[i] as SigInfo).signal)) this.queue.splice(i, 1);
    this.set = sigsetMinus(this.set, drop);
  }
}
