/** Signals: actions, masks, sending, waiting, alternate stacks (signal(7)). */
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, EPERM, ERESTARTNOHAND, ESRCH, ETIMEDOUT } from '#abi/errno.ts';
import {
  MINSIGSTKSZ,
  NSIG,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SI_TKILL,
  SI_USER,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_FLAG_BITS,
  SS_ONSTACK,
} from '#abi/signal.ts';
import { type SigInfo, sigInfo } from '#kernel/pending-signals.ts';
import { DefaultAction, defaultAction, UNBLOCKABLE } from '#kernel/signal/default-action.ts';
import { sigreturn } from '#kernel/signal/deliver.ts';
import { altStackMode, onAltStack } from '#kernel/signal/frame.ts';
import {
  dequeueSignal,
  endTemporaryMask,
  maySignal,
  pendingSet,
  sendToGroup,
  sendToTask,
  setMask,
  setTemporaryMask,
  updateNotify,
} from '#kernel/signal/send.ts';
import { decodeSigInfo, encodeSigInfo, seenInfo, SIGINFO_SIZE } from '#kernel/signal/siginfo.ts';
import { type SigSet, sigset, sigsetAnd, sigsetHas, sigsetMinus, sigsetOf, sigsetOr } from '#kernel/sigset.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import { type Blocking, pauseUntil, WaitQueue } from '#kernel/wait.ts';
import { Reg } from '#platform/platform.ts';
import type { Handlers, Result } from './handler.ts';
import { readTimespec } from './timeouts.ts';

const SIGSET_SIZE = 8;
const SIGACTION_SIZE = 32;
const STACK_SIZE = 24;
const KNOWN_FLAGS =
  (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_RESTORER) >>> 0;
/** Nobody wakes it: sigsuspend and pause end by signals alone. */
const never = new WaitQueue();

function readSet(task: Task, addr: number): SigSet | number {
  if (!task.mem.in(addr, SIGSET_SIZE)) return -EFAULT;
  return sigset(task.mem.view.getUint32(0, true), task.mem.view.getUint32(4, true));
}
function writeSet(task: Task, addr: number, set: SigSet): number {
  task.mem.view.setUint32(0, set.lo, true);
  task.mem.view.setUint32(4, set.hi, true);
  return task.mem.out(addr, SIGSET_SIZE);
}
function validSignal(signal: number): boolean {
  return signal >= 1 && signal <= NSIG;
}

/** A new action may mean that what is pending is now ignored. */
function dropIgnored(task: Task, signal: number): void {
  const { group } = task;
  const { handler } = group.handlers.get(signal);
  if (handler !== SIG_IGN && !(handler === SIG_DFL && defaultAction(signal) === DefaultAction.Ignore)) return;
  group.pending.flush(sigsetOf(signal));
  for (const thread of group.threads) {
    thread.pending.flush(sigsetOf(signal));
    updateNotify(thread);
  }
}

/** A task's or process's sender information for kill and relatives. */
function fromSender(task: Task, signal: number, code: number): SigInfo {
  return sigInfo(signal, code, { pid: task.pid, uid: task.creds.uid });
}

function killOne(task: Task, group: ThreadGroup, signal: number): number {
  // Linux looks for the target first.
  if (signal < 0 || signal > NSIG) return -EINVAL;
  if (!maySignal(task, group, signal)) return -EPERM;
  return signal === 0 ? 0 : sendToGroup(group, fromSender(task, signal, SI_USER));
}
/** 0 if one of them could be signalled. */
function killMany(task: Task, targets: readonly ThreadGroup[], signal: number): number {
  let result = -ESRCH;
  for (const group of targets) {
    const one = killOne(task, group, signal);
    if (one === 0 || result === -ESRCH) result = result === 0 ? 0 : one;
  }
  return result;
}

function killThread(task: Task, tgid: number, tid: number, info: SigInfo): number {
  if (tid <= 0 || tgid === 0 || tgid < -1) return -EINVAL;
  if (info.signal < 0 || info.signal > NSIG) return -EINVAL;
  const target = task.kernel.pids.task(task, tid);
  if (target === undefined || (tgid > 0 && target.pid !== task.ns.pid.from(tgid))) return -ESRCH;
  if (!maySignal(task, target.group, info.signal)) return -EPERM;
  return info.signal === 0 || target.exiting ? 0 : sendToTask(target, info);
}

