/**
 * The containers that run here, whatever engine made them: processes grouped by the 64-digit id in their cgroup path,
 * or by the last part of a path that a known runtime made. Read from /proc, so no engine is asked.
 */
import { readFileSync } from 'node:fs';
import { nameOf, processes } from '../target.ts';

export interface Container {
  readonly id: string;
  readonly pids: readonly number[];
}

/** Docker, containerd and Podman ids are 64 hexadecimal digits; runc and belljar by hand take any name below these. */
export function containerIdOf(cgroup: string): string | null {
  for (const line of cgroup.split('\n')) {
    const hex = /[^0-9a-f]([0-9a-f]{64})(?:\.scope|\.service)?(?:\/|$)/.exec(line)?.[1];
    if (hex) return hex.slice(0, 12);
    const named = /\/(?:belljar|runc|crun|runsc)[/-]([\w.-]{1,64})(?:\.scope)?(?:\/|$)/.exec(line)?.[1];
    if (named) return named.replace(/\.scope$/, '');
  }
  return null;
}

export function findContainers(): Container[] {
  const found = new Map<string, number[]>();
  for (const pid of processes()) {
    let id: string | null = null;
    try {
      id = containerIdOf(readFileSync(`/proc/${pid}/cgroup`, 'latin1'));
    } catch {
      // It ended between the two looks.
    }
    if (id !== null) found.set(id, [...(found.get(id) ?? []), pid]);
  }
  return [...found].map(([id, pids]) => ({ id, pids }));
}

export interface ProcessEntry {
  readonly pid: number;
  readonly name: string;
}

/** Processes with a program (not kernel threads), for the picker. */
export function listProcesses(): ProcessEntry[] {
  return processes().flatMap((pid) => {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`).length === 0) return [];
    } catch {
      return [];
    }
    return [{ pid, name: nameOf(pid) }];
  });
}
