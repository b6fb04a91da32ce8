// Readiness: poll, select, epoll in its modes, eventfd, inotify.
#include "check.h"
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/socket.h>

static int add(int ep, int fd, uint32_t events) { struct epoll_event e = {.events = events, .data.u64 = 0x100000000ULL + fd}; return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e); }
static int mod(int ep, int fd, uint32_t events) { struct epoll_event e = {.events = events, .data.u64 = 0x100000000ULL + fd}; return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e); }
static struct epoll_event ev[16];
static int ready(int ep) { return epoll_wait(ep, ev, 16, 0); }
static char byte;

CASE(poll_basics) {
    int pp[2];
    OK(pipe(pp));
    struct pollfd p[4] = {{pp[0], POLLIN, 9}, {pp[1], POLLOUT, 9}, {-1, POLLIN, 9}, {999, POLLIN, 9}};
    EQ(poll(p, 4, 0), 2);
    EQ(p[0].revents, 0); EQ(p[1].revents, POLLOUT); EQ(p[2].revents, 0); EQ(p[3].revents, POLLNVAL);
    EQ(write(pp[1], "x", 1), 1);
    p[0].events = POLLIN | POLLRDNORM | POLLPRI;
    EQ(poll(p, 1, -1), 1); EQ(p[0].revents, POLLIN | POLLRDNORM);
    close(pp[1]);
    EQ(poll(p, 1, 0), 1); EQ(p[0].revents, POLLIN | POLLRDNORM | POLLHUP);
    EQ(read(pp[0], &byte, 1), 1);
    p[0].events = 0;
    EQ(poll(p, 1, 0), 1); EQ(p[0].revents, POLLHUP);
    OK(pipe(pp)); close(pp[0]);
    p[0] = (struct pollfd){pp[1], POLLOUT, 0};
    EQ(poll(p, 1, 0), 1); EQ(p[0].revents, POLLOUT | POLLERR);
    put("f", "");
    p[0] = (struct pollfd){open("f", O_RDONLY), POLLIN | POLLOUT, 0};
    EQ(poll(p, 1, 0), 1); EQ(p[0].revents, POLLIN | POLLOUT);
    double a = now_ms();
    EQ(poll(0, 0, 30), 0); CHECK(now_ms() - a >= 29.9);
    ERR(syscall(SYS_poll, BAD, 1, 0), EFAULT);
    ERR(syscall(SYS_poll, p, 1 << 30, 0), EINVAL);
}
CASE(ppoll_mask_and_timeout) {
    handle(SIGUSR1, 0);
    sigset_t s, none;
    sigemptyset(&none); sigemptyset(&s); sigaddset(&s, SIGUSR1);
    sigprocmask(SIG_BLOCK, &s, 0);
    raise(SIGUSR1);
    struct timespec t = {5, 0}, zero = {0, 0}, bad = {0, -1};
    EQ(ppoll(0, 0, &zero, 0), 0); EQ(caught, 0);
    ERR(ppoll(0, 0, &t, &none), EINTR); EQ(caught, 1);
    sigset_t now;
    sigprocmask(0, 0, &now); EQ(sigismember(&now, SIGUSR1), 1);
    ERR(ppoll(0, 0, &bad, 0), EINVAL);
    raise(SIGUSR1);
    // A pending signal does not matter when something is ready, but it is delivered.
    int pp[2];
    OK(pipe(pp));
    struct pollfd p = {pp[1], POLLOUT, 0};
    EQ(ppoll(&p, 1, 0, &none), 1);
    t = (struct timespec){0, 20000000};
    EQ(syscall(SYS_ppoll, 0, 0, &t, 0, 8), 0);
    EQ(t.tv_nsec, 0); // what remains is written back
}
CASE(select_basics) {
    int pp[2];
    OK(pipe(pp));
    fd_set r, w, x;
    FD_ZERO(&r); FD_ZERO(&w); FD_ZERO(&x); FD_SET(pp[0], &r); FD_SET(pp[1], &w); FD_SET(pp[0], &x);
    struct timeval tv = {0, 0};
    EQ(select(pp[1] + 1, &r, &w, &x, &tv), 1);
    EQ(FD_ISSET(pp[0], &r), 0); CHECK(FD_ISSET(pp[1], &w)); EQ(FD_ISSET(pp[0], &x), 0);
    close(pp[1]);
    FD_SET(pp[0], &r);
    EQ(select(pp[0] + 1, &r, 0, 0, 0), 1);
    FD_ZERO(&r); FD_SET(40, &r);
    ERR(select(41, &r, 0, 0, &tv), EBADF);
    ERR(select(-1, 0, 0, 0, &tv), EINVAL);
    tv = (struct timeval){-1, 0}; ERR(select(0, 0, 0, 0, &tv), EINVAL);
    tv = (struct timeval){0, 30000};
    double a = now_ms();
    EQ(select(0, 0, 0, 0, &tv), 0);
    CHECK(now_ms() - a >= 29.9); EQ(tv.tv_usec, 0);
    struct timespec t = {0, 0};
    OK(pipe(pp)); FD_ZERO(&r); FD_SET(pp[0], &r); EQ(write(pp[1], "x", 1), 1);
    EQ(pselect(pp[0] + 1, &r, 0, 0, &t, 0), 1);
}
CASE(epoll_level_and_edge) {
    int pp[2], ep = OK(epoll_create1(EPOLL_CLOEXEC));
    OK(pipe(pp));
    OK(add(ep, pp[0], EPOLLIN));
    EQ(ready(ep), 0);
    EQ(write(pp[1], "abc", 3), 3);
    EQ(ready(ep), 1); EQ(ev[0].events, EPOLLIN); EQ(ev[0].data.u64, 0x100000000ULL + pp[0]);
    EQ(ready(ep), 1);
    OK(mod(ep, pp[0], EPOLLIN | EPOLLET));
    EQ(ready(ep), 1); // a change re-arms the edge
    EQ(ready(ep), 0);
    EQ(write(pp[1], "d", 1), 1);
    EQ(ready(ep), 1); EQ(ready(ep), 0);
    OK(mod(ep, pp[0], EPOLLIN | EPOLLONESHOT));
    EQ(ready(ep), 1); EQ(ready(ep), 0);
    EQ(write(pp[1], "e", 1), 1); EQ(ready(ep), 0);
    OK(mod(ep, pp[0], EPOLLIN)); EQ(ready(ep), 1);
    OK(epoll_ctl(ep, EPOLL_CTL_DEL, pp[0], 0)); EQ(ready(ep), 0);
    close(pp[1]);
    OK(add(ep, pp[0], 0)); EQ(ready(ep), 1); EQ(ev[0].events, EPOLLHUP);
}
CASE(epoll_errors) {
    int pp[2], ep = OK(epoll_create(1));
    OK(pipe(pp)); put("f", "");
    ERR(epoll_create(0), EINVAL);
    ERR(epoll_create1(1), EINVAL);
    ERR(add(ep, ep, EPOLLIN), EINVAL);
    ERR(add(pp[0], pp[1], EPOLLIN), EINVAL);
    ERR(add(ep, 999, EPOLLIN), EBADF);
    ERR(add(999, pp[0], EPOLLIN), EBADF);
    ERR(add(ep, open("f", O_RDONLY), EPOLLIN), EPERM);
    OK(add(ep, pp[0], EPOLLIN));
    ERR(add(ep, pp[0], EPOLLIN), EEXIST);
    ERR(mod(ep, pp[1], EPOLLIN), ENOENT);
    ERR(epoll_ctl(ep, EPOLL_CTL_DEL, pp[1], 0), ENOENT);
    ERR(epoll_ctl(ep, 9, pp[1], ev), EINVAL);
    ERR(epoll_ctl(ep, EPOLL_CTL_ADD, pp[1], BAD), EFAULT);
    ERR(epoll_wait(ep, ev, 0, 0), EINVAL);
    ERR(syscall(SYS_epoll_wait, ep, ev, -1, 0), EINVAL);
    ERR(epoll_wait(pp[0], ev, 1, 0), EINVAL);
    ERR(epoll_wait(999, ev, 1, 0), EBADF);
    EQ(write(pp[1], "x", 1), 1);
    ERR(epoll_wait(ep, BAD, 1, 0), EFAULT);
    ERR(read(ep, &byte, 1), EINVAL);
    OK(add(ep, OK(dup(pp[0])), EPOLLIN)); // a duplicate is another entry
    EQ(ready(ep), 2);
    EQ(epoll_wait(ep, ev, 1, 0), 1);
}
CASE(epoll_nesting_and_loops) {
    int pp[2], a = OK(epoll_create1(0)), b = OK(epoll_create1(0)), c = OK(epoll_create1(0));
    OK(pipe(pp));
    OK(add(a, pp[0], EPOLLIN)); OK(add(b, a, EPOLLIN)); OK(add(c, b, EPOLLIN));
    ERR(add(a, c, EPOLLIN), ELOOP);
    EQ(ready(c), 0);
    EQ(write(pp[1], "x", 1), 1);
    EQ(ready(c), 1); EQ(ready(b), 1);
    struct pollfd p = {c, POLLIN, 0};
    EQ(poll(&p, 1, 0), 1);
    EQ(read(pp[0], &byte, 1), 1);
    EQ(ready(c), 0); EQ(poll(&p, 1, 0), 0);
    int chain = c, d = 0;
    for (int i = 0; i < 8; i++) { int next = OK(epoll_create1(0)); if (add(next, chain, EPOLLIN) < 0) { d = errno; break; } chain = next; }
    EQ(d, ELOOP); // more than five deep
}
CASE(epoll_follows_closing) {
    int pp[2], ep = OK(epoll_create1(0));
    OK(pipe(pp));
    OK(add(ep, pp[0], EPOLLIN));
    EQ(write(pp[1], "x", 1), 1);
    int d = OK(dup(pp[0]));
    close(pp[0]);
    EQ(ready(ep), 1); // the open file lives on
    ERR(epoll_ctl(ep, EPOLL_CTL_DEL, pp[0], 0), EBADF);
    close(d);
    EQ(ready(ep), 0);
}
static void *wait_once(void *arg) { struct epoll_event e; return (void *)(intptr_t)epoll_wait(*(int *)arg, &e, 1, 300); }
CASE(epoll_exclusive_and_threads) {
    int ev1 = OK(eventfd(0, EFD_NONBLOCK)), ep[2] = {OK(epoll_create1(0)), OK(epoll_create1(0))};
    OK(add(ep[0], ev1, EPOLLIN | EPOLLEXCLUSIVE)); OK(add(ep[1], ev1, EPOLLIN | EPOLLEXCLUSIVE));
    ERR(mod(ep[0], ev1, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    ERR(add(epoll_create1(0), ep[0], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    pthread_t t;
    void *r;
    NEED(pthread_create(&t, 0, wait_once, &ep[0]) == 0);
    sleep_ms(30);
    uint64_t one = 1;
    EQ(write(ev1, &one, 8), 8);
    pthread_join(t, &r);
    EQ((intptr_t)r, 1);
}
CASE(epoll_waits) {
    int pp[2], ep = OK(epoll_create1(0));
    OK(pipe(pp)); OK(add(ep, pp[0], EPOLLIN | EPOLLRDHUP));
    double a = now_ms();
    EQ(epoll_wait(ep, ev, 4, 30), 0); CHECK(now_ms() - a >= 29);
    pid_t p = CHILD({ sleep_ms(30); if (write(pp[1], "x", 1) != 1) _exit(1); });
    EQ(epoll_wait(ep, ev, 4, 5000), 1);
    EXITED(p, 0);
    EQ(read(pp[0], &byte, 1), 1);
    handle(SIGUSR1, SA_RESTART);
    p = signal_later(SIGUSR1, 30);
    ERR(epoll_wait(ep, ev, 4, 5000), EINTR);
    reap(p);
    sigset_t s, none;
    sigemptyset(&none); sigemptyset(&s); sigaddset(&s, SIGUSR1);
    sigprocmask(SIG_BLOCK, &s, 0);
    raise(SIGUSR1);
    ERR(epoll_pwait(ep, ev, 4, 1000, &none), EINTR);
    struct timespec t = {0, 1000000};
    EQ(syscall(SYS_epoll_pwait2, ep, ev, 4, &t, 0, 8), 0);
    t.tv_nsec = -1; ERR(syscall(SYS_epoll_pwait2, ep, ev, 4, &t, 0, 8), EINVAL);
}
CASE(epoll_fairness) {
    int ep = OK(epoll_create1(0)), seen[4] = {0}, fds[4];
    for (int i = 0; i < 4; i++) { fds[i] = OK(eventfd(1, 0)); OK(add(ep, fds[i], EPOLLIN)); }
    for (int i = 0; i < 4; i++) { EQ(epoll_wait(ep, ev, 1, 0), 1); for (int k = 0; k < 4; k++) if ((int)(ev[0].data.u64 & 0xffff) == fds[k]) seen[k]++; }
    for (int i = 0; i < 4; i++) EQ(seen[i], 1); // the ready list goes round
}
CASE(eventfd_counter) {
    int fd = OK(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
    uint64_t v = 0;
    EQ(read(fd, &v, 8), 8); EQ(v, 3);
    ERR(read(fd, &v, 8), EAGAIN);
    ERR(read(fd, &v, 7), EINVAL);
    v = 5; EQ(write(fd, &v, 8), 8); EQ(write(fd, &v, 8), 8);
    EQ(read(fd, &v, 8), 8); EQ(v, 10);
    v = UINT64_MAX; ERR(write(fd, &v, 8), EINVAL);
    v = UINT64_MAX - 1; EQ(write(fd, &v, 8), 8);
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    EQ(poll(&p, 1, 0), 1); EQ(p.revents, POLLIN);
    v = 1; ERR(write(fd, &v, 8), EAGAIN);
    ERR(write(fd, &v, 4), EINVAL);
    int sem = OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    EQ(read(sem, &v, 8), 8); EQ(v, 1); EQ(read(sem, &v, 8), 8); ERR(read(sem, &v, 8), EAGAIN);
    ERR(eventfd(0, 0x100), EINVAL);
    int block = OK(eventfd(0, 0));
    pid_t c = CHILD({ sleep_ms(20); v = 9; if (write(block, &v, 8) != 8) _exit(1); });
    EQ(read(block, &v, 8), 8); EQ(v, 9);
    EXITED(c, 0);
}
static char events[4096] __attribute__((aligned(8)));
static int count_events(int fd, uint32_t want, const char *name) {
    ssize_t n = read(fd, events, sizeof events);
    int found = 0;
    for (ssize_t at = 0; at < n;) { struct inotify_event *e = (void *)(events + at); if ((e->mask & want) == want && (!name || (e->len && !strcmp(e->name, name)))) found++; at += sizeof *e + e->len; }
    return found;
}
CASE(inotify_directory) {
    mkdir("d", 0755);
    int fd = OK(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), w = OK(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
    EQ(w, 1);
    ERR(read(fd, events, sizeof events), EAGAIN);
    put("d/f", "x");
    ssize_t n = read(fd, events, sizeof events);
    uint32_t want[] = {IN_CREATE, IN_OPEN, IN_MODIFY, IN_CLOSE_WRITE};
    int i = 0;
    for (ssize_t at = 0; at < n; i++) { struct inotify_event *e = (void *)(events + at); if (i < 4) { EQ(e->mask, want[i]); STR(e->name, "f"); EQ(e->len, 16); EQ(e->wd, w); } at += sizeof *e + e->len; }
    EQ(i, 4);
    rename("d/f", "d/g");
    n = read(fd, events, sizeof events);
    struct inotify_event *a = (void *)events, *b = (void *)(events + 32);
    EQ(n, 64); EQ(a->mask, IN_MOVED_FROM); EQ(b->mask, IN_MOVED_TO); CHECK(a->cookie && a->cookie == b->cookie);
    chmod("d/g", 0600); EQ(count_events(fd, IN_ATTRIB, "g"), 1);
    slurp("d/g"); EQ(count_events(fd, IN_ACCESS, "g"), 1);
    mkdir("d/s", 0755); EQ(count_events(fd, IN_CREATE | IN_ISDIR, "s"), 1);
    unlink("d/g"); EQ(count_events(fd, IN_DELETE, "g"), 1);
    struct pollfd p = {fd, POLLIN, 0};
    EQ(poll(&p, 1, 0), 0);
    rmdir("d/s"); EQ(poll(&p, 1, 0), 1);
    EQ(count_events(fd, IN_DELETE | IN_ISDIR, "s"), 1);
    rmdir("d");
    n = read(fd, events, sizeof events);
    CHECK(n >= 32); // DELETE_SELF, IGNORED
    EQ(((struct inotify_event *)(events + n - 16))->mask, IN_IGNORED);
}
CASE(inotify_rules) {
    put("f", "x");
    int fd = OK(inotify_init1(IN_NONBLOCK)), w = OK(inotify_add_watch(fd, "f", IN_MODIFY));
    EQ(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_ADD), w);
    close(open("f", O_RDONLY)); EQ(count_events(fd, IN_OPEN, 0), 1);
    ERR(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_CREATE), EEXIST);
    ERR(inotify_add_watch(fd, "no", IN_OPEN), ENOENT);
    ERR(inotify_add_watch(fd, "f", IN_OPEN | IN_ONLYDIR), ENOTDIR);
    ERR(inotify_add_watch(fd, "f", 0), EINVAL);
    ERR(inotify_add_watch(0, "f", IN_OPEN), EINVAL);
    put("f", "y"); put("f", "z");
    CHECK(count_events(fd, IN_MODIFY, 0) >= 1);
    OK(inotify_rm_watch(fd, w)); EQ(count_events(fd, IN_IGNORED, 0), 1);
    ERR(inotify_rm_watch(fd, w), EINVAL);
    w = OK(inotify_add_watch(fd, "f", IN_OPEN | IN_ONESHOT));
    close(open("f", O_RDONLY)); EQ(count_events(fd, IN_OPEN, 0), 1);
    close(open("f", O_RDONLY)); ERR(read(fd, events, sizeof events), EAGAIN);
    w = OK(inotify_add_watch(fd, ".", IN_OPEN));
    close(open("f", O_RDONLY));
    ERR(read(fd, events, 10), EINVAL);
    ERR(inotify_init1(1), EINVAL);
}
TEST_MAIN
