/**
 * A guest thread as the kernel sees it: a view on its context in the arena (layout.h).
 *
 * The guest can write the context at any instant. Call number and arguments are copied out once, when the event is
 * taken; everything else read from there is either a value that only matters to the guest, or bounded at its use.
 */
import { EFAULT } from '#abi/errno.ts';
import { Abi, Event, type GuestThread, Reg, type Registers } from '../platform.ts';
import { type Arena, GLOBAL_SLOT } from './arena.ts';
import * as L from './layout.ts';
import type { NativePlatform } from './native-platform.ts';
import type { NativeSpace } from './space.ts';
import { Owed } from './wakes.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, Sys } from './sys.ts';

const HI = 4294967296;
const SIGTRAP = 5;
const FUTEX_SEQ = (GLOBAL_SLOT + L.G_FUTEX_SEQ) >> 2;
const PATCH_REGION = 0x1_0000;
/** rt_sigreturn, clone, fork, vfork, execve, execveat, clone3. */
const needsFrame = new Uint8Array(512);
for (const nr of [15, 56, 57, 58, 59, 322, 435]) needsFrame[nr] = 1;
const FP_MAGIC1 = 0x46505853;
const FP_MAGIC2 = 0x46505845;

/** What the thread's host side is doing. */
export const Phase = { Starting: 0, Running: 1, InKernel: 2, Gone: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

export class NativeThread implements GuestThread {
  readonly space: NativeSpace;
  readonly platform: NativePlatform;
  readonly arena: Arena;
  owner: unknown;
  readonly regs: NativeRegisters;
  /** Index of the context in its process, and offset of its slot in the arena. */
  readonly index: number;
  readonly at: number;

  event: Event = Event.Frame;
  abi: Abi = Abi.Syscall64;
  nr = 0;
  faultSignal = 0;
  faultCode = 0;
  faultAddr = 0;
  faultTrapNo = 0;
  faultErr = 0;
  hasFrame = true;
  phase: Phase = Phase.Starting;
  /** May use all CPUs, the kernel's too (placement.ts). */
  wide = false;
  /** Let go while asleep, and who is to wake it (wakes.ts). */
  owed: Owed = Owed.No;
  /** Place in the platform's list of running threads, -1 if not there. */
  runPlace = -1;
  /** The event waits in the platform's own queue (nothing of the host's will announce it). */
  queued = false;
  replyCount = 0;
  replyUsed = 0;
  action = 0;
  onFault = -EFAULT;
  /** The call came by a patched site but needs a full frame: it is handed out when the thread has trapped for one. */
  escalating = false;
  readonly #args = new Uint32Array(12);
  /** Where the thread is to map a region for trampolines on its way out (A_QUIET). */
  #region = 0;

  constructor(platform: NativePlatform, space: NativeSpace, index: number, at: number, owner: unknown) {
    this.platform = platform;
    this.arena = platform.arena;
    this.space = space;
    this.index = index;
    this.at = at;
    this.owner = owner;
    this.regs = new NativeRegisters(this);
  }

  get hostTid(): number {
    return this.arena.i32[(this.at + L.C_TID) >> 2] ?? 0;
  }

  /**
   * Copies the event out of the context. The platform calls it once, when the thread has come in; false if the thread
   * has been sent on already.
   */
  take(): boolean {
    const u32 = this.arena.u32;
    const w = this.at >> 2;
    const raw = u32[w + 1] ?? 0;
    const kind = raw & 0xff;
    this.phase = Phase.InKernel;
    this.replyCount = 0;
    this.replyUsed = 0;
    this.action = 0;
    if (kind === Event.Syscall) {
      this.event = Event.Syscall;
      this.nr = this.arena.i32[w + 2] ?? 0;
      this.abi = ((raw >>> 8) & 3) as Abi;
      this.hasFrame = (raw & L.EV_PATCHED) === 0;
      const args = this.#args;
      for (let i = 0; i < 12; i++) args[i] = u32[w + 4 + i] ?? 0;
      if (!this.hasFrame) {
        if (needsFrame[this.nr] !== 1) return true;
        this.escalating = true;
        this.#go(L.A_FRAME);
        return false;
      }
      if (this.abi === Abi.Syscall64) this.#trapped();
      return true;
    }
    this.hasFrame = true;
    if (this.escalating) {
      this.escalating = false;
      if (kind === Event.Frame) {
        this.event = Event.Syscall;
        return true;
      }
    }
    if (kind === Event.Fault) {
      this.event = Event.Fault;
      this.faultSignal = (u32[(this.at + L.C_SIGNAL) >> 2] ?? 0) & 0x3f;
      this.faultCode = this.arena.i32[(this.at + L.C_SIG_CODE) >> 2] ?? 0;
      this.faultAddr = this.#get(L.C_SIG_ADDR);
      this.faultErr = this.#get(L.C_REGS + 8 * 19);
      this.faultTrapNo = this.#get(L.C_REGS + 8 * 20);
      if (this.faultSignal === SIGTRAP && this.#fellOnPatch()) return false;
    } else {
      this.event = kind === Event.Frame ? Event.Frame : Event.Interrupt;
      if (this.event === Event.Interrupt) this.#leaveTrampoline();
    }
    return true;
  }

  /** A call trapped: its site may be worth a patch. */
  #trapped(): void {
    const { space } = this;
    const ip = this.regs.get(Reg.RIP);
    if (space.patchAdvice === null || needsFrame[this.nr] === 1 || !space.patches.count(ip)) return;
    space.patches = space.patches.own();
    const region = space.patches.patch(space, ip, this.nr, this.platform.patchedEntry);
    if (region === 0) return;
    // The thread itself maps the region on its way out; the site's next trap will find it.
    this.#region = region;
    this.#memoryCall(Sys.mmap, region, PATCH_REGION, 5, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
    this.action |= L.A_MEM | L.A_QUIET;
  }

  /** The thread has a call of its own to make on its way out, so the mm thread maps the region for trampolines. */
  #mapRegionNow(): void {
    this.space.mapTrampolines(this.#region, PATCH_REGION);
  }

  /** It ran onto the breakpoint that stands first while a site is patched: the patch is complete by now. */
  #fellOnPatch(): boolean {
    const site = this.space.patches.trapped(this.regs.get(Reg.RIP));
    if (site === 0) return false;
    this.regs.set(Reg.RIP, site);
    this.resumeFrame();
    return true;
  }

  /** Stopped inside a trampoline: put back to its site, which amounts to the same. */
  #leaveTrampoline(): void {
    const site = this.space.patches.siteOfTrampoline(this.space, this.regs.get(Reg.RIP));
    if (site !== 0) {
      this.regs.set(Reg.RIP, site);
      this.action |= L.A_REGS;
    }
  }

  #get(offset: number): number {
    const w = (this.at + offset) >> 2;
    return (this.arena.u32[w] ?? 0) + (this.arena.u32[w + 1] ?? 0) * HI;
  }

  arg(i: number): number {
    return (this.#args[2 * i] ?? 0) + (this.#args[2 * i + 1] ?? 0) * HI;
  }

  argLo(i: number): number {
    return this.#args[2 * i] ?? 0;
  }

  argHi(i: number): number {
    return this.#args[2 * i + 1] ?? 0;
  }

  resume(result: number): void {
    const w = this.at >> 2;
    const u32 = this.arena.u32;
    u32[w + 4] = result >>> 0;
    u32[w + 5] = result >= 0 && result < HI ? 0 : Math.floor(result / HI) >>> 0;
    this.#go(this.action);
  }

  resumeParts(lo: number, hi: number): void {
    const w = this.at >> 2;
    this.arena.u32[w + 4] = lo >>> 0;
    this.arena.u32[w + 5] = hi >>> 0;
    this.#go(this.action);
  }

  resumeForFrame(result: number): void {
    if (this.hasFrame) {
      this.regs.set(Reg.RAX, result);
      this.event = Event.Frame;
      this.action |= L.A_REGS;
      this.platform.enqueue(this);
      return;
    }
    const w = this.at >> 2;
    this.arena.put64((w << 2) | L.C_RESULT, result);
    this.#go(this.action | L.A_FRAME);
  }

  resumeFrame(): void {
    this.#go(this.action | L.A_REGS);
  }

  resumeWithMemoryCall(nr: number, a0: number, a1: number, a2: number, a3: number, result: number): void {
    if ((this.action & L.A_QUIET) !== 0) this.#mapRegionNow();
    this.#memoryCall(nr, a0, a1, a2, a3);
    this.action = (this.action & ~L.A_QUIET) | L.A_MEM;
    if (nr !== Sys.madvise) this.space.textGoes(a0, a1);
    this.resume(result);
  }

  #memoryCall(nr: number, a0: number, a1: number, a2: number, a3: number): void {
    const { at, arena } = this;
    arena.u32[(at + L.C_MEM_NR) >> 2] = nr;
    arena.put64(at + L.C_MEM_ARGS, a0);
    arena.put64(at + L.C_MEM_ARGS + 8, a1);
    arena.put64(at + L.C_MEM_ARGS + 16, a2);
    arena.put64(at + L.C_MEM_ARGS + 24, a3);
  }

  /** Publishes the answer. The context is the guest's from here on. */
  #go(action: number): void {
    const { arena, platform } = this;
    if ((action & L.A_REPLY) !== 0) {
      arena.u32[(this.at + L.C_REPLY_COUNT) >> 2] = this.replyCount;
      arena.put64(this.at + L.C_ON_FAULT, this.onFault);
    }
    arena.u32[(this.at + L.C_EVENT) >> 2] = action;
    if (this.phase === Phase.Starting && this.space.isUnsettled) {
      // The platform lets it go when its process has reported itself.
      platform.addRunning(this, this.space.doneIndex);
      return;
    }
    this.#publish();
  }

  /** The process of this new thread has reported itself: off it goes. (Or its process did not come up, and it has died.) */
  startSettled(): void {
    if (this.space.settle()) this.#publish();
  }

  #publish(): void {
    const { arena, platform } = this;
    if (this.phase === Phase.Starting) this.space.spinMm(platform.mmSpin);
    this.phase = Phase.Running;
    platform.addRunning(this, this.at >> 2);
    if (Atomics.exchange(arena.i32, this.at >> 2, L.S_RUN) === L.S_ASLEEP) platform.wakes.wake(this);
  }

  park(): void {
    if (this.phase === Phase.InKernel) this.platform.wakes.park(this);
  }

  interrupt(): void {
    if (this.phase === Phase.Starting && this.runPlace >= 0) this.arena.u32[(this.at + L.C_INTERRUPT) >> 2] = 1;
    if (this.phase !== Phase.Running) return;
    const tid = this.hostTid;
    if (tid <= 0) this.arena.u32[(this.at + L.C_INTERRUPT) >> 2] = 1;
    else this.arena.addon.call(Sys.tgkill, this.space.hostPid, tid, L.INTERRUPT_SIGNAL);
  }

  exit(clearTid: number): void {
    if (this.phase === Phase.Gone) return;
    const inKernel = this.phase === Phase.InKernel || this.phase === Phase.Starting;
    this.platform.forget(this);
    if (inKernel && this.space.alive) {
      this.arena.put64(this.at + L.C_EXIT_CLEAR, clearTid);
      this.arena.u32[(this.at + L.C_EVENT) >> 2] = L.A_EXIT;
      if (Atomics.exchange(this.arena.i32, this.at >> 2, L.S_RUN) === L.S_ASLEEP) {
        this.arena.changeBell(this.at);
        this.arena.ring(this.at);
      }
    }
    this.phase = Phase.Gone;
    this.space.threadGone(this);
  }

  // ---- data that travels with calls

  carried(addr: number, length: number): number {
    const u32 = this.arena.u32;
    const count = Math.min((u32[(this.at + L.C_ITEM_COUNT) >> 2] ?? 0) & 0xffff, L.C_ITEM_MAX);
    for (let i = 0, w = (this.at + L.C_ITEMS) >> 2; i < count; i++, w += 4) {
      const delta = addr - ((u32[w] ?? 0) + (u32[w + 1] ?? 0) * HI);
      const have = u32[w + 2] ?? 0;
      const offset = u32[w + 3] ?? 0;
      if (delta < 0 || delta + length > have) continue;
      if (offset < L.C_CARRY || offset + delta + length > L.C_CARRY + L.C_CARRY_SIZE) return -1;
      return this.at + offset + delta;
    }
    return -1;
  }

  carriedString(addr: number): number {
    const u32 = this.arena.u32;
    const count = Math.min((u32[(this.at + L.C_ITEM_COUNT) >> 2] ?? 0) & 0xffff, L.C_ITEM_MAX);
    for (let i = 0, w = (this.at + L.C_ITEMS) >> 2; i < count; i++, w += 4) {
      if ((u32[w] ?? 0) + (u32[w + 1] ?? 0) * HI !== addr) continue;
      const have = u32[w + 2] ?? 0;
      const offset = u32[w + 3] ?? 0;
      if (offset < L.C_CARRY || offset + have > L.C_CARRY + L.C_CARRY_SIZE) return -1;
      const end = this.arena.u8.subarray(this.at + offset, this.at + offset + have).indexOf(0);
      if (end < 0) return -1;
      this.platform.carriedLength = end;
      return this.at + offset;
    }
    return -1;
  }

  carriedWord(addr: number): number {
    const { u32 } = this.arena;
    const w = (this.at + L.C_ITEMS) >> 2;
    if (((u32[(this.at + L.C_ITEM_COUNT) >> 2] ?? 0) & 0xffff) !== 1 || u32[(this.at + L.C_WORD_SEQ) >> 2] !== u32[FUTEX_SEQ]) return -1;
    if ((u32[w] ?? 0) + (u32[w + 1] ?? 0) * HI !== addr || u32[w + 2] !== 4 || u32[w + 3] !== L.C_CARRY) return -1;
    return u32[(this.at + L.C_CARRY) >> 2] ?? -1;
  }

  reply(addr: number, length: number): number {
    if (this.replyCount === L.C_REPLY_MAX || this.replyUsed + length > L.C_REPLY_SIZE || this.event !== Event.Syscall) return -1;
    const offset = L.C_REPLY + this.replyUsed;
    const at = this.at + L.C_REPLIES + 16 * this.replyCount++;
    this.arena.put64(at, addr);
    this.arena.u32[(at + 8) >> 2] = length;
    this.arena.u32[(at + 12) >> 2] = offset;
    this.replyUsed += (length + 15) & ~15;
    this.action |= L.A_REPLY;
    return this.at + offset;
  }

  /** Room for bytes that a thread not yet resumed for the first time will store as it starts; -1 if there is none. */
  storeAtStart(addr: number, length: number): number {
    const event = this.event;
    this.event = Event.Syscall;
    const at = this.reply(addr, length);
    this.event = event;
    return at;
  }

  trimReply(length: number): void {
    if (this.replyCount === 0) return;
    const at = this.at + L.C_REPLIES + 16 * (this.replyCount - 1);
    if (length > 0) {
      this.arena.u32[(at + 8) >> 2] = length;
    } else if (--this.replyCount === 0) {
      this.action &= ~L.A_REPLY;
    }
  }
}

