/**
 * Mounts: a superblock's tree (or part of it) seen at a place. A mount belongs to one namespace; copies of it in other
 * namespaces, and bind mounts, are mounts of their own on the same superblock.
 */
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
} from '#abi/mount.ts';
import { Dentry } from './dentry.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

let nextMountId = 1;

/** What belongs to a mount, not to its superblock. */
export const MOUNT_FLAGS = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_NOSYMFOLLOW;

/** Per-mount flags as they are kept: access times are relative (MS_RELATIME) unless something else was asked for. */
export function keptFlags(flags: number): number {
  const kept = flags & MOUNT_FLAGS;
  if ((flags & MS_NOATIME) !== 0) return kept & ~MS_RELATIME;
  return (flags & MS_STRICTATIME) === 0 ? kept | MS_RELATIME : kept & ~MS_RELATIME;
}
/** Numbers of mounts that are never given twice start above all others (STATX_MNT_ID_UNIQUE). */
const UNIQUE_OFFSET = 2 ** 31;

export class Mount {
  readonly id = nextMountId++;
  readonly superBlock: SuperBlock;
  /** The directory of the superblock that appears at the mount point (not its root for bind mounts of a subtree). */
  readonly root: Dentry;
  /** Where it sits; null for a root mount or a detached one. */
  mountpoint: Path | null = null;
  /** MNT_* flags: ro, nosuid, nodev, noexec, noatime, ... as MS_* bits. */
  flags: number;
  /** What /proc/mounts shows as the source. */
  source: string;
  readonly children: Mount[] = [];
  /** Mounts that share events with this one (MS_SHARED), itself included; null when private. `id` as in mountinfo's shared:N. */
  peers: PeerGroup | null = null;
  /** The group that this one receives events from (MS_SLAVE). */
  master: PeerGroup | null = null;
  unbindable = false;
  /** No longer in any namespace's tree, but perhaps still in use (MNT_DETACH, open_tree). */
  detached = true;
  /** Made by fsmount or open_tree and in no tree yet: it may still be attached. */
  anonymous = false;
  /** umount2(MNT_EXPIRE) was asked once, and nobody used it since. */
  expiring = false;

  constructor(superBlock: SuperBlock, root: Dentry, flags: number, source: string) {
    this.superBlock = superBlock;
    this.root = root;
    this.flags = flags;
    this.source = source;
    superBlock.mounts += 1;
  }

  get uniqueId(): number {
    return UNIQUE_OFFSET + this.id;
  }
  get parent(): Mount | null {
    return this.mountpoint?.mount ?? null;
  }

  /** The topmost mount that sits on `dentry` of this mount; null if none does. */
  childAt(dentry: Dentry): Mount | null {
    const { children } = this;
    for (let i = children.length - 1; i >= 0; i -= 1) {
      const child = children[i] as Mount;
      if ((child.mountpoint as Path).dentry === dentry) return child;
    }
    return null;
  }

  /** Puts it at `place`. */
  attach(place: Path): void {
    this.mountpoint = place;
    this.detached = false;
    this.anonymous = false;
    place.mount.children.push(this);
    place.dentry.mountCount += 1;
  }

  /** Takes it from where it sits. */
  detach(): void {
    this.detached = true;
    const place = this.mountpoint;
    if (place === null) return;
    const { children } = place.mount;
    children.splice(children.indexOf(this), 1);
    place.dentry.mountCount -= 1;
    this.mountpoint = null;
  }

  /** This mount and all below it, parents first. */
  *subtree(): Generator<Mount> {
    yield this;
    for (const child of this.children) yield* child.subtree();
  }
}

let nextPeerGroup = 1;

/** Mounts among which mounting and unmounting is repeated (mount_namespaces(7), "shared subtrees"). */
export class PeerGroup {
  readonly id = nextPeerGroup++;
  readonly members = new Set<Mount>();
  readonly slaves = new Set<Mount>();
}

/** A mount of a whole superblock, not attached yet. */
export function mountOf(superBlock: SuperBlock, flags: number, source: string): Mount {
  superBlock.rootDentry ??= newRootDentry(superBlock);
  return new Mount(superBlock, superBlock.rootDentry, flags, source);
}

function newRootDentry(superBlock: SuperBlock): Dentry {
  const dentry = new Dentry(null, '', superBlock.root);
  superBlock.root.dentry = dentry;
  return dentry;
}
