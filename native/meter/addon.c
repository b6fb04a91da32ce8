/*
 * meter.node: what the meter needs of the kernel and TypeScript cannot do: open, read and steer perf events, drain
 * their sample rings, and read one file of tracefs where it is not mounted (through a detached mount that nobody else
 * sees). Every function returns a number that is -errno on failure; no policy lives here.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 9
#include <node_api.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static napi_value number(napi_env env, double value) {
	napi_value result;
	napi_create_double(env, value, &result);
	return result;
}

static double argument(napi_env env, napi_value value) {
	double result = 0;
	napi_get_value_double(env, value, &result);
	return result;
}

/* The bits of open()'s last argument. */
enum { INHERIT = 1, ENABLE_ON_EXEC = 2, DISABLED = 4, CGROUP = 8, EXCLUDE_KERNEL = 16, SAMPLE_ID_RAW = 32, TASK_RECORDS = 64 };

/* open(type, config, pid, cpu, samplePeriod, bits): a descriptor, close-on-exec. */
static napi_value perf_open(napi_env env, napi_callback_info info) {
	size_t argc = 6;
	napi_value argv[6];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 6) return number(env, -EINVAL);
	int bits = (int)argument(env, argv[5]);
	struct perf_event_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.size = sizeof attr;
	attr.type = (uint32_t)argument(env, argv[0]);
	attr.config = (uint64_t)argument(env, argv[1]);
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	attr.inherit = !!(bits & INHERIT);
	attr.enable_on_exec = !!(bits & ENABLE_ON_EXEC);
	attr.disabled = !!(bits & (DISABLED | ENABLE_ON_EXEC));
	attr.exclude_kernel = !!(bits & EXCLUDE_KERNEL);
	if (bits & SAMPLE_ID_RAW) {
		/* Not PERF_SAMPLE_PERIOD: with it, software events give a sample for every event. */
		attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
		/* PERF_RECORD_FORK, to know the target's children, and the execs that worked. */
		attr.task = attr.comm = attr.comm_exec = !!(bits & TASK_RECORDS);
		attr.wakeup_watermark = 0;
		attr.watermark = 1;
		attr.sample_period = (uint64_t)argument(env, argv[4]);
	}
	unsigned long flags = PERF_FLAG_FD_CLOEXEC | (bits & CGROUP ? PERF_FLAG_PID_CGROUP : 0);
	long fd = syscall(SYS_perf_event_open, &attr, (pid_t)argument(env, argv[2]), (int)argument(env, argv[3]), -1, flags);
	return number(env, fd < 0 ? -errno : (double)fd);
}

/* read(fd, out: Float64Array(3)): value, time enabled, time running. */
static napi_value perf_read(napi_env env, napi_callback_info info) {
	size_t argc = 2, length;
	napi_value argv[2];
	double *out;
	uint64_t raw[3];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 2 || napi_get_typedarray_info(env, argv[1], NULL, &length, (void **)&out, NULL, NULL) != napi_ok || length < 3)
		return number(env, -EINVAL);
	ssize_t got = read((int)argument(env, argv[0]), raw, sizeof raw);
	if (got < 0) return number(env, -errno);
	if (got != sizeof raw) return number(env, -EIO);
	for (int i = 0; i < 3; i++) out[i] = (double)raw[i];
	return number(env, 0);
}

/* steer(fd, on): starts or stops counting. */
static napi_value perf_steer(napi_env env, napi_callback_info info) {
	size_t argc = 2;
	napi_value argv[2];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 2) return number(env, -EINVAL);
	unsigned long request = argument(env, argv[1]) ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE;
	return number(env, ioctl((int)argument(env, argv[0]), request, 0) < 0 ? -errno : 0);
}

#define RINGS 1024
static struct { char *base; size_t size; } rings[RINGS];

/* ringOpen(fd, pages): a ring's index. pages is a power of two. */
static napi_value ring_open(napi_env env, napi_callback_info info) {
	size_t argc = 2;
	napi_value argv[2];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 2) return number(env, -EINVAL);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = page * (size_t)argument(env, argv[1]);
	for (int i = 0; i < RINGS; i++) {
		if (rings[i].base) continue;
		void *base = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_SHARED, (int)argument(env, argv[0]), 0);
		if (base == MAP_FAILED) return number(env, -errno);
		rings[i].base = base;
		rings[i].size = size;
		return number(env, i);
	}
	return number(env, -ENOSPC);
}

static napi_value ring_close(napi_env env, napi_callback_info info) {
	size_t argc = 1;
	napi_value argv[1];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	double index = argc < 1 ? -1 : argument(env, argv[0]);
	if (index < 0 || index >= RINGS || !rings[(int)index].base) return number(env, -EINVAL);
	munmap(rings[(int)index].base, rings[(int)index].size + (size_t)sysconf(_SC_PAGESIZE));
	rings[(int)index].base = NULL;
	return number(env, 0);
}

