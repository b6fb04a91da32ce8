/** semget(2), semop(2), semtimedop(2), semctl(2). */
import { E2BIG, EAGAIN, EFAULT, EFBIG, EINTR, EINVAL, ENOMEM, ENOSPC, ERANGE, ETIMEDOUT } from '#abi/errno.ts';
import {
  GETALL,
  GETNCNT,
  GETPID,
  GETVAL,
  GETZCNT,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SEM_INFO,
  SEM_STAT,
  SEM_STAT_ANY,
  SEM_UNDO,
  SEMAEM,
  SEMMAP,
  SEMMNU,
  SEMOPM,
  SEMUME,
  SEMUSZ,
  SEMVMX,
  SETALL,
  SETVAL,
} from '#abi/ipc.ts';
import { decodeSembuf, encodeSemid64Ds, encodeSeminfo, newSembuf, Sembuf, Semid64Ds, Seminfo } from '#abi/layouts.gen.ts';
import { ipcOf } from '#kernel/ipc/namespace.ts';
import {
  dropSet,
  mayNotWait,
  operate,
  SemaphoreSet,
  type SemaphoreUndo,
  type SemaphoreWaiter,
  setSemaphores,
  undoOf,
} from '#kernel/ipc/semaphores.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers, Result } from './handler.ts';
import { ownedTarget, setPermissions, statTarget } from './ipc-perm.ts';
import { readTimespec } from './timeouts.ts';

/** Semaphores of a namespace that this kernel has memory for, whatever /proc/sys/kernel/sem says. */
const MOST = 4_000_000;

/** kernel.sem: semaphores in a set, in all, operations in a call, sets. */
function limits(task: Task): { perSet: number; all: number; operations: number; sets: number } {
  const [perSet = 0, all = 0, operations = 0, sets = 0] = (task.kernel.sysctls.get('kernel/sem') ?? '32000 1024000000 500 32000')
    .split(/\s+/)
    .map(Number);
  return { perSet, all, operations, sets };
}
function semaphoresInUse(task: Task): number {
  let sum = 0;
  for (const set of ipcOf(task).semaphores) sum += set.values.length;
  return sum;
}

function readOperations(task: Task, addr: number, count: number): Sembuf[] | number {
  if (!task.mem.in(addr, count * Sembuf.SIZE)) return -EFAULT;
  return Array.from({ length: count }, (_, i) => decodeSembuf(task.mem.view, i * Sembuf.SIZE, newSembuf()));
}

function semop(task: Task, id: number, addr: number, count: number, timeoutAddr: number): Result {
  if (count < 1 || id < 0) return -EINVAL;
  if (count > Math.min(limits(task).operations, SEMOPM)) return -E2BIG;
  const ops = readOperations(task, addr, count);
  if (typeof ops === 'number') return ops;
  const timeout = readTimespec(task, timeoutAddr);
  if (timeout < 0) return timeout;
  const set = ipcOf(task).semaphores.get(id);
  if (typeof set === 'number') return set;
  if (ops.some((op) => op.sem_num >= set.values.length)) return -EFBIG;
  const allowed = set.access(task, ops.some((op) => op.sem_op !== 0) ? 0o222 : 0o444);
  if (allowed < 0) return allowed;
  const undo = ops.some((op) => (op.sem_flg & SEM_UNDO) !== 0) ? undoOf(task) : null;
  const waiter = { num: 0, op: 0 };
  const first = operate(task, set, ops, undo, waiter);
  if (first !== -EAGAIN || mayNotWait(ops, waiter)) return first;
  return waitToOperate(task, set, ops, undo, waiter, timeout === Infinity ? Infinity : task.kernel.now() + timeout);
}
function* waitToOperate(
  task: Task,
  set: SemaphoreSet,
  ops: readonly Sembuf[],
  undo: SemaphoreUndo | null,
  waiter: SemaphoreWaiter,
  deadlineNs: number,
): Blocking {
  set.waiters.add(waiter);
  let noWait = false;
  const attempt = (): number => {
    const result = operate(task, set, ops, undo, waiter);
    noWait = result === -EAGAIN && mayNotWait(ops, waiter);
    return noWait ? 0 : result;
  };
  try {
    const result = yield* pauseUntil(task, set.changes, attempt, { deadlineNs, onSignal: -EINTR });
    return noWait || result === -ETIMEDOUT ? -EAGAIN : result;
  } finally {
    set.waiters.delete(waiter);
  }
}

