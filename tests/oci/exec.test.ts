/** Further processes in a container, and terminals. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { alive } from '../cli/sandbox.ts';
import { belljar, eventually, succeeds, here, makeBundle, oci, root, scratch, skip } from './container.ts';

const options = { skip };
const long = makeBundleIf(['sleep', '1000']);

function makeBundleIf(args: string[]): string {
  return skip ? '' : makeBundle(args);
}
before(() => {
  if (!skip) succeeds(oci(['run', '-d', '--bundle', long, 'host'], { ignore: true }));
});
after(() => {
  for (const child of receivers) child.kill();
  if (!skip) oci(['delete', '--force', 'host']);
});

test('output, input and status', options, () => {
  const result = oci(['exec', 'host', 'sh', '-c', 'cat; echo err >&2; exit 9'], { input: 'in\n' });
  deepStrictEqual(result, { status: 9, stdout: 'in\n', stderr: 'err\n' });
  strictEqual(oci(['exec', 'host', 'sh', '-c', 'kill -9 $$']).status, null, 'died of a signal');
});

test('user, groups, environment, directory, capabilities', options, () => {
  const show = 'id -u; id -g; id -G; pwd; echo $A; grep CapEff /proc/self/status';
  const { stdout } = oci(['exec', '-u', '5:6', '-g', '7', '-e', 'A=b', '--cwd', '/tmp', '-c', 'CAP_SYS_TIME', 'host', 'sh', '-c', show]);
  strictEqual(stdout, '5\n6\n6 7\n/tmp\nb\nCapEff:\t0000000000000000\n', 'an ordinary user’s exec drops capabilities');
  match(oci(['exec', '-c', 'CAP_SYS_TIME', 'host', 'grep', 'CapEff', '/proc/self/status']).stdout, /00000000020004e1/);
});

test('a process object, detached, with a pid file: the pid stands for it', options, async () => {
  const file = join(scratch, 'process.json');
  writeFileSync(file, JSON.stringify({ args: ['sleep', '500'], cwd: '/', env: ['PATH=/bin'], user: { uid: 3, gid: 3 } }));
  const pidFile = join(scratch, 'exec.pid');
  succeeds(oci(['exec', '-d', '--process', file, '--pid-file', pidFile, 'host'], { ignore: true }));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  match(oci(['ps', 'host']).stdout, /^3 .*sleep 500$/m);
  process.kill(pid, 'SIGTERM');
  ok(await eventually(() => !/sleep 500/.test(oci(['ps', 'host']).stdout)), 'signals are passed on');
  ok(await eventually(() => !alive(pid)));
  succeeds(oci(['exec', '-d', '--process', file, '--pid-file', pidFile, 'host'], { ignore: true }));
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  ok(await eventually(() => !/sleep 500/.test(oci(['ps', 'host']).stdout)), 'it dies with what stands for it');
});

test('descriptors are passed on, and closed with their last user', options, async () => {
  const path = join(scratch, 'passed');
  writeFileSync(path, 'from outside\n');
  const fd = openSync(path, 'r');
  const child = spawn(
    belljar,
    ['--root', root, 'exec', '--preserve-fds', '1', 'host', 'sh', '-c', 'cat <&3; sleep 100 >/dev/null 2>&1 &'],
    {
      stdio: ['ignore', 'pipe', 'inherit', fd],
    },
  );
  closeSync(fd);
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  const closed = new Promise((resolve) => child.stdout?.on('close', resolve));
  await closed; // although a child of it goes on
  strictEqual(text, 'from outside\n');
});

test('failures are one line that names the cause', options, () => {
  const cases: [string[], RegExp][] = [
    [['exec', 'host', 'nosuch'], /exec: "nosuch": executable file not found in \$PATH/],
    [['exec', 'host', '/proc'], /exec: "\/proc": permission denied/],
    [['exec', 'nohost', 'true'], /container does not exist: nohost/],
    [['exec', 'host'], /say which program to run/],
    [['exec', '-u', 'me', 'host', 'true'], /--user me: want UID or UID:GID/],
    [['exec', '-c', 'CAP_X', 'host', 'true'], /--cap CAP_X: want a capability/],
    [['exec', '--cwd', '/nosuch', 'host', 'true'], /working directory \/nosuch: no such file or directory/],
    [['exec', '-t', 'host', 'true'], /name a --console-socket/],
    [['exec', '--process', '/nosuch', 'host'], /--process \/nosuch: ENOENT/],
  ];
  for (const [args, message] of cases) {
    const result = oci(args);
    strictEqual(result.status, 255, args.join(' '));
    match(result.stderr, message);
    match(result.stderr, /^belljar: [^\n]*\n$/);
  }
});

const receivers: ChildProcess[] = [];

/** A receiver for a terminal: what it shows, and a way to type. */
async function receiver(path: string): Promise<{ child: ChildProcess; shown(): string; sees(text: RegExp): Promise<boolean> }> {
  rmSync(path, { force: true });
  const child = spawn('python3', [join(here, 'console.py'), path], { stdio: ['pipe', 'pipe', 'inherit'] });
  receivers.push(child);
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString('latin1')));
  const sees = (wanted: RegExp): Promise<boolean> => eventually(() => wanted.test(text));
  ok(await sees(/listening/));
  return { child, shown: () => text, sees };
}

test('the console socket gets a terminal: create and exec', options, async () => {
  const bundle = makeBundle(['sh'], (config) => (config.process.terminal = true));
  match(oci(['create', '--bundle', bundle, 'shell'], { ignore: true }).stderr, /name a --console-socket/);
  const path = join(scratch, 'console');
  const console = await receiver(path);
  const created = oci(['create', '--console-socket', path, '--bundle', bundle, 'shell'], { ignore: true });
  strictEqual(created.status, 0, created.stderr);
  ok(await console.sees(/terminal \/dev\/pts\/\d+/));
  succeeds(oci(['start', 'shell']));
  console.child.stdin?.write('tty; stty -echo; echo ready\n');
  ok(await console.sees(/\/dev\/pts\/0\r\nready/), console.shown());
  console.child.stdin?.write('sleep 100\n');
  ok(await eventually(() => /sleep 100/.test(oci(['ps', 'shell']).stdout)));
  console.child.stdin?.write('\u0003');
  ok(await eventually(() => !/sleep 100/.test(oci(['ps', 'shell']).stdout)), 'the interrupt character interrupts');
  console.child.stdin?.write('echo status $?\n');
  ok(await console.sees(/status 130/), `the interrupt character interrupts: ${console.shown()}`);

  const second = await receiver(`${path}2`);
  succeeds(oci(['exec', '-d', '-t', '--console-socket', `${path}2`, 'shell', 'sh'], { ignore: true }));
  second.child.stdin?.write('tty; cat /proc/self/stat\n');
  ok(await second.sees(/\/dev\/pts\/1\r\n/), second.shown());
  second.child.stdin?.write('exit\n');
  ok(await eventually(() => second.child.exitCode !== null), 'the terminal hangs up when the process ends');
  strictEqual(oci(['exec', 'shell', 'ls', '/dev/pts']).stdout, '0\nptmx\n');
  console.child.stdin?.write('exit 3\n');
  ok(await eventually(() => console.child.exitCode !== null));
  succeeds(oci(['delete', '--force', 'shell']));
});
