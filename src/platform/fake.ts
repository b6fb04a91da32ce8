/**
 * A platform without guests, for unit tests: memory is a map of pages, threads are register arrays, time stands still
 * until a test moves it. A test plays the guest: it sets a thread's event and looks at what the kernel answered.
 */
import { ENOSYS } from '#abi/errno.ts';
import {
  Abi,
  type AddressSpace,
  Event,
  type GuestThread,
  type HostCalls,
  type HostReady,
  type PatchAdvice,
  type Platform,
  type Registers,
} from './platform.ts';

const PAGE = 4096;
const GUEST_END = 0x7fe000000000;
const FPSTATE_SIZE = 512 + 64 + 4;
const XSTATE_MAGIC_AT = 464;
const XSTATE_MAGIC = 0x46505853;

/** How the kernel last let a thread go. */
export type Answer = { how: 'none' | 'parked' | 'frame' | 'exit' | 'interrupt' } | { how: 'resume' | 'resumeForFrame'; result: number };

class FakeRegisters implements Registers {
  readonly values = new Uint32Array(36);
  fsBase = 0;
  fpState = new Uint8Array(FPSTATE_SIZE);
  readonly fpStateSize = FPSTATE_SIZE;
  lo(reg: number): number {
    return this.values[reg * 2] as number;
  }
  hi(reg: number): number {
    return this.values[reg * 2 + 1] as number;
  }
  get(reg: number): number {
    return this.lo(reg) + this.hi(reg) * 4294967296;
  }
  set(reg: number, value: number): void {
    this.setParts(reg, value >>> 0, Math.floor(value / 4294967296) >>> 0);
  }
  setParts(reg: number, lo: number, hi: number): void {
    this.values[reg * 2] = lo;
    this.values[reg * 2 + 1] = hi;
  }
  getFsBase(): number {
    return this.fsBase;
  }
  setFsBase(value: number): void {
    this.fsBase = value;
  }
  saveFpState(target: Uint8Array): number {
    target.set(this.fpState);
    new DataView(target.buffer, target.byteOffset).setUint32(XSTATE_MAGIC_AT, XSTATE_MAGIC, true);
    return FPSTATE_SIZE;
  }
  loadFpState(source: Uint8Array): boolean {
    this.fpState.fill(0);
    this.fpState.set(source.subarray(0, FPSTATE_SIZE));
    return true;
  }
}

