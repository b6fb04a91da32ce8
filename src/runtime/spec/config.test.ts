import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_SLAVE } from '#abi/mount.ts';
import { RLIM_INFINITY } from '#abi/resource.ts';
import { Failure } from '../failure.ts';
import { parseConfig } from './config.ts';
import { defaultConfig } from './default-config.ts';

type Json = Record<string, unknown>;

/** The default config with the value at `path` replaced (undefined removes it). */
function changed(path: string, value: unknown): string {
  const document = JSON.parse(JSON.stringify(defaultConfig())) as Json;
  const names = path.split('.');
  let at = document;
  for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Json;
  at[names.at(-1) ?? ''] = value;
  return JSON.stringify(document);
}

test('what `belljar spec` writes is accepted, with nothing ignored', () => {
  const config = parseConfig(JSON.stringify(defaultConfig()));
  deepStrictEqual(config.process.args, ['sh']);
  strictEqual(config.rootPath, 'rootfs');
  strictEqual(config.rootReadonly, true);
  deepStrictEqual(config.process.rlimits, [{ resource: 7, soft: 1024, hard: 1024 }]);
  deepStrictEqual(config.process.capabilities.bounding, { lo: (1 << 29) | (1 << 5) | (1 << 10), hi: 0 });
  deepStrictEqual(
    config.mounts.map((mount) => mount.type),
    ['proc', 'tmpfs', 'devpts', 'tmpfs', 'mqueue', 'sysfs'],
  );
  strictEqual(config.mounts[5]?.flags, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY);
  strictEqual(config.mounts[1]?.data, 'mode=755,size=65536k');
  deepStrictEqual(config.warnings, ['network: there is loopback only inside the sandbox, as with --network=none']);
});

test('bind mounts and propagation', () => {
  const config = parseConfig(changed('mounts', [{ destination: 'data', source: '/srv', options: ['rbind', 'ro', 'rslave', 'rw'] }]));
  const mount = config.mounts[0];
  strictEqual(mount?.type, 'bind');
  strictEqual(mount?.destination, '/data');
  strictEqual(mount?.sourcePath, '/srv');
  strictEqual(mount?.flags, MS_REC);
  strictEqual(mount?.propagation, MS_SLAVE | MS_REC);
});

test('strings reach guests as the bytes of their UTF-8', () => {
  const config = parseConfig(changed('process.args', ['é']));
  strictEqual(config.process.args[0], '\u00c3\u00a9');
});

test('limits beyond 2^53 are no limit', () => {
  const text = changed('process.rlimits', [{ type: 'RLIMIT_AS', soft: 5, hard: 0 }]).replace('"hard":0', '"hard":18446744073709551615');
  deepStrictEqual(parseConfig(text).process.rlimits, [{ resource: 9, soft: 5, hard: RLIM_INFINITY }]);
});

test('what is accepted and not carried out is named', () => {
  const warnings = parseConfig(changed('process.apparmorProfile', 'docker-default')).warnings;
  ok(warnings.includes('config.json: process.apparmorProfile is not applied: the sandbox is confined by its own means'), warnings.join());
});

test('devices: those of the kernel are made, others refused, all of the host left out for a privileged container', () => {
  const node = (path: string, major: number, minor: number) => ({ path, type: 'c', major, minor, fileMode: 0o20666, uid: 1, gid: 2 });
  const config = parseConfig(changed('linux.devices', [node('/dev/nu', 1, 3)]));
  deepStrictEqual(config.devices, [{ path: '/dev/nu', major: 1, minor: 3, mode: 0o666, uid: 1, gid: 2 }]);
  const fuse = changed('linux.devices', [node('/dev/fuse', 10, 229)]);
  throws(() => parseConfig(fuse), /device \/dev\/fuse \(c 10:229\): a sandbox has null/);
  const privileged = JSON.parse(fuse) as { linux: { resources: object } };
  privileged.linux.resources = { devices: [{ allow: true, access: 'rwm' }] };
  const given = parseConfig(JSON.stringify(privileged));
  deepStrictEqual(given.devices, []);
  ok(given.warnings.some((line) => line.includes('/dev/fuse')));
});

const malformed: [path: string, value: unknown, message: RegExp][] = [
  ['ociVersion', '2.0.0', /ociVersion: want version 1/],
  ['process', undefined, /process: want an object/],
  ['process.args', [], /process.args: want at least a program/],
  ['process.args', ['a\0b'], /process.args\[0\]: want a string without NUL/],
  ['process.env', ['x'], /process.env\[0\]: want NAME=VALUE, found "x"/],
  ['process.cwd', 'tmp', /process.cwd: want a path that starts with \//],
  ['process.user', { uid: -1 }, /process.user.uid: want an integer from 0 to/],
  ['process.capabilities', { bounding: ['CAP_NO'] }, /process.capabilities.bounding\[0\]: want a capability/],
  ['process.rlimits', [{ type: 'RLIMIT_AS', soft: 2, hard: 1 }], /process.rlimits\[0\].soft: want no more than the hard limit/],
  ['process.terminal', 'yes', /process.terminal: want true or false, found "yes"/],
  ['root', undefined, /root: want an object/],
  ['mounts', [{ destination: '/x', type: 'ext4' }], /mounts\[0\].type: want one of/],
  ['mounts', [{ destination: '/x', type: 'bind' }], /mounts\[0\].source: want the path to bind/],
  ['mounts', 7, /mounts: want an array, found number 7/],
  ['linux.namespaces', [{ type: 'x' }], /linux.namespaces\[0\].type: want one of/],
  ['linux.maskedPaths', ['x'], /linux.maskedPaths\[0\]: want a path/],
  ['annotations', { a: 1 }, /annotations.a: want a string/],
];
for (const [path, value, message] of malformed) {
  test(`malformed ${path}: ${JSON.stringify(value)}`, () => {
    throws(
      () => parseConfig(changed(path, value)),
      (error) => error instanceof Failure && error.code === 'bundle' && message.test(error.message),
    );
  });
}

/** Any failure must be ours, and one line. */
function onlyFailures(text: string): void {
  try {
    parseConfig(text);
  } catch (error) {
    ok(error instanceof Failure, String(error));
    ok(!error.message.includes('\n'));
  }
}

test('any JSON is accepted or refused with one line', () => {
  fc.assert(fc.property(fc.json(), onlyFailures));
  fc.assert(fc.property(fc.string(), onlyFailures));
});

test('a valid document with any part replaced by anything is accepted or refused with one line', () => {
  const paths: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (path !== '') paths.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [name, child] of Object.entries(value)) walk(child, path === '' ? name : `${path}.${name}`);
  };
  walk(defaultConfig(), '');
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => onlyFailures(changed(path, value))),
    { numRuns: 2000 },
  );
});
