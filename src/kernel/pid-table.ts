/** Pids and tids in use: tasks by tid, processes by pid, process groups and sessions by id. Numbers are handed out in rising order and wrap. */
import { EAGAIN } from '#abi/errno.ts';
import type { PidNamespace } from './pid-namespace.ts';
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
  /** For numbers born below the first namespace: where. */
  readonly #below = new Map<number, PidNamespace>();
  #last = 0;

  constructor(max = 32768, maxTasks = 16000) {
    this.max = max;
    this.maxTasks = maxTasks;
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
      if (!this.isTaken(this.#last)) return this.#last;
    }
    return -EAGAIN;
  }
  isTaken(id: number): boolean {
    return this.tasks.has(id) || this.groups.has(id) || this.processGroups.has(id) || this.sessions.has(id);
  }

  /** A number as `viewer` knows it; 0 if it does not. */
  seenBy(viewer: Task, id: number): number {
    return viewer.ns.pid.inside(id);
  }
  /** The task, process or process group that `caller` means by a number. */
  task(caller: Task, number: number): Task | undefined {
    return this.tasks.get(caller.ns.pid.from(number));
  }
  group(caller: Task, number: number): ThreadGroup | undefined {
    return this.groups.get(caller.ns.pid.from(number));
  }
  processGroup(caller: Task, number: number): ProcessGroup | undefined {
    return this.processGroups.get(caller.ns.pid.from(number));
  }

  /** Numbers `id` in `namespace` and those above it, with the numbers asked for (innermost first; 0 or absent: any). 0 or -errno. */
  enter(id: number, namespace: PidNamespace, wanted: readonly number[]): number {
    let level = 0;
    for (let at: PidNamespace = namespace; at.parent !== null; at = at.parent, level += 1) {
      const number = at.enter(id, wanted[level] ?? 0);
      if (number >= 0) continue;
      for (let done: PidNamespace = namespace; done !== at; done = done.parent as PidNamespace) done.forget(id);
      return number;
    }
    if (namespace.parent !== null) this.#below.set(id, namespace);
    return 0;
  }
  /** Something that had this number is gone: when it was the last, the number has no meaning anywhere. */
  release(id: number): void {
    if (this.#below.size === 0 || this.isTaken(id)) return;
    for (let at = this.#below.get(id) ?? null; at !== null; at = at.parent) at.forget(id);
    this.#below.delete(id);
  }
}
