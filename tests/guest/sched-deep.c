// Scheduling, priorities, limits, futex errors, prctl and identity calls at their edges.
#include "check.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <sys/fsuid.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

struct attr { uint32_t size, sched_policy; uint64_t sched_flags; int32_t sched_nice; uint32_t sched_priority; uint64_t runtime, deadline, period; uint32_t util_min, util_max; };

CASE(sched_errors) {
    struct sched_param p = {0};
    ERR(sched_setscheduler(-1, SCHED_OTHER, &p), EINVAL);
    ERR(sched_setscheduler(0, 99, &p), EINVAL);
    ERR(sched_setscheduler(0, -1, &p), EINVAL);
    ERR(sched_setscheduler(1 << 22, SCHED_OTHER, &p), ESRCH);
    ERR(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, 0), EINVAL);
    ERR(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, BAD), EFAULT);
    p.sched_priority = 1; ERR(sched_setscheduler(0, SCHED_OTHER, &p), EINVAL);
    p.sched_priority = 0; ERR(sched_setscheduler(0, SCHED_FIFO, &p), EINVAL);
    p.sched_priority = 100; ERR(sched_setscheduler(0, SCHED_RR, &p), EINVAL);
    ERR(sched_getscheduler(-1), EINVAL);
    ERR(sched_getscheduler(1 << 22), ESRCH);
    ERR(sched_getparam(-1, &p), EINVAL);
    ERR(sched_getparam(1 << 22, &p), ESRCH);
    ERR(syscall(SYS_sched_getparam, 0, 0), EINVAL);
    ERR(syscall(SYS_sched_getparam, 0, BAD), EFAULT);
    ERR(sched_setparam(-1, &p), EINVAL);
    ERR(sched_setparam(1 << 22, &p), ESRCH);
    p.sched_priority = 5; ERR(sched_setparam(0, &p), EINVAL);
    ERR(sched_get_priority_max(99), EINVAL);
    ERR(sched_get_priority_min(-1), EINVAL);
    EQ(sched_get_priority_max(SCHED_FIFO), 99); EQ(sched_get_priority_min(SCHED_RR), 1); EQ(sched_get_priority_max(SCHED_IDLE), 0);
    struct timespec t;
    ERR(sched_rr_get_interval(-1, &t), EINVAL);
    ERR(sched_rr_get_interval(1 << 22, &t), ESRCH);
    ERR(syscall(SYS_sched_rr_get_interval, 0, BAD), EFAULT);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); p.sched_priority = 1; ERR(sched_setscheduler(0, SCHED_FIFO, &p), EPERM); p.sched_priority = 0; ERR(sched_setscheduler(getppid(), SCHED_BATCH, &p), EPERM); OK(sched_setscheduler(0, SCHED_BATCH, &p)); EQ(sched_getscheduler(0), SCHED_BATCH); OK(sched_setscheduler(0, SCHED_IDLE, &p)); }), 0);
}
CASE(sched_attr_forms) {
    struct attr a = {.size = sizeof a, .sched_policy = SCHED_BATCH, .sched_nice = 7}, g = {0};
    OK(syscall(SYS_sched_setattr, 0, &a, 0));
    OK(syscall(SYS_sched_getattr, 0, &g, sizeof g, 0));
    EQ(g.sched_policy, SCHED_BATCH); EQ(g.sched_nice, 7);
    ERR(syscall(SYS_sched_setattr, 0, &a, 1), EINVAL);
    ERR(syscall(SYS_sched_setattr, -1, &a, 0), EINVAL);
    ERR(syscall(SYS_sched_setattr, 1 << 22, &a, 0), ESRCH);
    ERR(syscall(SYS_sched_setattr, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_sched_setattr, 0, BAD, 0), EFAULT);
    ERR(syscall(SYS_sched_getattr, 0, &g, 10, 0), EINVAL);
    ERR(syscall(SYS_sched_getattr, 0, &g, sizeof g, 1), EINVAL);
    ERR(syscall(SYS_sched_getattr, 0, 0, sizeof g, 0), EINVAL);
    ERR(syscall(SYS_sched_getattr, 1 << 22, &g, sizeof g, 0), ESRCH);
    a.size = 10; ERR(syscall(SYS_sched_setattr, 0, &a, 0), E2BIG);
    a.size = sizeof a; a.sched_policy = 99; ERR(syscall(SYS_sched_setattr, 0, &a, 0), EINVAL);
    a.sched_policy = SCHED_OTHER; a.sched_flags = 1ULL << 40; ERR(syscall(SYS_sched_setattr, 0, &a, 0), EINVAL);
}
CASE(affinity_errors) {
    cpu_set_t s;
    CPU_ZERO(&s);
    ERR(sched_setaffinity(0, sizeof s, &s), EINVAL);
    CPU_SET(0, &s);
    OK(sched_setaffinity(0, sizeof s, &s));
    cpu_set_t g;
    OK(sched_getaffinity(0, sizeof g, &g));
    EQ(CPU_COUNT(&g), 1);
    unsigned cpu = 99;
    OK(syscall(SYS_getcpu, &cpu, 0, 0));
    EQ(cpu, 0);
    ERR(sched_setaffinity(1 << 22, sizeof s, &s), ESRCH);
    ERR(syscall(SYS_sched_setaffinity, 0, 8, BAD), EFAULT);
    ERR(syscall(SYS_sched_getaffinity, 0, 8, BAD), EFAULT);
    ERR(syscall(SYS_sched_getaffinity, 0, 7, &s), EINVAL);
    ERR(syscall(SYS_sched_getaffinity, 0, 0, &s), EINVAL);
    ERR(syscall(SYS_sched_getaffinity, 1 << 22, 8, &s), ESRCH);
    EXITED(CHILD({ EQ(sched_getaffinity(0, sizeof g, &g), 0); EQ(CPU_COUNT(&g), 1); OK(setresuid(1000, 1000, 1000)); ERR(sched_setaffinity(getppid(), sizeof s, &s), EPERM); }), 0);
}
CASE(priority_edges) {
    ERR(getpriority(99, 0), EINVAL);
    ERR(setpriority(99, 0, 0), EINVAL);
    ERR(getpriority(PRIO_PROCESS, 1 << 22), ESRCH);
    ERR(setpriority(PRIO_PROCESS, 1 << 22, 0), ESRCH);
    ERR(setpriority(PRIO_PGRP, 1 << 22, 0), ESRCH);
    OK(setpriority(PRIO_PROCESS, 0, 100));
    EQ(getpriority(PRIO_PROCESS, 0), 19);
    OK(setpriority(PRIO_PROCESS, 0, -100));
    EQ(getpriority(PRIO_PROCESS, 0), -20);
    OK(setpriority(PRIO_PROCESS, 0, 3));
    EXITED(CHILD({ EQ(getpriority(PRIO_PROCESS, 0), 3); OK(setresuid(1000, 1000, 1000)); ERR(setpriority(PRIO_PROCESS, 0, 1), EACCES); ERR(setpriority(PRIO_PROCESS, getppid(), 5), EPERM); errno = 0; EQ(nice(-1), -1); EQ(errno, EPERM); OK(setpriority(PRIO_PROCESS, 0, 10)); }), 0);
}
CASE(limits_edges) {
    struct rlimit l, g;
    ERR(getrlimit(99, &l), EINVAL);
    ERR(setrlimit(99, &l), EINVAL);
    ERR(syscall(SYS_getrlimit, RLIMIT_NOFILE, BAD), EFAULT);
    ERR(syscall(SYS_setrlimit, RLIMIT_NOFILE, BAD), EFAULT);
    l = (struct rlimit){20, 10}; ERR(setrlimit(RLIMIT_NOFILE, &l), EINVAL);
    l = (struct rlimit){1, 1L << 40}; ERR(setrlimit(RLIMIT_NOFILE, &l), EPERM);
    ERR(prlimit(1 << 22, RLIMIT_NOFILE, 0, &g), ESRCH);
    pid_t p = CHILD(pause());
    l = (struct rlimit){33, 44};
    OK(prlimit(p, RLIMIT_CORE, &l, &g));
    OK(prlimit(p, RLIMIT_CORE, 0, &g));
    EQ(g.rlim_cur, 33); EQ(g.rlim_max, 44);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(prlimit(p, RLIMIT_CORE, 0, &g), EPERM); l = (struct rlimit){10, 10}; OK(setrlimit(RLIMIT_CORE, &l)); l.rlim_max = 20; ERR(setrlimit(RLIMIT_CORE, &l), EPERM); }), 0);
    kill(p, SIGKILL);
    reap(p);
    l = (struct rlimit){4096, 4096};
    EXITED(CHILD({ OK(setrlimit(RLIMIT_FSIZE, &l)); handle(SIGXFSZ, 0); int fd = OK(open("f", O_RDWR | O_CREAT, 0600)); char b[8192] = ""; EQ(write(fd, b, 8192), 4096); ERR(write(fd, b, 1), EFBIG); EQ(caught, 1); ERR(ftruncate(fd, 5000), EFBIG); }), 0);
}
CASE(futex_errors) {
    uint32_t w = 0;
    struct timespec t = {0, 1000000000};
    ERR(syscall(SYS_futex, &w, FUTEX_WAIT, 1, 0, 0, 0), EAGAIN);
    ERR(syscall(SYS_futex, &w, FUTEX_WAIT, 0, &t, 0, 0), EINVAL);
    t = (struct timespec){-1, 0}; ERR(syscall(SYS_futex, &w, FUTEX_WAIT, 0, &t, 0, 0), EINVAL);
    ERR(syscall(SYS_futex, (char *)&w + 1, FUTEX_WAIT, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex, BAD, FUTEX_WAIT, 0, 0, 0, 0), EFAULT);
    ERR(syscall(SYS_futex, &w, FUTEX_WAIT, 0, BAD, 0, 0), EFAULT);
    ERR(syscall(SYS_futex, &w, 99, 0, 0, 0, 0), ENOSYS);
    ERR(syscall(SYS_futex, &w, FUTEX_WAIT_BITSET, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex, &w, FUTEX_WAKE_BITSET, 1, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex, &w, FUTEX_CMP_REQUEUE, 1, 1, &w + 1, 5), EAGAIN);
    ERR(syscall(SYS_futex, &w, FUTEX_REQUEUE, -1, 1, &w + 1, 0), EINVAL);
    ERR(syscall(SYS_futex, &w, FUTEX_UNLOCK_PI, 0, 0, 0, 0), EPERM);
    EQ(syscall(SYS_futex, &w, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), 0);
    EQ(w, (uint32_t)gettid());
    ERR(syscall(SYS_futex, &w, FUTEX_LOCK_PI, 0, 0, 0, 0), EDEADLK);
    EQ(syscall(SYS_futex, &w, FUTEX_UNLOCK_PI, 0, 0, 0, 0), 0);
    EQ(w, 0);
    w = 1 << 22; ERR(syscall(SYS_futex, &w, FUTEX_LOCK_PI, 0, 0, 0, 0), ESRCH);
    ERR(syscall(SYS_futex, &w, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, 0, 0), ENOSYS);
    long head, size;
    ERR(syscall(SYS_get_robust_list, 1 << 22, &head, &size), ESRCH);
    ERR(syscall(SYS_get_robust_list, 0, BAD, &size), EFAULT);
    ERR(syscall(SYS_get_robust_list, 0, &head, BAD), EFAULT);
    ERR(syscall(SYS_set_robust_list, &head, 10), EINVAL);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(syscall(SYS_get_robust_list, 1, &head, &size), EPERM); }), 0);
}
CASE(prctl_edges) {
    ERR(prctl(99999), EINVAL);
    ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL);
    ERR(prctl(PR_SET_NAME, BAD), EFAULT);
    ERR(prctl(PR_GET_NAME, BAD), EFAULT);
    ERR(prctl(PR_SET_TIMING, 99), EINVAL);
    ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    ERR(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    ERR(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
    ERR(prctl(PR_SET_THP_DISABLE, 0, 1, 0, 0), EINVAL);
    ERR(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
    ERR(prctl(PR_CAPBSET_READ, 99), EINVAL);
    ERR(prctl(PR_CAPBSET_DROP, 99), EINVAL);
    ERR(prctl(PR_SET_SECUREBITS, 1 << 20), EPERM);
    ERR(prctl(PR_SET_SECCOMP, 99), EINVAL);
    ERR(prctl(PR_CAP_AMBIENT, 99, 0, 0, 0), EINVAL);
    ERR(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
    ERR(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 99, 0, 0), EINVAL);
    ERR(prctl(PR_GET_SPECULATION_CTRL, 99, 0, 0, 0), ENODEV);
    OK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
    EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
    EXITED(CHILD({ EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1); OK(prctl(PR_SET_NAME, "a-name-much-too-long")); char n[17] = ""; OK(prctl(PR_GET_NAME, n)); STR(n, "a-name-much-too"); }), 0);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(prctl(PR_CAPBSET_DROP, 1), EPERM); ERR(prctl(PR_SET_SECUREBITS, 0), EPERM); }), 0);
    OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
