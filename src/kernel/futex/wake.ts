/** Waking futex waiters, and moving them to another word. */
import { EAGAIN, EFAULT, EINVAL, ENOSYS } from '#abi/errno.ts';
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_OP_ADD,
  FUTEX_OP_ANDN,
  FUTEX_OP_CMP_EQ,
  FUTEX_OP_CMP_GE,
  FUTEX_OP_CMP_GT,
  FUTEX_OP_CMP_LE,
  FUTEX_OP_CMP_LT,
  FUTEX_OP_CMP_NE,
  FUTEX_OP_OPARG_SHIFT,
  FUTEX_OP_OR,
  FUTEX_OP_SET,
  FUTEX_OP_XOR,
} from '#abi/futex.ts';
import type { Task } from '../task.ts';
import { futexQueue } from './table.ts';
import { readFutexWord } from './wait.ts';

const MAX_RACES = 128;

/** Wakes up to `count`; how many. A private word need not be there, only its address be a guest's; a shared one must be mapped. */
export function futexWake(task: Task, addr: number, isPrivate: boolean, count: number, bitset: number): number {
  if (addr + 4 > task.kernel.platform.guestEnd) return -EFAULT;
  if (!isPrivate && task.mm.areas.find(addr) === null) return -EFAULT;
  task.kernel.platform.bumpFutexSequence();
  return futexQueue(task, addr, isPrivate).wake(count, bitset);
}

/** Wakes `wakeCount` and moves `moveCount` of the rest to the word at `to`; with `expected`, only if `from` holds it. */
export function futexRequeue(
  task: Task,
  from: number,
  fromPrivate: boolean,
  to: number,
  toPrivate: boolean,
  wakeCount: number,
  moveCount: number,
  expected: number | null,
): { woken: number; moved: number } | number {
  if (wakeCount < 0 || moveCount < 0) return -EINVAL;
  if (from + 4 > task.kernel.platform.guestEnd || to + 4 > task.kernel.platform.guestEnd) return -EFAULT;
  if (expected !== null) {
    const value = readFutexWord(task, from);
    if (value < 0) return value;
    if (value !== expected >>> 0) return -EAGAIN;
  }
  task.kernel.platform.bumpFutexSequence();
  const source = futexQueue(task, from, fromPrivate);
  if (source.has((waiter) => waiter.isPi || waiter.requeuePiAddr !== 0)) return -EINVAL;
  const woken = source.wake(wakeCount, FUTEX_BITSET_MATCH_ANY);
  const target = futexQueue(task, to, toPrivate);
  let moved = 0;
  if (target === source) {
    for (let waiter = source.head; waiter !== null && moved < moveCount; waiter = waiter.next) moved += 1;
    return { woken, moved };
  }
  for (; source.head !== null && moved < moveCount; moved += 1) {
    const waiter = source.head;
    source.remove(waiter);
    target.add(waiter);
  }
  return { woken, moved };
}

/** Replaces the word atomically by `change` of it; the old value, -EFAULT, or -EAGAIN after too many lost races. */
export function updateFutexWord(task: Task, addr: number, change: (old: number) => number): number {
  const { space } = task.mm;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const old = space.readWord(addr);
    if (old < 0) return -EFAULT;
    const wanted = change(old) >>> 0;
    if (wanted === old || space.compareExchangeWord(addr, old, wanted) === old) return old;
  }
  return -EAGAIN;
}

function operate(op: number, old: number, operand: number): number {
  switch (op) {
    case FUTEX_OP_SET:
      return operand;
    case FUTEX_OP_ADD:
      return old + operand;
    case FUTEX_OP_OR:
      return old | operand;
    case FUTEX_OP_ANDN:
      return old & ~operand;
    case FUTEX_OP_XOR:
      return old ^ operand;
    default:
      return old;
  }
}
function compare(cmp: number, old: number, operand: number): boolean {
  switch (cmp) {
    case FUTEX_OP_CMP_EQ:
      return old === operand;
    case FUTEX_OP_CMP_NE:
      return old !== operand;
    case FUTEX_OP_CMP_LT:
      return old < operand;
    case FUTEX_OP_CMP_LE:
      return old <= operand;
    case FUTEX_OP_CMP_GT:
      return old > operand;
    case FUTEX_OP_CMP_GE:
      return old >= operand;
    default:
      return false;
  }
}

/** FUTEX_WAKE_OP: changes the second word, wakes on the first, and on the second if its old value compares true. */
export function futexWakeOp(
  task: Task,
  first: number,
  second: number,
  isPrivate: boolean,
  firstCount: number,
  secondCount: number,
  code: number,
): number {
  const op = (code >>> 28) & 7;
  const shift = (code & (FUTEX_OP_OPARG_SHIFT << 28)) !== 0;
  const cmp = (code >>> 24) & 15;
  const rawOperand = (code << 8) >> 20;
  const cmpOperand = (code << 20) >> 20;
  if (op > FUTEX_OP_XOR || cmp > FUTEX_OP_CMP_GE) return -ENOSYS;
  const operand = shift ? 1 << (rawOperand & 31) : rawOperand;
  if (first + 4 > task.kernel.platform.guestEnd) return -EFAULT;
  const old = updateFutexWord(task, second, (value) => operate(op, value, operand));
  if (old < 0) return old;
  task.kernel.platform.bumpFutexSequence();
  let woken = futexQueue(task, first, isPrivate).wake(firstCount, FUTEX_BITSET_MATCH_ANY);
  if (compare(cmp, old | 0, cmpOperand)) woken += futexQueue(task, second, isPrivate).wake(secondCount, FUTEX_BITSET_MATCH_ANY);
  return woken;
}
