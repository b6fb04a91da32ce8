/** /proc/PID/ns: links that name a task's namespaces and lead to them. */
import { EACCES, ENOENT } from '#abi/errno.ts';
import type { Task } from '#kernel/task.ts';
import { link, type PseudoEntry } from '../pseudo/pseudo.ts';
import { mayInspect, type Subject } from './inspect.ts';
import { type NamespaceKind, namespacePath, namespaceText } from './nsfs.ts';

const LINKS: readonly (readonly [string, NamespaceKind])[] = [
  ['cgroup', 'cgroup'],
  ['ipc', 'ipc'],
  ['mnt', 'mount'],
  ['net', 'net'],
  ['pid', 'pid'],
  ['pid_for_children', 'pid'],
  ['time', 'time'],
  ['time_for_children', 'time'],
  ['user', 'user'],
  ['uts', 'uts'],
];

export function namespaceLinks(subject: Subject): PseudoEntry[] {
  return LINKS.map(([name, kind]) => {
    const of = (viewer: Task): Task | number => {
      const task = subject();
      if (task === null || task.exiting) return -ENOENT;
      return mayInspect(viewer, task) ? task : -EACCES;
    };
    const chosen = (task: Task) => task.ns[name === 'pid_for_children' ? 'pidForChildren' : kind];
    return link(
      name,
      (viewer) => {
        const task = of(viewer);
        return typeof task === 'number' ? task : namespaceText(kind, chosen(task));
      },
      (viewer) => {
        const task = of(viewer);
        return typeof task === 'number' ? task : namespacePath(kind, chosen(task));
      },
    );
  });
}
