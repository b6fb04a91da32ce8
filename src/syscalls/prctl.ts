/** prctl(2) and seccomp(2). */
import { CAP_LAST_CAP, CAP_SETPCAP, CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { EFAULT, EINVAL, ENODEV, ENOMEM, ENXIO, EOPNOTSUPP, EPERM, ERANGE } from '#abi/errno.ts';
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_LOWER,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_AUXV,
  PR_GET_CHILD_SUBREAPER,
  PR_GET_DUMPABLE,
  PR_GET_IO_FLUSHER,
  PR_GET_KEEPCAPS,
  PR_GET_MDWE,
  PR_GET_NAME,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_PDEATHSIG,
  PR_GET_SECCOMP,
  PR_GET_SECUREBITS,
  PR_GET_SPECULATION_CTRL,
  PR_GET_THP_DISABLE,
  PR_GET_TID_ADDRESS,
  PR_GET_TIMERSLACK,
  PR_GET_TIMING,
  PR_GET_TSC,
  PR_MCE_KILL,
  PR_MCE_KILL_DEFAULT,
  PR_MCE_KILL_GET,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_IO_FLUSHER,
  PR_SET_KEEPCAPS,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_SECCOMP,
  PR_SET_SECUREBITS,
  PR_SET_SPECULATION_CTRL,
  PR_SET_THP_DISABLE,
  PR_SET_TIMERSLACK,
  PR_SET_TIMING,
  PR_SET_TSC,
  PR_SET_VMA,
  PR_SET_VMA_ANON_NAME,
  PR_SPEC_FORCE_DISABLE,
  PR_SPEC_INDIRECT_BRANCH,
  PR_SPEC_L1D_FLUSH,
  PR_SPEC_NOT_AFFECTED,
  PR_SPEC_STORE_BYPASS,
  PR_TASK_PERF_EVENTS_DISABLE,
  PR_TASK_PERF_EVENTS_ENABLE,
  PR_TIMING_STATISTICAL,
  PR_TSC_ENABLE,
  SECBIT_KEEP_CAPS,
  SECBIT_KEEP_CAPS_LOCKED,
  SECBIT_NO_CAP_AMBIENT_RAISE,
  SECCOMP_GET_ACTION_AVAIL,
  SECCOMP_GET_NOTIF_SIZES,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_SET_MODE_STRICT,
  SECURE_ALL_BITS,
  SECURE_ALL_LOCKS,
} from '#abi/prctl.ts';
import { NSIG } from '#abi/signal.ts';
import { CapSet, type Creds } from '#kernel/creds.ts';
import { seccompFilter, seccompStrict } from '#kernel/seccomp/install.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const COMM_SIZE = 16;
const DEFAULT_SLACK_NS = 50000;
const ANON_NAME_MAX = 80;
const PAGE = 4096;
const ACTIONS = [
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_USER_NOTIF,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_LOG,
  SECCOMP_RET_ALLOW,
];

function change(task: Task, edit: (creds: Creds) => void): number {
  const creds = task.creds.copy();
  edit(creds);
  task.creds = creds;
  return 0;
}
function dropped(set: CapSet, cap: number): CapSet {
  const copy = new CapSet(set.lo, set.hi);
  copy.drop(cap);
  return copy;
}

function setName(task: Task, addr: number): number {
  const name = readName(task, addr, COMM_SIZE - 1);
  if (typeof name === 'number') return name;
  task.comm = name;
  return 0;
}
/** Up to `max` bytes of a string that may go on. */
function readName(task: Task, addr: number, max: number): string | number {
  const { mem } = task;
  const got = mem.readSome(addr, mem.bytes, 0, max);
  if (got <= 0) return -EFAULT;
  const end = mem.bytes.subarray(0, got).indexOf(0);
  if (end < 0 && got < max) return -EFAULT;
  return Buffer.from(mem.bytes.subarray(0, end < 0 ? got : end)).toString('latin1');
}
function getName(task: Task, addr: number): number {
  const { mem } = task;
  mem.bytes.fill(0, 0, COMM_SIZE);
  for (let i = 0; i < task.comm.length && i < COMM_SIZE - 1; i += 1) mem.bytes[i] = task.comm.charCodeAt(i);
  return mem.out(addr, COMM_SIZE);
}

