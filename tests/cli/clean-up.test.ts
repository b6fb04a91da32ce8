/** Whatever part of a sandbox is killed, nothing of it stays: processes, mounts, temporary files, cgroups. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { alive, eventually, type Mode, modes, namespaceOf, type Running, start } from './sandbox.ts';

interface HostState {
  mounts: string;
  temporary: string[];
  shared: string[];
  cgroups: string[];
}

/** Directories that other tests make at the same time (mkdtemp) are left out. */
const ours = (name: string): boolean => /belljar|launch|sandbox/.test(name) && !/^belljar-[a-z-]+-[A-Za-z0-9]{6}$/.test(name);

function listing(directory: string): string[] {
  try {
    return readdirSync(directory).filter(ours);
  } catch {
    return [];
  }
}

function hostState(): HostState {
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'latin1')
      .split('\n')
      .filter((line) => line.includes('belljar'))
      .join('\n'),
    temporary: listing('/tmp'),
    shared: listing('/dev/shm'),
    cgroups: listing('/sys/fs/cgroup'),
  };
}

type Part = 'waiter' | 'kernel' | 'zygote' | 'guest' | 'all at once';
const parts: readonly Part[] = ['waiter', 'kernel', 'zygote', 'guest', 'all at once'];

function kill(sandbox: Running, part: Part): void {
  const pids = {
    waiter: [sandbox.waiter],
    kernel: [sandbox.kernel],
    zygote: sandbox.stubs.slice(0, 1),
    guest: sandbox.stubs.slice(1, 2),
    'all at once': [sandbox.waiter, sandbox.kernel, ...sandbox.stubs],
  }[part];
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It died with one of those before it.
    }
  }
}

for (const mode of modes) {
  for (const part of parts) {
    test(`kill -9 of ${part}, sandbox started as ${mode}`, { timeout: 60_000 }, async () => {
      const before = hostState();
      const sandbox = await start(mode);
      const everyone = [sandbox.waiter, sandbox.kernel, ...sandbox.stubs];
      const mountNamespace = namespaceOf(sandbox.kernel, 'mnt');
      kill(sandbox, part);
      if (part === 'zygote') {
        // Guests that exist may go on; the sandbox ends with the next signal at the latest.
        sandbox.child.kill('SIGKILL');
      }
      if (part === 'guest') {
        // One guest's host process is gone: that guest is dead, and its parent, or the sandbox, ends by itself or is ended.
        await eventually(() => !alive(sandbox.waiter));
        sandbox.child.kill('SIGKILL');
      }
      await sandbox.ended;
      ok(await eventually(() => everyone.every((pid) => !alive(pid))), `left: ${everyone.filter(alive).join(' ')}`);
      // A stub that was just being made is in no list of ours and ends a moment later; empty once is enough, since the number
      // of a namespace that is gone may be given to another test's sandbox.
      ok(
        await eventually(() => processesIn(mountNamespace).length === 0),
        `left in its namespace: ${processesIn(mountNamespace).join(' ')}`,
      );
      deepStrictEqual(hostState(), before);
    });
  }
}

function processesIn(mountNamespace: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && namespaceOf(Number(name), 'mnt') === mountNamespace;
    } catch {
      return false;
    }
  });
}

for (const [signal, status] of [
  ['SIGTERM', 15],
  ['SIGHUP', 1],
  ['SIGUSR1', 10],
] as const) {
  test(`${signal} to the waiter ends the guest by that signal, and the waiter too`, { timeout: 60_000 }, async () => {
    const sandbox = await start(modes[0] as Mode);
    sandbox.child.kill(signal);
    const end = await sandbox.ended;
    strictEqual(end.signal, signal, `ended with ${end.code}, wanted signal ${status}`);
    ok(await eventually(() => sandbox.stubs.every((pid) => !alive(pid))));
  });
}
