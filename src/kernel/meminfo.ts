/**
 * meminfo(5) as a container with a memory limit sees it: totals are the container's, what is used is what its cgroup counts. Linux itself
 * shows the machine's; programs that size themselves by this file then take more than they may have.
 */
import type { ContainerLimits } from './container-limits.ts';
import { parseTable } from './host-cgroup.ts';

/** Fields that have their counterpart in the cgroup's memory.stat, as sums of its names. */
const FROM_STAT: Readonly<Record<string, readonly string[]>> = {
  Cached: ['file'],
  Active: ['active_anon', 'active_file'],
  Inactive: ['inactive_anon', 'inactive_file'],
  'Active(anon)': ['active_anon'],
  'Inactive(anon)': ['inactive_anon'],
  'Active(file)': ['active_file'],
  'Inactive(file)': ['inactive_file'],
  Unevictable: ['unevictable'],
  Dirty: ['file_dirty'],
  Writeback: ['file_writeback'],
  AnonPages: ['anon'],
  Mapped: ['file_mapped'],
  Shmem: ['shmem'],
  SwapCached: ['swapcached'],
};
/** Fields that no container has a part of. */
const NOT_OURS = new Set(['Buffers', 'Mlocked', 'NFS_Unstable', 'Bounce', 'WritebackTmp']);
/** Of address space, not of memory. */
const AS_THEY_ARE = /^(Vmalloc|HugePages|Hugepagesize|Hugetlb|DirectMap|Commit)/;

function field(text: string, name: string): number {
  const at = text.indexOf(`${name}:`);
  return at < 0 ? 0 : (Number.parseInt(text.slice(at + name.length + 1, at + name.length + 32).trimStart(), 10) || 0) * 1024;
}

/** `host` is the machine's /proc/meminfo. */
export function limitedMeminfo(host: string, limits: ContainerLimits): string {
  const total = Math.min(limits.memoryMax, field(host, 'MemTotal'));
  if (total >= field(host, 'MemTotal')) return host;
  const stat = parseTable(limits.hostText('memory.stat') ?? '');
  const known = stat.size > 0;
  const used = Math.min(limits.memoryCurrent ?? 0, total);
  const reclaimable = Math.min((stat.get('active_file') ?? 0) + (stat.get('inactive_file') ?? 0), used);
  const swap = Math.min(limits.swapMax, field(host, 'SwapTotal'));
  const values: Record<string, number> = {
    MemTotal: total,
    // Other containers may have taken what this one may have.
    MemFree: Math.min(total - used, field(host, 'MemFree')),
    MemAvailable: Math.min(total - used + reclaimable, field(host, 'MemAvailable')),
    SwapTotal: swap,
    SwapFree: Math.max(0, Math.min(swap - limits.swapCurrent, field(host, 'SwapFree'))),
  };
  return host.replace(/^(.+?):( +)(\d+) kB$/gm, (line, name: string, gap: string, digits: string) => {
    if (AS_THEY_ARE.test(name)) return line;
    const parts = FROM_STAT[name];
    const bytes =
      values[name] ??
      (known && parts !== undefined
        ? parts.reduce((sum, part) => sum + (stat.get(part) ?? 0), 0)
        : NOT_OURS.has(name)
          ? 0
          : Math.min(Number(digits) * 1024, used));
    return `${name}:${String(Math.floor(bytes / 1024)).padStart(gap.length + digits.length)} kB`;
  });
}

/** The figures that system calls give too, in bytes. */
export function parseMeminfo(text: string): { total: number; free: number; available: number; text: string } {
  return { total: field(text, 'MemTotal'), free: field(text, 'MemFree'), available: field(text, 'MemAvailable'), text };
}
