/** Signal sets: 64 bits as two 32-bit halves; immutable values. Signal n is bit n-1. */
export interface SigSet {
  readonly lo: number;
  readonly hi: number;
}

export const SIG_BLOCK_NONE: SigSet = { lo: 0, hi: 0 };

export function sigset(lo: number, hi: number): SigSet {
  return { lo: lo >>> 0, hi: hi >>> 0 };
}
export function sigsetHas(set: SigSet, signal: number): boolean {
  return signal <= 32 ? ((set.lo >>> (signal - 1)) & 1) === 1 : ((set.hi >>> (signal - 33)) & 1) === 1;
}
export function sigsetWith(set: SigSet, signal: number): SigSet {
  return signal <= 32 ? sigset(set.lo | (1 << (signal - 1)), set.hi) : sigset(set.lo, set.hi | (1 << (signal - 33)));
}
export function sigsetWithout(set: SigSet, signal: number): SigSet {
  return signal <= 32 ? sigset(set.lo & ~(1 << (signal - 1)), set.hi) : sigset(set.lo, set.hi & ~(1 << (signal - 33)));
}
export function sigsetOr(a: SigSet, b: SigSet): SigSet {
  return sigset(a.lo | b.lo, a.hi | b.hi);
}
export function sigsetAnd(a: SigSet, b: SigSet): SigSet {
  return sigset(a.lo & b.lo, a.hi & b.hi);
}
export function sigsetMinus(a: SigSet, b: SigSet): SigSet {
  return sigset(a.lo & ~b.lo, a.hi & ~b.hi);
}
export function sigsetNot(set: SigSet): SigSet {
  return sigset(~set.lo, ~set.hi);
}
export function sigsetEmpty(set: SigSet): boolean {
  return set.lo === 0 && set.hi === 0;
}
export function sigsetOf(...signals: number[]): SigSet {
  return signals.reduce(sigsetWith, SIG_BLOCK_NONE);
}
