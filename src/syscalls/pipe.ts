import { EFAULT, EINVAL, ENOPKG } from '#abi/errno.ts';
import { O_CLOEXEC, O_DIRECT, O_EXCL, O_NONBLOCK } from '#abi/fcntl.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { newPipe } from '#fs/pipe/pipe-file.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const pair = new Uint8Array(8);
const pairView = new DataView(pair.buffer);

/** Installs two files (whose references it takes) and stores their descriptors at `addr`; undoes all on failure. */
export function installPair(task: Task, first: OpenFile, second: OpenFile, cloexec: boolean, addr: number): number {
  const limit = task.limit(RLIMIT_NOFILE);
  const a = task.files.install(first, cloexec, limit);
  if (a < 0) {
    first.put();
    second.put();
    return a;
  }
  const b = task.files.install(second, cloexec, limit);
  if (b < 0) {
    task.files.close(task, a);
    second.put();
    return b;
  }
  pairView.setInt32(0, a, true);
  pairView.setInt32(4, b, true);
  // Stored at once and not with the answer: a fault must take the descriptors back.
  if (task.mem.writeNow(addr, pair, 0, 8) < 0) {
    task.files.close(task, a);
    task.files.close(task, b);
    return -EFAULT;
  }
  return 0;
}

/** Installs one file (whose reference it takes); its descriptor or -EMFILE. */
export function installFile(task: Task, file: OpenFile, cloexec: boolean): number {
  const fd = task.files.install(file, cloexec, task.limit(RLIMIT_NOFILE));
  if (fd < 0) file.put();
  return fd;
}

/** pipe2(2). Notification pipes (watch_queue) are not built in: ENOPKG, as Linux answers then. */
function pipe2(task: Task, addr: number, flags: number): number {
  if ((flags & O_EXCL) !== 0) return -ENOPKG;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  const [reader, writer] = newPipe(task, flags & (O_NONBLOCK | O_DIRECT));
  return installPair(task, reader, writer, (flags & O_CLOEXEC) !== 0, addr);
}

export const handlers = {
  pipe: (task, addr) => pipe2(task, addr, 0),
  pipe2,
} satisfies Handlers;
