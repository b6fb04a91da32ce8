import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haveCompiler, checkAsserts } from './cc.ts';
import { checkConstants, checkSyscallNumbers, uncheckedFiles } from './check-abi.ts';

const skip = haveCompiler() ? false : 'no C compiler';

test('every constant agrees with the C headers', { skip }, async () => {
  const { problems, checked } = await checkConstants();
  assert.deepEqual(problems, []);
  assert.ok(checked > 3500, `only ${checked} constants were checked`);
});

test('every system call number agrees with the C headers', { skip }, () => {
  assert.deepEqual(checkSyscallNumbers(), []);
});

test('no file of constants is left out', () => {
  assert.deepEqual(uncheckedFiles(), []);
});

test('a wrong value and an unknown name are noticed', { skip }, () => {
  const result = checkAsserts('#include <linux/errno.h>', [
    { name: 'EPERM', code: '_Static_assert(EPERM == 1, "");' },
    { name: 'ENOENT', code: '_Static_assert(ENOENT == 3, "");' },
    { name: 'ENOSUCH', code: '_Static_assert(ENOSUCH == 3, "");' },
  ]);
  assert.deepEqual(
    result.failed.map((entry) => entry.name),
    ['ENOENT'],
  );
  assert.deepEqual(result.undeclared, ['ENOSUCH']);
});
