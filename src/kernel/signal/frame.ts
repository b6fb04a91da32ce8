/**
 * The frame of a signal handler on the guest's stack (struct rt_sigframe of x86-64), and the way back.
 *
 *     +0    return address: sa_restorer
 *     +8    ucontext: flags, link, stack_t, sigcontext (256 bytes), signal mask (8 bytes)
 *     +312  siginfo
 *     +440  (padding) XSAVE image, aligned to 64; sigcontext.fpstate points to it
 *
 * The frame's address is 8 modulo 16, as after a call.
 */
import { SA_ONSTACK, SA_RESTORER, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK } from '#abi/signal.ts';
import { Event, Reg, type Registers } from '#platform/platform.ts';
import type { SigInfo } from '../pending-signals.ts';
import { type SigSet, sigset } from '../sigset.ts';
import type { Task } from '../task.ts';
import type { SigAction } from './handlers.ts';
import { encodeSigInfo, seenInfo } from './siginfo.ts';

const RED_ZONE = 128;
const FPSTATE_ALIGN = 64;
const GREGS = 18;

/** Offsets in the frame. */
const UC = 8;
const UC_STACK = UC + 16;
const MCONTEXT = UC + 40;
const [CS, SS, ERR, TRAPNO, OLDMASK, CR2, FPSTATE] = [144, 150, 152, 160, 168, 176, 184] as const;
const SIGMASK = UC + 296;
export const SIGINFO_AT = 312;
export const FRAME_SIZE = 440;
/** Bytes of the frame that sigreturn reads. */
const UC_SIZE = 304;

const UC_FLAGS = 1 | 2 | 4; // UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS
const USER_CS = 0x33;
const USER_SS = 0x2b;
const EFLAGS_TF = 0x100;
const EFLAGS_DF = 0x400;
const EFLAGS_RF = 0x10000;
/** Flags that a handler's frame may change: AC OF DF TF SF ZF AF PF CF RF. */
const EFLAGS_USER = 0x40000 | 0x800 | EFLAGS_DF | EFLAGS_TF | 0x80 | 0x40 | 0x10 | 4 | 1 | EFLAGS_RF;

/** Frame, padding and XSAVE image as they lie in the guest's memory, so that one copy moves them all. */
let frame = new Uint8Array(FRAME_SIZE);
let view = new DataView(frame.buffer);
/** Most padding between frame and image. */
const MAX_PADDING = FPSTATE_ALIGN + 16;
const NO_FPSTATE = new Uint8Array(0);

function reserve(fpStateSize: number): void {
  const size = FRAME_SIZE + MAX_PADDING + fpStateSize;
  if (frame.length >= size) return;
  frame = new Uint8Array(size);
  view = new DataView(frame.buffer);
}
function putU64(at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 4294967296) >>> 0, true);
}
function getU64(at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
}

/** True if `sp` lies on the alternate stack (which SS_AUTODISARM hides while it is in use). */
export function onAltStack(task: Task, sp: number): boolean {
  if ((task.altStackFlags & SS_AUTODISARM) !== 0) return false;
  return sp > task.altStackBase && sp - task.altStackBase <= task.altStackSize;
}
/** SS_DISABLE, SS_ONSTACK or 0, as sigaltstack(2) reports. */
export function altStackMode(task: Task, sp: number): number {
  if (task.altStackSize === 0) return SS_DISABLE;
  return onAltStack(task, sp) ? SS_ONSTACK : 0;
}
function resetAltStack(task: Task): void {
  task.altStackBase = 0;
  task.altStackSize = 0;
  task.altStackFlags = SS_DISABLE;
}

/** Builds the frame and points the registers at the handler; false if it could not be stored. Needs a full frame. */
export function pushFrame(task: Task, action: SigAction, info: SigInfo, oldMask: SigSet): boolean {
  const { thread } = task;
  const { regs } = thread;
  if ((action.flags & SA_RESTORER) === 0) return false;
  let sp = regs.get(Reg.RSP) - RED_ZONE;
  const nested = onAltStack(task, regs.get(Reg.RSP));
  const entering = !nested && (action.flags & SA_ONSTACK) !== 0 && altStackMode(task, sp) === 0;
  if (entering) sp = task.altStackBase + task.altStackSize;
  const fpAt = floorTo(sp - regs.fpStateSize, FPSTATE_ALIGN);
  const at = floorTo(fpAt - FRAME_SIZE, 16) - 8;
  // A handler that would run off its alternate stack is not run.
  if ((nested || entering) && !(at > task.altStackBase && at - task.altStackBase <= task.altStackSize)) return false;

  reserve(regs.fpStateSize);
  fillFrame(task, action, info, oldMask, fpAt);
  const fpLength = regs.saveFpState(frame.subarray(fpAt - at));
  if (task.mem.writeNow(at, frame, 0, fpAt - at + fpLength) < 0) return false;

  if ((task.altStackFlags & SS_AUTODISARM) !== 0) resetAltStack(task);
  regs.loadFpState(NO_FPSTATE);
  regs.set(Reg.RDI, info.signal);
  regs.set(Reg.RSI, at + SIGINFO_AT);
  regs.set(Reg.RDX, at + UC);
  regs.set(Reg.RAX, 0);
  regs.set(Reg.RSP, at);
  regs.set(Reg.RIP, action.handler);
  regs.set(Reg.EFLAGS, (regs.lo(Reg.EFLAGS) & ~(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF)) >>> 0);
  return true;
}

