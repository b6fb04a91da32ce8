import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '#abi/syscalls.ts';
import { handlers } from './handlers.ts';

test('a call has a handler exactly when its row says that it is supported', () => {
  const problems: string[] = [];
  for (const row of rows) {
    const handled = row.name in handlers;
    if (handled && row.support === 'none') problems.push(`${row.name} has a handler, but its row says none`);
    if (handled && row.errno !== 0) problems.push(`${row.name} has a handler and a fixed answer`);
    if (!handled && row.errno === 0 && row.support !== 'none') problems.push(`${row.name} is ${row.support}, but has no handler`);
  }
  assert.deepEqual(problems, []);
});

test('every handler has a row', () => {
  const known = new Set<string>(rows.map((row) => row.name));
  assert.deepEqual(
    Object.keys(handlers).filter((name) => !known.has(name)),
    [],
  );
});
