/**
 * Puts the trace between dispatcher and tasks. Answers that would travel with the end of a call are stored at once
 * instead while tracing, since the trace shows them before the guest runs on.
 */
import type { NamedRow } from '#abi/syscalls.ts';
import { ANSWERED } from '#kernel/result.ts';
import type { Task } from '#kernel/task.ts';
import type { ReadMemory } from './guest.ts';
import { NO_RESULT, Strace, type StraceOptions } from './strace.ts';

const noRoom = (): number => -1;

/** Implements the dispatcher's CallTracer. */
export class StraceTracer {
  readonly strace: Strace;

  constructor(options: StraceOptions) {
    this.strace = new Strace(options);
  }

  enter(task: Task, row: NamedRow | undefined, nr: number): void {
    const { thread } = task;
    if (thread.reply !== noRoom) thread.reply = noRoom;
    this.strace.enter(task.tid, row, nr, task.callArgs, reader(task), task.kernel.now());
  }

  exit(task: Task, result: number): void {
    this.strace.exit(task.tid, result === ANSWERED ? NO_RESULT : result, reader(task), task.kernel.now());
  }

  /** The sandbox is over: calls that never ended are shown too. */
  end(): void {
    this.strace.flush();
  }
}

function reader(task: Task): ReadMemory {
  return (addr, target) => {
    const { space } = task.mm;
    return addr >= 0 && addr < task.kernel.platform.guestEnd && space.alive ? space.read(addr, target, 0, target.length) : -1;
  };
}
