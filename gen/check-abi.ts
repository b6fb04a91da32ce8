/**
 * Checks every constant in src/abi against this machine's C headers, and every system call number. `npm test` runs it;
 * by hand: `node gen/check-abi.ts`. A name that the headers do not define must be listed in `notInHeaders`, so that a
 * misspelt name cannot pass as a new one.
 */
import { readdirSync } from 'node:fs';
import { type AssertLine, checkAsserts } from './cc.ts';
import { rows } from '#abi/syscalls.ts';

const abiDirectory = new URL('../src/abi/', import.meta.url);

/** The kernel's headers for each file, and those of the C library for names that the kernel's do not have. */
const headers: Record<string, { kernel: string[]; libc?: string[] }> = {
  auxv: { kernel: ['linux/auxvec.h', 'asm/auxvec.h'], libc: ['elf.h'] },
  capability: { kernel: ['linux/capability.h'] },
  elf: { kernel: ['linux/elf.h'], libc: ['elf.h'] },
  errno: { kernel: ['linux/errno.h'] },
  eventfd: { kernel: [], libc: ['sys/eventfd.h'] },
  fcntl: {
    kernel: ['linux/fcntl.h', 'linux/openat2.h', 'linux/falloc.h', 'linux/fs.h', 'linux/fadvise.h', 'linux/close_range.h'],
    libc: ['fcntl.h', 'unistd.h', 'dirent.h'],
  },
  futex: { kernel: ['linux/futex.h'] },
  if: { kernel: ['linux/if.h', 'linux/if_arp.h', 'linux/if_ether.h', 'linux/if_packet.h'] },
  inet: { kernel: ['netinet/in.h', 'linux/tcp.h', 'linux/udp.h'] },
  inotify: { kernel: ['linux/inotify.h', 'linux/fanotify.h'] },
  io: { kernel: ['linux/ioprio.h', 'linux/aio_abi.h', 'linux/io_uring.h'] },
  ioctl: {
    kernel: [
      'stddef.h',
      'asm/ioctls.h',
      'linux/termios.h',
      'linux/fs.h',
      'linux/fiemap.h',
      'linux/sockios.h',
      'linux/nsfs.h',
      'linux/kd.h',
      'linux/vt.h',
      'linux/random.h',
      'linux/if_tun.h',
      'linux/seccomp.h',
    ],
  },
  ipc: { kernel: ['linux/ipc.h', 'linux/shm.h', 'linux/sem.h', 'linux/msg.h', 'linux/mqueue.h'] },
  keyctl: { kernel: ['linux/keyctl.h'] },
  limits: { kernel: ['linux/limits.h', 'linux/uio.h'], libc: ['limits.h'] },
  linux: { kernel: ['linux/kcmp.h', 'linux/pidfd.h', 'linux/reboot.h', 'linux/personality.h'] },
  magic: { kernel: ['linux/magic.h'] },
  membarrier: { kernel: ['linux/membarrier.h'] },
  mman: { kernel: ['linux/mman.h', 'linux/memfd.h', 'linux/mempolicy.h'] },
  mount: { kernel: ['linux/mount.h', 'linux/quota.h'], libc: ['fcntl.h', 'sys/mount.h', 'sys/statvfs.h'] },
  netlink: {
    kernel: [
      'linux/netlink.h',
      'linux/rtnetlink.h',
      'linux/if_link.h',
      'linux/if_addr.h',
      'linux/neighbour.h',
      'linux/sock_diag.h',
      'linux/inet_diag.h',
      'linux/unix_diag.h',
      'linux/fib_rules.h',
    ],
  },
  poll: { kernel: ['linux/poll.h', 'linux/fcntl.h', 'linux/eventpoll.h'] },
  prctl: {
    kernel: ['linux/prctl.h', 'asm/prctl.h', 'linux/seccomp.h', 'linux/audit.h', 'linux/filter.h', 'linux/securebits.h'],
  },
  ptrace: { kernel: ['linux/ptrace.h', 'asm/ptrace-abi.h'] },
  random: { kernel: ['linux/random.h'] },
  resource: { kernel: ['linux/resource.h'] },
  rseq: { kernel: ['linux/rseq.h'] },
  sched: { kernel: ['linux/sched.h', 'linux/sched/types.h'], libc: ['sched.h'] },
  signal: { kernel: ['linux/signal.h'] },
  signalfd: { kernel: ['linux/fcntl.h', 'linux/signalfd.h'] },
  socket: { kernel: ['sys/socket.h', 'linux/socket.h', 'linux/net.h', 'linux/un.h'] },
  stat: { kernel: ['linux/stat.h'], libc: ['sys/stat.h'] },
  termios: { kernel: ['asm/termbits.h', 'asm/termios.h'] },
  time: { kernel: ['linux/time.h', 'linux/fcntl.h', 'linux/timerfd.h', 'linux/timex.h'] },
  wait: { kernel: ['linux/wait.h'] },
  xattr: { kernel: ['linux/xattr.h', 'linux/limits.h'] },
};

