/**
 * The launch: what the sandbox's Node does together with the launcher (native/launcher.c) between its own start and
 * the first guest. It reads how the user called, has the host trees it needs mounted in the new root, and is then in
 * that root, from which nothing else of the host can be reached. Order: `readLaunch`, parse options, load
 * native code, `Trees.add`..., `enterRoot`, `Trees.open`.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { RLIM_INFINITY } from '#abi/resource.ts';
import { openCgroup } from './cgroup-files.ts';
import { CONTROL_RECORD, controlWord, ToKernel } from './control.ts';
import { Failure } from './failure.ts';
import type { HostProc, HostTree } from './sandbox-spec.ts';

/** Descriptors that the launcher leaves open (native/launcher.h has the same numbers). */
export const LAUNCH_FD = 3;
export const CONTROL_FD = 4;
export const PROC_FD = 5;
/** Where a container's control socket listens (container/protocol.ts): the one descriptor on which the sandbox may accept. */
export const CONTAINER_FD = 7;

const O_PATH = 0o10000000;

export interface HostLimit {
  soft: number;
  hard: number;
}

/** How the user called. Strings are Latin-1 byte strings. */
export interface Launch {
  readonly projectRoot: string;
  readonly cwd: string;
  /** Command and its arguments. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  readonly limits: readonly HostLimit[];
  /** Which of descriptors 0, 1, 2 are terminals, and which the caller had closed. */
  readonly terminals: readonly [boolean, boolean, boolean];
  readonly closed: readonly [boolean, boolean, boolean];
  /** The caller's /proc/self/cgroup. */
  readonly cgroup: string;
  /** True if the sandbox lives in a user namespace in which only the caller's ids are mapped. */
  readonly userNamespace: boolean;
}

/** Parses what describe_launch in native/launcher.c wrote. */
export function parseLaunch(text: string): Launch {
  const lines: string[] = [];
  let at = 0;
  for (let i = 0; i < 17; i++) {
    const end = text.indexOf('\n', at);
    if (end < 0) throw new Failure('internal', 'the launch description is cut short: rebuild with ./belljar');
    lines.push(text.slice(at, end));
    at = end + 1;
  }
  const [argc = 0, envc = 0, uid = 0, gid = 0, userNamespace = 0, umask = 0, terminals = 0, closed = 0, ...groups] = (lines[0] ?? '')
    .split(' ')
    .map(Number);
  const strings = text.slice(at).split('\0');
  const limits = lines.slice(1).map((line) => {
    const [soft = -1, hard = -1] = line.split(' ').map(Number);
    return { soft: soft < 0 ? RLIM_INFINITY : soft, hard: hard < 0 ? RLIM_INFINITY : hard };
  });
  return {
    projectRoot: strings[0] ?? '/',
    cwd: strings[1] ?? '/',
    args: strings.slice(2, 2 + argc),
    env: strings.slice(2 + argc, 2 + argc + envc),
    uid,
    gid,
    groups,
    umask,
    limits,
    terminals: threeBits(terminals),
    closed: threeBits(closed),
    cgroup: strings[2 + argc + envc] ?? '',
    userNamespace: userNamespace === 1,
  };
}

function threeBits(mask: number): [boolean, boolean, boolean] {
  return [(mask & 1) !== 0, (mask & 2) !== 0, (mask & 4) !== 0];
}

export function readLaunch(): Launch {
  const text = readSizedFile(LAUNCH_FD, fstatSync(LAUNCH_FD).size);
  closeSync(LAUNCH_FD);
  return parseLaunch(text);
}

function readSizedFile(fd: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const n = readSync(fd, bytes, done, size - done, done);
    if (n === 0) break;
    done += n;
  }
  return bytes.toString('latin1', 0, done);
}

/** Host file systems that show the host's kernel, not files: never visible inside. */
const KERNEL_FILE_SYSTEMS = new Set([
  'proc',
  'sysfs',
  'devtmpfs',
  'devpts',
  'mqueue',
  'cgroup',
  'cgroup2',
  'debugfs',
  'tracefs',
  'securityfs',
  'configfs',
  'pstore',
  'bpf',
  'efivarfs',
  'binfmt_misc',
  'fusectl',
  'hugetlbfs',
  'autofs',
  'rpc_pipefs',
  'nsfs',
  'selinuxfs',
]);

export interface HostMount {
  mountPoint: string;
  type: string;
}

/** Lines of /proc/self/mountinfo. */
export function parseMountInfo(text: string): HostMount[] {
  const mounts: HostMount[] = [];
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const mountPoint = left.split(' ')[4];
    const type = right.split(' ')[0];
    if (mountPoint && type)
      mounts.push({ mountPoint: mountPoint.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))), type });
  }
  return mounts;
}

/**
 * Mount points below `hostPath` that must be covered, relative to it ('/proc'), outermost only; null if `hostPath` itself
 * lies in a kernel file system.
 */
