/**
 * What the kernel reads of the host to describe the machine: files of the host's /proc, its description of the CPUs in
 * sysfs, and the sandbox's own cgroup, all through descriptors opened at launch; and the stubs' /proc/PID.
 */
import type { HostCalls } from '#platform/platform.ts';
import { HostCgroup, type HostCgroupFiles } from './host-cgroup.ts';

const SYS_openat = 257;
const SYS_close = 3;
const SYS_getdents64 = 217;
const O_RDONLY_CLOEXEC = 0x80000;
const O_WRONLY_CLOEXEC = 0x80001;
const O_DIRECTORY = 0x10000;
const AT_FDCWD = -100;
const MAX_TEXT = 1 << 24;

/** Files that are described by text, by name in the host's /proc; the last two are transparent_hugepage/enabled and defrag of /sys/kernel/mm. */
export type HostFile = 'stat' | 'meminfo' | 'cpuinfo' | 'loadavg' | 'vmstat' | 'thpEnabled' | 'thpDefrag';
export interface HostFiles extends Readonly<Record<HostFile, number>> {
  /** O_PATH descriptor of /sys/devices/system/cpu; -1: none. */
  readonly cpus: number;
  readonly cgroup: HostCgroupFiles;
}

export class HostInfo {
  readonly #host: HostCalls;
  readonly #files: HostFiles;
  /** A directory descriptor of a procfs that shows the stubs; -1: /proc by name. */
  readonly #procFd: number;
  readonly cgroup: HostCgroup;
  /** Online, as the host counts. */
  readonly cpuCount: number;
  /** The host's /proc/stat when the sandbox began: what happened before is not this kernel's. */
  readonly #statAtBoot: string;
  #countersAtBoot: Map<string, number[]> | null = null;
  #cpuinfo: string | null = null;
  #buffer = new Uint8Array(16384);

  constructor(host: HostCalls, files: HostFiles, procFd: number) {
    this.#host = host;
    this.#files = files;
    this.#procFd = procFd;
    this.cgroup = new HostCgroup(files.cgroup, (fd) => this.#read(fd));
    this.#statAtBoot = this.text('stat');
    let cpus = 0;
    for (let at = this.#statAtBoot.indexOf('\ncpu'); at >= 0; at = this.#statAtBoot.indexOf('\ncpu', at + 4)) cpus += 1;
    this.cpuCount = Math.max(cpus, 1);
  }

  /** The file's text; empty if the host has none. */
  text(name: HostFile): string {
    if (name === 'cpuinfo' && this.#cpuinfo !== null) return this.#cpuinfo;
    const fd = this.#files[name];
    const text = fd < 0 ? '' : this.#read(fd);
    if (name === 'cpuinfo') this.#cpuinfo = text;
    return text;
  }

  /** Lines of /proc/stat that count events (cpu, cpuN, intr, ctxt, softirq), from the sandbox's beginning on. */
  machineCounters(): [string, number[]][] {
    this.#countersAtBoot ??= new Map(parseCounters(this.#statAtBoot));
    const base = this.#countersAtBoot;
    const now = parseCounters(this.text('stat'));
    for (const [name, values] of now) {
      const before = base.get(name);
      // Steal and idle times may step back a little on Linux.
      if (before !== undefined)
        for (let i = 0; i < values.length; i += 1) values[i] = Math.max(0, (values[i] as number) - (before[i] ?? 0));
    }
    return now;
  }

  #openProcess(hostPid: number, name: string, flags: number): number {
    const path = this.#procFd < 0 ? `/proc/${hostPid}/${name}` : `${hostPid}/${name}`;
    return this.#host.call(SYS_openat, this.#procFd < 0 ? AT_FDCWD : this.#procFd, path, flags);
  }
  /** /proc/PID/NAME of a host process of this sandbox; empty if it is gone. */
  processText(hostPid: number, name: string): string {
    const fd = this.#openProcess(hostPid, name, O_RDONLY_CLOEXEC);
    if (fd < 0) return '';
    const text = this.#read(fd);
    this.#host.call(SYS_close, fd);
    return text;
  }
  /** Bytes of such a file from `pos`, into the start of `target`: how many, or -errno. */
  processBytes(hostPid: number, name: string, target: Uint8Array, length: number, pos: number): number {
    const fd = this.#openProcess(hostPid, name, O_RDONLY_CLOEXEC);
    if (fd < 0) return fd;
    const n = this.#host.read(fd, target, 0, length, pos);
    this.#host.call(SYS_close, fd);
    return n;
  }
  processWrite(hostPid: number, name: string, text: string): number {
    const fd = this.#openProcess(hostPid, name, O_WRONLY_CLOEXEC);
    if (fd < 0) return fd;
    const bytes = Buffer.from(text, 'latin1');
    const n = this.#host.write(fd, bytes, 0, bytes.length, -1);
    this.#host.call(SYS_close, fd);
    return n;
  }

  /** A file below /sys/devices/system/cpu ("cpu0/topology/core_id"); null if the host has none. */
  cpuText(path: string): string | null {
    if (this.#files.cpus < 0) return null;
    const fd = this.#host.call(SYS_openat, this.#files.cpus, path, O_RDONLY_CLOEXEC);
    if (fd < 0) return null;
    const text = this.#read(fd);
    this.#host.call(SYS_close, fd);
    return text;
  }
  /** Names and DT_* types in a directory there, in no order; empty if there is none. */
  cpuNames(path: string): [string, number][] {
    if (this.#files.cpus < 0) return [];
    const fd = this.#host.call(SYS_openat, this.#files.cpus, path, O_RDONLY_CLOEXEC | O_DIRECTORY);
    if (fd < 0) return [];
    const found: [string, number][] = [];
    const bytes = Buffer.alloc(32768);
    for (;;) {
      const n = this.#host.call(SYS_getdents64, fd, bytes, bytes.length);
      if (n <= 0) break;
      for (let at = 0; at < n; at += bytes.readUInt16LE(at + 16)) {
        const name = bytes.toString('latin1', at + 19, bytes.indexOf(0, at + 19));
        if (name !== '.' && name !== '..') found.push([name, bytes[at + 18] as number]);
      }
    }
    this.#host.call(SYS_close, fd);
    return found;
  }

  loadAverages(): [number, number, number] {
    const [one = 0, five = 0, fifteen = 0] = this.text('loadavg').split(' ').map(Number);
    return [one || 0, five || 0, fifteen || 0];
  }

  #read(fd: number): string {
    let length = 0;
    for (;;) {
      if (length === this.#buffer.length) {
        if (length >= MAX_TEXT) break;
        const larger = new Uint8Array(length * 2);
        larger.set(this.#buffer);
        this.#buffer = larger;
      }
      const n = this.#host.read(fd, this.#buffer, length, this.#buffer.length - length, length);
      if (n <= 0) break;
      length += n;
    }
    return Buffer.from(this.#buffer.buffer, 0, length).toString('latin1');
  }
}

function parseCounters(text: string): [string, number[]][] {
  const counters: [string, number[]][] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu') && !line.startsWith('intr ') && !line.startsWith('ctxt ') && !line.startsWith('softirq ')) continue;
    const [name = '', ...values] = line.split(' ').filter((word) => word !== '');
    counters.push([name, values.map(Number)]);
  }
  return counters;
}
