/** Settings that cgroup v1 and v2 express differently, converted as runc does, so that the same config.json means the same. */
import { Failure } from '../failure.ts';

export { hostPids, guestPids, sharesToWeight } from '#kernel/host-cgroup.ts';

/** blkio.weight, 10 to 1000, to io.weight, 1 to 10000; 0 is not set. */
export function blkioToIoWeight(weight: number): number {
  return weight === 0 ? 0 : 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/**
 * memory.swap.max from `swap`, which is memory and swap together; both in bytes, -1 without limit, undefined not set. undefined: leave
 * it as it is.
 */
export function swapMax(swap: number | undefined, limit: number | undefined): number | undefined {
  // No limit on memory means none on swap either, unless one is said.
  if (limit === -1 && (swap === undefined || swap === 0)) return -1;
  if (swap === undefined || swap === 0) return undefined;
  if (swap === -1) return -1;
  if (limit === undefined || limit === 0 || limit === -1)
    throw new Failure('cgroup', 'linux.resources.memory.swap: a limit on memory and swap together needs memory.limit beside it');
  if (swap < limit)
    throw new Failure(
      'cgroup',
      `linux.resources.memory.swap: ${swap} is memory and swap together: want no less than memory.limit, ${limit}`,
    );
  return swap - limit;
}

/** A limit as v2 writes it. */
export function orMax(limit: number): string {
  return limit < 0 || limit >= 2 ** 63 ? 'max' : String(limit);
}

/** A limit in bytes as v1 writes it. */
export function orMinusOne(limit: number): string {
  return limit < 0 || limit >= 2 ** 63 ? '-1' : String(limit);
}
