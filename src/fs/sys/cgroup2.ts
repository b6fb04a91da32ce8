/**
 * The cgroup2 file system: the one cgroup that a sandbox is, seen from inside its cgroup namespace. Limits and counts are those of
 * the host's cgroup that holds the sandbox where it has them, else what this kernel counts itself. Read-only: no groups can be made.
 */
import { EACCES } from '#abi/errno.ts';
import { CGROUP2_SUPER_MAGIC } from '#abi/magic.ts';
import { type CgroupFile, sharesToWeight } from '#kernel/host-cgroup.ts';
import { collectUsage } from '#kernel/process/usage.ts';
import type { Task } from '#kernel/task.ts';
import { cpuList } from '../proc/cpu-set.ts';
import { processText, statusKilobytes } from '../proc/host-process.ts';
import { type Generate, ListedDirectory, type PseudoEntry, PseudoFile } from '../pseudo/pseudo.ts';
import { DT_REG } from '#abi/fcntl.ts';
import type { Inode } from '../vfs/inode.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';

function file(name: string, value: string | number | Generate): PseudoEntry {
  const generate = typeof value === 'function' ? value : () => `${value}\n`;
  return {
    name,
    type: DT_REG,
    make: (superBlock) => {
      const made = new PseudoFile(superBlock, 0o644, generate);
      made.refuseWriters = -EACCES;
      return made;
    },
  };
}
/** What the host's cgroup says, or else `otherwise`. */
function host(name: CgroupFile, otherwise: (task: Task) => string | number): PseudoEntry {
  return file(name, (task) => task.kernel.limits.hostText(name) ?? `${otherwise(task)}\n`);
}

function pids(task: Task): number[] {
  return [...task.kernel.pids.groups.keys()].sort((a, b) => a - b);
}
function tids(task: Task): number[] {
  return [...task.kernel.pids.tasks.keys()].sort((a, b) => a - b);
}
function lines(numbers: readonly number[]): string {
  return numbers.map((number) => `${number}\n`).join('');
}

/** Resident bytes of all guests, by kind. */
function resident(task: Task): { anon: number; file: number; shmem: number } {
  const sums = { anon: 0, file: 0, shmem: 0 };
  for (const group of task.kernel.pids.groups.values()) {
    const text = processText(group.leader, 'status');
    sums.anon += statusKilobytes(text, 'RssAnon') * 1024;
    sums.file += statusKilobytes(text, 'RssFile') * 1024;
    sums.shmem += statusKilobytes(text, 'RssShmem') * 1024;
  }
  return sums;
}
function residentTotal(task: Task): number {
  const { anon, shmem } = resident(task);
  return anon + shmem;
}
function memoryStat(task: Task): string {
  const { anon, file: mapped, shmem } = resident(task);
  return `anon ${anon}\nfile ${mapped + shmem}\nshmem ${shmem}\nfile_mapped ${mapped}`;
}

/** CPU time of all processes, the dead included: a process's time goes to its parent's children when it is waited for. */
function cpuStat(task: Task): string {
  let user = 0;
  let system = 0;
  for (const group of task.kernel.pids.groups.values()) {
    collectUsage(group);
    user += group.usage.userNs + group.childrenUsage.userNs;
    system += group.usage.systemNs + group.childrenUsage.systemNs;
  }
  const micro = (ns: number) => Math.floor(ns / 1000);
  return `usage_usec ${micro(user) + micro(system)}\nuser_usec ${micro(user)}\nsystem_usec ${micro(system)}\nnice_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\nnr_bursts 0\nburst_usec 0`;
}
function orMax(limit: number): string {
  return limit === Infinity ? 'max' : String(limit);
}

const entries: readonly PseudoEntry[] = [
  file('cgroup.controllers', 'cpuset cpu io memory pids'),
  file('cgroup.events', 'populated 1\nfrozen 0'),
  file('cgroup.freeze', 0),
  file('cgroup.max.depth', 'max'),
  file('cgroup.max.descendants', 'max'),
  file('cgroup.procs', (task) => lines(pids(task))),
  file('cgroup.stat', 'nr_descendants 0\nnr_dying_descendants 0'),
  file('cgroup.subtree_control', () => '\n'),
  file('cgroup.threads', (task) => lines(tids(task))),
  file('cgroup.type', 'domain'),
  host('cpu.idle', () => 0),
  host('cpu.max', (task) => `${orMax(task.kernel.limits.cpuMax.quotaUs)} ${task.kernel.limits.cpuMax.periodUs}`),
  host('cpu.max.burst', () => 0),
  host('cpu.stat', cpuStat),
  host('cpu.weight', ({ kernel }) => (kernel.limits.cpuShares === null ? 100 : sharesToWeight(kernel.limits.cpuShares))),
  file('cpu.weight.nice', 0),
  file('cpuset.cpus', ({ kernel }) => (kernel.limits.cpusRestricted ? `${cpuList(kernel.limits.cpus)}\n` : '\n')),
  file('cpuset.cpus.effective', ({ kernel }) => `${cpuList(kernel.limits.cpus)}\n`),
  file('cpuset.mems', () => '\n'),
  host('cpuset.mems.effective', () => 0),
  file('io.stat', ({ kernel }) => kernel.limits.hostText('io.stat') ?? ''),
  host('memory.current', residentTotal),
  host('memory.events', () => 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0'),
  host('memory.high', () => 'max'),
  host('memory.low', () => 0),
  host('memory.max', ({ kernel }) => orMax(kernel.limits.memoryMax)),
  file('memory.min', 0),
  file('memory.oom.group', 0),
  host('memory.peak', residentTotal),
  host('memory.stat', memoryStat),
  host('memory.swap.current', () => 0),
  host('memory.swap.max', ({ kernel }) => orMax(kernel.limits.swapMax)),
  file('pids.current', (task) => `${task.kernel.pids.tasks.size}\n`),
  file('pids.events', ({ kernel }) => `max ${kernel.limits.pidsRefused}\n`),
  // The host's own limit counts the kernel's threads too.
  file('pids.max', ({ kernel }) => `${orMax(kernel.limits.pidsMax)}\n`),
];

class CgroupSuperBlock extends SuperBlock {
  readonly type = 'cgroup2';
  readonly root: ListedDirectory;
  override readonly cacheNames = false;
  constructor() {
    super();
    this.root = new ListedDirectory(this, entries, 0o755, 1);
  }
  override statfs(): FsStatistics {
    return {
      type: CGROUP2_SUPER_MAGIC,
      blockSize: 4096,
      blocks: 0,
      blocksFree: 0,
      blocksAvailable: 0,
      files: 0,
      filesFree: 0,
      nameMax: 255,
    };
  }
  override showOptions(): string {
    return 'nsdelegate,memory_recursiveprot';
  }
  override revalidate(_parent: Inode, _name: string, _inode: Inode | null): boolean {
    return false;
  }
}

let instance: CgroupSuperBlock | null = null;

/** There is one hierarchy, version 2, whatever version was asked for. */
export function mountCgroup(_task: Task): CgroupSuperBlock {
  instance ??= new CgroupSuperBlock();
  return instance;
}
