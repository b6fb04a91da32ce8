/**
 * A container's cgroup on the host: cgroup v1, v2 or a mixture of both (hybrid), by files or through systemd. It holds the
 * waiter, the sandbox's process and its stubs, so that limits hold for all of them together and counts are of all of them.
 * Only pids are counted as guests are: the host's limit leaves room for the sandbox's own threads (`hostPids`).
 *
 * Order of use: `openCgroup`, `create`, `addProcess`; later, in other processes, `restoreCgroup(described)` and the rest.
 */
import { Failure } from '../failure.ts';
import type { LinuxResources } from '../spec/resources.ts';
import { cleanPath, type Hierarchies, readHierarchies, type V1Controller } from './hierarchy.ts';
import type { CgroupStats } from './stats.ts';
import { type SystemdUnit, systemdUnit } from './systemd.ts';
import { CgroupV1, v1Paths } from './v1.ts';
import { CgroupV2 } from './v2.ts';

export interface CgroupRequest {
  /** linux.cgroupsPath. Absolute: from the hierarchy's root; relative: from the caller's cgroup (v2: from its parent); undefined: the id, relative. */
  readonly cgroupsPath: string | undefined;
  readonly id: string;
  /** cgroupsPath is slice:prefix:name, and systemd makes the cgroup. */
  readonly systemd: boolean;
  /** Where no cgroup can be made for want of rights, go without, unless limits are asked for. */
  readonly rootless: boolean;
}

export interface Cgroup {
  /** Makes the directories and sets the limits. Failure if some exist with processes in them. */
  create(resources: LinuxResources | undefined): void;
  /** Moves a process, with all its threads; what it forks later is in the cgroup too. */
  addProcess(pid: number): void;
  /** Changes limits; what is not said stays. On failure some may have changed. */
  apply(resources: LinuxResources): void;
  stats(): CgroupStats;
  /** Returns when all are frozen. */
  freeze(): void;
  thaw(): void;
  isFrozen(): boolean;
  /** Host pids, those of cgroups below included. */
  processes(): number[];
  /** How often the host has killed a process in it for memory. */
  oomKills(): number;
  /** Removes the directories, waiting a moment for the dead to leave. Kills nothing. */
  remove(): void;
  /** Everything that `restoreCgroup` needs, as JSON. */
  describe(): CgroupDescription;
}

export type CgroupDescription =
  | {
      readonly version: 1;
      readonly paths: Readonly<Partial<Record<V1Controller | 'unified', string>>>;
      readonly rootless: boolean;
      readonly unit: SystemdUnit | null;
    }
  | {
      readonly version: 2;
      readonly path: string | null;
      readonly root: string;
      readonly rootless: boolean;
      readonly unit: SystemdUnit | null;
    };

export type Warn = (line: string) => void;
export const warnOnStandardError: Warn = (line) => process.stderr.write(`belljar: ${line}\n`);

/** Finds the place; touches nothing. `hierarchies` and `warn` are for tests and for callers that log. */
export function openCgroup(request: CgroupRequest, warn: Warn = warnOnStandardError, hierarchies: Hierarchies = readHierarchies()): Cgroup {
  const { mounts } = hierarchies;
  if (mounts.size === 0) {
    if (!request.rootless) throw new Failure('cgroup', 'no cgroup file system is mounted on this host: mount one at /sys/fs/cgroup');
    return new CgroupV2({ version: 2, path: null, root: '', rootless: true, unit: null }, warn);
  }
  const unit = request.systemd ? systemdUnit(request.cgroupsPath, request.id, request.rootless) : null;
  if (hierarchies.version === 1)
    return new CgroupV1({ version: 1, paths: v1Paths(hierarchies, pathOf(request, unit)), rootless: request.rootless, unit }, warn);
  const root = mounts.get('') as string;
  return new CgroupV2({ version: 2, path: `${root}${v2Path(request, unit, hierarchies)}`, root, rootless: request.rootless, unit }, warn);
}

/** Absolute or relative, as it was asked for. */
function pathOf(request: CgroupRequest, unit: SystemdUnit | null): string {
  if (unit !== null) return unit.path;
  const path = request.cgroupsPath ?? '';
  if (path === '') return request.id;
  if (path.includes('\n')) throw new Failure('cgroup', 'linux.cgroupsPath: a line break cannot be in it');
  const clean = cleanPath(path);
  if (clean === '/') throw new Failure('cgroup', `linux.cgroupsPath: "${path}" is the root of all cgroups: name one below it`);
  return path.startsWith('/') ? clean : clean.slice(1);
}

function v2Path(request: CgroupRequest, unit: SystemdUnit | null, { own }: Hierarchies): string {
  const path = pathOf(request, unit);
  if (path.startsWith('/')) return path;
  // Where processes are no controller can be given to cgroups below, and the caller itself is in its own.
  const beside = (own.get('') ?? '/').replace(/\/[^/]*$/, '');
  return `${beside}/${path}`;
}

/** The cgroup that `describe` described, perhaps in another process, long ago. */
export function restoreCgroup(described: CgroupDescription, warn: Warn = warnOnStandardError): Cgroup {
  return described.version === 1 ? new CgroupV1(described, warn) : new CgroupV2(described, warn);
}
