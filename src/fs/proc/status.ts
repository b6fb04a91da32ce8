/** /proc/PID/stat, statm and status: what a process or thread is and uses, in Linux's formats (proc_pid_stat(5), ...). */
import { RLIMIT_SIGPENDING } from '#abi/resource.ts';
import { SCHED_FIFO, SCHED_RR } from '#abi/sched.ts';
import type { PidNamespace } from '#kernel/pid-namespace.ts';
import { type SigSet, sigset } from '#kernel/sigset.ts';
import { affinityCpus } from '#kernel/affinity.ts';
import { type Task, TaskState } from '#kernel/task.ts';
import { PROT_EXEC, PROT_WRITE } from '#abi/mman.ts';
import { VM_GROWSDOWN } from '#mm/vma.ts';
import { PAGE } from '#mm/memory-map.ts';
import { cpuList, cpuMask } from './cpu-set.ts';
import { hostStat, processText, statusField, statusKilobytes, threadText } from './host-process.ts';
import { mayInspect } from './inspect.ts';

const TICKS = 100;
const NSIG = 64;
const SIG_DFL = 0;
const SIG_IGN = 1;
/** Flags of field 9 (PF_*) that this kernel keeps. */
const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;
const PF_RANDOMIZE = 0x400000;
const RSS_UNLIMITED = '18446744073709551615';

export function ticks(ns: number): number {
  return Math.floor((ns * TICKS) / 1e9);
}

const LETTERS = { R: 'running', S: 'sleeping', D: 'disk sleep', T: 'stopped', t: 'tracing stop', Z: 'zombie' } as const;
type Letter = keyof typeof LETTERS;

function letter(task: Task): Letter {
  if (task.exiting) return 'Z';
  switch (task.state) {
    case TaskState.Running:
      return 'R';
    case TaskState.Sleeping:
      return 'S';
    case TaskState.SleepingKillable:
      return 'D';
    case TaskState.Stopped:
      return task.ptrace === null ? 'T' : 't';
    case TaskState.Zombie:
      return 'Z';
    default:
      return task.state satisfies never;
  }
}

/** Mapped pages by kind, as mm_struct counts them. */
interface Mapped {
  total: number;
  text: number;
  executable: number;
  data: number;
  stack: number;
}

function mapped(task: Task): Mapped {
  const { mm } = task;
  const sums: Mapped = { total: mm.areas.total / PAGE, text: 0, executable: 0, data: 0, stack: 0 };
  for (const area of mm.areas) {
    const pages = (area.end - area.start) / PAGE;
    const writable = (area.prot & PROT_WRITE) !== 0;
    if ((area.flags & VM_GROWSDOWN) !== 0 || area.name === '[stack]') sums.stack += pages;
    else if ((area.prot & PROT_EXEC) !== 0 && !writable) sums.executable += pages;
    else if (writable && !area.isShared) sums.data += pages;
  }
  sums.text = Math.ceil(mm.codeEnd / PAGE) - Math.floor(mm.codeStart / PAGE);
  return sums;
}

export function setHex(set: SigSet): string {
  return set.hi.toString(16).padStart(8, '0') + set.lo.toString(16).padStart(8, '0');
}

/** Signals that are ignored, and those with a handler. */
function actions(task: Task): { ignored: SigSet; caught: SigSet } {
  const { handlers } = task.group;
  const ignored = [0, 0] as [number, number];
  const caught = [0, 0] as [number, number];
  for (let signal = 1; signal <= NSIG; signal += 1) {
    const { handler } = handlers.get(signal);
    if (handler === SIG_DFL) continue;
    (handler === SIG_IGN ? ignored : caught)[signal > 32 ? 1 : 0] |= 1 << ((signal - 1) & 31);
  }
  return { ignored: sigset(...ignored), caught: sigset(...caught) };
}
/** The old fields hold 31 signals. */
function oldSet(set: SigSet): number {
  return set.lo & 0x7fffffff;
}

export function isRealtime(task: Task): boolean {
  return task.schedPolicy === SCHED_FIFO || task.schedPolicy === SCHED_RR;
}
export function priority(task: Task): number {
  return isRealtime(task) ? -1 - task.schedPriority : 20 + task.nice;
}

