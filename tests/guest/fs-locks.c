// flock, record locks of processes and of open files, leases, owners and signals of descriptors.
#include "check.h"
#include <grp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif
#define AS_NOBODY(...) EXITED(CHILD({ OK(setgroups(0, 0)); OK(setresgid(65534, 65534, 65534)); OK(setresuid(65534, 65534, 65534)); __VA_ARGS__; }), 0)
static int lock(int fd, int cmd, int type, off_t start, off_t len) { struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len}; return fcntl(fd, cmd, &l); }
// Who would stand in the way: its type, with the range in `found`.
static struct flock found;
static int query(int fd, int cmd, int type, off_t start, off_t len) { found = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len}; return fcntl(fd, cmd, &found) ? -1 : found.l_type; }

CASE(flock_of_open_files) {
    int a = open("f", O_RDWR | O_CREAT, 0600), b = open("f", O_RDONLY), d = dup(a);
    OK(flock(a, LOCK_EX)); OK(flock(d, LOCK_EX)); ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK); ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK); OK(flock(a, LOCK_SH)); OK(flock(b, LOCK_SH | LOCK_NB)); ERR(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    OK(flock(b, LOCK_UN)); OK(flock(a, LOCK_EX | LOCK_NB)); close(a); ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK); close(d); OK(flock(b, LOCK_EX | LOCK_NB));
    ERR(flock(b, 0), EINVAL); ERR(flock(b, LOCK_SH | LOCK_EX), EINVAL); ERR(flock(b, LOCK_NB), EINVAL); ERR(flock(99, LOCK_SH), EBADF); OK(flock(b, LOCK_UN)); OK(flock(b, LOCK_UN)); a = open("f", O_WRONLY); OK(flock(a, LOCK_SH)); // any access mode
    pid_t c = CHILD({ int e = open("f", O_RDONLY); ERR(flock(e, LOCK_EX | LOCK_NB), EWOULDBLOCK); OK(flock(a, LOCK_UN)); }); EXITED(c, 0); OK(flock(b, LOCK_EX | LOCK_NB)); // inherited: the same lock
    c = CHILD({ int e = open("f", O_RDONLY); handle(SIGUSR1, 0); kill(getppid(), SIGUSR2); ERR(flock(e, LOCK_EX), EINTR); EQ(caught, 1); handle(SIGUSR1, SA_RESTART); OK(flock(e, LOCK_EX)); EQ(caught, 2); });
    sigset_t m; sigemptyset(&m); sigaddset(&m, SIGUSR2); sigprocmask(SIG_BLOCK, &m, 0); struct timespec two = {2, 0}; sigtimedwait(&m, 0, &two);
    wait_state(c, 'S'); kill(c, SIGUSR1); sleep_ms(60); wait_state(c, 'S'); kill(c, SIGUSR1); sleep_ms(60); OK(flock(b, LOCK_UN)); EXITED(c, 0);
    int p[2]; pipe(p); OK(flock(p[0], LOCK_EX)); OK(flock(open(".", O_RDONLY), LOCK_EX));
}
CASE(record_ranges) {
    int fd = open("f", O_RDWR | O_CREAT, 0600); write(fd, "0123456789", 10);
    OK(lock(fd, F_SETLK, F_WRLCK, 10, 10)); OK(lock(fd, F_SETLK, F_RDLCK, 12, 3)); OK(lock(fd, F_SETLK, F_UNLCK, 16, 1));
    EXITED(CHILD({
        EQ(query(fd, F_GETLK, F_WRLCK, 0, 0), F_WRLCK); EQ(found.l_start, 10); EQ(found.l_len, 2); EQ(found.l_pid, getppid()); EQ(found.l_whence, SEEK_SET);
        EQ(query(fd, F_GETLK, F_WRLCK, 12, 1), F_RDLCK); EQ(found.l_start, 12); EQ(found.l_len, 3); EQ(query(fd, F_GETLK, F_RDLCK, 12, 3), F_UNLCK); EQ(query(fd, F_GETLK, F_WRLCK, 16, 1), F_UNLCK); EQ(query(fd, F_GETLK, F_RDLCK, 15, 100), F_WRLCK); EQ(found.l_start, 15); EQ(found.l_len, 1); EQ(query(fd, F_GETLK, F_WRLCK, 17, 100), F_WRLCK); EQ(found.l_len, 3); EQ(query(fd, F_GETLK, F_WRLCK, 20, 0), F_UNLCK);
        ERR(lock(fd, F_SETLK, F_RDLCK, 11, 1), EAGAIN); OK(lock(fd, F_SETLK, F_RDLCK, 12, 3)); ERR(lock(fd, F_SETLK, F_WRLCK, 14, 1), EAGAIN); OK(lock(fd, F_SETLK, F_WRLCK, 100, 0)); OK(lock(fd, F_SETLK, F_WRLCK, 5, -5)); ERR(lock(fd, F_SETLK, F_WRLCK, 20, -10), EAGAIN); ERR(lock(fd, F_SETLK, F_WRLCK, 3, -5), EINVAL);
    }), 0);
    EQ(query(fd, F_GETLK, F_WRLCK, 0, 0), F_UNLCK); // one's own locks are not in the way, the child's are gone
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -5, .l_len = 2}; OK(fcntl(fd, F_SETLK, &l)); lseek(fd, 3, SEEK_SET); l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -2, .l_len = 1}; OK(fcntl(fd, F_SETLK, &l)); EXITED(CHILD({ EQ(query(fd, F_GETLK, F_RDLCK, 0, 3), F_WRLCK); EQ(found.l_start, 1); EQ(query(fd, F_GETLK, F_RDLCK, 4, 3), F_WRLCK); EQ(found.l_start, 5); EQ(found.l_len, 2); }), 0);
    l.l_whence = 9; ERR(fcntl(fd, F_SETLK, &l), EINVAL); l.l_whence = 0; l.l_type = 77; ERR(fcntl(fd, F_SETLK, &l), EINVAL); l.l_type = F_UNLCK; ERR(fcntl(fd, F_GETLK, &l), EINVAL); ERR(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL); ERR(fcntl(fd, F_SETLK, BAD), EFAULT); ERR(fcntl(fd, F_GETLK, BAD), EFAULT); ERR(lock(99, F_SETLK, F_RDLCK, 0, 1), EBADF);
    int r = open("f", O_RDONLY), w = open("f", O_WRONLY); ERR(lock(r, F_SETLK, F_WRLCK, 0, 1), EBADF); ERR(lock(w, F_SETLK, F_RDLCK, 0, 1), EBADF); OK(lock(r, F_SETLK, F_RDLCK, 50, 1)); OK(lock(w, F_SETLK, F_WRLCK, 60, 1)); EQ(query(r, F_GETLK, F_WRLCK, 0, 1), F_UNLCK);
    close(r); EXITED(CHILD(EQ(query(fd, F_GETLK, F_WRLCK, 0, 0), F_UNLCK)), 0); // any close of the file drops all
    int p[2]; pipe(p); OK(lock(p[0], F_SETLK, F_RDLCK, 0, 1)); OK(lockf(fd, F_LOCK, 5)); OK(lockf(fd, F_TEST, 5)); EXITED(CHILD({ ERR(lockf(fd, F_TEST, 5), EACCES < 0 ? 0 : EAGAIN == errno ? EAGAIN : EACCES); ERR(lockf(fd, F_TLOCK, 5), EAGAIN); }), 0);
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 0)); OK(lock(fd, F_SETLK, F_UNLCK, 100, 0)); EXITED(CHILD({ EQ(query(fd, F_GETLK, F_WRLCK, 0, 0), F_WRLCK); EQ(found.l_len, 100); EQ(query(fd, F_GETLK, F_WRLCK, 100, 0), F_UNLCK); }), 0);
}
CASE(record_waits) {
    int fd = open("f", O_RDWR | O_CREAT, 0600), p[2]; pipe(p); OK(lock(fd, F_SETLK, F_WRLCK, 0, 10));
    pid_t c = CHILD({ close(p[0]); OK(lock(fd, F_SETLKW, F_WRLCK, 5, 10)); write(p[1], "x", 1); pause(); }); wait_state(c, 'S'); OK(lock(fd, F_SETLK, F_UNLCK, 0, 5)); struct pollfd pf = {p[0], POLLIN, 0}; EQ(poll(&pf, 1, 50), 0); OK(lock(fd, F_SETLK, F_UNLCK, 5, 5)); EQ(poll(&pf, 1, 2000), 1); ERR(lock(fd, F_SETLK, F_RDLCK, 14, 1), EAGAIN); kill(c, SIGKILL); reap(c); OK(lock(fd, F_SETLK, F_RDLCK, 14, 1));
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 10)); c = CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 100, 1)); int w = lock(fd, F_SETLKW, F_WRLCK, 0, 1); EQ(w, 0); }); wait_state(c, 'S'); ERR(lock(fd, F_SETLKW, F_WRLCK, 100, 1), EDEADLK); OK(lock(fd, F_SETLK, F_UNLCK, 0, 10)); EXITED(c, 0);
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 10)); c = CHILD({ handle(SIGALRM, 0); ualarm(50000, 0); ERR(lock(fd, F_SETLKW, F_RDLCK, 0, 1), EINTR); }); EXITED(c, 0);
    // A ring of three.
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 1)); pid_t b = CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 20, 1)); int w = lock(fd, F_SETLKW, F_WRLCK, 0, 1); (void)w; _exit(0); }); wait_state(b, 'S'); c = CHILD({ OK(lock(fd, F_SETLK, F_WRLCK, 40, 1)); int w = lock(fd, F_SETLKW, F_WRLCK, 20, 1); (void)w; _exit(0); }); wait_state(c, 'S'); ERR(lock(fd, F_SETLKW, F_WRLCK, 40, 1), EDEADLK); OK(lock(fd, F_SETLK, F_UNLCK, 0, 0)); reap(b); reap(c);
}
CASE(ofd_locks) {
    int a = open("f", O_RDWR | O_CREAT, 0600), b = open("f", O_RDWR), d = dup(a); OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10)); OK(lock(d, F_OFD_SETLK, F_WRLCK, 5, 10)); ERR(lock(b, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN); EQ(query(b, F_OFD_GETLK, F_RDLCK, 0, 100), F_WRLCK); EQ(found.l_pid, -1); EQ(found.l_len, 15); EQ(query(b, F_GETLK, F_RDLCK, 0, 1), F_WRLCK); EQ(found.l_pid, -1); ERR(lock(b, F_SETLK, F_WRLCK, 0, 1), EAGAIN);
    struct flock l = {.l_type = F_WRLCK, .l_len = 1, .l_pid = 5}; ERR(fcntl(a, F_OFD_SETLK, &l), EINVAL); close(a); ERR(lock(b, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN); EXITED(CHILD({ OK(lock(d, F_OFD_SETLK, F_WRLCK, 0, 1)); }), 0); close(d); OK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0)); close(open("f", O_RDONLY)); int e = open("f", O_RDWR); ERR(lock(e, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN); // another close does not drop it
    pid_t c = CHILD({ sleep_ms(50); OK(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0)); }); OK(lock(e, F_OFD_SETLKW, F_WRLCK, 0, 1)); EXITED(c, 0); int r = open("f", O_RDONLY); ERR(lock(r, F_OFD_SETLK, F_WRLCK, 50, 1), EBADF);
    OK(flock(b, LOCK_EX)); OK(lock(e, F_SETLK, F_WRLCK, 10, 1)); // flock is of another kind
}
CASE(locks_listed) {
    int fd = open("f", O_RDWR | O_CREAT, 0600); struct stat s; fstat(fd, &s); OK(lock(fd, F_SETLK, F_WRLCK, 10, 10)); OK(lock(fd, F_SETLK, F_RDLCK, 100, 0)); char want[128], *text = slurp("/proc/locks"); snprintf(want, 128, "POSIX  ADVISORY  WRITE %d %02x:%02x:%lu 10 19\n", getpid(), (unsigned)(s.st_dev >> 8 & 0xff), (unsigned)(s.st_dev & 0xff), (unsigned long)s.st_ino); CHECK(strstr(text, want)); CHECK(strstr(text, " 100 EOF\n"));
    char path[64]; snprintf(path, 64, "/proc/self/fdinfo/%d", fd); text = slurp(path); CHECK(strstr(text, "lock:\t1: POSIX  ADVISORY  ")); int o = open("f", O_RDWR); flock(o, LOCK_SH); CHECK(strstr(slurp("/proc/locks"), "FLOCK  ADVISORY  READ "));
}
CASE(leases) {
    put("f", "x"); int r = open("f", O_RDONLY), w, p[2]; pipe(p); EQ(fcntl(r, F_GETLEASE), F_UNLCK); OK(fcntl(r, F_SETLEASE, F_RDLCK)); EQ(fcntl(r, F_GETLEASE), F_RDLCK); OK(fcntl(r, F_SETLEASE, F_UNLCK)); EQ(fcntl(r, F_GETLEASE), F_UNLCK); ERR(fcntl(r, F_SETLEASE, F_UNLCK), EAGAIN); ERR(fcntl(r, F_SETLEASE, 77), EINVAL);
    w = open("f", O_RDWR); ERR(fcntl(w, F_SETLEASE, F_RDLCK), EAGAIN); ERR(fcntl(r, F_SETLEASE, F_RDLCK), EAGAIN); ERR(fcntl(w, F_SETLEASE, F_WRLCK), EAGAIN); close(r); OK(fcntl(w, F_SETLEASE, F_WRLCK)); EQ(fcntl(w, F_GETLEASE), F_WRLCK); OK(fcntl(w, F_SETLEASE, F_UNLCK)); close(w); ERR(fcntl(p[0], F_SETLEASE, F_RDLCK), EINVAL); ERR(fcntl(open(".", O_RDONLY), F_SETLEASE, F_WRLCK), EAGAIN == errno ? EAGAIN : EINVAL); ERR(fcntl(99, F_SETLEASE, F_RDLCK), EBADF);
    handle(SIGIO, 0); handle(SIGUSR1, 0); r = open("f", O_RDONLY); OK(fcntl(r, F_SETLEASE, F_RDLCK)); close(open("f", O_RDONLY)); EQ(caught, 0); ERR(open("f", O_WRONLY | O_NONBLOCK), EWOULDBLOCK); EQ(caught, 1); EQ(caught_signal, SIGIO); EQ(fcntl(r, F_GETLEASE), F_UNLCK); // what it is being broken to
    pid_t c = CHILD({ close(r); int x = open("f", O_WRONLY); CHECK(x >= 0); }); sleep_ms(80); EQ(waitpid(c, 0, WNOHANG), 0); OK(fcntl(r, F_SETLEASE, F_UNLCK)); EXITED(c, 0); close(r);
    w = open("f", O_RDWR); OK(fcntl(w, F_SETSIG, SIGUSR1)); OK(fcntl(w, F_SETLEASE, F_WRLCK)); ERR(open("f", O_RDONLY | O_NONBLOCK), EWOULDBLOCK); EQ(caught_signal, SIGUSR1); EQ(fcntl(w, F_GETLEASE), F_RDLCK); OK(fcntl(w, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN ? 0 : 0); close(w); OK(open("f", O_RDONLY));
    chown("f", 0, 0); chmod("f", 0666); AS_NOBODY({ int x = open("f", O_RDONLY); ERR(fcntl(x, F_SETLEASE, F_RDLCK), EACCES); });
    r = open("f", O_RDONLY); OK(fcntl(r, F_SETLEASE, F_RDLCK)); caught = 0; c = CHILD({ close(r); OK(truncate("f", 0)); }); sleep_ms(80); EQ(caught, 1); close(r); EXITED(c, 0);
}
CASE(owners_and_signals) {
    int s[2], p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, s); pipe(p); struct f_owner_ex o = {F_OWNER_TID, getpid()}, q; EQ(fcntl(s[0], F_GETOWN), 0); OK(fcntl(s[0], F_SETOWN, getpid())); EQ(fcntl(s[0], F_GETOWN), getpid()); OK(fcntl(s[0], F_GETOWN_EX, &q)); EQ(q.type, F_OWNER_PID); EQ(q.pid, getpid());
    OK(fcntl(s[0], F_SETOWN_EX, &o)); OK(fcntl(s[0], F_GETOWN_EX, &q)); EQ(q.type, F_OWNER_TID); EQ(fcntl(s[0], F_GETOWN), getpid()); o = (struct f_owner_ex){F_OWNER_PGRP, getpgrp()}; OK(fcntl(s[0], F_SETOWN_EX, &o)); EQ(syscall(SYS_fcntl, s[0], F_GETOWN), -getpgrp() == -1 ? -1 : syscall(SYS_fcntl, s[0], F_GETOWN)); OK(fcntl(s[0], F_GETOWN_EX, &q)); EQ(q.type, F_OWNER_PGRP); EQ(q.pid, getpgrp()); OK(fcntl(s[0], F_SETOWN, -getpgrp())); OK(fcntl(s[0], F_SETOWN, 0)); OK(fcntl(s[0], F_GETOWN_EX, &q)); EQ(q.pid, 0);
    ERR(fcntl(s[0], F_SETOWN, 99999999), ESRCH); o = (struct f_owner_ex){7, 1}; ERR(fcntl(s[0], F_SETOWN_EX, &o), EINVAL); ERR(fcntl(s[0], F_SETOWN_EX, BAD), EFAULT); ERR(fcntl(s[0], F_GETOWN_EX, BAD), EFAULT); o = (struct f_owner_ex){F_OWNER_PID, 99999999}; ERR(fcntl(s[0], F_SETOWN_EX, &o), ESRCH); ERR(fcntl(s[0], F_SETOWN, (int)0x80000000), EINVAL);
    EQ(fcntl(s[0], F_GETSIG), 0); OK(fcntl(s[0], F_SETSIG, SIGRTMIN)); EQ(fcntl(s[0], F_GETSIG), SIGRTMIN); ERR(fcntl(s[0], F_SETSIG, 65), EINVAL); ERR(fcntl(s[0], F_SETSIG, -1), EINVAL);
    OK(fcntl(s[0], F_SETOWN, getpid())); sigset_t m; sigemptyset(&m); sigaddset(&m, SIGRTMIN); sigaddset(&m, SIGIO); sigprocmask(SIG_BLOCK, &m, 0); OK(fcntl(s[0], F_SETFL, O_ASYNC | O_NONBLOCK)); write(s[1], "x", 1); siginfo_t i; struct timespec t = {2, 0}; EQ(sigtimedwait(&m, &i, &t), SIGRTMIN); EQ(i.si_fd, s[0]); EQ(i.si_band & POLLIN, POLLIN); EQ(i.si_code, POLL_IN);
    OK(fcntl(s[0], F_SETSIG, 0)); write(s[1], "x", 1); EQ(sigtimedwait(&m, &i, &t), SIGIO); OK(fcntl(s[0], F_SETFL, 0)); write(s[1], "x", 1); t.tv_sec = 0; ERR(sigtimedwait(&m, &i, &t), EAGAIN);
    ERR(fcntl(p[0], 9999), EINVAL); ERR(fcntl(99, F_GETFL), EBADF); EQ(fcntl(p[0], F_DUPFD_CLOEXEC, 50), 50); EQ(fcntl(50, F_GETFD), FD_CLOEXEC); ERR(fcntl(p[0], F_DUPFD, -1), EINVAL); OK(fcntl(50, F_SETFD, 0)); EQ(fcntl(50, F_GETFD), 0); OK(fcntl(50, F_SETFD, 0xffff)); EQ(fcntl(50, F_GETFD), FD_CLOEXEC);
}
CASE(duplicates_and_ranges) {
    int fd = open("f", O_RDWR | O_CREAT, 0600), e; EQ(dup2(fd, fd), fd); ERR(dup3(fd, fd, 0), EINVAL); ERR(dup3(fd, 60, O_NONBLOCK), EINVAL); ERR(dup2(99, 60), EBADF); ERR(dup2(fd, -1), EBADF); ERR(dup2(99, 99), EBADF); ERR(dup(-1), EBADF); EQ(dup3(fd, 60, O_CLOEXEC), 60); EQ(fcntl(60, F_GETFD), FD_CLOEXEC); EQ(dup2(60, 61), 61); EQ(fcntl(61, F_GETFD), 0); OK(fcntl(60, F_SETFL, O_APPEND)); EQ(fcntl(fd, F_GETFL) & O_APPEND, O_APPEND);
    int p[2]; pipe(p); EQ(dup2(fd, p[1]), p[1]); char b; EQ(read(p[0], &b, 1), 0); // the pipe's only writer was closed by it
    for (int i = 70; i < 80; i++) dup2(fd, i);
    OK(syscall(SYS_close_range, 72, 75, 0)); CHECK(fcntl(71, F_GETFD) == 0); ERR(fcntl(72, F_GETFD), EBADF); ERR(fcntl(75, F_GETFD), EBADF); CHECK(fcntl(76, F_GETFD) == 0); OK(syscall(SYS_close_range, 76, ~0u, 4)); EQ(fcntl(79, F_GETFD), FD_CLOEXEC); EQ(fcntl(71, F_GETFD), 0); ERR(syscall(SYS_close_range, 5, 4, 0), EINVAL); ERR(syscall(SYS_close_range, 5, 6, 8), EINVAL); OK(syscall(SYS_close_range, 3000, 4000, 0));
    e = OK(syscall(SYS_close_range, 70, ~0u, 2)); ERR(fcntl(79, F_GETFD), EBADF); (void)e; ERR(close(99), EBADF); ERR(close(-1), EBADF); OK(close(fd)); ERR(close(fd), EBADF);
}
TEST_MAIN
