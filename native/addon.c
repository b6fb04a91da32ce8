/*
 * Belljar's Node-API addon: the arena shared with stubs, waiting and waking, copies, and host system calls.
 * Thin on purpose: every decision is TypeScript's (src/platform/native/).
 *
 * The arena is one reserved range, seen by JavaScript as one ArrayBuffer. Its first slot is the kernel's own; word
 * FLAGS there is set by the signal handler (a stub died) and by the watcher thread (a host descriptor is ready).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <node_api.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SLOT 0x10000
/* As in launcher.h: what the launcher made this process ahead of others, and guests are not to inherit. */
#define KERNEL_FAVOUR 15
/* A sched_yield that takes longer let another thread run. */
#define CONTENDED_NS 5000.0
/* Words of slot 0. */
#define FLAGS 0
#define FLAG_CHILD 1
#define FLAG_WATCH 2
/* The doorbell word, which stubs see read-only (G_ASLEEP), is the first of slot 1. */
#define ASLEEP (SLOT / 4)
/* G_CPU of the global page; C_ITEM_COUNT of a context, relative to its state, with the CPU in its upper half. */
#define KERNEL_CPU ((SLOT + 0x48) / 4)
#define CTX_CPU 3

static uint8_t *arena;
static volatile int32_t *words;
static int watch_epoll = -1;

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static long futex_wake(volatile int32_t *word)
{
	/* Everybody: a guest that sleeps here too, or what is left of a slot's former thread, must not take another's wake-up. */
	return syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Sets a flag and wakes the kernel's thread if it sleeps. Async-signal-safe. */
static void raise_flag(int flag)
{
	__atomic_fetch_or(&words[FLAGS], flag, __ATOMIC_SEQ_CST);
	/* Another value than the one it sleeps on: it will not fall asleep now if it was about to. */
	int32_t asleep = 1;
	if (__atomic_compare_exchange_n(&words[ASLEEP], &asleep, 2, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || asleep)
		futex_wake(&words[ASLEEP]);
}

static struct sigaction other_child_action;

static void on_child(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	raise_flag(FLAG_CHILD);
	errno = saved;
	/* Node's own, in case this process also has ordinary children. */
	if (other_child_action.sa_flags & SA_SIGINFO)
		other_child_action.sa_sigaction(sig, info, context);
	else if (other_child_action.sa_handler != SIG_DFL && other_child_action.sa_handler != SIG_IGN)
		other_child_action.sa_handler(sig);
}

// ---- arguments and results

#define ARGS(n) \
	napi_value argv[n]; \
	size_t argc = n; \
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL)

static double number(napi_env env, napi_value v)
{
	double d = 0;
	napi_get_value_double(env, v, &d);
	return d;
}

static int32_t integer(napi_env env, napi_value v)
{
	int32_t i = 0;
	napi_get_value_int32(env, v, &i);
	return i;
}

static napi_value result(napi_env env, long r)
{
	napi_value v;
	if (r >= INT32_MIN && r <= INT32_MAX)
		napi_create_int32(env, (int32_t)r, &v);
	else
		napi_create_double(env, (double)r, &v);
	return v;
}

static long checked(long r) { return r == -1 ? -errno : r; }

/* The bytes of a typed array or DataView; NULL if it is neither. */
static void *bytes(napi_env env, napi_value v, size_t *length)
{
	void *data = NULL;
	bool is = false;
	napi_is_typedarray(env, v, &is);
	if (is) {
		napi_typedarray_type type;
		size_t n;
		napi_get_typedarray_info(env, v, &type, &n, &data, NULL, NULL);
		static const uint8_t width[] = { 1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8 };
		*length = n * (type < sizeof width ? width[type] : 1);
	}
	return data;
}

// ---- calls

/* call(nr, ...): a host system call; numbers, Latin-1 strings, typed arrays. */
static napi_value call(napi_env env, napi_callback_info info)
{
	ARGS(7);
	long a[7] = { 0 };
	char *strings[7] = { 0 };
	for (size_t i = 0; i < argc; i++) {
		napi_valuetype type;
		napi_typeof(env, argv[i], &type);
		if (type == napi_number) {
			a[i] = (long)number(env, argv[i]);
		} else if (type == napi_string) {
			size_t n = 0;
			napi_get_value_string_latin1(env, argv[i], NULL, 0, &n);
			strings[i] = malloc(n + 1);
			if (!strings[i])
				abort();
			napi_get_value_string_latin1(env, argv[i], strings[i], n + 1, &n);
			a[i] = (long)strings[i];
		} else if (type == napi_object) {
			size_t n;
			a[i] = (long)bytes(env, argv[i], &n);
		}
	}
	long r = checked(syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
	for (int i = 0; i < 7; i++)
		free(strings[i]);
	return result(env, r);
}

/* arena(size): reserves the arena and returns it. Once per process. */
static napi_value reserve(napi_env env, napi_callback_info info)
{
	ARGS(1);
	size_t size = (size_t)number(env, argv[0]);
	napi_value buffer;
	if (arena)
		return result(env, -EBUSY);
	/* Slot-aligned, as contexts are. */
	uint8_t *p = mmap(NULL, size + SLOT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return result(env, -errno);
	p = (uint8_t *)(((uintptr_t)p + SLOT - 1) & ~(uintptr_t)(SLOT - 1));
	if (mmap(p, SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return result(env, -errno);
	madvise(p, size, MADV_DONTFORK);
	madvise(p, size, MADV_DONTDUMP);
	arena = p;
	words = (volatile int32_t *)p;
	if (napi_create_external_arraybuffer(env, arena, size, NULL, NULL, &buffer) != napi_ok)
		return result(env, -ENOMEM);
	return buffer;
}

/*
 * mapSlot(offset, length, fd): maps a memfd's start there. fd -1 takes the range out of use: private memory, so that the kernel
 * does not die of a last look at a stub that died while it was being answered.
 */
static napi_value map_slot(napi_env env, napi_callback_info info)
{
	ARGS(4);
	size_t offset = (size_t)number(env, argv[0]), length = (size_t)number(env, argv[1]);
	int fd = integer(env, argv[2]);
	void *p;
	if (fd >= 0)
		p = mmap(arena + offset, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)number(env, argv[3]));
	else
		p = mmap(arena + offset, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	return result(env, p == MAP_FAILED ? -errno : 0);
}

static napi_value wake(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return result(env, checked(futex_wake((volatile int32_t *)(arena + (uint32_t)number(env, argv[0])))));
}

static napi_value now(napi_env env, napi_callback_info info)
{
	(void)info;
	napi_value v;
	napi_create_double(env, now_ns(), &v);
	return v;
}

// ---- waiting

static int published_cpu = -1;

/*
 * wait(indices, count, spin, yield, deadlineNs, value, flags, placed): waits until one of the arena words whose index is in
 * `indices` differs from `value`, and returns its place; -1 at the deadline, -2 if one of `flags` is up. Spins `spin` rounds, yields
 * `yield` times, then sleeps on the doorbell; with NO_SLEEP it answers -3 instead. With PLACED the words are contexts' states,
 * whose guests say the CPU they run on: no spinning for one on the own CPU.
 */
#define PLACED 1
#define NO_SLEEP 2
static napi_value wait_words(napi_env env, napi_callback_info info)
{
	ARGS(8);
	size_t n;
	const int32_t *indices = bytes(env, argv[0], &n);
	int32_t count = integer(env, argv[1]), spin = integer(env, argv[2]), yield = integer(env, argv[3]);
	double deadline = number(env, argv[4]);
	int32_t value = integer(env, argv[5]), flags = integer(env, argv[6]), mode = integer(env, argv[7]);
	int asleep = 0;
	if (!indices || count < 0 || (size_t)count * 4 > n)
		return result(env, -EINVAL);
	int cpu = sched_getcpu();
	if (cpu != published_cpu) {
		published_cpu = cpu;
		words[KERNEL_CPU] = cpu;
	}
	for (int32_t i = 0; (mode & PLACED) && i < count; i++)
		if (words[indices[i] + CTX_CPU] >> 16 == cpu) {
			spin = 0;
			break;
		}
	for (;;) {
		for (int32_t i = 0; i < count; i++)
			if (__atomic_load_n(&words[indices[i]], __ATOMIC_ACQUIRE) != value) {
				if (asleep)
					__atomic_store_n(&words[ASLEEP], 0, __ATOMIC_RELAXED);
				return result(env, i);
			}
		if (__atomic_load_n(&words[FLAGS], __ATOMIC_ACQUIRE) & flags) {
			if (asleep)
				__atomic_store_n(&words[ASLEEP], 0, __ATOMIC_RELAXED);
			return result(env, -2);
		}
		if (spin > 0) {
			spin--;
			__builtin_ia32_pause();
			continue;
		}
		double at = now_ns(), left = deadline - at;
		if (left <= 0) {
			__atomic_store_n(&words[ASLEEP], 0, __ATOMIC_RELAXED);
			return result(env, -1);
		}
		if (yield > 0) {
			yield--;
			sched_yield();
			/* Somebody else ran: the CPU is wanted, so stop burning it. */
			if (now_ns() - at > CONTENDED_NS)
				yield = 0;
			continue;
		}
		if (mode & NO_SLEEP)
			return result(env, -3);
		if (!asleep) {
			/* Said first, looked again, then slept; and whoever rings in between rings again (ring() in the stub). */
			asleep = 1;
			__atomic_store_n(&words[ASLEEP], 1, __ATOMIC_SEQ_CST);
			continue;
		}
		struct timespec t, *timeout = NULL;
		if (left < 1e18) {
			t.tv_sec = (time_t)(left / 1e9);
			t.tv_nsec = (long)(left - (double)t.tv_sec * 1e9);
			timeout = &t;
		}
		syscall(SYS_futex, &words[ASLEEP], FUTEX_WAIT, 1, timeout, NULL, 0);
		__atomic_store_n(&words[ASLEEP], 0, __ATOMIC_RELAXED);
		asleep = 0;
	}
}

/* vmRead(pid, addr, array, offset, length), vmWrite: process_vm_readv and _writev of one range. */
static napi_value vm(napi_env env, napi_callback_info info, int write)
{
	ARGS(5);
	size_t n;
	uint8_t *data = bytes(env, argv[2], &n);
	size_t offset = (size_t)number(env, argv[3]), length = (size_t)number(env, argv[4]);
	if (!data || offset > n || length > n - offset)
		return result(env, -EINVAL);
	struct iovec here = { data + offset, length }, there = { (void *)(uintptr_t)number(env, argv[1]), length };
	pid_t pid = integer(env, argv[0]);
	long r = write ? process_vm_writev(pid, &here, 1, &there, 1, 0) : process_vm_readv(pid, &here, 1, &there, 1, 0);
	return result(env, checked(r));
}
static napi_value vm_read(napi_env env, napi_callback_info info) { return vm(env, info, 0); }
static napi_value vm_write(napi_env env, napi_callback_info info) { return vm(env, info, 1); }

/* read(fd, array, offset, length, position), write: position -1 for the descriptor's own. */
static napi_value file(napi_env env, napi_callback_info info, int write)
{
	ARGS(5);
	size_t n;
	uint8_t *data = bytes(env, argv[1], &n);
	size_t offset = (size_t)number(env, argv[2]), length = (size_t)number(env, argv[3]);
	double position = number(env, argv[4]);
	int fd = integer(env, argv[0]);
	long r;
	if (!data || offset > n || length > n - offset)
		return result(env, -EINVAL);
	if (position < 0)
		r = write ? syscall(SYS_write, fd, data + offset, length) : syscall(SYS_read, fd, data + offset, length);
	else
		r = write ? pwrite(fd, data + offset, length, (off_t)position) : pread(fd, data + offset, length, (off_t)position);
	return result(env, checked(r));
}
static napi_value file_read(napi_env env, napi_callback_info info) { return file(env, info, 0); }
static napi_value file_write(napi_env env, napi_callback_info info) { return file(env, info, 1); }

/* sendFd(socket, fd): one byte with one descriptor. */
static napi_value send_fd(napi_env env, napi_callback_info info)
{
	ARGS(2);
	char byte = 0;
	union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = integer(env, argv[1]);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return result(env, checked(sendmsg(integer(env, argv[0]), &m, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

/*
 * receive(socket, bytes, fds, flags): one message and the descriptors that came with it, which are put into `fds` from index 1
 * on, their number into fds[0]. What does not fit is closed by the host.
 */
static napi_value receive(napi_env env, napi_callback_info info)
{
	ARGS(4);
	size_t length = 0, room = 0;
	struct iovec iov = { .iov_base = bytes(env, argv[1], &length) };
	int32_t *fds = bytes(env, argv[2], &room);
	union { struct cmsghdr align; char space[CMSG_SPACE(64 * sizeof(int))]; } control;
	if (!iov.iov_base || !fds || room < sizeof(int32_t))
		return result(env, -EINVAL);
	iov.iov_len = length;
	room = room / sizeof(int32_t) - 1;
	if (room > 64)
		room = 64;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room ? &control : NULL, .msg_controllen = room ? CMSG_SPACE(room * sizeof(int)) : 0 };
	long n = checked(recvmsg(integer(env, argv[0]), &m, MSG_CMSG_CLOEXEC | integer(env, argv[3])));
	fds[0] = 0;
	if (n < 0)
		return result(env, n);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		const int *sent = (const int *)CMSG_DATA(c);
		for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			if ((size_t)fds[0] < room)
				fds[++fds[0]] = sent[i];
			else
				close(sent[i]);
		}
	}
	return result(env, n);
}

// ---- the zygote

struct zygote { int stub, fds[3], favoured, error; };

/* Runs in a copy of our descriptors but in our memory, while the calling thread waits. */
static int zygote_main(void *arg)
{
	struct zygote *z = arg;
	int fd[4];
	char *argv[] = { "belljar-stub", NULL }, *envp[] = { NULL };
	sigset_t none;
	/* Its own process group: no terminal signals, and the kernel can wait for stubs alone. */
	setpgid(0, 0);
	personality(ADDR_NO_RANDOMIZE);
	if (z->favoured)
		setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + KERNEL_FAVOUR);
	for (int i = 0; i < 4; i++)
		if ((fd[i] = fcntl(i < 3 ? z->fds[i] : z->stub, F_DUPFD, 100)) < 0)
			goto fail;
	if (dup2(fd[0], 0) < 0 || dup2(fd[1], 3) < 0 || dup2(fd[2], 4) < 0 || dup3(fd[3], 5, O_CLOEXEC) < 0)
		goto fail;
	close(1);
	close(2);
	syscall(SYS_close_range, 6, ~0u, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, 5, "", argv, envp, AT_EMPTY_PATH);
fail:
	z->error = errno;
	_exit(127);
}

/* zygote(stubFd, socket, processMemfd, globalMemfd): its pid, which is also the process group of all stubs. */
static napi_value zygote(napi_env env, napi_callback_info info)
{
	ARGS(4);
	struct zygote z = { integer(env, argv[0]), { integer(env, argv[1]), integer(env, argv[2]), integer(env, argv[3]) }, 0, 0 };
	const char *favoured = getenv("BELLJAR_FAVOURED");
	z.favoured = favoured && favoured[0] == '1';
	const size_t size = 64 << 10;
	struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_NOCLDSTOP };
	sigset_t all, old;
	sigaction(SIGCHLD, &action, &other_child_action);
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		return result(env, -errno);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	long r = checked(clone(zygote_main, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, &z));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	munmap(stack, size);
	return result(env, z.error ? -z.error : r);
}

// ---- host descriptors

/* Sleeps in epoll for the kernel, rings its doorbell, and waits until the kernel has looked (by a token). */
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_go = PTHREAD_COND_INITIALIZER;
static int watch_seen;

static void *watcher(void *arg)
{
	(void)arg;
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		struct epoll_event e;
		/* Level-triggered: it only says that there is something; the kernel's thread collects. */
		int n = epoll_wait(watch_epoll, &e, 1, -1);
		if (n < 1)
			continue;
		pthread_mutex_lock(&watch_lock);
		watch_seen = 0;
		raise_flag(FLAG_WATCH);
		while (!watch_seen)
			pthread_cond_wait(&watch_go, &watch_lock);
		pthread_mutex_unlock(&watch_lock);
	}
	return NULL;
}

/* watch(op, fd, events): epoll_ctl; the watcher starts with the first. */
static napi_value watch(napi_env env, napi_callback_info info)
{
	ARGS(3);
	if (watch_epoll < 0) {
		pthread_t thread;
		watch_epoll = epoll_create1(EPOLL_CLOEXEC);
		if (watch_epoll < 0)
			return result(env, -errno);
		if (pthread_create(&thread, NULL, watcher, NULL))
			return result(env, -EAGAIN);
		pthread_detach(thread);
	}
	struct epoll_event e = { .events = (uint32_t)number(env, argv[2]), .data.fd = integer(env, argv[1]) };
	return result(env, checked(epoll_ctl(watch_epoll, integer(env, argv[0]), e.data.fd, &e)));
}

/* collect(array): pairs of descriptor and events that are ready now; their number. */
static napi_value collect(napi_env env, napi_callback_info info)
{
	ARGS(1);
	size_t n;
	int32_t *out = bytes(env, argv[0], &n);
	struct epoll_event e[32];
	int max = out ? (int)(n / 8) : 0;
	if (watch_epoll < 0 || max < 1)
		return result(env, 0);
	int got = epoll_wait(watch_epoll, e, max < 32 ? max : 32, 0);
	for (int i = 0; i < got; i++) {
		out[2 * i] = e[i].data.fd;
		out[2 * i + 1] = (int32_t)e[i].events;
	}
	return result(env, checked(got));
}

/* rearm(): lets the watcher sleep in epoll again. */
static napi_value rearm(napi_env env, napi_callback_info info)
{
	(void)info;
	pthread_mutex_lock(&watch_lock);
	watch_seen = 1;
	pthread_cond_signal(&watch_go);
	pthread_mutex_unlock(&watch_lock);
	return result(env, 0);
}

static napi_value init(napi_env env, napi_value exports)
{
	static const struct { const char *name; napi_callback f; } all[] = {
		{ "call", call }, { "arena", reserve }, { "mapSlot", map_slot }, { "wake", wake }, { "now", now },
		{ "wait", wait_words }, { "vmRead", vm_read }, { "vmWrite", vm_write }, { "read", file_read },
		{ "write", file_write }, { "sendFd", send_fd }, { "zygote", zygote }, { "watch", watch },
		{ "collect", collect }, { "rearm", rearm }, { "receive", receive },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		napi_value f;
		napi_create_function(env, all[i].name, NAPI_AUTO_LENGTH, all[i].f, NULL, &f);
		napi_set_named_property(env, exports, all[i].name, f);
	}
	return exports;
}

NAPI_MODULE(belljar, init)
