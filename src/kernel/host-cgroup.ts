/**
 * The host's cgroup that the sandbox lives in, read in the terms of cgroup v2 whichever version the host has. Each file is a
 * descriptor opened at launch, read anew each time: limits that are changed outside (`belljar update`) show at once.
 */

/** Files of cgroup v2 that can be had. */
export type CgroupFile =
  | 'memory.max'
  | 'memory.high'
  | 'memory.low'
  | 'memory.current'
  | 'memory.peak'
  | 'memory.stat'
  | 'memory.events'
  | 'memory.swap.max'
  | 'memory.swap.current'
  | 'cpu.max'
  | 'cpu.max.burst'
  | 'cpu.stat'
  | 'cpu.weight'
  | 'cpu.idle'
  | 'pids.max'
  | 'cpuset.cpus.effective'
  | 'cpuset.mems.effective'
  | 'io.stat';

/** Descriptors of the host's files by their own names. */
export interface HostCgroupFiles {
  /** 0: none, as for the root cgroup, which limits nothing. */
  readonly version: 0 | 1 | 2;
  readonly files: Readonly<Record<string, number>>;
}

export const v2Files: readonly CgroupFile[] = [
  'memory.max',
  'memory.high',
  'memory.low',
  'memory.current',
  'memory.peak',
  'memory.stat',
  'memory.events',
  'memory.swap.max',
  'memory.swap.current',
  'cpu.max',
  'cpu.max.burst',
  'cpu.stat',
  'cpu.weight',
  'cpu.idle',
  'pids.max',
  'cpuset.cpus.effective',
  'cpuset.mems.effective',
  'io.stat',
];
/** The files of v1 that those are made from, by controller. */
export const v1Files: Readonly<Record<string, readonly string[]>> = {
  memory: [
    'memory.limit_in_bytes',
    'memory.soft_limit_in_bytes',
    'memory.usage_in_bytes',
    'memory.max_usage_in_bytes',
    'memory.failcnt',
    'memory.oom_control',
    'memory.stat',
    'memory.memsw.limit_in_bytes',
    'memory.memsw.usage_in_bytes',
  ],
  cpu: ['cpu.cfs_quota_us', 'cpu.cfs_period_us', 'cpu.cfs_burst_us', 'cpu.shares', 'cpu.idle', 'cpu.stat'],
  cpuacct: ['cpuacct.usage', 'cpuacct.stat'],
  pids: ['pids.max'],
  cpuset: ['cpuset.effective_cpus', 'cpuset.effective_mems'],
};

/** cpu.shares, 2 to 262144 with 1024 as the usual, to cpu.weight, 1 to 10000, as runc converts it; 0 is not set. */
export function sharesToWeight(shares: number): number {
  if (shares === 0) return 0;
  const bounded = Math.min(Math.max(shares, 2), 262144);
  return 1 + Math.floor(((bounded - 2) * 9999) / 262142);
}

/**
 * The host's pids limit for `guests` guest threads. A guest process is a stub with one thread more than it has guest threads, and the
 * kernel's own threads, the zygote and a spare stub count too. The kernel holds guests to their number exactly; this only bounds
 * a kernel that was taken over.
 */
export function hostPids(guests: number): number {
  return 2 * guests + HOST_THREADS;
}
export function guestPids(host: number): number {
  return Math.max(1, Math.floor((host - HOST_THREADS) / 2));
}
const HOST_THREADS = 64;

/** v1 says "no limit" as the largest number of pages. */
const UNLIMITED = 2 ** 62;
const limit = (value: number): string => (value > UNLIMITED ? 'max' : String(value));

/** Names of memory.stat: v2's, and v1's of the whole hierarchy. */
const STAT_NAMES: readonly (readonly [string, string])[] = [
  ['anon', 'total_rss'],
  ['file', 'total_cache'],
  ['shmem', 'total_shmem'],
  ['file_mapped', 'total_mapped_file'],
  ['file_dirty', 'total_dirty'],
  ['file_writeback', 'total_writeback'],
  ['swapcached', 'total_swapcached'],
  ['anon_thp', 'total_rss_huge'],
  ['inactive_anon', 'total_inactive_anon'],
  ['active_anon', 'total_active_anon'],
  ['inactive_file', 'total_inactive_file'],
  ['active_file', 'total_active_file'],
  ['unevictable', 'total_unevictable'],
  ['workingset_refault_anon', 'total_workingset_refault_anon'],
  ['workingset_refault_file', 'total_workingset_refault_file'],
  ['pgfault', 'total_pgfault'],
  ['pgmajfault', 'total_pgmajfault'],
];

/** Lines of "name value". */
export function parseTable(text: string): Map<string, number> {
  const table = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) table.set(line.slice(0, space), Number(line.slice(space + 1)) || 0);
  }
  return table;
}
function lines(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, value]) => `${name} ${value}\n`).join('');
}