function ambient(task: Task, op: number, cap: number, rest: boolean): number {
  const { creds } = task;
  if (op === PR_CAP_AMBIENT_CLEAR_ALL) {
    if (cap !== 0 || rest) return -EINVAL;
    return change(task, (copy) => {
      copy.ambient = new CapSet();
    });
  }
  if (cap > CAP_LAST_CAP || rest) return -EINVAL;
  switch (op) {
    case PR_CAP_AMBIENT_IS_SET:
      return creds.ambient.has(cap) ? 1 : 0;
    case PR_CAP_AMBIENT_RAISE:
      if (!creds.permitted.has(cap) || !creds.inheritable.has(cap) || (creds.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0) return -EPERM;
      return change(task, (copy) => {
        copy.ambient = new CapSet(creds.ambient.lo, creds.ambient.hi);
        copy.ambient.add(cap);
      });
    case PR_CAP_AMBIENT_LOWER:
      return change(task, (copy) => {
        copy.ambient = dropped(creds.ambient, cap);
      });
    default:
      return -EINVAL;
  }
}

function setSecurebits(task: Task, bits: number): number {
  const old = task.creds.securebits;
  const locked = (old & SECURE_ALL_LOCKS) >> 1;
  if ((locked & (old ^ bits)) !== 0 || (old & SECURE_ALL_LOCKS & ~bits) !== 0 || (bits & ~(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) !== 0)
    return -EPERM;
  if (!task.capableHere(CAP_SETPCAP)) return -EPERM;
  return change(task, (copy) => {
    copy.securebits = bits;
  });
}
function setKeepCaps(task: Task, on: number): number {
  if (on > 1) return -EINVAL;
  if ((task.creds.securebits & SECBIT_KEEP_CAPS_LOCKED) !== 0) return -EPERM;
  return change(task, (copy) => {
    copy.securebits = on === 1 ? copy.securebits | SECBIT_KEEP_CAPS : copy.securebits & ~SECBIT_KEEP_CAPS;
  });
}

/** Names of anonymous areas are checked and forgotten: /proc/PID/maps does not show them. */
function nameArea(task: Task, attribute: number, start: number, length: number, nameAddr: number): number {
  if (attribute !== PR_SET_VMA_ANON_NAME || start % PAGE !== 0) return -EINVAL;
  if (nameAddr !== 0) {
    const name = task.mem.string(nameAddr, ANON_NAME_MAX - 1, EINVAL);
    if (typeof name === 'number') return name;
    if (/[^\x20-\x7e]|[\\`$[\]]/.test(name)) return -EINVAL;
  }
  if (length === 0) return 0;
  return task.mm.areas.covers(start, start + Math.ceil(length / PAGE) * PAGE) ? 0 : -ENOMEM;
}

function speculation(op: number, which: number): number {
  if (which !== PR_SPEC_STORE_BYPASS && which !== PR_SPEC_INDIRECT_BRANCH && which !== PR_SPEC_L1D_FLUSH) return -ENODEV;
  if (op === PR_GET_SPECULATION_CTRL) return PR_SPEC_NOT_AFFECTED;
  return -ENXIO;
}

function getAuxv(task: Task, addr: number, size: number): number {
  const { auxv } = task.mm;
  const failed = task.mem.write(addr, auxv, 0, Math.min(size, auxv.length));
  return failed < 0 ? failed : auxv.length;
}

function setSeccomp(task: Task, mode: number, addr: number): number {
  if (mode === SECCOMP_MODE_STRICT) return seccompStrict(task);
  return mode === SECCOMP_MODE_FILTER ? seccompFilter(task, 0, addr) : -EINVAL;
}

export const handlers = {
  /** Speculation, THP and MCE settings are accepted where Linux would, and have no effect. */
  prctl(task, op, a, b, c, d) {
    const { creds, group, mem } = task;
    const noMore = b === 0 && c === 0 && d === 0;
    switch (op) {
      case PR_SET_PDEATHSIG:
        if (a > NSIG) return -EINVAL;
        task.deathSignal = a;
        return 0;
      case PR_GET_PDEATHSIG:
        return mem.writeI32(a, task.deathSignal);
      case PR_GET_DUMPABLE:
        return group.dumpable;
      case PR_SET_DUMPABLE:
        if (a > 1) return -EINVAL;
        group.dumpable = a;
        return 0;
      case PR_SET_NAME:
        return setName(task, a);
      case PR_GET_NAME:
        return getName(task, a);
      case PR_GET_KEEPCAPS:
        return (creds.securebits & SECBIT_KEEP_CAPS) !== 0 ? 1 : 0;
      case PR_SET_KEEPCAPS:
        return setKeepCaps(task, a);
      case PR_GET_SECUREBITS:
        return creds.securebits;
      case PR_SET_SECUREBITS:
        return setSecurebits(task, a);
      case PR_CAPBSET_READ:
        return a > CAP_LAST_CAP ? -EINVAL : creds.bounding.has(a) ? 1 : 0;
      case PR_CAPBSET_DROP:
        if (!task.capableHere(CAP_SETPCAP)) return -EPERM;
        if (a > CAP_LAST_CAP) return -EINVAL;
        return change(task, (copy) => {
          copy.bounding = dropped(creds.bounding, a);
        });
      case PR_CAP_AMBIENT:
        return ambient(task, a, b, c !== 0 || d !== 0);
      case PR_SET_NO_NEW_PRIVS:
        if (a !== 1 || !noMore) return -EINVAL;
        return change(task, (copy) => {
          copy.noNewPrivs = true;
        });
      case PR_GET_NO_NEW_PRIVS:
        return a === 0 && noMore ? (creds.noNewPrivs ? 1 : 0) : -EINVAL;
      case PR_GET_SECCOMP:
        return task.seccomp?.mode ?? 0;
      case PR_SET_SECCOMP:
        return setSeccomp(task, a, b);
      case PR_SET_CHILD_SUBREAPER:
        group.childSubreaper = a !== 0;
        return 0;
      case PR_GET_CHILD_SUBREAPER:
        return mem.writeI32(a, group.childSubreaper ? 1 : 0);
      case PR_GET_TID_ADDRESS:
        return mem.writeU64(a, task.clearChildTid);
      case PR_SET_TIMERSLACK:
        task.timerSlackNs = a === 0 ? DEFAULT_SLACK_NS : a;
        return 0;
      case PR_GET_TIMERSLACK:
        return task.timerSlackNs;
      case PR_GET_TIMING:
        return PR_TIMING_STATISTICAL;
      case PR_SET_TIMING:
        return a === PR_TIMING_STATISTICAL ? 0 : -EINVAL;
      case PR_GET_TSC:
        return mem.writeI32(a, PR_TSC_ENABLE);
      case PR_SET_TSC:
        return a === PR_TSC_ENABLE ? 0 : -EINVAL;
      case PR_SET_VMA:
        return nameArea(task, a, b, c, d);
      case PR_GET_AUXV:
        return c === 0 && d === 0 ? getAuxv(task, a, b) : -EINVAL;
      case PR_SET_THP_DISABLE:
        if (!noMore) return -EINVAL;
        group.hugePagesDisabled = a !== 0;
        return 0;
      case PR_GET_THP_DISABLE:
        if (a !== 0 || !noMore) return -EINVAL;
        return group.hugePagesDisabled ? 1 : 0;
      case PR_MCE_KILL:
        return c === 0 && d === 0 && a <= 1 ? 0 : -EINVAL;
      case PR_MCE_KILL_GET:
        return a === 0 && noMore ? PR_MCE_KILL_DEFAULT : -EINVAL;
      case PR_TASK_PERF_EVENTS_DISABLE:
      case PR_TASK_PERF_EVENTS_ENABLE:
        return 0;
      case PR_GET_SPECULATION_CTRL:
        return noMore || b === 0 ? speculation(op, a) : -EINVAL;
      case PR_SET_SPECULATION_CTRL:
        return b > PR_SPEC_FORCE_DISABLE * 4 ? -ERANGE : speculation(op, a);
      case PR_SET_IO_FLUSHER:
      case PR_GET_IO_FLUSHER:
        return task.capable(CAP_SYS_RESOURCE) ? 0 : -EPERM;
      case PR_GET_MDWE:
        return a === 0 && noMore ? 0 : -EINVAL;
      default:
        task.kernel.counters.refused(`prctl ${op}`);
        return -EINVAL;
    }
  },

  /** No user-space notification: SECCOMP_RET_USER_NOTIF answers ENOSYS, as without a listener. */
  seccomp(task, op, flags, addr) {
    switch (op) {
      case SECCOMP_SET_MODE_STRICT:
        return flags === 0 && addr === 0 ? seccompStrict(task) : -EINVAL;
      case SECCOMP_SET_MODE_FILTER:
        return seccompFilter(task, flags, addr);
      case SECCOMP_GET_ACTION_AVAIL: {
        if (flags !== 0) return -EINVAL;
        const action = task.mem.readU32(addr);
        if (action < 0) return action;
        return ACTIONS.some((known) => known >>> 0 === action) ? 0 : -EOPNOTSUPP;
      }
      case SECCOMP_GET_NOTIF_SIZES: {
        if (flags !== 0) return -EINVAL;
        const { view } = task.mem;
        // seccomp_notif, seccomp_notif_resp, seccomp_data
        [80, 24, 64].forEach((size, index) => view.setUint16(index * 2, size, true));
        return task.mem.out(addr, 6);
      }
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
