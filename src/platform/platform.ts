/**
 * The platform: how guest code runs, and how the kernel reaches it. The kernel knows address spaces, guest threads,
 * entry, exit, interrupt and copies, and nothing of how they are done. Implementations: `native/` (stub processes,
 * seccomp traps, patched call sites) and `fake.ts` (unit tests).
 *
 * Everything here is synchronous and called from the kernel's one thread. Numbers that the guest can influence
 * (arguments, registers) are untrusted. Failures of the host are returned as -errno.
 *
 * 64-bit guest values are JavaScript numbers where they are addresses or sizes (exact below 2^53; a register above
 * that loses low bits, which is harmless: no valid address is that high), and lo/hi halves where every bit counts.
 */

/** Why a guest thread is in the kernel. */
export const Event = {
  /** A system call: `nr` and `arg*` are valid. */
  Syscall: 1,
  /** A processor exception: `fault*` and the full register frame are valid. */
  Fault: 2,
  /** The answer to `interrupt()`: the thread was computing, and its full register frame is valid. */
  Interrupt: 3,
  /** The answer to `resumeForFrame()`: the call is over, its result is in place, the full frame is valid. */
  Frame: 4,
  /** The thread's host thread or process died without being told to (OOM killer, kill from outside, a broken stub). */
  Died: 5,
} as const;
export type Event = (typeof Event)[keyof typeof Event];

/** Which system call entry a call came in by. Anything but `Syscall64` is answered with ENOSYS by the kernel. */
export const Abi = { Syscall64: 0, Int80: 1, X32: 2, Vsyscall: 3 } as const;
export type Abi = (typeof Abi)[keyof typeof Abi];

/** Index of a general register in `Registers`, in the order of Linux's `struct sigcontext` (gregs of ucontext). */
export const Reg = {
  R8: 0,
  R9: 1,
  R10: 2,
  R11: 3,
  R12: 4,
  R13: 5,
  R14: 6,
  R15: 7,
  RDI: 8,
  RSI: 9,
  RBP: 10,
  RBX: 11,
  RDX: 12,
  RAX: 13,
  RCX: 14,
  RSP: 15,
  RIP: 16,
  EFLAGS: 17,
} as const;

/**
 * A view on a stopped thread's registers. Valid while the thread is in the kernel with a full frame (`hasFrame`);
 * without one, RSP, RIP (of the instruction after the call) and the call's own registers are still right.
 */
export interface Registers {
  lo(reg: number): number;
  hi(reg: number): number;
  /** The register as an unsigned number; exact below 2^53. */
  get(reg: number): number;
  set(reg: number, value: number): void;
  setParts(reg: number, lo: number, hi: number): void;
  getFsBase(): number;
  setFsBase(value: number): void;
  /** Copies the XSAVE image (legacy area first, as in a signal frame's fpstate, FP_XSTATE magic included) out; its length. Needs a full frame. */
  saveFpState(target: Uint8Array): number;
  /** Loads an fpstate image as a signal frame holds it; false if it is malformed. Length 0 gives the clean initial state. Needs a full frame. */
  loadFpState(source: Uint8Array): boolean;
  /** Bytes of an fpstate image in a signal frame on this machine. */
  readonly fpStateSize: number;
}

/** One guest thread: a host thread of its address space's stub process. */
export interface GuestThread {
  readonly space: AddressSpace;
  /** The kernel's own object for this thread (its Task). */
  owner: unknown;
  /** Host thread id, in the sandbox's pid namespace. */
  readonly hostTid: number;

  // ---- what brought the thread in; valid from `Platform.next` until it is resumed
  event: Event;
  abi: Abi;
  /** The call's number as in EAX, signed 32 bits. */
  nr: number;
  /** Argument i (0 to 5) as an unsigned 64-bit value; above 2^53 low bits are lost. */
  arg(i: number): number;
  argLo(i: number): number;
  argHi(i: number): number;
  readonly regs: Registers;
  /** True when every register can be read and written, and `resumeFrame` works. Always so for fork, clone, exec and rt_sigreturn. */
  readonly hasFrame: boolean;
  /** Faults: Linux signal number (SIGSEGV, ...), si_code, si_addr, trap number, error code. */
  faultSignal: number;
  faultCode: number;
  faultAddr: number;
  faultTrapNo: number;
  faultErr: number;

