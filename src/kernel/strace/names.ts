/**
 * Numbers back to Linux's names. A table of flags knows its multi-bit members first, so that O_SYNC is not written as
 * O_DSYNC and a remainder.
 */
import * as capability from '#abi/capability.ts';
import * as eventfd from '#abi/eventfd.ts';
import * as fcntl from '#abi/fcntl.ts';
import * as futex from '#abi/futex.ts';
import * as inet from '#abi/inet.ts';
import * as inotify from '#abi/inotify.ts';
import * as ioctl from '#abi/ioctl.ts';
import * as ipc from '#abi/ipc.ts';
import * as linux from '#abi/linux.ts';
import * as membarrier from '#abi/membarrier.ts';
import * as mman from '#abi/mman.ts';
import * as mount from '#abi/mount.ts';
import * as poll from '#abi/poll.ts';
import * as prctl from '#abi/prctl.ts';
import * as ptrace from '#abi/ptrace.ts';
import * as random from '#abi/random.ts';
import * as resource from '#abi/resource.ts';
import * as sched from '#abi/sched.ts';
import * as signal from '#abi/signal.ts';
import * as signalfd from '#abi/signalfd.ts';
import * as socket from '#abi/socket.ts';
import * as stat from '#abi/stat.ts';
import * as time from '#abi/time.ts';
import * as wait from '#abi/wait.ts';
import * as xattr from '#abi/xattr.ts';

export interface NameTable {
  readonly byValue: ReadonlyMap<number, string>;
  /** For flags: several bits before few, then ascending. */
  readonly flags: readonly (readonly [value: number, name: string])[];
}

function bits(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/**
 * The constants of a file of #abi whose names start with one of `prefixes`; of two with one value the first prefix wins.
 * Made when first looked at: most sandboxes trace nothing, and all tables together cost a start 8 ms.
 */
function table(module: object, prefixes: string, without = ''): NameTable {
  let made: NameTable | null = null;
  const make = (): NameTable => {
    made ??= makeTable(module, prefixes, without);
    return made;
  };
  return {
    get byValue() {
      return make().byValue;
    },
    get flags() {
      return make().flags;
    },
  };
}

function makeTable(module: object, prefixes: string, without: string): NameTable {
  const excluded = new Set(without.split(' '));
  const byValue = new Map<number, string>();
  for (const prefix of prefixes.split(' ')) {
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === 'number' && name.startsWith(prefix) && !excluded.has(name) && !byValue.has(value)) byValue.set(value, name);
    }
  }
  const flags = [...byValue].filter(([value]) => value > 0).sort((a, b) => bits(b[0]) - bits(a[0]) || a[0] - b[0]);
  return { byValue, flags };
}

