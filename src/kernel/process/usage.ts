/** Resource usage of processes: what getrusage(2), times(2) and wait4(2) report. CPU time is the host's, of the stub process. */
import type { Task } from '../task.ts';
import { parseHostStat, statusKilobytes } from './host-stat.ts';
import type { ThreadGroup, Usage } from '../thread-group.ts';

const SYS_clock_gettime = 228;
const BRIEF_NS = 10e6;
const PAGE = 4096;
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

/**
 * Brings `group.usage` up to date; called before the process ends and whenever it is asked for. The stub's counts begin anew
 * with each execve: what came before is in `usageBefore`. The host splits CPU time into user and system by ticks.
 */
export function collectUsage(group: ThreadGroup): void {
  const { usage } = group;
  const task = group.leader.exiting ? group.liveThreads[0] : group.leader;
  if (group.zombie || task === undefined) return;
  const { kernel } = task;
  const { hostPid } = task.mm.space;
  // A vfork child lives in its parent's stub: then only its threads are its own.
  const whole = task.mm.refs <= group.threads.length;
  const id = whole ? hostPid : -task.thread.hostTid;
  if (group.usageOf !== id) {
    Object.assign(group.usageBefore, usage);
    group.usageOf = id;
  }
  const before = group.usageBefore;
  const totalNs = whole ? cpuClockNs(task, hostPid, 0) : group.liveThreads.reduce((sum, thread) => sum + taskCpuNs(thread), 0);
  const stat = parseHostStat(kernel.hostProcessText(hostPid, whole ? 'stat' : `task/${task.thread.hostTid}/stat`));
  const ticks = stat.userTicks + stat.systemTicks;
  const systemNs = ticks === 0 ? 0 : Math.floor((totalNs * stat.systemTicks) / ticks);
  usage.userNs = Math.max(usage.userNs, before.userNs + totalNs - systemNs);
  usage.systemNs = Math.max(usage.systemNs, before.systemNs + systemNs);
  usage.minorFaults = Math.max(usage.minorFaults, before.minorFaults + stat.minorFaults);
  usage.majorFaults = Math.max(usage.majorFaults, before.majorFaults + stat.majorFaults);
  if (whole) {
    // A program that ran for a moment hardly gave memory back: what it has at its end is its peak, and its end is not held up by another file.
    const peak =
      group.exiting && totalNs < BRIEF_NS
        ? stat.resident * (PAGE / 1024)
        : statusKilobytes(kernel.hostProcessText(hostPid, 'status'), 'VmHWM');
    usage.maxRss = Math.max(usage.maxRss, peak);
  }
  usage.voluntarySwitches = group.threads.reduce((sum, thread) => sum + thread.voluntarySwitches, 0);
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