function storeInfo(task: Task, cmd: number, addr: number): number {
  const { semaphores } = ipcOf(task);
  const { perSet, all, operations, sets } = limits(task);
  const used = cmd === SEM_INFO;
  encodeSeminfo(task.mem.view, 0, {
    semmap: SEMMAP,
    semmni: sets,
    semmns: all,
    semmnu: SEMMNU,
    semmsl: perSet,
    semopm: operations,
    semume: SEMUME,
    semusz: used ? semaphores.count : SEMUSZ,
    semvmx: SEMVMX,
    semaem: used ? semaphoresInUse(task) : SEMAEM,
  });
  return task.mem.out(addr, Seminfo.SIZE) < 0 ? -EFAULT : semaphores.highest;
}

function stat(task: Task, id: number, cmd: number, addr: number): number {
  const set = statTarget(task, ipcOf(task).semaphores, id, cmd !== IPC_STAT, cmd === SEM_STAT_ANY);
  if (typeof set === 'number') return set;
  task.mem.bytes.fill(0, 0, Semid64Ds.SIZE);
  encodeSemid64Ds(task.mem.view, 0, {
    sem_perm: set.permissionsFor(task),
    sem_otime: set.operated,
    sem_ctime: set.changed,
    sem_nsems: set.values.length,
  });
  if (task.mem.out(addr, Semid64Ds.SIZE) < 0) return -EFAULT;
  return cmd === IPC_STAT ? 0 : set.id;
}

function readOne(task: Task, set: SemaphoreSet, num: number, cmd: number): number {
  if (num < 0 || num >= set.values.length) return -EINVAL;
  switch (cmd) {
    case GETVAL:
      return set.values[num] as number;
    case GETPID:
      return task.kernel.pids.seenBy(task, set.pids[num] as number);
    default:
      return set.waiting(num, cmd === GETZCNT);
  }
}
function storeAll(task: Task, set: SemaphoreSet, addr: number): number {
  const values = Uint16Array.from(set.values);
  return task.mem.write(addr, new Uint8Array(values.buffer), 0, values.byteLength);
}
function setAll(task: Task, set: SemaphoreSet, addr: number): number {
  const values = new Uint16Array(set.values.length);
  if (task.mem.read(addr, new Uint8Array(values.buffer), 0, values.byteLength) < 0) return -EFAULT;
  if (values.some((value) => value > SEMVMX)) return -ERANGE;
  setSemaphores(task, set, 0, [...values]);
  return 0;
}

export const handlers = {
  semget(task, key, count, flags) {
    const { semaphores } = ipcOf(task);
    const { perSet, all, sets } = limits(task);
    if (count < 0 || count > perSet) return -EINVAL;
    return semaphores.find(
      task,
      key,
      flags,
      sets,
      (found) => (count > found.values.length ? -EINVAL : 0),
      () => {
        if (count === 0) return -EINVAL;
        const used = semaphoresInUse(task);
        if (used + count > all) return -ENOSPC;
        return used + count > MOST ? -ENOMEM : new SemaphoreSet(task, key, flags, count);
      },
    );
  },
  semop: (task, id, addr, count) => semop(task, id, addr, count, 0),
  semtimedop: (task, id, addr, count, timeoutAddr) => semop(task, id, addr, count, timeoutAddr),

  semctl(task, id, num, cmd, arg) {
    if (id < 0) return -EINVAL;
    const { semaphores } = ipcOf(task);
    switch (cmd) {
      case IPC_INFO:
      case SEM_INFO:
        return storeInfo(task, cmd, arg);
      case IPC_STAT:
      case SEM_STAT:
      case SEM_STAT_ANY:
        return stat(task, id, cmd, arg);
      case GETALL:
      case GETVAL:
      case GETPID:
      case GETNCNT:
      case GETZCNT: {
        const set = statTarget(task, semaphores, id, false, false);
        if (typeof set === 'number') return set;
        return cmd === GETALL ? storeAll(task, set, arg) : readOne(task, set, num, cmd);
      }
      case SETALL:
      case SETVAL: {
        const value = arg | 0;
        if (cmd === SETVAL && (value < 0 || value > SEMVMX)) return -ERANGE;
        const set = semaphores.get(id);
        if (typeof set === 'number') return set;
        if (cmd === SETVAL && (num < 0 || num >= set.values.length)) return -EINVAL;
        const allowed = set.access(task, 0o222);
        if (allowed < 0) return allowed;
        if (cmd === SETALL) return setAll(task, set, arg);
        setSemaphores(task, set, num, [value]);
        return 0;
      }
      case IPC_SET: {
        const set = ownedTarget(task, semaphores, id, arg, Semid64Ds.SIZE);
        return typeof set === 'number' ? set : setPermissions(task, set);
      }
      case IPC_RMID: {
        const set = ownedTarget(task, semaphores, id, 0, 0);
        if (typeof set === 'number') return set;
        semaphores.remove(set);
        dropSet(set);
        return 0;
      }
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
