/*
 * The sandbox's root: a read-only tmpfs that holds the trees the sandbox may see as /0, /1, ..., and /proc.
 *
 * A batch is a row of NUL-terminated requests, written by src/runtime/launch.ts from the caller's own options, before
 * any guest code exists:
 *     tr/PATH    the next tree is the host's PATH with all mounts below it; r: read-only, w: writable
 *     cN/REL     cover REL of tree N, a directory, with an empty one (the host's own /proc, /sys, /dev)
 *     p          pivot: mount the trees, leave the host's root for good
 */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_TREES 256
#define ATTACH "/tmp"
#define FALLBACK "/proc"

static int trees[MAX_TREES], tree_count;

static int add_tree(const char *spec) {
  if (tree_count == MAX_TREES) return -E2BIG;
  int fd = (int)syscall(SYS_open_tree, AT_FDCWD, spec + 1, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (fd < 0) return -errno;
  /* No set-id programs, no devices and no symlink following by the host, whatever the kernel does: it has its own of each. */
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSYMFOLLOW};
  if (spec[0] == 'r') attr.attr_set |= MOUNT_ATTR_RDONLY;
  if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr)) return -errno;
  trees[tree_count++] = fd;
  return 0;
}

static int attach_tree(int i) {
  char name[16];
  snprintf(name, sizeof name, "%d", i);
  struct stat st;
  if (fstat(trees[i], &st)) return -errno;
  int made = S_ISDIR(st.st_mode) ? mkdir(name, 0700) : mknod(name, S_IFREG | 0600, 0);
  if (made || syscall(SYS_move_mount, trees[i], "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH)) return -errno;
  close(trees[i]);
  return 0;
}

/* From here on the working directory is the new root. */
static int attach_all(int proc_fd) {
  if (mount("belljar", ATTACH, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755") == 0) {
    if (chdir(ATTACH)) return -errno;
  } else if (mount("belljar", FALLBACK, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755") || chdir(FALLBACK)) {
    return -errno;
  }
  for (int i = 0; i < tree_count; i++) {
    int error = attach_tree(i);
    if (error) return error;
  }
  if (mkdir("proc", 0555) || syscall(SYS_move_mount, proc_fd, "", AT_FDCWD, "proc", MOVE_MOUNT_F_EMPTY_PATH)) return -errno;
  return 0;
}

static int cover(const char *path) {
  int tree = atoi(path);
  const char *rest = strchr(path, '/');
  char full[4200];
  if (tree < 0 || tree >= tree_count || !rest || strstr(rest, "..")) return -EINVAL;
  snprintf(full, sizeof full, "%d%s", tree, rest);
  struct stat st;
  if (lstat(full, &st) || !S_ISDIR(st.st_mode)) return 0; /* a symbolic link or nothing: nothing to hide */
  return mount("none", full, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "size=4k,mode=555") ? -errno : 0;
}

static int pivot(void) {
  struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &readonly, sizeof readonly)) return -errno;
  if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/")) return -errno;
  return 0;
}

int carry_out(const char *batch, size_t length, int proc_fd, int *failed) {
  int error = 0, attached = 0, index = 0;
  for (const char *at = batch, *end = batch + length; at < end && !error; at += strlen(at) + 1, index++) {
    *failed = index;
    if (*at != 't' && !attached++) error = attach_all(proc_fd);
    if (error) break;
    if (*at == 't')
      error = attached ? -EINVAL : add_tree(at + 1);
    else if (*at == 'c')
      error = cover(at + 1);
    else if (*at == 'p')
      error = pivot();
    else
      error = -EINVAL;
  }
  return error;
}
