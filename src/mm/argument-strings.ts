/**
 * Copies argv or envp of execve(2) out of the guest. The strings usually lie together, so one copy fetches most of
 * them; the rest are read one by one. Bounds are Linux's: a string at most 128 KiB, all together at most a quarter of
 * the stack limit.
 */
import { E2BIG, EFAULT } from '#abi/errno.ts';
import type { Task } from '#kernel/task.ts';
import { decode } from './string-cache.ts';

const MAX_STRING = 131072;
const MAX_BLOCK = 131072;
const POINTERS_AT_ONCE = 512;

/** The strings of the NULL-ended pointer array at `addr` (0: none), or -EFAULT, -E2BIG. `budget` is in bytes and counts pointers too. */
export function readArgumentStrings(task: Task, addr: number, budget: number): string[] | number {
  if (addr === 0) return [];
  const pointers = readPointers(task, addr, budget);
  if (typeof pointers === 'number') return pointers;
  const block = readBlock(task, pointers);
  const strings: string[] = [];
  let left = budget - pointers.length * 8;
  for (const pointer of pointers) {
    const value = (block && fromBlock(block, pointer)) ?? task.mem.string(pointer, Math.min(MAX_STRING - 1, Math.max(left, 1)), E2BIG);
    if (typeof value === 'number') return value;
    left -= value.length + 1;
    if (left < 0) return -E2BIG;
    strings.push(value);
  }
  return strings;
}

function readPointers(task: Task, addr: number, budget: number): number[] | number {
  const { mem } = task;
  const pointers: number[] = [];
  for (let at = addr; ; at += POINTERS_AT_ONCE * 8) {
    const got = mem.readSome(at, mem.bytes, 0, POINTERS_AT_ONCE * 8);
    if (got < 8) return -EFAULT;
    const whole = Math.floor(got / 8);
    for (let i = 0; i < whole; i += 1) {
      const pointer = mem.view.getUint32(i * 8, true) + mem.view.getUint32(i * 8 + 4, true) * 4294967296;
      if (pointer === 0) return pointers;
      pointers.push(pointer);
      if (pointers.length * 8 > budget) return -E2BIG;
    }
    if (whole < POINTERS_AT_ONCE) return -EFAULT;
  }
}

interface Block {
  start: number;
  bytes: Buffer;
}

function readBlock(task: Task, pointers: readonly number[]): Block | null {
  if (pointers.length < 2) return null;
  let low = Infinity;
  let high = 0;
  for (const pointer of pointers) {
    low = Math.min(low, pointer);
    high = Math.max(high, pointer);
  }
  if (high - low > MAX_BLOCK) return null;
  // The last string's length is unknown: up to the end of its page is surely mapped if its first byte is.
  const length = Math.ceil((high + 1) / 4096) * 4096 - low;
  const bytes = Buffer.allocUnsafe(length);
  const got = task.mem.readSome(low, bytes, 0, length);
  return got > 0 ? { start: low, bytes: bytes.subarray(0, got) } : null;
}

function fromBlock(block: Block, pointer: number): string | null {
  const at = pointer - block.start;
  if (at < 0 || at >= block.bytes.length) return null;
  const end = block.bytes.indexOf(0, at);
  return end < 0 || end - at >= MAX_STRING ? null : decode(block.bytes, at, end - at);
}
