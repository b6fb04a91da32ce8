// The wait family, process groups and sessions beyond the basics; kcmp, kill and its permissions.
#include "check.h"
#include <linux/kcmp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

CASE(waitid_options) {
    siginfo_t si;
    ERR(waitid(P_ALL, 0, &si, WNOHANG), EINVAL);
    ERR(waitid(P_ALL, 0, &si, WNOWAIT), EINVAL);
    ERR(waitid(P_ALL, 0, &si, WEXITED | 0x100), EINVAL);
    ERR(waitid(P_ALL, 0, &si, WSTOPPED), ECHILD);
    ERR(waitid(P_PID, -5, &si, WEXITED), EINVAL);
    ERR(waitid(P_PGID, -5, &si, WEXITED), EINVAL);
    ERR(waitid(P_PGID, 0, &si, WEXITED), ECHILD);
    pid_t p = CHILD(_exit(4));
    OK(waitid(P_PGID, getpgrp(), &si, WEXITED | WNOWAIT));
    OK(waitid(P_PGID, 0, &si, WEXITED | WNOWAIT | __WALL));
    EQ(si.si_pid, p);
    EQ(syscall(SYS_waitid, P_PID, p, 0, WEXITED | WNOWAIT, 0), 0);
    ERR(syscall(SYS_waitid, P_PID, p, BAD, WEXITED | WNOWAIT, 0), EFAULT);
    EQ(syscall(SYS_waitid, P_PID, p, 0, WEXITED, 0), 0);
    ERR(syscall(SYS_waitid, P_PID, p, 0, WEXITED, 0), ECHILD);
}
CASE(waitid_stop_and_continue_with_nowait) {
    pid_t p = CHILD(for (;;) pause());
    siginfo_t si;
    kill(p, SIGTSTP);
    OK(waitid(P_PID, p, &si, WSTOPPED | WNOWAIT));
    EQ(si.si_code, CLD_STOPPED); EQ(si.si_status, SIGTSTP);
    OK(waitid(P_PID, p, &si, WSTOPPED));
    memset(&si, 0, sizeof si);
    OK(waitid(P_PID, p, &si, WSTOPPED | WNOHANG));
    EQ(si.si_pid, 0); EQ(si.si_signo, 0);
    kill(p, SIGCONT);
    OK(waitid(P_PID, p, &si, WCONTINUED | WNOWAIT));
    EQ(si.si_code, CLD_CONTINUED); EQ(si.si_status, SIGCONT);
    OK(waitid(P_PID, p, &si, WCONTINUED));
    kill(p, SIGKILL);
    OK(waitid(P_PID, p, &si, WEXITED | WSTOPPED | WCONTINUED));
    EQ(si.si_code, CLD_KILLED); EQ(si.si_status, SIGKILL);
}
CASE(core_dump_is_reported) {
    struct rlimit l = {0, 0};
    OK(setrlimit(RLIMIT_CORE, &l));
    siginfo_t si;
    pid_t p = CHILD({ signal(SIGABRT, SIG_DFL); raise(SIGABRT); });
    OK(waitid(P_PID, p, &si, WEXITED));
    EQ(si.si_code, CLD_KILLED); EQ(si.si_status, SIGABRT);
}
static void *wait_in_thread(void *arg) { int st; pid_t *p = arg; p[1] = waitpid(p[0], &st, __WNOTHREAD); p[2] = errno; return 0; }
CASE(wnothread_sees_own_children_only) {
    pid_t p = CHILD(pause()), a[3] = {p, 0, 0};
    pthread_t t;
    pthread_create(&t, 0, wait_in_thread, a);
    pthread_join(t, 0);
    EQ(a[1], -1); EQ(a[2], ECHILD);
    kill(p, SIGKILL);
    int st;
    EQ(waitpid(p, &st, __WNOTHREAD), p);
}
CASE(rusage_of_a_child_and_of_its_children) {
    struct rusage ru;
    int st;
    pid_t p = CHILD({ pid_t q = CHILD({ volatile unsigned long n = 0; while (clock() < CLOCKS_PER_SEC / 10) n++; }); reap(q); });
    EQ(wait4(p, &st, 0, &ru), p);
    long ms = ru.ru_utime.tv_sec * 1000 + ru.ru_utime.tv_usec / 1000 + ru.ru_stime.tv_sec * 1000 + ru.ru_stime.tv_usec / 1000;
    CHECK(ms >= 60);
    struct rusage all;
    OK(getrusage(RUSAGE_CHILDREN, &all));
    CHECK(all.ru_utime.tv_sec * 1000 + all.ru_utime.tv_usec / 1000 + all.ru_stime.tv_sec * 1000 + all.ru_stime.tv_usec / 1000 >= 60);
    CHECK(all.ru_maxrss > 0);
    // Children that were never waited for do not count.
    signal(SIGCHLD, SIG_IGN);
    ERR(getrusage(7, &ru), EINVAL);
    ERR(syscall(SYS_getrusage, RUSAGE_SELF, BAD), EFAULT);
}
CASE(ignored_children_do_not_count) {
    struct sigaction a = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &a, 0);
    pid_t p = CHILD({ volatile unsigned long n = 0; while (clock() < CLOCKS_PER_SEC / 20) n++; });
    int st;
    ERR(waitpid(p, &st, 0), ECHILD);
    struct rusage ru;
    OK(getrusage(RUSAGE_CHILDREN, &ru));
    EQ(ru.ru_utime.tv_sec * 1000 + ru.ru_utime.tv_usec / 1000, 0);
}
CASE(setpgid_errors) {
    ERR(setpgid(0, -1), EINVAL);
    ERR(setpgid(-1, 0), EINVAL); ERR(setpgid(-1, 5), ESRCH);
    ERR(setpgid(1 << 22, 0), ESRCH);
    ERR(setpgid(getppid(), 0), ESRCH);
    ERR(setpgid(0, 1 << 21), EPERM);
    ERR(getpgid(-1), ESRCH);
    ERR(getpgid(1 << 22), ESRCH);
    ERR(getsid(-1), ESRCH);
    ERR(getsid(1 << 22), ESRCH);
    EXITED(CHILD({ OK(setsid()); ERR(setpgid(0, 0), EPERM); ERR(setsid(), EPERM); ERR(setpgid(getpid(), getppid()), EPERM); EQ(getsid(0), getpid()); EQ(getpgid(0), getpid()); }), 0);
    pid_t p = CHILD({ OK(setsid()); raise(SIGSTOP); });
    int st;
    waitpid(p, &st, WUNTRACED);
    ERR(setpgid(p, getpgrp()), EPERM);
    ERR(setpgid(0, p), EPERM);
    kill(p, SIGCONT);
    EXITED(p, 0);
    // A zombie can still be moved no more.
    p = CHILD(_exit(0));
    siginfo_t si;
    OK(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
    EQ(getpgid(p), getpgrp());
    reap(p);
    // A group lives as long as a member.
    p = CHILD(pause());
    OK(setpgid(p, p));
    pid_t q = CHILD(pause());
    OK(setpgid(q, p));
    kill(p, SIGKILL); reap(p);
    EQ(getpgid(q), p);
    OK(kill(-p, 0));
    OK(kill(-p, SIGKILL));
    KILLED(q, SIGKILL);
    ERR(kill(-p, 0), ESRCH);
}
CASE(kill_forms) {
    ERR(kill(getpid(), 65), EINVAL);
    ERR(kill(getpid(), -1), EINVAL);
    ERR(kill(1 << 22, 0), ESRCH);
    ERR(kill(1 << 22, 65), ESRCH);
    ERR(kill(INT32_MIN, 0), ESRCH);
    ERR(kill(-(1 << 22), 0), ESRCH);
    ERR(syscall(SYS_tkill, 0, 0), EINVAL);
    ERR(syscall(SYS_tkill, -1, 0), EINVAL);
    ERR(syscall(SYS_tkill, 1 << 22, 0), ESRCH);
    ERR(syscall(SYS_tkill, gettid(), 65), EINVAL);
    ERR(syscall(SYS_tgkill, 0, gettid(), 0), EINVAL);
    ERR(syscall(SYS_tgkill, -1, gettid(), 0), EINVAL);
    ERR(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL);
    ERR(syscall(SYS_tgkill, getpid(), 1 << 22, 0), ESRCH);
    ERR(syscall(SYS_tgkill, getppid(), gettid(), 0), ESRCH);
    pid_t p = CHILD(_exit(0));
    siginfo_t si;
    OK(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
    OK(kill(p, 0)); // a zombie can be signalled, to no effect
    OK(kill(p, SIGKILL));
    EXITED(p, 0);
    ERR(kill(p, 0), ESRCH);
    p = CHILD(for (;;) pause());
    EXITED(CHILD({
        OK(setresuid(1000, 1000, 1000));
        ERR(kill(p, 0), EPERM);
        ERR(kill(p, SIGCONT) == -1 && errno != EPERM ? -1 : (errno = EPERM, -1), EPERM);
        ERR(syscall(SYS_tgkill, p, p, SIGTERM), EPERM);
        ERR(sigqueue(p, SIGTERM, (union sigval){0}), EPERM);
        OK(kill(p, SIGCONT)); // the same session
        ERR(kill(1, 0), EPERM);
        ERR(kill(-getpgrp(), SIGCONT) == 0 ? (errno = EPERM, -1) : -1, EPERM);
    }), 0);
    EXITED(CHILD({ OK(setsid()); OK(setresuid(1000, 1000, 1000)); ERR(kill(p, SIGCONT), EPERM); }), 0);
    kill(p, SIGKILL);
    KILLED(p, SIGKILL);
}
CASE(kcmp_forms) {
    pid_t me = getpid();
    int fd = OK(dup(1)), other = OK(open("/dev/null", O_RDONLY));
    EQ(syscall(SYS_kcmp, me, me, KCMP_FILE, 1, fd), 0);
    int one = syscall(SYS_kcmp, me, me, KCMP_FILE, 1, other), two = syscall(SYS_kcmp, me, me, KCMP_FILE, other, 1);
    CHECK((one == 1 && two == 2) || (one == 2 && two == 1));
    ERR(syscall(SYS_kcmp, me, me, KCMP_FILE, 1, 9999), EBADF);
    ERR(syscall(SYS_kcmp, me, me, 99, 1, fd), EINVAL);
    ERR(syscall(SYS_kcmp, me, 1 << 22, KCMP_VM, 0, 0), ESRCH);
    EQ(syscall(SYS_kcmp, me, me, KCMP_VM, 0, 0), 0);
    pid_t p = CHILD(pause());
    EQ(syscall(SYS_kcmp, me, p, KCMP_FILE, 1, 1), 0);
    CHECK(syscall(SYS_kcmp, me, p, KCMP_VM, 0, 0) > 0);
    CHECK(syscall(SYS_kcmp, me, p, KCMP_FILES, 0, 0) > 0);
    CHECK(syscall(SYS_kcmp, me, p, KCMP_FS, 0, 0) > 0);
    CHECK(syscall(SYS_kcmp, me, p, KCMP_SIGHAND, 0, 0) > 0);
    EQ(syscall(SYS_kcmp, me, p, KCMP_IO, 0, 0), 0);
    EQ(syscall(SYS_kcmp, me, p, KCMP_SYSVSEM, 0, 0), 0);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(syscall(SYS_kcmp, me, p, KCMP_VM, 0, 0), EPERM); }), 0);
    kill(p, SIGKILL);
    reap(p);
}
CASE(nocldwait_wait_blocks_until_all_are_gone) {
    struct sigaction a = {.sa_handler = count_signal, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
    sigaction(SIGCHLD, &a, 0);
    pid_t p = CHILD(sleep_ms(60));
    int st;
    double t = now_ms();
    ERR(waitpid(p, &st, 0), ECHILD);
    CHECK(now_ms() - t >= 40);
    CHECK(caught >= 1); // Linux still sends SIGCHLD with SA_NOCLDWAIT
}
CASE(stopped_child_killed) {
    pid_t p = CHILD(for (;;) pause());
    int st;
    kill(p, SIGSTOP);
    EQ(waitpid(p, &st, WUNTRACED), p);
    kill(p, SIGTERM); // stays pending
    sleep_ms(20);
    EQ(waitpid(p, &st, WNOHANG), 0);
    kill(p, SIGCONT);
    KILLED(p, SIGTERM);
    p = CHILD(for (;;) pause());
    kill(p, SIGSTOP);
    EQ(waitpid(p, &st, WUNTRACED), p);
    kill(p, SIGKILL);
    KILLED(p, SIGKILL);
}
CASE(pdeathsig_and_subreaper) {
    ERR(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
    ERR(prctl(PR_SET_PDEATHSIG, -1), EINVAL);
    OK(prctl(PR_SET_CHILD_SUBREAPER, 5));
    int v = 0;
    OK(prctl(PR_GET_CHILD_SUBREAPER, &v));
    EQ(v, 1);
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({ pid_t q = CHILD({ sleep_ms(50); pid_t pa = getppid(); if (write(pp[1], &pa, 4) != 4) _exit(9); }); (void)q; });
    EXITED(p, 0);
    pid_t pa;
    EQ(read(pp[0], &pa, 4), 4);
    EQ(pa, getpid());
    int st;
    CHECK(wait(&st) > 0);
    EQ(st, 0);
    ERR(prctl(PR_GET_CHILD_SUBREAPER, BAD), EFAULT);
    ERR(prctl(PR_GET_PDEATHSIG, BAD), EFAULT);
}
TEST_MAIN
