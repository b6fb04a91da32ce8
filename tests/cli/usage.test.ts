/** What a user gets for a mistake: one line that says what to do, and status 125. */
import { match, ok, strictEqual } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { belljar, modes, root, run } from './sandbox.ts';

const scratch = mkdtempSync(join(tmpdir(), 'belljar-usage-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const mistakes: [args: string[], message: RegExp][] = [
  [[], /say what to do: see belljar --help/],
  [['frob'], /there is no command frob/],
  [['--frob'], /unknown option '--frob'/],
  [['do'], /missing required argument 'command'/],
  [['do', '--frob', '--', 'true'], /unknown option '--frob'/],
  [['do', '--volume', 'x', '--', 'true'], /--volume x: want SRC:DST/],
  [['do', '--volume', '/no-such:/x', '--', 'true'], /--volume \/no-such: no such file or directory/],
  [['do', '--volume', '/proc:/x', '--', 'true'], /\/proc: part of the host's kernel/],
  [['do', '--rootfs', '/no-such', '--', 'true'], /--rootfs \/no-such: no such file/],
  [['do', '--rootfs', '/etc/passwd', '--', 'true'], /--rootfs \/etc\/passwd: not a directory/],
  [['do', '--overlay', 'none', '--', 'true'], /--overlay none would write to the host itself/],
  [['do', '--overlay', 'disk', '--', 'true'], /Allowed choices are memory, none/],
  [['do', '--user', 'no-such', '--', 'true'], /no user no-such in the sandbox's \/etc\/passwd/],
  [['do', '--user', '0:no-such', '--', 'true'], /no group no-such/],
  [['do', '--hostname', 'a_b', '--', 'true'], /--hostname a_b: want/],
  [['do', '--strace=bogus', '--', 'true'], /there is no system call bogus/],
  [['do', '--cwd', 'relative', '--', 'true'], /--cwd relative: want a path that starts with \//],
  [['do', '--cwd', '/no-such', '--', 'true'], /working directory \/no-such/],
  [['do', '--env', '=x', '--', 'true'], /--env =x: want NAME=VALUE/],

  [['run', 'a/b'], /invalid container id/],
  [['run', '--bundle', '/no-such', 'x'], /--bundle \/no-such: no such file/],
  [['run', '--bundle', scratch, 'x'], /there is no config.json/],
  [['spec', '--bundle', '/no-such'], /name a directory you can write/],
];
for (const [args, message] of mistakes) {
  test(`belljar ${args.join(' ')}`, () => {
    const result = run(args);
    strictEqual(result.status, args[0] === 'run' ? 1 : 125, result.stderr); // as runc's
    strictEqual(result.stdout, '');
    match(result.stderr, message);
    match(result.stderr, /^belljar: [^\n]*\n$/, 'one line');
  });
}

test('a program that is not there is 127, one that cannot run is 126', () => {
  const missing = run(['do', '--', '/no/such/program']);
  strictEqual(missing.status, 127, missing.stderr);
  match(missing.stderr, /^belljar: [^\n]*\n$/);
  const notExecutable = run(['do', '--', '/etc/passwd']);
  strictEqual(notExecutable.status, 126, notExecutable.stderr);
  match(notExecutable.stderr, /^belljar: [^\n]*\n$/);
});

test('help and version', () => {
  const version = (JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string }).version;
  strictEqual(run(['--version']).stdout, `belljar version ${version}\nspec: 1.2.1\n`);
  for (const command of ['do', 'create', 'run', 'start', 'exec', 'kill', 'delete', 'state', 'list', 'ps', 'spec', 'features']) {
    const help = run([command, '--help']);
    strictEqual(help.status, 0, help.stderr);
    match(help.stdout, new RegExp(`^Usage: belljar ${command} `));
  }
  ok(JSON.parse(run(['features']).stdout));
});

test('the launcher works through a symbolic link and from any directory', () => {
  symlinkSync(belljar, join(scratch, 'jar'));
  match(run(['--version'], { cwd: '/usr', program: join(scratch, 'jar') }).stdout, /^belljar /);
  match(run(['--version'], { cwd: scratch, env: { PATH: `${scratch}:/usr/bin:/bin` }, program: 'jar' }).stdout, /^belljar /);
});

test("variables that act on Node do not act on the sandbox's", () => {
  writeFileSync(join(scratch, 'evil.cjs'), 'process.stdout.write("loaded");');
  const result = run(['do', '--', '/no/such/program'], {
    env: { NODE_OPTIONS: `--require ${join(scratch, 'evil.cjs')}`, LD_PRELOAD: '/no/such.so' },
  });
  strictEqual(result.stdout, '');
  strictEqual(result.status, 127);
});

for (const mode of modes) {
  test(`a start as ${mode} fails in one line for a bad option`, () => {
    const result = run(['do', '--rootfs', '/no-such', '--', 'true'], { mode });
    strictEqual(result.status, 125);
    match(result.stderr, /^belljar: [^\n]*\n$/);
  });
}
