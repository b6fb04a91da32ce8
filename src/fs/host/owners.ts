/**
 * Owners of host files as they read inside, and the way back: ids that a container maps (linux.uidMappings), and the one id that
 * stands for all those which an ordinary user's sandbox has not got. Inside the kernel there are the container's ids only.
 */
import { EINVAL } from '#abi/errno.ts';

export interface IdRange {
  readonly inside: number;
  readonly host: number;
  readonly count: number;
}

export interface OwnerMap {
  /** How the host shows owners that the sandbox's user namespace has not got: they read as root's. -1: it has all. */
  readonly overflowUid: number;
  readonly overflowGid: number;
  /** null: the same ids inside and on the host. */
  readonly uids: readonly IdRange[] | null;
  readonly gids: readonly IdRange[] | null;
}

/** What shows inside for an id that is not mapped. */
const NOBODY = 65534;
/** chown(2) for "leave it". */
const SAME = -1;

function inside(ranges: readonly IdRange[] | null, overflow: number, id: number): number {
  if (ranges !== null)
    for (const range of ranges) if (id >= range.host && id - range.host < range.count) return range.inside + (id - range.host);
  if (id === overflow) return 0;
  return ranges === null ? id : NOBODY;
}

function outside(ranges: readonly IdRange[] | null, id: number): number {
  if (ranges === null || id === SAME) return id;
  for (const range of ranges) if (id >= range.inside && id - range.inside < range.count) return range.host + (id - range.inside);
  return -EINVAL;
}

export function uidInside(owners: OwnerMap | null, uid: number): number {
  return owners === null ? uid : inside(owners.uids, owners.overflowUid, uid);
}
export function gidInside(owners: OwnerMap | null, gid: number): number {
  return owners === null ? gid : inside(owners.gids, owners.overflowGid, gid);
}
/** The host's id, -1 for -1, -EINVAL if there is none. */
export function uidOnHost(owners: OwnerMap | null, uid: number): number {
  return owners === null ? uid : outside(owners.uids, uid);
}
export function gidOnHost(owners: OwnerMap | null, gid: number): number {
  return owners === null ? gid : outside(owners.gids, gid);
}
