/**
 * System V semaphores (semop(2)). A call's operations are done all or none; one that cannot be done sleeps until the set changes.
 * Woken sleepers try again in the order in which they came.
 */
import { EAGAIN, EIDRM, ERANGE } from '#abi/errno.ts';
import { IPC_NOWAIT, SEM_UNDO, SEMAEM, SEMVMX } from '#abi/ipc.ts';
import type { Sembuf } from '#abi/layouts.gen.ts';
import type { Task } from '../task.ts';
import { WaitQueue } from '../wait.ts';
import { IpcObject, nowSeconds } from './ids.ts';

/** A sleeping semop: the operation it stands at. */
export interface SemaphoreWaiter {
  num: number;
  op: number;
}

export class SemaphoreSet extends IpcObject {
  readonly values: Int16Array;
  /** Who changed each last. */
  readonly pids: Int32Array;
  readonly changes = new WaitQueue();
  readonly waiters = new Set<SemaphoreWaiter>();
  /** Adjustments of those who used SEM_UNDO. */
  readonly undos = new Set<SemaphoreUndo>();
  operated = 0;

  constructor(task: Task, key: number, mode: number, count: number) {
    super(task, key, mode);
    this.values = new Int16Array(count);
    this.pids = new Int32Array(count);
  }
  /** GETNCNT and GETZCNT. */
  waiting(num: number, forZero: boolean): number {
    let count = 0;
    for (const waiter of this.waiters) if (waiter.num === num && (waiter.op === 0) === forZero) count += 1;
    return count;
  }
}

/** Adjustments to be made when the last of the tasks that share this ends. */
export class SemaphoreUndo {
  refs = 1;
  readonly adjustments = new Map<SemaphoreSet, Int16Array>();

  of(set: SemaphoreSet): Int16Array {
    let found = this.adjustments.get(set);
    if (found === undefined) {
      found = new Int16Array(set.values.length);
      this.adjustments.set(set, found);
      set.undos.add(this);
    }
    return found;
  }
}

/** Does all operations and answers 0; or none: -EAGAIN for "not now" (`waiter` says where it stands), -EIDRM, -ERANGE. */
export function operate(
  task: Task,
  set: SemaphoreSet,
  ops: readonly Sembuf[],
  undo: SemaphoreUndo | null,
  waiter: SemaphoreWaiter,
): number {
  if (set.removed) return -EIDRM;
  const { values } = set;
  const adjust = undo?.of(set) ?? null;
  let failed = 0;
  let done = 0;
  for (const { sem_num, sem_op, sem_flg } of ops) {
    const value = (values[sem_num] as number) + sem_op;
    if ((sem_op === 0 && value !== 0) || value < 0) {
      failed = -EAGAIN;
      waiter.num = sem_num;
      waiter.op = sem_op;
      break;
    }
    if (value > SEMVMX) {
      failed = -ERANGE;
      break;
    }
    if ((sem_flg & SEM_UNDO) !== 0 && adjust !== null) {
      const wanted = (adjust[sem_num] as number) - sem_op;
      if (wanted < -SEMAEM - 1 || wanted > SEMAEM) {
        failed = -ERANGE;
        break;
      }
      adjust[sem_num] = wanted;
    }
    values[sem_num] = value;
    done += 1;
  }
  if (failed < 0) {
    for (let i = done - 1; i >= 0; i -= 1) {
      const { sem_num, sem_op, sem_flg } = ops[i] as Sembuf;
      values[sem_num] = (values[sem_num] as number) - sem_op;
      if ((sem_flg & SEM_UNDO) !== 0 && adjust !== null) adjust[sem_num] = (adjust[sem_num] as number) + sem_op;
    }
    return failed;
  }
  let changed = false;
  for (const { sem_num, sem_op } of ops) {
    set.pids[sem_num] = task.pid;
    changed ||= sem_op !== 0;
  }
  set.operated = nowSeconds(task);
  if (changed) set.changes.wakeAll();
  return 0;
}

/** Whether the operation that a failed `operate` stands at may not sleep. */
export function mayNotWait(ops: readonly Sembuf[], waiter: SemaphoreWaiter): boolean {
  return ops.some(({ sem_num, sem_op, sem_flg }) => sem_num === waiter.num && sem_op === waiter.op && (sem_flg & IPC_NOWAIT) !== 0);
}

/** A value is set from outside: adjustments for it are void (SETVAL, SETALL). */
export function setSemaphores(task: Task, set: SemaphoreSet, from: number, values: readonly number[]): void {
  values.forEach((value, i) => {
    set.values[from + i] = value;
    set.pids[from + i] = task.pid;
    for (const undo of set.undos) undo.of(set)[from + i] = 0;
  });
  set.changed = nowSeconds(task);
  set.changes.wakeAll();
}

export function dropSet(set: SemaphoreSet): void {
  for (const undo of set.undos) undo.adjustments.delete(set);
  set.undos.clear();
  set.changes.wakeAll();
}

/** The task's undo list, made when first needed. */
export function undoOf(task: Task): SemaphoreUndo {
  task.semaphoreUndo ??= new SemaphoreUndo();
  return task.semaphoreUndo;
}

/** The task ends, or leaves its undo list (unshare(2)): the last one out makes the adjustments, as far as they are possible. */
export function leaveUndo(task: Task): void {
  const undo = task.semaphoreUndo;
  task.semaphoreUndo = null;
  if (undo === null) return;
  undo.refs -= 1;
  if (undo.refs > 0) return;
  for (const [set, adjust] of undo.adjustments) {
    set.undos.delete(undo);
    let changed = false;
    adjust.forEach((by, num) => {
      if (by === 0) return;
      set.values[num] = Math.min(Math.max((set.values[num] as number) + by, 0), SEMVMX);
      set.pids[num] = task.pid;
      changed = true;
    });
    if (!changed) continue;
    set.operated = nowSeconds(task);
    set.changes.wakeAll();
  }
}
