/**
 * Leases (fcntl(2), F_SETLEASE): the holder is told by a signal before somebody opens or truncates the file in conflict, who
 * waits until the lease is given up, or its time is over.
 */
import { CAP_LEASE } from '#abi/capability.ts';
import { EACCES, EAGAIN, EINVAL, ETIMEDOUT } from '#abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '#abi/fcntl.ts';
import { SI_KERNEL, SIGIO } from '#abi/signal.ts';
import { S_IFMT, S_IFREG } from '#abi/stat.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil, WaitQueue } from '#kernel/wait.ts';
import { signalOwner } from './owner-signal.ts';
import type { Inode } from './inode.ts';
import type { OpenFile } from './open-file.ts';

/** Internal answer of an open that has to wait for a lease; no errno, and it never reaches a guest. */
export const BREAKING = -10_000;
export const LEASE_BREAK_SECONDS = 45;
const POLL_MSG = 3;
const POLL_MSG_BAND = 0x441;

export interface Lease {
  readonly file: OpenFile;
  readonly holder: Task;
  readonly fd: number;
  type: number;
  /** What it is being broken to (F_RDLCK, F_UNLCK), or its own type. */
  target: number;
  /** When it is broken by force (monotonic ns); Infinity while nobody wants that. */
  untilNs: number;
}

/** Wakes whoever waits for any lease: leases are rare. */
const changed = new WaitQueue();
const leased = new Set<Inode>();

function expire(task: Task, inode: Inode): void {
  const now = task.kernel.now();
  for (const lease of inode.leases ?? []) if (lease.untilNs <= now) modify(inode, lease, lease.target);
}

function modify(inode: Inode, lease: Lease, type: number): void {
  const leases = inode.leases as Lease[];
  if (type === F_UNLCK) {
    leases.splice(leases.indexOf(lease), 1);
    if (leases.length === 0) {
      inode.leases = null;
      leased.delete(inode);
    }
  } else {
    lease.type = lease.target = type;
    lease.untilNs = Infinity;
  }
  changed.wakeAll();
}

/** F_GETLEASE: what the file's lease is, or is being broken to. */
export function leaseOf(task: Task, file: OpenFile): number {
  expire(task, file.inode);
  return file.inode.leases?.find((lease) => lease.file === file)?.target ?? F_UNLCK;
}

/** F_SETLEASE. */
export function setLease(task: Task, file: OpenFile, fd: number, type: number): number {
  const { inode } = file;
  if (type !== F_RDLCK && type !== F_WRLCK && type !== F_UNLCK) return -EINVAL;
  expire(task, inode);
  const mine = inode.leases?.find((lease) => lease.file === file);
  if (type === F_UNLCK) {
    if (mine === undefined) return -EAGAIN;
    modify(inode, mine, F_UNLCK);
    return 0;
  }
  if (inode.uid !== task.creds.fsuid && !task.capable(CAP_LEASE)) return -EACCES;
  if ((inode.mode & S_IFMT) !== S_IFREG) return -EINVAL;
  if (type === F_RDLCK ? inode.writers > 0 : inode.opens > 1) return -EAGAIN;
  for (const other of inode.leases ?? []) if (other !== mine && (type === F_WRLCK || other.target === F_UNLCK)) return -EAGAIN;
  file.ownerPid ||= task.pid;
  if (mine !== undefined) {
    modify(inode, mine, type);
    return 0;
  }
  inode.leases ??= [];
  inode.leases.push({ file, holder: task, fd, type, target: type, untilNs: Infinity });
  leased.add(inode);
  return 0;
}

/** Begins to break what stands against an open (for writing: all leases). 0 if nothing does, -EAGAIN if `nonblock`, else BREAKING. */
export function breakLeases(task: Task, inode: Inode, writes: boolean, nonblock: boolean): number {
  if (inode.leases === null) return 0;
  expire(task, inode);
  let conflict = false;
  for (const lease of [...((inode.leases as Lease[] | null) ?? [])]) {
    if (!writes && lease.type === F_RDLCK) continue;
    conflict = true;
    const target = writes ? F_UNLCK : F_RDLCK;
    if (lease.target === target || lease.target === F_UNLCK) continue;
    lease.target = target;
    lease.untilNs = Math.min(lease.untilNs, task.kernel.now() + breakSeconds(task) * 1e9);
    const { ownerSignal } = lease.file;
    const info =
      ownerSignal === 0 ? sigInfo(SIGIO, SI_KERNEL) : sigInfo(ownerSignal, POLL_MSG, { status: lease.fd, valueLo: POLL_MSG_BAND });
    signalOwner(lease.holder, lease.file, info);
  }
  return !conflict ? 0 : nonblock ? -EAGAIN : BREAKING;
}

function breakSeconds(task: Task): number {
  return Number(task.kernel.sysctls.get('fs/lease-break-time') ?? LEASE_BREAK_SECONDS);
}

/** Repeats `attempt`, which answered BREAKING, until it answers something else. Leases whose time is over no longer count for it. */
export function* afterLeases(task: Task, attempt: () => number): Blocking {
  for (;;) {
    const deadlineNs = Math.min(...[...leased].flatMap((inode) => inode.leases?.map((lease) => lease.untilNs) ?? []), Infinity);
    let result = BREAKING;
    const woken = yield* pauseUntil(
      task,
      changed,
      () => {
        result = attempt();
        return result === BREAKING ? -EAGAIN : 0;
      },
      { deadlineNs },
    );
    if (result !== BREAKING) return result;
    if (woken < 0 && woken !== -ETIMEDOUT) return woken;
  }
}

/** The open file is gone, and its lease with it. */
export function leaseClosed(inode: Inode, file: OpenFile): void {
  const lease = inode.leases?.find((each) => each.file === file);
  if (lease !== undefined) modify(inode, lease, F_UNLCK);
}

/** Lines of /proc/locks, without number. */
export function leaseLines(): string[] {
  return [...leased].flatMap((inode) =>
    (inode.leases ?? []).map((lease) => {
      const { superBlock, ino } = inode;
      const hex = (value: number): string => value.toString(16).padStart(2, '0');
      const state = lease.untilNs === Infinity ? 'ACTIVE    ' : 'BREAKING  ';
      const kind = lease.type === F_WRLCK ? 'WRITE' : 'READ';
      return `LEASE  ${state}${kind} ${lease.holder.pid} ${hex(superBlock.deviceMajor)}:${hex(superBlock.deviceMinor)}:${ino} 0 EOF`;
    }),
  );
}
