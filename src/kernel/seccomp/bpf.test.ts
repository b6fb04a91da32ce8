import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BpfInstruction, BpfProgram, SECCOMP_DATA_WORDS, verdict } from './bpf.ts';

const LD_ABS = 0x20;
const JEQ_K = 0x15;
const RET_K = 0x06;
const RET_A = 0x16;
const one = (code: number, k: number, jt = 0, jf = 0): BpfInstruction => ({ code, jt, jf, k });
const data = new Uint32Array(SECCOMP_DATA_WORDS);

function run(...program: BpfInstruction[]): number {
  const checked = BpfProgram.check(program);
  if (typeof checked === 'number') return checked;
  checked.run(data);
  return verdict.value;
}

test('a program is refused unless every path returns and stays in bounds', () => {
  equal(run(), -22);
  equal(run(one(LD_ABS, 0)), -22, 'no return at the end');
  equal(run(one(LD_ABS, 64), one(RET_K, 0)), -22, 'beyond the data');
  equal(run(one(JEQ_K, 0, 1, 0), one(RET_K, 0)), -22, 'a jump over the end');
  equal(run(one(0x30, 0), one(RET_K, 0)), -22, 'byte loads');
  equal(run(one(0x60, 2), one(RET_A, 0)), -22, 'a word that was never stored');
  equal(run(one(0x02, 2), one(0x60, 2), one(RET_A, 0)), 0);
  // Stored on one of two paths only.
  equal(run(one(JEQ_K, 9, 0, 1), one(0x02, 2), one(0x60, 2), one(RET_A, 0)), -22);
});

test('answers depend on arguments only if the program looked at them', () => {
  data.fill(0);
  data[0] = 39;
  run(one(LD_ABS, 0), one(JEQ_K, 39, 0, 1), one(RET_K, 1), one(LD_ABS, 16), one(RET_A, 0));
  equal(verdict.value, 1);
  equal(verdict.sawArguments, false);
  data[0] = 40;
  data[4] = 77;
  run(one(LD_ABS, 0), one(JEQ_K, 39, 0, 1), one(RET_K, 1), one(LD_ABS, 16), one(RET_A, 0));
  equal(verdict.value, 77);
  equal(verdict.sawArguments, true);
});

const aluOps: [number, (a: number, b: number) => number][] = [
  [0x00, (a, b) => a + b],
  [0x10, (a, b) => a - b],
  [0x20, (a, b) => Number((BigInt(a) * BigInt(b)) & 0xffffffffn)],
  [0x30, (a, b) => Math.floor(a / b)],
  [0x40, (a, b) => a | b],
  [0x50, (a, b) => a & b],
  [0xa0, (a, b) => a ^ b],
];
test('arithmetic is on unsigned 32-bit words', () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(word, word, fc.constantFrom(...aluOps), (a, b, [op, model]) => {
      fc.pre(op !== 0x30 || b !== 0);
      data[4] = a;
      equal(run(one(LD_ABS, 16), one(0x04 | op, b), one(RET_A, 0)), model(a, b) >>> 0);
    }),
  );
});

test('whatever passes the check ends with a word', () => {
  const instruction = fc.record({
    code: fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.constantFrom(LD_ABS, JEQ_K, RET_K, RET_A, 0x02, 0x60, 0x07, 0x87, 0x04, 0x3c)),
    jt: fc.integer({ min: 0, max: 6 }),
    jf: fc.integer({ min: 0, max: 6 }),
    k: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 0xffffffff })),
  });
  let passed = 0;
  fc.assert(
    fc.property(
      fc.array(instruction, { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 16, maxLength: 16 }),
      (program, words) => {
        const checked = BpfProgram.check([...program, one(RET_A, 0)]);
        if (typeof checked === 'number') return;
        passed += 1;
        checked.run(Uint32Array.from(words));
        ok(Number.isInteger(verdict.value) && verdict.value >= 0 && verdict.value <= 0xffffffff);
      },
    ),
    { numRuns: 3000 },
  );
  ok(passed > 50, `only ${passed} programs were valid`);
});
