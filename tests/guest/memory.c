// Memory: mapping in all forms, protection, moving, sharing, sealing, limits, and what /proc/self/maps says of it.
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/uio.h>
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t pages, int prot, int flags) {
    char *p = mmap(0, pages * PAGE, prot, flags, -1, 0);
    NEED(p != MAP_FAILED);
    return p;
}
static sigjmp_buf env;
static volatile int code, number;
static void *volatile address;
static void fault(int s, siginfo_t *si, void *u) { number = s; code = si->si_code; address = si->si_addr; siglongjmp(env, 1); }
// The signal that a read (or write) of a byte raises; 0 if none.
static int touch(volatile char *p, int write) {
    struct sigaction a = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &a, 0);
    sigaction(SIGBUS, &a, 0);
    number = 0;
    if (!sigsetjmp(env, 1)) { if (write) *p = 1; else (void)*p; }
    return number;
}
// The permissions of the mapping at an address by /proc/self/maps, "" if there is none.
static char *perms_at(void *p) {
    static char perms[8];
    unsigned long a, b;
    perms[0] = 0;
    for (char *line = slurp("/proc/self/maps"); line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : 0)
        if (sscanf(line, "%lx-%lx %7s", &a, &b, perms) == 3 && a <= (unsigned long)p && (unsigned long)p < b) return perms;
    perms[0] = 0;
    return perms;
}