export class HostCgroup {
  readonly #files: HostCgroupFiles;
  readonly #readFd: (fd: number) => string;

  constructor(files: HostCgroupFiles, readFd: (fd: number) => string) {
    this.#files = files;
    this.#readFd = readFd;
  }

  /** A v2 file's text with its final newline; null where the host has no such thing. */
  text(name: CgroupFile): string | null {
    const { version } = this.#files;
    if (version === 2) return this.#host(name);
    if (version === 0) return null;
    const text = this.#fromV1(name);
    return text === null || text.endsWith('\n') ? text : `${text}\n`;
  }

  #host(file: string): string | null {
    const fd = this.#files.files[file];
    return fd === undefined ? null : this.#readFd(fd);
  }
  #number(file: string): number | null {
    const text = this.#host(file);
    return text === null ? null : Number(text);
  }
  /** `make` of the numbers in `files`, null if the host lacks one. */
  #of(files: readonly string[], make: (...numbers: number[]) => string): string | null {
    const numbers: number[] = [];
    for (const file of files) {
      const value = this.#number(file);
      if (value === null) return null;
      numbers.push(value);
    }
    return make(...numbers);
  }

  #fromV1(name: CgroupFile): string | null {
    switch (name) {
      case 'memory.max':
        return this.#of(['memory.limit_in_bytes'], limit);
      case 'memory.high':
        return this.#host('memory.limit_in_bytes') === null ? null : 'max';
      case 'memory.low':
        return this.#of(['memory.soft_limit_in_bytes'], (soft) => (soft > UNLIMITED ? '0' : String(soft)));
      case 'memory.current':
        return this.#host('memory.usage_in_bytes');
      case 'memory.peak':
        return this.#host('memory.max_usage_in_bytes');
      case 'memory.stat':
        return this.#memoryStat();
      case 'memory.events':
        return this.#memoryEvents();
      case 'memory.swap.max':
        return this.#of(['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes'], (both, memory) =>
          both > UNLIMITED ? 'max' : String(Math.max(0, both - memory)),
        );
      case 'memory.swap.current':
        return this.#of(['memory.memsw.usage_in_bytes', 'memory.usage_in_bytes'], (both, memory) => String(Math.max(0, both - memory)));
      case 'cpu.max':
        return this.#of(['cpu.cfs_quota_us', 'cpu.cfs_period_us'], (quota, period) => `${quota < 0 ? 'max' : quota} ${period}`);
      case 'cpu.max.burst':
        return this.#host('cpu.cfs_burst_us');
      case 'cpu.idle':
        return this.#host('cpu.idle');
      case 'cpu.weight':
        return this.#of(['cpu.shares'], (shares) => String(sharesToWeight(shares)));
      case 'cpu.stat':
        return this.#cpuStat();
      case 'pids.max':
        return this.#host('pids.max');
      case 'cpuset.cpus.effective':
        return this.#host('cpuset.effective_cpus');
      case 'cpuset.mems.effective':
        return this.#host('cpuset.effective_mems');
      case 'io.stat':
        return null;
      default:
        return name satisfies never;
    }
  }

  #memoryStat(): string | null {
    const text = this.#host('memory.stat');
    if (text === null) return null;
    const table = parseTable(text);
    return lines(STAT_NAMES.map(([name, old]) => [name, table.get(old) ?? 0]));
  }

  #memoryEvents(): string | null {
    const text = this.#host('memory.oom_control');
    if (text === null) return null;
    const kills = parseTable(text).get('oom_kill') ?? 0;
    const max = this.#number('memory.failcnt') ?? 0;
    return lines([
      ['low', 0],
      ['high', 0],
      ['max', max],
      ['oom', kills],
      ['oom_kill', kills],
      ['oom_group_kill', 0],
    ]);
  }

  #cpuStat(): string | null {
    const usage = this.#number('cpuacct.usage');
    if (usage === null) return null;
    const ticks = parseTable(this.#host('cpuacct.stat') ?? '');
    const throttling = parseTable(this.#host('cpu.stat') ?? '');
    const total = Math.floor(usage / 1000);
    // The two parts are sampled; as on v2 their sum is made to be the whole.
    const [user = 0, system = 0] = [ticks.get('user'), ticks.get('system')];
    const userPart = user + system === 0 ? total : Math.floor((total * user) / (user + system));
    return lines([
      ['usage_usec', total],
      ['user_usec', userPart],
      ['system_usec', total - userPart],
      ['nice_usec', 0],
      ['nr_periods', throttling.get('nr_periods') ?? 0],
      ['nr_throttled', throttling.get('nr_throttled') ?? 0],
      ['throttled_usec', Math.floor((throttling.get('throttled_time') ?? 0) / 1000)],
      ['nr_bursts', throttling.get('nr_bursts') ?? 0],
      ['burst_usec', Math.floor((throttling.get('burst_time') ?? 0) / 1000)],
    ]);
  }
}
