// Open files: open flags, positions, vectors, sizes, holes, directories, stat, times, extended attributes.
#include "check.h"
#include <dirent.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static int make(const char *name, const char *text) { put(name, text); return OK(open(name, O_RDWR)); }

CASE(open_flags) {
    ERR(open("f", O_RDONLY), ENOENT);
    int fd = OK(open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
    ERR(open("f", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
    EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC), O_RDWR);
    EQ(write(fd, "hello", 5), 5);
    OK(open("f", O_WRONLY | O_TRUNC));
    struct stat s;
    OK(fstat(fd, &s));
    EQ(s.st_size, 0); EQ(s.st_mode, S_IFREG | 0640);
    int r = OK(open("f", O_RDONLY)), w = OK(open("f", O_WRONLY));
    char c;
    ERR(write(r, "x", 1), EBADF);
    ERR(read(w, &c, 1), EBADF);
    ERR(open(".", O_WRONLY), EISDIR);
    ERR(open(".", O_RDWR), EISDIR);
    ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
    ERR(open("missing/f", O_RDWR | O_CREAT, 0600), ENOENT);
    ERR(open("f/x", O_RDONLY), ENOTDIR);
    ERR(open("f/", O_RDONLY), ENOTDIR);
    ERR(open("new/", O_RDWR | O_CREAT, 0600), EISDIR);
    ERR(open("", O_RDONLY), ENOENT);
    ERR(open(".", O_RDONLY | O_CREAT, 0600), EISDIR);
    symlink("f", "l"); symlink("nowhere", "dangling");
    ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
    ERR(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    OK(open("dangling", O_RDWR | O_CREAT, 0600));
    OK(access("nowhere", F_OK));
    EQ(fcntl(OK(open("f", O_RDONLY | O_CLOEXEC)), F_GETFD), FD_CLOEXEC);
    ERR(openat(r, "f", O_RDONLY), ENOTDIR);
    ERR(openat(999, "f", O_RDONLY), EBADF);
    int d = OK(open(".", O_RDONLY | O_DIRECTORY));
    OK(openat(d, "f", O_RDONLY));
    OK(openat(999, "/dev/null", O_RDONLY));
}
CASE(lowest_descriptor) {
    int a = OK(open("/dev/null", O_RDONLY)), b = OK(open("/dev/null", O_RDONLY)), c = OK(open("/dev/null", O_RDONLY));
    CHECK(a < b && b < c);
    close(a); close(b);
    EQ(open("/dev/null", O_RDONLY), a);
    EQ(dup(c), b);
    ERR(close(999), EBADF);
    ERR(close(-1), EBADF);
}
CASE(append) {
    int a = OK(open("f", O_WRONLY | O_CREAT | O_APPEND, 0600)), b = OK(open("f", O_WRONLY));
    EQ(write(a, "one", 3), 3);
    EQ(write(b, "X", 1), 1);
    lseek(a, 0, SEEK_SET);
    EQ(write(a, "two", 3), 3);
    EQ(lseek(a, 0, SEEK_CUR), 6);
    EQ(pwrite(a, "end", 3, 0), 3); // Linux: O_APPEND wins over the offset
    STR(slurp("f"), "Xnetwoend");
}
CASE(o_path) {
    put("f", "x");
    int fd = OK(open("f", O_PATH));
    char c;
    struct stat s;
    ERR(read(fd, &c, 1), EBADF);
    ERR(write(fd, &c, 1), EBADF);
    ERR(lseek(fd, 0, SEEK_SET), EBADF);
    ERR(fchmod(fd, 0600), EBADF);
    ERR(fchown(fd, -1, -1), EBADF);
    ERR(ioctl(fd, FIONREAD, &c), EBADF);
    ERR(ftruncate(fd, 0), EBADF);
    OK(fstat(fd, &s));
    EQ(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
    OK(dup(fd));
    symlink("f", "l");
    int l = OK(open("l", O_PATH | O_NOFOLLOW));
    OK(fstat(l, &s));
    CHECK(S_ISLNK(s.st_mode));
    char target[8] = "";
    EQ(readlinkat(l, "", target, 8), 1);
    int d = OK(open(".", O_PATH | O_DIRECTORY));
    int again = OK(openat(d, "f", O_RDONLY));
    EQ(read(again, &c, 1), 1);
    OK(fchdir(d));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    EQ(read(OK(open(path, O_RDONLY)), &c, 1), 1);
    chmod("f", 0);
    OK(open("f", O_PATH));
}
CASE(o_tmpfile) {
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    NEED(fd >= 0);
    struct stat s;
    OK(fstat(fd, &s));
    EQ(s.st_nlink, 0);
    EQ(write(fd, "data", 4), 4);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    STR(slurp("named"), "data");
    ERR(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    int ex = OK(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
    snprintf(path, sizeof path, "/proc/self/fd/%d", ex);
    ERR(linkat(AT_FDCWD, path, AT_FDCWD, "other", AT_SYMLINK_FOLLOW), ENOENT);
    ERR(open("named", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
}
static long openat2_(int d, const char *p, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how h = {flags, mode, resolve};
    return syscall(SYS_openat2, d, p, &h, sizeof h);
}
CASE(openat2_resolve) {
    mkdir("d", 0755); put("d/f", "x"); put("out", "x");
    symlink("f", "d/in"); symlink("../out", "d/up"); symlink("/etc/passwd", "d/abs");
    int d = OK(open("d", O_PATH));
    OK(openat2_(d, "f", O_RDONLY, 0, RESOLVE_BENEATH));
    OK(openat2_(d, "in", O_RDONLY, 0, RESOLVE_BENEATH));
    ERR(openat2_(d, "up", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(d, "abs", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(d, "/etc/passwd", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(d, "..", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    OK(openat2_(d, "/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
    OK(openat2_(d, "../../f", O_RDONLY, 0, RESOLVE_IN_ROOT));
    ERR(openat2_(d, "abs", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT);
    ERR(openat2_(d, "in", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
    ERR(openat2_(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
    ERR(openat2_(AT_FDCWD, "/proc/version", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    ERR(openat2_(d, "f", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
    ERR(openat2_(d, "f", O_RDONLY, 0600, 0), EINVAL);
    ERR(openat2_(d, "f", O_RDONLY, 0, 0x1000), EINVAL);
    ERR(openat2_(d, "f", 1ULL << 40, 0, 0), EINVAL);
    ERR(openat2_(d, "g", O_CREAT | O_RDWR, 0200000, 0), EINVAL);
    struct { struct open_how h; uint64_t extra; } big = {.h = {O_RDONLY, 0, 0}, .extra = 1};
    ERR(syscall(SYS_openat2, d, "f", &big, sizeof big), E2BIG);
    big.extra = 0;
    OK(syscall(SYS_openat2, d, "f", &big, sizeof big));
    ERR(syscall(SYS_openat2, d, "f", &big, 8), EINVAL);
}
CASE(lseek_forms) {
    int fd = make("f", "0123456789");
    EQ(lseek(fd, 3, SEEK_SET), 3); EQ(lseek(fd, 2, SEEK_CUR), 5); EQ(lseek(fd, -1, SEEK_END), 9); EQ(lseek(fd, 100, SEEK_END), 110);
    ERR(lseek(fd, -1, SEEK_SET), EINVAL);
    ERR(lseek(fd, 0, 99), EINVAL);
    ERR(lseek(fd, -200, SEEK_CUR), EINVAL);
    char c;
    EQ(read(fd, &c, 1), 0);
    EQ(write(fd, "x", 1), 1);
    struct stat s;
    fstat(fd, &s);
    EQ(s.st_size, 111);
    int pp[2];
    OK(pipe(pp));
    ERR(lseek(pp[0], 0, SEEK_SET), ESPIPE);
    ERR(pread(pp[0], &c, 1, 0), ESPIPE);
    ERR(lseek(999, 0, SEEK_SET), EBADF);
    ERR(pread(fd, &c, 1, -1), EINVAL);
    ERR(pwrite(fd, &c, 1, -1), EINVAL);
    EXITED(CHILD(lseek(fd, 7, SEEK_SET)), 0);
    EQ(lseek(fd, 0, SEEK_CUR), 7); // the position is the open file's
}
CASE(holes) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    EQ(pwrite(fd, "x", 1, 1 << 20), 1);
    OK(ftruncate(fd, 2 << 20));
    EQ(lseek(fd, 0, SEEK_DATA), 1 << 20);
    EQ(lseek(fd, 0, SEEK_HOLE), 0);
    EQ(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 4096);
    ERR(lseek(fd, (1 << 20) + 4096, SEEK_DATA), ENXIO);
    ERR(lseek(fd, 2 << 20, SEEK_HOLE), ENXIO);
    struct stat s;
    fstat(fd, &s);
    CHECK(s.st_blocks <= 64);
    char c = 5;
    EQ(pread(fd, &c, 1, 100), 1);
    EQ(c, 0);
}
CASE(vectors) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    char a[4] = "", b[8] = "";
    struct iovec w[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, r[2] = {{a, 3}, {b, 7}};
    EQ(writev(fd, w, 3), 8);
    EQ(lseek(fd, 0, SEEK_SET), 0);
    EQ(readv(fd, r, 2), 8);
    STR(a, "abc"); STR(b, "defgh");
    EQ(preadv(fd, r, 2, 2), 6);
    STR(a, "cde");
    EQ(pwritev(fd, w, 1, 5), 3);
    EQ(preadv2(fd, r, 1, 5, 0), 3);
    STR(a, "abc");
    lseek(fd, 1, SEEK_SET);
    EQ(preadv2(fd, r, 1, -1, 0), 3);
    EQ(lseek(fd, 0, SEEK_CUR), 4);
    EQ(pwritev2(fd, w, 1, 0, RWF_APPEND), 3);
    EQ(lseek(fd, 0, SEEK_END), 11);
    ERR(preadv2(fd, r, 1, 0, 0x4000), EOPNOTSUPP);
    ERR(syscall(SYS_readv, fd, r, -1), EINVAL);
    ERR(syscall(SYS_readv, fd, r, IOV_MAX + 1), EINVAL);
    EQ(readv(fd, r, 0), 0);
    r[0].iov_len = (size_t)-1;
    ERR(readv(fd, r, 2), EINVAL);
    ERR(readv(fd, BAD, 1), EFAULT);
    r[0] = (struct iovec){a, 3}; r[1] = (struct iovec){BAD, 3};
    EQ(preadv(fd, r, 2, 0), 3); // what went before the bad part counts
    ERR(preadv(fd, r, 1, -5), EINVAL);
}
CASE(truncate_and_fallocate) {
    int fd = make("f", "0123456789");
    OK(ftruncate(fd, 4));
    STR(slurp("f"), "0123");
    OK(ftruncate(fd, 8));
    EQ(memcmp(slurp("f"), "0123\0\0\0\0", 8), 0);
    OK(truncate("f", 2));
    STR(slurp("f"), "01");
    ERR(ftruncate(fd, -1), EINVAL);
    ERR(truncate("f", -1), EINVAL);
    ERR(truncate(".", 0), EISDIR);
    ERR(truncate("no", 0), ENOENT);
    ERR(ftruncate(open("f", O_RDONLY), 0), EINVAL);
    ERR(ftruncate(999, 0), EBADF);
    struct stat s;
    OK(fallocate(fd, 0, 0, 8192));
    fstat(fd, &s);
    EQ(s.st_size, 8192); CHECK(s.st_blocks >= 16);
    OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 4096));
    fstat(fd, &s);
    EQ(s.st_size, 8192);
    EQ(pwrite(fd, "zzzz", 4, 4094), 4);
    OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
    char b[4];
    EQ(pread(fd, b, 4, 4094), 4);
    EQ(memcmp(b, "zz\0\0", 4), 0);
    ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
    ERR(fallocate(fd, 0, -1, 10), EINVAL);
    ERR(fallocate(fd, 0, 0, 0), EINVAL);
    ERR(fallocate(open("f", O_RDONLY), 0, 0, 10), EBADF);
    int pp[2];
    OK(pipe(pp));
    ERR(fallocate(pp[1], 0, 0, 10), ESPIPE);
    EQ(posix_fallocate(fd, 0, 100), 0);
}
CASE(read_write_edges) {
    int fd = make("f", "abc"), d = OK(open(".", O_RDONLY));
    char b[8];
    ERR(read(d, b, 1), EISDIR);
    EQ(read(fd, b, 0), 0);
    ERR(read(fd, BAD, 1), EFAULT);
    ERR(write(fd, BAD, 1), EFAULT);
    ERR(read(-1, b, 1), EBADF);
    EQ(write(OK(open("/dev/null", O_WRONLY)), b, 8), 8);
    EQ(read(OK(open("/dev/zero", O_RDONLY)), b, 8), 8);
    EQ(b[3], 0);
    EQ(read(OK(open("/dev/null", O_RDONLY)), b, 8), 0);
    int full = OK(open("/dev/full", O_RDWR));
    ERR(write(full, b, 1), ENOSPC);
    EQ(read(full, b, 4), 4);
    EQ(read(OK(open("/dev/urandom", O_RDONLY)), b, 8), 8);
}
CASE(getdents_and_seek) {
    mkdir("d", 0755);
    for (int i = 0; i < 1000; i++) { char n[32]; snprintf(n, sizeof n, "d/entry-number-%d", i); close(open(n, O_CREAT | O_WRONLY, 0600)); }
    DIR *d = opendir("d");
    NEED(d != 0);
    int n = 0, dots = 0, types = 0;
    long at[1010];
    char names[1010][32];
    struct dirent *e;
    for (;;) {
        at[n] = telldir(d);
        if (!(e = readdir(d))) break;
        snprintf(names[n], 32, "%.31s", e->d_name);
        dots += e->d_name[0] == '.';
        types += e->d_type == DT_REG;
        n++;
    }
    EQ(n, 1002); EQ(dots, 2); EQ(types, 1000);
    seekdir(d, at[500]);
    e = readdir(d);
    STR(e ? e->d_name : "", names[500]);
    rewinddir(d);
    for (n = 0; (e = readdir(d)); n++) { }
    EQ(n, 1002);
    // Removing what was read while reading loses nothing.
    rewinddir(d);
    int removed = 0;
    while ((e = readdir(d))) if (e->d_name[0] != '.') { char p[300]; snprintf(p, sizeof p, "d/%s", e->d_name); OK(unlink(p)); removed++; }
    EQ(removed, 1000);
    closedir(d);
    int fd = OK(open("d", O_RDONLY));
    char b[16];
    ERR(syscall(SYS_getdents64, fd, b, 16), EINVAL);
    ERR(syscall(SYS_getdents64, open("/dev/null", O_RDONLY), b, 16), ENOTDIR);
    char big[1024];
    CHECK(syscall(SYS_getdents64, fd, big, 1024) > 0);
    EQ(syscall(SYS_getdents64, fd, big, 1024), 0);
    OK(rmdir("d"));
    lseek(fd, 0, SEEK_SET);
    ERR(syscall(SYS_getdents64, fd, big, 1024), ENOENT);
}
CASE(stat_fields) {
    put("f", "12345");
    struct stat s, l;
    OK(stat("f", &s));
    EQ(s.st_mode, S_IFREG | 0644); EQ(s.st_size, 5); EQ(s.st_nlink, 1); EQ(s.st_uid, geteuid()); EQ(s.st_gid, getegid());
    CHECK(llabs(s.st_mtime - time(0)) <= 2); CHECK(s.st_ino != 0);
    symlink("f", "l");
    OK(lstat("l", &l));
    EQ(l.st_mode, S_IFLNK | 0777); EQ(l.st_size, 1);
    OK(fstatat(AT_FDCWD, "l", &l, AT_SYMLINK_NOFOLLOW));
    CHECK(S_ISLNK(l.st_mode));
    OK(fstatat(open("f", O_RDONLY), "", &l, AT_EMPTY_PATH));
    EQ(l.st_ino, s.st_ino);
    ERR(fstatat(AT_FDCWD, "", &l, 0), ENOENT);
    ERR(fstatat(AT_FDCWD, "f", &l, 0x8), EINVAL);
    ERR(fstat(999, &l), EBADF);
    ERR(stat("f", BAD), EFAULT);
    ERR(stat(BAD, &l), EFAULT);
    OK(stat("/dev/null", &l));
    CHECK(S_ISCHR(l.st_mode)); EQ(major(l.st_rdev), 1); EQ(minor(l.st_rdev), 3);
    mkdir("d", 0750); mkdir("d/e", 0755);
    OK(stat("d", &l));
    EQ(l.st_mode, S_IFDIR | 0750);
    OK(mkfifo("p", 0600)); OK(stat("p", &l)); EQ(l.st_mode, S_IFIFO | 0600);
}
CASE(statx_fields) {
    put("f", "12345");
    struct statx x;
    OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x));
    EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    EQ(x.stx_size, 5); EQ(x.stx_mode, S_IFREG | 0644); EQ(x.stx_nlink, 1);
    struct stat s;
    OK(stat("f", &s));
    EQ(x.stx_ino, s.st_ino); EQ(makedev(x.stx_dev_major, x.stx_dev_minor), s.st_dev); EQ(x.stx_mtime.tv_sec, s.st_mtim.tv_sec); EQ(x.stx_mtime.tv_nsec, s.st_mtim.tv_nsec);
    ERR(statx(AT_FDCWD, "f", 0, 0x80000000, &x), EINVAL);
    ERR(statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_SIZE, &x), EINVAL);
    ERR(statx(AT_FDCWD, "no", 0, STATX_SIZE, &x), ENOENT);
    OK(statx(open("f", O_PATH), "", AT_EMPTY_PATH, STATX_SIZE, &x));
}
CASE(statfs_forms) {
    struct statfs s;
    OK(statfs("/proc", &s)); EQ(s.f_type, 0x9fa0);
    OK(statfs(".", &s)); CHECK(s.f_bsize > 0 && s.f_namelen == 255);
    OK(fstatfs(open(".", O_RDONLY), &s));
    ERR(statfs("no", &s), ENOENT);
    ERR(fstatfs(999, &s), EBADF);
}
CASE(setting_times) {
    put("f", "x");
    struct timespec t[2] = {{1000, 5}, {2000, 7}};
    struct stat s, before;
    OK(utimensat(AT_FDCWD, "f", t, 0));
    OK(stat("f", &s));
    EQ(s.st_atim.tv_sec, 1000); EQ(s.st_mtim.tv_sec, 2000); EQ(s.st_mtim.tv_nsec, 7);
    t[0].tv_nsec = UTIME_OMIT; t[1].tv_nsec = UTIME_NOW;
    OK(utimensat(AT_FDCWD, "f", t, 0));
    OK(stat("f", &s));
    EQ(s.st_atim.tv_sec, 1000); CHECK(llabs(s.st_mtim.tv_sec - time(0)) < 3);
    t[0].tv_nsec = 1000000000;
    ERR(utimensat(AT_FDCWD, "f", t, 0), EINVAL);
    OK(futimens(open("f", O_RDONLY), 0));
    symlink("f", "l");
    t[0] = t[1] = (struct timespec){3000, 0};
    OK(utimensat(AT_FDCWD, "l", t, AT_SYMLINK_NOFOLLOW));
    OK(lstat("l", &s)); EQ(s.st_mtime, 3000);
    OK(stat("f", &s)); CHECK(s.st_mtime != 3000);
    ERR(utimensat(AT_FDCWD, "no", t, 0), ENOENT);
    struct timeval tv[2] = {{500, 1}, {600, 2}};
    OK(utimes("f", tv));
    OK(stat("f", &s)); EQ(s.st_mtim.tv_nsec, 2000);
    // A write moves mtime and ctime, chmod only ctime, a read of a directory entry neither.
    before = s;
    sleep_ms(15);
    put("f", "y");
    OK(stat("f", &s));
    CHECK(s.st_mtim.tv_sec > 600);
    before = s;
    sleep_ms(15);
    OK(chmod("f", 0600));
    OK(stat("f", &s));
    EQ(s.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    CHECK(s.st_ctim.tv_sec > before.st_ctim.tv_sec || s.st_ctim.tv_nsec > before.st_ctim.tv_nsec);
    struct stat d1, d2;
    stat(".", &d1); sleep_ms(15); put("new", ""); stat(".", &d2);
    CHECK(d2.st_mtim.tv_sec > d1.st_mtim.tv_sec || d2.st_mtim.tv_nsec > d1.st_mtim.tv_nsec);
}
CASE(xattrs) {
    put("f", "x");
    char b[64] = "";
    if (setxattr("f", "user.a", "one", 3, 0) < 0 && errno == EOPNOTSUPP) SKIP("the file system under /tmp has no user attributes");
    EQ(getxattr("f", "user.a", b, 64), 3);
    STR(b, "one");
    EQ(getxattr("f", "user.a", b, 0), 3);
    ERR(getxattr("f", "user.a", b, 2), ERANGE);
    ERR(getxattr("f", "user.b", b, 64), ENODATA);
    ERR(setxattr("f", "user.a", "two", 3, XATTR_CREATE), EEXIST);
    ERR(setxattr("f", "user.b", "two", 3, XATTR_REPLACE), ENODATA);
    ERR(setxattr("f", "user.b", "two", 3, 9), EINVAL);
    ERR(setxattr("f", "bad", "two", 3, 0), EOPNOTSUPP);
    ERR(setxattr("f", "", "two", 3, 0), ERANGE);
    OK(setxattr("f", "user.b", "", 0, 0));
    int fd = OK(open("f", O_RDONLY));
    ssize_t n = flistxattr(fd, b, 64);
    CHECK(n >= 14 && memmem(b, n, "user.a", 7) && memmem(b, n, "user.b", 7));
    EQ(listxattr("f", b, 0), n);
    ERR(listxattr("f", b, 3), ERANGE);
    OK(fremovexattr(fd, "user.a"));
    ERR(removexattr("f", "user.a"), ENODATA);
    symlink("f", "l");
    ERR(lsetxattr("l", "user.a", "x", 1, 0), EPERM);
    EQ(getxattr("l", "user.b", b, 64), 0);
    ERR(getxattr("no", "user.b", b, 64), ENOENT);
}
CASE(ioctls_on_files) {
    int fd = make("f", "12345"), n = 0;
    OK(ioctl(fd, FIONREAD, &n)); EQ(n, 5);
    OK(ioctl(fd, FIOCLEX)); EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    OK(ioctl(fd, FIONCLEX)); EQ(fcntl(fd, F_GETFD), 0);
    n = 1;
    OK(ioctl(fd, FIONBIO, &n)); EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    ERR(ioctl(fd, TCGETS, &n), ENOTTY);
    ERR(ioctl(fd, 0x1234, &n), ENOTTY);
    ERR(ioctl(999, FIONREAD, &n), EBADF);
    EQ(isatty(fd), 0);
}
CASE(deleted_files_live_on) {
    int fd = make("f", "data");
    OK(unlink("f"));
    char b[8] = "", path[64], target[300] = "";
    EQ(read(fd, b, 8), 4);
    struct stat s;
    OK(fstat(fd, &s)); EQ(s.st_nlink, 0);
    EQ(pwrite(fd, "more", 4, 4), 4);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, target, 299) > 0);
    CHECK(strstr(target, "/f (deleted)") != 0);
    int again = OK(open(path, O_RDONLY));
    EQ(read(again, b, 8), 8);
    fsync(fd); fdatasync(fd);
    ERR(fsync(999), EBADF);
}
TEST_MAIN
