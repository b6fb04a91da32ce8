/** docker exec and what else talks to a running container. */
import type { DockerCase } from './case.ts';
import { privilegedUnderRunc } from './machine.ts';

const up = 'run -d --name $N busybox sleep 100 >/dev/null';

export const execCases: readonly DockerCase[] = [
  {
    name: 'exec: output and exit status',
    script: `${up}; docker exec $N sh -c 'echo out; echo err >&2; exit 9'; echo $?`,
    expect: 'out\n9\n',
  },
  { name: 'exec: death by a signal', script: `${up}; docker exec $N sh -c 'kill -15 $$; sleep 5'; echo $?`, expect: '143\n' },
  {
    name: 'exec sees the container',
    script: `${up}; docker exec $N sh -c 'cat /proc/1/cmdline | tr "\\0" " "; echo; hostname | wc -c; echo x >/f'; docker exec $N cat /f`,
    expect: 'sleep 100 \n13\nx\n',
  },
  { name: 'exec -i', script: `${up}; echo typed | docker exec -i $N cat`, expect: 'typed\n' },
  {
    name: 'exec -u',
    script: `${up}; docker exec -u app $N id; docker exec -u 7:8 $N id -u; docker exec -u 7:8 $N id -g`,
    expect: 'uid=1000(app) gid=1000(app) groups=50(staff),1000(app)\n7\n8\n',
  },
  {
    name: 'exec -e',
    script: `${up}; docker exec -e A=b $N sh -c 'echo $A $PATH $HOME'`,
    expect: 'b /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root\n',
  },
  { name: 'exec -w', script: `${up}; docker exec -w /etc $N pwd`, expect: '/etc\n' },
  {
    name: 'exec -d',
    script: `${up}; docker exec -d $N sh -c 'echo done >/made'; wait_for docker exec $N test -s /made; docker exec $N cat /made`,
    expect: 'done\n',
  },
  {
    name: 'exec -t',
    script: `${up}; typed -- docker exec -it $N sh -c 'tty; stty size; test -t 1 && echo terminal'`,
    expect: '/dev/pts/0\n24 80\nterminal\n',
  },
  {
    name: 'exec --privileged',
    script: `${up}; docker exec --privileged $N grep CapEff /proc/self/status | sed -E 's/(0000003fffffffff|000001ffffffffff)/all/'; docker exec $N grep CapEff /proc/self/status`,
    expect: 'CapEff:\tall\nCapEff:\t00000000a80425fb\n',
    runcCannot: privilegedUnderRunc,
  },
  {
    name: 'exec: capabilities of another user',
    script: `${up}; docker exec -u app $N grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status`,
    expect: 'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n',
  },
  {
    name: 'exec: no such program',
    script: `${up}; docker exec $N no-such >$W/o 2>&1; echo $?; grep -o 'executable file not found in $PATH' $W/o; docker exec $N true; echo $?`,
    expect: '126\nexecutable file not found in $PATH\n0\n',
  },
  {
    name: 'exec: not executable',
    script: `${up}; docker exec $N /etc/passwd >$W/o 2>&1; echo $?; grep -o 'permission denied' $W/o`,
    expect: '126\npermission denied\n',
  },
  {
    name: 'exec: no such directory',
    script: `${up}; docker exec -w /no/such $N true >$W/o 2>&1; echo $?; grep -o 'no such file or directory' $W/o`,
    expect: '126\nno such file or directory\n',
  },
  { name: 'exec of a container that has ended', script: 'run --name $N busybox true; docker exec $N true; echo $?', expect: '1\n' },
  {
    name: 'exec of a paused container',
    script: `${up}; docker pause $N; docker exec $N true; echo $?; docker unpause $N; docker exec $N echo again`,
    expect: 'NAME\n1\nNAME\nagain\n',
  },
  {
    name: 'exec, many at once',
    script: `${up}; for i in 1 2 3 4 5 6; do docker exec $N sh -c "echo $i; exit $i" & done | sort; wait`,
    expect: '1\n2\n3\n4\n5\n6\n',
  },
  {
    name: 'exec dies with its container',
    script: `${up}; docker exec $N sleep 50 & sleep 1; docker kill $N; wait $!; echo $?`,
    expect: 'NAME\n137\n',
  },
  {
    name: "exec: a daemon that it leaves behind is the init's child",
    script: `${up}; docker exec $N sh -c 'sleep 77 >/dev/null 2>&1 &'; docker exec $N sh -c 'for p in /proc/[0-9]*; do grep -q "^Name:.sleep" $p/status && tr "\\0" " " <$p/cmdline && grep PPid $p/status; done; true'`,
    expect: 'sleep 100 PPid:\t0\nsleep 77 PPid:\t1\n',
  },
  {
    name: 'top',
    script: `run -d --name $N busybox sh -c 'sleep 98 & exec sleep 99' >/dev/null; wait_for runs $N 'sleep 98'; docker top $N -o pid,args | awk '{ print $2, $3 }' | sort`,
    expect: 'COMMAND \nsleep 98\nsleep 99\n',
  },
  {
    name: 'inspect: State.Pid is a process of the host',
    script: `${up}; p=$(docker inspect -f '{{.State.Pid}}' $N); inside test -d /proc/$p && echo there; docker inspect -f '{{.State.Running}} {{.State.Status}} {{.State.ExitCode}} {{.HostConfig.Runtime}}' $N | sed s/$RUNTIME/RUNTIME/`,
    expect: 'there\ntrue running 0 RUNTIME\n',
  },
  {
    name: '--health-cmd',
    script: `run -d --name $N --health-cmd 'test -e /well' --health-interval 300ms --health-retries 2 busybox sleep 100 >/dev/null
      h() { test "$(docker inspect -f '{{.State.Health.Status}}' $N)" = $1; }
      wait_for h unhealthy && echo unhealthy; docker exec $N touch /well; wait_for h healthy && echo healthy`,
    expect: 'unhealthy\nhealthy\n',
  },
];
