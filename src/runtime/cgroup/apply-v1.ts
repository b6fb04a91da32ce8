/** linux.resources on cgroup v1: which file of which controller gets what, in the order that the kernel wants. */
import { Failure } from '../failure.ts';
import type { BlockIoResources, CpuResources, DeviceRule, LinuxResources, MemoryResources, ThrottleDevice } from '../spec/resources.ts';
import { hostPids, orMinusOne } from './convert.ts';
import { type CgroupDirectory, errorCode, explain } from './files.ts';
import type { V1Controller } from './hierarchy.ts';

const R = 'linux.resources';

/** What every container may use whatever its rules say (runtime-spec, "Default Devices", and making of device nodes), as runc adds it. */
const defaultDevices: readonly string[] = [
  'c *:* m',
  'b *:* m',
  'c 1:3 rwm',
  'c 1:5 rwm',
  'c 1:7 rwm',
  'c 1:8 rwm',
  'c 1:9 rwm',
  'c 5:0 rwm',
  'c 5:2 rwm',
  'c 136:* rwm',
  'c 10:200 rwm',
];

export interface V1Target {
  /** The container's directory under a controller; Failure naming `what` if the host has no such controller. */
  need(controller: V1Controller, what: string): CgroupDirectory;
  readonly warn: (line: string) => void;
  /** An ordinary user's: device rules, which are root's business, are left out. */
  readonly rootless: boolean;
}

export function applyV1(target: V1Target, resources: LinuxResources): void {
  if (resources.unified !== undefined && Object.keys(resources.unified).length > 0)
    throw new Failure('cgroup', `${R}.unified: names files of cgroup v2, and this host uses v1: use the other members of ${R}`);
  if (resources.cpu !== undefined) applyCpuset(target, resources.cpu);
  if (resources.devices !== undefined && !target.rootless) applyDevices(target, resources.devices);
  if (resources.memory !== undefined) applyMemory(target, resources.memory);
  if (resources.cpu !== undefined) applyCpu(target, resources.cpu);
  if (resources.pids !== undefined && resources.pids.limit !== 0)
    target
      .need('pids', `${R}.pids`)
      .write('pids.max', resources.pids.limit < 0 ? 'max' : hostPids(resources.pids.limit), `${R}.pids.limit`);
  if (resources.blockIO !== undefined) applyBlockIo(target, resources.blockIO);
  for (const { pageSize, limit } of resources.hugepageLimits ?? []) {
    const directory = target.need('hugetlb', `${R}.hugepageLimits`);
    directory.write(`hugetlb.${pageSize}.limit_in_bytes`, orMinusOne(limit), `${R}.hugepageLimits (${pageSize})`);
    const reserved = `hugetlb.${pageSize}.rsvd.limit_in_bytes`;
    if (directory.has(reserved)) directory.write(reserved, orMinusOne(limit), `${R}.hugepageLimits (${pageSize})`);
  }
  const { classID, priorities } = resources.network ?? {};
  if (classID !== undefined && classID !== 0)
    target.need('net_cls', `${R}.network.classID`).write('net_cls.classid', classID, `${R}.network.classID`);
  for (const { name, priority } of priorities ?? [])
    target.need('net_prio', `${R}.network.priorities`).write('net_prio.ifpriomap', `${name} ${priority}`, `${R}.network.priorities`);
  for (const [device, limit] of Object.entries(resources.rdma ?? {}))
    target.need('rdma', `${R}.rdma`).write('rdma.max', rdmaLine(device, limit), `${R}.rdma.${device}`);
}

export function rdmaLine(device: string, limit: { hcaHandles?: number | undefined; hcaObjects?: number | undefined }): string {
  const parts = [device];
  if (limit.hcaHandles !== undefined) parts.push(`hca_handle=${limit.hcaHandles}`);
  if (limit.hcaObjects !== undefined) parts.push(`hca_object=${limit.hcaObjects}`);
  return parts.join(' ');
}

function applyCpuset(target: V1Target, cpu: CpuResources): void {
  if (cpu.cpus) target.need('cpuset', `${R}.cpu.cpus`).write('cpuset.cpus', cpu.cpus, `${R}.cpu.cpus`);
  if (cpu.mems) target.need('cpuset', `${R}.cpu.mems`).write('cpuset.mems', cpu.mems, `${R}.cpu.mems`);
}