export function pathsToCover(hostPath: string, mounts: readonly HostMount[]): string[] | null {
  const prefix = hostPath === '/' ? '/' : `${hostPath}/`;
  let holder: HostMount = { mountPoint: '/', type: '' };
  const found: string[] = [];
  for (const mount of mounts) {
    const point = mount.mountPoint;
    const holdsIt = point === '/' || hostPath === point || hostPath.startsWith(`${point}/`);
    if (holdsIt && point.length >= holder.mountPoint.length) holder = mount;
    if (point !== hostPath && point.startsWith(prefix) && KERNEL_FILE_SYSTEMS.has(mount.type)) found.push(point.slice(prefix.length - 1));
  }
  if (KERNEL_FILE_SYSTEMS.has(holder.type)) return null;
  // On the host's root these three are the kernel's even where they are plain directories (a chroot, a build container).
  if (hostPath === '/') found.push('/proc', '/sys', '/dev');
  found.sort();
  return found.filter((path, i) => !found.some((other, k) => k !== i && (path.startsWith(`${other}/`) || (path === other && k < i))));
}

/** The host trees a sandbox is to see. */
export class Trees {
  #requests: string[] = [];
  #paths: string[] = [];
  #covers: string[] = [];
  #mounts: HostMount[] | null = null;

  /** Asks for the host's `path` (absolute, Latin-1); its index. */
  add(path: string, readonly: boolean): number {
    this.#mounts ??= parseMountInfo(readFileSync('/proc/self/mountinfo', 'latin1'));
    const covers = pathsToCover(path, this.#mounts);
    if (covers === null)
      throw new Failure(
        'host-path',
        `${path}: part of the host's kernel (/proc, /sys, /dev), which no sandbox may see: name another directory`,
      );
    const index = this.#paths.push(path) - 1;
    this.#requests.push(`t${readonly ? 'r' : 'w'}${path}`);
    for (const cover of covers) this.#covers.push(`c${index}${cover}`);
    return index;
  }

  /** Asks for a directory of the host's sysfs that only describes hardware, read-only; its index, -1 if the host has none. */
  addHardware(path: '/sys/devices/system/cpu'): number {
    if (!existsSync(path)) return -1;
    this.#requests.push(`tr${path}`);
    return this.#paths.push(path) - 1;
  }

  /** Leaves the host's root for the new one. Afterwards this process has no privilege left to undo it. */
  enterRoot(): void {
    const batch = Buffer.from(`${[...this.#requests, ...this.#covers, 'p'].join('\0')}\0`, 'latin1');
    const reply = Buffer.alloc(CONTROL_RECORD);
    if (batch.length >= 1 << 17) throw new Failure('launch', 'too many volumes: at most 256, and 128 KiB of paths');
    writeSync(CONTROL_FD, batch);
    if (readSync(CONTROL_FD, reply) !== CONTROL_RECORD || controlWord(reply, 0) !== ToKernel.Reply)
      throw new Failure('launch', 'the launcher went away');
    const error = controlWord(reply, 1);
    const path = this.#paths[controlWord(reply, 2)];
    if (error !== 0)
      throw new Failure('launch', path ? `${path}: ${hostError(-error)}` : `mounting the sandbox's root: ${hostError(-error)}`);
    process.chdir('/');
  }

  /** Descriptor of what `addHardware` asked for. */
  openHardware(index: number): number {
    return index < 0 ? -1 : openSync(`/${index}`, O_PATH);
  }

  /** The tree of `index`, in the new root. */
  open(index: number, exclusive: boolean, hostReadOnly: boolean): HostTree {
    const fd = openSync(`/${index}`, O_PATH);
    return { fd, hostPath: this.#paths[index] ?? '', isDirectory: fstatSync(fd).isDirectory(), exclusive, hostReadOnly };
  }
}

/** Opens what the sandbox's /proc is made of; call before `enterRoot`. `cgroup` is the caller's /proc/self/cgroup. */
export function openHostProc(cgroup: string): HostProc {
  const open = (name: string): number => {
    try {
      return openSync(`/proc/${name}`, constants.O_RDONLY);
    } catch {
      return -1; // absent or hidden on this host: the kernel then makes the file up from what it knows itself
    }
  };
  const hugePages = '../sys/kernel/mm/transparent_hugepage';
  return {
    stat: open('stat'),
    meminfo: open('meminfo'),
    cpuinfo: open('cpuinfo'),
    loadavg: open('loadavg'),
    vmstat: open('vmstat'),
    thpEnabled: open(`${hugePages}/enabled`),
    thpDefrag: open(`${hugePages}/defrag`),
    cpus: -1,
    cgroup: openCgroup(cgroup),
  };
}

const advice: Readonly<Record<number, string>> = {
  1: 'not permitted (a mount here refuses: is this a container without CAP_SYS_ADMIN?)',
  2: 'no such file or directory',
  12: 'out of memory',
  13: 'permission denied',
  20: 'not a directory',
  22: 'refused by the host kernel (the launcher cannot mount or pivot here; is the root file system an initramfs, or this a chroot?)',
  28: 'no more mounts: raise sysctl fs.mount-max',
  38: 'the host kernel is too old: Linux 5.12 or later is needed',
};

function hostError(errno: number): string {
  return advice[errno] ?? `host error ${errno}`;
}
