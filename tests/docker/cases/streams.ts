/** Terminals, attach, logs. */
import type { DockerCase } from './case.ts';

export const streamCases: readonly DockerCase[] = [
  {
    name: 'run -it',
    script:
      "typed 'expect:/ # ' 'send:echo $((6*7)); exit 3\\n' -- docker run --rm -it --runtime $RUNTIME --network none busybox sh; echo $?",
    expect:
      "\n\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n/ # \x1b[6n/ # \x1b[Jecho $((6*7)); exit 3\n42\n3\n",
  },
  {
    name: 'run -it: size and its change',
    script: `typed 'expect:24 80' resize:30,100 'expect:30 100' 'send:q\\n' -- docker run --rm -it --runtime $RUNTIME --network none busybox sh -c '
      trap "stty size" WINCH; stty size; while ! read -t 1 x; do :; done' | grep -E '^(24 80|30 100)$' | uniq`,
    expect: '24 80\n30 100\n',
  },
  {
    name: 'run -it: Ctrl-C',
    script:
      "typed 'expect:go' 'send:\\x03' -- docker run --rm -it --runtime $RUNTIME --network none busybox sh -c 'trap \"echo caught; exit 4\" INT; echo go; while :; do sleep 0.1; done'; echo $?",
    expect: 'go\n^Ccaught\n4\n',
  },
  {
    name: 'run -t without -i',
    script: "typed -- docker run --rm -t --runtime $RUNTIME --network none busybox sh -c 'tty; ls -l /dev/console | cut -c1; echo $TERM'",
    expect: '/dev/pts/0\nc\nxterm\n',
  },
  {
    name: 'attach, and detach by keys',
    script: `run -dit --name $N busybox sh >/dev/null
      typed pause:0.5 'send:echo to $((40+2))\\n' 'expect:to 42' 'send:\\x10\\x11' -- docker attach $N | grep -v '#'; echo detached
      docker inspect -f '{{.State.Running}}' $N
      typed pause:0.5 'send:exit 6\\n' -- docker attach $N >/dev/null; docker inspect -f '{{.State.ExitCode}}' $N`,
    expect: 'to 42\nread escape sequence\ndetached\ntrue\n6\n',
  },
  {
    name: 'run -it: other detach keys',
    script:
      "typed 'expect:/ # ' 'send:\\x01z' -- docker run -it --name $N --detach-keys ctrl-a,z --runtime $RUNTIME --network none busybox sh >/dev/null; docker inspect -f '{{.State.Running}}' $N",
    expect: 'true\n',
  },
  {
    name: 'attach --no-stdin: exit status',
    script: "run -d --name $N busybox sh -c 'sleep 1; echo late; exit 8' >/dev/null; docker attach --no-stdin $N; echo $?",
    expect: 'late\n8\n',
  },
  {
    name: 'attach --sig-proxy',
    script:
      'run -d --name $N busybox sh -c \'trap "echo hup; exit 5" HUP; echo go; while :; do sleep 0.1; done\' >/dev/null; $DOCKER attach --no-stdin $N & sleep 1; kill -HUP $!; wait $!; echo $?; docker wait $N',
    expect: 'hup\n5\n5\n',
  },
  { name: 'start -ai', script: 'create -i --name $N busybox cat >/dev/null; echo through | docker start -ai $N', expect: 'through\n' },
  {
    name: 'logs: both streams, tail, since',
    script:
      "run --name $N busybox sh -c 'echo 1; echo 2 >&2; echo 3' >/dev/null 2>&1; docker logs $N 2>/dev/null; docker logs --tail 1 $N; docker logs -t --tail 1 $N | grep -c ^20",
    expect: '1\n3\n3\n1\n',
  },
  {
    name: 'logs -f',
    script: "run -d --name $N busybox sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done' >/dev/null; docker logs -f $N",
    expect: '1\n2\n3\n',
  },
  {
    name: 'output after the reader has gone',
    script: "run --name $N busybox sh -c 'yes | head -n 100000; echo end' | head -n 1; docker wait $N; docker logs --tail 1 $N",
    expect: 'y\n0\nend\n',
  },
  {
    name: 'a megabyte without a newline',
    script: 'run --rm busybox sh -c \'head -c 1000000 /dev/zero | tr "\\\\0" x\' | wc -c',
    expect: '1000000\n',
  },
];
