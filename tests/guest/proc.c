// /proc/PID, its files as interfaces (what they do, not only what they show), and the character devices of /dev.
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

static char path_[128];
__attribute__((format(printf, 1, 2))) static const char *in(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(path_, sizeof path_, format, ap);
    va_end(ap);
    return path_;
}
// Whole file into `text`; bytes, or -1.
static char text[200000];
static ssize_t load(const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    ssize_t done = 0, n;
    while ((n = read(fd, text + done, sizeof text - 1 - done)) > 0) done += n;
    int keep = errno;
    close(fd);
    errno = keep;
    text[done] = 0;
    return n < 0 ? -1 : done;
}
static int store(const char *path, const char *value) {
    int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    ssize_t n = write(fd, value, strlen(value));
    int keep = errno;
    close(fd);
    errno = keep;
    return (int)n;
}
// Number after "name:" in /proc/self/FILE.
static long field(const char *file, const char *name) {
    NEED(load(in("/proc/self/%s", file)) > 0);
    char *at = strstr(text, name);
    return at ? atol(at + strlen(name)) : -1;
}
static char link_[300];
static const char *target(const char *path) {
    ssize_t n = readlink(path, link_, sizeof link_ - 1);
    if (n < 0) return "";
    link_[n] = 0;
    return link_;
}

