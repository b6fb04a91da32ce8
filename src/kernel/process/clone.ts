/** clone(2), and through it fork, vfork and threads. */
import { EAGAIN, EEXIST, EFAULT, EINVAL, ENOMEM, EPERM } from '#abi/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { RLIMIT_NPROC } from '#abi/resource.ts';
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_CLEAR_SIGHAND,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWIPC,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} from '#abi/sched.ts';
import { newPidfd } from '#fs/anon/pidfd.ts';
import type { AddressSpace, GuestThread } from '#platform/platform.ts';
import type { Namespaces } from '../namespaces.ts';
import type { PidNamespace } from '../pid-namespace.ts';
import { ownerOf } from '../user-namespace.ts';
import { enterUserNamespace, newUserNamespace } from './user-namespace.ts';
import { adoptChild, cloneEvents } from '../ptrace/stop.ts';
import { undoOf } from '../ipc/semaphores.ts';
import { Task } from '../task.ts';
import { ThreadGroup } from '../thread-group.ts';
import { type Blocking, pauseUntil } from '../wait.ts';
import { cloneNamespaces, NAMESPACE_FLAGS } from './unshare.ts';

/** What clone and clone3 ask for, decoded. Addresses are 0 where absent. */
export interface CloneRequest {
  /** CLONE_* without the exit signal. */
  flags: number;
  /** Upper half of the 64-bit flags of clone3 (CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP). */
  flagsHigh: number;
  exitSignal: number;
  /** Stack pointer of the child; 0 keeps the parent's. */
  stack: number;
  tls: number;
  parentTid: number;
  childTid: number;
  pidfd: number;
  /** set_tid: the wanted numbers, of the innermost pid namespace first; empty for any. */
  wantedTids: readonly number[];
}

const RAX = 13;
const RSP = 15;

function checkFlags(task: Task, request: CloneRequest): number {
  const { flags } = request;
  const has = (flag: number) => (flags & flag) !== 0;
  if (has(CLONE_SIGHAND) && !has(CLONE_VM)) return -EINVAL;
  if (has(CLONE_THREAD) && !has(CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE_NEWNS) && has(CLONE_FS)) return -EINVAL;
  if (has(CLONE_NEWIPC) && has(CLONE_SYSVSEM)) return -EINVAL;
  if (has(CLONE_SIGHAND) && isClearSighand(request)) return -EINVAL;
  if (has(CLONE_NEWUSER) && has(CLONE_FS)) return -EINVAL;
  if (has(CLONE_PARENT) && isInit(task.group)) return -EINVAL;
  if (has(CLONE_THREAD) && has(CLONE_NEWUSER | CLONE_NEWPID)) return -EINVAL;
  if (has(CLONE_THREAD) && task.ns.pidForChildren !== task.ns.pid) return -EINVAL;
  if ((flags & NAMESPACE_FLAGS) !== 0 && !has(CLONE_NEWUSER) && !task.capableHere(CAP_SYS_ADMIN)) return -EPERM;
  if (request.exitSignal < 0 || request.exitSignal > 64) return -EINVAL;
  return 0;
}

/** Pid 1 of a pid namespace. */
function isInit(group: ThreadGroup): boolean {
  return group === group.leader.ns.pid.init || group === group.leader.kernel.init;
}

function isClearSighand(request: CloneRequest): boolean {
  return (request.flagsHigh & (CLONE_CLEAR_SIGHAND / 4294967296)) !== 0;
}

function overProcessLimit(task: Task): boolean {
  if (task.creds.uid === 0 || task.capable(CAP_SYS_RESOURCE) || task.capable(CAP_SYS_ADMIN)) return false;
  let count = 0;
  for (const other of task.kernel.pids.tasks.values()) if (other.creds.uid === task.creds.uid) count += 1;
  return count >= task.limit(RLIMIT_NPROC);
}

