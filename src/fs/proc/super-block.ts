/** The proc file system: /proc as this kernel's own state has it. */
import { PROC_SUPER_MAGIC } from '#abi/magic.ts';
import type { PidNamespace } from '#kernel/pid-namespace.ts';
import type { Task } from '#kernel/task.ts';
import type { PseudoDirectory } from '../pseudo/pseudo.ts';
import type { Inode } from '../vfs/inode.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';
import { ProcRoot } from './root.ts';

export class ProcSuperBlock extends SuperBlock {
  readonly type = 'proc';
  readonly root: PseudoDirectory;
  /** Names here come and go with processes. */
  override readonly cacheNames = false;
  /** Whose processes it shows, under which numbers; null: whoever looks. */
  readonly pids: PidNamespace | null;
  constructor(pids: PidNamespace | null) {
    super();
    this.pids = pids;
    this.root = new ProcRoot(this);
  }
  override statfs(): FsStatistics {
    return { type: PROC_SUPER_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
  override revalidate(_parent: Inode, _name: string, _inode: Inode | null): boolean {
    return false;
  }
}

/** Mounts a new instance (mount -t proc). */
export function mountProc(task: Task | null): ProcSuperBlock {
  return new ProcSuperBlock(task?.ns.pid ?? null);
}
