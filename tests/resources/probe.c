/*
 * What a container's program finds, for tests that compare runtimes: each argument names a question, each answer is a line
 * "question=answer". Calls are made directly, so that no library stands between.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *question;

static void answer(long result) {
  if (result < 0)
    printf("%s=-%s\n", question, strerrorname_np(errno));
  else
    printf("%s=%ld\n", question, result);
  fflush(stdout);
}

static void on_sigsys(int number, siginfo_t *info, void *context) {
  (void)context;
  char line[64];
  int n = snprintf(line, sizeof line, "trapped=%d %d %d %d\n", number, info->si_code, info->si_syscall, info->si_errno);
  if (write(1, line, n) != n) _exit(9);
}

static void print_file(const char *path) {
  char text[4096];
  int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("%s=-%s\n", question, strerrorname_np(errno));
    return;
  }
  long n = read(fd, text, sizeof text - 1);
  if (n < 0) {
    printf("%s=-%s\n", question, strerrorname_np(errno));
  } else {
    text[n] = 0;
    for (char *at = text; *at; at++)
      if (*at == '\n' && at[1]) *at = '|';
    printf("%s=%s%s", question, text, n && text[n - 1] == '\n' ? "" : "\n");
  }
  close(fd);
}

/* Forks until it is refused, at most 40 times; the children wait for the end of a pipe. */
static void forks(void) {
  int gate[2], made = 0;
  if (pipe(gate)) exit(9);
  for (; made < 40; made++) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      char byte;
      close(gate[1]);
      _exit(read(gate[0], &byte, 1) != 0);
    }
  }
  printf("forks=%d %s\n", made, made < 40 ? strerrorname_np(errno) : "unlimited");
  close(gate[1]);
  while (wait(NULL) > 0) {
  }
  errno = 0;
  pid_t again = fork();
  if (again == 0) _exit(0);
  printf("forks-after=%s\n", again > 0 ? "yes" : strerrorname_np(errno));
  while (wait(NULL) > 0) {
  }
}

static void seen_cpus(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set)) exit(9);
  printf("cpus=%d\n", CPU_COUNT(&set));
}

static void ask(const char *name, const char *value) {
  question = name;
  if (!strcmp(name, "getppid")) answer(syscall(SYS_getppid) >= 0 ? 0 : -1);
  else if (!strcmp(name, "mount")) answer(syscall(SYS_mount, 0, 0, 0, 0, 0));
  else if (!strcmp(name, "personality")) answer(syscall(SYS_personality, strtoul(value, NULL, 0)));
  else if (!strcmp(name, "vsock")) answer(syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0) >= 0 ? 0 : -1);
  else if (!strcmp(name, "unix")) answer(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : -1);
  else if (!strcmp(name, "clone3")) answer(syscall(SYS_clone3, 0, 0));
  else if (!strcmp(name, "newuser")) answer(syscall(SYS_clone, 0x10000000 | SIGCHLD, 0, 0, 0, 0));
  else if (!strcmp(name, "beyond")) answer(syscall(460, 0, 0, 0));
  else if (!strcmp(name, "swapon")) answer(syscall(SYS_swapon, 0, 0));
  else if (!strcmp(name, "catch")) {
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
    answer(sigaction(SIGSYS, &action, NULL));
  } else if (!strcmp(name, "file")) print_file(value);
  else if (!strcmp(name, "write")) {
    int fd = open(value, O_WRONLY);
    answer(fd < 0 ? -1 : 0);
    if (fd >= 0) close(fd);
  } else if (!strcmp(name, "make")) answer(open(value, O_WRONLY | O_CREAT, 0666));
  else if (!strcmp(name, "forks")) forks();
  else if (!strcmp(name, "cpus")) seen_cpus();
  else if (!strcmp(name, "sysinfo")) {
    struct sysinfo info;
    if (sysinfo(&info)) exit(9);
    printf("sysinfo=%lu\n", info.totalram * info.mem_unit);
  } else if (!strcmp(name, "nice")) answer(getpriority(PRIO_PROCESS, 0) + 20);
  else if (!strcmp(name, "scheduler")) {
    struct sched_param param;
    sched_getparam(0, &param);
    printf("scheduler=%d %d\n", sched_getscheduler(0), param.sched_priority);
  } else if (!strcmp(name, "ioprio")) answer(syscall(SYS_ioprio_get, 1, 0));
  else if (!strcmp(name, "umask")) {
    mode_t mask = umask(0);
    umask(mask);
    printf("umask=%03o\n", mask);
  } else if (!strcmp(name, "ids")) {
    gid_t groups[64];
    int n = getgroups(64, groups);
    printf("ids=%u:%u", getuid(), getgid());
    for (int i = 0; i < n; i++) printf(",%u", groups[i]);
    putchar('\n');
  } else if (!strcmp(name, "ambient")) answer(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, atoi(value), 0, 0));
  else if (!strcmp(name, "nofile")) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("nofile=%lu %lu\n", (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
  } else if (!strcmp(name, "stat")) {
    struct stat s;
    if (lstat(value, &s)) answer(-1);
    else printf("stat=%s %o %u:%u %u,%u\n", value, s.st_mode, s.st_uid, s.st_gid, (unsigned)(s.st_rdev >> 8), (unsigned)(s.st_rdev & 255));
  } else if (!strcmp(name, "chown")) answer(chown(value, 5, 6));
  else if (!strcmp(name, "boottime")) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    printf("boottime=%ld\n", (long)t.tv_sec);
  } else if (!strcmp(name, "monotonic")) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    printf("monotonic=%ld\n", (long)t.tv_sec);
  } else if (!strcmp(name, "loop")) {
    struct timespec a, b;
    long count = atol(value);
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (long i = 0; i < count; i++) syscall(SYS_getppid);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("loop=%ld\n", (long)(((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / count));
  } else exit(8);
  fflush(stdout);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    char *value = strchr(argv[i], ':');
    if (value) *value++ = 0;
    ask(argv[i], value ? value : "");
  }
  return 0;
}
