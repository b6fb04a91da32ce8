/** Credentials of a task: ids (the first user namespace's), groups, capabilities. Immutable once shared: change a copy and assign it to the task. */
import { CAP_LAST_CAP } from '#abi/capability.ts';
import { firstUserNamespace, type UserNamespace } from './user-namespace.ts';

/** A set of capabilities as two 32-bit halves. */
export class CapSet {
  lo: number;
  hi: number;
  constructor(lo = 0, hi = 0) {
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }
  static full(): CapSet {
    return new CapSet(0xffffffff, 2 ** (CAP_LAST_CAP - 31) - 1);
  }
  has(cap: number): boolean {
    return cap < 32 ? ((this.lo >>> cap) & 1) === 1 : ((this.hi >>> (cap - 32)) & 1) === 1;
  }
  add(cap: number): void {
    if (cap < 32) this.lo = (this.lo | (1 << cap)) >>> 0;
    else this.hi = (this.hi | (1 << (cap - 32))) >>> 0;
  }
  drop(cap: number): void {
    if (cap < 32) this.lo = (this.lo & ~(1 << cap)) >>> 0;
    else this.hi = (this.hi & ~(1 << (cap - 32))) >>> 0;
  }
  and(other: CapSet): CapSet {
    return new CapSet(this.lo & other.lo, this.hi & other.hi);
  }
  or(other: CapSet): CapSet {
    return new CapSet(this.lo | other.lo, this.hi | other.hi);
  }
  isSubsetOf(other: CapSet): boolean {
    return (this.lo & ~other.lo) === 0 && (this.hi & ~other.hi) === 0;
  }
  get empty(): boolean {
    return this.lo === 0 && this.hi === 0;
  }
  /** As in /proc/PID/status: 16 hexadecimal digits. */
  toString(): string {
    return this.hi.toString(16).padStart(8, '0') + this.lo.toString(16).padStart(8, '0');
  }
}

export class Creds {
  uid = 0;
  gid = 0;
  euid = 0;
  egid = 0;
  suid = 0;
  sgid = 0;
  fsuid = 0;
  fsgid = 0;
  groups: readonly number[] = [];
  inheritable = new CapSet();
  permitted = CapSet.full();
  effective = CapSet.full();
  bounding = CapSet.full();
  ambient = new CapSet();
  securebits = 0;
  noNewPrivs = false;
  /** Where the capabilities count, and below. */
  userNs: UserNamespace = firstUserNamespace;

  copy(): Creds {
    return Object.assign(new Creds(), this);
  }
  inGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }
  /** Has it in the first user namespace: what concerns the whole sandbox. */
  capable(cap: number): boolean {
    return this.userNs.isFirst && this.effective.has(cap);
  }
  /** Has it in `namespace`: capabilities of one's own and of those above; who made a namespace has all in it. */
  capableIn(namespace: UserNamespace, cap: number): boolean {
    for (let at: UserNamespace | null = namespace; at !== null; at = at.parent) {
      if (at === this.userNs) return this.effective.has(cap);
      if (at.level <= this.userNs.level) return false;
      if (at.parent === this.userNs && at.ownerUid === this.euid) return true;
    }
    return false;
  }
  /** Has it over a file: one whose owners its namespace maps. */
  capableOver(inode: { readonly uid: number; readonly gid: number }, cap: number): boolean {
    const { userNs } = this;
    return this.effective.has(cap) && (userNs.isFirst || (userNs.uidInside(inode.uid) >= 0 && userNs.gidInside(inode.gid) >= 0));
  }
}
