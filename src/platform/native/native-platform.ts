/**
 * The native platform: guests run in stub processes (native/stub), enter by seccomp traps and patched call sites, and
 * share one arena with the kernel. docs/boundary.md explains it.
 *
 * Ordering: `open` starts the zygote, and must come before the kernel confines itself; afterwards only the host calls
 * listed in docs/boundary.md are used.
 */
import { readFileSync } from 'node:fs';
import { EAGAIN, EIO } from '#abi/errno.ts';
import { Event, type GuestThread, type HostCalls, type HostReady, type Platform } from '../platform.ts';
import { type Addon, type CallArg, FLAG_CHILD, FLAG_WATCH, loadAddon } from './addon.ts';
import { Arena, GLOBAL_SLOT } from './arena.ts';
import { fillCarryTable } from './carry.ts';
import * as L from './layout.ts';
import { guestFilter, mmFilter } from './seccomp.ts';
import { Placement } from './placement.ts';
import { NativeSpace, PROCESS_BYTES } from './space.ts';
import { MADV_DONTFORK, MREMAP_FIXED, MREMAP_MAYMOVE, SIGKILL, Sys } from './sys.ts';
import { FP_MAGIC1, FP_MAGIC2, type NativeThread, Phase } from './thread.ts';
import { Owed, Wakes } from './wakes.ts';

const BATCH_NS = 20e9;
/** Looks at the running threads' words before the addon waits for them: some 10 ns each. */
const LOOKS = 24;
const STRAY_NS = 1e9;
/** What the addon's wait answers instead of sleeping, and how it is asked to. */
const SLEEPY = -3;
const PLACED = 1;
const NO_SLEEP = 2;
/** The mm thread of a process that is about to be loaded spins for about 100 us. */
const LOAD_SPIN = 2500;
const MAX_DEAD = 32;
const MREMAP = MREMAP_MAYMOVE | MREMAP_FIXED;
const P_PID = 1;
const P_PGID = 2;
const WEXITED = 4;
const WNOHANG = 1;
const WNOWAIT = 0x01000000;
const AT_FDCWD = -100;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
/** Signals that guest threads take: ILL, TRAP, BUS, FPE, SEGV, SYS and our interrupt. Everything else is blocked. */
const TAKEN = [4, 5, 7, 8, 11, 31, L.INTERRUPT_SIGNAL];

export interface WaitPolicy {
  cpus: number;
  /** Rounds of `pause` (some 40 ns each). */
  kernelSpin: number;
  guestSpin: number;
  /** The same when as many guests run as there are CPUs. */
  crowdedSpin: number;
  kernelYields: number;
  guestYields: number;
}

const MANY_CPUS = { kernelSpin: 1500, guestSpin: 3000, crowdedSpin: 20, kernelYields: 0, guestYields: 0 };
const ONE_CPU = { kernelSpin: 0, guestSpin: 0, crowdedSpin: 0, kernelYields: 20, guestYields: 20 };

export interface NativeOptions {
  /** The addon's path (build/native/belljar.node). */
  addon: string;
  /** The stub program: a path, or an open descriptor. */
  stub: string | number;
  /** A descriptor of the pid namespace's /proc; opened here when missing. */
  procFd?: number;
  /** Bytes of address space for shared pages; 64 KiB for each guest thread and process. */
  arenaBytes?: number;
  policy?: Partial<WaitPolicy>;
}

/** oom_score_adj of this process if the launcher could lower it: killed last, but not never. */
const OOM_LAST = -999;
/** Else stubs are this far above it, and guests' own values, which keep their order, a tenth of themselves. */
const OOM_DISTANCE = 900;

