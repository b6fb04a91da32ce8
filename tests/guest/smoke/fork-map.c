// Twenty forked children that each map and unmap a file fifty times: the race of fork against the memory commands.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    for (int k = 0; k < 20; k++) {
        pid_t p = fork();
        if (p < 0) return 2;
        if (!p) {
            for (int i = 0; i < 50; i++) {
                int fd = open("/etc/passwd", O_RDONLY);
                volatile char *m = mmap(0, 100, PROT_READ, MAP_PRIVATE, fd, 0);
                close(fd);
                if (m == MAP_FAILED) _exit(1);
                (void)m[0];
                munmap((void *)m, 100);
            }
            _exit(0);
        }
        int status;
        if (waitpid(p, &status, 0) != p || status) return 1;
    }
    puts("done");
    return 0;
}
