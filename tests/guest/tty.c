// Pseudo-terminals: line discipline, signals, sizes, controlling terminals, background access, hang-up.
#include "check.h"
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int m, s;
static char b[4096];
static void open_pair(void) {
    m = posix_openpt(O_RDWR | O_NOCTTY);
    NEED(m >= 0 && grantpt(m) == 0 && unlockpt(m) == 0);
    s = open(ptsname(m), O_RDWR | O_NOCTTY);
    NEED(s >= 0);
}
static void flags(tcflag_t clear, tcflag_t set) { struct termios t; OK(tcgetattr(s, &t)); t.c_lflag = (t.c_lflag & ~clear) | set; OK(tcsetattr(s, TCSANOW, &t)); }
static void type(const char *text) { EQ(write(m, text, strlen(text)), strlen(text)); }
// What can be read at once, as a string.
static char *take(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    int n = 0, r;
    while (n < 4000 && poll(&p, 1, 20) == 1 && (r = read(fd, b + n, sizeof b - 1 - n)) > 0) n += r;
    b[n] = 0;
    return b;
}

CASE(defaults_and_names) {
    open_pair();
    struct termios t;
    OK(tcgetattr(s, &t));
    EQ(t.c_iflag, ICRNL | IXON); EQ(t.c_oflag, OPOST | ONLCR); EQ(t.c_cflag, B38400 | CS8 | CREAD);
    EQ(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
    EQ(t.c_cc[VINTR], 3); EQ(t.c_cc[VEOF], 4); EQ(t.c_cc[VERASE], 127); EQ(t.c_cc[VMIN], 1); EQ(t.c_cc[VSUSP], 26); EQ(t.c_cc[VKILL], 21);
    EQ(isatty(s), 1);
    int n = -1, lock = -1;
    OK(ioctl(m, TIOCGPTN, &n)); char want[32]; snprintf(want, 32, "/dev/pts/%d", n); STR(ptsname(m), want);
    OK(ioctl(m, TIOCGPTLCK, &lock)); EQ(lock, 0);
    struct stat st; OK(fstat(s, &st)); CHECK(S_ISCHR(st.st_mode)); EQ(st.st_rdev >> 8, 136); EQ(st.st_rdev & 0xff, n);
    int m2 = OK(posix_openpt(O_RDWR | O_NOCTTY));
    ERR(open(ptsname(m2), O_RDWR | O_NOCTTY), EIO); // locked
    int peer = OK(ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY)); CHECK(isatty(peer));
    close(m2);
}
CASE(canonical_lines_and_echo) {
    open_pair();
    type("hel");
    STR(take(s), "");
    type("lo\rnext");
    STR(take(s), "hello\n");
    STR(take(m), "hello\r\nnext");
    type("\n");
    EQ(read(s, b, 2), 2); EQ(b[0], 'n'); STR(take(s), "xt\n"); // a short read leaves the rest of the line
    take(m);
    flags(ECHO, 0); type("quiet\n"); STR(take(m), ""); STR(take(s), "quiet\n");
    EQ(write(s, "a\nb", 3), 3); STR(take(m), "a\r\nb");
    int n = -1;
    type("12345\n"); EQ(poll(&(struct pollfd){s, POLLIN, 0}, 1, 2000), 1); OK(ioctl(s, FIONREAD, &n)); EQ(n, 6);
}
CASE(editing_keys) {
    open_pair();
    type("abx\177c\n"); STR(take(s), "abc\n"); STR(take(m), "abx\b \bc\r\n");
    type("junk\025ok\n"); STR(take(s), "ok\n"); take(m);
    type("one two\027three\n"); STR(take(s), "one three\n"); take(m);
    type("\026\003\n"); STR(take(s), "\003\n"); STR(take(m), "^\b^C\r\n");
    type("part\004"); STR(take(s), "part");
    type("\004"); EQ(read(s, b, 10), 0);
    type("a\001b\n"); STR(take(s), "a\001b\n"); CHECK(strstr(take(m), "a^Ab") != 0);
}
CASE(raw_mode_vmin_vtime) {
    open_pair();
    struct termios t;
    OK(tcgetattr(s, &t)); cfmakeraw(&t); t.c_cc[VMIN] = 1; t.c_cc[VTIME] = 0; OK(tcsetattr(s, TCSAFLUSH, &t));
    type("\003a\r"); STR(take(s), "\003a\r"); STR(take(m), "");
    EQ(write(s, "\n", 1), 1); STR(take(m), "\n");
    t.c_cc[VMIN] = 0; t.c_cc[VTIME] = 0; OK(tcsetattr(s, TCSANOW, &t)); EQ(read(s, b, 10), 0);
    t.c_cc[VTIME] = 2; OK(tcsetattr(s, TCSANOW, &t));
    double a = now_ms(); EQ(read(s, b, 10), 0); CHECK(now_ms() - a >= 150 && now_ms() - a < 1500);
    t.c_cc[VMIN] = 3; t.c_cc[VTIME] = 0; OK(tcsetattr(s, TCSANOW, &t));
    pid_t p = CHILD({ type("ab"); sleep_ms(40); type("cd"); });
    CHECK(read(s, b, 10) >= 3); reap(p); take(s);
    t.c_cc[VTIME] = 1; OK(tcsetattr(s, TCSANOW, &t));
    type("x"); EQ(read(s, b, 10), 1); // the time between bytes ran out
    fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK); ERR(read(s, b, 10), EAGAIN);
}
CASE(window_size_and_winch) {
    open_pair();
    struct winsize w = {24, 80, 1, 2}, r = {0};
    OK(ioctl(s, TIOCGWINSZ, &r)); EQ(r.ws_row, 0);
    OK(ioctl(m, TIOCSWINSZ, &w)); OK(ioctl(s, TIOCGWINSZ, &r)); EQ(r.ws_row, 24); EQ(r.ws_col, 80); EQ(r.ws_ypixel, 2);
    pid_t p = CHILD({ setsid(); OK(ioctl(s, TIOCSCTTY, 0)); handle(SIGWINCH, 0); EQ(write(s, "R", 1), 1); for (int i = 0; i < 1000 && !caught; i++) sleep_ms(2); EQ(caught, 1); });
    EQ(read(m, b, 1), 1);
    w.ws_row = 50; OK(ioctl(m, TIOCSWINSZ, &w)); OK(ioctl(m, TIOCSWINSZ, &w)); // the same size again: no signal
    EXITED(p, 0);
}
CASE(controlling_terminal) {
    open_pair();
    EXITED(CHILD({
        ERR(ioctl(s, TIOCSCTTY, 0), EPERM); // no session leader
        setsid();
        ERR(open("/dev/tty", O_RDWR), ENXIO);
        ERR(tcgetpgrp(s), ENOTTY);
        int again = OK(open(ptsname(m), O_RDWR)); // without O_NOCTTY it becomes ours
        OK(open("/dev/tty", O_RDWR));
        EQ(tcgetpgrp(again), getpid()); EQ(tcgetsid(s), getpid());
        EXITED(CHILD({ setsid(); ERR(ioctl(s, TIOCSCTTY, 0), EPERM); }), 0); // it belongs to another session
        ERR(tcsetpgrp(s, 999999), ESRCH);
        ERR(tcsetpgrp(s, getppid()), EPERM);
        signal(SIGHUP, SIG_IGN);
        OK(ioctl(s, TIOCNOTTY));
        ERR(open("/dev/tty", O_RDWR), ENXIO);
    }), 0);
}
CASE(keys_send_signals) {
    open_pair();
    int keys[][2] = {{3, SIGINT}, {28, SIGQUIT}, {26, SIGTSTP}};
    for (int i = 0; i < 3; i++) {
        pid_t p = CHILD({ setsid(); ioctl(s, TIOCSCTTY, 0); for (int k = 0; k < 3; k++) handle(keys[k][1], 0); if (write(s, "R", 1) != 1) _exit(1); while (!caught) pause(); _exit(caught_signal); });
        EQ(read(m, b, 1), 1); EQ(b[0], 'R');
        char k = keys[i][0];
        EQ(write(m, &k, 1), 1);
        EXITED(p, keys[i][1]);
        CHECK(strstr(take(m), i == 0 ? "^C" : i == 1 ? "^\\" : "^Z") != 0);
        close(s); s = OK(open(ptsname(m), O_RDWR | O_NOCTTY));
    }
    flags(ISIG, 0); type("\003\n"); STR(take(s), "\003\n");
}
CASE(background_access_stops) {
    open_pair();
    EXITED(CHILD({
        setsid();
        OK(ioctl(s, TIOCSCTTY, 0));
        pid_t p = CHILD({ setpgid(0, 0); if (read(s, b, 1) < 0) _exit(9); });
        int st;
        EQ(waitpid(p, &st, WUNTRACED), p); CHECK(WIFSTOPPED(st)); EQ(WSTOPSIG(st), SIGTTIN);
        kill(p, SIGKILL); reap(p);
        p = CHILD({ setpgid(0, 0); signal(SIGTTIN, SIG_IGN); ERR(read(s, b, 1), EIO); });
        EXITED(p, 0);
        p = CHILD({ setpgid(0, 0); EQ(write(s, "x", 1), 1); }); // allowed without TOSTOP
        EXITED(p, 0);
        flags(0, TOSTOP);
        p = CHILD({ setpgid(0, 0); if (write(s, "x", 1) < 0) _exit(9); });
        EQ(waitpid(p, &st, WUNTRACED), p); EQ(WSTOPSIG(st), SIGTTOU);
        kill(p, SIGKILL); reap(p);
        p = CHILD({ setpgid(0, 0); struct termios t; tcgetattr(s, &t); tcsetattr(s, TCSANOW, &t); });
        EQ(waitpid(p, &st, WUNTRACED), p); EQ(WSTOPSIG(st), SIGTTOU);
        OK(tcsetpgrp(s, p)); kill(p, SIGCONT);
        EXITED(p, 0);
    }), 0);
}
CASE(hang_up) {
    open_pair();
    pid_t p = CHILD({ close(m); setsid(); OK(ioctl(s, TIOCSCTTY, 0)); handle(SIGHUP, 0); handle(SIGCONT, 0); if (write(s, "R", 1) != 1) _exit(1); while (caught < 1) pause(); EQ(read(s, b, 1), 0); ERR(write(s, "x", 1), EIO); });
    close(s);
    EQ(read(m, b, 1), 1);
    close(m);
    EXITED(p, 0);
    open_pair();
    close(s);
    ERR(read(m, b, 1), EIO); // all slaves closed
    struct pollfd f = {m, POLLIN, 0};
    EQ(poll(&f, 1, 0), 1); CHECK(f.revents & POLLHUP);
    s = OK(open(ptsname(m), O_RDWR | O_NOCTTY)); EQ(write(s, "x", 1), 1); EQ(read(m, b, 1), 1);
}
CASE(session_leader_exit_hangs_up) {
    open_pair();
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({
        setsid(); OK(ioctl(s, TIOCSCTTY, 0));
        CHILD({ handle(SIGHUP, 0); if (write(pp[1], "r", 1) != 1) _exit(1); while (!caught) pause(); if (write(pp[1], "H", 1) != 1) _exit(1); });
        char c; if (read(pp[0], &c, 1) != 1) _exit(1);
    });
    EXITED(p, 0);
    char c = 0;
    EQ(read(pp[0], &c, 1), 1); EQ(c, 'H');
}
CASE(flow_and_flush) {
    open_pair();
    type("pending\n"); OK(tcflush(s, TCIFLUSH)); take(m); type("new\n"); STR(take(s), "new\n"); take(m);
    type("\023"); fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK); sleep_ms(10);
    ERR(write(s, "x", 1), EAGAIN); // stopped by ^S
    type("\021"); sleep_ms(10); EQ(write(s, "x", 1), 1); STR(take(m), "x");
    OK(tcdrain(s)); OK(ioctl(s, TCXONC, 99) == -1 && errno == EINVAL ? 0 : -1);
}
CASE(read_interrupted) {
    open_pair();
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 30);
    ERR(read(s, b, 1), EINTR);
    reap(k);
}
TEST_MAIN
