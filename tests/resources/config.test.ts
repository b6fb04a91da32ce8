/** Parts of config.json that the sandbox's kernel carries out, compared with runc where runc does the same. Needs root. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { chownSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Config, hasRunc, isRoot, makeBundle, type Run, run } from './bundle.ts';

const options = { skip: isRoot ? false : 'needs root' };

function ours(questions: readonly string[], edit: (config: Config) => void): Run {
  const result = run('belljar', makeBundle(questions, edit));
  equal(result.status, 0, result.stderr);
  return result;
}
/** Both runtimes' lines are equal; the lines. */
function same(questions: readonly string[], edit: (config: Config) => void): readonly string[] {
  const bundle = makeBundle(questions, edit);
  const result = run('belljar', bundle);
  equal(result.status, 0, result.stderr);
  if (hasRunc) {
    const theirs = run('runc', bundle);
    deepEqual(result.lines, theirs.lines, theirs.stderr);
  }
  return result.lines;
}

test('sysctls of the namespaces are set', options, () => {
  const files = ['net/core/somaxconn', 'net/ipv4/ip_local_port_range', 'kernel/shmmni', 'kernel/msgmax', 'kernel/sem', 'fs/mqueue/msg_max'];
  const lines = same(
    files.map((name) => `file:/proc/sys/${name}`),
    (config) => {
      config.linux.sysctl = {
        'net.core.somaxconn': '777',
        'net.ipv4.ip_local_port_range': '2000 3000',
        'kernel.shmmni': '100',
        'kernel.msgmax': '9999',
        'kernel.sem': '250 32000 32 128',
        'fs.mqueue.msg_max': '20',
      };
    },
  );
  deepEqual(lines.slice(0, 2), ['file=777', 'file=2000\t3000']);
});

test("sysctls that are the host machine's, and bad values, are refused", options, () => {
  const attempt = (sysctl: object) =>
    run(
      'belljar',
      makeBundle([], (config) => {
        config.linux.sysctl = sysctl;
      }),
    );
  match(attempt({ 'kernel.pid_max': '5' }).stderr, /linux\.sysctl\.kernel\.pid_max: want nothing: the setting is not part of a namespace/);
  match(
    attempt({ 'net.core.somaxconn': 'many' }).stderr,
    /linux\.sysctl\.net\.core\.somaxconn: want a value that this setting takes, found "many"/,
  );
});

test('masked files read as empty, masked directories are empty, read-only paths refuse writing', options, () => {
  const questions = [
    'file:/etc/secret',
    'write:/etc/secret',
    'stat:/etc/secret',
    'file:/etc/closed/inner',
    'make:/etc/closed/new',
    'write:/etc/fixed/inner',
    'make:/etc/fixed/new',
    'file:/etc/fixed/inner',
    'make:/etc/open',
  ];
  const edit = (config: Config) => {
    config.linux.maskedPaths = ['/etc/secret', '/etc/closed', '/not/there'];
    config.linux.readonlyPaths = ['/etc/fixed', '/not/there'];
  };
  const bundle = makeBundle(questions, edit);
  for (const name of ['closed', 'fixed']) {
    mkdirSync(`${bundle}/rootfs/etc/${name}`);
    writeFileSync(`${bundle}/rootfs/etc/${name}/inner`, 'inner\n');
  }
  writeFileSync(`${bundle}/rootfs/etc/secret`, 'secret\n');
  const { lines } = run('belljar', bundle);
  deepEqual(lines.slice(0, 2), ['file=', 'write=0']);
  deepEqual(lines.slice(3, 8), ['file=-ENOENT', 'make=-EROFS', 'write=-EROFS', 'make=-EROFS', 'file=inner']);
  if (hasRunc) deepEqual(lines.map(anyFd), run('runc', bundle).lines.map(anyFd));
  // Also where the container has no /dev of its own.
  const bare = makeBundle(['file:/etc/secret', 'write:/etc/secret'], (config) => {
    config.mounts = [];
    config.linux.maskedPaths = ['/etc/secret'];
  });
  writeFileSync(`${bare}/rootfs/etc/secret`, 'secret\n');
  deepEqual(run('belljar', bare).lines, ['file=', 'write=0']);
});
const anyFd = (line: string) => line.replace(/^make=\d+$/, 'make=fd');

