/** Reading guest memory for a trace: every read may fail, and nothing that is shown is ever used. */

/** Copies guest bytes at `addr` into `target`; how many could be copied (0 or less for none). */
export type ReadMemory = (addr: number, target: Uint8Array) => number;

const PIECE = 256;

/** `length` bytes, or null if not all can be read. */
export function readBytes(read: ReadMemory, addr: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  return length === 0 || read(addr, bytes) === length ? bytes : null;
}

export function readView(read: ReadMemory, addr: number, length: number): DataView | null {
  const bytes = readBytes(read, addr, length);
  return bytes === null ? null : new DataView(bytes.buffer);
}

/** A NUL-terminated string of at most `limit` bytes; null for a fault. `whole` is false if it is longer. */
export function readString(read: ReadMemory, addr: number, limit: number): { bytes: Uint8Array; whole: boolean } | null {
  const result: number[] = [];
  while (result.length <= limit) {
    const from = addr + result.length;
    const piece = new Uint8Array(PIECE - (from % PIECE));
    const got = read(from, piece);
    if (got <= 0) return null;
    for (let i = 0; i < got; i += 1) {
      const byte = piece[i] as number;
      if (byte === 0) return { bytes: Uint8Array.from(result), whole: true };
      if (result.length === limit) return { bytes: Uint8Array.from(result), whole: false };
      result.push(byte);
    }
    if (got < piece.length) return null;
  }
  return { bytes: Uint8Array.from(result), whole: false };
}

const escapes: Record<number, string> = { 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };

/** Bytes between quotes; what does not print is in octal, as short as the next character allows. */
export function quote(bytes: Uint8Array, whole = true): string {
  let text = '"';
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] as number;
    const escaped = escapes[byte];
    if (escaped !== undefined) text += escaped;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else {
      const next = bytes[i + 1] ?? 0;
      text += `\\${byte.toString(8).padStart(next >= 48 && next <= 57 ? 3 : 1, '0')}`;
    }
  }
  return `${text}"${whole ? '' : '...'}`;
}
