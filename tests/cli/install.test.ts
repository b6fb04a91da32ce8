/** belljar install and uninstall on real files: what is written, what stays, what a user reads. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { belljar, isRoot, run } from './sandbox.ts';

const scratch = mkdtempSync(join(tmpdir(), 'belljar-install-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

let serial = 0;
function directory(): string {
  const path = join(scratch, String(++serial));
  mkdirSync(path);
  return path;
}
const read = (path: string): string => readFileSync(path, 'utf8');

test('install makes the file, uninstall takes its entry away', () => {
  const file = join(directory(), 'etc', 'daemon.json');
  const first = run(['install', '--config', file]);
  strictEqual(first.status, 0, first.stderr);
  match(first.stdout, /runtime belljar is .*\/belljar\.\nNext: 'systemctl reload docker'/);
  deepStrictEqual(JSON.parse(read(file)), { runtimes: { belljar: { path: belljar } } });
  strictEqual(statSync(file).mode & 0o777, 0o644);

  const time = statSync(file).mtimeMs;
  const second = run(['install', '--config', file]);
  strictEqual(second.status, 0, second.stderr);
  match(second.stdout, /nothing changed/);
  strictEqual(statSync(file).mtimeMs, time);

  const gone = run(['uninstall', '--config', file]);
  strictEqual(gone.status, 0, gone.stderr);
  deepStrictEqual(JSON.parse(read(file)), {});
  match(run(['uninstall', '--config', file]).stdout, /has no runtime belljar: nothing changed/);
});

test('what was there stays, with its mode, and in a backup', () => {
  const dir = directory();
  const file = join(dir, 'daemon.json');
  const before = '{\n    "log-level":"warn",\n    "x-unknown": [ 1,2 ],\n    "runtimes": { "kata": { "path": "/k" } }\n}';
  writeFileSync(file, before);
  chmodSync(file, 0o600);
  const result = run(['install', '--name', 'jar', '--config', file, '--', '--debug', '--log', '/x']);
  strictEqual(result.status, 0, result.stderr);
  strictEqual(
    read(file),
    before.replace('"/k" } }', `"/k" }, "jar": ${JSON.stringify({ path: belljar, runtimeArgs: ['--debug', '--log', '/x'] })} }`),
  );
  strictEqual(statSync(file).mode & 0o777, 0o600);
  strictEqual(read(`${file}.before-belljar`), before);
  deepStrictEqual(readdirSync(dir).sort(), ['daemon.json', 'daemon.json.before-belljar']);
  run(['uninstall', '--name', 'jar', '--config', file]);
  strictEqual(read(file), before);
});

test('a symbolic link stays one', () => {
  const dir = directory();
  writeFileSync(join(dir, 'real.json'), '{}\n');
  symlinkSync('real.json', join(dir, 'daemon.json'));
  strictEqual(run(['install', '--config', join(dir, 'daemon.json')]).status, 0);
  ok(lstatSync(join(dir, 'daemon.json')).isSymbolicLink());
  match(read(join(dir, 'real.json')), /belljar/);
});

const mistakes: [name: string, text: string, args: string[], message: RegExp][] = [
  ['bad JSON', '{\n  "a": 1,\n}\n', [], /is not JSON: line 2, column 9: a comma with nothing after it/],
  ['not text', '{"a": "\xff"}', [], /is not UTF-8 text/],
  ['a list', '[]', [], /want an object/],
  ["another's runtime", '{"runtimes": {"runsc": {"path": "/usr/bin/runsc"}}}', ['--name', 'runsc'], /has a runtime runsc already/],
  ["Docker's own name", '{}', ['--name', 'runc'], /Docker keeps that name for itself/],
];
for (const [name, text, args, message] of mistakes) {
  test(`one line, and nothing changed: ${name}`, () => {
    const dir = directory();
    const file = join(dir, 'daemon.json');
    writeFileSync(file, text, 'latin1');
    const result = run(['install', '--config', file, ...args]);
    ok(result.status !== 0);
    match(result.stderr, message);
    match(result.stderr, /^belljar: [^\n]*\n$/);
    strictEqual(readFileSync(file, 'latin1'), text);
    deepStrictEqual(readdirSync(dir), ['daemon.json']);
  });
}

test('places that cannot be written or read', () => {
  const dir = directory();
  symlinkSync('nowhere', join(dir, 'dangling'));
  const failures: [string, RegExp][] = [
    [dir, /that is a directory/],
    [join(dir, 'dangling'), /the symbolic link leads nowhere/],
    ['/proc/daemon.json', /cannot write \/proc\/daemon\.json/],
  ];
  if (isRoot) writeFileSync(join(dir, 'file'), '');
  for (const [file, message] of failures) {
    const result = run(['install', '--config', file]);
    ok(result.status !== 0, file);
    match(result.stderr, message);
    match(result.stderr, /^belljar: [^\n]*\n$/);
  }
  ok(!existsSync(join(dir, 'nowhere')));
});

test('an ordinary user is told to be root', { skip: isRoot ? false : 'needs root to become another' }, () => {
  const dir = directory();
  const file = join(dir, 'daemon.json');
  writeFileSync(file, '{}');
  const result = run(['install', '--config', file], { mode: 'nobody' });
  ok(result.status !== 0);
  match(result.stderr, /permission denied: run this as root/);
  strictEqual(read(file), '{}');
});
