// The process family: reparenting, subreapers, process groups, sessions, orphaned groups, pidfds.
#include "check.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int open_pid(pid_t p, unsigned flags) { return syscall(SYS_pidfd_open, p, flags); }
static int send_pid(int fd, int sig, siginfo_t *si, unsigned flags) { return syscall(SYS_pidfd_send_signal, fd, sig, si, flags); }

CASE(subreaper_adopts_orphans) {
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    int on = 0;
    OK(prctl(PR_GET_CHILD_SUBREAPER, &on));
    EQ(on, 1);
    int pp[2];
    OK(pipe(pp));
    pid_t me = getpid();
    pid_t p = CHILD({
        int inherited = 1;
        prctl(PR_GET_CHILD_SUBREAPER, &inherited);
        EQ(inherited, 0);
        pid_t g = CHILD({
            while (getppid() != me) sleep_ms(2);
            _exit(33);
        });
        NEED(write(pp[1], &g, sizeof g) == sizeof g);
    });
    pid_t g = 0;
    EQ(read(pp[0], &g, sizeof g), sizeof g);
    EXITED(p, 0);
    EXITED(g, 33);
}
CASE(parent_death_signal) {
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({
        pid_t g = CHILD({
            handle(SIGUSR1, 0);
            int sig = 0;
            OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
            OK(prctl(PR_GET_PDEATHSIG, &sig));
            EQ(sig, SIGUSR1);
            ERR(prctl(PR_SET_PDEATHSIG, 100), EINVAL);
            char c = 0;
            if (write(pp[1], &c, 1) != 1) _exit(1);
            while (!caught) sleep_ms(2);
            _exit(44);
        });
        (void)g;
        char c;
        if (read(pp[0], &c, 1) != 1) _exit(1);
    });
    EXITED(p, 0);
    int st = 0;
    CHECK(wait(&st) > 0);
    EQ(st, 44 << 8);
}
CASE(parent_death_signal_kills) {
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    pid_t p = CHILD({
        int pp[2];
        OK(pipe(pp));
        CHILD({
            OK(prctl(PR_SET_PDEATHSIG, SIGKILL));
            char c = 0;
            if (write(pp[1], &c, 1) != 1) _exit(1);
            for (;;) pause();
        });
        char c;
        if (read(pp[0], &c, 1) != 1) _exit(1);
    });
    EXITED(p, 0);
    int st = 0;
    CHECK(wait(&st) > 0);
    EQ(st & 0x7f, SIGKILL);
}
CASE(setpgid_rules) {
    pid_t me = getpid();
    EQ(getpgrp(), me);
    EQ(getpgid(0), me);
    pid_t p = CHILD(for (;;) pause());
    EQ(getpgid(p), me);
    OK(setpgid(p, p));
    EQ(getpgid(p), p);
    OK(setpgid(p, me));
    ERR(setpgid(p, -1), EINVAL);
    ERR(setpgid(p, 999999), EPERM);
    ERR(setpgid(999999, 0), ESRCH);
    ERR(getpgid(999999), ESRCH);
    ERR(setpgid(getppid(), 0), ESRCH); // not a child
    kill(p, SIGKILL); reap(p);
    p = CHILD({ execl("/bin/sleep", "sleep", "5", (char *)0); });
    sleep_ms(150);
    ERR(setpgid(p, p), EACCES); // has called exec
    kill(p, SIGKILL); reap(p);
    EXITED(CHILD({
        OK(setsid());
        ERR(setpgid(0, 0), EPERM); // session leader
        pid_t q = CHILD(OK(setsid()); for (;;) pause());
        sleep_ms(50);
        ERR(setpgid(q, getpid()), EPERM); // another session
        kill(q, SIGKILL); reap(q);
    }), 0);
}
CASE(setsid_rules) {
    ERR(setsid(), EPERM); // a group leader
    EXITED(CHILD({
        pid_t s = OK(setsid());
        EQ(s, getpid()); EQ(getsid(0), s); EQ(getpgrp(), s);
        ERR(setsid(), EPERM);
        ERR(getsid(999999), ESRCH);
        EQ(open("/dev/tty", O_RDWR), -1);
        EQ(errno, ENXIO);
    }), 0);
}
CASE(kill_a_group) {
    pid_t a = CHILD(for (;;) pause()), b = CHILD(for (;;) pause());
    OK(setpgid(a, a)); OK(setpgid(b, a));
    OK(kill(-a, SIGTERM));
    KILLED(a, SIGTERM); KILLED(b, SIGTERM);
    ERR(kill(-a, 0), ESRCH);
    handle(SIGUSR1, 0);
    OK(kill(0, SIGUSR1));
    EQ(caught, 1);
    OK(killpg(getpgrp(), SIGUSR1));
    EQ(caught, 2);
}
CASE(orphaned_group_gets_hup_and_cont) {
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    // A session: leader L, its child C in an own group, stopped. When L's exit orphans C's group, C gets SIGHUP and SIGCONT.
    int pp[2];
    OK(pipe(pp));
    pid_t l = CHILD({
        setsid();
        pid_t c = CHILD({
            setpgid(0, 0);
            handle(SIGHUP, 0);
            raise(SIGSTOP);
            _exit(caught == 1 && caught_signal == SIGHUP ? 7 : 8);
        });
        int st;
        EQ(waitpid(c, &st, WUNTRACED), c);
        NEED(write(pp[1], &c, sizeof c) == sizeof c);
    });
    pid_t c = 0;
    EQ(read(pp[0], &c, sizeof c), sizeof c);
    EXITED(l, 0);
    EXITED(c, 7);
}
CASE(orphaned_group_ignores_tty_stops) {
    EXITED(CHILD({
        setsid(); // its group has no parent in the session: orphaned
        raise(SIGTSTP);
        raise(SIGTTIN);
        raise(SIGTTOU);
        _exit(5);
    }), 5);
}
CASE(pidfd_open_and_poll) {
    pid_t p = CHILD(for (;;) pause());
    int fd = OK(open_pid(p, 0));
    EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    struct pollfd pf = {fd, POLLIN, 0};
    EQ(poll(&pf, 1, 0), 0);
    OK(send_pid(fd, 0, 0, 0));
    OK(send_pid(fd, SIGTERM, 0, 0));
    EQ(poll(&pf, 1, 5000), 1);
    EQ(pf.revents & POLLIN, POLLIN);
    siginfo_t si;
    OK(waitid(P_PIDFD, fd, &si, WEXITED));
    EQ(si.si_status, SIGTERM);
    ERR(send_pid(fd, 0, 0, 0), ESRCH);
    ERR(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
}
CASE(pidfd_errors) {
    ERR(open_pid(999999, 0), ESRCH);
    ERR(open_pid(0, 0), EINVAL);
    ERR(open_pid(-1, 0), EINVAL);
    ERR(open_pid(getpid(), 1), EINVAL);
    int null = open("/dev/null", O_RDONLY);
    ERR(send_pid(null, 0, 0, 0), EBADF);
    ERR(send_pid(999, 0, 0, 0), EBADF);
    int fd = OK(open_pid(getpid(), O_NONBLOCK));
    EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    ERR(send_pid(fd, 100, 0, 0), EINVAL);
    siginfo_t si = {0};
    si.si_signo = SIGUSR1;
    ERR(send_pid(fd, SIGUSR2, &si, 0), EINVAL);
    pid_t p = CHILD(for (;;) pause());
    int nb = OK(open_pid(p, O_NONBLOCK));
    ERR(waitid(P_PIDFD, nb, &si, WEXITED), EAGAIN);
    kill(p, SIGKILL); reap(p);
}
CASE(pidfd_getfd_copies) {
    int pp[2], sync[2];
    OK(pipe(pp)); OK(pipe(sync));
    pid_t p = CHILD({
        int extra = open("/dev/null", O_RDONLY);
        dup2(extra, 50);
        char c = 0;
        if (write(sync[1], &c, 1) != 1) _exit(1);
        for (;;) pause();
    });
    char c;
    EQ(read(sync[0], &c, 1), 1);
    int fd = OK(open_pid(p, 0));
    int got = OK(syscall(SYS_pidfd_getfd, fd, 50, 0));
    EQ(read(got, &c, 1), 0);
    EQ(fcntl(got, F_GETFD), FD_CLOEXEC);
    ERR(syscall(SYS_pidfd_getfd, fd, 51, 0), EBADF);
    ERR(syscall(SYS_pidfd_getfd, fd, 50, 1), EINVAL);
    kill(p, SIGKILL); reap(p);
}
CASE(pidfd_fdinfo_names_the_pid) {
    int fd = OK(open_pid(getpid(), 0));
    char path[64], want[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    snprintf(want, sizeof want, "Pid:\t%d\n", getpid());
    CHECK(strstr(slurp(path), want) != 0);
}
CASE(getpriority_and_nice) {
    EQ(getpriority(PRIO_PROCESS, 0), 0);
    OK(setpriority(PRIO_PROCESS, 0, 5));
    EQ(getpriority(PRIO_PROCESS, 0), 5);
    EQ(nice(3), 8);
    OK(setpriority(PRIO_PROCESS, 0, 100));
    EQ(getpriority(PRIO_PROCESS, 0), 19);
    ERR(getpriority(9, 0), EINVAL);
    ERR(getpriority(PRIO_PROCESS, 999999), ESRCH);
    pid_t p = CHILD(EQ(getpriority(PRIO_PROCESS, 0), 19));
    EXITED(p, 0);
}
CASE(times_of_children_count_after_wait) {
    struct rusage a, b;
    getrusage(RUSAGE_CHILDREN, &a);
    pid_t p = CHILD({ double end = now_ms() + 60; volatile long n = 0; while (now_ms() < end) n++; });
    getrusage(RUSAGE_CHILDREN, &b);
    EQ(b.ru_utime.tv_sec * 1000000 + b.ru_utime.tv_usec, a.ru_utime.tv_sec * 1000000 + a.ru_utime.tv_usec);
    EXITED(p, 0);
    getrusage(RUSAGE_CHILDREN, &b);
    CHECK(b.ru_utime.tv_sec * 1000000 + b.ru_utime.tv_usec + b.ru_stime.tv_sec * 1000000 + b.ru_stime.tv_usec > 10000);
    ERR(getrusage(5, &a), EINVAL);
    ERR(syscall(SYS_getrusage, RUSAGE_SELF, 8), EFAULT);
}
TEST_MAIN
