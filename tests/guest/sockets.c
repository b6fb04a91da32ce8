// Unix sockets: streams, datagrams, packets, names, passing descriptors and credentials, shutdown, flags, errors.
#include "check.h"
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static int sv[2];
static void pair(int type) { NEED(socketpair(AF_UNIX, type, 0, sv) == 0); }
static socklen_t name(struct sockaddr_un *a, const char *path, int abstract) {
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    strcpy(a->sun_path + abstract, path);
    return offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path) + !abstract;
}
static int listener(int type, const char *path, int abstract, int backlog) {
    struct sockaddr_un a;
    socklen_t n = name(&a, path, abstract);
    int s = socket(AF_UNIX, type, 0);
    NEED(s >= 0 && bind(s, (void *)&a, n) == 0);
    if (type != SOCK_DGRAM) NEED(listen(s, backlog) == 0);
    return s;
}
static int dial(int type, const char *path, int abstract) {
    struct sockaddr_un a;
    socklen_t n = name(&a, path, abstract);
    int s = socket(AF_UNIX, type, 0);
    int r = connect(s, (void *)&a, n);
    if (r < 0) { int e = errno; close(s); errno = e; return -1; }
    return s;
}
static char b[256];

CASE(socketpair_stream) {
    pair(SOCK_STREAM);
    EQ(write(sv[0], "hello", 5), 5); EQ(write(sv[0], "!", 1), 1);
    EQ(read(sv[1], b, 3), 3); EQ(read(sv[1], b, 100), 3);
    EQ(recv(sv[1], b, 1, MSG_DONTWAIT), -1); EQ(errno, EAGAIN);
    EQ(send(sv[1], "peek", 4, 0), 4);
    EQ(recv(sv[0], b, 2, MSG_PEEK), 2); EQ(recv(sv[0], b, 100, 0), 4);
    int n = -1;
    EQ(send(sv[1], "xyz", 3, 0), 3);
    OK(ioctl(sv[0], FIONREAD, &n)); EQ(n, 3);
    close(sv[1]);
    EQ(read(sv[0], b, 100), 3); EQ(read(sv[0], b, 100), 0);
    ERR(send(sv[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    handle(SIGPIPE, 0);
    ERR(write(sv[0], "x", 1), EPIPE); EQ(caught, 1);
    ERR(lseek(sv[0], 0, SEEK_SET), ESPIPE);
}
CASE(unread_data_resets) {
    pair(SOCK_STREAM);
    EQ(write(sv[0], "x", 1), 1);
    close(sv[1]);
    ERR(read(sv[0], b, 1), ECONNRESET);
    EQ(read(sv[0], b, 1), 0);
}
CASE(datagrams_keep_borders) {
    pair(SOCK_DGRAM);
    EQ(send(sv[0], "abcdef", 6, 0), 6); EQ(send(sv[0], "", 0, 0), 0); EQ(send(sv[0], "gh", 2, 0), 2);
    EQ(recv(sv[1], b, 3, 0), 3);
    EQ(recv(sv[1], b, 100, 0), 0);
    EQ(recv(sv[1], b, 1, MSG_TRUNC), 2);
    int n = 0;
    while (send(sv[0], b, 200, MSG_DONTWAIT) == 200 && n < 5000) n++;
    EQ(errno, EAGAIN); CHECK(n >= 8);
}
CASE(seqpacket) {
    int l = listener(SOCK_SEQPACKET, "sp", 0, 5), c = OK(dial(SOCK_SEQPACKET, "sp", 0)), s = OK(accept(l, 0, 0));
    EQ(send(c, "abc", 3, 0), 3); EQ(send(c, "de", 2, 0), 2);
    struct iovec v = {b, 2};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    EQ(recvmsg(s, &m, 0), 2); EQ(m.msg_flags & MSG_TRUNC, MSG_TRUNC);
    EQ(recvmsg(s, &m, 0), 2); EQ(m.msg_flags & MSG_TRUNC, 0);
    close(c); EQ(recv(s, b, 10, 0), 0);
}
CASE(listen_connect_accept) {
    int l = listener(SOCK_STREAM, "s", 0, 5);
    struct stat st;
    OK(stat("s", &st)); CHECK(S_ISSOCK(st.st_mode));
    ERR(open("s", O_RDONLY), ENXIO);
    int c = OK(dial(SOCK_STREAM, "s", 0));
    EQ(write(c, "early", 5), 5);
    struct sockaddr_un a;
    socklen_t n = sizeof a;
    int s = OK(accept4(l, (void *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK));
    EQ(n, 2); EQ(a.sun_family, AF_UNIX);
    EQ(fcntl(s, F_GETFD), FD_CLOEXEC); EQ(fcntl(s, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    EQ(read(s, b, 100), 5);
    n = sizeof a; OK(getpeername(c, (void *)&a, &n)); STR(a.sun_path, "s"); EQ(n, 4);
    n = sizeof a; OK(getsockname(s, (void *)&a, &n)); STR(a.sun_path, "s");
    n = 3; memset(&a, 0x55, sizeof a); OK(getsockname(s, (void *)&a, &n)); EQ(n, 4); EQ(a.sun_path[1], 0x55);
    fcntl(l, F_SETFL, O_NONBLOCK);
    ERR(accept(l, 0, 0), EAGAIN);
    ERR(accept(c, 0, 0), EINVAL);
    struct sockaddr_un t; n = name(&t, "s", 0);
    ERR(connect(c, (void *)&t, n), EISCONN);
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&t, n), EADDRINUSE);
    ERR(bind(c, (void *)&t, n), EADDRINUSE);
    ERR(dial(SOCK_DGRAM, "s", 0), EPROTOTYPE);
    ERR(dial(SOCK_STREAM, "none", 0), ENOENT);
    put("plain", ""); ERR(dial(SOCK_STREAM, "plain", 0), ECONNREFUSED);
    close(l);
    ERR(dial(SOCK_STREAM, "s", 0), ECONNREFUSED);
    ERR(send(socket(AF_UNIX, SOCK_STREAM, 0), "x", 1, 0), ENOTCONN);
    ERR(getpeername(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, &n), ENOTCONN);
    ERR(listen(socket(AF_UNIX, SOCK_STREAM, 0), 1), EINVAL);
    ERR(listen(socket(AF_UNIX, SOCK_DGRAM, 0), 1), EOPNOTSUPP);
}
CASE(socket_errors) {
    ERR(socket(AF_UNIX, 99, 0), EINVAL);
    ERR(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
    ERR(socket(AF_UNIX, SOCK_STREAM, 5), EPROTONOSUPPORT);
    ERR(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT);
    ERR(socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
    put("f", ""); int f = open("f", O_RDWR);
    ERR(send(f, "x", 1, 0), ENOTSOCK);
    ERR(accept(f, 0, 0), ENOTSOCK);
    ERR(send(999, "x", 1, 0), EBADF);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, 1), EINVAL);
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, 200), EINVAL);
    a.sun_family = 9; ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, 10), EINVAL);
    ERR(bind(socket(AF_UNIX, SOCK_STREAM, 0), BAD, 10), EFAULT);
    pair(SOCK_STREAM);
    ERR(recv(sv[0], b, 1, MSG_OOB | MSG_DONTWAIT), EINVAL);
    ERR(send(sv[0], BAD, 1, 0), EFAULT);
    socklen_t n = 4; int v;
    ERR(getsockopt(sv[0], SOL_SOCKET, 9999, &v, &n), ENOPROTOOPT);
    ERR(setsockopt(sv[0], SOL_SOCKET, SO_RCVBUF, &v, 1), EINVAL);
    ERR(shutdown(sv[0], 9), EINVAL);
}
CASE(abstract_names) {
    char n[32];
    snprintf(n, sizeof n, "guest-%d", getpid());
    int l = listener(SOCK_STREAM, n, 1, 5);
    int c = OK(dial(SOCK_STREAM, n, 1)), s = OK(accept(l, 0, 0));
    struct sockaddr_un a;
    socklen_t len = sizeof a;
    OK(getpeername(c, (void *)&a, &len)); EQ(a.sun_path[0], 0); EQ(len, 3 + strlen(n)); EQ(memcmp(a.sun_path + 1, n, strlen(n)), 0);
    CHECK(strstr(slurp("/proc/net/unix"), n) != 0);
    close(l); close(s);
    ERR(dial(SOCK_STREAM, n, 1), ECONNREFUSED);
    int auto_ = OK(socket(AF_UNIX, SOCK_STREAM, 0));
    a.sun_family = AF_UNIX;
    OK(bind(auto_, (void *)&a, 2));
    len = sizeof a; OK(getsockname(auto_, (void *)&a, &len)); EQ(len, 8); EQ(a.sun_path[0], 0);
}
CASE(datagram_addresses) {
    int r = listener(SOCK_DGRAM, "r", 0, 0), s = listener(SOCK_DGRAM, "s", 0, 0);
    struct sockaddr_un a, from;
    socklen_t n = name(&a, "r", 0), fn = sizeof from;
    EQ(sendto(s, "hi", 2, 0, (void *)&a, n), 2);
    EQ(recvfrom(r, b, 10, 0, (void *)&from, &fn), 2); STR(from.sun_path, "s");
    OK(connect(s, (void *)&a, n)); EQ(send(s, "x", 1, 0), 1);
    int other = OK(socket(AF_UNIX, SOCK_DGRAM, 0));
    ERR(send(other, "x", 1, 0), ENOTCONN);
    OK(connect(r, (void *)&from, fn)); // r now takes from s only
    ERR(sendto(other, "x", 1, 0, (void *)&a, n), EPERM);
    a.sun_family = AF_UNSPEC; OK(connect(s, (void *)&a, 2)); ERR(send(s, "x", 1, 0), ENOTCONN);
    close(r); a.sun_family = AF_UNIX; ERR(sendto(other, "x", 1, 0, (void *)&a, n), ECONNREFUSED);
}
CASE(passing_descriptors) {
    pair(SOCK_STREAM);
    put("f", "content");
    int fd = OK(open("f", O_RDONLY));
    char control[CMSG_SPACE(8)] = {0};
    struct iovec v = {"x", 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(4)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, 4);
    EQ(sendmsg(sv[0], &m, 0), 1);
    close(fd);
    char in[CMSG_SPACE(64)];
    v.iov_base = b;
    m.msg_control = in; m.msg_controllen = sizeof in;
    EQ(recvmsg(sv[1], &m, MSG_CMSG_CLOEXEC), 1);
    c = CMSG_FIRSTHDR(&m);
    NEED(c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(4));
    memcpy(&fd, CMSG_DATA(c), 4);
    EQ(fcntl(fd, F_GETFD), FD_CLOEXEC); EQ(read(fd, b, 100), 7);
    // No room: the descriptor is dropped, and the flag says so.
    v = (struct iovec){"x", 1}; m.msg_control = control; m.msg_controllen = CMSG_SPACE(4); memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, 4);
    EQ(sendmsg(sv[0], &m, 0), 1);
    v.iov_base = b; m.msg_controllen = 0;
    EQ(recvmsg(sv[1], &m, 0), 1); EQ(m.msg_flags & MSG_CTRUNC, MSG_CTRUNC);
    int bad = 999; v.iov_base = "x"; m.msg_controllen = CMSG_SPACE(4); memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &bad, 4);
    ERR(sendmsg(sv[0], &m, 0), EBADF);
    // A read stops before bytes that carry other descriptors.
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, 4);
    EQ(write(sv[0], "ab", 2), 2); EQ(sendmsg(sv[0], &m, 0), 1); EQ(write(sv[0], "cd", 2), 2);
    v = (struct iovec){b, 100}; m.msg_control = in; m.msg_controllen = sizeof in;
    ssize_t got = recvmsg(sv[1], &m, 0);
    CHECK(got == 2 || got == 3);
    struct ucred uc; socklen_t n = sizeof uc;
    OK(getsockopt(sv[0], SOL_SOCKET, SO_PEERCRED, &uc, &n)); EQ(uc.pid, getpid()); EQ(uc.uid, geteuid());
}
CASE(passing_credentials) {
    pair(SOCK_DGRAM);
    int one = 1;
    OK(setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &one, 4));
    pid_t p = CHILD(EQ(send(sv[0], "x", 1, 0), 1));
    char in[CMSG_SPACE(64)];
    struct iovec v = {b, 10};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = in, .msg_controllen = sizeof in};
    EQ(recvmsg(sv[1], &m, 0), 1);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    NEED(c && c->cmsg_type == SCM_CREDENTIALS);
    struct ucred u;
    memcpy(&u, CMSG_DATA(c), sizeof u);
    EQ(u.pid, p); EQ(u.uid, geteuid()); EQ(u.gid, getegid());
    reap(p);
}
CASE(shutdown_forms) {
    pair(SOCK_STREAM);
    OK(shutdown(sv[0], SHUT_WR));
    EQ(read(sv[1], b, 1), 0);
    ERR(send(sv[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    EQ(write(sv[1], "back", 4), 4); EQ(read(sv[0], b, 10), 4);
    struct pollfd p = {sv[1], POLLIN | POLLRDHUP | POLLOUT, 0};
    EQ(poll(&p, 1, 0), 1); EQ(p.revents, POLLIN | POLLRDHUP | POLLOUT);
    OK(shutdown(sv[1], SHUT_WR));
    EQ(poll(&p, 1, 0), 1); EQ(p.revents & POLLHUP, POLLHUP);
    pair(SOCK_STREAM); OK(shutdown(sv[0], SHUT_RD)); EQ(read(sv[0], b, 1), 0); ERR(send(sv[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    pair(SOCK_STREAM); int s = sv[0]; pid_t k = CHILD({ sleep_ms(30); shutdown(s, SHUT_RDWR); }); EQ(read(sv[0], b, 1), 0); reap(k);
}
CASE(receive_flags) {
    pair(SOCK_STREAM);
    pid_t p = CHILD({ for (int i = 0; i < 4; i++) { sleep_ms(10); if (write(sv[0], "abcd", 4) != 4) _exit(1); } });
    EQ(recv(sv[1], b, 16, MSG_WAITALL), 16);
    reap(p);
    struct timeval t = {0, 30000};
    OK(setsockopt(sv[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    double a = now_ms();
    ERR(recv(sv[1], b, 1, 0), EAGAIN); CHECK(now_ms() - a >= 25);
    handle(SIGUSR1, SA_RESTART);
    t.tv_usec = 900000; OK(setsockopt(sv[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    p = signal_later(SIGUSR1, 30);
    ERR(recv(sv[1], b, 1, 0), EINTR); // a timed one does not restart
    reap(p);
    struct mmsghdr mm[3] = {0};
    struct iovec v[3];
    for (int i = 0; i < 3; i++) { v[i] = (struct iovec){"xy", 2}; mm[i].msg_hdr.msg_iov = &v[i]; mm[i].msg_hdr.msg_iovlen = 1; }
    pair(SOCK_DGRAM);
    EQ(sendmmsg(sv[0], mm, 3, 0), 3); EQ(mm[2].msg_len, 2);
    for (int i = 0; i < 3; i++) v[i] = (struct iovec){b + i * 10, 10};
    EQ(recvmmsg(sv[1], mm, 3, MSG_WAITFORONE, 0), 3); EQ(mm[1].msg_len, 2);
}
CASE(options) {
    pair(SOCK_STREAM);
    int v = -1; socklen_t n = 4;
    OK(getsockopt(sv[0], SOL_SOCKET, SO_TYPE, &v, &n)); EQ(v, SOCK_STREAM);
    OK(getsockopt(sv[0], SOL_SOCKET, SO_DOMAIN, &v, &n)); EQ(v, AF_UNIX);
    OK(getsockopt(sv[0], SOL_SOCKET, SO_PROTOCOL, &v, &n)); EQ(v, 0);
    OK(getsockopt(sv[0], SOL_SOCKET, SO_ERROR, &v, &n)); EQ(v, 0);
    OK(getsockopt(sv[0], SOL_SOCKET, SO_ACCEPTCONN, &v, &n)); EQ(v, 0);
    v = 50000; OK(setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &v, 4));
    OK(getsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &v, &n)); EQ(v, 100000);
    v = 1; OK(setsockopt(sv[0], SOL_SOCKET, SO_REUSEADDR, &v, 4)); OK(getsockopt(sv[0], SOL_SOCKET, SO_REUSEADDR, &v, &n)); EQ(v, 1);
}
CASE(backlog_fills) {
    listener(SOCK_STREAM, "s", 0, 1);
    struct sockaddr_un a;
    socklen_t n = name(&a, "s", 0);
    int ok = 0, last = 0;
    for (int i = 0; i < 6; i++) { int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0); if (connect(s, (void *)&a, n) == 0) ok++; else { last = errno; break; } }
    EQ(ok, 2); EQ(last, EAGAIN);
}
CASE(blocking_stream_of_megabytes) {
    pair(SOCK_STREAM);
    static char big[300000];
    pid_t p = CHILD({ close(sv[1]); for (int i = 0; i < 10; i++) { size_t at = 0; while (at < sizeof big) { ssize_t w = write(sv[0], big + at, sizeof big - at); if (w < 0) _exit(1); at += w; } } });
    close(sv[0]);
    long total = 0, got;
    while ((got = read(sv[1], big, 65536)) > 0) total += got;
    EQ(total, 3000000);
    EXITED(p, 0);
}
TEST_MAIN
