// Time: sleeping, clocks, interval timers, POSIX timers, timerfd.
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/times.h>
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define MS(n) ((struct timespec){(n) / 1000, (n) % 1000 * 1000000L})

CASE(nanosleep_sleeps_and_says_what_remains) {
    struct timespec t = MS(30), left = {9, 9};
    double a = now_ms();
    OK(nanosleep(&t, &left));
    CHECK(now_ms() - a >= 30);
    EQ(left.tv_sec, 9);
    handle(SIGUSR1, SA_RESTART);
    pid_t k = signal_later(SIGUSR1, 50);
    t = MS(2000);
    ERR(nanosleep(&t, &left), EINTR);
    long ms = left.tv_sec * 1000 + left.tv_nsec / 1000000;
    CHECK(ms > 1500 && ms < 1960);
    reap(k);
}
CASE(nanosleep_errors) {
    struct timespec bad = {0, 1000000000}, negative = {-1, 0}, zero = {0, 0};
    ERR(nanosleep(&bad, 0), EINVAL);
    ERR(nanosleep(&negative, 0), EINVAL);
    OK(nanosleep(&zero, 0));
    ERR(syscall(SYS_nanosleep, BAD, 0), EFAULT);
}
CASE(clock_nanosleep_absolute) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    struct timespec past = {t.tv_sec - 1, 0};
    EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, 0), 0);
    double a = now_ms();
    t.tv_nsec += 40000000;
    if (t.tv_nsec >= 1000000000) { t.tv_nsec -= 1000000000; t.tv_sec++; }
    EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0), 0);
    CHECK(now_ms() - a >= 35);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    t.tv_sec += 5;
    struct timespec left = {7, 7};
    EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left), EINTR);
    EQ(left.tv_sec, 7); // an absolute sleep has no remainder
    reap(k);
    EQ(clock_nanosleep(99, 0, &t, 0), EINVAL);
    EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, 0), EINVAL);
    struct timespec rel = MS(10);
    EQ(clock_nanosleep(CLOCK_REALTIME, 0, &rel, 0), 0);
    EQ(clock_nanosleep(CLOCK_BOOTTIME, 0, &rel, 0), 0);
    EQ(clock_nanosleep(CLOCK_TAI, 0, &rel, 0), 0);
}
CASE(sleep_ignores_ignored_signals) {
    signal(SIGUSR1, SIG_IGN);
    pid_t k = signal_later(SIGUSR1, 10);
    struct timespec t = MS(60);
    double a = now_ms();
    OK(nanosleep(&t, &t));
    CHECK(now_ms() - a >= 60);
    reap(k);
}
CASE(sleep_survives_stop) {
    pid_t p = CHILD({ struct timespec t = MS(100); double a = now_ms(); OK(nanosleep(&t, 0)); CHECK(now_ms() - a >= 100); });
    sleep_ms(20);
    kill(p, SIGSTOP);
    sleep_ms(30);
    kill(p, SIGCONT);
    EXITED(p, 0); // restarted by restart_syscall, not EINTR
}
CASE(clocks_exist_and_agree) {
    struct timespec t, r;
    int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
    for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        OK(syscall(SYS_clock_gettime, clocks[i], &t));
        CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
        OK(clock_getres(clocks[i], &r));
        EQ(r.tv_sec, 0);
        CHECK(r.tv_nsec == 1 || r.tv_nsec == 1000000 || r.tv_nsec == 4000000 || r.tv_nsec == 10000000);
        OK(clock_getres(clocks[i], 0));
    }
    ERR(clock_gettime(77, &t), EINVAL);
    ERR(clock_getres(77, &t), EINVAL);
    ERR(syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD), EFAULT);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t na = a.tv_sec * 1000000000LL + a.tv_nsec, nb = b.tv_sec * 1000000000LL + b.tv_nsec, nt = t.tv_sec * 1000000000LL + t.tv_nsec;
    CHECK(na <= nb && nb <= nt); // vDSO and call tell one time
    struct timeval tv;
    OK(gettimeofday(&tv, 0));
    clock_gettime(CLOCK_REALTIME, &t);
    CHECK(t.tv_sec - tv.tv_sec <= 1 && t.tv_sec >= tv.tv_sec);
    CHECK(llabs(time(0) - t.tv_sec) <= 1);
    CHECK(syscall(SYS_time, 0) >= tv.tv_sec);
}
CASE(monotonic_never_goes_back) {
    struct timespec a = {0}, b;
    for (int i = 0; i < 20000; i++) {
        clock_gettime(CLOCK_MONOTONIC, &b);
        if (b.tv_sec < a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec)) { FAIL("went back in round %d", i); break; }
        a = b;
    }
}
CASE(cpu_clocks_count_work) {
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    double end = now_ms() + 60;
    volatile long n = 0;
    while (now_ms() < end) n++;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double ms = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6;
    CHECK(ms > 5 && ms < 200);
    clockid_t id;
    EQ(clock_getcpuclockid(0, &id), 0);
    OK(clock_gettime(id, &a));
    pid_t p = CHILD(pause());
    EQ(clock_getcpuclockid(p, &id), 0);
    OK(clock_gettime(id, &a));
    kill(p, SIGKILL); reap(p);
    EQ(pthread_getcpuclockid(pthread_self(), &id), 0);
    OK(clock_gettime(id, &b));
    struct tms tms;
    CHECK(times(&tms) != -1);
    CHECK(tms.tms_utime + tms.tms_stime >= 1);
}
CASE(alarm_and_itimer_real) {
    handle(SIGALRM, 0);
    EQ(alarm(10), 0);
    EQ(alarm(0), 10);
    struct itimerval it = {{0, 20000}, {0, 20000}}, old;
    OK(setitimer(ITIMER_REAL, &it, 0));
    while (caught < 3) pause();
    OK(getitimer(ITIMER_REAL, &old));
    EQ(old.it_interval.tv_usec, 20000);
    CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 20000);
    OK(setitimer(ITIMER_REAL, &(struct itimerval){0}, &old));
    EQ(old.it_interval.tv_usec, 20000);
    OK(getitimer(ITIMER_REAL, &old));
    EQ(old.it_value.tv_usec, 0);
    it.it_value.tv_usec = 1000000;
    ERR(setitimer(ITIMER_REAL, &it, 0), EINVAL);
    ERR(setitimer(5, &old, 0), EINVAL);
    alarm(100);
    EXITED(CHILD(EQ(alarm(0), 0)), 0); // not inherited by fork
    EXITED(CHILD({ alarm(1); execl("/bin/sh", "sh", "-c", "trap 'exit 9' ALRM; sleep 3 & wait", (char *)0); }), 9); // kept by exec
}
CASE(itimer_cpu) {
    handle(SIGVTALRM, SA_RESTART);
    handle(SIGPROF, SA_RESTART);
    struct itimerval it = {{0, 0}, {0, 30000}};
    OK(setitimer(ITIMER_VIRTUAL, &it, 0));
    OK(setitimer(ITIMER_PROF, &it, 0));
    sleep_ms(60);
    EQ(caught, 0); // sleeping does not count
    double end = now_ms() + 3000;
    while (caught < 2 && now_ms() < end) { }
    EQ(caught, 2);
}
static siginfo_t last;
static void record(int s, siginfo_t *si, void *u) { last = *si; caught++; }
CASE(posix_timer_signal) {
    struct sigaction a = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &a, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 1234};
    timer_t t;
    OK(timer_create(CLOCK_MONOTONIC, &e, &t));
    struct itimerspec it = {MS(10), MS(10)}, got;
    OK(timer_settime(t, 0, &it, 0));
    while (caught < 3) pause();
    EQ(last.si_code, SI_TIMER); EQ(last.si_value.sival_int, 1234); EQ(last.si_signo, SIGRTMIN);
    OK(timer_gettime(t, &got));
    EQ(got.it_interval.tv_nsec, 10000000);
    CHECK(got.it_value.tv_nsec <= 10000000);
    OK(timer_settime(t, 0, &(struct itimerspec){0}, &got));
    OK(timer_gettime(t, &got));
    EQ(got.it_value.tv_nsec, 0); EQ(got.it_value.tv_sec, 0);
    OK(timer_delete(t));
    ERR(syscall(SYS_timer_delete, 77), EINVAL);
    ERR(syscall(SYS_timer_gettime, 77, &got), EINVAL);
}
CASE(posix_timer_overrun) {
    sigset_t s;
    sigemptyset(&s); sigaddset(&s, SIGUSR1);
    sigprocmask(SIG_BLOCK, &s, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t t;
    OK(timer_create(CLOCK_REALTIME, &e, &t));
    struct itimerspec it = {MS(5), MS(5)};
    OK(timer_settime(t, 0, &it, 0));
    sleep_ms(60);
    siginfo_t si;
    EQ(sigwaitinfo(&s, &si), SIGUSR1);
    CHECK(si.si_overrun >= 5);
    EQ(timer_getoverrun(t), si.si_overrun);
}
static pid_t ran_in;
static void in_thread(int s) { ran_in = gettid(); caught++; }
static void *timer_thread(void *arg) { *(volatile pid_t *)arg = gettid(); while (!caught) sleep_ms(2); return 0; }
CASE(posix_timer_thread_id) {
    signal(SIGRTMIN, in_thread);
    volatile pid_t tid = 0;
    pthread_t th;
    NEED(pthread_create(&th, 0, timer_thread, (void *)&tid) == 0);
    while (!tid) sleep_ms(1);
    struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    e.sigev_notify_thread_id = tid;
    timer_t t;
    OK(timer_create(CLOCK_MONOTONIC, &e, &t));
    struct itimerspec it = {{0, 0}, MS(10)};
    OK(timer_settime(t, 0, &it, 0));
    pthread_join(th, 0);
    EQ(ran_in, tid);
    e.sigev_notify_thread_id = 999999;
    ERR(timer_create(CLOCK_MONOTONIC, &e, &t), EINVAL);
    e.sigev_notify = 77;
    ERR(timer_create(CLOCK_MONOTONIC, &e, &t), EINVAL);
    ERR(timer_create(77, 0, &t), EINVAL);
}
CASE(posix_timer_none_and_absolute) {
    struct sigevent e = {.sigev_notify = SIGEV_NONE};
    timer_t t;
    OK(timer_create(CLOCK_MONOTONIC, &e, &t));
    struct itimerspec it = {{0, 0}, {0, 0}}, got;
    clock_gettime(CLOCK_MONOTONIC, &it.it_value);
    it.it_value.tv_sec += 100;
    OK(timer_settime(t, TIMER_ABSTIME, &it, 0));
    OK(timer_gettime(t, &got));
    CHECK(got.it_value.tv_sec == 99 || got.it_value.tv_sec == 100);
    it.it_value.tv_nsec = 1000000000;
    ERR(timer_settime(t, 0, &it, 0), EINVAL);
    EXITED(CHILD(ERR(timer_gettime(t, &got), EINVAL)), 0); // timers are not inherited
}
CASE(timerfd_reads) {
    int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    uint64_t n = 0;
    ERR(read(fd, &n, 8), EAGAIN);
    ERR(read(fd, &n, 7), EINVAL);
    struct itimerspec it = {MS(10), MS(20)}, got;
    OK(timerfd_settime(fd, 0, &it, &got));
    EQ(got.it_value.tv_nsec, 0);
    struct pollfd p = {fd, POLLIN, 0};
    EQ(poll(&p, 1, 0), 0);
    EQ(poll(&p, 1, 5000), 1);
    sleep_ms(35);
    EQ(read(fd, &n, 8), 8);
    CHECK(n >= 3 && n < 100);
    OK(timerfd_gettime(fd, &got));
    EQ(got.it_interval.tv_nsec, 10000000);
    OK(timerfd_settime(fd, 0, &(struct itimerspec){0}, 0));
    ERR(read(fd, &n, 8), EAGAIN);
    fcntl(fd, F_SETFL, 0);
    it = (struct itimerspec){{0, 0}, MS(20)};
    OK(timerfd_settime(fd, 0, &it, 0));
    EQ(read(fd, &n, 8), 8); // blocks
    EQ(n, 1);
    clock_gettime(CLOCK_MONOTONIC, &it.it_value);
    OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, 0));
    EQ(read(fd, &n, 8), 8);
    ERR(write(fd, &n, 8), EINVAL);
}
CASE(timerfd_errors) {
    struct itimerspec it = {0};
    ERR(timerfd_create(77, 0), EINVAL);
    ERR(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    int fd = OK(timerfd_create(CLOCK_REALTIME, 0));
    ERR(timerfd_settime(fd, 0x40, &it, 0), EINVAL);
    it.it_value.tv_nsec = -1;
    ERR(timerfd_settime(fd, 0, &it, 0), EINVAL);
    it.it_value.tv_nsec = 0;
    ERR(timerfd_settime(0, 0, &it, 0), EINVAL);
    ERR(timerfd_settime(999, 0, &it, 0), EBADF);
    ERR(timerfd_gettime(999, &it), EBADF);
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 20);
    uint64_t n;
    ERR(read(fd, &n, 8), EINTR);
    reap(k);
}
CASE(adjtimex_reads) {
    struct timex t = {0};
    CHECK(adjtimex(&t) >= 0);
    struct timespec ts = {1000, 0};
    EXITED(CHILD({ if (geteuid() == 0) OK(setuid(65534)); ERR(clock_settime(CLOCK_REALTIME, &ts), EPERM); }), 0);
    ERR(clock_settime(CLOCK_MONOTONIC, &ts), EINVAL);
}
TEST_MAIN