/**
 * The rules in order, then the defaults. Guests can reach no device of the host through any of them; the rules hold for
 * the sandbox's own process, whose /dev/null and terminals are among the defaults.
 */
function applyDevices(target: V1Target, rules: readonly DeviceRule[]): void {
  if (rules.length === 0) return;
  const directory = target.need('devices', `${R}.devices`);
  const number = (value: number) => (value < 0 ? '*' : String(value));
  for (const [i, rule] of rules.entries())
    directory.write(
      rule.allow ? 'devices.allow' : 'devices.deny',
      rule.type === 'a' ? 'a' : `${rule.type} ${number(rule.major)}:${number(rule.minor)} ${rule.access}`,
      `${R}.devices[${i}]`,
    );
  for (const rule of defaultDevices) directory.write('devices.allow', rule, `${R}.devices`);
}

const UNLIMITED = 2 ** 62;

function applyMemory(target: V1Target, memory: MemoryResources): void {
  const what = `${R}.memory`;
  const limit = memory.limit === 0 ? undefined : memory.limit;
  // Without a limit on memory there is none on memory and swap together, unless one is said.
  const swap = memory.swap === undefined || memory.swap === 0 ? (limit === -1 ? -1 : undefined) : memory.swap;
  if (limit !== undefined && swap !== undefined && limit !== -1 && swap !== -1 && swap < limit)
    throw new Failure('cgroup', `${what}.swap: ${swap} is memory and swap together: want no less than memory.limit, ${limit}`);
  if (limit !== undefined || swap !== undefined) setMemoryAndSwap(target.need('memory', what), limit, swap, target.warn);
  if (memory.reservation !== undefined && memory.reservation !== 0)
    target.need('memory', what).write('memory.soft_limit_in_bytes', orMinusOne(memory.reservation), `${what}.reservation`);
  if (memory.kernel !== undefined && memory.kernel > 0)
    target.warn(`${what}.kernel: obsolete, the kernel's memory counts in memory.limit: ignored`);
  if (memory.kernelTCP !== undefined && memory.kernelTCP !== 0)
    target.need('memory', what).write('memory.kmem.tcp.limit_in_bytes', orMinusOne(memory.kernelTCP), `${what}.kernelTCP`);
  if (memory.disableOOMKiller) target.need('memory', what).write('memory.oom_control', 1, `${what}.disableOOMKiller`);
  if (memory.swappiness !== undefined) target.need('memory', what).write('memory.swappiness', memory.swappiness, `${what}.swappiness`);
}

/** The limit on both together may at no moment be below that on memory, so what grows is written first. */
function setMemoryAndSwap(
  directory: CgroupDirectory,
  limit: number | undefined,
  swap: number | undefined,
  warn: (line: string) => void,
): void {
  const setLimit = () => {
    if (limit === undefined) return;
    try {
      directory.tryWrite('memory.limit_in_bytes', orMinusOne(limit));
    } catch (error) {
      if (errorCode(error) !== 'EBUSY')
        throw new Failure('cgroup', `${R}.memory.limit: writing ${limit} to ${directory.path}/memory.limit_in_bytes: ${explain(error)}`);
      const used = directory.read('memory.usage_in_bytes');
      throw new Failure('cgroup', `${R}.memory.limit: ${limit} is less than what is in use (${used} bytes) and cannot be given back`);
    }
  };
  const setSwap = () => {
    if (swap === undefined) return;
    if (!directory.has('memory.memsw.limit_in_bytes')) {
      if (swap !== -1) warn(`${R}.memory.swap: this host does not count swap (boot option swapaccount=1): not limited`);
      return;
    }
    directory.write('memory.memsw.limit_in_bytes', orMinusOne(swap), `${R}.memory.swap`);
  };
  const current = Number(directory.read('memory.memsw.limit_in_bytes') ?? UNLIMITED);
  const grows = swap === -1 || (swap !== undefined && swap > current);
  const steps = grows ? [setSwap, setLimit] : [setLimit, setSwap];
  // Only memory grows, beyond what both together may have.
  if (swap === undefined && limit !== undefined && limit !== -1 && limit > current)
    throw new Failure(
      'cgroup',
      `${R}.memory.limit: ${limit} is more than the limit on memory and swap together, ${current}: set memory.swap too`,
    );
  for (const step of steps) step();
}