  // ---- answers; exactly one per event
  /** Ends a system call with `result` (value or -errno, as a signed number up to 2^53 in size). */
  resume(result: number): void;
  /** Ends a system call whose result needs all 64 bits. */
  resumeParts(lo: number, hi: number): void;
  /** Ends a system call, but has the thread come back at once with `Event.Frame`, to have its registers changed. */
  resumeForFrame(result: number): void;
  /** Continues from the (possibly changed) full frame, restoring every register. */
  resumeFrame(): void;
  /**
   * Ends a system call by letting the calling thread itself do one host call on anonymous memory that the kernel
   * has validated: mmap (fixed, anonymous, private), munmap, mprotect, madvise (DONTNEED, FREE). The guest sees
   * `result` if the host call succeeds (mmap: `result` is the address), else its -errno.
   */
  resumeWithMemoryCall(nr: number, a0: number, a1: number, a2: number, a3: number, result: number): void;
  /** Says the call will sleep: the thread stops spinning and sleeps until resumed. A hint. */
  park(): void;
  /**
   * Has a computing thread enter the kernel (`Event.Interrupt`) soon; if it is entering anyway, that event comes instead,
   * and an `Interrupt` that nobody asked for any more may follow.
   */
  interrupt(): void;
  /**
   * Ends the host thread. If `clearTid` is not 0 a zero is stored there first (futex wakes are the kernel's).
   * The object is dead afterwards.
   */
  exit(clearTid: number): void;

  // ---- the transfer buffer: data that travelled with the call, or travels with the answer
  /**
   * Guest bytes [addr, addr+length) that came with this call, as an offset into `Platform.u8`; -1 if they did not.
   * The bytes are shared with a hostile guest: copy before checking.
   */
  carried(addr: number, length: number): number;
  /** A NUL-terminated string that came with this call: offset into `Platform.u8` and length through `Platform.carriedLength`; -1 if it did not. */
  carriedString(addr: number): number;
  /**
   * The 32-bit word at `addr` if it came with this call and no futex wake happened since it was read (see
   * `Platform.bumpFutexSequence`), so that a futex wait may compare it without another look; else -1.
   */
  carriedWord(addr: number): number;
  /**
   * Room for `length` bytes that the answer will store at guest address `addr` (several may be queued, in order):
   * an offset into `Platform.u8` to fill before resuming, or -1 if there is no room (then use `AddressSpace.write`).
   * A fault while storing turns the call's result into -EFAULT, or into `onFault` when given.
   */
  reply(addr: number, length: number): number;
  /** Shortens the last `reply` to its first `length` bytes (0 drops it), when less came than there was room for. */
  trimReply(length: number): void;
}

/** What the platform asks the kernel's memory map so that it can patch call sites in guest text. */
export interface PatchAdvice {
  /** Whether `addr` lies in private memory that is executable and not writable. */
  mayPatch(addr: number): boolean;
  /**
   * Takes `length` bytes of free address space within 2 GB of `near` out of use for good (a special area, copied by
   * fork), for trampolines: the address, or -errno. The platform maps it.
   */
  reserve(near: number, length: number): number;
}

/** One guest address space: a stub process. Guest addresses are below `Platform.guestEnd`. */
export interface AddressSpace {
  readonly hostPid: number;
  readonly alive: boolean;
  /** Set by the kernel when the space has a memory map; null: call sites are never patched. */
  patchAdvice: PatchAdvice | null;

  // ---- memory commands: queued, carried out in order by `flush`; each replaces what was mapped there (MAP_FIXED)
  /** Maps anonymous private memory. `prot`, `flags` as in mmap(2) (MAP_GROWSDOWN, MAP_NORESERVE, MAP_LOCKED, MAP_POPULATE kept). */
  mapAnonymous(addr: number, length: number, prot: number, flags: number): void;
  /** Maps a host file; `shared` chooses MAP_SHARED or MAP_PRIVATE. The descriptor may be closed after flush. Open it no wider than the guest did. */
  mapFile(addr: number, length: number, prot: number, shared: boolean, fd: number, offset: number): void;
  unmap(addr: number, length: number): void;
  protect(addr: number, length: number, prot: number): void;
  /** mremap with MREMAP_MAYMOVE|FIXED when `newAddr` differs from `addr`, plain resize otherwise. */
  remap(addr: number, oldLength: number, newLength: number, newAddr: number, dontUnmap: boolean): void;
  advise(addr: number, length: number, advice: number): void;
  sync(addr: number, length: number, flags: number): void;
  lock(addr: number, length: number, on: boolean): void;
  /** Carries out what is queued. 0, or the -errno of the first command that failed (later ones are not done). */
  flush(): number;

  // ---- copies, for what does not travel with a call; number of bytes done (short at a fault), or -EFAULT if none
  read(addr: number, target: Uint8Array, targetOffset: number, length: number): number;
  write(addr: number, source: Uint8Array, sourceOffset: number, length: number): number;
  /** mincore: for `pages` pages from `addr`, 1 into `target[i]` if resident, else 0; 0 or -errno. From /proc/PID/pagemap. */
  resident(addr: number, pages: number, target: Uint8Array): number;
  /** Writes through page protections (ptrace, code patching): /proc/PID/mem. */
  poke(addr: number, source: Uint8Array, sourceOffset: number, length: number): number;
  /** A 32-bit word, or -1 for a fault (callers compare with >>> 0 values). */
  readWord(addr: number): number;
  writeWord(addr: number, value: number): boolean;
  /** Atomic on the word (dear while guests run: the mm thread does it): returns the old value, or -1 for a fault or a lost race that should be retried (see `raced`). */
  compareExchangeWord(addr: number, expected: number, replacement: number): number;

