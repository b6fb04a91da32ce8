/** futex(2), futex_waitv(2), futex_wake/wait/requeue, set_robust_list(2), get_robust_list(2). */
import { EFAULT, EINVAL, ENOSYS, EPERM, ERESTART_RESTARTBLOCK, ERESTARTSYS, ESRCH } from '#abi/errno.ts';
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMD_MASK,
  FUTEX_CMP_REQUEUE,
  FUTEX_CMP_REQUEUE_PI,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAIT_REQUEUE_PI,
  FUTEX_WAITV_MAX,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
  FUTEX2_NUMA,
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_MASK,
  FUTEX2_SIZE_U32,
} from '#abi/futex.ts';
import { CAP_SYS_PTRACE } from '#abi/capability.ts';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from '#abi/time.ts';
import { futexLockPi, futexRequeuePi, futexUnlockPi, futexWaitRequeuePi } from '#kernel/futex/pi.ts';
import { type FutexVectorEntry, futexWait, futexWaitVector } from '#kernel/futex/wait.ts';
import { futexRequeue, futexWake, futexWakeOp } from '#kernel/futex/wake.ts';
import { monotonicDeadline, realToMonotonic } from '#kernel/time/clocks.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers, Result } from './handler.ts';
import { readTimespec } from './timeouts.ts';

const ROBUST_LIST_HEAD_SIZE = 24;

/** A timeout's deadline in monotonic ns; Infinity without one; -errno. */
function absoluteDeadline(task: Task, addr: number, realtime: boolean): number {
  const at = readTimespec(task, addr);
  if (at < 0 || at === Infinity) return at;
  return realtime ? realToMonotonic(task.kernel, at) : monotonicDeadline(task.kernel, at);
}

/** FUTEX_WAIT's relative timeout: a restart keeps the deadline. */
function waitRelative(task: Task, addr: number, isPrivate: boolean, expected: number, timeoutAddr: number): Result {
  const timeout = readTimespec(task, timeoutAddr);
  if (timeout < 0) return timeout;
  const deadline = timeout === Infinity ? Infinity : task.kernel.now() + timeout;
  return waitUntil(task, addr, isPrivate, expected, FUTEX_BITSET_MATCH_ANY, deadline);
}
function waitUntil(task: Task, addr: number, isPrivate: boolean, expected: number, bitset: number, deadlineNs: number): Result {
  return futexWait(task, addr, isPrivate, expected, bitset, deadlineNs, () => {
    if (deadlineNs === Infinity) return -ERESTARTSYS;
    task.restart = () => waitUntil(task, addr, isPrivate, expected, bitset, deadlineNs);
    return -ERESTART_RESTARTBLOCK;
  });
}

/** The checks of futex2 flags; true if private, or -EINVAL. */
function futex2Private(flags: number): boolean | number {
  if ((flags & ~(FUTEX2_SIZE_MASK | FUTEX2_NUMA | FUTEX2_PRIVATE)) !== 0) return -EINVAL;
  if ((flags & FUTEX2_SIZE_MASK) !== FUTEX2_SIZE_U32 || (flags & FUTEX2_NUMA) !== 0) return -EINVAL;
  return (flags & FUTEX2_PRIVATE) !== 0;
}
function readVector(task: Task, addr: number, count: number): FutexVectorEntry[] | number {
  const SIZE = 24;
  if (!task.mem.in(addr, count * SIZE)) return -EFAULT;
  const { view } = task.mem;
  const entries: FutexVectorEntry[] = [];
  for (let at = 0; at < count * SIZE; at += SIZE) {
    const isPrivate = futex2Private(view.getUint32(at + 16, true));
    if (typeof isPrivate === 'number') return isPrivate;
    if (view.getUint32(at + 20, true) !== 0 || view.getUint32(at + 4, true) !== 0) return -EINVAL;
    const word = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 4294967296;
    if (word % 4 !== 0) return -EINVAL;
    entries.push({ addr: word, expected: view.getUint32(at, true), isPrivate });
  }
  return entries;
}
function deadline2(task: Task, addr: number, clock: number): number {
  if (addr === 0) return Infinity;
  if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) return -EINVAL;
  return absoluteDeadline(task, addr, clock === CLOCK_REALTIME);
}

