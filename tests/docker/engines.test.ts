/** containerd and podman with Belljar beside runc: the cases of cases/engines.ts. ENGINE_CASES=TEXT[,TEXT] selects some by name. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { belljar, eventually, isRoot } from '../cli/sandbox.ts';
import { type EngineCase, engineCases } from './cases/engines.ts';
import { knownGaps } from './known-gaps.ts';
import { buildStatic, makeBusyboxRoot } from './daemon.ts';
import { OwnHost, put } from './own-host.ts';
import { commonPrelude, normal, runScript, type ScriptOutput } from './script.ts';

const prelude = `${commonPrelude}
ctr() { inside ctr -a "$CONTAINERD" "$@"; }
made=0
crun() {
  made=$((made + 1))
  ctr run --runtime io.containerd.runc.v2 --runc-binary "$RUNTIME_PROGRAM" --env PATH=/bin --cgroup "/$CGROUP/$N-$made" --rootfs "$@"
}
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

for (const item of engineCases.filter(({ name }) => wanted.length === 0 || wanted.some((text) => name.includes(text)))) {
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
