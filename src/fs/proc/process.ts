/** /proc/PID and /proc/PID/task/TID: one directory class, for a process or for a thread. What is in it is one table. */
import { EACCES, EINVAL, ENOENT, ESRCH } from '#abi/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { DT_DIR, DT_LNK, DT_REG } from '#abi/fcntl.ts';
import { S_IFDIR } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import {
  type Accept,
  ListedDirectory,
  PseudoDirectory,
  type PseudoEntry,
  PseudoFile,
  type PseudoInode,
  PseudoLink,
  type PseudoName,
} from '../pseudo/pseudo.ts';
import type { Inode } from '../vfs/inode.ts';
import type { Path } from '../vfs/path.ts';
import { pathString } from '../vfs/path-string.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { cmdline, environ } from './arguments.ts';
import { attributeDirectory } from './attributes.ts';
import { FdDirectory, FdinfoDirectory, MapFiles } from './fds.ts';
import { clearReferences, PagemapFile } from './host-files.ts';
import { showIdMap, showSetgroups, writeIdMap, writeSetgroups } from './id-maps.ts';
import { mayInspect, type Subject } from './inspect.ts';
import * as maps from './maps.ts';
import { MemoryFile } from './mem-file.ts';
import { mountinfo, mounts, MountsFile, mountstats } from './mounts.ts';
import { networkDirectory } from './net.ts';
import { namespaceLinks } from './ns.ts';
import * as scheduling from './scheduling.ts';
import * as status from './status.ts';
import type { ProcSuperBlock } from './super-block.ts';

/** Something in the directory: of a process's, a thread's, or both. */
interface Row extends PseudoName {
  readonly scope: 'both' | 'process' | 'thread';
  make(superBlock: SuperBlock, subject: Subject): PseudoInode;
}

type Show = (task: Task, viewer: Task) => string | number;
type Change = (task: Task, viewer: Task, text: string) => number;

function accepting(subject: Subject, change: Change | undefined): Accept | null {
  if (change === undefined) return null;
  return (viewer, text) => {
    const task = subject();
    return task === null ? -ESRCH : change(task, viewer, text);
  };
}
function file(name: string, show: Show, mode = 0o444, change?: Change, scope: Row['scope'] = 'both'): Row {
  const make = (superBlock: SuperBlock, subject: Subject) => {
    const generate = (viewer: Task) => {
      const task = subject();
      return task === null ? -ESRCH : show(task, viewer);
    };
    const made = new PseudoFile(superBlock, mode, generate, accepting(subject, change));
    made.writeError = -EINVAL;
    return made;
  };
  return { name, type: DT_REG, scope, make };
}
/** A file that shows private things. */
function guarded(name: string, show: Show, mode = 0o400, change?: Change): Row {
  return file(name, (task, viewer) => (mayInspect(viewer, task) ? show(task, viewer) : -EACCES), mode, change);
}
function node(name: string, type: number, make: Row['make'], scope: Row['scope'] = 'both'): Row {
  return { name, type, scope, make };
}
/** A link to a place in the file system. */
function place(name: string, find: (task: Task) => Path | null): Row {
  const make = (superBlock: SuperBlock, subject: Subject) => {
    const follow = (viewer: Task): Path | number => {
      const task = subject();
      if (task === null) return -ENOENT;
      if (!mayInspect(viewer, task)) return -EACCES;
      return find(task) ?? -ENOENT;
    };
    const text = (viewer: Task) => {
      const path = follow(viewer);
      return typeof path === 'number' ? path : pathString(path, viewer.fs.root);
    };
    return new PseudoLink(superBlock, text, follow);
  };
  return { name, type: DT_LNK, scope: 'both', make };
}

const onlyIdMap = '         0          0 4294967295\n';

