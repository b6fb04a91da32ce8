/** An IPC namespace (ipc_namespaces(7)): System V IPC objects, and POSIX message queues. */
import { PlainNamespace } from '../namespaces.ts';
import type { Task } from '../task.ts';
import { IpcTable } from './ids.ts';
import { type MessageQueue, MessageTotals } from './messages.ts';
import type { SemaphoreSet } from './semaphores.ts';
import type { Segment } from './shared-memory.ts';

export class IpcNamespace extends PlainNamespace {
  readonly semaphores = new IpcTable<SemaphoreSet>();
  readonly queues = new IpcTable<MessageQueue>();
  readonly segments = new IpcTable<Segment>();
  readonly messageTotals = new MessageTotals();
  constructor() {
    super('ipc');
  }
}

export function ipcOf(task: Task): IpcNamespace {
  return task.ns.ipc;
}

/** A number of /proc/sys, by its path there. */
export function sysctlNumber(task: Task, path: string, otherwise: number): number {
  const value = Number(task.kernel.sysctls.get(path) ?? Number.NaN);
  return Number.isNaN(value) ? otherwise : value;
}