export class FakeSpace implements AddressSpace {
  readonly hostPid = 100;
  oomScore = 0;
  alive = true;
  patchAdvice: PatchAdvice | null = null;
  readonly pages = new Map<number, Uint8Array>();
  readonly #platform: FakePlatform;
  constructor(platform: FakePlatform) {
    this.#platform = platform;
  }
  mapAnonymous(addr: number, length: number): void {
    for (let at = addr; at < addr + length; at += PAGE) this.pages.set(at, new Uint8Array(PAGE));
  }
  mapFile(addr: number, length: number): void {
    this.mapAnonymous(addr, length);
  }
  setOomScore(score: number): void {
    this.oomScore = score;
  }
  unmap(addr: number, length: number): void {
    for (let at = addr; at < addr + length; at += PAGE) this.pages.delete(at);
  }
  protect(): void {}
  remap(): void {}
  advise(): void {}
  sync(): void {}
  lock(): void {}
  flush(): number {
    return 0;
  }
  resident(): number {
    return -ENOSYS;
  }
  read(addr: number, target: Uint8Array, targetOffset: number, length: number): number {
    return this.#copy(addr, length, (page, from, at, n) => target.set(page.subarray(from, from + n), targetOffset + at));
  }
  write(addr: number, source: Uint8Array, sourceOffset: number, length: number): number {
    return this.#copy(addr, length, (page, from, at, n) => page.set(source.subarray(sourceOffset + at, sourceOffset + at + n), from));
  }
  poke(addr: number, source: Uint8Array, sourceOffset: number, length: number): number {
    return this.write(addr, source, sourceOffset, length);
  }
  #copy(addr: number, length: number, move: (page: Uint8Array, from: number, at: number, n: number) => void): number {
    let done = 0;
    while (done < length) {
      const from = (addr + done) % PAGE;
      const page = this.pages.get(addr + done - from);
      if (page === undefined) return done > 0 ? done : -14;
      const n = Math.min(PAGE - from, length - done);
      move(page, from, done, n);
      done += n;
    }
    return done;
  }
  readWord(addr: number): number {
    const word = new Uint8Array(4);
    return this.read(addr, word, 0, 4) === 4 ? new DataView(word.buffer).getUint32(0, true) : -1;
  }
  writeWord(addr: number, value: number): boolean {
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, value >>> 0, true);
    return this.write(addr, word, 0, 4) === 4;
  }
  compareExchangeWord(addr: number, expected: number, replacement: number): number {
    const old = this.readWord(addr);
    if (old === expected >>> 0) this.writeWord(addr, replacement);
    return old;
  }
  newThread(owner: unknown): GuestThread {
    return new FakeThread(this.#platform, this, owner);
  }
  fork(parent: GuestThread, owner: unknown): { space: AddressSpace; thread: GuestThread } {
    const space = new FakeSpace(this.#platform);
    for (const [at, page] of this.pages) space.pages.set(at, page.slice());
    const thread = new FakeThread(this.#platform, space, owner);
    thread.regs.values.set((parent as FakeThread).regs.values);
    return { space, thread };
  }
  exec(caller: GuestThread): GuestThread {
    this.pages.clear();
    return caller;
  }
  destroy(): void {
    this.alive = false;
  }
}

export class FakeThread implements GuestThread {
  readonly space: FakeSpace;
  owner: unknown;
  readonly hostTid = 101;
  event: Event = Event.Syscall;
  abi: Abi = Abi.Syscall64;
  nr = 0;
  readonly args = new Uint32Array(12);
  readonly regs = new FakeRegisters();
  hasFrame = false;
  faultSignal = 0;
  faultCode = 0;
  faultAddr = 0;
  faultTrapNo = 0;
  faultErr = 0;
  answer: Answer = { how: 'none' };
  interrupts = 0;

  constructor(_platform: FakePlatform, space: FakeSpace, owner: unknown) {
    this.space = space;
    this.owner = owner;
  }
  arg(i: number): number {
    return this.argLo(i) + this.argHi(i) * 4294967296;
  }
  argLo(i: number): number {
    return this.args[i * 2] as number;
  }
  argHi(i: number): number {
    return this.args[i * 2 + 1] as number;
  }
  resume(result: number): void {
    this.answer = { how: 'resume', result };
  }
  resumeParts(lo: number): void {
    this.answer = { how: 'resume', result: lo };
  }
  resumeForFrame(result: number): void {
    this.answer = { how: 'resumeForFrame', result };
  }
  resumeFrame(): void {
    this.answer = { how: 'frame' };
  }
  resumeWithMemoryCall(_nr: number, _a0: number, _a1: number, _a2: number, _a3: number, result: number): void {
    this.answer = { how: 'resume', result };
  }
  park(): void {
    this.answer = { how: 'parked' };
  }
  interrupt(): void {
    this.interrupts += 1;
  }
  exit(): void {
    this.answer = { how: 'exit' };
  }
  carried(): number {
    return -1;
  }
  carriedString(): number {
    return -1;
  }
  carriedWord(): number {
    return -1;
  }
  reply(): number {
    return -1;
  }
  trimReply(): void {}
}

export class FakePlatform implements Platform {
  readonly u8 = new Uint8Array(0);
  readonly carriedLength = 0;
  readonly guestEnd = GUEST_END;
  readonly vdso = { vvarStart: 0, vvarEnd: 0, vdsoStart: 0, vdsoEnd: 0 };
  readonly hwcap = 0;
  readonly hwcap2 = 0;
  readonly minSigStackSize = 2048;
  timeNs = 1e9;
  readonly host: HostCalls = { call: () => -ENOSYS, read: () => -ENOSYS, write: () => -ENOSYS, receive: () => -ENOSYS };

  start(owner: unknown): { space: FakeSpace; thread: FakeThread } {
    const space = new FakeSpace(this);
    return { space, thread: new FakeThread(this, space, owner) };
  }
  next(): GuestThread | null {
    return null;
  }
  now(): number {
    return this.timeNs;
  }
  watch(_fd: number, _events: number, _ready: HostReady): void {}
  unwatch(): void {}
  bumpFutexSequence(): void {}
  shutdown(): void {}
}
