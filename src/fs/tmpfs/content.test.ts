import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE } from '#abi/fcntl.ts';
import { realHost } from '#fs/vfs/test-task.ts';
import { KernelIo } from '#kernel/io.ts';
import { FileContent } from './content.ts';
import { Quota } from './quota.ts';

/** A file as a plain array. */
class Model {
  bytes: number[] = [];
  write(at: number, data: Uint8Array): void {
    while (this.bytes.length < at) this.bytes.push(0);
    data.forEach((value, i) => {
      this.bytes[at + i] = value;
    });
  }
  truncate(size: number): void {
    this.bytes.length = Math.min(this.bytes.length, size);
    while (this.bytes.length < size) this.bytes.push(0);
  }
  punch(at: number, length: number): void {
    for (let i = at; i < Math.min(at + length, this.bytes.length); i += 1) this.bytes[i] = 0;
  }
}

const position = fc.nat(200_000);
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), at: position, data: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
  fc.record({ kind: fc.constant('truncate' as const), at: position }),
  fc.record({ kind: fc.constant('punch' as const), at: position, length: fc.integer({ min: 1, max: 150_000 }) }),
  fc.record({ kind: fc.constant('zero' as const), at: position, length: fc.integer({ min: 1, max: 150_000 }) }),
  fc.record({ kind: fc.constant('map' as const) }),
);

function readAll(content: FileContent): Uint8Array {
  const bytes = new Uint8Array(content.size);
  const io = new KernelIo(bytes);
  let at = 0;
  for (let n = 1; n > 0 && at < bytes.length; at += n) n = content.read(io, at);
  return bytes;
}

test('content behaves as an array of bytes, in blocks and in a memfd', () => {
  const host = realHost();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const quota = new Quota(10_000, 10);
      const content = new FileContent(quota);
      const model = new Model();
      for (const each of steps) {
        if (each.kind === 'write') {
          assert.equal(content.write(new KernelIo(each.data.slice()), each.at), each.data.length);
          model.write(each.at, each.data);
        } else if (each.kind === 'truncate') {
          assert.equal(content.truncate(each.at), 0);
          model.truncate(each.at);
        } else if (each.kind === 'punch') {
          assert.equal(content.allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, each.at, each.length), 0);
          model.punch(each.at, each.length);
        } else if (each.kind === 'zero') {
          assert.equal(content.allocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, each.at, each.length), 0);
          model.punch(each.at, each.length);
        } else if (host !== null) assert.equal(content.toMemfd(host), 0);
        assert.equal(content.size, model.bytes.length);
      }
      assert.deepEqual(Buffer.from(readAll(content)), Buffer.from(model.bytes));
      content.free();
      assert.equal(quota.pages, 0);
    }),
    { numRuns: 150 },
  );
});

test('holes are found by page and take no memory', () => {
  const content = new FileContent(new Quota(1000, 10));
  content.write(new KernelIo(Buffer.from('x')), 1 << 20);
  content.truncate(3 << 20);
  assert.equal(content.blocks, 8);
  assert.equal(content.seek(0, false), 1 << 20);
  assert.equal(content.seek(0, true), 0);
  assert.equal(content.seek(1 << 20, true), (1 << 20) + 4096);
  assert.equal(content.seek((1 << 20) + 4096, false), -6);
});

test('a full file system answers ENOSPC and keeps what fitted', () => {
  const content = new FileContent(new Quota(16, 10));
  assert.equal(content.write(new KernelIo(new Uint8Array(200_000)), 0), 65536);
  assert.equal(content.write(new KernelIo(new Uint8Array(1)), 100_000), -28);
  content.truncate(0);
  assert.equal(content.write(new KernelIo(new Uint8Array(10)), 100_000), 10);
  // The last pages are given out one by one.
  assert.equal(content.write(new KernelIo(new Uint8Array(65536)), 0), 15 * 4096);
  assert.equal(content.write(new KernelIo(new Uint8Array(1)), 15 * 4096), -28);
});

test('a huge sparse file costs only what was written', () => {
  const content = new FileContent(new Quota(100, 10));
  assert.equal(content.write(new KernelIo(Buffer.from('end')), 2 ** 45), 3);
  assert.equal(content.size, 2 ** 45 + 3);
  assert.equal(content.seek(0, false), 2 ** 45);
  content.truncate(5);
  assert.equal(content.blocks, 0);
});
