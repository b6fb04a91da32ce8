/* What the launcher's parts share. See launcher.c. */
#ifndef BELLJAR_LAUNCHER_H
#define BELLJAR_LAUNCHER_H

#include <stddef.h>
#include <sys/types.h>

/* Descriptors that the sandbox process starts with (src/runtime/launch.ts has the same numbers). */
enum { FD_LAUNCH = 3, FD_CONTROL = 4, FD_PROC = 5, FD_TRAIN = 6 };

/* src/runtime/control.ts */
enum { TO_KERNEL_REPLY = 1, TO_KERNEL_SIGNAL, TO_KERNEL_FOREGROUND, TO_KERNEL_CONTINUED };
enum { TO_WAITER_EXIT = 16, TO_WAITER_STOPPED, TO_WAITER_WANTS_INPUT };

#define FAILED 125 /* exit status for "the sandbox did not start" */
/* Steps of nice by which the kernel's process is ahead of guests (addon.c has the same number). */
#define KERNEL_FAVOUR 15

_Noreturn void die(const char *what, const char *advice);

/* launcher-fresh.c: true if a source is newer than the last build. */
int sources_changed(const char *root);

/* launcher-confine.c */
void new_namespaces(int user_namespace);
void keep_capabilities(unsigned long long keep);
void protect_host_kernel(void);
int open_sandbox_proc(void);

/* launcher-mounts.c: carries out one batch of the launch's requests; 0 or -errno, and the index of the failed one. */
int carry_out(const char *batch, size_t length, int proc_fd, int *failed);

/* launcher-wait.c: serves the sandbox until it ends, then ends as it did. */
_Noreturn void wait_for_sandbox(pid_t sandbox, int control, int terminal);

#endif
