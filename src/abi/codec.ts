/**
 * The primitives under layouts.gen.ts: 64-bit numbers, strings and byte runs in little-endian guest memory.
 *
 * 64-bit values are numbers: exact below 2^53. A value of 2^64 and more is stored as all ones and read back as 2^64, so
 * RLIM_INFINITY survives a round trip.
 */
const TWO_32 = 0x1_0000_0000;
const TWO_64 = TWO_32 * TWO_32;

export function getU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

export function setU64(view: DataView, at: number, value: number): void {
  if (value >= TWO_64) {
    view.setInt32(at, -1, true);
    view.setInt32(at + 4, -1, true);
    return;
  }
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}

export function getI64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

export function setI64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setInt32(at + 4, Math.floor(value / TWO_32), true);
}

/** Stores a Latin-1 string, cut to leave room for one NUL, and fills the rest of the field with NULs. */
export function setChars(view: DataView, at: number, length: number, text: string): void {
  const used = Math.min(text.length, length - 1);
  for (let i = 0; i < used; i += 1) view.setUint8(at + i, text.charCodeAt(i));
  for (let i = used; i < length; i += 1) view.setUint8(at + i, 0);
}

/** The bytes before the first NUL as a Latin-1 string; the last byte of the field counts as a NUL. */
export function getChars(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length - 1; i += 1) {
    const byte = view.getUint8(at + i);
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

export function setBytes(view: DataView, at: number, length: number, source: Uint8Array): void {
  for (let i = 0; i < length; i += 1) view.setUint8(at + i, source[i] ?? 0);
}

export function getBytes(view: DataView, at: number, length: number, target: Uint8Array): void {
  for (let i = 0; i < length; i += 1) target[i] = view.getUint8(at + i);
}

export function zero(view: DataView, at: number, length: number): void {
  for (let i = 0; i < length; i += 1) view.setUint8(at + i, 0);
}
