/** Timeouts in guest memory: struct timespec and struct timeval, relative, as numbers of ns. A null pointer is Infinity. */
import { EFAULT, EINVAL } from '#abi/errno.ts';
import type { Task } from '#kernel/task.ts';

function readTime(task: Task, addr: number, unitNs: number): number {
  if (addr === 0) return Infinity;
  if (!task.mem.in(addr, 16)) return -EFAULT;
  const { view } = task.mem;
  const seconds = view.getInt32(4, true) * 4294967296 + view.getUint32(0, true);
  const fraction = view.getInt32(12, true) * 4294967296 + view.getUint32(8, true);
  if (seconds < 0 || fraction < 0) return -EINVAL;
  if (unitNs === 1 && fraction >= 1e9) return -EINVAL;
  const ns = seconds * 1e9 + fraction * unitNs;
  // Beyond 2^53 ns (104 days) sums lose single nanoseconds; beyond Linux's own limit (292 years) it is for ever.
  return ns >= 2 ** 63 ? Infinity : ns;
}

/** ns; -EFAULT, or -EINVAL when negative or not normalized. */
export function readTimespec(task: Task, addr: number): number {
  return readTime(task, addr, 1);
}
/** ns; -EFAULT, or -EINVAL when negative (microseconds may exceed a second, as select(2) accepts). */
export function readTimeval(task: Task, addr: number): number {
  return readTime(task, addr, 1000);
}

function writeTime(task: Task, addr: number, ns: number, unitNs: number): number {
  const { view } = task.mem;
  const seconds = Math.floor(ns / 1e9);
  view.setUint32(0, seconds >>> 0, true);
  view.setUint32(4, Math.floor(seconds / 4294967296), true);
  view.setUint32(8, Math.floor((ns - seconds * 1e9) / unitNs), true);
  view.setUint32(12, 0, true);
  return task.mem.out(addr, 16);
}
export function writeTimespec(task: Task, addr: number, ns: number): number {
  return writeTime(task, addr, ns, 1);
}
export function writeTimeval(task: Task, addr: number, ns: number): number {
  return writeTime(task, addr, ns, 1000);
}
