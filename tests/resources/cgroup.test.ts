/** Cgroups on this machine, whatever version it has: limits that hold, counts that agree with runc's. Needs root. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Cgroup, openCgroup, restoreCgroup } from '#runtime/cgroup/cgroup.ts';
import { guestPids } from '#runtime/cgroup/convert.ts';
import { readHierarchies } from '#runtime/cgroup/hierarchy.ts';
import type { LinuxResources } from '#runtime/spec/resources.ts';

const root = process.geteuid?.() === 0 && readHierarchies().mounts.size > 0;
const options = { skip: root ? false : 'needs root and cgroups' };
const top = `/belljar-cgroups-${process.pid}`;
const children: ChildProcess[] = [];
const made: Cgroup[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const cgroup of made) cgroup.remove();
  openCgroup({ cgroupsPath: top, id: 'x', systemd: false, rootless: false }).remove();
});

function make(name: string, resources?: LinuxResources): Cgroup {
  const cgroup = openCgroup({ cgroupsPath: `${top}/${name}`, id: name, systemd: false, rootless: false });
  made.push(cgroup);
  cgroup.create(resources);
  return cgroup;
}
/** A program that is in the cgroup before it begins. */
function run(cgroup: Cgroup, ...command: string[]): ChildProcess {
  const child = spawn('/bin/sh', ['-c', 'read go; exec "$@"', 'sh', ...command], { stdio: ['pipe', 'ignore', 'inherit'] });
  children.push(child);
  cgroup.addProcess(child.pid as number);
  child.stdin?.write('go\n');
  return child;
}
const ended = (child: ChildProcess) =>
  new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cpuTicks = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

