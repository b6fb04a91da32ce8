/** A container's life by the commands that engines use, and what is left of it. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alive } from '../cli/sandbox.ts';
import { eventually, succeeds, leftovers, lifeOf, makeBundle, oci, reaches, root, scratch, skip, statusOf } from './container.ts';

const options = { skip };

test('create, state, start, kill, delete', options, async () => {
  const bundle = makeBundle(['sleep', '1000'], (config) => (config.annotations = { some: 'thing' }));
  const pidFile = join(scratch, 'pid');
  const created = oci(['create', '--bundle', bundle, '--pid-file', pidFile, 'life'], { ignore: true });
  strictEqual(created.status, 0, created.stderr);
  const state = JSON.parse(oci(['state', 'life']).stdout) as Record<string, unknown>;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  deepStrictEqual(
    { ...state, created: 0, ociVersion: 0 },
    {
      ociVersion: 0,
      id: 'life',
      pid,
      status: 'created',
      bundle,
      rootfs: join(bundle, 'rootfs'),
      created: 0,
      annotations: { some: 'thing' },
      owner: 'root',
    },
  );
  match(readFileSync(`/proc/${pid}/cgroup`, 'latin1'), /\/belljar-oci-test-\d+\/c\d+$/m, 'its process is in its cgroup');
  succeeds(oci(['start', 'life']));
  strictEqual(statusOf('life'), 'running');
  match(oci(['start', 'life']).stderr, /cannot start a container that is running/);
  match(oci(['delete', 'life']).stderr, /cannot delete container life that is not stopped: running/);
  succeeds(oci(['kill', 'life', 'KILL']));
  ok(await reaches('life', 'stopped'));
  match(oci(['kill', 'life', 'KILL']).stderr, /container not running/);
  match(oci(['start', 'life']).stderr, /cannot start a container that has stopped/);
  succeeds(oci(['delete', 'life']));
  deepStrictEqual(leftovers('life'), []);
  match(oci(['state', 'life']).stderr, /container does not exist: life/);
  succeeds(oci(['delete', '--force', 'life']));
});

test('the waiter ends as the container does', options, () => {
  const exits = lifeOf('exits', makeBundle(['sh', '-c', 'echo out; echo err >&2; exit 7']));
  deepStrictEqual(exits, { output: 'out\nerr\n', status: 7, killedBy: 0 });
  const dies = lifeOf('dies', makeBundle(['sh', '-c', 'sleep 100 & kill -9 $!; wait $!; exit $?']));
  strictEqual(dies.status, 137);
});

test('run: foreground, its status and output, nothing left', options, () => {
  const bundle = makeBundle(['sh', '-c', 'cat; hostname; exit 5']);
  const result = oci(['run', '--bundle', bundle, 'front'], { input: 'typed\n' });
  strictEqual(result.stdout, 'typed\nbox\n', result.stderr);
  strictEqual(result.status, 5);
  deepStrictEqual(leftovers('front'), []);
});

test('list shows all, as table, JSON and names', options, () => {
  for (const id of ['l1', 'l2']) succeeds(oci(['run', '-d', '--bundle', makeBundle(['sleep', '1000']), id], { ignore: true }));
  strictEqual(oci(['list', '-q']).stdout, 'l1\nl2\n');
  match(oci(['list']).stdout, /^ID +PID +STATUS +BUNDLE +CREATED +OWNER\nl1 +\d+ +running /);
  const list = JSON.parse(oci(['list', '--format', 'json']).stdout) as { id: string; status: string }[];
  deepStrictEqual(
    list.map(({ id, status }) => [id, status]),
    [
      ['l1', 'running'],
      ['l2', 'running'],
    ],
  );
  for (const id of ['l1', 'l2']) succeeds(oci(['delete', '--force', id]));
});

test('pause, resume; a paused container can be deleted by force', options, async () => {
  const bundle = makeBundle(['sh', '-c', 'while true; do touch /tmp/tick; sleep 0.05; done']);
  succeeds(oci(['run', '-d', '--bundle', bundle, 'paused'], { ignore: true }));
  succeeds(oci(['pause', 'paused']));
  strictEqual(statusOf('paused'), 'paused');
  match(oci(['exec', 'paused', 'true']).stderr, /cannot exec in a paused container/);
  match(oci(['pause', 'paused']).stderr, /cannot pause a container that is paused/);
  succeeds(oci(['resume', 'paused']));
  strictEqual(statusOf('paused'), 'running');
  succeeds(oci(['pause', 'paused']));
  succeeds(oci(['delete', '--force', 'paused']));
  deepStrictEqual(leftovers('paused'), []);
});

test('signals reach the first process; kill --all reaches every one', options, async () => {
  const bundle = makeBundle(['sh', '-c', 'trap "touch /tmp/hup" HUP; sleep 1000 & while true; do wait; done']);
  succeeds(oci(['run', '-d', '--bundle', bundle, 'signals'], { ignore: true }));
  const trapped = join(bundle, 'rootfs/tmp/hup');
  ok(await eventually(() => oci(['kill', 'signals', 'HUP']).status === 0 && existsSync(trapped)));
  match(oci(['kill', 'signals', 'NOSUCH']).stderr, /unknown signal "NOSUCH"/);
  const before = JSON.parse(oci(['ps', '--format', 'json', 'signals']).stdout) as number[];
  strictEqual(before.length, 2);
  for (const pid of before) ok(alive(pid), 'pids of the host');
  succeeds(oci(['kill', '--all', 'signals', '15']));
  ok(await eventually(() => JSON.parse(oci(['ps', '--format', 'json', 'signals']).stdout).length === 1));
  succeeds(oci(['delete', '--force', 'signals']));
});

test('events --stats and update', options, () => {
  const bundle = makeBundle(['sleep', '1000'], (config) => (config.linux.resources = { memory: { limit: 512 << 20 } }));
  succeeds(oci(['run', '-d', '--bundle', bundle, 'counted'], { ignore: true }));
  const limit = (): number =>
    (JSON.parse(oci(['events', '--stats', 'counted']).stdout) as { data: { memory: { usage: { limit: number } } } }).data.memory.usage
      .limit;
  strictEqual(limit(), 512 << 20);
  const updated = oci(['update', '--resources', '-', 'counted'], { input: JSON.stringify({ memory: { limit: 600 << 20 } }) });
  strictEqual(updated.status, 0, updated.stderr);
  strictEqual(limit(), 600 << 20);
  succeeds(oci(['update', '--memory', String(700 << 20), 'counted']));
  strictEqual(limit(), 700 << 20);
  succeeds(oci(['delete', '--force', 'counted']));
});

test('hooks run on the host, with the state, in order', options, () => {
  const log = join(scratch, 'hooks');
  const hook = (kind: string) => ({ path: '/bin/sh', args: ['sh', '-c', `echo ${kind} $(cat | grep -o '"status":"[a-z]*"') >> ${log}`] });
  const kinds = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'];
  const bundle = makeBundle(['true'], (config) => (config.hooks = Object.fromEntries(kinds.map((kind) => [kind, [hook(kind)]]))));
  succeeds(oci(['run', '--bundle', bundle, 'hooked']));
  strictEqual(
    readFileSync(log, 'utf8'),
    ['prestart creating', 'createRuntime creating', 'createContainer creating', 'poststart running', 'poststop stopped']
      .map((line) => line.replace(/ (.*)/, ' "status":"$1"\n'))
      .join(''),
  );
  const failing = makeBundle(
    ['true'],
    (config) => (config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo no >&2; exit 3'] }] }),
  );
  const failed = oci(['create', '--bundle', failing, 'unhooked'], { ignore: true });
  strictEqual(failed.status, 1);
  match(failed.stderr, /createRuntime hook \/bin\/sh ended with exit status 3: no/);
  deepStrictEqual(leftovers('unhooked'), []);
});

test('what a crash left can be listed and removed', options, () => {
  for (const [id, text] of [
    ['broken', '{"ociVersion"'],
    ['empty', null],
  ] as const) {
    mkdirSync(join(root, id), { recursive: true });
    if (text !== null) writeFileSync(join(root, id, 'state.json'), text);
    strictEqual(statusOf(id), 'stopped');
    ok(oci(['list', '-q']).stdout.includes(id));
    succeeds(oci(['delete', '--force', id]));
    ok(!existsSync(join(root, id)));
  }
});
