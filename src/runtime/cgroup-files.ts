/**
 * The cgroup that this process was started in, as descriptors of its limits and counts: the sandbox and its stubs stay in it, so
 * they are the container's. Single files, no directory: nothing else of the host's cgroups can be reached from them.
 */
import { constants, openSync, readFileSync } from 'node:fs';
import { type HostCgroupFiles, v1Files, v2Files } from '#kernel/host-cgroup.ts';

const none: HostCgroupFiles = { version: 0, files: {} };

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
export function openCgroup(own: string): HostCgroupFiles {
  const paths = new Map<string, string>();
  for (const line of own.split('\n')) {
    const [, controllers, path] = line.split(':');
    if (controllers !== undefined && path !== undefined && path !== '/')
      for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  // The root cgroup limits nothing.
  if (paths.size === 0) return none;
  const mounts = cgroupMounts(readFileSync('/proc/self/mountinfo', 'latin1'));
  const files: Record<string, number> = {};
  const openAll = (controller: string, names: readonly string[]) => {
    const [mount, path] = [mounts.get(controller), paths.get(controller)];
    if (mount === undefined || path === undefined) return;
    for (const name of names) {
      const fd = open(`${mount}${path}/${name}`);
      if (fd >= 0) files[name] = fd;
    }
  };
  // On a hybrid host the v2 hierarchy has no controllers: those of v1 say what holds.
  const version = Object.keys(v1Files).some((controller) => mounts.has(controller)) ? 1 : 2;
  if (version === 2) openAll('', v2Files);
  else for (const [controller, names] of Object.entries(v1Files)) openAll(controller, names);
  return { version, files };
}
