/** What both versions do alike. */
import { Failure } from '../failure.ts';
import { type CgroupDirectory, errorCode, explain, sleepMs } from './files.ts';

/** A process that is only just being made cannot be moved yet: EINVAL. */
const MOVE_TRIES = 5;

export function moveProcess(directory: CgroupDirectory, pid: number): void {
  for (let left = MOVE_TRIES; ; left -= 1) {
    try {
      directory.tryWrite('cgroup.procs', pid);
      return;
    } catch (error) {
      if (errorCode(error) === 'EINVAL' && left > 1) {
        sleepMs(20);
        continue;
      }
      throw new Failure('cgroup', `moving process ${pid} to ${directory.path}: ${explain(error)}`);
    }
  }
}

export function processesIn(directory: CgroupDirectory): number[] {
  const found = directory.subtree().flatMap((one) => one.readNumbers('cgroup.procs'));
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Half a second in all: what was killed a moment ago still counts as being there. */
const REMOVE_TRIES = 10;

export function removeAll(directories: readonly CgroupDirectory[]): void {
  let left = directories;
  for (let i = 0; i < REMOVE_TRIES; i += 1) {
    left = left.filter((directory) => !directory.tryRemove());
    if (left.length === 0) return;
    sleepMs(Math.min(10 << i, 100));
  }
  const [busy] = left as [CgroupDirectory];
  const pids = processesIn(busy);
  throw new Failure(
    'cgroup',
    `removing ${busy.path}: ${pids.length === 0 ? 'it stays busy' : `processes are still in it: ${pids.slice(0, 10).join(' ')}`}`,
  );
}

/** True where an ordinary user may go on without the cgroup. */
export function lacksRights(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(errorCode(error));
}

/** Asks until `done`, for some five seconds. */
export function waitUntil(done: () => boolean, what: string): void {
  for (let waited = 0, step = 1; waited < 5000; step = Math.min(step * 2, 50)) {
    if (done()) return;
    sleepMs(step);
    waited += step;
  }
  if (!done()) throw new Failure('cgroup', what);
}
