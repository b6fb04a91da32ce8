/** Host system call numbers (x86-64) and constants that the boundary itself uses. */

export const Sys = {
  read: 0,
  close: 3,
  mmap: 9,
  mprotect: 10,
  munmap: 11,
  rt_sigaction: 13,
  rt_sigprocmask: 14,
  rt_sigreturn: 15,
  sched_yield: 24,
  mremap: 25,
  msync: 26,
  madvise: 28,
  getpid: 39,
  socketpair: 53,
  recvmsg: 47,
  clone: 56,
  exit: 60,
  kill: 62,
  fcntl: 72,
  ftruncate: 77,
  capset: 126,
  sigaltstack: 131,
  getrusage: 98,
  mlock: 149,
  munlock: 150,
  prctl: 157,
  arch_prctl: 158,
  futex: 202,
  sched_setaffinity: 203,
  sched_getaffinity: 204,
  exit_group: 231,
  tgkill: 234,
  waitid: 247,
  openat: 257,
  prlimit64: 302,
  getcpu: 309,
  seccomp: 317,
  memfd_create: 319,
  close_range: 436,
} as const;

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MADV_DONTFORK = 10;
export const MADV_DONTDUMP = 16;
export const MREMAP_MAYMOVE = 1;
export const MREMAP_FIXED = 2;
export const MREMAP_DONTUNMAP = 4;
export const MSG_DONTWAIT = 0x40;
export const SIGKILL = 9;

/** VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, CHILD_SETTID, CHILD_CLEARTID. */
export const CLONE_THREAD_FLAGS = 0x0125_0f00;
/** CLONE_PARENT: all stubs are the kernel's children. */
export const CLONE_FORK_FLAGS = 0x8000;
