// Futexes beyond wait and wake: PI locks, requeue to a PI lock, vectors, and the calls of their own (futex2).
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef FUTEX2_SIZE_U32
#define FUTEX2_SIZE_U32 2
#endif
#define FUTEX2_PRIV 128
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define SYS_futex_wake_ 454
#define SYS_futex_wait_ 455
#define SYS_futex_requeue_ 456

struct waitv { uint64_t val, uaddr; uint32_t flags, reserved; };
static uint32_t word, word2;
static long futex(void *a, int op, unsigned v, const void *t, void *a2, unsigned v3) { return syscall(SYS_futex, a, op, v, t, a2, v3); }
static struct timespec in_ms(int clock, int ms) {
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += ms % 1000 * 1000000L;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

CASE(pi_lock_and_unlock) {
    int tid = gettid();
    word = 0;
    OK(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0));
    EQ(word, tid);
    ERR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0), EDEADLK);
    ERR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, 0, 0), EDEADLK);
    OK(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0));
    EQ(word, 0);
    ERR(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0), EPERM);
    word = 4194303;
    ERR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0), ESRCH);
}
static void *holds(void *arg) {
    NEED(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0) == 0);
    *(int *)arg = gettid();
    sleep_ms(100);
    NEED(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0) == 0);
    return 0;
}
CASE(pi_lock_waits_and_times_out) {
    pthread_t t;
    volatile int owner = 0;
    word = 0;
    NEED(pthread_create(&t, 0, holds, (void *)&owner) == 0);
    while (!owner) sleep_ms(1);
    ERR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, 0, 0), EAGAIN);
    struct timespec at = in_ms(CLOCK_REALTIME, 20);
    ERR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &at, 0, 0), ETIMEDOUT);
    at = in_ms(CLOCK_MONOTONIC, 20);
    ERR(futex(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &at, 0, 0), ETIMEDOUT);
    OK(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0));
    EQ(word & FUTEX_TID_MASK, gettid());
    OK(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0));
    pthread_join(t, 0);
    EQ(word, 0);
}
static pthread_mutex_t pi;
static long total;
static void *adds(void *arg) { for (int i = 0; i < 2000; i++) { pthread_mutex_lock(&pi); total++; pthread_mutex_unlock(&pi); } return arg; }
CASE_LIMIT(pi_mutex_contention, 30) {
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&pi, &a);
    pthread_t t[3];
    for (int i = 0; i < 3; i++) NEED(pthread_create(&t[i], 0, adds, 0) == 0);
    for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
    EQ(total, 6000);
}
static void *dies_with_lock(void *arg) { pthread_mutex_lock(&pi); return arg; }
CASE(robust_pi_mutex) {
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&pi, &a);
    pthread_t t;
    NEED(pthread_create(&t, 0, dies_with_lock, 0) == 0);
    pthread_join(t, 0);
    EQ(pthread_mutex_lock(&pi), EOWNERDEAD);
    EQ(pthread_mutex_consistent(&pi), 0);
    EQ(pthread_mutex_unlock(&pi), 0);
    EQ(pthread_mutex_lock(&pi), 0);
}
static void *waits_for_requeue(void *arg) {
    long r = futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, 0, &word2, 0);
    *(long *)arg = r < 0 ? -errno : (word2 & FUTEX_TID_MASK) == (unsigned)gettid();
    futex(&word2, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0);
    return 0;
}
CASE(requeue_to_a_pi_lock) {
    long got[2] = {-1, -1};
    pthread_t t[2];
    word = 0; word2 = 0;
    for (int i = 0; i < 2; i++) NEED(pthread_create(&t[i], 0, waits_for_requeue, &got[i]) == 0);
    sleep_ms(60);
    OK(futex(&word2, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0));
    ERR(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 2, (void *)1, &word2, 0), EINVAL);
    ERR(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void *)1, &word2, 9), EAGAIN);
    EQ(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void *)10, &word2, 0), 2);
    OK(futex(&word2, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0));
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    EQ(got[0], 1); EQ(got[1], 1);
}
static void *wakes_second(void *arg) { sleep_ms(40); word2 = 1; futex(&word2, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); return arg; }
CASE(wait_for_several) {
    word = 0; word2 = 0;
    struct waitv v[2] = {{0, (uintptr_t)&word, FUTEX2_SIZE_U32 | FUTEX2_PRIV, 0}, {0, (uintptr_t)&word2, FUTEX2_SIZE_U32 | FUTEX2_PRIV, 0}};
    struct timespec at = in_ms(CLOCK_MONOTONIC, 20);
    if (syscall(SYS_futex_waitv, v, 2, 0, &at, CLOCK_MONOTONIC) < 0 && errno == ENOSYS) SKIP("no futex_waitv");
    EQ(errno, ETIMEDOUT);
    pthread_t t;
    NEED(pthread_create(&t, 0, wakes_second, 0) == 0);
    EQ(syscall(SYS_futex_waitv, v, 2, 0, 0, 0), 1);
    pthread_join(t, 0);
    ERR(syscall(SYS_futex_waitv, v, 2, 0, 0, 0), EAGAIN);
    ERR(syscall(SYS_futex_waitv, v, 0, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex_waitv, v, 129, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex_waitv, v, 1, 1, 0, 0), EINVAL);
    v[0].flags = 0;
    ERR(syscall(SYS_futex_waitv, v, 1, 0, 0, 0), EINVAL);
    v[0].flags = FUTEX2_SIZE_U32; v[0].uaddr = 8;
    ERR(syscall(SYS_futex_waitv, v, 1, 0, 0, 0), EFAULT);
}
CASE(calls_of_their_own) {
    int flags = FUTEX2_SIZE_U32 | FUTEX2_PRIV;
    word = 5; word2 = 0;
    if (syscall(SYS_futex_wake_, &word, ~0u, 1, flags) < 0 && errno == ENOSYS) SKIP("no futex_wake");
    ERR(syscall(SYS_futex_wait_, &word, 4, ~0u, flags, 0, 0), EAGAIN);
    struct timespec at = in_ms(CLOCK_MONOTONIC, 20);
    ERR(syscall(SYS_futex_wait_, &word, 5, ~0u, flags, &at, CLOCK_MONOTONIC), ETIMEDOUT);
    ERR(syscall(SYS_futex_wait_, &word, 5, 0, flags, 0, 0), EINVAL);
    ERR(syscall(SYS_futex_wait_, &word, 5, ~0u, 0, 0, 0), EINVAL);
    ERR(syscall(SYS_futex_wake_, &word, 0, 1, flags), EINVAL);
    pthread_t t;
    NEED(pthread_create(&t, 0, wakes_second, 0) == 0);
    EQ(syscall(SYS_futex_wait_, &word2, 0, ~0u, flags, 0, 0), 0);
    pthread_join(t, 0);
    struct waitv v[2] = {{5, (uintptr_t)&word, flags, 0}, {0, (uintptr_t)&word2, flags, 0}};
    EQ(syscall(SYS_futex_requeue_, v, 0, 1, 1), 0);
    v[0].val = 6;
    ERR(syscall(SYS_futex_requeue_, v, 0, 1, 1), EAGAIN);
}
TEST_MAIN
