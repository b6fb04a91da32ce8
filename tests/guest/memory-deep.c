// Memory calls beyond the basics: errno cases and edges of mmap, mprotect, mremap, madvise, mlock, msync, mincore, brk, memfd.
#include "check.h"
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
static char *map(size_t pages) { char *a = mmap(0, pages * PAGE, RW, ANON, -1, 0); NEED(a != MAP_FAILED); return a; }
#define MAPERR(call, e) ERR((long)(call), e)

CASE(mmap_more_errors) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    int ro = OK(open("f", O_RDONLY)), wo = OK(open("f", O_WRONLY)), dir = OK(open(".", O_RDONLY)), pp[2];
    OK(pipe(pp));
    MAPERR(mmap(0, 0, RW, ANON, -1, 0), EINVAL);
    MAPERR(mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    MAPERR(mmap(0, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
    MAPERR(mmap(0, PAGE, RW, MAP_PRIVATE, 9999, 0), EBADF);
    MAPERR(mmap(0, PAGE, RW, MAP_SHARED, ro, 0), EACCES);
    MAPERR(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
    MAPERR(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
    MAPERR(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, pp[0], 0), ENODEV);
    MAPERR(syscall(SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, fd, 100), EINVAL);
    MAPERR(mmap((void *)1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
    MAPERR(mmap(0, 1UL << 60, RW, ANON, -1, 0), ENOMEM);
    MAPERR(mmap(0, -1UL, RW, ANON, -1, 0), ENOMEM);
    MAPERR(mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 25), fd, 0), EOPNOTSUPP);
    CHECK(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, ro, 0) != MAP_FAILED);
    CHECK(mmap(0, PAGE, RW, MAP_PRIVATE, ro, 0) != MAP_FAILED);
    CHECK(mmap(0, PAGE, PROT_NONE, MAP_SHARED, fd, 1L << 40) != MAP_FAILED);
    char *a = map(1);
    MAPERR(mmap(a, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    EQ((long)mmap(a, PAGE, RW, ANON | MAP_FIXED, -1, 0), (long)a);
}
CASE(munmap_edges) {
    char *a = map(3);
    ERR(munmap(a + 1, PAGE), EINVAL);
    ERR(munmap(a, 0), EINVAL);
    ERR(munmap((void *)(1UL << 63), PAGE), EINVAL);
    OK(munmap(a, 1));
    OK(munmap(a, 3 * PAGE));
    OK(munmap(a, 3 * PAGE));
}
CASE(mprotect_edges) {
    char *a = map(3);
    ERR(mprotect(a + 1, PAGE, PROT_READ), EINVAL);
    ERR(mprotect(a, PAGE, 0x100), EINVAL);
    ERR(mprotect(a, PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP), EINVAL);
    ERR(mprotect(a, PAGE, PROT_READ | PROT_GROWSDOWN), EINVAL);
    OK(mprotect(a, 0, PROT_READ));
    OK(munmap(a + PAGE, PAGE));
    ERR(mprotect(a, 3 * PAGE, PROT_READ), ENOMEM);
    int ro = OK(open("/etc/passwd", O_RDONLY));
    char *s = mmap(0, PAGE, PROT_READ, MAP_SHARED, ro, 0);
    ERR(mprotect(s, PAGE, RW), EACCES);
    char *p = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, ro, 0);
    OK(mprotect(p, PAGE, RW));
    *p = 'x';
}
CASE(mremap_edges) {
    char *a = map(4);
    strcpy(a, "here");
    MAPERR(mremap(a + 1, PAGE, PAGE, 0), EINVAL);
    MAPERR(mremap(a, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
    MAPERR(mremap(a, PAGE, PAGE, 99), EINVAL);
    MAPERR(mremap(a, PAGE, PAGE, MREMAP_FIXED, a + 8 * PAGE), EINVAL);
    MAPERR(mremap(a, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + PAGE), EINVAL);
    MAPERR(mremap(a, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + 1), EINVAL);
    MAPERR(mremap(a, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
    MAPERR(mremap((void *)(16UL << 20), PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    MAPERR(mremap(a, PAGE, 1UL << 50, MREMAP_MAYMOVE), EINVAL);
    char *fill = mmap(a + 4 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    (void)fill;
    MAPERR(mremap(a, 4 * PAGE, 8 * PAGE, 0), ENOMEM);
    char *b = mremap(a, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED);
    STR(b, "here");
    ERR(msync(a, PAGE, MS_ASYNC), ENOMEM);
    char *target = map(8);
    char *c = mremap(b, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    EQ((long)c, (long)target);
    STR(c, "here");
    char *d = mremap(c, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    CHECK(d != MAP_FAILED && d != c);
    STR(d, "here");
    EQ(c[0], 0);
    MAPERR(mremap(c, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0), EINVAL);
    // Two areas in one call.
    OK(mprotect(c + PAGE, PAGE, PROT_READ));
    MAPERR(mremap(c, 3 * PAGE, 6 * PAGE, MREMAP_MAYMOVE), EFAULT);
}
CASE(madvise_edges) {
    char *a = map(4);
    memset(a, 7, 4 * PAGE);
    ERR(madvise(a + 1, PAGE, MADV_NORMAL), EINVAL);
    ERR(madvise(a, PAGE, 12345), EINVAL);
    ERR(madvise(a, -1UL, MADV_NORMAL), EINVAL);
    OK(madvise(a, 0, MADV_NORMAL));
    for (int v = 0; v <= 4; v++) OK(madvise(a + 3 * PAGE, PAGE, v));
    EQ(a[3 * PAGE], 0);
    OK(madvise(a, PAGE, MADV_FREE));
    OK(madvise(a, PAGE, MADV_COLD));
    OK(madvise(a, PAGE, MADV_PAGEOUT));
    EQ(a[PAGE], 7);
    OK(madvise(a, PAGE, MADV_DONTDUMP)); OK(madvise(a, PAGE, MADV_DODUMP));
    ERR(madvise(a, PAGE, MADV_REMOVE), EINVAL);
    OK(madvise(a, PAGE, MADV_POPULATE_READ)); OK(madvise(a, PAGE, MADV_POPULATE_WRITE));
    OK(munmap(a + 2 * PAGE, PAGE));
    ERR(madvise(a, 4 * PAGE, MADV_WILLNEED), ENOMEM);
    ERR(madvise(a, 4 * PAGE, MADV_DONTNEED), ENOMEM);
    EQ(a[PAGE], 0);
    ERR(madvise(a, 4 * PAGE, MADV_POPULATE_READ), ENOMEM);
    OK(mlock(a, PAGE));
    ERR(madvise(a, PAGE, MADV_DONTNEED), EINVAL);
    OK(munlock(a, PAGE));
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    OK(ftruncate(fd, PAGE));
    char *s = mmap(0, PAGE, RW, MAP_SHARED, fd, 0);
    ERR(madvise(s, PAGE, MADV_FREE), EINVAL);
    ERR(madvise(s, PAGE, MADV_WIPEONFORK), EINVAL);
    char *none = mmap(0, PAGE, PROT_NONE, ANON, -1, 0);
    ERR(madvise(none, PAGE, MADV_POPULATE_READ), EINVAL);
    ERR(madvise(none, PAGE, MADV_POPULATE_WRITE), EINVAL);
}
CASE(fork_advice) {
    char *a = map(2);
    a[0] = 1; a[PAGE] = 2;
    OK(madvise(a, PAGE, MADV_DONTFORK));
    OK(madvise(a + PAGE, PAGE, MADV_WIPEONFORK));
    EXITED(CHILD({ EQ(a[PAGE], 0); ERR(msync(a, PAGE, MS_ASYNC), ENOMEM); EXITED(CHILD(EQ(a[PAGE], 0)), 0); }), 0);
    KILLED(CHILD(*(volatile char *)a), SIGSEGV);
    OK(madvise(a, PAGE, MADV_DOFORK));
    OK(madvise(a + PAGE, PAGE, MADV_KEEPONFORK));
    EXITED(CHILD({ EQ(a[0], 1); EQ(a[PAGE], 2); }), 0);
}
CASE(locking) {
    char *a = map(4);
    OK(mlock(a + 5, 10));
    CHECK(status_field("VmLck:") >= 4);
    OK(munlock(a, 4 * PAGE));
    EQ(status_field("VmLck:"), 0);
    ERR(syscall(SYS_mlock2, a, PAGE, 99), EINVAL);
    OK(syscall(SYS_mlock2, a, PAGE, 1));
    OK(munlock(a, PAGE));
    OK(munmap(a + PAGE, PAGE));
    ERR(mlock(a, 4 * PAGE), ENOMEM);
    ERR(munlock(a, 4 * PAGE), ENOMEM);
    ERR(mlockall(0), EINVAL);
    ERR(mlockall(99), EINVAL);
    ERR(mlockall(MCL_ONFAULT), EINVAL);
    OK(mlockall(MCL_FUTURE));
    char *b = map(2);
    CHECK(status_field("VmLck:") >= 8);
    OK(munlockall());
    EQ(status_field("VmLck:"), 0);
    struct rlimit l = {0, 0}, m = {PAGE, PAGE};
    EXITED(CHILD({ OK(setrlimit(RLIMIT_MEMLOCK, &l)); OK(setresuid(1000, 1000, 1000)); ERR(mlock(b, PAGE), EPERM); ERR(mlockall(MCL_CURRENT), EPERM); }), 0);
    EXITED(CHILD({ OK(setrlimit(RLIMIT_MEMLOCK, &m)); OK(setresuid(1000, 1000, 1000)); OK(mlock(b, PAGE)); OK(mlock(b, PAGE)); ERR(mlock(b, 2 * PAGE), ENOMEM); ERR(mlockall(MCL_CURRENT), ENOMEM); MAPERR(mmap(0, 2 * PAGE, RW, ANON | MAP_LOCKED, -1, 0), EAGAIN); }), 0);
}
CASE(msync_and_mincore_errors) {
    char *a = map(3), v[8];
    ERR(msync(a + 1, PAGE, MS_SYNC), EINVAL);
    ERR(msync(a, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    ERR(msync(a, PAGE, 99), EINVAL);
    OK(msync(a, 0, MS_SYNC));
    ERR(mincore(a + 1, PAGE, (void *)v), EINVAL);
    ERR(mincore(a, PAGE, BAD), EFAULT);
    ERR(mincore(a, -1UL, (void *)v), ENOMEM);
    OK(munmap(a + PAGE, PAGE));
    ERR(msync(a, 3 * PAGE, MS_SYNC), ENOMEM);
    ERR(mincore(a, 3 * PAGE, (void *)v), ENOMEM);
    OK(mlock(a, PAGE));
    ERR(msync(a, PAGE, MS_INVALIDATE), EBUSY);
}
CASE(brk_and_data_limit) {
    char *now = sbrk(0);
    struct rlimit l;
    OK(getrlimit(RLIMIT_DATA, &l));
    EQ((long)sbrk(3 * PAGE), (long)now);
    now[3 * PAGE - 1] = 1;
    EQ((long)sbrk(-3 * PAGE), (long)(now + 3 * PAGE));
    KILLED(CHILD(*(volatile char *)(now + 2 * PAGE) = 1), SIGSEGV);
    ERR((long)sbrk(1L << 46), ENOMEM);
    l.rlim_cur = 1 << 20;
    OK(setrlimit(RLIMIT_DATA, &l));
    ERR((long)sbrk(16 << 20), ENOMEM);
    MAPERR(mmap(0, 16 << 20, RW, ANON, -1, 0), ENOMEM);
    CHECK(mmap(0, 16 << 20, PROT_READ, ANON, -1, 0) != MAP_FAILED);
}
static sigjmp_buf jump;
static volatile sig_atomic_t code;
static void on_fault(int s, siginfo_t *i, void *c) { code = i->si_code; siglongjmp(jump, 1); }
static int fault_code(int sig, volatile char *at, int write) {
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(sig, &a, 0);
    code = -1;
    if (!sigsetjmp(jump, 1)) { if (write) *at = 1; else (void)*at; }
    return code;
}
CASE(fault_codes) {
    char *a = map(2);
    OK(munmap(a + PAGE, PAGE));
    EQ(fault_code(SIGSEGV, a + PAGE, 0), SEGV_MAPERR);
    OK(mprotect(a, PAGE, PROT_READ));
    EQ(fault_code(SIGSEGV, a, 1), SEGV_ACCERR);
    OK(mprotect(a, PAGE, PROT_NONE));
    EQ(fault_code(SIGSEGV, a, 0), SEGV_ACCERR);
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    char *s = mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    EQ(fault_code(SIGBUS, s, 0), BUS_ADRERR);
    OK(ftruncate(fd, 10));
    EQ(fault_code(SIGBUS, s, 0), -1);
    EQ(fault_code(SIGBUS, s + PAGE, 1), BUS_ADRERR);
}
CASE(copies_between_processes) {
    char *a = map(2);
    strcpy(a, "target");
    pid_t p = CHILD(pause());
    char b[16] = "";
    struct iovec l = {b, 7}, r = {a, 7};
    EQ(process_vm_readv(p, &l, 1, &r, 1, 0), 7);
    STR(b, "target");
    ERR(process_vm_readv(p, &l, 1, &r, 1, 1), EINVAL);
    ERR(process_vm_readv(1 << 22, &l, 1, &r, 1, 0), ESRCH);
    ERR(process_vm_readv(p, BAD, 1, &r, 1, 0), EFAULT);
    ERR(process_vm_readv(p, &l, 1, BAD, 1, 0), EFAULT);
    ERR(process_vm_readv(p, &l, 2000, &r, 1, 0), EINVAL);
    ERR(process_vm_readv(p, &l, 1, &r, 2000, 0), EINVAL);
    l.iov_len = -1; ERR(process_vm_readv(p, &l, 1, &r, 1, 0), EINVAL);
    l.iov_len = 7; r.iov_base = BAD; ERR(process_vm_readv(p, &l, 1, &r, 1, 0), EFAULT);
    r.iov_base = a;
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(process_vm_readv(p, &l, 1, &r, 1, 0), EPERM); }), 0);
    kill(p, SIGKILL);
    reap(p);
}
CASE(memfd_forms) {
    char big[260];
    memset(big, 'x', 259); big[259] = 0;
    ERR(memfd_create(big, 0), EINVAL);
    ERR(memfd_create("x", 0x8000), EINVAL);
    ERR(syscall(SYS_memfd_create, BAD, 0), EFAULT);
    int fd = OK(memfd_create("name", MFD_ALLOW_SEALING));
    EQ(fcntl(fd, F_GET_SEALS), 0);
    OK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    ERR(ftruncate(fd, 10), EPERM);
    int plain = OK(memfd_create("", 0));
    EQ(fcntl(plain, F_GET_SEALS), F_SEAL_SEAL);
    ERR(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW), EPERM);
}
TEST_MAIN
