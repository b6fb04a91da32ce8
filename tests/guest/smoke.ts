/**
 * The first things a new kernel must do, from two instructions up to busybox. Ordered: the first failure is the one to look at.
 * `node tests/guest/smoke.ts [--native] [FILTER]` prints a line per case; status 1 if any case differs from native.
 */
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { strictEqual } from 'node:assert/strict';
import { buildOne, guestSource } from './build.ts';
import { describe, jarIsThere, runJar, runNative, type RunOptions } from './jar.ts';

interface SmokeCase {
  readonly name: string;
  readonly command: readonly string[];
  readonly options?: RunOptions;
}

async function cases(): Promise<SmokeCase[]> {
  const bare = ['-nostdlib', '-static'];
  const exit42 = await buildOne(`${guestSource}/smoke/exit42.S`, 'smoke-exit42', bare);
  const hello = await buildOne(`${guestSource}/smoke/hello.S`, 'smoke-hello', bare);
  const tiny = `${guestSource}/smoke/tiny.c`;
  const built = [
    ['static', await buildOne(tiny, 'smoke-tiny-static', ['-static', '-pthread'])],
    ['static-pie', await buildOne(tiny, 'smoke-tiny-static-pie', ['-static-pie', '-pthread'])],
    ['dynamic', await buildOne(tiny, 'smoke-tiny-dynamic', ['-pthread'])],
    ['no-pie', await buildOne(tiny, 'smoke-tiny-no-pie', ['-no-pie', '-pthread'])],
  ] as const;
  const list: SmokeCase[] = [
    { name: 'exit42', command: [exit42] },
    { name: 'hello', command: [hello] },
  ];
  for (const [kind, path] of built) {
    const add = (name: string, args: readonly string[], options?: RunOptions): void => {
      list.push({ name: `${kind} ${name}`, command: [path, ...args], ...(options === undefined ? {} : { options }) });
    };
    add('true', ['true']);
    add('exit 9', ['exit', '9']);
    add('echo', ['echo', 'one', 'two  three', '']);
    add('cat stdin', ['cat'], { input: 'line\n'.repeat(20_000) });
    add('cat file', ['cat', '/etc/passwd']);
    add('cat missing', ['cat', '/no/such/file']);
    add('auxv', ['auxv']);
    add('malloc', ['malloc']);
    add('fork', ['fork']);
    add('exec', ['exec', path, 'exit', '3']);
    add('spawn', ['spawn', path, 'exit', '4']);
    add('pipe', ['pipe']);
    add('signal', ['signal']);
    add('thread', ['thread']);
    add('unknown applet', ['nonesuch']);
  }
  const forkMap = await buildOne(`${guestSource}/smoke/fork-map.c`, 'smoke-fork-map', ['-static']);
  for (let round = 1; round <= 3; round++) list.push({ name: `fork and map, round ${round}`, command: [forkMap] });
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox !== undefined) {
    const shell = (name: string, script: string): void => {
      list.push({ name: `busybox ${name}`, command: [busybox, 'sh', '-c', script] });
    };
    shell('echo', 'echo hi');
    shell('status', 'exit 5');
    shell('pipeline', 'echo a b c | busybox tr a-z A-Z | busybox cat');
    shell(
      'files',
      'cd /tmp && echo data > smoke.$$ && busybox cat smoke.$$ && busybox rm smoke.$$ && busybox ls smoke.$$ 2>/dev/null; echo $?',
    );
    shell('background', 'busybox sleep 0.1 & wait $!; echo done $?');
    shell('subshells', 'for i in 1 2 3 4 5; do (echo $i); done | busybox wc -l');
    shell('kill', 'busybox sleep 5 & kill -TERM $!; wait $!; echo $?');
    shell('trap', 'trap "echo trapped" USR1; kill -USR1 $$; echo after');
    shell('redirect', 'busybox ls /nonexistent 2>&1 | busybox wc -l; echo x >/dev/null; busybox cat </dev/null; echo $?');
  }
  for (const command of [
    ['/bin/true'],
    ['/bin/false'],
    ['/bin/ls', '/usr'],
    ['/bin/sh', '-c', 'echo $((6*7))'],
    ['/bin/bash', '-c', 'echo ${BASH_VERSION%%.*}; cd /; pwd; echo $(echo nested)'],
    ['/usr/bin/id', '-u'],
    ['/bin/pwd'],
    ['/usr/bin/env', '-i', 'A=b', '/usr/bin/env'],
    ['/usr/bin/sort', '/etc/group'],
    ['/usr/bin/find', '/etc/apt', '-type', 'f'],
    ['/bin/sh', '-c', 'kill -SEGV $$'],
  ])
    list.push({ name: command.join(' '), command, options: { cwd: '/' } });
  list.push({ name: 'command not found', command: ['/no/such/program'] });
  return list.filter((item) => item.name !== 'command not found' || jarIsThere());
}

for (const item of await cases()) {
  const filter = process.argv[2];
  if (filter !== undefined && filter !== '--native' && !item.name.includes(filter)) continue;
  const options: RunOptions = { timeoutMs: 15_000, ...item.options };
  test(`smoke ${item.name}`, async (t) => {
    if (item.name === 'command not found') {
      const inside = await runJar(item.command, options);
      strictEqual(inside.status, 127);
      return;
    }
    const native = await runNative(item.command, options);
    strictEqual(native.timedOut, false, 'natively timed out');
    if (filter === '--native') return;
    if (!jarIsThere()) {
      t.skip('no ./belljar yet');
      return;
    }
    const inside = await runJar(item.command, options);
    // The CLI ends as a shell would say it: a guest killed by a signal gives 128+n, or the CLI dies of the same signal.
    const normal = (text: string, status: number): string =>
      text.replace(/^(signal SIG\w+|status (13[0-9]|14[0-9]))\n/, status > 128 || status < 0 ? 'killed\n' : '$&');
    strictEqual(normal(describe(inside), inside.status), normal(describe(native), native.status));
  });
}
