/** Credentials of a task: ids, groups, capabilities. Immutable once shared: change a copy and assign it to the task. */
import { CAP_LAST_CAP } from '#abi/capability.ts';

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

  copy(): Creds {
    return Object.assign(new Creds(), this);
  }
  inGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }
  capable(cap: number): boolean {
    return this.effective.has(cap);
  }
}