function readSigInfo(task: Task, signal: number, addr: number): SigInfo | number {
  if (!task.mem.in(addr, SIGINFO_SIZE)) return -EFAULT;
  const info = decodeSigInfo(task.mem.view, 0);
  info.signal = signal;
  return info;
}
/** Only the kernel's own codes, and those of kill and tgkill, say who sent it: a process may not forge them for others. */
function forged(task: Task, info: SigInfo, pid: number): boolean {
  return (info.code >= 0 || info.code === SI_TKILL) && pid !== task.ownPid;
}

function* suspend(task: Task): Blocking {
  const result = yield* pauseUntil(task, never, () => -EAGAIN, { onSignal: -ERESTARTNOHAND });
  endTemporaryMask(task, true);
  return result;
}

function* waitForSignal(task: Task, wanted: SigSet, infoAddr: number, deadlineNs: number): Blocking {
  let info: SigInfo | null = null;
  const attempt = () => {
    info = dequeueSignal(task, wanted);
    return info === null ? -EAGAIN : 0;
  };
  const result = yield* pauseUntil(task, task.group.handlers.queued, attempt, { deadlineNs, onSignal: -EINTR });
  if (result === -ETIMEDOUT) return -EAGAIN;
  return info === null ? result : tellSignal(task, info, infoAddr);
}
function tellSignal(task: Task, info: SigInfo, infoAddr: number): number {
  if (infoAddr !== 0) {
    encodeSigInfo(task.mem.view, 0, seenInfo(task, info));
    if (task.mem.out(infoAddr, SIGINFO_SIZE) < 0) return -EFAULT;
  }
  return info.signal;
}

