/** The mqueue file system (mq_overview(7)) as long as there are no message queues: an empty directory in which nothing can be made. */
import type { Task } from '#kernel/task.ts';
import { ListedDirectory } from '../pseudo/pseudo.ts';
import { registerFileSystem } from '../vfs/registry.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';

const MQUEUE_MAGIC = 0x19800202;

class MqueueSuperBlock extends SuperBlock {
  readonly type = 'mqueue';
  readonly root = new ListedDirectory(this, [], 0o1777, 1);
  override statfs(): FsStatistics {
    return { type: MQUEUE_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
}

let instance: MqueueSuperBlock | null = null;

export function registerMqueue(): void {
  registerFileSystem('mqueue', (_task: Task) => {
    instance ??= new MqueueSuperBlock();
    return instance;
  });
}
