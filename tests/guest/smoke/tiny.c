// A few applets that need little of a kernel: true, echo, cat, args, env, loop. Built static, static-pie and dynamic.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <signal.h>
#include <pthread.h>
#include <sys/auxv.h>

static int cat(int argc, char **argv) {
    char buf[70000];
    for (int i = 2; i < argc || i == 2; i++) {
        int fd = i < argc ? open(argv[i], O_RDONLY) : 0;
        if (fd < 0) { perror(argv[i]); return 1; }
        ssize_t n;
        while ((n = read(fd, buf, sizeof buf)) > 0)
            for (ssize_t off = 0, w; off < n; off += w)
                if ((w = write(1, buf + off, n - off)) < 0) { perror("write"); return 1; }
        if (n < 0) { perror("read"); return 1; }
    }
    return 0;
}

static volatile sig_atomic_t got;
static void on_signal(int s) { got = s; }
static void *thread(void *arg) { return (char *)arg + 1; }

int main(int argc, char **argv, char **envp) {
    const char *what = argc > 1 ? argv[1] : "true";
    if (!strcmp(what, "true")) return 0;
    if (!strcmp(what, "exit")) return atoi(argv[2]);
    if (!strcmp(what, "echo")) {
        for (int i = 2; i < argc; i++) printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
        return 0;
    }
    if (!strcmp(what, "cat")) return cat(argc, argv);
    if (!strcmp(what, "env")) { for (; *envp; envp++) puts(*envp); return 0; }
    if (!strcmp(what, "auxv")) {
        printf("pagesz %lu clktck %lu secure %lu execfn %s\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_SECURE),
            (char *)getauxval(AT_EXECFN));
        return 0;
    }
    if (!strcmp(what, "fork")) {
        pid_t p = fork();
        if (p < 0) { perror("fork"); return 1; }
        if (!p) _exit(7);
        int st;
        if (waitpid(p, &st, 0) != p) { perror("waitpid"); return 1; }
        printf("child exited %d\n", WIFEXITED(st) ? WEXITSTATUS(st) : -1);
        return 0;
    }
    if (!strcmp(what, "exec")) { execvp(argv[2], argv + 2); perror("exec"); return 127; }
    if (!strcmp(what, "spawn")) {
        pid_t p = fork();
        if (!p) { execvp(argv[2], argv + 2); _exit(127); }
        int st;
        waitpid(p, &st, 0);
        printf("spawned exited %d\n", WIFEXITED(st) ? WEXITSTATUS(st) : -1);
        return 0;
    }
    if (!strcmp(what, "pipe")) {
        int p[2];
        char b[16] = "";
        if (pipe(p)) { perror("pipe"); return 1; }
        if (!fork()) { close(p[0]); if (write(p[1], "through", 7) != 7) _exit(1); _exit(0); }
        close(p[1]);
        ssize_t n = read(p[0], b, sizeof b - 1);
        printf("%zd %s %zd\n", n, b, read(p[0], b, 1));
        return 0;
    }
    if (!strcmp(what, "signal")) {
        signal(SIGUSR1, on_signal);
        raise(SIGUSR1);
        printf("got %d\n", (int)got);
        return 0;
    }
    if (!strcmp(what, "thread")) {
        pthread_t t;
        void *r = 0;
        static char base[2];
        int e = pthread_create(&t, 0, thread, base);
        if (e) { printf("pthread_create: %s\n", strerror(e)); return 1; }
        pthread_join(t, &r);
        printf("joined %d\n", (int)((char *)r - base));
        return 0;
    }
    if (!strcmp(what, "segv")) { *(volatile int *)8 = 1; return 0; }
    if (!strcmp(what, "abort")) abort();
    if (!strcmp(what, "malloc")) {
        size_t sum = 0;
        for (int i = 0; i < 2000; i++) { char *p = malloc(1000 + i * 37); memset(p, i, 1000); sum += (unsigned char)p[999]; if (i % 3) free(p); }
        printf("sum %zu\n", sum);
        return 0;
    }
    if (!strcmp(what, "loop")) { for (;;) ; }
    fprintf(stderr, "no applet %s\n", what);
    return 2;
}
