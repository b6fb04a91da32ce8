/** /proc/PID and /proc/PID/task/TID: one directory class, for a process or for a thread. */
import { EACCES, EINVAL, ENOENT, ESRCH } from '#abi/errno.ts';
import { CAP_SYS_PTRACE, CAP_SYS_RESOURCE } from '#abi/capability.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import { DT_DIR, directory, file, type Generate, link, ListedDirectory, PseudoDirectory, type PseudoEntry, type PseudoInode } from '../pseudo/pseudo.ts';
import type { Path } from '../vfs/path.ts';
import { pathString } from '../vfs/path-string.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { fdDirectory, fdinfoDirectory } from './fds.ts';
import * as maps from './maps.ts';
import { MemoryFile } from './mem-file.ts';
import { mountinfo, mounts, mountstats } from './mounts.ts';
import { networkDirectory } from './net.ts';
import { namespaceLinks } from './ns.ts';
import * as status from './status.ts';

/** The task a directory is about; null once it is gone. */
type Subject = () => Task | null;

/** May `viewer` see what is private to `subject` (ptrace access, as proc(5) says)? */
export function mayInspect(viewer: Task, subject: Task): boolean {
  if (viewer.group === subject.group || viewer.capable(CAP_SYS_PTRACE)) return true;
  const [a, b] = [viewer.creds, subject.creds];
  return (
    a.fsuid === b.uid && a.fsuid === b.euid && a.fsuid === b.suid && a.fsgid === b.gid && a.fsgid === b.egid && a.fsgid === b.sgid &&
    subject.group.dumpable === 1 && b.permitted.isSubsetOf(a.permitted)
  );
}

/** A generator that needs the task alive, and nothing else. */
function of(subject: Subject, generate: (task: Task, viewer: Task) => string | number): Generate {
  return (viewer) => {
    const task = subject();
    return task === null ? -ESRCH : generate(task, viewer);
  };
}
/** One that shows private things. */
function guarded(subject: Subject, generate: (task: Task, viewer: Task) => string | number): Generate {
  return of(subject, (task, viewer) => (mayInspect(viewer, task) ? generate(task, viewer) : -EACCES));
}

function magic(subject: Subject, find: (task: Task) => Path | null): (viewer: Task) => Path | number {
  return (viewer) => {
    const task = subject();
    if (task === null) return -ENOENT;
    if (!mayInspect(viewer, task)) return -EACCES;
    return find(task) ?? -ENOENT;
  };
}
function place(name: string, subject: Subject, find: (task: Task) => Path | null): PseudoEntry {
  const follow = magic(subject, find);
  return link(
    name,
    (viewer) => {
      const path = follow(viewer);
      return typeof path === 'number' ? path : pathString(path, viewer.fs.root);
    },
    follow,
  );
}

function commonEntries(subject: Subject): PseudoEntry[] {
  return [
    directory('attr', () => ['current', 'exec', 'fscreate', 'keycreate', 'prev', 'sockcreate'].map((name) => file(name, () => -EINVAL, 0o644))),
    file('auxv', guarded(subject, (task) => Buffer.from(task.mm.auxv).toString('latin1')), 0o400),
    file('cgroup', of(subject, () => '0::/\n')),
    file('clear_refs', () => '', 0o200, (_viewer, text) => text.length),
    file('cmdline', of(subject, maps.cmdline)),
    file(
      'comm',
      of(subject, (task) => `${task.comm}\n`),
      0o644,
      (viewer, text) => {
        const task = subject();
        if (task === null) return -ESRCH;
        if (task.group !== viewer.group) return -EINVAL;
        task.comm = text.replace(/\n$/, '').slice(0, 15);
        return text.length;
      },
    ),
    place('cwd', subject, (task) => (task.exiting ? null : task.fs.cwd)),
    file('environ', guarded(subject, maps.environ), 0o400),
    place('exe', subject, (task) => task.group.executable?.path ?? null),
    directory('fd', (viewer) => fdDirectory(subject, viewer), 0o500),
    directory('fdinfo', (viewer) => fdinfoDirectory(subject, viewer), 0o555),
    file('gid_map', () => '         0          0 4294967295\n', 0o644),
    file('io', guarded(subject, () => 'rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n'), 0o400),
    file('limits', of(subject, status.limits)),
    file('loginuid', () => '4294967295', 0o644),
    file('maps', guarded(subject, maps.maps)),
    { name: 'mem', type: 8, make: (superBlock) => new MemoryFile(superBlock, subject) },
    file('mountinfo', of(subject, mountinfo)),
    file('mounts', of(subject, mounts)),
    directory('net', (viewer) => networkDirectory(viewer)),
    directory('ns', () => namespaceLinks(subject), 0o511),
    file('numa_maps', guarded(subject, maps.numaMaps)),
    file('oom_adj', of(subject, (task) => `${Math.floor((task.group.oomScoreAdj * 17) / 1000)}\n`), 0o644),
    file('oom_score', of(subject, () => '666\n')),
    file(
      'oom_score_adj',
      of(subject, (task) => `${task.group.oomScoreAdj}\n`),
      0o644,
      (viewer, text) => {
        const task = subject();
        const value = Number(text.trim());
        if (task === null) return -ESRCH;
        if (!Number.isInteger(value) || value < -1000 || value > 1000) return -EINVAL;
        if (value < task.group.oomScoreAdj && !viewer.capable(CAP_SYS_RESOURCE)) return -EACCES;
        task.group.oomScoreAdj = value;
        return text.length;
      },
    ),
    file('pagemap', guarded(subject, () => ''), 0o400),
    file('personality', guarded(subject, (task) => `${(task.personality >>> 0).toString(16).padStart(8, '0')}\n`), 0o400),
    place('root', subject, (task) => (task.exiting ? null : task.fs.root)),
    file('sched', of(subject, status.sched), 0o644),
    file('schedstat', of(subject, status.schedstat)),
    file('sessionid', () => '4294967295'),
    file('setgroups', () => 'allow\n', 0o644),
    file('smaps', guarded(subject, maps.smaps)),
    file('smaps_rollup', guarded(subject, maps.smapsRollup)),
    file('stack', guarded(subject, () => ''), 0o400),
    file('statm', of(subject, status.statm)),
    file('status', of(subject, status.status)),
    file('syscall', guarded(subject, status.syscall), 0o400),
    file('timerslack_ns', of(subject, (task) => `${task.timerSlackNs}\n`), 0o666),
    file('uid_map', () => '         0          0 4294967295\n', 0o644),
    file('wchan', of(subject, status.wchan)),
  ];
}

