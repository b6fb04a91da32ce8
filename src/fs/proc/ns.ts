/** /proc/PID/ns: links that name a task's namespaces. */
import { EACCES, ENOENT } from '#abi/errno.ts';
import type { Namespaces } from '#kernel/namespaces.ts';
import type { Task } from '#kernel/task.ts';
import { link, type PseudoEntry } from '../pseudo/pseudo.ts';
import { mayInspect } from './inspect.ts';

const LINKS: readonly (readonly [string, string, keyof Namespaces])[] = [
  ['cgroup', 'cgroup', 'cgroup'],
  ['ipc', 'ipc', 'ipc'],
  ['mnt', 'mnt', 'mount'],
  ['net', 'net', 'net'],
  ['pid', 'pid', 'pid'],
  ['pid_for_children', 'pid', 'pid'],
  ['time', 'time', 'time'],
  ['time_for_children', 'time', 'time'],
  ['user', 'user', 'user'],
  ['uts', 'uts', 'uts'],
];

export function namespaceLinks(subject: () => Task | null): PseudoEntry[] {
  return LINKS.map(([name, kind, key]) =>
    link(name, (viewer) => {
      const task = subject();
      if (task === null) return -ENOENT;
      if (!mayInspect(viewer, task)) return -EACCES;
      return `${kind}:[${task.ns[key].inode}]`;
    }),
  );
}
