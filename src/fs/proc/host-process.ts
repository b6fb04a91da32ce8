/**
 * What the host knows of a guest's process or thread: its stub's files in the host's proc. Numbers that only the host can
 * have (pages resident, faults, CPU time) come from here; all else is this kernel's own.
 */
import type { Task } from '#kernel/task.ts';

/** Fields of the host's proc_pid_stat(5) that are passed on. Times in clock ticks, rss in pages. */
export interface HostStat {
  minorFaults: number;
  majorFaults: number;
  userTicks: number;
  systemTicks: number;
  resident: number;
  processor: number;
}

const nothing: Readonly<HostStat> = { minorFaults: 0, majorFaults: 0, userTicks: 0, systemTicks: 0, resident: 0, processor: 0 };

/** The directory of a task's stub thread, below the host's /proc. */
function threadPath(task: Task, name: string): string {
  return `task/${task.thread.hostTid}/${name}`;
}

/** A file of the whole process; empty when it is gone. */
export function processText(task: Task, name: string): string {
  return task.exiting ? '' : task.kernel.hostProcessText(task.mm.space.hostPid, name);
}
/** A file of the one thread. */
export function threadText(task: Task, name: string): string {
  return processText(task, threadPath(task, name));
}

/** Counts of the whole process (`whole`) or of the one thread. */
export function hostStat(task: Task, whole: boolean): Readonly<HostStat> {
  const text = whole ? processText(task, 'stat') : threadText(task, 'stat');
  // The name in the second field may hold anything; the rest is numbers from the third field on.
  const from = text.lastIndexOf(')');
  if (from < 0) return nothing;
  const fields = text.slice(from + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return { minorFaults: field(10), majorFaults: field(12), userTicks: field(14), systemTicks: field(15), resident: field(24), processor: field(39) };
}

/** The value of "Name:\tvalue" in a status-like text, without the newline; null if there is no such line. */
export function statusField(text: string, name: string): string | null {
  const key = `${name}:\t`;
  const found = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (found === 0 && !text.startsWith(key)) return null;
  const start = found + key.length;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}
/** Such a value in KiB ("    1776 kB"); 0 if it is not there. */
export function statusKilobytes(text: string, name: string): number {
  const value = statusField(text, name);
  return value === null ? 0 : Number.parseInt(value.trimStart(), 10) || 0;
}
