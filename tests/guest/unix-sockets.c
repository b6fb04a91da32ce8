// Unix sockets: names, connections, messages, descriptors and credentials in flight, shutdown and errors.
#include "check.h"
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

static int polled(int fd, int events) {
    struct pollfd p = {fd, events, 0};
    return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}
static socklen_t path_name(struct sockaddr_un *a, const char *path) {
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    strcpy(a->sun_path, path);
    return sizeof *a;
}
static int listener(const char *path, int type) {
    struct sockaddr_un a;
    socklen_t n = path_name(&a, path);
    int s = OK(socket(AF_UNIX, type, 0));
    OK(bind(s, (void *)&a, n));
    OK(listen(s, 5));
    return s;
}
static int connected(const char *path, int type) {
    struct sockaddr_un a;
    socklen_t n = path_name(&a, path);
    int s = OK(socket(AF_UNIX, type, 0));
    OK(connect(s, (void *)&a, n));
    return s;
}
CASE(families) {
    ERR(socket(AF_UNIX, SOCK_STREAM, 6), EPROTONOSUPPORT);
    ERR(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
    ERR(socket(AF_UNIX, 99, 0), EINVAL);
    ERR(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT);
    int s = OK(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EQ(fcntl(s, F_GETFD), FD_CLOEXEC);
    EQ(fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
    int v = 0;
    socklen_t n = sizeof v;
    OK(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &n));
    EQ(v, SOCK_STREAM);
    OK(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &v, &n));
    EQ(v, AF_UNIX);
    int p[2];
    OK(pipe(p));
    ERR(listen(p[0], 1), ENOTSOCK);
    ERR(listen(99, 1), EBADF);
    char b;
    ERR(read(s, &b, 1), EINVAL);
    signal(SIGPIPE, SIG_IGN);
    ERR(write(s, &b, 1), ENOTCONN);
    EQ(polled(s, POLLIN | POLLOUT), POLLOUT | POLLHUP);
    ERR(pread(s, &b, 1, 0), ESPIPE);
    ERR(lseek(s, 0, SEEK_SET), ESPIPE);
    ERR(accept(s, 0, 0), EINVAL);
    ERR(listen(s, 1), EINVAL);
}
CASE(stream_by_path) {
    int l = listener("sock", SOCK_STREAM);
    struct stat st;
    OK(stat("sock", &st));
    CHECK(S_ISSOCK(st.st_mode));
    ERR(open("sock", O_RDWR), ENXIO);
    struct sockaddr_un a;
    socklen_t n = path_name(&a, "sock");
    int d = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    ERR(bind(d, (void *)&a, n), EADDRINUSE);
    ERR(connect(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a, n), EPROTOTYPE);
    int c = connected("sock", SOCK_STREAM);
    EQ(polled(l, POLLIN), POLLIN);
    n = sizeof a;
    int s = OK(accept(l, (void *)&a, &n));
    EQ(n, 2);
    EQ(a.sun_family, AF_UNIX);
    n = sizeof a;
    OK(getpeername(c, (void *)&a, &n));
    EQ(n, offsetof(struct sockaddr_un, sun_path) + 5);
    STR(a.sun_path, "sock");
    n = sizeof a;
    OK(getsockname(s, (void *)&a, &n));
    STR(a.sun_path, "sock");
    ERR(connect(c, (void *)&a, n), EISCONN);
    EQ(write(c, "hello", 5), 5);
    char b[16];
    EQ(recv(s, b, 2, MSG_PEEK), 2);
    EQ(recv(s, b, sizeof b, 0), 5);
    ERR(recv(s, b, 1, MSG_DONTWAIT), EAGAIN);
    EQ(send(s, "x", 1, 0), 1);
    int q = 0;
    OK(ioctl(c, FIONREAD, &q));
    EQ(q, 1);
    close(s);
    EQ(polled(c, POLLIN | POLLRDHUP), POLLIN | POLLHUP | POLLRDHUP);
    EQ(read(c, b, 4), 1);
    EQ(read(c, b, 4), 0);
    signal(SIGPIPE, SIG_IGN);
    ERR(write(c, "x", 1), EPIPE);
    struct ucred u;
    n = sizeof u;
    OK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &n));
    EQ(u.pid, getpid());
    EQ(u.uid, getuid());
    unlink("sock");
    path_name(&a, "sock");
    ERR(connect(d, (void *)&a, sizeof a), ENOENT);
    put("plain", "x");
    path_name(&a, "plain");
    ERR(connect(d, (void *)&a, sizeof a), ECONNREFUSED);
}
CASE(stream_refused_after_close) {
    int l = listener("s", SOCK_STREAM);
    int c = connected("s", SOCK_STREAM);
    close(l);
    char b;
    ERR(read(c, &b, 1), ECONNRESET);
    EQ(read(c, &b, 1), 0);
    struct sockaddr_un a;
    path_name(&a, "s");
    int d = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    ERR(connect(d, (void *)&a, sizeof a), ECONNREFUSED);
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    write(v[0], "abc", 3);
    close(v[1]);
    ERR(read(v[0], &b, 1), ECONNRESET);
    int e = 0;
    socklen_t n = sizeof e;
    OK(getsockopt(v[0], SOL_SOCKET, SO_ERROR, &e, &n));
    EQ(e, 0);
}
CASE(backlog_and_blocking_accept) {
    struct sockaddr_un a;
    path_name(&a, "s");
    int l = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    OK(bind(l, (void *)&a, sizeof a));
    OK(listen(l, 1));
    connected("s", SOCK_STREAM);
    connected("s", SOCK_STREAM);
    int c = OK(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ERR(connect(c, (void *)&a, sizeof a), EAGAIN);
    pid_t p = CHILD({ connected("s", SOCK_STREAM); });
    sleep_ms(30);
    OK(accept(l, 0, 0));
    EXITED(p, 0);
    OK(accept(l, 0, 0));
    OK(accept4(l, 0, 0, SOCK_CLOEXEC));
    p = CHILD({ sleep_ms(30); connected("s", SOCK_STREAM); });
    int s = OK(accept4(l, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EQ(fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
    EXITED(p, 0);
    ERR(accept4(l, 0, 0, 1), EINVAL);
    handle(SIGUSR1, 0);
    p = signal_later(SIGUSR1, 20);
    ERR(accept(l, 0, 0), EINTR);
    EXITED(p, 0);
    struct timeval t = {0, 30000};
    OK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    ERR(accept(l, 0, 0), EAGAIN);
}
CASE(abstract_names) {
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0belljar-test"};
    socklen_t n = offsetof(struct sockaddr_un, sun_path) + 13;
    int l = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    OK(bind(l, (void *)&a, n));
    ERR(bind(l, (void *)&a, n), EINVAL);
    OK(listen(l, 1));
    int c = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    ERR(connect(c, (void *)&a, n + 1), ECONNREFUSED);
    OK(connect(c, (void *)&a, n));
    struct sockaddr_un b;
    socklen_t m = sizeof b;
    OK(getpeername(c, (void *)&b, &m));
    EQ(m, n);
    CHECK(!memcmp(a.sun_path, b.sun_path, 13));
    int d = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    ERR(bind(d, (void *)&a, n), EADDRINUSE);
    OK(bind(d, (void *)&a, 2));
    m = sizeof b;
    OK(getsockname(d, (void *)&b, &m));
    EQ(m, offsetof(struct sockaddr_un, sun_path) + 6);
    EQ(b.sun_path[0], 0);
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, 1), EINVAL);
    a.sun_family = AF_INET;
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, n), EINVAL);
    close(l);
}
CASE(datagrams) {
    struct sockaddr_un a, b, from;
    int r = OK(socket(AF_UNIX, SOCK_DGRAM, 0)), s = OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    path_name(&a, "r");
    path_name(&b, "s");
    OK(bind(r, (void *)&a, sizeof a));
    OK(bind(s, (void *)&b, sizeof b));
    ERR(send(s, "x", 1, 0), ENOTCONN);
    EQ(sendto(s, "hello", 5, 0, (void *)&a, sizeof a), 5);
    EQ(sendto(s, "", 0, 0, (void *)&a, sizeof a), 0);
    char buf[16];
    socklen_t n = sizeof from;
    EQ(recvfrom(r, buf, 3, MSG_TRUNC, (void *)&from, &n), 5);
    STR(from.sun_path, "s");
    EQ(recv(r, buf, 16, 0), 0);
    ERR(recv(r, buf, 16, MSG_DONTWAIT), EAGAIN);
    OK(connect(s, (void *)&a, sizeof a));
    int i = 0;
    while (send(s, "x", 1, MSG_DONTWAIT) == 1 && i < 100) i++;
    EQ(errno, EAGAIN);
    CHECK(i >= 10 && i <= 12);
    EQ(polled(s, POLLOUT), 0);
    recv(r, buf, 16, 0);
    EQ(polled(s, POLLOUT), POLLOUT);
    close(r);
    ERR(send(s, "x", 1, 0), ECONNREFUSED);
    ERR(send(s, "x", 1, 0), ENOTCONN);
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, v));
    struct sockaddr un = {.sa_family = AF_UNSPEC};
    OK(connect(v[0], &un, sizeof un));
    ERR(send(v[0], "x", 1, 0), ENOTCONN);
}
CASE(sequenced_packets) {
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, v));
    EQ(send(v[0], "one", 3, 0), 3);
    EQ(send(v[0], "three", 5, 0), 5);
    char b[8];
    struct iovec io = {b, 2};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
    EQ(recvmsg(v[1], &m, 0), 2);
    EQ(m.msg_flags, MSG_TRUNC);
    io.iov_len = 8;
    EQ(recvmsg(v[1], &m, 0), 5);
    EQ(m.msg_flags, 0);
    close(v[0]);
    EQ(recv(v[1], b, 8, 0), 0);
    ERR(send(v[1], b, 1, 0), EPIPE);
    int s = OK(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    ERR(recv(s, b, 8, 0), ENOTCONN);
}
CASE(shutdown_halves) {
    int v[2];
    signal(SIGPIPE, SIG_IGN);
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    OK(shutdown(v[0], SHUT_WR));
    char b;
    EQ(read(v[1], &b, 1), 0);
    ERR(write(v[0], "x", 1), EPIPE);
    EQ(write(v[1], "y", 1), 1);
    EQ(read(v[0], &b, 1), 1);
    EQ(polled(v[1], POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
    OK(shutdown(v[1], SHUT_WR));
    EQ(polled(v[0], POLLIN | POLLRDHUP) & POLLHUP, POLLHUP);
    ERR(shutdown(v[0], 3), EINVAL);
    int p[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
    OK(shutdown(p[0], SHUT_RD));
    ERR(write(p[1], "x", 1), EPIPE);
    handle(SIGPIPE, 0);
    ERR(send(p[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    EQ(caught, 0);
    ERR(send(p[1], "x", 1, 0), EPIPE);
    EQ(caught, 1);
}
CASE(send_buffer_fills) {
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    int size = 0;
    socklen_t n = sizeof size;
    OK(getsockopt(v[0], SOL_SOCKET, SO_SNDBUF, &size, &n));
    EQ(size, 212992);
    static char b[65536];
    ssize_t total = 0, k;
    while ((k = send(v[0], b, sizeof b, MSG_DONTWAIT)) > 0) total += k;
    EQ(errno, EAGAIN);
    CHECK(total >= 100000 && total <= 400000);
    EQ(polled(v[0], POLLOUT), 0);
    ssize_t got = 0;
    while ((k = recv(v[1], b, sizeof b, MSG_DONTWAIT)) > 0) got += k;
    EQ(got, total);
    EQ(polled(v[0], POLLOUT), POLLOUT);
    size = 1000;
    OK(setsockopt(v[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    OK(getsockopt(v[0], SOL_SOCKET, SO_SNDBUF, &size, &n));
    EQ(size, 4608);
    pid_t c = CHILD({ size_t sum = 0; close(v[0]); while ((k = read(v[1], b, sizeof b)) > 0) sum += k; EQ(sum, 200000); });
    static char big[200000];
    close(v[1]);
    EQ(write(v[0], big, sizeof big), sizeof big);
    close(v[0]);
    EXITED(c, 0);
}
CASE(waitall_and_timeouts) {
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    pid_t c = CHILD({ for (int i = 0; i < 5; i++) { sleep_ms(10); send(v[0], "ab", 2, 0); } });
    char b[16];
    EQ(recv(v[1], b, 10, MSG_WAITALL), 10);
    EXITED(c, 0);
    struct timeval t = {0, 30000};
    OK(setsockopt(v[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    double at = now_ms();
    ERR(recv(v[1], b, 10, 0), EAGAIN);
    CHECK(now_ms() - at >= 29);
    ERR(read(v[1], b, 10), EAGAIN);
    send(v[0], "abc", 3, 0);
    EQ(recv(v[1], b, 10, MSG_WAITALL), 3);
    t.tv_usec = 1000000;
    ERR(setsockopt(v[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), EDOM);
}
static int send_fds(int s, const int *fds, int n) {
    char c[CMSG_SPACE(sizeof(int) * 300)] = {0}, b = 'f';
    struct iovec io = {&b, 1};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = c, .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(h), fds, sizeof(int) * n);
    return sendmsg(s, &m, 0);
}
static int take_fds(int s, int *fds, int room, int flags, int *answer) {
    char c[CMSG_SPACE(sizeof(int) * 300)] = {0}, b[8];
    struct iovec io = {b, sizeof b};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = c, .msg_controllen = room ? CMSG_SPACE(sizeof(int) * room) : 0};
    int n = recvmsg(s, &m, flags);
    if (answer) *answer = m.msg_flags;
    if (n < 0) return n;
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    if (!h) return 0;
    n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(h), n * sizeof(int));
    return n;
}
CASE(descriptors_in_messages) {
    int v[2], p[2], got[8], flags;
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    OK(pipe(p));
    EQ(send_fds(v[0], p, 2), 1);
    EQ(take_fds(v[1], got, 8, MSG_CMSG_CLOEXEC, &flags), 2);
    EQ(flags, MSG_CMSG_CLOEXEC);
    EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    close(p[1]);
    EQ(write(got[1], "q", 1), 1);
    char b;
    EQ(read(p[0], &b, 1), 1);
    close(got[1]);
    EQ(read(p[0], &b, 1), 0);
    int bad[2] = {p[0], 999};
    ERR(send_fds(v[0], bad, 2), EBADF);
    int many[254];
    for (int i = 0; i < 254; i++) many[i] = p[0];
    ERR(send_fds(v[0], many, 254), EINVAL);
    // Too little room: the others are closed.
    EQ(send_fds(v[0], many, 5), 1);
    EQ(take_fds(v[1], got, 2, 0, &flags), 2);
    EQ(flags, MSG_CTRUNC);
    EQ(send_fds(v[0], many, 1), 1);
    EQ(take_fds(v[1], got, 0, 0, &flags), 0);
    EQ(flags, MSG_CTRUNC);
    // A plain read throws them away; two messages with descriptors do not run together.
    EQ(send_fds(v[0], many, 1), 1);
    EQ(send_fds(v[0], many, 1), 1);
    char bb[8];
    EQ(read(v[1], bb, 8), 1);
    EQ(take_fds(v[1], got, 4, MSG_PEEK, &flags), 1);
    EQ(take_fds(v[1], got, 4, 0, &flags), 1);
}
CASE(descriptors_in_circles) {
    for (int round = 0; round < 300; round++) {
        int v[2];
        OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
        if (send_fds(v[0], v, 2) != 1) { FAIL("round %d errno %d", round, errno); break; }
        close(v[0]);
        close(v[1]);
    }
    // A pipe inside a circle sees its other end close once the circle is found.
    int p[2], v[2], w[2];
    OK(pipe(p));
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    int all[3] = {v[0], v[1], p[1]};
    EQ(send_fds(v[0], all, 3), 1);
    close(v[0]);
    close(v[1]);
    close(p[1]);
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, w));
    close(w[0]);
    close(w[1]);
    struct pollfd q = {p[0], POLLIN, 0};
    EQ(poll(&q, 1, 2000), 1);
    EQ(q.revents, POLLHUP);
}
CASE(credentials_in_messages) {
    int v[2], on = 1;
    OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, v));
    OK(setsockopt(v[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    OK(send(v[0], "x", 1, 0));
    union { char c[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr h; } u;
    char b[4];
    struct iovec io = {b, 4};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
    EQ(recvmsg(v[1], &m, 0), 1);
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    NEED(h);
    EQ(h->cmsg_type, SCM_CREDENTIALS);
    struct ucred *c = (void *)CMSG_DATA(h);
    EQ(c->pid, getpid());
    EQ(c->uid, getuid());
    pid_t k = CHILD({
        if (geteuid() == 0) OK(setresuid(1000, 1000, 1000));
        struct ucred fake = {getpid(), 4711, getgid()};
        memcpy(CMSG_DATA(h), &fake, sizeof fake);
        ERR(sendmsg(v[0], &m, 0), EPERM);
        fake.uid = getuid();
        fake.pid = 1;
        memcpy(CMSG_DATA(h), &fake, sizeof fake);
        ERR(sendmsg(v[0], &m, 0), EPERM);
    });
    EXITED(k, 0);
}
CASE(many_messages) {
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, v));
    struct mmsghdr m[3];
    struct iovec io[3];
    char *text[3] = {"a", "bb", "ccc"};
    memset(m, 0, sizeof m);
    for (int i = 0; i < 3; i++) { io[i] = (struct iovec){text[i], i + 1}; m[i].msg_hdr.msg_iov = &io[i]; m[i].msg_hdr.msg_iovlen = 1; }
    EQ(sendmmsg(v[0], m, 3, 0), 3);
    EQ(m[2].msg_len, 3);
    char b[3][8];
    for (int i = 0; i < 3; i++) io[i] = (struct iovec){b[i], 8};
    EQ(recvmmsg(v[1], m, 2, 0, 0), 2);
    EQ(m[1].msg_len, 2);
    EQ(recvmmsg(v[1], m, 3, MSG_WAITFORONE, 0), 1);
    EQ(recvmmsg(v[1], m, 3, MSG_DONTWAIT, 0), -1);
    EQ(errno, EAGAIN);
}
CASE(epoll_on_sockets) {
    int v[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, v));
    int ep = OK(epoll_create1(0));
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
    OK(epoll_ctl(ep, EPOLL_CTL_ADD, v[0], &e));
    EQ(epoll_wait(ep, &e, 1, 0), 0);
    send(v[1], "x", 1, 0);
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    EQ(e.events, EPOLLIN);
    EQ(epoll_wait(ep, &e, 1, 0), 0);
    close(v[1]);
    EQ(epoll_wait(ep, &e, 1, 0), 1);
    EQ(e.events, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
}
TEST_MAIN
