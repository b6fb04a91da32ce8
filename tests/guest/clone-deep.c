// clone and clone3 beyond the basics: which flags go together, who becomes the parent, chosen pids, cleared handlers.
#include "check.h"
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static long clone3_call(struct clone_args *a, size_t size) { return syscall(SYS_clone3, a, size); }
static long raw_clone(unsigned long flags) { return syscall(SYS_clone, flags, 0, 0, 0, 0); }
static char stack[65536] __attribute__((aligned(64)));

CASE(flags_that_exclude_each_other) {
    ERR(raw_clone(CLONE_SIGHAND | SIGCHLD), EINVAL);
    ERR(raw_clone(CLONE_THREAD | SIGCHLD), EINVAL);
    ERR(raw_clone(CLONE_THREAD | CLONE_SIGHAND), EINVAL);
    ERR(raw_clone(CLONE_THREAD | CLONE_VM), EINVAL);
    ERR(raw_clone(CLONE_NEWNS | CLONE_FS | SIGCHLD), EINVAL);
    ERR(raw_clone(CLONE_NEWUSER | CLONE_FS | SIGCHLD), EINVAL);
    ERR(raw_clone(CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD), EINVAL);
    ERR(raw_clone(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), EINVAL);
    ERR(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, stack, 0, 0), EINVAL);
    ERR(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, stack, 0, 0), EINVAL);
    ERR(raw_clone(CLONE_PIDFD | SIGCHLD), EFAULT);
}
CASE(clone3_checks) {
    struct clone_args a = {0};
    a.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.flags = CLONE_DETACHED; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.flags = 17; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.flags = CLONE_PARENT; a.exit_signal = SIGCHLD; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.flags = 0; a.exit_signal = 65; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.exit_signal = (1ULL << 32) | SIGCHLD; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.exit_signal = SIGCHLD;
    a.stack = (uint64_t)-1; a.stack_size = 0; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.stack = 0; a.set_tid = (uint64_t)stack; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.set_tid = 0; a.set_tid_size = 1; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.set_tid = (uint64_t)stack; a.set_tid_size = 33; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.set_tid = a.set_tid_size = 0;
    a.flags = CLONE_INTO_CGROUP; a.cgroup = 100000; ERR(clone3_call(&a, sizeof a), EBADF);
    a.cgroup = -1ULL; ERR(clone3_call(&a, sizeof a), EINVAL);
    int fd = OK(open("/", O_RDONLY | O_DIRECTORY));
    a.cgroup = fd; ERR(clone3_call(&a, sizeof a), EBADF);
    a.cgroup = fd; ERR(clone3_call(&a, 80), EINVAL);
    a.flags = 0;
    ERR(clone3_call(&a, 63), EINVAL);
    ERR(clone3_call(NULL, sizeof a), EFAULT);
    pid_t p = clone3_call(&a, 64);
    if (!p) _exit(3);
    EXITED(p, 3);
}
CASE(clone_parent_makes_a_sibling) {
    int pp[2];
    OK(pipe(pp));
    pid_t me = getpid();
    pid_t p = CHILD({
        pid_t q = raw_clone(CLONE_PARENT | SIGUSR1);
        if (!q) { EQ(getppid(), me); pid_t mine = getpid(); if (write(pp[1], &mine, sizeof mine) < 0) _exit(9); _exit(7); }
        int st;
        ERR(waitpid(q, &st, __WALL), ECHILD);
    });
    pid_t q;
    EQ(read(pp[0], &q, sizeof q), sizeof q);
    EXITED(p, 0);
    int st = 0;
    EQ(waitpid(q, &st, 0), q); // the exit signal is the caller's (SIGCHLD), whatever was asked for
    EQ(st, 7 << 8);
}
CASE(chosen_pid) {
    pid_t want = 31000;
    while (kill(want, 0) == 0 || getpgid(want) >= 0) want++;
    pid_t list[2] = {want, 0};
    struct clone_args a = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)list, .set_tid_size = 1};
    pid_t p = clone3_call(&a, sizeof a);
    NEED(p >= 0);
    if (!p) _exit(getpid() == want ? 0 : 1);
    EQ(p, want);
    siginfo_t si;
    OK(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
    ERR(clone3_call(&a, sizeof a), EEXIST);
    EXITED(p, 0);
    list[0] = 0; ERR(clone3_call(&a, sizeof a), EINVAL);
    list[0] = -1; ERR(clone3_call(&a, sizeof a), EINVAL);
    list[0] = 1 << 29; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.set_tid = (uint64_t)BAD; ERR(clone3_call(&a, sizeof a), EFAULT);
    EXITED(CHILD({
        list[0] = want;
        a.set_tid = (uint64_t)list;
        OK(setresuid(1000, 1000, 1000));
        ERR(clone3_call(&a, sizeof a), EPERM);
    }), 0);
}
CASE(clear_sighand_keeps_ignored_ones) {
    handle(SIGUSR1, 0);
    signal(SIGUSR2, SIG_IGN);
    struct clone_args a = {.exit_signal = SIGCHLD, .flags = CLONE_CLEAR_SIGHAND};
    pid_t p = clone3_call(&a, sizeof a);
    NEED(p >= 0);
    if (!p) {
        struct sigaction s;
        sigaction(SIGUSR1, 0, &s);
        int bad = s.sa_handler != SIG_DFL;
        sigaction(SIGUSR2, 0, &s);
        _exit(bad | (s.sa_handler != SIG_IGN) << 1);
    }
    EXITED(p, 0);
}
CASE(pidfd_is_cloexec_and_polls) {
    int fd = -1;
    struct clone_args a = {.exit_signal = SIGCHLD, .flags = CLONE_PIDFD, .pidfd = (uint64_t)&fd};
    pid_t p = clone3_call(&a, sizeof a);
    NEED(p >= 0);
    if (!p) { sleep_ms(50); _exit(0); }
    CHECK(fd >= 0);
    EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    struct pollfd f = {fd, POLLIN, 0};
    EQ(poll(&f, 1, 0), 0);
    EQ(poll(&f, 1, 5000), 1);
    EQ(f.revents, POLLIN);
    siginfo_t si = {0};
    OK(waitid(P_PIDFD, fd, &si, WEXITED));
    EQ(si.si_pid, p);
    EQ(poll(&f, 1, 0), 1);
    ERR(syscall(SYS_pidfd_send_signal, fd, 0, 0, 0), ESRCH);
    ERR(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
    ERR(waitid(P_PIDFD, -1, &si, WEXITED), EINVAL);
    ERR(waitid(P_PIDFD, 0x7fffff, &si, WEXITED), EBADF);
    ERR(waitid(P_PIDFD, 1, &si, WEXITED), EBADF);
}
CASE(exit_signal_zero_and_wclone) {
    int st;
    signal(SIGCHLD, SIG_DFL);
    pid_t p = raw_clone(0);
    if (!p) _exit(5);
    ERR(waitpid(p, &st, 0), ECHILD);
    ERR(waitpid(-1, &st, 0), ECHILD);
    EQ(waitpid(-1, &st, __WCLONE), p);
    EQ(st, 5 << 8);
    p = raw_clone(SIGCHLD);
    if (!p) _exit(6);
    ERR(waitpid(p, &st, __WCLONE), ECHILD);
    EQ(waitpid(p, &st, __WALL), p);
    // A child with another exit signal is not reaped by an ignored SIGCHLD.
    signal(SIGCHLD, SIG_IGN);
    handle(SIGUSR1, 0);
    p = raw_clone(SIGUSR1);
    if (!p) _exit(8);
    while (!caught) sleep_ms(1);
    EQ(waitpid(p, &st, __WCLONE), p);
    EQ(st, 8 << 8);
}
static int shared_umask(void *arg) { umask(077); return chdir("/") ? 1 : 0; }
CASE(fs_is_shared_or_copied) {
    umask(022);
    pid_t p = clone(shared_umask, stack + sizeof stack, SIGCHLD, 0);
    EXITED(p, 0);
    EQ(umask(022), 022);
    p = clone(shared_umask, stack + sizeof stack, CLONE_FS | SIGCHLD, 0);
    EXITED(p, 0);
    EQ(umask(022), 077);
    char text[64];
    STR(getcwd(text, sizeof text), "/");
}
static int set_handler(void *arg) { signal(SIGUSR2, SIG_IGN); return 0; }
CASE(sighand_is_shared_or_copied) {
    struct sigaction s;
    signal(SIGUSR2, SIG_DFL);
    EXITED(clone(set_handler, stack + sizeof stack, CLONE_VM | SIGCHLD, 0), 0);
    sigaction(SIGUSR2, 0, &s);
    CHECK(s.sa_handler == SIG_DFL);
    EXITED(clone(set_handler, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | SIGCHLD, 0), 0);
    sigaction(SIGUSR2, 0, &s);
    CHECK(s.sa_handler == SIG_IGN);
}
static int close_three(void *arg) { return close((int)(intptr_t)arg); }
CASE(files_are_shared_or_copied) {
    int fd = OK(dup(1));
    EXITED(clone(close_three, stack + sizeof stack, SIGCHLD, (void *)(intptr_t)fd), 0);
    OK(fcntl(fd, F_GETFD));
    EXITED(clone(close_three, stack + sizeof stack, CLONE_FILES | SIGCHLD, (void *)(intptr_t)fd), 0);
    ERR(fcntl(fd, F_GETFD), EBADF);
}
CASE(unshare_forms) {
    ERR(unshare(0x1), EINVAL);
    ERR(unshare(CLONE_PARENT), EINVAL);
    ERR(unshare(CLONE_PTRACE), EINVAL);
    OK(unshare(0));
    OK(unshare(CLONE_FILES | CLONE_FS));
    OK(unshare(CLONE_THREAD));
    OK(unshare(CLONE_VM));
    OK(unshare(CLONE_SIGHAND));
    OK(unshare(CLONE_SYSVSEM));
    EXITED(CHILD({
        OK(setresuid(1000, 1000, 1000));
        ERR(unshare(CLONE_NEWNS), EPERM);
        ERR(unshare(CLONE_NEWUTS), EPERM);
        ERR(unshare(CLONE_NEWIPC), EPERM);
        ERR(unshare(CLONE_NEWNET), EPERM);
        ERR(unshare(CLONE_NEWPID), EPERM);
        ERR(raw_clone(CLONE_NEWPID | SIGCHLD), EPERM);
        ERR(raw_clone(CLONE_NEWUTS | SIGCHLD), EPERM);
        OK(unshare(CLONE_FILES | CLONE_FS));
    }), 0);
}
CASE(uts_namespace_is_apart) {
    char before[65], after[65];
    OK(gethostname(before, sizeof before));
    EXITED(CHILD({ OK(unshare(CLONE_NEWUTS)); OK(sethostname("elsewhere", 9)); char t[65]; gethostname(t, sizeof t); STR(t, "elsewhere"); }), 0);
    OK(gethostname(after, sizeof after));
    STR(after, before);
}
static void *setns_to_mnt(void *arg) { int *r = arg; r[0] = setns(r[1], 0); r[2] = errno; return 0; }
CASE(setns_forms) {
    int fd = OK(open("/proc/self/ns/uts", O_RDONLY));
    ERR(setns(-1, 0), EBADF);
    ERR(setns(1, 0), EINVAL);
    ERR(setns(fd, CLONE_NEWIPC), EINVAL);
    ERR(setns(fd, 12345), EINVAL);
    int plain = OK(open("/", O_RDONLY));
    ERR(setns(plain, CLONE_NEWUTS), EINVAL);
    OK(setns(fd, 0));
    OK(setns(fd, CLONE_NEWUTS));
    char before[65] = "", now[65] = "";
    OK(gethostname(before, sizeof before));
    pid_t p = CHILD({
        OK(unshare(CLONE_NEWUTS));
        OK(sethostname("aside", 5));
        OK(setns(fd, CLONE_NEWUTS));
        OK(gethostname(now, sizeof now));
        STR(now, before);
        OK(setresuid(1000, 1000, 1000));
        ERR(setns(fd, CLONE_NEWUTS), EPERM);
    });
    EXITED(p, 0);
    // Into another process's, by a file and by a pidfd.
    int pp[2], qq[2];
    OK(pipe(pp)); OK(pipe(qq));
    p = CHILD({ OK(unshare(CLONE_NEWUTS | CLONE_NEWIPC)); OK(sethostname("target", 6)); char c; if (write(pp[1], "x", 1) != 1 || read(qq[0], &c, 1) != 1) _exit(9); });
    char c;
    EQ(read(pp[0], &c, 1), 1);
    EXITED(CHILD({
        char path[64]; char t[65];
        snprintf(path, sizeof path, "/proc/%d/ns/uts", p);
        OK(setns(OK(open(path, O_RDONLY)), CLONE_NEWUTS));
        gethostname(t, sizeof t);
        STR(t, "target");
    }), 0);
    EXITED(CHILD({
        char t[65];
        int pfd = OK(syscall(SYS_pidfd_open, p, 0));
        ERR(setns(pfd, 0), EINVAL);
        ERR(setns(pfd, CLONE_FS), EINVAL);
        OK(setns(pfd, CLONE_NEWUTS | CLONE_NEWIPC));
        gethostname(t, sizeof t);
        STR(t, "target");
    }), 0);
    EQ(write(qq[1], "x", 1), 1);
    EXITED(p, 0);
    pthread_t t;
    int mnt[3] = {0, OK(open("/proc/self/ns/mnt", O_RDONLY)), 0};
    pthread_create(&t, 0, setns_to_mnt, mnt);
    pthread_join(t, 0);
    EQ(mnt[0], -1); EQ(mnt[2], EINVAL); // threads share the root
}
CASE(vfork_child_shares_and_parent_waits) {
    static volatile int x;
    double before = now_ms();
    pid_t p = vfork();
    if (!p) { struct timespec t = {0, 60000000}; syscall(SYS_nanosleep, &t, 0); x = 9; _exit(2); }
    CHECK(now_ms() - before >= 55);
    EQ(x, 9);
    EXITED(p, 2);
}
CASE(limits_and_attributes_are_inherited) {
    struct rlimit l = {100, 200}, g;
    OK(setrlimit(RLIMIT_NOFILE, &l));
    OK(prctl(PR_SET_TIMERSLACK, 12345));
    OK(prctl(PR_SET_PDEATHSIG, SIGUSR2));
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    OK(prctl(PR_SET_NAME, "parentname"));
    EXITED(CHILD({
        int v = -1;
        char name[16];
        OK(getrlimit(RLIMIT_NOFILE, &g)); EQ(g.rlim_cur, 100); EQ(g.rlim_max, 200);
        EQ(prctl(PR_GET_TIMERSLACK), 12345);
        OK(prctl(PR_GET_PDEATHSIG, &v)); EQ(v, 0);
        OK(prctl(PR_GET_CHILD_SUBREAPER, &v)); EQ(v, 0);
        OK(prctl(PR_GET_NAME, name)); STR(name, "parentname");
        struct itimerspec its;
        EQ(alarm(0), 0);
        ERR(timer_gettime((timer_t)0, &its), EINVAL);
    }), 0);
}
CASE(children_do_not_inherit_pending_signals) {
    sigset_t s;
    sigemptyset(&s); sigaddset(&s, SIGUSR1);
    sigprocmask(SIG_BLOCK, &s, 0);
    raise(SIGUSR1);
    EXITED(CHILD({ sigset_t q; sigpending(&q); EQ(sigismember(&q, SIGUSR1), 0); sigprocmask(SIG_BLOCK, 0, &q); EQ(sigismember(&q, SIGUSR1), 1); }), 0);
    sigset_t q; sigpending(&q); EQ(sigismember(&q, SIGUSR1), 1);
}
TEST_MAIN
