/**
 * Many containers at once and in a row, and everything killed or failing at the worst moment: nothing may be left, and each failure
 * says why in one line. By the command line, without Docker, under runc too, which shows that the tests ask nothing odd.
 * ROBUSTNESS=long: hundreds. ROBUSTNESS_RUNTIMES=belljar: that one alone.
 */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { descendants, isRoot } from '../cli/sandbox.ts';
import { makeBusyboxRoot } from './daemon.ts';
import { type Ended, OciRuntime } from './oci.ts';
import { OwnHost } from './own-host.ts';

const long = process.env['ROBUSTNESS'] === 'long';
const names = (process.env['ROBUSTNESS_RUNTIMES'] ?? 'runc,belljar').split(',') as ('runc' | 'belljar')[];

let host: OwnHost;
const runtimes = new Map<string, OciRuntime>();
before(async () => {
  ok(isRoot, 'the robustness tests need root: run npm test as root');
  host = await OwnHost.start();
  const rootfs = makeBusyboxRoot(join(host.directory, 'rootfs'));
  for (const name of names) runtimes.set(name, new OciRuntime(name, host, rootfs));
});
after(async () => {
  await host?.[Symbol.asyncDispose]();
});

/** What a runtime has on the host; nothing of it may differ before and after. */
function traces(runtime: OciRuntime): object {
  return {
    processes: [...host.processes().values()],
    mounts: host.mounts(),
    cgroups: host.cgroups(),
    state: existsSync(runtime.root) ? readdirSync(runtime.root) : [],
    temporary: ['/run', '/dev/shm'].flatMap((path) => host.run(['ls', path]).stdout.split('\n')),
  };
}

async function unchanged(runtime: OciRuntime, earlier: object): Promise<void> {
  let now = traces(runtime);
  for (let i = 0; i < 100 && JSON.stringify(now) !== JSON.stringify(earlier); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = traces(runtime);
  }
  deepStrictEqual(now, earlier);
}

