/*
 * Each shape is a thing that real programs do, in the form in which they do it: by the C library, over files that were
 * there before, with names of ordinary depth. docs/meter-method.md says which calls each stands for.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_SIZE (8 << 20)
#define TREE_FILES 16384
#define PER_DIRECTORY 16

static char self[4096], tree[4096], data[4096 + 8], scratch[4096];
static char buffer[4096], large[65536];
static int fd = -1, other = -1;
static int pair[2];
static char *area;
static size_t area_size;
static pid_t child;
static off_t at;
static unsigned turn_number;

void use_directory(const char *directory, const char *program) {
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length <= 0) snprintf(self, sizeof self, "%s", program);
	snprintf(tree, sizeof tree, "%s/meter-tree", directory);
	snprintf(data, sizeof data, "%s/data", tree);
	snprintf(scratch, sizeof scratch, "%s/.meter-bench-%d", directory, (int)getpid());
}

void leave_directory(void) { unlink(scratch); }

/* Files of a few sizes, sixteen a directory. */
static void tree_file(char *path, size_t size, unsigned number) {
	number %= TREE_FILES;
	snprintf(path, size, "%s/%u/%u", tree, number / PER_DIRECTORY, number % PER_DIRECTORY);
}

static void fill(const char *path, size_t bytes) {
	int made = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (made < 0) die(path);
	for (size_t done = 0; done < bytes; done += sizeof large) {
		size_t part = bytes - done < sizeof large ? bytes - done : sizeof large;
		if (write(made, large, part) != (ssize_t)part) die(path);
	}
	close(made);
}

void make_tree(const char *directory) {
	char path[8192];
	use_directory(directory, "");
	if (mkdir(tree, 0755) < 0 && errno != EEXIST) die(tree);
	for (unsigned i = 0; i < TREE_FILES; i++) {
		if (i % PER_DIRECTORY == 0) {
			snprintf(path, sizeof path, "%s/%u", tree, i / PER_DIRECTORY);
			if (mkdir(path, 0755) < 0 && errno != EEXIST) die(path);
		}
		tree_file(path, sizeof path, i);
		fill(path, (i % 8 + 1) * 1024);
	}
	fill(data, FILE_SIZE);
}

/* From one end to the other and again, as programs do; not one page for ever. */
static off_t next(size_t size) {
	off_t from = at;
	at = (at + (off_t)size) % FILE_SIZE;
	return from;
}

static void open_data(void) {
	fd = open(data, O_RDONLY);
	if (fd < 0) die(data);
}
static void open_scratch(void) {
	fd = open(scratch, O_RDWR | O_CREAT, 0600);
	if (fd < 0) die(scratch);
}
static void open_null(void) {
	fd = open("/dev/zero", O_RDONLY);
	other = open("/dev/null", O_WRONLY);
	if (fd < 0 || other < 0) die("/dev/zero, /dev/null");
}
static void open_pipe(void) { if (pipe(pair) < 0) die("pipe"); }
static void open_socket(void) { if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) die("socketpair"); }
static void map_area(void) {
	area_size = 8 << 20;
	area = mmap(NULL, area_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED) die("mmap");
	madvise(area, area_size, MADV_NOHUGEPAGE);
}
static void pin(void) {
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() < 0 ? 0 : sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
}
/* A child that answers each byte. */
static void start_echo_anywhere(void) {
	int there[2], back[2];
	if (pipe(there) < 0 || pipe(back) < 0 || (child = fork()) < 0) die("echo");
	if (!child) {
		char byte;
		close(there[1]);
		while (read(there[0], &byte, 1) == 1) if (write(back[1], &byte, 1) != 1) break;
		_exit(0);
	}
	close(there[0]);
	fd = there[1];
	other = back[0];
}
/* Both on one CPU, so that each round is two switches and no wake-up of another CPU. */
static void start_echo(void) {
	pin();
	start_echo_anywhere();
}
static void stop_echo(void) {
	close(fd);
	waitpid(child, NULL, 0);
}

