/*
 * The stub's C part: signals, posting an event to the kernel, waiting for the answer, and copying what travels with it.
 *
 * Runs on guest threads under the guest's seccomp filter. Guests can write every page it writes, and can jump here with
 * any registers: nothing in this file protects the host or the kernel. The filter does, and the kernel's own checks.
 * Built without vector instructions and without libc.
 */
#include <stddef.h>
#include <stdint.h>
#include "layout.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

#define SYS_mmap 9
#define SYS_sched_yield 24
#define SYS_exit 60
#define SYS_arch_prctl 158
#define SYS_futex 202
#define CONTENDED_CYCLES 15000
#define EARLY_SPIN 200
#define RING_NAP_NS 50000
/* Wake-ups are for all who sleep there, so that nobody takes another's: a guest that should not be there, a slot's former thread. */
#define EVERYBODY 0x7fffffff

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11, SIGSYS = 31 };
enum { R8, R9, R10, R11, R12, R13, R14, R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP, EFL, CSGSFS, ERR, TRAPNO, OLDMASK, CR2, NREG };

struct ucontext {
	u64 flags, link;
	u64 ss_sp, ss_flags, ss_size;
	u64 reg[NREG];
	u8 *fpstate;
};
struct siginfo {
	int signo, err, code, pad;
	union { u64 addr; struct { u64 call_addr; int nr; u32 arch; } sys; };
};
struct span { u64 addr; u32 length, offset; };
struct carry { u8 kind, arg, length_arg, shift; u32 size; };

#define F32(c, at) (*(volatile u32 *)((u8 *)(c) + (at)))
#define F64(c, at) (*(volatile u64 *)((u8 *)(c) + (at)))
#define REG(c, n) F64(c, C_REGS + 8 * (n))
#define GLOBAL ((u8 *)GLOBAL_BASE)

extern char start_trap[], frame_trap[], patched_self[], exit_check[], exit_end[];
extern char copy_start[], copy_end[], copy_fault[], string_start[], string_end[], string_fault[];
u64 copy_bytes(void *to, const void *from, u64 n);
u64 copy_string(void *to, const void *from, u64 max);
i64 host_call(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);

static inline u32 exchange(volatile u32 *p, u32 v) { return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); }
static inline i64 futex(volatile u32 *word, int op, u32 value) { return host_call(SYS_futex, (u64)word, (u64)op, value, 0, 0, 0); }

/*
 * Wakes the kernel if it sleeps. Guests cannot write the doorbell's page, so ringing does not change the word, and a
 * kernel that has looked and is about to sleep would miss a single ring: it is rung until somebody was woken.
 */
static void ring(volatile u32 *posted)
{
	/* Mostly nobody was woken because somebody else just did: it then takes a while until the kernel runs. */
	for (u32 pauses = 64; F32(GLOBAL, G_ASLEEP) && futex(&F32(GLOBAL, G_ASLEEP), 1, EVERYBODY) <= 0; pauses <<= pauses < 4096) {
		for (u32 i = 0; i < pauses; i++) {
			if (!F32(GLOBAL, G_ASLEEP) || *posted != S_POSTED)
				return;
			__builtin_ia32_pause();
		}
		/* Not a yield, which on a busy CPU gives away a whole turn. */
		struct { i64 seconds, nanoseconds; } nap = { 0, RING_NAP_NS };
		if (pauses >= 4096)
			host_call(SYS_futex, (u64)posted, 0, S_POSTED, (u64)&nap, 0, 0);
	}
}

/* Waits until the kernel answers: spins, yields, then sleeps on its bell, which the kernel changes before it wakes. */
static void wait_for_answer(u8 *c)
{
	volatile u32 *state = &F32(c, C_STATE);
	volatile u32 *bell = &F32(GLOBAL, G_BELLS + 4 * (F32(c, C_SLOT) & (G_BELLS_MAX - 1)));
	u32 spin = F32(GLOBAL, G_SPIN), yield = F32(GLOBAL, G_YIELD);
	if (F32(GLOBAL, G_CPU) == F32(c, C_ITEM_COUNT) >> 16)
		spin = 0;
	for (;;) {
		u32 s = *state;
		if (s == S_RUN)
			return;
		if (s == S_POSTED && spin) {
			spin--;
			__builtin_ia32_pause();
		} else if (s == S_POSTED && yield) {
			u64 from = __builtin_ia32_rdtsc();
			host_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
			/* Others ran meanwhile: who yields among them comes last, who sleeps is woken in time. */
			yield = __builtin_ia32_rdtsc() - from > CONTENDED_CYCLES ? 0 : yield - 1;
		} else if (s == S_ASLEEP) {
			u32 rung = *bell;
			if (*state != S_ASLEEP)
				continue;
			futex(bell, 0, rung);
			/* Who wakes us is often a little ahead of the answer. */
			for (int i = 0; i < EARLY_SPIN && *state == S_ASLEEP; i++)
				__builtin_ia32_pause();
		} else {
			u64 other = F64(c, C_WAKE);
			if (s == S_PARKED && other) {
				F64(c, C_WAKE) = 0;
				futex((volatile u32 *)other, 1, EVERYBODY);
				continue;
			}
			/* Whoever else sleeps on the doorbell may have been woken in the kernel's place. */
			if (s == S_POSTED)
				ring(state);
			__atomic_compare_exchange_n(state, &s, S_ASLEEP, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		}
	}
}

/* The CPU this runs on: the limit of the segment that Linux keeps for it. */
static inline u32 this_cpu(void)
{
	u32 limit;
	__asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(0x7b));
	return limit & 0xfff;
}

