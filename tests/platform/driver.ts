/**
 * A bare driver for boundary tests: raw machine code as guest, no kernel. Guest code is written to CODE, data to DATA.
 */
import { fileURLToPath } from 'node:url';
import { NativePlatform } from '#platform/native/native-platform.ts';
import type { NativeSpace } from '#platform/native/space.ts';
import type { NativeThread } from '#platform/native/thread.ts';
import { Event, Reg } from '#platform/platform.ts';

export const CODE = 0x40_0000;
export const DATA = 0x50_0000;
export const STACK = 0x7fd0_0000_0000;
const PAGES = 0x1_0000;

let shared: NativePlatform | null = null;

export function platform(): NativePlatform {
  const at = (path: string): string => fileURLToPath(new URL(`../../build/native/${path}`, import.meta.url));
  shared ??= NativePlatform.open({ addon: at('belljar.node'), stub: at('stub') });
  return shared;
}

/** A process that will run `code` from CODE, with a stack and 64 KiB of data; not yet resumed. */
export function load(code: Uint8Array, p = platform()): { space: NativeSpace; thread: NativeThread } {
  const made = p.start(null);
  if (typeof made === 'number') throw new Error(`start: ${made}`);
  const { space, thread } = made;
  setUp(space, thread, code);
  return made;
}

export function setUp(space: NativeSpace, thread: NativeThread, code: Uint8Array): void {
  space.mapAnonymous(CODE, Math.max(PAGES, code.length), 3, 0);
  space.mapAnonymous(DATA, PAGES, 3, 0);
  space.mapAnonymous(STACK, PAGES, 3, 0);
  let r = space.flush();
  if (r < 0) throw new Error(`map: ${r}`);
  r = space.write(CODE, code, 0, code.length);
  if (r !== code.length) throw new Error(`write: ${r}`);
  space.protect(CODE, Math.max(PAGES, code.length), 5);
  r = space.flush();
  if (r < 0) throw new Error(`protect: ${r}`);
  thread.regs.set(Reg.RIP, CODE);
  thread.regs.set(Reg.RSP, STACK + PAGES - 64);
}

/** The next event within two seconds. */
export function next(p = platform()): NativeThread {
  for (;;) {
    const thread = p.next(p.now() + 2e9);
    if (thread === null) throw new Error('no event within two seconds');
    return thread as NativeThread;
  }
}

export function expectCall(nr: number, p = platform()): NativeThread {
  const thread = next(p);
  if (thread.event !== Event.Syscall || thread.nr !== nr) {
    throw new Error(
      `wanted call ${nr}, got event ${thread.event} nr ${thread.nr} signal ${thread.faultSignal} at 0x${thread.faultAddr.toString(16)} ip 0x${thread.regs.get(Reg.RIP).toString(16)}`,
    );
  }
  return thread;
}

/** A tiny assembler for what the tests need. */
export class Code {
  readonly bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #fixes: [number, string][] = [];

  raw(...b: number[]): this {
    this.bytes.push(...b);
    return this;
  }
  /** mov $value, register (rax rcx rdx rbx rsp rbp rsi rdi r8.. by number). */
  mov(reg: number, value: number): this {
    const v = BigInt.asUintN(64, BigInt(value));
    this.raw(reg >= 8 ? 0x49 : 0x48, 0xb8 | (reg & 7));
    for (let i = 0n; i < 8n; i++) this.bytes.push(Number((v >> (8n * i)) & 0xffn));
    return this;
  }
  /** mov $nr, %eax; syscall: the form that can be patched. */
  call(nr: number): this {
    return this.raw(0xb8, nr & 255, (nr >> 8) & 255, (nr >> 16) & 255, (nr >> 24) & 255, 0x0f, 0x05);
  }
  syscall(nr: number, ...args: number[]): this {
    const order = [7, 6, 2, 10, 8, 9];
    args.forEach((a, i) => this.mov(order[i] ?? 0, a));
    return this.call(nr);
  }
  label(name: string): this {
    this.#labels.set(name, this.bytes.length);
    return this;
  }
  jump(name: string): this {
    this.raw(0xe9);
    this.#fixes.push([this.bytes.length, name]);
    return this.raw(0, 0, 0, 0);
  }
  /** Conditional jump: the second opcode byte (0x84 je, 0x85 jne). */
  jcc(op: number, name: string): this {
    this.raw(0x0f, op);
    this.#fixes.push([this.bytes.length, name]);
    return this.raw(0, 0, 0, 0);
  }
  address(name: string): number {
    return CODE + (this.#labels.get(name) ?? 0);
  }
  done(): Uint8Array {
    const out = Uint8Array.from(this.bytes);
    for (const [at, name] of this.#fixes) {
      new DataView(out.buffer).setInt32(at, (this.#labels.get(name) ?? Number.NaN) - at - 4, true);
    }
    return out;
  }
}
