/** System V message queues (msgop(2)). */
import { EAGAIN, EIDRM, E2BIG, ENOMEM, ENOMSG } from '#abi/errno.ts';
import { MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from '#abi/ipc.ts';
import type { Task } from '../task.ts';
import { WaitQueue } from '../wait.ts';
import { IpcObject, nowSeconds } from './ids.ts';

export interface Message {
  /** Positive; exact below 2^53. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** What all queues of a namespace hold together: messages are the kernel's own memory. */
export class MessageTotals {
  static readonly MAX_BYTES = 256 * 1048576;
  static readonly MAX_MESSAGES = 1_000_000;
  bytes = 0;
  messages = 0;
}

export class MessageQueue extends IpcObject {
  readonly messages: Message[] = [];
  readonly totals: MessageTotals;
  bytes = 0;
  maxBytes: number;
  sent = 0;
  received = 0;
  lastSender = 0;
  lastReceiver = 0;
  readonly readers = new WaitQueue();
  readonly writers = new WaitQueue();

  constructor(task: Task, key: number, mode: number, maxBytes: number, totals: MessageTotals) {
    super(task, key, mode);
    this.maxBytes = maxBytes;
    this.totals = totals;
  }

  /** 0; -EAGAIN when full, -EIDRM, -EACCES, -ENOMEM. */
  send(task: Task, message: Message): number {
    if (this.removed) return -EIDRM;
    const allowed = this.access(task, 0o222);
    if (allowed < 0) return allowed;
    const { length } = message.bytes;
    if (this.bytes + length > this.maxBytes || this.messages.length + 1 > this.maxBytes) return -EAGAIN;
    const { totals } = this;
    if (totals.bytes + length > MessageTotals.MAX_BYTES || totals.messages >= MessageTotals.MAX_MESSAGES) return -ENOMEM;
    this.messages.push(message);
    this.bytes += length;
    totals.bytes += length;
    totals.messages += 1;
    this.sent = nowSeconds(task);
    this.lastSender = task.pid;
    this.readers.wakeAll();
    return 0;
  }

  /** Takes the message that `type` and `flags` choose; -ENOMSG if there is none, -E2BIG, -EIDRM, -EACCES. */
  receive(task: Task, type: number, size: number, flags: number): Message | number {
    if (this.removed) return -EIDRM;
    const allowed = this.access(task, 0o444);
    if (allowed < 0) return allowed;
    const at = this.#choose(type, flags);
    if (at < 0) return -ENOMSG;
    const message = this.messages[at] as Message;
    if (message.bytes.length > size && (flags & MSG_NOERROR) === 0) return -E2BIG;
    if ((flags & MSG_COPY) !== 0) return message;
    this.messages.splice(at, 1);
    this.#gone(message);
    this.received = nowSeconds(task);
    this.lastReceiver = task.pid;
    this.writers.wakeAll();
    return message;
  }

  #choose(type: number, flags: number): number {
    const { messages } = this;
    if ((flags & MSG_COPY) !== 0) return type >= 0 && type < messages.length ? type : -1;
    if (type === 0) return messages.length > 0 ? 0 : -1;
    if (type > 0) return messages.findIndex((one) => (one.type === type) !== ((flags & MSG_EXCEPT) !== 0));
    let best = -1;
    messages.forEach((one, i) => {
      if (one.type <= -type && (best < 0 || one.type < (messages[best] as Message).type)) best = i;
    });
    return best;
  }
  #gone(message: Message): void {
    this.bytes -= message.bytes.length;
    this.totals.bytes -= message.bytes.length;
    this.totals.messages -= 1;
  }

  drop(): void {
    for (const message of this.messages) this.#gone(message);
    this.messages.length = 0;
    this.readers.wakeAll();
    this.writers.wakeAll();
  }
}
