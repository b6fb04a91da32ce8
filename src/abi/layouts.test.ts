import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as layouts from './layouts.gen.ts';

interface Codec {
  name: string;
  size: number;
  create(): object;
  encode(view: DataView, at: number, from: object): void;
  decode(view: DataView, at: number, into: object): object;
}

const all = layouts as unknown as Record<string, unknown>;
const codecs: Codec[] = Object.keys(all)
  .filter((key) => key.startsWith('new'))
  .map((key) => {
    const name = key.slice(3);
    return {
      name,
      size: (all[name] as { SIZE: number }).SIZE,
      create: all[key] as Codec['create'],
      encode: all[`encode${name}`] as Codec['encode'],
      decode: all[`decode${name}`] as Codec['decode'],
    };
  });

test('there are codecs', () => {
  assert.ok(codecs.length > 90);
});

/** Guest bytes are arbitrary: numbers above 2^53 lose low bits, so bytes go round once and must then be stable. */
test('any bytes decode, and what was decoded survives encode and decode', () => {
  for (const codec of codecs) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: codec.size, maxLength: codec.size }), (bytes) => {
        const first = codec.decode(new DataView(bytes.buffer), 0, codec.create());
        const again = new DataView(new ArrayBuffer(codec.size));
        codec.encode(again, 0, first);
        assert.deepEqual(codec.decode(again, 0, codec.create()), first);
      }),
      { numRuns: 30 },
    );
  }
});

test('encode writes every byte of the struct and none beside it', () => {
  for (const codec of codecs) {
    const bytes = new Uint8Array(codec.size + 16).fill(0xa5);
    codec.encode(new DataView(bytes.buffer), 8, codec.create());
    assert.ok(
      bytes.subarray(8, 8 + codec.size).every((byte) => byte === 0),
      `${codec.name} leaves bytes behind`,
    );
    assert.ok(
      bytes.subarray(0, 8).every((byte) => byte === 0xa5) && bytes.subarray(8 + codec.size).every((byte) => byte === 0xa5),
      codec.name,
    );
  }
});

test('signed 64-bit numbers keep value and sign', () => {
  const view = new DataView(new ArrayBuffer(16));
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (sec, nsec) => {
      layouts.encodeTimespec(view, 0, { tv_sec: sec, tv_nsec: nsec });
      assert.equal(view.getBigInt64(0, true), BigInt(sec));
      const back = layouts.decodeTimespec(view, 0, layouts.newTimespec());
      assert.equal(back.tv_sec, sec + 0);
      assert.equal(back.tv_nsec, nsec + 0);
    }),
  );
});

test('unsigned 64-bit numbers are exact below 2^53, and no limit stays no limit', () => {
  const view = new DataView(new ArrayBuffer(16));
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      layouts.encodeRlimit(view, 0, { rlim_cur: value, rlim_max: 2 ** 64 });
      assert.equal(view.getBigUint64(0, true), BigInt(value));
      assert.equal(view.getBigUint64(8, true), 0xffff_ffff_ffff_ffffn);
      assert.deepEqual(layouts.decodeRlimit(view, 0, layouts.newRlimit()), { rlim_cur: value, rlim_max: 2 ** 64 });
    }),
  );
});

test('strings are cut to their field and end with a NUL', () => {
  const view = new DataView(new ArrayBuffer(layouts.Utsname.SIZE));
  layouts.encodeUtsname(view, 0, { ...layouts.newUtsname(), sysname: 'x'.repeat(100), nodename: 'caf\u00e9' });
  const back = layouts.decodeUtsname(view, 0, layouts.newUtsname());
  assert.equal(back.sysname, 'x'.repeat(64));
  assert.equal(back.nodename, 'caf\u00e9');
});

test('ports and addresses are big-endian', () => {
  const view = new DataView(new ArrayBuffer(layouts.SockaddrIn.SIZE));
  layouts.encodeSockaddrIn(view, 0, { sin_family: 2, sin_port: 0x1234, sin_addr: 0x7f000001 });
  assert.deepEqual([...new Uint8Array(view.buffer, 0, 8)], [2, 0, 0x12, 0x34, 127, 0, 0, 1]);
});
