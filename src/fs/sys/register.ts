/** The file systems of this folder, by the names that mount(2) knows. */
import { registerFileSystem } from '../vfs/registry.ts';
import { mountCgroup } from './cgroup2.ts';
import { mountSysfs } from './sysfs.ts';

export function registerSysFileSystems(): void {
  registerFileSystem('sysfs', (task) => mountSysfs(task));
  registerFileSystem('cgroup2', (task) => mountCgroup(task));
  registerFileSystem('cgroup', (task) => mountCgroup(task));
}
