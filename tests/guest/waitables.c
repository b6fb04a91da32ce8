// Pipes, FIFOs, poll, select, epoll, eventfd, signalfd, timerfd, inotify: what one waits for.
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

static int polled(int fd, int events) {
    struct pollfd p = {fd, events, 0};
    return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

CASE(pipe_capacity_and_poll) {
    int p[2];
    OK(pipe2(p, O_NONBLOCK));
    EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
    EQ(polled(p[0], POLLIN), 0);
    EQ(polled(p[1], POLLOUT), POLLOUT);
    static char buf[70000];
    EQ(write(p[1], buf, sizeof buf), 65536);
    ERR(write(p[1], buf, 1), EAGAIN);
    EQ(polled(p[1], POLLOUT), 0);
    int n = 0;
    OK(ioctl(p[0], FIONREAD, &n));
    EQ(n, 65536);
    EQ(read(p[0], buf, 4096), 4096);
    EQ(polled(p[1], POLLOUT), POLLOUT);
    EQ(fcntl(p[1], F_SETPIPE_SZ, 100000), 131072);
    ERR(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
    close(p[1]);
    EQ(polled(p[0], POLLIN), POLLIN | POLLHUP);
    EQ(read(p[0], buf, sizeof buf), 61440);
    EQ(read(p[0], buf, sizeof buf), 0);
    EQ(polled(p[0], POLLIN), POLLHUP);
}
CASE(pipe_atomic_writes) {
    int p[2];
    OK(pipe2(p, O_NONBLOCK));
    static char buf[65536];
    EQ(write(p[1], buf, 65536 - 100), 65536 - 100);
    ERR(write(p[1], buf, 4096), EAGAIN);
    EQ(read(p[0], buf, 8192), 8192);
    EQ(write(p[1], buf, 4096), 4096);
}
CASE(pipe_sigpipe) {
    int p[2];
    OK(pipe(p));
    handle(SIGPIPE, 0);
    close(p[0]);
    ERR(write(p[1], "x", 1), EPIPE);
    EQ(caught, 1);
    EQ(polled(p[1], POLLOUT), POLLOUT | POLLERR);
    pid_t c = CHILD({ signal(SIGPIPE, SIG_DFL); write(p[1], "x", 1); });
    KILLED(c, SIGPIPE);
}
CASE(pipe_packets) {
    int p[2];
    OK(pipe2(p, O_DIRECT | O_NONBLOCK));
    EQ(write(p[1], "abc", 3), 3);
    EQ(write(p[1], "defgh", 5), 5);
    char b[16] = {0};
    EQ(read(p[0], b, 2), 2);
    EQ(read(p[0], b, 16), 5);
    CHECK(!memcmp(b, "defgh", 5));
    ERR(read(p[0], b, 16), EAGAIN);
    int n = 0;
    while (write(p[1], "x", 1) == 1) n++;
    EQ(n, 16);
}
CASE(pipe_blocks_and_restarts) {
    int p[2];
    OK(pipe(p));
    handle(SIGUSR1, SA_RESTART);
    pid_t me = getpid();
    pid_t c = CHILD({ sleep_ms(30); kill(me, SIGUSR1); sleep_ms(30); write(p[1], "z", 1); });
    char b;
    EQ(read(p[0], &b, 1), 1);
    EQ(caught, 1);
    EXITED(c, 0);
    handle(SIGUSR1, 0);
    c = signal_later(SIGUSR1, 30);
    ERR(read(p[0], &b, 1), EINTR);
    EXITED(c, 0);
}
CASE(pipe_bad_arguments) {
    int p[2];
    ERR(pipe2(p, 0x40000000), EINVAL);
    ERR(syscall(SYS_pipe2, 8, 0), EFAULT);
    struct rlimit r = {8, 8};
    OK(setrlimit(RLIMIT_NOFILE, &r));
    int i = 0;
    while (pipe(p) == 0 && i < 10) i++;
    EQ(errno, EMFILE);
}
CASE(pipe_large_blocking_write) {
    int p[2];
    OK(pipe(p));
    pid_t c = CHILD({
        static char b[300000];
        for (size_t i = 0; i < sizeof b; i++) b[i] = i * 7;
        EQ(write(p[1], b, sizeof b), sizeof b);
    });
    close(p[1]);
    static char b[5000];
    size_t total = 0;
    ssize_t n;
    while ((n = read(p[0], b, sizeof b)) > 0) {
        for (ssize_t i = 0; i < n; i++) if (b[i] != (char)((total + i) * 7)) { FAIL("byte %zu", total + i); _exit(1); }
        total += n;
    }
    EQ(total, 300000);
    EXITED(c, 0);
}
CASE(fifo_open_waits) {
    OK(mkfifo("f", 0600));
    ERR(open("f", O_WRONLY | O_NONBLOCK), ENXIO);
    pid_t c = CHILD({ sleep_ms(40); int w = open("f", O_WRONLY); NEED(w >= 0); write(w, "hi", 2); });
    int r = OK(open("f", O_RDONLY));
    char b[4];
    EQ(read(r, b, 4), 2);
    EQ(read(r, b, 4), 0);
    EXITED(c, 0);
    close(r);
    r = OK(open("f", O_RDONLY | O_NONBLOCK));
    EQ(polled(r, POLLIN), 0);
    EQ(read(r, b, 4), 0);
    int w = OK(open("f", O_WRONLY | O_NONBLOCK));
    ERR(read(r, b, 4), EAGAIN);
    close(w);
    EQ(polled(r, POLLIN), POLLHUP);
    struct stat s;
    OK(fstat(r, &s));
    CHECK(S_ISFIFO(s.st_mode));
}
CASE(poll_errors) {
    struct pollfd p[3] = {{-1, POLLIN, 9}, {1000, POLLIN, 0}, {0, 0, 0}};
    int fd[2];
    OK(pipe(fd));
    p[2].fd = fd[1];
    p[2].events = POLLOUT;
    EQ(poll(p, 3, -1), 2);
    EQ(p[0].revents, 0);
    EQ(p[1].revents, POLLNVAL);
    EQ(p[2].revents, POLLOUT);
    struct rlimit r = {20, 20};
    OK(setrlimit(RLIMIT_NOFILE, &r));
    struct pollfd many[21] = {{0}};
    for (int i = 0; i < 21; i++) many[i].fd = -1;
    ERR(poll(many, 21, 0), EINVAL);
    EQ(poll(many, 20, 0), 0);
    ERR(syscall(SYS_poll, 8, 1, 0), EFAULT);
    double t = now_ms();
    EQ(poll(0, 0, 50), 0);
    CHECK(now_ms() - t >= 49);
}
CASE(poll_signals) {
    int fd[2];
    OK(pipe(fd));
    handle(SIGUSR1, SA_RESTART);
    pid_t c = signal_later(SIGUSR1, 20);
    struct pollfd p = {fd[0], POLLIN, 0};
    ERR(poll(&p, 1, 2000), EINTR);
    EXITED(c, 0);
    // Stopped and continued without a handler: goes on for what is left of its time.
    pid_t me = getpid();
    c = CHILD({ sleep_ms(20); kill(me, SIGSTOP); sleep_ms(20); kill(me, SIGCONT); });
    double t = now_ms();
    EQ(poll(&p, 1, 100), 0);
    CHECK(now_ms() - t >= 99);
    CHECK(now_ms() - t < 1000);
    EXITED(c, 0);
}
CASE(ppoll_mask_and_time) {
    int fd[2];
    OK(pipe(fd));
    struct pollfd p = {fd[0], POLLIN, 0};
    handle(SIGUSR1, 0);
    sigset_t block, empty, now;
    sigemptyset(&empty);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, 0);
    kill(getpid(), SIGUSR1);
    EQ(caught, 0);
    struct timespec t = {5, 0};
    EQ(syscall(SYS_ppoll, &p, 1, &t, &empty, 8), -1);
    EQ(errno, EINTR);
    EQ(caught, 1);
    CHECK(t.tv_sec == 4 || (t.tv_sec == 5 && t.tv_nsec == 0));
    sigprocmask(SIG_BLOCK, 0, &now);
    CHECK(sigismember(&now, SIGUSR1));
    t = (struct timespec){0, 20000000};
    EQ(syscall(SYS_ppoll, &p, 1, &t, 0, 8), 0);
    EQ(t.tv_sec, 0);
    EQ(t.tv_nsec, 0);
    t = (struct timespec){0, 1000000000};
    EQ(syscall(SYS_ppoll, &p, 1, &t, 0, 8), -1);
    EQ(errno, EINVAL);
    t = (struct timespec){0, 0};
    EQ(syscall(SYS_ppoll, &p, 1, &t, &empty, 4), -1);
    EQ(errno, EINVAL);
}
CASE(select_sets_and_time) {
    int fd[2];
    OK(pipe(fd));
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(fd[0], &r);
    FD_SET(fd[1], &w);
    struct timeval t = {1, 0};
    EQ(select(fd[1] + 1, &r, &w, 0, &t), 1);
    CHECK(!FD_ISSET(fd[0], &r));
    CHECK(FD_ISSET(fd[1], &w));
    CHECK(t.tv_sec == 0 || t.tv_usec == 0);
    FD_SET(fd[0], &r);
    t = (struct timeval){0, 30000};
    EQ(select(fd[0] + 1, &r, 0, 0, &t), 0);
    EQ(t.tv_usec, 0);
    CHECK(!FD_ISSET(fd[0], &r));
    write(fd[1], "x", 1);
    FD_SET(fd[0], &r);
    FD_SET(fd[1], &w);
    EQ(select(64, &r, &w, 0, 0), 2);
    FD_ZERO(&r);
    FD_SET(63, &r);
    ERR(select(64, &r, 0, 0, &t), EBADF);
    ERR(select(-1, 0, 0, 0, &t), EINVAL);
    t.tv_sec = -1;
    ERR(select(0, 0, 0, 0, &t), EINVAL);
    close(fd[1]);
    read(fd[0], &t, 1);
    FD_ZERO(&r);
    FD_SET(fd[0], &r);
    EQ(select(fd[0] + 1, &r, 0, 0, 0), 1);
    handle(SIGALRM, SA_RESTART);
    pid_t c = signal_later(SIGALRM, 20);
    ERR(select(0, 0, 0, 0, 0), EINTR);
    EXITED(c, 0);
}
CASE(select_wakes) {
    int fd[2];
    OK(pipe(fd));
    pid_t c = CHILD({ sleep_ms(30); write(fd[1], "x", 1); });
    fd_set r;
    FD_ZERO(&r);
    FD_SET(fd[0], &r);
    struct timeval t = {5, 0};
    EQ(select(fd[0] + 1, &r, 0, 0, &t), 1);
    CHECK(t.tv_sec == 4);
    EXITED(c, 0);
}
static int ep_add(int ep, int fd, unsigned events) {
    struct epoll_event e = {.events = events, .data.u64 = 0x1122334455667788ull + fd};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}
CASE(epoll_level_edge_oneshot) {
    int fd[2];
    int ep = OK(epoll_create1(EPOLL_CLOEXEC));
    OK(pipe(fd));
    struct epoll_event e[4];
    OK(ep_add(ep, fd[0], EPOLLIN));
    EQ(epoll_wait(ep, e, 4, 0), 0);
    write(fd[1], "ab", 2);
    EQ(epoll_wait(ep, e, 4, 0), 1);
    EQ(e[0].data.u64, 0x1122334455667788ull + fd[0]);
    EQ(e[0].events, EPOLLIN);
    EQ(epoll_wait(ep, e, 4, 0), 1);
    e[0].events = EPOLLIN | EPOLLET;
    OK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], e));
    EQ(epoll_wait(ep, e, 4, 0), 1);
    EQ(epoll_wait(ep, e, 4, 0), 0);
    char b;
    read(fd[0], &b, 1);
    EQ(epoll_wait(ep, e, 4, 0), 0);
    write(fd[1], "c", 1);
    EQ(epoll_wait(ep, e, 4, 0), 1);
    e[0].events = EPOLLIN | EPOLLONESHOT;
    OK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], e));
    EQ(epoll_wait(ep, e, 4, 0), 1);
    EQ(epoll_wait(ep, e, 4, 0), 0);
    write(fd[1], "d", 1);
    EQ(epoll_wait(ep, e, 4, 0), 0);
    e[0].events = EPOLLIN | EPOLLONESHOT;
    OK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[0], e));
    EQ(epoll_wait(ep, e, 4, 0), 1);
    OK(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], 0));
    ERR(epoll_ctl(ep, EPOLL_CTL_DEL, fd[0], 0), ENOENT);
}
CASE(epoll_errors) {
    struct epoll_event e = {.events = EPOLLIN};
    int ep = OK(epoll_create(1));
    ERR(epoll_create(0), EINVAL);
    ERR(epoll_create1(1), EINVAL);
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e), EINVAL);
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, 999, &e), EBADF);
    ERR(epoll_ctl(999, EPOLL_CTL_ADD, ep, &e), EBADF);
    int f = OK(open("x", O_RDWR | O_CREAT, 0600));
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, f, &e), EPERM);
    int p[2];
    OK(pipe(p));
    ERR(epoll_ctl(p[0], EPOLL_CTL_ADD, p[1], &e), EINVAL);
    ERR(epoll_ctl(ep, 7, p[1], &e), EINVAL);
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], (void *)8), EFAULT);
    OK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e), EEXIST);
    ERR(epoll_ctl(ep, EPOLL_CTL_MOD, p[1], &e), ENOENT);
    ERR(epoll_wait(ep, &e, 0, 0), EINVAL);
    ERR(epoll_wait(p[0], &e, 1, 0), EINVAL);
    write(p[1], "x", 1);
    ERR(syscall(SYS_epoll_wait, ep, 8, 1, 0), EFAULT);
    ERR(read(ep, &e, 8), EINVAL);
}
CASE(epoll_nested) {
    int p[2];
    int a = OK(epoll_create1(0)), b = OK(epoll_create1(0));
    OK(pipe(p));
    OK(ep_add(a, p[0], EPOLLIN));
    OK(ep_add(b, a, EPOLLIN));
    ERR(ep_add(a, b, EPOLLIN), ELOOP);
    struct epoll_event e;
    EQ(epoll_wait(b, &e, 1, 0), 0);
    EQ(polled(b, POLLIN), 0);
    write(p[1], "x", 1);
    EQ(polled(a, POLLIN), POLLIN);
    EQ(epoll_wait(b, &e, 1, 100), 1);
    char c;
    read(p[0], &c, 1);
    EQ(epoll_wait(b, &e, 1, 0), 0);
    int ep[8];
    int q[2];
    OK(pipe(q));
    ep[0] = epoll_create1(0);
    OK(ep_add(ep[0], q[0], EPOLLIN));
    for (int i = 1; i < 5; i++) { ep[i] = epoll_create1(0); OK(ep_add(ep[i], ep[i - 1], EPOLLIN)); }
    ep[5] = epoll_create1(0);
    ERR(ep_add(ep[5], ep[4], EPOLLIN), ELOOP);
}
CASE(epoll_closed_files) {
    int ep = OK(epoll_create1(0)), p[2];
    OK(pipe(p));
    OK(ep_add(ep, p[0], EPOLLIN));
    int d = OK(dup(p[0]));
    int old = p[0];
    close(p[0]);
    write(p[1], "x", 1);
    struct epoll_event e;
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    int q[2];
    OK(pipe(q));
    EQ(q[0], old);
    OK(ep_add(ep, q[0], EPOLLIN));
    close(d);
    EQ(epoll_wait(ep, &e, 1, 0), 0);
    close(q[1]);
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    EQ(e.events, EPOLLHUP);
}
CASE(epoll_many_ready_share) {
    int ep = OK(epoll_create1(0));
    for (int i = 0; i < 10; i++) { int v = OK(eventfd(1, 0)); OK(ep_add(ep, v, EPOLLIN)); }
    struct epoll_event e[10];
    int seen[200] = {0};
    for (int round = 0; round < 5; round++) {
        EQ(epoll_wait(ep, e, 2, 0), 2);
        for (int i = 0; i < 2; i++) seen[e[i].data.u64 - 0x1122334455667788ull]++;
    }
    int distinct = 0;
    for (int i = 0; i < 200; i++) distinct += seen[i] == 1;
    EQ(distinct, 10);
}
CASE(epoll_waits_and_signals) {
    int ep = OK(epoll_create1(0)), p[2];
    OK(pipe(p));
    OK(ep_add(ep, p[0], EPOLLIN));
    struct epoll_event e;
    double t = now_ms();
    EQ(epoll_wait(ep, &e, 1, 40), 0);
    CHECK(now_ms() - t >= 39);
    pid_t c = CHILD({ sleep_ms(30); write(p[1], "x", 1); });
    EQ(epoll_wait(ep, &e, 1, -1), 1);
    EXITED(c, 0);
    char b;
    read(p[0], &b, 1);
    handle(SIGUSR1, SA_RESTART);
    c = signal_later(SIGUSR1, 20);
    ERR(epoll_wait(ep, &e, 1, -1), EINTR);
    EXITED(c, 0);
    sigset_t block, empty;
    sigemptyset(&empty);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, 0);
    caught = 0;
    kill(getpid(), SIGUSR1);
    ERR(epoll_pwait(ep, &e, 1, 1000, &empty), EINTR);
    EQ(caught, 1);
    struct timespec ts = {0, 20000000};
    EQ(syscall(441, ep, &e, 1, &ts, 0, 8), 0);
}
CASE(epoll_exclusive_and_rdhup) {
    int ep = OK(epoll_create1(0)), p[2];
    OK(pipe(p));
    OK(ep_add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE));
    struct epoll_event e = {.events = EPOLLIN};
    ERR(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e), EINVAL);
    ERR(ep_add(ep, p[1], EPOLLOUT | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    write(p[1], "x", 1);
    EQ(epoll_wait(ep, &e, 1, 0), 1);
}
CASE(eventfd_counts) {
    int e = OK(eventfd(3, EFD_NONBLOCK));
    uint64_t v = 0;
    EQ(read(e, &v, 8), 8);
    EQ(v, 3);
    ERR(read(e, &v, 8), EAGAIN);
    v = UINT64_MAX - 1;
    EQ(write(e, &v, 8), 8);
    EQ(polled(e, POLLIN | POLLOUT), POLLIN);
    v = 1;
    ERR(write(e, &v, 8), EAGAIN);
    v = UINT64_MAX;
    ERR(write(e, &v, 8), EINVAL);
    ERR(read(e, &v, 4), EINVAL);
    EQ(read(e, &v, 8), 8);
    CHECK(v == UINT64_MAX - 1);
    int s = OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    EQ(read(s, &v, 8), 8);
    EQ(v, 1);
    EQ(read(s, &v, 8), 8);
    ERR(read(s, &v, 8), EAGAIN);
    ERR(eventfd(0, 0x100), EINVAL);
    int b = OK(eventfd(0, 0));
    pid_t c = CHILD({ sleep_ms(20); uint64_t one = 7; write(b, &one, 8); });
    EQ(read(b, &v, 8), 8);
    EQ(v, 7);
    EXITED(c, 0);
}
CASE(signalfd_reads) {
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigaddset(&m, SIGCHLD);
    sigprocmask(SIG_BLOCK, &m, 0);
    int f = OK(signalfd(-1, &m, SFD_NONBLOCK));
    struct signalfd_siginfo s;
    ERR(read(f, &s, sizeof s), EAGAIN);
    EQ(polled(f, POLLIN), 0);
    union sigval v = {.sival_int = 42};
    OK(sigqueue(getpid(), SIGUSR1, v));
    EQ(polled(f, POLLIN), POLLIN);
    EQ(read(f, &s, sizeof s), sizeof s);
    EQ(s.ssi_signo, SIGUSR1);
    EQ(s.ssi_code, SI_QUEUE);
    EQ(s.ssi_int, 42);
    EQ(s.ssi_pid, getpid());
    pid_t c = CHILD({ sleep_ms(20); _exit(5); });
    struct pollfd p = {f, POLLIN, 0};
    EQ(poll(&p, 1, 2000), 1);
    EQ(read(f, &s, sizeof s), sizeof s);
    EQ(s.ssi_signo, SIGCHLD);
    EQ(s.ssi_pid, c);
    EQ(s.ssi_status, 5);
    EXITED(c, 5);
    ERR(read(f, &s, 10), EINVAL);
    int ep = OK(epoll_create1(0));
    OK(ep_add(ep, f, EPOLLIN));
    pid_t k = signal_later(SIGUSR1, 20);
    struct epoll_event e;
    EQ(epoll_wait(ep, &e, 1, 2000), 1);
    reap(k);
    ERR(signalfd(ep, &m, 0), EINVAL);
}
CASE(timerfd_counts) {
    int t = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    struct itimerspec s = {{0, 10000000}, {0, 20000000}}, o;
    uint64_t n = 0;
    ERR(read(t, &n, 8), EAGAIN);
    OK(timerfd_settime(t, 0, &s, 0));
    OK(timerfd_gettime(t, &o));
    EQ(o.it_interval.tv_nsec, 10000000);
    CHECK(o.it_value.tv_nsec > 0 && o.it_value.tv_nsec <= 20000000);
    struct pollfd p = {t, POLLIN, 0};
    EQ(poll(&p, 1, 1000), 1);
    sleep_ms(50);
    EQ(read(t, &n, 8), 8);
    CHECK(n >= 4);
    s = (struct itimerspec){{0, 0}, {0, 0}};
    OK(timerfd_settime(t, 0, &s, &o));
    EQ(o.it_interval.tv_nsec, 10000000);
    OK(timerfd_gettime(t, &o));
    EQ(o.it_value.tv_nsec, 0);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int r = OK(timerfd_create(CLOCK_REALTIME, 0));
    s.it_value = now;
    OK(timerfd_settime(r, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &s, 0));
    EQ(read(r, &n, 8), 8);
    EQ(n, 1);
    s.it_value = (struct timespec){0, 1000000000};
    ERR(timerfd_settime(r, 0, &s, 0), EINVAL);
    ERR(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    ERR(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    int pp[2];
    OK(pipe(pp));
    ERR(timerfd_gettime(pp[0], &o), EINVAL);
    ERR(timerfd_gettime(99, &o), EBADF);
}
static int next_event(int f, char *all, int *pos, int *len, struct inotify_event **out) {
    if (*pos >= *len) {
        *len = read(f, all, 4096);
        *pos = 0;
        if (*len <= 0) return -1;
    }
    *out = (struct inotify_event *)(all + *pos);
    *pos += sizeof **out + (*out)->len;
    return 0;
}
CASE(inotify_names) {
    static char all[4096] __attribute__((aligned(8)));
    int pos = 0, len = 0;
    int f = OK(inotify_init1(IN_NONBLOCK));
    OK(mkdir("d", 0700));
    int w = OK(inotify_add_watch(f, "d", IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE | IN_DELETE_SELF));
    EQ(w, 1);
    ERR(read(f, all, 4096), EAGAIN);
    int fd = OK(open("d/file", O_CREAT | O_WRONLY, 0600));
    close(fd);
    OK(rename("d/file", "d/other"));
    OK(mkdir("d/sub", 0700));
    OK(unlink("d/other"));
    OK(rmdir("d/sub"));
    OK(rmdir("d"));
    struct { unsigned mask; const char *name; } want[] = {
        {IN_CREATE, "file"}, {IN_CLOSE_WRITE, "file"}, {IN_MOVED_FROM, "file"}, {IN_MOVED_TO, "other"}, {IN_CREATE | IN_ISDIR, "sub"},
        {IN_DELETE, "other"}, {IN_DELETE | IN_ISDIR, "sub"}, {IN_DELETE_SELF, ""}, {IN_IGNORED, ""}};
    unsigned cookie = 0;
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct inotify_event *e;
        if (next_event(f, all, &pos, &len, &e) < 0) { FAIL("event %u missing", i); return; }
        if (e->mask != want[i].mask) FAIL("event %u: mask %x want %x", i, e->mask, want[i].mask);
        if (*want[i].name) STR(e->name, want[i].name);
        if (e->mask & IN_MOVED_FROM) cookie = e->cookie;
        if (e->mask & IN_MOVED_TO) { CHECK(cookie != 0); EQ(e->cookie, cookie); }
    }
    ERR(inotify_rm_watch(f, w), EINVAL);
}
CASE(inotify_flags) {
    static char all[4096] __attribute__((aligned(8)));
    int f = OK(inotify_init1(IN_NONBLOCK));
    put("a", "x");
    ERR(inotify_add_watch(f, "a", 0), EINVAL);
    ERR(inotify_add_watch(f, "nope", IN_OPEN), ENOENT);
    ERR(inotify_add_watch(f, "a", IN_OPEN | IN_ONLYDIR), ENOTDIR);
    int w = OK(inotify_add_watch(f, "a", IN_OPEN));
    EQ(inotify_add_watch(f, "a", IN_MODIFY | IN_MASK_ADD), w);
    ERR(inotify_add_watch(f, "a", IN_MODIFY | IN_MASK_CREATE), EEXIST);
    int fd = OK(open("a", O_RDWR));
    write(fd, "yy", 2);
    write(fd, "yy", 2);
    int n = 0;
    OK(ioctl(f, FIONREAD, &n));
    EQ(n, 32);
    ERR(read(f, all, 8), EINVAL);
    EQ(read(f, all, 4096), 32);
    EQ(((struct inotify_event *)all)->mask, IN_OPEN);
    EQ(((struct inotify_event *)(all + 16))->mask, IN_MODIFY);
    OK(inotify_rm_watch(f, w));
    EQ(read(f, all, 4096), 16);
    EQ(((struct inotify_event *)all)->mask, IN_IGNORED);
    w = OK(inotify_add_watch(f, "a", IN_ATTRIB | IN_ONESHOT));
    OK(chmod("a", 0644));
    OK(chmod("a", 0600));
    EQ(read(f, all, 4096), 32);
    EQ(((struct inotify_event *)all)->mask, IN_ATTRIB);
    EQ(((struct inotify_event *)(all + 16))->mask, IN_IGNORED);
}
static volatile int io_fd, io_code;
static void on_io(int sig, siginfo_t *si, void *u) { caught++; caught_signal = sig; io_fd = si->si_fd; io_code = si->si_code; }
CASE(signal_driven_io) {
    int p[2];
    OK(pipe(p));
    struct sigaction a = {.sa_sigaction = on_io, .sa_flags = SA_SIGINFO};
    sigaction(SIGIO, &a, 0);
    sigaction(SIGRTMIN, &a, 0);
    OK(fcntl(p[0], F_SETOWN, getpid()));
    OK(fcntl(p[0], F_SETFL, O_ASYNC | O_NONBLOCK));
    EQ(fcntl(p[0], F_GETFL) & O_ASYNC, O_ASYNC);
    EQ(write(p[1], "x", 1), 1);
    EQ(caught, 1);
    EQ(caught_signal, SIGIO);
    char b;
    EQ(read(p[0], &b, 1), 1);
    OK(fcntl(p[0], F_SETSIG, SIGRTMIN));
    EQ(write(p[1], "x", 1), 1);
    EQ(caught, 2);
    EQ(caught_signal, SIGRTMIN);
    EQ(io_fd, p[0]);
    EQ(io_code, POLL_IN);
    EQ(read(p[0], &b, 1), 1);
    OK(fcntl(p[0], F_SETFL, O_NONBLOCK));
    EQ(write(p[1], "x", 1), 1);
    EQ(caught, 2);
    ERR(fcntl(p[0], F_SETOWN, 999999), ESRCH);
}
CASE(epoll_edges_of_writers) {
    int ep = OK(epoll_create1(0)), p[2];
    OK(pipe2(p, O_NONBLOCK));
    OK(ep_add(ep, p[1], EPOLLOUT | EPOLLET));
    struct epoll_event e;
    static char b[65536];
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    EQ(write(p[1], b, 10), 10);
    EQ(read(p[0], b, 10), 10);
    EQ(epoll_wait(ep, &e, 1, 0), 0);
    EQ(write(p[1], b, sizeof b), sizeof b);
    EQ(epoll_wait(ep, &e, 1, 0), 0);
    EQ(read(p[0], b, sizeof b), sizeof b);
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    EQ(e.events, EPOLLOUT);
}
CASE(small_writer_in_a_full_pipe) {
    int p[2];
    OK(pipe(p));
    static char b[65536];
    EQ(write(p[1], b, 65536 - 50), 65536 - 50);
    pid_t c = CHILD({ close(p[0]); EQ(write(p[1], b, 100), 100); });
    sleep_ms(30);
    EQ(read(p[0], b, 4096), 4096);
    EXITED(c, 0);
}
static void *read_one(void *fd) {
    char c;
    return (void *)read(*(int *)fd, &c, 1);
}
// A read in progress holds the file, though its descriptor is closed.
CASE(close_while_reading) {
    int p[2], keep;
    OK(pipe(p));
    keep = p[0];
    pthread_t t;
    void *got = 0;
    NEED(pthread_create(&t, 0, read_one, &keep) == 0);
    sleep_ms(50);
    close(p[0]);
    EQ(write(p[1], "x", 1), 1);
    pthread_join(t, &got);
    EQ((long)got, 1);
    signal(SIGPIPE, SIG_IGN);
    ERR(write(p[1], "x", 1), EPIPE);
}
static int shared_ep, shared_ev;
static volatile int consumed;
static void *consume(void *unused) {
    struct epoll_event e;
    uint64_t v;
    while (consumed < 1000) if (epoll_wait(shared_ep, &e, 1, 100) == 1 && read(shared_ev, &v, 8) == 8) __sync_fetch_and_add(&consumed, 1);
    return unused;
}
CASE(threads_share_an_epoll) {
    shared_ep = OK(epoll_create1(0));
    shared_ev = OK(eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK));
    OK(ep_add(shared_ep, shared_ev, EPOLLIN));
    pthread_t t[4];
    for (int i = 0; i < 4; i++) NEED(pthread_create(&t[i], 0, consume, 0) == 0);
    uint64_t one = 1;
    for (int i = 0; i < 1000; i++) EQ(write(shared_ev, &one, 8), 8);
    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
    EQ(consumed, 1000);
}
TEST_MAIN
