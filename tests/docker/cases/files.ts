/** Files of a container as Docker sees them, and several containers that share some. */
import type { DockerCase } from './case.ts';

const up = 'run -d --name $N busybox sleep 100 >/dev/null';

export const fileCases: readonly DockerCase[] = [
  {
    name: 'cp into a running container',
    script: `${up}; docker exec $N ls /tmp; echo hi >$W/f; chmod 640 $W/f; docker cp $W/f $N:/tmp/g; docker exec $N sh -c 'cat /tmp/g; stat -c %a /tmp/g; ls /tmp'
      echo again >$W/f; docker cp $W/f $N:/tmp/g; docker exec $N cat /tmp/g`,
    expect: 'hi\n640\ng\nagain\n',
  },
  {
    name: 'cp out of a running container',
    script: `${up}; docker exec $N sh -c 'mkdir -p /d/e; echo x >/d/e/f; ln -s e /d/l; chmod 700 /d/e'; docker cp $N:/d $W/d; cat $W/d/e/f; readlink $W/d/l; stat -c %a $W/d/e`,
    expect: 'x\ne\n700\n',
  },
  {
    name: 'cp - and a directory in',
    script: `${up}; mkdir -p $W/a/b; echo 1 >$W/a/b/c; tar -c -C $W a | docker cp - $N:/root; docker exec $N cat /root/a/b/c; docker cp $N:/root/a - | tar -t`,
    expect: '1\na/\na/b/\na/b/c\n',
  },
  {
    name: 'cp into a volume',
    script: `run -d --name $N -v $N:/v busybox sleep 100 >/dev/null; echo x >$W/f; docker cp $W/f $N:/v/f; docker exec $N cat /v/f`,
    expect: 'x\n',
  },
  {
    name: 'cp while a program has looked for the file',
    script: `run -d --name $N busybox sh -c 'while ! test -e /flag; do sleep 0.1; done; cat /flag; exit 3' >/dev/null; sleep 0.5; echo seen >$W/f; docker cp $W/f $N:/flag; docker wait $N; docker logs $N`,
    expect: '3\nseen\n',
  },
  {
    name: 'diff',
    script: `run --name $N busybox sh -c 'echo x >/new; rm /etc/group; echo y >>/etc/passwd; mkdir /dir; touch /dir/f'; docker diff $N | sort`,
    expect: 'A /dir\nA /dir/f\nA /new\nC /etc\nC /etc/passwd\nD /etc/group\n',
  },
  {
    name: 'diff of a running one',
    script: `${up}; docker exec $N sh -c 'mkdir /a; echo x >/a/b'; docker diff $N | sort`,
    expect: 'A /a\nA /a/b\n',
  },
  {
    name: 'commit',
    script: `run --name $N busybox sh -c 'echo kept >/f; rm /etc/group; chown 5:6 /f; chmod 4711 /f' ; docker commit $N $N >/dev/null; run --rm $N sh -c 'cat /f; ls /etc/group; stat -c "%a %u %g" /f'; docker rmi -f $N >/dev/null`,
    expect: 'kept\n4711 5 6\n',
  },
  {
    name: 'commit of a running one, with --change',
    script: `${up}; docker exec $N sh -c 'echo r >/r'; docker commit --change 'CMD ["cat", "/r"]' $N $N >/dev/null; run --rm $N; docker rmi -f $N >/dev/null`,
    expect: 'r\n',
  },
  {
    name: 'export',
    script: "run --name $N busybox sh -c 'mkdir /e; echo x >/e/f'; docker export $N | tar -t | grep '^e/'",
    expect: 'e/\ne/f\n',
  },
  {
    name: 'an image of several layers: whiteouts and opaque directories',
    script: `run --name $N-1 busybox sh -c 'mkdir -p /o/p; echo 1 >/o/p/a; echo 1 >/o/b' ; docker commit $N-1 $N-a >/dev/null
      run --name $N-2 $N-a sh -c 'rm -r /o/p; mkdir /o/p; echo 2 >/o/p/c; rm /o/b'; docker commit $N-2 $N-b >/dev/null; run --rm $N-b sh -c 'ls /o /o/p; cat /o/p/c'; docker rmi -f $N-b $N-a >/dev/null`,
    expect: '/o:\np\n\n/o/p:\nc\n2\n',
  },
  {
    name: 'several containers share a volume',
    script: `run -d --name $N-w -v $N:/v busybox sh -c 'i=0; while :; do i=$((i+1)); echo $i >/v/tmp; mv /v/tmp /v/n; sleep 0.05; done' >/dev/null
      run --rm -v $N:/v:ro busybox sh -c 'while ! test -s /v/n; do sleep 0.05; done; a=$(cat /v/n); sleep 0.5; b=$(cat /v/n); test $b -gt $a && echo grows; echo x >/v/n; echo $?'
      run --rm --volumes-from $N-w busybox sh -c 'echo other >/v/o'; docker exec $N-w cat /v/o`,
    expect: 'grows\n1\nother\n',
  },
  {
    name: 'a lock in a volume is held against another container',
    script: `run -d --name $N-l -v $N:/v busybox lock hold /v/f >/dev/null; wait_for says $N-l flock; docker logs $N-l
      run --rm -v $N:/v busybox lock try /v/f; docker rm -f $N-l >/dev/null; run --rm -v $N:/v busybox lock try /v/f`,
    expect: 'flock yes, fcntl yes\nflock no, fcntl no\nflock yes, fcntl yes\n',
  },
  {
    name: 'a named pipe in a volume joins two containers',
    script: `mkfifo $W/p; run -d --name $N -v $W:/v busybox sh -c 'echo through >/v/p' >/dev/null; run --rm -v $W:/v busybox cat /v/p`,
    expect: 'through\n',
  },
  {
    name: "the host's writes to a volume are seen at once",
    script: `echo 1 >$W/f; run -d --name $N -v $W:/v busybox sleep 100 >/dev/null; docker exec $N cat /v/f; echo 22 >$W/f; docker exec $N cat /v/f; rm $W/f; docker exec $N ls /v; echo 3 >$W/g; docker exec $N ls /v`,
    expect: '1\n22\ng\n',
  },
  {
    name: '/etc/resolv.conf and /etc/hosts are there and can be written',
    script:
      "run --rm busybox sh -c 'test -s /etc/hosts && echo hosts; echo 1.2.3.4 x >>/etc/hosts; tail -n 1 /etc/hosts; test -e /etc/resolv.conf && echo resolv'",
    expect: 'hosts\n1.2.3.4 x\nresolv\n',
  },
];
