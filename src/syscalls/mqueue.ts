/** mq_open(2), mq_unlink(2), mq_timedsend(2), mq_timedreceive(2), mq_notify(2), mq_getsetattr(2). */
import { EACCES, EAGAIN, EBADF, EEXIST, EFAULT, EINVAL, EMFILE, EMSGSIZE, ENAMETOOLONG, ENOENT, ETIMEDOUT } from '#abi/errno.ts';
import { O_ACCMODE, O_CREAT, O_EXCL, O_NONBLOCK, O_RDWR, O_WRONLY } from '#abi/fcntl.ts';
import { MQ_PRIO_MAX } from '#abi/ipc.ts';
import { decodeMqAttr, encodeMqAttr, MqAttr, newMqAttr } from '#abi/layouts.gen.ts';
import { NAME_MAX } from '#abi/limits.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { NSIG, SIGEV_NONE, SIGEV_SIGNAL } from '#abi/signal.ts';
import { S_IFREG } from '#abi/stat.ts';
import { mqueueMount, type MqueueSuperBlock } from '#fs/mqueue/mqueue-fs.ts';
import { QueueFile, type QueuedMessage, type QueueNotification } from '#fs/mqueue/queue.ts';
import { instantiate, lookupChild } from '#fs/vfs/lookup.ts';
import { removeChild } from '#fs/vfs/names.ts';
import { createAttributes, openFound, openNew } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { realToMonotonic } from '#kernel/time/clocks.ts';
import { type Blocking, pauseUntil } from '#kernel/wait.ts';
import type { Handlers } from './handler.ts';
import { readTimespec } from './timeouts.ts';

const SIGEVENT_SIZE = 64;

/** The C library has taken the slash off. */
function readName(task: Task, addr: number): string | number {
  const name = task.mem.path(addr);
  if (typeof name === 'number') return name;
  if (name === '') return -ENOENT;
  if (name.includes('/') || name === '.' || name === '..') return -EACCES;
  return name.length > NAME_MAX ? -ENAMETOOLONG : name;
}

function openQueue(task: Task, name: string, flags: number, mode: number, attributes: MqAttr | null): OpenFile | number {
  const mount = mqueueMount(task);
  const child = lookupChild(task, mount.root, name);
  if (typeof child === 'number') return child;
  if (child.inode !== null) {
    if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) return -EEXIST;
    if ((flags & O_ACCMODE) === (O_RDWR | O_WRONLY)) return -EINVAL;
    return openFound(task, mount, child, flags & (O_ACCMODE | O_NONBLOCK));
  }
  if ((flags & O_CREAT) === 0) return -ENOENT;
  const { root } = mount.superBlock as MqueueSuperBlock;
  root.wanted = attributes === null ? null : { messages: attributes.mq_maxmsg, size: attributes.mq_msgsize };
  const made = root.create(task, name, createAttributes(task, root, S_IFREG | (mode & 0o777)));
  if (typeof made === 'number') return made;
  instantiate(mount.root, child, made);
  return openNew(task, made, child.at(mount), flags & (O_ACCMODE | O_NONBLOCK));
}

function queueAt(task: Task, fd: number): QueueFile | number {
  const file = task.files.get(fd);
  return file instanceof QueueFile ? file : -EBADF;
}

/** An absolute timeout on CLOCK_REALTIME, as monotonic ns. */
function readDeadline(task: Task, addr: number): number {
  const at = readTimespec(task, addr);
  return at < 0 || at === Infinity ? at : realToMonotonic(task.kernel, at);
}

function store(task: Task, addr: number, priorityAddr: number, message: QueuedMessage): number {
  if (priorityAddr !== 0 && task.mem.writeU32(priorityAddr, message.priority) < 0) return -EFAULT;
  const { bytes } = message;
  return task.mem.write(addr, bytes, 0, bytes.length) < 0 ? -EFAULT : bytes.length;
}
function* waitToReceive(task: Task, file: QueueFile, addr: number, priorityAddr: number, deadlineNs: number): Blocking {
  const { inode } = file;
  let got: QueuedMessage | number = -EAGAIN;
  const attempt = (): number => {
    got = inode.receive();
    return typeof got === 'number' ? got : 0;
  };
  inode.receivers += 1;
  file.get();
  try {
    const result = yield* pauseUntil(task, inode.waitQueue, attempt, { deadlineNs });
    return typeof got === 'number' ? result : store(task, addr, priorityAddr, got);
  } finally {
    inode.receivers -= 1;
    file.put();
  }
}
function* waitToSend(task: Task, file: QueueFile, message: QueuedMessage, deadlineNs: number): Blocking {
  file.get();
  try {
    return yield* pauseUntil(task, file.inode.waitQueue, () => file.inode.send(task, message), { deadlineNs });
  } finally {
    file.put();
  }
}

