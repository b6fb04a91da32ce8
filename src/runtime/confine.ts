/**
 * The sandbox process's own seccomp filter: the last step before the first guest instruction. From then on a Node
 * that a guest has taken over can reach only what is listed here, inside a root that holds only the
 * container's trees (launch.ts), with four capabilities (launcher.c).
 *
 * Three answers. Listed: done. Calls by which a process gains power over the host (DEADLY): the sandbox is killed, since nothing
 * honest in it makes them. All others: ENOSYS, which libraries take as "an older kernel".
 */
import { syscalls } from '#abi/syscalls.ts';
import type { HostCalls } from '#platform/platform.ts';
import { Failure } from './failure.ts';
import { CONTAINER_FD } from './launch.ts';

type Name = keyof typeof syscalls;

/** Allowed with any arguments. */
const ALLOWED: readonly Name[] = [
  // V8 and libc: memory, threads that exist, time
  'brk',
  'mmap',
  'munmap',
  'mprotect',
  'mremap',
  'madvise',
  'mincore',
  'futex',
  'sched_yield',
  'getpid',
  'gettid',
  'getppid',
  'clock_gettime',
  'clock_getres',
  'gettimeofday',
  'time',
  'nanosleep',
  'clock_nanosleep',
  'getrandom',
  'getrusage',
  'times',
  'sysinfo',
  'uname',
  'exit',
  'exit_group',
  'rt_sigaction',
  'rt_sigprocmask',
  'rt_sigreturn',
  'rt_sigtimedwait',
  'sigaltstack',
  'restart_syscall',
  'set_robust_list',
  'rseq',
  'membarrier',
  'getuid',
  'geteuid',
  'getgid',
  'getegid',
  'getcpu',
  'sched_getaffinity',
  'sched_getparam',
  'sched_getscheduler',
  'pkey_mprotect',
  'pkey_alloc',
  'pkey_free',
  // the platform: stubs, their memory, their threads
  'process_vm_readv',
  'process_vm_writev',
  'kill',
  'tgkill',
  'waitid',
  'wait4',
  'sched_setaffinity',
  'prlimit64',
  'getpriority',
  'setpriority',
  'socketpair',
  'sendmsg',
  'recvmsg',
  'sendto',
  'recvfrom',
  'shutdown',
  'memfd_create',
  'pidfd_open',
  'pidfd_send_signal',
  // waiting
  'epoll_create1',
  'epoll_ctl',
  'epoll_wait',
  'epoll_pwait',
  'epoll_pwait2',
  'poll',
  'ppoll',
  'eventfd2',
  'timerfd_create',
  'timerfd_settime',
  'timerfd_gettime',
  'inotify_init1',
  'inotify_add_watch',
  'inotify_rm_watch',
  'pipe2',
  // files of the container
  'openat',
  'openat2',
  'close',
  'close_range',
  'dup',
  'dup3',
  'fcntl',
  'flock',
  'read',
  'write',
  'readv',
  'writev',
  'pread64',
  'pwrite64',
  'preadv',
  'pwritev',
  'preadv2',
  'pwritev2',
  'lseek',
  'fstat',
  'newfstatat',
  'statx',
  'statfs',
  'fstatfs',
  'ftruncate',
  'fallocate',
  'fsync',
  'fdatasync',
  'sync_file_range',
  'syncfs',
  'msync',
  'fadvise64',
  'readahead',
  'getdents64',
  'mkdirat',
  'mknodat',
  'unlinkat',
  'renameat',
  'renameat2',
  'linkat',
  'symlinkat',
  'readlinkat',
  'fchmod',
  'fchmodat',
  'fchmodat2',
  'fchown',
  'fchownat',
  'utimensat',
  'faccessat',
  'faccessat2',
  'copy_file_range',
  'sendfile',
  'splice',
  'tee',
  'fgetxattr',
  'fsetxattr',
  'flistxattr',
  'fremovexattr',
  'getxattr',
  'setxattr',
  'listxattr',
  'removexattr',
  'lgetxattr',
  'lsetxattr',
  'llistxattr',
  'lremovexattr',
  'fchdir',
  'getcwd',
  'chdir',
  'lstat',
  'stat',
  'access',
  'readlink',
  'open',
  'mlock',
  'munlock',
];

/** Only by a process that has been taken over. */
const DEADLY: readonly Name[] = [
  'execve',
  'execveat',
  'ptrace',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'move_mount',
  'open_tree',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'unshare',
  'setns',
  'bpf',
  'perf_event_open',
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'reboot',
  'swapon',
  'swapoff',
  'open_by_handle_at',
  'iopl',
  'ioperm',
  'userfaultfd',
  'keyctl',
  'add_key',
  'request_key',
  'setuid',
  'setgid',
  'setreuid',
  'setregid',
  'setresuid',
  'setresgid',
  'setgroups',
  'setfsuid',
  'setfsgid',
  'capset',
  'fork',
  'vfork',
  'socket',
  'connect',
  'bind',
  'listen',
  'accept',
  'personality',
  'settimeofday',
  'clock_settime',
  'adjtimex',
  'clock_adjtime',
  'sethostname',
  'setdomainname',
  'acct',
  'quotactl',
  'syslog',
  'vhangup',
  'modify_ldt',
  'process_madvise',
  'pidfd_getfd',
  'seccomp',
];