export const handlers = {
  /** PI operations hand the lock over in order of arrival; priorities are the host's. */
  futex(task, addr, op, value, timeoutAddr, addr2, value3) {
    const cmd = op & FUTEX_CMD_MASK;
    const isPrivate = (op & FUTEX_PRIVATE_FLAG) !== 0;
    const realtime = (op & FUTEX_CLOCK_REALTIME) !== 0;
    if (addr % 4 !== 0) return -EINVAL;
    if (realtime && cmd !== FUTEX_WAIT_BITSET && cmd !== FUTEX_WAIT_REQUEUE_PI && cmd !== FUTEX_LOCK_PI2 && cmd !== FUTEX_WAIT)
      return -ENOSYS;
    // Where the fourth argument is a count, it is the low half of the register.
    const value2 = timeoutAddr | 0;
    const count = value | 0;
    switch (cmd) {
      case FUTEX_WAIT:
        return waitRelative(task, addr, isPrivate, value, timeoutAddr);
      case FUTEX_WAIT_BITSET: {
        if (value3 === 0) return -EINVAL;
        const deadline = absoluteDeadline(task, timeoutAddr, realtime);
        return deadline < 0 ? deadline : waitUntil(task, addr, isPrivate, value, value3, deadline);
      }
      case FUTEX_WAKE:
        return futexWake(task, addr, isPrivate, wakeCount(count), FUTEX_BITSET_MATCH_ANY);
      case FUTEX_WAKE_BITSET:
        return value3 === 0 ? -EINVAL : futexWake(task, addr, isPrivate, wakeCount(count), value3);
      case FUTEX_REQUEUE:
      case FUTEX_CMP_REQUEUE: {
        if (addr2 % 4 !== 0) return -EINVAL;
        const done = futexRequeue(task, addr, isPrivate, addr2, isPrivate, count, value2, cmd === FUTEX_REQUEUE ? null : value3);
        if (typeof done === 'number') return done;
        // As Linux, whatever the manual says: both kinds count what was moved, too.
        return done.woken + done.moved;
      }
      case FUTEX_WAKE_OP:
        if (addr2 % 4 !== 0) return -EINVAL;
        return futexWakeOp(task, addr, addr2, isPrivate, wakeCount(count), wakeCount(value2), value3);
      case FUTEX_LOCK_PI:
      case FUTEX_LOCK_PI2: {
        const deadline = absoluteDeadline(task, timeoutAddr, realtime || cmd === FUTEX_LOCK_PI);
        return deadline < 0 ? deadline : futexLockPi(task, addr, isPrivate, deadline, false);
      }
      case FUTEX_TRYLOCK_PI:
        return futexLockPi(task, addr, isPrivate, Infinity, true);
      case FUTEX_UNLOCK_PI:
        return futexUnlockPi(task, addr, isPrivate);
      case FUTEX_WAIT_REQUEUE_PI: {
        if (addr2 % 4 !== 0) return -EINVAL;
        const deadline = absoluteDeadline(task, timeoutAddr, realtime);
        return deadline < 0 ? deadline : futexWaitRequeuePi(task, addr, addr2, isPrivate, value, FUTEX_BITSET_MATCH_ANY, deadline);
      }
      case FUTEX_CMP_REQUEUE_PI:
        if (addr2 % 4 !== 0 || count !== 1 || value2 < 0) return -EINVAL;
        return futexRequeuePi(task, addr, addr2, isPrivate, value2, value3);
      default:
        return -ENOSYS;
    }
  },

  futex_waitv(task, addr, count, flags, timeoutAddr, clock) {
    if (flags !== 0 || count === 0 || count > FUTEX_WAITV_MAX || addr === 0) return -EINVAL;
    const deadline = deadline2(task, timeoutAddr, clock);
    if (deadline < 0) return deadline;
    const entries = readVector(task, addr, count);
    return typeof entries === 'number' ? entries : futexWaitVector(task, entries, deadline);
  },
  futex_wake(task, addr, mask, count, flags) {
    const isPrivate = futex2Private(flags);
    if (typeof isPrivate === 'number') return isPrivate;
    if (mask === 0 || mask > 0xffffffff || addr % 4 !== 0) return -EINVAL;
    return count <= 0 ? 0 : futexWake(task, addr, isPrivate, count, mask);
  },
  futex_wait(task, addr, value, mask, flags, timeoutAddr, clock) {
    const isPrivate = futex2Private(flags);
    if (typeof isPrivate === 'number') return isPrivate;
    if (mask === 0 || mask > 0xffffffff || value > 0xffffffff || addr % 4 !== 0) return -EINVAL;
    const deadline = deadline2(task, timeoutAddr, clock);
    return deadline < 0 ? deadline : futexWait(task, addr, isPrivate, value, mask, deadline);
  },
  futex_requeue(task, addr, flags, wakes, moves) {
    if (flags !== 0 || wakes < 0 || moves < 0 || addr === 0) return -EINVAL;
    const entries = readVector(task, addr, 2);
    if (typeof entries === 'number') return entries;
    const [from, to] = entries as [FutexVectorEntry, FutexVectorEntry];
    const done = futexRequeue(task, from.addr, from.isPrivate, to.addr, to.isPrivate, wakes, moves, from.expected);
    return typeof done === 'number' ? done : done.woken + done.moved;
  },

  set_robust_list(task, addr, size) {
    if (size !== ROBUST_LIST_HEAD_SIZE) return -EINVAL;
    task.robustList = addr;
    return 0;
  },
  get_robust_list(task, pid, headAddr, sizeAddr) {
    const target = pid === 0 ? task : task.kernel.pids.task(task, pid);
    if (target === undefined || target.exiting) return -ESRCH;
    if (target.creds.uid !== task.creds.euid && !task.creds.capableIn(target.creds.userNs, CAP_SYS_PTRACE)) return -EPERM;
    if (task.mem.writeU64(sizeAddr, ROBUST_LIST_HEAD_SIZE) < 0) return -EFAULT;
    return task.mem.writeU64(headAddr, target.robustList);
  },
} satisfies Handlers;

/** Linux wakes at least one, whatever the count. */
function wakeCount(count: number): number {
  return Math.max(count, 1);
}
