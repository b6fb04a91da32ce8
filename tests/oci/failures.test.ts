/** Everything that can go wrong around a container: bad bundles, commands and processes killed at any point, commands at once. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alive, childrenOf } from '../cli/sandbox.ts';
import {
  type Config,
  eventually,
  succeeds,
  launch,
  leftovers,
  logLines,
  makeBundle,
  oci,
  reaches,
  root,
  scratch,
  skip,
  statusOf,
} from './container.ts';

const options = { skip };

const bad: [name: string, edit: (config: Config) => void, message: RegExp][] = [
  ['no program', (config) => (config.process.args = []), /process.args: want at least a program/],
  ['a program that is not there', (config) => (config.process.args = ['nosuch']), /exec: "nosuch": executable file not found in \$PATH/],
  ['a path that is not there', (config) => (config.process.args = ['/nosuch']), /exec: "\/nosuch": no such file or directory/],
  ['a file that is no program', (config) => (config.process.args = ['/etc']), /exec: "\/etc": permission denied/],
  ['no root', (config) => (config.root.path = 'nosuch'), /root.path nosuch: no such file or directory/],
  [
    'a working directory that is not there',
    (config) => (config.process.cwd = '/nosuch'),
    /working directory \/nosuch: no such file or directory/,
  ],
  [
    'a mount of nothing',
    (config) => config.mounts.push({ destination: '/m', type: 'bind', source: '/nosuch' }),
    /mount \/m: source \/nosuch: no such file/,
  ],
  ['a terminal without a receiver', (config) => (config.process.terminal = true), /name a --console-socket/],
  ['another version', (config) => (config.ociVersion = '7'), /ociVersion: want version 1/],
  [
    'a device of the host',
    (config) => (config.linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229 }]),
    /device \/dev\/fuse/,
  ],
];
for (const [name, edit, message] of bad) {
  test(`bundle with ${name}`, options, () => {
    const log = join(scratch, `log-${name.replaceAll(' ', '-')}`);
    const result = oci(['create', '--bundle', makeBundle(['true'], edit), 'bad'], { ignore: true, log });
    strictEqual(result.status, 1);
    match(result.stderr, message);
    match(result.stderr, /^belljar: [^\n]*\n$/, 'one line');
    const errors = logLines(log).filter(({ level }) => level === 'error');
    strictEqual(errors.length, 1);
    match(errors[0]?.msg ?? '', message);
    ok(!Number.isNaN(Date.parse(errors[0]?.time ?? '')));
    deepStrictEqual(leftovers('bad'), []);
  });
}

test('no config.json, and one that is not JSON', options, () => {
  const bundle = makeBundle(['true']);
  writeFileSync(join(bundle, 'config.json'), '{"ociVersion": ');
  match(oci(['create', '--bundle', bundle, 'bad'], { ignore: true }).stderr, /^belljar: config.json is not JSON[^\n]*\n$/);
  rmSync(join(bundle, 'config.json'));
  match(oci(['create', '--bundle', bundle, 'bad'], { ignore: true }).stderr, /^belljar: [^\n]*there is no config.json[^\n]*\n$/);
  match(
    oci(['create', '--bundle', '/nosuch', 'bad'], { ignore: true }).stderr,
    /^belljar: --bundle \/nosuch: no such file or directory\n$/,
  );
});

test('a name that is taken, and one that is none', options, () => {
  const bundle = makeBundle(['sleep', '1000']);
  succeeds(oci(['create', '--bundle', bundle, 'taken'], { ignore: true }));
  match(
    oci(['create', '--bundle', bundle, 'taken'], { ignore: true }).stderr,
    /^belljar: container with given ID already exists: taken\n$/,
  );
  strictEqual(statusOf('taken'), 'created');
  succeeds(oci(['delete', 'taken']));
  for (const id of ['../x', '.', 'a b', '']) match(oci(['create', '--bundle', bundle, id], { ignore: true }).stderr, /^belljar: [^\n]*\n$/);
});

test('checkpoint and restore are refused', options, () => {
  for (const command of ['checkpoint', 'restore']) {
    const result = oci([command, '--image-path', '/x', 'any']);
    match(result.stderr, new RegExp(`^belljar: ${command}: Belljar cannot save and restore running containers\n$`));
    ok(result.status !== 0);
  }
});

test('the sandbox killed from outside: the container has stopped, and goes without a trace', options, async () => {
  const bundle = makeBundle(['sleep', '1000']);
  for (const victim of ['waiter', 'sandbox'] as const) {
    succeeds(oci(['run', '-d', '--bundle', bundle, 'victim'], { ignore: true }));
    const state = JSON.parse(readFileSync(join(root, 'victim/state.json'), 'utf8')) as { pid: number; sandbox: number };
    const stubs = childrenOf(state.sandbox);
    ok(stubs.length > 0);
    process.kill(victim === 'waiter' ? state.pid : state.sandbox, 'SIGKILL');
    ok(await reaches('victim', 'stopped'));
    ok(await eventually(() => ![state.pid, state.sandbox, ...stubs].some(alive)));
    match(oci(['exec', 'victim', 'true']).stderr, /container not running/);
    succeeds(oci(['delete', 'victim']));
    deepStrictEqual(leftovers('victim'), []);
  }
});

test('the command killed in mid-create, at any point: it can be removed, and nothing runs on', options, async () => {
  const bundle = makeBundle(['sleep', '1000']);
  for (let delay = 0; delay <= 240; delay += 20) {
    const child = launch(['create', '--bundle', bundle, 'cut']);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    const family = childrenOf(child.pid ?? 0);
    child.kill('SIGKILL');
    await ended;
    if (statusOf('cut') !== 'created') ok(await eventually(() => !family.some(alive)), `after ${delay} ms something runs on`);
    ok(await eventually(() => oci(['delete', '--force', 'cut']).status === 0), `after ${delay} ms`);
    ok(await eventually(() => !family.some(alive)));
    deepStrictEqual(leftovers('cut'), [], `after ${delay} ms`);
  }
});

test('many commands at once on one container: one of them wins', options, async () => {
  const bundle = makeBundle(['sleep', '1000']);
  const statuses = async (args: string[], count: number): Promise<(number | null)[]> =>
    Promise.all(
      Array.from({ length: count }, () => new Promise<number | null>((resolve) => launch(args).on('exit', (status) => resolve(status)))),
    );
  const won = (all: (number | null)[]): number => all.filter((status) => status === 0).length;
  strictEqual(won(await statuses(['create', '--bundle', bundle, 'race'], 4)), 1);
  strictEqual(statusOf('race'), 'created');
  strictEqual(won(await statuses(['start', 'race'], 4)), 1);
  strictEqual(statusOf('race'), 'running');
  ok(won(await statuses(['kill', 'race', 'KILL'], 4)) >= 1);
  ok(await reaches('race', 'stopped'));
  strictEqual(won(await statuses(['delete', 'race'], 4)), 1);
  deepStrictEqual(leftovers('race'), []);
});

test('a state directory that cannot be written', options, () => {
  const file = join(scratch, 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  const result = oci(['--root', file, 'create', '--bundle', makeBundle(['true']), 'x'], { ignore: true });
  match(result.stderr, /^belljar: [^\n]*(ENOTDIR|EEXIST)[^\n]*--root\n$/);
});
