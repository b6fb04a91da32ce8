// Credentials: the setuid family, capabilities, securebits, no_new_privs, groups, set-user-id programs.
#include "check.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

static void ids(uid_t r, uid_t e, uid_t s) { uid_t a, b, c; OK(getresuid(&a, &b, &c)); EQ(a, r); EQ(b, e); EQ(c, s); }
static int cap(int get, uint64_t *eff, uint64_t *perm, uint64_t *inh) {
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2] = {{*eff, *perm, *inh}, {*eff >> 32, *perm >> 32, *inh >> 32}};
    int r = syscall(get ? SYS_capget : SYS_capset, &h, d);
    if (get) { *eff = d[0].effective | (uint64_t)d[1].effective << 32; *perm = d[0].permitted | (uint64_t)d[1].permitted << 32; *inh = d[0].inheritable | (uint64_t)d[1].inheritable << 32; }
    return r;
}
static void need_root(void) { if (geteuid()) SKIP("needs root"); }
#define BIT(n) (1ULL << (n))

CASE(setuid_as_root_changes_all) {
    need_root();
    EXITED(CHILD({ OK(setgid(100)); OK(setuid(1000)); ids(1000, 1000, 1000); ERR(setuid(0), EPERM); ERR(seteuid(0), EPERM); ERR(setgid(0), EPERM); EQ(getegid(), 100); }), 0);
}
CASE(setresuid_and_friends) {
    need_root();
    EXITED(CHILD({
        OK(setresuid(1, 2, 3)); ids(1, 2, 3);
        OK(setresuid(-1, 1, -1)); ids(1, 1, 3);
        OK(setresuid(-1, 3, -1)); ids(1, 3, 3);
        ERR(setresuid(-1, 0, -1), EPERM);
        OK(setreuid(3, 1)); ids(3, 1, 1); // the saved id follows
        OK(setuid(3)); ids(3, 3, 1);
        OK(seteuid(1)); ids(3, 1, 1);
    }), 0);
    EXITED(CHILD({ OK(setresgid(5, 6, 7)); gid_t a; gid_t b; gid_t c; OK(getresgid(&a, &b, &c)); EQ(a, 5); EQ(b, 6); EQ(c, 7); OK(setregid(7, 5)); EQ(getgid(), 7); EQ(getegid(), 5); }), 0);
    EXITED(CHILD({ OK(seteuid(9)); ids(0, 9, 0); OK(seteuid(0)); ids(0, 0, 0); }), 0);
    ERR(getresuid(BAD, BAD, BAD), EFAULT);
    ERR(syscall(SYS_setuid, -1), EINVAL);
    ERR(syscall(SYS_setgid, -1), EINVAL);
}
CASE(supplementary_groups) {
    need_root();
    gid_t g[3] = {10, 30, 20}, got[8];
    OK(setgroups(3, g));
    EQ(getgroups(0, 0), 3); EQ(getgroups(8, got), 3); EQ(got[0], 10); EQ(got[1], 20); EQ(got[2], 30); // kept sorted
    ERR(getgroups(2, got), EINVAL);
    ERR(getgroups(-1, got), EINVAL);
    ERR(setgroups(70000, g), EINVAL);
    CHECK(strstr(slurp("/proc/self/status"), "Groups:\t10 20 30") != 0);
    put("f", "x"); chmod("f", 0040); OK(chown("f", 0, 20)); chmod(".", 0755);
    EXITED(CHILD({ OK(setresuid(65534, 65534, 65534)); OK(open("f", O_RDONLY)); ERR(setgroups(0, 0), EPERM); }), 0);
}
CASE(capabilities_follow_ids) {
    need_root();
    uint64_t e = 0, p = 0, i = 0, p0;
    OK(cap(1, &e, &p, &i)); EQ(e, p); CHECK(p & BIT(CAP_SETUID)); p0 = p;
    EXITED(CHILD({ OK(seteuid(5)); OK(cap(1, &e, &p, &i)); EQ(e, 0); EQ(p, p0); OK(seteuid(0)); OK(cap(1, &e, &p, &i)); EQ(e, p0); }), 0);
    EXITED(CHILD({ OK(setuid(5)); OK(cap(1, &e, &p, &i)); EQ(e, 0); EQ(p, 0); }), 0);
    EXITED(CHILD({ OK(prctl(PR_SET_KEEPCAPS, 1)); OK(setuid(5)); OK(cap(1, &e, &p, &i)); EQ(e, 0); EQ(p, p0); e = p; OK(cap(0, &e, &p, &i)); OK(setgid(7)); }), 0);
    EXITED(CHILD({ p = e = p0 & ~BIT(CAP_CHOWN); OK(cap(0, &e, &p, &i)); put("f", ""); ERR(chown("f", 5, 5), EPERM); e = p = p0; ERR(cap(0, &e, &p, &i), EPERM); }), 0);
    struct __user_cap_header_struct h = {0, 0};
    ERR(syscall(SYS_capget, &h, (struct __user_cap_data_struct[2]){}), EINVAL);
    EQ(h.version, _LINUX_CAPABILITY_VERSION_3);
    h.pid = 999999; ERR(syscall(SYS_capget, &h, (struct __user_cap_data_struct[2]){}), ESRCH);
}
CASE(bounding_and_ambient) {
    need_root();
    EQ(prctl(PR_CAPBSET_READ, CAP_CHOWN), 1);
    ERR(prctl(PR_CAPBSET_READ, 99), EINVAL);
    EXITED(CHILD({ OK(prctl(PR_CAPBSET_DROP, CAP_CHOWN)); EQ(prctl(PR_CAPBSET_READ, CAP_CHOWN), 0); execl("/bin/sh", "sh", "-c", "touch f; ! chown 5 f 2>/dev/null", (char *)0); }), 0);
    EXITED(CHILD({
        ERR(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM); // not inheritable yet
        uint64_t e = 0; uint64_t p = 0; uint64_t i = 0;
        OK(cap(1, &e, &p, &i)); i |= BIT(CAP_CHOWN); OK(cap(0, &e, &p, &i));
        OK(prctl(PR_SET_KEEPCAPS, 1)); OK(setresuid(5, 5, 5));
        OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
        EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
        execl("/bin/sh", "sh", "-c", "grep -q '^CapEff:\t0000000000000001$' /proc/self/status", (char *)0);
    }), 0);
}
CASE(exec_of_root_owned_setuid) {
    need_root();
    EXITED(CHILD(execl("/bin/cp", "cp", "/usr/bin/id", "suid", (char *)0)), 0);
    OK(chown("suid", 77, 88)); OK(chmod("suid", 06755)); chmod(".", 0755);
    for (int nnp = 0; nnp < 2; nnp++) {
        EXITED(CHILD({ setgroups(0, 0); OK(setresgid(65534, 65534, 65534)); OK(setresuid(65534, 65534, 65534)); if (nnp) OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); int o = open("/dev/null", O_WRONLY); (void)o; execl("/bin/sh", "sh", "-c", nnp ? "test $(./suid -u) = 65534" : "test $(./suid -u) = 77 -a $(./suid -g) = 88", (char *)0); }), 0);
    }
}
CASE(no_new_privs_rules) {
    EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    ERR(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1); EQ(status_field("NoNewPrivs:"), 1);
    EXITED(CHILD(EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1)), 0);
}
CASE(dumpable_and_securebits) {
    EQ(prctl(PR_GET_DUMPABLE), 1);
    OK(prctl(PR_SET_DUMPABLE, 0)); EQ(prctl(PR_GET_DUMPABLE), 0);
    ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL);
    need_root();
    EQ(prctl(PR_GET_SECUREBITS), 0);
    OK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)); EQ(prctl(PR_GET_SECUREBITS), SECBIT_NO_SETUID_FIXUP);
    OK(setresuid(5, 5, 5));
    uint64_t e = 0, p = 0, i = 0;
    OK(cap(1, &e, &p, &i)); CHECK(e != 0);
}
TEST_MAIN
