// NUMA policy calls on one node, protection keys, process_madvise, cachestat, remap_file_pages, sysfs.
#include "check.h"
#include <linux/mempolicy.h>
#include <sys/uio.h>
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

static long get_policy(int *mode, unsigned long *mask, unsigned long max, void *addr, unsigned long flags) { return syscall(SYS_get_mempolicy, mode, mask, max, addr, flags); }
static long set_policy(int mode, unsigned long *mask, unsigned long max) { return syscall(SYS_set_mempolicy, mode, mask, max); }
static long bind_range(void *a, unsigned long n, int mode, unsigned long *mask, unsigned long max, unsigned flags) { return syscall(SYS_mbind, a, n, mode, mask, max, flags); }
static unsigned long node0[16] = {1}, none[16], node9[16] = {1 << 9};

CASE(task_policy) {
    int mode = -1;
    unsigned long mask[16] = {0};
    OK(get_policy(&mode, mask, 1024, 0, 0));
    EQ(mode, MPOL_DEFAULT); EQ(mask[0], 0);
    OK(get_policy(0, mask, 1024, 0, MPOL_F_MEMS_ALLOWED));
    EQ(mask[0] & 1, 1);
    OK(set_policy(MPOL_BIND, node0, 1024));
    OK(get_policy(&mode, mask, 1024, 0, 0));
    EQ(mode, MPOL_BIND); EQ(mask[0], 1);
    OK(set_policy(MPOL_INTERLEAVE, node0, 1024));
    OK(get_policy(&mode, 0, 0, 0, MPOL_F_NODE));
    EQ(mode, 0);
    OK(set_policy(MPOL_PREFERRED, none, 1024));
    OK(get_policy(&mode, mask, 1024, 0, 0));
    EQ(mask[0], 0);
    OK(set_policy(MPOL_DEFAULT, 0, 0));
    ERR(set_policy(MPOL_DEFAULT, node0, 1024), EINVAL);
    ERR(set_policy(MPOL_BIND, none, 1024), EINVAL);
    ERR(set_policy(MPOL_BIND, 0, 0), EINVAL);
    ERR(set_policy(MPOL_BIND, node9, 1024), EINVAL);
    ERR(set_policy(77, node0, 1024), EINVAL);
    ERR(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, node0, 1024), EINVAL);
    ERR(set_policy(MPOL_BIND, BAD, 1024), EFAULT);
    ERR(set_policy(MPOL_BIND, node0, 10000000), EINVAL);
    ERR(get_policy(&mode, 0, 0, 0, 99), EINVAL);
    ERR(get_policy(&mode, 0, 0, node0, 0), EINVAL);
    ERR(get_policy(&mode, 0, 0, 0, MPOL_F_NODE), EINVAL);
    ERR(get_policy(&mode, 0, 0, BAD, MPOL_F_ADDR), EFAULT);
    ERR(get_policy(BAD, 0, 0, 0, 0), EFAULT);
    ERR(get_policy(&mode, mask, 1024, 0, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE), EINVAL);
}
CASE(range_policy) {
    char *a = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int mode = -1;
    OK(bind_range(a, 4096, MPOL_BIND, node0, 1024, MPOL_MF_STRICT | MPOL_MF_MOVE));
    OK(get_policy(&mode, 0, 0, a, MPOL_F_ADDR));
    EQ(mode, MPOL_BIND);
    OK(get_policy(&mode, 0, 0, a + 4096, MPOL_F_ADDR));
    EQ(mode, MPOL_DEFAULT);
    *a = 1;
    OK(get_policy(&mode, 0, 0, a, MPOL_F_ADDR | MPOL_F_NODE));
    EQ(mode, 0);
    ERR(bind_range(a + 1, 4096, MPOL_BIND, node0, 1024, 0), EINVAL);
    ERR(bind_range(a, 4096, MPOL_BIND, node0, 1024, 1 << 9), EINVAL);
    ERR(bind_range(a, 4096, MPOL_BIND, none, 1024, 0), EINVAL);
    OK(bind_range(a, 0, MPOL_BIND, node0, 1024, 0));
    munmap(a + 2 * 4096, 4096);
    ERR(bind_range(a, 4 * 4096, MPOL_BIND, node0, 1024, 0), EFAULT);
    OK(bind_range(a, 4096, MPOL_DEFAULT, 0, 0, 0));
}
CASE(moving) {
    char *a = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *a = 1;
    munmap(a + 2 * 4096, 4096);
    void *pages[3] = {a, a + 4096, a + 2 * 4096};
    int status[3] = {9, 9, 9}, nodes[3] = {0, 0, 7};
    OK(syscall(SYS_move_pages, 0, 3, pages, 0, status, 0));
    EQ(status[0], 0); EQ(status[1], -ENOENT); EQ(status[2], -EFAULT);
    OK(syscall(SYS_move_pages, 0, 1, pages, nodes, status, MPOL_MF_MOVE));
    EQ(status[0], 0);
    ERR(syscall(SYS_move_pages, 0, 3, pages, nodes, status, MPOL_MF_MOVE), ENODEV);
    ERR(syscall(SYS_move_pages, 0, 1, pages, 0, status, 99), EINVAL);
    ERR(syscall(SYS_move_pages, 1 << 22, 1, pages, 0, status, 0), ESRCH);
    ERR(syscall(SYS_move_pages, 0, 1, BAD, 0, status, 0), EFAULT);
    EQ(syscall(SYS_migrate_pages, 0, 1024, node0, node0), 0);
    ERR(syscall(SYS_migrate_pages, 1 << 22, 1024, node0, node0), ESRCH);
    ERR(syscall(SYS_migrate_pages, 0, 1024, BAD, node0), EFAULT);
}
CASE(protection_keys) {
    char *a = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ERR(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
    ERR(syscall(SYS_pkey_alloc, 0, 99), EINVAL);
    ERR(syscall(SYS_pkey_free, 100), EINVAL);
    OK(syscall(SYS_pkey_mprotect, a, 4096, PROT_READ | PROT_WRITE, -1));
    *a = 1;
    ERR(syscall(SYS_pkey_mprotect, a, 4096, PROT_READ, 100), EINVAL);
}
CASE(hints_to_others) {
    char *a = mmap(0, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec v[2] = {{a, 4096}, {a + 4096, 4096}};
    int self = OK(syscall(SYS_pidfd_open, getpid(), 0));
    EQ(syscall(SYS_process_madvise, self, v, 2, MADV_WILLNEED, 0), 8192);
    ERR(syscall(SYS_process_madvise, self, v, 2, MADV_WILLNEED, 1), EINVAL);
    ERR(syscall(SYS_process_madvise, self, v, 2, 9999, 0), EINVAL);
    ERR(syscall(SYS_process_madvise, 0, v, 2, MADV_COLD, 0), EBADF);
    ERR(syscall(SYS_process_madvise, self, BAD, 2, MADV_COLD, 0), EFAULT);
    ERR(syscall(SYS_process_mrelease, self, 0), EINVAL);
    ERR(syscall(SYS_process_mrelease, self, 1), EINVAL);
    ERR(syscall(SYS_process_mrelease, 1, 0), EBADF);
}
CASE(cached_pages) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    char b[4096 * 3] = "x";
    EQ(write(fd, b, sizeof b), (long)sizeof b);
    uint64_t range[2] = {0, 4096 * 3}, out[5] = {9, 9, 9, 9, 9};
    OK(syscall(SYS_cachestat, fd, range, out, 0));
    EQ(out[0], 3); EQ(out[2], 0);
    ERR(syscall(SYS_cachestat, fd, range, out, 1), EINVAL);
    ERR(syscall(SYS_cachestat, -1, range, out, 0), EBADF);
    ERR(syscall(SYS_cachestat, fd, BAD, out, 0), EFAULT);
    ERR(syscall(SYS_cachestat, fd, range, BAD, 0), EFAULT);
}
CASE(remapped_pages) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0600));
    char b[4096];
    for (int i = 0; i < 4; i++) { memset(b, 'a' + i, sizeof b); EQ(write(fd, b, sizeof b), (long)sizeof b); }
    char *a = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    OK(remap_file_pages(a, 4096, 0, 2, 0));
    EQ(a[0], 'c'); EQ(a[4096], 'b');
    a[0] = 'z';
    EQ(a[2 * 4096], 'z');
    ERR(remap_file_pages(a, 4096, PROT_READ, 1, 0), EINVAL);
    char *private = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    ERR(remap_file_pages(private, 4096, 0, 1, 0), EINVAL);
    ERR(remap_file_pages(a, 0, 0, 1, 0), EINVAL);
}
CASE(file_system_types) {
    long n = OK(syscall(SYS_sysfs, 3, 0, 0));
    CHECK(n > 3);
    long i = OK(syscall(SYS_sysfs, 1, "proc", 0));
    char name[64] = "";
    OK(syscall(SYS_sysfs, 2, i, name));
    STR(name, "proc");
    ERR(syscall(SYS_sysfs, 1, "nosuchfs", 0), EINVAL);
    ERR(syscall(SYS_sysfs, 1, BAD, 0), EFAULT);
    ERR(syscall(SYS_sysfs, 2, 1000, name), EINVAL);
    ERR(syscall(SYS_sysfs, 9, 0, 0), EINVAL);
}
TEST_MAIN
