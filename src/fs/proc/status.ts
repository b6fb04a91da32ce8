/** /proc/PID/stat, status, statm, limits and other summaries of a process or thread, in Linux's formats. */
import { RLIM_INFINITY } from '#abi/resource.ts';
import { collectUsage, taskCpuNs } from '#kernel/process/usage.ts';
import { type SigSet, SIG_BLOCK_NONE, sigsetHas, sigsetWith } from '#kernel/sigset.ts';
import { type Task, TaskState } from '#kernel/task.ts';
import { mayInspect } from './process.ts';

const TICKS = 100;
const NSIG = 64;
const SIG_DFL = 0;
const SIG_IGN = 1;

function ticks(ns: number): number {
  return Math.floor((ns * TICKS) / 1e9);
}

const LETTERS = { R: 'running', S: 'sleeping', D: 'disk sleep', T: 'stopped', Z: 'zombie' } as const;
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
      return 'T';
    case TaskState.Zombie:
      return 'Z';
    default:
      return task.state satisfies never;
  }
}

/** Sizes in pages, of the host's stub less what is the platform's own. */
interface Sizes {
  readonly total: number;
  readonly resident: number;
  readonly shared: number;
  readonly text: number;
  readonly data: number;
}

function sizes(task: Task): Sizes {
  if (task.exiting) return { total: 0, resident: 0, shared: 0, text: 0, data: 0 };
  const { mm, kernel } = task;
  const fields = kernel.hostProcessText(mm.space.hostPid, 'statm').split(' ').map(Number);
  return {
    total: Math.floor(mm.areas.total / 4096),
    resident: fields[1] ?? 0,
    shared: fields[2] ?? 0,
    text: Math.ceil((mm.codeEnd - mm.codeStart) / 4096),
    data: Math.floor(mm.dataBytes() / 4096),
  };
}

function setHex(set: SigSet): string {
  return set.hi.toString(16).padStart(8, '0') + set.lo.toString(16).padStart(8, '0');
}
/** Signals whose action is (`ignored`) SIG_IGN, or a handler. */
function actions(task: Task, ignored: boolean): SigSet {
  let set = SIG_BLOCK_NONE;
  for (let signal = 1; signal <= NSIG; signal += 1) {
    const { handler } = task.group.handlers.get(signal);
    if (ignored ? handler === SIG_IGN : handler !== SIG_DFL && handler !== SIG_IGN) set = sigsetWith(set, signal);
  }
  return set;
}
/** Standard signals only, as stat's old fields want them. */
function decimal(set: SigSet): number {
  return sigsetHas(set, 32) ? set.lo & 0x7fffffff : set.lo;
}

function priority(task: Task): number {
  return task.schedPolicy === 1 || task.schedPolicy === 2 ? -1 - task.schedPriority : 20 + task.nice;
}

/** proc_pid_stat(5). `whole`: sums over all threads (the process's file), else the thread's own. Addresses only for who may inspect. */
export function stat(task: Task, viewer: Task, whole: boolean): string {
  const { group, mm, kernel } = task;
  collectUsage(group);
  const see = mayInspect(viewer, task) && !task.exiting;
  const { usage, childrenUsage: children } = group;
  const userNs = whole ? usage.userNs : taskCpuNs(task);
  const size = sizes(task);
  const terminal = group.session.terminal;
  const address = (value: number) => (see ? value : 0);
  const rssLimit = '18446744073709551615';
  const fields: (number | string)[] = [
    task.tid,
    `(${task.comm})`,
    letter(task),
    group.parent?.pid ?? 0,
    group.processGroup.id,
    group.session.id,
    terminal?.deviceNumber ?? 0,
    terminal?.foregroundGroup?.id ?? -1,
    0x400000,
    usage.minorFaults,
    children.minorFaults,
    usage.majorFaults,
    children.majorFaults,
    ticks(userNs),
    ticks(whole ? usage.systemNs : 0),
    ticks(children.userNs),
    ticks(children.systemNs),
    priority(task),
    task.nice,
    group.threads.length,
    0,
    ticks(task.startNs - kernel.bootNs),
    size.total * 4096,
    size.resident,
    rssLimit,
    task.exiting ? 0 : address(mm.codeStart) || 1,
    task.exiting ? 0 : address(mm.codeEnd) || 1,
    address(mm.stackTop),
    0,
    0,
    decimal(task.pending.set),
    decimal(task.mask),
    decimal(actions(task, true)),
    decimal(actions(task, false)),
    letter(task) === 'R' ? 0 : 1,
    0,
    0,
    task.isLeader ? group.exitSignal : -1,
    0,
    task.schedPolicy === 1 || task.schedPolicy === 2 ? task.schedPriority : 0,
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
    see ? group.exitStatus : 0,
  ];
  return `${fields.join(' ')}\n`;
}

