/*
 * The process that stands on the host for one that was started in a container by `exec`: it has the pid in --pid-file, passes
 * signals on, and ends as the other does. If it dies, the kernel kills the other. Its orders come over the channel
 * (launcher-channel.c); the order's text is the name of a file with the request, which goes to the kernel as a descriptor.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int front, kernel;

static int connect_kernel(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "control"}; /* in the container's directory */
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket", NULL);
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
    if (errno == ECONNREFUSED || errno == ENOENT) die("exec", "container not running");
    die("reaching the container's kernel", NULL);
  }
  return fd;
}

static void send_request(const struct orders *orders) {
  int fds[MAX_PASSED], count = 0;
  fds[count++] = open(orders->request, O_RDONLY | O_CLOEXEC);
  if (fds[0] < 0) die(orders->request, NULL);
  unlink(orders->request);
  for (int fd = 0; fd < 3; fd++) fds[count++] = orders->console >= 0 ? orders->console : fd;
  for (int i = 0; i < orders->preserved && count < MAX_PASSED; i++) fds[count++] = 3 + i;
  static const char exec[] = "{\"do\":\"exec\"}";
  kernel = connect_kernel();
  if (send_with(kernel, exec, sizeof exec - 1, fds, count)) die("handing over the process", NULL);
}

static void take_signals(int signals) {
  struct signalfd_siginfo info;
  char text[96];
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGCONT) continue;
    int n = snprintf(text, sizeof text, "{\"do\":\"signal\",\"signal\":%u,\"terminal\":%s}", info.ssi_signo,
                     info.ssi_code == SI_KERNEL ? "true" : "false");
    send(kernel, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

/* True if the kernel's message ends this process's work: "+" started, "-TEXT" not, "=STATUS" ended. */
static void take_answer(void) {
  char text[4096];
  ssize_t n = recv(kernel, text, sizeof text - 1, 0);
  if (n <= 0) end_as(SIGKILL); /* the container is gone */
  text[n] = 0;
  if (text[0] == '=') end_as(atoi(text + 1));
  if (front < 0) return;
  if (text[0] == '+')
    tell_front(front, 'C', text + 1);
  else {
    tell_front(front, 'f', text + 1);
    _exit(FAILED);
  }
}

_Noreturn void hold_exec(int channel) {
  front = channel;
  prctl(PR_SET_NAME, "belljar-exec");
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) die("signalfd", NULL);
  char pid[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  tell_front(front, 'p', pid);
  struct orders orders;
  take_orders(front, &orders);
  send_request(&orders);
  /* The kernel has them: whoever waits for their end waits for the guest. The controlling terminal stays through one. */
  for (int fd = 0; fd < 3 + orders.preserved; fd++)
    if (fd != kernel && fd != signals && fd != front && fd != orders.console) close(fd);
  for (;;) {
    struct pollfd ready[3] = {{signals, POLLIN, 0}, {kernel, POLLIN, 0}, {front, POLLIN, 0}};
    if (poll(ready, 3, -1) < 0 && errno != EINTR) die("poll", NULL);
    if (ready[2].revents && front >= 0) {
      char byte = 0;
      if (recv(front, &byte, 1, 0) <= 0 || byte != 'r') _exit(FAILED); /* the command line died: so does the process inside */
      close(front);
      front = die_to = -1;
    }
    if (ready[0].revents) take_signals(signals);
    if (ready[1].revents) take_answer();
  }
}
