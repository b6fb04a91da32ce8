/*
 * The waiter: mounts for the launch, then stands for the sandbox in the caller's session. It passes signals in, stops
 * and continues as the guest's init does, and ends with its wait status. Whatever the sandbox writes to it after the
 * launch can do no more than that.
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
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int control, terminal, front = -1, exit_known, exit_status;
/* The container of a command that has ended: in a session of its own, with nobody who could see it stop. */
static int detached;
static struct termios saved;
static int have_saved;

static void tell(int type, int a, int b) {
  int record[4] = {type, a, b, 0};
  send(control, record, sizeof record, MSG_NOSIGNAL | MSG_DONTWAIT); /* a sandbox that reads nothing misses signals, no more */
}

static int in_foreground(void) {
  pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);
  return group == -1 || group == getpgrp();
}

void suffer(int number) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  signal(number, SIG_DFL);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, NULL);
  sigprocmask(SIG_BLOCK, &only, NULL);
}

static void stop_by(int number) {
  if (detached) return;
  tell(TO_KERNEL_FOREGROUND, 0, 0);
  suffer(number == SIGTSTP || number == SIGTTIN || number == SIGTTOU ? number : SIGSTOP);
}

/* The end may be seen before the message that says why. */
static void take_last_words(void) {
  int record[4];
  ssize_t n;
  while (!exit_known && (n = recv(control, record, sizeof record, MSG_DONTWAIT)) > 0) {
    if (n != sizeof record || record[0] != TO_WAITER_EXIT) continue;
    exit_known = 1;
    exit_status = record[1] & 0xffff;
  }
}

_Noreturn void end_as(int status) {
  if (WIFSIGNALED(status)) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    suffer(WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
  }
  _exit(WEXITSTATUS(status));
}

static _Noreturn void finish(pid_t sandbox) {
  int status = 0;
  take_last_words();
  if (exit_known) kill(sandbox, SIGKILL);
  while (waitpid(sandbox, &status, 0) < 0 && errno == EINTR) {
  }
  if (!exit_known) {
    if (have_saved && in_foreground()) tcsetattr(terminal, TCSADRAIN, &saved);
    if (WIFSIGNALED(status)) {
      char text[128];
      snprintf(text, sizeof text, "the sandbox was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
      if (front >= 0)
        tell_front(front, 'f', text);
      else
        dprintf(2, "belljar: %s\n", text);
      if (detached) end_as(status);
      _exit(FAILED);
    }
    _exit(WEXITSTATUS(status));
  }
  if (WIFSIGNALED(exit_status) && have_saved && in_foreground()) tcsetattr(terminal, TCSADRAIN, &saved);
  end_as(exit_status);
}

static void take_signals(int signals, pid_t sandbox) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    int number = (int)info.ssi_signo;
    if (number == SIGCHLD) {
      siginfo_t dead = {0};
      if (waitid(P_PID, (id_t)sandbox, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid == sandbox) finish(sandbox);
    } else if (number != SIGCONT) {
      tell(TO_KERNEL_SIGNAL, number, info.ssi_code == SI_KERNEL);
    }
  }
}

static int receive_proc(void) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec io = {&byte, 1};
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(control, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  int fd = -1;
  if (rights && rights->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(rights), sizeof fd);
  return fd;
}

/* The sandbox says why it does not start, in place of a batch or later. */
static int is_failure(const char *message, ssize_t length) {
  int type;
  if (length < (ssize_t)sizeof type) return 0;
  memcpy(&type, message, sizeof type);
  if (type != TO_WAITER_FAILED) return 0;
  if (front >= 0) tell_front(front, 'f', message + sizeof type);
  return 1;
}

/* Serves the launch: one batch, one reply. After it the privileges are gone. */
static void serve_launch(pid_t sandbox, int proc_fd) {
  static char batch[MESSAGE];
  ssize_t n = recv(control, batch, sizeof batch - 1, 0);
  if (n <= 0) finish(sandbox); /* it ended before it asked: a bad option, said by itself */
  batch[n] = 0;
  if (is_failure(batch, n)) finish(sandbox);
  int failed = 0, error = carry_out(batch, (size_t)n, proc_fd, &failed);
  close(proc_fd);
  keep_capabilities(0);
  tell(TO_KERNEL_REPLY, error, failed);
}

