/** The six kinds of hooks of a bundle, in order, on the host and inside. Needs root. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Config, hasRunc, isRoot, makeBundle, run } from './bundle.ts';

const options = { skip: isRoot ? false : 'needs root' };
const hostKinds = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;

/** A bundle whose hooks on the host each write their kind and what they got to `log`. */
function bundleWithHooks(questions: readonly string[], edit: (config: Config, directory: string) => void): string {
  const bundle = makeBundle(questions);
  const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
  edit(config, bundle);
  writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
  return bundle;
}

function allKinds(config: Config, directory: string): void {
  const script = `${directory}/hook`;
  writeFileSync(script, `#!/bin/sh\necho "$1 $(cat)" >> ${directory}/log\n`);
  chmodSync(script, 0o755);
  config.hooks = Object.fromEntries(hostKinds.map((kind) => [kind, [{ path: script, args: ['hook', kind], env: ['PATH=/usr/bin:/bin'] }]]));
  // A program of the container: it leaves a file there, which the container's own program then finds.
  config.hooks.startContainer = [{ path: '/probe', args: ['hook', 'make:/tmp/left', 'getppid'] }];
  config.annotations = { key: 'value' };
}

test("all kinds run, in the order of a container's life, with its state", options, () => {
  const bundle = bundleWithHooks(['file:/tmp/left'], allKinds);
  const { lines, status, stderr } = run('belljar', bundle);
  equal(status, 0, stderr);
  deepEqual(lines, ['file=']);
  const log = readFileSync(`${bundle}/log`, 'utf8').trim().split('\n');
  deepEqual(
    log.map((line) => line.slice(0, line.indexOf(' '))),
    [...hostKinds],
  );
  const states = log.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));
  for (const state of states) {
    equal(state.bundle, bundle);
    equal(state.id, states[0].id);
    deepEqual(state.annotations, { key: 'value' });
  }
  deepEqual(
    states.map(({ status: at }) => at),
    ['creating', 'creating', 'creating', 'running', 'stopped'],
  );
  ok(states.slice(0, 4).every(({ pid }) => pid > 0));
  if (hasRunc) {
    const theirs = bundleWithHooks(['file:/tmp/left'], allKinds);
    const result = run('runc', theirs);
    deepEqual(result.lines, lines, result.stderr);
    const order = readFileSync(`${theirs}/log`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(' ')));
    deepEqual(order, [...hostKinds]);
  }
});

const failing = (kind: string, hook: object) =>
  bundleWithHooks(['make:/tmp/ran'], (config) => {
    config.hooks = { [kind]: [hook] };
  });

test('a hook that fails before the start ends it, with one line that names it', options, () => {
  for (const kind of ['prestart', 'createRuntime', 'createContainer']) {
    const bundle = failing(kind, { path: '/bin/sh', args: ['sh', '-c', 'echo the cause >&2; exit 3'], env: ['PATH=/bin'] });
    const { status, stderr } = run('belljar', bundle);
    ok(status !== 0);
    match(stderr, new RegExp(`${kind} hook /bin/sh ended with exit status 3: the cause`));
    equal(existsSync(`${bundle}/rootfs/tmp/ran`), false);
  }
});

test('a startContainer hook that fails stops the container before its program has run', options, () => {
  const cases: [object, RegExp][] = [
    [{ path: '/probe', args: ['probe', 'no-such-question'] }, /startContainer hook \/probe ended with exit status 8/],
    [
      { path: '/missing' },
      /startContainer hook \/missing cannot be run \(exec: "\/missing": no such file or directory inside the sandbox\)/,
    ],
    [
      { path: '/probe', args: ['probe', 'loop:2000000000'], timeout: 1 },
      /startContainer hook \/probe took longer than its timeout of 1 s and was killed/,
    ],
  ];
  for (const [hook, message] of cases) {
    const bundle = failing('startContainer', hook);
    const { status, stderr } = run('belljar', bundle);
    ok(status !== 0);
    match(stderr, message);
    equal(existsSync(`${bundle}/rootfs/tmp/ran`), false);
  }
});

test('what a createContainer hook mounts is not left on the host', options, () => {
  const bundle = bundleWithHooks(['stat:/tmp/inside'], (config, directory) => {
    const script = `mount -t tmpfs none ${directory}/rootfs/tmp && grep -c ${directory}/rootfs/tmp /proc/self/mountinfo > ${directory}/seen`;
    config.hooks = { createContainer: [{ path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/usr/bin:/bin'] }] };
  });
  const { status, stderr } = run('belljar', bundle);
  equal(status, 0, stderr);
  equal(readFileSync(`${bundle}/seen`, 'utf8'), '1\n');
  ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(bundle));
});

test('poststart and poststop hooks that fail are warnings', options, () => {
  for (const kind of ['poststart', 'poststop']) {
    const { status, lines } = run('belljar', failing(kind, { path: '/bin/false' }));
    equal(status, 0);
    match(lines[0] ?? '', /^make=\d+$/);
  }
});
