/** execve(2), execveat(2). */
import { EINVAL } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '#abi/fcntl.ts';
import { execTask, readExecStrings } from '#kernel/process/exec.ts';
import { afterExec } from '#kernel/ptrace/stop.ts';
import { ANSWERED } from '#kernel/result.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers, Result } from './handler.ts';

function exec(task: Task, dirFd: number, pathAddr: number, argv: number, envp: number, flags: number): Result {
  const path = task.mem.path(pathAddr);
  if (typeof path === 'number') return path;
  const strings = readExecStrings(task, argv, envp);
  if (typeof strings === 'number') return strings;
  const oldTid = task.tid;
  const result = execTask(task, { dirFd, path, args: strings.args, env: strings.env, flags });
  if (result < 0) return task.exiting ? ANSWERED : result;
  return afterExec(task, oldTid);
}

export const handlers = {
  execve(task, path, argv, envp) {
    return exec(task, AT_FDCWD, path, argv, envp, 0);
  },
  execveat(task, dirFd, path, argv, envp, flags) {
    if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL;
    return exec(task, dirFd, path, argv, envp, flags);
  },
} satisfies Handlers;