CASE(anonymous_is_zero_and_private) {
    char *p = map(4, RW, ANON);
    for (int i = 0; i < 4 * PAGE; i += 512) EQ(p[i], 0);
    p[0] = 1;
    EXITED(CHILD({ EQ(p[0], 1); p[0] = 2; }), 0);
    EQ(p[0], 1);
    STR(perms_at(p), "rw-p");
}
CASE(mmap_errors) {
    EQ(mmap(0, 0, RW, ANON, -1, 0) == MAP_FAILED && errno == EINVAL, 1);
    EQ(mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL, 1);
    EQ(mmap(0, PAGE, RW, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF, 1);
    EQ(mmap(0, PAGE, RW, MAP_PRIVATE, 0, 100) == MAP_FAILED && errno == EINVAL, 1);
    EQ(mmap((void *)0x1001, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL, 1);
    EQ(mmap(0, 1UL << 62, RW, ANON, -1, 0) == MAP_FAILED && errno == ENOMEM, 1);
    EQ(mmap((void *)(1UL << 50), PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED && errno == ENOMEM, 1);
    put("f", "x");
    int r = OK(open("f", O_RDONLY)), w = OK(open("f", O_WRONLY)), d = OK(open(".", O_RDONLY)), pp[2];
    OK(pipe(pp));
    EQ(mmap(0, PAGE, RW, MAP_SHARED, r, 0) == MAP_FAILED && errno == EACCES, 1);
    EQ(mmap(0, PAGE, PROT_READ, MAP_SHARED, w, 0) == MAP_FAILED && errno == EACCES, 1);
    EQ(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, w, 0) == MAP_FAILED && errno == EACCES, 1);
    EQ(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, d, 0) == MAP_FAILED && errno == ENODEV, 1);
    EQ(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, pp[0], 0) == MAP_FAILED && errno == ENODEV, 1);
    EQ(mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | 0x4000000, r, 0) == MAP_FAILED, 1);
    CHECK(mmap(0, PAGE, RW, MAP_PRIVATE, r, 0) != MAP_FAILED);
    ERR(munmap((void *)1, PAGE), EINVAL);
    ERR(munmap((void *)PAGE, 0), EINVAL);
    OK(munmap((void *)(100 * PAGE), PAGE)); // nothing there: success
}
CASE(fixed_replaces_noreplace_refuses) {
    char *p = map(3, RW, ANON);
    memset(p, 7, 3 * PAGE);
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == p + PAGE);
    EQ(p[0], 7); EQ(p[PAGE], 0); EQ(p[2 * PAGE], 7);
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
    OK(munmap(p + PAGE, PAGE));
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
    char *hint = map(1, RW, ANON);
    OK(munmap(hint, PAGE));
    CHECK(mmap(hint, PAGE, RW, ANON, -1, 0) == hint);
    CHECK(mmap(hint, PAGE, RW, ANON, -1, 0) != hint);
    CHECK((uintptr_t)mmap(0, PAGE, RW, ANON | MAP_32BIT, -1, 0) < 1UL << 31);
}
CASE(partial_munmap_splits) {
    char *p = map(5, RW, ANON);
    memset(p, 3, 5 * PAGE);
    OK(munmap(p + PAGE, 2 * PAGE));
    EQ(touch(p, 0), 0); EQ(touch(p + PAGE, 0), SIGSEGV); EQ(code, SEGV_MAPERR); CHECK(address == p + PAGE);
    EQ(touch(p + 3 * PAGE, 0), 0);
    STR(perms_at(p + 2 * PAGE), "");
    OK(munmap(p, 5 * PAGE));
    EQ(touch(p, 0), SIGSEGV);
}
CASE(mprotect_codes) {
    char *p = map(3, RW, ANON);
    OK(mprotect(p + PAGE, PAGE, PROT_READ));
    EQ(touch(p + PAGE, 0), 0);
    EQ(touch(p + PAGE, 1), SIGSEGV); EQ(code, SEGV_ACCERR);
    OK(mprotect(p + PAGE, PAGE, PROT_NONE));
    EQ(touch(p + PAGE, 0), SIGSEGV); EQ(code, SEGV_ACCERR);
    STR(perms_at(p + PAGE), "---p");
    STR(perms_at(p), "rw-p");
    OK(mprotect(p, 3 * PAGE, PROT_READ | PROT_EXEC));
    STR(perms_at(p + PAGE), "r-xp");
    ERR(mprotect(p + 1, PAGE, RW), EINVAL);
    OK(munmap(p + 2 * PAGE, PAGE));
    ERR(mprotect(p, 3 * PAGE, RW), ENOMEM);
    EQ(touch(p + PAGE, 1), 0); // what came before the hole was changed
    ERR(mprotect(p, PAGE, 0x40), EINVAL);
    OK(mprotect(p, 0, RW));
    put("f", "x");
    char *ro = mmap(0, PAGE, PROT_READ, MAP_SHARED, open("f", O_RDONLY), 0);
    ERR(mprotect(ro, PAGE, RW), EACCES);
}
CASE(code_may_be_made) {
    static const unsigned char text[] = {0xb8, 42, 0, 0, 0, 0xc3}, call[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3};
    unsigned char *p = (unsigned char *)map(1, RW, ANON);
    memcpy(p, text, sizeof text);
    memcpy(p + 64, call, sizeof call);
    OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
    EQ(((int (*)(void))p)(), 42);
    for (int i = 0; i < 3; i++) EQ(((int (*)(void))(p + 64))(), getpid());
    unsigned char *q = (unsigned char *)map(1, RW | PROT_EXEC, ANON);
    memcpy(q, call, sizeof call);
    EQ(((int (*)(void))q)(), getpid());
    memcpy(q, text, sizeof text); // written over after it has run
    EQ(((int (*)(void))q)(), 42);
    memcpy(q, call, sizeof call);
    q[1] = SYS_getppid;
    EQ(((int (*)(void))q)(), getppid());
}
CASE(mremap_forms) {
    char *p = map(4, RW, ANON);
    p[0] = 1; p[3 * PAGE] = 4;
    CHECK(mremap(p, 4 * PAGE, 2 * PAGE, 0) == p);
    EQ(touch(p + 2 * PAGE, 0), SIGSEGV);
    CHECK(mremap(p, 2 * PAGE, 4 * PAGE, 0) == p || errno == ENOMEM);
    char *block = map(3, RW, ANON);
    CHECK(mremap(block, PAGE, 2 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
    block[0] = 9;
    char *moved = mremap(block, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    EQ(moved[0], 9); EQ(moved[63 * PAGE], 0);
    EQ(touch(block, 0), SIGSEGV);
    char *target = map(4, RW, ANON);
    target[PAGE] = 5;
    CHECK(mremap(moved, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    EQ(target[0], 9); EQ(target[PAGE], 5);
    char *keep = map(2, RW, ANON);
    keep[0] = 6;
    char *copy = mremap(keep, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, (void *)0);
    NEED(copy != MAP_FAILED && copy != keep);
    EQ(copy[0], 6); EQ(keep[0], 0);
    char *shared = map(1, RW, MAP_SHARED | MAP_ANONYMOUS);
    shared[0] = 8;
    char *alias = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
    NEED(alias != MAP_FAILED);
    alias[1] = 3;
    EQ(alias[0], 8); EQ(shared[1], 3);
}
CASE(mremap_errors) {
    char *p = map(4, RW, ANON);
    CHECK(mremap(p + 1, PAGE, PAGE, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(p, PAGE, 0, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(p, PAGE, PAGE, 0x40) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(p, PAGE, PAGE, MREMAP_FIXED, p + PAGE) == MAP_FAILED && errno == EINVAL);
    CHECK(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE) == MAP_FAILED && errno == EINVAL); // overlap
    OK(munmap(p + PAGE, PAGE));
    CHECK(mremap(p + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
    CHECK(mremap(p, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
    CHECK(mremap(p, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL); // only of shared ones
}
CASE(brk_grows_and_shrinks) {
    char *now = (char *)syscall(SYS_brk, 0);
    CHECK((char *)syscall(SYS_brk, now + 10 * PAGE) == now + 10 * PAGE);
    EQ(touch(now + 9 * PAGE, 1), 0);
    EQ(now[9 * PAGE], 1);
    CHECK(strstr(slurp("/proc/self/maps"), "[heap]") != 0);
    CHECK((char *)syscall(SYS_brk, now + PAGE) == now + PAGE);
    EQ(touch(now + 9 * PAGE, 0), SIGSEGV);
    CHECK((char *)syscall(SYS_brk, now + 10 * PAGE) == now + 10 * PAGE);
    EQ(now[9 * PAGE], 0);
    CHECK((char *)syscall(SYS_brk, 1) == now + 10 * PAGE);
    struct rlimit r = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_DATA, &r);
    CHECK((char *)syscall(SYS_brk, now + (64 << 20)) == now + 10 * PAGE);
}
CASE(madvise_forms) {
    char *p = map(4, RW, ANON);
    memset(p, 5, 4 * PAGE);
    OK(madvise(p + PAGE, PAGE, MADV_DONTNEED));
    EQ(p[0], 5); EQ(p[PAGE], 0); EQ(p[2 * PAGE], 5);
    OK(madvise(p, 4 * PAGE, MADV_WILLNEED)); OK(madvise(p, 4 * PAGE, MADV_RANDOM)); OK(madvise(p, 4 * PAGE, MADV_FREE));
    OK(madvise(p, 4 * PAGE, MADV_NORMAL));
    ERR(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    ERR(madvise(p, PAGE, 999), EINVAL);
    OK(madvise(p, 0, MADV_DONTNEED));
    OK(munmap(p + PAGE, PAGE));
    ERR(madvise(p, 4 * PAGE, MADV_DONTNEED), ENOMEM);
    EQ(p[2 * PAGE], 0); // the rest was done
    char *q = map(2, RW, ANON);
    q[0] = 1; q[PAGE] = 2;
    OK(madvise(q, PAGE, MADV_DONTFORK));
    OK(madvise(q + PAGE, PAGE, MADV_WIPEONFORK));
    EXITED(CHILD({ EQ(touch(q, 0), SIGSEGV); EQ(q[PAGE], 0); }), 0);
    EQ(q[0], 1); EQ(q[PAGE], 2);
    OK(madvise(q, PAGE, MADV_DONTDUMP)); OK(madvise(q, PAGE, MADV_DODUMP));
}
CASE(shared_over_fork) {
    int *p = (int *)map(2, RW, MAP_SHARED | MAP_ANONYMOUS);
    EXITED(CHILD({ p[0] = 11; p[1024] = 22; }), 0);
    EQ(p[0], 11); EQ(p[1024], 22);
    STR(perms_at(p), "rw-s");
    EXITED(CHILD({ OK(mprotect(p, PAGE, PROT_READ)); EQ(touch((char *)p, 1), SIGSEGV); }), 0);
    p[0] = 3;
    EXITED(CHILD({ pid_t g = CHILD(p[0] = 99); EXITED(g, 0); EQ(p[0], 99); }), 0);
}
CASE(shared_file_and_file_io_agree) {
    put("f", "0123456789");
    int fd = OK(open("f", O_RDWR));
    char *m = mmap(0, PAGE, RW, MAP_SHARED, fd, 0), b[16] = "";
    NEED(m != MAP_FAILED);
    EQ(memcmp(m, "0123456789", 10), 0);
    EQ(m[10], 0);
    m[0] = 'A';
    EQ(pread(fd, b, 10, 0), 10);
    STR(b, "A123456789");
    EQ(pwrite(fd, "BC", 2, 1), 2);
    EQ(m[1], 'B');
    OK(msync(m, PAGE, MS_SYNC)); OK(msync(m, PAGE, MS_ASYNC));
    ERR(msync(m, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    ERR(msync(m + 1, PAGE, MS_SYNC), EINVAL);
    ERR(msync(m, PAGE, 0x40), EINVAL);
    close(fd);
    m[3] = 'D';
    STR(slurp("f"), "ABCD456789");
    OK(munmap(m, PAGE));
    ERR(msync(m, PAGE, MS_SYNC), ENOMEM);
}
CASE(private_file_keeps_its_copy) {
    put("f", "hello");
    int fd = OK(open("f", O_RDWR));
    char *m = mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0);
    m[0] = 'J';
    STR(slurp("f"), "hello");
    EQ(m[0], 'J'); EQ(m[1], 'e');
    EXITED(CHILD({ EQ(m[0], 'J'); m[0] = 'X'; }), 0);
    EQ(m[0], 'J');
    OK(unlink("f"));
    EQ(m[1], 'e');
    CHECK(strstr(slurp("/proc/self/maps"), "/f (deleted)\n") != 0);
}
CASE(sigbus_past_the_end) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    OK(ftruncate(fd, PAGE + 100));
    char *m = mmap(0, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    EQ(touch(m + PAGE + 200, 1), 0); // the rest of the last page
    EQ(touch(m + 2 * PAGE, 0), SIGBUS); EQ(code, BUS_ADRERR); CHECK(address == m + 2 * PAGE);
    OK(ftruncate(fd, 3 * PAGE));
    EQ(touch(m + 2 * PAGE, 1), 0);
    OK(ftruncate(fd, PAGE));
    EQ(touch(m + PAGE, 0), SIGBUS);
    ERR(write(1 + 0 * fd, m + PAGE, 1), EFAULT); // in the kernel it is a fault of the address
}
CASE(memfd_and_seals) {
    int fd = OK(memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC));
    char link[64], text[128] = "", b[8];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    CHECK(readlink(link, text, sizeof text - 1) > 0);
    STR(text, "/memfd:name (deleted)");
    OK(ftruncate(fd, 2 * PAGE));
    EQ(write(fd, "abc", 3), 3);
    char *m = mmap(0, PAGE, RW, MAP_SHARED, fd, 0);
    EQ(m[0], 'a');
    EQ(fcntl(fd, F_GET_SEALS), 0);
    ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    OK(munmap(m, PAGE));
    OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
    ERR(write(fd, "x", 1), EPERM);
    ERR(ftruncate(fd, PAGE), EPERM);
    OK(ftruncate(fd, 3 * PAGE));
    CHECK(mmap(0, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EPERM);
    CHECK(mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
    EQ(pread(fd, b, 3, 0), 3);
    OK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL));
    ERR(ftruncate(fd, 4 * PAGE), EPERM);
    ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    int plain = OK(memfd_create("", 0));
    EQ(fcntl(plain, F_GET_SEALS), F_SEAL_SEAL);
    ERR(fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    ERR(memfd_create("x", 0x4000), EINVAL);
    put("f", "x");
    ERR(fcntl(open("f", O_RDWR), F_GET_SEALS), EINVAL);
    char name[300];
    memset(name, 'n', 299); name[250] = 0;
    ERR(memfd_create(name, 0), EINVAL);
    name[249] = 0;
    OK(memfd_create(name, 0));
}
CASE(grows_down) {
    char *p = map(64, RW, ANON);
    OK(munmap(p, 64 * PAGE));
    char *g = mmap(p + 60 * PAGE, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    NEED(g != MAP_FAILED);
    EQ(touch(g - 1, 1), 0);
    EQ(touch(g - 2 * PAGE, 1), 0);
}
CASE(stack_grows) {
    volatile char big[1 << 20];
    big[0] = 1;
    EQ(big[0], 1);
    CHECK(strstr(slurp("/proc/self/maps"), "[stack]") != 0);
}
CASE(mincore_tells) {
    char *p = map(3, RW, ANON);
    unsigned char v[3];
    p[PAGE] = 1;
    OK(mincore(p, 3 * PAGE, v));
    EQ(v[0] & 1, 0); EQ(v[1] & 1, 1); EQ(v[2] & 1, 0);
    ERR(mincore(p + 1, PAGE, v), EINVAL);
    OK(munmap(p + 2 * PAGE, PAGE));
    ERR(mincore(p, 3 * PAGE, v), ENOMEM);
    ERR(mincore(p, PAGE, BAD), EFAULT);
}
CASE(mlock_limits) {
    char *p = map(64, RW, ANON);
    OK(mlock(p, PAGE));
    CHECK(status_field("VmLck:") >= 4);
    OK(munlock(p, PAGE));
    EQ(status_field("VmLck:"), 0);
    OK(mlock2(p, PAGE, MLOCK_ONFAULT));
    ERR(mlock2(p, PAGE, 8), EINVAL);
    OK(munlockall());
    if (geteuid() == 0) OK(syscall(SYS_setresuid, 65534, 65534, 65534));
    struct rlimit r = {8 * PAGE, 8 * PAGE};
    OK(setrlimit(RLIMIT_MEMLOCK, &r));
    OK(mlock(p, 8 * PAGE));
    ERR(mlock(p + 16 * PAGE, PAGE), ENOMEM);
    ERR(mlockall(MCL_CURRENT), ENOMEM);
    CHECK(mmap(0, PAGE, RW, ANON | MAP_LOCKED, -1, 0) == MAP_FAILED && errno == EAGAIN);
    r.rlim_cur = r.rlim_max = 0;
    OK(setrlimit(RLIMIT_MEMLOCK, &r));
    ERR(mlock(p + 32 * PAGE, PAGE), EPERM);
    ERR(mlockall(0), EINVAL);
}
CASE(address_space_limit) {
    struct rlimit r = {256 << 20, 256 << 20};
    OK(setrlimit(RLIMIT_AS, &r));
    CHECK(mmap(0, 512 << 20, RW, ANON, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(mmap(0, 16 << 20, RW, ANON, -1, 0) != MAP_FAILED);
}
CASE(maps_show_files_and_offsets) {
    put("f", "x");
    int fd = OK(open("f", O_RDWR));
    OK(ftruncate(fd, 4 * PAGE));
    char *m = mmap(0, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE), want[64], cwd[256], path[300];
    struct stat s;
    OK(fstat(fd, &s));
    snprintf(want, sizeof want, "%lx-%lx r--p 00001000 ", (unsigned long)m, (unsigned long)m + 2 * PAGE);
    char *line = strstr(slurp("/proc/self/maps"), want);
    NEED(line != 0);
    unsigned major, minor;
    unsigned long inode;
    char name[300];
    EQ(sscanf(line + strlen(want), "%x:%x %lu %299s", &major, &minor, &inode, name), 4);
    EQ(inode, s.st_ino);
    CHECK(getcwd(cwd, sizeof cwd) != 0);
    snprintf(path, sizeof path, "%s/f", cwd);
    STR(name, path);
    char *maps = slurp("/proc/self/maps");
    CHECK(strstr(maps, "[vdso]") && strstr(maps, "[stack]"));
}
CASE(efault_at_the_edge) {
    char *p = map(2, RW, ANON);
    OK(munmap(p + PAGE, PAGE));
    int pp[2], zero = OK(open("/dev/zero", O_RDONLY));
    OK(pipe(pp));
    EQ(write(pp[1], "abcdef", 6), 6);
    EQ(read(zero, p + PAGE - 100, 200), 100); // partial up to the hole
    ERR(read(zero, p + PAGE, 1), EFAULT);
    ERR(read(pp[0], p + PAGE, 3), EFAULT);
    ERR(write(pp[1], p + PAGE, 1), EFAULT);
    ERR(pipe((int *)(p + PAGE - 4)), EFAULT);
    memset(p, '/', PAGE);
    ERR(open(p + 100, O_RDONLY), EFAULT);
    strcpy(p + PAGE - 10, "/dev/null");
    OK(open(p + PAGE - 10, O_RDONLY)); // ends on the page's last byte
    ERR(open((char *)(1UL << 63), O_RDONLY), EFAULT);
    ERR(read(zero, (char *)-4096, 10), EFAULT);
}
CASE(vdso_pages_can_be_read_by_calls) {
    char *vdso = (char *)getauxval(AT_SYSINFO_EHDR), b[8];
    if (!vdso) SKIP("no vDSO");
    int pp[2];
    OK(pipe(pp));
    struct iovec v[2] = {{"x", 1}, {vdso + 1, 3}};
    EQ(writev(pp[1], v, 2), 4);
    EQ(read(pp[0], b, 8), 4);
    EQ(memcmp(b, "xELF", 4), 0);
    EQ(write(pp[1], vdso, 4096), 4096);
    ERR(read(pp[0], vdso, 1), EFAULT);
}

// Addresses that one thread gives back may be another's at once: neither may lose what it has just mapped.
static void *map_and_unmap(void *seed) {
    long wrong = 0;
    for (long i = 0; i < 3000; i++) {
        size_t length = (1 + (i + (long)seed) % 4) * PAGE;
        char *p = mmap(0, length, RW, ANON, -1, 0);
        if (p == MAP_FAILED) return (void *)-1L;
        memset(p, (int)(long)seed, length);
        for (size_t k = 0; k < length; k += PAGE) wrong += p[k] != (char)(long)seed;
        if (munmap(p, length)) return (void *)-2L;
    }
    return (void *)wrong;
}
CASE_LIMIT(threads_that_map_and_unmap, 60) {
    EXITED(CHILD({
        pthread_t t[4];
        for (long i = 0; i < 4; i++) if (pthread_create(&t[i], 0, map_and_unmap, (void *)(i + 1))) _exit(2);
        for (int i = 0; i < 4; i++) {
            void *wrong;
            if (pthread_join(t[i], &wrong) || wrong) _exit(3);
        }
        _exit(0);
    }), 0);
}
CASE(process_vm_copies) {
    char *p = map(1, RW, ANON), b[16] = "";
    strcpy(p, "original");
    pid_t c = CHILD({ while (p[0] != 'X') sleep_ms(1); });
    struct iovec l = {b, 8}, r = {p, 8};
    EQ(process_vm_readv(c, &l, 1, &r, 1, 0), 8);
    STR(b, "original");
    b[0] = 'X';
    EQ(process_vm_writev(c, &l, 1, &r, 1, 0), 8);
    EXITED(c, 0);
    EQ(p[0], 'o');
    ERR(process_vm_readv(999999, &l, 1, &r, 1, 0), ESRCH);
    ERR(process_vm_readv(getpid(), &l, 1, &r, 1, 1), EINVAL);
    r.iov_base = BAD;
    ERR(process_vm_readv(getpid(), &l, 1, &r, 1, 0), EFAULT);
}
TEST_MAIN
