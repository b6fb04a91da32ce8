// User namespaces: maps, ids, capabilities inside and outside, namespaces owned by them.
#include "check.h"
#include <linux/capability.h>
#include <sched.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

static int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    ssize_t n = write(fd, text, strlen(text));
    int e = errno;
    close(fd);
    errno = e;
    return n < 0 ? -1 : 0;
}
static void become(int id) { NEED(setgroups(0, 0) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0); prctl(PR_SET_DUMPABLE, 1); }
static int has_cap(int cap) {
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2];
    syscall(SYS_capget, &h, d);
    return d[cap >> 5].effective >> (cap & 31) & 1;
}
static long raw_clone(unsigned long flags) { return syscall(SYS_clone, flags, 0, 0, 0, 0); }

CASE(unmapped_ids_overflow) {
    EXITED(CHILD({
        become(1000);
        EQ(has_cap(CAP_SYS_ADMIN), 0);
        OK(unshare(CLONE_NEWUSER));
        EQ(has_cap(CAP_SYS_ADMIN), 1);
        EQ(getuid(), 65534); EQ(geteuid(), 65534); EQ(getgid(), 65534);
        ERR(setuid(0), EINVAL);
        ERR(setgid(0), EINVAL);
        ERR(setgroups(0, 0), EPERM);
        STR(slurp("/proc/self/uid_map"), "");
        STR(slurp("/proc/self/setgroups"), "allow\n");
    }), 0);
}
CASE(map_root_user) {
    put("mine", "x");
    OK(chown("mine", 1000, 1000));
    OK(chown(".", 1000, 1000));
    put("roots", "x");
    OK(chmod("roots", 0600));
    EXITED(CHILD({
        become(1000);
        OK(unshare(CLONE_NEWUSER));
        ERR(write_file("/proc/self/gid_map", "0 1000 1"), EPERM); // setgroups first
        OK(write_file("/proc/self/setgroups", "deny"));
        OK(write_file("/proc/self/gid_map", "0 1000 1\n"));
        OK(write_file("/proc/self/uid_map", "0 1000 1"));
        EQ(getuid(), 0); EQ(geteuid(), 0); EQ(getgid(), 0);
        STR(slurp("/proc/self/uid_map"), "         0       1000          1\n");
        STR(slurp("/proc/self/setgroups"), "deny\n");
        ERR(write_file("/proc/self/setgroups", "allow"), EPERM);
        ERR(write_file("/proc/self/uid_map", "0 1000 1"), EPERM); // once
        ERR(setgroups(0, 0), EPERM);
        struct stat st;
        OK(stat("mine", &st)); EQ(st.st_uid, 0); EQ(st.st_gid, 0);
        OK(stat("roots", &st)); EQ(st.st_uid, 65534);
        ERR(open("roots", O_RDONLY), EACCES); // capabilities are worth nothing over it
        OK(chmod("mine", 0));
        OK(open("mine", O_RDONLY)); // but are over one's own
        ERR(chown("mine", 5, -1), EINVAL);
        OK(chown("mine", 0, 0));
        CHECK(strstr(slurp("/proc/self/status"), "\nUid:\t0\t0\t0\t0\n") != 0);
        OK(unshare(CLONE_NEWUTS));
        OK(sethostname("inside", 6));
        ERR(mknod("dev", S_IFCHR | 0600, makedev(1, 3)), EPERM);
        EXITED(CHILD({ execl("/bin/sh", "sh", "-c", "test $(id -u) = 0", (char *)0); }), 0);
    }), 0);
}
CASE(who_may_map) {
    int pp[2], qq[2];
    OK(pipe(pp)); OK(pipe(qq));
    pid_t p = CHILD({
        become(1000);
        OK(unshare(CLONE_NEWUSER));
        char c;
        EQ(write(pp[1], "x", 1), 1);
        EQ(read(qq[0], &c, 1), 1);
        EQ(getuid(), 7);
        EQ(getgid(), 9);
        OK(setgroups(0, 0));
        OK(setuid(8));
        EQ(getuid(), 8);
        ERR(setuid(100), EINVAL);
    });
    char c, path[64];
    EQ(read(pp[0], &c, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/uid_map", p);
    EXITED(CHILD({ become(2000); CHECK(write_file(path, "0 1000 1") == -1); }), 0);
    ERR(write_file(path, "nonsense"), EINVAL);
    ERR(write_file(path, "0 0 0"), EINVAL);
    ERR(write_file(path, "0 0 10\n5 100 10"), EINVAL);
    ERR(write_file(path, "0 0 4294967295\n1 1 1"), EINVAL);
    OK(write_file(path, "7 1000 1\n8 1001 10\n"));
    snprintf(path, sizeof path, "/proc/%d/gid_map", p);
    OK(write_file(path, "9 1000 1\n"));
    snprintf(path, sizeof path, "/proc/%d/uid_map", p);
    STR(slurp(path), "         7       1000          1\n         8       1001         10\n");
    EQ(write(qq[1], "x", 1), 1);
    EXITED(p, 0);
    ERR(write_file("/proc/self/uid_map", "0 0 1"), EPERM);
}
CASE(with_other_namespaces_at_once) {
    EXITED(CHILD({
        become(1000);
        ERR(unshare(CLONE_NEWUTS), EPERM);
        pid_t p = raw_clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | SIGCHLD);
        NEED(p >= 0);
        if (!p) {
            EQ(getpid(), 1);
            OK(write_file("/proc/self/uid_map", "0 1000 1") == 0 ? 0 : 0);
            OK(sethostname("deep", 4));
            OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
            OK(mount("tmpfs", "/mnt", "tmpfs", 0, 0));
            _exit(test_failed);
        }
        EXITED(p, 0);
    }), 0);
}
CASE(capabilities_do_not_reach_out) {
    EXITED(CHILD({
        become(1000);
        pid_t outer = CHILD(pause());
        pid_t parent = getppid();
        OK(unshare(CLONE_NEWUSER));
        ERR(sethostname("x", 1), EPERM);
        ERR(mount("tmpfs", "/mnt", "tmpfs", 0, 0), EPERM);
        ERR(kill(parent, 0), EPERM);
        OK(kill(outer, 0)); // the same user
        ERR(setpriority(PRIO_PROCESS, 0, -5), EACCES);
        kill(outer, SIGKILL);
        reap(outer);
    }), 0);
}
CASE(owner_has_all_in_its_child) {
    int pp[2];
    OK(pipe(pp));
    EXITED(CHILD({
        become(1000);
        pid_t p = raw_clone(CLONE_NEWUSER | CLONE_NEWUTS | SIGCHLD);
        if (!p) { OK(sethostname("child", 5)); EQ(write(pp[1], "x", 1), 1); pause(); }
        char c;
        char path[64];
        EQ(read(pp[0], &c, 1), 1);
        snprintf(path, sizeof path, "/proc/%d/ns/user", p);
        int user = OK(open(path, O_RDONLY));
        snprintf(path, sizeof path, "/proc/%d/ns/uts", p);
        int uts = OK(open(path, O_RDONLY));
        ERR(setns(uts, 0), EPERM);
        OK(setns(user, CLONE_NEWUSER));
        ERR(setns(user, CLONE_NEWUSER), EINVAL);
        OK(setns(uts, CLONE_NEWUTS));
        char name[65];
        OK(gethostname(name, sizeof name));
        STR(name, "child");
        kill(p, SIGKILL);
    }), 0);
}
CASE(limits_of_making_one) {
    EXITED(CHILD({ OK(mkdir("r", 0755)); OK(chroot("r")); ERR(unshare(CLONE_NEWUSER), EPERM); }), 0);
    ERR(raw_clone(CLONE_NEWUSER | CLONE_FS | SIGCHLD), EINVAL);
    EXITED(CHILD({
        become(1000);
        OK(unshare(CLONE_NEWUSER));
        ERR(unshare(CLONE_NEWUSER), EPERM); // own ids are not mapped yet
        OK(write_file("/proc/self/setgroups", "deny"));
        OK(write_file("/proc/self/uid_map", "5 1000 1"));
        OK(write_file("/proc/self/gid_map", "5 1000 1"));
        OK(unshare(CLONE_NEWUSER));
        OK(write_file("/proc/self/uid_map", "0 5 1"));
        STR(slurp("/proc/self/setgroups"), "deny\n");
        EQ(getuid(), 0);
    }), 0);
}
CASE(exec_as_mapped_user_keeps_or_loses_capabilities) {
    EXITED(CHILD({
        become(1000);
        OK(unshare(CLONE_NEWUSER));
        OK(write_file("/proc/self/uid_map", "5 1000 1"));
        execl("/bin/sh", "sh", "-c", "grep -q 'CapEff:.0000000000000000' /proc/self/status", (char *)0);
    }), 0);
}
TEST_MAIN
