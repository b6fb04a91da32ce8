/**
 * What is measured, in perf's terms: each entry is one (pid, cpu) pair to open a counter on. A process is its threads
 * with inheritance, so children count too; a cgroup is its descriptor on every CPU.
 */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

export interface ScopeEntry {
  /** A thread, -1 for all, or a cgroup's descriptor. */
  readonly pid: number;
  /** A CPU, or -1 for any. */
  readonly cpu: number;
}

export class Scope {
  readonly entries: readonly ScopeEntry[];
  readonly byCgroup: boolean;
  readonly perCpu: boolean;
  /** Counters start when the command is executed. */
  readonly onExec: boolean;
  readonly #cgroupFd: number | null;

  private constructor(entries: readonly ScopeEntry[], perCpu: boolean, onExec: boolean, cgroupFd: number | null) {
    this.entries = entries;
    this.perCpu = perCpu;
    this.onExec = onExec;
    this.byCgroup = cgroupFd !== null;
    this.#cgroupFd = cgroupFd;
  }

  static system(): Scope {
    return new Scope(
      onlineCpus().map((cpu) => ({ pid: -1, cpu })),
      true,
      false,
      null,
    );
  }

  static tasks(pids: readonly number[], onExec = false): Scope {
    return new Scope(
      pids.flatMap(threadsOf).map((pid) => ({ pid, cpu: -1 })),
      false,
      onExec,
      null,
    );
  }

  static cgroup(path: string): Scope {
    const fd = openSync(path, 'r');
    return new Scope(
      onlineCpus().map((cpu) => ({ pid: fd, cpu })),
      true,
      false,
      fd,
    );
  }

  close(): void {
    if (this.#cgroupFd !== null) closeSync(this.#cgroupFd);
  }
}

export function onlineCpus(): number[] {
  return parseCpuList(readFileSync('/sys/devices/system/cpu/online', 'latin1'));
}

/** "0-3,8" is 0, 1, 2, 3, 8. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** The threads of a process; none where it is gone. */
export function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}