/* Gets from the command line what the sandbox is to be, and hands it on with the descriptors that go with it. */
static void serve_orders(pid_t sandbox) {
  char pids[32];
  snprintf(pids, sizeof pids, "%d %d", getpid(), sandbox);
  tell_front(front, 'p', pids);
  struct orders orders;
  take_orders(front, &orders);
  int fds[MAX_PASSED], count = 0;
  if (orders.console >= 0) fds[count++] = orders.console;
  for (int i = 0; i < orders.preserved && count < MAX_PASSED; i++) fds[count++] = 3 + i;
  if (send_with(control, orders.request, orders.length, fds, count)) die("handing on the order", NULL);
  if (orders.console >= 0) {
    /* Whoever started `create` waits until its standard error is closed. */
    terminal = 2;
    dup2(orders.console, terminal);
  }
  detached = getsid(0) == getpid();
}

/* One message of the sandbox's. */
static void take_message(pid_t sandbox) {
  char message[4096] = {0};
  int record[4] = {0};
  ssize_t n = recv(control, message, sizeof message - 1, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN)) finish(sandbox); /* the other side is closed: it is dying */
  if (is_failure(message, n) || n != sizeof record) return;
  memcpy(record, message, sizeof record);
  if (record[0] == TO_WAITER_EXIT) {
    exit_known = 1;
    exit_status = record[1] & 0xffff;
    finish(sandbox);
  } else if (record[0] == TO_WAITER_STOPPED) {
    stop_by(record[1]);
    tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
    if (!detached) tell(TO_KERNEL_CONTINUED, 0, 0);
  } else if (record[0] == TO_WAITER_WANTS_INPUT) {
    if (!in_foreground()) stop_by(SIGTTIN);
    tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
  } else if (record[0] == TO_WAITER_CREATED && front >= 0) {
    tell_front(front, 'C', "");
  }
}

/* The command line lets go of the container once all about it is written down. If it dies before, so does the container. */
static void take_release(pid_t sandbox) {
  char byte = 0;
  if (recv(front, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) return;
  close(front);
  front = die_to = -1;
  if (byte == 'r') return;
  kill(sandbox, SIGKILL);
  finish(sandbox);
}

/* Closes all descriptors from 3 on but those. */
static void close_others(const int *keep, int count) {
  for (int from = 3, next; from >= 0; from = next < 0 ? -1 : next + 1) {
    next = -1;
    for (int i = 0; i < count; i++)
      if (keep[i] >= from && (next < 0 || keep[i] < next)) next = keep[i];
    if (next != from) close_range((unsigned)from, next < 0 ? ~0U : (unsigned)next - 1, 0);
  }
}

_Noreturn void wait_for_sandbox(pid_t sandbox, int control_fd, int terminal_fd, int front_fd) {
  control = control_fd;
  terminal = terminal_fd;
  front = front_fd;
  prctl(PR_SET_NAME, "belljar-wait");
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) die("making mounts private", NULL);
  int proc_fd = receive_proc();
  if (proc_fd < 0) finish(sandbox);
  if (front >= 0) serve_orders(sandbox);
  /* Whoever waits for the end of the caller's pipes waits for the sandbox, not for this process. */
  for (int fd = 0; fd < 2; fd++)
    if (fd != terminal) close(fd);
  close_others((int[]){control, proc_fd, front}, 3);
  have_saved = terminal >= 0 && !detached && tcgetattr(terminal, &saved) == 0;
  serve_launch(sandbox, proc_fd);
  tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
  sigset_t all;
  sigfillset(&all);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) die("signalfd", NULL);
  for (;;) {
    struct pollfd ready[3] = {{signals, POLLIN, 0}, {control, POLLIN, 0}, {front, POLLIN, 0}};
    if (poll(ready, 3, -1) < 0 && errno != EINTR) die("poll", NULL);
    if (ready[1].revents) take_message(sandbox);
    if (front >= 0 && ready[2].revents) take_release(sandbox);
    if (ready[0].revents) take_signals(signals, sandbox);
  }
}
