/** `events` and `update`: the container's cgroup, read and changed while it runs. */
import { readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { Field } from '../spec/reader.ts';
import { parseResources } from '../spec/resources.ts';
import { cgroupOf, type GlobalOptions } from './create.ts';
import { statusOf } from './end.ts';
import { sleepMs } from './host.ts';
import type { Container } from './state.ts';

const TICK_MS = 200;

export function statsOf(container: Container): unknown {
  if (statusOf(container) === 'stopped') throw new Failure('state', 'container not running');
  const cgroup = cgroupOf(container.state);
  if (cgroup === null) throw new Failure('state', 'the container has no cgroup of its own, so nothing is counted');
  return cgroup.stats();
}

/** Calls `show` with stats each interval, and when the host has killed a process for memory; returns when the container stops. */
export function watchEvents(container: Container, intervalMs: number, show: (type: string, data?: unknown) => void): void {
  const cgroup = cgroupOf(container.state);
  if (cgroup === null) throw new Failure('state', 'the container has no cgroup of its own, so nothing is counted');
  let kills = cgroup.oomKills();
  let next = 0;
  while (container.alive) {
    const now = performance.now();
    const killed = cgroup.oomKills();
    if (killed > kills) show('oom');
    kills = killed;
    if (now >= next) {
      show('stats', cgroup.stats());
      next = now + intervalMs;
    }
    sleepMs(Math.min(TICK_MS, intervalMs));
  }
}

/** `file`: JSON, "-" for standard input; `changes`: what the options say. */
export function updateContainer(container: Container, file: string | null, changes: object, globals: GlobalOptions): void {
  let document: unknown = changes;
  if (file !== null) {
    try {
      document = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    } catch (error) {
      throw new Failure('bundle', `--resources ${file}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  }
  const resources = parseResources(new Field(document, 'resources'));
  using _ = container.lock();
  if (statusOf(container) === 'stopped') throw new Failure('state', 'container not running');
  const cgroup = cgroupOf(container.state, globals.log);
  if (cgroup === null) throw new Failure('state', 'the container has no cgroup of its own, so nothing can be limited');
  cgroup.apply(resources);
}
