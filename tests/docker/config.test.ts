/**
 * config.json wrong in every way: always one line that says what, never a stack trace, never a hang, and runc's exit status 1. The
 * parser alone on thousands of mutations; the command line on a table, which runc refuses too, and on some mutations.
 * CONFIG=long: hundreds by the command line.
 */
import { match, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/runtime/failure.ts';
import { parseConfig } from '../../src/runtime/spec/config.ts';
import { isRoot } from '../cli/sandbox.ts';
import { mutate, mutations } from './config-mutations.ts';
import { makeBusyboxRoot } from './daemon.ts';
import { type Ended, ociConfig, OciRuntime } from './oci.ts';
import { OwnHost } from './own-host.ts';

/** More than ociConfig has: each part of the specification that a mutation may spoil. */
function fullConfig(): Record<string, unknown> {
  const config = ociConfig({ cgroup: '/none' }) as { process: object; linux: { resources: object }; mounts: object[] };
  return {
    ...config,
    process: {
      ...config.process,
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
      scheduler: { policy: 'SCHED_OTHER', nice: 1 },
      umask: 18,
    },
    domainname: 'example.org',
    hooks: { poststop: [{ path: '/bin/true', args: ['true'], env: ['A=b'], timeout: 5 }] },
    mounts: [...config.mounts, { destination: '/data', type: 'bind', source: '/tmp', options: ['rbind', 'ro', 'rslave'] }],
    linux: {
      ...config.linux,
      resources: {
        ...config.linux.resources,
        devices: [{ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' }],
        blockIO: { weight: 100, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }] },
        hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
        unified: { 'memory.high': '1000000' },
      },
      devices: [{ path: '/dev/mynull', type: 'c', major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0 }],
      sysctl: { 'net.ipv4.ip_forward': '1' },
      uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
      rootfsPropagation: 'slave',
      personality: { domain: 'LINUX' },
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] }],
      },
    },
  };
}

test('the parser: thousands of mutations, each accepted or refused in one line', () => {
  const config = fullConfig();
  let refused = 0;
  fc.assert(
    fc.property(mutations(config), (list) => {
      const text = JSON.stringify(mutate(config, list));
      try {
        parseConfig(text);
      } catch (error) {
        refused++;
        ok(error instanceof Failure, `${error instanceof Error ? error.stack : String(error)}\n${text}`);
        match(error.message, /^[^\n]{5,600}$/);
      }
    }),
    { numRuns: 6000, seed: 20_261_127 },
  );
  ok(refused > 2000, `only ${refused} of the mutations were refused: they are too tame`);
});

test('the parser: any text at all', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      try {
        parseConfig(text);
      } catch (error) {
        ok(error instanceof Failure, String(error));
        match(error.message, /^[^\n]{5,600}$/);
      }
    }),
    { numRuns: 2000 },
  );
});

let host: OwnHost;
const runtimes = new Map<string, OciRuntime>();
before(async () => {
  ok(isRoot, 'these tests need root: run npm test as root');
  host = await OwnHost.start();
  const rootfs = makeBusyboxRoot(join(host.directory, 'rootfs'));
  for (const name of ['runc', 'belljar'] as const) runtimes.set(name, new OciRuntime(name, host, rootfs));
});
after(async () => {
  await host?.[Symbol.asyncDispose]();
});

/** runc is asked for the status only: it may warn of its own clean-up before it says what was wrong. */
function refused(runtime: string, result: Ended, what: string): void {
  if (runtime === 'belljar') refusedInOneLine(result, what);
  else strictEqual(result.status, 1, `${what}: status ${result.status ?? result.signal}: ${result.stderr}`);
}

function refusedInOneLine(result: Ended, what: string): void {
  strictEqual(result.status, 1, `${what}: status ${result.status ?? result.signal}: ${result.stderr}`);
  match(result.stderr, /^[^\n]{5,2000}\n$/, what);
  ok(!/a bug in Belljar|\n\s+at |goroutine/.test(result.stderr), `${what}: ${result.stderr}`);
}

/** A place of the configuration (+ is after the last of a list), and what is put there. */
type Change = readonly [path: string, value: unknown];
/** Refused by runc and by Belljar. The message must name the place, for Belljar. */
const wrong: [name: string, ...Change, place: RegExp][] = [
  ['no process', 'process', undefined, /process/],
  ['no args', 'process.args', [], /args/],
  ['args that are a string', 'process.args', '/bin/true', /args/],
  ['a number among args', 'process.args', ['/bin/true', 7], /args/],
  ['env that is an object', 'process.env', { A: 'b' }, /env/],
  ['a relative cwd', 'process.cwd', 'tmp', /cwd/],
  ['no cwd', 'process.cwd', '', /cwd/],
  ['a negative uid', 'process.user.uid', -1, /uid/],
  ['a uid in words', 'process.user.uid', 'root', /uid/],
  ['a uid that is too large', 'process.user.uid', 4294967296, /uid/],
  ['additionalGids that are one number', 'process.user.additionalGids', 5, /additionalGids/],
  ['terminal in words', 'process.terminal', 'yes', /terminal/],
  ['an unknown limit', 'process.rlimits.0.type', 'RLIMIT_COURAGE', /rlimit/i],
  ['a limit that is no number', 'process.rlimits.0.soft', 'many', /soft/],
  ['capabilities that are a list', 'process.capabilities', ['CAP_KILL'], /capabilities/],
  ['no root', 'root', undefined, /root/],
  ['an empty root path', 'root.path', '', /root/],
  ['a root path that is a number', 'root.path', 7, /root/],
  ['mounts that are an object', 'mounts', {}, /mounts/],
  ['a mount whose source is not there', 'mounts.+', { destination: '/m', type: 'bind', source: '/no/such', options: ['bind'] }, /no\/such/],
  ['a mount of an unknown type', 'mounts.+', { destination: '/m', type: 'nosuchfs', source: 'x' }, /nosuchfs|\/m/],
  ['mount options that are a string', 'mounts.0.options', 'ro', /options/],
  ['an unknown namespace', 'linux.namespaces.+', { type: 'quantum' }, /quantum|namespace/],
  ['a namespace twice', 'linux.namespaces.+', { type: 'pid' }, /namespace/],
  ['a namespace path that is not there', 'linux.namespaces.0.path', '/no/such', /no\/such/],
  ['a memory limit in words', 'linux.resources.memory.limit', 'much', /memory/],
  ['a device rule of an unknown type', 'linux.resources.devices.+', { allow: true, type: 'q', access: 'rwm' }, /device|type/],
  ['a sysctl of the whole machine', 'linux.sysctl', { 'vm.swappiness': '1' }, /vm\.swappiness/],
  ['an unknown seccomp action', 'linux.seccomp', { defaultAction: 'SCMP_ACT_SHRUG' }, /SHRUG|action/],
  ['a hostname without its namespace', 'linux.namespaces', [{ type: 'mount' }], /hostname|uts/i],
  ['hooks that are a list', 'hooks', [], /hooks/],
  ['a hook that is not there', 'hooks', { createRuntime: [{ path: '/no/such' }] }, /no\/such/],
  ['annotations that are a list', 'annotations', ['a'], /annotations/],
];