export class NativePlatform implements Platform {
  readonly arena: Arena;
  readonly u8: Uint8Array;
  carriedLength = 0;
  readonly guestEnd = L.GUEST_END;
  vdso = { vvarStart: 0, vvarEnd: 0, vdsoStart: 0, vdsoEnd: 0 };
  hwcap = 0;
  hwcap2 = 0;
  minSigStackSize = 2048;
  fpStateSize = 0;
  readonly host: HostCalls;
  /** Where descriptors for stubs go in. All stubs hold the other end; only the one that is told to reads it. */
  fdSocket = -1;
  #fdSocketFar = -1;
  readonly #procFd: number;
  zygote!: NativeSpace;
  /** The space that descriptors were sent to last. */
  #fdReader: NativeSpace | null = null;
  readonly #peek = new Uint8Array(1);
  #spare: { space: NativeSpace; thread: NativeThread } | null = null;
  /** Processes that ended and were not known: a fork's child that died before its report, or one given up. */
  strays = 0;
  /** Their pids, as long as one of them may turn out to be a fork's child that reported itself and then died. */
  readonly strayPids = new Set<number>();
  /**
   * The wait policy (docs/boundary.md): rounds of `pause`, then sched_yields, then sleep. With a CPU to spare the
   * kernel spins some 20 us; when guests want every CPU, or there is only one, it yields and sleeps instead.
   */
  readonly policy: WaitPolicy;
  mmSpin = 0;
  #crowded = true;
  readonly #placement: Placement;
  readonly wakes: Wakes;
  /** The thread whose event is being answered. */
  current: NativeThread | null = null;
  readonly #addon: Addon;
  readonly #spaces = new Map<number, NativeSpace>();
  #running: NativeThread[] = [];
  #runWords = new Int32Array(1024);
  #runCount = 0;
  #queue: NativeThread[] = [];
  readonly #dead: NativeSpace[] = [];
  readonly #watched = new Map<number, HostReady>();
  /** oom_score_adj of stubs where this process's own could not be lowered; null: what guests say. */
  #oomBase: number | null = null;
  readonly #ready = new Int32Array(64);
  #cleanFp = new Uint8Array(0);
  #handlers = { signal: 0, restorer: 0, entry: 0, stack: 0 };

  static open(options: NativeOptions): NativePlatform {
    return new NativePlatform(options);
  }

  private constructor(options: NativeOptions) {
    const addon = loadAddon(options.addon);
    this.#addon = addon;
    this.arena = new Arena(addon, options.arenaBytes ?? 0x4000_0000);
    this.u8 = this.arena.u8;
    this.host = {
      call: (nr: number, ...args: CallArg[]): number => addon.call(nr, ...args),
      read: addon.read,
      write: addon.write,
      receive: addon.receive,
    };
    this.#procFd = options.procFd ?? this.#must('open /proc', addon.call(Sys.openat, AT_FDCWD, '/proc', 0o2200000));
    this.#placement = new Placement(addon, this.openProc('thread-self/schedstat', 0));
    this.wakes = new Wakes(this.arena, this.#placement);
    const { cpus } = this.#placement;
    this.policy = { ...(cpus > 1 ? MANY_CPUS : ONE_CPU), cpus, ...options.policy };
    this.#readAuxv();
    this.#setCrowded(false);
    this.#fillGlobalPage();
    this.#startZygote(options.stub);
    // Outside a pid namespace of its own nothing else ends the stubs.
    process.once('exit', () => this.shutdown());
  }

  #must(what: string, r: number): number {
    if (r < 0) throw new Error(`the boundary did not start: ${what} failed with errno ${-r}`);
    return r;
  }

