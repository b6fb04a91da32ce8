/*
 * meter-bench: what a call, a switch, a fault and a stretch of memory cost, measured by doing them. Linked
 * dynamically, as most programs are: a sandbox may well treat the C library's call sites better than odd ones.
 *
 *   meter-bench sweep READS BYTES HUGE MS   close(999) after READS reads, 64 bytes apart, over BYTES; HUGE 1: huge pages
 *   meter-bench class NAME MS [DIRECTORY]   one class of system call, fault or switch
 *   meter-bench classes                     the names, one a line
 *
 * Prints one line: operations, nanoseconds, calls per operation, nanoseconds of CPU time. The caller repeats and judges the noise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
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

static char self[4096];
static char file[4096];
static char buffer[4096], large[65536];
static int fd = -1, other = -1;
static int pair[2];
static char *area;
static size_t area_size;
static pid_t child;

static uint64_t read_clock(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

static void die(const char *what) {
	fprintf(stderr, "meter-bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Eight mebibytes, read and written from one end to the other and again, as programs do; not one page for ever. */
#define FILE_SIZE (8 << 20)
static off_t file_at;

static void open_file(void) {
	fd = open(file, O_RDWR | O_CREAT, 0600);
	if (fd < 0) die(file);
	for (off_t at = 0; at < FILE_SIZE; at += (off_t)sizeof large)
		if (write(fd, large, sizeof large) != sizeof large) die(file);
}
static off_t next(size_t size) {
	off_t at = file_at;
	file_at = (at + (off_t)size) % FILE_SIZE;
	return at;
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
static void start_echo(void) {
	int there[2], back[2];
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() < 0 ? 0 : sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one); /* both on one CPU, so that each round is two switches and no wake-up IPI */
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
static void stop_echo(void) {
	close(fd);
	waitpid(child, NULL, 0);
}

static void do_trivial(void) { syscall(SYS_getppid); }
static void do_metadata(void) {
	struct stat s;
	stat(file, &s);
	access("/nonexistent-meter-bench", F_OK);
}
static void do_data(void) { if (pread(fd, buffer, sizeof buffer, next(sizeof buffer)) != sizeof buffer) die("pread"); }
static void do_write(void) { if (pwrite(fd, buffer, sizeof buffer, next(sizeof buffer)) != sizeof buffer) die("pwrite"); }
static void do_large(void) { if (pread(fd, large, sizeof large, next(sizeof large)) != sizeof large) die("pread"); }
static void do_null(void) {
	if (read(fd, buffer, 1) != 1 || write(other, buffer, 1) != 1) die("/dev/null");
}
static void do_open(void) {
	int opened = open(file, O_RDONLY);
	if (opened < 0) die("open");
	close(opened);
}
static void do_pipe(void) {
	if (write(pair[1], buffer, 64) != 64 || read(pair[0], buffer, 64) != 64) die("pipe");
}
static void do_memory(void) {
	void *p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) die("mmap");
	munmap(p, 1 << 16);
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
	for (size_t at = 0; at < area_size; at += 4096) area[at] = 1;
	madvise(area, area_size, MADV_DONTNEED);
}
static void do_switch(void) {
	char byte = 0;
	if (write(fd, &byte, 1) != 1 || read(other, &byte, 1) != 1) die("echo");
}

/* `calls` is how many units one turn does: the result is divided by it. */
static const struct { const char *name; void (*start)(void); void (*turn)(void); void (*stop)(void); int calls; } classes[] = {
	{ "trivial", NULL, do_trivial, NULL, 1 },
	{ "file-metadata", open_file, do_metadata, NULL, 2 },
	{ "file-data", open_file, do_data, NULL, 1 },
	{ "file-write", open_file, do_write, NULL, 1 },
	{ "file-data-64k", open_file, do_large, NULL, 1 },
	{ "null-data", open_null, do_null, NULL, 2 },
	{ "open-close", open_file, do_open, NULL, 2 },
	{ "pipe", open_pipe, do_pipe, NULL, 2 },
	{ "socket", open_socket, do_pipe, NULL, 2 },
	{ "memory", NULL, do_memory, NULL, 2 },
	{ "fork", NULL, do_fork, NULL, 1 },
	{ "exec", NULL, do_exec, NULL, 1 },
	{ "futex", NULL, do_futex, NULL, 1 },
	{ "wait", open_pipe, do_wait, NULL, 1 },
	{ "signal", NULL, do_signal, NULL, 1 },
	{ "time", NULL, do_time, NULL, 1 },
	{ "other", NULL, do_other, NULL, 1 },
	{ "page-fault", map_area, do_fault, NULL, 2048 },
	{ "context-switch", start_echo, do_switch, stop_echo, 2 },
};

static void run(void (*turn)(void), double ms, int calls) {
	uint64_t limit = (uint64_t)(ms * 1e6), started, spent;
	uint64_t done = 0, batch = 1;
	turn();
	uint64_t cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	started = now();
	do {
		for (uint64_t i = 0; i < batch; i++) turn();
		done += batch;
		spent = now() - started;
		if (spent < limit / 16) batch *= 2;
	} while (spent < limit);
	cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%llu %llu %d %llu\n", (unsigned long long)done, (unsigned long long)spent, calls, (unsigned long long)cpu);
}

static char *sweep_area;
static size_t sweep_bytes, sweep_at, sweep_reads;
static volatile char sink;

static void sweep_turn(void) {
	char sum = 0;
	size_t at = sweep_at;
	for (size_t i = 0; i < sweep_reads; i++) {
		sum += *(volatile char *)(sweep_area + at);
		at += 64;
		if (at >= sweep_bytes) at = 0;
	}
	sweep_at = at;
	sink = sum;
	close(999);
}

static void sweep(size_t reads, size_t bytes, int huge, double ms) {
	size_t align = 2 << 20, size = (bytes + 2 * align - 1) & ~(align - 1);
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) die("mmap");
	p = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	if (madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && huge) die("madvise");
	memset(p, 1, bytes);
	sweep_area = p;
	sweep_bytes = bytes;
	sweep_reads = reads;
	run(sweep_turn, ms, 1);
}

int main(int argc, char **argv) {
	if (argc >= 2 && !strcmp(argv[1], "exit")) return 0;
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length <= 0) snprintf(self, sizeof self, "%s", argv[0]);
	if (argc == 6 && !strcmp(argv[1], "sweep")) {
		sweep(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), atoi(argv[4]), atof(argv[5]));
		return 0;
	}
	size_t count = sizeof classes / sizeof classes[0];
	if (argc == 2 && !strcmp(argv[1], "classes")) {
		for (size_t i = 0; i < count; i++) puts(classes[i].name);
		return 0;
	}
	if (argc >= 4 && !strcmp(argv[1], "class")) {
		for (size_t i = 0; i < count; i++) {
			if (strcmp(argv[2], classes[i].name)) continue;
			snprintf(file, sizeof file, "%s/.meter-bench", argc > 4 ? argv[4] : "/tmp");
			if (classes[i].start) classes[i].start();
			run(classes[i].turn, atof(argv[3]), classes[i].calls);
			if (classes[i].stop) classes[i].stop();
			unlink(file);
			return 0;
		}
	}
	fputs("usage: meter-bench sweep READS BYTES HUGE MS | class NAME MS [DIRECTORY] | classes\n", stderr);
	return 2;
}
