/**
 * Classic BPF as seccomp(2) uses it: checked once when installed, then interpreted on each call's seccomp_data (16 words:
 * number, architecture, instruction pointer, six arguments).
 */
import { EINVAL } from '#abi/errno.ts';
import {
  BPF_A,
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_AND,
  BPF_DIV,
  BPF_IMM,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_LSH,
  BPF_MAXINSNS,
  BPF_MEM,
  BPF_MEMWORDS,
  BPF_MISC,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RET,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_TAX,
  BPF_TXA,
  BPF_W,
  BPF_X,
  BPF_XOR,
} from '#abi/prctl.ts';

export const SECCOMP_DATA_WORDS = 16;
const DATA_SIZE = SECCOMP_DATA_WORDS * 4;
/** Words that do not differ between calls of one number: the number and the architecture. */
const FIXED_WORDS = 2;

export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const ALU_OPS = [BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH];
const JUMPS = [BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET];
const known = new Set<number>([
  BPF_LD | BPF_W | BPF_ABS,
  BPF_LD | BPF_W | BPF_LEN,
  BPF_LDX | BPF_W | BPF_LEN,
  BPF_LD | BPF_IMM,
  BPF_LDX | BPF_IMM,
  BPF_LD | BPF_MEM,
  BPF_LDX | BPF_MEM,
  BPF_ST,
  BPF_STX,
  BPF_RET | BPF_K,
  BPF_RET | BPF_A,
  BPF_MISC | BPF_TAX,
  BPF_MISC | BPF_TXA,
  BPF_ALU | BPF_NEG,
  BPF_JMP | BPF_JA,
  ...ALU_OPS.flatMap((op) => [BPF_ALU | op | BPF_K, BPF_ALU | op | BPF_X]),
  ...JUMPS.flatMap((op) => [BPF_JMP | op | BPF_K, BPF_JMP | op | BPF_X]),
]);

function validAt(program: readonly BpfInstruction[], pc: number): boolean {
  const { code, jt, jf, k } = program[pc] as BpfInstruction;
  if (!known.has(code)) return false;
  const left = program.length - pc - 1;
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return k % 4 === 0 && k < DATA_SIZE;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
      return k < BPF_MEMWORDS;
    case BPF_ALU | BPF_DIV | BPF_K:
      return k !== 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      return k < 32;
    case BPF_JMP | BPF_JA:
      return k < left;
    default:
      return (code & 7) !== BPF_JMP || (jt < left && jf < left);
  }
}

/** True if no path loads a scratch word that it has not stored. Jumps only go forward, so one pass sees every path. */
function storesBeforeLoads(program: readonly BpfInstruction[]): boolean {
  const ALL = 0xffff;
  /** Words that are stored on every path to an instruction. */
  const stored = new Uint16Array(program.length).fill(ALL);
  stored[0] = 0;
  for (const [pc, { code, jt, jf, k }] of program.entries()) {
    const here = stored[pc] as number;
    const meet = (target: number, words: number) => {
      if (target < program.length) stored[target] = (stored[target] as number) & words;
    };
    if (code === (BPF_LD | BPF_MEM) || code === (BPF_LDX | BPF_MEM)) {
      if (((here >> k) & 1) === 0) return false;
    }
    if (code === (BPF_JMP | BPF_JA)) meet(pc + 1 + k, here);
    else if ((code & 7) === BPF_JMP) {
      meet(pc + 1 + jt, here);
      meet(pc + 1 + jf, here);
    } else if ((code & 7) !== BPF_RET) meet(pc + 1, code === BPF_ST || code === BPF_STX ? here | (1 << k) : here);
  }
  return true;
}

/** What a program answered, and whether that could differ for another call of the same number. */
export const verdict = { value: 0, sawArguments: false };

export class BpfProgram {
  readonly #code: Uint16Array;
  readonly #jt: Uint8Array;
  readonly #jf: Uint8Array;
  readonly #k: Uint32Array;

