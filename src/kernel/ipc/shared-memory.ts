/** System V shared memory (shmop(2)): segments, each a piece of host memory that areas of any address space map. */
import type { HostCalls } from '#platform/platform.ts';
import { SharedMemory } from '#mm/vma.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { realNow } from '../time/clocks.ts';
import { IpcObject, type IpcTable } from './ids.ts';

export const SHM_DEST = 0o1000;
export const SHM_LOCKED = 0o2000;

/** The memory of a segment: it counts its areas, and goes with the last one once the segment was removed. */
class SegmentMemory extends SharedMemory {
  segment: Segment | null = null;
  override get(): this {
    super.get();
    this.segment?.attached();
    return this;
  }
  override put(): void {
    this.segment?.detached();
    super.put();
  }
}

export class Segment extends IpcObject {
  readonly size: number;
  readonly memory: SegmentMemory;
  readonly creator: number;
  lastPid = 0;
  attachedAt = 0;
  detachedAt = 0;
  /** Areas that map it. */
  count = 0;
  readonly #kernel: Kernel;
  readonly #table: IpcTable<Segment>;

  constructor(task: Task, key: number, mode: number, size: number, host: HostCalls, fd: number, table: IpcTable<Segment>) {
    super(task, key, mode);
    this.size = size;
    this.creator = task.pid;
    this.#kernel = task.kernel;
    this.#table = table;
    this.memory = new SegmentMemory(host, fd);
    // The segment's own reference, which is no attachment.
    this.memory.get();
    this.memory.segment = this;
  }

  attached(): void {
    this.count += 1;
    this.attachedAt = this.#now();
    this.lastPid = this.#kernel.current?.pid ?? this.lastPid;
  }
  detached(): void {
    this.count -= 1;
    this.detachedAt = this.#now();
    this.lastPid = this.#kernel.current?.pid ?? this.lastPid;
    if (this.count === 0 && (this.mode & SHM_DEST) !== 0) this.#destroy();
  }
  /** IPC_RMID: at once, or when the last area goes. */
  destroyWhenUnused(): void {
    if (this.count === 0) {
      this.#destroy();
      return;
    }
    this.mode |= SHM_DEST;
    this.#table.forgetKey(this);
  }
  #destroy(): void {
    if (this.removed) return;
    this.#table.remove(this);
    this.memory.segment = null;
    this.memory.put();
  }
  #now(): number {
    return Math.floor(realNow(this.#kernel) / 1e9);
  }
}
