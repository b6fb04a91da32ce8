#!/bin/sh
# dockerd.sh DIRECTORY up [OPTION...] | down SIGNAL: starts dockerd and waits until it answers, or ends it and waits until it is gone.
# Containers go on in between: the daemon runs with live-restore. Runs inside the test host's namespaces.
set -u
directory=$1 what=$2
shift 2
pidfile=$directory/data/dockerd.pid

gone() {
    i=0
    while kill -0 "$1" 2>/dev/null; do
        i=$((i + 1))
        [ $i -lt 300 ] || { echo "dockerd.sh: process $1 does not end" >&2; exit 1; }
        sleep 0.05
    done
}

case $what in
up)
    # A pid file of one that was killed, whose number another process may have by now, would keep dockerd from starting.
    rm -f "$pidfile"
    [ $# = 0 ] || printf '%s\n' "$@" >"$directory/options"
    set --
    while read -r option; do set -- "$@" "$option"; done <"$directory/options"
    setsid dockerd "$@" >>"$directory/log" 2>&1 </dev/null &
    i=0
    until DOCKER_HOST=unix://$directory/sock /usr/bin/docker version >/dev/null 2>&1; do
        i=$((i + 1))
        if [ $i = 400 ] || ! kill -0 $! 2>/dev/null; then
            echo "dockerd.sh: dockerd does not come up; $directory/log ends with:" >&2
            tail -n 20 "$directory/log" >&2
            exit 1
        fi
        sleep 0.05
    done
    ;;
down)
    dockerd=$(cat "$pidfile")
    containerd=$(cat "$directory/data/exec/containerd/containerd.pid")
    kill -"$1" "$dockerd"
    gone "$dockerd"
    # The containerd of a dockerd that was killed lives on and would hold the next one's socket.
    kill -TERM "$containerd" 2>/dev/null
    gone "$containerd"
    ;;
esac
