/** /proc/PID/maps, smaps and numa_maps: the areas of an address space, with what the host knows of their pages. */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import type { Task } from '#kernel/task.ts';
import {
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_SHARED,
  VM_WIPEONFORK,
  type Vma,
} from '#mm/vma.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { pathString } from '../vfs/path-string.ts';
import { processText } from './host-process.ts';

/** Column at which names start. */
const NAME_COLUMN = 73;

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
function newlineEscaped(name: string): string {
  return name.includes('\n') ? name.replaceAll('\n', '\\012') : name;
}

/** Names of mapped files; the areas of one file follow each other. */
class Names {
  readonly #viewer: Task;
  #file: OpenFile | null = null;
  #name = '';
  constructor(viewer: Task) {
    this.#viewer = viewer;
  }
  of(file: OpenFile): string {
    if (file !== this.#file) {
      this.#file = file;
      this.#name = file.path === null ? file.describe() : pathString(file.path, this.#viewer.fs.root);
    }
    return this.#name;
  }
}

/** One line without its newline. */
function line(area: Vma, names: Names): string {
  let device = '00:00';
  let ino = 0;
  let { name, offset } = area;
  if (area.file !== null) {
    const { inode } = area.file;
    device = `${hex(inode.superBlock.deviceMajor, 2)}:${hex(inode.superBlock.deviceMinor, 2)}`;
    ino = inode.ino;
    name = names.of(area.file);
  } else if (area.shared !== null) {
    device = '00:01';
    ino = area.shared.id;
    if (name === '') name = '/dev/zero (deleted)';
  } else offset = 0;
  const head = `${hex(area.start, 8)}-${hex(area.end, 8)} ${area.permissions} ${hex(offset, 8)} ${device} ${ino} `;
  return name === '' ? head : `${head.padEnd(NAME_COLUMN)}${newlineEscaped(name)}`;
}

export function maps(task: Task, viewer: Task): string {
  if (task.exiting) return '';
  const names = new Names(viewer);
  let text = '';
  for (const area of task.mm.areas) text += `${line(area, names)}\n`;
  return text;
}

/** Fields in KiB, in the order of proc_pid_smaps(5), after Size and the page sizes. */
const FIELDS = [
  'Rss',
  'Pss',
  'Pss_Dirty',
  'Shared_Clean',
  'Shared_Dirty',
  'Private_Clean',
  'Private_Dirty',
  'Referenced',
  'Anonymous',
  'KSM',
  'LazyFree',
  'AnonHugePages',
  'ShmemPmdMapped',
  'FilePmdMapped',
  'Shared_Hugetlb',
  'Private_Hugetlb',
  'Swap',
  'SwapPss',
  'Locked',
] as const;
/** smaps_rollup splits Pss further. */
const ROLLUP_FIELDS = ['Rss', 'Pss', 'Pss_Dirty', 'Pss_Anon', 'Pss_File', 'Pss_Shmem', ...FIELDS.slice(3)] as const;

/** What the host counts in one of the guest's areas, in KiB by field; its own areas, which may be smaller, are added up. */
type Counts = Record<string, number>;

/** By the start of the guest's area. Areas of the host's that hold nothing of the guest's (the platform's own) are left out. */
function hostCounts(task: Task): Map<number, Counts> {
  const all = new Map<number, Counts>();
  const text = processText(task, 'smaps');
  let counts: Counts | null = null;
  for (let at = 0; at < text.length; ) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const code = text.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) {
      const colon = text.indexOf(':', at);
      if (counts !== null && colon < end) {
        const kilobytes = Number.parseInt(text.slice(colon + 1, end).trimStart(), 10);
        const name = text.slice(at, colon);
        if (kilobytes > 0) counts[name] = (counts[name] ?? 0) + kilobytes;
      }
    } else {
      const area = task.mm.areas.find(Number.parseInt(text.slice(at, text.indexOf('-', at)), 16));
      counts = area === null ? null : (all.get(area.start) ?? {});
      if (area !== null && counts !== null) all.set(area.start, counts);
    }
    at = end + 1;
  }
  return all;
}

