import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from '#abi/syscalls.ts';
import { compatPage } from './compat.ts';
import { readIfThere } from './emit.ts';

test('docs/compat.md is up to date', () => {
  assert.equal(readIfThere(new URL('../docs/compat.md', import.meta.url)), compatPage(rows), 'run gen/compat.ts');
});
