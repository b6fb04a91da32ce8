/** Signals that files send: SIGPIPE to the writer, terminal signals to process groups, SIGIO to owners. */
import { SI_KERNEL } from '#abi/signal.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import type { ProcessGroup } from '#kernel/session.ts';
import { sendToGroup, sendToTask } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';

/** A signal that the task's own call caused (SIGPIPE). */
export function signalSelf(task: Task, signal: number): void {
  sendToTask(task, sigInfo(signal, SI_KERNEL));
}

/** A signal of the kernel to every process of a process group (SIGINT, SIGHUP, SIGTTOU, ...). */
export function signalProcessGroup(group: ProcessGroup, signal: number): void {
  for (const member of [...group.members]) sendToGroup(member, sigInfo(signal, SI_KERNEL));
}
