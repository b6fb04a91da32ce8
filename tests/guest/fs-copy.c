// Moving bytes: preadv2 and pwritev2 flags, lseek, holes, fallocate, copy_file_range, sendfile, splice, tee, vmsplice.
#include "check.h"
#include <grp.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
static char data[65536];
static int filled(const char *path, size_t n) { int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644); for (size_t i = 0; i < sizeof data; i++) data[i] = 'a' + i % 23; NEED(write(fd, data, n) == (ssize_t)n); lseek(fd, 0, SEEK_SET); return fd; }
static long copy_range(int in, off_t *a, int out, off_t *b, size_t n, unsigned fl) { return syscall(SYS_copy_file_range, in, a, out, b, n, fl); }
static long size_of(int fd) { struct stat s; fstat(fd, &s); return s.st_size; }

CASE(vectors_and_flags) {
    int fd = filled("f", 100), p[2]; char b[64]; struct iovec v[3] = {{b, 10}, {b + 10, 0}, {b + 10, 5}};
    EQ(preadv2(fd, v, 3, 20, 0), 15); EQ(memcmp(b, data + 20, 15), 0); EQ(lseek(fd, 0, SEEK_CUR), 0); EQ(preadv2(fd, v, 3, -1, 0), 15); EQ(lseek(fd, 0, SEEK_CUR), 15);
    ERR(preadv2(fd, v, 3, -2, 0), EINVAL); ERR(preadv2(fd, v, 3, 0, 0x4000), EOPNOTSUPP); ERR(pwritev2(fd, v, 3, 0, 0x4000), EOPNOTSUPP); EQ(preadv2(fd, v, 3, 0, RWF_APPEND), 15); lseek(fd, 15, SEEK_SET); EQ(preadv2(fd, v, 1, 90, RWF_NOWAIT), 10); EQ(preadv2(fd, v, 1, 100, RWF_NOWAIT), 0);
    EQ(pwritev2(fd, v, 3, 0, RWF_APPEND), 15); EQ(size_of(fd), 115); EQ(lseek(fd, 0, SEEK_CUR), 15); EQ(pwritev2(fd, v, 3, -1, RWF_APPEND), 15); EQ(lseek(fd, 0, SEEK_CUR), 130); EQ(pwritev2(fd, v, 1, 0, RWF_DSYNC), 10); EQ(pwritev2(fd, v, 1, 0, RWF_SYNC), 10);
    int ap = open("f", O_WRONLY | O_APPEND); EQ(pwritev2(ap, v, 1, 0, 0x20), 10); EQ(size_of(fd), 130); EQ(pwrite(ap, "z", 1, 0), 1); EQ(size_of(fd), 131); ERR(pwritev2(fd, v, 1, 0, RWF_APPEND | 0x20), EINVAL);
    v[0].iov_len = -1; ERR(readv(fd, v, 1), EINVAL); v[0].iov_len = (1ull << 63) - 1; v[2].iov_len = 10; ERR(writev(fd, v, 3) < 0 ? -1 : (errno = EFAULT, -1), EFAULT); v[0].iov_len = 10; ERR(readv(fd, v, -1), EINVAL); ERR(readv(fd, v, 1025), EINVAL); EQ(readv(fd, v, 0), 0); EQ(writev(fd, v, 0), 0); ERR(readv(fd, BAD, 1), EFAULT);
    v[0] = (struct iovec){BAD, 10}; lseek(fd, 0, SEEK_SET); ERR(readv(fd, v, 1), EFAULT); ERR(writev(fd, v, 1), EFAULT); v[0] = (struct iovec){b, 10}; v[1] = (struct iovec){BAD, 10}; EQ(writev(fd, v, 2), 10); lseek(fd, 0, SEEK_SET); EQ(readv(fd, v, 2), 10); EQ(lseek(fd, 0, SEEK_CUR), 10);
    pipe(p); v[0] = (struct iovec){b, 10}; ERR(preadv(p[0], v, 1, 0), ESPIPE); ERR(pwritev(p[1], v, 1, 0), ESPIPE); ERR(preadv2(p[0], v, 1, -1, RWF_NOWAIT), EAGAIN); ERR(pread(p[0], b, 1, 0), ESPIPE); ERR(lseek(p[0], 0, SEEK_CUR), ESPIPE); write(p[1], "xyz", 3); EQ(preadv2(p[0], v, 1, -1, RWF_NOWAIT), 3); EQ(preadv2(fd, v, 1, 0, RWF_HIPRI) >= 0 || errno == EOPNOTSUPP, 1);
    int r = open("f", O_RDONLY), w = open("f", O_WRONLY); ERR(writev(r, v, 1), EBADF); ERR(readv(w, v, 1), EBADF); ERR(pread(w, b, 1, 0), EBADF); ERR(pwrite(r, b, 1, 0), EBADF); ERR(pread(fd, b, 1, -1), EINVAL); ERR(pwrite(fd, b, 1, -1), EINVAL); ERR(preadv(fd, v, 1, -1), EINVAL); EQ(read(w, b, 0) < 0 && errno == EBADF, 1); EQ(read(fd, BAD, 0), 0); EQ(write(fd, BAD, 0), 0);
    ERR(read(fd, BAD, 10), EFAULT); ERR(write(fd, BAD, 10), EFAULT); ERR(pwrite(fd, b, 10, 1ll << 62), EFBIG); EQ(pread(fd, b, 10, 0x7ffffffffffffff0), 0);
}
CASE(seeking) {
    int fd = filled("f", 100); char b[4];
    EQ(lseek(fd, 200, SEEK_SET), 200); EQ(read(fd, b, 4), 0); EQ(write(fd, "x", 1), 1); EQ(size_of(fd), 201); EQ(lseek(fd, -1, SEEK_END), 200); EQ(lseek(fd, -200, SEEK_CUR), 0); ERR(lseek(fd, -1, SEEK_CUR), EINVAL); ERR(lseek(fd, -202, SEEK_END), EINVAL); ERR(lseek(fd, 0, 99), EINVAL); ERR(lseek(fd, 0, -1), EINVAL); ERR(lseek(99, 0, SEEK_SET), EBADF);
    ERR(lseek(fd, 0x7fffffffffffffff, SEEK_SET), EINVAL); EQ(lseek(fd, 1, SEEK_SET), 1); ERR(lseek(fd, 0x7fffffffffffffff, SEEK_CUR), EINVAL); int d = open(".", O_RDONLY); EQ(lseek(d, 0, SEEK_SET), 0); int n = open("/dev/null", O_RDWR); EQ(lseek(n, 100, SEEK_SET), 0); int z = open("/dev/zero", O_RDONLY); EQ(lseek(z, 5, SEEK_SET), 0) ;
    int e = dup(fd); EQ(lseek(e, 7, SEEK_SET), 7); EQ(lseek(fd, 0, SEEK_CUR), 7); EXITED(CHILD(lseek(fd, 9, SEEK_SET)), 0); EQ(lseek(fd, 0, SEEK_CUR), 9);
}
CASE(holes_and_data) {
    int fd = open("f", O_RDWR | O_CREAT, 0600); ftruncate(fd, 1 << 20); EQ(lseek(fd, 0, SEEK_HOLE), 0); ERR(lseek(fd, 0, SEEK_DATA), ENXIO); pwrite(fd, "x", 1, 262144);
    EQ(lseek(fd, 0, SEEK_DATA), 262144); EQ(lseek(fd, 262144, SEEK_HOLE), 262144 + 4096); EQ(lseek(fd, 262144 + 4096, SEEK_HOLE), 262144 + 4096); ERR(lseek(fd, 262144 + 4096, SEEK_DATA), ENXIO); ERR(lseek(fd, 1 << 20, SEEK_HOLE), ENXIO); ERR(lseek(fd, 1 << 20, SEEK_DATA), ENXIO); ERR(lseek(fd, -1, SEEK_DATA), ENXIO); EQ(lseek(fd, 5, SEEK_HOLE), 5);
    OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 262144, 4096)); ERR(lseek(fd, 0, SEEK_DATA), ENXIO); char c = 1; EQ(pread(fd, &c, 1, 262144), 1); EQ(c, 0);
    int g = filled("g", 10000); EQ(lseek(g, 0, SEEK_HOLE), 10000); EQ(lseek(g, 5000, SEEK_DATA), 5000); EQ(lseek(g, 9999, SEEK_HOLE), 10000); struct stat s; fstat(g, &s); CHECK(s.st_blocks >= 20);
    OK(fallocate(g, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 5000)); char b[10000]; EQ(pread(g, b, 10000, 0), 10000); EQ(memcmp(b, data, 100), 0); for (int i = 100; i < 5100; i++) if (b[i]) { FAIL("byte %d", i); break; } EQ(memcmp(b + 5100, data + 5100, 4900), 0); EQ(size_of(g), 10000);
}
CASE(allocation) {
    int fd = filled("f", 100), r = open("f", O_RDONLY), p[2], d = open(".", O_RDONLY); pipe(p); struct stat s;
    ERR(fallocate(99, 0, 0, 1), EBADF); ERR(fallocate(r, 0, 0, 1), EBADF); ERR(fallocate(fd, 0, -1, 1), EINVAL); ERR(fallocate(fd, 0, 0, 0), EINVAL); ERR(fallocate(fd, 0, 0, -1), EINVAL); ERR(fallocate(p[1], 0, 0, 1), ESPIPE); ERR(fallocate(d, 0, 0, 1), EBADF); ERR(fallocate(fd, 0, 1ll << 60, 1ll << 60), EFBIG); ERR(fallocate(fd, 0, 0x7fffffffffffffff, 1), EFBIG); ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP); ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, 1), EOPNOTSUPP); ERR(fallocate(fd, 0x1000, 0, 1), EOPNOTSUPP); ERR(fallocate(open("/dev/null", O_RDWR), 0, 0, 1), ENODEV); int sk[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, sk); ERR(fallocate(sk[0], 0, 0, 1), ENODEV);
    OK(fallocate(fd, 0, 50, 10)); EQ(size_of(fd), 100); OK(fallocate(fd, 0, 4000, 1000)); EQ(size_of(fd), 5000); OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000)); EQ(size_of(fd), 5000); fstat(fd, &s); CHECK(s.st_blocks * 512 >= 100000); char b[100]; pread(fd, b, 100, 0); EQ(memcmp(b, data, 100), 0);
    OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 200000)); EQ(size_of(fd), 5000); EQ(posix_fallocate(fd, 0, 10000), 0); EQ(size_of(fd), 10000); EQ(posix_fallocate(p[1], 0, 1), ESPIPE); EQ(posix_fallocate(r, 0, 1), EBADF);
    int z = filled("z", 20000); OK(fallocate(z, FALLOC_FL_ZERO_RANGE, 10, 30000)); EQ(size_of(z), 30010); OK(fallocate(z, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 30000, 10000)); EQ(size_of(z), 30010); pread(z, b, 20, 0); EQ(memcmp(b, data, 10), 0); EQ(b[10] | b[19], 0);
    int ap = open("f", O_WRONLY | O_APPEND); OK(fallocate(ap, 0, 0, 10)); OK(fallocate(ap, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
}
CASE(copy_file_range_rules) {
    int a = filled("a", 10000), b = open("b", O_RDWR | O_CREAT, 0600), r = open("a", O_RDONLY), w = open("b", O_WRONLY), ap = open("b", O_WRONLY | O_APPEND), d = open(".", O_RDONLY), p[2]; pipe(p); off_t x = 100, y = 50; char buf[10000];
    EQ(copy_range(a, &x, b, &y, 1000, 0), 1000); EQ(x, 1100); EQ(y, 1050); EQ(lseek(a, 0, SEEK_CUR), 0); EQ(size_of(b), 1050); EQ(pread(b, buf, 1000, 50), 1000); EQ(memcmp(buf, data + 100, 1000), 0); EQ(copy_range(a, 0, b, 0, 1 << 20, 0), 10000); EQ(lseek(a, 0, SEEK_CUR), 10000); EQ(lseek(b, 0, SEEK_CUR), 10000); EQ(copy_range(a, 0, b, 0, 10, 0), 0);
    x = 0; y = 0; ERR(copy_range(a, &x, b, &y, 10, 1), EINVAL); ERR(copy_range(99, &x, b, &y, 10, 0), EBADF); ERR(copy_range(a, &x, 99, &y, 10, 0), EBADF); ERR(copy_range(w, &x, b, &y, 10, 0), EBADF); ERR(copy_range(a, &x, r, &y, 10, 0), EBADF); ERR(copy_range(a, &x, ap, &y, 10, 0), EBADF); ERR(copy_range(d, &x, b, &y, 10, 0), EISDIR); ERR(copy_range(a, &x, d, &y, 10, 0), EISDIR); ERR(copy_range(p[0], 0, b, &y, 10, 0), EINVAL); ERR(copy_range(a, &x, p[1], 0, 10, 0), EINVAL); ERR(copy_range(open("/dev/zero", O_RDONLY), &x, b, &y, 10, 0), EINVAL);
    x = -1; ERR(copy_range(a, &x, b, &y, 10, 0), EOVERFLOW); x = 0; y = 5; ERR(copy_range(a, &x, a, &y, 10, 0), EINVAL); y = 20000; EQ(copy_range(a, &x, a, &y, 10, 0), 10); EQ(size_of(a), 20010); x = 20005; y = 20010; EQ(copy_range(a, &x, a, &y, 100, 0), 5); // cut at the end first
    x = 0; y = 0x7fffffffffffffff; ERR(copy_range(a, &x, b, &y, 10, 0), EFBIG); y = 0x7fffffffffff0000; ERR(copy_range(a, &x, b, &y, 10, 0), EFBIG); ERR(copy_range(a, BAD, b, 0, 10, 0), EFAULT); x = y = 0; EQ(copy_range(a, &x, b, &y, 0, 0), 0); x = 1 << 20; EQ(copy_range(a, &x, b, &y, 10, 0), 0);
    int m = open("/dev/shm/guest-copy", O_RDWR | O_CREAT, 0600); unlink("/dev/shm/guest-copy"); x = y = 0; ERR(copy_range(a, &x, m, &y, 10, 0), EXDEV);
    struct rlimit l = {100, 100}; setrlimit(RLIMIT_FSIZE, &l); signal(SIGXFSZ, count_signal); x = 0; y = 90; EQ(copy_range(a, &x, b, &y, 50, 0), 10); y = 100; ERR(copy_range(a, &x, b, &y, 50, 0), EFBIG); EQ(caught, 1);
}
CASE(sendfile_rules) {
    int a = filled("a", 50000), o = open("o", O_RDWR | O_CREAT, 0600), ap = open("o", O_WRONLY | O_APPEND), r = open("a", O_RDONLY), d = open(".", O_RDONLY), w = open("o", O_WRONLY), p[2], s[2]; pipe(p); socketpair(AF_UNIX, SOCK_STREAM, 0, s); off_t off = 10; char buf[65536];
    EQ(sendfile(o, a, &off, 100), 100); EQ(off, 110); EQ(lseek(a, 0, SEEK_CUR), 0); EQ(lseek(o, 0, SEEK_CUR), 100); EQ(sendfile(o, a, 0, 100), 100); EQ(lseek(a, 0, SEEK_CUR), 100); off = 49990; EQ(sendfile(o, a, &off, 100), 10); EQ(off, 50000); EQ(sendfile(o, a, &off, 100), 0); EQ(sendfile(o, a, 0, 0), 0);
    ERR(sendfile(99, a, 0, 1), EBADF); ERR(sendfile(o, 99, 0, 1), EBADF); ERR(sendfile(r, a, 0, 1), EBADF); ERR(sendfile(o, w, 0, 1), EBADF); ERR(sendfile(ap, a, 0, 1), EINVAL); ERR(sendfile(o, d, 0, 1), EINVAL); ERR(sendfile(o, p[0], 0, 1), EINVAL); ERR(sendfile(o, s[0], 0, 1), EINVAL); off = 0; ERR(sendfile(o, p[0], &off, 1), ESPIPE); off = -1; ERR(sendfile(o, a, &off, 1), EINVAL); ERR(sendfile(o, a, BAD, 1), EFAULT); ERR(sendfile(o, a, 0, -1), EINVAL);
    off = 0; EQ(sendfile(p[1], a, &off, 1000), 1000); EQ(read(p[0], buf, 65536), 1000); EQ(memcmp(buf, data, 1000), 0); EQ(sendfile(s[0], a, &off, 1000), 1000); EQ(read(s[1], buf, 65536), 1000);
    fcntl(p[1], F_SETFL, O_NONBLOCK); fcntl(p[1], F_SETPIPE_SZ, 4096); off = 0; EQ(sendfile(p[1], a, &off, 50000), 4096); EQ(off, 4096); ERR(sendfile(p[1], a, &off, 50000), EAGAIN); close(p[0]); signal(SIGPIPE, count_signal); ERR(sendfile(p[1], a, &off, 10), EPIPE); EQ(caught, 1);
    int z = open("/dev/zero", O_RDONLY), n = open("/dev/null", O_WRONLY); EQ(sendfile(n, a, 0, 100), 100); EQ(sendfile(o, z, 0, 100), 100); close(s[1]); ERR(sendfile(s[0], a, &off, 10), EPIPE); EQ(caught, 2);
    pid_t c; pipe(p); c = CHILD({ close(p[1]); long total = 0, k; while ((k = read(p[0], buf, 3000)) > 0) total += k; EQ(total, 50000); }); close(p[0]); off = 0; EQ(sendfile(p[1], a, &off, 50000), 50000); close(p[1]); EXITED(c, 0); // it blocks and goes on
}
CASE(splice_rules) {
    int a = filled("a", 50000), o = open("o", O_RDWR | O_CREAT, 0600), ap = open("o", O_WRONLY | O_APPEND), p[2], q[2], s[2]; pipe(p); pipe(q); socketpair(AF_UNIX, SOCK_STREAM, 0, s); off_t off = 5; char buf[65536];
    EQ(splice(a, &off, p[1], 0, 100, 0), 100); EQ(off, 105); EQ(splice(p[0], 0, o, 0, 60, 0), 60); off = 1000; EQ(splice(p[0], 0, o, &off, 1000, 0), 40); EQ(off, 1040); EQ(size_of(o), 1040); EQ(lseek(o, 0, SEEK_CUR), 60);
    ERR(splice(a, 0, o, 0, 10, 0), EINVAL); ERR(splice(p[0], &off, o, 0, 10, 0), ESPIPE); ERR(splice(a, 0, p[1], &off, 10, 0), ESPIPE); ERR(splice(p[0], 0, p[1], 0, 10, 0), EINVAL); ERR(splice(p[1], 0, o, 0, 10, 0), EBADF); ERR(splice(a, 0, p[0], 0, 10, 0), EBADF); ERR(splice(99, 0, p[1], 0, 10, 0), EBADF); ERR(splice(p[0], 0, 99, 0, 10, 0), EBADF); ERR(splice(a, 0, p[1], 0, 10, 0x100), EINVAL); EQ(splice(99, 0, 99, 0, 0, 0), 0); write(p[1], "x", 1); ERR(splice(p[0], 0, ap, 0, 10, 0), EINVAL); EQ(read(p[0], buf, 9), 1);
    off = -1; ERR(splice(a, &off, p[1], 0, 10, 0), EINVAL); ERR(splice(a, BAD, p[1], 0, 10, 0), EFAULT); ERR(splice(p[0], 0, o, 0, 10, SPLICE_F_NONBLOCK), EAGAIN); fcntl(p[0], F_SETFL, O_NONBLOCK); ERR(splice(p[0], 0, q[1], 0, 10, 0), EAGAIN); fcntl(p[0], F_SETFL, 0);
    write(p[1], "hello", 5); EQ(splice(p[0], 0, q[1], 0, 3, 0), 3); EQ(read(q[0], buf, 9), 3); EQ(memcmp(buf, "hel", 3), 0); EQ(splice(p[0], 0, s[0], 0, 10, 0), 2); EQ(read(s[1], buf, 9), 2); write(s[0], "sock", 4); EQ(splice(s[1], 0, p[1], 0, 100, 0), 4); EQ(read(p[0], buf, 9), 4); off = 0; write(p[1], "z", 1); ERR(splice(p[0], 0, s[0], &off, 1, 0), EINVAL); read(p[0], buf, 9);
    off = 0; fcntl(p[1], F_SETPIPE_SZ, 4096); EQ(splice(a, &off, p[1], 0, 50000, 0), 4096); ERR(splice(a, &off, p[1], 0, 10, SPLICE_F_NONBLOCK), EAGAIN); EQ(read(p[0], buf, 65536), 4096); EQ(splice(p[0], 0, q[1], 0, 0, 0), 0); off = 60000; EQ(splice(a, &off, p[1], 0, 10, 0), 0);
    pid_t c = CHILD({ sleep_ms(50); write(p[1], "late", 4); }); EQ(splice(p[0], 0, q[1], 0, 100, 0), 4); EXITED(c, 0); close(p[1]); EQ(splice(p[0], 0, q[1], 0, 100, 0), 0); close(q[0]); signal(SIGPIPE, count_signal); int t[2]; pipe(t); write(t[1], "x", 1); ERR(splice(t[0], 0, q[1], 0, 1, 0), EPIPE); EQ(caught, 1);
    handle(SIGUSR1, 0); c = signal_later(SIGUSR1, 50); read(t[0], buf, 1); pipe(q); ERR(splice(t[0], 0, q[1], 0, 1, 0), EINTR); reap(c);
}
CASE(tee_and_vmsplice) {
    int p[2], q[2], a = filled("a", 100); pipe(p); pipe(q); static char buf[65536] __attribute__((aligned(4096))); struct iovec v[2] = {{"abc", 3}, {"defg", 4}};
    EQ(vmsplice(p[1], v, 2, 0), 7); EQ(tee(p[0], q[1], 5, 0), 5); EQ(read(q[0], buf, 9), 5); EQ(memcmp(buf, "abcde", 5), 0); EQ(read(p[0], buf, 9), 7);
    ERR(tee(p[0], q[1], 5, SPLICE_F_NONBLOCK), EAGAIN); ERR(tee(p[0], p[1], 5, 0), EINVAL); ERR(tee(a, q[1], 5, 0), EINVAL); ERR(tee(p[0], a, 5, 0), EINVAL); ERR(tee(99, q[1], 5, 0), EBADF); ERR(tee(p[1], q[1], 5, 0), EBADF); ERR(tee(p[0], q[0], 5, 0), EBADF); EQ(tee(p[0], q[1], 0, 0), 0); ERR(tee(p[0], q[1], 5, 0x100), EINVAL);
    ERR(vmsplice(a, v, 2, 0), EBADF); ERR(vmsplice(99, v, 2, 0), EBADF); ERR(vmsplice(p[1], v, 2, 0x100), EINVAL); ERR(vmsplice(p[1], v, 1025, 0), EINVAL); EQ(vmsplice(p[1], v, 0, 0), 0); v[0].iov_base = BAD; ERR(vmsplice(p[1], v, 1, 0), EFAULT); ERR(vmsplice(p[1], BAD, 1, 0), EFAULT);
    write(p[1], "hello", 5); char in[16]; struct iovec u = {in, 16}; EQ(vmsplice(p[0], &u, 1, 0), 5); EQ(memcmp(in, "hello", 5), 0); close(p[1]); EQ(tee(p[0], q[1], 5, 0), 0);
    pipe(p); pid_t c = CHILD({ sleep_ms(50); write(p[1], "x", 1); }); EQ(tee(p[0], q[1], 5, 0), 1); reap(c); fcntl(q[1], F_SETPIPE_SZ, 4096); read(q[0], buf, 9); u = (struct iovec){buf, 65536}; EQ(vmsplice(q[1], &u, 1, SPLICE_F_NONBLOCK), 4096); ERR(vmsplice(q[1], &u, 1, SPLICE_F_NONBLOCK), EAGAIN); ERR(tee(p[0], q[1], 1, SPLICE_F_NONBLOCK), EAGAIN);
}
TEST_MAIN
