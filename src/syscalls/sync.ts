/** sync(2), fsync(2), fdatasync(2), syncfs(2), sync_file_range(2), readahead(2), posix_fadvise(2). */
import { EBADF, EINVAL, ESPIPE } from '#abi/errno.ts';
import { O_PATH, POSIX_FADV_NOREUSE, SYNC_FILE_RANGE_WAIT_AFTER, SYNC_FILE_RANGE_WAIT_BEFORE, SYNC_FILE_RANGE_WRITE } from '#abi/fcntl.ts';
import { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '#abi/stat.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

function sync(task: Task, fd: number, dataOnly: boolean): number {
  const file = task.files.get(fd);
  return file === null || (file.flags & O_PATH) !== 0 ? -EBADF : file.sync(dataOnly);
}

const RANGE_FLAGS = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

export const handlers = {
  /** sync(2). */
  sync: (task) => {
    const done = new Set<SuperBlock>();
    for (const { superBlock } of task.ns.mount.mounts()) {
      if (done.has(superBlock)) continue;
      done.add(superBlock);
      superBlock.sync();
    }
    return 0;
  },
  /** fsync(2). */
  fsync: (task, fd) => sync(task, fd, false),
  /** fdatasync(2). */
  fdatasync: (task, fd) => sync(task, fd, true),
  /** syncfs(2). */
  syncfs: (task, fd) => {
    const file = task.files.get(fd);
    return file === null || (file.flags & O_PATH) !== 0 ? -EBADF : Math.min(0, file.inode.superBlock.sync());
  },
  /** sync_file_range(2). The range is not looked at: the whole file is written. */
  sync_file_range: (task, fd, offset, length, flags) => {
    const file = task.files.get(fd);
    if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
    if ((flags & ~RANGE_FLAGS) !== 0 || offset < 0 || length < 0) return -EINVAL;
    const type = file.inode.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) return -ESPIPE;
    return file.sync(true);
  },
  /** readahead(2). Reading ahead is the host's business. */
  readahead: (task, fd) => {
    const file = task.files.get(fd);
    if (file === null || !file.readable) return -EBADF;
    return (file.inode.mode & S_IFMT) === S_IFREG ? 0 : -EINVAL;
  },
  /** posix_fadvise(2). Advice is checked and otherwise has no effect. */
  fadvise64: (task, fd, _offset, length, advice) => {
    const file = task.files.get(fd);
    if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
    if ((file.inode.mode & S_IFMT) === S_IFIFO) return -ESPIPE;
    return length < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE ? -EINVAL : 0;
  },
} satisfies Handlers;
