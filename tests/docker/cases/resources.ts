/** Limits: set, shown and enforced. */
import type { DockerCase } from './case.ts';

/** A limit as the guest sees it: by the file's name in version 1, or that in version 2. */
const limit = (v1: string, v2: string): string => `{ cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}; }`;

const oom = (name: string): string => `docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}' ${name}`;

export const resourceCases: readonly DockerCase[] = [
  {
    name: 'run --memory: a hog is killed, exit 137, OOMKilled',
    script: `run --name $N --memory 64m busybox dd if=/dev/zero of=/dev/null bs=200M count=1; echo $?; ${oom('$N')}`,
    expect: '137\ntrue 137 exited\n',
  },
  {
    name: 'run --memory: a child that is a hog is killed, its parent lives',
    script: `run --name $N --memory 64m busybox sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; echo $?; echo alive'; ${oom('$N')}`,
    expect: '137\nalive\ntrue 0 exited\n',
  },
  {
    name: 'run --memory: under the limit',
    script: 'run --rm --memory 64m busybox dd if=/dev/zero of=/dev/null bs=20M count=1; echo $?',
    expect: '0\n',
  },
  {
    name: 'run --memory: shown inside',
    script: `run --rm --memory 64m busybox sh -c '${limit('memory/memory.limit_in_bytes', 'memory.max')}'`,
    expect: '67108864\n',
  },
  { name: 'run --memory: too small', script: 'run --rm --memory 4m busybox true; echo $?', expect: '125\n' },
  {
    name: 'run --pids-limit',
    script:
      "run --rm --pids-limit 10 busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo not reached' | tail -n 1; echo $?",
    expect: '0\n',
    ownWords: /can't fork/,
  },
  {
    name: 'run --cpus: a busy program is held back',
    script: `run --rm --cpus 0.25 busybox sh -c 'timeout 2 sh -c "while :; do :; done" 2>/dev/null; times' | tail -n 1 |
      awk '{ split($1, t, /[ms]/); print (t[1] * 60 + t[2] < 1.0) ? "held back" : "ran for " $1 }'`,
    expect: 'held back\n',
  },
  {
    name: 'run --cpus: shown inside',
    script: `run --rm --cpus 0.5 busybox sh -c '${limit('cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us', 'cpu.max')} | tr "\\n" " "'`,
    expect: '50000 100000 ',
  },
  {
    name: 'run --cpuset-cpus',
    script: 'run --rm --cpuset-cpus 1 busybox sh -c "nproc; grep ^Cpus_allowed_list /proc/self/status"',
    expect: '1\nCpus_allowed_list:\t1\n',
  },
  {
    name: 'the cgroup on the host has what was asked for',
    script: `run -d --name $N --memory 64m --memory-swap 64m --memory-reservation 32m --pids-limit 77 --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 busybox sleep 60 >/dev/null
      c=$(docker inspect -f '{{.Id}}' $N); for f in memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus; do
      h=\${f%%/*}; echo $f $(cat /sys/fs/cgroup/$h/$CGROUP/$c/\${f#*/}); done`,
    expect:
      'memory/memory.limit_in_bytes 67108864\nmemory/memory.soft_limit_in_bytes 33554432\ncpu/cpu.cfs_quota_us 50000\ncpu/cpu.shares 512\ncpuset/cpuset.cpus 0\n',
  },
  {
    name: 'update',
    script: `run -d --name $N --memory 64m busybox sleep 60 >/dev/null; docker update --memory 32m --memory-swap 32m --cpus 0.5 --pids-limit 55 $N
      docker exec $N sh -c '${limit('memory/memory.limit_in_bytes', 'memory.max')}; ${limit('pids/pids.max', 'pids.max')}'
      docker exec $N dd if=/dev/zero of=/dev/null bs=60M count=1; echo $?; docker inspect -f '{{.State.Status}}' $N`,
    expect: 'NAME\n33554432\n55\n137\nrunning\n',
  },
  {
    name: 'stats --no-stream',
    script: `run -d --name $N --memory 64m busybox sleep 60 >/dev/null
      docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' $N | sed 's,[0-9.]*[kKM]iB /,USED /,'
      docker stats --no-stream --format '{{.MemPerc}}' $N | grep -qE '^[0-9.]+%$' && echo percent`,
    expect: 'NAME USED / 64MiB\npercent\n',
  },
  {
    name: 'a fork bomb ends with its container',
    script: `run -d --name $N --pids-limit 50 busybox sh -c 'while :; do (sleep 100 &) ; done' >/dev/null; sleep 1; docker rm -f $N`,
    expect: 'NAME\n',
  },
];
