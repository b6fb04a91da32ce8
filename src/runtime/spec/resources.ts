/**
 * linux.resources of config.json, and of `update`'s file: what the container's cgroup is to limit (runtime-spec,
 * config-linux.md, "Control groups"). What is not said is undefined and stays as it is.
 *
 * 64-bit amounts are JSON numbers: above 2^53 they come out rounded, which no limit of a real machine minds; -1 is no limit.
 */
import type { Field } from './reader.ts';

export interface DeviceRule {
  readonly allow: boolean;
  /** a: every device. */
  readonly type: 'a' | 'b' | 'c';
  /** -1: any. */
  readonly major: number;
  readonly minor: number;
  /** Some of r, w, m. */
  readonly access: string;
}
export interface CpuResources {
  readonly shares?: number | undefined;
  readonly quota?: number | undefined;
  readonly period?: number | undefined;
  readonly burst?: number | undefined;
  readonly realtimeRuntime?: number | undefined;
  readonly realtimePeriod?: number | undefined;
  /** Lists such as "0-2,4". */
  readonly cpus?: string | undefined;
  readonly mems?: string | undefined;
  readonly idle?: number | undefined;
}
export interface MemoryResources {
  readonly limit?: number | undefined;
  readonly reservation?: number | undefined;
  /** Memory and swap together. */
  readonly swap?: number | undefined;
  /** Obsolete, ignored as by runc. */
  readonly kernel?: number | undefined;
  readonly kernelTCP?: number | undefined;
  readonly swappiness?: number | undefined;
  readonly disableOOMKiller?: boolean | undefined;
  readonly useHierarchy?: boolean | undefined;
  readonly checkBeforeUpdate?: boolean | undefined;
}
export interface WeightDevice {
  readonly major: number;
  readonly minor: number;
  readonly weight?: number | undefined;
  readonly leafWeight?: number | undefined;
}
export interface ThrottleDevice {
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}
export interface BlockIoResources {
  readonly weight?: number | undefined;
  readonly leafWeight?: number | undefined;
  readonly weightDevice?: readonly WeightDevice[] | undefined;
  readonly throttleReadBpsDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleWriteBpsDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleReadIOPSDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[] | undefined;
}
export interface NetworkResources {
  readonly classID?: number | undefined;
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[] | undefined;
}
export interface RdmaLimit {
  readonly hcaHandles?: number | undefined;
  readonly hcaObjects?: number | undefined;
}
export interface LinuxResources {
  readonly devices?: readonly DeviceRule[] | undefined;
  readonly cpu?: CpuResources | undefined;
  readonly memory?: MemoryResources | undefined;
  readonly pids?: { readonly limit: number } | undefined;
  readonly blockIO?: BlockIoResources | undefined;
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[] | undefined;
  readonly network?: NetworkResources | undefined;
  /** By device. */
  readonly rdma?: Readonly<Record<string, RdmaLimit>> | undefined;
  /** Files of cgroup v2 and what to write to them. */
  readonly unified?: Readonly<Record<string, string>> | undefined;
}

/** Above 2^53 every number counts as an integer. */
const HUGE = 2 ** 64;

function amount(field: Field, min = -1): number | undefined {
  return field.missing ? undefined : field.integer(min, HUGE);
}
function list(field: Field): string | undefined {
  if (field.missing) return undefined;
  const text = field.string();
  return /^[\d,\s-]*$/.test(text) ? text : field.fail('a list of numbers such as "0-2,4"');
}

function parseDevice(field: Field): DeviceRule {
  const type = field.at('type').stringOr('a');
  const access = field.at('access').stringOr('rwm') || 'rwm';
  if (!/^[abc]?$/.test(type)) field.at('type').fail('a, b or c');
  if (!/^[rwm]+$/.test(access)) field.at('access').fail('some of the letters r, w and m');
  return {
    allow: field.at('allow').booleanOr(false),
    type: (type || 'a') as DeviceRule['type'],
    major: field.at('major').integerOr(-1, -1, 0xffffffff),
    minor: field.at('minor').integerOr(-1, -1, 0xffffffff),
    access,
  };
}

function parseCpu(field: Field): CpuResources {
  return {
    shares: amount(field.at('shares'), 0),
    quota: amount(field.at('quota')),
    period: amount(field.at('period'), 0),
    burst: amount(field.at('burst'), 0),
    realtimeRuntime: amount(field.at('realtimeRuntime')),
    realtimePeriod: amount(field.at('realtimePeriod'), 0),
    cpus: list(field.at('cpus')),
    mems: list(field.at('mems')),
    idle: field.at('idle').missing ? undefined : field.at('idle').integer(0, 1),
  };
}

function flag(field: Field): boolean | undefined {
  return field.missing ? undefined : field.booleanOr(false);
}

