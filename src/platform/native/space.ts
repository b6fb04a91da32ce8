/**
 * A guest address space: a stub process whose mm thread carries out the commands queued here.
 *
 * The mm thread's answers lie in memory that guests can write, so they are only ever read as "it worked" or an errno.
 * A forged answer makes the kernel continue early; the mm thread's filter bounds what torn commands could then do.
 */
import { EAGAIN, EFAULT, EINVAL, EIO, ENOMEM, ESRCH } from '#abi/errno.ts';
import type { AddressSpace, GuestThread, PatchAdvice } from '../platform.ts';
import { type Arena, SLOT } from './arena.ts';
import * as L from './layout.ts';
import type { NativePlatform } from './native-platform.ts';
import { PatchSet } from './patch.ts';
import {
  CLONE_FORK_FLAGS,
  CLONE_THREAD_FLAGS,
  MADV_DONTFORK,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  MSG_DONTWAIT,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  SIGKILL,
  Sys,
} from './sys.ts';
import { NativeThread, Phase } from './thread.ts';

/** Threads of one process: contexts that its memfd has room for. */
const MAX_THREADS = 4096;
export const PROCESS_BYTES = SLOT * (1 + MAX_THREADS);
/** The memory filter's limit for one range. */
const MAX_RANGE = 0x8_0000_0000;
/** First descriptor number free in a stub: 0 is the socket that brings descriptors. */
const STUB_FD = 1;
const MESSAGES = 8;
/** Entries of the fork batch whose results the kernel wants. */
const CHILD_PID = L.M_FORK_CHILD + 4;
const CHILD_THREAD = L.M_FORK_CHILD + 5;

export class NativeSpace implements AddressSpace {
  readonly platform: NativePlatform;
  readonly arena: Arena;
  #hostPid: number;
  alive = true;
  /** Offset of the process's slot; its first context's slot follows. */
  readonly at: number;
  readonly memfd: number;
  readonly threads = new Set<NativeThread>();
  patchAdvice: PatchAdvice | null = null;
  patches = new PatchSet();
  /** Threads that run guest code right now. */
  running = 0;
  seq: number;
  /** A guest thread was told to wake the mm thread, and may not have done it (wakes.ts). */
  owed = false;
  /** The process that forks this one, until it has reported itself; and the other way round. */
  #parent: NativeSpace | null = null;
  #child: NativeSpace | null = null;
  #strays = 0;
  #count = 0;
  #pending = false;
  /** The thread whose clone is in the pending batch, to be told if it failed. */
  #starting: NativeThread | null = null;
  #failed = 0;
  #messages = 0;
  #openFd = -1;
  readonly #slots: number[] = [];
  readonly #freeContexts: number[] = [];
  #memory = -1;
  readonly #word = new Uint8Array(4);
  readonly #doneWord = new Int32Array(1);

  constructor(platform: NativePlatform, hostPid: number, at: number, memfd: number, seq: number) {
    this.platform = platform;
    this.arena = platform.arena;
    this.#hostPid = hostPid;
    this.at = at;
    this.memfd = memfd;
    this.seq = seq;
    this.#slots.push(at + SLOT);
    this.#freeContexts.push(0);
    this.#doneWord[0] = (at + L.RES_OFFSET + L.R_DONE) >> 2;
    platform.arena.put64(at + L.M_BELL, platform.arena.bellAddress(at));
  }

  // ---- the command page

  /** Queues one host call for the mm thread. */
  command(nr: number, flags: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, extra = 0): void {
    if (this.#parent !== null) this.settle();
    this.await();
    // A forked child starts from our page; it must be off it before the page changes.
    if (this.#child !== null) this.#child.settle();
    this.#add(nr, flags, a0, a1, a2, a3, a4, a5, extra);
  }

  #add(nr: number, flags: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, extra = 0): void {
    this.#put(this.#count++, nr, flags, a0, a1, a2, a3, a4, a5, extra);
  }

  #put(index: number, nr: number, flags: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, extra = 0): void {
    const { arena } = this;
    const at = this.at + L.M_ENTRIES + index * L.E_SIZE;
    arena.u32[at >> 2] = nr;
    arena.u32[(at + L.E_FLAGS) >> 2] = flags;
    arena.put64(at + L.E_ARGS, a0);
    arena.put64(at + L.E_ARGS + 8, a1);
    arena.put64(at + L.E_ARGS + 16, a2);
    arena.put64(at + L.E_ARGS + 24, a3);
    arena.put64(at + L.E_ARGS + 32, a4);
    arena.put64(at + L.E_ARGS + 40, a5);
    arena.put64(at + L.E_EXTRA, extra);
  }

