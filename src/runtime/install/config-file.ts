/**
 * A change of a configuration file that cannot leave half a file: the new text is written beside it, checked by whoever reads
 * the file, and renamed over it. Owner and mode stay. What was there before stays as FILE.before-belljar.
 */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../failure.ts';

export interface ConfigFile {
  /** Through symbolic links, so that a link stays one. */
  readonly path: string;
  /** Null if there is no such file yet. */
  readonly text: string | null;
}

export function readConfigFile(named: string): ConfigFile {
  try {
    const path = realpathSync(named);
    const bytes = readFileSync(path);
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) throw new Failure('usage', `${named} is not UTF-8 text; nothing was changed`);
    return { path, text };
  } catch (error) {
    if (error instanceof Failure) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !isDanglingLink(named)) return { path: named, text: null };
    throw failure('read', named, error);
  }
}

function isDanglingLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Replaces the file's text; returns the name of the backup, or null if there was nothing to keep. */
export function replaceConfigFile(file: ConfigFile, text: string): string | null {
  const directory = dirname(file.path);
  const backup = file.text === null ? null : `${file.path}.before-belljar`;
  const fresh = join(directory, `.${basename(file.path)}.belljar-${process.pid}`);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const old = lstatSync(file.path, { throwIfNoEntry: false });
    try {
      const fd = openSync(fresh, 'wx', old === undefined ? 0o644 : old.mode & 0o7777);
      try {
        writeFileSync(fd, text);
        if (old !== undefined) chownSync(fresh, old.uid, old.gid);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      askDocker(fresh, file.path);
      if (backup !== null) {
        rmSync(backup, { force: true });
        linkSync(file.path, backup);
      }
      renameSync(fresh, file.path);
    } finally {
      rmSync(fresh, { force: true });
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw failure('write', file.path, error);
  }
  return backup;
}

/** dockerd 23 and later check a file without starting; an older one does not know the option, and one that is not there says nothing. */
function askDocker(fresh: string, path: string): void {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/local/bin:/usr/sbin:/usr/bin` };
  const result = spawnSync('dockerd', ['--validate', `--config-file=${fresh}`], { encoding: 'utf8', timeout: 20_000, env });
  if (result.error !== undefined || result.status === 0 || /unknown flag/.test(result.stderr)) return;
  const why = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new Failure(
    'usage',
    `${path}: dockerd --validate does not accept it with the change: ${why.replaceAll(fresh, path)}; nothing was changed`,
  );
}

function failure(what: 'read' | 'write', path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const advice: Readonly<Record<string, string>> = {
    EACCES: 'permission denied: run this as root',
    EPERM: 'not permitted: run this as root',
    EROFS: 'the file system is read-only',
    EISDIR: 'that is a directory: name the file with --config',
    ENOTDIR: 'part of the path is not a directory',
    ENOENT: 'the symbolic link leads nowhere',
    ENOSPC: 'the disk is full',
  };
  return new Failure('host-path', `cannot ${what} ${path}: ${advice[code] ?? code}; nothing was changed`);
}
