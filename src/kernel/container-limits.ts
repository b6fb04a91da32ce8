/**
 * What the container may use, as its programs see and meet it: memory, threads, CPUs. The host's cgroup is asked each time where
 * there is one, so that later changes hold; what config.json said stands in for it where there is none.
 */
import { type CgroupFile, guestPids, type HostCgroup } from './host-cgroup.ts';

/** linux.resources, as far as programs inside notice it. null: without limit. */
export interface LimitSpec {
  readonly memoryBytes: number | null;
  /** Memory and swap together. */
  readonly memorySwapBytes: number | null;
  readonly pids: number | null;
  readonly cpuQuotaUs: number | null;
  readonly cpuPeriodUs: number;
  readonly cpuShares: number | null;
  /** A list such as "0-2,4"; '' for every CPU. */
  readonly cpus: string;
}

/** How long an answer of the host is good for where it is wanted often. */
const FRESH_NS = 20_000_000;

export class ContainerLimits {
  readonly #host: HostCgroup;
  readonly #spec: LimitSpec | null;
  readonly #cpuCount: number;
  readonly #now: () => number;
  #pids = Infinity;
  #pidsReadNs = -Infinity;
  #cpus: readonly number[] = [];
  #cpusReadNs = -Infinity;
  /** Forks that the pids limit refused. */
  pidsRefused = 0;

  /** `spec` null: a sandbox whose cgroup was not made for it, as `belljar do` makes. */
  constructor(host: HostCgroup, spec: LimitSpec | null, cpuCount: number, now: () => number) {
    this.#host = host;
    this.#spec = spec;
    this.#cpuCount = cpuCount;
    this.#now = now;
  }

  hostText(name: CgroupFile): string | null {
    return this.#host.text(name);
  }
  #hostNumber(name: CgroupFile): number | null {
    const text = this.#host.text(name);
    if (text === null) return null;
    return text.startsWith('max') ? Infinity : Number(text);
  }

  /** Bytes; Infinity without limit. */
  get memoryMax(): number {
    return this.#hostNumber('memory.max') ?? this.#spec?.memoryBytes ?? Infinity;
  }
  /** Bytes; null if the host does not count. */
  get memoryCurrent(): number | null {
    return this.#hostNumber('memory.current');
  }
  get swapMax(): number {
    const host = this.#hostNumber('memory.swap.max');
    if (host !== null) return host;
    const { memoryBytes, memorySwapBytes } = this.#spec ?? {};
    return memorySwapBytes == null ? Infinity : Math.max(0, memorySwapBytes - (memoryBytes ?? 0));
  }
  get swapCurrent(): number {
    return this.#hostNumber('memory.swap.current') ?? 0;
  }

  /** Guest threads; Infinity without limit. */
  get pidsMax(): number {
    // Outside a container the host's limit is not about guests, and refuses by itself.
    if (this.#spec === null) return Infinity;
    const now = this.#now();
    if (now - this.#pidsReadNs < FRESH_NS) return this.#pids;
    this.#pidsReadNs = now;
    const host = this.#hostNumber('pids.max');
    // Where nothing was limited at the start a limit of the host may still come (update).
    const own = this.#spec.pids ?? Infinity;
    this.#pids = host === null ? own : host === Infinity ? Infinity : guestPids(host);
    return this.#pids;
  }

  /** Microseconds of `period` that all CPUs together may give; Infinity without limit. */
  get cpuMax(): { quotaUs: number; periodUs: number } {
    const text = this.#host.text('cpu.max');
    if (text !== null) {
      const [quota = 'max', period = '100000'] = text.trim().split(' ');
      return { quotaUs: quota === 'max' ? Infinity : Number(quota), periodUs: Number(period) };
    }
    return { quotaUs: this.#spec?.cpuQuotaUs ?? Infinity, periodUs: this.#spec?.cpuPeriodUs ?? 100000 };
  }
  get cpuShares(): number | null {
    return this.#spec?.cpuShares ?? null;
  }

  /** CPUs that guests may run on, rising; never empty. */
  get cpus(): readonly number[] {
    const now = this.#now();
    if (now - this.#cpusReadNs < FRESH_NS) return this.#cpus;
    this.#cpusReadNs = now;
    const text = this.#host.text('cpuset.cpus.effective')?.trim() || this.#spec?.cpus || '';
    const listed = parseCpuList(text, this.#cpuCount);
    this.#cpus = listed.length > 0 ? listed : Array.from({ length: this.#cpuCount }, (_, i) => i);
    return this.#cpus;
  }
  /** False if guests may use the whole machine. */
  get cpusRestricted(): boolean {
    return this.cpus.length < this.#cpuCount;
  }
}

/** CPUs below `count` in a list such as "0-2,4", rising. */
export function parseCpuList(text: string, count: number): number[] {
  const found: number[] = [];
  for (const part of text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (range === null) continue;
    const last = Math.min(Number(range[2] ?? range[1]), count - 1);
    for (let cpu = Number(range[1]); cpu <= last; cpu += 1) found.push(cpu);
  }
  return found;
}
