/** POSIX message queues (mq_overview(7)): messages by priority, and one process that may ask to be told of the first. */
import { EAGAIN, EBUSY, EMSGSIZE, ENOMEM } from '#abi/errno.ts';
import { EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM } from '#abi/poll.ts';
import { SI_MESGQ, SIGEV_SIGNAL } from '#abi/signal.ts';
import { S_IFREG } from '#abi/stat.ts';
import type { Io } from '#kernel/io.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { sendToGroup } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import { WaitQueue } from '#kernel/wait.ts';
import { touchAll, touchModify } from '../vfs/clock.ts';
import { type AttributeChange, type CreateAttributes, Inode } from '../vfs/inode.ts';
import { OpenFile } from '../vfs/open-file.ts';
import type { MqueueSuperBlock, QueueLimits } from './mqueue-fs.ts';

/** Length that stat shows of every queue. */
const FILE_SIZE = 80;
/** Messages of all queues are the kernel's own memory. */
const MOST_BYTES = 256 * 1048576;

export interface QueuedMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

/** Who is told when a message comes to an empty queue. */
export interface QueueNotification {
  readonly group: ThreadGroup;
  /** SIGEV_SIGNAL or SIGEV_NONE. */
  readonly how: number;
  readonly signal: number;
  readonly valueLo: number;
  readonly valueHi: number;
}

export class QueueInode extends Inode {
  declare readonly superBlock: MqueueSuperBlock;
  readonly limits: QueueLimits;
  readonly #charge: number;
  readonly #owner: number;
  /** Highest priority first; the oldest first among equals. */
  readonly messages: QueuedMessage[] = [];
  readonly waitQueue = new WaitQueue();
  /** Receivers asleep: a message for them tells nobody else. */
  receivers = 0;
  notification: QueueNotification | null = null;
  #bytes = 0;

  constructor(superBlock: MqueueSuperBlock, ino: number, attributes: CreateAttributes, limits: QueueLimits, charge: number) {
    super(superBlock, ino, S_IFREG | (attributes.mode & 0o7777));
    this.uid = this.#owner = attributes.uid;
    this.gid = attributes.gid;
    this.size = FILE_SIZE;
    this.limits = limits;
    this.#charge = charge;
    touchAll(this);
  }
  override open(_task: Task, flags: number): OpenFile {
    return new QueueFile(this, flags);
  }
  override setAttributes(_task: Task | null, change: AttributeChange): number {
    if (change.mode !== undefined) this.mode = S_IFREG | (change.mode & 0o7777);
    if (change.uid !== undefined) this.uid = change.uid;
    if (change.gid !== undefined) this.gid = change.gid;
    if (change.atime !== undefined) [this.atimeSec, this.atimeNsec] = change.atime;
    if (change.mtime !== undefined) [this.mtimeSec, this.mtimeNsec] = change.mtime;
    if (change.ctime !== undefined) [this.ctimeSec, this.ctimeNsec] = change.ctime;
    return 0;
  }
  override evict(): void {
    this.superBlock.storedBytes -= this.#bytes;
    this.#bytes = 0;
    this.messages.length = 0;
    this.superBlock.queueGone(this.#owner, this.#charge);
  }

  /** 0, -EAGAIN when full, -EMSGSIZE, -ENOMEM. */
  send(task: Task, message: QueuedMessage): number {
    const { messages, superBlock } = this;
    const { length } = message.bytes;
    if (length > this.limits.size) return -EMSGSIZE;
    if (messages.length >= this.limits.messages) return -EAGAIN;
    if (superBlock.storedBytes + length > MOST_BYTES) return -ENOMEM;
    let at = messages.length;
    while (at > 0 && (messages[at - 1] as QueuedMessage).priority < message.priority) at -= 1;
    messages.splice(at, 0, message);
    this.#bytes += length;
    superBlock.storedBytes += length;
    if (messages.length === 1 && this.receivers === 0) this.#tell(task);
    touchModify(this);
    this.waitQueue.wakeAll(EPOLLIN | EPOLLRDNORM);
    return 0;
  }
  receive(): QueuedMessage | number {
    const message = this.messages.shift();
    if (message === undefined) return -EAGAIN;
    this.#bytes -= message.bytes.length;
    this.superBlock.storedBytes -= message.bytes.length;
    touchModify(this);
    this.waitQueue.wakeAll(EPOLLOUT | EPOLLWRNORM);
    return message;
  }

  /** mq_notify(2): asks, or (null) no longer. 0 or -EBUSY. */
  notify(group: ThreadGroup, wanted: QueueNotification | null): number {
    if (wanted === null) {
      if (this.notification?.group === group) this.notification = null;
      return 0;
    }
    if (this.notification !== null && !this.notification.group.zombie) return -EBUSY;
    this.notification = wanted;
    return 0;
  }
  #tell(task: Task): void {
    const { notification } = this;
    if (notification === null) return;
    this.notification = null;
    const { group, how, signal, valueLo, valueHi } = notification;
    if (how === SIGEV_SIGNAL) sendToGroup(group, sigInfo(signal, SI_MESGQ, { pid: task.pid, uid: task.creds.uid, valueLo, valueHi }));
  }
}

export class QueueFile extends OpenFile {
  readonly inode: QueueInode;
  constructor(inode: QueueInode, flags: number) {
    super(flags, inode.waitQueue);
    this.inode = inode;
  }
  override get seekable(): boolean {
    return true;
  }
  /** What `cat /dev/mqueue/NAME` shows. */
  override read(task: Task, io: Io, pos: number): number {
    const { messages, notification } = this.inode;
    const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0);
    const pid = notification === null ? 0 : task.kernel.pids.seenBy(task, notification.group.pid);
    const text = Buffer.from(
      `QSIZE:${String(bytes).padEnd(10)} NOTIFY:${String(notification?.how ?? 0).padEnd(5)} ` +
        `SIGNO:${String(notification?.how === SIGEV_SIGNAL ? notification.signal : 0).padEnd(5)} NOTIFY_PID:${String(pid).padEnd(6)}\n`,
    );
    return pos >= text.length ? 0 : io.put(text, pos, text.length - pos);
  }
  override poll(): number {
    const { messages, limits } = this.inode;
    return (messages.length > 0 ? EPOLLIN | EPOLLRDNORM : 0) | (messages.length < limits.messages ? EPOLLOUT | EPOLLWRNORM : 0);
  }
  override flush(task: Task): number {
    return this.inode.notify(task.group, null);
  }
}
