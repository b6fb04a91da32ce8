// Signals: dispositions, masks, queues, handlers and their frames, waiting for signals, faults, permissions, restarts.
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <ucontext.h>

static sigset_t set_of(int a, int b) {
    sigset_t s;
    sigemptyset(&s);
    if (a) sigaddset(&s, a);
    if (b) sigaddset(&s, b);
    return s;
}
static void block(int a, int b) { sigset_t s = set_of(a, b); sigprocmask(SIG_BLOCK, &s, 0); }
static void unblock(int a, int b) { sigset_t s = set_of(a, b); sigprocmask(SIG_UNBLOCK, &s, 0); }
static void action(int sig, void (*f)(int, siginfo_t *, void *), int flags) {
    struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    OK(sigaction(sig, &a, 0));
}
static volatile siginfo_t seen;
static volatile int order[32], count; // volatile: raise() is declared as a leaf
static void record(int s, siginfo_t *si, void *u) { seen = *si; if (count < 32) order[count] = s * 1000 + si->si_value.sival_int; count++; }

CASE(sigaction_errors_and_readback) {
    struct sigaction a = {.sa_handler = SIG_IGN}, old;
    ERR(sigaction(SIGKILL, &a, 0), EINVAL);
    ERR(sigaction(SIGSTOP, &a, 0), EINVAL);
    OK(sigaction(SIGKILL, 0, &old));
    ERR(sigaction(65, &a, 0), EINVAL);
    ERR(sigaction(0, &a, 0), EINVAL);
    a.sa_handler = count_signal;
    a.sa_flags = SA_NODEFER | SA_RESTART;
    a.sa_mask = set_of(SIGHUP, SIGKILL);
    OK(sigaction(SIGUSR1, &a, 0));
    OK(sigaction(SIGUSR1, 0, &old));
    CHECK(old.sa_handler == count_signal);
    EQ(old.sa_flags & (SA_NODEFER | SA_RESTART | SA_SIGINFO), SA_NODEFER | SA_RESTART);
    EQ(sigismember(&old.sa_mask, SIGHUP), 1);
    EQ(sigismember(&old.sa_mask, SIGKILL), 0);
    ERR(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4), EINVAL);
    ERR(syscall(SYS_rt_sigaction, SIGUSR1, BAD, 0, 8), EFAULT);
}
CASE(mask_operations) {
    sigset_t s = set_of(SIGUSR1, SIGKILL), old;
    OK(sigprocmask(SIG_SETMASK, &s, 0));
    OK(sigprocmask(SIG_BLOCK, 0, &old));
    EQ(sigismember(&old, SIGUSR1), 1); EQ(sigismember(&old, SIGKILL), 0);
    ERR(syscall(SYS_rt_sigprocmask, 9, &s, 0, 8), EINVAL);
    ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &s, 0, 4), EINVAL);
    ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, 0, 8), EFAULT);
    EQ(syscall(SYS_rt_sigprocmask, 9, 0, &old, 8), 0); // how is not looked at without a new set
    handle(SIGUSR1, 0);
    raise(SIGUSR1);
    EQ(caught, 0);
    OK(sigpending(&old));
    EQ(sigismember(&old, SIGUSR1), 1);
    unblock(SIGUSR1, 0);
    EQ(caught, 1);
    OK(sigpending(&old));
    EQ(sigismember(&old, SIGUSR1), 0);
}
CASE(standard_signals_merge_and_realtime_queue) {
    block(SIGUSR1, SIGRTMIN);
    action(SIGUSR1, record, 0);
    action(SIGRTMIN, record, 0);
    for (int i = 0; i < 4; i++) { kill(getpid(), SIGUSR1); sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}); }
    unblock(SIGUSR1, SIGRTMIN);
    EQ(count, 5);
    int usr1 = 0, next = 0;
    for (int i = 0; i < 5; i++) { if (order[i] / 1000 == SIGUSR1) usr1++; else EQ(order[i] % 1000, next++); }
    EQ(usr1, 1);
}
CASE(lowest_number_first) {
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    struct sigaction a = {.sa_sigaction = record, .sa_flags = SA_SIGINFO, .sa_mask = all};
    int sigs[] = {SIGRTMIN + 2, SIGUSR2, SIGRTMIN, SIGHUP, SIGRTMIN + 1};
    for (int i = 0; i < 5; i++) { sigaction(sigs[i], &a, 0); sigqueue(getpid(), sigs[i], (union sigval){0}); }
    sigprocmask(SIG_SETMASK, &old, 0);
    int want[] = {SIGHUP, SIGUSR2, SIGRTMIN, SIGRTMIN + 1, SIGRTMIN + 2};
    EQ(count, 5);
    for (int i = 0; i < 5; i++) EQ(order[i], want[i] * 1000);
}
CASE(siginfo_of_kill_sigqueue_tgkill) {
    action(SIGUSR1, record, 0);
    kill(getpid(), SIGUSR1);
    EQ(seen.si_code, SI_USER); EQ(seen.si_pid, getpid()); EQ(seen.si_uid, getuid()); EQ(seen.si_signo, SIGUSR1); EQ(seen.si_errno, 0);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_ptr = (void *)0x123456789abcULL});
    EQ(seen.si_code, SI_QUEUE); CHECK(seen.si_value.sival_ptr == (void *)0x123456789abcULL);
    raise(SIGUSR1);
    EQ(seen.si_code, SI_TKILL); EQ(seen.si_pid, getpid());
    siginfo_t si = {.si_code = SI_USER};
    pid_t p = CHILD(pause());
    ERR(syscall(SYS_rt_sigqueueinfo, p, SIGUSR1, &si), EPERM); // no forging of kill for another
    si.si_code = -60;
    OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &si));
    EQ(seen.si_code, -60);
    ERR(sigqueue(999999, SIGUSR1, (union sigval){0}), ESRCH);
    ERR(sigqueue(getpid(), 99, (union sigval){0}), EINVAL);
    ERR(kill(getpid(), 65), EINVAL);
    ERR(kill(999999, 0), ESRCH);
    kill(p, SIGKILL);
    action(SIGCHLD, record, 0);
    EXITED(CHILD(_exit(3)), 3);
    EQ(seen.si_code == CLD_EXITED || seen.si_code == CLD_KILLED, 1);
}
CASE(siginfo_of_child) {
    block(SIGCHLD, 0);
    pid_t p = CHILD(_exit(3));
    siginfo_t si;
    sigset_t s = set_of(SIGCHLD, 0);
    EQ(sigwaitinfo(&s, &si), SIGCHLD);
    EQ(si.si_pid, p); EQ(si.si_code, CLD_EXITED); EQ(si.si_status, 3); EQ(si.si_uid, getuid());
    reap(p);
    p = CHILD(raise(SIGSTOP); abort());
    EQ(sigwaitinfo(&s, &si), SIGCHLD);
    EQ(si.si_code, CLD_STOPPED); EQ(si.si_status, SIGSTOP);
    kill(p, SIGCONT);
    EQ(sigwaitinfo(&s, &si), SIGCHLD);
    // The end may have come before the first was taken: then there is no second signal.
    if (si.si_code == CLD_CONTINUED) OK(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
    CHECK(si.si_code == CLD_KILLED || si.si_code == CLD_DUMPED);
    EQ(si.si_status, SIGABRT);
}
static void nested(int s) { order[count++] = 1; if (count < 3) raise(s); order[count++] = 2; }
CASE(nodefer_nests_and_default_defers) {
    struct sigaction a = {.sa_handler = nested, .sa_flags = SA_NODEFER};
    sigaction(SIGUSR1, &a, 0);
    raise(SIGUSR1);
    int want[] = {1, 1, 1, 2, 2, 2};
    EQ(count, 6);
    for (int i = 0; i < 6; i++) EQ(order[i], want[i]);
    count = 0;
    a.sa_flags = 0;
    sigaction(SIGUSR1, &a, 0);
    raise(SIGUSR1);
    EQ(count, 4);
    EQ(order[1], 2);
}
CASE(resethand) {
    handle(SIGUSR1, SA_RESETHAND);
    raise(SIGUSR1);
    EQ(caught, 1);
    struct sigaction old;
    sigaction(SIGUSR1, 0, &old);
    CHECK(old.sa_handler == SIG_DFL);
    KILLED(CHILD(raise(SIGUSR1)), SIGUSR1);
}
static char alternate[65536];
static volatile uintptr_t handler_sp;
static volatile int ss_flags;
static void where(int s, siginfo_t *si, void *u) {
    char here;
    handler_sp = (uintptr_t)&here;
    stack_t ss;
    sigaltstack(0, &ss);
    ss_flags = ss.ss_flags;
    stack_t other = {.ss_sp = alternate, .ss_size = sizeof alternate};
    if (ss.ss_flags & SS_ONSTACK) ERR(sigaltstack(&other, 0), EPERM);
    caught++;
}
#define ON_ALTERNATE (handler_sp >= (uintptr_t)alternate && handler_sp < (uintptr_t)alternate + sizeof alternate)
CASE(alternate_stack) {
    stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
    OK(sigaltstack(0, &old));
    EQ(old.ss_flags, SS_DISABLE);
    OK(sigaltstack(&ss, 0));
    OK(sigaltstack(0, &old));
    CHECK(old.ss_sp == alternate); EQ(old.ss_size, sizeof alternate); EQ(old.ss_flags, 0);
    action(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(ON_ALTERNATE); EQ(ss_flags, SS_ONSTACK);
    action(SIGUSR1, where, 0);
    raise(SIGUSR1);
    CHECK(!ON_ALTERNATE); EQ(ss_flags, 0);
    ss.ss_size = 100;
    ERR(sigaltstack(&ss, 0), ENOMEM);
    ss.ss_flags = 0x40;
    ERR(sigaltstack(&ss, 0), EINVAL);
    ss.ss_flags = SS_DISABLE;
    OK(sigaltstack(&ss, 0));
    ss = (stack_t){.ss_sp = alternate, .ss_size = sizeof alternate, .ss_flags = 1 << 31};
    OK(sigaltstack(&ss, 0));
    action(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1);
    EQ(ss_flags & SS_DISABLE, SS_DISABLE); // autodisarmed while in the handler
    OK(sigaltstack(0, &old));
    EQ(old.ss_size, sizeof alternate);
    EXITED(CHILD(execl("/bin/true", "true", (char *)0)), 0);
}
static void overflow_handler(int s, siginfo_t *si, void *u) { _exit(si->si_code == SEGV_MAPERR || si->si_code == SEGV_ACCERR ? 5 : 6); }
static int __attribute__((noinline)) deep(int n) { volatile char b[4096]; b[0] = n; return n == 0 ? 0 : deep(n + 1) + b[0]; }
CASE(stack_overflow_on_alternate_stack) {
    EXITED(CHILD({
        struct rlimit small = {1 << 20, 1 << 20};
        setrlimit(RLIMIT_STACK, &small);
        stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
        sigaltstack(&ss, 0);
        action(SIGSEGV, overflow_handler, SA_ONSTACK);
        deep(1);
    }), 5);
    KILLED(CHILD({ struct rlimit small = {1 << 20, 1 << 20}; setrlimit(RLIMIT_STACK, &small); deep(1); }), SIGSEGV);
}
CASE(sigsuspend_swaps_mask) {
    block(SIGUSR1, SIGUSR2);
    handle(SIGUSR1, 0); handle(SIGUSR2, 0);
    raise(SIGUSR1);
    sigset_t only2 = set_of(SIGUSR2, 0);
    ERR(sigsuspend(&only2), EINTR);
    EQ(caught, 1); EQ(caught_signal, SIGUSR1);
    sigset_t now;
    sigprocmask(SIG_BLOCK, 0, &now);
    EQ(sigismember(&now, SIGUSR1), 1); EQ(sigismember(&now, SIGUSR2), 1);
    pid_t k = signal_later(SIGUSR2, 30);
    sigset_t none;
    sigemptyset(&none);
    ERR(sigsuspend(&none), EINTR);
    EQ(caught, 2);
    reap(k);
    ERR(syscall(SYS_rt_sigsuspend, &none, 4), EINVAL);
}
CASE(pause_returns_only_for_handlers) {
    signal(SIGUSR2, SIG_IGN);
    handle(SIGUSR1, SA_RESTART);
    pid_t me = getpid();
    double a = now_ms();
    pid_t k = CHILD({ sleep_ms(20); kill(me, SIGUSR2); kill(me, SIGCHLD); sleep_ms(30); kill(me, SIGUSR1); });
    ERR(pause(), EINTR);
    CHECK(now_ms() - a >= 45);
    reap(k);
}
CASE(sigtimedwait_forms) {
    block(SIGUSR1, SIGRTMIN);
    sigset_t s = set_of(SIGUSR1, SIGRTMIN);
    struct timespec zero = {0, 0}, some = {0, 30000000}, bad = {0, 2000000000};
    siginfo_t si;
    ERR(sigtimedwait(&s, &si, &zero), EAGAIN);
    double a = now_ms();
    ERR(sigtimedwait(&s, &si, &some), EAGAIN);
    CHECK(now_ms() - a >= 29.9);
    ERR(sigtimedwait(&s, &si, &bad), EINVAL);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 9});
    EQ(sigtimedwait(&s, &si, &zero), SIGRTMIN);
    EQ(si.si_value.sival_int, 9); EQ(si.si_code, SI_QUEUE);
    handle(SIGUSR2, SA_RESTART);
    pid_t k = signal_later(SIGUSR2, 20);
    ERR(sigwaitinfo(&s, &si), EINTR); // by a handler for another signal, restart or not
    reap(k);
    k = signal_later(SIGUSR1, 20);
    EQ(sigwaitinfo(&s, &si), SIGUSR1);
    EQ(si.si_pid, k);
    reap(k);
    int sig;
    raise(SIGUSR1);
    EQ(sigwait(&s, &sig), 0);
    EQ(sig, SIGUSR1);
}
CASE(signalfd_reads) {
    sigset_t s = set_of(SIGUSR1, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &s, 0);
    int fd = OK(signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC));
    struct signalfd_siginfo f[4];
    ERR(read(fd, f, sizeof f), EAGAIN);
    ERR(read(fd, f, 10), EINVAL);
    raise(SIGUSR1);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 3});
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 4});
    struct pollfd p = {fd, POLLIN, 0};
    EQ(poll(&p, 1, 0), 1);
    EQ(read(fd, f, sizeof f), 3 * sizeof f[0]);
    EQ(f[0].ssi_signo, SIGUSR1); EQ(f[0].ssi_pid, getpid());
    EQ(f[1].ssi_int, 3); EQ(f[2].ssi_int, 4); EQ(f[1].ssi_code, SI_QUEUE);
    EQ(poll(&p, 1, 0), 0);
    sigset_t two = set_of(SIGUSR2, 0);
    sigprocmask(SIG_BLOCK, &two, 0);
    EQ(signalfd(fd, &two, 0), fd);
    raise(SIGUSR1);
    EQ(poll(&p, 1, 0), 0);
    raise(SIGUSR2);
    EQ(read(fd, f, sizeof f), sizeof f[0]);
    EQ(f[0].ssi_signo, SIGUSR2);
    ERR(signalfd(-1, &s, 1), EINVAL);
    ERR(signalfd(999, &s, 0), EBADF);
    ERR(signalfd(0, &s, 0), EINVAL);
    fcntl(fd, F_SETFL, 0);
    pid_t k = signal_later(SIGUSR2, 20);
    EQ(read(fd, f, sizeof f), sizeof f[0]); // blocks
    EQ(f[0].ssi_pid, k);
    reap(k);
}
static volatile uintptr_t fault_address;
static volatile int fault_code, fault_trap, fault_error;
static sigjmp_buf env;
static void fault(int s, siginfo_t *si, void *u) {
    ucontext_t *uc = u;
    fault_address = (uintptr_t)si->si_addr;
    fault_code = si->si_code;
    fault_trap = uc->uc_mcontext.gregs[REG_TRAPNO];
    fault_error = uc->uc_mcontext.gregs[REG_ERR];
    caught_signal = s;
    siglongjmp(env, 1);
}
#define FAULT(...) do { caught_signal = 0; if (!sigsetjmp(env, 1)) { __VA_ARGS__; } } while (0)
CASE(fault_codes) {
    int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (int i = 0; i < 5; i++) action(sigs[i], fault, 0);
    FAULT(*(volatile char *)0x1234 = 1);
    EQ(caught_signal, SIGSEGV); EQ(fault_code, SEGV_MAPERR); EQ(fault_address, 0x1234); EQ(fault_trap, 14); EQ(fault_error & 7, 6);
    FAULT((void)*(volatile char *)0x2345);
    EQ(fault_error & 7, 4);
    char *ro = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAULT(*(volatile char *)(ro + 9) = 1);
    EQ(caught_signal, SIGSEGV); EQ(fault_code, SEGV_ACCERR); EQ(fault_address, (uintptr_t)ro + 9);
    FAULT(((void (*)(void))ro)());
    EQ(caught_signal, SIGSEGV); EQ(fault_code, SEGV_ACCERR); EQ(fault_error & 16, 16);
    FAULT(*(volatile char *)0x8000000000000000ULL = 1); // not canonical
    EQ(caught_signal, SIGSEGV); EQ(fault_code, 128); EQ(fault_address, 0); EQ(fault_trap, 13);
    FAULT(__asm__ volatile("ud2"));
    EQ(caught_signal, SIGILL); EQ(fault_code, ILL_ILLOPN); EQ(fault_trap, 6);
    FAULT(__asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx" ::: "eax", "ecx", "edx"));
    EQ(caught_signal, SIGFPE); EQ(fault_code, FPE_INTDIV); EQ(fault_trap, 0);
    FAULT(__asm__ volatile("int3"));
    EQ(caught_signal, SIGTRAP); EQ(fault_code, 128); EQ(fault_trap, 3);
    FAULT(__asm__ volatile("hlt"));
    EQ(caught_signal, SIGSEGV); EQ(fault_code, 128);
    put("short", "x");
    int fd = open("short", O_RDWR);
    char *m = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    FAULT(*(volatile char *)(m + 4096) = 1);
    EQ(caught_signal, SIGBUS); EQ(fault_code, BUS_ADRERR); EQ(fault_address, (uintptr_t)m + 4096);
}
CASE(floating_point_exception) {
    action(SIGFPE, fault, 0);
    FAULT({ unsigned csr = 0x1f80 & ~0x200; __asm__ volatile("ldmxcsr %0" :: "m"(csr)); volatile double a = 1, b = 0; volatile double c = a / b; (void)c; });
    EQ(caught_signal, SIGFPE); EQ(fault_code, FPE_FLTDIV); EQ(fault_trap, 19);
}
CASE(blocked_fault_kills) {
    KILLED(CHILD({ action(SIGSEGV, fault, 0); block(SIGSEGV, 0); *(volatile char *)BAD = 1; }), SIGSEGV);
    KILLED(CHILD({ signal(SIGSEGV, SIG_IGN); *(volatile char *)BAD = 1; }), SIGSEGV);
    EXITED(CHILD({ signal(SIGSEGV, SIG_IGN); raise(SIGSEGV); _exit(2); }), 2);
}
static void trash_vectors(int s) {
    __asm__ volatile("pcmpeqb %%xmm0, %%xmm0; movdqa %%xmm0, %%xmm5; movdqa %%xmm0, %%xmm15; fninit; fldpi" ::: "xmm0", "xmm5", "xmm15");
    if (__builtin_cpu_supports("avx")) __asm__ volatile("vpcmpeqd %%xmm1, %%xmm1, %%xmm1; vinsertf128 $1, %%xmm1, %%ymm1, %%ymm5" ::: "xmm1", "xmm5");
    unsigned csr = 0x7f80;
    __asm__ volatile("ldmxcsr %0" :: "m"(csr));
    caught++;
}
CASE(vector_and_fp_state_survive_handlers) {
    signal(SIGUSR1, trash_vectors);
    double x = 1.5;
    unsigned csr = 0;
    long double ld;
    uint64_t in[4] = {1, 2, 3, 4}, out[4] = {0}, high[2] = {0};
    long pid = getpid(), tid = gettid(), rax;
    int avx = __builtin_cpu_supports("avx");
    __asm__ volatile("fldl %0" :: "m"(x));
    if (avx)
        __asm__ volatile("vmovdqu %2, %%ymm5; movdqu %2, %%xmm15; mov $234, %%eax; mov %3, %%rdi; mov %4, %%rsi; mov $10, %%edx; syscall; vmovdqu %%ymm5, %0; movdqu %%xmm15, %1; vzeroupper"
            : "=m"(out), "=m"(high), "+m"(in) : "r"(pid), "r"(tid) : "rax", "rdi", "rsi", "rdx", "rcx", "r11", "xmm5", "xmm15", "memory");
    else
        __asm__ volatile("movdqu %2, %%xmm5; movdqu %2, %%xmm15; mov $234, %%eax; mov %3, %%rdi; mov %4, %%rsi; mov $10, %%edx; syscall; movdqu %%xmm5, %0; movdqu %%xmm15, %1"
            : "=m"(out), "=m"(high), "+m"(in) : "r"(pid), "r"(tid) : "rax", "rdi", "rsi", "rdx", "rcx", "r11", "xmm5", "xmm15", "memory");
    __asm__ volatile("fstpt %0; stmxcsr %1" : "=m"(ld), "=m"(csr));
    (void)rax;
    EQ(caught, 1);
    EQ(out[0], 1); EQ(out[1], 2);
    if (avx) { EQ(out[2], 3); EQ(out[3], 4); }
    EQ(high[0], 1); EQ(high[1], 2);
    CHECK(ld == 1.5L);
    EQ(csr & 0x6000, 0);
}
static void timer_tick(int s) { trash_vectors(s); }
CASE_LIMIT(state_survives_asynchronous_signals, 20) {
    signal(SIGALRM, timer_tick);
    struct itimerval it = {{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &it, 0);
    double sum = 0;
    uint64_t h = 1469598103934665603ULL;
    double end = now_ms() + 400;
    long rounds = 0;
    while (now_ms() < end) {
        double s = 0;
        for (int i = 1; i < 2000; i++) { s += 1.0 / i; h = (h ^ i) * 1099511628211ULL; }
        if (rounds++ == 0) sum = s;
        if (s != sum) { FAIL("sum differs in round %ld", rounds); break; }
    }
    CHECK(caught > 10);
}
static void set_rax(int s, siginfo_t *si, void *u) { ucontext_t *uc = u; uc->uc_mcontext.gregs[REG_RIP] += 2; uc->uc_mcontext.gregs[REG_RBX] = 77; sigaddset(&uc->uc_sigmask, SIGHUP); }
CASE(handler_edits_the_context) {
    action(SIGILL, set_rax, 0);
    long got;
    __asm__ volatile("xor %%ebx, %%ebx; ud2; mov %%rbx, %0" : "=r"(got) :: "rbx", "memory");
    EQ(got, 77);
    sigset_t now;
    sigprocmask(SIG_BLOCK, 0, &now);
    EQ(sigismember(&now, SIGHUP), 1);
}
CASE(red_zone_survives) {
    handle(SIGUSR1, 0);
    long got;
    __asm__ volatile("movq $0x5a5a, -120(%%rsp); mov $39, %%eax; syscall; mov %%eax, %%edi; mov $62, %%eax; mov $10, %%esi; syscall; movq -120(%%rsp), %0"
        : "=r"(got) :: "rax", "rdi", "rsi", "rcx", "r11", "memory");
    EQ(got, 0x5a5a);
    EQ(caught, 1);
}
CASE(restart_of_read) {
    int pp[2];
    char c;
    OK(pipe(pp));
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(read(pp[0], &c, 1), EINTR);
    reap(k);
    handle(SIGUSR1, SA_RESTART);
    pid_t me = getpid();
    k = CHILD({ sleep_ms(30); kill(me, SIGUSR1); sleep_ms(30); if (write(pp[1], "x", 1) != 1) _exit(1); });
    EQ(read(pp[0], &c, 1), 1);
    EQ(caught, 2);
    reap(k);
}
CASE(calls_that_never_restart) {
    handle(SIGUSR1, SA_RESTART);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(poll(0, 0, 5000), EINTR);
    reap(k);
    k = signal_later(SIGUSR1, 30);
    struct timeval tv = {5, 0};
    ERR(select(0, 0, 0, 0, &tv), EINTR);
    reap(k);
    k = signal_later(SIGUSR1, 30);
    struct timespec t = {5, 0};
    ERR(nanosleep(&t, &t), EINTR);
    CHECK(t.tv_sec == 4);
    reap(k);
}
CASE(stop_and_continue) {
    signal(SIGCONT, SIG_DFL);
    pid_t p = CHILD({ handle(SIGCONT, SA_RESTART); handle(SIGUSR1, 0); block(SIGUSR1, 0); raise(SIGSTOP); unblock(SIGUSR1, 0); _exit(caught); });
    int st;
    EQ(waitpid(p, &st, WUNTRACED), p);
    kill(p, SIGUSR1);
    sleep_ms(30);
    EQ(wait_state(p, 'T'), 0);
    kill(p, SIGCONT);
    EXITED(p, 2);
}
CASE(cont_discards_pending_stops) {
    sigset_t s;
    handle(SIGCONT, 0);
    block(SIGTSTP, SIGCONT);
    raise(SIGTSTP);
    sigpending(&s);
    EQ(sigismember(&s, SIGTSTP), 1);
    raise(SIGCONT);
    sigpending(&s);
    EQ(sigismember(&s, SIGTSTP), 0); EQ(sigismember(&s, SIGCONT), 1);
    raise(SIGTSTP);
    sigpending(&s);
    EQ(sigismember(&s, SIGCONT), 0);
}
CASE(ignored_signals_are_dropped) {
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    block(SIGUSR1, 0);
    raise(SIGUSR1);
    sigset_t s;
    sigpending(&s);
    EQ(sigismember(&s, SIGUSR1), 1); // blocked: kept, the disposition may change
    signal(SIGUSR1, SIG_IGN);
    sigpending(&s);
    EQ(sigismember(&s, SIGUSR1), 0);
}
CASE(permission_to_kill) {
    if (geteuid() != 0) SKIP("needs root to become another user");
    pid_t root = CHILD(for (;;) pause());
    EXITED(CHILD({
        OK(syscall(SYS_setresuid, 65534, 65534, 65534));
        ERR(kill(root, 0), EPERM);
        ERR(kill(root, SIGTERM), EPERM);
        OK(kill(root, SIGCONT)); // the same session
        OK(setsid());
        ERR(kill(root, SIGCONT), EPERM);
    }), 0);
    kill(root, SIGKILL); reap(root);
}
CASE(queue_limit) {
    struct rlimit r = {10, 10};
    block(SIGRTMIN, 0);
    if (geteuid() == 0) OK(syscall(SYS_setresuid, 65532, 65532, 65532));
    OK(setrlimit(RLIMIT_SIGPENDING, &r));
    int n = 0;
    while (n < 100 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) n++;
    EQ(errno, EAGAIN);
    CHECK(n >= 8 && n <= 10);
    ERR(timer_create(CLOCK_REALTIME, 0, &(timer_t){0}), EAGAIN);
}
static void *blocked_thread(void *arg) { block(SIGUSR1, 0); sleep_ms(100); return arg; }
static pid_t handler_tid;
static void which_thread(int s) { handler_tid = gettid(); caught++; }
CASE(process_signals_go_to_a_thread_that_takes_them) {
    pthread_t t;
    signal(SIGUSR1, which_thread);
    NEED(pthread_create(&t, 0, blocked_thread, 0) == 0);
    sleep_ms(30);
    kill(getpid(), SIGUSR1);
    EQ(caught, 1); EQ(handler_tid, getpid());
    pthread_join(t, 0);
}
CASE(sigreturn_of_garbage_kills) {
    pid_t p = CHILD({ __asm__ volatile("mov $15, %eax; syscall"); });
    int st = reap(p);
    CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV);
}
CASE(siglongjmp_restores_mask) {
    action(SIGUSR1, fault, 0);
    for (int i = 0; i < 3; i++) { FAULT(raise(SIGUSR1)); EQ(caught_signal, SIGUSR1); }
    sigset_t now;
    sigprocmask(SIG_BLOCK, 0, &now);
    EQ(sigismember(&now, SIGUSR1), 0);
}
CASE(default_actions) {
    int terminate[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGIO, SIGSTKFLT, SIGPWR, SIGRTMAX};
    for (unsigned i = 0; i < sizeof terminate / sizeof *terminate; i++) KILLED(CHILD(kill(getpid(), terminate[i]); sleep_ms(200)), terminate[i]);
    int ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    for (unsigned i = 0; i < 4; i++) EXITED(CHILD(raise(ignored[i]); _exit(1)), 1);
}
TEST_MAIN
