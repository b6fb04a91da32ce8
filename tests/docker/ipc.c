/* ipc make | see: makes a System V message queue under a fixed key, or says whether there is one. */
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

int main(int argc, char **argv) {
  int make = argc > 1 && strcmp(argv[1], "make") == 0;
  int id = msgget(0x1234, make ? IPC_CREAT | 0666 : 0);
  puts(id >= 0 ? "there" : "not there");
  return id < 0;
}
