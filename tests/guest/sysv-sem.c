// System V semaphores: errno cases, atomicity, waiting, undo, permissions.
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/sem.h>

union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };
static int set = -1;
static void drop(void) { if (set >= 0) semctl(set, 0, IPC_RMID); }
static int make(int n) { set = semget(IPC_PRIVATE, n, 0600 | IPC_CREAT); NEED(set >= 0); return set; }
static int op(int id, int num, int by, int flags) { struct sembuf b = {num, by, flags}; return semop(id, &b, 1); }
static key_t fresh_key(void) { return 0x42000000 | (getpid() & 0xffffff); }

CASE(get_errors) {
    key_t k = fresh_key();
    ERR(semget(k, 1, 0), ENOENT);
    ERR(semget(k, 0, IPC_CREAT | 0600), EINVAL);
    ERR(semget(k, -1, IPC_CREAT | 0600), EINVAL);
    ERR(semget(k, 40000, IPC_CREAT | 0600), EINVAL);
    int id = set = OK(semget(k, 3, IPC_CREAT | IPC_EXCL | 0600));
    ERR(semget(k, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    EQ(semget(k, 3, 0600), id);
    EQ(semget(k, 0, 0), id);
    EQ(semget(k, 2, IPC_CREAT), id);
    ERR(semget(k, 4, 0), EINVAL);
    EXITED(CHILD({
        OK(setresgid(1000, 1000, 1000)); OK(setresuid(1000, 1000, 1000));
        ERR(semget(k, 3, 0600), EACCES);
        OK(semget(k, 3, 0));
        ERR(semctl(id, 0, GETVAL), EACCES);
        ERR(semctl(id, 0, SETVAL, (union semun){.val = 1}), EACCES);
        ERR(op(id, 0, 1, 0), EACCES);
        ERR(op(id, 0, 0, 0), EACCES);
        struct semid_ds ds;
        ERR(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}), EACCES);
        ERR(semctl(id, 0, IPC_RMID), EPERM);
        memset(&ds, 0, sizeof ds);
        ERR(semctl(id, 0, IPC_SET, (union semun){.buf = &ds}), EPERM);
    }), 0);
    drop();
    ERR(semget(k, 1, 0), ENOENT);
    ERR(semctl(id, 0, GETVAL), EINVAL);
    ERR(op(id, 0, 1, 0), EINVAL);
}
CASE(op_errors) {
    int id = make(2);
    struct sembuf many[501] = {{0}};
    ERR(semop(id, many, 0), EINVAL);
    ERR(semop(-1, many, 1), EINVAL);
    ERR(semop(id, many, 501), E2BIG);
    ERR(syscall(SYS_semop, id, BAD, 1), EFAULT);
    ERR(op(id, 2, 1, 0), EFBIG);
    ERR(op(id, 0, -1, IPC_NOWAIT), EAGAIN);
    OK(op(id, 0, 1, 0));
    ERR(op(id, 0, 0, IPC_NOWAIT), EAGAIN);
    OK(semctl(id, 0, SETVAL, (union semun){.val = 32767}));
    ERR(op(id, 0, 1, 0), ERANGE);
    struct timespec t = {0, 1000000000};
    struct sembuf b = {1, -1, 0};
    ERR(semtimedop(id, &b, 1, &t), EINVAL);
    t = (struct timespec){-1, 0};
    ERR(semtimedop(id, &b, 1, &t), EINVAL);
    t = (struct timespec){0, 30000000};
    double before = now_ms();
    ERR(semtimedop(id, &b, 1, &t), EAGAIN);
    CHECK(now_ms() - before >= 25);
    ERR(syscall(SYS_semtimedop, id, &b, 1, BAD), EFAULT);
    drop();
}
CASE(ctl_errors_and_values) {
    int id = make(3);
    struct semid_ds ds;
    ERR(semctl(-1, 0, IPC_STAT, (union semun){.buf = &ds}), EINVAL);
    ERR(semctl(id, 0, 99), EINVAL);
    ERR(semctl(id, 3, GETVAL), EINVAL);
    ERR(semctl(id, -1, GETVAL), EINVAL);
    ERR(semctl(id, 3, SETVAL, (union semun){.val = 1}), EINVAL);
    ERR(semctl(id, 0, SETVAL, (union semun){.val = -1}), ERANGE);
    ERR(semctl(id, 0, SETVAL, (union semun){.val = 32768}), ERANGE);
    ERR(syscall(SYS_semctl, id, 0, IPC_STAT, BAD), EFAULT);
    ERR(syscall(SYS_semctl, id, 0, IPC_SET, BAD), EFAULT);
    ERR(syscall(SYS_semctl, id, 0, GETALL, BAD), EFAULT);
    ERR(syscall(SYS_semctl, id, 0, SETALL, BAD), EFAULT);
    unsigned short v[3] = {1, 2, 3}, w[3] = {0};
    OK(semctl(id, 0, SETALL, (union semun){.array = v}));
    OK(semctl(id, 0, GETALL, (union semun){.array = w}));
    EQ(memcmp(v, w, sizeof v), 0);
    v[1] = 40000;
    ERR(semctl(id, 0, SETALL, (union semun){.array = v}), ERANGE);
    EQ(semctl(id, 1, GETVAL), 2);
    EQ(semctl(id, 1, GETPID), getpid());
    EQ(semctl(id, 1, GETNCNT), 0);
    EQ(semctl(id, 1, GETZCNT), 0);
    OK(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
    EQ(ds.sem_nsems, 3); EQ(ds.sem_perm.mode, 0600); EQ(ds.sem_perm.uid, getuid()); EQ(ds.sem_perm.cuid, getuid()); EQ(ds.sem_otime, 0);
    CHECK(llabs(ds.sem_ctime - time(0)) <= 2);
    OK(op(id, 0, 1, 0));
    ds.sem_perm.mode = 0644; ds.sem_perm.uid = 12;
    OK(semctl(id, 0, IPC_SET, (union semun){.buf = &ds}));
    OK(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
    EQ(ds.sem_perm.mode, 0644); EQ(ds.sem_perm.uid, 12); EQ(ds.sem_perm.cuid, getuid());
    CHECK(llabs(ds.sem_otime - time(0)) <= 2);
    struct seminfo si;
    int top = OK(semctl(0, 0, IPC_INFO, (union semun){.info = &si}));
    EQ(si.semvmx, 32767); EQ(si.semmsl, 32000); EQ(si.semopm, 500); EQ(si.semmni, 32000);
    OK(semctl(0, 0, SEM_INFO, (union semun){.info = &si}));
    CHECK(si.semusz >= 1 && si.semaem >= 3);
    int found = 0;
    for (int i = 0; i <= top; i++) if (semctl(i, 0, SEM_STAT, (union semun){.buf = &ds}) == id) { found = 1; EQ(ds.sem_nsems, 3); }
    EQ(found, 1);
    char key[32];
    snprintf(key, sizeof key, " %10d   644          3", id);
    CHECK(strstr(slurp("/proc/sysvipc/sem"), key) != 0);
    drop();
}
CASE(all_or_nothing) {
    int id = make(2);
    struct sembuf b[2] = {{0, 1, 0}, {1, -1, IPC_NOWAIT}};
    ERR(semop(id, b, 2), EAGAIN);
    EQ(semctl(id, 0, GETVAL), 0);
    struct sembuf c[3] = {{0, 2, 0}, {0, -1, 0}, {0, -1, 0}};
    OK(semop(id, c, 3));
    EQ(semctl(id, 0, GETVAL), 0);
    drop();
}
CASE(waiting_and_counts) {
    int id = make(2);
    pid_t p = CHILD(_exit(op(id, 0, -2, 0) ? errno : 0));
    pid_t q = CHILD({ struct sembuf b[2] = {{1, 1, 0}, {0, -1, 0}}; _exit(semop(id, b, 2) ? errno : 0); });
    while (semctl(id, 0, GETNCNT) != 2) sleep_ms(1);
    EQ(semctl(id, 0, GETZCNT), 0);
    OK(op(id, 0, 1, 0));
    EXITED(q, 0);
    EQ(semctl(id, 1, GETVAL), 1);
    EQ(semctl(id, 0, GETPID), q);
    OK(op(id, 0, 2, 0));
    EXITED(p, 0);
    EQ(semctl(id, 0, GETVAL), 0);
    OK(op(id, 0, 1, 0));
    p = CHILD(_exit(op(id, 0, 0, 0) ? errno : 0));
    while (semctl(id, 0, GETZCNT) != 1) sleep_ms(1);
    OK(semctl(id, 0, SETVAL, (union semun){.val = 0}));
    EXITED(p, 0);
    p = CHILD(_exit(op(id, 0, -1, 0) ? errno : 0));
    while (semctl(id, 0, GETNCNT) != 1) sleep_ms(1);
    drop();
    EXITED(p, EIDRM);
}
CASE(wait_is_interrupted_and_never_restarts) {
    int id = make(1);
    handle(SIGUSR1, SA_RESTART);
    pid_t p = signal_later(SIGUSR1, 50);
    ERR(op(id, 0, -1, 0), EINTR);
    reap(p);
    EQ(semctl(id, 0, GETNCNT), 0);
    drop();
}
CASE(undo_at_exit) {
    int id = make(2);
    OK(semctl(id, 0, SETVAL, (union semun){.val = 5}));
    EXITED(CHILD({ OK(op(id, 0, -3, SEM_UNDO)); OK(op(id, 1, 4, SEM_UNDO)); EQ(semctl(id, 0, GETVAL), 2); }), 0);
    EQ(semctl(id, 0, GETVAL), 5);
    EQ(semctl(id, 1, GETVAL), 0);
    // SETVAL voids adjustments; exec keeps them; fork does not copy them.
    EXITED(CHILD({ OK(op(id, 0, -1, SEM_UNDO)); OK(semctl(id, 0, SETVAL, (union semun){.val = 9})); }), 0);
    EQ(semctl(id, 0, GETVAL), 9);
    EXITED(CHILD({ OK(op(id, 0, -1, SEM_UNDO)); EXITED(CHILD(_exit(0)), 0); EQ(semctl(id, 0, GETVAL), 8); execl("/bin/sh", "sh", "-c", "exit 3", (char *)0); }), 3);
    EQ(semctl(id, 0, GETVAL), 9);
    pid_t p = CHILD({ OK(op(id, 0, -1, SEM_UNDO)); pause(); });
    while (semctl(id, 0, GETVAL) != 8) sleep_ms(1);
    kill(p, SIGKILL);
    reap(p);
    EQ(semctl(id, 0, GETVAL), 9);
    OK(semctl(id, 0, SETVAL, (union semun){.val = 0}));
    ERR(op(id, 0, 32767, SEM_UNDO) || op(id, 0, 1, SEM_UNDO) ? -1 : 0, ERANGE);
    drop();
}
static void *undo_thread(void *arg) { op(*(int *)arg, 0, 1, SEM_UNDO); return 0; }
CASE(threads_share_the_undo_list) {
    int id = make(1);
    pthread_t t;
    pthread_create(&t, 0, undo_thread, &id);
    pthread_join(t, 0);
    EQ(semctl(id, 0, GETVAL), 1); // kept until the process ends
    EXITED(CHILD({ pthread_create(&t, 0, undo_thread, &id); pthread_join(t, 0); EQ(semctl(id, 0, GETVAL), 2); OK(unshare(CLONE_SYSVSEM)); }), 0);
    EQ(semctl(id, 0, GETVAL), 1);
    drop();
}
CASE(ids_are_not_reused_at_once) {
    int a = make(1);
    drop();
    int b = make(1);
    CHECK(a != b);
    ERR(semctl(a, 0, GETVAL), EINVAL);
    drop();
}
CASE(namespace_of_its_own) {
    key_t k = fresh_key();
    set = OK(semget(k, 1, IPC_CREAT | 0600));
    EXITED(CHILD({
        OK(unshare(CLONE_NEWIPC));
        ERR(semget(k, 1, 0), ENOENT);
        ERR(semctl(set, 0, GETVAL), EINVAL);
        OK(semget(k, 1, IPC_CREAT | 0600));
    }), 0);
    EQ(semctl(set, 0, GETVAL), 0);
    drop();
}
TEST_MAIN
