/** What `do` and `run` give a command: arguments, environment, directory, user, volumes, overlay, exit status. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { belljar, isRoot, run } from './sandbox.ts';

const scratch = mkdtempSync(join(tmpdir(), 'belljar-usage-do-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path)) ?? '';

/** A root file system that holds busybox and two users. */
function makeRootfs(name: string): string {
  const rootfs = join(scratch, name, 'rootfs');
  for (const directory of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'data']) mkdirSync(join(rootfs, directory), { recursive: true });
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  for (const applet of ['sh', 'id', 'cat', 'ls', 'echo', 'hostname', 'env', 'pwd', 'stat', 'touch', 'umask'])
    symlinkSync('busybox', join(rootfs, 'bin', applet));
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nann:x:1001:\naudio:x:29:ann\n');
  return rootfs;
}

function jar(options: readonly string[], command: readonly string[], input = '') {
  return run(['do', ...options, '--', ...command], { input });
}

test('arguments and environment arrive byte for byte', () => {
  const result = spawnSync(
    'sh',
    ['-c', `"$0" do -- /bin/sh -c 'printf "%s|" "$@" "$X"' sh "$(printf 'a\\377b')" '' 'two  words' "$(printf 'l1\\nl2')"`, belljar],
    { env: { PATH: '/usr/bin:/bin', X: 'é=y', BELLJAR_FRESH: '1' }, encoding: 'latin1', timeout: 30_000 },
  );
  strictEqual(result.stdout, `a\u00ffb||two  words|l1\nl2|${Buffer.from('é=y').toString('latin1')}|`, result.stderr);
});

test('exit status and signals', () => {
  strictEqual(jar([], ['/bin/sh', '-c', 'exit 7']).status, 7);
  const killed = jar([], ['/bin/sh', '-c', 'kill -TERM $$']);
  deepStrictEqual([killed.status, killed.signal], [null, 'SIGTERM']);
});

test('standard input, output and error are kept apart', () => {
  const result = jar([], ['/bin/sh', '-c', 'cat; echo err >&2'], 'in\n');
  deepStrictEqual([result.stdout, result.stderr], ['in\n', 'err\n']);
});

test('--env sets and removes', () => {
  const result = run(['do', '--env', 'A=1', '--env', 'B', '--env', 'C=', '--', '/bin/sh', '-c', 'echo "$A,${B-none},${C-none},$D"'], {
    env: { B: '2', D: '4' },
  });
  strictEqual(result.stdout, '1,none,,4\n', result.stderr);
});

test('the working directory is the caller’s, or the one asked for', () => {
  strictEqual(run(['do', '--', '/bin/pwd'], { cwd: '/usr/bin' }).stdout, '/usr/bin\n');
  strictEqual(run(['do', '--cwd', '/etc', '--', '/bin/pwd']).stdout, '/etc\n');
});

test('--hostname', () => {
  strictEqual(jar(['--hostname', 'glass.test'], ['/bin/uname', '-n']).stdout, 'glass.test\n');
});

test('writes to the host’s root are seen inside and gone afterwards', () => {
  const path = join(scratch, 'written');
  const result = jar([], ['/bin/sh', '-c', `echo new > ${path} && cat ${path}`]);
  strictEqual(result.stdout, 'new\n', result.stderr);
  ok(!existsSync(path));
});

test('volumes: writable, read-only, and a single file', () => {
  const directory = join(scratch, 'volume');
  mkdirSync(directory);
  writeFileSync(join(directory, 'here'), 'old\n');
  const writable = jar(['--volume', `${directory}:/mnt`], ['/bin/sh', '-c', 'cat /mnt/here; echo new > /mnt/made']);
  strictEqual(writable.stdout, 'old\n', writable.stderr);
  strictEqual(readFileSync(join(directory, 'made'), 'utf8'), 'new\n');
  const readOnly = jar(['--volume', `${directory}:/mnt:ro`], ['/bin/sh', '-c', 'cat /mnt/made; echo x > /mnt/no']);
  strictEqual(readOnly.stdout, 'new\n');
  match(readOnly.stderr, /Read-only file system/);
  ok(!existsSync(join(directory, 'no')));
  const file = jar(['--volume', `${directory}/here:/etc/hostname`], ['/bin/cat', '/etc/hostname']);
  strictEqual(file.stdout, 'old\n', file.stderr);
});

test('users of the root file system, by name and number', { skip: busybox === '' || !isRoot }, () => {
  const rootfs = makeRootfs('users');
  const id = (user: string): string => {
    const result = jar(['--rootfs', rootfs, '--user', user], ['/bin/sh', '-c', 'id; echo $HOME']);
    return result.stdout + result.stderr;
  };
  match(id('ann'), /^uid=1000\(ann\) gid=1001\(ann\) groups=.*29\(audio\).*\n\/home\/ann\n$/);
  match(id('ann:audio'), /^uid=1000\(ann\) gid=29\(audio\)/);
  match(id('4242:7'), /^uid=4242 gid=7/);
});

test('--overlay none writes to DIR, memory does not', { skip: busybox === '' }, () => {
  const rootfs = makeRootfs('overlay');
  strictEqual(jar(['--rootfs', rootfs], ['/bin/touch', '/data/memory']).status, 0);
  ok(!existsSync(join(rootfs, 'data/memory')));
  strictEqual(jar(['--rootfs', rootfs, '--overlay', 'none'], ['/bin/touch', '/data/disk']).status, 0);
  ok(existsSync(join(rootfs, 'data/disk')));
});

test('run: a bundle from `belljar spec`', { skip: busybox === '' }, () => {
  const rootfs = makeRootfs('bundle');
  const bundle = join(rootfs, '..');
  strictEqual(run(['spec', '--bundle', bundle]).status, 0);
  strictEqual(run(['spec', '--bundle', bundle]).status, 125, 'never written over');
  const path = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(join(scratch, 'bound'), 'bound\n');
  config.process.args = [
    'sh',
    '-c',
    'hostname; cat /data/file; umask; touch /no; ls /proc/self/exe; grep CapBnd /proc/self/status; exit 3',
  ];
  config.process.env.push('LC_ALL=C');
  config.process.user.umask = 0o27;
  config.hostname = 'bundled';
  writeFileSync(join(rootfs, 'data/file'), '');
  config.mounts.push({ destination: '/data/file', source: join(scratch, 'bound'), options: ['rbind', 'ro'] });
  writeFileSync(path, JSON.stringify(config));
  symlinkSync('busybox', join(rootfs, 'bin/grep'));
  const result = run(['run', '--bundle', bundle, 'one']);
  strictEqual(result.stdout, 'bundled\nbound\n0027\n/proc/self/exe\nCapBnd:\t0000000020000420\n', result.stderr);
  match(result.stderr, /touch: \/no: Read-only file system/);
  strictEqual(result.status, 3);
});