function applyCpu(target: V1Target, cpu: CpuResources): void {
  const what = `${R}.cpu`;
  if (cpu.shares !== undefined && cpu.shares !== 0) {
    if (cpu.shares < 2) throw new Failure('cgroup', `${what}.shares: ${cpu.shares} is below the least there is, 2`);
    target.need('cpu', what).write('cpu.shares', Math.min(cpu.shares, 262144), `${what}.shares`);
  }
  applyBandwidth(target, cpu, what);
  if (cpu.realtimePeriod !== undefined && cpu.realtimePeriod !== 0)
    target.need('cpu', what).write('cpu.rt_period_us', cpu.realtimePeriod, `${what}.realtimePeriod`);
  if (cpu.realtimeRuntime !== undefined && cpu.realtimeRuntime !== 0)
    target.need('cpu', what).write('cpu.rt_runtime_us', cpu.realtimeRuntime, `${what}.realtimeRuntime`);
  if (cpu.idle !== undefined) target.need('cpu', what).write('cpu.idle', cpu.idle, `${what}.idle`);
}

/** Period and burst are checked against the quota of that moment, so one that is refused is tried again after the new quota. */
function applyBandwidth(target: V1Target, cpu: CpuResources, what: string): void {
  const quota = cpu.quota === 0 ? undefined : cpu.quota;
  const later: (() => void)[] = [];
  const write = (file: string, value: number | undefined, name: string) => {
    if (value === undefined) return;
    const directory = target.need('cpu', what);
    try {
      directory.tryWrite(file, value);
    } catch (error) {
      if (errorCode(error) !== 'EINVAL' || quota === undefined) directory.write(file, value, name);
      else later.push(() => directory.write(file, value, name));
    }
  };
  write('cpu.cfs_period_us', cpu.period === 0 ? undefined : cpu.period, `${what}.period`);
  // Hosts before Linux 5.14 have no bursts.
  if (cpu.burst !== undefined && (cpu.burst > 0 || target.need('cpu', what).has('cpu.cfs_burst_us')))
    write('cpu.cfs_burst_us', cpu.burst, `${what}.burst`);
  if (quota !== undefined) target.need('cpu', what).write('cpu.cfs_quota_us', quota < 0 ? -1 : quota, `${what}.quota`);
  for (const again of later) again();
}

function applyBlockIo(target: V1Target, io: BlockIoResources): void {
  const what = `${R}.blockIO`;
  const weight = (file: string, value: string | number, name: string) => {
    const directory = target.need('blkio', name);
    // CFQ's name, then BFQ's. Weights only order; a host without a scheduler that knows them loses nothing that was promised.
    const found = [`blkio.${file}`, `blkio.bfq.${file}`].find((candidate) => directory.has(candidate));
    if (found === undefined) target.warn(`${name}: this host's block devices have no scheduler with weights: ignored`);
    else directory.write(found, value, name);
  };
  if (io.weight !== undefined) weight('weight', io.weight, `${what}.weight`);
  if (io.leafWeight !== undefined) weight('leaf_weight', io.leafWeight, `${what}.leafWeight`);
  for (const device of io.weightDevice ?? []) {
    const place = `${device.major}:${device.minor}`;
    if (device.weight !== undefined) weight('weight_device', `${place} ${device.weight}`, `${what}.weightDevice (${place})`);
    if (device.leafWeight !== undefined) weight('leaf_weight_device', `${place} ${device.leafWeight}`, `${what}.weightDevice (${place})`);
  }
  const throttle = (file: string, devices: readonly ThrottleDevice[] | undefined, name: string) => {
    for (const { major, minor, rate } of devices ?? [])
      target.need('blkio', name).write(`blkio.throttle.${file}`, `${major}:${minor} ${rate}`, `${name} (${major}:${minor})`);
  };
  throttle('read_bps_device', io.throttleReadBpsDevice, `${what}.throttleReadBpsDevice`);
  throttle('write_bps_device', io.throttleWriteBpsDevice, `${what}.throttleWriteBpsDevice`);
  throttle('read_iops_device', io.throttleReadIOPSDevice, `${what}.throttleReadIOPSDevice`);
  throttle('write_iops_device', io.throttleWriteIOPSDevice, `${what}.throttleWriteIOPSDevice`);
}
