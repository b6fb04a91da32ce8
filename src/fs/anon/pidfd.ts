/** pidfd: a process as a file (pidfd_open(2)). It polls readable once the process has ended. */
import { ESRCH } from '#abi/errno.ts';
import { O_NONBLOCK, O_RDWR } from '#abi/fcntl.ts';
import { EPOLLHUP, EPOLLIN, EPOLLRDNORM } from '#abi/poll.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import type { WaitQueue } from '#kernel/wait.ts';
import { anonInode } from './pseudo-fs.ts';

export class PidFile extends OpenFile {
  readonly group: ThreadGroup;
  override readonly waitQueue: WaitQueue;

  constructor(group: ThreadGroup, flags: number) {
    super(O_RDWR | (flags & O_NONBLOCK));
    this.group = group;
    this.waitQueue = group.exitWait;
  }
  get inode(): Inode {
    return anonInode;
  }
  get nonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }
  /** The process has been waited for. */
  get reaped(): boolean {
    return this.group.leader.kernel.pids.groups.get(this.group.pid) !== this.group;
  }
  /** 0, or -ESRCH when the process can no longer be signalled. */
  alive(): number {
    return this.reaped ? -ESRCH : 0;
  }
  override poll(): number {
    if (this.reaped) return EPOLLIN | EPOLLRDNORM | EPOLLHUP;
    return this.group.zombie ? EPOLLIN | EPOLLRDNORM : 0;
  }
  override describe(): string {
    return 'anon_inode:[pidfd]';
  }
  override fdinfo(): string {
    const pid = this.reaped ? -1 : this.group.pid;
    return `Pid:\t${pid}\nNSpid:\t${pid}\n`;
  }
}

/** Opens a pidfd for `child`'s process, close-on-exec; the descriptor or -EMFILE. */
export function newPidfd(task: Task, child: Task, flags: number): number {
  const file = new PidFile(child.group, flags);
  const fd = task.files.install(file, true, task.limit(RLIMIT_NOFILE));
  if (fd < 0) file.put();
  return fd;
}
