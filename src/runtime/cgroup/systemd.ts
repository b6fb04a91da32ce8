/**
 * The systemd driver: systemd makes the container's cgroup as a scope unit, so that it knows of it and leaves it alone. Spoken to by
 * busctl, which comes with systemd.
 */
import type * as ChildProcess from 'node:child_process';
import { statSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { LinuxResources } from '../spec/resources.ts';
import { orMax, sharesToWeight } from './convert.ts';

export interface SystemdUnit {
  readonly name: string;
  readonly slice: string;
  /** Of its cgroup, from the root. */
  readonly path: string;
  /** The user's systemd, not the machine's. */
  readonly user: boolean;
}

/** "a-b.slice" lies in "a.slice": the path of a slice's cgroup, '' for the root slice. */
export function slicePath(slice: string): string {
  if (slice === '-.slice') return '';
  const stem = slice.slice(0, -'.slice'.length);
  if (!slice.endsWith('.slice') || stem === '' || slice.includes('/') || stem.split('-').includes(''))
    throw new Failure('cgroup', `linux.cgroupsPath: ${slice} is no slice of systemd: want a name such as system.slice or a-b.slice`);
  let path = '';
  let name = '';
  for (const part of stem.split('-')) {
    name += name === '' ? part : `-${part}`;
    path += `/${name}.slice`;
  }
  return path;
}

/** The unit that `cgroupsPath`, slice:prefix:name, names. */
export function systemdUnit(cgroupsPath: string | undefined, id: string, rootless: boolean): SystemdUnit {
  if (!statSync('/run/systemd/system', { throwIfNoEntry: false })?.isDirectory())
    throw new Failure(
      'cgroup',
      '--systemd-cgroup: systemd does not run on this host: leave the option out (Docker: exec-opts native.cgroupdriver=cgroupfs)',
    );
  return parseUnit(cgroupsPath, id, rootless);
}

export function parseUnit(cgroupsPath: string | undefined, id: string, rootless: boolean): SystemdUnit {
  const usual = rootless ? 'user.slice' : 'system.slice';
  const parts = cgroupsPath === undefined || cgroupsPath === '' ? [usual, 'belljar', id] : cgroupsPath.split(':');
  if (parts.length !== 3)
    throw new Failure('cgroup', `linux.cgroupsPath: with --systemd-cgroup want slice:prefix:name, found "${cgroupsPath}"`);
  const [slice = '', prefix = '', last = ''] = parts;
  if (last === '' || /[/\s]/.test(prefix + last))
    throw new Failure('cgroup', `linux.cgroupsPath: "${cgroupsPath}" names no unit: want slice:prefix:name`);
  const name = prefix === '' ? `${last}.scope` : `${prefix}-${last}.scope`;
  const inSlice = slice === '' ? usual : slice;
  return { name, slice: inSlice, path: `${slicePath(inSlice)}/${name}`, user: rootless };
}

/** Properties of the scope, each as busctl's words "name signature value...". */
export function unitProperties(unit: SystemdUnit, pid: number, resources: LinuxResources | undefined, version: 1 | 2): string[][] {
  const properties = [
    ['Description', 's', `belljar container ${unit.name}`],
    ['Slice', 's', unit.slice],
    ['Delegate', 'b', 'true'],
    ['DefaultDependencies', 'b', 'false'],
    ['PIDs', 'au', '1', String(pid)],
    ['MemoryAccounting', 'b', 'true'],
    ['CPUAccounting', 'b', 'true'],
    ['TasksAccounting', 'b', 'true'],
  ];
  const { memory, cpu, pids } = resources ?? {};
  // systemd writes these again whenever it reloads: it must know them, though they are also written by us.
  const unsigned = (limit: number) => (limit < 0 ? '18446744073709551615' : String(limit));
  if (memory?.limit) properties.push([version === 2 ? 'MemoryMax' : 'MemoryLimit', 't', unsigned(memory.limit)]);
  if (cpu?.shares)
    properties.push(version === 2 ? ['CPUWeight', 't', String(sharesToWeight(cpu.shares))] : ['CPUShares', 't', String(cpu.shares)]);
  if (cpu?.quota)
    properties.push([
      'CPUQuotaPerSecUSec',
      't',
      cpu.quota < 0 ? unsigned(-1) : String(Math.ceil((cpu.quota * 100) / (cpu.period || 100000)) * 10000),
    ]);
  if (pids?.limit) properties.push(['TasksMax', 't', orMax(pids.limit) === 'max' ? unsigned(-1) : String(pids.limit)]);
  return properties;
}

const MANAGER = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];

/** What busctl said when it failed; null if it did not. */
function call(unit: SystemdUnit, method: string, ...args: string[]): string | null {
  const { spawnSync } = process.getBuiltinModule('node:child_process') as typeof ChildProcess;
  const result = spawnSync('busctl', [unit.user ? '--user' : '--system', '--quiet', 'call', ...MANAGER, method, ...args], {
    timeout: 30_000,
    encoding: 'utf8',
  });
  const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return 'busctl, a program of systemd, is not installed';
  if (code !== undefined) return code === 'ETIMEDOUT' ? 'systemd did not answer in 30 seconds' : code;
  return result.status === 0 ? null : result.stderr.trim().split('\n').at(-1) || `busctl ended with exit status ${result.status}`;
}

/** Starts the scope with its first process. systemd does so when it gets to it: the caller waits for the directory. */
export function startUnit(unit: SystemdUnit, pid: number, resources: LinuxResources | undefined, version: 1 | 2): void {
  const properties = unitProperties(unit, pid, resources, version);
  const wrong = call(
    unit,
    'StartTransientUnit',
    'ssa(sv)a(sa(sv))',
    unit.name,
    'replace',
    String(properties.length),
    ...properties.flat(),
    '0',
  );
  if (wrong !== null) throw new Failure('cgroup', `systemd unit ${unit.name}: ${wrong}`);
}

/** Tells systemd that the unit is over. One that it no longer knows is over. */
export function stopUnit(unit: SystemdUnit): void {
  call(unit, 'StopUnit', 'ss', unit.name, 'replace');
}
