/** What the launcher's short ways of `start` and `delete` go by (native/launcher-short.c): decided here, once, when the container is made. */
import type { CgroupDescription } from '../cgroup/cgroup.ts';
import { write } from './create.ts';
import type { Container } from './state.ts';

/** Until it is started there is a file `start`; with the word "plain" if no hook is to be run. */
export function writeStartTicket({ directory, state }: Container): void {
  write(`${directory}/start`, state.startContainer.length + state.poststart.length === 0 ? 'plain\n' : 'hooks\n');
}

/** Its processes and its cgroup directories; no file where more than that is to be done. */
export function writeRemoveTicket({ directory, state }: Container): void {
  const directories = cgroupDirectories(state.cgroup as CgroupDescription | null);
  if (directories === null || state.poststop.length > 0 || directories.some((path) => path.includes('\n'))) return;
  const { pid, pidStart, sandbox, sandboxStart } = state;
  write(`${directory}/remove`, `${pid} ${pidStart} ${sandbox} ${sandboxStart}\n${directories.map((path) => `${path}\n`).join('')}`);
}

function cgroupDirectories(cgroup: CgroupDescription | null): string[] | null {
  if (cgroup === null) return [];
  if (cgroup.unit !== null) return null;
  if (cgroup.version === 2) return cgroup.path === null ? [] : [cgroup.path];
  return [...new Set(Object.values(cgroup.paths))];
}
