// Processes: fork, vfork, clone, clone3, exec in all its forms, exit and the wait family.
#include "check.h"
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int noop(void *arg) { return (int)(intptr_t)arg; }
static char stack[65536] __attribute__((aligned(64)));

CASE(fork_copies_memory) {
    volatile int x = 1;
    pid_t p = CHILD({ x = 2; EQ(getppid() == 0, 0); EQ(x, 2); });
    EXITED(p, 0);
    EQ(x, 1);
}
CASE(exit_codes_are_masked) {
    EXITED(CHILD(_exit(0)), 0);
    EXITED(CHILD(_exit(255)), 255);
    EXITED(CHILD(_exit(256 + 3)), 3);
    EXITED(CHILD(_exit(-1)), 255);
    EXITED(CHILD(syscall(SYS_exit, 5)), 5);
}
CASE(wait_errors) {
    int st;
    ERR(waitpid(-1, &st, 0), ECHILD);
    ERR(waitpid(1, &st, WNOHANG), ECHILD);
    ERR(waitpid(-1, &st, 0x40), EINVAL);
    ERR(wait4(INT32_MIN, &st, 0, 0), ESRCH);
    siginfo_t si;
    ERR(waitid(P_ALL, 0, &si, 0), EINVAL);
    ERR(waitid(99, 0, &si, WEXITED), EINVAL);
    ERR(waitid(P_PID, 0, &si, WEXITED), EINVAL);
    ERR(waitid(P_ALL, 0, &si, WEXITED), ECHILD);
    pid_t p = CHILD(_exit(0));
    EQ(syscall(SYS_wait4, p, BAD, 0, 0), -1);
    EQ(errno, EFAULT);
    ERR(waitpid(p, &st, 0), ECHILD); // the failed copy has reaped it
}
CASE(waitpid_nohang_and_groups) {
    int st = 77;
    pid_t p = CHILD(sleep_ms(100));
    EQ(waitpid(p, &st, WNOHANG), 0);
    EQ(waitpid(0, &st, WNOHANG), 0);
    EQ(waitpid(-getpgrp(), &st, WNOHANG), 0);
    ERR(waitpid(-getpgrp() - 1, &st, WNOHANG), ECHILD);
    EQ(waitpid(0, &st, 0), p);
    EQ(st, 0);
}
CASE(waitid_fields_and_nowait) {
    pid_t p = CHILD(_exit(42));
    siginfo_t si;
    memset(&si, 0xff, sizeof si);
    OK(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
    EQ(si.si_pid, p); EQ(si.si_status, 42); EQ(si.si_code, CLD_EXITED); EQ(si.si_signo, SIGCHLD); EQ(si.si_uid, getuid()); EQ(si.si_errno, 0);
    OK(waitid(P_ALL, 0, &si, WEXITED));
    EQ(si.si_pid, p);
    p = CHILD(pause());
    si.si_pid = 5;
    OK(waitid(P_PID, p, &si, WEXITED | WNOHANG));
    EQ(si.si_pid, 0);
    kill(p, SIGKILL);
    OK(waitid(P_PID, p, &si, WEXITED));
    EQ(si.si_code, CLD_KILLED); EQ(si.si_status, SIGKILL);
    struct rusage ru;
    memset(&ru, 0xff, sizeof ru);
    p = CHILD(_exit(1));
    EQ(syscall(SYS_waitid, P_PID, p, &si, WEXITED, &ru), 0);
    CHECK(ru.ru_utime.tv_sec == 0 && ru.ru_maxrss >= 0);
}
CASE(wait_stopped_and_continued) {
    pid_t p = CHILD(for (;;) pause());
    int st;
    kill(p, SIGSTOP);
    EQ(waitpid(p, &st, WUNTRACED), p);
    CHECK(WIFSTOPPED(st)); EQ(WSTOPSIG(st), SIGSTOP);
    EQ(waitpid(p, &st, WUNTRACED | WNOHANG), 0);
    kill(p, SIGCONT);
    EQ(waitpid(p, &st, WCONTINUED), p);
    CHECK(WIFCONTINUED(st));
    kill(p, SIGTSTP);
    siginfo_t si;
    OK(waitid(P_PID, p, &si, WSTOPPED));
    EQ(si.si_code, CLD_STOPPED); EQ(si.si_status, SIGTSTP);
    kill(p, SIGKILL); // a stopped process dies too
    KILLED(p, SIGKILL);
}
CASE(wait_is_interrupted) {
    pid_t p = CHILD(for (;;) pause());
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 50);
    ERR(waitpid(p, 0, 0), EINTR);
    EXITED(k, 0);
    handle(SIGUSR1, SA_RESTART);
    pid_t me = getpid();
    k = CHILD({ sleep_ms(50); kill(me, SIGUSR1); sleep_ms(50); kill(p, SIGTERM); });
    EQ(waitpid(p, 0, 0), p);
    EQ(caught, 2);
    EXITED(k, 0);
}
CASE(sigchld_ignored_reaps) {
    signal(SIGCHLD, SIG_IGN);
    pid_t p = CHILD(_exit(3));
    ERR(waitpid(p, 0, 0), ECHILD);
    struct sigaction a = {.sa_handler = count_signal, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &a, 0);
    p = CHILD(_exit(3));
    while (waitpid(p, 0, 0) < 0 && errno == EINTR) { }
    EQ(errno, ECHILD);
    EQ(caught, 1);
}
CASE(nocldstop) {
    handle(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
    pid_t p = CHILD(for (;;) pause());
    kill(p, SIGSTOP);
    EQ(waitpid(p, 0, WUNTRACED), p);
    EQ(caught, 0);
    handle(SIGCHLD, SA_RESTART);
    kill(p, SIGCONT);
    EQ(waitpid(p, 0, WCONTINUED), p);
    // The wait may be over before the signal is sent.
    for (int i = 0; i < 1000 && caught < 1; i++) usleep(1000);
    EQ(caught, 1);
    kill(p, SIGKILL);
    reap(p);
    for (int i = 0; i < 1000 && caught < 2; i++) usleep(1000);
    EQ(caught, 2);
}
CASE(vfork_shares_and_suspends) {
    volatile int x = 1;
    pid_t p = vfork();
    if (!p) { x = 2; usleep(20000); x = 3; _exit(9); }
    EQ(x, 3);
    EXITED(p, 9);
}
CASE(vfork_exec) {
    pid_t p = vfork();
    if (!p) { execl("/bin/true", "true", (char *)0); _exit(1); }
    EXITED(p, 0);
    p = vfork();
    if (!p) { execl("/bin/sh", "sh", "-c", "exit 12", (char *)0); _exit(1); }
    EXITED(p, 12);
}
static int store(void *arg) { *(int *)arg = 5; return 4; }
CASE(clone_vm_shares_memory) {
    int x = 1;
    EXITED(clone(store, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &x), 4);
    EQ(x, 5);
    EXITED(clone(store, stack + sizeof stack, SIGCHLD, &x), 4);
    ERR(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0), EINVAL);
}
static int share_files(void *arg) { close((int)(intptr_t)arg); return 0; }
CASE(clone_files_shares_table) {
    int fd = open("/dev/null", O_RDONLY);
    EXITED(clone(share_files, stack + sizeof stack, SIGCHLD, (void *)(intptr_t)fd), 0);
    OK(fcntl(fd, F_GETFD));
    EXITED(clone(share_files, stack + sizeof stack, CLONE_FILES | SIGCHLD, (void *)(intptr_t)fd), 0);
    ERR(fcntl(fd, F_GETFD), EBADF);
}
static int share_cwd(void *arg) { return chdir("/") || umask(0) == 1; }
CASE(clone_fs_shares_cwd_and_umask) {
    char a[256], b[256];
    CHECK(getcwd(a, sizeof a) != 0);
    EXITED(clone(share_cwd, stack + sizeof stack, SIGCHLD, 0), 0);
    STR(getcwd(b, sizeof b), a);
    EQ(umask(022), 022);
    EXITED(clone(share_cwd, stack + sizeof stack, CLONE_FS | SIGCHLD, 0), 0);
    STR(getcwd(b, sizeof b), "/");
    EQ(umask(022), 0);
}
CASE(clone_exit_signal) {
    handle(SIGUSR1, SA_RESTART);
    handle(SIGCHLD, SA_RESTART);
    pid_t p = clone(noop, stack + sizeof stack, SIGUSR1, 0);
    int st;
    ERR(waitpid(p, &st, WNOHANG), ECHILD); // not a child that SIGCHLD is for
    EQ(waitpid(p, &st, __WCLONE), p);
    EQ(caught, 1); EQ(caught_signal, SIGUSR1);
    p = clone(noop, stack + sizeof stack, 0, 0);
    EQ(waitpid(p, &st, __WALL), p);
    EQ(caught, 1);
}
static pid_t clone3_call(struct clone_args *a, size_t size) { return syscall(SYS_clone3, a, size); }
CASE(clone3_basics) {
    int pidfd = -1;
    pid_t ptid = 0;
    struct clone_args a = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&pidfd, .parent_tid = (uintptr_t)&ptid};
    pid_t p = clone3_call(&a, sizeof a);
    if (!p) _exit(6);
    CHECK(p > 0);
    EQ(ptid, p);
    struct pollfd pf = {pidfd, POLLIN, 0};
    EQ(poll(&pf, 1, 5000), 1);
    EQ(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
    siginfo_t si;
    OK(waitid(P_PIDFD, pidfd, &si, WEXITED));
    EQ(si.si_status, 6); EQ(si.si_pid, p);
}
CASE(clone3_errors) {
    struct clone_args a = {.exit_signal = SIGCHLD};
    ERR(clone3_call(&a, 8), EINVAL);
    ERR(clone3_call(&a, 5000), E2BIG);
    ERR(clone3_call(BAD, sizeof a), EFAULT);
    a.exit_signal = 200; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.exit_signal = SIGCHLD; a.stack = 4096; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.stack = 0; a.stack_size = 4096; ERR(clone3_call(&a, sizeof a), EINVAL);
    a.stack_size = 0; a.flags = 1ULL << 60; ERR(clone3_call(&a, sizeof a), EINVAL);
    struct { struct clone_args a; uint64_t more; } big = {.a = {.exit_signal = SIGCHLD}, .more = 1};
    ERR(clone3_call(&big.a, sizeof big), E2BIG);
    big.more = 0;
    pid_t p = clone3_call(&big.a, sizeof big);
    if (!p) _exit(0);
    EXITED(p, 0);
}
CASE(clone_tid_words) {
    static pid_t ptid, ctid;
    pid_t p = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &ptid, &ctid, 0);
    if (!p) _exit(ctid == getpid() ? 0 : 1);
    EQ(ptid, p); EQ(ctid, 0);
    EXITED(p, 0);
}
CASE(exec_passes_args_env) {
    int pp[2];
    char text[256] = "";
    OK(pipe(pp));
    pid_t p = CHILD({ dup2(pp[1], 1); char *av[] = {"sh", "-c", "echo $0 $1 $X", "zero", "one", 0}, *ev[] = {"X=y", 0}; execve("/bin/sh", av, ev); });
    EXITED(p, 0);
    EQ(read(pp[0], text, sizeof text), 11);
    STR(text, "zero one y\n");
}
CASE(exec_errors) {
    char *av[] = {"x", 0};
    ERR(execve("/no/such", av, 0), ENOENT);
    ERR(execve("", av, 0), ENOENT);
    ERR(execve("/", av, 0), EACCES);
    put("plain", "data without magic\n");
    ERR(execve("plain", av, 0), EACCES);
    chmod("plain", 0755);
    ERR(execve("plain", av, 0), ENOEXEC);
    ERR(execve("plain/x", av, 0), ENOTDIR);
    put("empty", ""); chmod("empty", 0755);
    ERR(execve("empty", av, 0), ENOEXEC);
    put("elf", "\177ELF\2\1\1 short"); chmod("elf", 0755);
    ERR(execve("elf", av, 0), ENOEXEC);
    ERR(execve(BAD, av, 0), EFAULT);
    ERR(execve("/bin/true", BAD, 0), EFAULT);
    put("script", "#!/no/such/interpreter\n"); chmod("script", 0755);
    ERR(execve("script", av, 0), ENOENT);
    put("nothing", "#!\n"); chmod("nothing", 0755);
    ERR(execve("nothing", av, 0), ENOEXEC);
    symlink("loop", "loop");
    ERR(execve("loop", av, 0), ELOOP);
    char *huge = malloc(200000);
    memset(huge, 'a', 199999); huge[199999] = 0;
    char *hv[] = {"x", huge, 0};
    ERR(execve("/bin/true", hv, 0), E2BIG);
}
CASE(exec_of_a_file_open_for_writing) {
    EXITED(CHILD(execl("/bin/cp", "cp", "/bin/true", "copy", (char *)0)), 0);
    int fd = OK(open("copy", O_WRONLY));
    char *av[] = {"x", 0};
    ERR(execve("copy", av, 0), ETXTBSY);
    close(fd);
    EXITED(CHILD(execv("copy", av)), 0);
    EXITED(CHILD(execl("/bin/cp", "cp", "/bin/sleep", "copy2", (char *)0)), 0);
    pid_t p = CHILD(execl("./copy2", "sleep", "5", (char *)0));
    sleep_ms(100);
    ERR(open("copy2", O_WRONLY), ETXTBSY);
    OK(unlink("copy2"));
    kill(p, SIGKILL);
    reap(p);
}
CASE(exec_scripts) {
    put("s", "#! /bin/sh -e  \necho \"$0 $1\" > out\nexit 6\n"); chmod("s", 0755);
    EXITED(CHILD(execl("./s", "name", "arg", (char *)0)), 6);
    STR(slurp("out"), "./s arg\n");
    put("args", "#!/bin/echo one two\n"); chmod("args", 0755);
    EXITED(CHILD({ int fd = open("out", O_WRONLY | O_TRUNC); dup2(fd, 1); execl("./args", "x", "three", (char *)0); }), 0);
    STR(slurp("out"), "one two ./args three\n");
    put("nested", "#!./s\n"); chmod("nested", 0755);
    EXITED(CHILD(execl("./nested", "x", (char *)0)), 6);
    STR(slurp("out"), "./s ./nested\n");
    for (int i = 0; i < 7; i++) {
        char name[8], text[16];
        snprintf(name, sizeof name, "d%d", i); snprintf(text, sizeof text, "#!./d%d\n", i + 1);
        put(name, i == 6 ? "#!/bin/true\n" : text); chmod(name, 0755);
    }
    char *av[] = {"x", 0};
    EXITED(CHILD(execv("./d3", av)), 0);
    EXITED(CHILD(execv("./d2", av)), 0);
    ERR(execve("./d0", av, 0), ELOOP);
}
CASE(execveat_forms) {
    char *av[] = {"true", 0};
    int dir = OK(open("/bin", O_RDONLY | O_DIRECTORY)), fd = OK(open("/bin/true", O_PATH));
    EXITED(CHILD(syscall(SYS_execveat, dir, "true", av, 0, 0)), 0);
    EXITED(CHILD(syscall(SYS_execveat, fd, "", av, 0, AT_EMPTY_PATH)), 0);
    EXITED(CHILD(fexecve(fd, av, av + 1)), 0);
    ERR(syscall(SYS_execveat, fd, "", av, 0, 0), ENOENT);
    ERR(syscall(SYS_execveat, 999, "true", av, 0, 0), EBADF);
    ERR(syscall(SYS_execveat, fd, "true", av, 0, 0), ENOTDIR);
    ERR(syscall(SYS_execveat, dir, "true", av, 0, 0x8), EINVAL);
    symlink("/bin/true", "link");
    ERR(syscall(SYS_execveat, AT_FDCWD, "link", av, 0, AT_SYMLINK_NOFOLLOW), ELOOP);
    put("s", "#!/bin/sh\nexit 3\n"); chmod("s", 0755);
    int s = OK(open("s", O_RDONLY | O_CLOEXEC));
    ERR(syscall(SYS_execveat, s, "", av, 0, AT_EMPTY_PATH), ENOENT); // the interpreter could not open it
    s = OK(open("s", O_RDONLY));
    EXITED(CHILD(syscall(SYS_execveat, s, "", av, 0, AT_EMPTY_PATH)), 3);
}
CASE(exec_resets_state) {
    handle(SIGUSR1, 0);
    signal(SIGUSR2, SIG_IGN);
    sigset_t block;
    sigemptyset(&block); sigaddset(&block, SIGHUP);
    sigprocmask(SIG_BLOCK, &block, 0);
    int keep = OK(open("/dev/null", O_RDONLY)), drop = OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
    char script[256];
    snprintf(script, sizeof script, "test -e /proc/self/fd/%d && ! test -e /proc/self/fd/%d", keep, drop);
    EXITED(CHILD(execl("/bin/sh", "sh", "-c", script, (char *)0)), 0);
    EXITED(CHILD({ dup2(open("out", O_WRONLY | O_CREAT, 0644), 1); execl("/bin/cat", "cat", "/proc/self/status", (char *)0); }), 0);
    char *text = strstr(slurp("out"), "SigBlk:");
    NEED(text != 0);
    uint64_t blk = 0, ign = 0, cgt = 0;
    sscanf(text, "SigBlk: %lx SigIgn: %lx SigCgt: %lx", &blk, &ign, &cgt);
    EQ(blk, 1ULL << (SIGHUP - 1));
    EQ(ign >> (SIGUSR2 - 1) & 1, 1);
    EQ(cgt, 0);
}
CASE(exec_from_a_thread_kills_the_others) {
    EXITED(CHILD({
        pid_t me = getpid();
        char text[32];
        snprintf(text, sizeof text, "test $$ = %d", me);
        // The execing task is a bare clone thread; the pid must stay the group's.
        static char st[65536] __attribute__((aligned(64)));
        extern int exec_in_thread(void *);
        clone(exec_in_thread, st + sizeof st, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, text);
        for (;;) pause();
    }), 0);
}
int exec_in_thread(void *arg) { execl("/bin/sh", "sh", "-c", arg, (char *)0); return 1; }
CASE(proc_self_exe_and_comm) {
    char path[512] = "", want[512] = "";
    CHECK(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    CHECK(path[0] == '/');
    EXITED(CHILD({ execl("/bin/sh", "other", "-c", "tr '\\0' '|' < /proc/$$/cmdline > out; cat /proc/$$/comm >> out", (char *)0); }), 0);
    char *text = slurp("out");
    CHECK(strncmp(text, "other|-c|", 9) == 0);
    snprintf(want, sizeof want, "%s", text + strlen(text) - 3);
    STR(want, "sh\n");
}
CASE(core_flag_and_signal_status) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    pid_t p = CHILD(abort());
    int st = reap(p);
    CHECK(WIFSIGNALED(st)); EQ(WTERMSIG(st), SIGABRT); EQ(WCOREDUMP(st), 0);
    KILLED(CHILD(raise(SIGTERM)), SIGTERM);
    KILLED(CHILD(kill(getpid(), SIGKILL)), SIGKILL);
    KILLED(CHILD(raise(SIGRTMIN + 3)), SIGRTMIN + 3);
}
CASE(wait_for_many) {
    pid_t p[20];
    for (int i = 0; i < 20; i++) p[i] = CHILD({ sleep_ms((i * 7) % 20); _exit(i); });
    int sum = 0, st, n = 0;
    while (wait(&st) > 0) { sum += WEXITSTATUS(st); n++; }
    EQ(n, 20); EQ(sum, 190); EQ(errno, ECHILD);
    (void)p;
}
CASE(zombie_is_visible_until_reaped) {
    pid_t p = CHILD(_exit(0));
    EQ(wait_state(p, 'Z'), 0);
    OK(kill(p, 0));
    EXITED(p, 0);
    ERR(kill(p, 0), ESRCH);
}
CASE(rlimit_nproc) {
    if (geteuid() != 0) SKIP("needs root to become another user");
    EXITED(CHILD({
        struct rlimit one = {1, 1};
        OK(setrlimit(RLIMIT_NPROC, &one));
        OK(syscall(SYS_setresgid, 65531, 65531, 65531));
        OK(syscall(SYS_setresuid, 65531, 65531, 65531));
        ERR(fork(), EAGAIN);
    }), 0);
}
TEST_MAIN
