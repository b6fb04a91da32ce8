/**
 * What the host knows of a guest's process or thread: its stub's files in the host's proc. Numbers that only the host can
 * have (pages resident, faults, CPU time) come from here; all else is this kernel's own.
 */
import { type HostStat, parseHostStat } from '#kernel/process/host-stat.ts';
import type { Task } from '#kernel/task.ts';

export { statusField, statusKilobytes } from '#kernel/process/host-stat.ts';

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
  // A thread that has ended has no host thread to ask for.
  return task.exiting ? '' : processText(task, threadPath(task, name));
}

/** Counts of the whole process (`whole`) or of the one thread. */
export function hostStat(task: Task, whole: boolean): Readonly<HostStat> {
  return parseHostStat(whole ? processText(task, 'stat') : threadText(task, 'stat'));
}