/** Names of newer kernels than Debian 12's headers, of the kernel's own source, and of ours. */
const notInHeaders: Record<string, string> = {
  auxv: `
    AT_HWCAP3 AT_HWCAP4`,
  errno: `
    ENOIOCTLCMD EPROBE_DEFER ERESTARTNOHAND ERESTARTNOINTR ERESTARTSYS ERESTART_RESTARTBLOCK`,
  fcntl: `
    AT_EXECVE_CHECK AT_HANDLE_CONNECTABLE AT_HANDLE_FID AT_HANDLE_MNT_ID_UNIQUE AT_RENAME_EXCHANGE
    AT_RENAME_NOREPLACE AT_RENAME_WHITEOUT FALLOC_FL_WRITE_ZEROES F_CREATED_QUERY F_DUPFD_QUERY F_SEAL_EXEC
    RWF_ATOMIC RWF_DONTCACHE RWF_NOAPPEND`,
  futex: `
    FUTEX2_MPOL FUTEX2_NUMA FUTEX2_PRIVATE FUTEX2_SIZE_MASK FUTEX2_SIZE_U16 FUTEX2_SIZE_U32 FUTEX2_SIZE_U64
    FUTEX2_SIZE_U8`,
  ioctl: `
    FS_IOC_GETFSSYSFSPATH FS_IOC_GETFSUUID NS_GET_MNTNS_ID NS_GET_PID_FROM_PIDNS NS_GET_PID_IN_PIDNS
    NS_GET_TGID_FROM_PIDNS NS_GET_TGID_IN_PIDNS NS_MNT_GET_INFO NS_MNT_GET_NEXT NS_MNT_GET_PREV
    PIDFD_GET_CGROUP_NAMESPACE PIDFD_GET_IPC_NAMESPACE PIDFD_GET_MNT_NAMESPACE PIDFD_GET_NET_NAMESPACE
    PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE PIDFD_GET_PID_NAMESPACE PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE
    PIDFD_GET_TIME_NAMESPACE PIDFD_GET_USER_NAMESPACE PIDFD_GET_UTS_NAMESPACE PROCMAP_QUERY`,
  limits: `
    MAXSYMLINKS MAX_ARG_STRLEN MAX_RW_COUNT PID_MAX_LIMIT PIPE_MAX_SIZE PIPE_SIZE TASK_COMM_LEN UTS_LEN`,
  linux: `
    PIDFD_SELF_THREAD PIDFD_SELF_THREAD_GROUP PIDFD_SIGNAL_PROCESS_GROUP PIDFD_SIGNAL_THREAD
    PIDFD_SIGNAL_THREAD_GROUP PIDFD_THREAD SYSLOG_ACTION_CLEAR SYSLOG_ACTION_CLOSE SYSLOG_ACTION_CONSOLE_LEVEL
    SYSLOG_ACTION_CONSOLE_OFF SYSLOG_ACTION_CONSOLE_ON SYSLOG_ACTION_OPEN SYSLOG_ACTION_READ
    SYSLOG_ACTION_READ_ALL SYSLOG_ACTION_READ_CLEAR SYSLOG_ACTION_SIZE_BUFFER SYSLOG_ACTION_SIZE_UNREAD`,
  mman: `
    MADV_GUARD_INSTALL MADV_GUARD_REMOVE MAP_DROPPABLE MAP_FAILED MFD_EXEC MFD_NOEXEC_SEAL
    MPOL_WEIGHTED_INTERLEAVE PAGE_SIZE`,
  mount: `
    FSCONFIG_CMD_CREATE_EXCL LISTMOUNT_REVERSE MOVE_MOUNT_BENEATH STATMOUNT_FS_SUBTYPE STATMOUNT_FS_TYPE
    STATMOUNT_MNT_BASIC STATMOUNT_MNT_GIDMAP STATMOUNT_MNT_NS_ID STATMOUNT_MNT_OPTS STATMOUNT_MNT_POINT
    STATMOUNT_MNT_ROOT STATMOUNT_MNT_UIDMAP STATMOUNT_OPT_ARRAY STATMOUNT_OPT_SEC_ARRAY STATMOUNT_PROPAGATE_FROM
    STATMOUNT_SB_BASIC STATMOUNT_SB_SOURCE STATMOUNT_SUPPORTED_MASK ST_NOSYMFOLLOW ST_VALID`,
  prctl: `
    ARCH_ENABLE_TAGGED_ADDR ARCH_GET_MAX_TAG_BITS ARCH_GET_UNTAG_MASK ARCH_SHSTK_DISABLE ARCH_SHSTK_ENABLE
    ARCH_SHSTK_LOCK ARCH_SHSTK_STATUS ARCH_SHSTK_UNLOCK PR_FUTEX_HASH PR_GET_AUXV PR_GET_MDWE PR_GET_MEMORY_MERGE
    PR_GET_SHADOW_STACK_STATUS PR_LOCK_SHADOW_STACK_STATUS PR_MDWE_NO_INHERIT PR_MDWE_REFUSE_EXEC_GAIN
    PR_PPC_GET_DEXCR PR_PPC_SET_DEXCR PR_RISCV_SET_ICACHE_FLUSH_CTX PR_RISCV_V_GET_CONTROL PR_RISCV_V_SET_CONTROL
    PR_SET_MDWE PR_SET_MEMORY_MERGE PR_SET_SHADOW_STACK_STATUS PR_THP_DISABLE_EXCEPT_ADVISED
    PR_TIMER_CREATE_RESTORE_IDS`,
  sched: `
    SCHED_EXT`,
  signal: `
    SIGRTMAX`,
  socket: `
    MSG_SOCK_DEVMEM SCM_MAX_FD SCM_PIDFD SCM_SECURITY SCM_TS_OPT_ID SOCK_TYPE_MASK SOL_VSOCK SO_DEVMEM_DMABUF
    SO_DEVMEM_DONTNEED SO_DEVMEM_LINEAR SO_INQ SO_PASSPIDFD SO_PASSRIGHTS SO_PEERPIDFD SO_RCVPRIORITY`,
  stat: `
    STATX_ATTR_WRITE_ATOMIC STATX_DIO_READ_ALIGN STATX_MNT_ID_UNIQUE STATX_SUBVOL STATX_WRITE_ATOMIC`,
  time: `
    NSEC_PER_MSEC NSEC_PER_SEC NSEC_PER_USEC USEC_PER_SEC USER_HZ`,
  wait: `
    CONTINUED_STATUS`,
};