test('a read-only path keeps what is mounted below it', options, () => {
  const lines = same(['file:/etc/fixed/below/there', 'make:/etc/fixed/below/new', 'make:/etc/fixed/new'], (config) => {
    config.mounts.push(
      { destination: '/etc/fixed', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/etc/fixed/below', type: 'tmpfs', source: 'tmpfs' },
    );
    config.linux.readonlyPaths = ['/etc/fixed'];
  });
  deepEqual(lines.map(anyFd), ['file=-ENOENT', 'make=fd', 'make=-EROFS']);
});

test('ids, groups, umask, limits, ambient capabilities of the process', options, () => {
  const lines = same(['ids', 'umask', 'nofile', 'ambient:10', 'ambient:0', 'file:/proc/self/oom_score_adj'], (config) => {
    config.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o027 };
    config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 512, hard: 600 }];
    const caps = ['CAP_NET_BIND_SERVICE'];
    config.process.capabilities = { bounding: caps, effective: caps, permitted: caps, inheritable: caps, ambient: caps };
    config.process.oomScoreAdj = 300;
  });
  deepEqual(lines, ['ids=1000:1001,5,7', 'umask=027', 'nofile=512 600', 'ambient=1', 'ambient=0', 'file=300']);
});

test("scheduler, I/O priority and personality are the process's, and its children's", options, () => {
  const { lines } = ours(['scheduler', 'nice', 'ioprio', 'personality:0xffffffff'], (config) => {
    config.process.scheduler = { policy: 'SCHED_BATCH', nice: 5 };
    config.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 };
    config.linux.personality = { domain: 'LINUX32' };
  });
  deepEqual(lines, ['scheduler=3 0', 'nice=25', `ioprio=${(2 << 13) | 6}`, 'personality=8']);
  deepEqual(
    same(['ioprio', 'scheduler'], () => {}),
    ['ioprio=0', 'scheduler=0 0'],
  );
});

test("a time namespace moves the clocks, the vDSO's too", options, () => {
  const day = 86400;
  const questions = ['monotonic', 'boottime', 'file:/proc/self/timens_offsets', 'file:/proc/uptime'];
  const value = (lines: readonly string[], i: number) => Number.parseFloat((lines[i] ?? '').slice((lines[i] ?? '').indexOf('=') + 1));
  const before = ours(questions, () => {}).lines;
  const { lines } = ours(questions, (config) => {
    config.linux.namespaces.push({ type: 'time' });
    config.linux.timeOffsets = { monotonic: { secs: 7 * day, nanosecs: 500 }, boottime: { secs: 30 * day } };
  });
  ok(Math.abs(value(lines, 0) - value(before, 0) - 7 * day) < 120, `${before} then ${lines}`);
  ok(Math.abs(value(lines, 1) - value(before, 1) - 30 * day) < 120);
  equal(lines[2], `file=monotonic      ${7 * day}       500|boottime      ${30 * day}         0`);
  ok(value(lines, 3) > 30 * day);
  const { stderr } = run(
    'belljar',
    makeBundle([], (config) => {
      config.linux.timeOffsets = { monotonic: { secs: 1 } };
    }),
  );
  match(stderr, /linux\.timeOffsets: want nothing, since linux\.namespaces has no time namespace/);
});

test("mapped ids: the container's root owns what its host id owns", options, () => {
  const edit = (config: Config) => {
    config.linux.namespaces.push({ type: 'user' });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 1000 }];
  };
  const bundle = makeBundle(
    ['stat:/etc/theirs', 'stat:/etc/others', 'make:/etc/new', 'stat:/etc/new', 'chown:/etc/theirs', 'stat:/etc/theirs', 'ids'],
    edit,
  );
  const etc = `${bundle}/rootfs/etc`;
  writeFileSync(`${etc}/theirs`, '');
  writeFileSync(`${etc}/others`, '');
  chownSync(`${etc}/theirs`, 100007, 200008);
  chownSync(etc, 100000, 200000);
  const { lines, stderr, status } = run('belljar', bundle);
  equal(status, 0, stderr);
  const owner = (i: number) => lines[i]?.split(' ')[2];
  deepEqual([owner(0), owner(1), owner(3), owner(5)], ['7:8', '65534:65534', '0:0', '5:6']);
  equal(lines[4], 'chown=0');
  equal(lines[6], 'ids=0:0');
  const host = (name: string) => {
    const { uid, gid } = lstatSync(`${etc}/${name}`);
    return [uid, gid];
  };
  deepEqual(
    [host('new'), host('theirs'), host('others')],
    [
      [100000, 200000],
      [100005, 200006],
      [0, 0],
    ],
  );
});

test('root propagation shows in mountinfo', options, () => {
  const lines = (propagation: string) =>
    ours(['file:/proc/self/mountinfo'], (config) => {
      config.linux.rootfsPropagation = propagation;
    })
      .lines.join('')
      .slice('file='.length)
      .split('|');
  const root = (all: string[]) => all.find((line) => line.split(' ')[4] === '/') ?? '';
  match(root(lines('shared')), / shared:\d+ /);
  ok(!/ shared:/.test(root(lines('private'))));
  ok(lines('rshared').every((line) => / shared:\d+ /.test(line)));
  const { stderr } = run(
    'belljar',
    makeBundle([], (config) => {
      config.linux.rootfsPropagation = 'often';
    }),
  );
  match(stderr, /linux\.rootfsPropagation: want one of private, slave, shared, unbindable/);
});
