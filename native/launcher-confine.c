/* Namespaces and capabilities. */
#define _GNU_SOURCE
#include "launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) die(path, NULL);
  close(fd);
}

/* The pid namespace is for the next child; all others hold the caller too. */
void new_namespaces(int user_namespace) {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  int kinds = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (unshare(kinds | (user_namespace ? CLONE_NEWUSER : 0))) {
    if (errno == ENOSPC) die("no more namespaces", "raise the sysctls user.max_*_namespaces");
    if (errno == EPERM && user_namespace)
      die("this machine does not let ordinary users create namespaces",
          "run as root, or set sysctl kernel.unprivileged_userns_clone=1 (Debian) or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)");
    if (errno == EPERM) die("root here may not create namespaces", "give the container CAP_SYS_ADMIN, or set BELLJAR_USERNS=1");
    die("unshare", NULL);
  }
  if (!user_namespace) return;
  /* Only one's own ids can be mapped without help; all others appear as the overflow id, which the kernel knows. */
  char map[64];
  write_file("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "%u %u 1", uid, uid);
  write_file("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "%u %u 1", gid, gid);
  write_file("/proc/self/gid_map", map);
}

/* Reduces the process to `keep`, also across execve and for uid 0, and forbids ever gaining more. */
void keep_capabilities(unsigned long long keep) {
  for (int cap = 0; cap <= 63; cap++)
    if (!(keep >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) die("capabilities", NULL);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, 0, 0, 0))
    die("securebits", NULL);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) data[i].effective = data[i].permitted = data[i].inheritable = (unsigned)(keep >> (32 * i));
  if (syscall(SYS_capset, &header, data)) die("capset", NULL);
  for (int cap = 0; cap <= 63; cap++)
    if (keep >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)) die("ambient capabilities", NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("no_new_privs", NULL);
}

/*
 * Makes the host's /proc and /sys read-only in this mount namespace. Node opens some of their files to describe the
 * machine to guests; without this, a Node that was taken over could open them anew for writing through /proc/self/fd.
 */
void protect_host_kernel(void) {
  static const char *const trees[] = {"/proc", "/sys"};
  struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
  for (size_t i = 0; i < 2; i++)
    if (syscall(SYS_mount_setattr, AT_FDCWD, trees[i], AT_RECURSIVE, &readonly, sizeof readonly) && errno != ENOENT && errno != EINVAL)
      die("making the host's /proc and /sys read-only", NULL);
}

/* A procfs of the caller's pid namespace that shows processes and nothing else (no /proc/sys, no sysrq). Detached. */
int open_sandbox_proc(void) {
  int fs = (int)syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */);
  if (fs < 0) die("mounting proc", NULL);
  if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "subset", "pid", 0)) die("mounting proc (subset=pid)", NULL);
  if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) die("mounting proc", NULL);
  int mount = (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (mount < 0) die("mounting proc", NULL);
  close(fs);
  return mount;
}
