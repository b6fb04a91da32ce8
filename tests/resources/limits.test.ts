/** Limits as programs in a container see and meet them: through bundles whose cgroup the runtime makes. Needs root. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { type Config, isRoot, makeBundle, run } from './bundle.ts';

const options = { skip: isRoot ? false : 'needs root' };
const cgroupFile = (name: string) => `file:/sys/fs/cgroup/${name}`;

function answers(questions: readonly string[], resources: object, edit: (config: Config) => void = () => {}): string[] {
  const bundle = makeBundle(questions, (config) => {
    config.linux.resources = resources;
    edit(config);
  });
  const { lines, stderr, status } = run('belljar', bundle);
  equal(status, 0, stderr);
  return lines.map((line) => line.slice(line.indexOf('=') + 1));
}
const MB = 1 << 20;

test('pids: one more than the limit is refused with EAGAIN, and room that comes back can be used', options, () => {
  const [forks, after, max, current, events] = answers(
    ['forks', cgroupFile('pids.max'), cgroupFile('pids.current'), cgroupFile('pids.events')],
    { pids: { limit: 10 } },
  );
  equal(forks, '9 EAGAIN');
  equal(after, 'yes');
  equal(max, '10');
  equal(current, '1');
  equal(events, 'max 1');
  equal(answers(['forks'], {})[0], '40 unlimited');
});

test('memory: the files that programs size themselves by', options, () => {
  const [max, swap, current, events, meminfo, sysinfo, stat] = answers(
    ['memory.max', 'memory.swap.max', 'memory.current', 'memory.events']
      .map(cgroupFile)
      .concat('file:/proc/meminfo', 'sysinfo', cgroupFile('memory.stat')),
    { memory: { limit: 256 * MB, swap: 320 * MB } },
  );
  equal(max, String(256 * MB));
  equal(swap, String(64 * MB));
  const used = Number(current);
  ok(used > 1 * MB && used < 200 * MB, String(current));
  match(events ?? '', /^low 0\|high 0\|max \d+\|oom 0\|oom_kill 0\|/);
  const field = (name: string) => Number(new RegExp(`\\b${name}: +(\\d+) kB`).exec(meminfo ?? '')?.[1]) * 1024;
  equal(field('MemTotal'), 256 * MB);
  ok(field('MemFree') < 256 * MB && field('MemFree') > 50 * MB);
  ok(field('MemAvailable') >= field('MemFree'));
  ok(field('SwapTotal') <= 64 * MB);
  equal(Number(sysinfo), 256 * MB);
  match(stat ?? '', /^anon \d+\|file \d+\|/);
});

test('cpu: quota and weight show, and the CPUs of the cpuset are the only ones', options, () => {
  const [max, weight, effective, cpus, cpuinfo, status] = answers(
    ['cpu.max', 'cpu.weight', 'cpuset.cpus.effective'].map(cgroupFile).concat('cpus', 'file:/proc/cpuinfo', 'file:/proc/self/status'),
    { cpu: { quota: 150000, period: 100000, shares: 512, cpus: '0' } },
  );
  equal(max, '150000 100000');
  equal(weight, '20');
  equal(effective, '0');
  equal(cpus, '1');
  deepEqual(
    [...(cpuinfo ?? '').matchAll(/processor\s*: (\d+)/g)].map((found) => found[1]),
    ['0'],
  );
  match(status ?? '', /\|Cpus_allowed_list:\t0\|/);
});

test('without limits a container sees the machine', options, () => {
  const [memory, cpu, pids] = answers(['memory.max', 'cpu.max', 'pids.max'].map(cgroupFile), {});
  deepEqual([memory, cpu, pids], ['max', 'max 100000', 'max']);
});

test('the quota holds: throttled periods are counted inside', options, () => {
  const [, stat] = answers(['loop:20000', cgroupFile('cpu.stat')], { cpu: { quota: 20000, period: 100000 } });
  const throttled = Number(/nr_throttled (\d+)/.exec(stat ?? '')?.[1]);
  ok(throttled > 0, String(stat));
});

const java = existsSync('/usr/bin/java');
test('a JVM and Node take their sizes from the limits', { skip: isRoot && java ? false : 'needs root and java' }, () => {
  const inRoot = (program: string, args: string[], resources: object): string => {
    const bundle = makeBundle([], (config) => {
      config.root = { path: '/', readonly: true };
      config.process.args = [program, ...args];
      config.process.env = ['PATH=/usr/bin:/bin'];
      config.linux.resources = resources;
    });
    const { lines, stderr, status } = run('belljar', bundle);
    equal(status, 0, stderr);
    return lines.join('\n');
  };
  const heap = inRoot('/usr/bin/java', ['-XX:-UsePerfData', '-XX:+PrintFlagsFinal', '-version'], {
    memory: { limit: 512 * MB },
    cpu: { quota: 100000, period: 100000 },
  });
  equal(/ MaxHeapSize\s+= (\d+)/.exec(heap)?.[1], String(128 * MB), 'a quarter of the limit');
  equal(/ UseSerialGC\s+= (\w+)/.exec(heap)?.[1], 'true', 'one CPU');
  const node = inRoot(process.execPath, ['-p', 'process.constrainedMemory() + " " + os.availableParallelism()'], {
    memory: { limit: 512 * MB },
    cpu: { cpus: '1' },
  });
  equal(node, `${512 * MB} 1`);
});

test('update is seen by the program that runs', options, () => {
  // Through the same cgroup, while the container runs.
  const bundle = makeBundle(['forks', 'file:/sys/fs/cgroup/memory.max', 'file:/sys/fs/cgroup/pids.max'], (config) => {
    config.linux.resources = { memory: { limit: 256 * MB }, pids: { limit: 20 } };
  });
  const belljar = new URL('../../belljar', import.meta.url).pathname;
  const id = `update-${process.pid}`;
  const call = (...args: string[]) =>
    execFileSync(belljar, args, {
      cwd: bundle,
      encoding: 'utf8',
      stdio: ['ignore', args[0] === 'events' ? 'pipe' : 'ignore', 'inherit'],
      timeout: 60_000,
    });
  call('create', '--bundle', bundle, id);
  try {
    call('update', '--memory', String(200 * MB), '--pids-limit', '5', id);
    const stats = JSON.parse(call('events', '--stats', id)).data;
    equal(stats.memory.usage.limit, 200 * MB);
    deepEqual(stats.pids, { current: 1, limit: 5 });
  } finally {
    call('delete', '--force', id);
  }
});