/** The requests of ioctl that the kernel forwards to host terminals and files. Not TIOCSTI, which types into the caller's shell. */
const IOCTLS: readonly number[] = [
  0x5401,
  0x5402,
  0x5403,
  0x5404, // TCGETS, TCSETS, TCSETSW, TCSETSF
  0x5409,
  0x540a,
  0x540b, // TCSBRK, TCXONC, TCFLSH
  0x5411,
  0x5413,
  0x5414,
  0x541b, // TIOCOUTQ, TIOCGWINSZ, TIOCSWINSZ, FIONREAD
  0x5421,
  0x5450,
  0x5451,
  0x5452, // FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC
  0x80086601, // FS_IOC_GETFLAGS
  0x40049409, // FICLONE
];
/** PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (V8 names its mappings), PR_SET_TIMERSLACK. */
const PRCTLS: readonly number[] = [15, 16, 0x53564d41, 29];
/** VM, FS, FILES, SIGHAND, THREAD must all be set: a thread of this process, never a process. */
const CLONE_THREAD_MASK = 0x0001_0f00;
/** CLONE_NEW*, in the low word. */
const CLONE_NEW_MASK = 0x7e02_0080;

const LOAD = 0x20,
  EQUAL = 0x15,
  AT_LEAST = 0x35,
  AND = 0x54,
  RETURN = 0x06;
const ALLOW = 0x7fff0000,
  KILL_PROCESS = 0x80000000,
  ENOSYS_ANSWER = 0x00050000 | 38,
  EPERM_ANSWER = 0x00050000 | 1;
const ARCH_X86_64 = 0xc000003e;
const ARG0 = 16,
  ARG1 = 24;

type Instruction = [code: number, yes: number, no: number, k: number];

/** The filter as struct sock_filter[]. Exported for its test, which runs it on every call number. */
export function confinementFilter(): Uint8Array {
  const program: Instruction[] = [
    [LOAD, 0, 0, 4],
    [EQUAL, 1, 0, ARCH_X86_64],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, 0],
    [AT_LEAST, 0, 1, 0x40000000],
    [RETURN, 0, 0, KILL_PROCESS],
  ];
  // By argument first: each block loads, compares and returns by itself.
  const byArgument = (name: Name, block: Instruction[]): void => {
    program.push([EQUAL, 0, block.length, syscalls[name].number], ...block);
  };
  const oneOf = (offset: number, values: readonly number[]): Instruction[] => [
    [LOAD, 0, 0, offset],
    ...values.map((value, i): Instruction => [EQUAL, values.length - i, 0, value]),
    [RETURN, 0, 0, EPERM_ANSWER],
    [RETURN, 0, 0, ALLOW],
  ];
  byArgument('ioctl', oneOf(ARG1, IOCTLS));
  byArgument('prctl', oneOf(ARG0, PRCTLS));
  // A container's control requests come in over the one socket that listened before.
  byArgument('accept4', [
    [LOAD, 0, 0, ARG0],
    [EQUAL, 0, 1, CONTAINER_FD],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, KILL_PROCESS],
  ]);
  byArgument('clone', [
    [LOAD, 0, 0, ARG0],
    [AND, 0, 0, CLONE_THREAD_MASK | CLONE_NEW_MASK],
    [EQUAL, 0, 1, CLONE_THREAD_MASK],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, KILL_PROCESS],
  ]);
  // Then by number alone, which the host's filter cache turns into one bit test.
  const answers = (names: readonly Name[], answer: number): void => {
    const numbers = names.map((name) => syscalls[name].number).sort((a, b) => a - b);
    for (let i = 0; i < numbers.length; i += 64) {
      const part = numbers.slice(i, i + 64);
      for (const [k, number] of part.entries()) program.push([EQUAL, part.length - k - 1, k === part.length - 1 ? 1 : 0, number]);
      program.push([RETURN, 0, 0, answer]);
    }
  };
  answers(ALLOWED, ALLOW);
  answers(DEADLY, KILL_PROCESS);
  program.push([RETURN, 0, 0, ENOSYS_ANSWER]);

  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(([code, yes, no, k], i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, yes);
    view.setUint8(i * 8 + 3, no);
    view.setUint32(i * 8 + 4, k >>> 0, true);
  });
  return bytes;
}

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const PAGE = 4096;

/**
 * Confines every thread of this process. seccomp(2) wants a struct that holds an address, which JavaScript cannot know, so both
 * lie in a page that is mapped by number and filled through a memfd.
 */
export function confine(host: HostCalls): void {
  const filter = confinementFilter();
  const size = Math.ceil((filter.length + 16) / PAGE) * PAGE;
  const at = host.call(syscalls.mmap.number, 0, size, 3, 0x22, -1, 0);
  const fd = host.call(syscalls.memfd_create.number, 'filter', 1);
  if (at < 0 || fd < 0) throw new Failure('launch', `seccomp: no memory for the filter (${at}, ${fd})`);
  const image = new Uint8Array(filter.length + 16);
  image.set(filter);
  const view = new DataView(image.buffer);
  view.setUint16(filter.length, filter.length / 8, true);
  view.setUint32(filter.length + 8, at >>> 0, true);
  view.setUint32(filter.length + 12, Math.floor(at / 2 ** 32), true);
  host.call(syscalls.pwrite64.number, fd, image, image.length, 0);
  const copied = host.call(syscalls.pread64.number, fd, at, image.length, 0);
  host.call(syscalls.close.number, fd);
  const error =
    copied === image.length
      ? host.call(syscalls.seccomp.number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, at + filter.length)
      : copied;
  host.call(syscalls.munmap.number, at, size);
  // Positive: a thread that the filter could not be given to.
  if (error !== 0) throw new Failure('launch', `seccomp: the host refused the filter (${error})`);
}
