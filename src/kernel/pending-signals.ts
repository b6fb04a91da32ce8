/** Signals sent and not yet delivered, of a task or of a thread group. Standard signals are kept once, real-time ones queue. */
import { SIG_BLOCK_NONE, type SigSet, sigsetHas, sigsetWith, sigsetWithout } from './sigset.ts';

/** What a siginfo_t says; the delivery code lays it out by signal and code (sigaction(2)). */
export interface SigInfo {
  signal: number;
  errno: number;
  code: number;
  /** si_pid, si_uid: kill, sigqueue, SIGCHLD. */
  pid: number;
  uid: number;
  /** si_status of SIGCHLD, si_timerid of timers, si_fd of SIGIO. */
  status: number;
  /** si_value (lo, hi), si_addr of faults (as a number in `addr`), si_band. */
  valueLo: number;
  valueHi: number;
  addr: number;
  overrun: number;
  utime: number;
  stime: number;
}

export function sigInfo(signal: number, code: number, rest: Partial<SigInfo> = {}): SigInfo {
  return { signal, errno: 0, code, pid: 0, uid: 0, status: 0, valueLo: 0, valueHi: 0, addr: 0, overrun: 0, utime: 0, stime: 0, ...rest };
}

const FIRST_REALTIME = 32;

export class PendingSignals {
  /** Which signals are pending. */
  set: SigSet = SIG_BLOCK_NONE;
  readonly queue: SigInfo[] = [];

  /** Adds one; false if it was a standard signal already pending. */
  add(info: SigInfo): boolean {
    if (info.signal < FIRST_REALTIME && sigsetHas(this.set, info.signal)) return false;
    this.set = sigsetWith(this.set, info.signal);
    this.queue.push(info);
    return true;
  }

  /** Takes out the next signal that is not in `blocked`: synchronous faults first, then the lowest number, queue order within. */
  take(blocked: SigSet): SigInfo | null {
    let best = -1;
    for (let i = 0; i < this.queue.length; i += 1) {
      const info = this.queue[i] as SigInfo;
      if (sigsetHas(blocked, info.signal)) continue;
      if (best < 0 || info.signal < (this.queue[best] as SigInfo).signal) best = i;
    }
    if (best < 0) return null;
    const [info] = this.queue.splice(best, 1) as [SigInfo];
    if (!this.queue.some((other) => other.signal === info.signal)) this.set = sigsetWithout(this.set, info.signal);
    return info;
  }

  /** Drops every instance of the signals in `drop`. */
  flush(drop: SigSet): void {
    for (let i = this.queue.length - 1; i >= 0; i -= 1) if (sigsetHas(drop, (this.queue[i] as SigInfo).signal)) this.queue.splice(i, 1);
    this.set = { lo: (this.set.lo & ~drop.lo) >>> 0, hi: (this.set.hi & ~drop.hi) >>> 0 };
  }
}
