/* lock hold FILE: takes the file by flock(2) and fcntl(2), says so, and keeps it. lock try FILE: says whether each can be had. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int hold = strcmp(argv[1], "hold") == 0;
  int fd = open(argv[2], O_RDWR | O_CREAT, 0666);
  if (fd < 0) {
    perror(argv[2]);
    return 1;
  }
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int whole = flock(fd, LOCK_EX | LOCK_NB) == 0;
  int range = fcntl(fd, F_SETLK, &lock) == 0;
  printf("flock %s, fcntl %s\n", whole ? "yes" : "no", range ? "yes" : "no");
  fflush(stdout);
  if (hold) pause();
  return 0;
}
