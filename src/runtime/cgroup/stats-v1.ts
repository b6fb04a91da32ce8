/** Counts of a container under cgroup v1. */
import { processesIn } from './common.ts';
import { guestPids } from './convert.ts';
import { asNumber, CgroupDirectory, times, toCount } from './files.ts';
import type { V1Controller } from './hierarchy.ts';
import { type BlkioEntry, type CgroupStats, emptyStats, expandList, memoryEntry, withoutZeros } from './stats.ts';

/** cpuacct.stat counts in these, whatever the kernel was built with (USER_HZ). */
const NS_PER_TICK = 10_000_000;

export function statsV1(directories: ReadonlyMap<V1Controller, CgroupDirectory>): CgroupStats {
  const stats = emptyStats();
  const at = (controller: V1Controller, take: (directory: CgroupDirectory) => void) => {
    const directory = directories.get(controller);
    if (directory?.exists) take(directory);
  };
  at('cpu', (directory) => {
    const table = directory.readTable('cpu.stat');
    stats.cpu.throttling = withoutZeros({
      periods: table['nr_periods'] ?? 0,
      throttledPeriods: table['nr_throttled'] ?? 0,
      throttledTime: table['throttled_time'] ?? 0,
    });
  });
  at('cpuacct', (directory) => {
    stats.cpu.usage = cpuUsage(directory);
  });
  at('cpuset', (directory) => cpuset(directory, stats));
  at('memory', (directory) => memory(directory, stats));
  at('pids', (directory) => {
    stats.pids = pidsStats(directory);
  });
  at('blkio', (directory) => {
    stats.blkio = blkio(directory);
  });
  at('hugetlb', (directory) => hugetlb(directory, stats));
  return stats;
}

/** As guests are counted; a cgroup with no stub in it is another runtime's, and counted as the host does. */
export function pidsStats(directory: CgroupDirectory): CgroupStats['pids'] {
  const guests = guestThreads(processesIn(directory));
  const max = directory.read('pids.max');
  const limit = max === null || max === 'max' ? 0 : guests === null ? toCount(max) : guestPids(Number(max));
  return withoutZeros({ current: guests ?? directory.readCount('pids.current'), limit });
}

/** How many threads of guests are among the host's processes; null if none of them is a stub. */
function guestThreads(pids: readonly number[]): number | null {
  let found: number | null = null;
  for (const pid of pids) {
    const stat = new CgroupDirectory(`/proc/${pid}`).read('stat');
    if (stat === null || !stat.includes('(stub)')) continue;
    // A stub's first thread is not the guest's. The zygote has no other, and one stub with one other is kept in store.
    const threads = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[17]);
    found = (found ?? -1) + Math.max(0, threads - 1);
  }
  return found === null ? null : Math.max(0, found);
}

function cpuUsage(directory: CgroupDirectory): CgroupStats['cpu']['usage'] {
  const ticks = directory.readTable('cpuacct.stat');
  const perCpu = (directory.read('cpuacct.usage_percpu') ?? '').split(' ').filter((text) => text !== '');
  // "cpu user system", then a line for each.
  const rows = (directory.read('cpuacct.usage_all') ?? '').split('\n').slice(1);
  const column = (i: number) => rows.map((row) => toCount(row.split(' ')[i] ?? '0'));
  return {
    ...withoutZeros({ total: directory.readCount('cpuacct.usage') }),
    ...(perCpu.length > 0 ? { percpu: perCpu.map(toCount) } : {}),
    ...(rows.length > 0 ? { percpu_kernel: column(2), percpu_user: column(1) } : {}),
    kernel: times(ticks['system'], NS_PER_TICK),
    user: times(ticks['user'], NS_PER_TICK),
  };
}

function cpuset(directory: CgroupDirectory, stats: CgroupStats): void {
  const number = (file: string) => Number(directory.read(`cpuset.${file}`) ?? 0);
  const numbers = (file: string) => expandList(directory.read(`cpuset.${file}`) ?? '');
  const [cpus, mems] = [numbers('cpus'), numbers('mems')];
  stats.cpuset = {
    ...(cpus.length > 0 ? { cpus } : {}),
    cpu_exclusive: number('cpu_exclusive'),
    ...(mems.length > 0 ? { mems } : {}),
    mem_hardwall: number('mem_hardwall'),
    mem_exclusive: number('mem_exclusive'),
    memory_migrate: number('memory_migrate'),
    memory_spread_page: number('memory_spread_page'),
    memory_spread_slab: number('memory_spread_slab'),
    memory_pressure: number('memory_pressure'),
    sched_load_balance: number('sched_load_balance'),
    sched_relax_domain_level: number('sched_relax_domain_level'),
  };
}

