// Signals beyond the basics: errno cases, queueing by sigqueue, restarts of each call, timers and clocks at their edges.
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <ucontext.h>

#define RAW_SIGACTION(sig, new, old, size) syscall(SYS_rt_sigaction, sig, new, old, size)

CASE(sigaction_errors) {
    struct { void *h; unsigned long flags; void *r; uint64_t mask; } k = {0};
    ERR(RAW_SIGACTION(SIGUSR1, 0, &k, 4), EINVAL);
    ERR(RAW_SIGACTION(0, 0, &k, 8), EINVAL);
    ERR(RAW_SIGACTION(65, 0, &k, 8), EINVAL);
    ERR(RAW_SIGACTION(SIGKILL, &k, 0, 8), EINVAL);
    ERR(RAW_SIGACTION(SIGSTOP, &k, 0, 8), EINVAL);
    EQ(RAW_SIGACTION(SIGKILL, 0, &k, 8), 0);
    ERR(RAW_SIGACTION(SIGUSR1, BAD, 0, 8), EFAULT);
    ERR(RAW_SIGACTION(SIGUSR1, 0, BAD, 8), EFAULT);
}
CASE(sigprocmask_errors) {
    uint64_t m = ~0ULL, o;
    ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &m, 0, 4), EINVAL);
    ERR(syscall(SYS_rt_sigprocmask, 77, &m, 0, 8), EINVAL);
    EQ(syscall(SYS_rt_sigprocmask, 77, 0, &o, 8), 0);
    ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, 0, 8), EFAULT);
    ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, BAD, 8), EFAULT);
    EQ(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &m, 0, 8), 0);
    EQ(syscall(SYS_rt_sigprocmask, SIG_SETMASK, 0, &o, 8), 0);
    EQ(o, ~(1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1)));
    ERR(syscall(SYS_rt_sigpending, BAD, 8), EFAULT);
    ERR(syscall(SYS_rt_sigpending, &o, 16), EINVAL);
    ERR(syscall(SYS_rt_sigsuspend, &m, 4), EINVAL);
    ERR(syscall(SYS_rt_sigsuspend, BAD, 8), EFAULT);
    ERR(syscall(SYS_rt_sigtimedwait, BAD, 0, 0, 8), EFAULT);
    ERR(syscall(SYS_rt_sigtimedwait, &m, 0, BAD, 8), EFAULT);
    ERR(syscall(SYS_rt_sigtimedwait, &m, 0, 0, 4), EINVAL);
    struct timespec t = {0, 1000000000};
    ERR(syscall(SYS_rt_sigtimedwait, &m, 0, &t, 8), EINVAL);
    t = (struct timespec){0, 0};
    ERR(syscall(SYS_rt_sigtimedwait, &m, 0, &t, 8), EAGAIN);
}
CASE(sigaltstack_errors) {
    char *s = malloc(65536);
    stack_t st = {.ss_sp = s, .ss_size = 65536, .ss_flags = 0}, old;
    OK(sigaltstack(&st, 0));
    OK(sigaltstack(0, &old));
    EQ(old.ss_flags, 0); EQ(old.ss_size, 65536); CHECK(old.ss_sp == s);
    st.ss_size = 100; ERR(sigaltstack(&st, 0), ENOMEM);
    st.ss_size = 65536; st.ss_flags = 99; ERR(sigaltstack(&st, 0), EINVAL);
    st.ss_flags = SS_ONSTACK; OK(sigaltstack(&st, 0));
    st.ss_flags = SS_DISABLE; OK(sigaltstack(&st, 0));
    OK(sigaltstack(0, &old));
    EQ(old.ss_flags, SS_DISABLE);
    ERR(syscall(SYS_sigaltstack, BAD, 0), EFAULT);
    ERR(syscall(SYS_sigaltstack, 0, BAD), EFAULT);
}
CASE(sigqueueinfo_rules) {
    siginfo_t si = {.si_code = SI_QUEUE};
    ERR(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &si), EINVAL);
    ERR(syscall(SYS_rt_sigqueueinfo, 1 << 22, SIGUSR1, &si), ESRCH);
    ERR(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD), EFAULT);
    si.si_code = SI_USER;
    ERR(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &si), EPERM);
    si.si_code = SI_TKILL;
    ERR(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &si), EPERM);
    EQ(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &si), 0);
    si.si_code = SI_QUEUE;
    ERR(syscall(SYS_rt_tgsigqueueinfo, -1, gettid(), SIGUSR1, &si), EINVAL);
    ERR(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGUSR1, &si), EINVAL);
    ERR(syscall(SYS_rt_tgsigqueueinfo, getpid(), 1 << 22, SIGUSR1, &si), ESRCH);
}
CASE(realtime_order_and_values) {
    sigset_t s;
    sigemptyset(&s);
    for (int i = 0; i < 4; i++) sigaddset(&s, SIGRTMIN + i);
    sigprocmask(SIG_BLOCK, &s, 0);
    for (int i = 3; i >= 0; i--) for (int k = 0; k < 3; k++) OK(sigqueue(getpid(), SIGRTMIN + i, (union sigval){.sival_int = i * 10 + k}));
    for (int i = 0; i < 4; i++) for (int k = 0; k < 3; k++) {
        siginfo_t si;
        EQ(sigwaitinfo(&s, &si), SIGRTMIN + i);
        EQ(si.si_value.sival_int, i * 10 + k); EQ(si.si_code, SI_QUEUE); EQ(si.si_pid, getpid()); EQ(si.si_uid, getuid());
    }
}
// Calls that restart with SA_RESTART, and those that never do.
static int fds[2];
static long call_read(void) { char c; return read(fds[0], &c, 1); }
static long call_wait(void) { int st; return waitpid(-1, &st, __WALL) < 0 && errno == ECHILD ? 1 : 1; }
static long call_futex(void) { static int w; return syscall(SYS_futex, &w, 0, 0, 0, 0, 0); }
static long call_poll(void) { return poll(0, 0, 2000); }
static long call_select(void) { return select(0, 0, 0, 0, &(struct timeval){2, 0}); }
static long call_pause(void) { return pause(); }
static long call_epoll(void) { struct epoll_event e; return epoll_wait(epoll_create1(0), &e, 1, 2000); }
static long call_sleep(void) { return nanosleep(&(struct timespec){2, 0}, 0); }
static long call_clock_sleep(void) { int e = clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){2, 0}, 0); errno = e; return e ? -1 : 0; }
static long call_sigwait(void) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR2); return sigtimedwait(&s, 0, &(struct timespec){2, 0}); }
static long call_semop_like_eventfd(void) { uint64_t v; return read(eventfd(0, 0), &v, 8); }
CASE_LIMIT(calls_that_end_with_eintr, 30) {
    long (*calls[])(void) = {call_poll, call_select, call_pause, call_epoll, call_sleep, call_clock_sleep, call_sigwait};
    handle(SIGUSR1, SA_RESTART);
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        pid_t p = signal_later(SIGUSR1, 30);
        errno = 0;
        long r = calls[i]();
        if (r != -1 || errno != EINTR) FAIL("call %u: got %ld errno %d want -1 EINTR", i, r, errno);
        reap(p);
    }
}
CASE_LIMIT(calls_that_restart, 30) {
    OK(pipe(fds));
    handle(SIGUSR1, SA_RESTART);
    pid_t p = CHILD({ sleep_ms(30); kill(getppid(), SIGUSR1); sleep_ms(60); if (write(fds[1], "x", 1) != 1) _exit(9); });
    EQ(call_read(), 1);
    EXITED(p, 0);
    p = CHILD({ sleep_ms(30); kill(getppid(), SIGUSR1); sleep_ms(60); });
    EQ(call_wait(), 1);
    EQ(caught, 2);
    handle(SIGUSR1, 0);
    p = signal_later(SIGUSR1, 30);
    ERR(call_read(), EINTR);
    reap(p);
    p = signal_later(SIGUSR1, 30);
    ERR(call_semop_like_eventfd(), EINTR);
    reap(p);
    p = signal_later(SIGUSR1, 30);
    ERR(call_futex(), EINTR);
    reap(p);
}
CASE(sleep_says_what_remains) {
    struct timespec left = {9, 9};
    handle(SIGUSR1, 0);
    pid_t p = signal_later(SIGUSR1, 50);
    ERR(nanosleep(&(struct timespec){5, 0}, &left), EINTR);
    CHECK(left.tv_sec >= 2 && left.tv_sec <= 4);
    reap(p);
    left = (struct timespec){9, 9};
    p = signal_later(SIGUSR1, 50);
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += 5;
    EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, &left), EINTR);
    EQ(left.tv_sec, 9); // untouched
    reap(p);
}
CASE(clock_errors) {
    struct timespec t;
    struct timeval v;
    ERR(clock_gettime(99, &t), EINVAL);
    ERR(clock_getres(99, &t), EINVAL);
    EQ(clock_getres(CLOCK_REALTIME, 0), 0);
    ERR(syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD), EFAULT);
    ERR(syscall(SYS_clock_getres, CLOCK_REALTIME, BAD), EFAULT);
    ERR(syscall(SYS_gettimeofday, BAD, 0), EFAULT);
    ERR(syscall(SYS_settimeofday, BAD, 0), EFAULT);
    v = (struct timeval){0, 1000000};
    ERR(settimeofday(&v, 0), EINVAL);
    t = (struct timespec){0, 1000000000}; ERR(clock_settime(CLOCK_REALTIME, &t), EINVAL);
    t = (struct timespec){-1, 0}; ERR(clock_settime(CLOCK_REALTIME, &t), EINVAL);
    t = (struct timespec){1, 0}; ERR(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
    ERR(clock_settime(99, &t), EINVAL);
    ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, BAD), EFAULT);
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); clock_gettime(CLOCK_REALTIME, &t); ERR(clock_settime(CLOCK_REALTIME, &t), EPERM); gettimeofday(&v, 0); ERR(settimeofday(&v, 0), EPERM); struct timex x = {.modes = ADJ_TICK}; ERR(adjtimex(&x), EPERM); }), 0);
    struct timex x = {0};
    CHECK(adjtimex(&x) >= 0);
    CHECK(x.tick >= 9000 && x.tick <= 11000);
    ERR(syscall(SYS_adjtimex, BAD), EFAULT);
    ERR(clock_adjtime(99, &x), EINVAL);
    EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &(struct timespec){0, 1}, 0), EINVAL);
    EQ(clock_nanosleep(99, 0, &(struct timespec){0, 1}, 0), EINVAL);
    EQ(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){0, 1000000000}, 0), EINVAL);
    EQ(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){-1, 0}, 0), EINVAL);
    EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){1, 0}, 0), 0);
    ERR(syscall(SYS_nanosleep, BAD, 0), EFAULT);
    ERR(nanosleep(&(struct timespec){0, -1}, 0), EINVAL);
}
CASE(timer_errors) {
    struct itimerval iv = {{0, 0}, {0, 1000000}}, old;
    ERR(setitimer(99, &iv, 0), EINVAL);
    ERR(setitimer(ITIMER_REAL, &iv, 0), EINVAL);
    ERR(getitimer(99, &old), EINVAL);
    ERR(syscall(SYS_getitimer, ITIMER_REAL, BAD), EFAULT);
    ERR(syscall(SYS_setitimer, ITIMER_REAL, BAD, 0), EFAULT);
    timer_t t;
    struct sigevent e = {.sigev_notify = 99, .sigev_signo = SIGUSR1};
    int id;
    ERR(syscall(SYS_timer_create, CLOCK_REALTIME, &e, &id), EINVAL);
    e.sigev_notify = SIGEV_SIGNAL; e.sigev_signo = 99; ERR(syscall(SYS_timer_create, CLOCK_REALTIME, &e, &id), EINVAL);
    ERR(syscall(SYS_timer_create, 99, 0, &id), EINVAL);
    ERR(syscall(SYS_timer_create, CLOCK_REALTIME, BAD, &id), EFAULT);
    ERR(syscall(SYS_timer_create, CLOCK_REALTIME, 0, BAD), EFAULT);
    e.sigev_notify = SIGEV_THREAD_ID; e.sigev_signo = SIGUSR1; e._sigev_un._tid = 1 << 22;
    ERR(syscall(SYS_timer_create, CLOCK_REALTIME, &e, &id), EINVAL);
    OK(timer_create(CLOCK_MONOTONIC, 0, &t));
    struct itimerspec its = {{0, 0}, {0, 1000000000}};
    ERR(timer_settime(t, 0, &its, 0), EINVAL);
    its.it_value.tv_nsec = -1; ERR(timer_settime(t, 0, &its, 0), EINVAL);
    ERR(syscall(SYS_timer_settime, t, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_timer_settime, t, 0, BAD, 0), EFAULT);
    ERR(syscall(SYS_timer_gettime, t, BAD), EFAULT);
    ERR(syscall(SYS_timer_gettime, 12345, &its), EINVAL);
    ERR(syscall(SYS_timer_getoverrun, 12345), EINVAL);
    ERR(syscall(SYS_timer_delete, 12345), EINVAL);
    EQ(timer_getoverrun(t), 0);
    OK(timer_delete(t));
    EQ(alarm(5), 0);
    EQ(alarm(0), 5);
}
CASE(timer_gives_back_its_old_setting) {
    timer_t t;
    struct itimerspec a = {{1, 500}, {100, 0}}, b = {{0, 0}, {0, 0}}, old;
    OK(timer_create(CLOCK_MONOTONIC, 0, &t));
    OK(timer_settime(t, 0, &a, 0));
    OK(timer_settime(t, 0, &b, &old));
    CHECK(old.it_value.tv_sec == 99); EQ(old.it_interval.tv_sec, 1); EQ(old.it_interval.tv_nsec, 500);
    OK(timer_gettime(t, &old));
    EQ(old.it_value.tv_sec, 0); EQ(old.it_value.tv_nsec, 0);
}
static volatile sig_atomic_t fp_code;
static void on_fpe(int s, siginfo_t *i, void *c) { fp_code = i->si_code; _exit(i->si_code == FPE_INTDIV ? 0 : 1); }
CASE(division_by_zero_says_so) {
    EXITED(CHILD({
        struct sigaction a = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};
        sigaction(SIGFPE, &a, 0);
        volatile int zero = 0;
        zero = 1 / zero;
    }), 0);
}
CASE(sigpending_limit) {
    struct rlimit l = {5, 5};
    sigset_t s;
    sigemptyset(&s); sigaddset(&s, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &s, 0);
    OK(setresuid(54321, 54321, 54321));
    OK(setrlimit(RLIMIT_SIGPENDING, &l));
    for (int i = 0; i < 5; i++) OK(sigqueue(getpid(), SIGRTMIN, (union sigval){0}));
    ERR(sigqueue(getpid(), SIGRTMIN, (union sigval){0}), EAGAIN);
    OK(kill(getpid(), SIGRTMIN)); // kill is never refused
}
CASE(signalfd_forms) {
    sigset_t s;
    sigemptyset(&s); sigaddset(&s, SIGUSR1); sigaddset(&s, SIGKILL);
    sigprocmask(SIG_BLOCK, &s, 0);
    ERR(signalfd(-1, &s, 99), EINVAL);
    ERR(signalfd(1, &s, 0), EINVAL);
    ERR(signalfd(9999, &s, 0), EBADF);
    ERR(syscall(SYS_signalfd4, -1, &s, 4, 0), EINVAL);
    ERR(syscall(SYS_signalfd4, -1, BAD, 8, 0), EINVAL + EFAULT - EINVAL);
    int fd = OK(signalfd(-1, &s, SFD_NONBLOCK));
    struct signalfd_siginfo i[2];
    ERR(read(fd, i, 10), EINVAL);
    ERR(read(fd, i, sizeof i), EAGAIN);
    OK(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42}));
    EQ(read(fd, i, sizeof i), (long)sizeof *i);
    EQ(i[0].ssi_signo, SIGUSR1); EQ(i[0].ssi_int, 42); EQ(i[0].ssi_pid, getpid()); EQ(i[0].ssi_code, SI_QUEUE);
}
TEST_MAIN
