/**
 * The trace of --strace: one line per system call, in the manner of strace(1).
 *
 *   [pid     3] openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3 <0.000031>
 *
 * Arguments that go in are read when the call starts; what it fills is read when it ends. A call that is still open when
 * another task has something to say is written as unfinished, and resumed later.
 */
import { errnoName } from '#abi/errno.ts';
import { signalName } from '#abi/signal.ts';
import type { NamedRow, SyscallName } from '#abi/syscalls.ts';
import { type Call, formats, isOut, pollResult, selectResult } from './format.ts';
import type { ReadMemory } from './guest.ts';
import { hex } from './names.ts';
import { lateArgument, special } from './special.ts';
import { openFlags, structs } from './structs.ts';

export interface StraceOptions {
  /** Takes one line, without its newline. */
  write(line: string): void;
  /** Calls to show; all if absent. */
  only?: ReadonlySet<string>;
  /** Bytes of data shown per string; 32. */
  maxString?: number;
  /** Show the time a call took; true. */
  times?: boolean;
}

interface Open {
  readonly call: Call;
  /** By argument; null for what only the end can tell, and '' for the first that is left out. */
  readonly parts: (string | null)[];
  readonly startNs: number;
  /** Characters of the line that are already written, when it was cut. */
  unfinished: boolean;
  shown: number;
}

/** Results that are addresses or flag words. */
const hexResults = new Set<SyscallName>(['mmap', 'brk', 'mremap', 'shmat']);
const neverReturn = new Set<SyscallName>(['exit', 'exit_group']);

/** The result when a call has none: its task is gone, or all registers were replaced. */
export const NO_RESULT = Number.NaN;

export class Strace {
  readonly #options: StraceOptions;
  readonly #open = new Map<number, Open>();
  /** The task whose line is begun and not ended. */
  #current = 0;

  constructor(options: StraceOptions) {
    this.#options = options;
  }

  shows(name: string): boolean {
    return this.#options.only === undefined || this.#options.only.has(name);
  }

  /** A call starts. Unknown numbers have no row. */
  enter(tid: number, row: NamedRow | undefined, nr: number, args: ArrayLike<number>, read: ReadMemory, nowNs: number): void {
    if (!this.shows(row?.name ?? `syscall_${nr}`)) return;
    this.#cut(tid);
    const call: Call = {
      row: row ?? unknownRow(nr),
      args: Array.from(args).slice(0, row?.args.length ?? 0),
      read,
      maxString: this.#options.maxString ?? 32,
      result: 0,
    };
    const late = lateArgument[call.row.name];
    const parts = call.row.args.map((kind, index) => ((isOut(kind) && late !== -1) || late === index ? null : format(call, index)));
    this.#open.set(tid, { call, parts, startNs: nowNs, unfinished: false, shown: 0 });
    this.#current = tid;
  }

  /** The call of `tid` ends; `read` reads its memory now, which execve may have replaced. */
  exit(tid: number, result: number, read: ReadMemory, nowNs: number): void {
    const open = this.#open.get(tid);
    if (open === undefined) return;
    this.#open.delete(tid);
    if (this.#current !== tid) this.#cut(tid);
    this.#current = 0;
    const { call, parts } = open;
    const after: Call = { ...call, read, result };
    const all = parts.map((part, index) => part ?? format(after, index));
    const { name } = call.row;
    const start = open.unfinished ? `<... ${name} resumed>${shownArguments(all, open.shown)}` : `${name}(${shownArguments(all, 0)}`;
    const time = this.#options.times === false ? '' : ` <${((nowNs - open.startNs) / 1e9).toFixed(6)}>`;
    this.#line(tid, `${`${start})`.padEnd(39)} = ${resultText(after)}${time}`);
  }

  /** A signal is delivered; `info` is a siginfo_t. */
  signal(tid: number, info: DataView): void {
    this.#cut(0);
    this.#line(tid, `--- ${signalName(info.getInt32(0, true))} ${structs.siginfo.format(info, 0)} ---`);
  }

  /** A task is gone with this wait status. */
  exited(tid: number, status: number): void {
    this.#cut(0);
    this.#open.delete(tid);
    const text =
      (status & 0x7f) === 0
        ? `exited with ${(status >>> 8) & 0xff}`
        : `killed by ${signalName(status & 0x7f)}${(status & 0x80) === 0 ? '' : ' (core dumped)'}`;
    this.#line(tid, `+++ ${text} +++`);
  }

  /** Writes calls that never ended, when the sandbox is over or a prompt must not wait. */
  flush(): void {
    this.#cut(0);
  }

  /** Ends the line of the task that spoke last, unless it is `tid`. */
  #cut(tid: number): void {
    const last = this.#current;
    if (last === 0 || last === tid) return;
    this.#current = 0;
    const open = this.#open.get(last);
    if (open === undefined || open.unfinished) return;
    const known = open.parts.indexOf(null);
    const shown = known < 0 ? open.parts : open.parts.slice(0, known);
    open.unfinished = true;
    open.shown = shown.length;
    const more = known >= 0 && shown.length > 0 ? ', ' : '';
    this.#line(last, `${open.call.row.name}(${shownArguments(shown, 0)}${more} <unfinished ...>`);
  }

  #line(tid: number, text: string): void {
    this.#options.write(`[pid ${String(tid).padStart(5)}] ${text}`);
  }
}

function format(call: Call, index: number): string {
  const kind = call.row.args[index];
  if (kind === undefined) return '';
  return special[call.row.name]?.(call, index) ?? formats[kind](call, call.args[index] ?? 0, index);
}

/** From argument `from` up to the first that is left out. */
function shownArguments(parts: readonly (string | null)[], from: number): string {
  const end = parts.indexOf('');
  return parts.slice(from, end < 0 ? undefined : end).join(', ');
}

function resultText(call: Call): string {
  const { result } = call;
  const { name } = call.row;
  if (Number.isNaN(result) || neverReturn.has(name)) return '?';
  if (result < 0 && result > -4096) {
    return result <= -512 ? `? ${errnoName(result)}` : `-1 ${errnoName(result)}`;
  }
  if (hexResults.has(name)) return hex(result);
  if (name === 'fcntl' && call.args[1] === 1 && result === 1) return '0x1 (flags FD_CLOEXEC)';
  if (name === 'fcntl' && call.args[1] === 3) return `${hex(result)} (flags ${openFlags(result)})`;
  const found = name === 'poll' || name === 'ppoll' ? pollResult(call) : name === 'select' || name === 'pselect6' ? selectResult(call) : '';
  return found === '' ? String(result) : `${result} (${found})`;
}

function unknownRow(nr: number): NamedRow {
  return { name: `syscall_${nr}` as SyscallName, number: nr, args: [], codes: [], cost: 'other', support: 'none', note: '', errno: 0 };
}