test('a process is moved with its children, counted, and the directory goes when they are gone', options, async () => {
  const cgroup = make('life');
  const child = run(cgroup, 'sh', '-c', 'sleep 60 & sleep 60; true');
  for (let i = 0; i < 100 && cgroup.processes().length < 3; i += 1) await pause(20);
  const pids = cgroup.processes();
  ok(pids.includes(child.pid as number));
  equal(pids.length, 3);
  equal(cgroup.stats().pids.current, 3);
  throws(() => make('life'), /other processes are in the container's cgroup already/);
  throws(() => cgroup.remove(), /processes are still in it: \d+/);
  const again = restoreCgroup(JSON.parse(JSON.stringify(cgroup.describe())));
  deepEqual(again.processes(), pids);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  again.remove();
  deepEqual(cgroup.processes(), []);
});

test('frozen processes use no time until they are thawed', options, async () => {
  const cgroup = make('frost');
  const child = run(cgroup, 'sh', '-c', 'while :; do :; done');
  await pause(100);
  cgroup.freeze();
  equal(cgroup.isFrozen(), true);
  const before = cpuTicks(child.pid as number);
  await pause(300);
  equal(cpuTicks(child.pid as number), before);
  cgroup.thaw();
  equal(cgroup.isFrozen(), false);
  await pause(300);
  ok(cpuTicks(child.pid as number) > before);
  child.kill('SIGKILL');
});

test('limits hold: memory kills, pids refuse, the quota throttles', options, async () => {
  const memory = make('memory', { memory: { limit: 20 << 20, swap: 20 << 20 } });
  equal(memory.oomKills(), 0);
  const hog = run(memory, 'python3', '-c', 'x = bytearray(60 << 20)');
  deepEqual(await ended(hog), [null, 'SIGKILL']);
  equal(memory.oomKills(), 1);
  equal(memory.stats().memory.usage.limit, 20 << 20);

  const pids = make('pids', { pids: { limit: 3 } });
  // There is room for the sandbox's own threads above the guests' three.
  const forker = run(pids, 'sh', '-c', 'for i in $(seq 100); do sleep 2 & done; wait');
  const [code] = await ended(forker);
  ok(code !== 0, 'a fork was refused');

  const cpu = make('cpu', { cpu: { quota: 10000, period: 100000 } });
  const busy = run(cpu, 'sh', '-c', 'while :; do :; done');
  await pause(1200);
  const { usage, throttling } = cpu.stats().cpu;
  const seconds = Number(usage.total) / 1e9;
  ok(seconds < 0.45, `${seconds} s in 1.2 s at 10 %`);
  ok(Number(throttling.throttledPeriods) > 2, JSON.stringify(throttling));
  cpu.apply({ cpu: { quota: -1 } });
  await pause(200);
  const throttled = cpu.stats().cpu.throttling.throttledPeriods;
  await pause(600);
  equal(cpu.stats().cpu.throttling.throttledPeriods, throttled, 'and not after the limit is taken away');
  busy.kill('SIGKILL');
  await ended(busy);
});

test('what cannot be is said in one line', options, () => {
  const cgroup = make('bad');
  throws(
    () => cgroup.apply({ cpu: { cpus: '4000' } }),
    /^Failure: linux\.resources\.cpu\.cpus: writing "4000" to .*: (the value is out of range|the host kernel refuses this value)$/,
  );
  throws(() => cgroup.addProcess(4194303), /moving process 4194303 to .*: the process is gone/);
});

const runc = spawnSync('runc', ['--version']).status === 0;

test('limits and counts of a container are those that runc sets and prints', { skip: root && runc ? false : 'needs root and runc' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'belljar-runc-'));
  const bundle = join(directory, 'bundle');
  const call = (...args: string[]) =>
    execFileSync('runc', ['--root', join(directory, 'state'), ...args], {
      cwd: bundle,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  mkdirSync(join(bundle, 'rootfs/bin'), { recursive: true });
  try {
    execFileSync('cp', ['/bin/busybox', join(bundle, 'rootfs/bin/sleep')]);
    call('spec');
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
    config.process.args = ['/bin/sleep', '1000'];
    config.process.terminal = false;
    const resources: LinuxResources = {
      devices: [
        { allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' },
        { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
      ],
      cpu: { shares: 512, quota: 50000, period: 200000, cpus: '0', mems: '0' },
      memory: { limit: 64 << 20, swap: 128 << 20, reservation: 32 << 20, ...(readHierarchies().version === 1 ? { swappiness: 10 } : {}) },
      pids: { limit: 64 },
    };
    config.linux.resources = {
      ...resources,
      devices: resources.devices?.map((rule) => (rule.type === 'a' ? { allow: false, access: 'rwm' } : rule)),
    };
    config.linux.cgroupsPath = `${top}/theirs`;
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    execFileSync('runc', ['--root', join(directory, 'state'), 'run', '-d', 'c1'], { cwd: bundle, stdio: 'ignore' });
    try {
      const theirs = openCgroup({ cgroupsPath: `${top}/theirs`, id: 'x', systemd: false, rootless: false });
      theirs.freeze();
      const ours = make('ours', resources);
      // The same files have the same values.
      const files = [
        'cpu.shares',
        'cpu.cfs_quota_us',
        'cpu.cfs_period_us',
        'cpu.weight',
        'cpu.max',
        'cpuset.cpus',
        'cpuset.mems',
        'memory.limit_in_bytes',
        'memory.memsw.limit_in_bytes',
        'memory.soft_limit_in_bytes',
        'memory.swappiness',
        'memory.max',
        'memory.swap.max',
        'memory.low',
        'devices.list',
      ];
      const placesOf = (cgroup: Cgroup) => {
        const described = cgroup.describe();
        return described.version === 1 ? Object.values(described.paths) : [described.path as string];
      };
      const [a, b] = [placesOf(theirs), placesOf(ours)];
      const read = (path: string) => {
        try {
          return readFileSync(path, 'latin1').split('\n').sort().join('\n');
        } catch {
          return null;
        }
      };
      let compared = 0;
      for (const [i, place] of a.entries())
        for (const file of files) {
          const value = read(`${place}/${file}`);
          if (value === null) continue;
          compared += 1;
          equal(read(`${b[i]}/${file}`), value, file);
        }
      ok(compared >= 6, `${compared} files`);
      const pidsMax = (places: string[]) => Number(places.map((place) => read(`${place}/pids.max`)).find((text) => text !== null));
      equal(pidsMax(a), 64);
      equal(guestPids(pidsMax(b)), 64);
      theirs.thaw();
      theirs.freeze();
      // Counts: every member is there, and equal where it does not run on.
      const printed = JSON.parse(call('events', '--stats', 'c1')).data;
      const counted = JSON.parse(JSON.stringify(theirs.stats()));
      deepEqual(shape(counted), shape(printed));
      for (const member of ['cpuset', 'pids', 'blkio', 'hugetlb', 'intel_rdt', 'network_interfaces'])
        deepEqual(counted[member], printed[member], member);
      for (const member of ['usage', 'swap', 'kernel', 'kernelTCP'])
        equal(counted.memory[member].limit, printed.memory[member].limit, member);
      equal(counted.memory.raw.hierarchical_memory_limit, printed.memory.raw.hierarchical_memory_limit);
      deepEqual(counted.cpu, printed.cpu);
    } finally {
      call('delete', '--force', 'c1');
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** The names of all members and the types of their values. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, shape(member)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}
