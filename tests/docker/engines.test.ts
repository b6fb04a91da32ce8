/**
 * containerd (by ctr, with the runc v2 shim and its option for the runtime's program, which is what Kubernetes uses) and podman,
 * with Belljar beside runc. Cases are scripts as in cases/case.ts; here with
 *   crun OPTION... $ROOTFS ID COMMAND...   ctr run by the runtime under test
 *   prun OPTION... $ROOTFS COMMAND...      podman run by the runtime under test
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { belljar, eventually, isRoot } from '../cli/sandbox.ts';
import { knownGaps } from './known-gaps.ts';
import { buildStatic, makeBusyboxRoot } from './daemon.ts';
import { OwnHost, put } from './own-host.ts';
import { commonPrelude, normal, runScript, type ScriptOutput } from './script.ts';

interface EngineCase {
  readonly name: string;
  readonly script: string;
  readonly expect: string;
}

const pod = `crun -d --annotation io.kubernetes.cri.container-type=sandbox --annotation io.kubernetes.cri.sandbox-id=$N-pod $ROOTFS $N-pod sleep 100
  p=$(ctr task ls | awk -v id=$N-pod '$1 == id { print $2 }'); s=/proc/$p/ns
  member() { crun --with-ns network:$s/net --with-ns ipc:$s/ipc --with-ns uts:$s/uts --annotation io.kubernetes.cri.container-type=container --annotation io.kubernetes.cri.sandbox-id=$N-pod "$@"; }
`;

const cases: readonly EngineCase[] = [
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

const prelude = `${commonPrelude}
ctr() { inside ctr -a "$CONTAINERD" "$@"; }
crun() { ctr run --runtime io.containerd.runc.v2 --runc-binary "$RUNTIME_PROGRAM" --env PATH=/bin --cgroup "/$CGROUP/$N" --rootfs "$@"; }
podman() {
  inside podman --root "$DATA/podman" --runroot /run/podman --storage-driver vfs --cgroup-manager cgroupfs --events-backend none \\
    --runtime "$RUNTIME_PROGRAM" "$@"
}
says() { podman logs $N | grep -q "$1"; }
stopped() { ctr task ls | grep "^$N .*STOPPED"; }
prun() { podman run --network none --log-driver k8s-file --rootfs "$@"; }
`;

let host: OwnHost;
let rootfs: string;
before(async () => {
  ok(isRoot, 'the containerd and podman tests need root: run npm test as root');
  host = await OwnHost.start();
  rootfs = makeBusyboxRoot(join(host.directory, 'rootfs'));
  buildStatic(join(import.meta.dirname, 'ipc.c'), join(rootfs, 'bin/ipc'));
  const socket = join(host.directory, 'containerd');
  const config = put(
    host,
    'containerd.toml',
    `version = 2\nroot = "${host.data}/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
  );
  host.run(['sh', '-c', `BELLJAR_FRESH=1 setsid containerd --config ${config} >${host.directory}/containerd.log 2>&1 </dev/null &`]);
  const up = await eventually(() => spawnSync('ctr', ['-a', socket, 'version'], { stdio: 'ignore' }).status === 0);
  ok(up, 'containerd does not answer');
});
after(async () => {
  await host?.[Symbol.asyncDispose]();
});

const programs = { runc: '/usr/sbin/runc', belljar };
let serial = 0;

async function runUnder(item: EngineCase, runtime: 'runc' | 'belljar'): Promise<ScriptOutput & { left: readonly string[] }> {
  const name = `e${++serial}-${runtime}`;
  const work = join(host.directory, `w${serial}`);
  mkdirSync(work);
  const result = await runScript(`${prelude}\n${item.script}`, {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: host.directory,
    LC_ALL: 'C',
    TERM: 'xterm',
    RUNTIME_PROGRAM: programs[runtime],
    N: name,
    W: work,
    ROOTFS: rootfs,
    DATA: host.data,
    CGROUP: host.cgroup,
    CONTAINERD: join(host.directory, 'containerd'),
    TYPED: join(import.meta.dirname, 'typed.py'),
    HOST_PID: String(host.pid),
    BELLJAR_FRESH: '1',
  });
  const left = await cleanUp();
  const words = { NAME: name, DIRECTORY: work };
  return { status: result.status, stdout: normal(result.stdout, words), stderr: normal(result.stderr, words), left };
}

/** Ends containers that a case left running, and says what outlives that. */
async function cleanUp(): Promise<string[]> {
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', BELLJAR_FRESH: '1' };
  const script = `
    ctr="ctr -a ${host.directory}/containerd"
    for c in $($ctr c ls -q); do $ctr task kill -s KILL $c; $ctr task rm -f $c; $ctr c rm $c; done
    podman --root ${host.data}/podman --runroot /run/podman --storage-driver vfs --cgroup-manager cgroupfs rm -fa`;
  const left = (): string[] => [
    ...[...host.processes().values()].filter((command) => !command.startsWith('containerd --config')),
    ...host.cgroups().filter((path) => !/conmon$|libpod_parent/.test(path)),
  ];
  for (let round = 0; round < 20; round++) {
    if (left().length === 0) return [];
    if (round % 5 === 0) host.run(['sh', '-c', script], { env: environment });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const remains = left();
  for (const pid of host.processes().keys())
    if (!host.processes().get(pid)?.startsWith('containerd --config')) process.kill(pid, 'SIGKILL');
  for (const path of host.cgroups()) host.run(['rmdir', path]);
  return remains;
}

const wanted = (process.env['ENGINE_CASES'] ?? '').split(',').filter((text) => text !== '');
const runtimes = (process.env['DOCKER_RUNTIMES'] ?? 'runc,belljar').split(',') as ('runc' | 'belljar')[];

function check(item: EngineCase, runtime: string, output: ScriptOutput & { left: readonly string[] }): void {
  const shown = `${runtime}: status ${output.status}\n--- stdout\n${output.stdout}--- stderr\n${output.stderr}`;
  ok(output.status !== null, `took too long: ${shown}`);
  strictEqual(output.stdout, item.expect, shown);
  deepStrictEqual(output.left, [], `${runtime} left something`);
}

for (const item of cases.filter(({ name }) => wanted.length === 0 || wanted.some((text) => name.includes(text)))) {
  test(item.name, { timeout: 200_000 }, async () => {
    if (runtimes.includes('runc')) check(item, 'runc', await runUnder(item, 'runc'));
    if (!runtimes.includes('belljar')) return;
    const gap = knownGaps[item.name];
    const output = await runUnder(item, 'belljar');
    let problem: unknown = null;
    try {
      check(item, 'belljar', output);
    } catch (error) {
      problem = error;
    }
    if (gap === undefined && problem !== null) throw problem;
    if (gap === undefined) return;
    process.stderr.write(
      `engines: ${item.name}: ${problem === null ? 'a known gap that has CLOSED' : `known gap (issue ${gap.issue}): ${gap.reason}`}\n`,
    );
    ok(problem !== null, 'passes now: take it out of known-gaps.ts');
  });
}
