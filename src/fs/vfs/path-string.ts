/** Paths as strings, for getcwd(2), /proc/PID/fd, cwd, exe, maps and mountinfo. */
import type { Dentry } from './dentry.ts';
import type { Mount } from './mount.ts';
import type { Path } from './path.ts';

/** The path of `place` as seen from `root`; null if it is not below it ("(unreachable)"). */
export function pathBelow(place: Path, root: Path): string | null {
  let mount: Mount = place.mount;
  let dentry: Dentry = place.dentry;
  let text = '';
  while (mount !== root.mount || dentry !== root.dentry) {
    if (dentry === mount.root) {
      if (mount.mountpoint === null) return null;
      dentry = mount.mountpoint.dentry;
      mount = mount.mountpoint.mount;
      continue;
    }
    if (dentry.parent === null) return null;
    text = `/${dentry.name}${text}`;
    dentry = dentry.parent;
  }
  return text === '' ? '/' : text;
}

/** The path as /proc shows it: as seen from `root`, with " (deleted)"; what lies outside is shown from its own top. */
export function pathString(place: Path, root: Path): string {
  const text = pathBelow(place, root) ?? pathFromTop(place);
  return isDeleted(place.dentry) ? `${text} (deleted)` : text;
}

/** The path within its own tree of mounts, whatever the root. */
export function pathFromTop(place: Path): string {
  let mount: Mount = place.mount;
  let dentry: Dentry = place.dentry;
  let text = '';
  for (;;) {
    if (dentry === mount.root && mount.mountpoint !== null) {
      dentry = mount.mountpoint.dentry;
      mount = mount.mountpoint.mount;
    } else if (dentry === mount.root || dentry.parent === null) return text === '' ? '/' : text;
    else {
      text = `/${dentry.name}${text}`;
      dentry = dentry.parent;
    }
  }
}

/** The path of a dentry within its superblock (mountinfo's root field). */
export function pathInSuperBlock(dentry: Dentry): string {
  let text = '';
  for (let at = dentry; at.parent !== null; at = at.parent) text = `/${at.name}${text}`;
  return text === '' ? '/' : text;
}

export function isDeleted(dentry: Dentry): boolean {
  for (let at: Dentry | null = dentry; at !== null; at = at.parent) if (at.unlinked) return true;
  return false;
}
