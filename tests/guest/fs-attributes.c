// Modes, owners, times, sizes, access checks, stat and statx in depth.
#include "check.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define AS_USER(u, g, ...) EXITED(CHILD({ OK(setgroups(0, 0)); OK(setresgid(g, g, g)); OK(setresuid(u, u, u)); __VA_ARGS__; }), 0)
#define AS_NOBODY(...) AS_USER(65534, 65534, __VA_ARGS__)
static int mode_of(const char *p) { struct stat s; return lstat(p, &s) ? -1 : (int)(s.st_mode & 07777); }

CASE(chmod_rules) {
    struct stat s;
    put("f", "x"); symlink("f", "l"); symlink("none", "dang"); mkdir("d", 0755);
    OK(chmod("l", 0640)); EQ(mode_of("f"), 0640); EQ(mode_of("l"), 0777);
    ERR(chmod("dang", 0600), ENOENT); ERR(chmod("none", 0600), ENOENT); ERR(chmod("f/x", 0600), ENOTDIR); ERR(chmod("", 0600), ENOENT);
    ERR(chmod(BAD, 0600), EFAULT); ERR(fchmod(99, 0600), EBADF);
    OK(chmod("f", 0177777)); EQ(mode_of("f"), 07777); EQ(stat("f", &s), 0); CHECK(S_ISREG(s.st_mode));
    int fd = OK(open("f", O_RDONLY)); OK(fchmod(fd, 0)); EQ(mode_of("f"), 0);
    ERR(fchmodat(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
    ERR(syscall(SYS_fchmodat2, AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
    OK(syscall(SYS_fchmodat2, AT_FDCWD, "f", 0611, AT_SYMLINK_NOFOLLOW)); EQ(mode_of("f"), 0611);
    OK(syscall(SYS_fchmodat2, fd, "", 0622, AT_EMPTY_PATH)); EQ(mode_of("f"), 0622);
    ERR(syscall(SYS_fchmodat2, AT_FDCWD, "f", 0600, 1), EINVAL);
    ERR(syscall(SYS_fchmodat2, fd, "", 0600, 0), ENOENT);
    AS_NOBODY(ERR(chmod("f", 0600), EPERM); ERR(fchmod(fd, 0600), EPERM));
    chown("f", 65534, 0);
    AS_NOBODY(OK(chmod("f", 02755)); EQ(mode_of("f"), 0755)); // not in its group: setgid does not stick
    chown("d", 65534, 0);
    AS_NOBODY(OK(chmod("d", 02755)); EQ(mode_of("d"), 0755); OK(chmod("d", 01777)); EQ(mode_of("d"), 01777));
    AS_NOBODY(OK(chmod("f", 05644)); EQ(mode_of("f"), 05644)); // the sticky bit of a file stays with Linux
    chown("f", 0, 65534); OK(chmod("f", 02711)); EQ(mode_of("f"), 02711);
    // Search permission on the way.
    mkdir("shut", 0); put("shut/x", ""); AS_NOBODY(ERR(chmod("shut/x", 0600), EACCES));
    struct stat a, b; stat("f", &a); sleep_ms(20); chmod("f", 0711); stat("f", &b);
    CHECK(b.st_ctim.tv_sec > a.st_ctim.tv_sec || b.st_ctim.tv_nsec > a.st_ctim.tv_nsec); EQ(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
}
CASE(chown_rules) {
    struct stat s;
    put("f", "x"); symlink("f", "l"); mkdir("d", 06755); chmod("d", 06755);
    OK(chown("l", 5, 6)); stat("f", &s); EQ(s.st_uid, 5); EQ(s.st_gid, 6); lstat("l", &s); EQ(s.st_uid, 0);
    OK(lchown("l", 7, 8)); lstat("l", &s); EQ(s.st_uid, 7); EQ(s.st_gid, 8);
    OK(chown("f", -1, 9)); stat("f", &s); EQ(s.st_uid, 5); EQ(s.st_gid, 9);
    OK(fchownat(AT_FDCWD, "l", 1, 2, AT_SYMLINK_NOFOLLOW)); lstat("l", &s); EQ(s.st_uid, 1);
    ERR(fchownat(AT_FDCWD, "l", 1, 2, 2), EINVAL); ERR(chown("none", 0, 0), ENOENT); ERR(fchown(99, 0, 0), EBADF);
    OK(chmod("f", 06755)); OK(chown("f", -1, -1)); EQ(mode_of("f"), 0755); // even when nothing changes
    OK(chmod("f", 06745)); OK(chown("f", 0, 0)); EQ(mode_of("f"), 02745); // no group execute: setgid stays
    OK(chmod("f", 06755)); int fd = open("f", O_RDONLY); OK(fchown(fd, 0, 0)); EQ(mode_of("f"), 0755);
    OK(chown("d", 1, 1)); EQ(mode_of("d"), 06755); // directories keep theirs
    OK(chown("f", 65534, 65534));
    AS_NOBODY({
        ERR(chown("f", 0, -1), EPERM); ERR(chown("f", -1, 0), EPERM); OK(chown("f", -1, 65534)); OK(chown("f", 65534, -1)); OK(chown("f", -1, -1));
        ERR(chown("/etc/passwd", -1, -1) < 0 ? -1 : (errno = EPERM, -1), EPERM);
    });
    EXITED(CHILD({ gid_t g[] = {77}; OK(setgroups(1, g)); OK(setresgid(65534, 65534, 65534)); OK(setresuid(65534, 65534, 65534));
        OK(chown("f", -1, 77)); ERR(chown("f", -1, 78), EPERM); OK(chmod("f", 02711)); EQ(mode_of("f"), 02711); OK(chown("f", -1, 77)); EQ(mode_of("f"), 0711); }), 0);
    chown("f", 65534, 0); chmod("f", 02744);
    AS_NOBODY(OK(chown("f", -1, -1)); EQ(mode_of("f"), 0744)); // not in its group: setgid goes even without group execute
    mkfifo("p", 06755); chmod("p", 06755); OK(chown("p", 3, 3)); EQ(mode_of("p"), 0755);
}
CASE(writes_drop_privileges) {
    put("f", "x"); chown("f", 65534, 65534);
    int fd = open("f", O_RDWR);
    chmod("f", 06777); EQ(write(fd, "y", 1), 1); EQ(mode_of("f"), 06777); // root keeps them
    AS_NOBODY({
        OK(chmod("f", 06777)); EQ(write(fd, "", 0), 0); EQ(mode_of("f"), 06777);
        EQ(write(fd, "y", 1), 1); EQ(mode_of("f"), 0777);
        OK(chmod("f", 06767)); EQ(pwrite(fd, "y", 1, 0), 1); EQ(mode_of("f"), 02767);
        OK(chmod("f", 06777)); OK(ftruncate(fd, 0)); EQ(mode_of("f"), 0777);
        OK(chmod("f", 06777)); OK(truncate("f", 9)); EQ(mode_of("f"), 0777);
        OK(chmod("f", 06777)); OK(fallocate(fd, 0, 0, 100)); EQ(mode_of("f"), 0777);
        OK(chmod("f", 06777)); OK(utimes("f", 0)); EQ(mode_of("f"), 06777);
    });
    // File capabilities go with a write and with a change of owner, even root's.
    uint32_t caps[5] = {0x02000000, 1 << CAP_NET_RAW, 0, 0, 0};
    OK(setxattr("f", "security.capability", caps, sizeof caps, 0));
    EQ(write(fd, "z", 1), 1); ERR(getxattr("f", "security.capability", 0, 0), ENODATA);
    OK(setxattr("f", "security.capability", caps, sizeof caps, 0)); OK(chown("f", 0, 0)); ERR(getxattr("f", "security.capability", 0, 0), ENODATA);
    OK(setxattr("f", "security.capability", caps, sizeof caps, 0)); OK(truncate("f", 0)); ERR(getxattr("f", "security.capability", 0, 0), ENODATA);
    OK(setxattr("f", "security.capability", caps, sizeof caps, 0)); OK(chmod("f", 0700)); OK(getxattr("f", "security.capability", 0, 0));
}
CASE(access_rules) {
    put("f", "x"); chmod("f", 0); mkdir("d", 0); symlink("none", "dang"); put("x", ""); chmod("x", 0001);
    OK(access("f", F_OK)); OK(access("f", R_OK | W_OK)); ERR(access("f", X_OK), EACCES); OK(access("d", R_OK | W_OK | X_OK)); OK(access("x", X_OK));
    ERR(access("dang", F_OK), ENOENT); ERR(access("f", 8), EINVAL); ERR(access("f", -1), EINVAL); ERR(access("none", 8), EINVAL);
    ERR(access(BAD, F_OK), EFAULT); ERR(access("f/x", F_OK), ENOTDIR); ERR(access("", F_OK), ENOENT);
    ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", F_OK, 1), EINVAL);
    OK(syscall(SYS_faccessat2, AT_FDCWD, "dang", F_OK, AT_SYMLINK_NOFOLLOW));
    OK(syscall(SYS_faccessat2, AT_FDCWD, "dang", R_OK | W_OK | X_OK, AT_SYMLINK_NOFOLLOW));
    int fd = OK(open("f", O_PATH)); OK(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH)); ERR(syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH), EACCES);
    ERR(syscall(SYS_faccessat2, 99, "f", F_OK, 0), EBADF); ERR(syscall(SYS_faccessat2, fd, "f", F_OK, 0), ENOTDIR);
    // Real against effective ids.
    EXITED(CHILD({ OK(setresuid(65534, 0, 0)); ERR(access("f", R_OK), EACCES); OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS)); OK(open("f", O_RDONLY)); }), 0);
    EXITED(CHILD({ OK(setresuid(0, 65534, 0)); OK(access("f", R_OK)); ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS), EACCES); ERR(open("f", O_RDONLY), EACCES); }), 0);
    // The real user's missing right to search counts too.
    mkdir("s", 0700); put("s/y", ""); chmod("s/y", 0777);
    EXITED(CHILD({ OK(setresuid(65534, 0, 0)); ERR(access("s/y", F_OK), EACCES); OK(open("s/y", O_RDONLY)); }), 0);
    AS_NOBODY(OK(access("f", F_OK)); ERR(access("f", R_OK), EACCES); ERR(access("f", W_OK), EACCES); OK(access("x", X_OK)); ERR(access("d/z", F_OK), EACCES); ERR(access("s", X_OK), EACCES));
    ERR(access("/proc/version", W_OK) ? -1 : (errno = EACCES, -1), EACCES);
    // Only some bits of those asked for: none.
    put("r", ""); chmod("r", 0444); AS_NOBODY(OK(access("r", R_OK)); ERR(access("r", R_OK | W_OK), EACCES));
}
CASE(times_set) {
    struct stat s, t; struct timespec ts[2];
    put("f", "x"); chmod("f", 0644); symlink("f", "l");
    ts[0] = (struct timespec){1000, 1}; ts[1] = (struct timespec){-5, 999999999};
    OK(utimensat(AT_FDCWD, "f", ts, 0)); stat("f", &s); EQ(s.st_atim.tv_sec, 1000); EQ(s.st_atim.tv_nsec, 1); EQ(s.st_mtim.tv_sec, -5); EQ(s.st_mtim.tv_nsec, 999999999);
    ts[0].tv_nsec = UTIME_OMIT; ts[0].tv_sec = 77; ts[1] = (struct timespec){2000, 0}; OK(utimensat(AT_FDCWD, "f", ts, 0)); stat("f", &s); EQ(s.st_atim.tv_sec, 1000); EQ(s.st_mtim.tv_sec, 2000);
    ts[0].tv_nsec = UTIME_NOW; ts[1].tv_nsec = UTIME_OMIT; OK(utimensat(AT_FDCWD, "f", ts, 0)); stat("f", &s); CHECK(labs(s.st_atim.tv_sec - time(0)) < 3); EQ(s.st_mtim.tv_sec, 2000);
    ts[0].tv_nsec = 1000000000; ERR(utimensat(AT_FDCWD, "f", ts, 0), EINVAL); ts[0].tv_nsec = -1; ERR(utimensat(AT_FDCWD, "f", ts, 0), EINVAL);
    ts[0].tv_nsec = ts[1].tv_nsec = UTIME_OMIT; OK(utimensat(AT_FDCWD, "none", ts, 0)); OK(utimensat(99, "none", ts, 0x8000)); // nothing to do, nothing looked at
    ts[0] = ts[1] = (struct timespec){3, 4}; OK(utimensat(AT_FDCWD, "l", ts, AT_SYMLINK_NOFOLLOW)); lstat("l", &s); EQ(s.st_mtim.tv_sec, 3); stat("f", &s); EQ(s.st_mtim.tv_sec, 2000);
    ERR(utimensat(AT_FDCWD, "f", ts, 1), EINVAL); ERR(utimensat(AT_FDCWD, "none", ts, 0), ENOENT); ERR(syscall(SYS_utimensat, AT_FDCWD, 0, ts, 0), EFAULT); ERR(syscall(SYS_utimensat, AT_FDCWD, "f", BAD, 0), EFAULT);
    int fd = open("f", O_RDONLY); OK(futimens(fd, ts)); stat("f", &s); EQ(s.st_mtim.tv_sec, 3); ERR(syscall(SYS_utimensat, fd, 0, ts, AT_SYMLINK_NOFOLLOW), EINVAL); ERR(futimens(99, ts), EBADF);
    OK(utimensat(fd, "", ts, AT_EMPTY_PATH));
    struct timeval tv[2] = {{5, 999999}, {6, 1}}; OK(utimes("f", tv)); stat("f", &s); EQ(s.st_atim.tv_nsec, 999999000); EQ(s.st_mtim.tv_nsec, 1000); tv[0].tv_usec = 1000000; ERR(utimes("f", tv), EINVAL); tv[0].tv_usec = -1; ERR(utimes("f", tv), EINVAL);
    struct utimbuf ut = {11, 12}; OK(utime("f", &ut)); stat("f", &s); EQ(s.st_atime, 11); EQ(s.st_mtime, 12); EQ(s.st_mtim.tv_nsec, 0);
    stat("f", &s); sleep_ms(20); OK(utime("f", &ut)); stat("f", &t); CHECK(t.st_ctim.tv_sec != s.st_ctim.tv_sec || t.st_ctim.tv_nsec != s.st_ctim.tv_nsec);
    // Far times are cut to what the file system holds, or kept; either way no error.
    AS_NOBODY({ ERR(utimes("f", 0), EACCES); ts[0].tv_nsec = 5; ERR(utimensat(AT_FDCWD, "f", ts, 0), EPERM); ts[0].tv_nsec = UTIME_NOW; ts[1].tv_nsec = UTIME_OMIT; ERR(utimensat(AT_FDCWD, "f", ts, 0), EPERM);
        ts[1].tv_nsec = UTIME_NOW; ERR(utimensat(AT_FDCWD, "f", ts, 0), EACCES); });
    chmod("f", 0666); AS_NOBODY({ OK(utimes("f", 0)); ts[0].tv_nsec = ts[1].tv_nsec = UTIME_NOW; OK(utimensat(AT_FDCWD, "f", ts, 0)); ts[0].tv_nsec = 0; ERR(utimensat(AT_FDCWD, "f", ts, 0), EPERM); });
    chown("f", 65534, 0); chmod("f", 0); AS_NOBODY({ ts[0] = ts[1] = (struct timespec){1, 2}; OK(utimensat(AT_FDCWD, "f", ts, 0)); OK(utimes("f", 0)); });
}
static int later(struct timespec *x, struct timespec *y) { return y->tv_sec > x->tv_sec || (y->tv_sec == x->tv_sec && y->tv_nsec > x->tv_nsec); }
CASE(times_follow_operations) {
    struct stat a, b;
#define STEP(what, path, m, c) do { stat(path, &a); sleep_ms(15); what; stat(path, &b); \
    if (later(&a.st_mtim, &b.st_mtim) != m) FAIL("mtime after %s (line %d)", #what, __LINE__); \
    if (later(&a.st_ctim, &b.st_ctim) != c) FAIL("ctime after %s (line %d)", #what, __LINE__); } while (0)
    mkdir("d", 0755); put("d/f", "x"); int fd = open("d/f", O_RDWR); char buf[4];
    STEP(put("d/new", ""), "d", 1, 1); STEP(unlink("d/new"), "d", 1, 1); STEP(mkdir("d/s", 0755), "d", 1, 1); STEP(rmdir("d/s"), "d", 1, 1);
    STEP(symlink("x", "d/l"), "d", 1, 1); STEP(rename("d/l", "d/m"), "d", 1, 1); STEP(link("d/f", "d/h"), "d", 1, 1); STEP(mkfifo("d/p", 0600), "d", 1, 1);
    STEP(link("d/f", "d/h2"), "d/f", 0, 1); STEP(unlink("d/h2"), "d/f", 0, 1); STEP(rename("d/f", "d/g"), "d/h", 0, 1);
    STEP(chmod("d/h", 0600), "d/h", 0, 1); STEP(chown("d/h", 0, 0), "d/h", 0, 1); STEP(write(fd, "a", 1), "d/h", 1, 1); STEP(pwrite(fd, "a", 1, 0), "d/h", 1, 1);
    STEP(write(fd, "", 0), "d/h", 0, 0); STEP(ftruncate(fd, 10), "d/h", 1, 1); STEP(ftruncate(fd, 10), "d/h", 1, 1); STEP(truncate("d/h", 10), "d/h", 1, 1);
    STEP(close(open("d/h", O_WRONLY | O_TRUNC)), "d/h", 1, 1); STEP(close(open("d/h", O_WRONLY | O_TRUNC)), "d/h", 1, 1);
    STEP(close(open("d/h", O_RDWR | O_CREAT, 0600)), "d/h", 0, 0); STEP(read(fd, buf, 4), "d/h", 0, 0); STEP(setxattr("d/h", "user.a", "b", 1, 0), "d/h", 0, 1);
    STEP(open("d/none", O_RDONLY), "d", 0, 0); STEP(mkdir("d/h", 0700), "d", 0, 0); STEP(put("d/h", "more"), "d", 0, 0);
    STEP(fallocate(fd, 0, 0, 8192), "d/h", 1, 1);
    stat("d/h", &a); sleep_ms(15); rename("d/h", "d/h3"); stat("d/h3", &b); CHECK(later(&a.st_ctim, &b.st_ctim)); CHECK(!later(&a.st_mtim, &b.st_mtim));
}
CASE(truncate_rules) {
    struct stat s; char b[8];
    put("f", "hello"); mkdir("d", 0755); mkfifo("p", 0600);
    ERR(truncate("f", -1), EINVAL); ERR(truncate("d", 0), EISDIR); ERR(truncate("none", 0), ENOENT); ERR(truncate("p", 0), EINVAL); ERR(truncate("/dev/null", 0), EINVAL); ERR(truncate("f/x", 0), ENOTDIR); ERR(truncate(BAD, 0), EFAULT);
    ERR(truncate("f", 1ll << 62), EFBIG);
    OK(truncate("f", 3)); OK(truncate("f", 6)); int fd = open("f", O_RDWR); EQ(read(fd, b, 8), 6); EQ(memcmp(b, "hel\0\0\0", 6), 0);
    ERR(ftruncate(fd, -1), EINVAL); int r = open("f", O_RDONLY); ERR(ftruncate(r, 0), EINVAL); int q[2]; pipe(q); ERR(ftruncate(q[1], 0), EINVAL); ERR(ftruncate(99, 0), EBADF);
    OK(ftruncate(fd, 1 << 20)); fstat(fd, &s); EQ(s.st_size, 1 << 20); CHECK(s.st_blocks < 100); EQ(lseek(fd, 0, SEEK_CUR), 6);
    chmod("f", 0444); AS_NOBODY(ERR(truncate("f", 0), EACCES)); fd = open("f", O_WRONLY | O_APPEND); OK(ftruncate(fd, 2)); fstat(fd, &s); EQ(s.st_size, 2);
    struct rlimit l = {100, 100}; signal(SIGXFSZ, count_signal); put("big", ""); truncate("big", 200); OK(setrlimit(RLIMIT_FSIZE, &l));
    ERR(truncate("f", 101), EFBIG); EQ(caught, 1); OK(truncate("f", 100)); ERR(ftruncate(fd, 101), EFBIG); EQ(caught, 2);
    OK(truncate("big", 150)); EQ(caught, 2); // shrinking asks no limit
    OK(truncate("big", 150)); ERR(truncate("big", 151), EFBIG); EQ(caught, 3);
    ERR(fallocate(fd, 0, 0, 101), EFBIG); EQ(caught, 4); OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 101)); int big = open("big", O_RDWR); OK(fallocate(big, 0, 0, 150)); EQ(caught, 4);
    EQ(pwrite(fd, "0123456789", 10, 0), -1); EQ(caught, 5); int w = open("f", O_WRONLY); EQ(pwrite(w, "0123456789", 10, 95), 5); EQ(caught, 5); ERR(pwrite(w, "x", 1, 100), EFBIG); EQ(caught, 6); EQ(pwrite(w, "", 0, 200), 0); EQ(caught, 6);
    lseek(w, 100, SEEK_SET); ERR(write(w, "x", 1), EFBIG); EQ(caught, 7); EQ(lseek(w, 0, SEEK_CUR), 100);
    int p[2]; pipe(p); char many[300]; EQ(write(p[1], many, 300), 300); // not for pipes
}
CASE(stat_and_statx) {
    struct stat s; struct statx x;
    put("f", "hello"); symlink("f", "link"); mkdir("d", 0755); mkdir("d/e", 0755);
    stat("d", &s); EQ(s.st_nlink, 3); lstat("link", &s); EQ(s.st_size, 1); stat("f", &s); EQ(s.st_nlink, 1); CHECK(s.st_blocks > 0); EQ(s.st_blksize, 4096);
    ERR(stat("f/", &s), ENOTDIR); ERR(stat("", &s), ENOENT); ERR(lstat(BAD, &s), EFAULT); ERR(stat("f", BAD), EFAULT); ERR(fstat(99, &s), EBADF); ERR(fstat(-1, &s), EBADF);
    ERR(fstatat(AT_FDCWD, "f", &s, 1), EINVAL); ERR(fstatat(AT_FDCWD, "", &s, 0), ENOENT); OK(fstatat(AT_FDCWD, "", &s, AT_EMPTY_PATH)); CHECK(S_ISDIR(s.st_mode)); OK(fstatat(AT_FDCWD, "f", &s, AT_NO_AUTOMOUNT));
    int fd = open("f", O_RDONLY); ERR(fstatat(fd, "f", &s, 0), ENOTDIR); OK(syscall(SYS_newfstatat, fd, 0, &s, AT_EMPTY_PATH)); OK(statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &x)); EQ(x.stx_size, 5); OK(syscall(SYS_statx, fd, 0, AT_EMPTY_PATH, STATX_ALL, &x));
    ERR(statx(AT_FDCWD, "f", AT_STATX_SYNC_TYPE, STATX_ALL, &x), EINVAL); ERR(statx(AT_FDCWD, "f", 1, STATX_ALL, &x), EINVAL); ERR(statx(AT_FDCWD, "f", 0, 0x80000000, &x), EINVAL); ERR(statx(AT_FDCWD, "f", 0, STATX_ALL, BAD), EFAULT); ERR(statx(AT_FDCWD, BAD, 0, STATX_ALL, &x), EFAULT); ERR(statx(AT_FDCWD, "none", 0, 0, &x), ENOENT);
    OK(statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC, 0, &x)); EQ(x.stx_mask & (STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_INO), STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_INO); // what costs nothing is given unasked
    OK(statx(AT_FDCWD, "f", AT_STATX_DONT_SYNC, STATX_BTIME, &x)); CHECK(x.stx_mask & STATX_BTIME); CHECK(labs(x.stx_btime.tv_sec - time(0)) < 5);
    OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS | 0x1000, &x)); CHECK(x.stx_mask & 0x1000); CHECK(x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT); CHECK(!(x.stx_attributes & STATX_ATTR_MOUNT_ROOT));
    OK(statx(AT_FDCWD, "/proc", 0, 0x4000, &x)); CHECK(x.stx_attributes & STATX_ATTR_MOUNT_ROOT); CHECK(x.stx_mask & 0x4000);
    OK(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x)); CHECK(S_ISLNK(x.stx_mode)); stat("/dev/null", &s); OK(statx(AT_FDCWD, "/dev/null", 0, STATX_ALL, &x)); EQ(x.stx_rdev_major, 1); EQ(x.stx_rdev_minor, 3); EQ(x.stx_dev_major, major(s.st_dev)); EQ(x.stx_dev_minor, minor(s.st_dev));
    stat("f", &s); OK(statx(AT_FDCWD, "f", 0, STATX_ALL, &x)); EQ(s.st_ino, x.stx_ino); EQ(s.st_nlink, x.stx_nlink); EQ(s.st_mode, x.stx_mode); EQ(s.st_blocks, x.stx_blocks); EQ(s.st_mtim.tv_nsec, x.stx_mtime.tv_nsec); EQ(s.st_blksize, x.stx_blksize);
    mkdir("shut", 0700); put("shut/x", ""); AS_NOBODY(ERR(stat("shut/x", &s), EACCES); OK(stat("shut", &s)));
    int p[2]; pipe(p); fstat(p[0], &s); CHECK(S_ISFIFO(s.st_mode)); EQ(s.st_mode & 0777, 0600); EQ(s.st_size, 0); EQ(s.st_nlink, 1); EQ(s.st_blksize, 4096);
}
CASE(inode_flags) {
    int fd, flags = 0; struct statx x;
    put("f", "hello"); mkdir("d", 0755); put("d/x", "");
    fd = OK(open("f", O_RDWR)); int ap = OK(open("f", O_WRONLY | O_APPEND)); OK(ioctl(fd, FS_IOC_GETFLAGS, &flags));
    int base = flags, set = base | FS_IMMUTABLE_FL; OK(ioctl(fd, FS_IOC_SETFLAGS, &set)); OK(ioctl(fd, FS_IOC_GETFLAGS, &flags)); EQ(flags & FS_IMMUTABLE_FL, FS_IMMUTABLE_FL);
    OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x)); CHECK(x.stx_attributes_mask & STATX_ATTR_IMMUTABLE); CHECK(x.stx_attributes & STATX_ATTR_IMMUTABLE);
    ERR(open("f", O_WRONLY), EPERM); ERR(open("f", O_RDWR), EPERM); ERR(open("f", O_RDONLY | O_TRUNC), EPERM); OK(open("f", O_RDONLY)); ERR(unlink("f"), EPERM); ERR(rename("f", "g"), EPERM); ERR(link("f", "g"), EPERM);
    ERR(chmod("f", 0600), EPERM); ERR(chown("f", 0, 0), EPERM); ERR(utimes("f", 0), EPERM); ERR(truncate("f", 0), EPERM); ERR(setxattr("f", "user.a", "b", 1, 0), EPERM); ERR(access("f", W_OK), EPERM); OK(access("f", R_OK)); ERR(fallocate(fd, 0, 0, 10), EPERM); ERR(ftruncate(fd, 0), EPERM);
    set = base | FS_APPEND_FL; OK(ioctl(fd, FS_IOC_SETFLAGS, &set));
    ERR(open("f", O_WRONLY), EPERM); ERR(open("f", O_WRONLY | O_TRUNC | O_APPEND), EPERM); OK(open("f", O_WRONLY | O_APPEND)); ERR(unlink("f"), EPERM); ERR(rename("f", "g"), EPERM); ERR(truncate("f", 0), EPERM); ERR(chmod("f", 0600), EPERM); OK(utimes("f", 0)); EQ(write(ap, "!", 1), 1); ERR(fcntl(ap, F_SETFL, 0), EPERM); ERR(link("f", "g"), EPERM);
    struct timespec ts[2] = {{1, 1}, {1, 1}}; ERR(utimensat(AT_FDCWD, "f", ts, 0), EPERM); ERR(ftruncate(fd, 0), EPERM); OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x)); CHECK(x.stx_attributes & STATX_ATTR_APPEND);
    AS_NOBODY({ int zero = 0; ERR(ioctl(fd, FS_IOC_SETFLAGS, &zero), EPERM); });
    set = base; OK(ioctl(fd, FS_IOC_SETFLAGS, &set)); OK(rename("f", "g")); OK(unlink("g"));
    int d = OK(open("d", O_RDONLY)); set = base | FS_IMMUTABLE_FL; OK(ioctl(d, FS_IOC_GETFLAGS, &base)); set = base | FS_IMMUTABLE_FL; OK(ioctl(d, FS_IOC_SETFLAGS, &set));
    ERR(open("d/new", O_CREAT | O_WRONLY, 0600), EPERM); ERR(mkdir("d/n", 0755), EPERM); ERR(unlink("d/x"), EPERM); ERR(rename("d/x", "y"), EPERM); ERR(symlink("a", "d/l"), EPERM); ERR(rmdir("d"), EPERM); int w = OK(open("d/x", O_WRONLY)); EQ(write(w, "1", 1), 1);
    set = base | FS_APPEND_FL; OK(ioctl(d, FS_IOC_SETFLAGS, &set)); OK(mkdir("d/n", 0755)); ERR(rmdir("d/n"), EPERM); ERR(unlink("d/x"), EPERM); ERR(rename("d/x", "d/z"), EPERM);
    set = base | FS_NODUMP_FL; OK(ioctl(d, FS_IOC_SETFLAGS, &set)); OK(statx(AT_FDCWD, "d", 0, STATX_BASIC_STATS, &x)); CHECK(x.stx_attributes & STATX_ATTR_NODUMP); OK(unlink("d/x"));
    int pfd[2]; pipe(pfd); ERR(ioctl(pfd[0], FS_IOC_GETFLAGS, &flags), ENOTTY); ERR(ioctl(fd, FS_IOC_SETFLAGS, BAD), EFAULT);
}
TEST_MAIN
