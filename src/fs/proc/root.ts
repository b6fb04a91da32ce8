/** The root of proc: system-wide files, `self`, and a directory per process. */
import { ENOENT } from '#abi/errno.ts';
import type { PidNamespace } from '#kernel/pid-namespace.ts';
import type { Task } from '#kernel/task.ts';
import { DT_DIR } from '#abi/fcntl.ts';
import {
  DT_LNK,
  directory,
  file,
  link,
  PseudoDirectory,
  type PseudoEntry,
  type PseudoInode,
  PseudoLink,
  type PseudoName,
} from '../pseudo/pseudo.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import type { ProcSuperBlock } from './super-block.ts';
import { ProcessDirectory } from './process.ts';
import { sysctlTree } from './sysctl.ts';
import * as system from './system.ts';

const PROC_ROOT_INO = 1;

const fixed: readonly PseudoEntry[] = [
  file('cgroups', system.cgroups),
  file('cmdline', () => 'BOOT_IMAGE=/belljar\n'),
  file('consoles', () => ''),
  file('cpuinfo', system.cpuinfo),
  file('crypto', () => ''),
  file('devices', system.devices),
  file('diskstats', () => ''),
  directory('driver', []),
  file('execdomains', () => '0-0\tLinux           \t[kernel]\n'),
  file('filesystems', system.filesystems),
  directory('fs', []),
  file('interrupts', system.interrupts),
  file('key-users', () => ''),
  file('keys', () => ''),
  file('loadavg', system.loadavg),
  file('locks', system.locks),
  file('meminfo', system.meminfo),
  file('misc', () => ''),
  file('modules', () => ''),
  link('mounts', () => 'self/mounts'),
  link('net', () => 'self/net'),
  file('partitions', () => 'major minor  #blocks  name\n\n'),
  file('softirqs', system.softirqs),
  file('stat', system.stat),
  file('swaps', () => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
  directory('sys', sysctlTree()),
  directory('sysvipc', system.sysvipc()),
  directory('tty', [
    file('drivers', system.ttyDrivers),
    directory('driver', []),
    directory('ldisc', []),
    file('ldiscs', () => 'n_tty       0\n'),
  ]),
  file('uptime', system.uptime),
  file('version', system.version),
  file('vmstat', system.vmstat),
];

/** Who is not in the instance's pid namespace has no place there. */
function selfIn(pids: PidNamespace, task: Task, withThread: boolean): string | number {
  const pid = pids.inside(task.group.pid);
  if (pid === 0) return -ENOENT;
  return withThread ? `${pid}/task/${pids.inside(task.tid)}` : String(pid);
}
function pidsOf(superBlock: SuperBlock, task: Task): PidNamespace {
  return (superBlock as ProcSuperBlock).pids ?? task.ns.pid;
}
const links: readonly PseudoEntry[] = ['self', 'thread-self'].map((name) => ({
  name,
  type: DT_LNK,
  make: (superBlock) => new PseudoLink(superBlock, (task) => selfIn(pidsOf(superBlock, task), task, name === 'thread-self')),
}));

const byName = new Map([...fixed, ...links].map((entry) => [entry.name, entry]));

export class ProcRoot extends PseudoDirectory {
  /** Everything but processes keeps one inode each. */
  readonly #fixed = new Map<string, PseudoInode>();
  constructor(superBlock: SuperBlock) {
    super(superBlock, 0o555, PROC_ROOT_INO);
  }
  override get remembers(): boolean {
    return false;
  }
  override names(task: Task): readonly PseudoName[] {
    const namespace = pidsOf(this.superBlock, task);
    const pids = [...task.kernel.pids.groups.keys()].map((pid) => namespace.inside(pid)).filter((pid) => pid > 0);
    pids.sort((a, b) => a - b);
    return [...fixed, ...links, ...pids.map((pid) => ({ name: String(pid), type: DT_DIR }))];
  }
  override entry(task: Task, name: string): PseudoEntry | null {
    const first = name.charCodeAt(0);
    if (first >= 0x31 && first <= 0x39) {
      // Threads have directories too, though they are not listed.
      const pid = Number(name);
      const made = String(pid) === name ? ProcessDirectory.of(this.superBlock, task, pidsOf(this.superBlock, task).from(pid)) : null;
      return made === null ? null : { name, type: DT_DIR, make: () => made };
    }
    const entry = byName.get(name);
    if (entry === undefined) return null;
    const make = (superBlock: SuperBlock): PseudoInode => {
      let inode = this.#fixed.get(name);
      if (inode === undefined) this.#fixed.set(name, (inode = entry.make(superBlock, task)));
      return inode;
    };
    return { name, type: entry.type, make };
  }
}