function floorTo(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

function fillFrame(task: Task, action: SigAction, info: SigInfo, oldMask: SigSet, fpAt: number): void {
  const { thread } = task;
  const { regs } = thread;
  frame.fill(0, 0, FRAME_SIZE + MAX_PADDING);
  putU64(0, action.restorer);
  putU64(UC, UC_FLAGS);
  putStack(task);
  saveRegisters(regs);
  view.setUint16(MCONTEXT + CS, USER_CS, true);
  view.setUint16(MCONTEXT + SS, USER_SS, true);
  if (thread.event === Event.Fault) {
    putU64(MCONTEXT + ERR, thread.faultErr);
    putU64(MCONTEXT + TRAPNO, thread.faultTrapNo);
    putU64(MCONTEXT + CR2, thread.faultAddr);
  }
  view.setUint32(MCONTEXT + OLDMASK, oldMask.lo, true);
  view.setUint32(MCONTEXT + OLDMASK + 4, oldMask.hi, true);
  putU64(MCONTEXT + FPSTATE, fpAt);
  view.setUint32(SIGMASK, oldMask.lo, true);
  view.setUint32(SIGMASK + 4, oldMask.hi, true);
  encodeSigInfo(view, SIGINFO_AT, seenInfo(task, info));
}

function putStack(task: Task): void {
  putU64(UC_STACK, task.altStackBase);
  view.setUint32(UC_STACK + 8, task.altStackFlags >>> 0, true);
  putU64(UC_STACK + 16, task.altStackSize);
}

function saveRegisters(regs: Registers): void {
  for (let reg = 0; reg < GREGS; reg += 1) {
    view.setUint32(MCONTEXT + reg * 8, regs.lo(reg) >>> 0, true);
    view.setUint32(MCONTEXT + reg * 8 + 4, regs.hi(reg) >>> 0, true);
  }
}

/**
 * rt_sigreturn(2): puts back registers, vector state and alternate stack from the frame that RSP has just left. The
 * mask in it, or null if the frame is unreadable or malformed.
 */
export function popFrame(task: Task): SigSet | null {
  const { regs } = task.thread;
  const at = regs.get(Reg.RSP) - 8;
  reserve(regs.fpStateSize);
  const got = task.mem.readSome(at + UC, frame, UC, frame.length - UC);
  if (got < UC_SIZE) return null;
  const fpAt = getU64(MCONTEXT + FPSTATE);
  const flags = ((regs.lo(Reg.EFLAGS) & ~EFLAGS_USER) | (view.getUint32(MCONTEXT + Reg.EFLAGS * 8, true) & EFLAGS_USER)) >>> 0;
  for (let reg = 0; reg < Reg.EFLAGS; reg += 1) {
    regs.setParts(reg, view.getUint32(MCONTEXT + reg * 8, true), view.getUint32(MCONTEXT + reg * 8 + 4, true));
  }
  regs.set(Reg.EFLAGS, flags);
  const mask = sigset(view.getUint32(SIGMASK, true), view.getUint32(SIGMASK + 4, true));
  takeStack(task);
  return restoreFpState(task, fpAt, fpAt - at, UC + got) ? mask : null;
}

/** The alternate stack as the frame has it, unless the thread runs on the present one. */
function takeStack(task: Task): void {
  const flags = view.getUint32(UC_STACK + 8, true);
  if (onAltStack(task, task.thread.regs.get(Reg.RSP))) return;
  if ((flags & SS_DISABLE) !== 0) {
    resetAltStack(task);
    return;
  }
  task.altStackBase = getU64(UC_STACK);
  task.altStackSize = getU64(UC_STACK + 16);
  task.altStackFlags = flags;
}

const LEGACY = 512;
const XSTATE_MAGIC_AT = 464;
const XSTATE_MAGIC = 0x46505853;

/** `at`: the image's address; `offset`: where that is in `frame`, which holds the first `have` bytes as the guest has them. */
function restoreFpState(task: Task, at: number, offset: number, have: number): boolean {
  const { regs } = task.thread;
  if (at === 0) return regs.loadFpState(NO_FPSTATE);
  const size = regs.fpStateSize;
  if (offset >= FRAME_SIZE && offset + size <= have) return loadImage(regs, frame.subarray(offset, offset + size));
  // Not where the kernel put it: a frame that the guest built.
  const image = new Uint8Array(size);
  if (task.mem.read(at, image, 0, LEGACY) < 0) return false;
  if (isExtended(image) && size > LEGACY && task.mem.read(at, image, 0, size) < 0) return false;
  return loadImage(regs, image);
}
function isExtended(image: Uint8Array): boolean {
  return new DataView(image.buffer, image.byteOffset).getUint32(XSTATE_MAGIC_AT, true) === XSTATE_MAGIC;
}
function loadImage(regs: Registers, image: Uint8Array): boolean {
  return regs.loadFpState(isExtended(image) ? image : image.subarray(0, LEGACY));
}
