/** All handlers, from the family files. A name that two families claim is a bug. */
import { handlers as clone } from './clone.ts';
import { handlers as exec } from './exec.ts';
import { handlers as pipe } from './pipe.ts';
import { handlers as poll } from './poll.ts';
import { handlers as epoll } from './epoll.ts';
import { handlers as eventfd } from './eventfd.ts';
import { handlers as creds } from './creds.ts';
import { handlers as futex } from './futex.ts';
import { handlers as open } from './open.ts';
import { handlers as readWrite } from './read-write.ts';
import { handlers as signal } from './signal.ts';
import { handlers as stat } from './stat.ts';
import { handlers as archPrctl } from './arch-prctl.ts';
import { handlers as attributes } from './attributes.ts';
import { handlers as link } from './link.ts';
import { handlers as directory } from './directory.ts';
import { handlers as fcntl } from './fcntl.ts';
import { handlers as limits } from './limits.ts';
import { handlers as time } from './time.ts';
import { handlers as timer } from './timer.ts';
import { handlers as misc } from './misc.ts';
import { handlers as pidfd } from './pidfd.ts';
import { handlers as prctl } from './prctl.ts';
import { handlers as sched } from './sched.ts';
import { handlers as socket } from './socket.ts';
import { handlers as socketMessage } from './socket-message.ts';
import { handlers as signalfd } from './signalfd.ts';
import { handlers as timerfd } from './timerfd.ts';
import { handlers as inotify } from './inotify.ts';
import { handlers as tty } from './tty.ts';
import { handlers as xattr } from './xattr.ts';
import { handlers as sync } from './sync.ts';
import { handlers as copy } from './copy.ts';
import { handlers as memfd } from './memfd.ts';
import { handlers as mount } from './mount.ts';
import { handlers as processVm } from './process-vm.ts';
import { handlers as fileHandle } from './file-handle.ts';
import { handlers as mountApi } from './mount-api.ts';
import { handlers as statmount } from './statmount.ts';
import type { Handlers } from './handler.ts';
import { handlers as ids } from './ids.ts';
import { handlers as memory } from './memory.ts';
import { handlers as mqueue } from './mqueue.ts';
import { handlers as namespaces } from './namespaces.ts';
import { handlers as ptrace } from './ptrace.ts';
import { handlers as aio } from './aio.ts';
import { handlers as memoryPolicy } from './memory-policy.ts';
import { handlers as processMemory } from './process-memory.ts';
import { handlers as kcmp } from './kcmp.ts';
import { handlers as sysvMsg } from './sysv-msg.ts';
import { handlers as sysvSem } from './sysv-sem.ts';
import { handlers as sysvShm } from './sysv-shm.ts';
import { handlers as wait } from './wait.ts';

const families: readonly Handlers[] = [
  clone,
  exec,
  pipe,
  poll,
  epoll,
  eventfd,
  creds,
  futex,
  open,
  readWrite,
  signal,
  stat,
  archPrctl,
  attributes,
  link,
  directory,
  fcntl,
  limits,
  time,
  timer,
  misc,
  pidfd,
  prctl,
  sched,
  socket,
  socketMessage,
  signalfd,
  timerfd,
  inotify,
  tty,
  xattr,
  sync,
  copy,
  memfd,
  mount,
  ids,
  memory,
  wait,
  kcmp,
  aio,
  memoryPolicy,
  processMemory,
  ptrace,
  namespaces,
  mqueue,
  sysvMsg,
  sysvSem,
  sysvShm,
  processVm,
  mountApi,
  fileHandle,
  statmount,
];

function compose(): Handlers {
  const all: Record<string, unknown> = {};
  for (const family of families) {
    for (const [name, handler] of Object.entries(family)) {
      if (name in all) throw new Error(`two handlers for ${name}`);
      all[name] = handler;
    }
  }
  return all;
}

export const handlers: Handlers = compose();
