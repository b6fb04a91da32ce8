// Pseudoterminals: the line discipline, echo, signals, modes, sessions, job control, hang-up, packet mode.
#include "check.h"
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int m, s;
static char got[8192];
static void open_pair(void) { NEED(openpty(&m, &s, 0, 0, 0) == 0); }
static void mode(int iflag, int oflag, int lflag, int min, int time) {
    struct termios t;
    OK(tcgetattr(s, &t));
    t.c_iflag = iflag;
    t.c_oflag = oflag;
    t.c_lflag = lflag;
    t.c_cc[VMIN] = min;
    t.c_cc[VTIME] = time;
    OK(tcsetattr(s, TCSANOW, &t));
}
static const char *take(int fd) {
    struct pollfd p = {fd, POLLIN, 0};
    size_t n = 0;
    while (n < sizeof got - 1 && poll(&p, 1, 30) == 1 && (p.revents & POLLIN)) {
        ssize_t k = read(fd, got + n, sizeof got - 1 - n);
        if (k <= 0) break;
        n += k;
    }
    got[n] = 0;
    return got;
}
static void key(const char *text) { NEED(write(m, text, strlen(text)) == (ssize_t)strlen(text)); }
#define COOKED ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN

CASE(modes_default) {
    open_pair();
    struct termios t;
    OK(tcgetattr(s, &t));
    EQ(t.c_iflag, ICRNL | IXON);
    EQ(t.c_oflag, OPOST | ONLCR);
    EQ(t.c_lflag, COOKED);
    EQ(t.c_cflag, B38400 | CS8 | CREAD);
    EQ(t.c_cc[VINTR], 3);
    EQ(t.c_cc[VERASE], 127);
    EQ(t.c_cc[VMIN], 1);
    CHECK(isatty(s));
    CHECK(isatty(m));
    struct winsize w = {24, 80, 1, 2}, v;
    OK(ioctl(m, TIOCSWINSZ, &w));
    OK(ioctl(s, TIOCGWINSZ, &v));
    EQ(v.ws_row, 24);
    EQ(v.ws_ypixel, 2);
    char *name = ttyname(s);
    CHECK(name && !strncmp(name, "/dev/pts/", 9));
    unsigned n = 0;
    OK(ioctl(m, TIOCGPTN, &n));
    EQ(atoi(name + 9), n);
    struct stat st;
    OK(fstat(s, &st));
    CHECK(S_ISCHR(st.st_mode));
    EQ(st.st_rdev >> 8, 136);
    ERR(lseek(s, 0, SEEK_SET), ESPIPE);
}
CASE(canonical_editing) {
    open_pair();
    key("helx\177lo w\025again\r");
    STR(take(s), "again\n");
    key("one two  \027three\n");
    STR(take(s), "one three\n");
    key("ab\026\003c\n");
    STR(take(s), "ab\003c\n");
    key("x\004");
    STR(take(s), "x");
    key("\004");
    char b[4];
    EQ(read(s, b, 4), 0);
    key("two\nlines\n");
    EQ(read(s, got, 100), 4);
    EQ(read(s, got, 3), 3);
    int n = 0;
    OK(ioctl(s, FIONREAD, &n));
    EQ(n, 3);
    EQ(read(s, got, 100), 3);
    key("abc");
    struct pollfd p = {s, POLLIN, 0};
    EQ(poll(&p, 1, 20), 0);
    OK(tcflush(s, TCIFLUSH));
    key("\n");
    STR(take(s), "\n");
}
CASE(echo_family) {
    open_pair();
    key("ab\177");
    STR(take(m), "ab\b \b");
    key("\001\177");
    STR(take(m), "^A\b \b\b \b");
    key("\025");
    STR(take(m), "\b \b");
    key("q\tw\177\177");
    STR(take(m), "q\tw\b \b\b\b\b\b\b\b\b");
    key("\r");
    STR(take(m), "\r\n");
    key("xy\022");
    STR(take(m), "xy^R\r\nxy");
    key("\n");
    take(m);
    mode(ICRNL, OPOST | ONLCR, ICANON | ECHONL, 1, 0);
    key("hid\n");
    STR(take(m), "\r\n");
    mode(ICRNL, OPOST | ONLCR, ICANON | ECHO | ECHOE | ECHOPRT | IEXTEN, 1, 0);
    take(s);
    key("ab\177\177c\n");
    STR(take(m), "ab\\ba/c\r\n");
    mode(ICRNL, OPOST | ONLCR, ICANON | ECHO | ECHOK, 1, 0);
    key("ab\177");
    STR(take(m), "ab\177");
    key("\025");
    STR(take(m), "\025\r\n");
}
CASE(output_processing) {
    open_pair();
    NEED(write(s, "a\nb\n", 4) == 4);
    STR(take(m), "a\r\nb\r\n");
    mode(0, OPOST | ONLCR | XTABS, 0, 1, 0);
    NEED(write(s, "ab\tc\rd\te\n", 9) == 9);
    STR(take(m), "ab      c\rd       e\r\n");
    mode(0, OPOST | OCRNL | ONOCR, 0, 1, 0);
    NEED(write(s, "\rx\ry", 4) == 4);
    STR(take(m), "x\ny");
    mode(0, OPOST | OLCUC, 0, 1, 0);
    NEED(write(s, "aZ1\n", 4) == 4);
    STR(take(m), "AZ1\n");
    mode(0, 0, 0, 1, 0);
    NEED(write(s, "a\n", 2) == 2);
    STR(take(m), "a\n");
}
CASE(input_translation) {
    open_pair();
    mode(INLCR | IGNCR, 0, 0, 1, 0);
    key("a\nb\rc");
    STR(take(s), "a\rbc");
    mode(ISTRIP, 0, 0, 1, 0);
    key("\341");
    STR(take(s), "a");
    mode(IUCLC, 0, IEXTEN, 1, 0);
    key("AbC");
    STR(take(s), "abc");
}
CASE(raw_min_and_time) {
    open_pair();
    mode(0, 0, 0, 3, 0);
    key("ab");
    struct pollfd p = {s, POLLIN, 0};
    EQ(poll(&p, 1, 20), 0);
    key("c");
    EQ(poll(&p, 1, 20), 1);
    EQ(read(s, got, 10), 3);
    mode(0, 0, 0, 0, 0);
    EQ(read(s, got, 10), 0);
    mode(0, 0, 0, 0, 1);
    double t = now_ms();
    EQ(read(s, got, 10), 0);
    CHECK(now_ms() - t >= 90 && now_ms() - t < 1000);
    key("z");
    EQ(read(s, got, 10), 1);
    mode(0, 0, 0, 5, 1);
    key("pq");
    t = now_ms();
    EQ(read(s, got, 10), 2);
    CHECK(now_ms() - t >= 90);
    OK(fcntl(s, F_SETFL, O_NONBLOCK));
    ERR(read(s, got, 10), EAGAIN);
}
CASE(flow_control) {
    open_pair();
    OK(fcntl(s, F_SETFL, O_NONBLOCK));
    key("\023");
    sleep_ms(10);
    ERR(write(s, "x", 1), EAGAIN);
    key("\021");
    sleep_ms(10);
    EQ(write(s, "x", 1), 1);
    STR(take(m), "x");
    OK(tcflow(s, TCOOFF));
    ERR(write(s, "x", 1), EAGAIN);
    OK(tcflow(s, TCOON));
    EQ(write(s, "x", 1), 1);
}
// Becomes the leader of a session on the slave.
static void lead(void) {
    OK(setsid());
    OK(ioctl(s, TIOCSCTTY, 0));
}
CASE(keys_signal_the_foreground) {
    open_pair();
    pid_t p = CHILD({
        lead();
        close(m);
        EQ(tcgetpgrp(s), getpid());
        EQ(tcgetsid(s), getpid());
        for (;;) pause();
    });
    sleep_ms(100);
    pid_t fg = 0;
    OK(ioctl(m, TIOCGPGRP, &fg));
    EQ(fg, p);
    key("abc\003");
    KILLED(p, SIGINT);
    STR(take(m), "^C");
}
CASE(noflsh_keeps_input) {
    open_pair();
    mode(ICRNL | IXON, OPOST | ONLCR, ISIG | ICANON | NOFLSH, 1, 0);
    key("ab\003c\n");
    STR(take(s), "abc\n");
    mode(ICRNL | IXON, OPOST | ONLCR, ISIG | ICANON, 1, 0);
    key("ab\003c\n");
    STR(take(s), "c\n");
}
CASE(background_stops) {
    open_pair();
    pid_t p = CHILD({
        lead();
        pid_t b = fork();
        if (b == 0) {
            setpgid(0, 0);
            char c;
            read(s, &c, 1);
            _exit(0);
        }
        setpgid(b, b);
        int st;
        EQ(waitpid(b, &st, WUNTRACED), b);
        CHECK(WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTIN);
        kill(b, SIGKILL);
        waitpid(b, &st, 0);
        b = fork();
        if (b == 0) {
            setpgid(0, 0);
            tcsetpgrp(s, getpid());
            _exit(0);
        }
        setpgid(b, b);
        EQ(waitpid(b, &st, WUNTRACED), b);
        CHECK(WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTOU);
        OK(tcsetpgrp(s, b));
        kill(b, SIGCONT);
        EQ(waitpid(b, &st, 0), b);
        CHECK(WIFEXITED(st));
        signal(SIGTTOU, SIG_IGN);
        OK(tcsetpgrp(s, getpgrp()));
        b = fork();
        if (b == 0) {
            setpgid(0, 0);
            signal(SIGTTIN, SIG_IGN);
            char c;
            ERR(read(s, &c, 1), EIO);
            write(s, "bg", 2);
            _exit(test_failed);
        }
        EXITED(b, 0);
        ERR(tcsetpgrp(s, 1), EPERM);
        ERR(tcsetpgrp(s, 99999), ESRCH);
    });
    EXITED(p, 0);
    STR(take(m), "bg");
}
CASE(controlling_terminal) {
    open_pair();
    ERR(tcgetpgrp(s), ENOTTY);
    pid_t p = CHILD({
        OK(setsid());
        ERR(open("/dev/tty", O_RDWR), ENXIO);
        int t = OK(open(ttyname(s), O_RDWR));
        EQ(tcgetsid(t), getpid());
        int u = OK(open("/dev/tty", O_RDWR));
        CHECK(isatty(u));
        handle(SIGHUP, 0);
        signal(SIGCONT, SIG_IGN);
        OK(ioctl(u, TIOCNOTTY));
        EQ(caught, 1);
        ERR(open("/dev/tty", O_RDWR), ENXIO);
        OK(open(ttyname(s), O_RDWR | O_NOCTTY));
        ERR(open("/dev/tty", O_RDWR), ENXIO);
        OK(ioctl(s, TIOCSCTTY, 0));
        pid_t q = CHILD({ OK(setsid()); ERR(ioctl(s, TIOCSCTTY, 0), EPERM); });
        EXITED(q, 0);
    });
    EXITED(p, 0);
}
CASE(window_change_signals) {
    open_pair();
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({
        lead();
        handle(SIGWINCH, 0);
        write(pp[1], "r", 1);
        pause();
        EQ(caught_signal, SIGWINCH);
    });
    char c;
    EQ(read(pp[0], &c, 1), 1);
    sleep_ms(30);
    struct winsize w = {30, 90, 0, 0};
    OK(ioctl(m, TIOCSWINSZ, &w));
    EXITED(p, 0);
}
CASE(hang_up) {
    open_pair();
    int pp[2];
    OK(pipe(pp));
    pid_t p = CHILD({
        close(pp[0]);
        lead();
        close(m);
        handle(SIGHUP, 0);
        write(pp[1], "r", 1);
        while (!caught) sleep_ms(5);
        char b;
        EQ(read(s, &b, 1), 0);
        ERR(write(s, "x", 1), EIO);
        struct pollfd q = {s, POLLIN | POLLOUT, 0};
        EQ(poll(&q, 1, 0), 1);
        EQ(q.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
        struct termios t;
        ERR(tcgetattr(s, &t), EIO);
    });
    char c;
    EQ(read(pp[0], &c, 1), 1);
    close(s);
    close(m);
    EXITED(p, 0);
}
CASE(slave_closed) {
    open_pair();
    write(s, "bye", 3);
    close(s);
    EQ(read(m, got, 10), 3);
    ERR(read(m, got, 10), EIO);
    struct pollfd q = {m, POLLIN, 0};
    EQ(poll(&q, 1, 0), 1);
    EQ(q.revents & POLLHUP, POLLHUP);
    s = OK(ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY));
    OK(fcntl(m, F_SETFL, O_NONBLOCK));
    ERR(read(m, got, 10), EAGAIN);
}
CASE(leader_exit_frees_the_terminal) {
    open_pair();
    pid_t p = CHILD({
        lead();
        pid_t b = fork();
        if (b == 0) pause();
        sleep_ms(20);
    });
    EXITED(p, 0);
    EQ(write(s, "x", 1), 1);
    STR(take(m), "x");
    p = CHILD({ lead(); });
    EXITED(p, 0);
}
CASE(packet_mode) {
    open_pair();
    int on = 1;
    OK(ioctl(m, TIOCPKT, &on));
    write(s, "hey", 3);
    EQ(read(m, got, 10), 4);
    EQ(got[0], TIOCPKT_DATA);
    OK(tcflush(s, TCIFLUSH));
    struct pollfd q = {m, POLLIN | POLLPRI, 0};
    EQ(poll(&q, 1, 0), 1);
    EQ(read(m, got, 10), 1);
    EQ(got[0], TIOCPKT_FLUSHREAD);
    OK(tcflow(s, TCOOFF));
    EQ(read(m, got, 10), 1);
    EQ(got[0], TIOCPKT_STOP);
}
CASE(locks_and_devpts) {
    int p = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
    char path[64];
    NEED(ptsname_r(p, path, sizeof path) == 0);
    ERR(open(path, O_RDWR | O_NOCTTY), EIO);
    OK(unlockpt(p));
    int t = OK(open(path, O_RDWR | O_NOCTTY));
    OK(ioctl(t, TIOCEXCL));
    int v = 0;
    OK(ioctl(t, TIOCGEXCL, &v));
    EQ(v, 1);
    if (geteuid() == 0) OK(open(path, O_RDWR | O_NOCTTY));
    close(p);
    ERR(open(path, O_RDWR), ENOENT);
}
CASE(bulk) {
    open_pair();
    mode(0, 0, 0, 1, 0);
    static char b[100000];
    for (size_t i = 0; i < sizeof b; i++) b[i] = i * 13;
    pid_t p = CHILD({ EQ(write(s, b, sizeof b), sizeof b); });
    close(s);
    size_t n = 0;
    while (n < sizeof b) {
        ssize_t k = read(m, got, sizeof got);
        if (k <= 0) { FAIL("read %zd after %zu errno %d", k, n, errno); break; }
        if (memcmp(got, b + n, k)) { FAIL("bytes differ near %zu", n); break; }
        n += k;
    }
    EXITED(p, 0);
}
TEST_MAIN