function readNotification(task: Task, addr: number): QueueNotification | null | number {
  if (addr === 0) return null;
  if (!task.mem.in(addr, SIGEVENT_SIZE)) return -EFAULT;
  const { view } = task.mem;
  const signal = view.getInt32(8, true);
  const how = view.getInt32(12, true);
  if (how === SIGEV_SIGNAL ? signal < 0 || signal > NSIG : how !== SIGEV_NONE) return -EINVAL;
  return { group: task.group, how, signal, valueLo: view.getUint32(0, true), valueHi: view.getUint32(4, true) };
}

export const handlers = {
  mq_open(task, nameAddr, flags, mode, attrAddr) {
    let attributes: MqAttr | null = null;
    if (attrAddr !== 0) {
      if (!task.mem.in(attrAddr, MqAttr.SIZE)) return -EFAULT;
      attributes = decodeMqAttr(task.mem.view, 0, newMqAttr());
    }
    const name = readName(task, nameAddr);
    if (typeof name === 'number') return name;
    const file = openQueue(task, name, flags, mode, attributes);
    if (typeof file === 'number') return file;
    const fd = task.files.install(file, true, task.limit(RLIMIT_NOFILE));
    if (fd >= 0) return fd;
    file.put();
    return -EMFILE;
  },

  mq_unlink(task, nameAddr) {
    const name = readName(task, nameAddr);
    if (typeof name === 'number') return name;
    const mount = mqueueMount(task);
    const child = lookupChild(task, mount.root, name);
    if (typeof child === 'number') return child;
    return child.inode === null ? -ENOENT : removeChild(task, mount, mount.root, child);
  },

  mq_timedsend(task, fd, addr, length, priority, timeoutAddr) {
    const deadline = readDeadline(task, timeoutAddr);
    if (deadline < 0) return deadline;
    if (priority >= MQ_PRIO_MAX) return -EINVAL;
    const file = queueAt(task, fd);
    if (typeof file === 'number' || !file.writable) return -EBADF;
    if (length > file.inode.limits.size) return -EMSGSIZE;
    const bytes = new Uint8Array(length);
    if (task.mem.read(addr, bytes, 0, length) < 0) return -EFAULT;
    const message = { priority, bytes };
    const first = file.inode.send(task, message);
    if (first !== -EAGAIN || (file.flags & O_NONBLOCK) !== 0) return first;
    return deadline <= task.kernel.now() ? -ETIMEDOUT : waitToSend(task, file, message, deadline);
  },

  mq_timedreceive(task, fd, addr, length, priorityAddr, timeoutAddr) {
    const deadline = readDeadline(task, timeoutAddr);
    if (deadline < 0) return deadline;
    const file = queueAt(task, fd);
    if (typeof file === 'number' || !file.readable) return -EBADF;
    if (length < file.inode.limits.size) return -EMSGSIZE;
    const got = file.inode.receive();
    if (typeof got !== 'number') return store(task, addr, priorityAddr, got);
    if ((file.flags & O_NONBLOCK) !== 0) return got;
    return deadline <= task.kernel.now() ? -ETIMEDOUT : waitToReceive(task, file, addr, priorityAddr, deadline);
  },

  /** SIGEV_THREAD, which the C library does over a netlink socket, is refused. */
  mq_notify(task, fd, eventAddr) {
    const wanted = readNotification(task, eventAddr);
    if (typeof wanted === 'number') return wanted;
    const file = queueAt(task, fd);
    return typeof file === 'number' ? file : file.inode.notify(task.group, wanted);
  },

  mq_getsetattr(task, fd, newAddr, oldAddr) {
    let wanted = -1;
    if (newAddr !== 0) {
      if (!task.mem.in(newAddr, MqAttr.SIZE)) return -EFAULT;
      wanted = decodeMqAttr(task.mem.view, 0, newMqAttr()).mq_flags;
      if ((wanted & ~O_NONBLOCK) !== 0) return -EINVAL;
    }
    const file = queueAt(task, fd);
    if (typeof file === 'number') return file;
    const { limits, messages } = file.inode;
    const flags = file.flags & O_NONBLOCK;
    if (wanted >= 0) file.flags = (file.flags & ~O_NONBLOCK) | wanted;
    if (oldAddr === 0) return 0;
    encodeMqAttr(task.mem.view, 0, { mq_flags: flags, mq_maxmsg: limits.messages, mq_msgsize: limits.size, mq_curmsgs: messages.length });
    return task.mem.out(oldAddr, MqAttr.SIZE);
  },
} satisfies Handlers;
