/** unshare(2), setns(2). */
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT } from '#abi/capability.ts';
import { EBADF, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWIPC,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VM,
} from '#abi/sched.ts';
import { PidFile } from '#fs/anon/pidfd.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import { NamespaceFile, type NamespaceKind, namespaceKinds } from '#fs/proc/nsfs.ts';
import { MountNamespace } from '#fs/vfs/mount-namespace.ts';
import { leaveUndo } from '#kernel/ipc/semaphores.ts';
import type { Namespaces } from '#kernel/namespaces.ts';
import { PidNamespace } from '#kernel/pid-namespace.ts';
import { cloneNamespaces, NAMESPACE_FLAGS } from '#kernel/process/unshare.ts';
import { enterUserNamespace, newUserNamespace } from '#kernel/process/user-namespace.ts';
import type { Task } from '#kernel/task.ts';
import { ownerOf, UserNamespace } from '#kernel/user-namespace.ts';
import type { Handlers } from './handler.ts';

const KNOWN = CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM | CLONE_NEWUSER | NAMESPACE_FLAGS;

/** Gives the task a context of its own. */
function unshareFs(task: Task): void {
  if (task.fs.refs === 1) return;
  task.fs.refs -= 1;
  task.fs = task.fs.copy();
}
function unshareFiles(task: Task): void {
  if (task.files.refs === 1) return;
  task.files.refs -= 1;
  task.files = task.files.copy();
}

type Chosen = Partial<Record<NamespaceKind, Namespaces[NamespaceKind]>>;

/** May the task enter all of them? 0 or -errno. `from`: capabilities count in it once it is entered. */
function mayEnter(task: Task, chosen: Chosen): number {
  const { creds } = task;
  const entered = chosen.user instanceof UserNamespace ? chosen.user : creds.userNs;
  const own = (cap: number): boolean => (entered === creds.userNs ? creds.capableIn(entered, cap) : true);
  for (const [kind, namespace] of Object.entries(chosen)) {
    if (kind === 'user') {
      if (namespace === creds.userNs || task.group.liveThreads.length > 1 || task.fs.refs > 1) return -EINVAL;
      if (!creds.capableIn(namespace as UserNamespace, CAP_SYS_ADMIN)) return -EPERM;
      continue;
    }
    const owner = ownerOf(namespace);
    if (!creds.capableIn(owner, CAP_SYS_ADMIN) || !own(CAP_SYS_ADMIN)) return -EPERM;
    if (kind === 'mount' && (!own(CAP_SYS_CHROOT) || task.fs.refs > 1)) return task.fs.refs > 1 ? -EINVAL : -EPERM;
    if (kind === 'pid' && !(namespace as PidNamespace).isBelow(task.ns.pid)) return -EINVAL;
    if (kind === 'time' && task.group.liveThreads.length > 1) return -EINVAL;
  }
  return 0;
}

function enter(task: Task, chosen: Chosen): number {
  const allowed = mayEnter(task, chosen);
  if (allowed < 0) return allowed;
  const { user, pid, mount, ...rest } = chosen;
  if (user instanceof UserNamespace) enterUserNamespace(task, user);
  if (chosen.ipc !== undefined && chosen.ipc !== task.ns.ipc) leaveUndo(task);
  task.ns = { ...task.ns, ...rest } as Namespaces;
  if (pid instanceof PidNamespace) task.ns = { ...task.ns, pidForChildren: pid };
  if (mount instanceof MountNamespace) {
    task.ns = { ...task.ns, mount };
    task.fs.root = task.fs.cwd = mount.rootPath();
  }
  return 0;
}

/** Several namespaces of the process behind a pidfd. */
function enterProcess(task: Task, file: PidFile, flags: number): number {
  const all = CLONE_NEWUSER | NAMESPACE_FLAGS;
  if (flags === 0 || (flags & ~all) !== 0) return -EINVAL;
  if (file.alive() < 0) return -ESRCH;
  const { leader } = file.group;
  if (leader.exiting) return -ESRCH;
  if (!mayInspect(task, leader)) return -EPERM;
  const chosen: Chosen = {};
  for (const [kind, [, flag]] of Object.entries(namespaceKinds) as [NamespaceKind, readonly [string, number]][])
    if ((flags & flag) !== 0) chosen[kind] = leader.ns[kind];
  return enter(task, chosen);
}

export const handlers = {
  unshare(task, wanted) {
    if ((wanted & ~KNOWN) !== 0) return -EINVAL;
    let flags = wanted;
    if ((flags & CLONE_NEWUSER) !== 0) flags |= CLONE_THREAD | CLONE_FS;
    if ((flags & CLONE_NEWNS) !== 0) flags |= CLONE_FS;
    if ((flags & CLONE_NEWPID) !== 0 && task.group.liveThreads.length > 1) return -EINVAL;
    if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) !== 0) {
      if (task.group.liveThreads.length > 1) return -EINVAL;
      if ((flags & (CLONE_SIGHAND | CLONE_VM)) !== 0 && (task.group.handlers.refs > 1 || task.mm.refs > 1)) return -EINVAL;
    }
    const user = (flags & CLONE_NEWUSER) === 0 ? null : newUserNamespace(task);
    if (typeof user === 'number') return user;
    if (user === null && (flags & NAMESPACE_FLAGS) !== 0 && !task.creds.capableIn(task.creds.userNs, CAP_SYS_ADMIN)) return -EPERM;
    if ((flags & CLONE_FS) !== 0) unshareFs(task);
    const namespaces = cloneNamespaces(task, flags, user ?? task.creds.userNs);
    if (typeof namespaces === 'number') return namespaces;
    if ((flags & CLONE_FILES) !== 0) unshareFiles(task);
    if ((flags & (CLONE_SYSVSEM | CLONE_NEWIPC)) !== 0) leaveUndo(task);
    task.ns = namespaces;
    if (user !== null) enterUserNamespace(task, user);
    return 0;
  },

  setns(task, fd, flags) {
    const file = task.files.get(fd);
    if (file === null) return -EBADF;
    if (file instanceof PidFile) return enterProcess(task, file, flags);
    if (!(file instanceof NamespaceFile)) return -EINVAL;
    const { kind, namespace } = file.inode;
    if (flags !== 0 && flags !== namespaceKinds[kind][1]) return -EINVAL;
    return enter(task, { [kind]: namespace });
  },
} satisfies Handlers;
