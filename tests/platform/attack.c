/*
 * Hostile guest code, built as a flat binary and run without a kernel of ours around it (attack.test.ts). The entry
 * takes the scenario in rdi, and parameters in rsi and rdx.
 */
typedef unsigned long u64;
typedef unsigned int u32;

static inline long call(long nr, long a, long b, long c)
{
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}

static inline u64 next(u64 *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Writes random words all over [from, from + size), for ever; now and then a call. */
static void scribble(u64 from, u64 size)
{
	u64 s = 0x9e3779b97f4a7c15;
	for (u64 i = 0;; i++) {
		u64 r = next(&s);
		/* Mostly the first page of each context and the results, where the words that matter are. */
		u64 at = r & 0x8000 ? r % size : (r >> 20) % (size >> 16) * 0x10000 + (r & 0x3ff);
		if (at + 8 <= size)
			*(volatile u64 *)(from + (at & ~7ul)) = next(&s) & (r & 1 ? 7 : ~0ul);
		if (i % 4096 == 0)
			call(39, 0, 0, 0);
	}
}

/* Checks that what its kernel answers arrives; a wrong answer ends it with exit(1). */
static void witness(void)
{
	for (long i = 0;; i++)
		if (call(1000, i, ~i, 7) != i + 1)
			call(60, 1, 0, 0);
}

/* Changes a buffer that others pass to calls. */
static void race(volatile char *p)
{
	for (int i = 0; i < 100; i++)
		p[i] = 'y';
	p[100] = 0;
	for (;;) {
		p[1] = 0;
		for (int i = 0; i < 20; i++)
			__asm__ volatile("pause");
		p[1] = 'x';
	}
}

__attribute__((section(".text.first"))) void entry(u64 scenario, u64 a, u64 b)
{
	if (scenario == 0)
		scribble(a, b);
	if (scenario == 1)
		witness();
	if (scenario == 2)
		race((volatile char *)a);
	for (;;)
		call(2, (long)a, 0, 0);
}
