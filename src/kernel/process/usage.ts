/** Resource usage of processes: what getrusage(2), times(2) and wait4(2) report. CPU time is the host's, of the stub process. */
import type { Task } from '../task.ts';
import type { ThreadGroup, Usage } from '../thread-group.ts';

const SYS_clock_gettime = 228;
const timespec = new Float64Array(2);
const words = new Uint32Array(timespec.buffer);

/** A clock of another process or thread: ~id << 3, CPUCLOCK_SCHED, and 4 for a thread's. In ns; 0 if it is gone. */
function cpuClockNs(task: Task, id: number, perThread: number): number {
  if (task.kernel.platform.host.call(SYS_clock_gettime, (~id << 3) | 2 | perThread, timespec) < 0) return 0;
  return (words[0] as number) * 1e9 + (words[2] as number);
}

/** CPU time of one thread, ns. */
export function taskCpuNs(task: Task): number {
  return task.exiting ? 0 : cpuClockNs(task, task.thread.hostTid, 4);
}

/** Brings `group.usage` up to date; called before the process ends and whenever it is asked for. */
export function collectUsage(group: ThreadGroup): void {
  const { usage } = group;
  if (group.zombie) return;
  usage.userNs = Math.max(usage.userNs, cpuClockNs(group.leader, group.leader.mm.space.hostPid, 0));
  usage.voluntarySwitches = group.threads.reduce((sum, task) => sum + task.voluntarySwitches, 0);
}

export function addUsage(to: Usage, from: Usage): void {
  to.userNs += from.userNs;
  to.systemNs += from.systemNs;
  to.minorFaults += from.minorFaults;
  to.majorFaults += from.majorFaults;
  to.voluntarySwitches += from.voluntarySwitches;
  to.involuntarySwitches += from.involuntarySwitches;
  to.maxRss = Math.max(to.maxRss, from.maxRss);
}
