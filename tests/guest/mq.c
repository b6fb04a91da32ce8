// POSIX message queues: errno cases, order, waiting, notification, the file system.
#include "check.h"
#include <limits.h>
#include <mqueue.h>
#include <sched.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>

static char name[64];
static mqd_t make(int flags, long messages, long size) {
    struct mq_attr a = {.mq_maxmsg = messages, .mq_msgsize = size};
    snprintf(name, sizeof name, "/guest-%d", getpid());
    mqd_t q = mq_open(name, O_CREAT | O_EXCL | flags, 0600, &a);
    NEED(q >= 0);
    return q;
}
static struct timespec soon(int ms) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    while (t.tv_nsec >= 1000000000) { t.tv_nsec -= 1000000000; t.tv_sec++; }
    return t;
}
#define RAW_OPEN(n, flags, attr) syscall(SYS_mq_open, n, flags, 0600, attr)

CASE(open_errors) {
    ERR(mq_open("/no-such-queue", O_RDWR), ENOENT);
    ERR(RAW_OPEN("", O_CREAT | O_RDWR, 0), ENOENT);
    ERR(RAW_OPEN("/a", O_CREAT | O_RDWR, 0), EACCES);
    ERR(RAW_OPEN("a/b", O_CREAT | O_RDWR, 0), EACCES);
    ERR(RAW_OPEN(BAD, O_CREAT | O_RDWR, 0), EFAULT);
    ERR(RAW_OPEN("q", O_CREAT | O_RDWR, BAD), EFAULT);
    char big[300]; memset(big, 'x', 299); big[299] = 0;
    ERR(RAW_OPEN(big, O_CREAT | O_RDWR, 0), ENAMETOOLONG);
    struct mq_attr a = {.mq_maxmsg = 0, .mq_msgsize = 10};
    ERR(RAW_OPEN("zero", O_CREAT | O_RDWR, &a), EINVAL);
    a = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 0}; ERR(RAW_OPEN("zero", O_CREAT | O_RDWR, &a), EINVAL);
    a = (struct mq_attr){.mq_maxmsg = -1, .mq_msgsize = 10}; ERR(RAW_OPEN("zero", O_CREAT | O_RDWR, &a), EINVAL);
    a = (struct mq_attr){.mq_maxmsg = 70000, .mq_msgsize = 10}; ERR(RAW_OPEN("zero", O_CREAT | O_RDWR, &a), EINVAL);
    mqd_t q = make(O_RDWR, 3, 16);
    ERR(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, 0), EEXIST);
    EQ(fcntl(q, F_GETFD), FD_CLOEXEC);
    int again = OK(mq_open(name, O_RDONLY));
    ERR(mq_send(again, "x", 1, 0), EBADF);
    EXITED(CHILD({
        OK(setresuid(1000, 1000, 1000));
        ERR(mq_open(name, O_RDONLY), EACCES);
        ERR(syscall(SYS_mq_unlink, name + 1), EPERM);
        a = (struct mq_attr){.mq_maxmsg = 11, .mq_msgsize = 16};
        ERR(RAW_OPEN("toomany", O_CREAT | O_RDWR, &a), EINVAL);
        a = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 8193};
        ERR(RAW_OPEN("toomany", O_CREAT | O_RDWR, &a), EINVAL);
        struct rlimit l = {1000, 1000};
        OK(setrlimit(RLIMIT_MSGQUEUE, &l));
        ERR(RAW_OPEN("toomany", O_CREAT | O_RDWR, 0), EMFILE);
    }), 0);
    struct rlimit l = {q + 2, 100};
    OK(setrlimit(RLIMIT_NOFILE, &l));
    ERR(mq_open(name, O_RDWR), EMFILE);
    OK(mq_unlink(name));
    ERR(mq_unlink(name), ENOENT);
    OK(mq_send(q, "lives", 5, 0));
    OK(mq_close(q));
    ERR(mq_close(q), EBADF);
}
CASE(send_and_receive_errors) {
    mqd_t q = make(O_RDWR | O_NONBLOCK, 2, 16);
    char text[16];
    unsigned prio;
    ERR(mq_send(q, text, 17, 0), EMSGSIZE);
    ERR(mq_send(q, text, 1, 32768), EINVAL);
    ERR(mq_receive(q, text, 15, 0), EMSGSIZE);
    ERR(mq_receive(q, text, 16, 0), EAGAIN);
    ERR(mq_send(-1, text, 1, 0), EBADF);
    ERR(mq_send(1, text, 1, 0), EBADF);
    ERR(mq_receive(1, text, 16, 0), EBADF);
    ERR(syscall(SYS_mq_timedsend, q, BAD, 5, 0, 0), EFAULT);
    OK(mq_send(q, "low", 3, 1));
    OK(mq_send(q, "high", 4, 32767));
    ERR(mq_send(q, "x", 1, 0), EAGAIN);
    EQ(mq_receive(q, text, 16, &prio), 4); EQ(prio, 32767);
    EQ(mq_receive(q, text, 16, &prio), 3); EQ(prio, 1);
    OK(mq_send(q, "", 0, 0));
    EQ(mq_receive(q, text, 16, 0), 0);
    struct timespec t = {0, 1000000000};
    ERR(mq_timedsend(q, text, 1, 0, &t), EINVAL);
    t = (struct timespec){-1, 0};
    ERR(mq_timedreceive(q, text, 16, 0, &t), EINVAL);
    ERR(syscall(SYS_mq_timedreceive, q, text, 16, 0, BAD), EFAULT);
    OK(mq_unlink(name));
}
CASE(order_among_equals) {
    mqd_t q = make(O_RDWR, 5, 4);
    const char *in[] = {"a1", "b2", "c1", "d2", "e0"};
    for (int i = 0; i < 5; i++) OK(mq_send(q, in[i], 2, in[i][1] - '0'));
    char out[16] = "", text[4];
    for (int i = 0; i < 5; i++) { EQ(mq_receive(q, text, 4, 0), 2); out[i] = text[0]; }
    STR(out, "bdace");
    OK(mq_unlink(name));
}
CASE(waiting_and_timeouts) {
    mqd_t q = make(O_RDWR, 1, 8);
    char text[8];
    struct timespec t = soon(40);
    double before = now_ms();
    ERR(mq_timedreceive(q, text, 8, 0, &t), ETIMEDOUT);
    CHECK(now_ms() - before >= 30);
    t = soon(-1000);
    ERR(mq_timedreceive(q, text, 8, 0, &t), ETIMEDOUT);
    OK(mq_timedsend(q, "x", 1, 0, &t)); // room: the timeout does not matter
    ERR(mq_timedsend(q, "y", 1, 0, &t), ETIMEDOUT);
    pid_t p = CHILD(OK(mq_send(q, "z", 1, 0)));
    EQ(wait_state(p, 'S'), 0);
    EQ(mq_receive(q, text, 8, 0), 1); EQ(text[0], 'x');
    EXITED(p, 0);
    EQ(mq_receive(q, text, 8, 0), 1); EQ(text[0], 'z');
    handle(SIGUSR1, 0);
    p = signal_later(SIGUSR1, 40);
    ERR(mq_receive(q, text, 8, 0), EINTR);
    reap(p);
    handle(SIGUSR1, SA_RESTART);
    p = CHILD({ sleep_ms(40); kill(getppid(), SIGUSR1); sleep_ms(40); OK(mq_send(q, "r", 1, 0)); });
    EQ(mq_receive(q, text, 8, 0), 1);
    EXITED(p, 0);
    OK(mq_unlink(name));
}
CASE(attributes) {
    mqd_t q = make(O_RDWR, 7, 33);
    struct mq_attr a, b = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 1, .mq_msgsize = 1};
    OK(mq_getattr(q, &a));
    EQ(a.mq_maxmsg, 7); EQ(a.mq_msgsize, 33); EQ(a.mq_curmsgs, 0); EQ(a.mq_flags, 0);
    OK(mq_setattr(q, &b, &a));
    EQ(a.mq_flags, 0);
    OK(mq_getattr(q, &a));
    EQ(a.mq_flags, O_NONBLOCK); EQ(a.mq_maxmsg, 7);
    char text[33];
    ERR(mq_receive(q, text, 33, 0), EAGAIN);
    b.mq_flags = O_APPEND;
    ERR(syscall(SYS_mq_getsetattr, q, &b, 0), EINVAL);
    ERR(syscall(SYS_mq_getsetattr, q, BAD, 0), EFAULT);
    ERR(syscall(SYS_mq_getsetattr, q, 0, BAD), EFAULT);
    ERR(mq_getattr(1, &a), EBADF);
    struct pollfd f = {q, POLLIN | POLLOUT, 0};
    EQ(poll(&f, 1, 0), 1); EQ(f.revents, POLLOUT);
    OK(mq_send(q, "x", 1, 0));
    EQ(poll(&f, 1, 0), 1); EQ(f.revents, POLLIN | POLLOUT);
    struct stat st;
    OK(fstat(q, &st));
    EQ(st.st_size, 80); EQ(st.st_mode, S_IFREG | 0600);
    OK(mq_unlink(name));
    mqd_t d = OK(mq_open(name, O_CREAT | O_RDWR, 0666, 0));
    OK(mq_getattr(d, &a));
    EQ(a.mq_maxmsg, 10); EQ(a.mq_msgsize, 8192);
    OK(fstat(d, &st));
    EQ(st.st_mode & 0777, 0644);
    OK(mq_unlink(name));
}
static volatile sig_atomic_t code, value;
static volatile pid_t sender;
static void told(int s, siginfo_t *i, void *c) { code = i->si_code; value = i->si_value.sival_int; sender = i->si_pid; caught++; }
CASE(notification) {
    mqd_t q = make(O_RDWR, 5, 8);
    struct sigaction sa = {.sa_sigaction = told, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &sa, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
    OK(mq_notify(q, &e));
    ERR(mq_notify(q, &e), EBUSY);
    EXITED(CHILD({ ERR(mq_notify(q, &e), EBUSY); OK(mq_notify(q, 0)); }), 0);
    ERR(mq_notify(q, &e), EBUSY);
    pid_t p = CHILD(OK(mq_send(q, "x", 1, 0)));
    EXITED(p, 0);
    while (!caught) sleep_ms(1);
    EQ(code, SI_MESGQ); EQ(value, 77); EQ(sender, p);
    OK(mq_send(q, "y", 1, 0)); // once only
    EQ(caught, 1);
    OK(mq_notify(q, &e));
    OK(mq_send(q, "z", 1, 0)); // not empty: nobody is told
    EQ(caught, 1);
    OK(mq_notify(q, 0));
    OK(mq_notify(q, 0));
    char text[8];
    for (int i = 0; i < 3; i++) OK(mq_receive(q, text, 8, 0));
    OK(mq_notify(q, &e));
    p = CHILD(OK(mq_receive(q, text, 8, 0)));
    EQ(wait_state(p, 'S'), 0);
    OK(mq_send(q, "w", 1, 0)); // a receiver waits: it gets the message
    EXITED(p, 0);
    EQ(caught, 1);
    OK(mq_notify(q, 0));
    e.sigev_notify = SIGEV_NONE; OK(mq_notify(q, &e));
    OK(mq_notify(q, 0));
    e.sigev_notify = 99; ERR(syscall(SYS_mq_notify, q, &e), EINVAL);
    e.sigev_notify = SIGEV_SIGNAL; e.sigev_signo = 100; ERR(syscall(SYS_mq_notify, q, &e), EINVAL);
    ERR(syscall(SYS_mq_notify, 1, 0), EBADF);
    ERR(syscall(SYS_mq_notify, q, BAD), EFAULT);
    // It ends with any descriptor that the process closes.
    e.sigev_signo = SIGUSR1;
    OK(mq_notify(q, &e));
    int other = OK(dup(q));
    close(other);
    OK(mq_notify(q, &e));
    OK(mq_unlink(name));
}
CASE(file_system) {
    mqd_t q = make(O_RDWR, 5, 8);
    OK(mq_send(q, "abc", 3, 0));
    OK(mkdir("m", 0755));
    EXITED(CHILD({
        OK(unshare(CLONE_NEWNS));
        OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
        OK(mount("mqueue", "m", "mqueue", 0, 0));
        char path[100];
        snprintf(path, sizeof path, "m%s", name);
        STR(slurp(path), "QSIZE:3          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n");
        OK(unlink(path));
        ERR(mq_open(name, O_RDWR), ENOENT);
        OK(open("m/byopen", O_CREAT | O_RDWR, 0600));
        mqd_t r = OK(mq_open("/byopen", O_RDWR));
        struct mq_attr a;
        OK(mq_getattr(r, &a));
        EQ(a.mq_maxmsg, 10);
        OK(mq_unlink("/byopen"));
    }), 0);
    ERR(mq_unlink(name), ENOENT);
}
CASE(namespace_of_its_own) {
    mqd_t q = make(O_RDWR, 5, 8);
    EXITED(CHILD({ OK(unshare(CLONE_NEWIPC)); ERR(mq_open(name, O_RDWR), ENOENT); OK(mq_send(q, "still", 5, 0)); }), 0);
    char text[8];
    EQ(mq_receive(q, text, 8, 0), 5);
    OK(mq_unlink(name));
}
TEST_MAIN