function parseMemory(field: Field): MemoryResources {
  return {
    limit: amount(field.at('limit')),
    reservation: amount(field.at('reservation')),
    swap: amount(field.at('swap')),
    kernel: amount(field.at('kernel')),
    kernelTCP: amount(field.at('kernelTCP')),
    swappiness: parseSwappiness(field.at('swappiness')),
    disableOOMKiller: flag(field.at('disableOOMKiller')),
    useHierarchy: flag(field.at('useHierarchy')),
    checkBeforeUpdate: flag(field.at('checkBeforeUpdate')),
  };
}

/** -1, which the specification's type cannot hold but engines have sent, leaves it as it is. */
function parseSwappiness(field: Field): number | undefined {
  if (field.missing || field.value === -1 || field.value === HUGE) return undefined;
  return field.integer(0, 100);
}

function number32(field: Field): number {
  return field.integer(0, 0xffffffff);
}
function weight(field: Field): number | undefined {
  // 0 is "not set", as in the programs that make these files.
  if (field.missing || field.value === 0) return undefined;
  return field.integer(10, 1000);
}

function throttles(field: Field): ThrottleDevice[] | undefined {
  if (field.missing) return undefined;
  return field
    .items()
    .map((item) => ({ major: number32(item.at('major')), minor: number32(item.at('minor')), rate: item.at('rate').integer(0, HUGE) }));
}

function parseBlockIo(field: Field): BlockIoResources {
  return {
    weight: weight(field.at('weight')),
    leafWeight: weight(field.at('leafWeight')),
    weightDevice: field.at('weightDevice').missing
      ? undefined
      : field
          .at('weightDevice')
          .items()
          .map((item) => ({
            major: number32(item.at('major')),
            minor: number32(item.at('minor')),
            weight: weight(item.at('weight')),
            leafWeight: weight(item.at('leafWeight')),
          })),
    throttleReadBpsDevice: throttles(field.at('throttleReadBpsDevice')),
    throttleWriteBpsDevice: throttles(field.at('throttleWriteBpsDevice')),
    throttleReadIOPSDevice: throttles(field.at('throttleReadIOPSDevice')),
    throttleWriteIOPSDevice: throttles(field.at('throttleWriteIOPSDevice')),
  };
}

function parseHugePage(field: Field): { pageSize: string; limit: number } {
  const size = field.at('pageSize');
  const pageSize = size.string();
  if (!/^[1-9]\d*[KMG]B$/.test(pageSize)) size.fail('a size such as 2MB');
  return { pageSize, limit: field.at('limit').integer(0, HUGE) };
}

function parseNetwork(field: Field): NetworkResources {
  return {
    classID: field.at('classID').missing ? undefined : number32(field.at('classID')),
    priorities: field.at('priorities').missing
      ? undefined
      : field
          .at('priorities')
          .items()
          .map((item) => ({ name: word(item.at('name')), priority: number32(item.at('priority')) })),
  };
}

/** A name that goes into a file beside other words. */
function word(field: Field): string {
  const text = field.string();
  return /^\S+$/.test(text) ? text : field.fail('a name without spaces');
}

function parseRdma(field: Field): Record<string, RdmaLimit> {
  const limits: Record<string, RdmaLimit> = Object.create(null);
  for (const [device, limit] of field.entries())
    limits[device] = {
      hcaHandles: limit.at('hcaHandles').missing ? undefined : number32(limit.at('hcaHandles')),
      hcaObjects: limit.at('hcaObjects').missing ? undefined : number32(limit.at('hcaObjects')),
    };
  return limits;
}

function parseUnified(field: Field): Record<string, string> {
  const files: Record<string, string> = Object.create(null);
  for (const [name, value] of field.entries()) {
    if (!/^[a-z0-9_]+(\.[A-Za-z0-9_]+)+$/.test(name)) value.fail('a name such as memory.high as the key');
    files[name] = value.string();
  }
  return files;
}

/** `field` is an object with the members of linux.resources. */
export function parseResources(field: Field): LinuxResources {
  const part = <T>(name: string, parse: (field: Field) => T): T | undefined => {
    const member = field.at(name);
    return member.missing ? undefined : parse(member);
  };
  return {
    devices: part('devices', (devices) => devices.items().map(parseDevice)),
    cpu: part('cpu', parseCpu),
    memory: part('memory', parseMemory),
    pids: part('pids', (pids) => ({ limit: pids.at('limit').integerOr(0, -1, HUGE) })),
    blockIO: part('blockIO', parseBlockIo),
    hugepageLimits: part('hugepageLimits', (limits) => limits.items().map(parseHugePage)),
    network: part('network', parseNetwork),
    rdma: part('rdma', parseRdma),
    unified: part('unified', parseUnified),
  };
}
