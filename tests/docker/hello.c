/* The hello-world image: one static program that needs nothing of its root file system. */
#include <string.h>
#include <unistd.h>

int main(void) {
  static const char text[] = "Hello from a container!\n";
  return write(1, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : 1;
}
