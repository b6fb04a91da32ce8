import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as layout from './layout.ts';

test('layout.ts is what layout.h says', () => {
  const header = readFileSync(new URL('../../../native/stub/layout.h', import.meta.url), 'utf8');
  const wanted: Record<string, number> = {};
  for (const m of header.matchAll(/^#define (\w+) (\S+)$/gm)) wanted[m[1] ?? ''] = Number(m[2]);
  assert.ok(Object.keys(wanted).length > 80);
  assert.deepEqual({ ...layout }, wanted);
});
