/** Where this host has which cgroup controllers, and where this process is in them. */
import { readFileSync } from 'node:fs';

/** Controllers that the runtime uses, in the order in which they are set up: cpuset first, since it must be filled before anybody joins. */
export const v1Controllers = [
  'cpuset',
  'devices',
  'memory',
  'cpu',
  'cpuacct',
  'pids',
  'blkio',
  'hugetlb',
  'net_cls',
  'net_prio',
  'perf_event',
  'freezer',
  'rdma',
  'misc',
  'name=systemd',
] as const;
export type V1Controller = (typeof v1Controllers)[number];

export interface Hierarchies {
  /** 2: one unified hierarchy has all; 1: controllers are mounted one by one, with a v2 hierarchy that has none beside them (hybrid) or not. */
  readonly version: 1 | 2;
  /** Mount point by controller, '' the v2 one. */
  readonly mounts: ReadonlyMap<string, string>;
  /** This process's own cgroup by controller, '' in the v2 one. */
  readonly own: ReadonlyMap<string, string>;
}

/** `mountinfo` and `own` are /proc/self/mountinfo and /proc/self/cgroup. */
export function parseHierarchies(mountinfo: string, ownText: string): Hierarchies {
  const mounts = new Map<string, string>();
  let anyV1 = false;
  const parts: [string, string][] = [];
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (root === undefined || point === undefined) continue;
    const place = point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    // In a container without a cgroup namespace the mount's root is the container's own cgroup; paths are below it all the same.
    if (type === 'cgroup2') parts.push(['', place]);
    else if (type === 'cgroup')
      for (const option of options.split(','))
        if ((v1Controllers as readonly string[]).includes(option)) {
          parts.push([option, place]);
          if (option !== 'name=systemd') anyV1 = true;
        }
  }
  // The first mount of each counts: others are bind mounts for containers.
  for (const [controller, place] of parts) if (!mounts.has(controller)) mounts.set(controller, place);
  const version = mounts.has('') && !anyV1 ? 2 : 1;
  const own = new Map<string, string>();
  for (const line of ownText.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    for (const controller of (match[1] as string).split(',')) own.set(controller, match[2] as string);
  }
  return { version, mounts, own };
}

export function readHierarchies(): Hierarchies {
  return parseHierarchies(readFileSync('/proc/self/mountinfo', 'latin1'), readFileSync('/proc/self/cgroup', 'latin1'));
}

/** A path from the root without "." and "..", which may not lead above it. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