/** Makes the child and sets it going; the child's tid, or -errno. Sleeps only for CLONE_VFORK. */
export function cloneTask(task: Task, request: CloneRequest): number | Blocking {
  const bad = checkFlags(task, request);
  if (bad < 0) return bad;
  if (overProcessLimit(task)) return -EAGAIN;
  const { kernel } = task;
  if (kernel.pids.tasks.size >= kernel.limits.pidsMax) {
    kernel.limits.pidsRefused += 1;
    return -EAGAIN;
  }
  const { flags } = request;
  const user = (flags & CLONE_NEWUSER) === 0 ? null : newUserNamespace(task);
  if (typeof user === 'number') return user;
  // A new mount namespace moves root and working directory to its own mounts: the child takes those, the parent keeps its own.
  const { root, cwd } = task.fs;
  const keepPlaces = (): void => {
    task.fs.root = root;
    task.fs.cwd = cwd;
  };
  const namespaces = cloneNamespaces(task, flags, user ?? task.creds.userNs);
  if (typeof namespaces === 'number') return namespaces;
  const tid = numberChild(task, namespaces, request.wantedTids);
  if (tid < 0) {
    keepPlaces();
    return tid;
  }

  const sharesMemory = (flags & CLONE_VM) !== 0;
  let thread: GuestThread;
  let space: AddressSpace;
  if (sharesMemory) {
    const made = task.mm.space.newThread(null, task.thread);
    if (typeof made === 'number') {
      kernel.pids.release(tid);
      keepPlaces();
      return made === -EINVAL ? -EAGAIN : made;
    }
    thread = made;
    space = task.mm.space;
  } else {
    const made = task.mm.space.fork(task.thread, null);
    if (typeof made === 'number') {
      kernel.pids.release(tid);
      keepPlaces();
      return made;
    }
    ({ thread, space } = made);
  }

  const child = makeChild(task, request, tid, thread, space, namespaces);
  keepPlaces();
  thread.owner = child;
  if (user !== null) enterUserNamespace(child, user);
  const seen = kernel.pids.seenBy(task, tid);

  if ((flags & CLONE_PIDFD) !== 0) {
    const fd = newPidfd(task, child, 0);
    task.mem.view.setInt32(0, fd, true);
    if (fd < 0 || task.mem.writeNow(request.pidfd, task.mem.bytes, 0, 4) < 0) {
      if (fd >= 0) task.files.close(task, fd);
      abandon(child, sharesMemory);
      return fd < 0 ? fd : -EFAULT;
    }
  }
  if ((flags & CLONE_PARENT_SETTID) !== 0) {
    task.mem.view.setInt32(0, seen, true);
    task.mem.writeNow(request.parentTid, task.mem.bytes, 0, 4);
  }
  if ((flags & CLONE_CHILD_SETTID) !== 0) space.writeWord(request.childTid, child.ownTid);
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) child.clearChildTid = request.childTid;

  const event = adoptChild(task, child, flags, request.exitSignal);
  const { regs } = thread;
  regs.set(RAX, 0);
  if (request.stack !== 0) regs.set(RSP, request.stack);
  if ((flags & CLONE_SETTLS) !== 0) regs.setFsBase(request.tls);
  if (child.notify) kernel.resumeFrame(child);
  else thread.resumeFrame();

  if ((flags & CLONE_VFORK) === 0) return event === 0 ? seen : cloneEvents(task, event, tid, null, seen);
  const { group } = child;
  group.vforkPending = true;
  const wait = pauseUntil(task, group.vforkDone, () => (group.vforkPending ? -EAGAIN : seen), { killable: true, onSignal: seen });
  return task.ptrace === null ? wait : cloneEvents(task, event, tid, wait, seen);
}

/** What a child's namespaces are: it lives where its parent's children are born. */
function inPidNamespace(namespaces: Namespaces): Namespaces {
  return namespaces.pid === namespaces.pidForChildren ? namespaces : { ...namespaces, pid: namespaces.pidForChildren };
}

/** The child's number, entered in its pid namespace and those above; -errno. */
function numberChild(task: Task, namespaces: Namespaces, wanted: readonly number[]): number {
  const { pids } = task.kernel;
  const namespace = namespaces.pidForChildren;
  if (namespace.dying) return -ENOMEM;
  for (let at: PidNamespace | null = namespace, level = 0; at !== null && level < wanted.length; at = at.parent, level += 1) {
    if (!task.creds.capableIn(ownerOf(at), CAP_SYS_ADMIN)) return -EPERM;
    if (wanted[level] !== 1 && at.parent !== null && at.init === null) return -EINVAL;
  }
  const own = wanted[namespace.level] ?? 0;
  if (own === 1) return -EINVAL;
  if (own !== 0 && pids.isTaken(own)) return -EEXIST;
  const id = own !== 0 ? own : pids.allocate();
  if (id < 0) return id;
  const entered = pids.enter(id, namespace, wanted);
  return entered < 0 ? entered : id;
}

