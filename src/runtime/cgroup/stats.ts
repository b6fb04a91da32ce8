/** What `events --stats` prints under "data": runc's shape, member for member, which containerd's shims parse. */
import type { Count } from './files.ts';

export interface MemoryEntry {
  limit: Count;
  usage?: Count;
  max?: Count;
  failcnt: Count;
}
export interface BlkioEntry {
  major?: number;
  minor?: number;
  op?: string;
  value?: Count;
}
export interface CgroupStats {
  cpu: {
    usage: { total?: Count; percpu?: Count[]; percpu_kernel?: Count[]; percpu_user?: Count[]; kernel: Count; user: Count };
    throttling: { periods?: Count; throttledPeriods?: Count; throttledTime?: Count };
  };
  cpuset: {
    cpus?: number[];
    cpu_exclusive: number;
    mems?: number[];
    mem_hardwall: number;
    mem_exclusive: number;
    memory_migrate: number;
    memory_spread_page: number;
    memory_spread_slab: number;
    memory_pressure: number;
    sched_load_balance: number;
    sched_relax_domain_level: number;
  };
  memory: {
    cache?: Count;
    usage: MemoryEntry;
    swap: MemoryEntry;
    kernel: MemoryEntry;
    kernelTCP: MemoryEntry;
    raw?: Record<string, Count>;
  };
  pids: { current?: Count; limit?: Count };
  blkio: {
    ioServiceBytesRecursive?: BlkioEntry[];
    ioServicedRecursive?: BlkioEntry[];
    ioQueueRecursive?: BlkioEntry[];
    ioServiceTimeRecursive?: BlkioEntry[];
    ioWaitTimeRecursive?: BlkioEntry[];
    ioMergedRecursive?: BlkioEntry[];
    ioTimeRecursive?: BlkioEntry[];
    sectorsRecursive?: BlkioEntry[];
  };
  hugetlb: Record<string, { usage?: Count; max?: Count; failcnt: Count }>;
  intel_rdt: Record<string, never>;
  network_interfaces: null;
}

export function emptyStats(): CgroupStats {
  const memory = (): MemoryEntry => ({ limit: 0, failcnt: 0 });
  return {
    cpu: { usage: { kernel: 0, user: 0 }, throttling: {} },
    cpuset: {
      cpu_exclusive: 0,
      mem_hardwall: 0,
      mem_exclusive: 0,
      memory_migrate: 0,
      memory_spread_page: 0,
      memory_spread_slab: 0,
      memory_pressure: 0,
      sched_load_balance: 0,
      sched_relax_domain_level: 0,
    },
    memory: { usage: memory(), swap: memory(), kernel: memory(), kernelTCP: memory() },
    pids: {},
    blkio: {},
    hugetlb: {},
    intel_rdt: {},
    network_interfaces: null,
  };
}

/** The members whose value is not zero: the shape leaves out the others. */
export function withoutZeros<T extends Record<string, unknown>>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== 0 && value !== '')) as Partial<T>;
}

export function memoryEntry(limit: Count, usage: Count, max: Count, failcnt: Count): MemoryEntry {
  return { limit, ...withoutZeros({ usage, max }), failcnt };
}

/** "0-2,4" as numbers. */
export function expandList(text: string): number[] {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (range === null) continue;
    for (let i = Number(range[1]); i <= Number(range[2] ?? range[1]) && numbers.length < 8192; i += 1) numbers.push(i);
  }
  return numbers;
}
