/**
 * containerd (by ctr, with the runc v2 shim and its option for the runtime's program, which is what Kubernetes uses) and podman. As
 * in case.ts, and
 *   crun OPTION... $ROOTFS ID COMMAND...   ctr run by the runtime under test
 *   prun OPTION... $ROOTFS COMMAND...      podman run by the runtime under test
 */
export interface EngineCase {
  readonly name: string;
  readonly script: string;
  readonly expect: string;
}

const pod = `crun -d --annotation io.kubernetes.cri.container-type=sandbox --annotation io.kubernetes.cri.sandbox-id=$N-pod $ROOTFS $N-pod sleep 100
  p=$(ctr task ls | awk -v id=$N-pod '$1 == id { print $2 }'); s=/proc/$p/ns
  member() { crun --with-ns network:$s/net --with-ns ipc:$s/ipc --with-ns uts:$s/uts --annotation io.kubernetes.cri.container-type=container --annotation io.kubernetes.cri.sandbox-id=$N-pod "$@"; }
`;

export const engineCases: readonly EngineCase[] = [
  { name: 'ctr run', script: "crun --rm $ROOTFS $N sh -c 'echo out; echo err >&2; exit 3'; echo $?", expect: 'out\n3\n' },
  {
    name: 'ctr run -d, task ls, exec, kill, rm',
    script:
      'crun -d $ROOTFS $N sleep 100; ctr task ls | awk -v id=$N \'$1 == id { print $3 }\'; ctr task exec --exec-id e $N echo inside; ctr task kill -s KILL $N; wait_for sh -c "ctr -a $CONTAINERD task ls | grep STOPPED"; ctr task rm $N 2>/dev/null; echo $?; ctr c rm $N',
    expect: 'RUNNING\ninside\n0\n',
  },
  {
    name: 'ctr task pause, resume',
    script:
      "crun -d $ROOTFS $N sleep 100; ctr task pause $N; ctr task ls | awk -v id=$N '$1 == id { print $3 }'; ctr task resume $N; ctr task ls | awk -v id=$N '$1 == id { print $3 }'",
    expect: 'PAUSED\nRUNNING\n',
  },
  { name: 'ctr task ps', script: 'crun -d $ROOTFS $N sleep 100; ctr task ps $N | grep -c "^[0-9]"', expect: '1\n' },
  {
    name: 'ctr run -t',
    script:
      "typed -- nsenter -t $HOST_PID -m -n -p ctr -a $CONTAINERD run -t --rm --runtime io.containerd.runc.v2 --runc-binary $RUNTIME_PROGRAM --env PATH=/bin --cgroup /$CGROUP/$N --rootfs $ROOTFS $N sh -c 'test -t 0 && tty'",
    expect: '/dev/pts/0\n',
  },
  {
    name: 'ctr run --memory-limit: a hog is killed',
    script: 'crun --rm --memory-limit 67108864 $ROOTFS $N dd if=/dev/zero of=/dev/null bs=200M count=1; echo $?',
    expect: '137\n',
  },
  {
    name: 'a program that is not there',
    script: 'crun --rm $ROOTFS $N no-such >$W/o 2>&1; echo $?; grep -o "executable file not found in .PATH" $W/o',
    expect: '1\nexecutable file not found in $PATH\n',
  },
  {
    name: "a pod's annotations: the containers run",
    script: `${pod} member --rm $ROOTFS $N-a hostname | wc -l; member --rm $ROOTFS $N-b sh -c 'echo b; exit 4'; echo $?`,
    expect: '1\nb\n4\n',
  },
  {
    name: "a pod's containers share localhost",
    script: `${pod} member -d $ROOTFS $N-a sh -c 'ip link set lo up; echo through | nc -l -p 4000'; sleep 1; member --rm $ROOTFS $N-b nc 127.0.0.1 4000 </dev/null`,
    expect: 'through\n',
  },
  {
    name: "a pod's containers share System V IPC",
    script: `${pod} member --rm $ROOTFS $N-a ipc make; member --rm $ROOTFS $N-b ipc see`,
    expect: 'there\nthere\n',
  },
  { name: 'podman run', script: "prun --rm $ROOTFS sh -c 'echo out; exit 5'; echo $?", expect: 'out\n5\n' },
  {
    name: 'podman run -e -w -u --hostname --read-only --tmpfs',
    script:
      "prun --rm -e A=b -w /tmp -u app --hostname h --read-only --tmpfs /t $ROOTFS sh -c 'echo $A; pwd; id -u; hostname; touch /x 2>/dev/null; echo $?; touch /t/x; echo $?'",
    expect: 'b\n/tmp\n1000\nh\n1\n0\n',
  },
  {
    name: 'podman run -d, exec, logs, stop, rm',
    script:
      'prun -d --name $N $ROOTFS sh -c \'trap "echo bye; exit 6" TERM; echo go; while :; do sleep 0.1; done\' >/dev/null; wait_for says go; podman exec $N echo inside; podman stop $N; podman wait $N; podman logs $N; podman rm $N >/dev/null',
    expect: 'inside\nNAME\n6\ngo\nbye\n',
  },
  {
    name: 'podman run -v',
    script: "echo host >$W/f; prun --rm -v $W:/v $ROOTFS sh -c 'cat /v/f; echo guest >/v/g'; cat $W/g",
    expect: 'host\nguest\n',
  },
  {
    name: 'podman run -it',
    script:
      "typed 'expect:# ' 'send:exit 3\\n' -- nsenter -t $HOST_PID -m -n -p podman --root $DATA/podman --runroot /run/podman --storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime $RUNTIME_PROGRAM run --rm -it --network none --rootfs $ROOTFS sh >/dev/null; echo $?",
    expect: '3\n',
  },
  {
    name: 'podman pause, unpause, kill',
    script:
      'prun -d --name $N $ROOTFS sleep 100 >/dev/null; podman pause $N; podman unpause $N; podman kill $N; podman wait $N; podman rm $N >/dev/null',
    expect: 'NAME\nNAME\nNAME\n137\n',
  },
  { name: 'podman run: not there', script: 'prun --rm $ROOTFS no-such >$W/o 2>&1; echo $?', expect: '127\n' },
];
