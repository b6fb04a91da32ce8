/** What `belljar do` and `belljar run` were asked for, parsed and checked but with nothing on the host touched yet. */
import { Failure } from './failure.ts';
import type { Overlay } from './sandbox-spec.ts';

export interface VolumeOption {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
}

export interface DoOptions {
  readonly rootfs: string;
  readonly overlay: Overlay;
  readonly volumes: readonly VolumeOption[];
  /** NAME=VALUE to set, NAME alone to remove. */
  readonly env: readonly string[];
  /** null: where the caller is, or "/" if that does not exist inside. */
  readonly cwd: string | null;
  /** USER or USER:GROUP; null: the caller. */
  readonly user: string | null;
  readonly hostname: string;
  /** undefined: off; null: every call. */
  readonly strace: readonly string[] | null | undefined;
  readonly debug: boolean;
  /** A file for the kernel's report, as the caller named it. */
  readonly report: string | null;
  readonly command: readonly string[];
}

/** SRC:DST[:ro|rw]. A destination is a path from the root; a source may be relative to the caller. */
export function parseVolume(text: string): VolumeOption {
  const parts = text.split(':');
  const [source = '', destination = '', mode = 'rw'] = parts;
  if (parts.length < 2 || parts.length > 3 || source === '' || !destination.startsWith('/') || (mode !== 'ro' && mode !== 'rw'))
    throw new Failure('usage', `--volume ${text}: want SRC:DST or SRC:DST:ro, DST starting with /`);
  return { source, destination: normalPath(destination), readonly: mode === 'ro' };
}

export function parseEnv(text: string): string {
  if (text === '' || text.startsWith('=')) throw new Failure('usage', `--env ${text}: want NAME=VALUE, or NAME to remove it`);
  return text;
}

/** Letters, digits, dash and dot, as hostname(7) has it. */
export function parseHostname(text: string): string {
  if (text.length > 64 || !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text))
    throw new Failure('usage', `--hostname ${text}: want up to 64 letters, digits, dots and dashes`);
  return text;
}

/** Names of system calls, joined by commas; `known` says which exist. */
export function parseStrace(text: string, known: (name: string) => boolean): readonly string[] | null {
  if (text === '' || text === 'all') return []; // all: commander makes '' of null
  const names = text.split(',');
  const unknown = names.find((name) => !known(name));
  if (unknown !== undefined) throw new Failure('usage', `--strace=${text}: there is no system call ${unknown || '""'}`);
  return names;
}

/** An absolute path without ".", ".." and doubled slashes. */
export function normalPath(path: string): string {
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') out.pop();
    else out.push(part);
  }
  return `/${out.join('/')}`;
}

/** Later settings of a name win; the order of first appearance stays. */
export function mergeEnv(base: readonly string[], changes: readonly string[]): string[] {
  const values = new Map<string, string>();
  for (const item of base) {
    const at = item.indexOf('=');
    if (at > 0) values.set(item.slice(0, at), item.slice(at + 1));
  }
  for (const item of changes) {
    const at = item.indexOf('=');
    if (at < 0) values.delete(item);
    else values.set(item.slice(0, at), item.slice(at + 1));
  }
  return Array.from(values, ([name, value]) => `${name}=${value}`);
}
