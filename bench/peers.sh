#!/bin/sh
# Installs the runtimes that bench/run.ts compares with: runc and hyperfine from the distribution, and runsc from
# Debian 13 (its package there is one static binary; stable has none). Idempotent; needs root.
# usage: bench/peers.sh [DIR]   DIR (default build/peers) receives the runsc binary.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$here/build/peers}
mkdir -p "$dir"

[ "$(id -u)" = 0 ] || { echo "peers: needs root" >&2; exit 1; }
missing=""
for p in runc hyperfine mmdebstrap busybox-static make gcc git python3; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
if [ -n "$missing" ]; then
    echo "peers: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends $missing
fi

if [ -x "$dir/runsc" ] && "$dir/runsc" --version >/dev/null 2>&1; then
    echo "peers: runsc is present: $("$dir/runsc" --version | head -1)"
else
    echo "peers: fetching runsc from Debian 13 with mmdebstrap (some minutes)"
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    if mmdebstrap --variant=apt --include=runsc trixie "$tree/root"; then
        install -m 755 "$tree/root/usr/bin/runsc" "$dir/runsc"
        echo "peers: $("$dir/runsc" --version | head -1)"
    else
        echo "peers: no runsc: mmdebstrap failed; the comparison goes on without it" >&2
    fi
fi

# One root file system for all: what the whole programs of the benchmark need, of this machine's own release.
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
if [ -x "$dir/rootfs/usr/bin/git" ]; then
    echo "peers: the root file system is present"
else
    echo "peers: making a root file system ($release) with mmdebstrap (some minutes)"
    rm -rf "$dir/rootfs"
    mmdebstrap --variant=minbase --include=python3,git,make,gcc,libc6-dev,busybox-static "$release" "$dir/rootfs"
fi
echo "peers: done"
