/**
 * The cgroup that this process was started in, as descriptors of its limits and counts: the sandbox and its stubs stay in it, so
 * they are the container's. Single files, no directory: nothing else of the host's cgroups can be reached from them.
 */
import { constants, openSync, readFileSync } from 'node:fs';
import type { CgroupFile, HostFiles } from '#kernel/host-info.ts';

const V2: readonly CgroupFile[] = [
  'memory.max',
  'memory.current',
  'memory.peak',
  'memory.stat',
  'memory.swap.max',
  'memory.swap.current',
  'cpu.max',
  'cpu.stat',
  'cpu.weight',
  'pids.max',
  'pids.current',
  'cpuset.cpus.effective',
];
/** Controller and file of cgroup v1 that mean the same. */
const V1: Partial<Record<CgroupFile, readonly [string, string]>> = {
  'memory.max': ['memory', 'memory.limit_in_bytes'],
  'memory.current': ['memory', 'memory.usage_in_bytes'],
  'memory.peak': ['memory', 'memory.max_usage_in_bytes'],
  'cpu.max': ['cpu', 'cpu.cfs_quota_us'],
  'pids.max': ['pids', 'pids.max'],
  'pids.current': ['pids', 'pids.current'],
  'cpuset.cpus.effective': ['cpuset', 'cpuset.effective_cpus'],
};

type Cgroup = HostFiles['cgroup'];
const none: Cgroup = { version: 0, files: {}, period: -1 };

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch {
    return -1; // not there: the controller is off, or the host's kernel is older
  }
}

/**
 * Where a cgroup file system is mounted, by controller for v1 and '' for v2. Seen from a cgroup namespace a whole one has "/" or
 * some "/.." as its root; what is mounted in part only is left out.
 */
export function cgroupMounts(mountinfo: string): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (root === undefined || !/^(\/(\.\.)?)+$/.test(root) || point === undefined) continue;
    if (type === 'cgroup2') mounts.set('', point);
    else if (type === 'cgroup') for (const controller of options.split(',')) mounts.set(controller, point);
  }
  return mounts;
}

/** `own` is /proc/self/cgroup, as it was outside the sandbox's cgroup namespace. */
export function openCgroup(own: string): Cgroup {
  const paths = new Map<string, string>();
  for (const line of own.split('\n')) {
    const [, controllers, path] = line.split(':');
    if (controllers !== undefined && path !== undefined && path !== '/')
      for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  // The root cgroup limits nothing.
  if (paths.size === 0) return none;
  const mounts = cgroupMounts(readFileSync('/proc/self/mountinfo', 'latin1'));
  const file = (controller: string, name: string): number => {
    const [mount, path] = [mounts.get(controller), paths.get(controller)];
    return mount === undefined || path === undefined ? -1 : open(`${mount}${path}/${name}`);
  };
  const files: Partial<Record<CgroupFile, number>> = {};
  const version = paths.has('') ? 2 : 1;
  for (const name of V2) {
    const v1 = V1[name];
    const fd = version === 2 ? file('', name) : v1 === undefined ? -1 : file(...v1);
    if (fd >= 0) files[name] = fd;
  }
  return { version, files, period: version === 1 && files['cpu.max'] !== undefined ? file('cpu', 'cpu.cfs_period_us') : -1 };
}
