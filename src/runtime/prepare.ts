/**
 * From what was asked for to a SandboxSpec. Two steps around the launch's change of root: `askFor...` resolves host
 * paths and adds trees; the function it returns runs in the new root, opens them and completes the spec.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_RELATIME, MS_STRICTATIME } from '#abi/mount.ts';
import type { Order } from './container/order.ts';
import { Failure } from './failure.ts';
import { CONTAINER_FD, CONTROL_FD, type Launch, type Trees } from './launch.ts';
import { type DoOptions, mergeEnv, normalPath } from './options.ts';
import type { HostIds, HostProc, HostTree, MountSpec, NamespaceSpec, SandboxSpec, StdioSpec, StraceSpec } from './sandbox-spec.ts';
import type { LimitSpec } from '#kernel/container-limits.ts';
import type { LinuxResources } from './spec/resources.ts';
import type { LinuxExtras } from './spec/linux.ts';
import { compileSeccomp } from './seccomp/profile.ts';
import { usualCapabilities } from './spec/capability.ts';
import type { OciConfig, OciMount } from './spec/config.ts';
import { readConfigText } from './spec/read-config.ts';
import { findUser, type User } from './users.ts';

export type Completion = (trees: Trees, hostProc: HostProc) => SandboxSpec;

const MAX_PASSWD = 1 << 20;

/** Everything fresh, as a container has it. */
const freshNamespaces: readonly NamespaceSpec[] = (['pid', 'mount', 'network', 'uts', 'ipc', 'user', 'cgroup'] as const).map((type) => ({
  type,
  path: null,
}));

function kernelMount(destination: string, type: MountSpec['type'], flags: number, data = ''): MountSpec {
  return { destination, type, source: null, flags, propagation: 0, data, device: type };
}

