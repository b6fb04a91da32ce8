import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupMounts, openCgroup } from './cgroup-files.ts';

test('where cgroup file systems are mounted', () => {
  const mounts = cgroupMounts(
    [
      '30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate',
      '31 25 0:27 /../.. /cg/memory rw - cgroup cgroup rw,memory',
      '32 25 0:28 / /cg/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
      '33 25 0:28 /docker/abc /part rw - cgroup cgroup rw,pids',
      '34 25 0:29 / /tmp rw - tmpfs tmpfs rw',
    ].join('\n'),
  );
  equal(mounts.get(''), '/sys/fs/cgroup');
  equal(mounts.get('memory'), '/cg/memory');
  equal(mounts.get('cpuacct'), '/cg/cpu');
  equal(mounts.has('pids'), false);
});

test('the root cgroup, or none, limits nothing', () => {
  const none = { version: 0, files: {} };
  deepEqual(openCgroup('0::/\n'), none);
  deepEqual(openCgroup('4:memory:/\n0::/\n'), none);
  deepEqual(openCgroup(''), none);
});
