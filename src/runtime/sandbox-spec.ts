/**
 * SandboxSpec: all that one sandbox is to be. The command line (`belljar do`) and an OCI bundle (`belljar run`) both
 * come down to it, and the kernel's `boot` starts from it alone: after boot begins, no host path is ever resolved
 * again. Directories and files of the host are descriptors that the launch opened before it gave up the host's root.
 *
 * Strings that guests will see (arguments, environment, paths, names) are Latin-1 byte strings.
 */
import type { OwnerMap } from '#fs/host/owners.ts';
import type { LimitSpec } from '#kernel/container-limits.ts';
import type { HostFiles } from '#kernel/host-info.ts';
import type { TimeOffsets } from '#kernel/kernel.ts';
import type { BpfInstruction } from '#kernel/seccomp/bpf.ts';
import type { Hook } from './oci-hooks.ts';

/** A bind mount's source, or the root: a descriptor on the host (O_PATH), already confined by its own host mount. */
export interface HostTree {
  readonly fd: number;
  /** Where it was found on the host, for messages only. */
  readonly hostPath: string;
  /** A directory, or else a single file. */
  readonly isDirectory: boolean;
  /** True when only this sandbox uses the tree, so that the kernel may cache it without asking again. */
  readonly exclusive: boolean;
  /** True when the host mount itself refuses writes. */
  readonly hostReadOnly: boolean;
}

/** Linux's five capability sets, each as a mask of bits 0-63 in two words (no bigint). */
export interface CapabilitySets {
  readonly bounding: CapabilityMask;
  readonly effective: CapabilityMask;
  readonly inheritable: CapabilityMask;
  readonly permitted: CapabilityMask;
  readonly ambient: CapabilityMask;
}
export interface CapabilityMask {
  readonly lo: number;
  readonly hi: number;
}

/** Index is the RLIMIT_* number; 2^64 (RLIM_INFINITY) is no limit. */
export interface Rlimit {
  readonly resource: number;
  readonly soft: number;
  readonly hard: number;
}

