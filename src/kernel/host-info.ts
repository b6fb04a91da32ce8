/** What the kernel reads of the host to describe the machine: files of the host's /proc, through descriptors opened at launch. */
import type { HostCalls } from '#platform/platform.ts';

const SYS_openat = 257;
const SYS_close = 3;
const O_RDONLY_CLOEXEC = 0x80000;
const AT_FDCWD = -100;
const MAX_TEXT = 1 << 22;

/** Files that are described by text, by name in the host's /proc. */
export type HostFile = 'stat' | 'meminfo' | 'cpuinfo' | 'loadavg' | 'vmstat';

export class HostInfo {
  readonly #host: HostCalls;
  readonly #files: Readonly<Record<HostFile, number>>;
  /** A directory descriptor of a procfs that shows the stubs; -1: /proc by name. */
  readonly #procFd: number;
  readonly cpuCount: number;
  #cpuinfo: string | null = null;

  constructor(host: HostCalls, files: Readonly<Record<HostFile, number>>, procFd: number) {
    this.#host = host;
    this.#files = files;
    this.#procFd = procFd;
    const cpus = this.text('stat').match(/^cpu\d+ /gm);
    this.cpuCount = Math.max(cpus?.length ?? 1, 1);
  }

  /** The file's text; empty if the host has none. */
  text(name: HostFile): string {
    if (name === 'cpuinfo' && this.#cpuinfo !== null) return this.#cpuinfo;
    const fd = this.#files[name];
    const text = fd < 0 ? '' : this.#read(fd);
    if (name === 'cpuinfo') this.#cpuinfo = text;
    return text;
  }

  /** /proc/PID/NAME of a host process of this sandbox; empty if it is gone. */
  processText(hostPid: number, name: string): string {
    const path = this.#procFd < 0 ? `/proc/${hostPid}/${name}` : `${hostPid}/${name}`;
    const fd = this.#host.call(SYS_openat, this.#procFd < 0 ? AT_FDCWD : this.#procFd, path, O_RDONLY_CLOEXEC);
    if (fd < 0) return '';
    const text = this.#read(fd);
    this.#host.call(SYS_close, fd);
    return text;
  }

  /** Memory of the machine in bytes, and the whole text of meminfo. */
  memory(): { total: number; free: number; available: number; text: string } {
    const text = this.text('meminfo');
    const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
    return { total: field('MemTotal'), free: field('MemFree'), available: field('MemAvailable'), text };
  }

  loadAverages(): [number, number, number] {
    const [one = 0, five = 0, fifteen = 0] = this.text('loadavg').split(' ').map(Number);
    return [one || 0, five || 0, fifteen || 0];
  }

  #read(fd: number): string {
    let bytes = new Uint8Array(16384);
    let length = 0;
    while (length < MAX_TEXT) {
      if (length === bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      const n = this.#host.read(fd, bytes, length, bytes.length - length, length);
      if (n <= 0) break;
      length += n;
    }
    return Buffer.from(bytes.buffer, 0, length).toString('latin1');
  }
}
