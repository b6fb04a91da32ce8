/** Signals to the owner of an open file (F_SETOWN): SIGIO or what F_SETSIG chose. */
import type { SigInfo } from '#kernel/pending-signals.ts';
import { maySignal, sendToGroup, sendToTask } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';
import type { OpenFile } from './open-file.ts';

/** Sends to the owner of a file (F_SETOWN), with the rights of `setter`. */
export function signalOwner(setter: Task, file: OpenFile, info: SigInfo): void {
  const { pids } = setter.kernel;
  const owner = file.ownerPid;
  if (owner < 0) {
    for (const member of [...(pids.processGroups.get(-owner)?.members ?? [])])
      if (maySignal(setter, member, info.signal)) sendToGroup(member, info);
    return;
  }
  const group = file.ownerIsThread ? undefined : pids.groups.get(owner);
  if (group !== undefined) {
    if (maySignal(setter, group, info.signal)) sendToGroup(group, info);
    return;
  }
  const thread = pids.tasks.get(owner);
  if (thread !== undefined && maySignal(setter, thread.group, info.signal)) sendToTask(thread, info);
}
