/*
 * `start` and `delete` in the usual case, without a start of Node: each container engine waits for both with each container. What is
 * to be done has been decided by the command line (src/runtime/container/tickets.ts), which leaves two files for it:
 *
 *     start     "plain": nothing is to be done but to ask the kernel
 *     remove    the processes that must be gone, then the cgroup directories to remove
 *
 * Whatever is not as expected is left to Node, which looks anew and knows how to say it.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int read_file(int at, const char *name, char *text, size_t size) {
  int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, size - 1);
  close(fd);
  if (n < 0) return -1;
  text[n] = 0;
  return 0;
}

/* Opens and locks the container's directory; the lock ends with this process, or with `*lock`. */
static int open_container(const char *root, const char *id, int *lock) {
  char path[4096];
  *lock = -1;
  errno = EINVAL;
  if (!*id || strchr(id, '/') || strcmp(id, ".") == 0 || strcmp(id, "..") == 0) return -1;
  if ((size_t)snprintf(path, sizeof path, "%s/%s", root, id) >= sizeof path) return -1;
  int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return -1;
  *lock = openat(dir, "lock", O_RDWR | O_CLOEXEC);
  if (*lock >= 0 && flock(*lock, LOCK_EX) == 0) return dir;
  if (*lock >= 0) close(*lock);
  close(dir);
  errno = EIO;
  return -1;
}

static void start(int dir) {
  char ticket[16], answer[512];
  if (read_file(dir, "start", ticket, sizeof ticket) || strcmp(ticket, "plain\n") != 0) return;
  int here = open(".", O_PATH | O_CLOEXEC), kernel = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (here < 0 || kernel < 0 || fchdir(dir)) return;
  struct timeval patience = {20, 0};
  setsockopt(kernel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "control"};
  static const char request[] = "{\"do\":\"start\"}";
  if (connect(kernel, (struct sockaddr *)&address, sizeof address) == 0 &&
      send(kernel, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 && recv(kernel, answer, sizeof answer, 0) > 0 &&
      answer[0] == '+') {
    unlinkat(dir, "start", 0);
    _exit(0);
  }
  close(kernel);
  if (fchdir(here)) die("the working directory", NULL);
  close(here);
}

/* Whether the process that began at `began` (ticks since boot) still runs. */
static int lives(int pid, unsigned long long began) {
  char path[32], stat[1024], state;
  unsigned long long now;
  if (pid <= 0 || began == 0) return 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(AT_FDCWD, path, stat, sizeof stat)) return 0;
  const char *rest = strrchr(stat, ')');
  if (!rest || sscanf(rest + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &state, &now) != 2) return 1;
  return now == began && state != 'Z' && state != 'X';
}

static int remove_cgroup(const char *path) {
  for (int tries = 0; tries < 20; tries++) {
    if (rmdir(path) == 0 || errno == ENOENT) return 0;
    if (errno != EBUSY) return -1;
    nanosleep(&(struct timespec){0, 2000000}, NULL); /* the dead leave a moment later */
  }
  return -1;
}

static void delete(const char *root, const char *id, int dir) {
  static char ticket[1 << 15];
  int pids[2], used = 0;
  unsigned long long began[2];
  if (read_file(dir, "remove", ticket, sizeof ticket)) return;
  if (sscanf(ticket, "%d %llu %d %llu\n%n", &pids[0], &began[0], &pids[1], &began[1], &used) != 4 || used == 0) return;
  if (lives(pids[0], began[0]) || lives(pids[1], began[1])) return;
  char *next, *path = ticket + used;
  for (; (next = strchr(path, '\n')); path = next + 1) {
    *next = 0;
    if (remove_cgroup(path)) return;
  }
  if (*path) return; /* cut short */
  DIR *entries = fdopendir(dup(dir));
  for (struct dirent *entry; entries && (entry = readdir(entries));)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlinkat(dir, entry->d_name, 0);
  char name[4096];
  if ((size_t)snprintf(name, sizeof name, "%s/%s", root, id) < sizeof name && rmdir(name) == 0) _exit(0);
}

void short_way(int argc, char **argv, int command) {
  if (command >= argc) return;
  int is_start = strcmp(argv[command], "start") == 0, is_delete = strcmp(argv[command], "delete") == 0, force = 0;
  const char *root = geteuid() == 0 ? "/run/belljar" : NULL, *id = NULL;
  if (!is_start && !is_delete) return;
  for (int i = 2; i < command; i++) {
    if (strcmp(argv[i], "--root") == 0)
      root = argv[++i];
    else if (strncmp(argv[i], "--root=", 7) == 0)
      root = argv[i] + 7;
  }
  for (int i = command + 1; i < argc; i++) {
    if (is_delete && (strcmp(argv[i], "--force") == 0 || strcmp(argv[i], "-f") == 0))
      force = 1;
    else if (argv[i][0] == '-' || id)
      return;
    else
      id = argv[i];
  }
  if (!root || !id) return;
  int lock, dir = open_container(root, id, &lock);
  if (dir < 0) {
    if (force && errno == ENOENT && lock < 0) _exit(0); /* there is none: that is what was asked for */
    return;
  }
  if (is_start)
    start(dir);
  else
    delete (root, id, dir);
  close(lock);
  close(dir);
}
