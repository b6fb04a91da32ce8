/**
 * Patched call sites of one address space. A `syscall` instruction that trapped a few times gets a jump to a
 * trampoline, which enters the stub without a signal. Three forms:
 *
 *   mov $nr,%eax; syscall            the mov becomes `jmp trampoline`; the syscall stays and still traps
 *   mov 8(%rsp),%r9; syscall         the same (glibc's syscall())
 *   anything else                    the syscall becomes a short jump to dead padding nearby, which jumps on
 *
 * So a jump onto the original `syscall`, or a thread stopped just before it, behaves as before. Patches are private
 * copies of text pages: they live through fork and die with exec, and are forgotten when their text is unmapped.
 * Text that may be shared or writable is left alone (`PatchAdvice.mayPatch`).
 */
import type { PatchAdvice } from '../platform.ts';
import * as L from './layout.ts';

/** A site is patched when it traps for the n-th time. */
const TRAPS_BEFORE_PATCH = 2;
const REGION = 0x1_0000;
const TRAMPOLINE = 32;
/** How often a region is ordered before it is given up. */
const ORDERS = 8;
const REACH = 0x7f00_0000;
/** Bytes looked at around a site: padding must be within a short jump. */
const BEFORE = 128;
const AROUND = 272;
const HI = 4294967296;

interface Region {
  start: number;
  used: number;
  orders: number;
}

/** What a patch set needs of its address space. */
export interface PatchTarget {
  readonly patchAdvice: PatchAdvice | null;
  read(addr: number, target: Uint8Array, targetOffset: number, length: number): number;
  poke(addr: number, source: Uint8Array, sourceOffset: number, length: number): number;
  /** Whether other threads may run guest code right now. */
  readonly busy: boolean;
}

export class PatchSet {
  #counts = new Map<number, number>();
  /** Addresses of overwritten instructions (of the first byte written, and of padding used). */
  #sites = new Set<number>();
  #regions: Region[] = [];
  #lowest = Number.POSITIVE_INFINITY;
  #highest = 0;
  #shared = false;

  /** For a forked child: the same set until one of the two changes it. */
  share(): PatchSet {
    this.#shared = true;
    return this;
  }

