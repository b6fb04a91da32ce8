#!/bin/sh
# Installs what tests/meter runs beside the meter: Chromium for the pages, Prometheus (with promtool) for the fleet. Idempotent:
# asks dpkg first, and calls apt-get only for what is missing. Needs root (or sudo). Exit status 0 when all is present.
set -eu

missing=""
for p in chromium prometheus; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
if [ -z "$missing" ]; then
    echo "setup: chromium and prometheus are installed"
    exit 0
fi
echo "setup: missing:$missing"

root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "setup: needs root to install:$missing" >&2; exit 1; }
    root=sudo
fi
echo "setup: apt-get update"
$root apt-get update -q
echo "setup: apt-get install (some 150 MB)"
# The package would start a Prometheus of its own: a policy that says no, while it is installed, where there is none yet.
policy=/usr/sbin/policy-rc.d
ours=""
if [ ! -e $policy ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
    $root chmod 755 $policy
fi
status=0
$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o Dpkg::Progress-Fancy=0 $missing || status=1
[ -z "$ours" ] || $root rm -f $policy
[ $status = 0 ] && echo "setup: done"
exit $status
