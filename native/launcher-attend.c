/*
 * The end of `run` and `exec` in the foreground: the command line's Node gives its process to this, so that no Node waits. The
 * child does the work; this process passes on signals that were meant for it alone.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

/* What the terminal sends reaches the child by itself: it is in the same process group. */
static void pass_on(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (info->si_code != SI_KERNEL && child > 0) kill(child, number);
  errno = saved;
}

static void remove_container(char **command) {
  pid_t remover = fork();
  if (remover == 0) {
    execv(command[0], command);
    _exit(FAILED);
  }
  while (remover > 0 && waitpid(remover, NULL, 0) < 0 && errno == EINTR) {
  }
}

_Noreturn void attend(pid_t pid, char **remove) {
  child = pid;
  prctl(PR_SET_NAME, "belljar");
  static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGPIPE, SIGURG, SIGIO};
  struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) sigaction(passed[i], &action, NULL);
  signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) _exit(FAILED);
  child = 0;
  if (remove) remove_container(remove);
  end_as(status);
}
