// Descriptors and byte streams: dup, fcntl, close_range, locks, pipes, and the calls that move data between descriptors.
#include "check.h"
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static int pp[2];
static void need_pipe(int flags) { NEED(pipe2(pp, flags) == 0); }

CASE(dup_family) {
    int fd = OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
    int d = OK(dup(fd));
    EQ(fcntl(d, F_GETFD), 0);
    EQ(dup2(fd, 100), 100); EQ(fcntl(100, F_GETFD), 0);
    EQ(dup2(fd, fd), fd); EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EQ(dup3(fd, 101, O_CLOEXEC), 101); EQ(fcntl(101, F_GETFD), FD_CLOEXEC);
    ERR(dup3(fd, fd, 0), EINVAL);
    ERR(dup3(fd, 102, O_APPEND), EINVAL);
    ERR(dup2(fd, -1), EBADF);
    ERR(dup2(999, 5), EBADF);
    ERR(dup2(999, 999), EBADF);
    ERR(dup(-1), EBADF);
    EQ(fcntl(fd, F_DUPFD, 200), 200); EQ(fcntl(fd, F_DUPFD, 200), 201);
    EQ(fcntl(fd, F_DUPFD_CLOEXEC, 300), 300); EQ(fcntl(300, F_GETFD), FD_CLOEXEC);
    struct rlimit r = {50, 4096};
    OK(setrlimit(RLIMIT_NOFILE, &r));
    ERR(fcntl(fd, F_DUPFD, 50), EINVAL);
    ERR(dup2(fd, 50), EBADF);
    OK(fcntl(100, F_GETFD)); // above the limit but open
    int n = 0;
    while (dup(fd) >= 0) n++;
    EQ(errno, EMFILE);
    CHECK(n > 30);
    ERR(open("/dev/null", O_RDONLY), EMFILE);
    ERR(pipe(pp), EMFILE);
}
CASE(fcntl_flags) {
    put("f", "x");
    int fd = OK(open("f", O_RDWR)), other = OK(dup(fd));
    OK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY)); // the access mode cannot change
    EQ(fcntl(other, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR | O_APPEND | O_NONBLOCK);
    OK(fcntl(fd, F_SETFD, FD_CLOEXEC)); EQ(fcntl(other, F_GETFD), 0);
    ERR(fcntl(fd, 9999, 0), EINVAL);
    ERR(fcntl(999, F_GETFD), EBADF);
    OK(fcntl(fd, F_SETOWN, getpid())); EQ(fcntl(fd, F_GETOWN), getpid());
    OK(fcntl(fd, F_SETOWN, -getpgrp()));
    struct f_owner_ex o = {9, 9};
    OK(fcntl(fd, F_GETOWN_EX, &o)); EQ(o.type, F_OWNER_PGRP); EQ(o.pid, getpgrp());
    OK(fcntl(fd, F_SETSIG, SIGUSR1)); EQ(fcntl(fd, F_GETSIG), SIGUSR1);
    ERR(fcntl(fd, F_SETSIG, 100), EINVAL);
}
CASE(pipe_size) {
    need_pipe(0);
    int n = -1;
    EQ(fcntl(pp[0], F_GETPIPE_SZ), 65536);
    EQ(fcntl(pp[0], F_SETPIPE_SZ, 5000), 8192); EQ(fcntl(pp[1], F_GETPIPE_SZ), 8192);
    fcntl(pp[1], F_SETFL, O_NONBLOCK);
    char b[9000] = "";
    EQ(write(pp[1], b, 9000), 8192);
    ERR(write(pp[1], b, 1), EAGAIN);
    ERR(fcntl(pp[0], F_SETPIPE_SZ, 4096), EBUSY);
    OK(ioctl(pp[0], FIONREAD, &n)); EQ(n, 8192);
    ERR(fcntl(0x7fff, F_GETPIPE_SZ), EBADF);
    put("f", ""); ERR(fcntl(open("f", O_RDONLY), F_GETPIPE_SZ), EBADF);
}
CASE(sigio_on_pipe) {
    need_pipe(0);
    handle(SIGIO, 0);
    OK(fcntl(pp[0], F_SETOWN, getpid()));
    OK(fcntl(pp[0], F_SETFL, O_ASYNC | O_NONBLOCK));
    EQ(write(pp[1], "x", 1), 1);
    for (int i = 0; i < 100 && !caught; i++) sleep_ms(2);
    CHECK(caught >= 1);
}
CASE(close_range_forms) {
    for (int i = 50; i < 60; i++) dup2(0, i);
    OK(syscall(SYS_close_range, 52, 54, 0));
    OK(fcntl(51, F_GETFD)); ERR(fcntl(52, F_GETFD), EBADF); ERR(fcntl(54, F_GETFD), EBADF); OK(fcntl(55, F_GETFD));
    OK(syscall(SYS_close_range, 55, 56, CLOSE_RANGE_CLOEXEC));
    EQ(fcntl(55, F_GETFD), FD_CLOEXEC); EQ(fcntl(57, F_GETFD), 0);
    EXITED(CHILD({ OK(syscall(SYS_close_range, 57, ~0U, CLOSE_RANGE_UNSHARE)); ERR(fcntl(59, F_GETFD), EBADF); }), 0);
    OK(fcntl(59, F_GETFD));
    ERR(syscall(SYS_close_range, 5, 4, 0), EINVAL);
    ERR(syscall(SYS_close_range, 5, 6, 8), EINVAL);
    OK(syscall(SYS_close_range, 1000, 2000, 0));
}
CASE(flock_rules) {
    put("f", "x");
    int a = OK(open("f", O_RDWR)), b = OK(open("f", O_RDONLY));
    OK(flock(a, LOCK_EX));
    ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    int same = dup(a);
    OK(flock(same, LOCK_EX | LOCK_NB));
    OK(flock(a, LOCK_SH));
    OK(flock(b, LOCK_SH | LOCK_NB));
    ERR(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    OK(flock(b, LOCK_UN)); OK(flock(a, LOCK_EX | LOCK_NB));
    EXITED(CHILD({ OK(flock(a, LOCK_EX | LOCK_NB)); ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK); }), 0);
    ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK); // the child's exit did not release what is shared
    ERR(flock(a, 0), EINVAL);
    ERR(flock(999, LOCK_SH), EBADF);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(flock(b, LOCK_EX), EINTR);
    reap(k);
    close(a);
    ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    close(same);
    OK(flock(b, LOCK_SH | LOCK_NB));
}
static int lock(int fd, int cmd, int type, off_t start, off_t len) {
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    return fcntl(fd, cmd, &l);
}
CASE(posix_locks) {
    put("f", "0123456789");
    int fd = OK(open("f", O_RDWR));
    OK(lock(fd, F_SETLK, F_WRLCK, 2, 4));
    EXITED(CHILD({
        ERR(lock(fd, F_SETLK, F_RDLCK, 3, 1), EAGAIN);
        OK(lock(fd, F_SETLK, F_WRLCK, 6, 0));
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 3};
        OK(fcntl(fd, F_GETLK, &l));
        EQ(l.l_type, F_WRLCK); EQ(l.l_start, 2); EQ(l.l_len, 4); EQ(l.l_pid, getppid());
        l = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 2};
        OK(fcntl(fd, F_GETLK, &l)); EQ(l.l_type, F_UNLCK);
    }), 0);
    OK(lock(fd, F_SETLK, F_UNLCK, 3, 1)); // splits
    EXITED(CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 3, 1)); ERR(lock(fd, F_SETLK, F_WRLCK, 2, 1), EAGAIN); ERR(lock(fd, F_SETLK, F_WRLCK, 5, 1), EAGAIN); }), 0);
    OK(lock(fd, F_SETLK, F_RDLCK, 0, 0));
    EXITED(CHILD({ OK(lock(fd, F_SETLK, F_RDLCK, 0, 5)); ERR(lock(fd, F_SETLK, F_WRLCK, 9, 1), EAGAIN); }), 0);
    close(OK(open("f", O_RDONLY))); // closing any descriptor of the file drops all
    EXITED(CHILD(OK(lock(fd, F_SETLK, F_WRLCK, 0, 0))), 0);
    ERR(lock(fd, F_SETLK, 9, 0, 0), EINVAL);
    ERR(lock(open("f", O_RDONLY), F_SETLK, F_WRLCK, 0, 0), EBADF);
    ERR(lock(open("f", O_WRONLY), F_SETLK, F_RDLCK, 0, 0), EBADF);
    ERR(lock(fd, F_SETLK, F_WRLCK, -5, 1), EINVAL);
    ERR(lock(fd, F_SETLK, F_WRLCK, 5, -6), EINVAL);
    OK(lock(fd, F_SETLK, F_WRLCK, 5, -5));
}
CASE(posix_locks_wait_and_deadlock) {
    put("f", "0123456789");
    int fd = OK(open("f", O_RDWR));
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 1));
    pid_t p = CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 1, 1)); OK(lock(fd, F_SETLKW, F_WRLCK, 0, 1)); });
    sleep_ms(50);
    EQ(wait_state(p, 'S'), 0);
    ERR(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
    OK(lock(fd, F_SETLK, F_UNLCK, 0, 1));
    EXITED(p, 0);
    p = CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 5, 1)); pause(); });
    sleep_ms(30);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(lock(fd, F_SETLKW, F_WRLCK, 5, 1), EINTR);
    reap(k);
    k = CHILD({ sleep_ms(30); kill(p, SIGKILL); });
    OK(lock(fd, F_SETLKW, F_WRLCK, 5, 1));
    reap(p); reap(k);
}
CASE(ofd_locks) {
    put("f", "0123456789");
    int a = OK(open("f", O_RDWR)), b = OK(open("f", O_RDWR));
    OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
    ERR(lock(b, F_OFD_SETLK, F_RDLCK, 3, 1), EAGAIN);
    ERR(lock(b, F_SETLK, F_RDLCK, 3, 1), EAGAIN);
    close(OK(open("f", O_RDONLY)));
    ERR(lock(b, F_OFD_SETLK, F_RDLCK, 3, 1), EAGAIN);
    struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    OK(fcntl(b, F_OFD_GETLK, &l)); EQ(l.l_type, F_WRLCK); EQ(l.l_pid, -1);
    l.l_pid = 5; ERR(fcntl(b, F_OFD_SETLK, &l), EINVAL);
    EXITED(CHILD(OK(lock(a, F_OFD_SETLK, F_RDLCK, 0, 0))), 0);
    OK(lock(b, F_OFD_SETLK, F_RDLCK, 3, 1));
    close(a);
    OK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
}
CASE(pipe_basics) {
    char b[16] = "";
    need_pipe(O_CLOEXEC | O_NONBLOCK);
    EQ(fcntl(pp[0], F_GETFD), FD_CLOEXEC);
    EQ(fcntl(pp[0], F_GETFL), O_RDONLY | O_NONBLOCK); EQ(fcntl(pp[1], F_GETFL), O_WRONLY | O_NONBLOCK);
    ERR(read(pp[0], b, 1), EAGAIN);
    ERR(write(pp[0], b, 1), EBADF);
    ERR(read(pp[1], b, 1), EBADF);
    EQ(write(pp[1], "abcdef", 6), 6);
    EQ(read(pp[0], b, 4), 4); EQ(read(pp[0], b + 4, 10), 2); STR(b, "abcdef");
    close(pp[1]);
    EQ(read(pp[0], b, 1), 0);
    ERR(pipe2(pp, 0x1), EINVAL);
    ERR(syscall(SYS_pipe2, BAD, 0), EFAULT);
}
CASE(pipe_epipe) {
    need_pipe(0);
    close(pp[0]);
    handle(SIGPIPE, 0);
    ERR(write(pp[1], "x", 1), EPIPE);
    EQ(caught, 1);
    signal(SIGPIPE, SIG_IGN);
    ERR(write(pp[1], "x", 1), EPIPE);
    KILLED(CHILD({ signal(SIGPIPE, SIG_DFL); if (write(pp[1], "x", 1)) { } }), SIGPIPE);
    EQ(write(pp[1], "", 0), 0);
}
CASE(pipe_atomic_writes) {
    need_pipe(0);
    static char big[70000];
    memset(big, 'x', sizeof big);
    EQ(write(pp[1], big, 65000), 65000);
    fcntl(pp[1], F_SETFL, O_NONBLOCK);
    ERR(write(pp[1], big, 4096), EAGAIN); // all or nothing up to PIPE_BUF
    CHECK(write(pp[1], big, 5000) < 5000);
    int total = 0, n;
    fcntl(pp[0], F_SETFL, O_NONBLOCK);
    while ((n = read(pp[0], big, sizeof big)) > 0) total += n;
    CHECK(total >= 65000 && total <= 65536);
    fcntl(pp[1], F_SETFL, 0); fcntl(pp[0], F_SETFL, 0);
    pid_t p[4];
    for (int i = 0; i < 4; i++) p[i] = CHILD({ char m[1000]; memset(m, 'a' + i, 1000); for (int k = 0; k < 100; k++) if (write(pp[1], m, 1000) != 1000) _exit(1); });
    close(pp[1]);
    int bad = 0;
    long sum = 0;
    char m[1000];
    for (;;) {
        int have = 0;
        while (have < 1000 && (n = read(pp[0], m + have, 1000 - have)) > 0) have += n;
        if (have < 1000) break;
        for (int i = 1; i < 1000; i++) bad += m[i] != m[0];
        sum += have;
    }
    EQ(bad, 0); EQ(sum, 400000);
    for (int i = 0; i < 4; i++) EXITED(p[i], 0);
}
CASE(pipe_blocking_and_partial) {
    need_pipe(0);
    static char big[200000];
    pid_t p = CHILD({ close(pp[0]); EQ(write(pp[1], big, sizeof big), sizeof big); });
    close(pp[1]);
    long total = 0, n;
    sleep_ms(30);
    while ((n = read(pp[0], big, 7000)) > 0) total += n;
    EQ(total, sizeof big);
    EXITED(p, 0);
    need_pipe(0);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 50);
    EQ(write(pp[1], big, sizeof big), 65536); // interrupted after a part
    reap(k);
    k = signal_later(SIGUSR1, 30);
    ERR(write(pp[1], big, 1), EINTR);
    reap(k);
}
CASE(packet_pipes) {
    need_pipe(O_DIRECT);
    char b[16] = "";
    EQ(write(pp[1], "abc", 3), 3); EQ(write(pp[1], "defgh", 5), 5);
    EQ(read(pp[0], b, 16), 3);
    EQ(read(pp[0], b, 2), 2); // the rest of the packet is gone
    fcntl(pp[0], F_SETFL, O_NONBLOCK);
    ERR(read(pp[0], b, 1), EAGAIN);
}
CASE(fifos) {
    OK(mkfifo("p", 0600));
    ERR(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
    int r = OK(open("p", O_RDONLY | O_NONBLOCK)), w = OK(open("p", O_WRONLY | O_NONBLOCK));
    char b[8];
    ERR(read(r, b, 1), EAGAIN);
    EQ(write(w, "hi", 2), 2); EQ(read(r, b, 8), 2);
    close(w);
    EQ(read(r, b, 1), 0);
    close(r);
    pid_t p = CHILD({ int f = OK(open("p", O_WRONLY)); EQ(write(f, "late", 4), 4); });
    r = OK(open("p", O_RDONLY));
    EQ(read(r, b, 8), 4);
    EXITED(p, 0);
    close(r);
    int both = OK(open("p", O_RDWR));
    EQ(write(both, "x", 1), 1); EQ(read(both, b, 8), 1);
    close(both);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(open("p", O_RDONLY), EINTR);
    reap(k);
}
CASE(sendfile_forms) {
    put("f", "0123456789");
    int in = OK(open("f", O_RDONLY)), out = OK(open("o", O_RDWR | O_CREAT, 0600));
    off_t at = 3;
    EQ(sendfile(out, in, &at, 4), 4); EQ(at, 7); EQ(lseek(in, 0, SEEK_CUR), 0);
    EQ(sendfile(out, in, 0, 100), 10); EQ(lseek(in, 0, SEEK_CUR), 10);
    EQ(sendfile(out, in, 0, 5), 0);
    STR(slurp("o"), "34560123456789");
    need_pipe(0);
    at = 0;
    EQ(sendfile(pp[1], in, &at, 3), 3);
    ERR(sendfile(out, pp[0], 0, 3), EINVAL);
    ERR(sendfile(in, in, 0, 3), EBADF);
    ERR(sendfile(out, 999, 0, 3), EBADF);
    at = -1; ERR(sendfile(out, in, &at, 3), EINVAL);
    ERR(sendfile(open("o", O_WRONLY | O_APPEND), in, &(off_t){0}, 3), EINVAL);
}
CASE(copy_file_range_forms) {
    put("f", "0123456789");
    int in = OK(open("f", O_RDWR)), out = OK(open("o", O_RDWR | O_CREAT, 0600));
    off_t a = 2, b = 5;
    EQ(copy_file_range(in, &a, out, &b, 4, 0), 4); EQ(a, 6); EQ(b, 9);
    EQ(lseek(out, 0, SEEK_END), 9);
    a = 100; EQ(copy_file_range(in, &a, out, 0, 4, 0), 0);
    ERR(copy_file_range(in, 0, out, 0, 4, 1), EINVAL);
    a = 0; b = 2; ERR(copy_file_range(in, &a, in, &b, 4, 0), EINVAL); // overlap
    b = 6; EQ(copy_file_range(in, &a, in, &b, 4, 0), 4);
    STR(slurp("f"), "0123450123");
    need_pipe(0);
    ERR(copy_file_range(pp[0], 0, out, 0, 4, 0), EINVAL);
    ERR(copy_file_range(open(".", O_RDONLY), 0, out, 0, 4, 0), EISDIR);
}
CASE(splice_tee_vmsplice) {
    put("f", "0123456789");
    int in = OK(open("f", O_RDWR)), q[2];
    char b[32] = "";
    need_pipe(0); OK(pipe(q));
    loff_t at = 2;
    EQ(splice(in, &at, pp[1], 0, 5, 0), 5); EQ(at, 7);
    EQ(tee(pp[0], q[1], 100, 0), 5);
    EQ(read(q[0], b, 32), 5); b[5] = 0; STR(b, "23456");
    EQ(splice(pp[0], 0, q[1], 0, 3, SPLICE_F_MOVE), 3);
    EQ(read(q[0], b, 32), 3); EQ(read(pp[0], b, 32), 2);
    ERR(splice(pp[0], 0, q[1], 0, 1, SPLICE_F_NONBLOCK), EAGAIN);
    ERR(splice(in, 0, in, 0, 1, 0), EINVAL);
    ERR(splice(pp[0], &at, q[1], 0, 1, 0), ESPIPE);
    ERR(splice(pp[0], 0, pp[1], 0, 1, 0), EINVAL);
    ERR(splice(in, 0, pp[1], 0, 1, 0x40), EINVAL);
    ERR(tee(in, pp[1], 1, 0), EINVAL);
    struct iovec v[2] = {{"ab", 2}, {"cd", 2}};
    EQ(vmsplice(pp[1], v, 2, 0), 4);
    int out = OK(open("o", O_RDWR | O_CREAT, 0600));
    EQ(splice(pp[0], 0, out, 0, 100, 0), 4);
    STR(slurp("o"), "abcd");
    ERR(vmsplice(in, v, 1, 0), EBADF);
    close(q[1]);
    EQ(splice(q[0], 0, out, 0, 1, 0), 0);
}
CASE(file_size_limit) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    struct rlimit r = {100, 100};
    OK(setrlimit(RLIMIT_FSIZE, &r));
    handle(SIGXFSZ, 0);
    char b[200] = "";
    EQ(write(fd, b, 200), 100);
    ERR(write(fd, b, 1), EFBIG); EQ(caught, 1);
    ERR(ftruncate(fd, 200), EFBIG); EQ(caught, 2);
}
TEST_MAIN