CASE(zombie) {
    pid_t p = CHILD(_exit(3));
    siginfo_t info;
    OK(waitid(P_PID, p, &info, WEXITED | WNOWAIT));
    NEED(load(in("/proc/%d/stat", p)) > 0);
    char state; int ppid, code;
    EQ(sscanf(strrchr(text, ')') + 2, "%c %d", &state, &ppid), 2);
    EQ(state, 'Z'); EQ(ppid, getpid());
    EQ(sscanf(strrchr(text, ' '), "%d", &code), 1); EQ(code, 3 << 8);
    NEED(load(in("/proc/%d/statm", p)) > 0); STR(text, "0 0 0 0 0 0 0\n");
    EQ(load(in("/proc/%d/cmdline", p)), 0);
    EQ(load(in("/proc/%d/maps", p)), 0);
    NEED(load(in("/proc/%d/status", p)) > 0); CHECK(strstr(text, "State:\tZ (zombie)\n") && !strstr(text, "VmSize") && !strstr(text, "Umask"));
    char b[8];
    ERR(readlink(in("/proc/%d/exe", p), b, 8), ENOENT);
    ERR(readlink(in("/proc/%d/cwd", p), b, 8), ENOENT);
    reap(p);
    ERR(open(in("/proc/%d/stat", p), O_RDONLY), ENOENT);
}
CASE(dead_process) {
    pid_t p = CHILD(pause());
    int d = OK(open(in("/proc/%d", p), O_RDONLY | O_DIRECTORY)), f = OK(openat(d, "stat", O_RDONLY));
    char b[64];
    CHECK(read(f, b, 8) == 8);
    kill(p, SIGKILL); reap(p);
    lseek(f, 0, SEEK_SET);
    ERR(read(f, b, 64), ESRCH);
    ERR(openat(d, "stat", O_RDONLY), ESRCH);
}
CASE(stopped) {
    pid_t p = CHILD(pause());
    kill(p, SIGSTOP);
    int status;
    EQ(waitpid(p, &status, WUNTRACED), p);
    NEED(load(in("/proc/%d/status", p)) > 0); CHECK(strstr(text, "State:\tT (stopped)\n"));
    NEED(load(in("/proc/%d/wchan", p)) >= 0); STR(text, "do_signal_stop");
    kill(p, SIGKILL); reap(p);
}
CASE(signal_sets) {
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, count_signal);
    sigset_t s; sigemptyset(&s); sigaddset(&s, SIGTERM); sigaddset(&s, SIGRTMAX);
    sigprocmask(SIG_BLOCK, &s, 0);
    raise(SIGTERM);
    NEED(load("/proc/self/status") > 0);
    CHECK(strstr(text, "SigBlk:\t8000000000004000\n")); CHECK(strstr(text, "SigIgn:\t0000000000000200\n") || strstr(text, "SigIgn:\t0000000000001200\n"));
    CHECK(strstr(text, "SigCgt:\t0000000000000800\n")); CHECK(strstr(text, "SigPnd:\t0000000000004000\n") || strstr(text, "ShdPnd:\t0000000000004000\n"));
}
CASE(fd_links) {
    int pfd[2]; OK(pipe(pfd));
    int a = OK(open("/dev/null", O_RDWR)), c;
    STR(target(in("/proc/self/fd/%d", a)), "/dev/null");
    struct stat st, other;
    OK(lstat(in("/proc/self/fd/%d", a), &st)); EQ(st.st_mode & 0777, 0700); EQ(st.st_size, 64);
    OK(lstat(in("/proc/self/fd/%d", pfd[0]), &st)); EQ(st.st_mode, S_IFLNK | 0500);
    OK(lstat(in("/proc/self/fd/%d", pfd[1]), &st)); EQ(st.st_mode, S_IFLNK | 0300);
    OK(stat(in("/proc/self/fd/%d", pfd[0]), &st)); OK(fstat(pfd[0], &other)); EQ(st.st_ino, other.st_ino); CHECK(S_ISFIFO(st.st_mode));
    char want[64]; snprintf(want, 64, "pipe:[%llu]", (unsigned long long)other.st_ino);
    STR(target(in("/proc/self/fd/%d", pfd[0])), want);
    c = OK(open(in("/proc/self/fd/%d", pfd[1]), O_WRONLY)); EQ(write(c, "x", 1), 1);
    char b; EQ(read(pfd[0], &b, 1), 1); EQ(b, 'x');
    STR(target(in("/proc/self/fd/%d", c)), want);
    close(a); ERR(readlink(in("/proc/self/fd/%d", a), &b, 1), ENOENT);
    ERR(open("/proc/self/fd/00", O_RDONLY), ENOENT); ERR(open("/proc/self/fd/-1", O_RDONLY), ENOENT);
    // The same number, another file: the link follows.
    EQ(open("/dev/zero", O_RDONLY), a); STR(target(in("/proc/self/fd/%d", a)), "/dev/zero");
    OK(lstat(in("/proc/self/fd/%d", a), &st)); EQ(st.st_mode & 0777, 0500);
    int file = OK(open("gone", O_RDWR | O_CREAT, 0644)); OK(unlink("gone"));
    CHECK(strstr(target(in("/proc/self/fd/%d", file)), "/gone (deleted)"));
    c = OK(open(in("/proc/self/fd/%d", file), O_RDONLY)); fstat(file, &st); fstat(c, &other); EQ(st.st_ino, other.st_ino);
}
CASE(fdinfo) {
    int f = OK(open("f", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    EQ(write(f, "hello", 5), 5);
    NEED(load(in("/proc/self/fdinfo/%d", f)) > 0);
    CHECK(!strncmp(text, "pos:\t5\nflags:\t02102002\nmnt_id:\t", 31));
    struct stat st; OK(fstat(f, &st));
    char want[64]; snprintf(want, 64, "\nino:\t%llu\n", (unsigned long long)st.st_ino); CHECK(strstr(text, want));
}
static volatile int stop_;
static void *nap(void *arg) {
    prctl(PR_SET_NAME, "a-thread");
    *(pid_t *)arg = gettid();
    while (!stop_) usleep(1000);
    return 0;
}
CASE(threads) {
    pthread_t t[3]; volatile pid_t tid[3] = {0};
    for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, nap, (void *)&tid[i]);
    while (!tid[0] || !tid[1] || !tid[2]) usleep(1000);
    struct stat st; OK(stat("/proc/self/task", &st)); EQ(st.st_nlink, 6);
    int count = 0; DIR *d = opendir("/proc/self/task"); for (struct dirent *e; (e = readdir(d));) count += e->d_name[0] != '.'; closedir(d); EQ(count, 4);
    NEED(load(in("/proc/self/task/%d/comm", tid[1])) > 0); STR(text, "a-thread\n");
    NEED(load(in("/proc/%d/comm", tid[1])) > 0); STR(text, "a-thread\n");
    NEED(load(in("/proc/self/task/%d/status", tid[1])) > 0); CHECK(strstr(text, "Threads:\t4\n"));
    char want[32]; snprintf(want, 32, "Tgid:\t%d\n", getpid()); CHECK(strstr(text, want)); snprintf(want, 32, "\nPid:\t%d\n", tid[1]); CHECK(strstr(text, want));
    d = opendir("/proc"); for (struct dirent *e; (e = readdir(d));) CHECK(atoi(e->d_name) != tid[1]); closedir(d);
    snprintf(want, 32, "%d/task/%d", getpid(), getpid()); STR(target("/proc/thread-self"), want);
    stop_ = 1; for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
    ERR(open(in("/proc/self/task/%d/comm", tid[1]), O_RDONLY), ENOENT);
}
CASE(names) {
    EQ(store("/proc/self/comm", "exactly-sixteen-bytes\n"), 22);
    char name[16]; prctl(PR_GET_NAME, name); STR(name, "exactly-sixteen");
    NEED(load("/proc/self/stat") > 0); CHECK(strstr(text, " (exactly-sixteen) R "));
    pid_t p = CHILD(pause());
    ERR(store(in("/proc/%d/comm", p), "x"), EINVAL);
    kill(p, SIGKILL); reap(p);
    prctl(PR_SET_NAME, "a\\b\nc"); NEED(load("/proc/self/status") > 0); CHECK(!strncmp(text, "Name:\ta\\\\b\\nc\n", 14));
}
CASE(memory_file) {
    char *m = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(m + 4090, "across pages");
    int f = OK(open("/proc/self/mem", O_RDWR)); char b[32] = "";
    EQ(pread(f, b, 13, (off_t)(uintptr_t)(m + 4090)), 13); STR(b, "across pages");
    OK(mprotect(m, 4096, PROT_READ));
    EQ(pwrite(f, "A", 1, (off_t)(uintptr_t)(m + 4090)), 1); STR(m + 4090, "Across pages");
    ERR(pread(f, b, 1, 0x1000), EIO);
    EQ(pread(f, b, 32, (off_t)(uintptr_t)(m + 8192 - 6)) >= 6, 1);
}
CASE(pagemap_and_smaps) {
    // Alone between two areas that it cannot be merged with.
    char *m = mmap(0, 66 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); m += 4096;
    OK(mprotect(m, 64 * 4096, PROT_READ | PROT_WRITE));
    for (int i = 0; i < 16; i++) m[i * 4096] = 1;
    int f = OK(open("/proc/self/pagemap", O_RDONLY)); uint64_t entry[17];
    EQ(pread(f, entry, sizeof entry, (off_t)((uintptr_t)m / 4096 * 8)), sizeof entry);
    for (int i = 0; i < 17; i++) EQ(entry[i] >> 63, i < 16);
    char b[16]; ERR(pread(f, b, 7, 0), EINVAL);
    NEED(load("/proc/self/smaps") > 0);
    char start[32]; snprintf(start, 32, "%lx-", (long)(uintptr_t)m);
    char *at = strstr(text, start);
    CHECK(at);
    if (at) { char *rss = strstr(at, "\nRss:"), *dirty = strstr(at, "\nPrivate_Dirty:"); EQ(atol(rss + 5), 64); EQ(atol(dirty + 15), 64); }
    long before = field("status", "RssAnon:"); memset(m, 1, 64 * 4096); long after = field("status", "RssAnon:");
    CHECK(after - before >= 180 && after - before <= 400);
    OK(madvise(m, 64 * 4096, MADV_DONTNEED)); CHECK(field("status", "RssAnon:") <= after - 180);
}
CASE(clear_refs) {
    EQ(store("/proc/self/clear_refs", "1\n"), 2);
    ERR(store("/proc/self/clear_refs", "0"), EINVAL);
    ERR(store("/proc/self/clear_refs", "9"), EINVAL);
}
CASE(sizes) {
    long before = field("status", "VmSize:"), pages; NEED(load("/proc/self/statm") > 0); pages = atol(text); EQ(pages * 4, before);
    char *m = mmap(0, 10 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EQ(field("status", "VmSize:") - before, 10 << 10); munmap(m, 10 << 20);
    EQ(field("status", "VmSize:"), before); CHECK(field("status", "VmPeak:") >= before + (10 << 10));
}
CASE(map_files) {
    DIR *d = opendir("/proc/self/map_files"); NEED(d);
    int exe = 0; char me[300]; strcpy(me, target("/proc/self/exe"));
    for (struct dirent *e; (e = readdir(d));) if (e->d_name[0] != '.') exe += !strcmp(target(in("/proc/self/map_files/%s", e->d_name)), me);
    CHECK(exe >= 2); closedir(d);
}
CASE(oom) {
    EQ(store("/proc/self/oom_score_adj", "500"), 3); NEED(load("/proc/self/oom_score_adj") > 0); STR(text, "500\n");
    NEED(load("/proc/self/oom_adj") > 0); STR(text, "8\n"); NEED(load("/proc/self/oom_score") > 0); CHECK(atoi(text) >= 900 && atoi(text) <= 1100);
    EQ(store("/proc/self/oom_adj", "15"), 2); NEED(load("/proc/self/oom_score_adj") > 0); STR(text, "1000\n");
    ERR(store("/proc/self/oom_score_adj", "1001"), EINVAL); ERR(store("/proc/self/oom_score_adj", "x"), EINVAL);
    EXITED(CHILD({ NEED(load("/proc/self/oom_score_adj") > 0); STR(text, "1000\n"); }), 0);
    EXITED(CHILD({ if (geteuid() == 0) OK(setuid(65534)); ERR(store("/proc/self/oom_score_adj", "0"), EACCES); }), 0);
}
CASE(private_files) {
    if (geteuid() != 0) SKIP("needs root");
    pid_t p = CHILD(pause());
    EXITED(CHILD({
        OK(setgid(65534)); OK(setuid(65534)); char b[8];
        const char *closed[] = {"environ", "maps", "smaps", "io", "auxv", "syscall", "mem", "pagemap", "personality"};
        for (int i = 0; i < 9; i++) { int r = load(in("/proc/%d/%s", p, closed[i])); if (r != -1 || errno != EACCES) FAIL("%s: %d errno %d", closed[i], r, errno); }
        ERR(readlink(in("/proc/%d/exe", p), b, 8), EACCES); ERR(readlink(in("/proc/%d/ns/net", p), b, 8), EACCES); ERR(open(in("/proc/%d/fd", p), O_RDONLY), EACCES);
        const char *open_[] = {"stat", "status", "statm", "cmdline", "comm", "limits", "cgroup", "mounts"};
        for (int i = 0; i < 8; i++) CHECK(load(in("/proc/%d/%s", p, open_[i])) > 0);
        struct stat st; OK(stat("/proc/self", &st)); EQ(st.st_uid, 65534); OK(stat("/proc/self/stat", &st)); EQ(st.st_uid, 0);
    }), 0);
    kill(p, SIGKILL); reap(p);
}
CASE(namespaces) {
    int f = OK(open("/proc/self/ns/uts", O_RDONLY)); struct stat st, other; OK(fstat(f, &st)); EQ(st.st_mode, S_IFREG | 0444);
    char want[64]; snprintf(want, 64, "uts:[%llu]", (unsigned long long)st.st_ino); STR(target("/proc/self/ns/uts"), want); STR(target(in("/proc/self/fd/%d", f)), want);
    EQ(ioctl(f, 0xb703), CLONE_NEWUTS); OK(stat(in("/proc/%d/ns/uts", getppid()), &other)); EQ(st.st_ino, other.st_ino);
    if (geteuid() == 0) EXITED(CHILD({ if (unshare(CLONE_NEWUTS) == 0) { OK(stat("/proc/self/ns/uts", &other)); CHECK(other.st_ino != st.st_ino); } }), 0);
}
CASE(io_counts) {
    long reads = field("io", "syscr: "), bytes = field("io", "rchar: "), wbytes = field("io", "wchar: ");
    int f = OK(open("/dev/zero", O_RDONLY)), n = OK(open("/dev/null", O_WRONLY)); char b[1000];
    for (int i = 0; i < 10; i++) { EQ(read(f, b, 1000), 1000); EQ(write(n, b, 500), 500); }
    CHECK(field("io", "syscr: ") >= reads + 10); CHECK(field("io", "rchar: ") >= bytes + 10000); CHECK(field("io", "wchar: ") == wbytes + 5000);
}
CASE(nothing_can_be_made) {
    ERR(mkdir("/proc/x", 0755), ENOENT); ERR(open("/proc/x", O_CREAT | O_WRONLY, 0644), ENOENT); ERR(mkdir("/proc/self/x", 0755), ENOENT);
    ERR(unlink("/proc/uptime"), EPERM); ERR(chmod("/proc/self/stat", 0777), EPERM); ERR(symlink("a", "/proc/x"), ENOENT);
    ERR(open("/proc/sys/kernel/ostype", O_WRONLY), EACCES); ERR(store("/proc/self/environ", "x"), geteuid() == 0 ? EINVAL : EACCES); ERR(store("/proc/uptime", "x"), geteuid() == 0 ? EIO : EACCES);
}
CASE(entries_and_inodes) {
    const char *places[] = {"/proc", "/proc/self", "/proc/self/fd", "/proc/self/task", "/proc/sys/kernel", "/proc/sysvipc"};
    for (int i = 0; i < 6; i++) {
        DIR *d = opendir(places[i]); NEED(d); int seen = 0;
        for (struct dirent *e; (e = readdir(d));) {
            struct stat st;
            if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW)) continue;
            if (e->d_ino != st.st_ino && i != 0) FAIL("%s/%s: d_ino is not st_ino", places[i], e->d_name);
            if (e->d_type != (st.st_mode & S_IFMT) >> 12) FAIL("%s/%s: d_type %d", places[i], e->d_name, e->d_type);
            seen++;
        }
        CHECK(seen > 0); closedir(d);
    }
}
CASE(arguments) {
    EXITED(CHILD(execl("/bin/sh", "sh", "-c", "tr '\\0' '|' < /proc/$$/cmdline > out", "one", "", "three", (char *)0)), 0);
    int f = OK(open("out", O_RDONLY)); char b[200] = ""; CHECK(read(f, b, 199) > 0); CHECK(strstr(b, "|one||three|"));
    EXITED(CHILD({ dup2(open("env", O_CREAT | O_WRONLY, 0644), 1); execle("/bin/cat", "cat", "/proc/self/environ", (char *)0, (char *[]){"A=1", "B=2", 0}); }), 0);
    EQ(load("env"), 8); EQ(memcmp(text, "A=1\0B=2\0", 8), 0);
}
CASE(usage) {
    pid_t p = CHILD({ volatile long x = 0; struct timespec t; do { for (int i = 0; i < 100000; i++) x += i; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); } while (t.tv_nsec < 120000000 && t.tv_sec == 0);
        char *m = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(m, 1, 8 << 20); });
    struct rusage u; int status; EQ(wait4(p, &status, 0, &u), p);
    long ms = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
    CHECK(ms >= 110 && ms < 2000); CHECK(u.ru_maxrss >= 8 << 10 && u.ru_maxrss < 100 << 10); CHECK(u.ru_minflt > 0);
}
CASE(mounts_changed) {
    if (geteuid() != 0) SKIP("needs root");
    EXITED(CHILD({
        if (unshare(CLONE_NEWNS)) _exit(0);
        int f = OK(open("/proc/self/mounts", O_RDONLY)); struct pollfd p = {f, POLLPRI, 0};
        EQ(poll(&p, 1, 0), 0);
        if (mount("none", ".", "tmpfs", 0, 0)) _exit(0);
        EQ(poll(&p, 1, 1000), 1); EQ(p.revents, POLLERR | POLLPRI); EQ(poll(&p, 1, 0), 0);
        umount(".");
    }), 0);
}
CASE(devices) {
    struct { const char *name; int minor; } dev[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
    struct stat st;
    for (int i = 0; i < 5; i++) { OK(stat(in("/dev/%s", dev[i].name), &st)); EQ(st.st_mode, S_IFCHR | 0666); EQ(major(st.st_rdev), 1); EQ(minor(st.st_rdev), dev[i].minor); }
    OK(stat("/dev/tty", &st)); EQ(st.st_rdev, makedev(5, 0)); OK(stat("/dev/pts", &st)); CHECK(S_ISDIR(st.st_mode)); OK(stat("/dev/shm", &st)); EQ(st.st_mode, S_IFDIR | 01777);
    STR(target("/dev/fd"), "/proc/self/fd");
    int f = OK(open("/dev/full", O_RDWR)); char b[8] = "aaaaaaa"; ERR(write(f, "x", 1), ENOSPC); ERR(write(f, "", 0), ENOSPC); EQ(read(f, b, 8), 8); EQ(b[7], 0);
    f = OK(open("/dev/null", O_RDWR)); EQ(write(f, "abc", 3), 3); EQ(read(f, b, 8), 0); EQ(lseek(f, 100, SEEK_SET), 0);
    f = OK(open("/dev/zero", O_RDWR)); char *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, f, 0); NEED(m != MAP_FAILED); EQ(m[9], 0); m[9] = 1;
}
TEST_MAIN
