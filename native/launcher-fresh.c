/* Has any source changed since the last build? A walk of some hundred stat calls, well under a millisecond. */
#define _GNU_SOURCE
#include "launcher.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int newer(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* A directory's own time counts too: it changes when a file in it goes away. */
static int tree_is_newer(int at, const char *name, const struct timespec *than) {
  struct stat st;
  if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW)) return 0;
  if (newer(&st.st_mtim, than)) return 1;
  if (!S_ISDIR(st.st_mode)) return 0;
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  if (!dir) return 0;
  int found = 0;
  for (struct dirent *entry; !found && (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    if (entry->d_type == DT_DIR)
      found = tree_is_newer(fd, entry->d_name, than);
    else if (!strstr(entry->d_name, ".test."))
      found = fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && newer(&st.st_mtim, than);
  }
  closedir(dir);
  return found;
}

int sources_changed(const char *root) {
  static const char *const sources[] = {"src", "native", "package.json", "package-lock.json", "scripts"};
  struct stat stamp;
  int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0 || fstatat(at, "build/stamp", &stamp, 0)) return 1;
  int found = 0;
  for (size_t i = 0; i < sizeof sources / sizeof *sources && !found; i++) found = tree_is_newer(at, sources[i], &stamp.st_mtim);
  close(at);
  return found;
}