  #readAuxv(): void {
    const b = readFileSync('/proc/self/auxv');
    for (let i = 0; i + 16 <= b.length; i += 16) {
      const value = b.readUInt32LE(i + 8);
      if (b.readUInt32LE(i) === 16) this.hwcap = value;
      if (b.readUInt32LE(i) === 26) this.hwcap2 = value;
      if (b.readUInt32LE(i) === 51) this.minSigStackSize = value;
    }
    // GS is the stub's and FS is known here without asking, so guests are not told of FSGSBASE's instructions.
    this.hwcap2 &= ~2;
  }

  #fillGlobalPage(): void {
    const { arena } = this;
    const at = GLOBAL_SLOT;
    let mask = [0xffffffff, 0xffffffff];
    for (const s of TAKEN) mask = mask.map((m, i) => ((s - 1) >> 5 === i ? m & ~(1 << ((s - 1) & 31)) : m));
    arena.u32[(at + L.G_MASK) >> 2] = mask[0] ?? 0;
    arena.u32[(at + L.G_MASK + 4) >> 2] = mask[1] ?? 0;
    const programs: [number, Uint8Array][] = [
      [L.G_PROG_GUEST, guestFilter()],
      [L.G_PROG_MM, mmFilter()],
    ];
    let offset = L.G_BPF;
    for (const [place, code] of programs) {
      arena.u32[(at + place) >> 2] = code.length / 8;
      arena.put64(at + place + 8, L.GLOBAL_BASE + offset);
      arena.u8.set(code, at + offset);
      offset += code.length;
    }
    fillCarryTable(arena);
  }

  /** Tells guests how to wait; called when the number of running guests crosses the number of spare CPUs. */
  #setCrowded(crowded: boolean): void {
    this.#crowded = crowded;
    this.arena.u32[(GLOBAL_SLOT + L.G_SPIN) >> 2] = crowded ? this.policy.crowdedSpin : this.policy.guestSpin;
    this.arena.u32[(GLOBAL_SLOT + L.G_YIELD) >> 2] = crowded ? 0 : this.policy.guestYields;
    // An mm thread must not take the only CPU that guests have.
    this.mmSpin = crowded || this.policy.cpus < 3 ? this.policy.crowdedSpin : this.policy.kernelSpin;
  }

  #startZygote(stub: string | number): void {
    const addon = this.#addon;
    const { arena } = this;
    const pair = new Int32Array(2);
    // AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC
    this.#must('socketpair', addon.call(Sys.socketpair, 1, 5 | 0o2000000, 0, pair));
    this.fdSocket = pair[0] ?? -1;
    this.#fdSocketFar = pair[1] ?? -1;
    const stubFd = typeof stub === 'number' ? stub : this.#must(`open ${stub}`, addon.call(Sys.openat, AT_FDCWD, stub, 0o2000000));
    const memfd = this.#must('memfd_create', arena.memfd('belljar-process', PROCESS_BYTES));
    const at = arena.mapPair(memfd);
    const zygote = new NativeSpace(this, 0, at, memfd, 1);
    zygote.takeFirstContext();
    this.zygote = zygote;
    arena.u32[(at + L.M_SEQ) >> 2] = 1;
    zygote.fillForkEntries();
    zygote.hostPid = this.#must('start the zygote', addon.zygote(stubFd, this.#fdSocketFar, memfd, arena.globalFd));
    this.#placement.placeZygote(zygote.hostPid);
    this.addSpace(zygote);
    if (typeof stub === 'string') addon.call(Sys.close, stubFd);
    this.awaitWord(new Int32Array([zygote.doneIndex]), 1, 0, zygote);
    if (!zygote.alive) throw new Error('the boundary did not start: the stub program ended at once');
    const table = (i: number): number => {
      const w = (at + L.RES_OFFSET + L.R_TABLE + 8 * i) >> 2;
      return (arena.u32[w] ?? 0) + (arena.u32[w + 1] ?? 0) * 4294967296;
    };
    this.#handlers = { signal: table(0), restorer: table(1), entry: table(2), stack: table(3) };
    this.#prepareZygote(zygote);
  }

  /** Orders the zygote to take the shape that all stubs inherit: handlers, limits, no mapping of its own, the mm filter. */
  #prepareZygote(zygote: NativeSpace): void {
    const { arena } = this;
    const data = zygote.at + L.M_DATA;
    const there = L.PROC_BASE + L.M_DATA;
    // struct kernel_sigaction: SIGINFO, ONSTACK, RESTORER, NODEFER; everything but SEGV and BUS blocked meanwhile.
    arena.put64(data, this.#handlers.signal);
    arena.u32[(data + 8) >> 2] = 0x4c000004;
    arena.put64(data + 16, this.#handlers.restorer);
    arena.u32[(data + 24) >> 2] = ~((1 << 10) | (1 << 6));
    arena.u32[(data + 28) >> 2] = 0xffffffff;
    for (const s of TAKEN) zygote.command(Sys.rt_sigaction, L.E_MUST, s, there, 0, 8);
    // All blocked: the mm thread takes no signal.
    arena.put64(data + 32, 0);
    arena.u32[(data + 32) >> 2] = 0xffffffff;
    arena.u32[(data + 36) >> 2] = 0xffffffff;
    zygote.command(Sys.rt_sigprocmask, L.E_MUST, 2, there + 32, 0, 8);
    zygote.command(Sys.prlimit64, L.E_MUST, 0, 4, there + 40, 0);
    // capset: version 3, every set empty.
    arena.u32[(data + 64) >> 2] = 0x20080522;
    zygote.command(Sys.capset, L.E_MUST, there + 64, there + 72);
    zygote.command(Sys.prctl, L.E_MUST, 38, 1, 0, 0, 0);
    zygote.command(Sys.prctl, L.E_MUST, 1, SIGKILL, 0, 0, 0);
    zygote.command(Sys.close_range, L.E_MUST, 1, 0xffffffff, 0);
    zygote.command(Sys.madvise, L.E_MUST, L.PROC_BASE + L.RES_OFFSET, L.CTX_SIZE - L.RES_OFFSET, MADV_DONTFORK);
    const special: [number, number][] = [];
    for (const line of this.#procText(`${zygote.hostPid}/maps`).split('\n')) {
      const m = /^([0-9a-f]+)-([0-9a-f]+) .{4} \S+ \S+ \S+ *(.*)$/.exec(line);
      if (m === null) continue;
      const start = Number.parseInt(m[1] ?? '', 16);
      const end = Number.parseInt(m[2] ?? '', 16);
      const name = m[3] ?? '';
      if (name.startsWith('[vvar') || name === '[vdso]') special.push([start, end]);
      if (name.startsWith('[vvar')) {
        this.vdso.vvarStart ||= start;
        this.vdso.vvarEnd = end;
      } else if (name === '[vdso]') {
        this.vdso.vdsoStart = start;
        this.vdso.vdsoEnd = end;
      } else if (start < 0x8000_0000_0000 && !(start >= L.TEXT_BASE && start < L.PROC_BASE + PROCESS_BYTES)) {
        zygote.command(Sys.munmap, L.E_MUST, start, end - start);
      }
    }
    this.#must('set the stub up', zygote.flush());
    this.#moveVdso(zygote, special);
    zygote.command(Sys.seccomp, L.E_MUST, 1, 0, L.GLOBAL_BASE + L.G_PROG_MM);
    this.#must('set the stub up', zygote.flush());
    // The launcher has given this process, and so the zygote, the lowest there is (as root), or else it has the caller's.
    const own = Number(this.#procText('self/oom_score_adj')) || 0;
    if (own > OOM_LAST) this.#oomBase = own + OOM_DISTANCE;
    this.setOomScore(zygote.hostPid, 0);
  }

  setOomScore(pid: number, score: number): void {
    const fd = this.openProc(`${pid}/oom_score_adj`, 1);
    if (fd < 0) return;
    const host = this.#oomBase === null ? Math.max(score, OOM_LAST + 1) : Math.min(1000, this.#oomBase + Math.trunc(score / 10));
    const text = Buffer.from(String(host));
    this.#addon.write(fd, text, 0, text.length, -1);
    this.#addon.call(Sys.close, fd);
  }

  /** Moves vvar and vdso next to the stub's own pages. Where the host has sealed them they stay where they are. */
  #moveVdso(zygote: NativeSpace, mappings: readonly (readonly [start: number, end: number])[]): void {
    const { vdso } = this;
    const from = Math.min(...mappings.map(([start]) => start));
    // They must keep their distances.
    if (mappings.length === 0 || Math.max(...mappings.map(([, end]) => end)) - from > L.PROC_BASE - L.VDSO_BASE) return;
    const shift = L.VDSO_BASE - from;
    for (const [i, [start, end]] of mappings.entries()) {
      zygote.command(Sys.mremap, L.E_MUST, start, end - start, end - start, MREMAP, start + shift);
      const r = zygote.flush();
      if (r < 0 && i === 0) return;
      this.#must('move the vdso', r);
    }
    for (const key of ['vvarStart', 'vvarEnd', 'vdsoStart', 'vdsoEnd'] as const) if (vdso[key] !== 0) vdso[key] += shift;
  }

  #procText(path: string): string {
    const fd = this.openProc(path, 0);
    const parts: Buffer[] = [];
    for (;;) {
      const b = Buffer.alloc(65536);
      const n = this.#addon.read(fd, b, 0, b.length, -1);
      if (n <= 0) break;
      parts.push(b.subarray(0, n));
    }
    this.#addon.call(Sys.close, fd);
    return Buffer.concat(parts).toString('latin1');
  }

  /** Opens a file of /proc (O_CLOEXEC), for reading and writing unless told; descriptor or -errno. */
  openProc(path: string, flags = 2): number {
    return this.#addon.call(Sys.openat, this.#procFd, path, flags | 0o2000000);
  }

  // ---- waiting

  /**
   * Waits until one of the words differs from `value`; its place, or -1 if `space` died meanwhile (or did not answer
   * for very long, and was killed), or strangers beyond the first `strays` died and nothing came for a second.
   */
  awaitWord(indices: Int32Array, count: number, value: number, space: NativeSpace, strays = this.strays): number {
    // The mm thread may have been left to the caller to wake.
    const spin = this.#crowded ? this.policy.crowdedSpin : this.policy.kernelSpin;
    if (space.owed) {
      const r = this.#addon.wait(indices, count, spin, 0, Infinity, value, FLAG_CHILD, NO_SLEEP);
      if (r < 0) this.wakes.flush();
      else this.wakes.heardOfMm(space);
      if (r >= 0) return r;
    }
    let deadline = this.#addon.now() + BATCH_NS;
    while (space.alive) {
      const r = this.#addon.wait(indices, count, spin, this.policy.kernelYields, deadline, value, FLAG_CHILD, 0);
      if (r >= 0) return r;
      if (r === -2) {
        this.#reap();
        // Perhaps it was the one we wait for: then it will not come. It is not asked for long.
        if (this.strays !== strays) deadline = Math.min(deadline, this.#addon.now() + STRAY_NS);
      } else if (this.strays !== strays) {
        return -1;
      } else {
        if (space.hostPid > 0) this.#addon.call(Sys.kill, space.hostPid, SIGKILL);
        space.onDeath();
      }
    }
    return -1;
  }

  next(deadlineNs: number): GuestThread | null {
    this.current = null;
    this.current = this.#next(deadlineNs);
    return this.current;
  }

  #next(deadlineNs: number): NativeThread | null {
    const { i32 } = this.arena;
    again: for (;;) {
      if (this.#queue.length > 0) {
        const queued = this.#queue.shift() as NativeThread;
        queued.queued = false;
        return queued;
      }
      const words = this.#runWords;
      const count = this.#runCount;
      // A guest that makes call after call is back before the addon could be asked: a few looks first.
      for (let look = count < this.policy.cpus ? LOOKS : 1; look > 0; look--) {
        for (let i = 0; i < count; i++) {
          if (Atomics.load(i32, words[i] as number) === L.S_RUN) continue;
          const thread = this.#arrived(i);
          if (thread !== null) return thread;
          continue again;
        }
      }
      if (this.#dead.length > 0) {
        for (const space of this.#dead.splice(0)) space.release();
        continue;
      }
      const crowded = !this.#placement.maySpin(count);
      if (crowded !== this.#crowded) this.#setCrowded(crowded);
      let r = SLEEPY;
      if (count !== 0) {
        const spin = crowded ? this.policy.crowdedSpin : this.policy.kernelSpin;
        const yields = crowded ? 0 : this.policy.kernelYields;
        r = this.#addon.wait(words, count, spin, yields, deadlineNs, L.S_RUN, FLAG_CHILD | FLAG_WATCH, PLACED | NO_SLEEP);
      }
      if (r === SLEEPY && this.wakes.any) {
        this.wakes.flush();
        continue;
      }
      if (r === SLEEPY) r = this.#sleep(words, count, deadlineNs);
      if (r >= 0) {
        const thread = this.#arrived(r);
        if (thread !== null) return thread;
        continue;
      }
      if (r === -1) return null;
      const flags = Atomics.and(i32, 0, ~FLAG_WATCH);
      if ((flags & FLAG_CHILD) !== 0) this.#reap();
      if ((flags & FLAG_WATCH) !== 0) {
        this.#collect();
        return this.#queue.length > 0 ? this.#next(deadlineNs) : null;
      }
    }
  }

  /** As the addon's wait. */
  #sleep(words: Int32Array, count: number, deadlineNs: number): number {
    const flags = FLAG_CHILD | FLAG_WATCH;
    const from = count < this.policy.cpus ? 0 : this.#addon.now();
    if (this.#placement.isCramped(count)) {
      // A moment of quiet does not tell yet that guests compute and want the kernel's CPU as well.
      const look = this.#placement.look(from, deadlineNs);
      const r = this.#addon.wait(words, count, 0, 0, look, L.S_RUN, flags, 0);
      if (r !== -1 || look === deadlineNs) return r;
      this.#placement.slept(from, count);
    }
    this.#placement.widen(this.#running, count);
    const r = this.#addon.wait(words, count, 0, 0, deadlineNs, L.S_RUN, flags, 0);
    this.#placement.slept(from, count);
    return r;
  }

  #arrived(i: number): NativeThread | null {
    const thread = this.#running[i] as NativeThread;
    this.#removeRunning(thread);
    this.#placement.arrived(thread);
    this.wakes.arrived(thread);
    if (thread.phase === Phase.Starting) {
      thread.startSettled();
      return null;
    }
    return thread.take() ? thread : null;
  }

  /** No guest thread runs: all are in the kernel. */
  get isQuiet(): boolean {
    return this.#runCount === 0;
  }

  /** From now on the thread has an event when the arena word of this index is not 0. */
  addRunning(thread: NativeThread, word: number): void {
    const place = this.#runCount++;
    if (place === this.#runWords.length) {
      const larger = new Int32Array(place * 2);
      larger.set(this.#runWords);
      this.#runWords = larger;
    }
    this.#running[place] = thread;
    this.#runWords[place] = word;
    this.wakes.running = this.#runCount;
    thread.runPlace = place;
    thread.space.running++;
  }

  #removeRunning(thread: NativeThread): void {
    const place = thread.runPlace;
    if (place < 0) return;
    const last = --this.#runCount;
    const moved = this.#running[last] as NativeThread;
    this.#running[place] = moved;
    this.#runWords[place] = this.#runWords[last] ?? 0;
    moved.runPlace = place;
    thread.runPlace = -1;
    thread.owed = Owed.No;
    this.wakes.running = last;
    thread.space.running--;
  }

  /** Frees what a dead space holds when nothing better is to be done, or too many have come together. */
  whenIdle(space: NativeSpace): void {
    this.#dead.push(space);
    if (this.#dead.length > MAX_DEAD) for (const dead of this.#dead.splice(0)) dead.release();
  }

  /** The thread has an event that no stub will announce. */
  enqueue(thread: NativeThread): void {
    if (thread.queued) return;
    thread.queued = true;
    this.#queue.push(thread);
  }

  forget(thread: NativeThread): void {
    this.#removeRunning(thread);
    if (thread.queued) {
      thread.queued = false;
      this.#queue = this.#queue.filter((t) => t !== thread);
    }
  }

  died(thread: NativeThread): void {
    this.#removeRunning(thread);
    thread.phase = Phase.Gone;
    thread.event = Event.Died;
    thread.hasFrame = false;
    this.enqueue(thread);
  }

  addSpace(space: NativeSpace): void {
    this.#spaces.set(space.hostPid, space);
  }

  #reap(): void {
    const { arena } = this;
    Atomics.and(arena.i32, 0, ~FLAG_CHILD);
    const info = new Int32Array(32);
    for (;;) {
      info[4] = 0;
      const r = this.#addon.call(Sys.waitid, P_PGID, this.zygote.hostPid, info, WEXITED | WNOHANG, 0);
      const pid = info[4] ?? 0;
      if (r < 0 || pid === 0) return;
      const space = this.#spaces.get(pid);
      this.#spaces.delete(pid);
      if (space === undefined) {
        this.strays++;
        if (this.strayPids.size > 256) this.strayPids.clear();
        this.strayPids.add(pid);
      }
      space?.onDeath();
    }
  }

  get patchedEntry(): number {
    return this.#handlers.entry;
  }

  bumpFutexSequence(): void {
    const w = (GLOBAL_SLOT + L.G_FUTEX_SEQ) >> 2;
    this.arena.u32[w] = (this.arena.u32[w] ?? 0) + 1;
  }

  now(): number {
    return this.#addon.now();
  }

  // ---- host descriptors

  watch(fd: number, events: number, ready: HostReady): void {
    const op = this.#watched.has(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    this.#must(`watch descriptor ${fd}`, this.#addon.watch(op, fd, events));
    this.#watched.set(fd, ready);
  }

  unwatch(fd: number): void {
    if (this.#watched.delete(fd)) this.#addon.watch(EPOLL_CTL_DEL, fd, 0);
  }

  #collect(): void {
    const n = this.#addon.collect(this.#ready);
    for (let i = 0; i < n; i++) this.#watched.get(this.#ready[2 * i] ?? -1)?.((this.#ready[2 * i + 1] ?? 0) >>> 0);
    this.#addon.rearm();
  }

  // ---- life

  start(owner: unknown): { space: NativeSpace; thread: NativeThread } | number {
    const made = this.takeFresh(owner);
    if (typeof made === 'number' || this.fpStateSize !== 0) return made;
    return this.#learnFpState(made.thread) ? made : -EIO;
  }

  /** A process with nothing mapped and one thread, for start and exec: the one in store, for which another is ordered. */
  takeFresh(owner: unknown): { space: NativeSpace; thread: NativeThread } | number {
    let made = this.#spare;
    this.#spare = null;
    if (made !== null && !made.space.settle()) {
      this.forget(made.thread);
      made = null;
    }
    if (made === null) {
      const now = this.zygote.forkProcess(null, owner);
      if (typeof now === 'number') return now;
      if (!now.space.settle()) {
        this.forget(now.thread);
        return -EAGAIN;
      }
      made = now;
    }
    made.thread.owner = owner;
    made.space.rouse(LOAD_SPIN);
    const next = this.zygote.orderFork(null, null);
    this.#spare = typeof next === 'number' ? null : next;
    return made;
  }

  /** The first thread's own trap shows what a signal frame's state looks like; no guest code has run yet. */
  #learnFpState(thread: NativeThread): boolean {
    const { arena } = this;
    const word = new Int32Array([(thread.at + L.C_FP_OFFSET) >> 2]);
    this.awaitWord(word, 1, 0, thread.space);
    const offset = arena.u32[(thread.at + L.C_FP_OFFSET) >> 2] ?? 0;
    const at = thread.at + offset;
    const size = arena.u32[(at + 468) >> 2] ?? 0;
    if (arena.u32[(at + 464) >> 2] !== FP_MAGIC1 || size < 576 || size > L.C_FP_SIZE) return false;
    this.fpStateSize = size;
    this.#cleanFp = arena.u8.slice(at, at + size);
    return true;
  }

  cleanFpState(target: Uint8Array): number {
    target.set(this.#cleanFp);
    return this.#cleanFp.length;
  }

  /** Whether an image from the guest can be given to the host's rt_sigreturn; repairs what is not the guest's to say. */
  fpStateIsSound(image: Uint8Array): boolean {
    const clean = this.#cleanFp;
    const size = this.fpStateSize;
    const v = new DataView(image.buffer, image.byteOffset, size);
    const c = new DataView(clean.buffer, clean.byteOffset, size);
    if (v.getUint32(464, true) !== FP_MAGIC1 || v.getUint32(size - 4, true) !== FP_MAGIC2) return false;
    // MXCSR must not set reserved bits, the feature bitmap none that the frame lacks.
    if ((v.getUint32(24, true) & ~v.getUint32(28, true)) !== 0) return false;
    if ((v.getUint32(512, true) & ~c.getUint32(472, true)) !== 0 || (v.getUint32(516, true) & ~c.getUint32(476, true)) !== 0) return false;
    image.set(clean.subarray(464, 512), 464);
    image.set(clean.subarray(28, 32), 28);
    image.fill(0, 520, 576);
    return true;
  }

  /**
   * All stubs read from one socket, so nothing may be sent to one while another may still read. Called before each
   * descriptor for `space`, with `alone` even if it was the last; false if it cannot be made safe.
   */
  claimFdSocket(space: NativeSpace, alone: boolean): boolean {
    const last = this.#fdReader;
    this.#fdReader = space;
    if (last === null || (last === space && !alone)) return true;
    last.await();
    // recvfrom, MSG_PEEK | MSG_DONTWAIT: still there means that its answer was forged. It must be gone first.
    if (this.#addon.call(45, this.#fdSocketFar, this.#peek, 1, 0x42, 0, 0) <= 0) return true;
    const pid = last.alive ? last.hostPid : 0;
    if (pid > 0) {
      this.#addon.call(Sys.kill, pid, SIGKILL);
      this.#addon.call(Sys.waitid, P_PID, pid, new Int32Array(32), WEXITED | WNOWAIT, 0);
      last.onDeath();
    }
    this.drainFdSocket();
    return space.alive;
  }

  drainFdSocket(): void {
    const byte = new Uint8Array(1);
    while (this.#addon.call(45, this.#fdSocketFar, byte, 1, 0x40, 0, 0) > 0);
  }

  shutdown(): void {
    for (const space of this.#spaces.values()) space.destroy();
    // Also any that a failed fork left behind.
    this.#addon.call(Sys.kill, -this.zygote.hostPid, SIGKILL);
  }
}
