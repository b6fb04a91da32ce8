/** /proc/PID/cmdline and environ: strings in the process's own memory, which it may have changed. */
import { EFAULT } from '#abi/errno.ts';
import type { Task } from '#kernel/task.ts';

const MAX_STRINGS = 1 << 20;

/** Bytes [start, end) of the process's memory as a byte string, as far as readable. */
function memory(task: Task, start: number, end: number): string | number {
  const length = Math.min(end - start, MAX_STRINGS);
  if (task.exiting || length <= 0) return '';
  const bytes = Buffer.allocUnsafe(length);
  const n = task.mm.space.read(start, bytes, 0, length);
  return n < 0 ? -EFAULT : bytes.toString('latin1', 0, n);
}

/** The arguments; if the program wrote over their end (setproctitle), up to the first NUL, into the environment if need be. */
export function cmdline(task: Task): string {
  const { mm } = task;
  const text = memory(task, mm.argStart, mm.argEnd);
  if (typeof text === 'number') return '';
  if (text.length === 0 || text.endsWith('\0')) return text;
  const more = memory(task, mm.argStart, mm.envEnd);
  if (typeof more === 'number') return text;
  const end = more.indexOf('\0');
  return end < 0 ? more : more.slice(0, end + 1);
}

export function environ(task: Task): string {
  const text = memory(task, task.mm.envStart, task.mm.envEnd);
  return typeof text === 'number' ? '' : text;
}
