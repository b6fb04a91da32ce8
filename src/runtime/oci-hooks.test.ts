import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Failure } from './failure.ts';
import { type Hook, type OciState, runHooks } from './oci-hooks.ts';
import { parseHooks } from './spec/hooks.ts';
import { Field } from './spec/reader.ts';

const directory = mkdtempSync(join(tmpdir(), 'belljar-hooks-'));
after(() => rmSync(directory, { recursive: true }));

const state: OciState = { ociVersion: '1.2.0', id: 'c1', status: 'created', pid: 42, bundle: '/b', annotations: { 'key\n': 'w\u00f6rt' } };
let scripts = 0;

/** A hook that is a shell script; `out` in it is a file of its own. */
function script(body: string, more: Partial<Hook> = {}): Hook & { out: string } {
  const path = join(directory, `hook${scripts++}`);
  const out = `${path}.out`;
  writeFileSync(path, `#!/bin/sh\nout=${out}\n${body}\n`);
  chmodSync(path, 0o755);
  return { path, args: [], env: ['PATH=/usr/bin:/bin'], timeout: null, ...more, out };
}
const read = (hook: { out: string }) => readFileSync(hook.out, 'utf8');

test('a hook gets the state on standard input, its arguments, its environment and nothing else', () => {
  const hook = script('cat > $out; echo "|$#|$1|$A|$HOME|$(pwd)" >> $out', {
    args: ['name', 'on\u00c3\u00a9'],
    env: ['PATH=/usr/bin:/bin', 'A=b=c'],
  });
  runHooks('createRuntime', [hook], state);
  const text = read(hook);
  const at = text.lastIndexOf('}|') + 1;
  deepEqual(JSON.parse(text.slice(0, at)), state);
  equal(text.slice(at), '|1|on\u00e9|b=c||/\n');
});

test('args[0] is what the program sees as its name', () => {
  const out = join(directory, 'argv0');
  runHooks(
    'prestart',
    [
      {
        path: '/bin/sh',
        args: ['other-name', '-c', `tr "\\0" " " < /proc/$$/cmdline > ${out}`],
        env: ['PATH=/usr/bin:/bin'],
        timeout: null,
      },
    ],
    state,
  );
  ok(readFileSync(out, 'utf8').startsWith('other-name -c '));
});

test('hooks run in order, and the first that fails ends it with its status and its last word', () => {
  const first = script('echo 1 > $out');
  const second = script('echo one >&2; echo "the cause" >&2; exit 3');
  const third = script('echo 3 > $out');
  throws(
    () => runHooks('createRuntime', [first, second, third], state),
    (error) =>
      error instanceof Failure &&
      error.code === 'hook' &&
      error.message === `createRuntime hook ${second.path} ended with exit status 3: the cause`,
  );
  equal(read(first), '1\n');
  throws(() => read(third));
});

test('death by a signal, no such program, no permission', () => {
  throws(() => runHooks('prestart', [script('kill -TERM $$')], state), /was killed by SIGTERM/);
  throws(() => runHooks('prestart', [{ ...script(''), path: '/none/such' }], state), /\/none\/such cannot be run \(no such file\)/);
  const plain = script('');
  chmodSync(plain.path, 0o644);
  throws(() => runHooks('prestart', [plain], state), /cannot be run \(EACCES\)/);
});

test('a hook that outlasts its timeout is killed', () => {
  const began = Date.now();
  throws(
    () => runHooks('prestart', [script('echo waiting >&2; exec sleep 30', { timeout: 1 })], state),
    /longer than its timeout of 1 s and was killed: waiting/,
  );
  ok(Date.now() - began < 8000);
});

test('poststart and poststop: a failure is a warning, the rest run', () => {
  for (const kind of ['poststart', 'poststop'] as const) {
    const warnings: string[] = [];
    const bad = script('exit 7');
    const good = script('echo ran > $out');
    runHooks(kind, [bad, good], state, (line) => warnings.push(line));
    deepEqual(warnings, [`${kind} hook ${bad.path} ended with exit status 7`]);
    equal(read(good), 'ran\n');
  }
});

test('a hook need not read its input, however long', () => {
  runHooks('prestart', [script('exec <&-; exit 0')], { ...state, annotations: { long: 'x'.repeat(1 << 20) } });
});

test('startContainer hooks are not run on the host', () => {
  const hook = script('echo ran > $out');
  throws(() => runHooks('startContainer', [hook], state), /run inside the sandbox/);
  throws(() => read(hook));
});

test('what config.json says of hooks', () => {
  const hooks = parseHooks(
    new Field({ prestart: [{ path: '/a' }], poststop: [{ path: '/b', args: ['b', 'c'], env: ['A=1'], timeout: 5 }] }, 'hooks'),
  );
  deepEqual(hooks.prestart, [{ path: '/a', args: [], env: null, timeout: null }]);
  deepEqual(hooks.poststop, [{ path: '/b', args: ['b', 'c'], env: ['A=1'], timeout: 5 }]);
  deepEqual(hooks.createContainer, []);
  const bad = (hook: unknown, message: RegExp) => throws(() => parseHooks(new Field({ poststart: [hook] }, 'hooks')), message);
  bad({}, /hooks\.poststart\[0\]\.path: want a string, found nothing/);
  bad({ path: 'a' }, /hooks\.poststart\[0\]\.path: want a path that starts with \//);
  bad({ path: '/a', timeout: 0 }, /hooks\.poststart\[0\]\.timeout: want an integer from 1/);
  bad({ path: '/a', env: ['x'] }, /hooks\.poststart\[0\]\.env\[0\]: want NAME=VALUE/);
});