  // ---- threads and processes
  /**
   * Starts a thread whose registers are those in `frame` (general registers set before the first instruction), or a
   * copy of `like`'s (which must have a full frame) when given; further changes through `regs` until `resumeFrame()`.
   * Negative: -errno. The host thread comes up while the kernel goes on: a failure then shows as `Event.Died`.
   */
  newThread(owner: unknown, like: GuestThread | null): GuestThread | number;
  /**
   * fork(2) of the memory: a new address space whose one thread is a copy of `parent` (which must have a full frame),
   * in `Event.Frame`, not yet resumed. Negative: -errno. The memory has been copied when this returns; the child may still
   * be coming up, which `hostPid` and most other uses of the space wait for.
   */
  fork(parent: GuestThread, owner: unknown): { space: AddressSpace; thread: GuestThread } | number;
  /**
   * execve: leaves an address space with no mapping and one thread (the caller, or a fresh one), in `Event.Frame`, with
   * all registers zero. Returns the thread to use from now on (its `space` may be a new object), or -errno.
   * With `keepOld` other threads (a vfork parent's) go on in the old space: then the space is always a new one and only
   * the caller's host thread ends. Without it the other threads must have been ended before.
   */
  exec(caller: GuestThread, owner: unknown, keepOld: boolean): GuestThread | number;
  /**
   * How soon the host, out of memory, is to kill this process (oom_score_adj, -1000 to 1000; 0 for a fresh one, a fork has its
   * parent's), but always before the kernel itself.
   */
  setOomScore(score: number): void;
  /** Ends the process and frees all. */
  destroy(): void;
}

/** Called when a watched host descriptor is ready; `events` is EPOLL* bits. */
export type HostReady = (events: number) => void;

export interface Platform {
  /** All memory shared with stubs, as one array: offsets returned by `carried` and `reply` index it. */
  readonly u8: Uint8Array;
  /** Length of the string that the last `carriedString` found, without its NUL. */
  readonly carriedLength: number;
  /** Highest guest address + 1: nothing of the guest's may be mapped at or above it. */
  readonly guestEnd: number;
  /** Address and length of the vDSO pages mapped in every space ([vvar] first), 0 if none. */
  readonly vdso: { vvarStart: number; vvarEnd: number; vdsoStart: number; vdsoEnd: number };
  /** AT_HWCAP, AT_HWCAP2, AT_MINSIGSTKSZ for guests. */
  readonly hwcap: number;
  readonly hwcap2: number;
  readonly minSigStackSize: number;

  /** The first address space, empty, with one thread in `Event.Frame`; registers zero. */
  start(owner: unknown): { space: AddressSpace; thread: GuestThread } | number;
  /**
   * The next guest thread that has an event, waiting for it as the wait policy says; null when the deadline
   * (monotonic ns, Infinity for none) passed or a host descriptor is ready (after its callback ran).
   */
  next(deadlineNs: number): GuestThread | null;
  /** CLOCK_MONOTONIC, in ns. */
  now(): number;
  /** The kernel calls it in every futex wake (and requeue), before it looks for waiters. */
  bumpFutexSequence(): void;

  // ---- host descriptors that the kernel waits for (terminal, control socket, timers)
  watch(fd: number, events: number, ready: HostReady): void;
  unwatch(fd: number): void;

  // ---- host I/O on behalf of guests, into or out of `u8` or another array; result or -errno
  host: HostCalls;
  /** Kills every stub. */
  shutdown(): void;
}

/**
 * Host system calls. `call` takes numbers, strings (Latin-1 byte strings, passed NUL-terminated) and typed arrays
 * (passed by address) and returns the host's value, or -errno. It is for the confined kernel's own, allow-listed use.
 */
export interface HostCalls {
  call(nr: number, ...args: (number | string | Uint8Array | Int32Array | Float64Array)[]): number;
  /** pread64(fd, u8[offset..], length, pos), pos -1 for read(2). */
  read(fd: number, target: Uint8Array, offset: number, length: number, pos: number): number;
  write(fd: number, source: Uint8Array, offset: number, length: number, pos: number): number;
  /**
   * recvmsg(2): one message into `target`, and the descriptors that came with it (close-on-exec) into `fds` from index 1
   * on, their number into fds[0]; more than fit are closed. Bytes, or -errno.
   */
  receive(socket: number, target: Uint8Array, fds: Int32Array, flags: number): number;
}