export function statm(task: Task): string {
  const size = sizes(task);
  return `${size.total} ${size.resident} ${size.shared} ${size.text} 0 ${size.data} 0\n`;
}

function cpuMask(task: Task): { mask: string; list: string } {
  const count = task.kernel.cpuCount;
  const allowed = task.affinity.length > 0 ? task.affinity : Array.from({ length: count }, (_, i) => i);
  let mask = 0;
  for (const cpu of allowed) if (cpu < 31) mask |= 1 << cpu;
  const ranges: string[] = [];
  for (let i = 0; i < allowed.length; ) {
    let end = i;
    while (allowed[end + 1] === (allowed[end] as number) + 1) end += 1;
    ranges.push(end === i ? String(allowed[i]) : `${allowed[i]}-${allowed[end]}`);
    i = end + 1;
  }
  return { mask: mask.toString(16), list: ranges.join(',') };
}

function memoryLines(task: Task): string {
  if (task.exiting) return '';
  const size = sizes(task);
  const { mm } = task;
  const kb = (pages: number) => `${String(pages * 4).padStart(8)} kB`;
  let stack = 0;
  for (const area of mm.areas) if (area.name === '[stack]') stack += (area.end - area.start) / 4096;
  const anonymous = Math.max(size.resident - size.shared, 0);
  const rows: [string, number][] = [
    ['VmPeak', size.total], ['VmSize', size.total], ['VmLck', mm.lockedBytes / 4096], ['VmPin', 0], ['VmHWM', size.resident], ['VmRSS', size.resident],
    ['RssAnon', anonymous], ['RssFile', size.shared], ['RssShmem', 0], ['VmData', size.data], ['VmStk', stack], ['VmExe', size.text], ['VmLib', 0],
    ['VmPTE', Math.ceil(size.total / 512 / 8)], ['VmSwap', 0],
  ];
  return `${rows.map(([name, pages]) => `${name}:\t${kb(pages)}\n`).join('')}HugetlbPages:\t       0 kB\nCoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n`;
}

