/** A bounded queue of bytes in a ring. What does not fit is not taken. */
export class ByteQueue {
  readonly capacity: number;
  #ring: Uint8Array;
  #head = 0;
  #length = 0;

  /** `capacity` is a power of two. The ring grows to it as needed. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#ring = new Uint8Array(Math.min(capacity, 256));
  }
  get length(): number {
    return this.#length;
  }
  get room(): number {
    return this.capacity - this.#length;
  }
  push(byte: number): boolean {
    if (this.#length === this.#ring.length && !this.#grow()) return false;
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = byte;
    this.#length += 1;
    return true;
  }
  /** Byte `index` from the front, which must exist. */
  at(index: number): number {
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)] as number;
  }
  /** Copies `length` bytes from the front, which must be there, without taking them. */
  copyOut(target: Uint8Array, offset: number, length: number): void {
    for (let i = 0; i < length; i += 1) target[offset + i] = this.at(i);
  }
  /** Takes `length` bytes from the front. */
  drop(length: number): void {
    this.#length -= length;
    this.#head = this.#length === 0 ? 0 : (this.#head + length) & (this.#ring.length - 1);
  }
  /** Takes back the `length` bytes pushed last. */
  unpush(length: number): void {
    this.#length -= length;
  }
  clear(): void {
    this.#head = this.#length = 0;
  }
  #grow(): boolean {
    if (this.#ring.length >= this.capacity) return false;
    const ring = new Uint8Array(this.#ring.length * 2);
    this.copyOut(ring, 0, this.#length);
    this.#ring = ring;
    this.#head = 0;
    return true;
  }
}
