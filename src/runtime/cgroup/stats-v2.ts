/** Counts of a container under cgroup v2, in the shape and units of v1. */
import { asNumber, type CgroupDirectory, type Count, sum, times, toCount } from './files.ts';
import { type BlkioEntry, type CgroupStats, emptyStats, memoryEntry, withoutZeros } from './stats.ts';
import { hugePageSizes, pidsStats } from './stats-v1.ts';

export function statsV2(directory: CgroupDirectory): CgroupStats {
  const stats = emptyStats();
  const cpu = directory.readTable('cpu.stat');
  stats.cpu.usage = {
    ...withoutZeros({ total: times(cpu['usage_usec'], 1000) }),
    kernel: times(cpu['system_usec'], 1000),
    user: times(cpu['user_usec'], 1000),
  };
  stats.cpu.throttling = withoutZeros({
    periods: cpu['nr_periods'] ?? 0,
    throttledPeriods: cpu['nr_throttled'] ?? 0,
    throttledTime: times(cpu['throttled_usec'], 1000),
  });
  if (directory.has('memory.current')) memory(directory, stats);
  stats.pids = pidsStats(directory);
  stats.blkio = io(directory);
  for (const size of hugePageSizes(directory, '.max'))
    stats.hugetlb[size] = {
      ...withoutZeros({ usage: directory.readCount(`hugetlb.${size}.current`) }),
      failcnt: directory.readTable(`hugetlb.${size}.events`)['max'] ?? 0,
    };
  return stats;
}

function memory(directory: CgroupDirectory, stats: CgroupStats): void {
  const raw = directory.readTable('memory.stat');
  const limit = toCount(directory.read('memory.max') ?? 'max');
  const usage = directory.readCount('memory.current');
  // v1 counts swap together with memory.
  const swapText = directory.read('memory.swap.max') ?? '0';
  const unlimited = swapText === 'max' || asNumber(limit) >= 2 ** 63;
  const swapLimit: Count = unlimited ? toCount('max') : sum(toCount(swapText), limit);
  const events = directory.readTable('memory.events');
  stats.memory = {
    ...withoutZeros({ cache: raw['file'] ?? 0 }),
    usage: memoryEntry(limit, usage, directory.readCount('memory.peak'), events['max'] ?? 0),
    swap: memoryEntry(swapLimit, sum(directory.readCount('memory.swap.current'), usage), 0, 0),
    kernel: memoryEntry(0, 0, 0, 0),
    kernelTCP: memoryEntry(0, 0, 0, 0),
    ...(Object.keys(raw).length > 0 ? { raw } : {}),
  };
}

/** io.stat's lines, "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0". */
function io(directory: CgroupDirectory): CgroupStats['blkio'] {
  const bytes: BlkioEntry[] = [];
  const operations: BlkioEntry[] = [];
  const kinds: Readonly<Record<string, readonly [BlkioEntry[], string]>> = {
    rbytes: [bytes, 'Read'],
    wbytes: [bytes, 'Write'],
    dbytes: [bytes, 'Discard'],
    rios: [operations, 'Read'],
    wios: [operations, 'Write'],
    dios: [operations, 'Discard'],
  };
  for (const line of (directory.read('io.stat') ?? '').split('\n')) {
    const [device = '', ...fields] = line.split(' ');
    const place = /^(\d+):(\d+)$/.exec(device);
    if (place === null) continue;
    for (const field of fields) {
      const [name = '', value = ''] = field.split('=');
      const [list, op] = kinds[name] ?? [];
      list?.push(withoutZeros({ major: Number(place[1]), minor: Number(place[2]), op: op as string, value: toCount(value) }) as BlkioEntry);
    }
  }
  return {
    ...(bytes.length > 0 ? { ioServiceBytesRecursive: bytes } : {}),
    ...(operations.length > 0 ? { ioServicedRecursive: operations } : {}),
  };
}