function memory(directory: CgroupDirectory, stats: CgroupStats): void {
  const entry = (prefix: string) => {
    const count = (file: string) => directory.readCount(`memory.${prefix}${file}`);
    return memoryEntry(count('limit_in_bytes'), count('usage_in_bytes'), count('max_usage_in_bytes'), count('failcnt'));
  };
  const raw = directory.readTable('memory.stat');
  stats.memory = {
    ...withoutZeros({ cache: raw['cache'] ?? 0 }),
    usage: entry(''),
    swap: entry('memsw.'),
    kernel: entry('kmem.'),
    kernelTCP: entry('kmem.tcp.'),
    ...(Object.keys(raw).length > 0 ? { raw } : {}),
  };
}

/** Lines such as "8:0 Read 4096"; the line with the total has no device. */
function blkioEntries(directory: CgroupDirectory, file: string): BlkioEntry[] {
  const entries: BlkioEntry[] = [];
  for (const line of (directory.read(file) ?? '').split('\n')) {
    const match = /^(\d+):(\d+)(?: (\w+))? (\d+)$/.exec(line.trim());
    if (match === null) continue;
    entries.push(
      withoutZeros({
        major: Number(match[1]),
        minor: Number(match[2]),
        op: match[3] ?? '',
        value: toCount(match[4] as string),
      }) as BlkioEntry,
    );
  }
  return entries;
}

/** From whichever of the schedulers counts: BFQ, CFQ, or the throttling layer. */
function blkio(directory: CgroupDirectory): CgroupStats['blkio'] {
  const sets: readonly Readonly<Record<keyof CgroupStats['blkio'], string>>[] = ['blkio.bfq.', 'blkio.'].map((prefix) => ({
    ioServiceBytesRecursive: `${prefix}io_service_bytes_recursive`,
    ioServicedRecursive: `${prefix}io_serviced_recursive`,
    ioQueueRecursive: `${prefix}io_queued_recursive`,
    ioServiceTimeRecursive: `${prefix}io_service_time_recursive`,
    ioWaitTimeRecursive: `${prefix}io_wait_time_recursive`,
    ioMergedRecursive: `${prefix}io_merged_recursive`,
    ioTimeRecursive: `${prefix}time_recursive`,
    sectorsRecursive: `${prefix}sectors_recursive`,
  }));
  for (const names of sets) {
    if (blkioEntries(directory, names.ioServicedRecursive).length > 0) return readBlkio(directory, names);
  }
  for (const suffix of ['_recursive', '']) {
    if (blkioEntries(directory, `blkio.throttle.io_serviced${suffix}`).length === 0) continue;
    return readBlkio(directory, {
      ioServiceBytesRecursive: `blkio.throttle.io_service_bytes${suffix}`,
      ioServicedRecursive: `blkio.throttle.io_serviced${suffix}`,
    });
  }
  return {};
}

function readBlkio(directory: CgroupDirectory, names: Partial<Record<keyof CgroupStats['blkio'], string>>): CgroupStats['blkio'] {
  const found: CgroupStats['blkio'] = {};
  for (const [member, file] of Object.entries(names)) {
    const entries = blkioEntries(directory, file);
    if (entries.length > 0) found[member as keyof CgroupStats['blkio']] = entries;
  }
  return found;
}

function hugetlb(directory: CgroupDirectory, stats: CgroupStats): void {
  for (const size of hugePageSizes(directory, '.limit_in_bytes')) {
    const count = (file: string) => directory.readCount(`hugetlb.${size}.${file}`);
    stats.hugetlb[size] = {
      ...withoutZeros({ usage: count('usage_in_bytes'), max: count('max_usage_in_bytes') }),
      failcnt: asNumber(count('failcnt')),
    };
  }
}

export function hugePageSizes(directory: CgroupDirectory, suffix: string): string[] {
  return ['64KB', '2MB', '32MB', '1GB'].filter((size) => directory.has(`hugetlb.${size}${suffix}`));
}
