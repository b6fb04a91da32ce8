// Pid namespaces: numbers, init's duties and protection, signals across, /proc, death of a namespace.
#include "check.h"
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static long raw_clone(unsigned long flags) { return syscall(SYS_clone, flags, 0, 0, 0, 0); }
#define IN_NEW_PIDNS(...) ({ pid_t p_ = raw_clone(CLONE_NEWPID | SIGCHLD); NEED(p_ >= 0); if (p_ == 0) { test_failed = 0; __VA_ARGS__; _exit(test_failed); } p_; })

CASE(numbers_begin_anew) {
    pid_t p = IN_NEW_PIDNS({
        EQ(getpid(), 1); EQ(gettid(), 1); EQ(getppid(), 0);
        EQ(getpgid(0), 0); EQ(getsid(0), 0); // the group is outside
        pid_t q = CHILD({ EQ(getpid(), 2); EQ(getppid(), 1); });
        EQ(q, 2);
        EXITED(q, 0);
        EQ(setsid(), 1); EQ(getpgid(0), 1); EQ(getsid(0), 1); EQ(getpgrp(), 1);
    });
    CHECK(p > 1);
    EXITED(p, 0);
}
CASE(children_of_unshare) {
    EXITED(CHILD({
        OK(unshare(CLONE_NEWPID));
        CHECK(getpid() > 1);
        EXITED(CHILD({ EQ(getpid(), 1); }), 0);
        ERR(fork(), ENOMEM); // init is gone
        ERR(unshare(CLONE_NEWPID), EINVAL);
    }), 0);
    EXITED(CHILD({
        OK(unshare(CLONE_NEWPID));
        ERR(raw_clone(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), EINVAL);
        pid_t p = CHILD({ EQ(getpid(), 1); pause(); });
        pid_t q = CHILD({ EQ(getpid(), 2); EQ(getppid(), 0); });
        EXITED(q, 0);
        kill(p, SIGKILL);
        KILLED(p, SIGKILL);
    }), 0);
}
CASE(outside_is_out_of_reach) {
    pid_t outer = getpid();
    EXITED(IN_NEW_PIDNS({
        ERR(kill(outer, 0), ESRCH);
        ERR(kill(-outer, 0), ESRCH);
        ERR(getpgid(outer), ESRCH);
        ERR(syscall(SYS_tgkill, outer, outer, 0), ESRCH);
        ERR(syscall(SYS_pidfd_open, outer, 0), ESRCH);
        OK(kill(1, 0));
        ERR(kill(-1, 0), ESRCH);
        pid_t q = CHILD(pause());
        OK(kill(-1, SIGTERM)); // all but init
        KILLED(q, SIGTERM);
        ERR(sched_getscheduler(outer), ESRCH);
    }), 0);
}
CASE(init_is_protected_from_inside) {
    EXITED(IN_NEW_PIDNS({
        OK(kill(1, SIGTERM));
        OK(kill(1, SIGKILL));
        OK(kill(1, SIGSTOP));
        EXITED(CHILD({ OK(kill(1, SIGKILL)); OK(kill(1, SIGINT)); }), 0);
        handle(SIGUSR1, 0);
        EXITED(CHILD({ OK(kill(1, SIGUSR1)); }), 0);
        EQ(caught, 1);
        siginfo_t si;
        sigset_t s;
        sigemptyset(&s); sigaddset(&s, SIGUSR2);
        sigprocmask(SIG_BLOCK, &s, 0);
        pid_t q = CHILD({ OK(kill(1, SIGUSR2)); });
        EQ(sigwaitinfo(&s, &si), SIGUSR2);
        EQ(si.si_pid, q);
        reap(q);
    }), 0);
    // From outside only SIGKILL and SIGSTOP work without a handler.
    pid_t p = IN_NEW_PIDNS(for (;;) pause());
    OK(kill(p, SIGTERM));
    sleep_ms(30);
    int st;
    EQ(waitpid(p, &st, WNOHANG), 0);
    OK(kill(p, SIGKILL));
    KILLED(p, SIGKILL);
}
CASE(signals_from_outside_have_no_sender) {
    int pp[2];
    OK(pipe(pp));
    pid_t p = IN_NEW_PIDNS({
        sigset_t s;
        siginfo_t si;
        sigemptyset(&s); sigaddset(&s, SIGUSR1);
        sigprocmask(SIG_BLOCK, &s, 0);
        EQ(write(pp[1], "x", 1), 1);
        EQ(sigwaitinfo(&s, &si), SIGUSR1);
        EQ(si.si_pid, 0);
    });
    char c;
    EQ(read(pp[0], &c, 1), 1);
    OK(kill(p, SIGUSR1));
    EXITED(p, 0);
}
CASE(death_of_init_ends_all) {
    int pp[2];
    OK(pipe(pp));
    pid_t p = IN_NEW_PIDNS({
        for (int i = 0; i < 3; i++) if (!fork()) { if (!fork()) pause(); pause(); }
        EQ(write(pp[1], "x", 1), 1);
        sleep_ms(60);
    });
    close(pp[1]);
    char c;
    EQ(read(pp[0], &c, 1), 1);
    EXITED(p, 0);
    EQ(read(pp[0], &c, 1), 0); // everybody who held it is gone
}
CASE(init_adopts_orphans) {
    EXITED(IN_NEW_PIDNS({
        pid_t q = CHILD({ if (!fork()) { sleep_ms(40); _exit(getppid() == 1 ? 11 : 12); } });
        EXITED(q, 0);
        int st;
        pid_t r = wait(&st);
        EQ(r, 3);
        EQ(st, 11 << 8);
    }), 0);
}
CASE(nested) {
    EXITED(IN_NEW_PIDNS({
        pid_t q = raw_clone(CLONE_NEWPID | SIGCHLD);
        if (!q) { pid_t r = CHILD({ EQ(getpid(), 2); }); EQ(r, 2); EXITED(r, 0); _exit(test_failed); }
        EQ(q, 2);
        EXITED(q, 0);
    }), 0);
}
CASE(chosen_numbers) {
    pid_t p = IN_NEW_PIDNS({
        pid_t list[1] = {77};
        struct clone_args a = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)list, .set_tid_size = 1};
        pid_t q = syscall(SYS_clone3, &a, sizeof a);
        if (!q) _exit(getpid() == 77 ? 0 : 1);
        EQ(q, 77);
        EXITED(q, 0);
        list[0] = 1;
        ERR(syscall(SYS_clone3, &a, sizeof a), EEXIST);
    });
    EXITED(p, 0);
}
CASE(proc_shows_the_namespace) {
    OK(mkdir("p", 0755));
    EXITED(CHILD({
        OK(unshare(CLONE_NEWPID | CLONE_NEWNS));
        OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
        EXITED(CHILD({
            OK(mount("proc", "p", "proc", 0, 0));
            char link[64] = "";
            OK(readlink("p/self", link, 63));
            STR(link, "1");
            memset(link, 0, sizeof link);
            OK(readlink("p/thread-self", link, 63));
            STR(link, "1/task/1");
            CHECK(strncmp(slurp("p/1/stat"), "1 (", 3) == 0);
            CHECK(strstr(slurp("p/self/status"), "\nPid:\t1\nPPid:\t0\n") != 0);
            EQ(access("p/2", F_OK), -1);
            pid_t q = CHILD(pause());
            EQ(q, 2);
            OK(access("p/2/status", F_OK));
            CHECK(strstr(slurp("p/2/status"), "\nPPid:\t1\n") != 0);
            kill(q, SIGKILL);
            reap(q);
            EQ(access("p/2", F_OK), -1);
        }), 0);
    }), 0);
}
CASE(nspid_line_from_outside) {
    pid_t p = IN_NEW_PIDNS(pause());
    char path[64], want[64];
    snprintf(path, sizeof path, "/proc/%d/status", p);
    snprintf(want, sizeof want, "\nNSpid:\t%d\t1\n", p);
    CHECK(strstr(slurp(path), want) != 0);
    kill(p, SIGKILL);
    reap(p);
}
CASE(entering_another) {
    int pp[2];
    OK(pipe(pp));
    pid_t p = IN_NEW_PIDNS({ char c; EQ(read(pp[0], &c, 1), 1); });
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", p);
    int fd = OK(open(path, O_RDONLY));
    EXITED(CHILD({
        OK(setns(fd, CLONE_NEWPID));
        CHECK(getpid() > 2);
        EXITED(CHILD({ EQ(getpid(), 2); EQ(getppid(), 0); }), 0);
    }), 0);
    EXITED(CHILD({
        int own = OK(open("/proc/self/ns/pid", O_RDONLY));
        OK(setns(fd, 0));
        OK(setns(own, 0));
        EXITED(CHILD({ CHECK(getpid() > 2); }), 0);
    }), 0);
    EQ(write(pp[1], "x", 1), 1);
    EXITED(p, 0);
}
static void *thread_ids(void *arg) { int *t = arg; t[0] = gettid(); t[1] = getpid(); return 0; }
CASE(threads_and_mutexes) {
    EXITED(IN_NEW_PIDNS({
        int t[2];
        pthread_t th;
        pthread_create(&th, 0, thread_ids, t);
        pthread_join(th, 0);
        EQ(t[0], 2); EQ(t[1], 1);
        pthread_mutexattr_t ma;
        pthread_mutex_t m;
        pthread_mutexattr_init(&ma);
        pthread_mutexattr_setprotocol(&ma, PTHREAD_PRIO_INHERIT);
        pthread_mutexattr_settype(&ma, PTHREAD_MUTEX_ERRORCHECK);
        EQ(pthread_mutex_init(&m, &ma), 0);
        EQ(pthread_mutex_lock(&m), 0);
        EQ(pthread_mutex_lock(&m), EDEADLK);
        EQ(pthread_mutex_unlock(&m), 0);
    }), 0);
}
CASE(credentials_over_sockets) {
    int sv[2], on = 1;
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    OK(setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    OK(setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    pid_t p = IN_NEW_PIDNS(EQ(write(sv[1], "x", 1), 1));
    char c, control[64];
    struct iovec v = {&c, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    EQ(recvmsg(sv[0], &m, 0), 1);
    struct ucred u;
    memcpy(&u, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof u);
    EQ(u.pid, p);
    EXITED(p, 0);
    EQ(write(sv[0], "y", 1), 1);
    EXITED(IN_NEW_PIDNS({
        EQ(recvmsg(sv[1], &m, 0), 1);
        memcpy(&u, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof u);
        EQ(u.pid, 0);
    }), 0);
}
TEST_MAIN
