/**
 * What the three kinds of System V IPC objects share (sysvipc(7)): identifiers, keys, ownership. An identifier is a place in
 * the table and a sequence number, so that it is not soon given to another object.
 */
import { CAP_IPC_OWNER, CAP_SYS_ADMIN } from '#abi/capability.ts';
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, EPERM } from '#abi/errno.ts';
import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE } from '#abi/ipc.ts';
import type { Ipc64Perm } from '#abi/layouts.gen.ts';
import type { Task } from '../task.ts';
import { ownerOf } from '../user-namespace.ts';
import { realNow } from '../time/clocks.ts';

const SHIFT = 15;
const PLACES = 1 << SHIFT;
const MAX_SEQUENCE = 0xffff;
/** Places are given out in a circle of at least this many. */
const MIN_CYCLE = 64;

export abstract class IpcObject {
  id = -1;
  key: number;
  mode: number;
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  removed = false;
  /** Seconds since 1970. */
  changed: number;

  constructor(task: Task, key: number, mode: number) {
    this.key = key;
    this.mode = mode & 0o777;
    this.uid = this.cuid = task.creds.euid;
    this.gid = this.cgid = task.creds.egid;
    this.changed = nowSeconds(task);
  }

  /** 0, or -EACCES for what the flags (as in a file mode, in any of the three places) ask beyond the object's mode. */
  access(task: Task, flags: number): number {
    const { creds } = task;
    const wanted = ((flags >> 6) | (flags >> 3) | flags) & 7;
    let granted = this.mode;
    if (creds.euid === this.cuid || creds.euid === this.uid) granted >>= 6;
    else if (inGroup(task, this.cgid) || inGroup(task, this.gid)) granted >>= 3;
    return (wanted & ~granted & 7) === 0 || task.creds.capableIn(ownerOf(task.ns.ipc), CAP_IPC_OWNER) ? 0 : -EACCES;
  }
  /** Who may change or remove it: 0 or -EPERM. */
  own(task: Task): number {
    const { euid } = task.creds;
    return euid === this.cuid || euid === this.uid || task.creds.capableIn(ownerOf(task.ns.ipc), CAP_SYS_ADMIN) ? 0 : -EPERM;
  }
  get permissions(): Ipc64Perm {
    const { key, uid, gid, cuid, cgid, mode } = this;
    return { key, uid, gid, cuid, cgid, mode, seq: this.id >> SHIFT };
  }
  /** The same with ids as `task` sees them. */
  permissionsFor({ creds: { userNs } }: Task): Ipc64Perm {
    const { permissions } = this;
    permissions.uid = userNs.showUid(permissions.uid);
    permissions.gid = userNs.showGid(permissions.gid);
    permissions.cuid = userNs.showUid(permissions.cuid);
    permissions.cgid = userNs.showGid(permissions.cgid);
    return permissions;
  }
  /** IPC_SET. */
  give(task: Task, uid: number, gid: number, mode: number): void {
    this.uid = uid;
    this.gid = gid;
    this.mode = (this.mode & ~0o777) | (mode & 0o777);
    this.changed = nowSeconds(task);
  }
}

export function nowSeconds(task: Task): number {
  return Math.floor(realNow(task.kernel) / 1e9);
}
function inGroup(task: Task, gid: number): boolean {
  return gid === task.creds.egid || task.creds.groups.includes(gid);
}

export class IpcTable<T extends IpcObject> {
  readonly #places: (T | undefined)[] = [];
  readonly #byKey = new Map<number, T>();
  #last = -1;
  #sequence = 0;
  count = 0;

  /** The object with identifier `id`; -EINVAL if there is none (any more). */
  get(id: number): T | number {
    const found = id < 0 ? undefined : this.#places[id & (PLACES - 1)];
    return found === undefined || found.id !== id ? -EINVAL : found;
  }
  /** By place, as *_STAT asks. */
  at(place: number): T | number {
    return this.#places[place & (PLACES - 1)] ?? -EINVAL;
  }
  /** The highest place in use; 0 if there is none. */
  get highest(): number {
    for (let i = this.#places.length - 1; i > 0; i -= 1) if (this.#places[i] !== undefined) return i;
    return 0;
  }
  *[Symbol.iterator](): Generator<T> {
    for (const object of this.#places) if (object !== undefined) yield object;
  }

  /** The *get calls: what has `key`, or a new object. `fits` is 0 or -errno for one that is there. */
  find(task: Task, key: number, flags: number, limit: number, fits: (found: T) => number, make: () => T | number): number {
    const found = key === IPC_PRIVATE ? undefined : this.#byKey.get(key);
    if (found === undefined) {
      if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) return -ENOENT;
      const made = make();
      if (typeof made === 'number') return made;
      return this.count >= limit ? -ENOSPC : this.#add(made);
    }
    if ((flags & (IPC_CREAT | IPC_EXCL)) === (IPC_CREAT | IPC_EXCL)) return -EEXIST;
    const fit = fits(found);
    if (fit < 0) return fit;
    const allowed = found.access(task, flags);
    return allowed < 0 ? allowed : found.id;
  }

  #add(object: T): number {
    const around = Math.min(Math.max(Math.floor((this.count + 1) * 1.5), MIN_CYCLE), PLACES);
    let place = this.#last + 1;
    for (let tries = 0; tries <= around; tries += 1, place += 1) {
      if (place >= around) place = 0;
      if (this.#places[place] === undefined) break;
    }
    if (this.#places[place] !== undefined) return -ENOSPC;
    if (place <= this.#last) this.#sequence = (this.#sequence + 1) % MAX_SEQUENCE;
    this.#last = place;
    while (this.#places.length < place) this.#places.push(undefined);
    this.#places[place] = object;
    this.count += 1;
    object.id = this.#sequence * PLACES + place;
    if (object.key !== IPC_PRIVATE) this.#byKey.set(object.key, object);
    return object.id;
  }

  /** The key no longer leads to it. */
  forgetKey(object: T): void {
    if (this.#byKey.get(object.key) === object) this.#byKey.delete(object.key);
    object.key = IPC_PRIVATE;
  }
  remove(object: T): void {
    if (object.removed) return;
    object.removed = true;
    if (this.#byKey.get(object.key) === object) this.#byKey.delete(object.key);
    this.#places[object.id & (PLACES - 1)] = undefined;
    this.count -= 1;
  }
}
