/** linux.resources on cgroup v2. */
import { Failure } from '../failure.ts';
import type { BlockIoResources, CpuResources, LinuxResources, MemoryResources, ThrottleDevice } from '../spec/resources.ts';
import { rdmaLine } from './apply-v1.ts';
import { blkioToIoWeight, hostPids, orMax, sharesToWeight, swapMax } from './convert.ts';
import type { CgroupDirectory } from './files.ts';

const R = 'linux.resources';

/**
 * Writes everything that is said. Device rules need a BPF program here and are not applied: the sandbox's process can open no device
 * node at all (its mounts are nodev), so there is nothing that they would forbid.
 */
export function applyV2(directory: CgroupDirectory, resources: LinuxResources, warn: (line: string) => void): void {
  const { pids, memory, blockIO, cpu } = resources;
  if (pids !== undefined && pids.limit !== 0)
    write(directory, 'pids', 'pids.max', pids.limit < 0 ? 'max' : String(hostPids(pids.limit)), `${R}.pids.limit`);
  if (memory !== undefined) applyMemory(directory, memory, warn);
  if (blockIO !== undefined) applyIo(directory, blockIO, warn);
  if (cpu !== undefined) applyCpu(directory, cpu);
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) {
    write(directory, 'hugetlb', `hugetlb.${pageSize}.max`, orMax(limit), `${R}.hugepageLimits (${pageSize})`);
    if (directory.has(`hugetlb.${pageSize}.rsvd.max`))
      directory.write(`hugetlb.${pageSize}.rsvd.max`, orMax(limit), `${R}.hugepageLimits (${pageSize})`);
  }
  if (resources.network?.classID || (resources.network?.priorities ?? []).length > 0)
    warn(`${R}.network: cgroup v2 has no net_cls and net_prio: ignored`);
  for (const [device, limit] of Object.entries(resources.rdma ?? {}))
    write(directory, 'rdma', 'rdma.max', rdmaLine(device, limit), `${R}.rdma.${device}`);
  for (const [file, text] of Object.entries(resources.unified ?? {})) {
    // One line is one setting: files such as io.max take several.
    for (const line of text.split('\n'))
      if (line !== '') write(directory, file.slice(0, file.indexOf('.')), file, line, `${R}.unified["${file}"]`);
  }
}

function write(directory: CgroupDirectory, controller: string, file: string, text: string | number, what: string): void {
  const enabled = (directory.read('cgroup.controllers') ?? '').split(' ');
  if (controller !== 'cgroup' && !enabled.includes(controller))
    throw new Failure(
      'cgroup',
      `${what}: the host's controller ${controller} is not enabled in ${directory.path}: enable it in the parents' cgroup.subtree_control`,
    );
  directory.write(file, text, what);
}

function applyMemory(directory: CgroupDirectory, memory: MemoryResources, warn: (line: string) => void): void {
  const what = `${R}.memory`;
  const limit = memory.limit === 0 ? undefined : memory.limit;
  if (memory.checkBeforeUpdate && limit !== undefined && limit > 0) {
    const used = Number(directory.read('memory.current') ?? 0);
    if (used > limit)
      throw new Failure(
        'cgroup',
        `${what}.limit: ${limit} is less than what is in use (${used} bytes), and checkBeforeUpdate forbids that`,
      );
  }
  const swap = swapMax(memory.swap, limit);
  if (swap !== undefined) {
    // -1 on a host without swap is what it has anyway.
    if (swap === -1 && !directory.has('memory.swap.max')) warn(`${what}.swap: this host has no swap: ignored`);
    else write(directory, 'memory', 'memory.swap.max', orMax(swap), `${what}.swap`);
  }
  if (limit !== undefined) write(directory, 'memory', 'memory.max', orMax(limit), `${what}.limit`);
  if (memory.reservation !== undefined && memory.reservation !== 0)
    write(directory, 'memory', 'memory.low', orMax(memory.reservation), `${what}.reservation`);
  if (memory.kernel !== undefined && memory.kernel > 0)
    warn(`${what}.kernel: obsolete, the kernel's memory counts in memory.limit: ignored`);
  if (memory.kernelTCP !== undefined && memory.kernelTCP > 0) warn(`${what}.kernelTCP: cgroup v2 has no such limit: ignored`);
  if (memory.disableOOMKiller) warn(`${what}.disableOOMKiller: cgroup v2 cannot: ignored`);
  if (memory.swappiness !== undefined) warn(`${what}.swappiness: cgroup v2 has it for the machine only: ignored`);
}