static void do_trivial(void) { syscall(SYS_getppid); }
static void do_stat(void) {
	struct stat s;
	if (stat(data, &s) < 0) die(data);
}
static void do_stat_new(void) {
	struct stat s;
	char path[8192];
	tree_file(path, sizeof path, turn_number++);
	if (stat(path, &s) < 0) die(path);
}
static void do_fstat(void) {
	struct stat s;
	if (fstat(fd, &s) < 0) die("fstat");
}
static void do_missing(void) {
	char path[8192];
	snprintf(path, sizeof path, "%s/%u/none-%u", tree, turn_number % 256, turn_number / 256);
	turn_number++;
	if (access(path, F_OK) == 0) die(path);
}
static void do_data(void) { if (pread(fd, buffer, sizeof buffer, next(sizeof buffer)) != sizeof buffer) die("pread"); }
static void do_large(void) { if (pread(fd, large, sizeof large, next(sizeof large)) != sizeof large) die("pread"); }
static void do_write(void) {
	if (at == 0 && ftruncate(fd, 0) < 0) die("ftruncate");
	if (pwrite(fd, buffer, sizeof buffer, next(sizeof buffer)) != sizeof buffer) die("pwrite");
}
static void do_large_write(void) {
	if (at == 0 && ftruncate(fd, 0) < 0) die("ftruncate");
	if (pwrite(fd, large, sizeof large, next(sizeof large)) != sizeof large) die("pwrite");
}
static void do_null(void) { if (read(fd, buffer, 1) != 1 || write(other, buffer, 1) != 1) die("/dev/null"); }
static void do_open(void) {
	int opened = open(data, O_RDONLY);
	if (opened < 0) die("open");
	close(opened);
}
static void do_open_new(void) {
	char path[8192];
	tree_file(path, sizeof path, turn_number++);
	int opened = open(path, O_RDONLY);
	if (opened < 0 || read(opened, large, 32768) <= 0) die(path);
	close(opened);
}
static void do_directory(void) {
	char path[8192];
	snprintf(path, sizeof path, "%s/%u", tree, turn_number++ % (TREE_FILES / PER_DIRECTORY));
	int opened = open(path, O_RDONLY | O_DIRECTORY);
	if (opened < 0) die(path);
	while (syscall(SYS_getdents64, opened, large, 32768) > 0) continue;
	close(opened);
}
static void do_create(void) {
	int made = open(scratch, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (made < 0 || write(made, buffer, sizeof buffer) != sizeof buffer) die(scratch);
	close(made);
	unlink(scratch);
}
static void do_pipe(void) { if (write(pair[1], buffer, 64) != 64 || read(pair[0], buffer, 64) != 64) die("pipe"); }
static void do_memory(void) {
	void *p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) die("mmap");
	munmap(p, 1 << 16);
}
static void do_map_file(void) {
	char *p = mmap(NULL, 1 << 16, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) die("mmap");
	munmap(p, 1 << 16);
}
static void do_protect(void) {
	turn_number++;
	if (mprotect(area, 1 << 16, turn_number % 2 ? PROT_READ : PROT_READ | PROT_WRITE) < 0) die("mprotect");
}
static void do_break(void) {
	turn_number++;
	if (sbrk(turn_number % 32 ? 135168 : -31 * 135168) == (void *)-1) die("brk");
}
static void do_fork(void) {
	pid_t pid = fork();
	if (pid < 0) die("fork");
	if (!pid) _exit(0);
	waitpid(pid, NULL, 0);
}
static void do_exec(void) {
	pid_t pid = vfork();
	if (pid < 0) die("vfork");
	if (!pid) {
		execl(self, self, "exit", (char *)NULL);
		_exit(127);
	}
	int status;
	waitpid(pid, &status, 0);
	if (status) die("exec");
}
static void *nothing(void *argument) { return argument; }
static void do_thread(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL)) die("thread");
}
static void do_futex(void) { static int word; syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }
static void do_wait(void) {
	struct pollfd p = { pair[1], POLLOUT, 0 };
	poll(&p, 1, 0);
}
static void do_signal(void) {
	sigset_t set;
	sigprocmask(SIG_BLOCK, NULL, &set);
}
static void do_time(void) {
	struct timespec t;
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
}
static void do_other(void) {
	struct utsname u;
	uname(&u);
}
static void do_fault(void) {
	for (size_t i = 0; i < area_size; i += 4096) area[i] = 1;
	madvise(area, area_size, MADV_DONTNEED);
}
/* A private mapping of a file that is in the page cache, as the loader makes: every other page is written to. */
static void do_file_fault(void) {
	char *p = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) die("mmap");
	for (size_t i = 0; i < FILE_SIZE; i += 65536) {
		*(volatile char *)(p + i);
		p[i + 4096] = 1;
	}
	munmap(p, FILE_SIZE);
}
/* A call after a stretch of computing, so long that whoever answers calls has gone to sleep. */
/* Over memory of its own, so that the caches are the program's afterwards. */
static void compute(void) {
	static char own[4 << 20];
	static size_t where;
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		for (int i = 0; i < 64; i++) own[where = (where + 64) % sizeof own]++;
		clock_gettime(CLOCK_MONOTONIC, &to);
	} while ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec < 300000);
}
static void do_sparse(void) {
	compute();
	syscall(SYS_getppid);
}
static void do_sparse_data(void) {
	compute();
	if (pread(fd, large, 32768, next(32768)) != 32768) die("pread");
}
/* Every CPU calls: nobody's calls are answered beside the program any more. */
static pid_t callers[64];
static int caller_count;
static void start_callers(void) {
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (caller_count = 0; caller_count < cpus - 1 && caller_count < 64; caller_count++) {
		if ((callers[caller_count] = fork()) < 0) die("fork");
		if (!callers[caller_count]) for (;;) syscall(SYS_getppid);
	}
}
static void stop_callers(void) {
	for (int i = 0; i < caller_count; i++) {
		kill(callers[i], SIGKILL);
		waitpid(callers[i], NULL, 0);
	}
}
static void do_switch(void) {
	char byte = 0;
	if (write(fd, &byte, 1) != 1 || read(other, &byte, 1) != 1) die("echo");
}