/* Sets of process numbers, a bit each: the target and all that it forked. Numbers are not taken out when they end. */
#define SETS 64
#define PIDS (1 << 22)
static uint8_t *sets[SETS];

static int has(const uint8_t *set, uint32_t pid) {
	return pid < PIDS && set[pid >> 3] >> (pid & 7) & 1;
}

static int add(uint8_t *set, uint32_t pid) {
	if (pid >= PIDS || has(set, pid)) return 0;
	set[pid >> 3] |= (uint8_t)(1 << (pid & 7));
	return 1;
}

/* setOpen(pids: Float64Array): a set's index. */
static napi_value set_open(napi_env env, napi_callback_info info) {
	size_t argc = 1, count;
	napi_value argv[1];
	double *pids;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_typedarray_info(env, argv[0], NULL, &count, (void **)&pids, NULL, NULL) != napi_ok) return number(env, -EINVAL);
	for (int i = 0; i < SETS; i++) {
		if (sets[i]) continue;
		if (!(sets[i] = calloc(1, PIDS / 8))) return number(env, -ENOMEM);
		for (size_t k = 0; k < count; k++) add(sets[i], (uint32_t)pids[k]);
		return number(env, i);
	}
	return number(env, -ENOSPC);
}

static napi_value set_close(napi_env env, napi_callback_info info) {
	size_t argc = 1;
	napi_value argv[1];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	double index = argc < 1 ? -1 : argument(env, argv[0]);
	if (index < 0 || index >= SETS || !sets[(int)index]) return number(env, -EINVAL);
	free(sets[(int)index]);
	sets[(int)index] = NULL;
	return number(env, 0);
}

/* One record of a ring, copied out of its wrap; NULL at the end or where it makes no sense. Moves *at past it. */
static struct perf_event_header *record(int index, uint64_t *at, uint64_t end) {
	static union { struct perf_event_header header; char bytes[65536]; } copy;
	char *data = rings[index].base + sysconf(_SC_PAGESIZE);
	size_t size = rings[index].size;
	if (*at + sizeof copy.header > end) return NULL;
	for (size_t i = 0; i < sizeof copy.header; i++) copy.bytes[i] = data[(*at + i) % size];
	if (copy.header.size < sizeof copy.header || *at + copy.header.size > end) return NULL;
	for (size_t i = 0; i < copy.header.size; i++) copy.bytes[i] = data[(*at + i) % size];
	*at += copy.header.size;
	return &copy.header;
}

static struct perf_event_mmap_page *ring_head(double index) {
	return index < 0 || index >= RINGS || !rings[(int)index].base ? NULL : (void *)rings[(int)index].base;
}

/*
 * ringForks(index, set): adds the children of the set's processes that the unread records tell of; answers how many
 * were new. Reads without consuming, so that all rings can be asked, again and again, until none knows more.
 */
static napi_value ring_forks(napi_env env, napi_callback_info info) {
	size_t argc = 2;
	napi_value argv[2];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 2) return number(env, -EINVAL);
	double index = argument(env, argv[0]), set = argument(env, argv[1]);
	struct perf_event_mmap_page *head = ring_head(index);
	if (!head || set < 0 || set >= SETS || !sets[(int)set]) return number(env, -EINVAL);
	uint64_t end = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE), at = head->data_tail;
	struct perf_event_header *header;
	int added = 0;
	while ((header = record((int)index, &at, end))) {
		uint32_t ids[2]; /* pid, parent's pid */
		if (header->type != PERF_RECORD_FORK || header->size < sizeof *header + sizeof ids) continue;
		memcpy(ids, header + 1, sizeof ids);
		if (has(sets[(int)set], ids[1])) added += add(sets[(int)set], ids[0]);
	}
	return number(env, added);
}

/* What one kind of call is told apart by: (argument & mask) == value goes to a slot of its own. */
#define RULES 32
static struct { uint32_t number, argument, mask, value, slot; } rules[RULES];
static size_t rule_count;

/* setRules(rules: Float64Array of number, argument, mask, value, slot): for all drains from now on. */
static napi_value set_rules(napi_env env, napi_callback_info info) {
	size_t argc = 1, count;
	napi_value argv[1];
	double *given;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_typedarray_info(env, argv[0], NULL, &count, (void **)&given, NULL, NULL) != napi_ok || count > RULES * 5)
		return number(env, -EINVAL);
	rule_count = count / 5;
	for (size_t i = 0; i < rule_count; i++) {
		uint32_t *fields = &rules[i].number;
		for (int k = 0; k < 5; k++) fields[k] = (uint32_t)given[i * 5 + k];
		if (rules[i].argument > 5) rules[i].argument = 0;
	}
	return number(env, 0);
}