static void post_and_wait(u8 *c)
{
	F32(c, C_ITEM_COUNT) = (F32(c, C_ITEM_COUNT) & 0xffff) | this_cpu() << 16;
	exchange(&F32(c, C_STATE), S_POSTED);
	ring(&F32(c, C_STATE));
	wait_for_answer(c);
}

/* Copies what this call surely needs next to it, as the read-only table says. A fault leaves the item out. */
static void carry_in(u8 *c, u32 nr)
{
	u32 count = 0, used = 0;
	F32(c, C_ITEM_COUNT) = 0;
	if (nr >= G_CARRY_MAX)
		return;
	const struct carry *k = (const struct carry *)(GLOBAL + G_CARRY) + 2 * nr;
	struct span *items = (struct span *)(c + C_ITEMS);
	for (int i = 0; i < 2 && k[i].kind; i++) {
		u64 addr = F64(c, C_ARGS + 8 * k[i].arg);
		u64 want = k[i].size, got = 0;
		u8 *to = c + C_CARRY + used;
		u64 room = C_CARRY_SIZE - used;
		if (addr == 0)
			continue;
		if (k[i].kind == 1) {
			got = copy_string(to, (void *)addr, want < room ? want : room);
			if (!got)
				continue;
		} else if (k[i].kind == 4) {
			/* A futex word, with the sequence number it is good for. */
			F32(c, C_WORD_SEQ) = F32(GLOBAL, G_FUTEX_SEQ);
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			if (copy_bytes(to, (void *)addr, 4))
				continue;
			got = 4;
		} else {
			if (k[i].kind == 2) {
				u64 n = F64(c, C_ARGS + 8 * k[i].length_arg);
				if (n == 0 || n > want || (n <<= k[i].shift) > want)
					continue;
				want = n;
			} else if (k[i].kind == 3) {
				/* An array of iovecs, each `size` bytes at most in all. */
				u64 n = F64(c, C_ARGS + 8 * k[i].length_arg);
				if (n == 0 || n > 4)
					continue;
				want = n * 16;
			}
			if (want > room || copy_bytes(to, (void *)addr, want))
				continue;
			got = want;
		}
		items[count].addr = addr;
		items[count].length = (u32)got;
		items[count].offset = C_CARRY + used;
		count++;
		used += (u32)((got + 15) & ~15ull);
		if (k[i].kind == 3) {
			const u64 *iov = (const u64 *)to;
			for (u64 j = 0; j < want / 16; j++) {
				u64 base = iov[2 * j], n = iov[2 * j + 1];
				if (n == 0 || n > k[i].size || used + n > C_CARRY_SIZE || count == C_ITEM_MAX)
					break;
				if (copy_bytes(c + C_CARRY + used, (void *)base, n))
					break;
				items[count].addr = base;
				items[count].length = (u32)n;
				items[count].offset = C_CARRY + used;
				count++;
				used += (u32)((n + 15) & ~15ull);
			}
		}
	}
	F32(c, C_ITEM_COUNT) = count;
}

/* Does what the kernel's answer asks for besides the result; returns the result. */
static i64 act(u8 *c, u32 action)
{
	i64 result = (i64)F64(c, C_RESULT);
	if (action & A_REPLY) {
		u32 n = F32(c, C_REPLY_COUNT);
		struct span *s = (struct span *)(c + C_REPLIES);
		for (u32 i = 0; i < n && i < C_REPLY_MAX; i++)
			if (copy_bytes((void *)s[i].addr, c + s[i].offset, s[i].length)) {
				result = (i64)F64(c, C_ON_FAULT);
				break;
			}
	}
	if (action & A_MEM) {
		u64 nr = F32(c, C_MEM_NR);
		i64 r = host_call(nr, F64(c, C_MEM_ARGS), F64(c, C_MEM_ARGS + 8), F64(c, C_MEM_ARGS + 16), F64(c, C_MEM_ARGS + 24), (u64)-1, 0);
		if (r < 0 && r >= -4095 && !(action & A_QUIET))
			result = r;
	}
	if (action & A_FS)
		host_call(SYS_arch_prctl, ARCH_SET_FS, F64(c, C_FS_BASE), 0, 0, 0, 0);
	if (action & A_EXIT) {
		u64 clear = F64(c, C_EXIT_CLEAR);
		u32 zero = 0;
		if (clear)
			copy_bytes((void *)clear, &zero, 4);
		for (;;)
			host_call(SYS_exit, 0, 0, 0, 0, 0, 0);
	}
	return result;
}

