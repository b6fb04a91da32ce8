// open(2), openat(2), openat2(2), creat(2) in depth: every flag with every kind of file, and the limits of what they give.
#include "check.h"
#include <grp.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <sys/statfs.h>
#define AS_NOBODY(...) EXITED(CHILD({ OK(setgroups(0, 0)); OK(setresgid(65534, 65534, 65534)); OK(setresuid(65534, 65534, 65534)); __VA_ARGS__; }), 0)

static long openat2_(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {flags, mode, resolve};
    return syscall(SYS_openat2, dir, path, &how, sizeof how);
}

CASE(create_exclusive) {
    struct stat s;
    put("f", "x");
    ERR(open("f", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
    symlink("none", "dangling");
    ERR(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
    OK(open("dangling", O_CREAT | O_WRONLY, 0600)); // made through the link
    OK(lstat("none", &s)); EQ(s.st_mode, S_IFREG | 0600);
    symlink("f", "link");
    ERR(open("link", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    mkdir("d", 0755);
    ERR(open("d", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    ERR(open("d", O_CREAT | O_RDONLY, 0600), EISDIR);
    ERR(open(".", O_CREAT | O_RDONLY, 0600), EISDIR);
    ERR(open("d/", O_CREAT | O_RDONLY, 0600), EISDIR);
    ERR(open("new/", O_CREAT | O_RDONLY, 0600), EISDIR);
    ERR(open("/", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    ERR(open("none2/x", O_CREAT | O_RDWR, 0600), ENOENT);
    ERR(open("f/x", O_CREAT | O_RDWR, 0600), ENOTDIR);
    ERR(open("", O_CREAT | O_RDWR, 0600), ENOENT);
    symlink("loop", "loop");
    ERR(open("loop", O_CREAT | O_RDWR, 0600), ELOOP);
    ERR(open("loop", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    ERR(open("loop/x", O_RDONLY), ELOOP);
    symlink("d/../deep/none", "through");
    ERR(open("through", O_CREAT | O_RDWR, 0600), ENOENT);
    int fd = OK(open("excl", O_EXCL | O_CREAT | O_RDWR, 0)); // mode 0, and yet open for both
    EQ(write(fd, "hi", 2), 2); EQ(lseek(fd, 0, SEEK_SET), 0);
    char b[4]; EQ(read(fd, b, 4), 2);
    OK(fstat(fd, &s)); EQ(s.st_mode & 07777, 0);
    // O_EXCL without O_CREAT on a regular file does nothing.
    OK(open("f", O_EXCL | O_RDONLY));
}
CASE(mode_bits_of_new_files) {
    struct stat s;
    umask(0);
    OK(close(open("a", O_CREAT | O_WRONLY, 07777))); OK(stat("a", &s)); EQ(s.st_mode & 07777, 07777);
    umask(0777);
    OK(close(open("b", O_CREAT | O_WRONLY, 0777))); OK(stat("b", &s)); EQ(s.st_mode & 07777, 0);
    umask(0027);
    OK(close(open("c", O_CREAT | O_WRONLY, 06666))); OK(stat("c", &s)); EQ(s.st_mode & 07777, 06640);
    OK(close(creat("e", 0100644))); OK(stat("e", &s)); EQ(s.st_mode, S_IFREG | 0640);
    // An existing file keeps its mode.
    OK(close(open("a", O_CREAT | O_WRONLY, 0))); OK(stat("a", &s)); EQ(s.st_mode & 07777, 07777);
    EQ(umask(0), 0027);
}
CASE(no_follow) {
    put("f", "x"); symlink("f", "l"); mkdir("d", 0755); put("d/g", "y"); symlink("d", "ld"); symlink("l", "ll");
    ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
    ERR(open("ll", O_RDONLY | O_NOFOLLOW), ELOOP);
    ERR(open("l", O_RDWR | O_NOFOLLOW | O_CREAT, 0600), ELOOP);
    ERR(open("l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
    ERR(open("ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
    ERR(open("ld", O_RDONLY | O_NOFOLLOW), ELOOP);
    OK(open("ld/g", O_RDONLY | O_NOFOLLOW)); // only the last counts
    OK(open("ld/", O_RDONLY | O_NOFOLLOW)); // a slash makes it not the last
    OK(open("ld/.", O_RDONLY | O_NOFOLLOW));
    OK(open("f", O_RDONLY | O_NOFOLLOW));
    int fd = OK(open("l", O_PATH | O_NOFOLLOW));
    struct stat s; OK(fstat(fd, &s)); CHECK(S_ISLNK(s.st_mode));
    char b[8]; EQ(readlinkat(fd, "", b, 8), 1); EQ(b[0], 'f');
    ERR(openat(fd, "", O_RDONLY), ENOENT);
    ERR(openat(fd, "x", O_RDONLY), ENOTDIR);
}
CASE(directories) {
    mkdir("d", 0755); put("f", "x");
    ERR(open("d", O_WRONLY), EISDIR);
    ERR(open("d", O_RDWR), EISDIR);
    ERR(open("d", O_RDONLY | O_TRUNC), EISDIR);
    ERR(open("f", O_DIRECTORY), ENOTDIR);
    ERR(open("f", O_DIRECTORY | O_PATH), ENOTDIR);
    ERR(open("none", O_DIRECTORY), ENOENT);
    ERR(open("d", O_DIRECTORY | O_CREAT, 0755), EINVAL);
    ERR(open("new", O_DIRECTORY | O_CREAT, 0755), EINVAL);
    ERR(open("d", O_DIRECTORY | O_CREAT | O_EXCL, 0755), EINVAL);
    ERR(open("/dev/null", O_DIRECTORY), ENOTDIR);
    int d = OK(open("d", O_RDONLY | O_DIRECTORY));
    char b[8];
    ERR(read(d, b, 8), EISDIR);
    ERR(pread(d, b, 8, 0), EISDIR);
    ERR(read(d, b, 0), EISDIR);
    ERR(write(d, b, 8), EBADF);
    ERR(ftruncate(d, 0), EINVAL);
    ERR(posix_fallocate(d, 0, 1) ? (errno = EBADF, -1) : 0, EBADF);
    ERR(mmap(0, 4096, PROT_READ, MAP_PRIVATE, d, 0) == MAP_FAILED ? -1 : 0, ENODEV);
    OK(fsync(d)); OK(fdatasync(d));
    EQ(fcntl(d, F_GETFL), O_RDONLY | O_DIRECTORY | 0100000);
    OK(openat(d, "new", O_CREAT | O_WRONLY, 0644));
    OK(openat(d, ".", O_RDONLY));
    ERR(openat(d, "../none", O_RDONLY), ENOENT);
    int f = OK(open("f", O_RDONLY));
    ERR(openat(f, "x", O_RDONLY), ENOTDIR);
    ERR(openat(99, "x", O_RDONLY), EBADF);
    OK(openat(99, "/dev/null", O_RDONLY)); // not looked at
    ERR(openat(-1, "f", O_RDONLY), EBADF);
    ERR(openat(f, "", O_RDONLY), ENOENT);
}
CASE(truncation) {
    struct stat s;
    put("f", "hello");
    OK(close(open("f", O_RDONLY | O_TRUNC))); // Linux truncates even so
    OK(stat("f", &s)); EQ(s.st_size, 0);
    put("f", "hello");
    OK(close(open("f", O_WRONLY | O_CREAT, 0600))); OK(stat("f", &s)); EQ(s.st_size, 5);
    chmod("f", 0444);
    AS_NOBODY(ERR(open("f", O_RDONLY | O_TRUNC), EACCES));
    OK(stat("f", &s)); EQ(s.st_size, 5);
    chmod("f", 06755);
    OK(close(open("f", O_WRONLY | O_TRUNC))); OK(stat("f", &s)); EQ(s.st_mode & 07777, 06755); // CAP_FSETID
    chown("f", 65534, 65534); chmod("f", 06755); put("f", "x"); chmod("f", 06755);
    AS_NOBODY({ OK(close(open("f", O_WRONLY | O_TRUNC))); });
    OK(stat("f", &s)); EQ(s.st_mode & 07777, 0755); EQ(s.st_size, 0);
    mkfifo("p", 0600);
    int fd = OK(open("p", O_RDWR | O_TRUNC)); close(fd);
    OK(open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0600));
    symlink("f", "l"); put("f", "abc");
    OK(close(open("l", O_WRONLY | O_TRUNC))); OK(stat("f", &s)); EQ(s.st_size, 0);
}
CASE(path_only) {
    struct stat s; struct statfs sf; char b[16];
    put("f", "hello"); mkdir("d", 0755); put("d/x", "");
    int fd = OK(open("f", O_PATH | O_RDWR | O_APPEND | O_CLOEXEC));
    EQ(fcntl(fd, F_GETFL), O_PATH);
    EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ERR(read(fd, b, 1), EBADF); ERR(write(fd, b, 1), EBADF); ERR(pread(fd, b, 1, 0), EBADF);
    ERR(lseek(fd, 0, SEEK_SET), EBADF); ERR(ioctl(fd, FIONREAD, b), EBADF); ERR(ftruncate(fd, 0), EBADF);
    ERR(fchmod(fd, 0600), EBADF); ERR(fchown(fd, 0, 0), EBADF); ERR(fsync(fd), EBADF);
    ERR(fcntl(fd, F_SETFL, 0), EBADF); ERR(fcntl(fd, F_GETLK, &(struct flock){.l_type = F_RDLCK}), EBADF);
    ERR(fgetxattr(fd, "user.x", b, 4), EBADF); ERR(flistxattr(fd, b, 4), EBADF);
    ERR(mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0, EBADF);
    ERR(sendfile(fd, fd, 0, 1), EBADF);
    ERR(syscall(SYS_getdents64, fd, b, 16), EBADF);
    ERR(futimens(fd, 0), EBADF);
    OK(fstat(fd, &s)); EQ(s.st_size, 5); OK(fstatfs(fd, &sf));
    OK(fstatat(fd, "", &s, AT_EMPTY_PATH));
    int d2 = OK(dup(fd)); close(d2);
    OK(fchownat(fd, "", 0, 0, AT_EMPTY_PATH));
    OK(faccessat(fd, "", R_OK, AT_EMPTY_PATH));
    OK(linkat(fd, "", AT_FDCWD, "f2", AT_EMPTY_PATH));
    ERR(fchdir(fd), ENOTDIR);
    int d = OK(open("d", O_PATH));
    OK(openat(d, "x", O_RDONLY)); OK(fstatat(d, "x", &s, 0)); OK(fchdir(d)); OK(stat("x", &s));
    char proc[64]; snprintf(proc, 64, "/proc/self/fd/%d", fd);
    int r = OK(open(proc, O_RDWR)); EQ(read(r, b, 16), 5);
    // No permission on the file is needed, on the way there it is.
    OK(chdir("..")); chmod("f", 0);
    AS_NOBODY({ OK(open("f", O_PATH)); ERR(open("f", O_RDONLY), EACCES); });
    chmod("d", 0);
    AS_NOBODY({ ERR(open("d/x", O_PATH), EACCES); OK(open("d", O_PATH)); ERR(open("d", O_RDONLY), EACCES); });
    OK(open("none", O_PATH | O_CREAT, 0600) < 0 ? 0 : -1);
}
CASE(temporary_files) {
    struct stat s;
    mkdir("d", 0755); put("f", "");
    int fd = OK(open("d", O_TMPFILE | O_RDWR, 0640));
    OK(fstat(fd, &s)); EQ(s.st_nlink, 0); EQ(s.st_mode, S_IFREG | 0640);
    EQ(write(fd, "data", 4), 4);
    char proc[64]; snprintf(proc, 64, "/proc/self/fd/%d", fd);
    OK(linkat(AT_FDCWD, proc, AT_FDCWD, "d/named", AT_SYMLINK_FOLLOW));
    OK(stat("d/named", &s)); EQ(s.st_nlink, 1); EQ(s.st_size, 4);
    ERR(linkat(AT_FDCWD, proc, AT_FDCWD, "d/named", AT_SYMLINK_FOLLOW), EEXIST);
    int g = OK(open("d", O_TMPFILE | O_WRONLY, 0600));
    OK(linkat(g, "", AT_FDCWD, "d/two", AT_EMPTY_PATH));
    int x = OK(open("d", O_TMPFILE | O_EXCL | O_RDWR, 0600));
    ERR(linkat(x, "", AT_FDCWD, "d/three", AT_EMPTY_PATH), ENOENT);
    ERR(open("d", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    ERR(open("d", O_TMPFILE | O_CREAT | O_RDWR, 0600), EINVAL);
    ERR(open("d", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600), EINVAL);
    ERR(open("f", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
    ERR(open("none", O_TMPFILE | O_RDWR, 0600), ENOENT);
    ERR(open("/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
    chmod("d", 0555);
    AS_NOBODY(ERR(open("d", O_TMPFILE | O_RDWR, 0600), EACCES));
    int t = OK(open(".", O_TMPFILE | O_RDWR, 0600));
    EQ(fcntl(t, F_GETFL), O_TMPFILE | O_RDWR | 0100000);
    umask(0); t = OK(open(".", O_TMPFILE | O_RDWR, 06777)); OK(fstat(t, &s)); EQ(s.st_mode & 07777, 06777);
    char link[128] = ""; snprintf(proc, 64, "/proc/self/fd/%d", t);
    OK(readlink(proc, link, 127)); CHECK(strstr(link, " (deleted)") != 0); CHECK(strstr(link, "/#") != 0);
}
CASE(status_flags) {
    put("f", "x");
    int fd = OK(open("f", O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | O_NOCTTY | O_EXCL | O_CLOEXEC | O_NOFOLLOW));
    EQ(fcntl(fd, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | O_NOFOLLOW | 0100000);
    fd = OK(open("f", O_WRONLY | O_DSYNC));
    EQ(fcntl(fd, F_GETFL), O_WRONLY | O_DSYNC | 0100000);
    // Setting: only some stick.
    OK(fcntl(fd, F_SETFL, O_RDWR | O_APPEND | O_SYNC | O_CREAT | O_TRUNC));
    EQ(fcntl(fd, F_GETFL), O_WRONLY | O_DSYNC | O_APPEND | 0100000);
    OK(fcntl(fd, F_SETFL, 0));
    EQ(fcntl(fd, F_GETFL), O_WRONLY | O_DSYNC | 0100000);
    // Access mode 3: neither read nor write, only ioctls.
    fd = OK(open("f", 3));
    char b[2]; ERR(read(fd, b, 1), EBADF); ERR(write(fd, b, 1), EBADF); EQ(fcntl(fd, F_GETFL) & 3, 3);
    // Unknown bits are ignored by open, refused by openat2.
    OK(open("f", O_RDONLY | 0x40000000));
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY | 0x40000000, 0, 0), EINVAL);
    int nullfd = OK(open("/dev/null", O_RDWR | O_APPEND)); EQ(fcntl(nullfd, F_GETFL) & O_APPEND, O_APPEND);
    chown("f", 1, 1); chmod("f", 0666);
    AS_NOBODY(ERR(open("f", O_RDONLY | O_NOATIME), EPERM); int r = OK(open("f", O_RDONLY)); ERR(fcntl(r, F_SETFL, O_NOATIME), EPERM));
}
CASE(bad_pointers_and_lengths) {
    char name[300];
    ERR(open(BAD, O_RDONLY), EFAULT);
    ERR(open((char *)-1, O_RDONLY), EFAULT);
    ERR(syscall(SYS_open, 0, O_CREAT | O_RDWR, 0600), EFAULT);
    memset(name, 'a', 256); name[256] = 0;
    ERR(open(name, O_RDONLY), ENAMETOOLONG); ERR(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    strcpy(name + 256, "/x"); ERR(open(name, O_RDONLY), ENAMETOOLONG);
    // A path that ends at the last byte of a mapping.
    char *m = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(m + 4096, 4096);
    put("f", "x"); memcpy(m + 4094, "f", 2); OK(open(m + 4094, O_RDONLY));
    m[4095] = 'f'; ERR(open(m + 4094, O_RDONLY), EFAULT);
    struct open_how how = {0};
    ERR(syscall(SYS_openat2, AT_FDCWD, "f", BAD, sizeof how), EFAULT);
    ERR(syscall(SYS_openat2, AT_FDCWD, "f", &how, 0), EINVAL);
    ERR(syscall(SYS_openat2, AT_FDCWD, "f", &how, sizeof how - 1), EINVAL);
    ERR(syscall(SYS_openat2, AT_FDCWD, "f", &how, 5000), E2BIG);
    char big[64] = {0}; OK(syscall(SYS_openat2, AT_FDCWD, "f", big, 64));
    big[40] = 1; ERR(syscall(SYS_openat2, AT_FDCWD, "f", big, 64), E2BIG);
}
CASE(openat2_checks) {
    put("f", "x"); mkdir("d", 0755);
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0644, 0), EINVAL); // a mode without O_CREAT
    ERR(openat2_(AT_FDCWD, "n", O_CREAT | O_RDWR, 010644, 0), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY | (1ull << 40), 0, 0), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0, 0x40), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0, 1ull << 33), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_PATH | O_RDWR, 0, 0), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_PATH | O_CREAT, 0600, 0), EINVAL);
    OK(openat2_(AT_FDCWD, "f", O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, 0));
    OK(openat2_(AT_FDCWD, "d", O_PATH | O_DIRECTORY, 0, 0));
    ERR(openat2_(AT_FDCWD, "new", O_DIRECTORY | O_CREAT | O_RDWR, 0600, 0), EINVAL);
    ERR(openat2_(AT_FDCWD, "f", O_CREAT | O_RDWR, 0600, RESOLVE_CACHED), EAGAIN);
    ERR(openat2_(AT_FDCWD, "f", O_TRUNC | O_RDWR, 0, RESOLVE_CACHED), EAGAIN);
    ERR(openat2_(AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600, RESOLVE_CACHED), EAGAIN);
    struct stat s; stat("f", &s);
    int fd = OK(openat2_(AT_FDCWD, "f", O_RDONLY, 0, RESOLVE_CACHED)); close(fd);
    fd = OK(openat2_(AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600, 0)); close(fd);
    OK(openat2_(AT_FDCWD, "new", O_CREAT | O_RDWR, 07777, 0));
}
CASE(resolve_flags) {
    mkdir("r", 0755); mkdir("r/d", 0755); put("r/f", "x"); put("out", "y");
    symlink("../out", "r/up"); symlink("/dev/null", "r/abs"); symlink("f", "r/in"); symlink("d/../f", "r/around"); symlink("/f", "r/rootf");
    symlink("../../../../f", "r/d/high");
    int r = OK(open("r", O_PATH));
    OK(openat2_(r, "f", O_RDONLY, 0, RESOLVE_BENEATH)); OK(openat2_(r, "in", O_RDONLY, 0, RESOLVE_BENEATH));
    OK(openat2_(r, "around", O_RDONLY, 0, RESOLVE_BENEATH)); OK(openat2_(r, "d/..", O_RDONLY, 0, RESOLVE_BENEATH));
    ERR(openat2_(r, "up", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV); ERR(openat2_(r, "abs", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(r, "..", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV); ERR(openat2_(r, "/", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(r, "rootf", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV); ERR(openat2_(r, "d/../../r/f", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    OK(openat2_(r, "rootf", O_RDONLY, 0, RESOLVE_IN_ROOT)); OK(openat2_(r, "/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
    OK(openat2_(r, "../../f", O_RDONLY, 0, RESOLVE_IN_ROOT)); OK(openat2_(r, "d/high", O_RDONLY, 0, RESOLVE_IN_ROOT));
    ERR(openat2_(r, "up", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT); ERR(openat2_(r, "abs", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT);
    ERR(openat2_(r, "in", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP); OK(openat2_(r, "f", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
    ERR(openat2_(r, "in", O_PATH, 0, RESOLVE_NO_SYMLINKS), ELOOP); OK(openat2_(r, "in", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
    ERR(openat2_(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
    ERR(openat2_(AT_FDCWD, "/proc/self/root/dev", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
    OK(openat2_(AT_FDCWD, "/proc/self/status", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS)); // "self" is an ordinary link
    OK(openat2_(AT_FDCWD, "/proc/self/exe", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_MAGICLINKS));
    int root = OK(open("/", O_PATH));
    ERR(openat2_(root, "proc/version", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    OK(openat2_(root, "tmp", O_RDONLY, 0, RESOLVE_NO_XDEV));
    int proc = OK(open("/proc", O_PATH));
    ERR(openat2_(proc, "..", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV); OK(openat2_(proc, "version", O_RDONLY, 0, RESOLVE_NO_XDEV));
    ERR(openat2_(proc, "self/exe", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    ERR(openat2_(proc, "self/exe", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(proc, "self/root", O_PATH, 0, RESOLVE_IN_ROOT), EXDEV);
    int made = OK(openat2_(r, "/made", O_CREAT | O_RDWR, 0600, RESOLVE_IN_ROOT)); struct stat s; OK(fstatat(r, "made", &s, 0)); close(made);
    ERR(openat2_(r, "../made", O_CREAT | O_RDWR, 0600, RESOLVE_BENEATH), EXDEV);
    ERR(openat2_(r, "up", O_CREAT | O_RDWR, 0600, RESOLVE_BENEATH), EXDEV);
}
CASE(busy_text) {
    int in = OK(open("/bin/true", O_RDONLY)), out = OK(open("prog", O_CREAT | O_WRONLY, 0755));
    CHECK(sendfile(out, in, 0, 1 << 24) > 1000); close(out);
    int p[2]; pipe(p);
    out = OK(open("prog", O_WRONLY));
    EXITED(CHILD({ execl("./prog", "prog", (char *)0); _exit(errno == ETXTBSY ? 3 : 4); }), 3);
    close(out);
    in = OK(open("/bin/sleep", O_RDONLY)); out = OK(open("sleeper", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    CHECK(sendfile(out, in, 0, 1 << 24) > 1000); close(out);
    pid_t c = CHILD({ close(p[0]); fcntl(p[1], F_SETFD, FD_CLOEXEC); execl("./sleeper", "sleeper", "20", (char *)0); });
    close(p[1]); char b; EQ(read(p[0], &b, 1), 0);
    ERR(open("sleeper", O_WRONLY), ETXTBSY); ERR(open("sleeper", O_RDWR), ETXTBSY); ERR(open("sleeper", O_RDONLY | O_TRUNC), ETXTBSY);
    ERR(truncate("sleeper", 0), ETXTBSY);
    OK(open("sleeper", O_RDONLY)); OK(chmod("sleeper", 0700)); OK(unlink("sleeper"));
    kill(c, SIGKILL); KILLED(c, SIGKILL);
}
CASE(special_files) {
    struct sockaddr_un a = {AF_UNIX, "sock"};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    OK(bind(s, (void *)&a, sizeof a));
    ERR(open("sock", O_RDONLY), ENXIO); ERR(open("sock", O_WRONLY), ENXIO); OK(open("sock", O_PATH));
    ERR(open("sock", O_RDONLY | O_CREAT, 0600), ENXIO);
    mkfifo("p", 0600);
    ERR(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
    OK(open("p", O_RDONLY | O_NONBLOCK)); OK(open("p", O_WRONLY | O_NONBLOCK)); OK(open("p", O_RDWR));
    OK(mknod("nodev", S_IFCHR | 0600, makedev(250, 77)));
    ERR(open("nodev", O_RDONLY), ENXIO);
    OK(mknod("noblk", S_IFBLK | 0600, makedev(250, 77)));
    ERR(open("noblk", O_RDONLY), ENXIO);
    OK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
    int fd = OK(open("null", O_RDWR)); EQ(write(fd, "x", 1), 1);
    ERR(open("/proc/self/mem/x", O_RDONLY), ENOTDIR);
    ERR(open("/dev/tty", O_RDWR) < 0 ? -1 : (errno = ENXIO, -1), ENXIO);
}
CASE(permissions_of_others) {
    mkdir("d", 0711); put("d/r", "x"); chmod("d/r", 0444); put("d/w", "x"); chmod("d/w", 0222); put("d/none", ""); chmod("d/none", 0);
    AS_NOBODY({
        OK(open("d/r", O_RDONLY)); ERR(open("d/r", O_WRONLY), EACCES); ERR(open("d/r", O_RDWR), EACCES);
        OK(open("d/w", O_WRONLY)); ERR(open("d/w", O_RDONLY), EACCES);
        ERR(open("d/none", O_RDONLY), EACCES); ERR(open("d/none", 3), EACCES);
        ERR(open("d", O_RDONLY), EACCES); ERR(open("d/new", O_CREAT | O_WRONLY, 0600), EACCES);
        OK(open("d/r", O_CREAT | O_RDONLY, 0600)); ERR(open("d/none2", O_RDONLY), ENOENT);
    });
    // Root reads and writes what it likes but does not execute what nobody may.
    OK(open("d/none", O_RDWR));
    ERR(execl("d/none", "x", (char *)0), EACCES);
    // The owner's bits count for the owner even when others may more.
    put("o", "x"); chown("o", 65534, 65534); chmod("o", 0066);
    AS_NOBODY(ERR(open("o", O_RDONLY), EACCES); OK(chmod("o", 0600)); OK(open("o", O_RDWR)));
}
CASE(descriptor_limit) {
    struct { long cur, max; } r = {20, 4096};
    OK(syscall(SYS_setrlimit, 7, &r));
    int last = -1, fd;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0) last = fd;
    EQ(errno, EMFILE); EQ(last, 19);
    ERR(open("made", O_CREAT | O_RDWR, 0600), EMFILE);
    ERR(access("made", F_OK), ENOENT); // no descriptor, no file
    ERR(dup(0), EMFILE); ERR(dup2(0, 20), EBADF); ERR(dup3(0, 20, 0), EBADF); ERR(fcntl(0, F_DUPFD, 20), EINVAL); ERR(fcntl(0, F_DUPFD, 10), EMFILE);
    int p[2]; ERR(pipe(p), EMFILE); ERR(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE); ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, p), EMFILE);
    close(19); ERR(pipe(p), EMFILE); OK(dup(0));
    r.cur = 10; OK(syscall(SYS_setrlimit, 7, &r)); // those above stay open
    EQ(fcntl(15, F_GETFD), 0); close(5); EQ(dup(0), 5); ERR(dup(0), EMFILE); OK(dup2(0, 9));
}
TEST_MAIN
