/** ptrace(2). */
import { EFAULT, EINVAL, EIO, EPERM, ESRCH } from '#abi/errno.ts';
import { UserRegs } from '#abi/layouts.gen.ts';
import * as P from '#abi/ptrace.ts';
import { NSIG, SI_KERNEL, SI_USER, SIGKILL, SIGSTOP } from '#abi/signal.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { loadRegisters, setVectorState, storeRegisters, vectorState } from '#kernel/ptrace/registers.ts';
import { type PtraceState, StopKind } from '#kernel/ptrace/state.ts';
import { attach, detach, interruptTracee, listen, sendOn } from '#kernel/ptrace/stop.ts';
import { sendToGroup, sendToTask, setMask } from '#kernel/signal/send.ts';
import { decodeSigInfo, encodeSigInfo, seenInfo, SIGINFO_SIZE } from '#kernel/signal/siginfo.ts';
import { sigset } from '#kernel/sigset.ts';
import { type Task, TaskState } from '#kernel/task.ts';
import { Reg } from '#platform/platform.ts';
import type { Handlers } from './handler.ts';

const NT_PRSTATUS = 1;
const NT_PRFPREG = 2;
const NT_X86_XSTATE = 0x202;
const LEGACY_FP = 512;
/** sizeof(struct user), and where its debug registers begin. */
const USER_SIZE = 928;
const DEBUG_REGISTERS = 848;
const AUDIT_ARCH_X86_64 = 0xc000003e;
const ARGUMENTS = [Reg.RDI, Reg.RSI, Reg.RDX, Reg.R10, Reg.R8, Reg.R9];

function traceMe(task: Task): number {
  const { parent, parentTask } = task.group;
  if (task.ptrace !== null || parent === null) return -EPERM;
  attach(task, parentTask ?? parent.leader, false, 0);
  return 0;
}

function attachTo(task: Task, pid: number, seize: boolean, addr: number, data: number): number {
  const target = task.kernel.pids.task(task, pid);
  if (target === undefined) return -ESRCH;
  if (seize && (addr !== 0 || (data & ~P.PTRACE_O_MASK) !== 0)) return -EIO;
  if (target.group === task.group || target.exiting || target.ptrace !== null) return -EPERM;
  if (!mayInspect(task, target)) return -EPERM;
  attach(target, task, seize, seize ? data : 0);
  if (target.state === TaskState.Stopped) reportStopped(target);
  else if (!seize) sendToTask(target, sigInfo(SIGSTOP, SI_KERNEL));
  return 0;
}
/** A process that job control has stopped already is its tracer's from now on. */
function reportStopped(target: Task): void {
  const state = target.ptrace as PtraceState;
  const { signal } = target.group.stop;
  state.stop = StopKind.Group;
  state.reportable = true;
  state.status = state.seized ? signal | (P.PTRACE_EVENT_STOP << 8) : signal;
  state.info = sigInfo(signal, SI_USER);
  state.tracer.group.childWait.wakeAll();
}

function peek(task: Task, target: Task, addr: number, resultAddr: number): number {
  const { mem } = task;
  if (target.mm.space.read(addr, mem.bytes, 0, 8) !== 8) return -EIO;
  return mem.out(resultAddr, 8);
}
/** The word is the request's last argument itself, all 64 bits of it. */
function poke(task: Task, target: Task, addr: number): number {
  const { view, bytes } = task.mem;
  view.setUint32(0, task.thread.argLo(3), true);
  view.setUint32(4, task.thread.argHi(3), true);
  return target.mm.space.poke(addr, bytes, 0, 8) === 8 ? 0 : -EIO;
}

function peekUser(task: Task, target: Task, at: number, resultAddr: number): number {
  if (at % 8 !== 0 || at < 0 || at >= USER_SIZE) return -EIO;
  const { mem } = task;
  if (at < UserRegs.SIZE) {
    storeRegisters(target, mem.view);
    mem.bytes.copyWithin(0, at, at + 8);
  } else mem.bytes.fill(0, 0, 8);
  return mem.out(resultAddr, 8);
}
/** Debug registers take zero only: there are no hardware breakpoints. */
function pokeUser(task: Task, target: Task, at: number): number {
  if (at % 8 !== 0 || at < 0 || at >= USER_SIZE) return -EIO;
  const { view } = task.mem;
  const [lo, hi] = [task.thread.argLo(3), task.thread.argHi(3)];
  if (at >= UserRegs.SIZE) return at >= DEBUG_REGISTERS && (lo !== 0 || hi !== 0) ? -EINVAL : at >= DEBUG_REGISTERS ? 0 : -EIO;
  storeRegisters(target, view);
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
  loadRegisters(target, view);
  return 0;
}

