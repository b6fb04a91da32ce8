// Checks for guest programs. A family is one C file: CASE(name) { ... } blocks and TEST_MAIN at the end. Every case runs in
// its own forked process, its own process group and its own empty directory, with a time limit, so that one failing
// case cannot harm the next. Output: `ok NAME`, `not ok NAME: why`, `skip NAME: why`, one line each.
// usage: PROGRAM [-l] [-n] [NAME...]   -l lists, -n runs in this very process (for a debugger).
#ifndef CHECK_H
#define CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct test_case { const char *name; void (*run)(void); int seconds; };
static struct test_case test_cases[256];
static int test_count;
static const char *test_current = "?";
static int test_failed;

#define CASE_LIMIT(name, secs) \
    static void name(void); \
    __attribute__((constructor)) static void register_##name(void) { test_cases[test_count++] = (struct test_case){#name, name, secs}; } \
    static void name(void)
#define CASE(name) CASE_LIMIT(name, 10)

// One write for a line, so that lines of several processes do not mix.
__attribute__((format(printf, 2, 3), unused)) static void say(const char *verdict, const char *format, ...) {
    char line[1024];
    va_list ap;
    int n = snprintf(line, sizeof line, "%s %s: ", verdict, test_current);
    va_start(ap, format);
    n += vsnprintf(line + n, sizeof line - n, format, ap);
    va_end(ap);
    if (n > (int)sizeof line - 2) n = sizeof line - 2;
    line[n++] = '\n';
    if (write(1, line, n) != n) _exit(99);
}
#define FAIL(...) do { int keep_ = errno; test_failed = 1; say("not ok", __VA_ARGS__); errno = keep_; } while (0)
#define SKIP(...) do { say("skip", __VA_ARGS__); fflush(0); _exit(77); } while (0)

__attribute__((unused)) static void test_ok(long long result, const char *what, int line) {
    if (result < 0) FAIL("%s: got %lld errno %d (%s) want success (line %d)", what, result, errno, strerror(errno), line);
}

#define CHECK(cond) do { if (!(cond)) FAIL("%s is false (line %d, errno %d)", #cond, __LINE__, errno); } while (0)
// Equal integers.
#define EQ(got, want) do { long long g_ = (long long)(got), w_ = (long long)(want); \
    if (g_ != w_) FAIL("%s: got %lld want %lld (line %d, errno %d)", #got, g_, w_, __LINE__, errno); } while (0)
#define STR(got, want) do { const char *g_ = (got), *w_ = (want); \
    if (!g_ || strcmp(g_, w_)) FAIL("%s: got \"%s\" want \"%s\" (line %d)", #got, g_ ? g_ : "(null)", w_, __LINE__); } while (0)
// At least 0.
#define OK(call) ({ errno = 0; long long r_ = (long long)(call); test_ok(r_, #call, __LINE__); r_; })
// -1 with this errno.
#define ERR(call, want) do { errno = 0; long long r_ = (long long)(call); int e_ = errno; \
    if (r_ != -1 || e_ != (want)) FAIL("%s: got %lld errno %d (%s) want -1 errno %d (%s) (line %d)", #call, r_, \
        r_ == -1 ? e_ : 0, r_ == -1 ? strerror(e_) : "none", want, strerror(want), __LINE__); } while (0)
// Ends the case at once when what it stands on is missing.
#define NEED(cond) do { if (!(cond)) { FAIL("needs %s (line %d, errno %d %s)", #cond, __LINE__, errno, strerror(errno)); _exit(1); } } while (0)

// Runs the block in a forked child; its pid. A check that fails in the child gives status 1.
#define CHILD(...) ({ pid_t p_ = fork(); if (p_ == 0) { test_failed = 0; __VA_ARGS__; _exit(test_failed); } \
    if (p_ < 0) { FAIL("fork: %s", strerror(errno)); _exit(1); } p_; })
// Waits for a child; its wait status, or -1.
__attribute__((unused)) static int reap(pid_t pid) {
    int status = -1;
    pid_t got;
    do got = waitpid(pid, &status, __WALL); while (got < 0 && errno == EINTR);
    return got == pid ? status : -1;
}
__attribute__((unused)) static void test_ended(pid_t pid, int status, int line) {
    int got = reap(pid);
    if ((status & 0x7f) ? (got == -1 || (got & 0x7f) != status) : got != status) FAIL("child ended with status 0x%x want 0x%x (line %d)", got, status, line);
}
#define EXITED(pid, code) test_ended(pid, (code) << 8, __LINE__)
#define KILLED(pid, sig) test_ended(pid, sig, __LINE__)