export const handlers = {
  rt_sigaction(task, signal, newAddr, oldAddr, size) {
    if (size !== SIGSET_SIZE || !validSignal(signal)) return -EINVAL;
    const { handlers: actions } = task.group;
    const { mem } = task;
    const old = actions.get(signal);
    if (newAddr !== 0) {
      if (!mem.in(newAddr, SIGACTION_SIZE)) return -EFAULT;
      if (sigsetHas(UNBLOCKABLE, signal)) return -EINVAL;
      const { view } = mem;
      const u64 = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
      actions.set(signal, {
        handler: u64(0),
        flags: (view.getUint32(8, true) & KNOWN_FLAGS) >>> 0,
        restorer: u64(16),
        mask: sigsetMinus(sigset(view.getUint32(24, true), view.getUint32(28, true)), UNBLOCKABLE),
      });
      dropIgnored(task, signal);
    }
    if (oldAddr === 0) return 0;
    const { view } = mem;
    const put = (at: number, value: number) => {
      view.setUint32(at, value >>> 0, true);
      view.setUint32(at + 4, Math.floor(value / 4294967296), true);
    };
    put(0, old.handler);
    put(8, old.flags);
    put(16, old.restorer);
    view.setUint32(24, old.mask.lo, true);
    view.setUint32(28, old.mask.hi, true);
    return mem.out(oldAddr, SIGACTION_SIZE);
  },

  rt_sigprocmask(task, how, setAddr, oldAddr, size) {
    if (size !== SIGSET_SIZE) return -EINVAL;
    const old = task.mask;
    if (setAddr !== 0) {
      const set = readSet(task, setAddr);
      if (typeof set === 'number') return set;
      if (how === SIG_BLOCK) setMask(task, sigsetOr(old, set));
      else if (how === SIG_UNBLOCK) setMask(task, sigsetMinus(old, set));
      else if (how === SIG_SETMASK) setMask(task, set);
      else return -EINVAL;
    }
    return oldAddr === 0 ? 0 : writeSet(task, oldAddr, old);
  },

  rt_sigpending(task, setAddr, size) {
    if (size > SIGSET_SIZE) return -EINVAL;
    const set = sigsetAnd(pendingSet(task), task.mask);
    task.mem.view.setUint32(0, set.lo, true);
    task.mem.view.setUint32(4, set.hi, true);
    return task.mem.out(setAddr, size);
  },

  rt_sigreturn: (task) => sigreturn(task),

  rt_sigsuspend(task, setAddr, size): Result {
    if (size !== SIGSET_SIZE) return -EINVAL;
    const set = readSet(task, setAddr);
    if (typeof set === 'number') return set;
    setTemporaryMask(task, set);
    return suspend(task);
  },
  pause: (task) => pauseUntil(task, never, () => -EAGAIN, { onSignal: -ERESTARTNOHAND }),

  rt_sigtimedwait(task, setAddr, infoAddr, timeoutAddr, size) {
    if (size !== SIGSET_SIZE) return -EINVAL;
    const set = readSet(task, setAddr);
    if (typeof set === 'number') return set;
    const timeout = readTimespec(task, timeoutAddr);
    if (timeout < 0) return timeout;
    const wanted = sigsetMinus(set, UNBLOCKABLE);
    const info = dequeueSignal(task, wanted);
    if (info !== null) return tellSignal(task, info, infoAddr);
    if (timeout === 0) return -EAGAIN;
    return waitForSignal(task, wanted, infoAddr, timeout === Infinity ? Infinity : task.kernel.now() + timeout);
  },

  kill(task, pid, signal) {
    const { pids } = task.kernel;
    if (pid > 0) {
      const group = pids.group(task, pid) ?? pids.task(task, pid)?.group;
      return group === undefined ? -ESRCH : killOne(task, group, signal);
    }
    if (pid === -1)
      return killMany(
        task,
        [...pids.groups.values()].filter((group) => group !== task.group && pids.seenBy(task, group.pid) > 1),
        signal,
      );
    if (pid === -2147483648) return -ESRCH;
    const pgrp = pid === 0 ? task.group.processGroup : pids.processGroup(task, -pid);
    return pgrp === undefined ? -ESRCH : killMany(task, [...pgrp.members], signal);
  },
  tkill(task, tid, signal) {
    return killThread(task, -1, tid, fromSender(task, signal, SI_TKILL));
  },
  tgkill(task, tgid, tid, signal) {
    if (tgid <= 0) return -EINVAL;
    return killThread(task, tgid, tid, fromSender(task, signal, SI_TKILL));
  },
  rt_sigqueueinfo(task, pid, signal, infoAddr) {
    const info = readSigInfo(task, signal, infoAddr);
    if (typeof info === 'number') return info;
    if (forged(task, info, pid)) return -EPERM;
    if (signal < 0 || signal > NSIG) return -EINVAL;
    const { pids } = task.kernel;
    const group = pids.group(task, pid) ?? pids.task(task, pid)?.group;
    if (group === undefined) return -ESRCH;
    if (!maySignal(task, group, signal)) return -EPERM;
    return signal === 0 ? 0 : sendToGroup(group, info);
  },
  rt_tgsigqueueinfo(task, tgid, tid, signal, infoAddr) {
    const info = readSigInfo(task, signal, infoAddr);
    if (typeof info === 'number') return info;
    if (tgid <= 0 || tid <= 0) return -EINVAL;
    if (forged(task, info, tgid)) return -EPERM;
    return killThread(task, tgid, tid, info);
  },

  sigaltstack(task, newAddr, oldAddr) {
    const { mem } = task;
    const { view } = mem;
    const sp = task.thread.regs.get(Reg.RSP);
    const old = { base: task.altStackBase, size: task.altStackSize, flags: altStackMode(task, sp) | (task.altStackFlags & SS_FLAG_BITS) };
    if (newAddr !== 0) {
      if (!mem.in(newAddr, STACK_SIZE)) return -EFAULT;
      const base = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
      const flags = view.getUint32(8, true);
      const size = view.getUint32(16, true) + view.getUint32(20, true) * 4294967296;
      const mode = flags & ~SS_AUTODISARM;
      if (onAltStack(task, sp)) return -EPERM;
      if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) return -EINVAL;
      if (mode === SS_DISABLE) {
        task.altStackBase = task.altStackSize = 0;
      } else {
        if (size < MINSIGSTKSZ) return -ENOMEM;
        task.altStackBase = base;
        task.altStackSize = size;
      }
      task.altStackFlags = flags;
    }
    if (oldAddr === 0) return 0;
    view.setUint32(0, old.base >>> 0, true);
    view.setUint32(4, Math.floor(old.base / 4294967296), true);
    view.setUint32(8, old.flags >>> 0, true);
    view.setUint32(12, 0, true);
    view.setUint32(16, old.size >>> 0, true);
    view.setUint32(20, Math.floor(old.size / 4294967296), true);
    return mem.out(oldAddr, STACK_SIZE);
  },

  /** A thread that left its sleep for a handler's frame, and found none to run, comes back here by its own `syscall`. */
  restart_syscall(task) {
    const { restart } = task;
    task.restart = null;
    return restart === null ? -EINTR : restart();
  },
} satisfies Handlers;
