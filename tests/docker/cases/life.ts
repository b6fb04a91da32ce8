/** From create to rm: signals, pause, restart, events. */
import type { DockerCase } from './case.ts';

const up = 'run -d --name $N busybox sleep 100 >/dev/null';
const status = "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' $N";
const trapping = (signal: string, then: string): string =>
  `run -d --name $N busybox sh -c 'trap "${then}" ${signal}; echo go; while :; do sleep 0.1; done' >/dev/null; wait_for says $N go`;

export const lifeCases: readonly DockerCase[] = [
  {
    name: 'create, start, wait, rm',
    script: `create --name $N busybox sh -c 'exit 3'; ${status}; docker start $N; docker wait $N; ${status}; docker rm $N`,
    expect: 'ID\ncreated 0\nNAME\n3\nexited 3\nNAME\n',
  },
  {
    name: 'start again: the files stay',
    script: "run --name $N busybox sh -c 'echo x >>/f; cat /f'; docker start -a $N",
    expect: 'x\nx\nx\n',
  },
  {
    name: 'stop: SIGTERM is handled',
    script: `${trapping('TERM', 'echo bye; exit 5')}; docker stop $N; ${status}; docker logs $N`,
    expect: 'NAME\nexited 5\ngo\nbye\n',
  },
  { name: 'stop -t: then SIGKILL', script: `${trapping('TERM', ':')}; docker stop -t 1 $N; ${status}`, expect: 'NAME\nexited 137\n' },
  {
    name: 'stop: a pid 1 without a handler does not see SIGTERM',
    script: `${up}; docker stop -t 1 $N; ${status}`,
    expect: 'NAME\nexited 137\n',
  },
  {
    name: 'run --stop-signal',
    script:
      'run -d --name $N --stop-signal USR1 busybox sh -c \'trap "echo usr1; exit 6" USR1; echo go; while :; do sleep 0.1; done\' >/dev/null; wait_for says $N go; docker stop $N; docker wait $N',
    expect: 'NAME\n6\n',
  },
  {
    name: 'kill -s',
    script: `${trapping('HUP', 'echo hup; exit 7')}; docker kill -s HUP $N; docker wait $N; docker logs $N`,
    expect: 'NAME\n7\ngo\nhup\n',
  },
  { name: 'kill', script: `${up}; docker kill $N; ${status}`, expect: 'NAME\nexited 137\n' },
  { name: 'kill of one that has ended', script: 'run --name $N busybox true; docker kill $N; echo $?', expect: '1\n' },
  {
    name: 'pause, unpause',
    script: `run -d --name $N busybox sh -c 'while :; do echo x >>/f; sleep 0.02; done' >/dev/null; wait_for docker exec $N test -s /f; docker pause $N; ${status}
      d=$(docker inspect -f '{{.GraphDriver.Data.MergedDir}}' $N); a=$(inside stat -c %s $d/f); sleep 0.5; test $a = $(inside stat -c %s $d/f) && echo still
      docker unpause $N; ${status}; sleep 0.3; test $a -lt $(inside stat -c %s $d/f) && echo on`,
    expect: 'NAME\npaused 0\nstill\nNAME\nrunning 0\non\n',
  },
  { name: 'a paused container is stopped, and removed', script: `${up}; docker pause $N; docker rm -f $N`, expect: 'NAME\nNAME\n' },
  {
    name: 'pause twice',
    script: `${up}; docker pause $N; docker pause $N; echo $?; docker unpause $N; docker unpause $N; echo $?`,
    expect: 'NAME\n1\nNAME\n1\n',
  },
  {
    name: 'restart',
    script: `run -d --name $N busybox sh -c 'echo x >>/f; wc -l </f; exec sleep 100' >/dev/null; docker restart -t 0 $N; wait_for says $N 2; docker logs $N; docker inspect -f '{{.State.Running}}' $N`,
    expect: 'NAME\n1\n2\ntrue\n',
  },
  { name: 'rename', script: `${up}; docker rename $N $N-new; docker exec $N-new echo there`, expect: 'there\n' },
  {
    name: 'wait for several',
    script:
      "run -d --name $N-1 busybox sh -c 'exit 1' >/dev/null; run -d --name $N-2 busybox sh -c 'sleep 1; exit 2' >/dev/null; docker wait $N-1 $N-2",
    expect: '1\n2\n',
  },
  { name: 'rm of a running one is refused', script: `${up}; docker rm $N; echo $?; docker rm -f $N`, expect: '1\nNAME\n' },
  {
    name: 'restart policy on-failure',
    script:
      "run -d --name $N --restart on-failure:2 busybox sh -c 'echo x; exit 1' >/dev/null; wait_for is '{{.RestartCount}}{{.State.Status}}' 2exited; docker logs $N; docker inspect -f '{{.RestartCount}} {{.State.ExitCode}}' $N",
    expect: 'x\nx\nx\n2 1\n',
  },
  {
    name: 'restart policy always, until stopped',
    script:
      "run -d --name $N --restart always busybox sh -c 'sleep 0.3; exit 0' >/dev/null; wait_for is '{{ge .RestartCount 2}}' true && echo restarted; docker stop -t 0 $N; sleep 0.5; docker inspect -f '{{.State.Running}}' $N",
    expect: 'restarted\nNAME\nfalse\n',
  },
  {
    name: 'events of a life',
    script: `s=$(date +%s); run --name $N busybox true; docker start -a $N; docker rm $N >/dev/null
      docker events --since $s --until $(date -d '+1 second' +%s) --filter container=$N --filter type=container --format '{{.Action}} {{.Actor.Attributes.exitCode}}'`,
    expect:
      'create <no value>\nattach <no value>\nstart <no value>\ndie 0\nattach <no value>\nstart <no value>\ndie 0\ndestroy <no value>\n',
  },
  {
    name: 'events: oom, die, kill, pause, exec',
    script: `s=$(date +%s); run --name $N --memory 64m busybox dd if=/dev/zero of=/dev/null bs=200M count=1
      ${up.replace('$N', '$N-b')}; docker exec $N-b true; docker pause $N-b; docker unpause $N-b; docker kill $N-b; docker wait $N-b
      docker events --since $s --until $(date -d '+1 second' +%s) --filter type=container --filter container=$N --filter container=$N-b --format '{{.Actor.Attributes.name}} {{.Action}} {{.Actor.Attributes.exitCode}}' | grep -E 'oom|die|kill|pause|exec' | sed 's/: .*//' | LC_ALL=C sort | uniq`,
    expect:
      'NAME-b\nNAME-b\nNAME-b\n137\nNAME die 137\nNAME oom <no value>\nNAME-b die 137\nNAME-b exec_create\nNAME-b exec_die 0\nNAME-b exec_start\nNAME-b kill <no value>\nNAME-b pause <no value>\nNAME-b unpause <no value>\n',
  },
  {
    name: 'dockerd restarts, the container lives on (live-restore)',
    alone: true,
    script: `run -d --name $N busybox sh -c 'echo 1; while ! test -e /go; do sleep 0.1; done; echo 2; exit 4' >/dev/null
      p=$(docker inspect -f '{{.State.Pid}}' $N); dockerd_down TERM; inside test -d /proc/$p && echo alive; dockerd_up
      docker inspect -f '{{.State.Running}}' $N; docker exec $N touch /go; docker wait $N; docker logs $N`,
    expect: 'alive\ntrue\n4\n1\n2\n',
  },
  {
    name: 'dockerd is killed, the container ends meanwhile',
    alone: true,
    script: `run -d --name $N busybox sh -c 'sleep 2; exit 4' >/dev/null; dockerd_down KILL; sleep 2; dockerd_up
      wait_for is '{{.State.Status}}' exited; docker inspect -f '{{.State.ExitCode}}' $N; docker start $N; docker wait $N`,
    expect: '4\nNAME\n4\n',
  },
  {
    name: "kill -9 of the container's first process from the host",
    script: `run -d --name $N busybox sleep 100 >/dev/null; inside kill -9 $(docker inspect -f '{{.State.Pid}}' $N); docker wait $N; docker inspect -f '{{.State.Status}}' $N; docker start $N; docker exec $N echo again`,
    expect: '137\nexited\nNAME\nagain\n',
  },
];
