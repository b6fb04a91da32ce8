/** The rows of /proc/sysvipc (sysvipc(7)), in Linux's columns. */
import { ipcOf } from '#kernel/ipc/namespace.ts';
import type { IpcObject } from '#kernel/ipc/ids.ts';
import type { Task } from '#kernel/task.ts';
import { registerSysvRows } from './system.ts';

function column(value: number, width: number): string {
  return String(value).padStart(width);
}
/** Key, identifier and mode begin each row. */
function begin({ key, id, mode }: IpcObject): string {
  return `${column(key, 10)} ${column(id, 10)}  ${mode.toString(8).padStart(4)} `;
}
function owners({ uid, gid, cuid, cgid }: IpcObject): string {
  return [uid, gid, cuid, cgid].map((value) => column(value, 5)).join(' ');
}
function times(...seconds: number[]): string {
  return seconds.map((value) => column(value, 10)).join(' ');
}

function messageQueues(task: Task): string {
  const { pids } = task.kernel;
  let text = '';
  for (const one of ipcOf(task).queues) {
    const users = `${column(pids.seenBy(task, one.lastSender), 5)} ${column(pids.seenBy(task, one.lastReceiver), 5)}`;
    text += `${begin(one)} ${column(one.bytes, 10)} ${column(one.messages.length, 10)} ${users} ${owners(one)} ${times(one.sent, one.received, one.changed)}\n`;
  }
  return text;
}
function semaphoreSets(task: Task): string {
  let text = '';
  for (const one of ipcOf(task).semaphores)
    text += `${begin(one)}${column(one.values.length, 10)} ${owners(one)} ${times(one.operated, one.changed)}\n`;
  return text;
}
function segments(task: Task): string {
  const { pids } = task.kernel;
  let text = '';
  for (const one of ipcOf(task).segments) {
    const users = `${column(pids.seenBy(task, one.creator), 5)} ${column(pids.seenBy(task, one.lastPid), 5)}  ${column(one.count, 5)}`;
    const pages = `${column(0, 21)} ${column(0, 21)}`;
    text += `${begin(one)}${column(one.size, 21)} ${users} ${owners(one)} ${times(one.attachedAt, one.detachedAt, one.changed)} ${pages}\n`;
  }
  return text;
}

export function registerSysvFiles(): void {
  registerSysvRows('msg', messageQueues);
  registerSysvRows('sem', semaphoreSets);
  registerSysvRows('shm', segments);
}