  /** Lets the mm thread start on what is queued. */
  submit(): void {
    // A batch ends by its last entry, not by a count: one still under way, whose end was forged, stops there too.
    const flags = (this.at + L.M_ENTRIES + (this.#count - 1) * L.E_SIZE + L.E_FLAGS) >> 2;
    this.arena.u32[flags] = (this.arena.u32[flags] ?? 0) | L.E_END;
    this.#count = 0;
    this.#start(0);
  }

  /**
   * Wakes the mm thread ahead of its next batch, for which it will spin for `spin` rounds: a wake-up takes some 50 us. Not where it
   * would spin on the CPU of the guest that waits for it.
   */
  rouse(spin: number): void {
    if (this.#pending || this.#count !== 0 || !this.settle() || this.#child !== null || this.platform.wakes.isFull) return;
    this.spinMm(spin);
    this.#add(Sys.getpid, 0);
    this.submit();
  }

  spinMm(spin: number): void {
    this.arena.u32[(this.at + L.M_SPIN) >> 2] = spin;
  }

  /** Lets the mm thread run the batch at entry `start`. */
  #start(start: number): void {
    const { arena } = this;
    const w = this.at >> 2;
    arena.u32[w + 1] = start;
    this.#pending = true;
    this.seq = (this.seq + 1) | 0;
    const { wakes, current } = this.platform;
    arena.put64(this.at + L.M_WAKE, wakes.partner(this, current));
    Atomics.store(arena.i32, w, this.seq);
    wakes.wakeMm(this, current);
  }

  get submitted(): boolean {
    return this.#pending;
  }

  get doneIndex(): number {
    return this.#doneWord[0] ?? 0;
  }

  /** Waits until the mm thread has done what was submitted. */
  await(): void {
    if (!this.#pending) return;
    this.#pending = false;
    this.platform.awaitWord(this.#doneWord, 1, (this.seq - 1) | 0, this);
    const thread = this.#starting;
    if (thread !== null) {
      this.#starting = null;
      if (this.result(0) < 0 && thread.phase !== Phase.Gone) this.platform.died(thread);
    }
  }

  /** What entry `i` of the last batch returned: 0 or more, or -errno. */
  result(i: number): number {
    const w = (this.at + L.RES_OFFSET + L.R_RESULTS + 8 * i) >> 2;
    const { i32 } = this.arena;
    return i32[w + 1] === -1 && (i32[w] ?? 0) < 0 && (i32[w] ?? 0) >= -4095 ? (i32[w] ?? -EIO) : 0;
  }

  // ---- memory commands

  /** The memory there is about to be replaced or changed: what was patched there is no more. */
  textGoes(addr: number, length: number): void {
    if (!this.patches.overlaps(addr, addr + length)) return;
    this.patches = this.patches.own();
    this.patches.forget(addr, addr + length);
  }

  get busy(): boolean {
    return this.running > 0;
  }

  #memoryCall(nr: number, a0: number, a1: number, a2: number, a3: number, a4: number, a5: number): void {
    if (this.#failed !== 0) return;
    if (this.#count >= L.M_MAX - 8) this.#failed = this.#runBatch();
    if (this.#failed !== 0) return;
    this.command(nr, L.E_MUST, a0, a1, a2, a3, a4, a5);
  }

  mapAnonymous(addr: number, length: number, prot: number, flags: number): void {
    this.textGoes(addr, length);
    const kept = flags & (0x100 | 0x4000 | 0x2000 | 0x8000);
    for (let done = 0; done < length; done += MAX_RANGE) {
      this.#memoryCall(
        Sys.mmap,
        addr + done,
        Math.min(MAX_RANGE, length - done),
        prot,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | kept,
        -1,
        0,
      );
    }
  }

  /** Maps a region for trampolines at once. Should that fail, sites near it stay unpatched. */
  mapTrampolines(addr: number, length: number): void {
    this.#memoryCall(Sys.mmap, addr, length, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    this.flush();
  }

  mapFile(addr: number, length: number, prot: number, shared: boolean, fd: number, offset: number): void {
    this.textGoes(addr, length);
    if (length > MAX_RANGE) this.#failed ||= -ENOMEM;
    if (this.#failed !== 0) return;
    if (fd !== this.#openFd || this.#count >= L.M_MAX - 8) {
      if (this.#messages === MESSAGES || this.#count >= L.M_MAX - 8) this.#failed = this.#runBatch();
      if (this.#failed !== 0) return;
      this.#closeFd();
      const r = this.#bring(fd);
      if (r < 0) {
        this.#failed = r;
        return;
      }
      this.#openFd = fd;
    }
    this.command(Sys.mmap, L.E_MUST, addr, length, prot, (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED, STUB_FD, offset);
  }

  /** Sends a descriptor and queues its receipt; it will be STUB_FD. 0 or -errno. */
  #bring(fd: number): number {
    const r = this.#send(fd, false);
    if (r < 0) return r;
    const slot = this.#messages++;
    this.writeMessage(slot);
    this.#add(Sys.recvmsg, L.E_MUST, 0, L.PROC_BASE + L.RES_OFFSET + L.R_MSG + slot * L.R_MSG_SIZE, MSG_DONTWAIT);
    return 0;
  }

  #send(fd: number, alone: boolean): number {
    if (this.#parent !== null) this.settle();
    this.await();
    if (this.#child !== null) this.#child.settle();
    if (!this.platform.claimFdSocket(this, alone)) return -EAGAIN;
    return this.arena.addon.sendFd(this.platform.fdSocket, fd);
  }

  /** A struct msghdr with room for one byte and one descriptor. */
  writeMessage(slot: number): void {
    const { arena } = this;
    const there = L.PROC_BASE + L.RES_OFFSET + L.R_MSG + slot * L.R_MSG_SIZE;
    const here = this.at + L.RES_OFFSET + L.R_MSG + slot * L.R_MSG_SIZE;
    arena.u8.fill(0, here, here + L.R_MSG_SIZE);
    arena.put64(here + 16, there + 56);
    arena.put64(here + 24, 1);
    arena.put64(here + 32, there + 96);
    arena.put64(here + 40, 24);
    arena.put64(here + 56, there + 80);
    arena.put64(here + 64, 1);
  }

  #closeFd(): void {
    if (this.#openFd < 0) return;
    this.#openFd = -1;
    this.command(Sys.close, 0, STUB_FD);
  }

  unmap(addr: number, length: number): void {
    this.textGoes(addr, length);
    for (let done = 0; done < length; done += MAX_RANGE) {
      this.#memoryCall(Sys.munmap, addr + done, Math.min(MAX_RANGE, length - done), 0, 0, 0, 0);
    }
  }

  protect(addr: number, length: number, prot: number): void {
    this.textGoes(addr, length);
    for (let done = 0; done < length; done += MAX_RANGE) {
      this.#memoryCall(Sys.mprotect, addr + done, Math.min(MAX_RANGE, length - done), prot, 0, 0, 0);
    }
  }

  remap(addr: number, oldLength: number, newLength: number, newAddr: number, dontUnmap: boolean): void {
    this.textGoes(addr, oldLength);
    this.textGoes(newAddr, newLength);
    if (newAddr === addr) {
      this.#memoryCall(Sys.mremap, addr, oldLength, newLength, 0, 0, 0);
    } else {
      const flags = MREMAP_MAYMOVE | MREMAP_FIXED | (dontUnmap ? MREMAP_DONTUNMAP : 0);
      this.#memoryCall(Sys.mremap, addr, oldLength, newLength, flags, newAddr, 0);
    }
  }

  advise(addr: number, length: number, advice: number): void {
    this.#memoryCall(Sys.madvise, addr, length, advice, 0, 0, 0);
  }

  sync(addr: number, length: number, flags: number): void {
    this.#memoryCall(Sys.msync, addr, length, flags, 0, 0, 0);
  }

  lock(addr: number, length: number, on: boolean): void {
    this.#memoryCall(on ? Sys.mlock : Sys.munlock, addr, length, 0, 0, 0, 0);
  }

  flush(): number {
    if (!this.alive) {
      this.#count = 0;
      return -ESRCH;
    }
    const r = this.#failed || this.#runBatch();
    if (r < 0) this.#abandon();
    this.#failed = 0;
    this.#messages = 0;
    return r;
  }

  #runBatch(): number {
    this.#closeFd();
    const count = this.#count;
    if (count === 0) return 0;
    this.clearResults(0, count);
    this.submit();
    this.await();
    this.#messages = 0;
    if (!this.alive) return -ESRCH;
    for (let i = 0; i < count; i++) {
      const r = this.result(i);
      if (r < 0) return r;
    }
    return 0;
  }

  /** The low half of what entry `i` returned. */
  #raw(i: number): number {
    return this.arena.i32[(this.at + L.RES_OFFSET + L.R_RESULTS + 8 * i) >> 2] ?? 0;
  }

  clearResults(from: number, count: number): void {
    const w = (this.at + L.RES_OFFSET + L.R_RESULTS + 8 * from) >> 2;
    this.arena.u32.fill(0, w, w + 2 * count);
  }

  /** After a failure: no descriptor stays open in the stub, no message in the socket. */
  #abandon(): void {
    this.#openFd = -1;
    this.#count = 0;
    this.platform.drainFdSocket();
    if (!this.alive) return;
    this.command(Sys.close_range, 0, STUB_FD, 0xffffffff);
    this.submit();
    this.await();
  }

  // ---- copies

  read(addr: number, target: Uint8Array, targetOffset: number, length: number): number {
    if (!this.alive || (addr + length > L.GUEST_END && !this.#inVdso(addr, length))) return -EFAULT;
    const r = this.arena.addon.vmRead(this.hostPid, addr, target, targetOffset, length);
    return r < 0 ? -EFAULT : r;
  }

  #inVdso(addr: number, length: number): boolean {
    const { vdsoStart, vdsoEnd } = this.platform.vdso;
    return addr >= vdsoStart && addr + length <= vdsoEnd;
  }

  write(addr: number, source: Uint8Array, sourceOffset: number, length: number): number {
    if (!this.alive || addr + length > L.GUEST_END) return -EFAULT;
    if (this.#parent !== null && this.#storeAtStart(addr, source, sourceOffset, length)) return length;
    const r = this.arena.addon.vmWrite(this.hostPid, addr, source, sourceOffset, length);
    return r < 0 ? -EFAULT : r;
  }

  poke(addr: number, source: Uint8Array, sourceOffset: number, length: number): number {
    if (!this.alive || addr + length > L.GUEST_END) return -EFAULT;
    if (this.#memory < 0) this.#memory = this.platform.openProc(`${this.hostPid}/mem`);
    if (this.#memory < 0) return -EFAULT;
    const r = this.arena.addon.write(this.#memory, source, sourceOffset, length, addr);
    return r < 0 ? -EFAULT : r;
  }

  readWord(addr: number): number {
    const b = this.#word;
    if (this.read(addr, b, 0, 4) !== 4) return -1;
    return ((b[0] ?? 0) | ((b[1] ?? 0) << 8) | ((b[2] ?? 0) << 16) | ((b[3] ?? 0) << 24)) >>> 0;
  }

  writeWord(addr: number, value: number): boolean {
    const b = this.#word;
    for (let i = 0; i < 4; i++) b[i] = value >>> (8 * i);
    return this.write(addr, b, 0, 4) === 4;
  }

  compareExchangeWord(addr: number, expected: number, replacement: number): number {
    const old = this.readWord(addr);
    if (old !== expected >>> 0) return old;
    // Without a guest running nobody else can write. Otherwise the mm thread does it, in one instruction; should the
    // guest unmap the word at this moment, that ends the guest.
    if (this.platform.isQuiet) return this.writeWord(addr, replacement) ? old : -1;
    if (addr % 4 !== 0 || this.flush() < 0) return -1;
    this.command(expected >>> 0, L.E_CAS, addr, replacement >>> 0);
    this.submit();
    this.await();
    return this.alive ? this.#raw(0) >>> 0 : -1;
  }

  resident(addr: number, pages: number, target: Uint8Array): number {
    if (!this.alive || addr + pages * 4096 > L.GUEST_END) return -ENOMEM;
    const fd = this.platform.openProc(`${this.hostPid}/pagemap`, 0);
    if (fd < 0) return fd;
    const chunk = new Uint8Array(8 * 512);
    let r = 0;
    for (let page = 0; page < pages; page += 512) {
      const n = Math.min(512, pages - page);
      r = this.arena.addon.read(fd, chunk, 0, 8 * n, (addr / 4096 + page) * 8);
      if (r < 8 * n) break;
      // Bit 63: present. Bit 62: swapped.
      for (let i = 0; i < n; i++) target[page + i] = ((chunk[8 * i + 7] ?? 0) & 0x80) !== 0 ? 1 : 0;
      r = 0;
    }
    this.arena.addon.call(Sys.close, fd);
    return r === 0 ? 0 : -ENOMEM;
  }

  // ---- threads and processes

  newThread(owner: unknown, like: GuestThread | null): NativeThread | number {
    if (!this.settle()) return -ESRCH;
    this.await();
    this.#child?.settle();
    const index = this.#freeContext();
    if (index < 0) return index;
    const thread = this.adopt(index, owner);
    if (like !== null) copyRegisters(like as NativeThread, thread);
    this.clearResults(0, 1);
    this.#cloneThread(thread, 0);
    this.#starting = thread;
    this.submit();
    return thread;
  }

  #cloneThread(thread: NativeThread, flags: number): void {
    const context = L.PROC_BASE + SLOT * (1 + thread.index);
    this.#add(Sys.clone, L.E_THREAD | flags, CLONE_THREAD_FLAGS, 0, 0, context + L.C_TID, 0, 0, context);
  }

  /** A context that no host thread uses any more, or a new one; -errno. */
  #freeContext(): number {
    const free = this.#freeContexts;
    for (let i = 0; i < free.length; i++) {
      const index = free[i] ?? 0;
      // The host clears the thread id when the thread has ended.
      if (this.arena.i32[((this.#slots[index] ?? 0) + L.C_TID) >> 2] === 0) {
        free.splice(i, 1);
        return index;
      }
    }
    const index = this.#slots.length;
    if (index >= MAX_THREADS) return -EAGAIN;
    const at = this.arena.mapSingle(this.memfd, SLOT * (1 + index));
    if (at === 0) return -EAGAIN;
    this.#slots.push(at);
    return index;
  }

  /** Makes the thread object for context `index`, which counts as posted until the first answer. */
  adopt(index: number, owner: unknown): NativeThread {
    const at = this.#slots[index] ?? 0;
    const thread = new NativeThread(this.platform, this, index, at, owner);
    const { arena } = this;
    const context = L.PROC_BASE + SLOT * (1 + index);
    arena.u8.fill(0, at, at + 0x300);
    arena.put64(at + L.C_SELF, context);
    arena.u32[(at + L.C_SLOT) >> 2] = at / SLOT;
    arena.put64(at + L.C_STACK_T, context + L.C_ALT);
    arena.put64(at + L.C_STACK_T + 16, L.C_ALT_SIZE);
    arena.u32[(at + L.C_REGS + 8 * 17) >> 2] = 0x202;
    arena.u32[(at + L.C_REGS + 8 * 18) >> 2] = 0x33;
    arena.u32[(at + L.C_REGS + 8 * 18 + 4) >> 2] = 0x2b0000;
    arena.u32[at >> 2] = L.S_POSTED;
    arena.i32[(at + L.C_TID) >> 2] = -1;
    thread.action = L.A_REGS | L.A_FS;
    this.threads.add(thread);
    return thread;
  }

  /** Context 0 of a fresh process. */
  takeFirstContext(): void {
    this.#freeContexts.length = 0;
  }

  threadGone(thread: NativeThread): void {
    this.threads.delete(thread);
    if (this.alive) this.#freeContexts.push(thread.index);
  }

  fork(parent: GuestThread, owner: unknown): { space: NativeSpace; thread: NativeThread } | number {
    return this.forkProcess(parent as NativeThread, owner);
  }

  /**
   * A child process whose one thread is a copy of `parent`, or fresh when null. It has been cloned when this returns,
   * but reports itself later (`settle`), while the kernel and the parent go on.
   */
  forkProcess(parent: NativeThread | null, owner: unknown): { space: NativeSpace; thread: NativeThread } | number {
    const made = this.orderFork(parent, owner);
    if (typeof made === 'number') return made;
    // A guest that forges this answer gets a child that never reports.
    this.await();
    const failure = this.alive ? this.result(L.M_FORK + 1) || this.result(L.M_FORK + 2) : -ESRCH;
    if (failure) {
      made.space.giveUp();
      this.#abandon();
      return failure;
    }
    return made;
  }

  /** Has the mm thread fork, and does not wait for it. */
  orderFork(parent: NativeThread | null, owner: unknown): { space: NativeSpace; thread: NativeThread } | number {
    if (!this.alive) return -ESRCH;
    if (parent !== null && !parent.hasFrame) return -EINVAL;
    const flushed = this.flush();
    if (flushed < 0) return flushed;
    this.await();
    const { arena, platform } = this;
    this.rouse(platform.mmSpin);
    const memfd = arena.memfd('belljar-process', PROCESS_BYTES);
    if (memfd < 0) return memfd;
    const at = arena.mapPair(memfd);
    if (at === 0) {
      arena.addon.call(Sys.close, memfd);
      return -EAGAIN;
    }
    // 0 says that the child has not reported.
    if (this.seq === -1) this.seq = 0;
    const child = new NativeSpace(platform, 0, at, memfd, this.seq);
    child.takeFirstContext();
    const thread = child.adopt(0, owner);
    if (parent !== null) {
      copyRegisters(parent, thread);
      child.patches = this.patches.share();
    }

    child.#prepare((this.seq + 1) | 0);
    const sent = this.#send(memfd, true);
    if (sent < 0) {
      child.#free();
      return sent;
    }
    this.writeMessage(0);
    this.clearResults(L.M_FORK, 3);
    child.#parent = this;
    child.#strays = platform.strays;
    this.#child = child;
    this.#start(L.M_FORK);
    return { space: child, thread };
  }

  /**
   * Waits until a forked process has reported itself on its own page. Comes before its guest thread runs for the first
   * time, which could write there. False if it never came up: then the space is dead.
   */
  settle(): boolean {
    const parent = this.#parent;
    if (parent === null) return this.alive;
    this.#parent = null;
    if (parent.#child === this) parent.#child = null;
    const { arena } = this;
    if (parent.alive) this.platform.awaitWord(this.#doneWord, 1, 0, parent, this.#strays);
    const pid = arena.i32[this.doneIndex] === this.seq ? this.#raw(CHILD_PID) : 0;
    this.#hostPid = pid;
    if (pid > 0) {
      this.platform.addSpace(this);
      if (this.#raw(CHILD_THREAD) > 0 && !this.platform.strayPids.delete(pid)) return true;
      arena.addon.call(Sys.kill, pid, SIGKILL);
    }
    this.onDeath();
    return false;
  }

  /** The fork failed: there is no process, or none that will be looked at. */
  giveUp(): void {
    const parent = this.#parent;
    if (parent !== null && parent.#child === this) parent.#child = null;
    this.#parent = null;
    this.destroy();
  }

  /** Forked, and not yet heard of. */
  get isUnsettled(): boolean {
    return this.#parent !== null;
  }

  get hostPid(): number {
    if (this.#parent !== null) this.settle();
    return this.#hostPid;
  }

  set hostPid(pid: number) {
    this.#hostPid = pid;
  }

  /** Bytes for a forked child's memory that its thread can store itself on its first way out; false if not so. */
  #storeAtStart(addr: number, source: Uint8Array, offset: number, length: number): boolean {
    if (this.#parent === null || length > 64) return false;
    const [thread] = this.threads;
    if (thread === undefined || thread.phase !== Phase.Starting || thread.queued) return false;
    const at = thread.storeAtStart(addr, length);
    if (at < 0) return false;
    for (let i = 0; i < length; i++) this.arena.u8[at + i] = source[offset + i] ?? 0;
    return true;
  }

  /** Sets the command page up for a process that is about to be forked and will have done batch `seq`. */
  #prepare(seq: number): void {
    const w = this.at >> 2;
    this.seq = seq;
    this.arena.i32[w] = seq;
    this.arena.u32[w + 3] = this.platform.mmSpin;
    this.fillForkEntries();
  }

  /**
   * The batch that forks. The child goes on at M_FORK_CHILD: on its parent's page first, whose entry there maps the
   * child's own page over it, then on its own.
   */
  fillForkEntries(): void {
    const context = L.PROC_BASE + SLOT;
    this.#put(L.M_FORK, Sys.close_range, L.E_MUST, STUB_FD, 0xffffffff);
    this.#put(L.M_FORK + 1, Sys.recvmsg, L.E_MUST, 0, L.PROC_BASE + L.RES_OFFSET + L.R_MSG, MSG_DONTWAIT);
    this.#put(L.M_FORK + 2, Sys.clone, L.E_FORK | L.E_MUST, CLONE_FORK_FLAGS, 0, 0, 0, 0, 0, L.M_FORK_CHILD);
    this.#put(L.M_FORK + 3, Sys.close, L.E_END, STUB_FD);
    const child = L.M_FORK_CHILD;
    this.#put(child, Sys.mmap, L.E_NOSTORE, L.PROC_BASE, L.CMD_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, STUB_FD, 0);
    this.#put(
      child + 1,
      Sys.mmap,
      L.E_NOSTORE,
      L.PROC_BASE + L.RES_OFFSET,
      PROCESS_BYTES - L.RES_OFFSET,
      PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_FIXED,
      STUB_FD,
      L.RES_OFFSET,
    );
    this.#put(child + 2, Sys.madvise, L.E_MUST, L.PROC_BASE + L.RES_OFFSET, PROCESS_BYTES - L.RES_OFFSET, MADV_DONTFORK);
    this.#put(child + 3, Sys.close, 0, STUB_FD);
    this.#put(CHILD_PID, Sys.getpid, 0);
    this.#put(CHILD_THREAD, Sys.clone, L.E_THREAD | L.E_END, CLONE_THREAD_FLAGS, 0, 0, context + L.C_TID, 0, 0, context);
  }

  exec(caller: GuestThread, owner: unknown, keepOld: boolean): NativeThread | number {
    const made = this.platform.takeFresh(owner);
    if (typeof made === 'number') return made;
    if (keepOld) caller.exit(0);
    else this.destroy();
    return made.thread;
  }

  /** The host process is gone or unusable: says so for each thread. */
  onDeath(): void {
    if (!this.alive) return;
    const threads = [...this.threads];
    this.#free();
    for (const thread of threads) this.platform.died(thread);
  }

  setOomScore(score: number): void {
    if (this.alive) this.platform.setOomScore(this.hostPid, score);
  }

  destroy(): void {
    if (!this.alive) return;
    const threads = [...this.threads];
    const pid = this.hostPid;
    for (const thread of threads) {
      this.platform.forget(thread);
      thread.phase = Phase.Gone;
    }
    if (!this.alive) return;
    if (pid > 0) this.arena.addon.call(Sys.kill, pid, SIGKILL);
    this.#free();
  }

  #free(): void {
    if (this.#child !== null) this.#child.settle();
    this.alive = false;
    this.threads.clear();
    this.platform.whenIdle(this);
  }

  /** Gives back what a dead space holds of the kernel's process. */
  release(): void {
    const { arena } = this;
    arena.freePair(this.at);
    for (let i = 1; i < this.#slots.length; i++) arena.freeSingle(this.#slots[i] ?? 0);
    arena.addon.call(Sys.close, this.memfd);
    if (this.#memory >= 0) arena.addon.call(Sys.close, this.#memory);
    this.#memory = -1;
  }
}

function copyRegisters(from: NativeThread, to: NativeThread): void {
  const { u8 } = from.arena;
  u8.copyWithin(to.at + L.C_REGS, from.at + L.C_REGS, from.at + L.C_REGS + 8 * 18);
  u8.copyWithin(to.at + L.C_FS_BASE, from.at + L.C_FS_BASE, from.at + L.C_FS_BASE + 8);
  const image = from.regs.fpOffset();
  if (image >= 0) {
    to.regs.loadFpState(u8.subarray(image, image + from.platform.fpStateSize));
  }
}