/* Called by patched_entry with the registers saved. 0: go back to the guest; 1: trap for a full frame first. */
u32 patched_call(u8 *c)
{
	u32 nr = F32(c, C_NR);
	carry_in(c, nr);
	post_and_wait(c);
	u32 action = F32(c, C_EVENT);
	if (action == 0) {
		REG(c, RAX) = F64(c, C_RESULT);
		return 0;
	}
	REG(c, RAX) = (u64)act(c, action);
	if (action & A_FRAME) {
		F32(c, C_FRAME_FLAGS) = EV_FRAME;
		return 1;
	}
	return 0;
}

static inline int inside(u64 ip, char *from, char *to) { return ip >= (u64)from && ip < (u64)to; }

/* Every signal comes here, on the alternate stack inside the thread's context. */
__attribute__((used)) void on_signal(int sig, struct siginfo *info, struct ucontext *uc)
{
	u8 *c = (u8 *)((u64)__builtin_frame_address(0) & ~(u64)(CTX_SIZE - 1));
	u64 *reg = uc->reg;
	u64 ip = reg[RIP];
	u32 event;

	if (sig == INTERRUPT_SIGNAL) {
		if (ip >= TEXT_BASE && ip < TEXT_BASE + TEXT_SIZE) {
			F32(c, C_INTERRUPT) = 1;
			if (inside(ip, exit_check, exit_end))
				reg[RIP] = (u64)exit_check;
			return;
		}
		event = EV_INTERRUPT;
	} else if (sig == SIGSYS) {
		if (ip == (u64)frame_trap) {
			event = F32(c, C_FRAME_FLAGS) == EV_FRAME ? EV_FRAME : EV_INTERRUPT;
			F32(c, C_FRAME_FLAGS) = 0;
			reg[RAX] = REG(c, RAX);
			reg[RIP] = REG(c, RIP);
			reg[RCX] = REG(c, RIP);
		} else if (ip == (u64)start_trap) {
			event = 0;
		} else {
			u32 nr = (u32)info->sys.nr;
			u32 abi = 0;
			if (info->sys.arch != 0xc000003e)
				abi = 1;
			else if (nr != 0xffffffff && (nr & 0x40000000))
				abi = 2;
			else if ((info->sys.call_addr >> 12) == 0xffffffffff600)
				abi = 3;
			event = EV_SYSCALL | abi << 8;
			F32(c, C_NR) = nr;
			F64(c, C_ARGS) = reg[RDI];
			F64(c, C_ARGS + 8) = reg[RSI];
			F64(c, C_ARGS + 16) = reg[RDX];
			F64(c, C_ARGS + 24) = reg[R10];
			F64(c, C_ARGS + 32) = reg[R8];
			F64(c, C_ARGS + 40) = reg[R9];
			carry_in(c, nr);
		}
	} else {
		if (inside(ip, copy_start, copy_end)) {
			reg[RIP] = (u64)copy_fault;
			return;
		}
		if (inside(ip, string_start, string_end)) {
			reg[RIP] = (u64)string_fault;
			return;
		}
		if (ip == (u64)patched_self) {
			/* The guest loaded a GS selector: the base is ours again, and the entry can go on. */
			u64 now = 0;
			host_call(SYS_arch_prctl, ARCH_GET_GS, (u64)&now, 0, 0, 0, 0);
			if (now != (u64)c) {
				host_call(SYS_arch_prctl, ARCH_SET_GS, (u64)c, 0, 0, 0, 0);
				return;
			}
		}
		event = EV_FAULT;
		F32(c, C_SIGNAL) = (u32)sig;
		F32(c, C_SIG_CODE) = (u32)info->code;
		F64(c, C_SIG_ADDR) = info->addr;
	}

	F32(c, C_FP_OFFSET) = (u32)((u64)uc->fpstate - (u64)c);
	if (event != 0)
		F32(c, C_INTERRUPT) = 0;
again:
	if (event == 0) {
		/* A new thread: the kernel counts it as posted already, and may even have answered. */
		ring(&F32(c, C_STATE));
		wait_for_answer(c);
	} else {
		for (int i = 0; i < NREG; i++)
			REG(c, i) = reg[i];
		F32(c, C_EVENT) = event;
		post_and_wait(c);
	}
	u32 action = F32(c, C_EVENT);
	i64 result = act(c, action);
	if (action & A_REGS) {
		for (int i = 0; i <= EFL; i++)
			reg[i] = REG(c, i);
	} else if ((event & 0xff) == EV_SYSCALL || (event & 0xff) == EV_FRAME) {
		/* EV_FRAME too: a patched call that needed a frame first is answered here. */
		reg[RAX] = (u64)result;
	}
	if (action & A_FP) {
		u32 size = F32(c, C_FP + 464 + 4);
		if (size <= C_FP_SIZE)
			copy_bytes(uc->fpstate, c + C_FP, size);
	}
	/* Set by the kernel for a thread that it could not signal yet. */
	if (F32(c, C_INTERRUPT)) {
		F32(c, C_INTERRUPT) = 0;
		event = EV_INTERRUPT;
		goto again;
	}
}