function setComm(task: Task, viewer: Task, text: string): number {
  if (task.group !== viewer.group) return -EINVAL;
  const end = text.search(/[\0\n]/);
  task.comm = (end < 0 ? text : text.slice(0, end)).slice(0, 15);
  return text.length;
}
/** A whole number as kstrtoint takes it; NaN for anything else. */
function wholeNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed === '' || !Number.isInteger(Number(trimmed)) ? Number.NaN : Number(trimmed);
}
function setCoredumpFilter(task: Task, _viewer: Task, text: string): number {
  const value = wholeNumber(text);
  if (!(value >= 0)) return -EINVAL;
  task.group.coredumpFilter = value & 0x1ff;
  return text.length;
}
function timeOffsets(task: Task): string {
  const zero = { sec: 0, nsec: 0 };
  const { monotonic, boottime } = task.kernel.timeOffsets ?? { monotonic: zero, boottime: zero };
  const line = (name: string, { sec, nsec }: typeof zero) => `${name.padEnd(10)} ${String(sec).padStart(10)} ${String(nsec).padStart(9)}\n`;
  return line('monotonic', monotonic) + line('boottime', boottime);
}
/** The old scale, from -17 (never) to 15. */
function setOomAdj(task: Task, viewer: Task, text: string): number {
  const value = wholeNumber(text);
  if (!(value >= -17 && value <= 15)) return -EINVAL;
  const result = setOomScoreAdj(task, viewer, String(value === 15 ? 1000 : Math.trunc((value * 1000) / 17)));
  return result < 0 ? result : text.length;
}
function setOomScoreAdj(task: Task, viewer: Task, text: string): number {
  const value = wholeNumber(text);
  if (!(value >= -1000 && value <= 1000)) return -EINVAL;
  if (value < task.group.oomScoreAdj && !viewer.capable(CAP_SYS_RESOURCE)) return -EACCES;
  task.group.oomScoreAdj = value;
  if (!task.exiting) task.mm.space.setOomScore(value);
  return text.length;
}
/** A write begins the scheduler's counts anew. */
function resetSched(task: Task, _viewer: Task, text: string): number {
  if (task.exiting) return text.length;
  const n = task.kernel.hostProcessWrite(task.mm.space.hostPid, `task/${task.thread.hostTid}/sched`, '0');
  return n < 0 ? n : text.length;
}
function setTimerSlack(task: Task, viewer: Task, text: string): number {
  const value = wholeNumber(text);
  if (!(value >= 0)) return -EINVAL;
  if (!mayInspect(viewer, task)) return -EACCES;
  task.timerSlackNs = value === 0 ? 50000 : value;
  return text.length;
}