/** proc_pid_stat(5). `whole`: the sums of all threads (the process's own file), else the thread's. Addresses only for who may inspect. */
export function stat(task: Task, viewer: Task, whole: boolean): string {
  const { group, mm, kernel } = task;
  const gone = task.exiting;
  const may = mayInspect(viewer, task);
  const see = may && !gone;
  const { usage, childrenUsage: children } = group;
  // A leader that has ended before its threads still stands for the process.
  const living = whole && gone ? group.liveThreads[0] : task;
  const ended = living === undefined || living.exiting;
  const host = hostStat(living ?? task, whole);
  const terminal = group.session.terminal;
  const number = (id: number) => viewer.ns.pid.inside(id);
  const address = (value: number) => (see ? value : 0);
  const { ignored, caught } = actions(task);
  const state = letter(task);
  const flags = PF_RANDOMIZE | (group.hasExeced ? 0 : PF_FORKNOEXEC) | (gone ? PF_EXITING : 0);
  const fields: (number | string)[] = [
    number(task.tid),
    `(${task.comm})`,
    state,
    number(group.parent?.pid ?? 0),
    number(group.processGroup.id),
    number(group.session.id),
    terminal?.deviceNumber ?? 0,
    terminal?.foregroundGroup === null || terminal === null ? -1 : number(terminal.foregroundGroup.id),
    flags,
    ended ? usage.minorFaults : host.minorFaults,
    whole ? children.minorFaults : 0,
    ended ? usage.majorFaults : host.majorFaults,
    whole ? children.majorFaults : 0,
    ended ? ticks(usage.userNs) : host.userTicks,
    ended ? ticks(usage.systemNs) : host.systemTicks,
    ticks(children.userNs),
    ticks(children.systemNs),
    priority(task),
    task.nice,
    group.threads.length,
    0,
    ticks(task.startNs - kernel.bootNs),
    gone ? 0 : mm.areas.total,
    host.resident,
    RSS_UNLIMITED,
    gone ? 0 : see ? mm.codeStart : 1,
    gone ? 0 : see ? mm.codeEnd : 1,
    address(mm.stackTop),
    0,
    0,
    oldSet(task.pending.set),
    oldSet(task.mask),
    oldSet(ignored),
    oldSet(caught),
    may && state !== 'R' ? 1 : 0,
    0,
    0,
    task.isLeader ? group.exitSignal : -1,
    host.processor,
    isRealtime(task) ? task.schedPriority : 0,
    task.schedPolicy,
    0,
    0,
    0,
    address(mm.dataStart),
    address(mm.dataEnd),
    address(mm.brkStart),
    address(mm.argStart),
    address(mm.argEnd),
    address(mm.envStart),
    address(mm.envEnd),
    may && gone ? group.exitStatus : 0,
  ];
  return `${fields.join(' ')}\n`;
}

export function statm(task: Task): string {
  if (task.exiting) return '0 0 0 0 0 0 0\n';
  const [, resident = '0', shared = '0'] = processText(task, 'statm').split(' ');
  const size = mapped(task);
  return `${size.total} ${resident} ${shared} ${size.text} 0 ${size.data + size.stack} 0\n`;
}

function memoryLines(task: Task, host: string): string {
  const { mm } = task;
  const size = mapped(task);
  const line = (name: string, kilobytes: number) => `${name}:\t${String(kilobytes).padStart(8)} kB\n`;
  const pages = (name: string, count: number) => line(name, count * (PAGE / 1024));
  const same = (name: string) => line(name, statusKilobytes(host, name));
  return (
    pages('VmPeak', Math.max(mm.areas.peak / PAGE, size.total)) +
    pages('VmSize', size.total) +
    pages('VmLck', mm.lockedBytes / PAGE) +
    pages('VmPin', 0) +
    same('VmHWM') +
    same('VmRSS') +
    same('RssAnon') +
    same('RssFile') +
    same('RssShmem') +
    pages('VmData', size.data) +
    pages('VmStk', size.stack) +
    pages('VmExe', size.text) +
    pages('VmLib', Math.max(size.executable - size.text, 0)) +
    same('VmPTE') +
    same('VmSwap') +
    'HugetlbPages:\t       0 kB\nCoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n'
  );
}

