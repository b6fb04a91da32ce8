/** The processes of a sandbox, as `belljar ps` shows them. */
import { cmdline } from '#fs/proc/arguments.ts';
import type { Kernel } from '#kernel/kernel.ts';
import { collectUsage } from '#kernel/process/usage.ts';
import type { Listed } from '../container/protocol.ts';

const MAX_COMMAND = 100;
/** As many as an answer holds. */
const MAX_LISTED = 800;

export function listProcesses(kernel: Kernel): Listed[] {
  const list: Listed[] = [];
  for (const group of kernel.pids.groups.values()) {
    if (group.zombie || list.length === MAX_LISTED) continue;
    const task = group.leader;
    collectUsage(group);
    const line = cmdline(task).replaceAll('\0', ' ').trim();
    list.push({
      hostPid: task.mm.space.hostPid,
      pid: group.pid,
      ppid: group.parent?.pid ?? 0,
      uid: task.creds.uid,
      command: line === '' ? `[${task.comm}]` : line.slice(0, MAX_COMMAND),
      cpu: Math.round((group.usage.userNs + group.usage.systemNs) / 1e7) / 100,
      age: Math.round((kernel.now() - group.startNs) / 1e7) / 100,
    });
  }
  return list;
}