/** PTRACE_GETREGSET and SETREGSET: `iov` says where; its length comes back as what was moved. */
function registerSet(task: Task, target: Task, type: number, iov: number, set: boolean): number {
  const { mem } = task;
  if (!mem.in(iov, 16)) return -EFAULT;
  const base = mem.view.getUint32(0, true) + mem.view.getUint32(4, true) * 4294967296;
  const given = mem.view.getUint32(8, true) + mem.view.getUint32(12, true) * 4294967296;
  let moved: number;
  if (type === NT_PRSTATUS) {
    if (given % 8 !== 0) return -EINVAL;
    moved = Math.min(given, UserRegs.SIZE);
    storeRegisters(target, mem.view);
    if (set) {
      if (mem.read(base, mem.bytes, 0, moved) < 0) return -EFAULT;
      loadRegisters(target, mem.view);
    } else if (mem.out(base, moved) < 0) return -EFAULT;
  } else if (type === NT_PRFPREG || type === NT_X86_XSTATE) {
    const image = vectorState(target, type === NT_PRFPREG);
    moved = Math.min(given, image.length);
    if (!set) {
      if (mem.write(base, image, 0, moved) < 0) return -EFAULT;
    } else {
      if (mem.read(base, image, 0, moved) < 0) return -EFAULT;
      if (!setVectorState(target, image)) return -EINVAL;
    }
  } else return -EINVAL;
  return mem.writeU64(iov + 8, moved);
}

/** struct ptrace_syscall_info; the answer is its whole length for this kind of stop. */
function callInfo(task: Task, target: Task, state: PtraceState, size: number, addr: number): number {
  const { mem } = task;
  const { view } = mem;
  const { regs } = target.thread;
  mem.bytes.fill(0, 0, 88);
  const put = (at: number, reg: number): void => {
    view.setUint32(at, regs.lo(reg), true);
    view.setUint32(at + 4, regs.hi(reg), true);
  };
  view.setUint32(4, AUDIT_ARCH_X86_64, true);
  put(8, Reg.RIP);
  put(16, Reg.RSP);
  let length = 24;
  if (state.stop === StopKind.SyscallEntry) {
    view.setUint8(0, P.PTRACE_SYSCALL_INFO_ENTRY);
    view.setInt32(24, state.originalCall, true);
    ARGUMENTS.forEach((reg, i) => put(32 + i * 8, reg));
    length = 80;
  } else if (state.stop === StopKind.SyscallExit) {
    view.setUint8(0, P.PTRACE_SYSCALL_INFO_EXIT);
    put(24, Reg.RAX);
    const failed = regs.hi(Reg.RAX) === 0xffffffff && regs.lo(Reg.RAX) >= 0xfffff001;
    view.setUint8(32, failed ? 1 : 0);
    length = 33;
  }
  return mem.out(addr, Math.min(size, length)) < 0 ? -EFAULT : length;
}

function signalMask(task: Task, target: Task, size: number, addr: number, set: boolean): number {
  if (size !== 8) return -EINVAL;
  const { view } = task.mem;
  if (set) {
    if (!task.mem.in(addr, 8)) return -EFAULT;
    setMask(target, sigset(view.getUint32(0, true), view.getUint32(4, true)));
    return 0;
  }
  view.setUint32(0, target.mask.lo, true);
  view.setUint32(4, target.mask.hi, true);
  return task.mem.out(addr, 8);
}

/** PTRACE_CONT and its kin. */
function goOn(target: Task, op: number, signal: number): number {
  if (signal < 0 || signal > NSIG) return -EIO;
  sendOn(target, signal, op === P.PTRACE_SYSCALL, op === P.PTRACE_SINGLESTEP);
  return 0;
}

