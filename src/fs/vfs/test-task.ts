/** A task for unit tests of file systems: credentials, descriptors and a place in a tree, and no guest. */
import { syscalls } from '#abi/syscalls.ts';
import { RLIM_INFINITY, RLIMIT_NOFILE } from '#abi/resource.ts';
import { Creds } from '#kernel/creds.ts';
import { FdTable } from '#kernel/fd-table.ts';
import { FsContext } from '#kernel/fs-context.ts';
import { PidNamespace } from '#kernel/pid-namespace.ts';
import type { Task } from '#kernel/task.ts';
import { loadAddon } from '#platform/native/addon.ts';
import type { HostCalls } from '#platform/platform.ts';
import { mountOf } from './mount.ts';
import { MountNamespace } from './mount-namespace.ts';
import type { SuperBlock } from './super-block.ts';

/** A host that answers ENOSYS to everything. */
export const noHost: HostCalls = { call: () => -38, read: () => -38, write: () => -38, receive: () => -38 };

/** The real host; null where the addon is not built. */
export function realHost(): HostCalls | null {
  try {
    const addon = loadAddon(new URL('../../../build/native/belljar.node', import.meta.url).pathname);
    return { call: addon.call, read: addon.read, write: addon.write, receive: addon.receive };
  } catch {
    return null;
  }
}

/** O_PATH descriptor of a host directory. */
export function openHostPath(host: HostCalls, path: string): number {
  const fd = host.call(syscalls.openat.number, -100, path, 0o12000000, 0);
  if (fd < 0) throw new Error(`cannot open ${path}: ${fd}`);
  return fd;
}

/** A task whose root is a mount of `superBlock`; root's credentials. */
export function testTask(superBlock: SuperBlock, host: HostCalls = noHost): Task {
  const namespace = new MountNamespace(mountOf(superBlock, 0, 'test'));
  const root = namespace.rootPath();
  const task = {
    kernel: {
      platform: { host },
      hooks: { descriptorClosed: () => {} },
      pids: { tasks: new Map(), groups: new Map(), processGroups: new Map() },
      now: () => 0,
    },
    fs: new FsContext(root, root, 0o022),
    files: new FdTable(),
    creds: new Creds(),
    ns: { mount: namespace, pid: new PidNamespace(null, 32768) },
    pid: 1,
    limit: (resource: number) => (resource === RLIMIT_NOFILE ? 1024 : RLIM_INFINITY),
    capable(cap: number): boolean {
      return this.creds.capable(cap);
    },
    capableHere(cap: number): boolean {
      return this.creds.effective.has(cap);
    },
  };
  return task as unknown as Task;
}
