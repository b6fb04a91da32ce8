/**
 * Working set: referenced memory over a window. clear_refs unmarks the pages, the workload runs, smaps says which were
 * used since. Walking the page tables costs the target time, so it happens once and only when asked for (--wss).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { failed, noData, ok, Stopwatch, type Outcome } from './outcome.ts';

export interface WorkingSet {
  readonly referencedBytes: number;
  readonly residentBytes: number;
  /** Of the resident memory, that in huge pages: they keep the TLB's reach. */
  readonly hugeBytes: number;
}

/** Sums the lines of smaps or smaps_rollup (kB). Null where it has no Referenced line (no CONFIG_PROC_PAGE_MONITOR). */
export function parseSmaps(text: string): WorkingSet | null {
  let found = false;
  let referenced = 0;
  let resident = 0;
  let huge = 0;
  for (const match of text.matchAll(
    /^(Referenced|Rss|AnonHugePages|ShmemPmdMapped|FilePmdMapped|Shared_Hugetlb|Private_Hugetlb):\s+(\d+) kB$/gm,
  )) {
    const bytes = Number(match[2]) * 1024;
    if (match[1] === 'Referenced') {
      referenced += bytes;
      found = true;
    } else if (match[1] === 'Rss') {
      resident += bytes;
    } else {
      huge += bytes;
    }
  }
  return found ? { referencedBytes: referenced, residentBytes: resident, hugeBytes: huge } : null;
}

export class WorkingSetProbe {
  readonly stopwatch = new Stopwatch();
  readonly #pids: () => readonly number[];

  constructor(pids: () => readonly number[]) {
    this.#pids = pids;
  }

  /** Opens the window. */
  start(): Outcome<null> {
    return this.stopwatch.time(() => {
      let last = null as Error | null;
      let cleared = 0;
      for (const pid of this.#pids()) {
        try {
          writeFileSync(`/proc/${pid}/clear_refs`, '1');
          cleared++;
        } catch (error) {
          last = error as Error;
        }
      }
      return cleared > 0 ? ok(null) : refuse(last);
    });
  }

  read(): Outcome<WorkingSet> {
    return this.stopwatch.time(() => {
      let sum = null as WorkingSet | null;
      let last = null as Error | null;
      for (const pid of this.#pids()) {
        try {
          const set = parseSmaps(readRollup(pid));
          if (!set) return noData('this kernel does not track referenced pages', 'a kernel with CONFIG_PROC_PAGE_MONITOR');
          sum = {
            referencedBytes: (sum?.referencedBytes ?? 0) + set.referencedBytes,
            residentBytes: (sum?.residentBytes ?? 0) + set.residentBytes,
            hugeBytes: (sum?.hugeBytes ?? 0) + set.hugeBytes,
          };
        } catch (error) {
          last = error as Error;
        }
      }
      return sum ? ok(sum) : refuse(last);
    });
  }
}

/** smaps_rollup came with 4.14; before, the long list says the same. */
function readRollup(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return readFileSync(`/proc/${pid}/smaps`, 'latin1');
  }
}

function refuse(error: Error | null): Outcome<never> {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'EACCES' || code === 'EPERM') {
    return noData(`no permission to see which pages are used (${code})`, 'run as root or as the owner of the process');
  }
  if (code === 'ENOENT' || code === 'ESRCH' || error === null) return noData('the process has ended', 'measure a running process');
  return failed(`working set: ${error.message}`);
}
