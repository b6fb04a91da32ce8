/**
 * What travels with each call: filled into the read-only table that the stub reads (struct carry in stub.c). Two items
 * a call at most. A pointer that faults costs a signal, so only what the call surely reads is listed.
 */
import { GLOBAL_SLOT, type Arena } from './arena.ts';
import * as L from './layout.ts';

const STRING = 1;
const BUFFER = 2;
const IOVECS = 3;
const WORD = 4;
const FIXED = 5;
const PATH_MAX = 4096;

/** kind, argument, argument with the length (BUFFER, IOVECS), log2 of an element's size (BUFFER), most or exact bytes. */
type Item = readonly [kind: number, arg: number, lengthArg: number, shift: number, size: number];

const string = (arg: number): Item => [STRING, arg, 0, 0, PATH_MAX];
const buffer = (arg: number, lengthArg: number, max: number, shift = 0): Item => [BUFFER, arg, lengthArg, shift, max];
const fixed = (arg: number, size: number): Item => [FIXED, arg, 0, 0, size];

const TABLE: readonly (readonly [nr: number, ...Item[]])[] = [
  // read side: paths
  [2, string(0)],
  [4, string(0)],
  [6, string(0)],
  [21, string(0)],
  [76, string(0)],
  [80, string(0)],
  [82, string(0), string(1)],
  [83, string(0)],
  [84, string(0)],
  [85, string(0)],
  [86, string(0), string(1)],
  [87, string(0)],
  [88, string(0), string(1)],
  [89, string(0)],
  [90, string(0)],
  [92, string(0)],
  [94, string(0)],
  [133, string(0)],
  [137, string(0)],
  [161, string(0)],
  [191, string(0), string(1)],
  [192, string(0), string(1)],
  [193, string(1)],
  [254, string(1)],
  [257, string(1)],
  [258, string(1)],
  [259, string(1)],
  [260, string(1)],
  [262, string(1)],
  [263, string(1)],
  [264, string(1), string(3)],
  [265, string(1), string(3)],
  [266, string(0), string(2)],
  [267, string(1)],
  [268, string(1)],
  [269, string(1)],
  [280, string(1), fixed(2, 32)],
  [316, string(1), string(3)],
  [332, string(1)],
  [437, string(1), buffer(2, 3, 64)],
  [439, string(1)],
  [452, string(1)],
  // data that is written or sent
  [1, buffer(1, 2, 4096)],
  [18, buffer(1, 2, 4096)],
  [20, [IOVECS, 1, 2, 0, 2048]],
  [44, buffer(1, 2, 2048), buffer(4, 5, 128)],
  [42, buffer(1, 2, 128)],
  [49, buffer(1, 2, 128)],
  [54, buffer(3, 4, 64)],
  [46, fixed(1, 56)],
  [47, fixed(1, 56)],
  // small structures
  [7, buffer(0, 1, 512, 3)],
  [271, buffer(0, 1, 512, 3), fixed(2, 16)],
  [13, fixed(1, 32)],
  [14, fixed(1, 8)],
  [35, fixed(0, 16)],
  [38, fixed(1, 32)],
  [130, fixed(0, 8)],
  [131, fixed(0, 24)],
  [203, buffer(2, 1, 128)],
  [202, [WORD, 0, 0, 0, 4]],
  [223, fixed(2, 32)],
  [230, fixed(2, 16)],
  [233, fixed(3, 12)],
  [286, fixed(2, 32)],
  [302, fixed(2, 16)],
  [435, buffer(0, 1, 88)],
];

export function fillCarryTable(arena: Arena): void {
  for (const [nr, ...items] of TABLE) {
    items.forEach(([kind, arg, lengthArg, shift, size], i) => {
      const at = GLOBAL_SLOT + L.G_CARRY + 16 * nr + 8 * i;
      arena.u8[at] = kind;
      arena.u8[at + 1] = arg;
      arena.u8[at + 2] = lengthArg;
      arena.u8[at + 3] = shift;
      arena.u32[(at + 4) >> 2] = size;
    });
  }
}
