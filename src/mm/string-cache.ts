/**
 * Bytes to Latin-1 strings, without allocating for a string seen recently: guests name the same paths again and again, and the
 * same string object has its hash ready when a Map is asked for it. Direct-mapped by a hash of the bytes.
 */
const SLOTS = 2048;
const MAX_CACHED = 256;

export class StringCache {
  #slots: string[] = new Array(SLOTS).fill('');

  get(source: Uint8Array, offset: number, length: number): string {
    if (length === 0) return '';
    if (length > MAX_CACHED) return decode(source, offset, length);
    let hash = length;
    for (let i = 0; i < length; i += 1) hash = (Math.imul(hash, 31) + (source[offset + i] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#slots[slot] as string;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === source[offset + i]) i += 1;
      if (i === length) return known;
    }
    const fresh = decode(source, offset, length);
    this.#slots[slot] = fresh;
    return fresh;
  }
}

/** Bytes as a Latin-1 string, one character a byte. */
export function decode(source: Uint8Array, offset: number, length: number): string {
  return Buffer.from(source.buffer, source.byteOffset + offset, length).toString('latin1');
}
