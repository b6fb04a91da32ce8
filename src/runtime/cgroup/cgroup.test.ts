import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { LinuxResources } from '../spec/resources.ts';
import { parseResources } from '../spec/resources.ts';
import { Field } from '../spec/reader.ts';
import { type CgroupRequest, openCgroup, restoreCgroup } from './cgroup.ts';
import { blkioToIoWeight, guestPids, hostPids, sharesToWeight, swapMax } from './convert.ts';
import { type Hierarchies, parseHierarchies } from './hierarchy.ts';
import { expandList } from './stats.ts';
import { parseUnit, slicePath, unitProperties } from './systemd.ts';

const scratch = mkdtempSync(join(tmpdir(), 'belljar-cgroup-'));
after(() => rmSync(scratch, { recursive: true }));
let trees = 0;

/** A directory with files, as a cgroup file system would show it. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = join(scratch, `tree${trees++}`);
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
const under = (directory: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text]));
const request = (more: Partial<CgroupRequest> = {}): CgroupRequest => ({
  cgroupsPath: '/box/c1',
  id: 'c1',
  systemd: false,
  rootless: false,
  ...more,
});
const noWarning = (line: string) => {
  throw new Error(`unexpected warning: ${line}`);
};

// As a cgroup v2 machine with Linux 6.1 shows a container with limits.
const v2Files = {
  'cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma\n',
  'cgroup.procs': '',
  'cgroup.type': 'domain\n',
  'cgroup.freeze': '0\n',
  'cgroup.events': 'populated 1\nfrozen 0\n',
  'cpu.max': 'max 100000\n',
  'cpu.max.burst': '0\n',
  'cpu.weight': '100\n',
  'cpu.idle': '0\n',
  'cpu.stat': 'usage_usec 52112\nuser_usec 30001\nsystem_usec 22111\nnr_periods 7\nnr_throttled 3\nthrottled_usec 1500\n',
  'cpuset.cpus': '\n',
  'cpuset.mems': '\n',
  'memory.max': 'max\n',
  'memory.low': '0\n',
  'memory.current': '1048576\n',
  'memory.peak': '2097152\n',
  'memory.swap.max': 'max\n',
  'memory.swap.current': '4096\n',
  'memory.events': 'low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n',
  'memory.high': 'max\n',
  'memory.stat': 'anon 45056\nfile 8192\nkernel_stack 16384\nslab 12345678901234567890\n',
  'pids.max': 'max\n',
  'pids.current': '3\n',
  'io.stat': '8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n',
  'io.max': '',
  'io.weight': 'default 100\n',
  'hugetlb.2MB.max': 'max\n',
  'hugetlb.2MB.current': '2097152\n',
  'hugetlb.2MB.events': 'max 4\n',
  'rdma.max': '',
};
function v2(files: Readonly<Record<string, string>> = {}): { hierarchies: Hierarchies; read: (name: string) => string; root: string } {
  const root = tree({
    'cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma\n',
    'cgroup.subtree_control': 'cpuset cpu io memory hugetlb pids rdma\n',
    ...under('box', {
      'cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma\n',
      'cgroup.subtree_control': 'cpuset cpu io memory hugetlb pids rdma\n',
    }),
    ...under('box/c1', { ...v2Files, ...files }),
  });
  return {
    root,
    hierarchies: parseHierarchies(`30 25 0:26 / ${root} rw - cgroup2 cgroup2 rw`, '0::/user/session.scope\n'),
    read: (name) => readFileSync(join(root, 'box/c1', name), 'utf8').trim(),
  };
}

const v1Files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  memory: {
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.memsw.limit_in_bytes': '9223372036854771712\n',
    'memory.usage_in_bytes': '573440\n',
    'memory.max_usage_in_bytes': '2732032\n',
    'memory.failcnt': '5\n',
    'memory.soft_limit_in_bytes': '9223372036854771712\n',
    'memory.swappiness': '60\n',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    'memory.kmem.tcp.limit_in_bytes': '9223372036854771712\n',
    'memory.stat': 'cache 4096\nrss 49152\nhierarchical_memory_limit 9223372036854771712\n',
    'cgroup.procs': '',
  },
  cpu: {
    'cpu.shares': '1024\n',
    'cpu.cfs_quota_us': '-1\n',
    'cpu.cfs_period_us': '100000\n',
    'cpu.cfs_burst_us': '0\n',
    'cpu.idle': '0\n',
    'cpu.rt_runtime_us': '0\n',
    'cpu.rt_period_us': '1000000\n',
    'cpu.stat': 'nr_periods 2\nnr_throttled 1\nthrottled_time 999\n',
    'cgroup.procs': '',
  },
  cpuacct: {
    'cpuacct.stat': 'user 1\nsystem 3\n',
    'cpuacct.usage': '51889370\n',
    'cpuacct.usage_percpu': '16903721 34985649 \n',
    'cpuacct.usage_all': 'cpu user system\n0 8000000 12000000\n1 8000000 32000000\n',
    'cgroup.procs': '',
  },
  cpuset: { 'cpuset.cpus': '0-1\n', 'cpuset.mems': '0\n', 'cgroup.procs': '' },
  devices: { 'devices.allow': '', 'devices.deny': '', 'cgroup.procs': '' },
  pids: { 'pids.max': 'max\n', 'pids.current': '4\n', 'cgroup.procs': '' },
  blkio: {
    'blkio.throttle.read_bps_device': '',
    'blkio.throttle.write_iops_device': '',
    'blkio.throttle.io_service_bytes_recursive': '8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n',
    'blkio.throttle.io_serviced_recursive': '8:0 Read 1\n8:0 Write 0\n8:0 Total 1\nTotal 1\n',
    'cgroup.procs': '',
  },
  freezer: { 'freezer.state': 'THAWED\n', 'cgroup.procs': '' },
  net_cls: { 'net_cls.classid': '0\n', 'cgroup.procs': '' },
  net_prio: { 'net_prio.ifpriomap': '', 'cgroup.procs': '' },
};
function v1(more: Readonly<Record<string, Readonly<Record<string, string>>>> = {}): {
  hierarchies: Hierarchies;
  read: (name: string) => string;
  root: string;
} {
  const files: Record<string, string> = {};
  const controllers = { ...v1Files, ...more };
  for (const [controller, all] of Object.entries(controllers)) {
    Object.assign(files, under(`${controller}/box/c1`, all));
    if (controller === 'cpuset') Object.assign(files, under('cpuset', all), under('cpuset/box', all));
  }
  const root = tree(files);
  const mountinfo = Object.keys(controllers).map(
    (controller, i) => `${40 + i} 25 0:${40 + i} / ${root}/${controller} rw - cgroup cgroup rw,${controller}`,
  );
  return {
    root,
    hierarchies: parseHierarchies(mountinfo.join('\n'), '5:memory:/mine\n4:cpu:/\n'),
    read: (name) => readFileSync(join(root, `${name.split('.')[0]}`, 'box/c1', name), 'utf8').trim(),
  };
}

test('shares, weights and swap are converted as runc does', () => {
  deepEqual([0, 2, 1024, 512, 262144, 1 << 20].map(sharesToWeight), [0, 1, 39, 20, 10000, 10000]);
  deepEqual([0, 10, 500, 1000].map(blkioToIoWeight), [0, 1, 4950, 10000]);
  equal(swapMax(3000, 1000), 2000);
  equal(swapMax(1000, 1000), 0);
  equal(swapMax(-1, 1000), -1);
  equal(swapMax(undefined, -1), -1);
  equal(swapMax(0, 5), undefined);
  equal(swapMax(undefined, 5), undefined);
  throws(() => swapMax(5, undefined), /needs memory\.limit beside it/);
  throws(() => swapMax(5, 6), /no less than memory\.limit/);
});

test('the host allows for the threads of the sandbox itself, and the way back is exact', () => {
  for (const guests of [1, 2, 3, 64, 100, 32768]) equal(guestPids(hostPids(guests)), guests);
  // A stub has two threads for one of the guest's; Node, the waiter, the zygote and the stub in store come on top.
  ok(hostPids(1) >= 2 + 20);
  equal(guestPids(5), 1);
});

test('which version a host has, and where', () => {
  const hybrid = parseHierarchies(
    [
      '30 25 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755',
      '31 25 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      '32 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
      '33 25 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
      '34 25 0:28 /docker /var/with\\040space rw - cgroup cgroup rw,cpu,cpuacct',
    ].join('\n'),
    '3:cpu,cpuacct:/a\n0::/b\n',
  );
  equal(hybrid.version, 1);
  deepEqual([...hybrid.mounts].sort(), [
    ['', '/sys/fs/cgroup/unified'],
    ['cpu', '/sys/fs/cgroup/cpu,cpuacct'],
    ['cpuacct', '/sys/fs/cgroup/cpu,cpuacct'],
    ['name=systemd', '/sys/fs/cgroup/systemd'],
  ]);
  equal(hybrid.own.get('cpuacct'), '/a');
  equal(parseHierarchies('30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw', '0::/').version, 2);
});

test('where the cgroup lies', () => {
  const { hierarchies, root } = v2();
  const path = (more: Partial<CgroupRequest>) => (openCgroup(request(more), noWarning, hierarchies).describe() as { path: string }).path;
  equal(path({}), `${root}/box/c1`);
  equal(path({ cgroupsPath: '/a/../../../b//./c' }), `${root}/b/c`);
  equal(path({ cgroupsPath: undefined, id: 'x' }), `${root}/user/x`);
  equal(path({ cgroupsPath: 'rel/x' }), `${root}/user/rel/x`);
  throws(() => path({ cgroupsPath: '/..' }), /is the root of all cgroups/);
  const one = v1();
  const paths = (more: Partial<CgroupRequest>) =>
    (openCgroup(request(more), noWarning, one.hierarchies).describe() as { paths: Record<string, string> }).paths;
  equal(paths({ cgroupsPath: 'rel' })['memory'], `${one.root}/memory/mine/rel`);
  equal(paths({ cgroupsPath: 'rel' })['cpu'], `${one.root}/cpu/rel`);
  equal(paths({}).unified, undefined);
});

const everything: LinuxResources = {
  cpu: { shares: 512, quota: 50000, period: 200000, burst: 1000, cpus: '0-1', mems: '0' },
  memory: { limit: 64 << 20, swap: 128 << 20, reservation: 32 << 20 },
  pids: { limit: 64 },
  blockIO: {
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1048576 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 100 }],
  },
};

test('v2: every setting goes to its file', () => {
  const { hierarchies, read } = v2();
  const cgroup = openCgroup(request(), noWarning, hierarchies);
  cgroup.create({
    ...everything,
    blockIO: { weight: 500, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1048576 }] },
    hugepageLimits: [{ pageSize: '2MB', limit: 4 << 20 }],
    rdma: { mlx5: { hcaHandles: 3, hcaObjects: 10000 } },
    unified: { 'memory.high': '60000000' },
    devices: [{ allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' }],
  });
  equal(read('cpu.weight'), '20');
  equal(read('cpu.max'), '50000 200000');
  equal(read('cpu.max.burst'), '1000');
  equal(read('cpuset.cpus'), '0-1');
  equal(read('cpuset.mems'), '0');
  equal(read('memory.max'), '67108864');
  equal(read('memory.swap.max'), '67108864');
  equal(read('memory.low'), '33554432');
  equal(read('memory.high'), '60000000');
  equal(read('pids.max'), String(hostPids(64)));
  equal(read('io.weight'), '4950');
  equal(read('io.max'), '8:0 rbps=1048576');
  equal(read('hugetlb.2MB.max'), '4194304');
  equal(read('rdma.max'), 'mlx5 hca_handle=3 hca_object=10000');
  // Only what is said changes.
  cgroup.apply({ cpu: { quota: -1 }, pids: { limit: -1 } });
  equal(read('cpu.max'), 'max 200000');
  equal(read('pids.max'), 'max');
  equal(read('cpu.weight'), '20');
});

test('v2: what it has not is refused or warned of, by name', () => {
  const { hierarchies } = v2({ 'cgroup.controllers': 'cpu pids\n' });
  const warnings: string[] = [];
  const cgroup = openCgroup(request(), (line) => warnings.push(line), hierarchies);
  throws(
    () => cgroup.create({ memory: { limit: 1 << 20 } }),
    /linux\.resources\.memory\.limit: the host's controller memory is not enabled in .*box\/c1/,
  );
  throws(() => cgroup.apply({ cpu: { realtimeRuntime: 5 } }), /no real-time limits/);
  throws(() => cgroup.apply({ unified: { 'pids.none': '1' } }), /unified\["pids\.none"\].*no such file/);
  cgroup.apply({ memory: { kernel: 5, kernelTCP: 6, swappiness: 3, disableOOMKiller: true }, network: { classID: 1 } });
  deepEqual(
    warnings.map((line) => line.slice(0, line.indexOf(':'))),
    [
      'linux.resources.memory.kernel',
      'linux.resources.memory.kernelTCP',
      'linux.resources.memory.disableOOMKiller',
      'linux.resources.memory.swappiness',
      'linux.resources.network',
    ],
  );
  const full = openCgroup(request(), noWarning, v2().hierarchies);
  throws(() => full.apply({ memory: { limit: 4096, checkBeforeUpdate: true } }), /less than what is in use \(1048576 bytes\)/);
});

test('v2: counts in the shape and units of runc', () => {
  const { hierarchies } = v2({ 'memory.max': '67108864\n', 'memory.swap.max': '67108864\n', 'pids.max': '64\n' });
  const stats = JSON.parse(JSON.stringify(openCgroup(request(), noWarning, hierarchies).stats()));
  deepEqual(stats.cpu, {
    usage: { total: 52112000, kernel: 22111000, user: 30001000 },
    throttling: { periods: 7, throttledPeriods: 3, throttledTime: 1500000 },
  });
  deepEqual(stats.memory.usage, { limit: 67108864, usage: 1048576, max: 2097152, failcnt: 12 });
  deepEqual(stats.memory.swap, { limit: 134217728, usage: 1052672, failcnt: 0 });
  equal(stats.memory.cache, 8192);
  deepEqual(stats.pids, { current: 3, limit: 64 });
  deepEqual(stats.blkio.ioServiceBytesRecursive.slice(0, 2), [
    { major: 8, op: 'Read', value: 4096 },
    { major: 8, op: 'Write' },
  ]);
  deepEqual(stats.blkio.ioServicedRecursive.at(-1), { major: 254, op: 'Discard', value: 6 });
  deepEqual(stats.hugetlb, { '2MB': { usage: 2097152, failcnt: 4 } });
});

test('counts of 64 bits are printed digit for digit', () => {
  const text = JSON.stringify(openCgroup(request(), noWarning, v2().hierarchies).stats());
  ok(text.includes('"limit":18446744073709551615'), text);
  ok(text.includes('"slab":12345678901234567890'), text);
  ok(JSON.stringify(openCgroup(request(), noWarning, v1().hierarchies).stats()).includes('"limit":9223372036854771712'));
});

test('v1: every setting goes to its file', () => {
  const { hierarchies, read } = v1({ blkio: { ...v1Files['blkio'], 'blkio.bfq.weight': '100\n' } });
  const cgroup = openCgroup(request(), noWarning, hierarchies);
  cgroup.create({
    ...everything,
    memory: { ...everything.memory, swappiness: 10, disableOOMKiller: true, kernelTCP: 4096 },
    cpu: { ...everything.cpu, realtimePeriod: 1000000, realtimeRuntime: 950000, idle: 1 },
    blockIO: { ...everything.blockIO, weight: 300 },
    network: { classID: 1048577, priorities: [{ name: 'eth0', priority: 5 }] },
    devices: [
      { allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' },
      { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
    ],
  });
  equal(read('cpu.shares'), '512');
  equal(read('cpu.cfs_quota_us'), '50000');
  equal(read('cpu.cfs_period_us'), '200000');
  equal(read('cpu.cfs_burst_us'), '1000');
  equal(read('cpu.rt_runtime_us'), '950000');
  equal(read('cpu.idle'), '1');
  equal(read('memory.limit_in_bytes'), '67108864');
  equal(read('memory.memsw.limit_in_bytes'), '134217728');
  equal(read('memory.soft_limit_in_bytes'), '33554432');
  equal(read('memory.swappiness'), '10');
  equal(read('memory.oom_control'), '1');
  equal(read('pids.max'), String(hostPids(64)));
  equal(read('blkio.bfq.weight'), '300');
  equal(read('blkio.throttle.read_bps_device'), '8:0 1048576');
  equal(read('blkio.throttle.write_iops_device'), '8:16 100');
  equal(read('net_cls.classid'), '1048577');
  equal(read('net_prio.ifpriomap'), 'eth0 5');
  equal(read('devices.deny'), 'a');
  equal(read('devices.allow'), 'c 10:200 rwm', 'defaults come last');
});

test('v1: memory and swap together are raised first and lowered last', () => {
  const { hierarchies, root } = v1({ memory: { ...v1Files['memory'], 'memory.memsw.limit_in_bytes': '1000000\n' } });
  const cgroup = openCgroup(request(), noWarning, hierarchies);
  throws(() => cgroup.apply({ memory: { limit: 2000000 } }), /more than the limit on memory and swap together, 1000000/);
  throws(() => cgroup.apply({ memory: { limit: 2000000, swap: 1500000 } }), /no less than memory\.limit/);
  cgroup.apply({ memory: { limit: -1 } });
  equal(readFileSync(`${root}/memory/box/c1/memory.memsw.limit_in_bytes`, 'utf8'), '-1');
});

test('v1: what it has not is refused or warned of, by name', () => {
  const warnings: string[] = [];
  const cgroup = openCgroup(request(), (line) => warnings.push(line), v1().hierarchies);
  throws(() => cgroup.apply({ unified: { 'memory.high': '1' } }), /names files of cgroup v2/);
  throws(() => cgroup.apply({ hugepageLimits: [{ pageSize: '2MB', limit: 1 }] }), /no cgroup controller hugetlb: remove it/);
  throws(() => cgroup.apply({ cpu: { shares: 1 } }), /below the least there is, 2/);
  cgroup.apply({ blockIO: { weight: 100 } });
  ok(warnings[0]?.includes('no scheduler with weights'));
});

test('the name of the cgroup is taken while processes are in it', () => {
  const { hierarchies } = v2({ 'cgroup.procs': '17\n' });
  throws(
    () => openCgroup(request(), noWarning, hierarchies).create(undefined),
    /other processes are in the container's cgroup already \(17\)/,
  );
});

test('a description restores it', () => {
  for (const { hierarchies } of [v1(), v2()]) {
    const cgroup = openCgroup(request(), noWarning, hierarchies);
    const again = restoreCgroup(JSON.parse(JSON.stringify(cgroup.describe())), noWarning);
    deepEqual(again.stats(), cgroup.stats());
    deepEqual(again.describe(), cgroup.describe());
  }
  equal(openCgroup(request(), noWarning, v1().hierarchies).oomKills(), 2);
  equal(openCgroup(request(), noWarning, v2().hierarchies).oomKills(), 1);
});

test('an ordinary user goes without where he may not make one, unless limits are asked for', () => {
  const none = parseHierarchies('', '');
  const cgroup = openCgroup(request({ rootless: true }), noWarning, none);
  cgroup.create({ devices: [{ allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' }], memory: {} });
  cgroup.addProcess(process.pid);
  deepEqual(cgroup.processes(), []);
  cgroup.remove();
  throws(() => cgroup.freeze(), /was made without one/);
  throws(() => cgroup.apply({ pids: { limit: 5 } }), /an ordinary user can set no limits here/);
  throws(() => openCgroup(request(), noWarning, none), /no cgroup file system is mounted/);
});

test('systemd: slices, names and properties', () => {
  equal(slicePath('-.slice'), '');
  equal(slicePath('system.slice'), '/system.slice');
  equal(slicePath('a-b-c.slice'), '/a.slice/a-b.slice/a-b-c.slice');
  for (const bad of ['a', '.slice', 'a--b.slice', 'a/b.slice', '-a.slice']) throws(() => slicePath(bad), /is no slice/);
  deepEqual(parseUnit('machine.slice:docker:abc', 'x', false), {
    name: 'docker-abc.scope',
    slice: 'machine.slice',
    path: '/machine.slice/docker-abc.scope',
    user: false,
  });
  equal(parseUnit(undefined, 'x', false).path, '/system.slice/belljar-x.scope');
  throws(() => parseUnit('/docker/x', 'x', false), /want slice:prefix:name, found "\/docker\/x"/);
  const unit = parseUnit('a.slice:b:c', 'x', false);
  const properties = unitProperties(unit, 42, { memory: { limit: 1 << 20 }, cpu: { shares: 1024, quota: 50000 }, pids: { limit: -1 } }, 2);
  const of = (name: string) => properties.find((property) => property[0] === name)?.slice(1);
  deepEqual(of('PIDs'), ['au', '1', '42']);
  deepEqual(of('MemoryMax'), ['t', '1048576']);
  deepEqual(of('CPUWeight'), ['t', '39']);
  deepEqual(of('CPUQuotaPerSecUSec'), ['t', '500000']);
  deepEqual(of('TasksMax'), ['t', '18446744073709551615']);
});

test('lists of numbers', () => {
  deepEqual(expandList('0-2,4, 7-7'), [0, 1, 2, 4, 7]);
  deepEqual(expandList(''), []);
});

test('what config.json says of resources', () => {
  const parse = (value: unknown) => parseResources(new Field(value, 'linux.resources'));
  const parsed = parse({
    devices: [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
    ],
    memory: { limit: 1000, swap: -1, swappiness: 2 ** 64 },
    pids: { limit: -1 },
    blockIO: { weight: 0, weightDevice: [{ major: 8, minor: 0, weight: 10 }] },
    unified: { 'memory.high': 'max' },
  });
  deepEqual(parsed.devices?.[0], { allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' });
  equal(parsed.memory?.swappiness, undefined);
  equal(parsed.memory?.swap, -1);
  equal(parsed.blockIO?.weight, undefined);
  equal(parsed.cpu, undefined);
  throws(() => parse({ memory: { limit: '1g' } }), /linux\.resources\.memory\.limit: want an integer from -1/);
  throws(() => parse({ cpu: { cpus: 'all' } }), /linux\.resources\.cpu\.cpus: want a list of numbers/);
  throws(() => parse({ blockIO: { weight: 5 } }), /linux\.resources\.blockIO\.weight: want an integer from 10 to 1000/);
  throws(() => parse({ hugepageLimits: [{ pageSize: '2', limit: 1 }] }), /pageSize: want a size such as 2MB/);
  throws(() => parse({ unified: { '../x': '1' } }), /want a name such as memory\.high as the key/);
  throws(() => parse({ devices: [{ access: 'q' }] }), /devices\[0\]\.access/);
});
