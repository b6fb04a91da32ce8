/** Mount options as config.json and fstab spell them (runtime-spec, config.md "Linux mount options"). */
import {
  MS_BIND,
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_SHARED,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '#abi/mount.ts';

export interface MountOptions {
  /** MS_* bits. */
  readonly flags: number;
  /** MS_PRIVATE and its like, with MS_REC; 0 if none is given. */
  readonly propagation: number;
  /** What is left, for the file system, joined by commas. */
  readonly data: string;
  readonly bind: boolean;
}

const setters: Readonly<Record<string, number>> = {
  ro: MS_RDONLY,
  nosuid: MS_NOSUID,
  nodev: MS_NODEV,
  noexec: MS_NOEXEC,
  sync: MS_SYNCHRONOUS,
  dirsync: MS_DIRSYNC,
  noatime: MS_NOATIME,
  nodiratime: MS_NODIRATIME,
  relatime: MS_RELATIME,
  strictatime: MS_STRICTATIME,
  lazytime: MS_LAZYTIME,
  nosymfollow: MS_NOSYMFOLLOW,
  bind: MS_BIND,
  rbind: MS_BIND | MS_REC,
  rro: MS_RDONLY | MS_REC,
  rnosuid: MS_NOSUID | MS_REC,
  rnodev: MS_NODEV | MS_REC,
  rnoexec: MS_NOEXEC | MS_REC,
};
const clearers: Readonly<Record<string, number>> = {
  rw: MS_RDONLY,
  suid: MS_NOSUID,
  dev: MS_NODEV,
  exec: MS_NOEXEC,
  async: MS_SYNCHRONOUS,
  atime: MS_NOATIME,
  diratime: MS_NODIRATIME,
  norelatime: MS_RELATIME,
  nostrictatime: MS_STRICTATIME,
  nolazytime: MS_LAZYTIME,
  symfollow: MS_NOSYMFOLLOW,
};
const propagations: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  unbindable: MS_UNBINDABLE,
  runbindable: MS_UNBINDABLE | MS_REC,
};
const ignored = new Set(['defaults', 'tmpcopyup', 'acl', 'noacl', 'mand', 'nomand', 'loud', 'silent', 'iversion', 'noiversion']);

/** Later options win over earlier ones, as with mount(8). Unknown ones go to the file system, which refuses what it does not know. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let flags = 0;
  let propagation = 0;
  const data: string[] = [];
  for (const option of options) {
    const set = Object.hasOwn(setters, option) ? setters[option] : undefined;
    const clear = Object.hasOwn(clearers, option) ? clearers[option] : undefined;
    const kind = Object.hasOwn(propagations, option) ? propagations[option] : undefined;
    if (set !== undefined) flags |= set;
    else if (clear !== undefined) flags &= ~clear;
    else if (kind !== undefined) propagation = kind;
    else if (!ignored.has(option) && option !== '') data.push(option);
  }
  return { flags: flags & ~MS_BIND, propagation, data: data.join(','), bind: (flags & MS_BIND) !== 0 };
}

export function knownMountOptions(): string[] {
  return [...Object.keys(setters), ...Object.keys(clearers), ...Object.keys(propagations), ...ignored].sort();
}