const byGroup = new WeakMap<object, Map<SuperBlock, ProcessDirectory>>();

export class ProcessDirectory extends PseudoDirectory {
  readonly #subject: Subject;
  readonly #list: PseudoEntry[];
  #byName: Map<string, PseudoEntry>;

  private constructor(superBlock: SuperBlock, subject: Subject, list: PseudoEntry[]) {
    super(superBlock, 0o555);
    this.#subject = subject;
    this.#list = list;
    this.#byName = new Map(list.map((entry) => [entry.name, entry]));
    this.refresh();
  }

  /** The directory for `pid`: one per process and instance of proc, so that it stays the same inode. */
  static of(superBlock: SuperBlock, viewer: Task, pid: number): PseudoInode {
    const { pids } = viewer.kernel;
    const group = pids.groups.get(pid);
    if (group === undefined) {
      const thread = pids.tasks.get(pid);
      return new ProcessDirectory(superBlock, () => (thread?.exiting ? null : (thread ?? null)), [...commonEntries(() => thread ?? null), statOf(() => thread ?? null, false)]);
    }
    const known = byGroup.get(group) ?? new Map<SuperBlock, ProcessDirectory>();
    byGroup.set(group, known);
    let made = known.get(superBlock);
    if (made === undefined) {
      const subject: Subject = () => (pids.groups.get(pid) === group ? group.leader : null);
      made = new ProcessDirectory(superBlock, subject, [
        ...commonEntries(subject),
        file('coredump_filter', of(subject, () => '00000033\n'), 0o644, (_viewer, text) => text.length),
        directory('map_files', () => [], 0o500),
        file('mountstats', of(subject, mountstats), 0o400),
        statOf(subject, true),
        taskDirectory(group),
        file('timers', of(subject, () => '')),
      ]);
      known.set(superBlock, made);
    }
    made.refresh();
    return made;
  }

  /** Owned by the process's effective ids; by root when it is not dumpable. */
  override refresh(): number {
    const task = this.#subject();
    const own = task !== null && task.group.dumpable === 1;
    this.uid = own ? task.creds.euid : 0;
    this.gid = own ? task.creds.egid : 0;
    return 0;
  }
  override entries(_task: Task): readonly PseudoEntry[] {
    return this.#subject() === null ? [] : this.#list;
  }
  override entry(_task: Task, name: string): PseudoEntry | null {
    return this.#subject() === null ? null : (this.#byName.get(name) ?? null);
  }
  static thread(superBlock: SuperBlock, subject: Subject): ProcessDirectory {
    return new ProcessDirectory(superBlock, subject, [...commonEntries(subject), statOf(subject, false), file('children', of(subject, status.children))]);
  }
}

function statOf(subject: Subject, whole: boolean): PseudoEntry {
  return file('stat', of(subject, (task, viewer) => status.stat(task, viewer, whole)));
}

function taskDirectory(group: ThreadGroup): PseudoEntry {
  return {
    name: 'task',
    type: DT_DIR,
    make: (superBlock) => new TaskList(superBlock, group),
  };
}

class TaskList extends ListedDirectory {
  readonly #group: ThreadGroup;
  readonly #made = new WeakMap<Task, ProcessDirectory>();
  constructor(superBlock: SuperBlock, group: ThreadGroup) {
    super(superBlock, () => []);
    this.#group = group;
  }
  override get remembers(): boolean {
    return false;
  }
  override entries(): readonly PseudoEntry[] {
    return this.#group.threads.map((task) => this.#entryOf(task));
  }
  override entry(_viewer: Task, name: string): PseudoEntry | null {
    const task = this.#group.threads.find((other) => String(other.tid) === name);
    return task === undefined ? null : this.#entryOf(task);
  }
  #entryOf(task: Task): PseudoEntry {
    const make = (superBlock: SuperBlock) => {
      let made = this.#made.get(task);
      if (made === undefined) {
        made = ProcessDirectory.thread(superBlock, () => (this.#group.threads.includes(task) ? task : null));
        this.#made.set(task, made);
      }
      made.refresh();
      return made;
    };
    return { name: String(task.tid), type: DT_DIR, make };
  }
}

