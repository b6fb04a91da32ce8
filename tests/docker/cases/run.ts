/** docker run: what a container is given, and what comes back. */
import type { DockerCase } from './case.ts';

export const runCases: readonly DockerCase[] = [
  { name: 'hello-world', script: 'run --rm hello-world', expect: 'Hello from a container!\n' },
  { name: 'run --rm: exit status', script: "run --rm busybox sh -c 'exit 7'", expect: '' },
  {
    name: 'run: a child dies by a signal, the first process cannot',
    script: 'run --rm busybox sh -c \'sh -c "kill -9 \\$\\$"; echo $?; kill -9 $$; echo here\'',
    expect: '137\nhere\n',
  },
  { name: 'run: standard error is separate', script: "run --rm busybox sh -c 'echo out; echo err >&2'", expect: 'out\n' },
  { name: 'run -i: standard input', script: "printf 'one\\ntwo\\n' | run --rm -i busybox sh -c 'wc -l; echo end'", expect: '2\nend\n' },
  {
    name: 'run -i: a large stream both ways',
    script: 'head -c 3000000 /dev/zero | tr "\\\\0" a | run --rm -i busybox cat | md5sum',
    expect: '99ddc9a3a46ea62c95652bdf937a1fb8  -\n',
  },
  {
    name: 'run --rm removes the container',
    script: 'run --rm --name $N busybox true; docker ps -a --filter name=$N --format "{{.Names}}"; echo none',
    expect: 'none\n',
  },
  {
    name: 'run -d, ps, logs, wait',
    script: `run -d --name $N busybox sh -c 'echo started; sleep 1; exit 5'
      docker ps --filter name=$N --format '{{.Names}} {{.Image}} {{.Command}}' --no-trunc
      docker wait $N; docker logs $N
      docker ps -a --filter name=$N --format '{{.Status}}' | sed 's/ .*(/ (/; s/).*/)/'; docker inspect -f '{{.State.ExitCode}}' $N`,
    expect: 'ID\nNAME busybox "sh -c \'echo started; sleep 1; exit 5\'"\n5\nstarted\nExited (5)\n5\n',
  },
  {
    name: 'run -e',
    script: "X=passed run --rm -e A=1 -e 'B=two words' -e X busybox sh -c 'echo $A/$B/$X'",
    expect: '1/two words/passed\n',
  },
  {
    name: 'run: the environment',
    script: 'run --rm --hostname h busybox env | sort',
    expect: 'HOME=/root\nHOSTNAME=h\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n',
  },
  { name: 'run -w', script: 'run --rm -w /made/here busybox pwd', expect: '/made/here\n' },
  { name: 'run -u: number', script: 'run --rm -u 1234:99 busybox id', expect: 'uid=1234 gid=99 groups=99\n' },
  { name: 'run -u: name', script: 'run --rm -u app busybox id', expect: 'uid=1000(app) gid=1000(app) groups=50(staff),1000(app)\n' },
  { name: 'run --group-add', script: 'run --rm -u app --group-add 77 busybox id -G', expect: '1000 50 77\n' },
  { name: 'run --entrypoint', script: 'run --rm --entrypoint /bin/echo busybox from entrypoint', expect: 'from entrypoint\n' },
  {
    name: 'run --hostname',
    script: "run --rm --hostname h.example busybox sh -c 'hostname; cat /etc/hostname; uname -n'",
    expect: 'h.example\nh.example\nh.example\n',
  },
  {
    name: 'run --domainname',
    script: 'run --rm --domainname example.org busybox cat /proc/sys/kernel/domainname',
    expect: 'example.org\n',
  },
  {
    name: 'run --read-only',
    script: 'run --rm --read-only busybox sh -c \'echo x >/x; echo $?; echo x >/dev/shm/x; echo $?; grep -c " / [^ ]* ro" /proc/mounts\'',
    expect: '1\n0\n1\n',
  },
  {
    name: 'run --tmpfs',
    script:
      "run --rm --read-only --tmpfs /t:size=1m,mode=1770,noexec busybox sh -c 'stat -f -c %T /t; stat -c %a /t; dd if=/dev/zero of=/t/x bs=1k count=900 2>/dev/null; echo $?'",
    expect: 'tmpfs\n1770\n0\n',
  },
  {
    name: 'run -v',
    script:
      "echo host >$W/f; run --rm -v $W:/v busybox sh -c 'cat /v/f; echo guest >/v/g; ln -s f /v/l'; cat $W/g; readlink $W/l; stat -c %u $W/g",
    expect: 'host\nguest\nf\n0\n',
  },
  {
    name: 'run -v: a file',
    script: "echo host >$W/f; run --rm -v $W/f:/etc/some.conf busybox sh -c 'cat /etc/some.conf; echo more >>/etc/some.conf'; cat $W/f",
    expect: 'host\nhost\nmore\n',
  },
  {
    name: 'run -v: read-only',
    script: "echo host >$W/f; run --rm -v $W:/v:ro busybox sh -c 'cat /v/f; echo x >/v/f; echo $?; rm /v/f; echo $?; touch /v/n; echo $?'",
    expect: 'host\n1\n1\n1\n',
  },
  {
    name: 'run --mount type=bind,readonly',
    script: "mkdir $W/d; run --rm --mount type=bind,source=$W/d,target=/m,readonly busybox sh -c 'mkdir /m/x; echo $?'",
    expect: '1\n',
  },
  {
    name: 'run --mount type=bind, propagation',
    script:
      'run --rm --mount type=bind,source=$W,target=/m busybox sh -c \'grep " /m " /proc/self/mountinfo | grep -c master\'; ' +
      'inside mount --make-shared --bind $W $W; run --rm --mount type=bind,source=$W,target=/m,bind-propagation=rslave busybox sh -c \'grep " /m " /proc/self/mountinfo | grep -c master\'; inside umount $W',
    expect: '0\n1\n',
  },
  {
    name: 'run -v: a mount made on the host meanwhile is seen by rslave',
    script: `inside mount --make-shared -t tmpfs none $W; inside mkdir $W/sub
      run -d --name $N -v $W:/v:rslave busybox sleep 60 >/dev/null
      inside mount -t tmpfs -o size=1m none $W/sub; inside touch $W/sub/there
      docker exec $N ls /v/sub; docker rm -f $N >/dev/null; inside umount -R $W`,
    expect: 'there\n',
  },
  {
    name: 'run --mount type=volume',
    script:
      "run --rm --mount type=volume,source=$N,target=/v busybox sh -c 'echo kept >/v/f'; run --rm -v $N:/v busybox cat /v/f; docker volume rm $N",
    expect: 'kept\nNAME\n',
  },
  {
    name: 'run --mount type=tmpfs',
    script:
      "run --rm --mount type=tmpfs,target=/t,tmpfs-size=65536,tmpfs-mode=700 busybox sh -c 'stat -c %a /t; head -c 100000 /dev/zero >/t/x; echo $?; stat -c %s /t/x'",
    expect: '700\n1\n65536\n',
  },
  {
    name: 'run -v: a host file of 1 GB is mapped, not read',
    script: 'truncate -s 1G $W/big; run --rm -v $W:/v:ro -m 64m busybox stat -c %s /v/big',
    expect: '1073741824\n',
  },
  {
    name: 'run --ulimit',
    script: "run --rm --ulimit nofile=123:456 --ulimit core=0 busybox sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'",
    expect: '123\n456\n0\n',
  },
  {
    name: 'run --shm-size',
    script:
      "run --rm --shm-size 2m busybox sh -c 'df -k /dev/shm | tail -n 1 | { read a b c; echo $b; }; head -c 3000000 /dev/zero >/dev/shm/x; echo $?'",
    expect: '2048\n1\n',
  },
  {
    name: 'run --init',
    script: "run --rm --init busybox sh -c 'cat /proc/1/comm; (sleep 0.1 &); sleep 0.5; ps -o comm,stat | grep -c Z'",
    expect: 'docker-init\n0\n',
  },
  { name: 'run --oom-score-adj', script: 'run --rm --oom-score-adj 321 busybox cat /proc/self/oom_score_adj', expect: '321\n' },
  {
    name: 'run --sysctl',
    script:
      'run --rm --sysctl net.ipv4.ip_forward=1 --sysctl kernel.shm_rmid_forced=1 busybox cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced',
    expect: '1\n1\n',
  },
  { name: 'run --add-host', script: 'run --rm --add-host db:10.1.2.3 busybox grep db /etc/hosts', expect: '10.1.2.3\tdb\n' },
  {
    name: 'run: a program that is not there',
    script: 'run --rm busybox /no/such; echo $?',
    expect: '127\n',
    ownWords: /no\/such.*no such file or directory/,
  },
  {
    name: 'run: a name that is not on the PATH',
    script: 'run --rm busybox no-such; echo $?',
    expect: '127\n',
    ownWords: /no-such.*executable file not found in \$PATH/,
  },
  {
    name: 'run: a file that is not executable',
    script: 'run --rm busybox /etc/passwd; echo $?',
    expect: '126\n',
    ownWords: /\/etc\/passwd.*permission denied/,
  },
  {
    name: 'run: a directory is not a program',
    script: 'run --rm busybox /etc; echo $?',
    expect: '126\n',
    ownWords: /\/etc.*(is a directory|permission denied)/,
  },
  {
    name: 'run: a user that is not there',
    script: 'run --rm -u nobody-there busybox true; echo $?',
    expect: '125\n',
  },
  {
    name: 'run: a working directory that cannot be',
    script: 'run --rm -w /etc/passwd busybox true; echo $?',
    expect: '125\n',
  },
  {
    name: 'default network: a warning, and the program runs',
    script: 'docker run --rm --runtime $RUNTIME busybox echo works',
    expect: 'works\n',
  },
  { name: 'run --network host', script: 'docker run --rm --runtime $RUNTIME --network host busybox echo works', expect: 'works\n' },
  {
    name: 'run --network container:, --ipc container:, --pid container:',
    script: `run -d --name $N --ipc shareable busybox sleep 60 >/dev/null
      docker run --rm --runtime $RUNTIME --network container:$N --ipc container:$N --pid container:$N busybox sh -c 'cat /proc/1/cmdline | tr "\\0" " "; echo'`,
    expect: 'sleep 60 \n',
  },
  { name: 'run --pid host', script: "run --rm --pid host busybox sh -c 'test $$ != 1 && echo not 1'", expect: 'not 1\n' },
  { name: 'run --uts host', script: 'run --rm --uts host busybox hostname | cmp - /etc/hostname && echo same', expect: 'same\n' },
];