const rows: readonly Row[] = [
  node('attr', DT_DIR, (superBlock, subject) => attributeDirectory(superBlock, subject)),
  guarded('auxv', (task) => (task.exiting ? -ESRCH : Buffer.from(task.mm.auxv).toString('latin1'))),
  file('cgroup', () => '0::/\n'),
  file('children', scheduling.children, 0o444, undefined, 'thread'),
  file('clear_refs', () => -EINVAL, 0o200, clearReferences),
  file('cmdline', cmdline),
  file('comm', (task) => `${task.comm}\n`, 0o644, setComm),
  file(
    'coredump_filter',
    (task) => (task.exiting ? '' : `${task.group.coredumpFilter.toString(16).padStart(8, '0')}\n`),
    0o644,
    setCoredumpFilter,
    'process',
  ),
  file('cpuset', () => '/\n'),
  place('cwd', (task) => (task.exiting ? null : task.fs.cwd)),
  guarded('environ', (task) => (task.exiting ? -ESRCH : environ(task))),
  place('exe', (task) => task.group.executable?.path ?? null),
  node('fd', DT_DIR, (superBlock, subject) => new FdDirectory(superBlock, subject)),
  node('fdinfo', DT_DIR, (superBlock, subject) => new FdinfoDirectory(superBlock, subject)),
  file(
    'gid_map',
    (task, viewer) => showIdMap(task, viewer, 'gids'),
    0o644,
    (task, viewer, text) => writeIdMap(task, viewer, text, 'gids'),
  ),
  guarded('io', scheduling.io),
  file('limits', scheduling.limits),
  file('loginuid', () => '4294967295', 0o644),
  node('map_files', DT_DIR, (superBlock, subject) => new MapFiles(superBlock, subject), 'process'),
  guarded('maps', maps.maps, 0o444),
  node('mem', DT_REG, (superBlock, subject) => new MemoryFile(superBlock, subject)),
  node('mountinfo', DT_REG, (superBlock, subject) => new MountsFile(superBlock, subject, mountinfo)),
  node('mounts', DT_REG, (superBlock, subject) => new MountsFile(superBlock, subject, mounts)),
  file('mountstats', (task) => (task.exiting ? -EINVAL : mountstats(task)), 0o400, undefined, 'process'),
  node('net', DT_DIR, (superBlock) => networkDirectory(superBlock)),
  node('ns', DT_DIR, (superBlock, subject) => new ListedDirectory(superBlock, namespaceLinks(subject), 0o511)),
  guarded('numa_maps', maps.numaMaps, 0o444),
  file(
    'oom_adj',
    (task) => `${task.group.oomScoreAdj === 1000 ? 15 : Math.trunc((task.group.oomScoreAdj * 17) / 1000)}\n`,
    0o644,
    setOomAdj,
  ),
  file('oom_score', scheduling.oomScore),
  file('oom_score_adj', (task) => `${task.group.oomScoreAdj}\n`, 0o644, setOomScoreAdj),
  node('pagemap', DT_REG, (superBlock, subject) => new PagemapFile(superBlock, subject)),
  guarded('personality', (task) => `${(task.personality >>> 0).toString(16).padStart(8, '0')}\n`),
  file('projid_map', () => onlyIdMap, 0o644),
  place('root', (task) => (task.exiting ? null : task.fs.root)),
  file('sched', scheduling.sched, 0o644, resetSched),
  file('schedstat', scheduling.schedstat),
  file('sessionid', () => '4294967295'),
  file('setgroups', showSetgroups, 0o644, writeSetgroups),
  guarded('smaps', maps.smaps, 0o444),
  guarded('smaps_rollup', maps.smapsRollup, 0o444),
  guarded('stack', (_task, viewer) => (viewer.capable(CAP_SYS_ADMIN) ? '' : -EACCES)),
  file('stat', (task, viewer) => status.stat(task, viewer, true), 0o444, undefined, 'process'),
  file('stat', (task, viewer) => status.stat(task, viewer, false), 0o444, undefined, 'thread'),
  file('statm', status.statm),
  file('status', status.status),
  guarded('syscall', scheduling.syscall),
  node('task', DT_DIR, (superBlock, subject) => new TaskList(superBlock, (subject() as Task).group), 'process'),
  file('timens_offsets', timeOffsets, 0o644, undefined, 'process'),
  file('timerslack_ns', (task, viewer) => (mayInspect(viewer, task) ? `${task.timerSlackNs}\n` : -EACCES), 0o666, setTimerSlack, 'process'),
  file(
    'uid_map',
    (task, viewer) => showIdMap(task, viewer, 'uids'),
    0o644,
    (task, viewer, text) => writeIdMap(task, viewer, text, 'uids'),
  ),
  file('wchan', scheduling.wchan),
];

const tables = {
  process: rows.filter(({ scope }) => scope !== 'thread'),
  thread: rows.filter(({ scope }) => scope !== 'process'),
};
const byName = {
  process: new Map(tables.process.map((row) => [row.name, row])),
  thread: new Map(tables.thread.map((row) => [row.name, row])),
};

const processDirectories = new WeakMap<ThreadGroup, Map<SuperBlock, ProcessDirectory>>();

export class ProcessDirectory extends PseudoDirectory {
  readonly #subject: Subject;
  readonly #kind: 'process' | 'thread';

  private constructor(superBlock: SuperBlock, subject: Subject, kind: 'process' | 'thread') {
    super(superBlock, 0o555);
    this.#subject = subject;
    this.#kind = kind;
    this.nlink = 9;
    this.refresh();
  }

