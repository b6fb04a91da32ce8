// The microbenchmark behind docs/performance.md. bench/run.ts builds it (gcc -O2 -static -pthread) and runs it in every runtime.
// usage: micro [all|names...] [-f FILE] [-s scale]   prints: name <ns per op>
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *file = "/data/file";
static const char *self;
static double scale = 1;
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
static void die(const char *m) { perror(m); exit(1); }
#define N(x) ((long)((x) * scale) < 1 ? 1 : (long)((x) * scale))
#define T0 double t0 = now()
#define R(n) return (now() - t0) / (n)

static double t_getppid_raw(void) { long n = N(1e6); T0; for (long i = 0; i < n; i++) syscall(SYS_getppid); R(n); }
static double t_getppid_libc(void) { long n = N(1e6); T0; for (long i = 0; i < n; i++) getppid(); R(n); }
static double t_clock(void) { long n = N(1e6); struct timespec t; T0; for (long i = 0; i < n; i++) clock_gettime(CLOCK_MONOTONIC, &t); R(n); }
static double pr(const char *p) { char b; long n = N(2e5); int fd = open(p, O_RDONLY); if (fd < 0) die(p); T0; for (long i = 0; i < n; i++) if (pread(fd, &b, 1, 0) != 1) die("pread"); double d = (now() - t0) / n; close(fd); return d; }
static double t_pread_zero(void) { return pr("/dev/zero"); }
static double t_pread_file(void) { return pr(file); }
static double t_openclose(void) { long n = N(2e5); T0; for (long i = 0; i < n; i++) { int fd = open(file, O_RDONLY); if (fd < 0) die("open"); close(fd); } R(n); }
static double t_stat(void) { long n = N(1e5); struct stat s; T0; for (long i = 0; i < n; i++) if (stat(file, &s)) die("stat"); R(n); }
static double t_pipe(void) {
    long n = N(1e5); int a[2], b[2]; char c = 0; if (pipe(a) || pipe(b)) die("pipe");
    pid_t p = fork(); if (p < 0) die("fork");
    if (!p) { for (long i = 0; i < n; i++) { if (read(a[0], &c, 1) != 1) _exit(1); if (write(b[1], &c, 1) != 1) _exit(1); } _exit(0); }
    T0; for (long i = 0; i < n; i++) { if (write(a[1], &c, 1) != 1) die("w"); if (read(b[0], &c, 1) != 1) die("r"); }
    double d = (now() - t0) / n; waitpid(p, 0, 0); return d;
}
static double t_tcp(void) {
    long n = N(3e4); char c = 0; int one = 1; int l = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in s = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}; socklen_t sl = sizeof s;
    if (bind(l, (void *)&s, sizeof s) || listen(l, 1) || getsockname(l, (void *)&s, &sl)) die("bind");
    pid_t p = fork(); if (p < 0) die("fork");
    if (!p) { int k = socket(AF_INET, SOCK_STREAM, 0); if (connect(k, (void *)&s, sizeof s)) _exit(1); setsockopt(k, 6, TCP_NODELAY, &one, 4);
        for (long i = 0; i < n; i++) { if (read(k, &c, 1) != 1) _exit(1); if (write(k, &c, 1) != 1) _exit(1); } _exit(0); }
    int k = accept(l, 0, 0); if (k < 0) die("accept"); setsockopt(k, 6, TCP_NODELAY, &one, 4);
    T0; for (long i = 0; i < n; i++) { if (write(k, &c, 1) != 1) die("w"); if (read(k, &c, 1) != 1) die("r"); }
    double d = (now() - t0) / n; waitpid(p, 0, 0); close(k); close(l); return d;
}
static double t_fork(void) { long n = N(500); T0; for (long i = 0; i < n; i++) { pid_t p = fork(); if (p < 0) die("fork"); if (!p) _exit(0); waitpid(p, 0, 0); } R(n); }
static double t_forkexec(void) {
    long n = N(200); T0;
    for (long i = 0; i < n; i++) { pid_t p = fork(); if (p < 0) die("fork"); if (!p) { char *av[] = {(char *)self, "nop", 0}; execv(self, av); _exit(127); }
        int st; waitpid(p, &st, 0); if (st) { fprintf(stderr, "exec st %x\n", st); exit(1); } } R(n);
}
static double t_mmap(void) {
    size_t sz = (size_t)N(256) << 20; double t0 = now();
    char *p = mmap(0, sz, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) die("mmap");
    for (size_t i = 0; i < sz; i += 4096) p[i] = 1;
    double d = (now() - t0) / (sz / 4096); munmap(p, sz); return d;
}
static double t_mmap4k(void) { long n = N(2e4); T0; for (long i = 0; i < n; i++) { char *p = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) die("mmap"); *p = 1; munmap(p, 4096); } R(n); }
static int fx[2]; static long fxn;
static void fwait(int *p) { while (!__atomic_load_n(p, __ATOMIC_ACQUIRE)) syscall(SYS_futex, p, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0); __atomic_store_n(p, 0, __ATOMIC_RELEASE); }
static void fwake(int *p) { __atomic_store_n(p, 1, __ATOMIC_RELEASE); syscall(SYS_futex, p, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0, 0); }
static void *fth(void *a) { (void)a; for (long i = 0; i < fxn; i++) { fwait(&fx[0]); fwake(&fx[1]); } return 0; }
static double t_futex(void) { fxn = N(1e5); fx[0] = fx[1] = 0; pthread_t t; if (pthread_create(&t, 0, fth, 0)) die("thr"); T0; for (long i = 0; i < fxn; i++) { fwake(&fx[0]); fwait(&fx[1]); } double d = (now() - t0) / fxn; pthread_join(t, 0); return d; }
static double t_cpu(void) { long n = N(5e8); volatile uint64_t sink; uint64_t x = 88172645463325252ULL; T0; for (long i = 0; i < n; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; } sink = x; (void)sink; R(n); }
static double t_write4k(void) { char b[4096]; memset(b, 1, sizeof b); char p[256]; snprintf(p, sizeof p, "%s.w", file); long n = N(2e4); int fd = open(p, O_CREAT | O_TRUNC | O_RDWR, 0644); if (fd < 0) die(p); T0; for (long i = 0; i < n; i++) if (pwrite(fd, b, 4096, (i & 4095) * 4096) != 4096) die("pwrite"); double d = (now() - t0) / n; close(fd); unlink(p); return d; }
static double t_creat(void) { char p[256]; snprintf(p, sizeof p, "%s.c", file); long n = N(1e4); T0; for (long i = 0; i < n; i++) { int fd = open(p, O_CREAT | O_EXCL | O_RDWR, 0644); if (fd < 0) die(p); close(fd); unlink(p); } R(n); }