const usualMounts: readonly MountSpec[] = [
  kernelMount('/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME),
  kernelMount('/sys', 'sysfs', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME | MS_RDONLY),
  kernelMount('/sys/fs/cgroup', 'cgroup2', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME | MS_RDONLY),
  kernelMount('/dev', 'devtmpfs', MS_NOSUID | MS_STRICTATIME, 'mode=755'),
  kernelMount('/dev/pts', 'devpts', MS_NOSUID | MS_NOEXEC, 'newinstance,ptmxmode=0666,mode=0620,gid=5'),
  kernelMount('/dev/shm', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=1777'),
  kernelMount('/dev/mqueue', 'mqueue', MS_NOSUID | MS_NODEV | MS_NOEXEC),
];

/** The real path of a host file or directory, absolute, Latin-1. `what` names the option for messages. */
function hostPath(what: string, path: string, cwd: string): string {
  const absolute = path.startsWith('/') ? path : `${cwd}/${path}`;
  try {
    return realpathSync.native(Buffer.from(absolute, 'latin1'), { encoding: 'latin1' } as unknown as BufferEncoding) as string;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(
      'host-path',
      `${what} ${path}: ${code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : code}`,
    );
  }
}

function hostDirectory(what: string, path: string, cwd: string): string {
  const real = hostPath(what, path, cwd);
  const fd = openSync(Buffer.from(real, 'latin1'), 0o10000000); // O_PATH
  const isDirectory = fstatSync(fd).isDirectory();
  closeSync(fd);
  if (!isDirectory) throw new Failure('host-path', `${what} ${path}: not a directory`);
  return real;
}

function openReport(path: string, cwd: string): number {
  try {
    return openSync(Buffer.from(path.startsWith('/') ? path : `${cwd}/${path}`, 'latin1'), 'w', 0o644);
  } catch (error) {
    throw new Failure('host-path', `--report ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

export function askForCommand(options: DoOptions, launch: Launch, trees: Trees): Completion {
  const reportFd = options.report === null ? -1 : openReport(options.report, launch.cwd);
  const root = hostDirectory('--rootfs', options.rootfs, launch.cwd);
  const inMemory = options.overlay === 'memory';
  const rootIndex = trees.add(root, inMemory);
  const volumes = options.volumes.map((volume) => ({
    ...volume,
    index: trees.add(hostPath('--volume', volume.source, launch.cwd), volume.readonly),
  }));

  return (opened, hostProc) => {
    const tree = opened.open(rootIndex, inMemory || root !== '/', inMemory);
    const user = chooseUser(options.user, launch, rootIndex);
    const env = mergeEnv(launch.env, options.env);
    const mounts = volumes.map(
      (volume): MountSpec => ({
        destination: volume.destination,
        type: 'bind',
        source: opened.open(volume.index, false, volume.readonly),
        flags: MS_REC | (volume.readonly ? MS_RDONLY : 0),
        propagation: 0,
        data: '',
        device: volume.source,
      }),
    );
    return {
      id: `do-${process.pid}`,
      bundle: '',
      startHooks: [],
      process: {
        args: options.command,
        env: options.user === null || user.home === null ? env : mergeEnv(env, [`HOME=${user.home}`]),
        cwd: options.cwd === null ? launch.cwd : normalPath(options.cwd),
        cwdIsHint: options.cwd === null,
        uid: user.uid,
        gid: user.gid,
        additionalGids: user.groups,
        umask: launch.umask,
        capabilities: usualCapabilities(user.uid),
        rlimits: launch.limits.map((limit, resource) => ({ resource, ...limit })),
        noNewPrivileges: false,
        oomScoreAdj: 0,
        scheduler: null,
        ioPriority: 0,
        personality: 0,
        ordinaryInit: true,
        stdio: hostStdio(launch),
      },
      hostname: options.hostname,
      domainname: '',
      root: { tree, readonly: false, overlay: options.overlay },
      mounts: [...usualMounts, ...mounts],
      devices: [],
      maskedPaths: [],
      readonlyPaths: [],
      sysctl: {},
      namespaces: freshNamespaces,
      annotations: {},
      seccomp: null,
      limits: null,
      ...common(launch, hostProc, options.strace, options.debug, null),
      reportFd,
    };
  };
}

/** A container: `preserved` are the descriptors that came for its process, `terminal` whether 0 to 2 are the terminal made for it. */
export function askForBundle(order: Order, preserved: readonly number[], launch: Launch, trees: Trees): Completion {
  const options = order;
  const { bundle } = order;
  const { config } = readConfigText(order.directory);
  const inMemory = options.overlay === 'memory';
  for (const { type, path } of config.namespaces)
    if (path !== null && !existsSync(path))
      throw new Failure('host-path', `linux.namespaces: ${type} namespace ${path}: no such file or directory`);
  const root = hostDirectory('root.path', config.rootPath, bundle);
  // Mount points that are missing are made first, by our kernel: then the host's mount cannot be read-only, and our kernel's alone is.
  const hostReadOnly = inMemory || (config.rootReadonly && config.mounts.every(({ destination }) => existsSync(`${root}/${destination}`)));
  const rootIndex = trees.add(root, hostReadOnly);
  const mounts = config.mounts.map((mount) => ({
    ...mount,
    index:
      mount.type === 'bind'
        ? trees.add(hostPath(`mount ${mount.destination}: source`, mount.sourcePath, bundle), (mount.flags & MS_RDONLY) !== 0)
        : -1,
  }));

  return (opened, hostProc) => ({
    id: options.id,
    bundle: options.bundle,
    startHooks: config.hooks.startContainer,
    process: {
      ...processFields(config),
      cwdIsHint: false,
      ordinaryInit: false,
      stdio: { ...(order.console ? consoleStdio : hostStdio(launch, config.process.terminal)), preserved },
    },
    hostname: config.hostname,
    domainname: config.domainname,
    root: { tree: opened.open(rootIndex, true, hostReadOnly), readonly: config.rootReadonly, overlay: options.overlay },
    mounts: mounts.map((mount) =>
      bundleMount(mount, mount.index < 0 ? null : opened.open(mount.index, false, (mount.flags & MS_RDONLY) !== 0)),
    ),
    devices: config.devices,
    maskedPaths: config.maskedPaths,
    readonlyPaths: config.readonlyPaths,
    sysctl: config.sysctl,
    namespaces: config.namespaces,
    annotations: config.annotations,
    limits: limitSpec(config.resources),
    seccomp: config.seccomp === null ? null : compileSeccomp(config.seccomp).program,
    ...common(launch, hostProc, options.strace, options.debug, config.extras),
    containerFd: CONTAINER_FD,
  });
}

function processFields(config: OciConfig): Omit<SandboxSpec['process'], 'cwdIsHint' | 'ordinaryInit' | 'stdio'> {
  const { terminal: _, ...fields } = config.process;
  return { ...fields, cwd: normalPath(fields.cwd), personality: config.personality };
}

function bundleMount(mount: OciMount, source: HostTree | null): MountSpec {
  const { destination, type, flags, propagation, data, device } = mount;
  return { destination: normalPath(destination), type, source, flags, propagation, data, device };
}

/** What of linux.resources guests notice. */
function limitSpec(resources: LinuxResources | undefined): LimitSpec {
  const { memory, cpu, pids } = resources ?? {};
  const positive = (value: number | undefined) => (value !== undefined && value > 0 && value < 2 ** 62 ? value : null);
  return {
    memoryBytes: positive(memory?.limit),
    memorySwapBytes: positive(memory?.swap),
    pids: positive(pids?.limit),
    cpuQuotaUs: positive(cpu?.quota),
    cpuPeriodUs: positive(cpu?.period) ?? 100000,
    cpuShares: positive(cpu?.shares),
    cpus: cpu?.cpus ?? '',
  };
}

function chooseUser(wanted: string | null, launch: Launch, rootIndex: number): User {
  if (wanted === null) return { uid: launch.uid, gid: launch.gid, groups: launch.groups, home: null };
  return findUser(wanted, readSmall(`/${rootIndex}/etc/passwd`), readSmall(`/${rootIndex}/etc/group`));
}

/** A file of the rootfs, '' if there is none. The host follows no symbolic link here (the mount forbids it). */
function readSmall(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return '';
      const bytes = Buffer.alloc(MAX_PASSWD);
      return bytes.toString('latin1', 0, readSync(fd, bytes, 0, MAX_PASSWD, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return ''; // no such file: numbers still work, and a name says that it is not listed
  }
}

function hostStdio(launch: Launch, wantTerminal = true): StdioSpec {
  const present = (fd: 0 | 1 | 2): number => (launch.closed[fd] ? -1 : fd);
  const fd = launch.terminals.indexOf(true);
  return {
    stdin: present(0),
    stdout: present(1),
    stderr: present(2),
    preserved: [],
    terminal: fd >= 0 && wantTerminal ? { fd, standard: launch.terminals } : null,
  };
}

/** The terminal that was made for a container is descriptors 0 to 2. */
const consoleStdio: StdioSpec = { stdin: 0, stdout: 1, stderr: 2, preserved: [], terminal: { fd: 0, standard: [true, true, true] } };

/** Unmapped ids of a user namespace, as proc(5) documents the default. */
const OVERFLOW_ID = 65534;

function hostIds(launch: Launch, extras: LinuxExtras | null): HostIds | null {
  const { uids = null, gids = null } = extras ?? {};
  if (!launch.userNamespace && uids === null) return null;
  const overflow = launch.userNamespace ? OVERFLOW_ID : -1;
  return { overflowUid: overflow, overflowGid: overflow, uids, gids };
}

function common(
  launch: Launch,
  hostProc: HostProc,
  strace: readonly string[] | null | undefined,
  debug: boolean,
  extras: LinuxExtras | null,
) {
  const straceSpec: StraceSpec | null =
    strace === undefined ? null : { only: strace === null || strace.length === 0 ? null : strace, fd: 2 };
  return {
    network: 'none' as const,
    strace: straceSpec,
    debug,
    reportFd: -1,
    hostIds: hostIds(launch, extras),
    timeOffsets: extras?.timeOffsets ?? null,
    rootPropagation: extras?.rootPropagation ?? 0,
    controlFd: CONTROL_FD,
    containerFd: -1,
    hostProc,
  };
}