function put(config: object, path: readonly string[], value: unknown): void {
  let holder = config as Record<string, unknown>;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (last === '+') (holder as unknown as unknown[]).push(value);
  else if (value === undefined) delete holder[last];
  else holder[last] = value;
}

for (const [name, path, value, place] of wrong) {
  for (const runtimeName of ['runc', 'belljar']) {
    test(`${runtimeName}: ${name}`, { timeout: 90_000 }, async () => {
      const runtime = runtimes.get(runtimeName) as OciRuntime;
      const config = ociConfig({ cgroup: `/${host.cgroup}/wrong`, rootfs: join(host.directory, 'rootfs') });
      put(config, path.split('.'), value);
      const result = await runtime.run(['create', '--bundle', runtime.bundle(JSON.stringify(config)), 'wrong'], { timeoutMs: 60_000 });
      if (result.status === 0) await runtime.run(['delete', '--force', 'wrong']);
      refused(runtimeName, result, name);
      if (runtimeName === 'belljar') match(result.stderr, place);
      strictEqual(await runtime.state('wrong'), null);
    });
  }
}

const texts: [name: string, write: (file: string) => void][] = [
  ['empty', (file) => writeFileSync(file, '')],
  ['not JSON', (file) => writeFileSync(file, 'ociVersion: 1.0.2\n')],
  ['cut off', (file) => writeFileSync(file, JSON.stringify(ociConfig({})).slice(0, 300))],
  ['a comma too many', (file) => writeFileSync(file, JSON.stringify(ociConfig({})).replace('"ociVersion"', ',"ociVersion"'))],
  ['a list', (file) => writeFileSync(file, '[]')],
  ['an empty object', (file) => writeFileSync(file, '{}')],
  ['not UTF-8', (file) => writeFileSync(file, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a]))],
  ['a hundred thousand brackets', (file) => writeFileSync(file, '['.repeat(100_000))],
  ['a directory', (file) => mkdirSync(file)],
  ['a dangling link', (file) => symlinkSync('nowhere', file)],
  ['a link to itself', (file) => symlinkSync('config.json', file)],
  ['not there', () => undefined],
];
for (const [name, write] of texts) {
  for (const runtimeName of ['runc', 'belljar']) {
    test(`${runtimeName}: config.json: ${name}`, { timeout: 90_000 }, async () => {
      const runtime = runtimes.get(runtimeName) as OciRuntime;
      const bundle = runtime.bundle('');
      rmSync(join(bundle, 'config.json'));
      write(join(bundle, 'config.json'));
      refused(runtimeName, await runtime.run(['create', '--bundle', bundle, 'wrong'], { timeoutMs: 60_000 }), name);
    });
  }
}

// runc panics, waits for ever, or reads until memory ends.
for (const [name, make] of [
  ['null', (file: string) => writeFileSync(file, 'null')],
  ['a pipe', (file: string) => spawnSync('mkfifo', [file])],
  ['/dev/zero', (file: string) => symlinkSync('/dev/zero', file)],
] as const) {
  test(`belljar: config.json: ${name}`, { timeout: 90_000 }, async () => {
    const runtime = runtimes.get('belljar') as OciRuntime;
    const bundle = runtime.bundle('');
    rmSync(join(bundle, 'config.json'));
    make(join(bundle, 'config.json'));
    refusedInOneLine(await runtime.run(['create', '--bundle', bundle, 'wrong'], { timeoutMs: 30_000 }), name);
  });
}

const count = process.env['CONFIG'] === 'long' ? 500 : 25;
test(`belljar: ${count} mutations by the command line`, { timeout: 15 * 60_000 }, async () => {
  const runtime = runtimes.get('belljar') as OciRuntime;
  const config = ociConfig({ cgroup: `/${host.cgroup}/mutated`, rootfs: join(host.directory, 'rootfs') });
  for (const list of fc.sample(mutations(config), { numRuns: count, seed: 3 })) {
    const text = JSON.stringify(mutate(config, list));
    const result = await runtime.run(['create', '--bundle', runtime.bundle(text), 'mutated'], { timeoutMs: 60_000 });
    if (result.status !== 0) refusedInOneLine(result, text);
    const removed = await runtime.run(['delete', '--force', 'mutated']);
    strictEqual(removed.status, 0, `${removed.stderr}\n${text}`);
  }
});
