// System V message queues: errno cases, selection by type, waiting, limits.
#include "check.h"
#include <limits.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message { long type; char text[8192]; };
static struct message m;
static int queue = -1;
static void drop(void) { if (queue >= 0) msgctl(queue, IPC_RMID, 0); }
static int make(void) { queue = msgget(IPC_PRIVATE, 0600 | IPC_CREAT); NEED(queue >= 0); return queue; }
static int send_text(int id, long type, const char *text, int flags) { m.type = type; strcpy(m.text, text); return msgsnd(id, &m, strlen(text) + 1, flags); }
static key_t fresh_key(void) { return 0x43000000 | (getpid() & 0xffffff); }

CASE(get_and_permissions) {
    key_t k = fresh_key();
    ERR(msgget(k, 0), ENOENT);
    int id = queue = OK(msgget(k, IPC_CREAT | IPC_EXCL | 0620));
    ERR(msgget(k, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    EQ(msgget(k, IPC_CREAT | 0600), id);
    EXITED(CHILD({
        OK(setresgid(1000, 1000, 1000)); OK(setresuid(1000, 1000, 1000));
        ERR(msgget(k, 0600), EACCES);
        ERR(msgget(k, 0200), EACCES);
        ERR(send_text(id, 1, "x", 0), EACCES);
        ERR(msgrcv(id, &m, 10, 0, IPC_NOWAIT), EACCES);
        struct msqid_ds ds;
        ERR(msgctl(id, IPC_STAT, &ds), EACCES);
        memset(&ds, 0, sizeof ds);
        ERR(msgctl(id, IPC_SET, &ds), EPERM);
        ERR(msgctl(id, IPC_RMID, 0), EPERM);
    }), 0);
    drop();
    ERR(msgctl(id, IPC_RMID, 0), EINVAL);
}
CASE(send_errors) {
    int id = make();
    ERR(send_text(id, 0, "x", 0), EINVAL);
    ERR(send_text(id, -1, "x", 0), EINVAL);
    ERR(send_text(-1, 1, "x", 0), EINVAL);
    ERR(send_text(id + 1, 1, "x", 0), EINVAL);
    m.type = 1;
    ERR(msgsnd(id, &m, 8193, 0), EINVAL);
    ERR(msgsnd(id, &m, -1, 0), EINVAL);
    ERR(syscall(SYS_msgsnd, id, BAD, 1, 0), EFAULT);
    OK(msgsnd(id, &m, 8192, 0));
    OK(msgsnd(id, &m, 8192, 0));
    ERR(msgsnd(id, &m, 1, IPC_NOWAIT), EAGAIN);
    OK(msgsnd(id, &m, 0, IPC_NOWAIT));
    drop();
}
CASE(receive_errors) {
    int id = make();
    ERR(msgrcv(id, &m, -1, 0, 0), EINVAL);
    ERR(msgrcv(-1, &m, 1, 0, 0), EINVAL);
    ERR(msgrcv(id, &m, 1, 0, IPC_NOWAIT), ENOMSG);
    OK(send_text(id, 7, "hello", 0));
    ERR(msgrcv(id, &m, 3, 0, 0), E2BIG);
    ERR(msgrcv(id, &m, 10, 8, IPC_NOWAIT), ENOMSG);
    EQ(msgrcv(id, &m, 3, 0, MSG_NOERROR), 3);
    EQ(m.type, 7); EQ(memcmp(m.text, "hel", 3), 0);
    OK(send_text(id, 7, "hello", 0));
    ERR(syscall(SYS_msgrcv, id, BAD, 100, 0, 0), EFAULT);
    ERR(msgrcv(id, &m, 10, 0, IPC_NOWAIT), ENOMSG); // the failed copy has taken it
    ERR(msgrcv(id, &m, 10, 0, MSG_COPY), EINVAL);
    ERR(msgrcv(id, &m, 10, 0, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT), EINVAL);
    drop();
}
CASE(selection_by_type) {
    int id = make();
    for (int i = 0; i < 5; i++) { long types[] = {5, 2, 9, 2, 1}; char t[2] = {'a' + i, 0}; OK(send_text(id, types[i], t, 0)); }
    EQ(msgrcv(id, &m, 10, 2, MSG_COPY | IPC_NOWAIT), 2); EQ(m.text[0], 'c');
    ERR(msgrcv(id, &m, 10, 5, MSG_COPY | IPC_NOWAIT), ENOMSG);
    EQ(msgrcv(id, &m, 10, 2, 0), 2); EQ(m.text[0], 'b');
    EQ(msgrcv(id, &m, 10, -2, 0), 2); EQ(m.text[0], 'e');
    EQ(msgrcv(id, &m, 10, 5, MSG_EXCEPT), 2); EQ(m.text[0], 'c');
    EQ(msgrcv(id, &m, 10, LONG_MIN, 0), 2); EQ(m.text[0], 'd');
    EQ(msgrcv(id, &m, 10, 0, 0), 2); EQ(m.text[0], 'a');
    ERR(msgrcv(id, &m, 10, 0, IPC_NOWAIT), ENOMSG);
    drop();
}
CASE(waiting) {
    int id = make();
    pid_t p = CHILD({ EQ(msgrcv(id, &m, 100, 3, 0), 3); STR(m.text, "yo"); });
    sleep_ms(30);
    OK(send_text(id, 2, "no", 0));
    OK(send_text(id, 3, "yo", 0));
    EXITED(p, 0);
    EQ(msgrcv(id, &m, 100, 0, 0), 3);
    m.type = 1;
    OK(msgsnd(id, &m, 8192, 0)); OK(msgsnd(id, &m, 8192, 0));
    p = CHILD({ m.type = 4; OK(msgsnd(id, &m, 100, 0)); });
    EQ(wait_state(p, 'S'), 0);
    EQ(msgrcv(id, &m, 8192, 0, 0), 8192);
    EXITED(p, 0);
    p = CHILD(_exit(msgrcv(id, &m, 8192, 77, 0) < 0 ? errno : 0));
    pid_t q = CHILD({ m.type = 4; _exit(msgsnd(id, &m, 8192, 0) < 0 ? errno : 0); });
    EQ(wait_state(p, 'S'), 0); EQ(wait_state(q, 'S'), 0);
    drop();
    EXITED(p, EIDRM);
    EXITED(q, EIDRM);
}
CASE(interrupted) {
    int id = make();
    handle(SIGUSR1, SA_RESTART);
    pid_t p = signal_later(SIGUSR1, 50);
    ERR(msgrcv(id, &m, 10, 0, 0), EINTR);
    reap(p);
    m.type = 1;
    OK(msgsnd(id, &m, 8192, 0)); OK(msgsnd(id, &m, 8192, 0));
    p = signal_later(SIGUSR1, 50);
    ERR(msgsnd(id, &m, 10, 0), EINTR);
    reap(p);
    drop();
}
CASE(ctl) {
    int id = make();
    struct msqid_ds ds;
    struct msginfo info;
    ERR(msgctl(-1, IPC_STAT, &ds), EINVAL);
    ERR(msgctl(id, 99, &ds), EINVAL);
    ERR(syscall(SYS_msgctl, id, IPC_STAT, BAD), EFAULT);
    ERR(syscall(SYS_msgctl, id, IPC_SET, BAD), EFAULT);
    OK(msgctl(id, IPC_STAT, &ds));
    EQ(ds.msg_qbytes, 16384); EQ(ds.msg_qnum, 0); EQ(ds.msg_stime, 0); EQ(ds.msg_rtime, 0); EQ(ds.msg_lspid, 0);
    CHECK(llabs(ds.msg_ctime - time(0)) <= 2);
    OK(send_text(id, 1, "abc", 0));
    OK(msgctl(id, IPC_STAT, &ds));
    EQ(ds.msg_qnum, 1); EQ(ds.__msg_cbytes, 4); EQ(ds.msg_lspid, getpid()); CHECK(llabs(ds.msg_stime - time(0)) <= 2);
    EXITED(CHILD(EQ(msgrcv(id, &m, 10, 0, 0), 4)), 0);
    OK(msgctl(id, IPC_STAT, &ds));
    EQ(ds.msg_qnum, 0); CHECK(ds.msg_lrpid > 0 && ds.msg_lrpid != getpid());
    ds.msg_qbytes = 5;
    ds.msg_perm.mode = 0666;
    OK(msgctl(id, IPC_SET, &ds));
    OK(msgctl(id, IPC_STAT, &ds));
    EQ(ds.msg_qbytes, 5); EQ(ds.msg_perm.mode, 0666);
    ERR(send_text(id, 1, "123456", IPC_NOWAIT), EAGAIN);
    int top = OK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
    EQ(info.msgmax, 8192); EQ(info.msgmnb, 16384);
    OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
    CHECK(info.msgpool >= 1);
    int found = 0;
    for (int i = 0; i <= top; i++) found |= msgctl(i, MSG_STAT, &ds) == id;
    EQ(found, 1);
    char row[32];
    snprintf(row, sizeof row, " %10d   666 ", id);
    CHECK(strstr(slurp("/proc/sysvipc/msg"), row) != 0);
    drop();
}
TEST_MAIN