static size_t slot_of(const uint64_t *call, size_t slots) {
	for (size_t i = 0; i < rule_count; i++)
		if (call[0] == rules[i].number && ((uint32_t)call[1 + rules[i].argument] & rules[i].mask) == rules[i].value && rules[i].slot < slots)
			return rules[i].slot;
	return call[0] < slots ? (size_t)call[0] : slots - 1;
}

/* The records of a ring that one drain takes; NULL and an answer where an argument is wrong. */
struct drain {
	int index;
	const uint8_t *set;
	size_t offset, slots;
	double *histogram, *sizes, *totals;
	uint64_t at, end;
	struct perf_event_mmap_page *head;
};

/* (index, histogram, idOffset, totals: Float64Array(6), set, sizes) */
static int open_drain(napi_env env, napi_callback_info info, struct drain *d) {
	size_t argc = 6, totals_length, sizes_length;
	napi_value argv[6];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 6) return 0;
	double index = argument(env, argv[0]), offset = argument(env, argv[2]), set = argument(env, argv[4]);
	d->head = ring_head(index);
	if (!d->head || offset < 0 || offset > 4096 || set >= SETS || (set >= 0 && !sets[(int)set])
		|| napi_get_typedarray_info(env, argv[1], NULL, &d->slots, (void **)&d->histogram, NULL, NULL) != napi_ok || d->slots < 1
		|| napi_get_typedarray_info(env, argv[3], NULL, &totals_length, (void **)&d->totals, NULL, NULL) != napi_ok
		|| totals_length < 6
		|| napi_get_typedarray_info(env, argv[5], NULL, &sizes_length, (void **)&d->sizes, NULL, NULL) != napi_ok || sizes_length < d->slots)
		return 0;
	d->index = (int)index;
	d->offset = (size_t)offset;
	d->set = set < 0 ? NULL : sets[(int)set];
	d->end = __atomic_load_n(&d->head->data_head, __ATOMIC_ACQUIRE);
	d->at = d->head->data_tail;
	return 1;
}

/* A sample's raw data from the number's field on: `words` of 8 bytes. 0 where it is no sample, or of another process. */
static int sample(const struct drain *d, const struct perf_event_header *header, uint64_t *raw, size_t words) {
	const char *body = (const char *)(header + 1); /* pid and tid (8 bytes), time (8), raw size (4), raw data */
	uint32_t pid;
	if (header->type != PERF_RECORD_SAMPLE || header->size < sizeof *header + 20 + d->offset + words * 8) return 0;
	d->totals[2] += 1;
	memcpy(&pid, body, 4);
	if (d->set && !has(d->set, pid)) return 0;
	memcpy(raw, body + 20 + d->offset, words * 8);
	return 1;
}

static void lost(const struct drain *d, const struct perf_event_header *header) {
	uint64_t count;
	if (header->type != PERF_RECORD_LOST || header->size < sizeof *header + 16) return;
	memcpy(&count, (const char *)(header + 1) + 8, 8);
	d->totals[1] += (double)count;
}

/* When the calls of one round of drains came, to find the pauses between them over all CPUs. */
#define TIMES (1 << 20)
static uint64_t times[TIMES];
static size_t time_count;

static int earlier(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/*
 * pauses(after, from, to): after a round of drains: how many calls came after a pause. One of `from` ns counts nothing, one of
 * `to` and more counts whole. The time of the last call goes to after[0], which the next round starts from; 0: none yet.
 */
static napi_value pauses(napi_env env, napi_callback_info info) {
	size_t argc = 3, length;
	napi_value argv[3];
	double *after;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 3 || napi_get_typedarray_info(env, argv[0], NULL, &length, (void **)&after, NULL, NULL) != napi_ok || length < 1)
		return number(env, -EINVAL);
	double from = argument(env, argv[1]), to = argument(env, argv[2]), found = 0, last = after[0];
	qsort(times, time_count, sizeof times[0], earlier);
	for (size_t i = 0; i < time_count; i++) {
		double pause = last > 0 ? (double)times[i] - last : 0;
		if (pause > from) found += pause < to ? (pause - from) / (to - from) : 1;
		last = (double)times[i];
	}
	after[0] = last;
	time_count = 0;
	return number(env, found);
}

/*
 * ringDrain(...): counts each sample of a process in the set (-1: of any) at histogram[its slot], and adds its third
 * argument (at most 1 MiB) to sizes there. totals counts those, the lost samples, and all samples; then, of the set,
 * programs executed, processes and threads made.
 */
