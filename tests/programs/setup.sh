#!/bin/sh
# Installs the programs that tests/programs runs. Idempotent: asks dpkg first, and calls apt-get only for what is missing.
# Needs root (or sudo). Says what it does; exit status 0 when everything is present, 1 otherwise.
set -eu

packages="busybox-static dash bash coreutils findutils grep sed gawk tar gzip xz-utils diffutils procps
util-linux python3 libpython3.11-testsuite perl git gcc libc6-dev make openjdk-17-jre-headless openjdk-17-jdk-headless
sqlite3 tmux stress-ng gron strace"
# A node for the guest: any on the PATH serves, Debian's own otherwise.
command -v node >/dev/null 2>&1 || packages="$packages nodejs"

missing=""
for p in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
if [ -z "$missing" ]; then
    echo "setup: all programs are installed"
    exit 0
fi
echo "setup: missing:$missing"

root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "setup: needs root to install:$missing" >&2; exit 1; }
    root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
echo "setup: apt-get update"
$root apt-get update -q
echo "setup: apt-get install"
$root apt-get install -q -y --no-install-recommends -o Dpkg::Progress-Fancy=0 $missing
echo "setup: done"