function makeChild(task: Task, request: CloneRequest, tid: number, thread: GuestThread, space: AddressSpace, namespaces: Task['ns']): Task {
  const { kernel } = task;
  const { flags } = request;
  const has = (flag: number) => (flags & flag) !== 0;
  const mm = has(CLONE_VM) ? task.mm : task.mm.fork(space);
  if (mm === task.mm) mm.refs += 1;
  const files = has(CLONE_FILES) ? task.files : task.files.copy();
  if (files === task.files) files.refs += 1;
  const fs = has(CLONE_FS) ? task.fs : task.fs.copy();
  if (fs === task.fs) fs.refs += 1;

  const group = has(CLONE_THREAD) ? task.group : makeGroup(task, request, tid);
  const child = new Task(kernel, tid, group, thread, mm, files, fs, task.creds, inPidNamespace(namespaces));
  if (!has(CLONE_THREAD)) group.leader = child;
  else group.handlers.refs += 1;
  group.threads.push(child);
  child.comm = task.comm;
  child.mask = task.mask;
  child.nice = task.nice;
  child.schedPolicy = task.schedPolicy;
  child.schedPriority = task.schedPriority;
  child.affinity = task.affinity;
  child.timerSlackNs = task.timerSlackNs;
  child.personality = task.personality;
  child.ioPriority = task.ioPriority;
  child.seccomp = task.seccomp;
  if (has(CLONE_SYSVSEM)) {
    child.semaphoreUndo = undoOf(task);
    child.semaphoreUndo.refs += 1;
  }
  // A child with memory of its own, or a vfork child on its parent's stack, keeps the alternate signal stack.
  if (!has(CLONE_VM) || has(CLONE_VFORK)) {
    child.altStackBase = task.altStackBase;
    child.altStackSize = task.altStackSize;
    child.altStackFlags = task.altStackFlags;
  }
  if (child.ns.pid.init === null && child.ns.pid.parent !== null) {
    child.ns.pid.init = group;
    group.unkillable = true;
  }
  kernel.pids.tasks.set(tid, child);
  kernel.forks += 1;
  kernel.hooks.taskCreated(child, task);
  return child;
}

function makeGroup(task: Task, request: CloneRequest, pid: number): ThreadGroup {
  const { flags } = request;
  const old = task.group;
  const sharesHandlers = (flags & CLONE_SIGHAND) !== 0;
  const handlers = sharesHandlers ? old.handlers : isClearSighand(request) ? old.handlers.copyCleared() : old.handlers.copy();
  if (sharesHandlers) handlers.refs += 1;
  const parent = (flags & CLONE_PARENT) !== 0 ? old.parent : old;
  const exitSignal = (flags & CLONE_PARENT) !== 0 ? old.exitSignal : request.exitSignal;
  const group = new ThreadGroup(pid, parent, old.processGroup, old.session, exitSignal, handlers, old.limits.copy(), task.kernel.now());
  group.parentTask = (flags & CLONE_PARENT) !== 0 ? old.parentTask : task;
  group.dumpable = old.dumpable;
  group.oomScoreAdj = old.oomScoreAdj;
  if (old.executable !== null) group.executable = { path: old.executable.path, file: old.executable.file.get() };
  task.kernel.pids.groups.set(pid, group);
  return group;
}

/** Undoes a child that never ran. */
function abandon(child: Task, sharesMemory: boolean): void {
  const { kernel, group } = child;
  child.exiting = true;
  if (sharesMemory) child.thread.exit(0);
  else child.mm.space.destroy();
  child.files.refs -= 1;
  if (child.files.refs === 0) child.files.closeAll(child);
  child.mm.refs -= 1;
  if (child.mm.refs === 0) child.mm.release();
  kernel.pids.tasks.delete(child.tid);
  group.threads.splice(group.threads.indexOf(child), 1);
  if (group.leader !== child) return;
  kernel.pids.groups.delete(group.pid);
  group.processGroup.leave(group);
  group.parent?.children.splice(group.parent.children.indexOf(group), 1);
  if (child.ns.pid.init === group) child.ns.pid.dying = true;
  kernel.pids.release(child.tid);
}
