import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RLIM_INFINITY } from '#abi/resource.ts';
import { CONTROL_RECORD, controlWord, encodeControl } from './control.ts';
import { Failure } from './failure.ts';
import { parseLaunch, parseMountInfo, pathsToCover } from './launch.ts';
import { mergeEnv, normalPath, parseVolume } from './options.ts';
import { findUser } from './users.ts';

test('a launch description', () => {
  const limits = `${'1024 4096\n'.repeat(15)}-1 -1\n`;
  const launch = parseLaunch(`2 1 1000 100 1 18 5 2 4 24\n${limits}/opt/bj\0/home\0do\0-- x\n\0A=1\0`);
  strictEqual(launch.projectRoot, '/opt/bj');
  strictEqual(launch.cwd, '/home');
  deepStrictEqual(launch.args, ['do', '-- x\n']);
  deepStrictEqual(launch.env, ['A=1']);
  deepStrictEqual([launch.uid, launch.gid, launch.umask, launch.userNamespace], [1000, 100, 0o22, true]);
  deepStrictEqual(launch.terminals, [true, false, true]);
  deepStrictEqual(launch.closed, [false, true, false]);
  deepStrictEqual(launch.groups, [4, 24]);
  deepStrictEqual(launch.limits[0], { soft: 1024, hard: 4096 });
  deepStrictEqual(launch.limits[15], { soft: RLIM_INFINITY, hard: RLIM_INFINITY });
  throws(() => parseLaunch('1 2'), Failure);
});

const mountInfo = parseMountInfo(
  [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '23 27 0:22 / /sys rw shared:7 master:1 - sysfs sysfs rw',
    '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
    '27 1 254:0 / / rw - ext4 /dev/vda rw',
    '40 27 0:50 / /srv/my\\040disk rw - ext4 /dev/vdb rw',
    '41 40 0:51 / /srv/my\\040disk/t rw - tracefs t rw',
  ].join('\n'),
);

test("the host kernel's own file systems are covered, wherever they are", () => {
  deepStrictEqual(pathsToCover('/', mountInfo), ['/dev', '/proc', '/srv/my disk/t', '/sys']);
  deepStrictEqual(pathsToCover('/srv', mountInfo), ['/my disk/t']);
  deepStrictEqual(pathsToCover('/srv/my disk', mountInfo), ['/t']);
  deepStrictEqual(pathsToCover('/usr', mountInfo), []);
  strictEqual(pathsToCover('/proc', mountInfo), null);
  strictEqual(pathsToCover('/sys/fs', mountInfo), null);
});

test('volumes', () => {
  deepStrictEqual(parseVolume('a:/b/../c:ro'), { source: 'a', destination: '/c', readonly: true });
  for (const text of ['a', 'a:b', 'a:/b:rx', ':/b', 'a:/b:ro:x', '']) throws(() => parseVolume(text), Failure);
});

test('environment: later wins, a bare name removes', () => {
  deepStrictEqual(mergeEnv(['A=1', 'B=2', 'broken', 'A=3'], ['C=4', 'B', 'A=5']), ['A=5', 'C=4']);
});

test('normal paths have no dots and stay below the root', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '..', '.', ''), { maxLength: 8 }), (parts) => {
      const path = normalPath(parts.join('/'));
      strictEqual(normalPath(path), path);
      strictEqual(/(^|\/)\.{1,2}(\/|$)|\/\/|[^/]\/$/.test(path), false);
    }),
  );
});

const passwd = 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001:Ann:/home/ann:/bin/sh\n1000:x:7:7::/seven:/bin/sh\nshort:x:9\n';
const group = 'root:x:0:\nann:x:1001:\naudio:x:29:bob,ann\nwheel:x:10:ann\n';

test('users by name and number', () => {
  deepStrictEqual(findUser('ann', passwd, group), { uid: 1000, gid: 1001, groups: [29, 10], home: '/home/ann' });
  deepStrictEqual(findUser('ann:audio', passwd, group), { uid: 1000, gid: 29, groups: [], home: '/home/ann' });
  deepStrictEqual(findUser('4242', passwd, group), { uid: 4242, gid: 0, groups: [], home: null });
  deepStrictEqual(findUser('0:5', passwd, group), { uid: 0, gid: 5, groups: [], home: '/root' });
  // A user whose name is a number goes by its name.
  strictEqual(findUser('1000', passwd, group).uid, 7);
  for (const bad of ['', ':', 'bob', 'ann:', ':audio', 'ann:none', '4294967295', 'short'])
    throws(() => findUser(bad, passwd, group), Failure);
});

test('any passwd file is read or refused', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (wanted, users, groups) => {
      try {
        const user = findUser(wanted, users, groups);
        strictEqual(Number.isInteger(user.uid) && user.uid >= 0 && user.uid < 2 ** 32 - 1, true);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }),
  );
});

test('control records', () => {
  const record = encodeControl(new Uint8Array(CONTROL_RECORD), 2, -5, 0x7fffffff, 1);
  deepStrictEqual(
    [0, 1, 2, 3].map((i) => controlWord(record, i)),
    [2, -5, 0x7fffffff, 1],
  );
});
