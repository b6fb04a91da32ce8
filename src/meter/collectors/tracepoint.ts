/**
 * Where tracefs says a tracepoint's number, and where a field lies in its record. Looks at the mounted tracefs first,
 * then at debugfs, then through a detached mount of our own (no trace left on the system; needs CAP_SYS_ADMIN).
 */
import { readFileSync } from 'node:fs';
import { errnoName, nativeMeter } from '../native-meter.ts';
import { failed, noData, ok, type Outcome } from './outcome.ts';

export interface Tracepoint {
  readonly id: number;
  /** Offset of the field `id` (the system call's number) in the raw record. */
  readonly numberOffset: number;
  readonly source: string;
}

const howTo = 'run as root, or: mount -t tracefs nodev /sys/kernel/tracing';

export function findSyscallTracepoint(
  readFile: (path: string) => string = readText,
  which: 'sys_enter' | 'sys_exit' = 'sys_enter',
): Outcome<Tracepoint> {
  const base = `events/raw_syscalls/${which}`;
  for (const root of tracefsRoots(readOr(readFile, '/proc/mounts'))) {
    const id = readOr(readFile, `${root}/${base}/id`);
    const format = readOr(readFile, `${root}/${base}/format`);
    if (id && format) return parse(id, format, root);
  }
  const native = nativeMeter();
  if (typeof native === 'string') return noData(native, 'native/meter/build.sh');
  const id = native.tracefsRead(`${base}/id`);
  const format = native.tracefsRead(`${base}/format`);
  if (typeof id === 'string' && typeof format === 'string') return parse(id, format, 'detached tracefs');
  const code = errnoName(typeof id === 'number' ? id : typeof format === 'number' ? format : 0);
  if (code === 'ENODEV') return noData('this kernel has no tracefs', 'a kernel with CONFIG_FTRACE_SYSCALLS');
  if (code === 'ENOENT') return noData(`this kernel has no tracepoint raw_syscalls:${which}`, 'a kernel with CONFIG_FTRACE_SYSCALLS');
  return noData(`tracefs is not mounted where we may read it (${code})`, howTo);
}

/** Mount points of tracefs, the usual places first. Old kernels show it only below debugfs. */
export function tracefsRoots(mounts: string): string[] {
  const roots = new Set(['/sys/kernel/tracing', '/sys/kernel/debug/tracing']);
  for (const line of mounts.split('\n')) {
    const [, at, type] = line.split(' ');
    if (at && type === 'tracefs') roots.add(at);
    if (at && type === 'debugfs') roots.add(`${at}/tracing`);
  }
  return [...roots];
}

export function parse(id: string, format: string, source: string): Outcome<Tracepoint> {
  const number = Number.parseInt(id, 10);
  const field = /field:long id;\s*offset:(\d+);\s*size:8;/.exec(format);
  if (!Number.isInteger(number) || number <= 0) return failed(`tracefs gave a tracepoint number that is none: ${id.trim()}`);
  if (!field) return failed('the format of the tracepoint has no 8-byte field id');
  return ok({ id: number, numberOffset: Number(field[1]), source });
}

function readText(path: string): string {
  return readFileSync(path, 'latin1');
}

/** Empty where the file cannot be read: the caller tries the next place. */
function readOr(readFile: (path: string) => string, path: string): string {
  try {
    return readFile(path);
  } catch {
    return '';
  }
}
