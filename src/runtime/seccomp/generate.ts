/**
 * From rules by call number to classic BPF: a binary search over the numbers, so that some nine comparisons find a call among
 * 350, then that call's conditions. Jumps by condition reach 255 instructions; a longer one goes by way of a plain jump.
 */
import {
  BPF_ABS,
  BPF_ALU,
  BPF_AND,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_MAXINSNS,
  BPF_RET,
  BPF_W,
} from '#abi/prctl.ts';
import type { BpfInstruction } from '#kernel/seccomp/bpf.ts';

interface Word {
  readonly lo: number;
  readonly hi: number;
}
export interface Condition {
  /** Argument, 0 to 5. */
  readonly index: number;
  readonly op: keyof typeof conditionOps;
  readonly value: Word;
  /** For SCMP_CMP_MASKED_EQ: what the argument masked by `value` is to be. */
  readonly valueTwo: Word;
}
export interface Rule {
  readonly all: readonly Condition[];
  readonly verdict: number;
}
export interface Call {
  readonly number: number;
  /** The first whose conditions all hold decides. */
  readonly rules: readonly Rule[];
  readonly otherwise: number;
}

const LOAD = BPF_LD | BPF_W | BPF_ABS;
const MAX_JUMP = 255;
/** Where a comparison goes on: to the next instruction, to the end of the condition (it holds), or out of the rule. */
const NEXT = -1;
const HOLDS = -2;
const FAILS = -3;

interface Draft {
  readonly code: number;
  readonly k: number;
  readonly jt: number;
  readonly jf: number;
}
const plain = (code: number, k: number): Draft => ({ code, k, jt: NEXT, jf: NEXT });
const jump = (op: number, k: number, jt: number, jf: number): Draft => ({ code: BPF_JMP | op | BPF_K, k, jt, jf });

/** Loads a half of an argument in seccomp_data. */
const low = (index: number) => plain(LOAD, 16 + 8 * index);
const high = (index: number) => plain(LOAD, 20 + 8 * index);

/** Unsigned comparison of 64 bits: the upper halves decide unless they are equal. */
function ordered(index: number, { lo, hi }: Word, op: typeof BPF_JGT | typeof BPF_JGE, wanted: boolean): Draft[] {
  const [more, less] = wanted ? [HOLDS, FAILS] : [FAILS, HOLDS];
  return [high(index), jump(BPF_JGT, hi, more, NEXT), jump(BPF_JEQ, hi, NEXT, less), low(index), jump(op, lo, more, less)];
}
function equal(index: number, { lo, hi }: Word, wanted: boolean): Draft[] {
  const [same, other] = wanted ? [HOLDS, FAILS] : [FAILS, HOLDS];
  return [high(index), jump(BPF_JEQ, hi, NEXT, other), low(index), jump(BPF_JEQ, lo, same, other)];
}
function masked(index: number, mask: Word, { lo, hi }: Word): Draft[] {
  const and = (k: number) => plain(BPF_ALU | BPF_AND | BPF_K, k);
  return [high(index), and(mask.hi), jump(BPF_JEQ, hi, NEXT, FAILS), low(index), and(mask.lo), jump(BPF_JEQ, lo, HOLDS, FAILS)];
}

export const conditionOps = {
  SCMP_CMP_NE: (c: Condition) => equal(c.index, c.value, false),
  SCMP_CMP_LT: (c: Condition) => ordered(c.index, c.value, BPF_JGE, false),
  SCMP_CMP_LE: (c: Condition) => ordered(c.index, c.value, BPF_JGT, false),
  SCMP_CMP_EQ: (c: Condition) => equal(c.index, c.value, true),
  SCMP_CMP_GE: (c: Condition) => ordered(c.index, c.value, BPF_JGE, true),
  SCMP_CMP_GT: (c: Condition) => ordered(c.index, c.value, BPF_JGT, true),
  SCMP_CMP_MASKED_EQ: (c: Condition) => masked(c.index, c.value, c.valueTwo),
} as const;

function ret(verdict: number): BpfInstruction {
  return { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: verdict >>> 0 };
}

/** A rule's conditions and its verdict; control leaves at the end when one does not hold. At most 6 * 6 + 1 instructions. */
function ruleCode({ all, verdict }: Rule): BpfInstruction[] {
  const parts = all.map((condition) => conditionOps[condition.op](condition));
  const length = parts.reduce((sum, part) => sum + part.length, 0) + 1;
  const code: BpfInstruction[] = [];
  for (const part of parts) {
    const end = code.length + part.length;
    for (const { code: op, k, jt, jf } of part) {
      const after = code.length + 1;
      const target = (to: number) => (to === NEXT ? 0 : to === HOLDS ? end - after : length - after);
      code.push({ code: op, k, jt: target(jt), jf: target(jf) });
    }
  }
  code.push(ret(verdict));
  return code;
}

/** A stretch of call numbers from `from` on that are all treated alike. */
interface Stretch {
  readonly from: number;
  readonly code: readonly BpfInstruction[];
}

function stretches(calls: readonly Call[], defaultVerdict: number, beyond: number): Stretch[] {
  const found: Stretch[] = [];
  const add = (from: number, code: readonly BpfInstruction[]) => {
    const last = found.at(-1);
    const [only] = code;
    const same = code.length === 1 && last?.code.length === 1 && last.code[0]?.k === only?.k;
    if (!same) found.push({ from, code });
  };
  let next = 0;
  for (const { number, rules, otherwise } of calls) {
    if (number > next) add(next, [ret(defaultVerdict)]);
    add(number, [...rules.flatMap(ruleCode), ret(otherwise)]);
    next = number + 1;
  }
  add(next, [ret(beyond)]);
  return found;
}

function search(all: readonly Stretch[]): readonly BpfInstruction[] {
  const [only] = all;
  if (all.length === 1) return (only as Stretch).code;
  const middle = all.length >> 1;
  const { from } = all[middle] as Stretch;
  const below = search(all.slice(0, middle));
  const above = search(all.slice(middle));
  const compare = (jt: number, jf: number): BpfInstruction => ({ code: BPF_JMP | BPF_JGE | BPF_K, jt, jf, k: from });
  if (below.length <= MAX_JUMP) return [compare(below.length, 0), ...below, ...above];
  return [compare(0, 1), { code: BPF_JMP | BPF_JA, jt: 0, jf: 0, k: below.length }, ...below, ...above];
}

/** `calls` in ascending order; `beyond` is for numbers above the last. null: longer than a filter may be. */
export function generate(calls: readonly Call[], defaultVerdict: number, beyond: number): BpfInstruction[] | null {
  const program = [{ code: LOAD, jt: 0, jf: 0, k: 0 }, ...search(stretches(calls, defaultVerdict, beyond))];
  return program.length <= BPF_MAXINSNS ? program : null;
}
