#!/bin/sh
# Installs what tests/docker runs: Docker, containerd, runc, podman and a static busybox. Idempotent: asks dpkg first, and calls
# apt-get only for what is missing. Needs root (or sudo). Exit status 0 when everything is present, 1 otherwise.
set -eu

packages="docker.io containerd runc podman conmon tini busybox-static gcc libc6-dev iproute2 iptables util-linux python3"

# The client is a package of its own from Debian 13 on.
[ -x /usr/bin/docker ] || ! dpkg-query -W docker.io >/dev/null 2>&1 || packages="$packages docker-cli"

missing=""
for p in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
if [ -z "$missing" ]; then
    echo "setup: Docker, containerd and podman are installed"
    exit 0
fi
echo "setup: missing:$missing"

root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "setup: needs root to install:$missing" >&2; exit 1; }
    root=sudo
fi
# The packages would start their daemons on the host; the tests start their own, elsewhere.
policy=/usr/sbin/policy-rc.d
if ! [ -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
    $root chmod 755 $policy
    trap "$root rm -f $policy" EXIT
fi
export DEBIAN_FRONTEND=noninteractive
echo "setup: apt-get update"
$root apt-get update -q
echo "setup: apt-get install"
# --no-install-recommends: apparmor, cgroupfs-mount and the like would change the host.
$root apt-get install -q -y --no-install-recommends -o Dpkg::Progress-Fancy=0 $missing
[ -x /usr/bin/docker ] || $root apt-get install -q -y --no-install-recommends -o Dpkg::Progress-Fancy=0 docker-cli
echo "setup: done"
