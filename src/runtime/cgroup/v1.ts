/** A container's cgroup on v1: one directory in each controller's hierarchy, and one in the v2 hierarchy of a hybrid host. */
import { Failure } from '../failure.ts';
import type { LinuxResources } from '../spec/resources.ts';
import { applyV1 } from './apply-v1.ts';
import type { Cgroup, CgroupDescription, Warn } from './cgroup.ts';
import { lacksRights, moveProcess, processesIn, removeAll, waitUntil } from './common.ts';
import { CgroupDirectory, errorCode, explain } from './files.ts';
import { type Hierarchies, type V1Controller, v1Controllers } from './hierarchy.ts';
import type { CgroupStats } from './stats.ts';
import { statsV1 } from './stats-v1.ts';
import { startUnit, stopUnit } from './systemd.ts';

type Place = V1Controller | 'unified';
type Description = Extract<CgroupDescription, { version: 1 }>;

/** The container's directory under each controller; `path` as CgroupRequest has it, but never empty. */
export function v1Paths({ mounts, own }: Hierarchies, path: string): Partial<Record<Place, string>> {
  const paths: Partial<Record<Place, string>> = {};
  const below = (controller: string): string | undefined => {
    const mount = mounts.get(controller);
    if (mount === undefined) return undefined;
    const base = path.startsWith('/') ? '' : (own.get(controller) ?? '/').replace(/\/$/, '');
    return `${mount}${base}${path.startsWith('/') ? path : `/${path}`}`;
  };
  for (const controller of v1Controllers) {
    const place = below(controller);
    // Controllers that are mounted together share a directory.
    if (place !== undefined) paths[controller] = place;
  }
  const unified = below('');
  if (unified !== undefined) paths.unified = unified;
  return paths;
}

export class CgroupV1 implements Cgroup {
  readonly #description: Description;
  readonly #directories: ReadonlyMap<Place, CgroupDirectory>;
  readonly #warn: Warn;
  /** Limits that wait for systemd's unit, which is made with its first process. */
  #waiting: LinuxResources | undefined;
  /** Controllers that an ordinary user could not use. */
  readonly #without = new Set<Place>();

  constructor(description: Description, warn: Warn) {
    this.#description = description;
    this.#warn = warn;
    this.#directories = new Map(Object.entries(description.paths).map(([place, path]) => [place as Place, new CgroupDirectory(path)]));
  }

  /** Each directory once: controllers can be mounted together. */
  #distinct(): CgroupDirectory[] {
    const byPath = new Map<string, CgroupDirectory>();
    for (const [place, directory] of this.#directories) if (!this.#without.has(place)) byPath.set(directory.path, directory);
    return [...byPath.values()];
  }

  create(resources: LinuxResources | undefined): void {
    const taken = this.processes();
    if (taken.length > 0)
      throw new Failure(
        'cgroup',
        `${this.#distinct()[0]?.path}: other processes are in the container's cgroup already (${taken.slice(0, 5).join(' ')}): choose another linux.cgroupsPath`,
      );
    for (const [place, directory] of this.#directories) {
      try {
        if (place === 'cpuset') makeCpuset(directory);
        else directory.make();
      } catch (error) {
        // The v2 hierarchy of a hybrid host limits nothing.
        if (place === 'unified' || (this.#description.rootless && lacksRights(error))) this.#without.add(place);
        else throw new Failure('cgroup', `making ${directory.path}: ${explain(error)}`);
      }
    }
    if (resources !== undefined) this.apply(resources);
    this.#waiting = resources;
  }

  addProcess(pid: number): void {
    const { unit } = this.#description;
    if (unit !== null && !this.#directories.get('name=systemd')?.readNumbers('cgroup.procs').length) startUnit(unit, pid, this.#waiting, 1);
    for (const directory of this.#distinct()) moveProcess(directory, pid);
  }

  apply(resources: LinuxResources): void {
    applyV1(
      {
        need: (controller, what) => {
          const directory = this.#directories.get(controller);
          if (directory === undefined || this.#without.has(controller))
            throw new Failure(
              'cgroup',
              directory === undefined
                ? `${what}: this host has no cgroup controller ${controller}: remove it from config.json`
                : `${what}: an ordinary user may not limit that here (controller ${controller}): run as root, or remove it`,
            );
          return directory;
        },
        warn: this.#warn,
        rootless: this.#description.rootless,
      },
      resources,
    );
  }

  stats(): CgroupStats {
    return statsV1(this.#directories as ReadonlyMap<V1Controller, CgroupDirectory>);
  }

  #freezer(): CgroupDirectory {
    const freezer = this.#directories.get('freezer');
    if (freezer?.exists) return freezer;
    throw new Failure('cgroup', 'pausing needs the cgroup controller freezer, which this container has not got');
  }
  freeze(): void {
    const freezer = this.#freezer();
    // New processes can keep it at FREEZING: the order is given anew each time.
    waitUntil(() => {
      freezer.write('freezer.state', 'FROZEN', 'pause');
      return freezer.read('freezer.state') === 'FROZEN';
    }, `${freezer.path}: not all processes could be frozen in 5 seconds`);
  }
  thaw(): void {
    this.#freezer().write('freezer.state', 'THAWED', 'resume');
  }
  isFrozen(): boolean {
    const state = this.#directories.get('freezer')?.read('freezer.state');
    return state === 'FROZEN' || state === 'FREEZING';
  }

  processes(): number[] {
    const place = (['devices', 'memory', 'pids', 'cpu', 'freezer', 'name=systemd', 'unified'] as const)
      .map((name) => this.#directories.get(name))
      .find((directory) => directory?.exists);
    return place === undefined ? [] : processesIn(place);
  }
  oomKills(): number {
    return Number(this.#directories.get('memory')?.readTable('memory.oom_control')['oom_kill'] ?? 0);
  }
  remove(): void {
    if (this.#description.unit !== null) stopUnit(this.#description.unit);
    removeAll(this.#distinct().filter((directory) => directory.exists));
  }
  describe(): Description {
    const paths = Object.fromEntries(Object.entries(this.#description.paths).filter(([place]) => !this.#without.has(place as Place)));
    return { ...this.#description, paths };
  }
}

/** A cpuset's CPUs and memory nodes are empty at first, and nobody can join it so: it takes its parent's, from the top down. */
function makeCpuset(directory: CgroupDirectory): void {
  const parent = new CgroupDirectory(directory.path.replace(/\/[^/]*$/, ''));
  if (!parent.has('cpuset.cpus') || (parent.read('cpuset.cpus') === '' && parent.read('cpuset.mems') === '')) {
    if (parent.path === '' || parent.path === directory.path) return;
    makeCpuset(parent);
  }
  directory.make();
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (directory.read(file) !== '') continue;
    const inherited = parent.read(file) ?? '';
    try {
      directory.tryWrite(file, inherited);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}
