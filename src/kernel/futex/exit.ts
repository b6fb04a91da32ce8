/** What a task's end (exit, execve) means for futexes: robust locks it held, and the word that joiners wait on. */
import { FUTEX_BITSET_MATCH_ANY, FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, ROBUST_LIST_LIMIT } from '#abi/futex.ts';
import type { Task } from '../task.ts';
import { passOnDeath } from './pi.ts';
import { futexQueue, piQueues } from './table.ts';
import { futexWake, updateFutexWord } from './wake.ts';

const head = new Uint8Array(24);
const headView = new DataView(head.buffer);

/** Called while the task's memory is still there. */
export function exitFutexes(task: Task): void {
  if (task.robustList !== 0) walkRobustList(task);
  task.robustList = 0;
  for (const queue of [...piQueues]) if (queue.owner === task) passOnDeath(task, queue.piAddr, queue, 0);
  const addr = task.clearChildTid;
  task.clearChildTid = 0;
  // With nobody left to see the word there is nothing to clear.
  if (addr === 0 || task.mm.refs <= 1) return;
  if (task.mm.space.writeWord(addr, 0)) futexWake(task, addr, false, 1, FUTEX_BITSET_MATCH_ANY);
}

function pointerAt(at: number): number {
  return headView.getUint32(at, true) + headView.getUint32(at + 4, true) * 4294967296;
}
function readHead(task: Task, addr: number, length: number): boolean {
  return task.mm.space.read(addr, head, 0, length) === length;
}

/** The list is the guest's: its length is bounded, and each link is read once. */
function walkRobustList(task: Task): void {
  const start = task.robustList;
  if (!readHead(task, start, 24)) return;
  let entry = pointerAt(0);
  // From a link to its word: small, and negative with glibc.
  const offset = headView.getInt32(12, true) * 4294967296 + headView.getUint32(8, true);
  const pending = pointerAt(16);
  for (let i = 0; i < ROBUST_LIST_LIMIT && untag(entry) !== start; i += 1) {
    const at = untag(entry);
    const isPi = entry % 2 === 1;
    const readable = readHead(task, at, 8);
    const next = readable ? pointerAt(0) : 0;
    if (entry !== pending) ownerDied(task, at + offset, isPi, false);
    if (!readable) return;
    entry = next;
  }
  if (pending !== 0) ownerDied(task, untag(pending) + offset, pending % 2 === 1, true);
}
/** Bit 0 of a link says that the lock is a PI lock. */
function untag(link: number): number {
  return link - (link % 2);
}

function ownerDied(task: Task, addr: number, isPi: boolean, isPending: boolean): void {
  if (addr < 0 || addr % 4 !== 0) return;
  let mine = false;
  const old = updateFutexWord(task, addr, (word) => {
    mine = (word & FUTEX_TID_MASK) === task.ownTid;
    if (!mine || isPi) return word;
    return (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
  });
  if (old < 0) return;
  if (!mine) {
    // It was unlocking and died between the store and the wake.
    if (isPending && !isPi && old === 0) futexWake(task, addr, false, 1, FUTEX_BITSET_MATCH_ANY);
    return;
  }
  if (isPi) {
    passOnDeath(task, addr, futexQueue(task, addr, false), FUTEX_OWNER_DIED);
  } else if ((old & FUTEX_WAITERS) !== 0) futexWake(task, addr, false, 1, FUTEX_BITSET_MATCH_ANY);
}
