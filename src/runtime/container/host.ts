/** What the command line needs of the host that Node does not offer: host calls, locks, processes told apart by their start. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syscalls } from '#abi/syscalls.ts';
import { type Addon, loadAddon } from '#platform/native/addon.ts';
import { Failure } from '../failure.ts';

const LOCK_EX = 2;
const EINTR = -4;

/** In the bundle this file's address is build/cli.js; in the sources, src/runtime/container/. */
function findProjectRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith('/src/runtime/container') ? dirname(dirname(dirname(here))) : dirname(here);
}
export const projectRoot = findProjectRoot();
export const launcher = `${projectRoot}/build/native/launcher`;

let loaded: Addon | null = null;
export function host(): Addon {
  loaded ??= loadAddon(`${projectRoot}/build/native/belljar.node`);
  return loaded;
}

/** A lock of one file, which is made if need be; the host gives it back when this process ends, however it does. */
export class FileLock {
  readonly #fd: number;
  constructor(path: string) {
    try {
      this.#fd = openSync(path, 'a', 0o600);
    } catch (error) {
      throw new Failure('state', `${path}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
    }
    let result: number;
    do result = host().call(syscalls.flock.number, this.#fd, LOCK_EX);
    while (result === EINTR);
    if (result < 0) throw new Failure('state', `${path}: cannot be locked (host error ${-result})`);
  }
  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** When a process began, in ticks since the host's boot: with its pid it names it for good. 0: there is none, or it is dead. */
export function startOf(pid: number): number {
  if (pid <= 0) return 0;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 0 : Number(fields[19]);
  } catch {
    return 0; // no such process
  }
}

/** Sleeps this (otherwise synchronous) process. */
export function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Waits until `done` or the time is up; whether it came. */
export function waitFor(done: () => boolean, timeoutMs: number): boolean {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 1; !done(); pause = Math.min(pause * 2, 50)) {
    if (performance.now() > deadline) return false;
    sleepMs(pause);
  }
  return true;
}
