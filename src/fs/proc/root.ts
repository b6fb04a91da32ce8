/** The root of proc: system-wide files, `self`, and a directory per process. */
import type { Task } from '#kernel/task.ts';
import { DT_DIR, directory, file, link, PseudoDirectory, type PseudoEntry } from '../pseudo/pseudo.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { ProcessDirectory } from './process.ts';
import { sysctlTree } from './sysctl.ts';
import * as system from './system.ts';

const PROC_ROOT_INO = 1;

const fixed: readonly PseudoEntry[] = [
  file('buddyinfo', () => ''),
  file('cgroups', () => '#subsys_name\thierarchy\tnum_cgroups\tenabled\n'),
  file('cmdline', () => 'BOOT_IMAGE=/belljar\n'),
  file('consoles', () => ''),
  file('cpuinfo', system.cpuinfo),
  file('crypto', () => ''),
  file('devices', system.devices),
  file('diskstats', () => ''),
  directory('driver', () => []),
  file('execdomains', () => '0-0\tLinux           \t[kernel]\n'),
  file('filesystems', system.filesystems),
  directory('fs', () => []),
  file('interrupts', system.interrupts),
  file('iomem', () => ''),
  file('ioports', () => ''),
  file('key-users', () => '    0:     1 1/1 1/1000000 9/25000000\n', 0o444),
  file('keys', () => ''),
  file('kmsg', () => '', 0o400),
  file('loadavg', system.loadavg),
  file('locks', system.locks),
  file('meminfo', system.meminfo),
  file('misc', () => ''),
  file('modules', () => ''),
  link('mounts', () => 'self/mounts'),
  link('net', () => 'self/net'),
  file('partitions', () => 'major minor  #blocks  name\n\n'),
  directory('pressure', () => ['cpu', 'io', 'memory'].map((name) => file(name, () => system.pressure(name)))),
  file('schedstat', system.schedstat),
  file('softirqs', system.softirqs),
  file('stat', system.stat),
  file('swaps', () => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
  directory('sys', sysctlTree),
  directory('sysvipc', system.sysvipc),
  directory('tty', () => [file('drivers', system.ttyDrivers), directory('driver', () => []), directory('ldisc', () => [])]),
  file('uptime', system.uptime),
  file('version', system.version),
  file('version_signature', system.version),
  file('vmallocinfo', () => '', 0o400),
  file('vmstat', system.vmstat),
  file('zoneinfo', () => ''),
];
const byName = new Map(fixed.map((entry) => [entry.name, entry]));

export class ProcRoot extends PseudoDirectory {
  constructor(superBlock: SuperBlock) {
    super(superBlock, 0o555, PROC_ROOT_INO);
  }
  override get remembers(): boolean {
    return false;
  }
  #fixed = new Map<string, PseudoEntry>();
  override entries(task: Task): readonly PseudoEntry[] {
    const pids = [...task.kernel.pids.groups.keys()].sort((a, b) => a - b);
    return [...fixed, self, threadSelf, ...pids.map((pid) => processEntry(pid))];
  }
  override entry(task: Task, name: string): PseudoEntry | null {
    if (name === 'self') return self;
    if (name === 'thread-self') return threadSelf;
    if (/^[1-9][0-9]{0,8}$/.test(name)) {
      // Threads have directories too, though they are not listed.
      const pid = Number(name);
      return task.kernel.pids.tasks.has(pid) || task.kernel.pids.groups.has(pid) ? processEntry(pid) : null;
    }
    return this.#remembered(name);
  }
  /** Fixed entries keep one inode each, so that two openings of a file are the same file. */
  #remembered(name: string): PseudoEntry | null {
    const known = this.#fixed.get(name);
    if (known !== undefined) return known;
    const entry = byName.get(name);
    if (entry === undefined) return null;
    let inode: ReturnType<PseudoEntry['make']> | null = null;
    const once: PseudoEntry = { name, type: entry.type, make: (superBlock, task) => (inode ??= entry.make(superBlock, task)) };
    this.#fixed.set(name, once);
    return once;
  }
}

const self = link('self', (task) => String(task.group.pid));
const threadSelf = link('thread-self', (task) => `${task.group.pid}/task/${task.tid}`);

function processEntry(pid: number): PseudoEntry {
  return {
    name: String(pid),
    type: DT_DIR,
    make: (superBlock, task) => ProcessDirectory.of(superBlock, task, pid),
  };
}
