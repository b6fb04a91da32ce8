// Threads and futexes: wait, wake, bitsets, requeue, wake_op, time-outs, robust lists, thread ids, thread exit.
#include "check.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

static long futex(int *w, int op, int val, const void *arg4, int *w2, int val3) { return syscall(SYS_futex, w, op, val, arg4, w2, val3); }
static int word, word2;

struct waiter { pthread_t t; int *word; int op, val, val3; struct timespec *limit; long result; int error; pid_t tid; };
static void *wait_thread(void *arg) {
    struct waiter *w = arg;
    __atomic_store_n(&w->tid, gettid(), __ATOMIC_SEQ_CST);
    w->result = futex(w->word, w->op, w->val, w->limit, 0, w->val3);
    w->error = errno;
    return 0;
}
static void start(struct waiter *w, int *address, int op, int val3) {
    *w = (struct waiter){.word = address, .op = op, .val3 = val3};
    NEED(pthread_create(&w->t, 0, wait_thread, w) == 0);
    while (!__atomic_load_n(&w->tid, __ATOMIC_SEQ_CST)) sched_yield();
    EQ(wait_state(w->tid, 'S'), 0);
    sleep_ms(5);
}

CASE(wait_value_differs) {
    word = 1;
    ERR(futex(&word, FUTEX_WAIT, 0, 0, 0, 0), EAGAIN);
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0), EAGAIN);
    ERR(futex(&word, FUTEX_WAIT_BITSET, 0, 0, 0, 0), EINVAL);
}
CASE(wait_times_out) {
    struct timespec t = {0, 30000000}, past = {1, 0}, bad = {0, 1000000000}, negative = {-1, 0};
    double a = now_ms();
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &t, 0, 0), ETIMEDOUT);
    CHECK(now_ms() - a >= 29.9);
    ERR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &past, 0, -1), ETIMEDOUT);
    ERR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &past, 0, -1), ETIMEDOUT);
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &bad, 0, 0), EINVAL);
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &negative, 0, 0), EINVAL);
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 30000000;
    if (t.tv_nsec >= 1000000000) { t.tv_nsec -= 1000000000; t.tv_sec++; }
    a = now_ms();
    ERR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t, 0, -1), ETIMEDOUT);
    CHECK(now_ms() - a >= 25);
}
CASE(bad_arguments) {
    ERR(futex(BAD, FUTEX_WAIT, 0, 0, 0, 0), EFAULT);
    ERR(futex((int *)((char *)&word + 1), FUTEX_WAIT, 0, 0, 0, 0), EINVAL);
    ERR(futex((int *)((char *)&word + 1), FUTEX_WAKE, 1, 0, 0, 0), EINVAL);
    ERR(futex(BAD, FUTEX_WAKE, 1, 0, 0, 0), EFAULT);
    EQ(futex(BAD, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 0); // a private address is a key only
    ERR(futex(&word, 99, 0, 0, 0, 0), ENOSYS);
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 0, BAD, 0, 0), EFAULT);
    ERR(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0), ENOSYS);
    ERR(futex(&word, FUTEX_REQUEUE, -1, 0, &word2, 0), EINVAL);
}
CASE(wake_counts) {
    struct waiter w[3];
    word = 0;
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 0);
    for (int i = 0; i < 3; i++) start(&w[i], &word, FUTEX_WAIT_PRIVATE, 0);
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 1);
    pthread_join(w[0].t, 0); // first come, first served
    EQ(w[0].result, 0);
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0, 0), 2);
    pthread_join(w[1].t, 0); pthread_join(w[2].t, 0);
    EQ(w[1].result, 0); EQ(w[2].result, 0);
}
CASE(bitsets_select) {
    struct waiter a, b;
    start(&a, &word, FUTEX_WAIT_BITSET_PRIVATE, 1);
    start(&b, &word, FUTEX_WAIT_BITSET_PRIVATE, 2);
    EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, 0, 0, 4), 0);
    EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, 0, 0, 2), 1);
    pthread_join(b.t, 0);
    ERR(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, 0, 0, 0), EINVAL);
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, 10, 0, 0, 0), 1);
    pthread_join(a.t, 0);
}
CASE(requeue_moves) {
    struct waiter w[3];
    word = word2 = 0;
    for (int i = 0; i < 3; i++) start(&w[i], &word, FUTEX_WAIT_PRIVATE, 0);
    ERR(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &word2, 5), EAGAIN);
    EQ(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &word2, 0), 2); // one woken, one moved
    EQ(futex(&word2, FUTEX_WAKE_PRIVATE, 10, 0, 0, 0), 1);
    EQ(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)10, &word2, 0), 1);
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, 10, 0, 0, 0), 0);
    EQ(futex(&word2, FUTEX_WAKE_PRIVATE, 10, 0, 0, 0), 1);
    for (int i = 0; i < 3; i++) pthread_join(w[i].t, 0);
}
CASE(wake_op_changes_and_compares) {
    struct waiter a, b;
    word = 0; word2 = 5;
    // old = word2; word2 += 3; wake word; and word2 too, if old == 5
    EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)), 0);
    EQ(word2, 8);
    word2 = 0;
    start(&a, &word, FUTEX_WAIT_PRIVATE, 0); start(&b, &word2, FUTEX_WAIT_PRIVATE, 0);
    EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_GT, 0)), 1);
    EQ(word2, 7);
    EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_XOR, 1, FUTEX_OP_CMP_LE, 7)), 1);
    EQ(word2, 6);
    EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP((FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_NE, 6)), 0);
    EQ(word2, 22);
    EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &word2, FUTEX_OP(FUTEX_OP_ANDN, 2, FUTEX_OP_CMP_LT, 0)), 0);
    EQ(word2, 20);
    pthread_join(a.t, 0); pthread_join(b.t, 0);
}
CASE(shared_over_fork) {
    int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t p = CHILD(EQ(futex(shared, FUTEX_WAIT, 0, 0, 0, 0), 0));
    EQ(wait_state(p, 'S'), 0);
    sleep_ms(20);
    EQ(futex(shared, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 0);
    EQ(futex(shared, FUTEX_WAKE, 1, 0, 0, 0), 1);
    EXITED(p, 0);
}
CASE(shared_over_a_file) {
    put("f", "12345678");
    int fd = OK(open("f", O_RDWR));
    int *a = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *b = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    *a = 0;
    pid_t p = CHILD(EQ(futex(a, FUTEX_WAIT, 0, 0, 0, 0), 0));
    EQ(wait_state(p, 'S'), 0);
    sleep_ms(20);
    EQ(futex(b, FUTEX_WAKE, 1, 0, 0, 0), 1); // the same page at another address
    EXITED(p, 0);
}
CASE(wait_is_interrupted) {
    handle(SIGUSR1, 0);
    pid_t k = signal_later(SIGUSR1, 50);
    struct timespec t = {5, 0};
    ERR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &t, 0, 0), EINTR);
    EXITED(k, 0);
    handle(SIGUSR1, SA_RESTART);
    k = signal_later(SIGUSR1, 30);
    t = (struct timespec){0, 100000000};
    double a = now_ms();
    long r = futex(&word, FUTEX_WAIT_PRIVATE, 0, &t, 0, 0);
    EQ(r, -1);
    // A relative wait restarts only when no handler ran: here it ends with EINTR at 30 ms, not at 100.
    EQ(errno, EINTR);
    CHECK(now_ms() - a < 95);
    EXITED(k, 0);
    EQ(caught, 2);
}
CASE(untimed_wait_restarts) {
    handle(SIGUSR1, SA_RESTART);
    struct waiter w;
    word = 0;
    sigset_t block;
    start(&w, &word, FUTEX_WAIT_PRIVATE, 0);
    sigemptyset(&block); sigaddset(&block, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &block, 0);
    OK(syscall(SYS_tgkill, getpid(), w.tid, SIGUSR1));
    while (!caught) sleep_ms(1);
    sleep_ms(20);
    EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 1); // it waits again
    pthread_join(w.t, 0);
    EQ(w.result, 0);
}
static void *tid_thread(void *arg) { *(pid_t *)arg = gettid(); return (void *)(intptr_t)getpid(); }
CASE(thread_ids) {
    pthread_t t;
    pid_t tid = 0;
    void *pid;
    EQ(gettid(), getpid());
    NEED(pthread_create(&t, 0, tid_thread, &tid) == 0);
    pthread_join(t, &pid);
    EQ((intptr_t)pid, getpid());
    CHECK(tid != getpid() && tid > 0);
    ERR(syscall(SYS_tgkill, getpid(), tid, 0), ESRCH);
    ERR(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL);
    ERR(syscall(SYS_tgkill, 1, gettid(), 0), ESRCH);
    OK(syscall(SYS_tkill, gettid(), 0));
}
static char stack[65536] __attribute__((aligned(64)));
static int bare(void *arg) { *(volatile int *)arg = 1; while (*(volatile int *)arg != 2) { } return 0; }
CASE(clear_child_tid_wakes) {
    static int flag;
    static pid_t ctid, ptid;
    flag = 0;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    pid_t tid = clone(bare, stack + sizeof stack, flags, &flag, &ptid, 0, &ctid);
    CHECK(tid > 0);
    while (!__atomic_load_n(&flag, __ATOMIC_SEQ_CST)) sched_yield();
    EQ(ctid, tid); EQ(ptid, tid);
    __atomic_store_n(&flag, 2, __ATOMIC_SEQ_CST);
    pid_t seen;
    while ((seen = __atomic_load_n(&ctid, __ATOMIC_SEQ_CST)) != 0) futex(&ctid, FUTEX_WAIT, seen, 0, 0, 0);
    EQ(ctid, 0);
    ERR(waitpid(tid, 0, __WALL), ECHILD); // threads are not waited for
}
static struct robust_list_head head;
static struct { struct robust_list list; int word; } node;
static void *die_holding(void *arg) {
    head.list.next = &node.list;
    head.futex_offset = offsetof(__typeof__(node), word) - offsetof(__typeof__(node), list);
    node.list.next = &head.list;
    syscall(SYS_set_robust_list, &head, sizeof head);
    node.word = gettid() | (arg ? FUTEX_WAITERS : 0);
    syscall(SYS_exit, 0);
    return 0;
}
CASE(robust_list_marks_the_dead) {
    pthread_t t;
    node.word = 0;
    NEED(pthread_create(&t, 0, die_holding, (void *)1) == 0);
    for (int i = 0; i < 500 && !(__atomic_load_n(&node.word, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED); i++) sleep_ms(2);
    EQ(node.word & FUTEX_OWNER_DIED, FUTEX_OWNER_DIED);
    EQ(node.word & FUTEX_TID_MASK, 0);
    ERR(syscall(SYS_set_robust_list, &head, 5), EINVAL);
    void *got = 0;
    size_t size = 0;
    OK(syscall(SYS_get_robust_list, 0, &got, &size));
    EQ(size, sizeof head);
    ERR(syscall(SYS_get_robust_list, 999999, &got, &size), ESRCH);
}
CASE(robust_mutex_of_glibc) {
    struct shared { pthread_mutex_t m; } *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->m, &a);
    EXITED(CHILD(EQ(pthread_mutex_lock(&s->m), 0)), 0);
    EQ(pthread_mutex_lock(&s->m), EOWNERDEAD);
    EQ(pthread_mutex_consistent(&s->m), 0);
    EQ(pthread_mutex_unlock(&s->m), 0);
    EQ(pthread_mutex_lock(&s->m), 0);
}
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long total;
static int turn;
static void *adder(void *arg) { for (int i = 0; i < 20000; i++) { pthread_mutex_lock(&mutex); total++; pthread_mutex_unlock(&mutex); } return arg; }
CASE_LIMIT(mutex_contention, 30) {
    pthread_t t[4];
    total = 0;
    for (int i = 0; i < 4; i++) NEED(pthread_create(&t[i], 0, adder, 0) == 0);
    for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
    EQ(total, 80000);
}
static void *ponger(void *arg) {
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != 1) pthread_cond_wait(&cond, &mutex);
        turn = 0;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}
