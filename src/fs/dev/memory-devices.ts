/** /dev/null, zero, full, random, urandom (mem(4), random(4)): character devices of major 1. */
import { EINVAL, ENOSPC } from '#abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '#abi/fcntl.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from '../vfs/inode.ts';
import { type Mapping, OpenFile } from '../vfs/open-file.ts';
import { registerCharDevice } from '../vfs/registry.ts';

const MEM_MAJOR = 1;
const CHUNK = 65536;

class MemoryDevice extends OpenFile {
  readonly inode: Inode;
  constructor(inode: Inode, flags: number) {
    super(flags);
    this.inode = inode;
  }
  override get seekable(): boolean {
    return true;
  }
  /** Positions mean nothing: lseek answers 0, as Linux's null_lseek does. */
  override seek(offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return offset === 0 ? 0 : -EINVAL;
    this.pos = 0;
    return 0;
  }
  /** Takes everything and forgets it. */
  override write(_task: Task, io: Io, _pos: number): number {
    const length = io.remaining;
    io.skip(length);
    return length;
  }
}

class Null extends MemoryDevice {
  override read(): number {
    return 0;
  }
}

class Zero extends MemoryDevice {
  override read(_task: Task, io: Io, _pos: number): number {
    return io.putZeros(io.remaining);
  }
  override map(): Mapping {
    return { hostFd: -1, hostOffset: 0 };
  }
}

class Full extends Zero {
  override write(): number {
    return -ENOSPC;
  }
}

const random = new Uint8Array(CHUNK);

class Random extends MemoryDevice {
  override read(_task: Task, io: Io, _pos: number): number {
    let done = 0;
    while (io.remaining > 0) {
      const part = random.subarray(0, Math.min(CHUNK, io.remaining));
      crypto.getRandomValues(part);
      const n = io.put(part, 0, part.length);
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (n < part.length) break;
    }
    return done;
  }
}

/** Minor numbers, as in Linux's admin-guide/devices.txt. */
export const memoryDevices = [
  { minor: 3, name: 'null', make: Null },
  { minor: 5, name: 'zero', make: Zero },
  { minor: 7, name: 'full', make: Full },
  { minor: 8, name: 'random', make: Random },
  { minor: 9, name: 'urandom', make: Random },
] as const;

export function registerMemoryDevices(): void {
  for (const { minor, make } of memoryDevices) registerCharDevice(MEM_MAJOR, minor, (_task, inode, flags) => new make(inode, flags));
}
