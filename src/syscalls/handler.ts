/** The form of a system call handler: a plain function of the task and the decoded arguments; see ArgsOf in #abi/syscalls.ts. */
import type { Handlers as HandlersOf } from '#abi/syscalls.ts';
import type { Task } from '#kernel/task.ts';
import type { Blocking } from '#kernel/wait.ts';

/** A value, -errno, or a generator for a call that sleeps. */
export type Result = number | Blocking;

/** Handlers by system call name. A family file exports `handlers` that satisfies this. */
export type Handlers = HandlersOf<Task, Result>;
