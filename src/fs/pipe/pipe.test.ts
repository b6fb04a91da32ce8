/** The pipe ring against a model: a list of bytes, and a list of packets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EAGAIN, EBUSY, EPERM, EPIPE } from '#abi/errno.ts';
import { EPOLLIN, EPOLLOUT } from '#abi/poll.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import { Pipe } from './pipe.ts';

const unprivileged = { capable: () => false } as unknown as Task;

function open(): Pipe {
  const pipe = new Pipe();
  pipe.readers = pipe.writers = 1;
  return pipe;
}
let nextByte = 0;
function bytes(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) data[i] = nextByte++ * 31;
  return data;
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9000 }), fc.constant(4096), fc.constant(70000)),
  }),
  fc.record({ kind: fc.constant('read' as const), length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9000 })) }),
  fc.record({ kind: fc.constant('resize' as const), length: fc.integer({ min: 1, max: 200000 }) }),
);

test('a pipe is a bounded queue of bytes, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pipe = open();
      let model: number[] = [];
      for (const { kind, length } of steps) {
        if (kind === 'write') {
          const data = bytes(length);
          const n = pipe.write(new KernelIo(data), false);
          const room = pipe.capacity - model.length;
          const expected =
            length === 0 ? 0 : length <= 4096 ? (room >= length ? length : -EAGAIN) : room > 0 ? Math.min(room, length) : -EAGAIN;
          assert.equal(n, expected);
          if (n > 0) model.push(...data.subarray(0, n));
        } else if (kind === 'read') {
          const target = new Uint8Array(length);
          const n = pipe.read(new KernelIo(target));
          const expected = length === 0 ? 0 : model.length === 0 ? -EAGAIN : Math.min(length, model.length);
          assert.equal(n, expected);
          if (n > 0) assert.deepEqual([...target.subarray(0, n)], model.splice(0, n));
        } else {
          let capacity = 4096;
          while (capacity < length) capacity *= 2;
          assert.equal(pipe.resize(unprivileged, length), capacity < model.length ? -EBUSY : capacity);
        }
        assert.equal(pipe.used, model.length);
        assert.equal((pipe.pollRead(true) & EPOLLIN) !== 0, model.length > 0);
        assert.equal((pipe.pollWrite() & EPOLLOUT) !== 0, pipe.capacity - model.length >= 4096);
      }
      model = [];
    }),
    { numRuns: 300 },
  );
});

test('packets keep their bounds, mix with plain bytes, and lose what a short read leaves', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ packet: fc.boolean(), length: fc.integer({ min: 1, max: 3000 }), read: fc.integer({ min: 0, max: 4000 }) }), {
        maxLength: 40,
      }),
      (steps) => {
        const pipe = open();
        const model: { packet: boolean; data: number[] }[] = [];
        for (const { packet, length, read } of steps) {
          const data = bytes(length);
          if (pipe.write(new KernelIo(data), packet) === length) {
            const last = model.at(-1);
            if (!packet && last !== undefined && !last.packet) last.data.push(...data);
            else model.push({ packet, data: [...data] });
          }
          if (read === 0) continue;
          const target = new Uint8Array(read);
          const n = pipe.read(new KernelIo(target));
          const first = model[0];
          if (first === undefined) {
            assert.equal(n, -EAGAIN);
            continue;
          }
          assert.equal(n, Math.min(read, first.data.length));
          assert.deepEqual([...target.subarray(0, n)], first.data.splice(0, n));
          if (first.packet || first.data.length === 0) model.shift();
        }
        assert.equal(
          pipe.used,
          model.reduce((sum, { data }) => sum + data.length, 0),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('the ends: end of file without a writer, EPIPE without a reader, limits of the size', () => {
  const pipe = open();
  pipe.write(new KernelIo(bytes(3)), false);
  pipe.writers = 0;
  assert.equal(pipe.read(new KernelIo(new Uint8Array(8))), 3);
  assert.equal(pipe.read(new KernelIo(new Uint8Array(8))), 0);
  pipe.readers = 0;
  assert.equal(pipe.write(new KernelIo(bytes(1)), false), -EPIPE);
  assert.equal(pipe.resize(unprivileged, 1048577), -EPERM);
});

test('tee copies without taking', () => {
  const [from, to] = [open(), open()];
  const data = bytes(5000);
  from.write(new KernelIo(data), false);
  assert.equal(from.teeTo(to, 4500), 4500);
  assert.equal(from.used, 5000);
  const target = new Uint8Array(6000);
  assert.equal(to.read(new KernelIo(target)), 4500);
  assert.deepEqual(target.subarray(0, 4500), data.subarray(0, 4500));
});
