import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../failure.ts';
import { addRuntime, checkName, removeRuntime } from './docker-config.ts';

const entry = { path: '/opt/belljar/belljar', runtimeArgs: [] };
const add = (text: string, name = 'belljar', force = false): string | null => addRuntime(text, 'daemon.json', name, entry, force);
const remove = (text: string, name = 'belljar'): string | null => removeRuntime(text, 'daemon.json', name);
const added = '{\n  "runtimes": {\n    "belljar": {\n      "path": "/opt/belljar/belljar"\n    }\n  }\n}\n';

test('into no file, an empty one and an empty object', () => {
  strictEqual(add(''), added);
  strictEqual(add(' \n'), added);
  strictEqual(add('{}\n'), added);
});

test('a second time changes nothing, whatever the order of keys', () => {
  strictEqual(add(added), null);
  const withArgs = '{"runtimes": {"b": {"runtimeArgs": ["--debug"], "path": "/opt/belljar/belljar"}}}';
  strictEqual(addRuntime(withArgs, 'daemon.json', 'b', { ...entry, runtimeArgs: ['--debug'] }, false), null);
});

test('what is there stays: order, unknown keys, numbers, layout', () => {
  const before =
    '{\n\t"zeta": 12345678901234567890,\n\t"data-root":"/var/lib/x",\n\n\t"runtimes": {\n\t\t"kata": { "path": "/usr/bin/kata" }\n\t},\n\t"2": null\n}\n';
  const after = before.replace('"/usr/bin/kata" }', '"/usr/bin/kata" },\n\t\t"belljar": {\n\t\t\t"path": "/opt/belljar/belljar"\n\t\t}');
  strictEqual(add(before), after);
  strictEqual(remove(after), before);
});

test('removing the only runtime removes "runtimes"', () => {
  strictEqual(remove(add('{\n  "debug": true\n}\n') ?? ''), '{\n  "debug": true\n}\n');
  strictEqual(remove(added), '{}\n');
});

test('removing what is not there changes nothing', () => {
  for (const text of ['', '{}', '{"runtimes": {}}', '{"runtimes": {"kata": {"path": "/k"}}}']) strictEqual(remove(text), null);
});

test('a path of an older checkout is brought up to date', () => {
  strictEqual(add(added.replace('/opt/belljar', '/home/me/belljar')), added);
});

test('a byte order mark stays', () => strictEqual(add('\ufeff{}\n'), `\ufeff${added}`));

const refusals: [name: string, act: () => unknown, message: RegExp][] = [
  [
    "another's runtime of that name",
    () => add('{"runtimes": {"runsc": {"path": "/usr/bin/runsc"}}}', 'runsc'),
    /has a runtime runsc already \(\/usr\/bin\/runsc\).*--force/,
  ],
  [
    "removing another's",
    () => remove('{"runtimes": {"runsc": {"path": "/usr/bin/runsc"}}}', 'runsc'),
    /the runtime runsc is \/usr\/bin\/runsc, not Belljar/,
  ],
  ['removing the default', () => remove(added.replace('{\n', '{\n  "default-runtime": "belljar",\n')), /"default-runtime" is belljar/],
  ['an array as the whole', () => add('[]'), /want an object/],
  ['runtimes that are a list', () => add('{"runtimes": []}'), /"runtimes" is not an object/],
  ['bad JSON', () => add('{\n  "a": 1,\n}\n'), /daemon\.json is not JSON: line 2, column 9: .*nothing was changed/],
  ['bad JSON when removing', () => remove('{'), /daemon\.json is not JSON: line 1, column 2/],
];
for (const [name, act, message] of refusals) {
  test(`refused: ${name}`, () =>
    throws(act, (error) => error instanceof Failure && message.test(error.message) && !error.message.includes('\n')));
}

test('--force replaces', () => {
  deepStrictEqual(JSON.parse(add('{"runtimes": {"runsc": {"path": "/usr/bin/runsc"}}}', 'runsc', true) ?? ''), {
    runtimes: { runsc: { path: '/opt/belljar/belljar' } },
  });
});

test('names', () => {
  for (const name of ['belljar', 'runsc', 'a', 'b-1.2_3']) checkName(name);
  for (const name of ['runc', 'io.containerd.runc.v2', '', '-x', 'a b', 'a/b', 'x'.repeat(65)]) throws(() => checkName(name), Failure);
});
