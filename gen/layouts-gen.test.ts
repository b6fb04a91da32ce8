import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AssertLine, checkAsserts, haveCompiler } from './cc.ts';
import { readIfThere } from './emit.ts';
import { generate, place } from './layouts-gen.ts';
import { layouts } from './layouts.ts';

const skip = haveCompiler() ? false : 'no C compiler';

test('layouts.gen.ts is up to date', () => {
  assert.equal(readIfThere(new URL('../src/abi/layouts.gen.ts', import.meta.url)), generate());
});

/** The name at the end of a directory entry has a fixed length in C's declaration only. */
const openEnded = new Set(['Dirent64']);

test('sizes, offsets and widths agree with the C headers', { skip }, () => {
  const problems: string[] = [];
  let checked = 0;
  for (const { layout, members, size } of place(layouts).values()) {
    if (layout.c === '') continue;
    const prelude = ['#define _GNU_SOURCE', '#include <stddef.h>', ...layout.headers.map((header) => `#include <${header}>`)].join('\n');
    const type = layout.c;
    const lines: AssertLine[] = openEnded.has(layout.name)
      ? []
      : [{ name: 'size', code: `_Static_assert(sizeof(${type}) == ${size}, "");` }];
    for (const member of members) {
      if (member.c === '') continue;
      const expression = `((${type} *)0)->${member.c}`;
      lines.push({
        name: member.name,
        code: `_Static_assert(offsetof(${type}, ${member.c}) == ${member.offset} && sizeof(${expression}) == ${member.size}, "");`,
      });
    }
    const { failed, undeclared } = checkAsserts(prelude, lines);
    checked += lines.length;
    problems.push(...failed.map((entry) => `${layout.name}.${entry.name}: ${entry.message}`));
    problems.push(...undeclared.map((name) => `${layout.name}.${name}: not in the headers`));
  }
  assert.deepEqual(problems, []);
  assert.ok(checked > 500, `only ${checked} were checked`);
});
