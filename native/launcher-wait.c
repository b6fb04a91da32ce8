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

static int control, terminal, exit_known, exit_status;
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

/* Does what signal `number` does by default to this process; returns when it is continued, or the signal was none to die of. */
static void suffer(int number) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  signal(number, SIG_DFL);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, NULL);
  sigprocmask(SIG_BLOCK, &only, NULL);
}

static void stop_by(int number) {
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

static _Noreturn void finish(pid_t sandbox) {
  int status = 0;
  take_last_words();
  if (exit_known) kill(sandbox, SIGKILL);
  while (waitpid(sandbox, &status, 0) < 0 && errno == EINTR) {
  }
  if (!exit_known) {
    if (have_saved && in_foreground()) tcsetattr(terminal, TCSADRAIN, &saved);
    if (WIFSIGNALED(status)) {
      dprintf(2, "belljar: the sandbox was killed by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
      _exit(FAILED);
    }
    _exit(WEXITSTATUS(status));
  }
  if (WIFSIGNALED(exit_status)) {
    struct rlimit none = {0, 0};
    if (have_saved && in_foreground()) tcsetattr(terminal, TCSADRAIN, &saved);
    setrlimit(RLIMIT_CORE, &none);
    suffer(WTERMSIG(exit_status));
    _exit(128 + WTERMSIG(exit_status));
  }
  _exit(WEXITSTATUS(exit_status));
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

/* Serves the launch: one batch, one reply. After it the privileges are gone. */
static void serve_launch(pid_t sandbox) {
  static char batch[1 << 17];
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) die("making mounts private", NULL);
  int proc_fd = receive_proc();
  if (proc_fd < 0) finish(sandbox);
  ssize_t n = recv(control, batch, sizeof batch - 1, 0);
  if (n <= 0) finish(sandbox); /* it ended before it asked: a bad option, said by itself */
  batch[n] = 0;
  int failed = 0, error = carry_out(batch, (size_t)n, proc_fd, &failed);
  close(proc_fd);
  keep_capabilities(0);
  tell(TO_KERNEL_REPLY, error, failed);
}

_Noreturn void wait_for_sandbox(pid_t sandbox, int control_fd, int terminal_fd) {
  control = control_fd;
  terminal = terminal_fd;
  have_saved = terminal >= 0 && tcgetattr(terminal, &saved) == 0;
  serve_launch(sandbox);
  tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
  sigset_t all;
  sigfillset(&all);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) die("signalfd", NULL);
  struct pollfd ready[2] = {{signals, POLLIN, 0}, {control, POLLIN, 0}};
  for (;;) {
    if (poll(ready, 2, -1) < 0 && errno != EINTR) die("poll", NULL);
    if (ready[0].revents) take_signals(signals, sandbox);
    if (!ready[1].revents) continue;
    int record[4] = {0};
    ssize_t n = recv(control, record, sizeof record, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) finish(sandbox); /* the other side is closed: it is dying */
    if (n != sizeof record) continue;
    if (record[0] == TO_WAITER_EXIT) {
      exit_known = 1;
      exit_status = record[1] & 0xffff;
      finish(sandbox);
    } else if (record[0] == TO_WAITER_STOPPED) {
      stop_by(record[1]);
      tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
      tell(TO_KERNEL_CONTINUED, 0, 0);
    } else if (record[0] == TO_WAITER_WANTS_INPUT) {
      if (!in_foreground()) stop_by(SIGTTIN);
      tell(TO_KERNEL_FOREGROUND, in_foreground(), 0);
    }
  }
}
