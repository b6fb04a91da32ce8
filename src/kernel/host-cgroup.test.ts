import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { affinityCpus, affinityWords } from './affinity.ts';
import { ContainerLimits, type LimitSpec, parseCpuList } from './container-limits.ts';
import { guestPids, HostCgroup, hostPids } from './host-cgroup.ts';
import { limitedMeminfo, parseMeminfo } from './meminfo.ts';
import { TestKernel } from './test-kernel.ts';

/** A cgroup whose files are texts, by name. */
function cgroup(version: 1 | 2, texts: Record<string, string>): HostCgroup {
  const names = Object.keys(texts);
  return new HostCgroup(
    { version, files: Object.fromEntries(names.map((name, i) => [name, i])) },
    (fd) => texts[names[fd] as string] as string,
  );
}
const none = new HostCgroup({ version: 0, files: {} }, () => '');

const v1 = {
  'memory.limit_in_bytes': '67108864\n',
  'memory.memsw.limit_in_bytes': '134217728\n',
  'memory.usage_in_bytes': '1000000\n',
  'memory.memsw.usage_in_bytes': '1500000\n',
  'memory.max_usage_in_bytes': '2000000\n',
  'memory.soft_limit_in_bytes': '9223372036854771712\n',
  'memory.failcnt': '7\n',
  'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
  'memory.stat': 'cache 1\nrss 2\ntotal_cache 300\ntotal_rss 200\ntotal_active_file 50\ntotal_inactive_file 60\n',
  'cpu.cfs_quota_us': '-1\n',
  'cpu.cfs_period_us': '100000\n',
  'cpu.shares': '512\n',
  'cpu.stat': 'nr_periods 9\nnr_throttled 4\nthrottled_time 5000000\n',
  'cpuacct.usage': '40000000\n',
  'cpuacct.stat': 'user 3\nsystem 1\n',
  'pids.max': '84\n',
  'cpuset.effective_cpus': '0,2-3\n',
};

test('files of v1 in the terms of v2', () => {
  const host = cgroup(1, v1);
  equal(host.text('memory.max'), '67108864\n');
  equal(host.text('memory.swap.max'), '67108864\n');
  equal(host.text('memory.swap.current'), '500000\n');
  equal(host.text('memory.low'), '0\n');
  equal(host.text('memory.high'), 'max\n');
  equal(host.text('memory.events'), 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\noom_group_kill 0\n');
  ok(host.text('memory.stat')?.startsWith('anon 200\nfile 300\n'));
  equal(host.text('cpu.max'), 'max 100000\n');
  equal(host.text('cpu.weight'), '20\n');
  equal(
    host.text('cpu.stat'),
    'usage_usec 40000\nuser_usec 30000\nsystem_usec 10000\nnice_usec 0\nnr_periods 9\nnr_throttled 4\nthrottled_usec 5000\nnr_bursts 0\nburst_usec 0\n',
  );
  equal(host.text('cpuset.cpus.effective'), '0,2-3\n');
  equal(host.text('cpu.max.burst'), null, 'what the host has not got');
  equal(cgroup(1, { 'memory.limit_in_bytes': '9223372036854771712\n' }).text('memory.max'), 'max\n');
  equal(none.text('memory.max'), null);
});

const spec: LimitSpec = {
  memoryBytes: 1 << 20,
  memorySwapBytes: 3 << 20,
  pids: 10,
  cpuQuotaUs: 50000,
  cpuPeriodUs: 100000,
  cpuShares: null,
  cpus: '1',
};

test('the host says what holds, config.json stands in for it', () => {
  let now = 0;
  const texts = { ...v1 };
  const limits = new ContainerLimits(cgroup(1, texts), spec, 4, () => now);
  equal(limits.memoryMax, 67108864);
  equal(limits.pidsMax, guestPids(84));
  deepEqual(limits.cpus, [0, 2, 3]);
  ok(limits.cpusRestricted);
  // A change outside holds a moment later.
  texts['pids.max'] = `${hostPids(3)}\n`;
  texts['memory.limit_in_bytes'] = '2097152\n';
  now += 1e9;
  deepEqual([limits.pidsMax, limits.memoryMax], [3, 2097152]);

  const alone = new ContainerLimits(none, spec, 4, () => 0);
  deepEqual([alone.memoryMax, alone.swapMax, alone.pidsMax], [1 << 20, 2 << 20, 10]);
  deepEqual(alone.cpuMax, { quotaUs: 50000, periodUs: 100000 });
  deepEqual(alone.cpus, [1]);

  const free = new ContainerLimits(none, null, 2, () => 0);
  deepEqual([free.memoryMax, free.swapMax, free.pidsMax, free.cpusRestricted], [Infinity, Infinity, Infinity, false]);
  // The caller's cgroup was not made for the sandbox: its pids are the host's business.
  equal(new ContainerLimits(cgroup(1, v1), null, 4, () => 0).pidsMax, Infinity);
});

test('lists of CPUs', () => {
  deepEqual(parseCpuList('0-2,5', 8), [0, 1, 2, 5]);
  deepEqual(parseCpuList('0-4000000000', 2), [0, 1]);
  deepEqual(parseCpuList('x,-1,', 2), []);
});

const meminfo = `MemTotal:       16000000 kB
MemFree:        12000000 kB
MemAvailable:   14000000 kB
Buffers:           50000 kB
Cached:          2000000 kB
SwapTotal:       1000000 kB
SwapFree:         900000 kB
Active(file):     700000 kB
Slab:             300000 kB
VmallocTotal:   34359738367 kB
HugePages_Total:       0
DirectMap4k:      123456 kB
`;

test('meminfo under a limit: totals of the container, use as its cgroup counts, the form of the host', () => {
  const limits = new ContainerLimits(cgroup(1, { ...v1, 'memory.usage_in_bytes': '10485760\n' }), spec, 4, () => 0);
  const text = limitedMeminfo(meminfo, limits);
  const kB = (name: string) => Number(new RegExp(`^${name.replace(/[()]/g, '\\$&')}: +(\\d+)`, 'm').exec(text)?.[1]);
  equal(kB('MemTotal'), 65536);
  equal(kB('MemFree'), 65536 - 10240);
  equal(kB('SwapTotal'), 65536);
  equal(kB('Buffers'), 0);
  equal(kB('VmallocTotal'), 34359738367);
  equal(kB('Slab'), 10240, 'no more than is used');
  deepEqual(
    text.split('\n').map((line) => line.length),
    meminfo.split('\n').map((line) => line.length),
  );
  equal(parseMeminfo(text).total, 65536 * 1024);
  // A limit beyond the machine limits nothing.
  equal(limitedMeminfo(meminfo, new ContainerLimits(none, { ...spec, memoryBytes: 2 ** 40 }, 4, () => 0)), meminfo);
});

test('affinity: what the task chose of what the container may use', () => {
  const { init, kernel } = new TestKernel();
  deepEqual(affinityCpus(init), [0, 1]);
  init.affinity = [2];
  deepEqual([affinityCpus(init), affinityWords(init)], [[1], [2]]);
  Object.defineProperty(kernel.limits, 'cpus', { value: [0] });
  deepEqual(affinityCpus(init), [0], 'a choice of which nothing is left counts for nothing');
});
