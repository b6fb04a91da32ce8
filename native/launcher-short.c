/* The short way of `start` and `delete`: see docs/adr/0005-container-life.md. */
#include "launcher.h"

void short_way(int argc, char **argv, int command) {
  (void)argc;
  (void)argv;
  (void)command;
}