class NativeRegisters implements Registers {
  readonly #thread: NativeThread;
  readonly #arena: Arena;
  readonly #at: number;

  constructor(thread: NativeThread) {
    this.#thread = thread;
    this.#arena = thread.arena;
    this.#at = thread.at + L.C_REGS;
  }

  lo(reg: number): number {
    return this.#arena.u32[(this.#at + 8 * reg) >> 2] ?? 0;
  }

  hi(reg: number): number {
    return this.#arena.u32[(this.#at + 8 * reg + 4) >> 2] ?? 0;
  }

  get(reg: number): number {
    return this.lo(reg) + this.hi(reg) * HI;
  }

  set(reg: number, value: number): void {
    this.#arena.put64(this.#at + 8 * reg, value);
  }

  setParts(reg: number, lo: number, hi: number): void {
    this.#arena.u32[(this.#at + 8 * reg) >> 2] = lo >>> 0;
    this.#arena.u32[(this.#at + 8 * reg + 4) >> 2] = hi >>> 0;
  }

  getFsBase(): number {
    const w = (this.#thread.at + L.C_FS_BASE) >> 2;
    return (this.#arena.u32[w] ?? 0) + (this.#arena.u32[w + 1] ?? 0) * HI;
  }

  setFsBase(value: number): void {
    this.#arena.put64(this.#thread.at + L.C_FS_BASE, value);
    this.#thread.action |= L.A_FS;
  }

  get fpStateSize(): number {
    return this.#thread.platform.fpStateSize;
  }

  saveFpState(target: Uint8Array): number {
    const thread = this.#thread;
    const size = thread.platform.fpStateSize;
    const from = this.fpOffset();
    if (from < 0) return thread.platform.cleanFpState(target);
    target.set(this.#arena.u8.subarray(from, from + size));
    return size;
  }

  /** Where the image is: staged by loadFpState, or in the host's signal frame; -1 for the clean state. */
  fpOffset(): number {
    const thread = this.#thread;
    if ((thread.action & L.A_FP) !== 0) return thread.at + L.C_FP;
    if (thread.phase === Phase.Starting) return -1;
    const offset = this.#arena.u32[(thread.at + L.C_FP_OFFSET) >> 2] ?? 0;
    if (offset < L.C_STACK_TOP || offset + thread.platform.fpStateSize > L.C_ALT + L.C_ALT_SIZE) return -1;
    return thread.at + offset;
  }

  loadFpState(source: Uint8Array): boolean {
    const { platform, at } = this.#thread;
    const size = platform.fpStateSize;
    const u8 = this.#arena.u8;
    if (source.length === 0) {
      platform.cleanFpState(u8.subarray(at + L.C_FP, at + L.C_FP + size));
    } else {
      if (source.length < size) return false;
      const image = u8.subarray(at + L.C_FP, at + L.C_FP + size);
      image.set(source.subarray(0, size));
      if (!platform.fpStateIsSound(image)) return false;
    }
    this.#thread.action |= L.A_FP;
    return true;
  }
}

export { FP_MAGIC1, FP_MAGIC2 };
