/**
 * User namespaces (user_namespaces(7)). Inside the kernel all ids are those of the first namespace; a namespace maps ids of its own to
 * them, and calls translate at the door. Capabilities count in the namespace of their task and in those below it.
 */
import { PlainNamespace } from './namespaces.ts';

/** What stands for an id that a namespace does not map (/proc/sys/kernel/overflowuid). */
export const OVERFLOW_ID = 65534;
const NOBODY = 0xffffffff;
const MAX_LEVEL = 32;

/** One line of /proc/PID/uid_map; `outside` is an id of the first namespace. */
export interface IdExtent {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export class UserNamespace extends PlainNamespace {
  readonly parent: UserNamespace | null;
  readonly level: number;
  /** Who made it: ids of the first namespace. */
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Empty until written; the first namespace needs none. */
  uids: readonly IdExtent[] = [];
  gids: readonly IdExtent[] = [];
  /** /proc/PID/setgroups. */
  setgroupsAllowed: boolean;
  /** Its maker had CAP_SETFCAP, and may so map the parent's root. */
  readonly makerCouldSetFileCaps: boolean;

  constructor(parent: UserNamespace | null, ownerUid: number, ownerGid: number, makerCouldSetFileCaps: boolean) {
    super('user');
    this.parent = parent;
    this.level = parent === null ? 0 : parent.level + 1;
    this.ownerUid = ownerUid;
    this.ownerGid = ownerGid;
    this.setgroupsAllowed = parent?.setgroupsAllowed ?? true;
    this.makerCouldSetFileCaps = makerCouldSetFileCaps;
  }
  get isFirst(): boolean {
    return this.parent === null;
  }
  get isFull(): boolean {
    return this.level > MAX_LEVEL;
  }

  /** An id as a process inside names it, in the kernel's terms; -1 if it has no meaning. */
  uidFrom(inside: number): number {
    return this.isFirst ? inside : translate(this.uids, inside, true);
  }
  gidFrom(inside: number): number {
    return this.isFirst ? inside : translate(this.gids, inside, true);
  }
  /** The kernel's id as those inside see it; -1 if it is not mapped. */
  uidInside(id: number): number {
    return this.isFirst ? id : translate(this.uids, id, false);
  }
  gidInside(id: number): number {
    return this.isFirst ? id : translate(this.gids, id, false);
  }
  /** The same, with the overflow id for what is not mapped. */
  showUid(id: number): number {
    if (this.isFirst) return id;
    const inside = translate(this.uids, id, false);
    return inside < 0 ? OVERFLOW_ID : inside;
  }
  showGid(id: number): number {
    if (this.isFirst) return id;
    const inside = translate(this.gids, id, false);
    return inside < 0 ? OVERFLOW_ID : inside;
  }
}

function translate(extents: readonly IdExtent[], id: number, inward: boolean): number {
  if (id === NOBODY) return -1;
  for (const { inside, outside, count } of extents) {
    const from = inward ? inside : outside;
    if (id >= from && id - from < count) return (inward ? outside : inside) + (id - from);
  }
  return -1;
}

/** The namespace that a sandbox begins with. */
export const firstUserNamespace = new UserNamespace(null, 0, 0, true);

const owners = new WeakMap<object, UserNamespace>();

/** The user namespace that a namespace of another kind belongs to: capabilities in it count there. */
export function ownerOf(namespace: object): UserNamespace {
  return owners.get(namespace) ?? firstUserNamespace;
}
export function setOwner(namespace: object, owner: UserNamespace): void {
  if (!owner.isFirst) owners.set(namespace, owner);
}