/** Requests to a tracee that stands still. */
function request(task: Task, target: Task, state: PtraceState, op: number, addr: number, data: number): number {
  const { mem } = task;
  switch (op) {
    case P.PTRACE_PEEKTEXT:
    case P.PTRACE_PEEKDATA:
      return peek(task, target, addr, data);
    case P.PTRACE_POKETEXT:
    case P.PTRACE_POKEDATA:
      return poke(task, target, addr);
    case P.PTRACE_PEEKUSR:
      return peekUser(task, target, addr, data);
    case P.PTRACE_POKEUSR:
      return pokeUser(task, target, addr);
    case P.PTRACE_GETREGS:
      storeRegisters(target, mem.view);
      return mem.out(data, UserRegs.SIZE);
    case P.PTRACE_SETREGS:
      if (!mem.in(data, UserRegs.SIZE)) return -EFAULT;
      loadRegisters(target, mem.view);
      return 0;
    case P.PTRACE_GETFPREGS:
      return mem.write(data, vectorState(target, true), 0, LEGACY_FP);
    case P.PTRACE_SETFPREGS: {
      const image = new Uint8Array(LEGACY_FP);
      if (mem.read(data, image, 0, LEGACY_FP) < 0) return -EFAULT;
      return setVectorState(target, image) ? 0 : -EINVAL;
    }
    case P.PTRACE_GETREGSET:
    case P.PTRACE_SETREGSET:
      return registerSet(task, target, addr, data, op === P.PTRACE_SETREGSET);
    case P.PTRACE_CONT:
    case P.PTRACE_SYSCALL:
    case P.PTRACE_SINGLESTEP:
      return goOn(target, op, data);
    case P.PTRACE_DETACH:
      if (data < 0 || data > NSIG) return -EIO;
      detach(target, data);
      return 0;
    case P.PTRACE_SETOPTIONS:
    case P.PTRACE_OLDSETOPTIONS:
      if ((data & ~P.PTRACE_O_MASK) !== 0) return -EINVAL;
      state.options = data;
      return 0;
    case P.PTRACE_GETEVENTMSG:
      return mem.writeU64(data, state.message);
    case P.PTRACE_GETSIGINFO:
      if (state.info === null) return -EINVAL;
      encodeSigInfo(mem.view, 0, seenInfo(task, state.info));
      return mem.out(data, SIGINFO_SIZE);
    case P.PTRACE_SETSIGINFO:
      if (state.info === null) return -EINVAL;
      if (!mem.in(data, SIGINFO_SIZE)) return -EFAULT;
      state.info = decodeSigInfo(mem.view, 0);
      return 0;
    case P.PTRACE_GETSIGMASK:
    case P.PTRACE_SETSIGMASK:
      return signalMask(task, target, addr, data, op === P.PTRACE_SETSIGMASK);
    case P.PTRACE_GET_SYSCALL_INFO:
      return callInfo(task, target, state, addr, data);
    case P.PTRACE_LISTEN:
      if (!state.seized || state.status >> 8 !== P.PTRACE_EVENT_STOP) return -EIO;
      listen(target);
      return 0;
    default:
      return -EIO;
  }
}

export const handlers = {
  /** No debug registers, no system call emulation, no single-step over a patched call site. */
  ptrace(task, op, pid, addr, data) {
    if (op === P.PTRACE_TRACEME) return traceMe(task);
    if (op === P.PTRACE_ATTACH || op === P.PTRACE_SEIZE) return attachTo(task, pid, op === P.PTRACE_SEIZE, addr, data);
    const target = task.kernel.pids.task(task, pid);
    const state = target?.ptrace ?? null;
    if (target === undefined || state === null || state.tracer !== task) return -ESRCH;
    if (op === P.PTRACE_KILL) {
      sendToGroup(target.group, sigInfo(SIGKILL, SI_USER, { pid: task.pid, uid: task.creds.uid }));
      return 0;
    }
    if (op === P.PTRACE_INTERRUPT) {
      if (!state.seized) return -EIO;
      interruptTracee(target);
      return 0;
    }
    if (state.stop === StopKind.None || state.listening) return -ESRCH;
    return request(task, target, state, op, addr, data);
  },
} satisfies Handlers;
