/**
 * What to measure: the whole system, processes with their children, a cgroup, or a command of our own. Resolving finds
 * the perf scope and the processes; a cgroup that perf cannot count (cgroup v1 without perf_event) becomes its tasks.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { Scope } from './collectors/scope.ts';
import { MeterError } from './meter-error.ts';

export type TargetSpec =
  | { readonly kind: 'system' }
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'cgroup'; readonly path: string }
  | { readonly kind: 'container'; readonly id: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export interface Target {
  readonly spec: TargetSpec;
  readonly description: string;
  readonly scope: Scope;
  /** The processes now; empty for the system. */
  pids(): readonly number[];
  /** Lets a command go, once the counters are open. */
  begin(): void;
  alive(): boolean;
  /** Exit code of a command; null while it runs and for other targets. */
  exitCode(): number | null;
  /** Ends a command that still runs. */
  end(): void;
}

export function resolveTarget(spec: TargetSpec): Target {
  switch (spec.kind) {
    case 'system':
      return { ...passive, spec, description: 'the whole system', scope: Scope.system(), pids: () => [], alive: () => true };
    case 'pid': {
      if (!existsSync(`/proc/${spec.pid}`)) {
        throw new MeterError('no-such-process', `There is no process ${spec.pid}.`, 'Find its number with: pgrep -a NAME');
      }
      const pids = () => withChildren([spec.pid]);
      return {
        ...passive,
        spec,
        description: `process ${spec.pid} (${nameOf(spec.pid)}) and its children`,
        scope: Scope.tasks(pids()),
        pids,
        alive: () => existsSync(`/proc/${spec.pid}`),
      };
    }
    case 'cgroup':
      return cgroupTarget(spec, spec.path, `cgroup ${spec.path}`);
    case 'container':
      return containerTarget(spec);
    case 'command':
      return commandTarget(spec);
    default:
      return spec satisfies never;
  }
}

const passive = { begin: () => {}, exitCode: () => null, end: () => {} };

function cgroupTarget(spec: TargetSpec, given: string, description: string): Target {
  const path = cgroupDirectory(given);
  if (path === null) {
    throw new MeterError('no-such-cgroup', `There is no cgroup ${given}.`, 'Give its directory, as below /sys/fs/cgroup.');
  }
  const pids = () => cgroupPids(path);
  // perf counts by cgroup v2, or by v1's perf_event hierarchy, and by no other.
  const countable = existsSync(join(path, 'cgroup.controllers')) || path.includes('/perf_event/');
  if (!countable && pids().length === 0) {
    throw new MeterError('empty-cgroup', `The cgroup ${given} has no processes.`, 'Start the workload first.');
  }
  return {
    ...passive,
    spec,
    description,
    pids,
    scope: countable ? Scope.cgroup(path) : Scope.tasks(pids()),
    alive: () => existsSync(path) && pids().length > 0,
  };
}

function cgroupDirectory(given: string): string | null {
  const candidates = [resolve(given), join('/sys/fs/cgroup', given), join('/sys/fs/cgroup/unified', given)];
  return candidates.find((path) => existsSync(join(path, 'cgroup.procs'))) ?? null;
}

/** All processes of a cgroup and of those below it. */
function cgroupPids(path: string): number[] {
  try {
    const own = readFileSync(join(path, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
    const below = readdirSync(path, { withFileTypes: true }).filter((e) => e.isDirectory());
    return [...own, ...below.flatMap((e) => cgroupPids(join(path, e.name)))];
  } catch {
    return [];
  }
}

/** A container is found by its id in the cgroup of its processes, whatever engine and runtime made it. */
function containerTarget(spec: { kind: 'container'; id: string }): Target {
  if (!/^[\w.-]{1,128}$/.test(spec.id)) {
    throw new MeterError('bad-container', `"${spec.id}" cannot be a container's id.`, 'List ids with: docker ps, belljar list');
  }
  const pids = () => withChildren(processes().filter((pid) => cgroupsOf(pid).some((line) => line.path.includes(spec.id))));
  const first = pids()[0];
  if (first === undefined) {
    throw new MeterError('no-such-container', `No process runs in a container ${spec.id}.`, 'List ids with: docker ps, belljar list');
  }
  const unified = cgroupsOf(first).find((line) => line.controllers === '' && line.path.includes(spec.id));
  const description = `container ${spec.id}`;
  if (unified) return cgroupTarget(spec, unified.path, description);
  return { ...passive, spec, description, pids, scope: Scope.tasks(pids()), alive: () => pids().length > 0 };
}

function commandTarget(spec: { kind: 'command'; argv: readonly string[] }): Target {
  if (spec.argv.length === 0) throw new MeterError('no-command', 'There is no command to run.', 'Name one after --.');
  // The shell waits on descriptor 3 until the counters are open; they start by themselves when it executes the command.
  const child: ChildProcess = spawn('/bin/sh', ['-c', 'read go <&3; exec 3<&-; exec "$@"', 'meter', ...spec.argv], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  if (child.pid === undefined) throw new MeterError('cannot-run', 'The command could not be started.', 'Check that /bin/sh exists.');
  const pid = child.pid;
  const gate = child.stdio[3] as Writable;
  gate.on('error', () => {});
  return {
    spec,
    description: `command: ${spec.argv.join(' ')}`,
    scope: Scope.tasks([pid], true),
    pids: () => withChildren([pid]),
    begin: () => void gate.end('go\n'),
    alive: () => child.exitCode === null && child.signalCode === null,
    exitCode: () => child.exitCode ?? (child.signalCode === null ? null : 1),
    end: () => void child.kill(),
  };
}

export function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'ended';
  }
}

function cgroupsOf(pid: number): { controllers: string; path: string }[] {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [, controllers = '', ...path] = line.split(':');
        return { controllers, path: path.join(':') };
      });
  } catch {
    return [];
  }
}

/** The processes and all that descend from them, now. */
export function withChildren(roots: readonly number[]): number[] {
  const found = new Set(roots.filter((pid) => existsSync(`/proc/${pid}`)));
  const parents = new Map<number, number>();
  for (const pid of processes()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the two looks.
    }
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid);
        grown = true;
      }
    }
  }
  return [...found];
}
