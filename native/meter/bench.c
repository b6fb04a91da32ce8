/*
 * meter-bench: what a call, a switch, a fault and a stretch of memory cost, measured by doing them. Linked
 * dynamically, as most programs are: a sandbox may well treat the C library's call sites better than odd ones.
 *
 *   meter-bench sweep READS BYTES HUGE MS   close(999) after READS reads, 64 bytes apart, over BYTES; HUGE 1: huge pages
 *   meter-bench class NAME MS [DIRECTORY]   one shape of system call, fault or switch (shapes.c), over and over
 *   meter-bench curve NAME MS [DIRECTORY]   the same, from its very first turn on
 *   meter-bench tree DIRECTORY              makes the files that shapes read
 *   meter-bench classes                     the names, one a line
 *
 * Prints one line: operations, nanoseconds, calls per operation, nanoseconds of CPU time. A curve is such a line for
 * 1, 2, 4, 8, ... operations, each with the time since the first. The caller repeats and judges the noise.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

void die(const char *what) {
	fprintf(stderr, "meter-bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

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

static void curve(const struct shape *shape, double ms) {
	uint64_t limit = (uint64_t)(ms * 1e6), most = shape->most ? (uint64_t)shape->most : UINT64_MAX;
	uint64_t cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID), started = now(), done = 0;
	struct { uint64_t done, spent, cpu; } points[64];
	int count = 0;
	for (uint64_t next = 1; count < 64; next *= 2) {
		if (next > most) break;
		while (done < next) {
			shape->turn();
			done++;
		}
		points[count].done = done;
		points[count].spent = now() - started;
		points[count].cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		if (points[count++].spent > limit) break;
	}
	for (int i = 0; i < count; i++)
		printf("%llu %llu %d %llu\n", (unsigned long long)points[i].done, (unsigned long long)points[i].spent, shape->calls,
			(unsigned long long)points[i].cpu);
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
	if (argc == 6 && !strcmp(argv[1], "sweep")) {
		sweep(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), atoi(argv[4]), atof(argv[5]));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "tree")) {
		make_tree(argv[2]);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "classes")) {
		for (size_t i = 0; i < shape_count; i++) puts(shapes[i].name);
		return 0;
	}
	if (argc >= 4 && (!strcmp(argv[1], "class") || !strcmp(argv[1], "curve"))) {
		for (size_t i = 0; i < shape_count; i++) {
			const struct shape *shape = &shapes[i];
			if (strcmp(argv[2], shape->name)) continue;
			use_directory(argc > 4 ? argv[4] : "/tmp", argv[0]);
			if (shape->start) shape->start();
			if (!strcmp(argv[1], "curve")) curve(shape, atof(argv[3]));
			else run(shape->turn, atof(argv[3]), shape->calls);
			if (shape->stop) shape->stop();
			leave_directory();
			return 0;
		}
	}
	fputs("usage: meter-bench sweep READS BYTES HUGE MS | class NAME MS [DIRECTORY] | curve NAME MS [DIRECTORY] | tree DIRECTORY | classes\n", stderr);
	return 2;
}
