/** process_vm_readv(2), process_vm_writev(2). */
import { EFAULT, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import { IOV_MAX } from '#abi/limits.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const CHUNK = 65536;
const buffer = new Uint8Array(CHUNK);

interface Range {
  readonly addr: number;
  readonly length: number;
}

/** The remote iovec array; -EFAULT, -EINVAL. */
function remoteRanges(task: Task, iov: number, count: number): Range[] | number {
  if (count > IOV_MAX) return -EINVAL;
  const { mem } = task;
  if (!mem.in(iov, count * 16)) return -EFAULT;
  const ranges: Range[] = [];
  for (let i = 0; i < count; i += 1) {
    const u64 = (at: number) => mem.view.getUint32(at, true) + mem.view.getUint32(at + 4, true) * 4294967296;
    if (mem.view.getInt32(i * 16 + 12, true) < 0) return -EINVAL;
    ranges.push({ addr: u64(i * 16), length: u64(i * 16 + 8) });
  }
  return ranges;
}

/** Moves bytes between `io` (the caller's) and the target's ranges until one side is used up or faults. */
function transfer(target: Task, io: Io, ranges: readonly Range[], write: boolean): number {
  const { space } = target.mm;
  let total = 0;
  for (const range of ranges) {
    for (let done = 0; done < range.length && io.remaining > 0; ) {
      const want = Math.min(CHUNK, range.length - done, io.remaining);
      let n: number;
      if (write) {
        const taken = io.take(buffer, 0, want);
        n = taken <= 0 ? taken : space.write(range.addr + done, buffer, 0, taken);
      } else {
        const got = space.read(range.addr + done, buffer, 0, want);
        n = got <= 0 ? got : io.put(buffer, 0, got);
      }
      if (n <= 0) return total > 0 ? total : -EFAULT;
      total += n;
      done += n;
      if (n < want) return total;
    }
  }
  return total;
}

function processVm(
  task: Task,
  pid: number,
  local: number,
  localCount: number,
  remote: number,
  remoteCount: number,
  flags: number,
  write: boolean,
): number {
  if (flags !== 0) return -EINVAL;
  const ranges = remoteRanges(task, remote, remoteCount);
  if (typeof ranges === 'number') return ranges;
  const io = task.mem.ioVector(local, localCount);
  if (typeof io === 'number') return io;
  if (io.remaining === 0 || ranges.every((range) => range.length === 0)) return 0;
  const target = task.kernel.pids.task(task, pid);
  if (target === undefined || target.exiting) return -ESRCH;
  if (!mayInspect(task, target)) return -EPERM;
  return transfer(target, io, ranges, write);
}

export const handlers = {
  process_vm_readv(task, pid, local, localCount, remote, remoteCount, flags) {
    return processVm(task, pid, local, localCount, remote, remoteCount, flags, false);
  },
  process_vm_writev(task, pid, local, localCount, remote, remoteCount, flags) {
    return processVm(task, pid, local, localCount, remote, remoteCount, flags, true);
  },
} satisfies Handlers;
