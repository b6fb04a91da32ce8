/**
 * Runs something of the host's with a mount namespace of its own, so that what it mounts goes with it. Used for hooks that expect to be
 * in the container's mount namespace, where their mounts would have gone with the container.
 */
import { closeSync, openSync } from 'node:fs';
import { MS_REC, MS_SLAVE } from '#abi/mount.ts';
import { CLONE_NEWNS } from '#abi/sched.ts';
import { syscalls } from '#abi/syscalls.ts';
import { host } from './container/host.ts';
import { Failure } from './failure.ts';

/**
 * Calls `run` in a copy of the mount namespace: this thread is in it meanwhile, and with it what it starts. Without the
 * privilege for that (an ordinary user, who cannot mount anything either) just calls it.
 */
export function withPrivateMounts(run: () => void): void {
  const calls = host();
  const back = openSync('/proc/thread-self/ns/mnt', 'r');
  const directory = process.cwd();
  let problem: unknown = null;
  try {
    if (calls.call(syscalls.unshare.number, CLONE_NEWNS) < 0) {
      run();
      return;
    }
    try {
      // What the host mounts meanwhile comes in, nothing goes out.
      if (calls.call(syscalls.mount.number, 'none', '/', 0, MS_REC | MS_SLAVE, 0) < 0)
        throw new Failure('hook', "the mounts of a fresh mount namespace cannot be kept apart from the host's");
      run();
    } catch (error) {
      problem = error;
    }
    const result = calls.call(syscalls.setns.number, back, CLONE_NEWNS);
    if (result < 0) throw new Failure('hook', `the way back to the host's mount namespace is closed (host error ${-result})`);
    process.chdir(directory);
  } finally {
    closeSync(back);
  }
  if (problem !== null) throw problem;
}
