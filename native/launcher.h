/* What the launcher's parts share. See launcher.c. */
#ifndef BELLJAR_LAUNCHER_H
#define BELLJAR_LAUNCHER_H

#include <stddef.h>
#include <sys/types.h>

/* Descriptors that the sandbox process starts with (src/runtime/launch.ts has the same numbers). */
enum { FD_LAUNCH = 3, FD_CONTROL = 4, FD_PROC = 5, FD_TRAIN = 6, FD_CONTAINER = 7 };

/* src/runtime/control.ts */
enum { TO_KERNEL_REPLY = 1, TO_KERNEL_SIGNAL, TO_KERNEL_FOREGROUND, TO_KERNEL_CONTINUED };
enum { TO_WAITER_EXIT = 16, TO_WAITER_STOPPED, TO_WAITER_WANTS_INPUT, TO_WAITER_CREATED, TO_WAITER_FAILED };

#define FAILED 125 /* exit status for "the sandbox did not start" */
/* Steps of nice by which the kernel's process is ahead of guests (addon.c has the same number). */
#define KERNEL_FAVOUR 15
#define MESSAGE (1 << 17) /* no message between these processes is longer */
#define MAX_PASSED 64 /* descriptors that go with one message */

_Noreturn void die(const char *what, const char *advice);
/* Where `die` says it instead of standard error: a channel to the command line (launcher-channel.c); -1 for none. */
extern int die_to;

/* launcher-fresh.c: true if a source is newer than the last build. */
int sources_changed(const char *root);

/* launcher-confine.c */
void new_namespaces(int user_namespace);
void keep_capabilities(unsigned long long keep);
void protect_host_kernel(void);
int open_sandbox_proc(void);

/* launcher-mounts.c: carries out one batch of the launch's requests; 0 or -errno, and the index of the failed one. */
int carry_out(const char *batch, size_t length, int proc_fd, int *failed);

/* launcher-wait.c: serves the sandbox until it ends, then ends as it did. `front`: the command line's channel, or -1. */
_Noreturn void wait_for_sandbox(pid_t sandbox, int control, int terminal, int front);
/* Ends this process as wait status `status` says. */
_Noreturn void end_as(int status);
/* Does what signal `number` does by default to this process; returns when it is continued, or the signal was none to die of. */
void suffer(int number);

/* launcher-channel.c: what the command line orders of the process that stays with a container, or with an exec in it. */
struct orders {
  int console;         /* the terminal made for it, or -1 */
  int preserved;       /* how many descriptors from 3 on go inside */
  const char *request; /* the order itself, NUL-terminated */
  size_t length;
};
void take_orders(int front, struct orders *orders);
void tell_front(int front, char type, const char *text);
/* Sends bytes with descriptors; 0 or -1. */
int send_with(int socket, const void *bytes, size_t length, const int *fds, int count);

/* launcher-exec.c: stays for the life of a process that is started in a container. */
_Noreturn void hold_exec(int front);

/* launcher-attend.c: passes signals to child `pid` until it ends; then, if `remove` is not NULL, has it run; ends as the child did. */
_Noreturn void attend(pid_t pid, char **remove);

/* launcher-short.c: `start` and `delete` where no policy is needed; returns when it is. */
void short_way(int argc, char **argv, int command);

#endif
