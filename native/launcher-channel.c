/*
 * The channel between the command line (src/runtime/container/companion.ts) and the process that it leaves behind. One message is
 * one packet, a letter and a text. From the command line:
 *     l        a session of one's own
 *     cPATH    a terminal: its master goes to the listener at PATH (runc's console socket protocol)
 *     nN       N descriptors from 3 on go inside
 *     dPATH    the directory of the container
 *     oTEXT    the order: begin
 *     r        let go: everything is written down
 * To it: pPIDS once at the start, k (done), fTEXT (failed), C (created, or started).
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void tell_front(int front, char type, const char *text) {
  char message[4096];
  int n = snprintf(message, sizeof message, "%c%s", type, text);
  if (n >= (int)sizeof message) n = sizeof message - 1;
  send(front, message, (size_t)n, MSG_NOSIGNAL); /* who is gone needs no answer */
}

int send_with(int socket, const void *bytes, size_t length, const int *fds, int count) {
  char room[CMSG_SPACE(sizeof(int) * MAX_PASSED)] = {0};
  struct iovec io = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = room;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    *rights = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(rights), fds, sizeof(int) * (size_t)count);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)length ? 0 : -1;
}

/* A pair of terminals: the master to whoever listens at `path`, the slave, our controlling terminal, as the result. */
static int open_console(const char *path) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlocked = 0;
  if (master < 0) die("opening a terminal (/dev/ptmx)", NULL);
  char name[64];
  if (ioctl(master, TIOCSPTLCK, &unlocked) || ptsname_r(master, name, sizeof name)) die("opening a terminal", NULL);
  int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) die(name, NULL);
  if (ioctl(slave, TIOCSCTTY, 0)) die("taking the terminal", NULL);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) die("--console-socket", "the path is too long for a socket");
  strcpy(address.sun_path, path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || connect(listener, (struct sockaddr *)&address, sizeof address)) die("--console-socket", strerror(errno));
  if (send_with(listener, name, strlen(name), &master, 1)) die("sending the terminal to --console-socket", NULL);
  close(listener);
  close(master);
  return slave;
}

void take_orders(int front, struct orders *orders) {
  static char message[MESSAGE];
  *orders = (struct orders){.console = -1};
  for (;;) {
    ssize_t n = recv(front, message, sizeof message - 1, 0);
    if (n <= 0) _exit(FAILED); /* the command line failed, and has said why */
    message[n] = 0;
    switch (message[0]) {
    case 'l':
      setsid();
      break;
    case 'c':
      orders->console = open_console(message + 1);
      tell_front(front, 'k', "");
      break;
    case 'n':
      orders->preserved = atoi(message + 1);
      break;
    case 'd':
      if (chdir(message + 1)) die(message + 1, NULL);
      break;
    case 'o':
      orders->request = message + 1;
      orders->length = (size_t)n - 1;
      return;
    default:
      die("the command line", "an order that is not known: rebuild with ./belljar");
    }
  }
}
