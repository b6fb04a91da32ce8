/** A container's cgroup on v2: one directory. */
import { Failure } from '../failure.ts';
import type { LinuxResources } from '../spec/resources.ts';
import { applyV2 } from './apply-v2.ts';
import type { Cgroup, CgroupDescription, Warn } from './cgroup.ts';
import { lacksRights, moveProcess, processesIn, removeAll, waitUntil } from './common.ts';
import { CgroupDirectory, explain } from './files.ts';
import { type CgroupStats, emptyStats } from './stats.ts';
import { statsV2 } from './stats-v2.ts';
import { startUnit, stopUnit } from './systemd.ts';

type Description = Extract<CgroupDescription, { version: 2 }>;

export class CgroupV2 implements Cgroup {
  #description: Description;
  /** null: an ordinary user's container without one. */
  #directory: CgroupDirectory | null;
  readonly #warn: Warn;
  #waiting: LinuxResources | undefined;

  constructor(description: Description, warn: Warn) {
    this.#description = description;
    this.#directory = description.path === null ? null : new CgroupDirectory(description.path);
    this.#warn = warn;
  }

  create(resources: LinuxResources | undefined): void {
    const directory = this.#directory;
    if (directory !== null) {
      const taken = this.processes();
      if (taken.length > 0)
        throw new Failure(
          'cgroup',
          `${directory.path}: other processes are in the container's cgroup already (${taken.slice(0, 5).join(' ')}): choose another linux.cgroupsPath`,
        );
      if (this.#description.unit !== null) {
        // systemd makes the directory, with the first process.
        this.#waiting = resources;
        return;
      }
      try {
        this.#make(directory);
      } catch (error) {
        if (error instanceof Failure) throw error;
        if (!this.#description.rootless || !lacksRights(error)) throw new Failure('cgroup', `making ${directory.path}: ${explain(error)}`);
        this.#directory = null;
        this.#description = { ...this.#description, path: null };
      }
    }
    if (resources !== undefined) this.apply(resources);
  }

  /** Directories from the root down, each with all controllers handed on that its parent offers. */
  #make(directory: CgroupDirectory): void {
    const { root } = this.#description;
    let path = root;
    for (const name of directory.path.slice(root.length + 1).split('/')) {
      const parent = new CgroupDirectory(path);
      for (const controller of (parent.read('cgroup.controllers') ?? '').split(' ').filter((text) => text !== '')) {
        if ((parent.read('cgroup.subtree_control') ?? '').split(' ').includes(controller)) continue;
        try {
          parent.tryWrite('cgroup.subtree_control', `+${controller}`);
        } catch {
          // Where processes are it cannot be handed on (EBUSY), or we may not: a limit that needs it says so.
        }
      }
      path = `${path}/${name}`;
      const child = new CgroupDirectory(path);
      if (!child.exists) child.make();
    }
    const type = directory.read('cgroup.type');
    if (type === 'domain invalid')
      throw new Failure(
        'cgroup',
        `${directory.path}: lies below a threaded cgroup and can hold no processes: choose another linux.cgroupsPath`,
      );
  }

  addProcess(pid: number): void {
    const directory = this.#directory;
    if (directory === null) return;
    const { unit } = this.#description;
    if (unit !== null && !directory.exists) {
      startUnit(unit, pid, this.#waiting, 2);
      waitUntil(() => directory.exists, `systemd made no cgroup at ${directory.path} for ${unit.name}`);
      if (this.#waiting !== undefined) this.apply(this.#waiting);
    }
    moveProcess(directory, pid);
  }

  apply(resources: LinuxResources): void {
    if (this.#directory !== null) applyV2(this.#directory, resources, this.#warn);
    else if (limitsSomething(resources))
      throw new Failure(
        'cgroup',
        'linux.resources: an ordinary user can set no limits here: have the cgroup delegated (systemd-run --user --scope -p Delegate=yes), or remove them',
      );
  }

  stats(): CgroupStats {
    return this.#directory === null ? emptyStats() : statsV2(this.#directory);
  }

  #need(what: string): CgroupDirectory {
    if (this.#directory === null) throw new Failure('cgroup', `${what} needs a cgroup, and this container was made without one`);
    return this.#directory;
  }
  freeze(): void {
    const directory = this.#need('pausing');
    directory.write('cgroup.freeze', 1, 'pause');
    waitUntil(
      () => directory.readTable('cgroup.events')['frozen'] === 1,
      `${directory.path}: not all processes could be frozen in 5 seconds`,
    );
  }
  thaw(): void {
    this.#need('resuming').write('cgroup.freeze', 0, 'resume');
  }
  isFrozen(): boolean {
    return this.#directory?.read('cgroup.freeze') === '1';
  }
  processes(): number[] {
    return this.#directory === null ? [] : processesIn(this.#directory);
  }
  oomKills(): number {
    return Number(this.#directory?.readTable('memory.events')['oom_kill'] ?? 0);
  }
  remove(): void {
    if (this.#description.unit !== null) stopUnit(this.#description.unit);
    if (this.#directory?.exists) removeAll([this.#directory]);
  }
  describe(): Description {
    return this.#description;
  }
}

/** True if `resources` asks for more than device rules, which need no cgroup here. */
function limitsSomething(resources: LinuxResources): boolean {
  const { devices: _, ...limits } = resources;
  const says = (value: unknown): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).some(says)
      : value !== undefined && value !== 0 && value !== false && value !== -1;
  return says(limits);
}
