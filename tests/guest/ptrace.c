// ptrace: attaching, stops at signals, calls and events, registers and memory, detaching.
#include "check.h"
#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static volatile long word = 0x1122334455667788;
static int next_stop(pid_t p) { int st = -1; if (waitpid(p, &st, __WALL) != p) return -1; return st; }
#define STOPPED(p, sig) do { int s_ = next_stop(p); if (!WIFSTOPPED(s_) || WSTOPSIG(s_) != (sig) || s_ >> 16) FAIL("stop 0x%x want signal %d (line %d)", s_, sig, __LINE__); } while (0)
#define EVENT(p, sig, event) do { int s_ = next_stop(p); if (s_ >> 8 != ((sig) | (event) << 8)) FAIL("stop 0x%x want signal %d event %d (line %d)", s_, sig, event, __LINE__); } while (0)
#define TRACED(...) CHILD({ OK(ptrace(PTRACE_TRACEME, 0, 0, 0)); raise(SIGSTOP); __VA_ARGS__; })

CASE(errors) {
    ERR(ptrace(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
    ERR(ptrace(PTRACE_ATTACH, 1 << 22, 0, 0), ESRCH);
    ERR(ptrace(PTRACE_CONT, getppid(), 0, 0), ESRCH);
    pid_t p = CHILD({ OK(ptrace(PTRACE_TRACEME, 0, 0, 0)); ERR(ptrace(PTRACE_TRACEME, 0, 0, 0), EPERM); for (;;) pause(); });
    ERR(ptrace(PTRACE_SEIZE, p, 8, 0), EIO);
    ERR(ptrace(PTRACE_GETREGS, p, 0, &word), ESRCH); // it runs
    kill(p, SIGKILL);
    KILLED(p, SIGKILL);
    p = CHILD(pause());
    EXITED(CHILD({ OK(setresuid(1000, 1000, 1000)); ERR(ptrace(PTRACE_ATTACH, p, 0, 0), EPERM); }), 0);
    kill(p, SIGKILL);
    reap(p);
}
CASE(signals_stop_first) {
    pid_t p = TRACED({ handle(SIGUSR1, 0); raise(SIGUSR1); EQ(caught, 0); raise(SIGUSR2); EQ(caught, 1); raise(SIGCHLD); });
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    STOPPED(p, SIGUSR1);
    siginfo_t si;
    OK(ptrace(PTRACE_GETSIGINFO, p, 0, &si));
    EQ(si.si_signo, SIGUSR1); EQ(si.si_code, SI_TKILL); EQ(si.si_pid, p);
    OK(ptrace(PTRACE_CONT, p, 0, 0)); // suppressed
    STOPPED(p, SIGUSR2);
    OK(ptrace(PTRACE_CONT, p, 0, SIGUSR1)); // another instead
    STOPPED(p, SIGCHLD); // even what is ignored
    ERR(ptrace(PTRACE_CONT, p, 0, 1000), EIO);
    OK(ptrace(PTRACE_CONT, p, 0, SIGCHLD));
    EXITED(p, 0);
}
CASE(memory_and_registers) {
    pid_t p = TRACED({ EQ(word, 99); });
    STOPPED(p, SIGSTOP);
    errno = 0;
    EQ(ptrace(PTRACE_PEEKDATA, p, &word, 0), 0x1122334455667788); EQ(errno, 0);
    ERR(ptrace(PTRACE_PEEKDATA, p, 8, 0), EIO);
    ERR(ptrace(PTRACE_POKEDATA, p, 8, 0), EIO);
    OK(ptrace(PTRACE_POKEDATA, p, &word, 99));
    struct user_regs_struct r, q;
    OK(ptrace(PTRACE_GETREGS, p, 0, &r));
    CHECK(r.rip != 0 && r.rsp != 0 && r.cs == 0x33 && r.ss == 0x2b && r.fs_base != 0);
    struct iovec v = {&q, sizeof q};
    OK(ptrace(PTRACE_GETREGSET, p, NT_PRSTATUS, &v));
    EQ(v.iov_len, sizeof q);
    EQ(memcmp(&r, &q, sizeof r), 0);
    EQ(ptrace(PTRACE_PEEKUSER, p, offsetof(struct user, regs.rip), 0), r.rip);
    ERR(ptrace(PTRACE_PEEKUSER, p, 3, 0), EIO);
    unsigned long saved = r.r12;
    r.r12 = 0xabcdef0123456789;
    OK(ptrace(PTRACE_SETREGS, p, 0, &r));
    OK(ptrace(PTRACE_GETREGS, p, 0, &q));
    EQ(q.r12, 0xabcdef0123456789);
    OK(ptrace(PTRACE_POKEUSER, p, offsetof(struct user, regs.r12), saved));
    struct user_fpregs_struct f;
    OK(ptrace(PTRACE_GETFPREGS, p, 0, &f));
    EQ(f.mxcsr, 0x1f80);
    OK(ptrace(PTRACE_SETFPREGS, p, 0, &f));
    uint64_t mask = 0;
    OK(ptrace(PTRACE_GETSIGMASK, p, 8, &mask));
    ERR(ptrace(PTRACE_GETSIGMASK, p, 4, &mask), EINVAL);
    ERR(ptrace(PTRACE_SETOPTIONS, p, 0, 0x7fffffff), EINVAL);
    ERR(ptrace(99999, p, 0, 0), EIO);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
}
CASE(calls_stop_twice) {
    pid_t p = TRACED({ long r = syscall(SYS_getppid); _exit(r == 4711 ? 0 : 1); });
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_SETOPTIONS, p, 0, PTRACE_O_TRACESYSGOOD));
    struct user_regs_struct r;
    for (int i = 0; i < 50; i++) {
        OK(ptrace(PTRACE_SYSCALL, p, 0, 0));
        STOPPED(p, SIGTRAP | 0x80);
        OK(ptrace(PTRACE_GETREGS, p, 0, &r));
        if (r.orig_rax == SYS_getppid) break;
        OK(ptrace(PTRACE_SYSCALL, p, 0, 0));
        STOPPED(p, SIGTRAP | 0x80);
    }
    EQ(r.orig_rax, SYS_getppid);
    EQ((long)r.rax, -ENOSYS);
    struct __ptrace_syscall_info info;
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, p, sizeof info, &info) >= 24);
    EQ(info.op, PTRACE_SYSCALL_INFO_ENTRY); EQ(info.entry.nr, SYS_getppid);
    OK(ptrace(PTRACE_SYSCALL, p, 0, 0));
    STOPPED(p, SIGTRAP | 0x80);
    OK(ptrace(PTRACE_GETREGS, p, 0, &r));
    EQ(r.rax, getpid());
    CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, p, sizeof info, &info) >= 24);
    EQ(info.op, PTRACE_SYSCALL_INFO_EXIT); EQ(info.exit.rval, getpid()); EQ(info.exit.is_error, 0);
    r.rax = 4711;
    OK(ptrace(PTRACE_SETREGS, p, 0, &r));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
}
CASE(a_call_is_changed_or_left_out) {
    pid_t p = TRACED({ long r = syscall(SYS_getpid); _exit(r == getppid() ? 0 : 1); });
    STOPPED(p, SIGSTOP);
    struct user_regs_struct r;
    do {
        OK(ptrace(PTRACE_SYSCALL, p, 0, 0));
        STOPPED(p, SIGTRAP);
        OK(ptrace(PTRACE_GETREGS, p, 0, &r));
    } while (r.orig_rax != SYS_getpid || (long)r.rax != -ENOSYS);
    r.orig_rax = SYS_getppid;
    OK(ptrace(PTRACE_SETREGS, p, 0, &r));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
    p = TRACED({ long r2 = syscall(SYS_getpid); _exit(r2 == -1 && errno == EDOM ? 0 : 1); });
    STOPPED(p, SIGSTOP);
    do {
        OK(ptrace(PTRACE_SYSCALL, p, 0, 0));
        STOPPED(p, SIGTRAP);
        OK(ptrace(PTRACE_GETREGS, p, 0, &r));
    } while (r.orig_rax != SYS_getpid || (long)r.rax != -ENOSYS);
    r.orig_rax = -1; r.rax = -EDOM;
    OK(ptrace(PTRACE_SETREGS, p, 0, &r));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
}
CASE(exec_traps) {
    pid_t p = CHILD({ OK(ptrace(PTRACE_TRACEME, 0, 0, 0)); execl("/bin/true", "true", (char *)0); });
    STOPPED(p, SIGTRAP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
    p = TRACED(execl("/bin/true", "true", (char *)0));
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_SETOPTIONS, p, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EVENT(p, SIGTRAP, PTRACE_EVENT_EXEC);
    unsigned long message = 0;
    OK(ptrace(PTRACE_GETEVENTMSG, p, 0, &message));
    EQ(message, p);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EVENT(p, SIGTRAP, PTRACE_EVENT_EXIT);
    OK(ptrace(PTRACE_GETEVENTMSG, p, 0, &message));
    EQ(message, 0);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
}
CASE(children_are_traced_too) {
    pid_t p = TRACED({ pid_t q = fork(); if (!q) _exit(7); int st; waitpid(q, &st, 0); _exit(st >> 8); });
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_SETOPTIONS, p, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EVENT(p, SIGTRAP, PTRACE_EVENT_FORK);
    unsigned long q = 0;
    OK(ptrace(PTRACE_GETEVENTMSG, p, 0, &q));
    CHECK(q > 0);
    STOPPED(q, SIGSTOP);
    OK(ptrace(PTRACE_CONT, q, 0, 0));
    int st = next_stop(q);
    EQ(st, 7 << 8);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    st = next_stop(p);
    if (WIFSTOPPED(st)) { EQ(WSTOPSIG(st), SIGCHLD); OK(ptrace(PTRACE_CONT, p, 0, 0)); st = next_stop(p); }
    EQ(st, 7 << 8);
}
CASE(attach_and_detach) {
    pid_t p = CHILD(for (;;) pause());
    EQ(wait_state(p, 'S'), 0);
    OK(ptrace(PTRACE_ATTACH, p, 0, 0));
    STOPPED(p, SIGSTOP);
    EQ(wait_state(p, 't'), 0);
    ERR(ptrace(PTRACE_ATTACH, p, 0, 0), EPERM);
    char path[64], want[32];
    snprintf(path, sizeof path, "/proc/%d/status", p);
    snprintf(want, sizeof want, "TracerPid:\t%d\n", getpid());
    CHECK(strstr(slurp(path), want) != 0);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    OK(kill(p, SIGUSR1));
    STOPPED(p, SIGUSR1);
    OK(ptrace(PTRACE_DETACH, p, 0, 0));
    EQ(wait_state(p, 'S'), 0);
    ERR(ptrace(PTRACE_CONT, p, 0, 0), ESRCH);
    OK(kill(p, SIGTERM));
    KILLED(p, SIGTERM);
}
CASE(seize_interrupt_and_listen) {
    pid_t p = CHILD(for (;;) pause());
    OK(ptrace(PTRACE_SEIZE, p, 0, PTRACE_O_TRACESYSGOOD));
    EQ(waitpid(p, 0, WNOHANG | __WALL), 0);
    OK(ptrace(PTRACE_INTERRUPT, p, 0, 0));
    EVENT(p, SIGTRAP, PTRACE_EVENT_STOP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    OK(kill(p, SIGSTOP));
    STOPPED(p, SIGSTOP); // the signal
    OK(ptrace(PTRACE_CONT, p, 0, SIGSTOP));
    EVENT(p, SIGSTOP, PTRACE_EVENT_STOP); // the stop
    OK(ptrace(PTRACE_LISTEN, p, 0, 0));
    ERR(ptrace(PTRACE_CONT, p, 0, 0), ESRCH);
    OK(kill(p, SIGCONT));
    EVENT(p, SIGTRAP, PTRACE_EVENT_STOP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    STOPPED(p, SIGCONT);
    OK(ptrace(PTRACE_CONT, p, 0, SIGCONT));
    OK(kill(p, SIGKILL));
    KILLED(p, SIGKILL);
}
CASE(breakpoint_and_step) {
    pid_t p = TRACED({ word = 5; __asm__ volatile("int3" ::: "memory"); __asm__ volatile("nop; nop; nop"); });
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    STOPPED(p, SIGTRAP);
    EQ(ptrace(PTRACE_PEEKDATA, p, &word, 0), 5);
    struct user_regs_struct a, b;
    OK(ptrace(PTRACE_GETREGS, p, 0, &a));
    OK(ptrace(PTRACE_SINGLESTEP, p, 0, 0));
    STOPPED(p, SIGTRAP);
    OK(ptrace(PTRACE_GETREGS, p, 0, &b));
    EQ(b.rip - a.rip, 1);
    siginfo_t si;
    OK(ptrace(PTRACE_GETSIGINFO, p, 0, &si));
    EQ(si.si_code, TRAP_TRACE);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EXITED(p, 0);
}
CASE(fault_stops_before_death) {
    pid_t p = TRACED(*(volatile int *)BAD = 1);
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    STOPPED(p, SIGSEGV);
    siginfo_t si;
    OK(ptrace(PTRACE_GETSIGINFO, p, 0, &si));
    EQ(si.si_code, SEGV_MAPERR); EQ((long)si.si_addr, 8);
    OK(ptrace(PTRACE_CONT, p, 0, SIGSEGV));
    KILLED(p, SIGSEGV);
}
CASE(tracer_goes) {
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({ char c; if (read(pp[0], &c, 1) != 1) _exit(9); });
    EXITED(CHILD({ OK(ptrace(PTRACE_ATTACH, p, 0, 0)); STOPPED(p, SIGSTOP); }), 0);
    EQ(write(pp[1], "x", 1), 1);
    EXITED(p, 0);
    p = CHILD(for (;;) pause());
    EXITED(CHILD({ OK(ptrace(PTRACE_SEIZE, p, 0, PTRACE_O_EXITKILL)); }), 0);
    KILLED(p, SIGKILL);
}
static void *idle(void *arg) { sleep_ms(30); return 0; }
CASE(threads_are_events_too) {
    pid_t p = TRACED({ pthread_t t; pthread_create(&t, 0, idle, 0); pthread_join(t, 0); });
    STOPPED(p, SIGSTOP);
    OK(ptrace(PTRACE_SETOPTIONS, p, 0, PTRACE_O_TRACECLONE));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    EVENT(p, SIGTRAP, PTRACE_EVENT_CLONE);
    unsigned long tid = 0;
    OK(ptrace(PTRACE_GETEVENTMSG, p, 0, &tid));
    STOPPED(tid, SIGSTOP);
    OK(ptrace(PTRACE_CONT, tid, 0, 0));
    OK(ptrace(PTRACE_CONT, p, 0, 0));
    int st = next_stop(tid);
    EQ(st, 0);
    EXITED(p, 0);
}
TEST_MAIN