/** proc_pid_status(5). */
export function status(task: Task): string {
  const { creds, group } = task;
  const state = letter(task);
  const cpus = cpuMask(task);
  const escaped = task.comm.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  const seccompMode = task.seccomp?.mode ?? 0;
  return (
    `Name:\t${escaped}\n` +
    (task.exiting ? '' : `Umask:\t${task.fs.umask.toString(8).padStart(4, '0')}\n`) +
    `State:\t${state} (${LETTERS[state]})\n` +
    `Tgid:\t${group.pid}\nNgid:\t0\nPid:\t${task.tid}\nPPid:\t${group.parent?.pid ?? 0}\nTracerPid:\t0\n` +
    `Uid:\t${creds.uid}\t${creds.euid}\t${creds.suid}\t${creds.fsuid}\n` +
    `Gid:\t${creds.gid}\t${creds.egid}\t${creds.sgid}\t${creds.fsgid}\n` +
    `FDSize:\t${Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(task.files.length, 1))))}\n` +
    `Groups:\t${creds.groups.map((gid) => `${gid} `).join('')}\n` +
    `NStgid:\t${group.pid}\nNSpid:\t${task.tid}\nNSpgid:\t${group.processGroup.id}\nNSsid:\t${group.session.id}\nKthread:\t0\n` +
    memoryLines(task) +
    `Threads:\t${group.threads.length}\n` +
    `SigQ:\t${task.pending.queue.length + group.pending.queue.length}/62000\n` +
    `SigPnd:\t${setHex(task.pending.set)}\nShdPnd:\t${setHex(group.pending.set)}\nSigBlk:\t${setHex(task.mask)}\n` +
    `SigIgn:\t${setHex(actions(task, true))}\nSigCgt:\t${setHex(actions(task, false))}\n` +
    `CapInh:\t${creds.inheritable}\nCapPrm:\t${creds.permitted}\nCapEff:\t${creds.effective}\nCapBnd:\t${creds.bounding}\nCapAmb:\t${creds.ambient}\n` +
    `NoNewPrivs:\t${creds.noNewPrivs ? 1 : 0}\nSeccomp:\t${seccompMode}\nSeccomp_filters:\t${task.seccomp?.filterCount ?? 0}\n` +
    'Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\tconditional enabled\n' +
    `Cpus_allowed:\t${cpus.mask}\nCpus_allowed_list:\t${cpus.list}\nMems_allowed:\t00000000,00000001\nMems_allowed_list:\t0\n` +
    `voluntary_ctxt_switches:\t${task.voluntarySwitches}\nnonvoluntary_ctxt_switches:\t0\n`
  );
}

const LIMIT_NAMES: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'], ['Max file size', 'bytes'], ['Max data size', 'bytes'], ['Max stack size', 'bytes'], ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'], ['Max processes', 'processes'], ['Max open files', 'files'], ['Max locked memory', 'bytes'], ['Max address space', 'bytes'],
  ['Max file locks', 'locks'], ['Max pending signals', 'signals'], ['Max msgqueue size', 'bytes'], ['Max nice priority', ''], ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
];

export function limits(task: Task): string {
  const show = (value: number) => (value >= RLIM_INFINITY ? 'unlimited' : String(value)).padEnd(20);
  const rows = LIMIT_NAMES.map(([name, unit], resource) => `${name.padEnd(25)} ${show(task.group.limits.soft(resource))} ${show(task.group.limits.hard(resource))} ${unit.padEnd(10)}\n`);
  return `${'Limit'.padEnd(25)} ${'Soft Limit'.padEnd(20)} ${'Hard Limit'.padEnd(20)} ${'Units'.padEnd(10)}\n${rows.join('')}`;
}

export function sched(task: Task): string {
  const rule = '-------------------------------------------------------------------\n';
  return (
    `${task.comm} (${task.tid}, #threads: ${task.group.threads.length})\n${rule}` +
    `se.sum_exec_runtime                          : ${(taskCpuNs(task) / 1e6).toFixed(6).padStart(20)}\n` +
    `nr_switches                                  : ${String(task.voluntarySwitches).padStart(20)}\n` +
    `policy                                       : ${String(task.schedPolicy).padStart(20)}\n` +
    `prio                                         : ${String(100 + priority(task)).padStart(20)}\n`
  );
}

export function schedstat(task: Task): string {
  return `${Math.floor(taskCpuNs(task))} 0 ${task.voluntarySwitches}\n`;
}

/** proc_pid_syscall(5). */
export function syscall(task: Task): string {
  if (task.blocking === null || task.exiting) return 'running\n';
  const { regs } = task.thread;
  const hexed = (value: number) => `0x${value.toString(16)}`;
  const args = task.callArgs.map((value) => hexed(value < 0 ? value + 2 ** 64 : value));
  return `${task.callNr} ${args.join(' ')} ${hexed(regs.get(15))} ${hexed(regs.get(16))}\n`;
}

export function wchan(task: Task): string {
  return task.blocking === null ? '0' : 'do_wait';
}

export function children(task: Task): string {
  return task.isLeader ? task.group.children.map((child) => `${child.pid} `).join('') : '';
}