/** A test under each runtime, which may leave nothing. */
function under(name: string, body: (runtime: OciRuntime) => Promise<void>, only?: 'belljar'): void {
  for (const runtimeName of names) {
    if (only !== undefined && only !== runtimeName) continue;
    test(`${runtimeName}: ${name}`, { timeout: 15 * 60_000 }, async () => {
      const runtime = runtimes.get(runtimeName) as OciRuntime;
      // Directories that the first container makes and that stay.
      if (!existsSync(runtime.root)) worked(await runtime.run(['run', '--bundle', runtime.bundle(), 'first']));
      const earlier = traces(runtime);
      const started = performance.now();
      try {
        await body(runtime);
      } finally {
        for (const id of await runtime.list()) await runtime.run(['delete', '--force', id]);
      }
      await unchanged(runtime, earlier);
      process.stderr.write(`robustness: ${runtimeName}: ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    });
  }
}

function worked(result: Ended): Ended {
  strictEqual(result.status, 0, `status ${result.status ?? result.signal}: ${result.stderr}`);
  return result;
}

/** One line that says what is wrong; runc's log line has a time before it. */
function failedInOneLine(result: Ended, pattern: RegExp = /./): void {
  strictEqual(result.status, 1, `status ${result.status ?? result.signal}: ${result.stderr}`);
  match(result.stderr, /^[^\n]+\n$/, 'one line');
  ok(!/a bug in Belljar|\n\s+at |panic|goroutine/.test(result.stderr), result.stderr);
  match(result.stderr, pattern);
}

const sleeping = { args: ['/bin/sleep', '1000'] };

under('50 containers at once, created, started, listed, killed and deleted in parallel', async (runtime) => {
  const ids = Array.from({ length: 50 }, (_, i) => `many-${i}`);
  const bundles = ids.map(() => runtime.bundle(sleeping));
  const all = async (make: (id: string, i: number) => string[]): Promise<void> => {
    for (const result of await Promise.all(ids.map((id, i) => runtime.run(make(id, i), { timeoutMs: 120_000 })))) worked(result);
  };
  await all((id, i) => ['create', '--bundle', bundles[i] ?? '', id]);
  deepStrictEqual((await runtime.list()).sort(), ids.toSorted());
  await all((id) => ['start', id]);
  for (const state of await Promise.all(ids.map((id) => runtime.state(id)))) strictEqual(state?.status, 'running');
  await all((id) => ['kill', id, 'KILL']);
  await Promise.all(ids.map((id) => runtime.waitFor(id, 'stopped')));
  await all((id) => ['delete', id]);
  deepStrictEqual(await runtime.list(), []);
});

under(`${long ? 500 : 30} containers in a row`, async (runtime) => {
  const bundle = runtime.bundle({ args: ['/bin/true'] });
  for (let i = 0; i < (long ? 500 : 30); i++) {
    if (i % 100 === 99) process.stderr.write(`robustness: ${runtime.name}: ${i + 1} in a row\n`);
    worked(await runtime.run(['create', '--bundle', bundle, 'row']));
    worked(await runtime.run(['start', 'row']));
    await runtime.waitFor('row', 'stopped');
    worked(await runtime.run(['delete', 'row']));
  }
});

under('delete --force of a container that runs, and of one that is not there', async (runtime) => {
  worked(await runtime.run(['run', '--detach', '--bundle', runtime.bundle(sleeping), 'forced']));
  worked(await runtime.run(['delete', '--force', 'forced']));
  strictEqual(await runtime.state('forced'), null);
  worked(await runtime.run(['delete', '--force', 'never-there']));
  failedInOneLine(await runtime.run(['delete', 'never-there']), /never-there.*does not exist|does not exist/);
});

under('commands of one container at once: one wins, none breaks', async (runtime) => {
  const bundle = runtime.bundle(sleeping);
  const created = await Promise.all(Array.from({ length: 6 }, () => runtime.run(['create', '--bundle', bundle, 'contested'])));
  strictEqual(created.filter((result) => result.status === 0).length, 1, created.map((result) => result.stderr).join(''));
  for (const result of created.filter(({ status }) => status !== 0)) failedInOneLine(result);
  const started = await Promise.all(Array.from({ length: 6 }, () => runtime.run(['start', 'contested'])));
  strictEqual(started.filter((result) => result.status === 0).length, 1, started.map((result) => result.stderr).join(''));
  strictEqual((await runtime.state('contested'))?.status, 'running');
  const deleted = await Promise.all(Array.from({ length: 6 }, () => runtime.run(['delete', '--force', 'contested'])));
  ok(deleted.some((result) => result.status === 0));
  strictEqual(await runtime.state('contested'), null);
});

/** Pids inside the host's namespace are not the machine's: by the name of what runs. */
const processesOf = (id: string): number[] => [...host.processes()].filter(([, command]) => command.includes(id)).map(([pid]) => pid);

under('kill -9 of the process that `state` names', async (runtime) => {
  worked(await runtime.run(['run', '--detach', '--bundle', runtime.bundle(sleeping), 'killed']));
  const pid = (await runtime.state('killed'))?.pid ?? 0;
  ok(pid > 1);
  strictEqual(host.run(['kill', '-9', String(pid)]).status, 0);
  await runtime.waitFor('killed', 'stopped');
  worked(await runtime.run(['delete', 'killed']));
});

under(
  'kill -9 of each process of a sandbox in turn',
  async (runtime) => {
    for (let victim = 0; victim < 8; victim++) {
      const earlier = new Set(host.processes().keys());
      const bundle = runtime.bundle({ args: ['/bin/sh', '-c', 'sleep 1000 & sleep 1001'] });
      worked(await runtime.run(['run', '--detach', '--bundle', bundle, `part-${victim}`]));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const parts = [...host.processes().keys()].filter((pid) => !earlier.has(pid)).sort((a, b) => a - b);
      const pid = parts[victim];
      if (pid === undefined) break;
      process.kill(pid, 'SIGKILL');
      // The container goes on without it, or has ended: both can be asked, and both can be removed.
      await new Promise((resolve) => setTimeout(resolve, 300));
      match((await runtime.state(`part-${victim}`))?.status ?? '', /^(running|stopped)$/, `after part ${victim} of ${parts.length}`);
      worked(await runtime.run(['delete', '--force', `part-${victim}`]));
    }
  },
  'belljar',
);

// runc 1.1 leaves cgroups behind here, and says "%!w(<nil>)" of a full disk.
under(
  `kill -9 of create at ${long ? 60 : 12} moments`,
  async (runtime) => {
    const whole = performance.now();
    worked(await runtime.run(['create', '--bundle', runtime.bundle(sleeping), 'whole']));
    const spanMs = (performance.now() - whole) * 1.2;
    worked(await runtime.run(['delete', '--force', 'whole']));
    const moments = long ? 60 : 12;
    for (let i = 0; i < moments; i++) {
      const bundle = runtime.bundle(sleeping);
      const id = `cut-${i}`;
      const [program, ...args] = runtime.command(['create', '--bundle', bundle, id]);
      const child = spawn(program, args, { stdio: 'ignore', cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', BELLJAR_FRESH: '1' } });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, (spanMs * i) / moments));
      // nsenter is the child; the command below it is what a crash would end. Its own children are left to see for themselves.
      for (const pid of descendants(child.pid ?? 0).slice(0, 1)) kill(pid);
      await ended;
      const listed = await runtime.list();
      ok(
        listed.every((each) => each === id),
        listed.join(' '),
      );
      worked(await runtime.run(['delete', '--force', id]));
      strictEqual(await runtime.state(id), null);
      // The same name can be used again.
      if (i % 5 === 0) {
        worked(await runtime.run(['create', '--bundle', bundle, id]));
        worked(await runtime.run(['delete', '--force', id]));
      }
      const rest = processesOf(id);
      ok(rest.length === 0, `create killed after ${Math.round((spanMs * i) / moments)} ms left ${rest.join(' ')}`);
    }
  },
  'belljar',
);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

under(
  'a full disk below --root',
  async (runtime) => {
    const root = join(host.directory, `full-${runtime.name}`);
    mkdirSync(root);
    for (const options of ['size=4k', 'size=8k', 'nr_inodes=1', 'nr_inodes=2', 'nr_inodes=3']) {
      strictEqual(host.run(['mount', '-t', 'tmpfs', '-o', options, 'full', root]).status, 0);
      if (options.startsWith('size=')) host.run(['sh', '-c', `head -c 100000 /dev/zero >${root}/.fill`]);
      try {
        const result = await runtime.run(['create', '--bundle', runtime.bundle(sleeping), 'full'], { root });
        if (result.status !== 0) {
          failedInOneLine(result, /no space left|ENOSPC|disk is full/i);
          deepStrictEqual(await runtime.list(root), []);
        } else worked(await runtime.run(['delete', '--force', 'full'], { root }));
      } finally {
        strictEqual(host.run(['umount', root]).status, 0, `${options}: ${root} is busy`);
      }
    }
  },
  'belljar',
);

under('a read-only --root', async (runtime) => {
  const root = join(host.directory, `readonly-${runtime.name}`);
  mkdirSync(root);
  host.run(['mount', '-t', 'tmpfs', '-o', 'ro', 'readonly', root]);
  try {
    failedInOneLine(await runtime.run(['create', '--bundle', runtime.bundle(sleeping), 'ro'], { root }), /read-only|EROFS/i);
  } finally {
    host.run(['umount', root]);
  }
});

const badRoots: [name: string, make: (directory: string) => string][] = [
  ['not there', (directory) => join(directory, 'none')],
  ['a file', (directory) => (writeFileSync(join(directory, 'file'), ''), join(directory, 'file'))],
  ['a loop of symbolic links', (directory) => (symlinkSync('loop', join(directory, 'loop')), join(directory, 'loop'))],
  ['a dangling link', (directory) => (symlinkSync('nowhere', join(directory, 'link')), join(directory, 'link'))],
  ['a name that is too long', () => `/${'x'.repeat(300)}`],
];
for (const [name, make] of badRoots) {
  under(`root.path: ${name}`, async (runtime) => {
    const directory = join(host.directory, 'bad-root');
    mkdirSync(directory);
    try {
      failedInOneLine(await runtime.run(['create', '--bundle', runtime.bundle({ rootfs: make(directory) }), 'bad']));
      strictEqual(await runtime.state('bad'), null);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

under('an empty root: the program is not there', async (runtime) => {
  const rootfs = join(host.directory, `empty-${runtime.name}`);
  mkdirSync(rootfs);
  const bundle = runtime.bundle({ rootfs });
  const created = await runtime.run(['create', '--bundle', bundle, 'empty']);
  // runc looks for the program in create, other runtimes may in start.
  const failed = created.status === 0 ? await runtime.run(['start', 'empty']) : created;
  failedInOneLine(failed, /\/bin\/true.*no such file or directory/);
  if (created.status === 0) worked(await runtime.run(['delete', '--force', 'empty']));
});

under('--log and --log-format json: the message that Docker shows', async (runtime) => {
  const log = join(host.directory, `log-${runtime.name}.json`);
  const bundle = runtime.bundle({ args: ['/no/such'] });
  const result = await runtime.run(['--log', log, '--log-format', 'json', 'create', '--bundle', bundle, 'logged']);
  strictEqual(result.status, 1);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '') as { level: string; msg: string; time: string };
  strictEqual(last.level, 'error');
  match(last.msg, /\/no\/such.*no such file or directory/);
  ok(!Number.isNaN(Date.parse(last.time)));
});
