/** msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
import { EAGAIN, EFAULT, EINVAL, ENOMSG, EPERM, ERESTARTNOHAND } from '#abi/errno.ts';
import { CAP_SYS_RESOURCE } from '#abi/capability.ts';
import {
  IPC_INFO,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_INFO,
  MSG_STAT,
  MSG_STAT_ANY,
  MSGMAP,
  MSGMAX,
  MSGMNB,
  MSGMNI,
  MSGPOOL,
  MSGSEG,
  MSGSSZ,
  MSGTQL,
} from '#abi/ipc.ts';
import { encodeMsginfo, encodeMsqid64Ds, Msginfo, Msqid64Ds } from '#abi/layouts.gen.ts';
import { type Message, MessageQueue } from '#kernel/ipc/messages.ts';
import { ipcOf, sysctlNumber } from '#kernel/ipc/namespace.ts';
import type { Task } from '#kernel/task.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers } from './handler.ts';
import { ownedTarget, setPermissions, statTarget } from './ipc-perm.ts';

const TYPE_SIZE = 8;

const maxSize = (task: Task): number => sysctlNumber(task, 'kernel/msgmax', MSGMAX);
const maxBytes = (task: Task): number => sysctlNumber(task, 'kernel/msgmnb', MSGMNB);
const maxQueues = (task: Task): number => sysctlNumber(task, 'kernel/msgmni', MSGMNI);

/** A size argument as Linux's signed long has it: the upper half of the range is negative. */
function isNegative(size: number): boolean {
  return size >= 2 ** 63;
}

function storeInfo(task: Task, cmd: number, addr: number): number {
  const { queues, messageTotals } = ipcOf(task);
  const used = cmd === MSG_INFO;
  encodeMsginfo(task.mem.view, 0, {
    msgpool: used ? queues.count : MSGPOOL,
    msgmap: used ? messageTotals.messages : MSGMAP,
    msgmax: maxSize(task),
    msgmnb: maxBytes(task),
    msgmni: maxQueues(task),
    msgssz: MSGSSZ,
    msgtql: used ? messageTotals.bytes : MSGTQL,
    msgseg: MSGSEG,
  });
  return task.mem.out(addr, Msginfo.SIZE) < 0 ? -EFAULT : queues.highest;
}

function stat(task: Task, id: number, cmd: number, addr: number): number {
  const queue = statTarget(task, ipcOf(task).queues, id, cmd !== IPC_STAT, cmd === MSG_STAT_ANY);
  if (typeof queue === 'number') return queue;
  const { pids } = task.kernel;
  encodeMsqid64Ds(task.mem.view, 0, {
    msg_perm: queue.permissionsFor(task),
    msg_stime: queue.sent,
    msg_rtime: queue.received,
    msg_ctime: queue.changed,
    msg_cbytes: queue.bytes,
    msg_qnum: queue.messages.length,
    msg_qbytes: queue.maxBytes,
    msg_lspid: pids.seenBy(task, queue.lastSender),
    msg_lrpid: pids.seenBy(task, queue.lastReceiver),
  });
  if (task.mem.out(addr, Msqid64Ds.SIZE) < 0) return -EFAULT;
  return cmd === IPC_STAT ? 0 : queue.id;
}

function set(task: Task, id: number, addr: number): number {
  const queue = ownedTarget(task, ipcOf(task).queues, id, addr, Msqid64Ds.SIZE);
  if (typeof queue === 'number') return queue;
  const { view } = task.mem;
  const bytes = view.getUint32(Msqid64Ds.OFF_msg_qbytes, true) + view.getUint32(Msqid64Ds.OFF_msg_qbytes + 4, true) * 4294967296;
  if (bytes > maxBytes(task) && !task.capable(CAP_SYS_RESOURCE)) return -EPERM;
  const failed = setPermissions(task, queue);
  if (failed < 0) return failed;
  queue.maxBytes = bytes;
  queue.readers.wakeAll();
  queue.writers.wakeAll();
  return 0;
}

/** Stores what was received; its length. */
function store(task: Task, addr: number, message: Message, size: number): number {
  const { view } = task.mem;
  view.setUint32(0, message.type >>> 0, true);
  view.setUint32(4, Math.floor(message.type / 4294967296), true);
  const length = Math.min(message.bytes.length, size);
  if (task.mem.writeNow(addr, task.mem.bytes, 0, TYPE_SIZE) < 0) return -EFAULT;
  if (length > 0 && task.mem.writeNow(addr + TYPE_SIZE, message.bytes, 0, length) < 0) return -EFAULT;
  return length;
}
function* waitToReceive(task: Task, queue: MessageQueue, addr: number, size: number, type: number, flags: number): Blocking {
  let got: Message | number = -ENOMSG;
  const attempt = (): number => {
    got = queue.receive(task, type, size, flags);
    return got === -ENOMSG ? -EAGAIN : 0;
  };
  const result = yield* pauseUntil(task, queue.readers, attempt, { onSignal: -ERESTARTNOHAND });
  if (result < 0) return result;
  return typeof got === 'number' ? got : store(task, addr, got, size);
}

export const handlers = {
  msgget(task, key, flags) {
    const { queues, messageTotals } = ipcOf(task);
    const make = (): MessageQueue => new MessageQueue(task, key, flags, maxBytes(task), messageTotals);
    return queues.find(task, key, flags, maxQueues(task), () => 0, make);
  },

  msgsnd(task, id, addr, size, flags) {
    if (!task.mem.in(addr, TYPE_SIZE)) return -EFAULT;
    const { view } = task.mem;
    const type = view.getInt32(4, true) * 4294967296 + view.getUint32(0, true);
    if (isNegative(size) || size > maxSize(task) || id < 0 || type < 1) return -EINVAL;
    const bytes = new Uint8Array(size);
    if (task.mem.read(addr + TYPE_SIZE, bytes, 0, size) < 0) return -EFAULT;
    const queue = ipcOf(task).queues.get(id);
    if (typeof queue === 'number') return queue;
    const message = { type, bytes };
    const first = queue.send(task, message);
    if (first !== -EAGAIN || (flags & IPC_NOWAIT) !== 0) return first;
    return pauseUntil(task, queue.writers, () => queue.send(task, message), { onSignal: -ERESTARTNOHAND });
  },

  msgrcv(task, id, addr, size, type, flags) {
    if (id < 0 || isNegative(size)) return -EINVAL;
    if ((flags & MSG_COPY) !== 0 && ((flags & MSG_EXCEPT) !== 0 || (flags & IPC_NOWAIT) === 0)) return -EINVAL;
    const queue = ipcOf(task).queues.get(id);
    if (typeof queue === 'number') return queue;
    const got = queue.receive(task, type, size, flags);
    if (typeof got !== 'number') return store(task, addr, got, size);
    if (got !== -ENOMSG || (flags & IPC_NOWAIT) !== 0) return got;
    return waitToReceive(task, queue, addr, size, type, flags);
  },

  msgctl(task, id, cmd, addr) {
    if (id < 0 || cmd < 0) return -EINVAL;
    const { queues } = ipcOf(task);
    switch (cmd) {
      case IPC_INFO:
      case MSG_INFO:
        return storeInfo(task, cmd, addr);
      case IPC_STAT:
      case MSG_STAT:
      case MSG_STAT_ANY:
        return stat(task, id, cmd, addr);
      case IPC_SET:
        return set(task, id, addr);
      case IPC_RMID: {
        const queue = ownedTarget(task, queues, id, 0, 0);
        if (typeof queue === 'number') return queue;
        queues.remove(queue);
        queue.drop();
        return 0;
      }
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
