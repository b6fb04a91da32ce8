/**
 * All monitors of a server: the system and each container always, any process or cgroup while somebody looks at it (and
 * the ones named on the command line). One timer ticks them all; a bound keeps a curious page from counting everything.
 */
import type { Measured } from '../inputs.ts';
import { MeterError } from '../meter-error.ts';
import type { Sample } from '../session.ts';
import type { TargetSpec } from '../target.ts';
import { findContainers } from './containers.ts';
import { Monitor } from './monitor.ts';

const mostMonitors = 64;
/** Containers come and go slowly; looking at every process each second would cost more than the counting. */
const discoverEvery = 5;

export type Listener = (monitor: Monitor, sample: Sample) => void;

export class Hub {
  readonly #measured: Measured;
  readonly #monitors = new Map<string, Monitor>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #kept = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #ticks = 0;

  constructor(measured: Measured, always: readonly TargetSpec[], intervalSeconds: number) {
    this.#measured = measured;
    for (const spec of [{ kind: 'system' } as const, ...always]) {
      this.#kept.add(keyOf(spec));
      this.#open(spec);
    }
    this.#discover();
    this.#timer = setInterval(() => this.#tick(), intervalSeconds * 1000);
  }

  monitors(): readonly Monitor[] {
    return [...this.#monitors.values()];
  }

  /** Times that watching a target failed, by target. */
  failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  listen(spec: TargetSpec, listener: Listener): () => void {
    const key = keyOf(spec);
    if (!this.#monitors.has(key)) this.#open(spec);
    const listeners = this.#listeners.get(key) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(key, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
      if (listeners.size === 0 && !this.#kept.has(key)) this.#close(key);
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const key of [...this.#monitors.keys()]) this.#close(key);
  }

  #open(spec: TargetSpec): void {
    if (this.#monitors.size >= mostMonitors) {
      throw new MeterError('too-many', `${mostMonitors} targets are watched already.`, 'Close a page that watches another.');
    }
    this.#monitors.set(keyOf(spec), new Monitor(keyOf(spec), spec, this.#measured));
  }

  #close(key: string): void {
    this.#monitors.get(key)?.close();
    this.#monitors.delete(key);
    this.#kept.delete(key);
  }

  #discover(): void {
    const seen = new Set<string>();
    for (const { id } of findContainers()) {
      const key = keyOf({ kind: 'container', id });
      seen.add(key);
      if (this.#monitors.has(key) || this.#monitors.size >= mostMonitors) continue;
      try {
        this.#open({ kind: 'container', id });
        this.#kept.add(key);
      } catch (error) {
        if (!(error instanceof MeterError)) throw error;
        this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      }
    }
    for (const [key, monitor] of this.#monitors) {
      if (monitor.spec.kind === 'container' && !seen.has(key) && !this.#listeners.has(key)) this.#close(key);
    }
  }

  #tick(): void {
    if (++this.#ticks % discoverEvery === 0) this.#discover();
    for (const [key, monitor] of this.#monitors) {
      try {
        const sample = monitor.tick();
        for (const listener of this.#listeners.get(key) ?? []) listener(monitor, sample);
      } catch (error) {
        if (!(error instanceof MeterError)) throw error;
        this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      }
      if (monitor.ended && !this.#listeners.has(key)) this.#close(key);
    }
  }
}

export function keyOf(spec: TargetSpec): string {
  switch (spec.kind) {
    case 'system':
      return 'system';
    case 'pid':
      return `pid:${spec.pid}`;
    case 'container':
      return `container:${spec.id}`;
    case 'cgroup':
      return `cgroup:${spec.path}`;
    case 'command':
      return `command:${spec.argv.join(' ')}`;
    default:
      return spec satisfies never;
  }
}

/** The other way round, from a page's request; null for what is no target. */
export function specOf(key: string): TargetSpec | null {
  if (key === 'system') return { kind: 'system' };
  const [kind, value = ''] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  if (kind === 'pid' && /^[1-9]\d{0,8}$/.test(value)) return { kind: 'pid', pid: Number(value) };
  if (kind === 'container' && /^[\w.-]{1,128}$/.test(value)) return { kind: 'container', id: value };
  return null;
}