#define DIRECTORIES (TREE_FILES / PER_DIRECTORY)
const struct shape shapes[] = {
	{ "trivial", NULL, do_trivial, NULL, 1, 0 },
	{ "file-descriptor", open_data, do_fstat, NULL, 1, 0 },
	{ "file-metadata", NULL, do_stat, NULL, 1, 0 },
	{ "file-metadata-new", NULL, do_stat_new, NULL, 1, TREE_FILES },
	{ "file-missing", NULL, do_missing, NULL, 1, 0 },
	{ "directory", NULL, do_directory, NULL, 4, DIRECTORIES },
	{ "file-data", open_data, do_data, NULL, 1, 0 },
	{ "file-data-64k", open_data, do_large, NULL, 1, 0 },
	{ "file-write", open_scratch, do_write, NULL, 1, 0 },
	{ "file-write-64k", open_scratch, do_large_write, NULL, 1, 0 },
	{ "null-data", open_null, do_null, NULL, 2, 0 },
	{ "open-close", NULL, do_open, NULL, 2, 0 },
	{ "open-new", NULL, do_open_new, NULL, 3, TREE_FILES },
	{ "create", NULL, do_create, NULL, 4, 0 },
	{ "pipe", open_pipe, do_pipe, NULL, 2, 0 },
	{ "socket", open_socket, do_pipe, NULL, 2, 0 },
	{ "memory", NULL, do_memory, NULL, 2, 0 },
	{ "memory-file", open_data, do_map_file, NULL, 2, 0 },
	{ "memory-protect", map_area, do_protect, NULL, 1, 0 },
	{ "memory-break", NULL, do_break, NULL, 1, 0 },
	{ "fork", NULL, do_fork, NULL, 1, 0 },
	{ "exec", NULL, do_exec, NULL, 1, 0 },
	{ "thread", NULL, do_thread, NULL, 1, 0 },
	{ "futex", NULL, do_futex, NULL, 1, 0 },
	{ "wait", open_pipe, do_wait, NULL, 1, 0 },
	{ "signal", NULL, do_signal, NULL, 1, 0 },
	{ "time", NULL, do_time, NULL, 1, 0 },
	{ "other", NULL, do_other, NULL, 1, 0 },
	{ "page-fault", map_area, do_fault, NULL, 2048, 0 },
	{ "file-fault", open_data, do_file_fault, NULL, 256, 0 },
	{ "sparse", NULL, do_sparse, NULL, 1, 0 },
	{ "sparse-data", open_data, do_sparse_data, NULL, 1, 0 },
	{ "crowded", start_callers, do_trivial, stop_callers, 1, 0 },
	{ "context-switch", start_echo, do_switch, stop_echo, 2, 0 },
	{ "wake-up", start_echo_anywhere, do_switch, stop_echo, 2, 0 },
};
const size_t shape_count = sizeof shapes / sizeof shapes[0];