function filterCount(task: Task): number {
  let count = 0;
  for (let state = task.seccomp; state !== null; state = state.parent) if (state.program !== null) count += 1;
  return count;
}

/** proc_pid_status(5). */
export function status(task: Task, viewer: Task): string {
  const { userNs } = viewer.creds;
  const number = (id: number) => viewer.ns.pid.inside(id);
  const uids = (...ids: number[]) => ids.map((id) => userNs.showUid(id)).join('\t');
  const gids = (...ids: number[]) => ids.map((id) => userNs.showGid(id)).join('\t');
  // A number in each namespace from the viewer's to the task's own.
  const nested = (id: number) => {
    const numbers: number[] = [];
    for (let at: PidNamespace | null = task.ns.pid; at !== null && at.level >= viewer.ns.pid.level; at = at.parent)
      numbers.unshift(at.inside(id));
    return numbers.join('\t');
  };
  const { creds, group, kernel } = task;
  const state = letter(task);
  const host = threadText(task, 'status');
  const cpus = affinityCpus(task);
  const name =
    task.comm.includes('\\') || task.comm.includes('\n') ? task.comm.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : task.comm;
  const { ignored, caught } = actions(task);
  const same = (field: string, otherwise: string) => `${field}:\t${statusField(host, field) ?? otherwise}\n`;
  return (
    `Name:\t${name}\n` +
    (task.exiting ? '' : `Umask:\t${task.fs.umask.toString(8).padStart(4, '0')}\n`) +
    `State:\t${state} (${LETTERS[state]})\n` +
    `Tgid:\t${number(group.pid)}\nNgid:\t0\nPid:\t${number(task.tid)}\nPPid:\t${number(group.parent?.pid ?? 0)}\nTracerPid:\t${task.ptrace === null ? 0 : number(task.ptrace.tracer.tid)}\n` +
    `Uid:\t${uids(creds.uid, creds.euid, creds.suid, creds.fsuid)}\n` +
    `Gid:\t${gids(creds.gid, creds.egid, creds.sgid, creds.fsgid)}\n` +
    `FDSize:\t${task.exiting ? 0 : Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(task.files.length, 1))))}\n` +
    `Groups:\t${creds.groups.map((gid) => userNs.showGid(gid)).join(' ')} \n` +
    `NStgid:\t${nested(group.pid)}\nNSpid:\t${nested(task.tid)}\nNSpgid:\t${nested(group.processGroup.id)}\nNSsid:\t${nested(group.session.id)}\nKthread:\t0\n` +
    (task.exiting ? '' : memoryLines(task, host)) +
    `Threads:\t${group.threads.length}\n` +
    `SigQ:\t${task.pending.queue.length + group.pending.queue.length}/${task.limit(RLIMIT_SIGPENDING)}\n` +
    `SigPnd:\t${setHex(task.pending.set)}\nShdPnd:\t${setHex(group.pending.set)}\nSigBlk:\t${setHex(task.mask)}\n` +
    `SigIgn:\t${setHex(ignored)}\nSigCgt:\t${setHex(caught)}\n` +
    `CapInh:\t${creds.inheritable}\nCapPrm:\t${creds.permitted}\nCapEff:\t${creds.effective}\nCapBnd:\t${creds.bounding}\nCapAmb:\t${creds.ambient}\n` +
    `NoNewPrivs:\t${creds.noNewPrivs ? 1 : 0}\nSeccomp:\t${task.seccomp?.mode ?? 0}\nSeccomp_filters:\t${filterCount(task)}\n` +
    same('Speculation_Store_Bypass', 'unknown') +
    same('SpeculationIndirectBranch', 'unknown') +
    `Cpus_allowed:\t${cpuMask(cpus, kernel.cpuCount)}\nCpus_allowed_list:\t${cpuList(cpus)}\nMems_allowed:\t1\nMems_allowed_list:\t0\n` +
    `voluntary_ctxt_switches:\t${task.voluntarySwitches}\n` +
    same('nonvoluntary_ctxt_switches', '0')
  );
}