/** Names whose header value is of another age: NR_OPEN is the default of fs.nr_open, NSIG the size of the kernel's signal set. */
const notAsInHeaders = new Set(['NR_OPEN', 'NSIG']);

function assertFor(name: string, value: number): AssertLine {
  const wide = `(long long)(${name}) == ${value}LL`;
  const low = value >= -0x80000000 && value <= 0xffffffff ? ` || (unsigned)(${name}) == ${value >>> 0}u` : '';
  return { name, code: `_Static_assert(${wide}${low}, "value");` };
}

const prelude = (files: string[]): string => ['#define _GNU_SOURCE', ...files.map((file) => `#include <${file}>`)].join('\n');

/** One line per constant that is wrong or unknown; empty if all is well. */
export async function checkConstants(): Promise<{ problems: string[]; checked: number }> {
  const problems: string[] = [];
  let checked = 0;
  for (const [file, { kernel, libc }] of Object.entries(headers)) {
    const module = (await import(new URL(`${file}.ts`, abiDirectory).href)) as Record<string, unknown>;
    const constants = Object.entries(module).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isSafeInteger(entry[1]) && !notAsInHeaders.has(entry[0]),
    );
    let open = constants.map(([name, value]) => assertFor(name, value));
    for (const set of [kernel, libc]) {
      if (set === undefined || open.length === 0) continue;
      const { failed, undeclared } = checkAsserts(prelude(set), open);
      problems.push(...failed.map(({ name, message }) => `${file}.ts ${name}: ${message}`));
      checked += open.length - undeclared.length - failed.length;
      open = open.filter((line) => undeclared.includes(line.name));
    }
    const known = new Set((notInHeaders[file] ?? '').split(/\s+/));
    problems.push(...open.filter((line) => !known.has(line.name)).map((line) => `${file}.ts ${line.name}: no header defines it`));
  }
  return { problems, checked };
}

/** Newer than Debian 12's headers. */
const newCalls = new Set(
  `
  uretprobe uprobe cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount
  lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat
  open_tree_attr file_getattr file_setattr listns`.split(/\s+/),
);

export function checkSyscallNumbers(): string[] {
  const lines = rows.map((row) => assertFor(`__NR_${row.name}`, row.number));
  const { failed, undeclared } = checkAsserts(prelude(['asm/unistd.h']), lines);
  return [
    ...failed.map(({ name, message }) => `${name}: ${message}`),
    ...undeclared.filter((name) => !newCalls.has(name.slice(5))).map((name) => `${name}: no header defines it`),
  ];
}

/** Files of src/abi that hold constants but are not in the list above. */
export function uncheckedFiles(): string[] {
  const other = new Set(['syscalls', 'syscall-kinds', 'layouts.gen', 'codec']);
  return readdirSync(abiDirectory)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3))
    .filter((file) => !(file in headers) && !other.has(file));
}

if (import.meta.main) {
  const { problems, checked } = await checkConstants();
  problems.push(...checkSyscallNumbers(), ...uncheckedFiles().map((file) => `${file}.ts is not checked`));
  process.stdout.write(`${checked} constants agree with the headers\n${problems.map((line) => `${line}\n`).join('')}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