__attribute__((unused)) static void sleep_ms(int ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) { }
}
__attribute__((unused)) static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
// A signal handler that only counts, and how to set one.
static volatile sig_atomic_t caught, caught_signal;
__attribute__((unused)) static void count_signal(int s) { caught++; caught_signal = s; }
__attribute__((unused)) static void handle(int sig, int flags) {
    struct sigaction a = {.sa_handler = count_signal, .sa_flags = flags};
    sigaction(sig, &a, 0);
}
// Sends a signal to this thread group after some time, from a child that the case need not reap.
__attribute__((unused)) static pid_t signal_later(int sig, int ms) {
    pid_t me = getpid();
    return CHILD({ sleep_ms(ms); kill(me, sig); });
}
// Waits until a task's state letter in /proc/PID/stat is the wanted one.
__attribute__((unused)) static int wait_state(pid_t pid, char want) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 400; i++) {
        int fd = open(path, O_RDONLY);
        if (fd < 0) return -1;
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n <= 0) return -1;
        text[n] = 0;
        char *p = strrchr(text, ')');
        if (p && p[2] == want) return 0;
        sleep_ms(5);
    }
    return -1;
}
__attribute__((unused)) static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    NEED(fd >= 0);
    NEED(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}
// Reads a whole small file into a static buffer; "" when it cannot be read.
__attribute__((unused)) static char *slurp(const char *path) {
    static char text[65536];
    size_t have = 0;
    ssize_t n;
    int fd = open(path, O_RDONLY);
    if (fd < 0) { text[0] = 0; return text; }
    while (have < sizeof text - 1 && (n = read(fd, text + have, sizeof text - 1 - have)) > 0) have += n;
    close(fd);
    text[have] = 0;
    return text;
}
// The number after a key such as "Threads:" in /proc/self/status, or -1.
__attribute__((unused)) static long status_field(const char *key) {
    char *at = strstr(slurp("/proc/self/status"), key);
    return at ? strtol(at + strlen(key), 0, 0) : -1;
}

// An address that is never mapped, which the compiler does not know.
static char *volatile test_bad = (char *)8;
#define BAD ((void *)test_bad)

static pid_t test_child;
static void test_expired(int s) { (void)s; kill(-test_child, SIGKILL); kill(test_child, SIGKILL); }

static void test_remove(const char *directory) {
    pid_t p = fork();
    if (p == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1); dup2(null, 2);
        execl("/bin/rm", "rm", "-rf", directory, (char *)0);
        _exit(127);
    }
    if (p > 0) reap(p);
}

static int test_run(struct test_case *c, int in_place) {
    char directory[] = "/tmp/guest-XXXXXX";
    test_current = c->name;
    test_failed = 0;
    if (!mkdtemp(directory)) { test_failed = 1; FAIL("mkdtemp: %s", strerror(errno)); return 1; }
    chmod(directory, 0755);
    if (in_place) {
        if (chdir(directory)) return 1;
        c->run();
        if (!test_failed) { printf("ok %s\n", c->name); fflush(stdout); }
        return test_failed;
    }
    fflush(0);
    pid_t p = test_child = fork();
    if (p < 0) { FAIL("fork: %s", strerror(errno)); return 1; }
    if (p == 0) {
        setpgid(0, 0);
        signal(SIGALRM, SIG_DFL);
        if (chdir(directory)) _exit(98);
        umask(022);
        c->run();
        fflush(0);
        _exit(test_failed);
    }
    setpgid(p, p);
    struct sigaction a = {.sa_handler = test_expired, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &a, 0);
    alarm(c->seconds);
    int status = reap(p);
    int expired = alarm(0) == 0;
    kill(-p, SIGKILL);
    test_remove(directory);
    if (status >> 8 == 77 && (status & 0x7f) == 0) return 0;
    if (status == 0) { printf("ok %s\n", c->name); fflush(stdout); return 0; }
    if (status == -1) FAIL("its status could not be had");
    else if (status & 0x7f) { if (expired) FAIL("took over %d seconds", c->seconds); else FAIL("killed by signal %d (%s)", status & 0x7f, strsignal(status & 0x7f)); }
    else if (status >> 8 != 1) FAIL("exited with status %d", status >> 8);
    return 1;
}

static int test_main(int argc, char **argv) {
    int in_place = 0, failures = 0, named = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-l")) { for (int k = 0; k < test_count; k++) puts(test_cases[k].name); return 0; }
        if (!strcmp(argv[i], "-n")) in_place = 1;
        else named = 1;
    }
    for (int k = 0; k < test_count; k++) {
        int wanted = !named;
        for (int i = 1; i < argc; i++) wanted |= !strcmp(argv[i], test_cases[k].name);
        if (wanted) failures += test_run(&test_cases[k], in_place);
    }
    return failures != 0;
}
#define TEST_MAIN int main(int argc, char **argv) { return test_main(argc, argv); }
#endif