CASE(capability_calls) {
    struct __user_cap_header_struct h = {0x11111111, 0};
    struct __user_cap_data_struct d[2];
    ERR(syscall(SYS_capget, &h, d), EINVAL);
    EQ(h.version, _LINUX_CAPABILITY_VERSION_3);
    ERR(syscall(SYS_capget, BAD, d), EFAULT);
    h.pid = -1; ERR(syscall(SYS_capget, &h, d), EINVAL);
    h.pid = 1 << 22; ERR(syscall(SYS_capget, &h, d), ESRCH);
    h.pid = 0; ERR(syscall(SYS_capget, &h, BAD), EFAULT);
    OK(syscall(SYS_capget, &h, d));
    h.pid = 1; ERR(syscall(SYS_capset, &h, d), EPERM);
    h.pid = 0; ERR(syscall(SYS_capset, &h, BAD), EFAULT);
    EXITED(CHILD({ d[0].effective = 1; d[0].permitted = 0; ERR(syscall(SYS_capset, &h, d), EPERM); d[0].effective = d[1].effective = d[0].permitted = d[1].permitted = 0; OK(syscall(SYS_capset, &h, d)); d[0].permitted = 1; ERR(syscall(SYS_capset, &h, d), EPERM); ERR(setgroups(0, 0), EPERM); ERR(setuid(5), EPERM); ERR(syscall(SYS_sethostname, "x", 1), EPERM); ERR(chroot("/"), EPERM); }), 0);
}
CASE(identity_edges) {
    gid_t many[3] = {3, 1, 2}, got[8];
    ERR(setgroups(70000, many), EINVAL);
    ERR(syscall(SYS_setgroups, 3, BAD), EFAULT);
    OK(setgroups(3, many));
    ERR(syscall(SYS_getgroups, -1, got), EINVAL);
    ERR(syscall(SYS_getgroups, 2, got), EINVAL);
    EQ(getgroups(0, 0), 3);
    EQ(getgroups(8, got), 3);
    ERR(syscall(SYS_getgroups, 8, BAD), EFAULT);
    ERR(syscall(SYS_getresuid, BAD, got, got), EFAULT);
    ERR(setuid(-1), EINVAL);
    ERR(setgid(-1), EINVAL);
    EQ(setfsuid(-1), 0);
    EXITED(CHILD({ OK(setresuid(1, 2, 3)); uid_t r, e, s; OK(getresuid(&r, &e, &s)); EQ(r, 1); EQ(e, 2); EQ(s, 3); OK(setreuid(-1, 3)); ERR(setreuid(9, -1), EPERM); OK(setreuid(3, 1)); OK(getresuid(&r, &e, &s)); EQ(r, 3); EQ(e, 1); EQ(s, 1); ERR(setresuid(9, -1, -1), EPERM); ERR(setuid(2), EPERM); EQ(setfsuid(9), 1); EQ(setfsuid(-1), 1); }), 0);
}
CASE(machine_calls) {
    struct utsname u;
    ERR(syscall(SYS_uname, BAD), EFAULT);
    OK(uname(&u));
    STR(u.sysname, "Linux");
    ERR(syscall(SYS_sysinfo, BAD), EFAULT);
    ERR(syscall(SYS_sethostname, "x", -1), EINVAL);
    ERR(syscall(SYS_sethostname, "x", 65), EINVAL);
    ERR(syscall(SYS_sethostname, BAD, 4), EFAULT);
    ERR(syscall(SYS_setdomainname, "x", 65), EINVAL);
    char b[16];
    ERR(getrandom(b, 16, 99), EINVAL);
    ERR(getrandom(BAD, 16, 0), EFAULT);
    EQ(getrandom(b, 0, 0), 0);
    EQ(getrandom(b, 16, GRND_NONBLOCK | GRND_RANDOM), 16);
    EQ(personality(0xffffffff), 0);
    EQ(personality(ADDR_NO_RANDOMIZE), 0);
    EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
    struct tms t;
    CHECK(times(&t) > 0);
    ERR(syscall(SYS_times, BAD), EFAULT);
    ERR(syscall(SYS_getcpu, BAD, 0, 0), EFAULT);
    ERR(syscall(SYS_reboot, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_ioprio_get, 99, 0), EINVAL);
    ERR(syscall(SYS_ioprio_set, 1, 0, 5 << 13), EINVAL);
    ERR(syscall(SYS_ioprio_set, 1, 0, 3), EINVAL);
    ERR(syscall(SYS_ioprio_get, 1, 1 << 22), ESRCH);
    OK(syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 3));
    EQ(syscall(SYS_ioprio_get, 1, 0), (2 << 13) | 3);
    EXITED(CHILD({ EQ(syscall(SYS_ioprio_get, 1, 0), (2 << 13) | 3); OK(syscall(SYS_ioprio_set, 1, 0, 0)); }), 0);
}
TEST_MAIN
