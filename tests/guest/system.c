// The rest of a process's world: limits, prctl, names, random bytes, scheduling, memory barriers, usage, /proc basics.
#include "check.h"
#include <dirent.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

CASE(rlimits) {
    struct rlimit r, old;
    OK(getrlimit(RLIMIT_NOFILE, &old));
    r = (struct rlimit){100, 200}; OK(setrlimit(RLIMIT_NOFILE, &r));
    OK(getrlimit(RLIMIT_NOFILE, &r)); EQ(r.rlim_cur, 100); EQ(r.rlim_max, 200);
    r = (struct rlimit){300, 200}; ERR(setrlimit(RLIMIT_NOFILE, &r), EINVAL);
    ERR(getrlimit(99, &r), EINVAL);
    ERR(getrlimit(RLIMIT_CPU, BAD), EFAULT);
    r = (struct rlimit){50, 150};
    pid_t p = CHILD(pause());
    OK(prlimit(p, RLIMIT_NOFILE, &r, &old)); EQ(old.rlim_cur, 100);
    OK(prlimit(p, RLIMIT_NOFILE, 0, &old)); EQ(old.rlim_max, 150);
    kill(p, SIGKILL); reap(p);
    ERR(prlimit(999999, RLIMIT_NOFILE, 0, &old), ESRCH);
    EXITED(CHILD({ if (geteuid() == 0) OK(setuid(65534)); r = (struct rlimit){100, 300}; ERR(setrlimit(RLIMIT_NOFILE, &r), EPERM); }), 0);
    EXITED(CHILD(execl("/bin/sh", "sh", "-c", "test $(ulimit -n) = 100", (char *)0)), 0);
}
CASE_LIMIT(cpu_limit, 15) {
    KILLED(CHILD({ struct rlimit r = {1, 2}; setrlimit(RLIMIT_CPU, &r); for (;;) { } }), SIGXCPU);
}
CASE(prctl_forms) {
    char name[17] = "";
    OK(prctl(PR_SET_NAME, "a-name-longer-than-15")); OK(prctl(PR_GET_NAME, name)); STR(name, "a-name-longer-t");
    ERR(prctl(9999), EINVAL);
    ERR(prctl(PR_SET_NAME, BAD), EFAULT);
    OK(prctl(PR_SET_TIMERSLACK, 123456)); EQ(prctl(PR_GET_TIMERSLACK), 123456);
    EQ(prctl(PR_GET_SECCOMP), 0);
    ERR(prctl(PR_GET_PDEATHSIG, BAD), EFAULT);
}
CASE(uname_and_hostname) {
    struct utsname u;
    OK(uname(&u)); STR(u.sysname, "Linux"); STR(u.machine, "x86_64");
    CHECK(u.release[0] == '6');
    ERR(syscall(SYS_uname, BAD), EFAULT);
    char h[80], text[96];
    OK(gethostname(h, sizeof h)); STR(h, u.nodename);
    snprintf(text, sizeof text, "%s\n", h); STR(slurp("/proc/sys/kernel/hostname"), text);
    EXITED(CHILD({ if (geteuid() == 0) OK(setuid(65534)); ERR(sethostname("x", 1), EPERM); }), 0);
    if (geteuid() == 0) EXITED(CHILD({ OK(unshare(CLONE_NEWUTS)); OK(sethostname("inside", 6)); OK(gethostname(h, sizeof h)); STR(h, "inside"); ERR(sethostname(h, 65), EINVAL); }), 0);
}
CASE(sysinfo_agrees) {
    struct sysinfo i;
    OK(sysinfo(&i));
    CHECK(i.totalram > 0 && i.freeram <= i.totalram && i.mem_unit >= 1 && i.procs >= 1);
    long kb = 0;
    sscanf(slurp("/proc/meminfo"), "MemTotal: %ld", &kb);
    EQ(kb, i.totalram * i.mem_unit / 1024);
    double up = 0;
    sscanf(slurp("/proc/uptime"), "%lf", &up);
    CHECK(up - i.uptime < 3 && i.uptime - up < 3);
}
CASE(getrandom_forms) {
    unsigned char a[600] = {0}, z = 0;
    EQ(getrandom(a, 600, 0), 600);
    for (int i = 0; i < 600; i++) z |= a[i];
    CHECK(z != 0);
    EQ(getrandom(a, 16, GRND_NONBLOCK | GRND_RANDOM), 16);
    ERR(getrandom(a, 1, 0x80), EINVAL);
    ERR(getrandom(a, 1, GRND_INSECURE | GRND_RANDOM), EINVAL);
    ERR(getrandom(BAD, 1, 0), EFAULT);
    EQ(getrandom(a, 0, 0), 0);
}
CASE(affinity_and_getcpu) {
    cpu_set_t s, one, got;
    OK(sched_getaffinity(0, sizeof s, &s)); CHECK(CPU_COUNT(&s) >= 1);
    EQ(CPU_COUNT(&s), sysconf(_SC_NPROCESSORS_ONLN));
    unsigned cpu = 99, node = 99;
    OK(getcpu(&cpu, &node)); CHECK(CPU_ISSET(cpu, &s)); EQ(node, 0);
    CPU_ZERO(&one); CPU_SET(cpu, &one);
    OK(sched_setaffinity(0, sizeof one, &one)); OK(sched_getaffinity(0, sizeof got, &got)); CHECK(CPU_EQUAL(&one, &got));
    EXITED(CHILD({ OK(sched_getaffinity(0, sizeof got, &got)); CHECK(CPU_EQUAL(&one, &got)); }), 0);
    CPU_ZERO(&one); ERR(sched_setaffinity(0, sizeof one, &one), EINVAL);
    ERR(sched_getaffinity(0, 1, &s), EINVAL);
    ERR(sched_getaffinity(999999, sizeof s, &s), ESRCH);
    EQ(syscall(SYS_sched_getaffinity, 0, 128, &s) >= 8, 1);
}
CASE(schedulers) {
    struct sched_param p = {0};
    EQ(sched_getscheduler(0), SCHED_OTHER);
    OK(sched_getparam(0, &p)); EQ(p.sched_priority, 0);
    OK(sched_setscheduler(0, SCHED_BATCH, &p)); EQ(sched_getscheduler(0), SCHED_BATCH);
    OK(sched_setscheduler(0, SCHED_OTHER, &p));
    p.sched_priority = 5; ERR(sched_setscheduler(0, SCHED_OTHER, &p), EINVAL);
    ERR(sched_setscheduler(0, 99, &p), EINVAL);
    ERR(sched_getscheduler(-1), EINVAL);
    ERR(sched_getscheduler(999999), ESRCH);
    EQ(sched_get_priority_max(SCHED_FIFO), 99); EQ(sched_get_priority_min(SCHED_RR), 1); EQ(sched_get_priority_max(SCHED_OTHER), 0);
    ERR(sched_get_priority_max(99), EINVAL);
    struct timespec t;
    OK(sched_rr_get_interval(0, &t));
    OK(sched_yield());
    EXITED(CHILD({ if (geteuid() == 0) OK(setuid(65534)); struct rlimit r = {0, 0}; setrlimit(RLIMIT_RTPRIO, &r); p.sched_priority = 1; ERR(sched_setscheduler(0, SCHED_FIFO, &p), EPERM); }), 0);
}
CASE(membarrier_forms) {
    int q = OK(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0));
    CHECK(q & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    ERR(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    OK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    OK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    ERR(syscall(SYS_membarrier, 1 << 30, 0, 0), EINVAL);
    ERR(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 9, 0), EINVAL);
}
CASE(usage_counts) {
    struct rusage a, b;
    OK(getrusage(RUSAGE_SELF, &a));
    double end = now_ms() + 60;
    while (now_ms() < end) { }
    char *p = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, 8 << 20);
    OK(getrusage(RUSAGE_SELF, &b));
    CHECK(b.ru_utime.tv_sec * 1000000 + b.ru_utime.tv_usec > a.ru_utime.tv_sec * 1000000 + a.ru_utime.tv_usec);
    CHECK(b.ru_minflt > a.ru_minflt); CHECK(b.ru_maxrss >= a.ru_maxrss + 4096);
    OK(getrusage(RUSAGE_THREAD, &b));
}
CASE(unknown_calls) {
    ERR(syscall(9999), ENOSYS);
    ERR(syscall(-1), ENOSYS);
    ERR(syscall(SYS_uselib, 0), ENOSYS);
}
CASE(proc_self) {
    char link[64], text[300] = "";
    EQ(readlink("/proc/self", link, 63) > 0, 1);
    EQ(atoi(link), getpid());
    CHECK(readlink("/proc/self/cwd", text, 299) > 0);
    int pid, ppid, pgrp; char comm[64], state;
    EQ(sscanf(slurp("/proc/self/stat"), "%d (%63[^)]) %c %d %d", &pid, comm, &state, &ppid, &pgrp), 5);
    EQ(pid, getpid()); EQ(ppid, getppid()); EQ(pgrp, getpgrp()); EQ(state, 'R'); STR(comm, "system");
    EQ(status_field("\nPid:"), getpid()); EQ(status_field("PPid:"), getppid()); EQ(status_field("Threads:"), 1);
    int a = open("/dev/null", O_RDONLY), n = 0, found = 0;
    DIR *d = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(d));) { n++; found |= atoi(e->d_name) == a; }
    CHECK(found); CHECK(n >= 6);
    char path[64]; snprintf(path, 64, "/proc/self/fd/%d", a); memset(text, 0, 300); readlink(path, text, 299); STR(text, "/dev/null");
    snprintf(path, 64, "/proc/self/fdinfo/%d", a); CHECK(strstr(slurp(path), "pos:\t0\nflags:\t0100000\n") != 0);
    ERR(open("/proc/999999/stat", O_RDONLY), ENOENT);
}
CASE(process_state_letters) {
    pid_t p = CHILD(pause());
    EQ(wait_state(p, 'S'), 0);
    kill(p, SIGSTOP); EQ(wait_state(p, 'T'), 0);
    kill(p, SIGKILL); EQ(wait_state(p, 'Z'), 0);
    reap(p);
}
TEST_MAIN
