/** User and group ids, supplementary groups, capabilities (credentials(7), capabilities(7)). */
import { CAP_SETGID, CAP_SETPCAP, CAP_SETUID } from '#abi/capability.ts';
import { EFAULT, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import { NGROUPS_MAX } from '#abi/limits.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP } from '#abi/prctl.ts';
import { CapSet, type Creds } from '#kernel/creds.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const KEEP = 0xffffffff;
const CAP_VERSION_1 = 0x19980330;
const CAP_VERSION_2 = 0x20071026;
const CAP_VERSION_3 = 0x20080522;
/** Capabilities that go with a file system uid of 0: CHOWN to FSETID, LINUX_IMMUTABLE, MKNOD, MAC_OVERRIDE. */
const FS_CAPS = new CapSet(0x1f | (1 << 9) | (1 << 27), 1);

/** Makes `creds` the task's; ids that changed end the process's dumpability, as on Linux. */
function commit(task: Task, creds: Creds): number {
  const old = task.creds;
  if (
    creds.euid !== old.euid ||
    creds.egid !== old.egid ||
    creds.fsuid !== old.fsuid ||
    creds.fsgid !== old.fsgid ||
    !creds.permitted.isSubsetOf(old.permitted)
  ) {
    task.group.dumpable = 0;
    task.deathSignal = 0;
  }
  task.creds = creds;
  return 0;
}

/** What a change of user ids does to capabilities. */
function fixCapabilities(creds: Creds, old: Creds): void {
  if ((creds.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return;
  const root = creds.userNs.uidFrom(0);
  const hadRoot = old.uid === root || old.euid === root || old.suid === root;
  const hasRoot = creds.uid === root || creds.euid === root || creds.suid === root;
  if (hadRoot && !hasRoot) {
    if ((creds.securebits & SECBIT_KEEP_CAPS) === 0) {
      creds.permitted = new CapSet();
      creds.effective = new CapSet();
    }
    creds.ambient = new CapSet();
  }
  if (old.euid === root && creds.euid !== root) creds.effective = new CapSet();
  else if (old.euid !== root && creds.euid === root) creds.effective = creds.permitted;
}
function commitUids(task: Task, creds: Creds): number {
  fixCapabilities(creds, task.creds);
  return commit(task, creds);
}

/** The ids of one kind, so that uid and gid calls share their rules. */
type Ids = 'uid' | 'gid';
const effective = { uid: 'euid', gid: 'egid' } as const;
const saved = { uid: 'suid', gid: 'sgid' } as const;
const fs = { uid: 'fsuid', gid: 'fsgid' } as const;
const capability = { uid: CAP_SETUID, gid: CAP_SETGID } as const;

function finish(task: Task, kind: Ids, creds: Creds): number {
  return kind === 'uid' ? commitUids(task, creds) : commit(task, creds);
}
/** An id as the caller gives it, in the kernel's terms; KEEP stays. -1 if its user namespace has no such id. */
function from(task: Task, kind: Ids, id: number): number {
  if (id === KEEP) return id;
  return kind === 'uid' ? task.creds.userNs.uidFrom(id) : task.creds.userNs.gidFrom(id);
}
function show(task: Task, kind: Ids, id: number): number {
  return kind === 'uid' ? task.creds.userNs.showUid(id) : task.creds.userNs.showGid(id);
}
function setOne(task: Task, kind: Ids, given: number): number {
  const id = from(task, kind, given);
  if (given === KEEP || id < 0) return -EINVAL;
  const old = task.creds;
  const creds = old.copy();
  if (task.capableHere(capability[kind])) {
    creds[kind] = creds[saved[kind]] = id;
  } else if (id !== old[kind] && id !== old[saved[kind]]) return -EPERM;
  creds[effective[kind]] = creds[fs[kind]] = id;
  return finish(task, kind, creds);
}
function setRealEffective(task: Task, kind: Ids, givenReal: number, givenWanted: number): number {
  const real = from(task, kind, givenReal);
  const wanted = from(task, kind, givenWanted);
  if (real < 0 || wanted < 0) return -EINVAL;
  const old = task.creds;
  const creds = old.copy();
  const privileged = task.capableHere(capability[kind]);
  const now = { real: old[kind], effective: old[effective[kind]], saved: old[saved[kind]] };
  if (real !== KEEP) {
    if (!privileged && real !== now.real && real !== now.effective) return -EPERM;
    creds[kind] = real;
  }
  if (wanted !== KEEP) {
    if (!privileged && wanted !== now.real && wanted !== now.effective && wanted !== now.saved) return -EPERM;
    creds[effective[kind]] = wanted;
  }
  if (real !== KEEP || (wanted !== KEEP && wanted !== now.real)) creds[saved[kind]] = creds[effective[kind]];
  creds[fs[kind]] = creds[effective[kind]];
  return finish(task, kind, creds);
}
function setThree(task: Task, kind: Ids, givenReal: number, givenWanted: number, givenKeep: number): number {
  const real = from(task, kind, givenReal);
  const wanted = from(task, kind, givenWanted);
  const keep = from(task, kind, givenKeep);
  if (real < 0 || wanted < 0 || keep < 0) return -EINVAL;
  const old = task.creds;
  const mine = [old[kind], old[effective[kind]], old[saved[kind]]];
  if (!task.capableHere(capability[kind]) && [real, wanted, keep].some((id) => id !== KEEP && !mine.includes(id))) return -EPERM;
  const creds = old.copy();
  if (real !== KEEP) creds[kind] = real;
  if (wanted !== KEEP) creds[effective[kind]] = wanted;
  if (keep !== KEEP) creds[saved[kind]] = keep;
  creds[fs[kind]] = creds[effective[kind]];
  return finish(task, kind, creds);
}
function getThree(task: Task, kind: Ids, real: number, wanted: number, keep: number): number {
  const { creds, mem } = task;
  if (mem.writeU32(real, show(task, kind, creds[kind])) < 0 || mem.writeU32(wanted, show(task, kind, creds[effective[kind]])) < 0)
    return -EFAULT;
  return mem.writeU32(keep, show(task, kind, creds[saved[kind]]));
}
/** Answers the old value, whether or not it changed. */
function setFs(task: Task, kind: Ids, given: number): number {
  const old = task.creds;
  const before = old[fs[kind]];
  const shown = show(task, kind, before);
  const id = from(task, kind, given);
  const root = from(task, 'uid', 0);
  const allowed =
    id === old[kind] || id === old[effective[kind]] || id === old[saved[kind]] || id === before || task.capableHere(capability[kind]);
  if (id === KEEP || id < 0 || id === before || !allowed) return shown;
  const creds = old.copy();
  creds[fs[kind]] = id;
  if (kind === 'uid' && (creds.securebits & SECBIT_NO_SETUID_FIXUP) === 0) {
    if (before === root) creds.effective = new CapSet(creds.effective.lo & ~FS_CAPS.lo, creds.effective.hi & ~FS_CAPS.hi);
    else if (id === root) creds.effective = creds.effective.or(creds.permitted.and(FS_CAPS));
  }
  commit(task, creds);
  return shown;
}

/** Words per set of the version in a capability header: 1 or 2; 0 for an unknown one. */
function capWords(version: number): number {
  if (version === CAP_VERSION_1) return 1;
  return version === CAP_VERSION_2 || version === CAP_VERSION_3 ? 2 : 0;
}
/** Reads the header; the version's words and the pid, or -errno. An unknown version is answered with the preferred one. */
function capHeader(task: Task, addr: number): { words: number; pid: number } | number {
  if (!task.mem.in(addr, 8)) return -EFAULT;
  const words = capWords(task.mem.view.getUint32(0, true));
  const pid = task.mem.view.getInt32(4, true);
  if (words > 0) return { words, pid };
  return task.mem.writeU32(addr, CAP_VERSION_3) < 0 ? -EFAULT : -EINVAL;
}

export const handlers = {
  getuid: (task) => task.creds.userNs.showUid(task.creds.uid),
  geteuid: (task) => task.creds.userNs.showUid(task.creds.euid),
  getgid: (task) => task.creds.userNs.showGid(task.creds.gid),
  getegid: (task) => task.creds.userNs.showGid(task.creds.egid),
  getresuid: (task, real, wanted, keep) => getThree(task, 'uid', real, wanted, keep),
  getresgid: (task, real, wanted, keep) => getThree(task, 'gid', real, wanted, keep),

  setuid: (task, uid) => setOne(task, 'uid', uid),
  setgid: (task, gid) => setOne(task, 'gid', gid),
  setreuid: (task, real, wanted) => setRealEffective(task, 'uid', real, wanted),
  setregid: (task, real, wanted) => setRealEffective(task, 'gid', real, wanted),
  setresuid: (task, real, wanted, keep) => setThree(task, 'uid', real, wanted, keep),
  setresgid: (task, real, wanted, keep) => setThree(task, 'gid', real, wanted, keep),
  setfsuid: (task, uid) => setFs(task, 'uid', uid),
  setfsgid: (task, gid) => setFs(task, 'gid', gid),

  getgroups(task, count, addr) {
    const { groups } = task.creds;
    if (count < 0) return -EINVAL;
    if (count === 0) return groups.length;
    if (count < groups.length) return -EINVAL;
    const list = Uint32Array.from(groups, (gid) => task.creds.userNs.showGid(gid));
    return task.mem.write(addr, new Uint8Array(list.buffer), 0, list.byteLength) < 0 ? -EFAULT : groups.length;
  },
  setgroups(task, count, addr) {
    const { userNs } = task.creds;
    if (!task.capableHere(CAP_SETGID) || !userNs.setgroupsAllowed || (!userNs.isFirst && userNs.gids.length === 0)) return -EPERM;
    if (count < 0 || count > NGROUPS_MAX) return -EINVAL;
    const list = new Uint32Array(count);
    if (task.mem.read(addr, new Uint8Array(list.buffer), 0, list.byteLength) < 0) return -EFAULT;
    const groups = Array.from(list, (gid) => userNs.gidFrom(gid));
    if (groups.some((gid) => gid < 0 || gid === KEEP)) return -EINVAL;
    const creds = task.creds.copy();
    creds.groups = groups.sort((a, b) => a - b);
    task.creds = creds;
    return 0;
  },

  capget(task, headerAddr, dataAddr) {
    const header = capHeader(task, headerAddr);
    // A null data pointer asks for the preferred version.
    if (typeof header === 'number') return header === -EINVAL && dataAddr === 0 ? 0 : header;
    if (header.pid < 0) return -EINVAL;
    const target = header.pid === 0 ? task : task.kernel.pids.task(task, header.pid);
    if (target === undefined) return -ESRCH;
    if (dataAddr === 0) return 0;
    const { effective: e, permitted: p, inheritable: i } = target.creds;
    const { view } = task.mem;
    [e.lo, p.lo, i.lo, e.hi, p.hi, i.hi].forEach((word, index) => view.setUint32(index * 4, word, true));
    return task.mem.out(dataAddr, header.words * 12);
  },
  capset(task, headerAddr, dataAddr) {
    const header = capHeader(task, headerAddr);
    if (typeof header === 'number') return header;
    if (header.pid !== 0 && header.pid !== task.ownTid) return -EPERM;
    const { view } = task.mem;
    task.mem.bytes.fill(0, 0, 24);
    if (!task.mem.in(dataAddr, header.words * 12)) return -EFAULT;
    const set = (index: number) => new CapSet(view.getUint32(index * 4, true), view.getUint32(index * 4 + 12, true)).and(CapSet.full());
    const [newEffective, newPermitted, newInheritable] = [set(0), set(1), set(2)];
    const old = task.creds;
    if (!newInheritable.isSubsetOf(task.capableHere(CAP_SETPCAP) ? old.inheritable.or(old.bounding) : old.inheritable.or(old.permitted)))
      return -EPERM;
    if (!newInheritable.isSubsetOf(old.inheritable.or(old.bounding))) return -EPERM;
    if (!newPermitted.isSubsetOf(old.permitted) || !newEffective.isSubsetOf(newPermitted)) return -EPERM;
    const creds = old.copy();
    creds.effective = newEffective;
    creds.permitted = newPermitted;
    creds.inheritable = newInheritable;
    creds.ambient = creds.ambient.and(newPermitted).and(newInheritable);
    return commit(task, creds);
  },
} satisfies Handlers;
