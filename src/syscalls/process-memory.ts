/** process_madvise(2), process_mrelease(2), cachestat(2). */
import { CAP_SYS_NICE } from '#abi/capability.ts';
import { EBADF, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, EPERM, ESRCH } from '#abi/errno.ts';
import { IOV_MAX } from '#abi/limits.ts';
import { MADV_COLD, MADV_COLLAPSE, MADV_PAGEOUT, MADV_WILLNEED } from '#abi/mman.ts';
import { S_IFMT, S_IFREG } from '#abi/stat.ts';
import { PidFile } from '#fs/anon/pidfd.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import type { Task } from '#kernel/task.ts';
import { PAGE, pageUp } from '#mm/memory-map.ts';
import type { Handlers } from './handler.ts';

const HINTS = [MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, MADV_COLLAPSE];

/** The living main thread of the process behind a pidfd, or -errno. */
function processAt(task: Task, fd: number): Task | number {
  const file = task.files.get(fd);
  if (!(file instanceof PidFile)) return -EBADF;
  const [live] = file.group.liveThreads;
  return file.alive() < 0 || live === undefined ? -ESRCH : live;
}

export const handlers = {
  /** Hints only, which the host does without. */
  process_madvise(task, fd, vector, count, advice, flags) {
    if (flags !== 0 || count > IOV_MAX) return -EINVAL;
    const { mem } = task;
    if (!mem.in(vector, count * 16)) return -EFAULT;
    const u64 = (at: number): number => mem.view.getUint32(at, true) + mem.view.getUint32(at + 4, true) * 4294967296;
    const ranges = Array.from({ length: count }, (_, i) => ({ addr: u64(i * 16), length: u64(i * 16 + 8) }));
    const target = processAt(task, fd);
    if (typeof target === 'number') return target;
    if (!HINTS.includes(advice)) return -EINVAL;
    if (!mayInspect(task, target)) return -EPERM;
    if (target.mm !== task.mm && !task.capable(CAP_SYS_NICE)) return -EPERM;
    let done = 0;
    for (const { addr, length } of ranges) {
      if (addr % PAGE !== 0) return done > 0 ? done : -EINVAL;
      if (length > 0 && !target.mm.areas.covers(addr, addr + pageUp(length))) return done > 0 ? done : -ENOMEM;
      done += length;
    }
    return done;
  },
  /** Memory of a dying process is gone with it at once. */
  process_mrelease(task, fd, flags) {
    if (flags !== 0) return -EINVAL;
    const target = processAt(task, fd);
    if (typeof target === 'number') return target;
    return target.group.exiting ? 0 : -EINVAL;
  },
  /** All of a file counts as cached. */
  cachestat(task, fd, rangeAddr, outAddr, flags) {
    const file = task.files.get(fd);
    if (file === null) return -EBADF;
    const { mem } = task;
    if (!mem.in(rangeAddr, 16)) return -EFAULT;
    const u64 = (at: number): number => mem.view.getUint32(at, true) + mem.view.getUint32(at + 4, true) * 4294967296;
    const [offset, length] = [u64(0), u64(8)];
    if (flags !== 0) return -EINVAL;
    const { inode } = file;
    if ((inode.mode & S_IFMT) !== S_IFREG) return -EOPNOTSUPP;
    inode.refresh();
    const end = Math.min(length === 0 ? Infinity : pageUp(offset + length), pageUp(inode.size));
    const pages = Math.max(0, Math.ceil((end - Math.floor(offset / PAGE) * PAGE) / PAGE));
    mem.bytes.fill(0, 0, 40);
    mem.view.setUint32(0, pages, true);
    return mem.out(outAddr, 40);
  },
} satisfies Handlers;