export const names = {
  open: table(fcntl, 'O_', 'O_ACCMODE O_RDONLY O_WRONLY O_RDWR O_NDELAY O_ASYNC'),
  at: table(
    fcntl,
    'AT_',
    'AT_FDCWD AT_EACCESS AT_REMOVEDIR AT_STATX_SYNC_TYPE AT_STATX_SYNC_AS_STAT AT_RENAME_NOREPLACE AT_RENAME_EXCHANGE AT_RENAME_WHITEOUT AT_HANDLE_FID AT_HANDLE_MNT_ID_UNIQUE AT_HANDLE_CONNECTABLE',
  ),
  access: table(fcntl, 'R_OK W_OK X_OK'),
  whence: table(fcntl, 'SEEK_', 'SEEK_MAX'),
  fcntl: table(
    fcntl,
    'F_GETFD F_SETFD F_DUPFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_SETSIG F_GETSIG F_OFD_ F_SETLEASE F_GETLEASE F_NOTIFY F_CANCELLK F_SETPIPE F_GETPIPE F_ADD_SEALS F_GET_SEALS F_GET_RW F_SET_RW F_GET_FILE F_SET_FILE F_CREATED F_SETOWN_EX F_GETOWNER',
  ),
  lockType: table(fcntl, 'F_RDLCK F_WRLCK F_UNLCK'),
  seals: table(fcntl, 'F_SEAL_'),
  flock: table(fcntl, 'LOCK_'),
  rename: table(fcntl, 'RENAME_'),
  fallocate: table(fcntl, 'FALLOC_FL_'),
  fadvice: table(fcntl, 'POSIX_FADV_'),
  resolve: table(fcntl, 'RESOLVE_'),
  rwf: table(fcntl, 'RWF_', 'RWF_WRITE_LIFE_NOT_SET'),
  splice: table(fcntl, 'SPLICE_F_'),
  syncRange: table(fcntl, 'SYNC_FILE_RANGE_', 'SYNC_FILE_RANGE_WRITE_AND_WAIT'),
  closeRange: table(fcntl, 'CLOSE_RANGE_'),
  direntType: table(fcntl, 'DT_'),
  fileType: table(stat, 'S_IF', 'S_IFMT'),
  statx: table(
    stat,
    'STATX_BASIC_STATS STATX_',
    'STATX_ALL STATX__RESERVED STATX_ATTR_COMPRESSED STATX_ATTR_IMMUTABLE STATX_ATTR_APPEND STATX_ATTR_NODUMP STATX_ATTR_ENCRYPTED STATX_ATTR_AUTOMOUNT STATX_ATTR_MOUNT_ROOT STATX_ATTR_VERITY STATX_ATTR_DAX STATX_ATTR_WRITE_ATOMIC',
  ),
  prot: table(mman, 'PROT_', 'PROT_NONE'),
  mapType: table(mman, 'MAP_SHARED MAP_PRIVATE MAP_DROPPABLE'),
  map: table(
    mman,
    'MAP_ANONYMOUS MAP_FIXED MAP_GROWSDOWN MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC MAP_UNINITIALIZED MAP_32BIT',
  ),
  mremap: table(mman, 'MREMAP_'),
  msync: table(mman, 'MS_'),
  madvise: table(mman, 'MADV_'),
  mlockall: table(mman, 'MCL_'),
  mlock2: table(mman, 'MLOCK_'),
  memfd: table(mman, 'MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB MFD_NOEXEC_SEAL MFD_EXEC'),
  clone: table(sched, 'CLONE_', 'CLONE_NEWTIME CLONE_ARGS_SIZE_VER0 CLONE_ARGS_SIZE_VER1 CLONE_ARGS_SIZE_VER2'),
  policy: table(sched, 'SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_IDLE SCHED_DEADLINE SCHED_EXT'),
  wait: table(wait, 'W __W', 'WSTOPPED'),
  idType: table(wait, 'P_'),
  sigHow: table(signal, 'SIG_BLOCK SIG_UNBLOCK SIG_SETMASK'),
  sigAction: table(signal, 'SA_'),
  sigStack: table(signal, 'SS_', 'SS_FLAG_BITS'),
  sigEvent: table(signal, 'SIGEV_'),
  siCode: table(signal, 'SI_', 'SI_MAX_SIZE'),
  cldCode: table(signal, 'CLD_'),
  segvCode: table(signal, 'SEGV_'),
  clock: table(time, 'CLOCK_', 'CLOCK_SGI_CYCLE'),
  itimer: table(time, 'ITIMER_'),
  timer: table(time, 'TIMER_ TFD_TIMER_CANCEL_ON_SET'),
  timerfd: table(time, 'TFD_CLOEXEC TFD_NONBLOCK'),
  resource: table(resource, 'RLIMIT_'),
  rusage: table(resource, 'RUSAGE_'),
  priority: table(resource, 'PRIO_PROCESS PRIO_PGRP PRIO_USER'),
  poll: table(poll, 'POLL', 'POLL_BUSY_LOOP POLLFREE'),
  epollOp: table(poll, 'EPOLL_CTL_'),
  epollEvents: table(poll, 'EPOLL', 'EPOLL_CLOEXEC EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD EPOLL_URING_WAKE'),
  epoll: table(poll, 'EPOLL_CLOEXEC'),
  eventfd: table(eventfd, 'EFD_'),
  signalfd: table(signalfd, 'SFD_'),
  inotify: table(inotify, 'IN_CLOEXEC IN_NONBLOCK'),
  inotifyMask: table(inotify, 'IN_', 'IN_CLOEXEC IN_NONBLOCK IN_CLOSE IN_MOVE'),
  random: table(random, 'GRND_'),
  mount: table(mount, 'MS_', 'MS_VERBOSE MS_RMT_MASK MS_MGC_VAL MS_MGC_MSK'),
  umount: table(mount, 'MNT_FORCE MNT_DETACH MNT_EXPIRE UMOUNT_NOFOLLOW'),
  moveMount: table(mount, 'MOVE_MOUNT_', 'MOVE_MOUNT__MASK'),
  openTree: table({ ...mount, AT_RECURSIVE: fcntl.AT_RECURSIVE, AT_EMPTY_PATH: fcntl.AT_EMPTY_PATH }, 'OPEN_TREE_ AT_'),
  mountAttr: table(mount, 'MOUNT_ATTR_', 'MOUNT_ATTR__ATIME MOUNT_ATTR_SIZE_VER0 MOUNT_ATTR_RELATIME'),
  xattr: table(xattr, 'XATTR_CREATE XATTR_REPLACE'),
  family: table(socket, 'AF_UNIX AF_NETLINK AF_', 'AF_LOCAL AF_FILE AF_ROUTE AF_MAX'),
  sockType: table(socket, 'SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_PACKET'),
  sockFlags: table(socket, 'SOCK_CLOEXEC SOCK_NONBLOCK'),
  sockLevel: table(socket, 'SOL_'),
  protocol: table(inet, 'IPPROTO_', 'IPPROTO_MAX'),
  sockOption: table(socket, 'SO_'),
  tcpOption: table(
    inet,
    'TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEP TCP_SYNCNT TCP_LINGER2 TCP_DEFER TCP_WINDOW TCP_INFO TCP_QUICKACK TCP_CONGESTION TCP_MD5SIG TCP_USER_TIMEOUT TCP_FASTOPEN TCP_NOTSENT TCP_INQ TCP_TX',
  ),
  ipOption: table(inet, 'IP_'),
  ipv6Option: table(inet, 'IPV6_'),
  msg: table(socket, 'MSG_', 'MSG_TRYHARD'),
  scm: table(socket, 'SCM_RIGHTS SCM_CREDENTIALS SCM_SECURITY SCM_PIDFD'),
  shut: table(socket, 'SHUT_'),
  futex: table(
    futex,
    'FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP FUTEX_LOCK_PI FUTEX_UNLOCK_PI FUTEX_TRYLOCK_PI',
    'FUTEX_WAITERS FUTEX_WAITV_MAX FUTEX_WAIT_PRIVATE FUTEX_WAKE_PRIVATE',
  ),
  ioctl: table(
    ioctl,
    'TC TIOC FIO SIOC FS_IOC_ FICLONE FIDEDUPE FIGETBSZ FIBMAP FIFREEZE FITHAW FITRIM NS_ BLK KD VT_ RND TUN PIDFD_GET PROCMAP',
    'TCOOFF TCOON TCIOFF TCION TCIFLUSH TCOFLUSH TCIOFLUSH TCSANOW TCSADRAIN TCSAFLUSH TIOCPKT_DATA TIOCPKT_FLUSHREAD TIOCPKT_FLUSHWRITE TIOCPKT_STOP TIOCPKT_START TIOCPKT_NOSTOP TIOCPKT_DOSTOP TIOCPKT_IOCTL TIOCSER_TEMT TIOCINQ',
  ),
  prctl: table(
    prctl,
    'PR_SET_ PR_GET_ PR_CAP PR_MCE PR_MPX PR_TASK PR_SVE PR_SME PR_PAC PR_SCHED PR_TIMER PR_FUTEX PR_LOCK',
    'PR_SET_MM_START_CODE PR_SET_MM_END_CODE PR_SET_MM_START_DATA PR_SET_MM_END_DATA PR_SET_MM_START_STACK PR_SET_MM_START_BRK PR_SET_MM_BRK PR_SET_MM_ARG_START PR_SET_MM_ARG_END PR_SET_MM_ENV_START PR_SET_MM_ENV_END PR_SET_MM_AUXV PR_SET_MM_EXE_FILE PR_SET_MM_MAP PR_SET_MM_MAP_SIZE PR_SET_VMA_ANON_NAME',
  ),
  archPrctl: table(prctl, 'ARCH_'),
  seccomp: table(prctl, 'SECCOMP_SET_MODE_ SECCOMP_GET_'),
  capability: table(capability, 'CAP_', 'CAP_LAST_CAP'),
  ipc: table(ipc, 'IPC_CREAT IPC_EXCL IPC_NOWAIT'),
  ipcCommand: table(ipc, 'IPC_RMID IPC_SET IPC_STAT IPC_INFO'),
  shmCommand: table(ipc, 'IPC_RMID IPC_SET IPC_STAT IPC_INFO SHM_LOCK SHM_UNLOCK SHM_STAT SHM_INFO'),
  semCommand: table(ipc, 'IPC_RMID IPC_SET IPC_STAT IPC_INFO GETPID GETVAL GETALL GETNCNT GETZCNT SETVAL SETALL SEM_STAT SEM_INFO'),
  membarrier: table(membarrier, 'MEMBARRIER_CMD_'),
  ptrace: table(
    ptrace,
    'PTRACE_TRACEME PTRACE_PEEK PTRACE_POKE PTRACE_CONT PTRACE_KILL PTRACE_SINGLE PTRACE_GET PTRACE_SET PTRACE_ATTACH PTRACE_DETACH PTRACE_SYSCALL PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN PTRACE_PEEKSIGINFO',
  ),
  reboot: table(linux, 'LINUX_REBOOT_CMD_'),
  personality: table(
    linux,
    'ADDR_NO_RANDOMIZE UNAME26 MMAP_PAGE_ZERO ADDR_COMPAT_LAYOUT READ_IMPLIES_EXEC ADDR_LIMIT_ SHORT_INODE WHOLE_SECONDS STICKY_TIMEOUTS',
  ),
  pidfd: table(linux, 'PIDFD_NONBLOCK PIDFD_THREAD'),
} as const;

export function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** One value of an enumeration, or the number in hexadecimal with a question as strace(1) writes it. */
export function oneOf({ byValue }: NameTable, value: number, unknown?: string): string {
  return byValue.get(value) ?? (unknown === undefined ? hex(value) : `${hex(value)} /* ${unknown} */`);
}

/** Flags joined by |; `none` is what zero is called. Bits without a name come last, in hexadecimal. */
export function flags({ flags: known }: NameTable, value: number, none = '0'): string {
  const high = value > 0xffffffff ? Math.floor(value / 0x100000000) : 0;
  let rest = value >>> 0;
  const found: (readonly [number, string])[] = [];
  for (const entry of known) {
    const flag = entry[0];
    if (flag > 0xffffffff) {
      if (high !== 0 && Math.floor(value / flag) % 2 === 1) found.push(entry);
    } else if ((rest & flag) >>> 0 === flag) {
      found.push(entry);
      rest = (rest & ~flag) >>> 0;
    }
  }
  const parts = found.sort((a, b) => a[0] - b[0]).map(([, name]) => name);
  if (rest !== 0) parts.push(hex(rest));
  return parts.length === 0 ? none : parts.join('|');
}
