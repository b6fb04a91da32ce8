// Kernel AIO by raw calls: contexts, reads and writes, order, polls, eventfd, cancellation, errno cases.
#include "check.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static long setup(unsigned n, aio_context_t *c) { return syscall(SYS_io_setup, n, c); }
static long destroy(aio_context_t c) { return syscall(SYS_io_destroy, c); }
static long submit(aio_context_t c, long n, struct iocb **l) { return syscall(SYS_io_submit, c, n, l); }
static long events(aio_context_t c, long min, long n, struct io_event *e, struct timespec *t) { return syscall(SYS_io_getevents, c, min, n, e, t); }
static struct iocb cb(int op, int fd, void *buf, size_t n, long long off) {
    struct iocb b = {0};
    b.aio_lio_opcode = op; b.aio_fildes = fd; b.aio_buf = (uintptr_t)buf; b.aio_nbytes = n; b.aio_offset = off; b.aio_data = 0x1234567890;
    return b;
}

CASE(context_errors) {
    aio_context_t c = 0, d = 1;
    ERR(setup(0, &c), EINVAL);
    ERR(setup(10, &d), EINVAL);
    ERR(setup(10, (aio_context_t *)BAD), EFAULT);
    ERR(setup(0x7fffffff, &c), EINVAL);
    ERR(setup(200000, &c), EAGAIN);
    ERR(destroy(0), EINVAL);
    ERR(destroy(-1UL), EINVAL);
    OK(setup(10, &c));
    CHECK(c != 0);
    struct iocb *none[1];
    EQ(submit(c, 0, none), 0);
    ERR(submit(c, -1, none), EINVAL);
    ERR(submit(c + 1, 1, none), EINVAL);
    ERR(submit(c, 1, (struct iocb **)BAD), EFAULT);
    struct io_event e[4];
    struct timespec t = {0, 0};
    EQ(events(c, 0, 4, e, &t), 0);
    ERR(events(c, 2, 1, e, &t), EINVAL);
    ERR(events(c, -1, 1, e, &t), EINVAL);
    ERR(events(0, 0, 1, e, &t), EINVAL);
    OK(destroy(c));
    ERR(destroy(c), EINVAL);
}
CASE(files) {
    aio_context_t c = 0;
    OK(setup(8, &c));
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    char text[8] = "aionext", back[8] = "";
    struct iocb w = cb(IOCB_CMD_PWRITE, fd, text, 7, 3), *l[3] = {&w};
    struct io_event e[4];
    EQ(submit(c, 1, l), 1);
    EQ(events(c, 1, 4, e, 0), 1);
    EQ(e[0].res, 7); EQ(e[0].data, 0x1234567890); EQ(e[0].obj, (uintptr_t)&w);
    struct iovec v[2] = {{back, 3}, {back + 3, 4}};
    struct iocb r = cb(IOCB_CMD_PREADV, fd, v, 2, 3), s = cb(IOCB_CMD_FSYNC, fd, 0, 0, 0), past = cb(IOCB_CMD_PREAD, fd, text, 5, 1000);
    l[0] = &r; l[1] = &s; l[2] = &past;
    EQ(submit(c, 3, l), 3);
    EQ(events(c, 3, 4, e, 0), 3);
    long long sum = e[0].res + e[1].res + e[2].res;
    EQ(sum, 7);
    EQ(memcmp(back, "aionext", 7), 0);
    OK(destroy(c));
}
CASE(refused_requests) {
    aio_context_t c = 0;
    OK(setup(8, &c));
    int ro = OK(open("/etc/passwd", O_RDONLY)), wo = OK(open("w", O_WRONLY | O_CREAT, 0600));
    char b[8];
    struct iocb x = cb(IOCB_CMD_PWRITE, ro, b, 8, 0), *l[2] = {&x};
    ERR(submit(c, 1, l), EBADF);
    x = cb(IOCB_CMD_PREAD, wo, b, 8, 0); ERR(submit(c, 1, l), EBADF);
    x = cb(IOCB_CMD_PREAD, -1, b, 8, 0); ERR(submit(c, 1, l), EBADF);
    x = cb(99, ro, b, 8, 0); ERR(submit(c, 1, l), EINVAL);
    x = cb(IOCB_CMD_NOOP, ro, b, 8, 0); ERR(submit(c, 1, l), EINVAL);
    x = cb(IOCB_CMD_PREAD, ro, b, 8, -1); ERR(submit(c, 1, l), EINVAL);
    x = cb(IOCB_CMD_PREAD, ro, b, 8, 0); x.aio_reserved2 = 1; ERR(submit(c, 1, l), EINVAL);
    x = cb(IOCB_CMD_PREAD, ro, b, 8, 0); x.aio_flags = IOCB_FLAG_RESFD; x.aio_resfd = ro; ERR(submit(c, 1, l), EINVAL);
    struct iocb good = cb(IOCB_CMD_PREAD, ro, b, 8, 0), bad = cb(IOCB_CMD_PREAD, -1, b, 8, 0);
    l[0] = &good; l[1] = &bad;
    EQ(submit(c, 2, l), 1);
    struct io_event e[2];
    EQ(events(c, 1, 2, e, 0), 1);
    EQ(e[0].res, 8);
    OK(destroy(c));
}
CASE(eventfd_tells) {
    aio_context_t c = 0;
    OK(setup(8, &c));
    int ro = OK(open("/etc/passwd", O_RDONLY)), ev = OK(eventfd(0, 0));
    char b[4];
    struct iocb x = cb(IOCB_CMD_PREAD, ro, b, 4, 0), *l[1] = {&x};
    x.aio_flags = IOCB_FLAG_RESFD; x.aio_resfd = ev;
    EQ(submit(c, 1, l), 1);
    uint64_t n = 0;
    EQ(read(ev, &n, 8), 8);
    EQ(n, 1);
    OK(destroy(c));
}
CASE(poll_completes_later) {
    aio_context_t c = 0;
    int pp[2];
    OK(setup(8, &c));
    OK(pipe(pp));
    struct iocb x = cb(IOCB_CMD_POLL, pp[0], (void *)(long)POLLIN, 0, 0), *l[1] = {&x};
    struct io_event e[2];
    struct timespec zero = {0, 0}, brief = {0, 20000000};
    EQ(submit(c, 1, l), 1);
    EQ(events(c, 1, 2, e, &zero), 0);
    EQ(events(c, 1, 2, e, &brief), 0);
    pid_t p = CHILD({ sleep_ms(30); EQ(write(pp[1], "x", 1), 1); });
    EQ(events(c, 1, 2, e, 0), 1);
    EQ(e[0].res & POLLIN, POLLIN);
    EXITED(p, 0);
    handle(SIGUSR1, 0);
    p = signal_later(SIGUSR1, 30);
    ERR(events(c, 1, 2, e, 0), EINTR);
    reap(p);
    OK(destroy(c));
}
TEST_MAIN