  private constructor(program: readonly BpfInstruction[]) {
    this.#code = Uint16Array.from(program, (one) => one.code);
    this.#jt = Uint8Array.from(program, (one) => one.jt);
    this.#jf = Uint8Array.from(program, (one) => one.jf);
    this.#k = Uint32Array.from(program, (one) => one.k);
  }

  /** -EINVAL unless every path is known to end in a return and to stay in bounds. */
  static check(program: readonly BpfInstruction[]): BpfProgram | number {
    if (program.length === 0 || program.length > BPF_MAXINSNS) return -EINVAL;
    for (let pc = 0; pc < program.length; pc += 1) if (!validAt(program, pc)) return -EINVAL;
    if (!storesBeforeLoads(program)) return -EINVAL;
    const last = (program[program.length - 1] as BpfInstruction).code;
    return last === (BPF_RET | BPF_K) || last === (BPF_RET | BPF_A) ? new BpfProgram(program) : -EINVAL;
  }

  get length(): number {
    return this.#code.length;
  }

  /** Runs to the return; the answer is in `verdict`. Jumps only go forward, so it ends. */
  run(data: Uint32Array): void {
    const code = this.#code;
    const k = this.#k;
    const mem = new Uint32Array(BPF_MEMWORDS);
    let a = 0;
    let x = 0;
    verdict.sawArguments = false;
    for (let pc = 0; ; pc += 1) {
      const op = code[pc] as number;
      const value = k[pc] as number;
      const operand = (op & BPF_X) !== 0 ? x : value;
      switch (op & 7) {
        case BPF_LD:
          if (op === (BPF_LD | BPF_W | BPF_ABS)) {
            if (value >= FIXED_WORDS * 4) verdict.sawArguments = true;
            a = data[value >> 2] as number;
          } else a = op === (BPF_LD | BPF_MEM) ? (mem[value] as number) : op === (BPF_LD | BPF_W | BPF_LEN) ? DATA_SIZE : value;
          break;
        case BPF_LDX:
          x = op === (BPF_LDX | BPF_MEM) ? (mem[value] as number) : op === (BPF_LDX | BPF_W | BPF_LEN) ? DATA_SIZE : value;
          break;
        case BPF_ST:
          mem[value] = a;
          break;
        case BPF_STX:
          mem[value] = x;
          break;
        case BPF_ALU:
          // Division by an X of zero ends the program with 0, as on Linux.
          if ((op & 0xf0) === BPF_DIV && operand === 0) {
            verdict.value = 0;
            return;
          }
          a = alu(op & 0xf0, a, operand);
          break;
        case BPF_JMP:
          if ((op & 0xf0) === BPF_JA) pc += value;
          else pc += test(op & 0xf0, a, operand) ? (this.#jt[pc] as number) : (this.#jf[pc] as number);
          break;
        case BPF_RET:
          verdict.value = op === (BPF_RET | BPF_A) ? a : value;
          return;
        default:
          if (op === (BPF_MISC | BPF_TAX)) x = a;
          else a = x;
      }
    }
  }
}

function alu(op: number, a: number, b: number): number {
  switch (op) {
    case BPF_ADD:
      return (a + b) >>> 0;
    case BPF_SUB:
      return (a - b) >>> 0;
    case BPF_MUL:
      return Math.imul(a, b) >>> 0;
    case BPF_DIV:
      return Math.floor(a / b);
    case BPF_AND:
      return (a & b) >>> 0;
    case BPF_OR:
      return (a | b) >>> 0;
    case BPF_XOR:
      return (a ^ b) >>> 0;
    case BPF_LSH:
      return (a << (b & 31)) >>> 0;
    case BPF_RSH:
      return a >>> (b & 31);
    default:
      return -a >>> 0; // BPF_NEG
  }
}
function test(op: number, a: number, b: number): boolean {
  switch (op) {
    case BPF_JEQ:
      return a === b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    default:
      return (a & b) !== 0; // BPF_JSET
  }
}