function fieldLine(name: string, kilobytes: number): string {
  return `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`;
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [VM_GROWSDOWN, 'gd'],
  [VM_LOCKED, 'lo'],
  [VM_DONTFORK, 'dc'],
  [VM_NORESERVE, 'nr'],
  [VM_DONTDUMP, 'dd'],
  [VM_WIPEONFORK, 'wf'],
  [VM_HUGEPAGE, 'hg'],
  [VM_NOHUGEPAGE, 'nh'],
];

function vmFlags(area: Vma): string {
  let text = 'VmFlags: ';
  if ((area.prot & PROT_READ) !== 0) text += 'rd ';
  if ((area.prot & PROT_WRITE) !== 0) text += 'wr ';
  if ((area.prot & PROT_EXEC) !== 0) text += 'ex ';
  if ((area.flags & VM_SHARED) !== 0) text += 'sh ';
  text += 'mr mw me ';
  for (const [flag, name] of FLAG_NAMES) if ((area.flags & flag) !== 0) text += `${name} `;
  // Private writable memory counts against the commit limit.
  if ((area.prot & PROT_WRITE) !== 0 && !area.isShared && (area.flags & VM_NORESERVE) === 0) text += 'ac ';
  return `${text}\n`;
}

export function smaps(task: Task, viewer: Task): string {
  if (task.exiting) return '';
  const host = hostCounts(task);
  const names = new Names(viewer);
  let text = '';
  for (const area of task.mm.areas) {
    const counts = host.get(area.start);
    text += `${line(area, names)}\n${fieldLine('Size', (area.end - area.start) / 1024)}${fieldLine('KernelPageSize', 4)}${fieldLine('MMUPageSize', 4)}`;
    for (const name of FIELDS) text += fieldLine(name, counts?.[name] ?? 0);
    text += `THPeligible:${' '.repeat(11)}${(counts?.['THPeligible'] ?? 0) > 0 ? 1 : 0}\n${vmFlags(area)}`;
  }
  return text;
}

export function smapsRollup(task: Task): string {
  if (task.exiting) return '';
  const sums: Counts = {};
  for (const [start, counts] of hostCounts(task)) {
    for (const name of FIELDS) sums[name] = (sums[name] ?? 0) + (counts[name] ?? 0);
    const area = task.mm.areas.find(start);
    const anonymous = Math.min(counts['Anonymous'] ?? 0, counts['Pss'] ?? 0);
    const rest = area === null || area.file === null ? (area?.shared === null ? 'Pss_Anon' : 'Pss_Shmem') : 'Pss_File';
    sums['Pss_Anon'] = (sums['Pss_Anon'] ?? 0) + anonymous;
    sums[rest] = (sums[rest] ?? 0) + (counts['Pss'] ?? 0) - anonymous;
  }
  let first = 0;
  let last = 0;
  for (const area of task.mm.areas) {
    if (last === 0) first = area.start;
    last = area.end;
  }
  let text = `${`${hex(first, 8)}-${hex(last, 8)} ---p 00000000 00:00 0 `.padEnd(NAME_COLUMN)}[rollup]\n`;
  for (const name of ROLLUP_FIELDS) text += fieldLine(name, sums[name] ?? 0);
  return text;
}

/** numa(7). Counts are the host's, of the first of its areas in each of the guest's: it splits them hardly ever. */
export function numaMaps(task: Task, viewer: Task): string {
  if (task.exiting) return '';
  const counts = new Map<number, string>();
  const names = new Names(viewer);
  for (const row of processText(task, 'numa_maps').split('\n')) {
    const area = task.mm.areas.find(Number.parseInt(row, 16));
    if (area === null || counts.has(area.start)) continue;
    counts.set(
      area.start,
      row
        .split(' ')
        .slice(2)
        .filter((word) => !word.startsWith('file=') && word !== 'heap' && word !== 'stack')
        .map((word) => ` ${word}`)
        .join(''),
    );
  }
  let text = '';
  for (const area of task.mm.areas) {
    const name = area.file?.path
      ? ` file=${names.of(area.file)}`
      : area.name === '[heap]'
        ? ' heap'
        : area.name === '[stack]'
          ? ' stack'
          : '';
    text += `${hex(area.start, 8)} default${name}${counts.get(area.start) ?? ''}\n`;
  }
  return text;
}
