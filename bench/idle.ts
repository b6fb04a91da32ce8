/** Private memory and CPU of an idle sandbox: everything that a runtime's command keeps running while its guest sleeps. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all below it, by /proc. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(fields(Number(name))?.[1]);
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all: number[] = [];
  for (let open = [pid]; open.length > 0; open = open.flatMap((each) => children.get(each) ?? [])) all.push(...open);
  return all;
}

/** Private memory in kilobytes: pages that would be freed if these processes ended. */
export function privateKb(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids)
    for (const match of read(`/proc/${pid}/smaps_rollup`).matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)) sum += Number(match[1]);
  return sum;
}

/** User and system time in clock ticks (1/100 s). */
export function cpuTicks(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) sum += Number(fields(pid)?.[11] ?? 0) + Number(fields(pid)?.[12] ?? 0);
  return sum;
}

/** The fields of /proc/PID/stat from the state on; undefined when the process is gone. */
function fields(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // It ended since /proc was listed.
  }
}
