/**
 * File locks: flock(2) on open files; record locks of fcntl(2), owned by a process (its descriptor table) or by an open file (OFD).
 * They are advisory, hang on the inode, and wake all waiters whenever something is released.
 */
import { EAGAIN, EDEADLK, ENOLCK } from '#abi/errno.ts';
import { WaitQueue } from '#kernel/wait.ts';
import type { Inode } from './inode.ts';
import { leaseLines } from './leases.ts';

/** Record locks of one file; guests can take them byte by byte. */
const RECORDS_MAX = 16384;

/** Who holds a record lock: a descriptor table (POSIX) or an open file (OFD). Compared by identity. */
export type LockOwner = object;

export interface RecordLock {
  readonly owner: LockOwner;
  /** Process to report (F_GETLK); -1 for OFD locks. */
  readonly pid: number;
  readonly exclusive: boolean;
  readonly start: number;
  /** Last byte, inclusive; Infinity for "to the end". */
  readonly end: number;
}

/** POSIX owners that sleep, and whom for: for deadlock detection. */
const waiting = new Map<LockOwner, LockOwner>();
/** Inodes with locks, for /proc/locks. */
const locked = new Set<Inode>();

export class FileLocks {
  readonly waitQueue = new WaitQueue();
  readonly #inode: Inode;
  #records: RecordLock[] = [];
  #whole = new Map<object, { exclusive: boolean; pid: number }>();

  constructor(inode: Inode) {
    this.#inode = inode;
  }
  static of(inode: Inode): FileLocks {
    inode.locks ??= new FileLocks(inode);
    return inode.locks;
  }

  // ---- flock
  /** 0, or -EAGAIN when somebody else holds it in conflict. Converting drops the old lock first, as Linux does. */
  tryFlock(file: object, pid: number, exclusive: boolean): number {
    const mine = this.#whole.get(file);
    if (mine !== undefined && mine.exclusive === exclusive) return 0;
    if (mine !== undefined) this.unlockFlock(file);
    for (const other of this.#whole.values()) if (exclusive || other.exclusive) return -EAGAIN;
    this.#whole.set(file, { exclusive, pid });
    locked.add(this.#inode);
    return 0;
  }
  unlockFlock(file: object): void {
    if (this.#whole.delete(file)) this.#released();
  }

  // ---- records
  /** The first lock that would keep this one out, or null. */
  conflict(owner: LockOwner, exclusive: boolean, start: number, end: number): RecordLock | null {
    for (const lock of this.#records) {
      if (lock.owner !== owner && (exclusive || lock.exclusive) && lock.start <= end && lock.end >= start) return lock;
    }
    return null;
  }

  /** Sets or changes a lock; 0 or -EAGAIN. The owner's other locks in the range are replaced. */
  tryLock(owner: LockOwner, pid: number, exclusive: boolean, start: number, end: number): number {
    if (this.conflict(owner, exclusive, start, end) !== null) return -EAGAIN;
    if (this.#records.length >= RECORDS_MAX) return -ENOLCK;
    const downgrades = this.#records.some((lock) => lock.owner === owner && lock.exclusive && !exclusive);
    this.#cut(owner, start, end);
    // Neighbours of the same kind become one, so that a process that locks byte by byte keeps the list short.
    let first = start;
    let last = end;
    this.#records = this.#records.filter((lock) => {
      if (lock.owner !== owner || lock.exclusive !== exclusive || lock.end + 1 < first || lock.start > last + 1) return true;
      first = Math.min(first, lock.start);
      last = Math.max(last, lock.end);
      return false;
    });
    this.#records.push({ owner, pid, exclusive, start: first, end: last });
    locked.add(this.#inode);
    if (downgrades) this.waitQueue.wakeAll();
    return 0;
  }
  unlock(owner: LockOwner, start: number, end: number): void {
    if (this.#cut(owner, start, end)) this.#released();
  }
  /** Removes the range from the owner's locks; whether there was anything. */
  #cut(owner: LockOwner, start: number, end: number): boolean {
    let changed = false;
    const rest: RecordLock[] = [];
    for (const lock of this.#records) {
      if (lock.owner !== owner || lock.end < start || lock.start > end) {
        rest.push(lock);
        continue;
      }
      changed = true;
      if (lock.start < start) rest.push({ ...lock, end: start - 1 });
      if (lock.end > end) rest.push({ ...lock, start: end + 1 });
    }
    this.#records = rest;
    return changed;
  }

  /** A process closed a descriptor of the file: its record locks go. */
  ownerClosed(owner: LockOwner): void {
    this.unlock(owner, 0, Infinity);
  }
  /** An open file is gone: its flock and OFD locks go. */
  fileClosed(file: object): void {
    this.unlockFlock(file);
    this.unlock(file, 0, Infinity);
  }
  #released(): void {
    if (this.#whole.size === 0 && this.#records.length === 0) locked.delete(this.#inode);
    this.waitQueue.wakeAll();
  }

  /** Lines of /proc/locks, of all or some holders, without their number: "POSIX  ADVISORY  WRITE pid dev:ino start end". */
  lines(holders?: readonly object[]): string[] {
    const { superBlock, ino } = this.#inode;
    const hex = (value: number): string => value.toString(16).padStart(2, '0');
    const where = `${hex(superBlock.deviceMajor)}:${hex(superBlock.deviceMinor)}:${ino}`;
    const kind = (exclusive: boolean): string => (exclusive ? 'WRITE' : 'READ');
    const wanted = (owner: object): boolean => holders === undefined || holders.includes(owner);
    const whole = [...this.#whole].filter(([owner]) => wanted(owner));
    const lines = whole.map(([, lock]) => `FLOCK  ADVISORY  ${kind(lock.exclusive)} ${lock.pid} ${where} 0 EOF`);
    for (const lock of this.#records) {
      if (!wanted(lock.owner)) continue;
      const type = lock.pid < 0 ? 'OFDLCK' : 'POSIX ';
      lines.push(
        `${type} ADVISORY  ${kind(lock.exclusive)} ${lock.pid} ${where} ${lock.start} ${lock.end === Infinity ? 'EOF' : lock.end}`,
      );
    }
    return lines;
  }
}

/** Notes that `owner` is about to sleep for a lock of `holder`; -EDEADLK if `holder` waits, however indirectly, for `owner`. */
export function beginLockWait(owner: LockOwner, holder: LockOwner): number {
  let at: LockOwner | undefined = holder;
  for (let steps = 0; at !== undefined && steps < 1000; steps += 1) {
    if (at === owner) return -EDEADLK;
    at = waiting.get(at);
  }
  waiting.set(owner, holder);
  return 0;
}
export function endLockWait(owner: LockOwner): void {
  waiting.delete(owner);
}

/** All locks, as /proc/locks shows them. */
export function lockLines(): string[] {
  return [...[...locked].flatMap((inode) => inode.locks?.lines() ?? []), ...leaseLines()].map((line, i) => `${i + 1}: ${line}`);
}