CASE_LIMIT(condition_variables, 30) {
    pthread_t t;
    NEED(pthread_create(&t, 0, ponger, 0) == 0);
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != 0) pthread_cond_wait(&cond, &mutex);
        turn = 1;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    pthread_join(t, 0);
    struct timespec past = {1, 0};
    pthread_mutex_lock(&mutex);
    EQ(pthread_cond_timedwait(&cond, &mutex, &past), ETIMEDOUT);
}
static void *sleeper(void *arg) { for (;;) pause(); return arg; }
CASE(exit_group_ends_all_threads) {
    EXITED(CHILD({ pthread_t t; for (int i = 0; i < 5; i++) pthread_create(&t, 0, sleeper, 0); _exit(17); }), 17);
    KILLED(CHILD({ pthread_t t; for (int i = 0; i < 5; i++) pthread_create(&t, 0, sleeper, 0); sleep_ms(10); kill(getpid(), SIGTERM); pause(); }), SIGTERM);
}
static void *late_exit(void *arg) { sleep_ms(50); _exit(21); return arg; }
CASE(leader_may_leave_first) {
    pid_t p = CHILD({ pthread_t t; pthread_create(&t, 0, late_exit, 0); syscall(SYS_exit, 3); });
    EXITED(p, 21);
    p = CHILD({ pthread_t t; pthread_create(&t, 0, sleeper, 0); syscall(SYS_exit, 3); });
    EQ(wait_state(p, 'Z'), 0);
    EQ(waitpid(p, 0, WNOHANG), 0); // a zombie leader with a live thread is not reaped
    kill(p, SIGKILL);
    KILLED(p, SIGKILL);
}
static void *nested_fork(void *arg) { EXITED(CHILD({ EQ(gettid(), getpid()); _exit(4); }), 4); return arg; }
CASE(fork_in_a_thread) {
    pthread_t t;
    NEED(pthread_create(&t, 0, nested_fork, 0) == 0);
    pthread_join(t, 0);
    EQ(status_field("Threads:"), 1);
}
static void *late_child(void *arg) { *(pid_t *)arg = CHILD(_exit(9)); return 0; }
CASE(any_thread_may_wait_for_a_child) {
    pthread_t t;
    pid_t p = 0;
    NEED(pthread_create(&t, 0, late_child, &p) == 0);
    pthread_join(t, 0);
    EXITED(p, 9);
}
static void *cancelled(void *arg) { for (;;) { char c; if (read((int)(intptr_t)arg, &c, 1)) break; } return 0; }
CASE(pthread_cancel_in_read) {
    int pp[2];
    OK(pipe(pp));
    pthread_t t;
    void *r;
    NEED(pthread_create(&t, 0, cancelled, (void *)(intptr_t)pp[0]) == 0);
    sleep_ms(30);
    EQ(pthread_cancel(t), 0);
    EQ(pthread_join(t, &r), 0);
    CHECK(r == PTHREAD_CANCELED);
}
CASE_LIMIT(many_threads, 30) {
    pthread_t t[64];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 64; i++) NEED(pthread_create(&t[i], 0, round ? adder : tid_thread, &word2) == 0);
        for (int i = 0; i < 64; i++) EQ(pthread_join(t[i], 0), 0);
        if (round) break;
    }
}
CASE(thread_local_storage_and_names) {
    static __thread int mine = 5;
    mine++;
    EQ(mine, 6);
    char name[16];
    EQ(pthread_setname_np(pthread_self(), "renamed"), 0);
    EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    STR(name, "renamed");
    STR(slurp("/proc/self/comm"), "renamed\n");
}
TEST_MAIN