function applyCpu(directory: CgroupDirectory, cpu: CpuResources): void {
  const what = `${R}.cpu`;
  if (cpu.idle !== undefined) write(directory, 'cpu', 'cpu.idle', cpu.idle, `${what}.idle`);
  // A cgroup that is idle has no weight to set.
  if (cpu.shares !== undefined && cpu.shares !== 0 && cpu.idle !== 1)
    write(directory, 'cpu', 'cpu.weight', sharesToWeight(cpu.shares), `${what}.shares`);
  const burst = cpu.burst === 0 && !directory.has('cpu.max.burst') ? undefined : cpu.burst;
  const [quota, period] = [cpu.quota === 0 ? undefined : cpu.quota, cpu.period === 0 ? undefined : cpu.period];
  // A burst may not be more than the quota of the moment: one that shrinks goes first, one that grows last.
  const before = burst !== undefined && burst < Number(directory.read('cpu.max.burst') ?? 0);
  if (before) write(directory, 'cpu', 'cpu.max.burst', burst, `${what}.burst`);
  if (quota !== undefined || period !== undefined) {
    const now = (directory.read('cpu.max') ?? 'max 100000').split(' ');
    const text = quota === undefined ? (now[0] as string) : orMax(quota);
    write(directory, 'cpu', 'cpu.max', `${text} ${period ?? now[1] ?? 100000}`, `${what}.${quota === undefined ? 'period' : 'quota'}`);
  }
  if (burst !== undefined && !before) write(directory, 'cpu', 'cpu.max.burst', burst, `${what}.burst`);
  if (cpu.realtimeRuntime || cpu.realtimePeriod)
    throw new Failure('cgroup', `${what}.realtimeRuntime: cgroup v2 has no real-time limits: remove it`);
  if (cpu.cpus) write(directory, 'cpuset', 'cpuset.cpus', cpu.cpus, `${what}.cpus`);
  if (cpu.mems) write(directory, 'cpuset', 'cpuset.mems', cpu.mems, `${what}.mems`);
}

function applyIo(directory: CgroupDirectory, io: BlockIoResources, warn: (line: string) => void): void {
  const what = `${R}.blockIO`;
  const weight = (device: string, value: number, name: string) => {
    // BFQ takes v1's numbers.
    if (directory.has('io.bfq.weight')) write(directory, 'io', 'io.bfq.weight', `${device}${value}`, name);
    else if (directory.has('io.weight')) write(directory, 'io', 'io.weight', `${device}${blkioToIoWeight(value)}`, name);
    else warn(`${name}: this host's block devices have no scheduler with weights: ignored`);
  };
  if (io.weight !== undefined) weight('', io.weight, `${what}.weight`);
  for (const device of io.weightDevice ?? [])
    if (device.weight !== undefined) weight(`${device.major}:${device.minor} `, device.weight, `${what}.weightDevice`);
  if (io.leafWeight !== undefined || io.weightDevice?.some((device) => device.leafWeight !== undefined))
    warn(`${what}.leafWeight: cgroup v2 has none: ignored`);
  const throttle = (key: string, devices: readonly ThrottleDevice[] | undefined, name: string) => {
    for (const { major, minor, rate } of devices ?? [])
      write(directory, 'io', 'io.max', `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}`, `${name} (${major}:${minor})`);
  };
  throttle('rbps', io.throttleReadBpsDevice, `${what}.throttleReadBpsDevice`);
  throttle('wbps', io.throttleWriteBpsDevice, `${what}.throttleWriteBpsDevice`);
  throttle('riops', io.throttleReadIOPSDevice, `${what}.throttleReadIOPSDevice`);
  throttle('wiops', io.throttleWriteIOPSDevice, `${what}.throttleWriteIOPSDevice`);
}
