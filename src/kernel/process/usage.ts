/** Resource usage of processes: what getrusage(2), times(2) and wait4(2) report. CPU time is the host's, of the stub process. */
import { type ThreadGroup, type Usage } from '../thread-group.ts';

const SYS_clock_gettime = 228;
const timespec = new Float64Array(2);
const words = new Uint32Array(timespec.buffer);

/** CPU time of a host process (its threads together), ns; 0 if it is gone. */
function hostCpuNs(group: ThreadGroup): number {
  const { host } = group.leader.kernel.platform;
  const { hostPid } = group.leader.mm.space;
  // The kernel's clock ids of other processes: ~pid << 3, CPUCLOCK_SCHED.
  const clock = (~hostPid << 3) | 2;
  if (host.call(SYS_clock_gettime, clock, timespec) < 0) return 0;
  return (words[0] as number) * 1e9 + (words[2] as number);
}

/** Brings `group.usage` up to date; called before the process ends and whenever it is asked for. */
export function collectUsage(group: ThreadGroup): void {
  const { usage } = group;
  usage.userNs = Math.max(usage.userNs, hostCpuNs(group));
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
