import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Quota } from '#fs/tmpfs/quota.ts';
import { Tmpfs } from '#fs/tmpfs/tmpfs.ts';
import { beginLockWait, endLockWait, FileLocks } from './locks.ts';
import { noHost } from './test-task.ts';

function newLocks(): FileLocks {
  return new FileLocks(new Tmpfs(noHost, new Quota(10, 10), 0o755).root);
}

test('record locks behave as one flag per byte and owner', () => {
  const owners = [{}, {}, {}];
  const step = fc.record({
    owner: fc.nat(2),
    kind: fc.constantFrom('read', 'write', 'unlock'),
    start: fc.nat(15),
    length: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const locks = newLocks();
      const held: string[][] = owners.map(() => new Array<string>(32).fill('unlock'));
      for (const { owner, kind, start, length } of steps) {
        const end = start + length - 1;
        if (kind === 'unlock') {
          locks.unlock(owners[owner] as object, start, end);
          held[owner]?.fill('unlock', start, end + 1);
          continue;
        }
        const conflicts = held.some(
          (bytes, other) =>
            other !== owner && bytes.slice(start, end + 1).some((state) => state === 'write' || (state === 'read' && kind === 'write')),
        );
        assert.equal(locks.tryLock(owners[owner] as object, owner, kind === 'write', start, end), conflicts ? -11 : 0);
        if (!conflicts) held[owner]?.fill(kind, start, end + 1);
      }
      for (let byte = 0; byte < 32; byte += 1) {
        const stranger = {};
        const any = held.some((bytes) => bytes[byte] !== 'unlock');
        assert.equal(locks.conflict(stranger, true, byte, byte) !== null, any);
      }
    }),
  );
});

test('locks next to each other become one', () => {
  const locks = newLocks();
  const owner = {};
  for (let i = 0; i < 100; i += 1) locks.tryLock(owner, 1, true, i, i);
  assert.equal(locks.lines().length, 1);
  locks.unlock(owner, 50, 50);
  assert.deepEqual(
    locks.lines().map((line) => line.split(' ').slice(-2).join('-')),
    ['0-49', '51-99'],
  );
});

test('a circle of waiters is a deadlock', () => {
  const [a, b, c] = [{}, {}, {}];
  assert.equal(beginLockWait(a, b), 0);
  assert.equal(beginLockWait(b, c), 0);
  assert.equal(beginLockWait(c, a), -35);
  endLockWait(b);
  assert.equal(beginLockWait(c, a), 0);
  for (const owner of [a, b, c]) endLockWait(owner);
});

test('flock: shared with shared, exclusive alone, converting', () => {
  const locks = newLocks();
  const [a, b] = [{}, {}];
  assert.equal(locks.tryFlock(a, 1, false), 0);
  assert.equal(locks.tryFlock(b, 2, false), 0);
  assert.equal(locks.tryFlock(a, 1, true), -11);
  locks.unlockFlock(b);
  assert.equal(locks.tryFlock(a, 1, true), 0);
  assert.equal(locks.tryFlock(b, 2, false), -11);
  locks.fileClosed(a);
  assert.equal(locks.tryFlock(b, 2, true), 0);
});
