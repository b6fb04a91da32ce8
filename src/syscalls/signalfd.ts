import { EBADF, EFAULT, EINVAL } from '#abi/errno.ts';
import { SIGKILL, SIGSTOP } from '#abi/signal.ts';
import { SFD_CLOEXEC, SFD_NONBLOCK } from '#abi/signalfd.ts';
import { SignalFd } from '#fs/anon/signalfd.ts';
import { sigset, sigsetWithout } from '#kernel/sigset.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { installFile } from './pipe.ts';

/** signalfd4: signalfd(2). */
function signalfd4(task: Task, fd: number, maskAddr: number, size: number, flags: number): number {
  if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) !== 0 || size !== 8) return -EINVAL;
  if (!task.mem.in(maskAddr, 8)) return -EFAULT;
  const { view } = task.mem;
  const mask = sigsetWithout(sigsetWithout(sigset(view.getUint32(0, true), view.getUint32(4, true)), SIGKILL), SIGSTOP);
  if (fd === -1) return installFile(task, new SignalFd(task, mask, flags & SFD_NONBLOCK), (flags & SFD_CLOEXEC) !== 0);
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  if (!(file instanceof SignalFd)) return -EINVAL;
  file.mask = mask;
  file.waitQueue.wakeAll();
  return fd;
}

export const handlers = {
  signalfd: (task, fd, mask, size) => signalfd4(task, fd, mask, size, 0),
  signalfd4,
} satisfies Handlers;
