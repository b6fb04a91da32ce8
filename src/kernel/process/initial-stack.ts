/**
 * The stack a new program starts with, laid out as Linux does: from the top down eight zero bytes, the file name, the
 * environment, the arguments (lowest), random bytes and the platform name, then the auxiliary vector, envp, argv, argc.
 * The strings of arguments and environment are contiguous: setproctitle relies on it.
 */
import { AT_EXECFN, AT_NULL, AT_PLATFORM, AT_RANDOM } from '#abi/auxv.ts';

export interface InitialStack {
  /** The stack pointer: address of argc. */
  readonly pointer: number;
  /** What lies from `pointer` up to the top. */
  readonly bytes: Uint8Array;
  readonly argStart: number;
  readonly argEnd: number;
  readonly envStart: number;
  readonly envEnd: number;
  readonly auxv: Uint8Array;
}

const PLATFORM_NAME = 'x86_64';

/** `aux` is (type, value) pairs without AT_NULL, AT_EXECFN, AT_RANDOM and AT_PLATFORM, which point into the stack itself. */
export function buildInitialStack(
  top: number,
  args: readonly string[],
  env: readonly string[],
  fileName: string,
  aux: readonly (readonly [number, number])[],
  random: Uint8Array,
): InitialStack {
  const size = (strings: readonly string[]) => strings.reduce((sum, s) => sum + s.length + 1, 0);
  const argSize = size(args);
  const envSize = size(env);
  const stringsEnd = top - 8;
  const nameAt = stringsEnd - (fileName.length + 1);
  const envStart = nameAt - envSize;
  const argStart = envStart - argSize;
  const platformAt = argStart - (PLATFORM_NAME.length + 1);
  const randomAt = Math.floor((platformAt - random.length) / 16) * 16;
  const vector: (readonly [number, number])[] = [
    ...aux,
    [AT_RANDOM, randomAt],
    [AT_EXECFN, nameAt],
    [AT_PLATFORM, platformAt],
    [AT_NULL, 0],
  ];
  const words = 1 + args.length + 1 + env.length + 1 + vector.length * 2;
  const pointer = Math.floor((randomAt - words * 8) / 16) * 16;

  const bytes = Buffer.alloc(top - pointer);
  let at = 0;
  const word = (value: number) => {
    bytes.writeUInt32LE(value >>> 0, at);
    bytes.writeUInt32LE(Math.floor(value / 4294967296), at + 4);
    at += 8;
  };
  const strings = (list: readonly string[], start: number) => {
    let address = start;
    for (const s of list) {
      word(address);
      bytes.write(s, address - pointer, 'latin1');
      address += s.length + 1;
    }
    word(0);
  };
  word(args.length);
  strings(args, argStart);
  strings(env, envStart);
  const auxAt = at;
  for (const [type, value] of vector) {
    word(type);
    word(value);
  }
  const auxv = Uint8Array.from(bytes.subarray(auxAt, at));
  bytes.set(random, randomAt - pointer);
  bytes.write(PLATFORM_NAME, platformAt - pointer, 'latin1');
  bytes.write(fileName, nameAt - pointer, 'latin1');
  return { pointer, bytes, argStart, argEnd: envStart, envStart, envEnd: nameAt, auxv };
}
