// System V shared memory: errno cases, attachment, inheritance, removal while in use.
#include "check.h"
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>

#define PAGE 4096
static int segment = -1;
static void drop(void) { if (segment >= 0) shmctl(segment, IPC_RMID, 0); }
static int make(size_t size) { segment = shmget(IPC_PRIVATE, size, 0600 | IPC_CREAT); NEED(segment >= 0); return segment; }
static key_t fresh_key(void) { return 0x44000000 | (getpid() & 0xffffff); }
static long attached(int id) { struct shmid_ds ds; return shmctl(id, IPC_STAT, &ds) ? -1 : (long)ds.shm_nattch; }

CASE(get_errors) {
    key_t k = fresh_key();
    ERR(shmget(k, PAGE, 0), ENOENT);
    ERR(shmget(k, 0, IPC_CREAT | 0600), EINVAL);
    ERR(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
    ERR(shmget(IPC_PRIVATE, -1UL, IPC_CREAT | 0600), EINVAL);
    int id = segment = OK(shmget(k, 100, IPC_CREAT | IPC_EXCL | 0600));
    ERR(shmget(k, 100, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    ERR(shmget(k, 101, 0), EINVAL);
    EQ(shmget(k, 0, 0), id);
    EQ(shmget(k, 50, 0600), id);
    EXITED(CHILD({
        OK(setresgid(1000, 1000, 1000)); OK(setresuid(1000, 1000, 1000));
        ERR(shmget(k, 50, 0400), EACCES);
        ERR((long)shmat(id, 0, SHM_RDONLY), EACCES);
        ERR((long)shmat(id, 0, 0), EACCES);
        struct shmid_ds ds;
        ERR(shmctl(id, IPC_STAT, &ds), EACCES);
        ERR(shmctl(id, IPC_RMID, 0), EPERM);
        ERR(shmctl(id, SHM_LOCK, 0), EPERM);
        ERR(shmctl(id, SHM_UNLOCK, 0), EPERM);
    }), 0);
    drop();
    ERR(shmctl(id, IPC_RMID, 0), EINVAL);
}
CASE(attach_errors) {
    int id = make(3 * PAGE);
    ERR((long)shmat(-1, 0, 0), EINVAL);
    ERR((long)shmat(id + 1, 0, 0), EINVAL);
    char *hole = mmap(0, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(hole, 8 * PAGE);
    ERR((long)shmat(id, hole + 1, 0), EINVAL);
    EQ((long)shmat(id, hole + 1, SHM_RND), (long)hole);
    ERR((long)shmat(id, hole + PAGE, 0), EINVAL); // something is there
    ERR((long)shmat(id, 0, SHM_REMAP), EINVAL);
    EQ((long)shmat(id, hole + PAGE, SHM_REMAP), (long)(hole + PAGE));
    ERR(shmdt(hole + 5), EINVAL);
    ERR(shmdt(hole + 7 * PAGE), EINVAL);
    OK(shmdt(hole + PAGE));
    OK(shmdt(hole));
    ERR(shmdt(hole), EINVAL);
    drop();
}
CASE(memory_is_shared_and_counted) {
    int id = make(100);
    char *a = shmat(id, 0, 0), *b = shmat(id, 0, SHM_RDONLY);
    NEED(a != (void *)-1 && b != (void *)-1);
    EQ(attached(id), 2);
    strcpy(a, "one");
    STR(b, "one");
    EXITED(CHILD({ EQ(attached(id), 4); strcpy(a, "two"); OK(shmdt(b)); EQ(attached(id), 3); }), 0);
    EQ(attached(id), 2);
    STR(b, "two");
    EXITED(CHILD({ execl("/bin/true", "true", (char *)0); }), 0);
    EQ(attached(id), 2);
    EQ(a[4095], 0); // the rest of the page is there
    ERR(mprotect(b, PAGE, PROT_READ | PROT_WRITE), EACCES);
    KILLED(CHILD(*(volatile char *)b = 1), SIGSEGV);
    struct shmid_ds ds;
    OK(shmctl(id, IPC_STAT, &ds));
    EQ(ds.shm_segsz, 100); EQ(ds.shm_cpid, getpid()); EQ(ds.shm_perm.mode, 0600);
    CHECK(llabs(ds.shm_atime - time(0)) <= 5 && llabs(ds.shm_dtime - time(0)) <= 5 && llabs(ds.shm_ctime - time(0)) <= 5);
    CHECK(strstr(slurp("/proc/self/maps"), "/SYSV00000000 (deleted)") != 0);
    OK(shmdt(a)); OK(shmdt(b));
    EQ(attached(id), 0);
    KILLED(CHILD(*(volatile char *)a = 1), SIGSEGV);
    drop();
}
CASE(removed_while_attached) {
    key_t k = fresh_key();
    int id = segment = OK(shmget(k, PAGE, IPC_CREAT | 0600));
    char *a = shmat(id, 0, 0);
    NEED(a != (void *)-1);
    OK(shmctl(id, IPC_RMID, 0));
    ERR(shmget(k, PAGE, 0), ENOENT);
    struct shmid_ds ds;
    OK(shmctl(id, IPC_STAT, &ds));
    EQ(ds.shm_perm.mode & 01000, 01000); EQ(ds.shm_perm.__key, 0);
    strcpy(a, "still");
    char *b = shmat(id, 0, 0);
    CHECK(b != (void *)-1);
    STR(b, "still");
    OK(shmdt(a)); OK(shmdt(b));
    ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
}
CASE(holes_and_pieces) {
    int id = make(4 * PAGE);
    char *a = shmat(id, 0, 0);
    NEED(a != (void *)-1);
    OK(munmap(a + PAGE, PAGE));
    OK(mprotect(a + 2 * PAGE, PAGE, PROT_READ));
    OK(shmdt(a));
    EQ(attached(id), 0);
    ERR(msync(a, PAGE, MS_ASYNC), ENOMEM);
    ERR(msync(a + 3 * PAGE, PAGE, MS_ASYNC), ENOMEM);
    drop();
}
CASE(ctl) {
    int id = make(2 * PAGE);
    struct shmid_ds ds;
    ERR(shmctl(-1, IPC_STAT, &ds), EINVAL);
    ERR(shmctl(id, 99, &ds), EINVAL);
    ERR(syscall(SYS_shmctl, id, IPC_STAT, BAD), EFAULT);
    ERR(syscall(SYS_shmctl, id, IPC_SET, BAD), EFAULT);
    OK(shmctl(id, IPC_STAT, &ds));
    ds.shm_perm.mode = 0777; ds.shm_perm.gid = 7;
    OK(shmctl(id, IPC_SET, &ds));
    OK(shmctl(id, IPC_STAT, &ds));
    EQ(ds.shm_perm.mode, 0777); EQ(ds.shm_perm.gid, 7);
    OK(shmctl(id, SHM_LOCK, 0));
    OK(shmctl(id, IPC_STAT, &ds));
    EQ(ds.shm_perm.mode & 02000, 02000);
    OK(shmctl(id, SHM_UNLOCK, 0));
    struct shminfo info;
    struct shm_info used;
    int top = OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&info));
    EQ(info.shmmin, 1); EQ(info.shmmni, 4096);
    OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&used));
    CHECK(used.used_ids >= 1 && used.shm_tot >= 2);
    int found = 0;
    for (int i = 0; i <= top; i++) found |= shmctl(i, SHM_STAT, &ds) == id;
    EQ(found, 1);
    char row[64];
    snprintf(row, sizeof row, " %10d   777                  8192", id);
    CHECK(strstr(slurp("/proc/sysvipc/shm"), row) != 0);
    drop();
}
CASE(address_space_limit_counts) {
    int id = make(64 << 20);
    struct rlimit l = {32 << 20, 32 << 20};
    EXITED(CHILD({ OK(setrlimit(RLIMIT_AS, &l)); ERR((long)shmat(id, 0, 0), ENOMEM); }), 0);
    EQ(attached(id), 0);
    drop();
}
CASE(exit_and_exec_detach) {
    int id = make(PAGE);
    EXITED(CHILD({ CHECK(shmat(id, 0, 0) != (void *)-1); EQ(attached(id), 1); }), 0);
    EQ(attached(id), 0);
    pid_t p = CHILD({ CHECK(shmat(id, 0, 0) != (void *)-1); execl("/bin/sleep", "sleep", "0.2", (char *)0); });
    sleep_ms(100);
    EQ(attached(id), 0);
    EXITED(p, 0);
    struct shmid_ds ds;
    OK(shmctl(id, IPC_STAT, &ds));
    EQ(ds.shm_lpid, p);
    drop();
}
TEST_MAIN