static napi_value ring_drain(napi_env env, napi_callback_info info) {
	struct drain d;
	if (!open_drain(env, info, &d)) return number(env, -EINVAL);
	struct perf_event_header *header;
	while ((header = record(d.index, &d.at, d.end))) {
		uint64_t call[7];
		uint32_t ids[2];
		if (sample(&d, header, call, 7)) {
			size_t slot = slot_of(call, d.slots);
			d.histogram[slot] += 1;
			d.sizes[slot] += call[3] < 1 << 20 ? (double)call[3] : 1 << 20;
			d.totals[0] += 1;
			if (time_count < TIMES) memcpy(&times[time_count++], (const char *)(header + 1) + 8, 8);
		}
		lost(&d, header);
		if ((header->type != PERF_RECORD_FORK && header->type != PERF_RECORD_COMM) || header->size < sizeof *header + sizeof ids) continue;
		memcpy(ids, header + 1, sizeof ids);
		if (d.set && !has(d.set, ids[0])) continue;
		if (header->type == PERF_RECORD_FORK) d.totals[ids[0] == ids[1] ? 5 : 4] += 1;
		else if (header->misc & PERF_RECORD_MISC_COMM_EXEC) d.totals[3] += 1;
	}
	__atomic_store_n(&d.head->data_tail, d.end, __ATOMIC_RELEASE);
	return number(env, 0);
}

/*
 * ringDrainExits(...): of samples of ends of calls, by number: failures at histogram, and what succeeded answered
 * (bytes, of reads and writes) added to sizes; totals as above.
 */
static napi_value ring_drain_exits(napi_env env, napi_callback_info info) {
	struct drain d;
	if (!open_drain(env, info, &d)) return number(env, -EINVAL);
	struct perf_event_header *header;
	while ((header = record(d.index, &d.at, d.end))) {
		uint64_t call[2];
		if (sample(&d, header, call, 2)) {
			int64_t result = (int64_t)call[1];
			size_t slot = call[0] < d.slots ? (size_t)call[0] : d.slots - 1;
			if (result < 0) d.histogram[slot] += 1;
			else d.sizes[slot] += result < 1 << 20 ? (double)result : 1 << 20;
			d.totals[0] += 1;
		}
		lost(&d, header);
	}
	__atomic_store_n(&d.head->data_tail, d.end, __ATOMIC_RELEASE);
	return number(env, 0);
}

/* tracefsRead(path): the text of a file of tracefs through a mount of our own that is attached nowhere, or -errno. */
static napi_value tracefs_read(napi_env env, napi_callback_info info) {
	size_t argc = 1, length;
	napi_value argv[1], text;
	char path[512], buffer[8192];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (argc < 1 || napi_get_value_string_utf8(env, argv[0], path, sizeof path, &length) != napi_ok) return number(env, -EINVAL);
	int error = 0, context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), mount = -1, file = -1;
	ssize_t got = 0;
	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) error = errno;
	if (!error && (mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0)) < 0) error = errno;
	if (!error && (file = openat(mount, path, O_RDONLY | O_CLOEXEC)) < 0) error = errno;
	if (!error && (got = read(file, buffer, sizeof buffer)) < 0) error = errno;
	if (file >= 0) close(file);
	if (mount >= 0) close(mount);
	if (context >= 0) close(context);
	if (error) return number(env, -error);
	napi_create_string_latin1(env, buffer, (size_t)got, &text);
	return text;
}

/* callLoop(n): nanoseconds that n of the cheapest system calls take here, to measure what a counter adds to each. */
static napi_value call_loop(napi_env env, napi_callback_info info) {
	size_t argc = 1;
	napi_value argv[1];
	struct timespec from, to;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	double n = argc < 1 ? 0 : argument(env, argv[0]);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (double i = 0; i < n; i++) syscall(SYS_getppid);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return number(env, (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec));
}

/* realtime(): this thread, and what it starts from now on, before all ordinary work. 0 or -errno. */
static napi_value realtime(napi_env env, napi_callback_info info) {
	(void)info;
	struct sched_param parameters = { .sched_priority = 1 };
	return number(env, sched_setscheduler(0, SCHED_FIFO, &parameters) < 0 ? -errno : 0);
}

static napi_value init(napi_env env, napi_value exports) {
	static const struct { const char *name; napi_callback call; } functions[] = {
		{ "perfOpen", perf_open }, { "perfRead", perf_read }, { "perfSteer", perf_steer }, { "ringOpen", ring_open },
		{ "ringClose", ring_close }, { "ringDrain", ring_drain }, { "ringDrainExits", ring_drain_exits }, { "setRules", set_rules }, { "pauses", pauses },
		{ "tracefsRead", tracefs_read }, { "ringForks", ring_forks }, { "setOpen", set_open }, { "setClose", set_close },
		{ "callLoop", call_loop }, { "realtime", realtime },
	};
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		napi_value function;
		napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
		napi_set_named_property(env, exports, functions[i].name, function);
	}
	return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
