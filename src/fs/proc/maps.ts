/** /proc/PID/maps, smaps and what else is read out of a process's memory. */
import { EFAULT } from '#abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import type { Task } from '#kernel/task.ts';
import { VM_DONTDUMP, VM_DONTFORK, VM_GROWSDOWN, VM_HUGEPAGE, VM_LOCKED, VM_NOHUGEPAGE, VM_NORESERVE, VM_SHARED, VM_WIPEONFORK, type Vma } from '#mm/vma.ts';
import { pathString } from '../vfs/path-string.ts';

const MAX_STRINGS = 1 << 20;

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

/** One line without its newline. */
function line(area: Vma, viewer: Task): string {
  let device = '00:00';
  let ino = 0;
  let name = area.name;
  let { offset } = area;
  if (area.file !== null) {
    const { inode } = area.file;
    device = `${hex(inode.superBlock.deviceMajor, 2)}:${hex(inode.superBlock.deviceMinor, 2)}`;
    ino = inode.ino;
    name = area.file.path === null ? area.file.describe() : pathString(area.file.path, viewer.fs.root);
  } else if (area.shared !== null) {
    device = '00:01';
    ino = area.shared.id;
    name = '/dev/zero (deleted)';
  } else offset = 0;
  const head = `${hex(area.start, 8)}-${hex(area.end, 8)} ${area.permissions} ${hex(offset, 8)} ${device} ${ino} `;
  return name === '' ? head : `${head.padEnd(73)}${name.replace(/\n/g, '\\012')}`;
}

export function maps(task: Task, viewer: Task): string {
  let text = '';
  for (const area of task.mm.areas) text += `${line(area, viewer)}\n`;
  return text;
}

/** What the host says of each area (resident, dirty, ...), by its start address; areas that the host split are added up. */
function hostAreas(task: Task): Map<number, Map<string, number>> {
  const text = task.kernel.hostProcessText(task.mm.space.hostPid, 'smaps');
  const all = new Map<number, Map<string, number>>();
  let current: Map<string, number> | null = null;
  let area: Vma | null = null;
  for (const row of text.split('\n')) {
    const range = /^([0-9a-f]+)-[0-9a-f]+ /.exec(row);
    if (range !== null) {
      area = task.mm.areas.find(Number.parseInt(range[1] as string, 16));
      current = area === null ? null : (all.get(area.start) ?? new Map<string, number>());
      if (area !== null && current !== null) all.set(area.start, current);
      continue;
    }
    const field = /^(\w+): +(\d+) kB$/.exec(row);
    if (field !== null && current !== null) {
      const name = field[1] as string;
      current.set(name, (current.get(name) ?? 0) + Number(field[2]));
    }
  }
  return all;
}

const FIELDS = [
  'Size', 'KernelPageSize', 'MMUPageSize', 'Rss', 'Pss', 'Pss_Dirty', 'Shared_Clean', 'Shared_Dirty', 'Private_Clean', 'Private_Dirty', 'Referenced',
  'Anonymous', 'KSM', 'LazyFree', 'AnonHugePages', 'ShmemPmdMapped', 'FilePmdMapped', 'Shared_Hugetlb', 'Private_Hugetlb', 'Swap', 'SwapPss', 'Locked',
] as const;

function fieldLine(name: string, kilobytes: number): string {
  return `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`;
}

function vmFlags(area: Vma): string {
  const flags: string[] = [];
  const may = (condition: boolean, name: string) => {
    if (condition) flags.push(name);
  };
  may((area.prot & PROT_READ) !== 0, 'rd');
  may((area.prot & PROT_WRITE) !== 0, 'wr');
  may((area.prot & PROT_EXEC) !== 0, 'ex');
  may((area.flags & VM_SHARED) !== 0, 'sh');
  flags.push('mr', 'mw', 'me');
  may((area.flags & VM_GROWSDOWN) !== 0, 'gd');
  may((area.flags & VM_LOCKED) !== 0, 'lo');
  may((area.flags & VM_DONTFORK) !== 0, 'dc');
  may((area.flags & VM_NORESERVE) !== 0, 'nr');
  may((area.flags & VM_DONTDUMP) !== 0, 'dd');
  may((area.flags & VM_WIPEONFORK) !== 0, 'wf');
  may((area.flags & VM_HUGEPAGE) !== 0, 'hg');
  may((area.flags & VM_NOHUGEPAGE) !== 0, 'nh');
  return `VmFlags: ${flags.join(' ')} \n`;
}

export function smaps(task: Task, viewer: Task): string {
  const host = hostAreas(task);
  let text = '';
  for (const area of task.mm.areas) {
    const known = host.get(area.start);
    text += `${line(area, viewer)}\n`;
    for (const name of FIELDS) {
      const size = (area.end - area.start) / 1024;
      const value = name === 'Size' ? size : name === 'KernelPageSize' || name === 'MMUPageSize' ? 4 : (known?.get(name) ?? 0);
      text += fieldLine(name, value);
    }
    text += `THPeligible:           0\n${vmFlags(area)}`;
  }
  return text;
}

export function smapsRollup(task: Task): string {
  const sums = new Map<string, number>();
  for (const area of hostAreas(task).values()) for (const [name, value] of area) sums.set(name, (sums.get(name) ?? 0) + value);
  let first = Infinity;
  let last = 0;
  for (const area of task.mm.areas) {
    first = Math.min(first, area.start);
    last = area.end;
  }
  let text = `${hex(first === Infinity ? 0 : first, 8)}-${hex(last, 8)} ---p 00000000 00:00 0`.padEnd(73);
  text += ' [rollup]\n';
  for (const name of FIELDS) if (name !== 'Size' && name !== 'KernelPageSize' && name !== 'MMUPageSize') text += fieldLine(name, sums.get(name) ?? 0);
  return text;
}

export function numaMaps(task: Task, viewer: Task): string {
  let text = '';
  for (const area of task.mm.areas) {
    const name = area.file?.path ? ` file=${pathString(area.file.path, viewer.fs.root)}` : area.name === '[heap]' ? ' heap' : area.name === '[stack]' ? ' stack' : '';
    text += `${hex(area.start, 8)} default${name}\n`;
  }
  return text;
}

/** Bytes [start, end) of the process's memory as a byte string, as far as readable. */
function memory(task: Task, start: number, end: number): string | number {
  const length = Math.min(end - start, MAX_STRINGS);
  if (task.exiting || length <= 0) return '';
  const bytes = Buffer.alloc(length);
  const n = task.mm.space.read(start, bytes, 0, length);
  return n < 0 ? -EFAULT : bytes.toString('latin1', 0, n);
}

/** The arguments; if the program wrote over their end (setproctitle), up to the first NUL, into the environment if need be. */
export function cmdline(task: Task): string {
  const { mm } = task;
  const text = memory(task, mm.argStart, mm.argEnd);
  if (typeof text === 'number') return '';
  if (text.length === 0 || text.endsWith('\0')) return text;
  const more = memory(task, mm.argStart, mm.envEnd);
  if (typeof more === 'number') return text;
  const end = more.indexOf('\0');
  return end < 0 ? more : more.slice(0, end + 1);
}

export function environ(task: Task): string {
  const text = memory(task, task.mm.envStart, task.mm.envEnd);
  return typeof text === 'number' ? '' : text;
}
