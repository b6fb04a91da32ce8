// Mount trees: tmpfs, bind, read-only, move, propagation flags, umount, pivot_root. Each case in a mount namespace of its own.
#include "check.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>

static void own_tree(void) {
    if (geteuid() != 0) SKIP("needs root");
    if (unshare(CLONE_NEWNS) < 0) SKIP("no mount namespace: %s", strerror(errno));
    NEED(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) == 0);
}
CASE(tmpfs_basics) {
    own_tree();
    mkdir("m", 0755); put("m/below", "x");
    OK(mount("tmpfs", "m", "tmpfs", 0, "size=1m,mode=0700"));
    struct stat s; struct statfs f;
    OK(stat("m", &s)); EQ(s.st_mode & 07777, 0700);
    ERR(access("m/below", F_OK), ENOENT);
    OK(statfs("m", &f)); EQ(f.f_type, 0x01021994); EQ(f.f_blocks * f.f_bsize, 1 << 20);
    put("m/f", "hello"); STR(slurp("m/f"), "hello");
    int fd = OK(open("m/big", O_RDWR | O_CREAT, 0600)); static char b[1 << 16];
    int n = 0; while (n < 100 && write(fd, b, sizeof b) > 0) n++;
    CHECK(n >= 14 && n < 18); ERR(write(fd, b, 1), ENOSPC);
    ERR(umount("m"), EBUSY);
    OK(umount2("m", MNT_DETACH));
    OK(access("m/below", F_OK));
    EQ(pwrite(fd, "x", 1, 0), 1);
    CHECK(strstr(slurp("/proc/self/mounts"), "guest-") == 0);
}
CASE(bind_mounts) {
    own_tree();
    mkdir("a", 0755); mkdir("b", 0755); put("a/f", "A"); put("file", "F"); put("target", "T");
    OK(mount("a", "b", 0, MS_BIND, 0)); STR(slurp("b/f"), "A");
    put("b/g", "G"); STR(slurp("a/g"), "G");
    OK(mount(0, "b", 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0));
    ERR(open("b/f", O_RDWR), EROFS); ERR(mkdir("b/x", 0755), EROFS); ERR(unlink("b/f"), EROFS); ERR(chmod("b/f", 0600), EROFS); ERR(access("b/f", W_OK), EROFS);
    OK(open("a/f", O_RDWR));
    OK(mount("file", "target", 0, MS_BIND, 0)); STR(slurp("target"), "F");
    ERR(unlink("target"), EBUSY); ERR(rename("target", "x"), EBUSY); ERR(rmdir("b"), EBUSY);
    ERR(rename("a/f", "b/h"), EXDEV);
    ERR(mount("a", "file", 0, MS_BIND, 0), ENOTDIR);
    OK(umount("target")); STR(slurp("target"), "T"); OK(umount("b"));
    ERR(umount("b"), EINVAL);
    CHECK(strstr(slurp("/proc/self/mountinfo"), " / / ") != 0);
}
CASE(mount_flags_bind) {
    own_tree();
    mkdir("m", 0755);
    OK(mount("t", "m", "tmpfs", MS_NOEXEC | MS_NODEV, 0));
    EXITED(CHILD(execl("/bin/cp", "cp", "/bin/true", "m/true", (char *)0)), 0);
    char *av[] = {"x", 0};
    ERR(execve("m/true", av, 0), EACCES);
    OK(mknod("m/null", S_IFCHR | 0666, 0x103)); ERR(open("m/null", O_RDONLY), EACCES);
    OK(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0)); ERR(open("m/x", O_CREAT | O_RDWR, 0600), EROFS);
    char *line = strstr(slurp("/proc/self/mounts"), "/m tmpfs ");
    CHECK(line && !strncmp(line, "/m tmpfs ro,", 12));
}
CASE(mount_errors) {
    own_tree();
    mkdir("m", 0755); put("f", "");
    ERR(mount("x", "no", "tmpfs", 0, 0), ENOENT);
    ERR(mount("x", "m", "nosuchfs", 0, 0), ENODEV);
    ERR(mount("x", "f", "tmpfs", 0, 0), ENOTDIR);
    ERR(mount("no", "m", 0, MS_BIND, 0), ENOENT);
    ERR(mount(0, "m", 0, MS_REMOUNT, 0), EINVAL);
    ERR(umount2("m", 0x100), EINVAL);
    ERR(umount("no"), ENOENT);
    ERR(mount("x", "m", "tmpfs", 0, "size=bogus"), EINVAL);
    EXITED(CHILD({ OK(setuid(65534)); ERR(mount("x", "/tmp", "tmpfs", 0, 0), EPERM); ERR(umount("/proc"), EPERM); ERR(unshare(CLONE_NEWNS), EPERM); }), 0);
}
CASE(moving_and_stacking) {
    own_tree();
    mkdir("a", 0755); mkdir("b", 0755);
    OK(mount("t", "a", "tmpfs", 0, 0)); put("a/one", "1");
    OK(mount("t", "a", "tmpfs", 0, 0)); put("a/two", "2");
    ERR(access("a/one", F_OK), ENOENT);
    OK(mount("a", "b", 0, MS_MOVE, 0)); STR(slurp("b/two"), "2"); STR(slurp("a/one"), "1");
    OK(umount("a")); ERR(access("a/one", F_OK), ENOENT);
    mkdir("b/in", 0755); OK(mount("t", "b/in", "tmpfs", 0, 0));
    ERR(umount("b"), EBUSY);
    char cwd[300], up[300];
    OK(chdir("b/in")); CHECK(getcwd(cwd, 300) != 0); OK(chdir("..")); CHECK(getcwd(up, 300) != 0); EQ(strncmp(cwd, up, strlen(up)), 0);
    struct stat x, y; OK(stat(".", &x)); OK(stat("in", &y)); CHECK(x.st_dev != y.st_dev);
}
CASE(recursive_bind_and_pivot) {
    own_tree();
    mkdir("root", 0755); OK(mount("t", "root", "tmpfs", 0, 0)); mkdir("root/old", 0755); put("root/here", "new");
    OK(chdir("root"));
    OK(syscall(SYS_pivot_root, ".", "old"));
    OK(chdir("/"));
    STR(slurp("/here"), "new");
    OK(access("/old/etc/passwd", F_OK));
    ERR(access("/etc/passwd", F_OK), ENOENT);
    OK(umount2("/old", MNT_DETACH));
    ERR(access("/old/etc/passwd", F_OK), ENOENT);
    EXITED(CHILD(ERR(syscall(SYS_pivot_root, "/old", "/old"), EBUSY)), 0);
}
TEST_MAIN
