/**
 * The mqueue file system (mq_overview(7)): one directory of message queues for each IPC namespace. mq_open(2) reaches it through a mount
 * of its own; others may mount it to look.
 */
import { CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { EINVAL, EMFILE, ENOENT, ENOSPC } from '#abi/errno.ts';
import { DT_REG } from '#abi/fcntl.ts';
import { MQ_PRIO_MAX } from '#abi/ipc.ts';
import { RLIMIT_MSGQUEUE } from '#abi/resource.ts';
import { S_IFDIR } from '#abi/stat.ts';
import { type IpcNamespace, ipcOf, sysctlNumber } from '#kernel/ipc/namespace.ts';
import type { Task } from '#kernel/task.ts';
import { touchAll, touchModify } from '../vfs/clock.ts';
import { DirectoryFile } from '../vfs/directory-file.ts';
import { type CreateAttributes, type DirectoryEntry, Inode } from '../vfs/inode.ts';
import { type Mount, mountOf } from '../vfs/mount.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { registerFileSystem } from '../vfs/registry.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';
import { QueueInode } from './queue.ts';

const MQUEUE_MAGIC = 0x19800202;
/** What no privilege goes beyond. */
const HARD_MESSAGES = 65536;
const HARD_SIZE = 16 * 1048576;
/** What Linux counts for each message and each priority in use. */
const PER_MESSAGE = 48;

/** struct mq_attr's two limits. */
export interface QueueLimits {
  readonly messages: number;
  readonly size: number;
}

class MqueueDirectory extends Inode {
  declare readonly superBlock: MqueueSuperBlock;
  readonly queues = new Map<string, QueueInode>();
  /** What the next queue is made with; null for the defaults (open(2) in a mounted mqueue). */
  wanted: QueueLimits | null = null;

  constructor(superBlock: MqueueSuperBlock) {
    super(superBlock, 1, S_IFDIR | 0o1777);
    this.nlink = 2;
    touchAll(this);
  }
  override lookup(_task: Task, name: string): Inode | number {
    return this.queues.get(name) ?? -ENOENT;
  }
  override create(task: Task, name: string, attributes: CreateAttributes): Inode | number {
    const { superBlock } = this;
    const privileged = task.capable(CAP_SYS_RESOURCE);
    if (superBlock.queues >= sysctlNumber(task, 'fs/mqueue/queues_max', 256) && !privileged) return -ENOSPC;
    const limits = this.wanted ?? defaultLimits(task);
    this.wanted = null;
    const { messages, size } = limits;
    if (!(messages > 0 && size > 0)) return -EINVAL;
    const mostMessages = privileged ? HARD_MESSAGES : sysctlNumber(task, 'fs/mqueue/msg_max', 10);
    const mostSize = privileged ? HARD_SIZE : sysctlNumber(task, 'fs/mqueue/msgsize_max', 8192);
    if (messages > mostMessages || size > mostSize) return -EINVAL;
    const charge = messages * size + messages * PER_MESSAGE + Math.min(messages, MQ_PRIO_MAX) * PER_MESSAGE;
    const { uid } = attributes;
    if ((superBlock.charged.get(uid) ?? 0) + charge > task.limit(RLIMIT_MSGQUEUE)) return -EMFILE;
    const queue = new QueueInode(superBlock, superBlock.nextIno++, attributes, limits, charge);
    superBlock.queues += 1;
    superBlock.charged.set(uid, (superBlock.charged.get(uid) ?? 0) + charge);
    this.queues.set(name, queue);
    touchModify(this);
    return queue;
  }
  override unlink(_task: Task, name: string, child: Inode): number {
    this.queues.delete(name);
    child.nlink = 0;
    touchModify(this);
    return 0;
  }
  override open(_task: Task, flags: number): OpenFile {
    return new DirectoryFile(this, flags);
  }
  override list(): DirectoryEntry[] {
    return [...this.queues].map(([name, queue]) => ({ name, ino: queue.ino, type: DT_REG }));
  }
}

function defaultLimits(task: Task): QueueLimits {
  const limit = (name: string, otherwise: number): number => sysctlNumber(task, `fs/mqueue/${name}`, otherwise);
  return {
    messages: Math.min(limit('msg_max', 10), limit('msg_default', 10)),
    size: Math.min(limit('msgsize_max', 8192), limit('msgsize_default', 8192)),
  };
}

export class MqueueSuperBlock extends SuperBlock {
  readonly type = 'mqueue';
  readonly root = new MqueueDirectory(this);
  nextIno = 2;
  queues = 0;
  /** Bytes that RLIMIT_MSGQUEUE counts, by user. */
  readonly charged = new Map<number, number>();
  /** Bytes of messages waiting in all queues. */
  storedBytes = 0;
  override readonly cacheNegative = false;

  queueGone(uid: number, charge: number): void {
    this.queues -= 1;
    const left = (this.charged.get(uid) ?? 0) - charge;
    if (left > 0) this.charged.set(uid, left);
    else this.charged.delete(uid);
  }
  override statfs(): FsStatistics {
    return { type: MQUEUE_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
}

const mounts = new WeakMap<IpcNamespace, Mount>();

/** The mount that mq_open(2) of this task looks in. */
export function mqueueMount(task: Task): Mount {
  const namespace = ipcOf(task);
  let mount = mounts.get(namespace);
  if (mount === undefined) {
    mount = mountOf(new MqueueSuperBlock(), 0, 'mqueue');
    mounts.set(namespace, mount);
  }
  return mount;
}

export function registerMqueue(): void {
  registerFileSystem('mqueue', (task: Task) => mqueueMount(task).superBlock);
}
