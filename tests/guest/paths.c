// Names: path walk, links, rename, directories, permissions, modes and owners, working directory, access.
#include "check.h"
#include <grp.h>
#include <limits.h>
#include <sys/fsuid.h>
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static int is_root(void) { return geteuid() == 0; }
// Runs the block as the user and group 65534 in a child; needs root.
#define AS_NOBODY(...) EXITED(CHILD({ OK(setgroups(0, 0)); OK(setresgid(65534, 65534, 65534)); OK(setresuid(65534, 65534, 65534)); __VA_ARGS__; }), 0)

CASE(walk_limits) {
    char long_name[300], path[5000];
    struct stat s;
    memset(long_name, 'n', 299); long_name[256] = 0;
    ERR(open(long_name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    ERR(stat(long_name, &s), ENAMETOOLONG);
    long_name[255] = 0;
    OK(open(long_name, O_CREAT | O_RDWR, 0600));
    for (int i = 0; i < 4994; i += 2) memcpy(path + i, "./", 3);
    path[4095] = 0;
    OK(stat(path, &s)); // 4095 characters
    memset(path, '/', 4999); path[4096] = 0;
    ERR(stat(path, &s), ENAMETOOLONG);
    symlink("self", "self");
    ERR(stat("self", &s), ELOOP);
    ERR(stat("self/x", &s), ELOOP);
    OK(lstat("self", &s));
    put("end", "x");
    symlink("end", "l0");
    for (int i = 1; i <= 41; i++) { char a[8], b[8]; snprintf(a, 8, "l%d", i - 1); snprintf(b, 8, "l%d", i); OK(symlink(a, b)); }
    OK(stat("l39", &s)); // 40 links followed
    ERR(stat("l40", &s), ELOOP);
    OK(stat("///dev//./null", &s));
    OK(stat("/..", &s)); OK(stat("/../../dev/null", &s));
}
CASE(trailing_slashes_and_dots) {
    struct stat s;
    put("f", "x"); mkdir("d", 0755); symlink("d", "ld"); symlink("f", "lf"); symlink("none", "dang");
    ERR(stat("f/", &s), ENOTDIR);
    ERR(stat("lf/", &s), ENOTDIR);
    ERR(stat("f/.", &s), ENOTDIR);
    ERR(stat("f/..", &s), ENOTDIR);
    OK(stat("d/", &s)); OK(stat("d//", &s));
    OK(lstat("ld", &s)); CHECK(S_ISLNK(s.st_mode));
    OK(lstat("ld/", &s)); CHECK(S_ISDIR(s.st_mode));
    ERR(mkdir("d/", 0755), EEXIST);
    OK(mkdir("new/", 0755)); OK(rmdir("new/"));
    ERR(rmdir("d/."), EINVAL);
    mkdir("d/e", 0755);
    ERR(rmdir("d/e/.."), ENOTEMPTY);
    ERR(unlink("f/"), ENOTDIR);
    ERR(mkdir("dang/", 0755), EEXIST);
    ERR(mkdir("dang", 0755), EEXIST);
    ERR(rename("f", "g/"), ENOTDIR);
    OK(rename("d", "h/"));
    ERR(rename("h/e/.", "x"), EBUSY);
    ERR(symlink("x", "sl/"), ENOENT);
    ERR(open("f/", O_CREAT | O_RDWR, 0600), EISDIR);
    ERR(rmdir("/"), EBUSY);
}
CASE(mkdir_rmdir_errors) {
    put("f", "x"); mkdir("d", 0755); put("d/x", "");
    ERR(mkdir("f", 0755), EEXIST);
    ERR(mkdir("no/x", 0755), ENOENT);
    ERR(mkdir("f/x", 0755), ENOTDIR);
    ERR(mkdir("/", 0755), EEXIST);
    ERR(rmdir("f"), ENOTDIR);
    ERR(rmdir("d"), ENOTEMPTY);
    ERR(rmdir("no"), ENOENT);
    ERR(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR), ENOTDIR);
    ERR(unlinkat(AT_FDCWD, "d", 0), EISDIR);
    ERR(unlink("d"), EISDIR);
    ERR(unlinkat(AT_FDCWD, "f", 0x40), EINVAL);
    struct stat s;
    mkdir("n", 0755);
    stat("n", &s);
    nlink_t links = s.st_nlink;
    mkdir("n/a", 0755);
    stat("n", &s);
    EQ(s.st_nlink == links + 1 || links == 1, 1);
}
CASE(link_rules) {
    put("f", "x"); mkdir("d", 0755); symlink("f", "l");
    OK(link("f", "g"));
    struct stat a, b;
    stat("f", &a); stat("g", &b);
    EQ(a.st_ino, b.st_ino); EQ(a.st_nlink, 2);
    ERR(link("f", "g"), EEXIST);
    ERR(link("d", "e"), EPERM);
    ERR(link("no", "e"), ENOENT);
    ERR(link("f", "no/e"), ENOENT);
    OK(link("l", "l2")); // the link itself
    lstat("l2", &b); CHECK(S_ISLNK(b.st_mode));
    OK(linkat(AT_FDCWD, "l", AT_FDCWD, "f2", AT_SYMLINK_FOLLOW));
    stat("f2", &b); EQ(b.st_ino, a.st_ino);
    ERR(linkat(AT_FDCWD, "f", AT_FDCWD, "x", 0x4000), EINVAL);
    OK(unlink("f")); OK(unlink("f2"));
    STR(slurp("g"), "x");
    stat("g", &a); EQ(a.st_nlink, 1);
}
CASE(symlinks_and_readlink) {
    char b[32], big[5000];
    OK(symlink("target", "l"));
    memset(b, '#', 32);
    EQ(readlink("l", b, 32), 6); EQ(b[6], '#');
    EQ(readlink("l", b, 3), 3);
    ERR(readlink("l", b, 0), EINVAL);
    put("f", "x");
    ERR(readlink("f", b, 32), EINVAL);
    ERR(readlink("no", b, 32), ENOENT);
    ERR(symlink("x", "l"), EEXIST);
    ERR(symlink("", "e"), ENOENT);
    memset(big, 'a', 4999); big[4096] = 0;
    ERR(symlink(big, "e"), ENAMETOOLONG);
    OK(symlink("/", "root"));
    struct stat s;
    OK(stat("root/dev/null", &s));
    mkdir("d", 0755); put("d/f", "in"); symlink("../f", "d/up");
    STR(slurp("d/up"), "x");
    ERR(chmod("l", 0600), ENOENT);
}
CASE(rename_rules) {
    put("a", "A"); put("b", "B"); mkdir("d", 0755); mkdir("e", 0755); mkdir("full", 0755); put("full/x", "");
    OK(rename("a", "b")); STR(slurp("b"), "A");
    ERR(rename("a", "c"), ENOENT);
    ERR(rename("b", "d"), EISDIR);
    ERR(rename("d", "b"), ENOTDIR);
    OK(rename("d", "e"));
    ERR(rename("e", "full"), ENOTEMPTY);
    ERR(rename("full", "full/sub"), EINVAL);
    ERR(rename("b", "no/b"), ENOENT);
    ERR(rename("b", "/proc/b"), EXDEV);
    OK(rename("b", "b"));
    OK(link("b", "b2")); OK(rename("b", "b2")); // same inode: nothing happens
    OK(access("b", F_OK)); OK(access("b2", F_OK));
    ERR(rename(".", "x"), EBUSY);
    ERR(rename("e", ""), ENOENT);
    symlink("full", "l"); OK(rename("l", "l2"));
    struct stat s;
    lstat("l2", &s); CHECK(S_ISLNK(s.st_mode));
    mkdir("p", 0755); OK(rename("full", "p/full")); OK(access("p/full/x", F_OK));
    int fd = OK(open("b", O_RDONLY));
    OK(rename("b2", "gone"));
    char c;
    EQ(read(fd, &c, 1), 1);
}
CASE(renameat2_flags) {
    put("a", "A"); put("b", "B"); mkdir("d", 0755); put("d/x", "X");
    ERR(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
    OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
    OK(renameat2(AT_FDCWD, "c", AT_FDCWD, "b", RENAME_EXCHANGE));
    STR(slurp("b"), "A"); STR(slurp("c"), "B");
    OK(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", RENAME_EXCHANGE));
    STR(slurp("c/x"), "X"); STR(slurp("d"), "B");
    ERR(renameat2(AT_FDCWD, "b", AT_FDCWD, "no", RENAME_EXCHANGE), ENOENT);
    ERR(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    ERR(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", 0x40), EINVAL);
    ERR(renameat2(AT_FDCWD, "c", AT_FDCWD, "c/x", RENAME_EXCHANGE), EINVAL);
}
CASE(umask_and_modes) {
    struct stat s;
    umask(027);
    close(open("f", O_CREAT | O_WRONLY, 0666)); stat("f", &s); EQ(s.st_mode & 07777, 0640);
    mkdir("d", 0777); stat("d", &s); EQ(s.st_mode & 07777, 0750);
    mkfifo("p", 0666); stat("p", &s); EQ(s.st_mode & 07777, 0640);
    umask(0);
    mkdir("t", 01777); stat("t", &s); EQ(s.st_mode & 07777, 01777);
    close(open("s", O_CREAT | O_WRONLY, 06755)); stat("s", &s); EQ(s.st_mode & 07777, 06755);
    OK(chmod("f", 0)); stat("f", &s); EQ(s.st_mode & 07777, 0);
    OK(fchmodat(AT_FDCWD, "f", 04711, 0)); stat("f", &s); EQ(s.st_mode & 07777, 04711);
    ERR(chmod("no", 0), ENOENT);
    ERR(fchmod(999, 0), EBADF);
    OK(fchmod(open("f", O_WRONLY), 0644));
    OK(syscall(SYS_mknodat, AT_FDCWD, "r", S_IFREG | 0600, 0)); stat("r", &s); CHECK(S_ISREG(s.st_mode));
    ERR(mknod("r", S_IFREG | 0600, 0), EEXIST);
    ERR(mknod("x", S_IFDIR | 0600, 0), EPERM);
}
CASE(permission_bits_bind_users) {
    if (!is_root()) SKIP("needs root to become another user");
    chmod(".", 0755);
    put("secret", "x"); chmod("secret", 0600);
    put("read", "x"); chmod("read", 0644);
    mkdir("closed", 0700); put("closed/f", "x");
    mkdir("noexec", 0644); put("noexec/f", "x");
    mkdir("noread", 0711); put("noread/f", "x");
    mkdir("open", 0777); chmod("open", 0777);
    put("grp", "x"); chmod("grp", 0604); OK(chown("grp", 0, 65534));
    put("mine", "x"); OK(chown("mine", 65534, 65534)); chmod("mine", 0077);
    AS_NOBODY({
        struct stat s;
        ERR(open("secret", O_RDONLY), EACCES);
        OK(open("read", O_RDONLY));
        ERR(open("read", O_RDWR), EACCES);
        ERR(open("closed/f", O_RDONLY), EACCES);
        ERR(stat("closed/f", &s), EACCES);
        ERR(stat("noexec/f", &s), EACCES);
        OK(open("noexec", O_RDONLY | O_DIRECTORY));
        ERR(open("noread", O_RDONLY | O_DIRECTORY), EACCES);
        OK(stat("noread/f", &s));
        ERR(open("grp", O_RDONLY), EACCES); // the group's bits bind, not the others'
        ERR(open("mine", O_RDONLY), EACCES); // the owner's bits bind
        OK(chmod("mine", 0600));
        OK(open("mine", O_RDWR));
        ERR(chmod("read", 0777), EPERM);
        ERR(chown("mine", 0, -1), EPERM);
        ERR(chown("mine", -1, 0), EPERM);
        OK(chown("mine", -1, 65534));
        ERR(open("new", O_CREAT | O_WRONLY, 0600), EACCES);
        ERR(mkdir("new", 0700), EACCES);
        ERR(unlink("read"), EACCES);
        ERR(rename("read", "open/read"), EACCES);
        ERR(link("mine", "new"), EACCES);
        OK(open("open/n", O_CREAT | O_WRONLY, 0600));
        ERR(access("secret", R_OK), EACCES);
        OK(access("secret", F_OK));
        ERR(execl("read", "read", (char *)0), EACCES);
        ERR(mknod("open/dev", S_IFCHR | 0600, 0x103), EPERM);
        ERR(truncate("read", 0), EACCES);
        struct timespec t[2] = {{1, 0}, {1, 0}};
        ERR(utimensat(AT_FDCWD, "read", t, 0), EPERM);
        ERR(utimensat(AT_FDCWD, "read", 0, 0), EACCES);
        ERR(chdir("closed"), EACCES);
    });
}
CASE(sticky_directories) {
    if (!is_root()) SKIP("needs root to become another user");
    chmod(".", 0755);
    mkdir("t", 0); chmod("t", 01777);
    put("t/roots", "x"); chmod("t/roots", 0666);
    AS_NOBODY({
        OK(open("t/mine", O_CREAT | O_WRONLY, 0600));
        ERR(unlink("t/roots"), EPERM);
        ERR(rename("t/roots", "t/other"), EPERM);
        ERR(rename("t/mine", "t/roots"), EPERM);
        OK(rename("t/mine", "t/mine2"));
        OK(unlink("t/mine2"));
    });
}
CASE(setgid_directories) {
    if (!is_root()) SKIP("needs root to set groups");
    struct stat s;
    mkdir("d", 0755); OK(chown("d", 0, 1234)); OK(chmod("d", 02755));
    put("d/f", "x"); stat("d/f", &s); EQ(s.st_gid, 1234); EQ(s.st_mode & 07777, 0644);
    mkdir("d/e", 0755); stat("d/e", &s); EQ(s.st_gid, 1234); EQ(s.st_mode & 07777, 02755);
    chmod(".", 0755); chmod("d", 02777);
    AS_NOBODY({
        int fd = OK(open("d/g", O_CREAT | O_WRONLY, 02755));
        OK(fstat(fd, &s));
        EQ(s.st_gid, 1234);
        OK(fchmod(fd, 02755));
        OK(fstat(fd, &s));
        EQ(s.st_mode & 02000, 0); // not a member of the group: the bit is dropped
    });
}
CASE(chown_and_write_clear_suid) {
    if (!is_root()) SKIP("needs root to change owners");
    struct stat s;
    put("f", "x"); chmod("f", 06755);
    OK(chown("f", 65534, 65534)); stat("f", &s); EQ(s.st_mode & 07777, 0755); EQ(s.st_uid, 65534);
    chmod("f", 02745); OK(chown("f", 0, 0)); stat("f", &s); EQ(s.st_mode & 07777, 02745); // setgid without group execute means locking
    mkdir("d", 0755); chmod("d", 06755); OK(chown("d", 0, 0)); stat("d", &s); EQ(s.st_mode & 07777, 06755);
    chmod("f", 06777); chmod(".", 0755);
    AS_NOBODY({ int fd = OK(open("f", O_WRONLY)); EQ(write(fd, "y", 1), 1); });
    stat("f", &s); EQ(s.st_mode & 07777, 0777);
    chmod("f", 06777);
    int fd = OK(open("f", O_WRONLY)); EQ(write(fd, "z", 1), 1); stat("f", &s); EQ(s.st_mode & 07777, 06777); // CAP_FSETID
    OK(lchown("f", -1, -1)); OK(fchown(fd, 5, -1)); stat("f", &s); EQ(s.st_uid, 5); EQ(s.st_gid, 0);
    symlink("f", "l"); OK(lchown("l", 7, 7)); lstat("l", &s); EQ(s.st_uid, 7); stat("f", &s); EQ(s.st_uid, 5);
}
CASE(access_uses_real_ids) {
    if (!is_root()) SKIP("needs root to become another user");
    put("f", "x"); chmod("f", 0600); chmod(".", 0755);
    EXITED(CHILD({
        OK(setresuid(65534, 0, 0));
        ERR(access("f", R_OK), EACCES);
        OK(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
        OK(open("f", O_RDONLY));
        OK(seteuid(65534));
        ERR(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS), EACCES);
    }), 0);
    ERR(access("f", 8), EINVAL);
    ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x8000), EINVAL);
    ERR(access("f", X_OK), EACCES); // root needs one x bit
    OK(access(".", X_OK | W_OK | R_OK));
    OK(syscall(SYS_faccessat2, open("f", O_PATH), "", R_OK, AT_EMPTY_PATH));
}
CASE(filesystem_uid) {
    if (!is_root()) SKIP("needs root to change ids");
    put("f", "x"); chmod("f", 0600);
    EQ(setfsuid(65534), 0);
    ERR(open("f", O_RDONLY), EACCES);
    EQ(setfsuid(-1), 65534);
    EQ(setfsuid(0), 65534);
    OK(open("f", O_RDONLY));
}
CASE(working_directory) {
    char a[PATH_MAX], b[PATH_MAX];
    CHECK(getcwd(a, sizeof a) != 0);
    mkdir("d", 0755);
    OK(chdir("d"));
    CHECK(getcwd(b, sizeof b) != 0);
    EQ(strncmp(a, b, strlen(a)), 0);
    STR(b + strlen(a), "/d");
    EQ(syscall(SYS_getcwd, b, sizeof b), strlen(b) + 1);
    ERR(syscall(SYS_getcwd, b, 2), ERANGE);
    ERR(syscall(SYS_getcwd, BAD, 100), EFAULT);
    OK(rename("../d", "../moved"));
    CHECK(getcwd(b, sizeof b) != 0);
    STR(b + strlen(a), "/moved");
    OK(rmdir("../moved"));
    ERR(syscall(SYS_getcwd, b, sizeof b), ENOENT);
    ERR(open("x", O_CREAT | O_WRONLY, 0600), ENOENT);
    ERR(mkdir("x", 0700), ENOENT);
    struct stat s;
    OK(stat(".", &s)); EQ(s.st_nlink, 0);
    OK(chdir(".."));
    STR(getcwd(b, sizeof b), a);
    put("f", "x");
    ERR(chdir("f"), ENOTDIR);
    ERR(chdir("no"), ENOENT);
    ERR(fchdir(open("f", O_RDONLY)), ENOTDIR);
    ERR(fchdir(999), EBADF);
    symlink("/", "l"); OK(chdir("l")); STR(getcwd(b, sizeof b), "/");
}
CASE(chroot_confines) {
    if (!is_root()) SKIP("needs root");
    mkdir("jail", 0755); put("jail/f", "in"); put("f", "out"); symlink("/f", "jail/l");
    EXITED(CHILD({
        char b[100];
        OK(chroot("jail"));
        OK(chdir("/"));
        STR(getcwd(b, 100), "/");
        STR(slurp("/f"), "in"); STR(slurp("/../f"), "in"); STR(slurp("../../f"), "in"); STR(slurp("l"), "in");
        ERR(open("/etc/passwd", O_RDONLY), ENOENT);
    }), 0);
    ERR(chroot("f"), ENOTDIR);
    ERR(chroot("no"), ENOENT);
    AS_NOBODY(ERR(chroot("jail"), EPERM));
    EXITED(CHILD({ OK(chroot("jail")); char b[4096]; CHECK(syscall(SYS_getcwd, b, 4096) > 0); EQ(strncmp(b, "(unreachable)", 13), 0); }), 0);
}
CASE(same_directory_by_descriptor) {
    mkdir("d", 0755);
    int d = OK(open("d", O_RDONLY));
    OK(mkdirat(d, "sub", 0755)); put("d/f", "x");
    OK(renameat(d, "f", d, "g")); OK(linkat(d, "g", d, "h", 0)); OK(symlinkat("g", d, "s")); OK(unlinkat(d, "h", 0));
    char b[8];
    EQ(readlinkat(d, "s", b, 8), 1);
    OK(faccessat(d, "g", R_OK, 0)); OK(fchmodat(d, "g", 0600, 0)); OK(fchownat(d, "g", -1, -1, 0)); OK(unlinkat(d, "sub", AT_REMOVEDIR));
    int f = OK(open("d/g", O_RDONLY));
    ERR(mkdirat(f, "x", 0755), ENOTDIR);
    ERR(mkdirat(-1, "x", 0755), EBADF);
    OK(rename("d", "e"));
    OK(faccessat(d, "g", R_OK, 0));
    OK(mkfifoat(d, "p", 0600));
}
TEST_MAIN
