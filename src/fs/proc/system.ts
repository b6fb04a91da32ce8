/** System-wide files of /proc, in Linux's formats. What the host knows better (CPU model, memory) is read from the host's files. */
import { UTS_RELEASE, UTS_VERSION } from '#kernel/uts.ts';
import type { Task } from '#kernel/task.ts';
import { file, type PseudoEntry } from '../pseudo/pseudo.ts';
import { fileSystemNames } from '../vfs/registry.ts';
import { lockLines } from '../vfs/locks.ts';

const TICKS = 100;

function ticks(ns: number): number {
  return Math.floor((ns * TICKS) / 1e9);
}

export function version(): string {
  return `Linux version ${UTS_RELEASE} (belljar@belljar) (Belljar application kernel) ${UTS_VERSION}\n`;
}

export function uptime(task: Task): string {
  const seconds = (task.kernel.now() - task.kernel.bootNs) / 1e9;
  return `${seconds.toFixed(2)} ${(seconds * task.kernel.cpuCount).toFixed(2)}\n`;
}

export function loadavg(task: Task): string {
  const { pids } = task.kernel;
  let running = 0;
  for (const other of pids.tasks.values()) if (other.blocking === null && !other.exiting) running += 1;
  const [one, five, fifteen] = task.kernel.loadAverages();
  return `${one.toFixed(2)} ${five.toFixed(2)} ${fifteen.toFixed(2)} ${running}/${pids.tasks.size} ${pids.last}\n`;
}

/** The host's /proc/meminfo, with the sandbox's limit where it is lower. */
export function meminfo(task: Task): string {
  const { total, free, available, text } = task.kernel.memory();
  const wanted: Record<string, number> = { MemTotal: total, MemFree: free, MemAvailable: available };
  return text
    .split('\n')
    .map((line) => {
      const name = line.slice(0, line.indexOf(':'));
      const bytes = wanted[name];
      return bytes === undefined ? line : `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB`;
    })
    .join('\n');
}

export function cpuinfo(task: Task): string {
  return task.kernel.hostText('cpuinfo');
}

export function vmstat(task: Task): string {
  return task.kernel.hostText('vmstat');
}

/** CPU lines are the host's (a sandbox shares its CPUs); counts of processes are this kernel's. */
export function stat(task: Task): string {
  const { kernel } = task;
  const lines = kernel
    .hostText('stat')
    .split('\n')
    .filter((line) => line.startsWith('cpu'));
  let running = 0;
  for (const other of kernel.pids.tasks.values()) if (other.blocking === null && !other.exiting) running += 1;
  lines.push(
    'intr 0',
    `ctxt ${kernel.switches}`,
    `btime ${Math.floor(kernel.bootRealSec)}`,
    `processes ${kernel.forks}`,
    `procs_running ${Math.max(running, 1)}`,
    'procs_blocked 0',
    'softirq 0 0 0 0 0 0 0 0 0 0 0',
  );
  return `${lines.join('\n')}\n`;
}

export function filesystems(): string {
  return fileSystemNames()
    .map((name) => `nodev\t${name}\n`)
    .join('');
}

export function devices(): string {
  return 'Character devices:\n  1 mem\n  4 /dev/vc/0\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n 10 misc\n136 pts\n\nBlock devices:\n';
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

export function interrupts(task: Task): string {
  const cpus = Array.from({ length: task.kernel.cpuCount }, (_, i) => `CPU${i}`.padStart(11));
  return `    ${cpus.join('')}\n`;
}

export function softirqs(task: Task): string {
  const { cpuCount } = task.kernel;
  const head = `${' '.repeat(20)}${Array.from({ length: cpuCount }, (_, i) => `CPU${i}`.padEnd(11)).join('')}\n`;
  const names = ['HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER', 'RCU'];
  return head + names.map((name) => `${`${name}:`.padStart(12)}${' '.padEnd(0)}${'0'.padStart(11).repeat(cpuCount)}\n`).join('');
}

export function schedstat(task: Task): string {
  const lines = ['version 15', `timestamp ${ticks(task.kernel.now())}`];
  for (let cpu = 0; cpu < task.kernel.cpuCount; cpu += 1) lines.push(`cpu${cpu} 0 0 0 0 0 0 0 0 0`);
  return `${lines.join('\n')}\n`;
}

export function pressure(resource: string): string {
  const zero = 'avg10=0.00 avg60=0.00 avg300=0.00 total=0';
  return resource === 'cpu' ? `some ${zero}\nfull ${zero}\n` : `some ${zero}\nfull ${zero}\n`;
}

export function locks(): string {
  return lockLines().map((line) => `${line}\n`).join('');
}

export function sysvipc(): readonly PseudoEntry[] {
  return [
    file('msg', () => '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n'),
    file('sem', () => '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n'),
    file(
      'shm',
      () =>
        '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n',
    ),
  ];
}
