/** System-wide files of /proc, in Linux's formats. What the host knows better (CPU model, memory) is read from the host's files. */
import { UTS_RELEASE, UTS_VERSION } from '#kernel/uts.ts';
import { type Task, TaskState } from '#kernel/task.ts';
import { file, type PseudoEntry } from '../pseudo/pseudo.ts';
import { fileSystemNames } from '../vfs/registry.ts';
import { lockLines } from '../vfs/locks.ts';

const TICKS = 100;

export function version(): string {
  return `Linux version ${UTS_RELEASE} (belljar@belljar) (Belljar application kernel) ${UTS_VERSION}\n`;
}

/** Tasks in guest code or about to be. */
function running(task: Task): number {
  let count = 0;
  for (const other of task.kernel.pids.tasks.values())
    if (other.state === TaskState.Running && other.blocking === null && !other.exiting) count += 1;
  return count;
}

const IDLE = 3;

export function uptime(task: Task): string {
  const { kernel } = task;
  const idle = kernel.hostInfo.machineCounters()[0]?.[1][IDLE] ?? 0;
  const { sec, nsec } = kernel.timeOffsets?.boottime ?? { sec: 0, nsec: 0 };
  return `${((kernel.now() - kernel.bootNs + nsec) / 1e9 + sec).toFixed(2)} ${(idle / TICKS).toFixed(2)}\n`;
}

export function loadavg(task: Task): string {
  const { pids } = task.kernel;
  const [one, five, fifteen] = task.kernel.loadAverages();
  return `${one.toFixed(2)} ${five.toFixed(2)} ${fifteen.toFixed(2)} ${running(task)}/${pids.tasks.size} ${pids.last}\n`;
}

export function meminfo(task: Task): string {
  return task.kernel.memory().text;
}

/** The CPUs that the container may use. */
export function cpuinfo(task: Task): string {
  const { limits } = task.kernel;
  const text = task.kernel.hostText('cpuinfo');
  if (!limits.cpusRestricted) return text;
  const usable = new Set(limits.cpus);
  return text
    .split(/(?<=\n\n)/)
    .filter((block) => {
      const cpu = /^processor\s*: (\d+)$/m.exec(block)?.[1];
      return cpu === undefined || usable.has(Number(cpu));
    })
    .join('');
}

/** Counters of events begin when they are first looked at, so that averages "since boot" are of this kernel's time; gauges are as they are. */
export function vmstat(task: Task): string {
  const text = task.kernel.hostText('vmstat');
  vmEvents ??= new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), Number(line.slice(line.indexOf(' ') + 1))]));
  let result = '';
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 0) continue;
    const name = line.slice(0, space);
    const value = Number(line.slice(space + 1));
    result += `${name} ${name.startsWith('nr_') ? value : Math.max(0, value - (vmEvents.get(name) ?? 0))}\n`;
  }
  return result;
}
let vmEvents: Map<string, number> | null = null;

/** CPU time, interrupts and switches are the machine's since the sandbox began; counts of processes are this kernel's. */
export function stat(task: Task): string {
  const { kernel } = task;
  const counters = kernel.hostInfo.machineCounters();
  let text = '';
  for (const [name, values] of counters) if (name !== 'softirq') text += `${name === 'cpu' ? 'cpu ' : name} ${values.join(' ')}\n`;
  text += `btime ${Math.floor(kernel.bootRealSec)}\nprocesses ${kernel.forks}\nprocs_running ${Math.max(running(task), 1)}\nprocs_blocked 0\n`;
  for (const [name, values] of counters) if (name === 'softirq') text += `${name} ${values.join(' ')}\n`;
  return text;
}

export function filesystems(): string {
  return fileSystemNames()
    .map((name) => `nodev\t${name}\n`)
    .join('');
}

/** Controllers of the one hierarchy there is, version 2: what tells libraries to look there. */
export function cgroups(): string {
  const names = [
    'cpuset',
    'cpu',
    'cpuacct',
    'blkio',
    'memory',
    'devices',
    'freezer',
    'net_cls',
    'perf_event',
    'net_prio',
    'hugetlb',
    'pids',
    'rdma',
    'misc',
  ];
  return `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${names.map((name) => `${name}\t0\t1\t1\n`).join('')}`;
}

export function devices(): string {
  return 'Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n128 ptm\n136 pts\n\nBlock devices:\n';
}

export function ttyDrivers(): string {
  return (
    '/dev/tty             /dev/tty        5       0 system:/dev/tty\n' +
    '/dev/console         /dev/console    5       1 system:console\n' +
    '/dev/ptmx            /dev/ptmx       5       2 system\n' +
    'pty_slave            /dev/pts      136 0-1048575 pty:slave\n' +
    'pty_master           /dev/ptm      128 0-1048575 pty:master\n'
  );
}

/** There is no interrupt for this kernel to count. */
export function interrupts(task: Task): string {
  return `${' '.repeat(11)}${Array.from({ length: task.kernel.cpuCount }, (_, i) => `CPU${i}`.padEnd(11)).join('')}\n`;
}

export function softirqs(task: Task): string {
  const { cpuCount } = task.kernel;
  const names = ['HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER', 'RCU'];
  const head = `${' '.repeat(20)}${Array.from({ length: cpuCount }, (_, i) => `CPU${i}`.padEnd(11)).join('')}\n`;
  return head + names.map((name) => `${`${name}:`.padStart(13)}${' 0'.padStart(11).repeat(cpuCount)}\n`).join('');
}

export function locks(): string {
  return lockLines()
    .map((line) => `${line}\n`)
    .join('');
}

const sysvHeads: readonly (readonly [string, string])[] = [
  ['msg', '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n'],
  ['sem', '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n'],
  [
    'shm',
    '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n',
  ],
];
/** Rows below the heads, from who keeps the objects. */
const sysvRows = new Map<string, (task: Task) => string>();

/** System V IPC says how its objects are listed: `kind` is msg, sem or shm. */
export function registerSysvRows(kind: 'msg' | 'sem' | 'shm', rows: (task: Task) => string): void {
  sysvRows.set(kind, rows);
}
export function sysvipc(): readonly PseudoEntry[] {
  return sysvHeads.map(([name, head]) => file(name, (task) => head + (sysvRows.get(name)?.(task) ?? '')));
}