  /** The set to change: itself, or a copy when a relative uses it too. */
  own(): PatchSet {
    if (!this.#shared) return this;
    const copy = new PatchSet();
    copy.#counts = new Map(this.#counts);
    copy.#sites = new Set(this.#sites);
    copy.#regions = this.#regions.map((r) => ({ ...r }));
    copy.#lowest = this.#lowest;
    copy.#highest = this.#highest;
    return copy;
  }

  /** Counts a trap at the instruction before `ip`; true if the site should be patched now. */
  count(ip: number): boolean {
    const n = (this.#counts.get(ip) ?? 0) + 1;
    if (n > TRAPS_BEFORE_PATCH) return false;
    this.#counts.set(ip, n);
    return n === TRAPS_BEFORE_PATCH;
  }

  has(site: number): boolean {
    return this.#sites.has(site);
  }

  /** Forgets what lies in [start, end): that text is no more. */
  forget(start: number, end: number): void {
    if (end <= this.#lowest || start > this.#highest) return;
    for (const ip of this.#counts.keys()) if (ip >= start && ip < end) this.#counts.delete(ip);
    for (const site of this.#sites) if (site >= start && site < end) this.#sites.delete(site);
    this.#regions = this.#regions.filter((r) => r.start + REGION <= start || r.start >= end);
  }

  overlaps(start: number, end: number): boolean {
    return end > this.#lowest && start <= this.#highest;
  }

  /**
   * Patches the `syscall` that ends at `ip`. Returns 0 when done or impossible, else the address of a new region of
   * REGION bytes that has to be mapped (read, execute) before the site can be patched.
   */
  patch(target: PatchTarget, ip: number, nr: number, entry: number): number {
    const advice = target.patchAdvice;
    if (advice === null || ip >= L.GUEST_END || !advice.mayPatch(ip - 2)) return 0;
    const text = new Uint8Array(AROUND);
    const from = ip - BEFORE;
    // Near the start of a mapping less is readable.
    let skipped = 0;
    if (target.read(from, text, 0, AROUND) < 0) {
      skipped = BEFORE - Math.min(ip % 4096, BEFORE);
      if (skipped >= BEFORE - 2 || target.read(from + skipped, text, skipped, AROUND - skipped) < 0) return 0;
    }
    if (text[BEFORE - 2] !== 0x0f || text[BEFORE - 1] !== 0x05) return 0;
    const region = this.#regionNear(ip);
    if (region === null) {
      const start = advice.reserve(ip, REGION);
      if (start < 0 || Math.abs(start - ip) > REACH) return 0;
      this.#regions.push({ start, used: 0, orders: 1 });
      this.#counts.delete(ip);
      this.#note(start);
      return start;
    }
    const trampoline = region.start + region.used;
    const code: number[] = [];
    let site = 0;
    let patch: Uint8Array;
    let padding = 0;
    const v = new DataView(text.buffer);
    if (text[BEFORE - 7] === 0xb8 && v.getInt32(BEFORE - 6, true) === nr && nr >= 0) {
      code.push(0xb8, nr & 255, (nr >> 8) & 255, (nr >> 16) & 255, (nr >> 24) & 255);
      site = ip - 7;
    } else if (matches(text, BEFORE - 7, [0x4c, 0x8b, 0x4c, 0x24, 0x08])) {
      code.push(0x4c, 0x8b, 0x4c, 0x24, 0x08);
      site = ip - 7;
    }
    if (site !== 0) {
      patch = jump(site, trampoline);
    } else {
      const at = this.#padding(text, from);
      if (at < 0) return 0;
      padding = from + at;
      site = ip - 2;
      patch = Uint8Array.of(0xeb, (padding - ip) & 255);
    }
    const bytes = Uint8Array.from(code.concat(leaRcx(trampoline + code.length, ip), movR11(entry), [0x41, 0xff, 0xe3]));
    if (target.poke(trampoline, bytes, 0, bytes.length) !== bytes.length) {
      // Not mapped: the call that was to map the region had a memory call of its own to make. Ordered anew, a few times.
      if (region.used > 0 || region.orders === ORDERS) return 0;
      region.orders += 1;
      this.#counts.delete(ip);
      return region.start;
    }
    region.used += TRAMPOLINE;
    if (padding !== 0) {
      if (target.poke(padding, jump(padding, trampoline), 0, 5) !== 5) return 0;
      this.#sites.add(padding);
      this.#note(padding);
    }
    if (target.busy) {
      // Others may be in there: a breakpoint first, then the tail, then the head.
      target.poke(site, Uint8Array.of(0xcc), 0, 1);
      target.poke(site + 1, patch, 1, patch.length - 1);
      target.poke(site, patch, 0, 1);
    } else {
      target.poke(site, patch, 0, patch.length);
    }
    this.#sites.add(site);
    this.#note(site);
    return 0;
  }

  #note(address: number): void {
    this.#lowest = Math.min(this.#lowest, address);
    this.#highest = Math.max(this.#highest, address + REGION);
  }

  #regionNear(ip: number): Region | null {
    for (const r of this.#regions) if (r.used + TRAMPOLINE <= REGION && Math.abs(r.start - ip) < REACH) return r;
    return null;
  }

  /** Offset in `text` of five dead bytes within a short jump of the site; -1 if there are none. */
  #padding(text: Uint8Array, base: number): number {
    for (let i = BEFORE; i + 5 <= BEFORE + 127; i++) {
      if (isReturn(text, i - 1) && !this.#sites.has(base + i) && paddingLength(text, i, base) >= 5) return i;
    }
    for (let i = BEFORE - 6; i > 2; i--) {
      if (isReturn(text, i - 1) && !this.#sites.has(base + i) && paddingLength(text, i, base) >= 5) return i;
    }
    return -1;
  }

  /** If a breakpoint at `ip - 1` is the first byte of one of our patches: the site, else 0. */
  trapped(ip: number): number {
    return this.#sites.has(ip - 1) ? ip - 1 : 0;
  }

  /** The site whose trampoline holds `ip`, for a thread stopped there; 0 if it is in none. */
  siteOfTrampoline(target: PatchTarget, ip: number): number {
    for (const r of this.#regions) {
      if (ip < r.start || ip >= r.start + r.used) continue;
      const start = ip - ((ip - r.start) % TRAMPOLINE);
      const b = new Uint8Array(TRAMPOLINE);
      if (target.read(start, b, 0, TRAMPOLINE) !== TRAMPOLINE) return 0;
      const at = b[0] === 0xb8 || b[0] === 0x4c ? 5 : 0;
      const after = start + at + 7 + new DataView(b.buffer).getInt32(at + 3, true);
      return after - (at === 0 ? 2 : 7);
    }
    return 0;
  }
}

function matches(text: Uint8Array, at: number, bytes: number[]): boolean {
  return bytes.every((b, i) => text[at + i] === b);
}

function jump(from: number, to: number): Uint8Array {
  const d = to - (from + 5);
  return Uint8Array.of(0xe9, d & 255, (d >> 8) & 255, (d >> 16) & 255, (d >> 24) & 255);
}

function leaRcx(at: number, target: number): number[] {
  const d = target - (at + 7);
  return [0x48, 0x8d, 0x0d, d & 255, (d >> 8) & 255, (d >> 16) & 255, (d >> 24) & 255];
}

function movR11(value: number): number[] {
  const lo = value >>> 0;
  const hi = Math.floor(value / HI);
  return [0x49, 0xbb, lo & 255, (lo >> 8) & 255, (lo >> 16) & 255, lo >>> 24, hi & 255, (hi >> 8) & 255, (hi >> 16) & 255, hi >>> 24];
}

/**
 * Whether the byte at `i` is a `ret`, and not the last byte of another instruction: false when the byte before it is an
 * opcode that would take it as register operand or as displacement.
 */
function isReturn(text: Uint8Array, i: number): boolean {
  if (text[i] !== 0xc3) return false;
  // add $n,%rsp; ret
  if (matches(text, i - 4, [0x48, 0x83, 0xc4])) return true;
  const before = text[i - 1] ?? 0;
  const isOperandOf =
    before < 0x40
      ? (before & 7) <= 3
      : before === 0x63 || before === 0x69 || before === 0x6b || (before >= 0x70 && before <= 0x8f) || before >= 0xc0;
  return !isOperandOf && text[i - 2] !== 0x0f && text[i - 3] !== 0x0f;
}

/** The nops that assemblers use for alignment, by their bytes. */
const NOPS = [
  [0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
  [0x0f, 0x1f, 0x80, 0, 0, 0, 0],
  [0x66, 0x0f, 0x1f, 0x44, 0, 0],
  [0x0f, 0x1f, 0x44, 0, 0],
  [0xcc, 0xcc, 0xcc, 0xcc, 0xcc],
];

/** Length of the alignment nop at `i` if it is one of at least five bytes and is padding up to a 16-byte boundary. */
function paddingLength(text: Uint8Array, i: number, base: number): number {
  let length = 0;
  for (;;) {
    const nop =
      NOPS.find((n) => matches(text, i + length, n)) ??
      (text[i + length] === 0x66 && text[i + length + 1] === 0x90 ? [0, 0] : text[i + length] === 0x90 ? [0] : null);
    if (nop === null) return 0;
    length += nop.length;
    if ((base + i + length) % 16 === 0) return length;
    if (length > 32) return 0;
  }
}
