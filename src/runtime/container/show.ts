/** `state`, `list` and `ps`. */
import { readdirSync, readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { ask } from './control-client.ts';
import { statusOf } from './end.ts';
import type { Listed } from './protocol.ts';
import { type Container, OCI_VERSION } from './state.ts';

/** As runc prints it. */
export function describeState(container: Container): object {
  const { state } = container;
  const status = statusOf(container);
  return {
    ociVersion: OCI_VERSION,
    id: container.id,
    pid: status === 'stopped' ? 0 : state.pid,
    status,
    bundle: state.bundle,
    rootfs: state.rootfs,
    created: state.created,
    ...(Object.keys(state.annotations).length > 0 ? { annotations: state.annotations } : {}),
    owner: state.owner,
  };
}

export function listTable(containers: readonly Container[]): string {
  const rows = [['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']];
  for (const container of containers) {
    const { state } = container;
    const status = statusOf(container);
    rows.push([container.id, String(status === 'stopped' ? 0 : state.pid), status, state.bundle, state.created, state.owner]);
  }
  return table(rows);
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 3)))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}

export interface Shown extends Omit<Listed, 'hostPid'> {
  /** As the host counts; 0 if it has just gone. */
  readonly hostPid: number;
}

/** The processes inside, with the pids that the host's `ps` shows. */
export function processesOf(container: Container): Shown[] {
  const status = statusOf(container);
  if (status === 'stopped') throw new Failure('state', 'container not running');
  if (status === 'paused') return [];
  const listed = JSON.parse(ask(container.directory, { do: 'ps' })) as Listed[];
  const outside = hostPids(container.state.sandbox);
  return listed.map((process) => ({ ...process, hostPid: outside.get(process.hostPid) ?? 0 }));
}

/** From pids of the sandbox's pid namespace to the host's: the descendants of its first process. */
function hostPids(sandbox: number): Map<number, number> {
  const pids = new Map<number, number>();
  const add = (pid: number): void => {
    try {
      const inner = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      if (inner !== undefined) pids.set(Number(inner), pid);
      for (const task of readdirSync(`/proc/${pid}/task`))
        for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' '))
          if (child.trim() !== '') add(Number(child));
    } catch {
      // It has just ended.
    }
  };
  add(sandbox);
  return pids;
}
