/** Reading and writing cgroup files: small texts whose errors mean something. */
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, writeSync } from 'node:fs';
import { Failure } from '../failure.ts';

/** A count of 64 bits: what a double cannot hold is kept as its digits, and prints as them (JSON.rawJSON). */
export type Count = number | RawCount;
export interface RawCount {
  readonly rawJSON: string;
}
type RawJson = { rawJSON(text: string): RawCount };

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'error';
}

/** Sleeps. The command line has nothing else to do meanwhile. */
export function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the cgroup file system is read-only here',
  ENOENT: 'no such file: the controller is not there, or lacks this',
  EINVAL: 'the host kernel refuses this value',
  ERANGE: 'the value is out of range',
  EBUSY: 'busy',
  ENODEV: 'no such device',
  ENOSPC: 'no CPUs or memory nodes are left for it',
  ESRCH: 'the process is gone',
};

export function explain(error: unknown): string {
  const code = errorCode(error);
  return reasons[code] ?? code;
}

export class CgroupDirectory {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get exists(): boolean {
    return existsSync(this.path);
  }
  has(file: string): boolean {
    return existsSync(`${this.path}/${file}`);
  }
  /** The text without the final newline; null if there is no such file, or it cannot be read. */
  read(file: string): string | null {
    try {
      return readFileSync(`${this.path}/${file}`, 'latin1').replace(/\n$/, '');
    } catch {
      return null; // absent (another kernel), or such that reading says ENODEV or EOPNOTSUPP: there is no such figure
    }
  }
  /** `what` is the setting's name in config.json, for the message. */
  write(file: string, text: string | number, what: string): void {
    try {
      this.tryWrite(file, text);
    } catch (error) {
      throw new Failure('cgroup', `${what}: writing "${text}" to ${this.path}/${file}: ${explain(error)}`);
    }
  }
  /** Throws the host's error. */
  tryWrite(file: string, text: string | number): void {
    // Never O_CREAT: on a cgroup file system that is EACCES or EPERM where ENOENT would tell the cause.
    const fd = openSync(`${this.path}/${file}`, constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeSync(fd, String(text));
    } finally {
      closeSync(fd);
    }
  }
  /** The lines of a file of "name value" lines, as counts. */
  readTable(file: string): Record<string, Count> {
    const table: Record<string, Count> = {};
    for (const line of (this.read(file) ?? '').split('\n')) {
      const [name, value] = line.split(/[\s=]+/);
      if (name && value !== undefined && /^\d+$/.test(value)) table[name] = toCount(value);
    }
    return table;
  }
  readCount(file: string): Count {
    return toCount(this.read(file) ?? '0');
  }
  readNumbers(file: string): number[] {
    return (this.read(file) ?? '')
      .split(/\s+/)
      .filter((text) => /^\d+$/.test(text))
      .map(Number);
  }
  make(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o755 });
  }
  /** Directories of this one and below, this one last. */
  subtree(): CgroupDirectory[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    } catch {
      return this.exists ? [this] : []; // it went while we looked
    }
    return [...names.flatMap((name) => new CgroupDirectory(`${this.path}/${name}`).subtree()), this];
  }
  /** Removes this directory and those below; false while somebody is in them. */
  tryRemove(): boolean {
    for (const directory of this.subtree()) {
      try {
        rmdirSync(directory.path);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT') continue;
        if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
        throw new Failure('cgroup', `removing ${directory.path}: ${explain(error)}`);
      }
    }
    return true;
  }
}

/** Digits as a count; 'max' is the largest. */
export function toCount(text: string): Count {
  const digits = text === 'max' ? '18446744073709551615' : /^\d+$/.test(text) ? text : '0';
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : (JSON as unknown as RawJson).rawJSON(BigInt(digits).toString());
}
export function asNumber(count: Count | undefined): number {
  return count === undefined ? 0 : typeof count === 'number' ? count : Number(count.rawJSON);
}
/** `count` times a small whole number, exactly. */
export function times(count: Count | undefined, factor: number): Count {
  if (count === undefined) return 0;
  const value = asNumber(count) * factor;
  return Number.isSafeInteger(value)
    ? value
    : toCount(BigInt.asUintN(64, BigInt(typeof count === 'number' ? count : count.rawJSON) * BigInt(factor)).toString());
}
export function sum(a: Count, b: Count): Count {
  const value = asNumber(a) + asNumber(b);
  if (Number.isSafeInteger(value)) return value;
  const exact = (count: Count) => BigInt(typeof count === 'number' ? count : count.rawJSON);
  return toCount(BigInt.asUintN(64, exact(a) + exact(b)).toString());
}
