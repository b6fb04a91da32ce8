import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Code, decodeArg, decodeCode, kinds } from './syscall-kinds.ts';
import { rowByNumber, rows, SYSCALL_LIMIT, syscallName } from './syscalls.ts';

test('every number of Linux 6.x has one row', () => {
  const numbers = rows.map((row) => row.number);
  assert.equal(new Set(numbers).size, numbers.length);
  const expected = [...Array.from({ length: 337 }, (_, i) => i), ...Array.from({ length: 47 }, (_, i) => 424 + i)];
  assert.deepEqual(
    [...numbers].sort((a, b) => a - b),
    expected,
  );
  assert.ok(Math.max(...numbers) < SYSCALL_LIMIT);
});

test('rows are found by number, and nothing else is', () => {
  for (let number = 0; number < SYSCALL_LIMIT; number += 1) {
    const row = rowByNumber[number];
    assert.equal(row?.number, rows.some((entry) => entry.number === number) ? number : undefined);
  }
  assert.equal(syscallName(0), 'read');
  assert.equal(syscallName(400), 'syscall_400');
});

test('rows agree with themselves', () => {
  for (const row of rows) {
    assert.ok(row.args.length <= 6, row.name);
    assert.deepEqual(
      row.codes,
      row.args.map((kind) => kinds[kind]),
      row.name,
    );
    if (row.support === 'partial' || row.support === 'refused') assert.notEqual(row.note, '', `${row.name} needs a note`);
    if (row.support === 'none' || row.support === 'partial') assert.equal(row.errno, 0, row.name);
  }
});

test('registers become the numbers that C sees', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (register) => {
      const lo = Number(BigInt.asIntN(32, register));
      const hi = Number(BigInt.asIntN(32, register >> 32n));
      assert.equal(decodeCode(Code.I32, lo, hi), lo);
      assert.equal(decodeCode(Code.U32, lo, hi), Number(BigInt.asUintN(32, register)));
      assert.equal(decodeCode(Code.I64, lo, hi), Number(BigInt.asIntN(64, register)));
      assert.equal(decodeCode(Code.U64, lo, hi), Number(register));
    }),
  );
  assert.equal(decodeArg('Fd', -1, 0), -1);
  assert.equal(decodeArg('Off', -1, -1), -1);
  assert.equal(decodeArg('Uid', -1, 0), 0xffffffff);
  assert.equal(decodeArg('Ptr', 0x1000, 0x7fff), 0x7fff00001000);
});
