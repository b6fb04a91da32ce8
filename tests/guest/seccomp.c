// seccomp(2): strict mode, filters and every action without a tracer or listener.
#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(value) BPF_STMT(BPF_RET | BPF_K, value)
// Answers `value` for call `nr`, allows the rest.
#define ONLY(nr_, value) { LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr_, 0, 1), RET(value), RET(SECCOMP_RET_ALLOW) }

static int install(struct sock_filter *f, unsigned n, unsigned flags) {
    struct sock_fprog p = {n, f};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p);
}
#define INSTALL(f) OK(install(f, sizeof f / sizeof *f, 0))
static void privs(void) { OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

CASE(strict_mode_allows_four_calls) {
    EXITED(CHILD({ OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); syscall(SYS_exit, 3); }), 3);
    KILLED(CHILD({ OK(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0)); getpid(); syscall(SYS_getppid); }), SIGKILL);
}
CASE(errno_action) {
    privs();
    struct sock_filter f[] = ONLY(__NR_uname, SECCOMP_RET_ERRNO | 77);
    INSTALL(f);
    struct utsname u;
    ERR(uname(&u), 77);
    OK(getpid());
    EQ(prctl(PR_GET_SECCOMP), 2);
    struct sock_filter large[] = ONLY(__NR_uname, SECCOMP_RET_ERRNO | 0xffff);
    INSTALL(large);
    // The newest filter wins among equal actions, and no errno is above 4095.
    EQ(syscall(SYS_uname, &u), -1);
    EQ(errno, 4095);
}
CASE(strictest_of_several_wins) {
    privs();
    struct sock_filter kill[] = ONLY(__NR_uname, SECCOMP_RET_KILL_PROCESS);
    struct sock_filter error[] = ONLY(__NR_uname, SECCOMP_RET_ERRNO | 5);
    struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
    struct utsname u;
    KILLED(CHILD({ INSTALL(error); INSTALL(kill); INSTALL(allow); uname(&u); }), SIGSYS);
    EXITED(CHILD({ INSTALL(error); INSTALL(allow); ERR(uname(&u), 5); }), 0);
}
CASE(arguments_are_seen) {
    privs();
    struct sock_filter f[] = {
        LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_dup, 0, 5),
        LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 100, 0, 3),
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 1), RET(SECCOMP_RET_ERRNO | 33), RET(SECCOMP_RET_ALLOW),
    };
    INSTALL(f);
    ERR(dup(100), 33);
    ERR(dup(99), EBADF);
    ERR(dup(101), 33);
    OK(dup(1));
}
static volatile int trap_nr, trap_errno, trap_arch, trap_code;
static void on_trap(int s, siginfo_t *i, void *c) {
    (void)s; (void)c;
    trap_nr = i->si_syscall; trap_errno = i->si_errno; trap_arch = i->si_arch; trap_code = i->si_code;
}
CASE(trap_action) {
    struct sigaction a = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    OK(sigaction(SIGSYS, &a, 0));
    privs();
    struct sock_filter f[] = ONLY(__NR_getppid, SECCOMP_RET_TRAP | 123);
    INSTALL(f);
    long r = syscall(SYS_getppid);
    EQ(r, __NR_getppid);
    EQ(trap_nr, __NR_getppid); EQ(trap_errno, 123); EQ(trap_arch, (int)AUDIT_ARCH_X86_64); EQ(trap_code, 1 /* SYS_SECCOMP */);
    signal(SIGSYS, SIG_IGN);
    KILLED(CHILD(syscall(SYS_getppid)), SIGSYS);
}
CASE(trace_and_notify_without_anybody) {
    privs();
    struct sock_filter f[] = { LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_uname, 1, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 1, 2),
        RET(SECCOMP_RET_TRACE), RET(SECCOMP_RET_USER_NOTIF), RET(SECCOMP_RET_ALLOW) };
    INSTALL(f);
    struct utsname u;
    ERR(uname(&u), ENOSYS);
    ERR(syscall(SYS_getppid), ENOSYS);
}
static void *call_uname(void *arg) { struct utsname u; return uname(&u) == 0 ? arg : arg; }
CASE(kill_thread_ends_one) {
    privs();
    struct sock_filter f[] = ONLY(__NR_uname, SECCOMP_RET_KILL_THREAD);
    EXITED(CHILD({ INSTALL(f); pthread_t t; pthread_create(&t, 0, call_uname, 0); pthread_join(t, 0); _exit(7); }), 7);
    KILLED(CHILD({ INSTALL(f); call_uname(0); }), SIGSYS);
}
static pthread_barrier_t together;
static void *waits(void *arg) {
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    struct utsname u;
    *(int *)arg = uname(&u) < 0 ? errno : 0;
    return 0;
}
CASE(tsync_reaches_all_threads) {
    privs();
    int found = -1;
    pthread_t t;
    pthread_barrier_init(&together, 0, 2);
    NEED(pthread_create(&t, 0, waits, &found) == 0);
    pthread_barrier_wait(&together);
    struct sock_filter f[] = ONLY(__NR_uname, SECCOMP_RET_ERRNO | 9);
    OK(install(f, 4, SECCOMP_FILTER_FLAG_TSYNC));
    pthread_barrier_wait(&together);
    pthread_join(t, 0);
    EQ(found, 9);
}
CASE(filters_survive_fork_and_exec) {
    privs();
    struct sock_filter f[] = ONLY(__NR_uname, SECCOMP_RET_ERRNO | EPERM);
    INSTALL(f);
    struct utsname u;
    EXITED(CHILD(ERR(uname(&u), EPERM)), 0);
    pid_t p = fork();
    if (p == 0) { execl("/bin/sh", "sh", "-c", "uname >/dev/null 2>&1", (char *)0); _exit(99); }
    EXITED(p, 1);
}
CASE(bad_programs) {
    struct sock_filter allow[] = { RET(SECCOMP_RET_ALLOW) };
    if (geteuid() != 0) ERR(install(allow, 1, 0), EACCES);
    privs();
    struct sock_filter no_end[] = { LOAD(nr) };
    ERR(install(no_end, 1, 0), EINVAL);
    struct sock_filter far[] = { BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0), RET(SECCOMP_RET_ALLOW) };
    ERR(install(far, 2, 0), EINVAL);
    struct sock_filter odd[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), RET(SECCOMP_RET_ALLOW) };
    ERR(install(odd, 2, 0), EINVAL);
    struct sock_filter beyond[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RET(SECCOMP_RET_ALLOW) };
    ERR(install(beyond, 2, 0), EINVAL);
    struct sock_filter bytes[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET(SECCOMP_RET_ALLOW) };
    ERR(install(bytes, 2, 0), EINVAL);
    struct sock_filter by_zero[] = { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(SECCOMP_RET_ALLOW) };
    ERR(install(by_zero, 2, 0), EINVAL);
    struct sock_filter unset[] = { BPF_STMT(BPF_LD | BPF_MEM, 3), RET(SECCOMP_RET_ALLOW) };
    ERR(install(unset, 2, 0), EINVAL);
    ERR(install(allow, 0, 0), EINVAL);
    ERR(install((void *)8, 1, 0), EFAULT);
    ERR(install(allow, 1, 1u << 20), EINVAL);
    ERR(syscall(SYS_seccomp, 99, 0, 0), EINVAL);
    ERR(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0), EINVAL);
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    OK(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
    action = 0x12340000;
    ERR(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action), EOPNOTSUPP);
}
CASE(arithmetic) {
    privs();
    // ((nr * 3 + 6) / 3 - 2) ^ 0 == nr, through scratch memory and X.
    struct sock_filter f[] = {
        LOAD(nr), BPF_STMT(BPF_ST, 1), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 6), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 3),
        BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 2), BPF_STMT(BPF_LDX | BPF_MEM, 1), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0), RET(SECCOMP_RET_ERRNO | 11),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 4), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 3), BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_ALU | BPF_NEG, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_uname * 2 + 2, 0, 1), RET(SECCOMP_RET_ERRNO | 44), RET(SECCOMP_RET_ALLOW),
    };
    INSTALL(f);
    struct utsname u;
    ERR(uname(&u), 44);
    OK(getpid());
}
TEST_MAIN
