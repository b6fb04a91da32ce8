/** Pids and tids in use: tasks by tid, processes by pid, process groups and sessions by id. Numbers are handed out in rising order and wrap. */
import { EAGAIN } from '#abi/errno.ts';
import type { ProcessGroup, Session } from './session.ts';
import type { Task } from './task.ts';
import type { ThreadGroup } from './thread-group.ts';

const FIRST_AFTER_WRAP = 300;

export class PidTable {
  readonly max: number;
  /** Most tasks at once. */
  readonly maxTasks: number;
  readonly tasks = new Map<number, Task>();
  readonly groups = new Map<number, ThreadGroup>();
  readonly processGroups = new Map<number, ProcessGroup>();
  readonly sessions = new Map<number, Session>();
  #last = 0;

  constructor(max = 32768, maxTasks = 16000) {
    this.max = max;
    this.maxTasks = maxTasks;
  }
  /** A process or thread number as `viewer` knows it; 0 if it does not. */
  seenBy(_viewer: Task, id: number): number {
    return id;
  }
  /** Last number handed out (/proc/loadavg). */
  get last(): number {
    return this.#last;
  }
  /** A free number, or -EAGAIN. It is taken when something is entered under it. */
  allocate(): number {
    if (this.tasks.size >= this.maxTasks) return -EAGAIN;
    for (let tries = 0; tries < this.max; tries += 1) {
      this.#last += 1;
      if (this.#last >= this.max) this.#last = FIRST_AFTER_WRAP;
      const id = this.#last;
      if (!this.tasks.has(id) && !this.groups.has(id) && !this.processGroups.has(id) && !this.sessions.has(id)) return id;
    }
    return -EAGAIN;
  }
}