  /** The directory of `pid`, or of a thread of that number; null if there is none. One per process and instance of proc, so that it stays the same inode. */
  static of(superBlock: SuperBlock, viewer: Task, pid: number): ProcessDirectory | null {
    const { pids } = viewer.kernel;
    const group = pids.groups.get(pid) ?? pids.tasks.get(pid)?.group;
    if (group === undefined) return null;
    let known = processDirectories.get(group);
    if (known === undefined) processDirectories.set(group, (known = new Map()));
    if (group.pid !== pid) {
      const task = pids.tasks.get(pid) as Task;
      return new ProcessDirectory(superBlock, () => (pids.tasks.get(pid) === task ? task : null), 'process');
    }
    let made = known.get(superBlock);
    if (made === undefined) {
      made = new ProcessDirectory(superBlock, () => (pids.groups.get(pid) === group ? group.leader : null), 'process');
      known.set(superBlock, made);
    }
    made.refresh();
    return made;
  }
  static thread(superBlock: SuperBlock, subject: Subject): ProcessDirectory {
    return new ProcessDirectory(superBlock, subject, 'thread');
  }

  /** The process it shows, which a descriptor of it stands for in pidfd_send_signal(2); null for a thread's, and when it is gone. */
  get process(): ThreadGroup | null {
    return this.#kind === 'process' ? (this.#subject()?.group ?? null) : null;
  }

  /** Owned by the process's effective ids, like the directories in it that all may read. */
  override refresh(): number {
    const task = this.#subject();
    this.uid = task?.creds.euid ?? 0;
    this.gid = task?.creds.egid ?? 0;
    return 0;
  }
  /** All else is root's when the process is not dumpable. */
  override giveOwner(to: PseudoInode): void {
    const own = this.#subject()?.group.dumpable === 1 || to.mode === (S_IFDIR | 0o555);
    to.uid = own ? this.uid : 0;
    to.gid = own ? this.gid : 0;
  }
  override lookup(task: Task, name: string): Inode | number {
    return this.#subject() === null ? -ESRCH : super.lookup(task, name);
  }
  override names(): readonly PseudoName[] {
    return this.#subject() === null ? [] : tables[this.#kind];
  }
  override entry(_task: Task, name: string): PseudoEntry | null {
    const subject = this.#subject;
    const row = byName[this.#kind].get(name);
    if (row === undefined || subject() === null) return null;
    const make = (superBlock: SuperBlock) => makeOwned(row, superBlock, subject, this);
    return { name, type: row.type, make };
  }
}

/** Makes what a row says, owned like the directory, whenever that is asked for. */
function makeOwned(row: Row, superBlock: SuperBlock, subject: Subject, directory: ProcessDirectory): PseudoInode {
  const inode = row.make(superBlock, subject);
  inode.owner = directory;
  inode.refresh();
  return inode;
}

class TaskList extends PseudoDirectory {
  readonly #group: ThreadGroup;
  readonly #made = new WeakMap<Task, ProcessDirectory>();
  constructor(superBlock: SuperBlock, group: ThreadGroup) {
    super(superBlock);
    this.#group = group;
  }
  override get remembers(): boolean {
    return false;
  }
  override refresh(): number {
    // Programs count their threads by it.
    this.nlink = 2 + this.#group.threads.length;
    return super.refresh();
  }
  override names(viewer: Task): readonly PseudoName[] {
    return this.#group.threads.map((task) => ({ name: String(this.#number(viewer, task)), type: DT_DIR }));
  }
  #number(viewer: Task, task: Task): number {
    return ((this.superBlock as ProcSuperBlock).pids ?? viewer.ns.pid).inside(task.tid);
  }
  override entry(viewer: Task, name: string): PseudoEntry | null {
    const task = this.#group.threads.find((other) => String(this.#number(viewer, other)) === name);
    if (task === undefined) return null;
    const make = (superBlock: SuperBlock) => {
      let made = this.#made.get(task);
      if (made === undefined) {
        made = ProcessDirectory.thread(superBlock, () => (this.#group.threads.includes(task) ? task : null));
        this.#made.set(task, made);
      }
      made.refresh();
      return made;
    };
    return { name, type: DT_DIR, make };
  }
}