static double t_write_null(void) { long n = N(2e5); int fd = open("/dev/null", O_WRONLY); if (fd < 0) die("null"); T0; for (long i = 0; i < n; i++) if (write(fd, "x", 1) != 1) die("write"); double d = (now() - t0) / n; close(fd); return d; }
static double t_unix(void) {
    long n = N(3e4); int s[2]; char c = 0; if (socketpair(AF_UNIX, SOCK_STREAM, 0, s)) die("socketpair");
    pid_t p = fork(); if (p < 0) die("fork");
    if (!p) { for (long i = 0; i < n; i++) { if (read(s[1], &c, 1) != 1) _exit(1); if (write(s[1], &c, 1) != 1) _exit(1); } _exit(0); }
    T0; for (long i = 0; i < n; i++) { if (write(s[0], &c, 1) != 1) die("w"); if (read(s[0], &c, 1) != 1) die("r"); }
    double d = (now() - t0) / n; waitpid(p, 0, 0); close(s[0]); close(s[1]); return d;
}
static volatile sig_atomic_t hits;
static void on_signal(int s) { (void)s; hits++; }
static double t_signal(void) { long n = N(2e4); signal(SIGUSR1, on_signal); T0; for (long i = 0; i < n; i++) raise(SIGUSR1); if (hits < n) die("signal"); R(n); }
static void *empty(void *a) { return a; }
static double t_thread(void) { long n = N(2000); T0; for (long i = 0; i < n; i++) { pthread_t t; if (pthread_create(&t, 0, empty, 0)) die("thread"); pthread_join(t, 0); } R(n); }
static double t_epoll(void) {
    long n = N(1e5); int ep = epoll_create1(0), e = eventfd(1, 0); struct epoll_event v = {.events = EPOLLIN}; if (epoll_ctl(ep, EPOLL_CTL_ADD, e, &v)) die("epoll");
    T0; for (long i = 0; i < n; i++) if (epoll_wait(ep, &v, 1, 0) != 1) die("epoll_wait"); double d = (now() - t0) / n; close(ep); close(e); return d;
}
static double t_mprotect(void) { long n = N(2e4); char *p = mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) die("mmap"); *p = 1; T0; for (long i = 0; i < n; i++) if (mprotect(p, 4096, i & 1 ? 3 : 1)) die("mprotect"); R(n); }

static struct { const char *n; double (*f)(void); } T[] = {
    {"getppid_raw", t_getppid_raw}, {"getppid_libc", t_getppid_libc}, {"clock_gettime", t_clock}, {"pread_zero", t_pread_zero}, {"pread_file", t_pread_file},
    {"openclose", t_openclose}, {"stat", t_stat}, {"write4k", t_write4k}, {"creat_unlink", t_creat}, {"pipe_rt", t_pipe}, {"write_null", t_write_null}, {"unix_rt", t_unix}, {"epoll_wait", t_epoll}, {"signal_self", t_signal}, {"thread_join", t_thread}, {"mprotect", t_mprotect}, {"fork_wait", t_fork}, {"fork_exec", t_forkexec},
    {"mmap_touch_pg", t_mmap}, {"mmap4k_cycle", t_mmap4k}, {"futex_rt", t_futex}, {"cpu_iter", t_cpu}, {"tcp_rt", t_tcp}};
int main(int c, char **v) {
    static char sb[512]; ssize_t l = readlink("/proc/self/exe", sb, 511); if (l > 0) self = sb; else self = v[0];
    if (c > 1 && !strcmp(v[1], "nop")) return 0;
    setvbuf(stdout, 0, _IOLBF, 0); int any = 0;
    for (int i = 1; i < c; i++) { if (!strcmp(v[i], "-f")) file = v[++i]; else if (!strcmp(v[i], "-s")) scale = atof(v[++i]);
        else for (unsigned k = 0; k < sizeof T / sizeof *T; k++) if (!strcmp(v[i], "all") || !strcmp(v[i], T[k].n)) { printf("%s %.2f\n", T[k].n, T[k].f()); any = 1; } }
    return any ? 0 : 2;
}