export interface ProcessSpec {
  /** args[0] is looked up in the PATH of `env`, inside the sandbox, if it has no slash. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  /** True: start in "/" when `cwd` does not exist inside (the caller's directory may not). */
  readonly cwdIsHint: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** null: 022. */
  readonly umask: number | null;
  readonly capabilities: CapabilitySets;
  readonly rlimits: readonly Rlimit[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  /** SCHED_*, nice value, static priority; null: the usual. */
  readonly scheduler: { readonly policy: number; readonly nice: number; readonly priority: number } | null;
  /** Class and level as ioprio_set(2) takes them; 0: not set. */
  readonly ioPriority: number;
  /** PER_*. */
  readonly personality: number;
  /**
   * True (`belljar do`): signals act on the init process as on any other, so that Ctrl-C and Ctrl-Z work as if the
   * command had been run directly: default actions apply, and its process group does not count as orphaned.
   * False (bundles): pid 1 of a pid namespace, as Linux has it.
   */
  readonly ordinaryInit: boolean;
  readonly stdio: StdioSpec;
}

/**
 * Standard input, output and error: host descriptors that the guest's own descriptors forward to (-1: closed).
 *
 * A host terminal is forwarded, not copied: the guest's descriptor is a tty whose reads, writes and ioctls on
 * modes and window size (TCGETS, TCSETS*, TIOCGWINSZ, TIOCSWINSZ, TCSBRK, TCFLSH, TCXONC, FIONREAD) go to the host's
 * terminal, so that its line discipline does the editing and echo, and nothing is read ahead. Session, foreground
 * process group and controlling terminal (TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCNOTTY) are the kernel's own.
 * Ctrl-C and its like reach the launcher as signals of the host terminal, and come as control messages (control.ts).
 */
export interface StdioSpec {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** Further host descriptors, the guest's from 3 on (--preserve-fds). */
  readonly preserved: readonly number[];
  /** null: none of the three is a terminal. */
  readonly terminal: TerminalSpec | null;
}
export interface TerminalSpec {
  /** Host descriptor of the terminal, open for reading and writing. It is the init process's controlling terminal. */
  readonly fd: number;
  /** Which of descriptors 0, 1, 2 are this terminal. */
  readonly standard: readonly [boolean, boolean, boolean];
}

export const Overlay = { None: 'none', Memory: 'memory' } as const;
export type Overlay = (typeof Overlay)[keyof typeof Overlay];

export interface RootSpec {
  readonly tree: HostTree;
  readonly readonly: boolean;
  /** Memory: writes are kept by the kernel, above a tree that is never written. None: writes go to the host. */
  readonly overlay: Overlay;
}

/** A mount to make inside, in order. Flags are MS_* bits. */
export interface MountSpec {
  readonly destination: string;
  /** File system type inside; 'bind' shows `source`. */
  readonly type: 'bind' | 'tmpfs' | 'proc' | 'sysfs' | 'devtmpfs' | 'devpts' | 'mqueue' | 'cgroup' | 'cgroup2';
  /** For 'bind' only. */
  readonly source: HostTree | null;
  /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_REC, ... */
  readonly flags: number;
  /** 0, or one of MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE, with MS_REC or without. */
  readonly propagation: number;
  /** What is left for the file system: "size=64m,mode=1777". */
  readonly data: string;
  /** As shown in /proc/mounts. */
  readonly device: string;
}

/** Which namespaces are fresh. What is not is the sandbox's first one all the same: nothing of the host's is ever shared. */
export interface NamespaceSpec {
  readonly type: 'pid' | 'mount' | 'network' | 'uts' | 'ipc' | 'user' | 'cgroup' | 'time';
  /** Of another sandbox (joined by a later issue); null: fresh. */
  readonly path: string | null;
}

export interface StraceSpec {
  /** Names to show; null is all. */
  readonly only: readonly string[] | null;
  /** Host descriptor that lines go to. */
  readonly fd: number;
}

/** How owners of host files read inside: see there. */
export type HostIds = OwnerMap;

/** A device node to make, of a device that the kernel has. */
export interface DeviceSpec {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface SandboxSpec {
  readonly id: string;
  /** The bundle's directory on the host, for the state that hooks get; '' if there is none. */
  readonly bundle: string;
  /** startContainer hooks: programs inside that run before the container's. */
  readonly startHooks: readonly Hook[];
  readonly process: ProcessSpec;
  readonly hostname: string;
  readonly domainname: string;
  readonly root: RootSpec;
  readonly mounts: readonly MountSpec[];
  readonly devices: readonly DeviceSpec[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly namespaces: readonly NamespaceSpec[];
  readonly annotations: Readonly<Record<string, string>>;
  /** What programs inside are to see of the cgroup's limits, and are held to by the kernel; null: whatever the caller's cgroup says. */
  readonly limits: LimitSpec | null;
  /** linux.seccomp, compiled: every process of the container starts under it. null: no filter. */
  readonly seccomp: readonly BpfInstruction[] | null;
  readonly network: 'none';
  readonly strace: StraceSpec | null;
  /** Sum up the calls, and the unknown and refused ones, on standard error at exit. */
  readonly debug: boolean;
  /** Where the same goes as JSON: a descriptor, -1 for none. */
  readonly reportFd: number;
  /** MS_PRIVATE and its like for the root mount, with MS_REC or not; 0: as it is. */
  readonly rootPropagation: number;
  /** What the time namespace adds to the host's clocks; null: nothing. */
  readonly timeOffsets: TimeOffsets | null;
  /** null when the sandbox sees real owners (started as root, nothing mapped). */
  readonly hostIds: HostIds | null;
  /** Descriptor of control messages (control.ts), -1 for none. */
  readonly controlFd: number;
  /**
   * Listening socket of a container's control requests (container/protocol.ts): the init process waits for `start`. -1: it
   * runs at once.
   */
  readonly containerFd: number;
  /** A procfs of the sandbox's pid namespace (subset=pid), for the platform; and the host's /proc/stat and friends, read-only. */
  readonly hostProc: HostProc;
}

/** Host files that /proc and /sys inside are made of: descriptors to pread at offset 0; -1 where the host has none. */
export type HostProc = HostFiles;
