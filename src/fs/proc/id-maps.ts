/** /proc/PID/uid_map, gid_map and setgroups (user_namespaces(7)). Each map is written once, by who may do so. */
import { CAP_SETFCAP, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN } from '#abi/capability.ts';
import { EINVAL, EPERM } from '#abi/errno.ts';
import type { Task } from '#kernel/task.ts';
import type { IdExtent, UserNamespace } from '#kernel/user-namespace.ts';

type Which = 'uids' | 'gids';

const MAX_EXTENTS = 340;
const MAX_ID = 0xffffffff;
const FIRST_MAP = '         0          0 4294967295\n';

function inside(namespace: UserNamespace, which: Which, id: number): number {
  return which === 'uids' ? namespace.uidInside(id) : namespace.gidInside(id);
}
function from(namespace: UserNamespace, which: Which, id: number): number {
  return which === 'uids' ? namespace.uidFrom(id) : namespace.gidFrom(id);
}

/** As the reader sees it: its own map in terms of the parent's ids, others' in terms of its own. */
export function showIdMap(task: Task, viewer: Task, which: Which): string {
  const { userNs } = task.creds;
  if (userNs.isFirst) return FIRST_MAP;
  const lower = userNs === viewer.creds.userNs ? (userNs.parent as UserNamespace) : viewer.creds.userNs;
  return userNs[which]
    .map((extent) => {
      const outside = inside(lower, which, extent.outside);
      const numbers = [extent.inside, outside < 0 ? MAX_ID : outside, extent.count];
      return `${numbers.map((number) => String(number).padStart(10)).join(' ')}\n`;
    })
    .join('');
}

/** "inside outside count" lines; outside in the parent's ids. Null if malformed. */
function parse(text: string): IdExtent[] | null {
  const extents: IdExtent[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const match = /^[ \t]*(\d+)[ \t]+(\d+)[ \t]+(\d+)[ \t]*$/.exec(line);
    if (match === null) return null;
    const [first, outside, count] = [Number(match[1]), Number(match[2]), Number(match[3])];
    if (count === 0 || first >= MAX_ID || outside >= MAX_ID || first + count > MAX_ID || outside + count > MAX_ID) return null;
    const overlaps = (a: number, b: number, others: number) => a < b + others && b < a + count;
    if (extents.some((other) => overlaps(first, other.inside, other.count) || overlaps(outside, other.outside, other.count))) return null;
    extents.push({ inside: first, outside, count });
  }
  return extents.length > MAX_EXTENTS ? null : extents;
}

/** Who may write which map, beyond having CAP_SYS_ADMIN in the namespace. */
function mayMap(namespace: UserNamespace, writer: Task, which: Which, extents: readonly IdExtent[]): boolean {
  const { creds } = writer;
  const parent = namespace.parent as UserNamespace;
  if (which === 'uids' && extents.some(({ outside }) => outside === 0)) {
    if (creds.userNs === namespace ? !namespace.makerCouldSetFileCaps : !creds.capableIn(parent, CAP_SETFCAP)) return false;
  }
  const [only] = extents;
  // Without privilege: one's own id alone, and for groups only after setgroups(2) was given up.
  if (extents.length === 1 && only?.count === 1 && namespace.ownerUid === creds.euid) {
    const id = from(parent, which, only.outside);
    if (which === 'uids' ? id === creds.euid : !namespace.setgroupsAllowed && id === creds.egid) return true;
  }
  return creds.capableIn(parent, which === 'uids' ? CAP_SETUID : CAP_SETGID);
}

export function writeIdMap(task: Task, writer: Task, text: string, which: Which): number {
  const { userNs } = task.creds;
  const { creds } = writer;
  if (userNs.parent === null || (creds.userNs !== userNs && creds.userNs !== userNs.parent)) return -EPERM;
  if (userNs[which].length > 0 || !creds.capableIn(userNs, CAP_SYS_ADMIN)) return -EPERM;
  const extents = parse(text);
  if (extents === null) return -EINVAL;
  if (!mayMap(userNs, writer, which, extents)) return -EPERM;
  const mapped: IdExtent[] = [];
  for (const { inside: first, outside, count } of extents) {
    const id = from(userNs.parent, which, outside);
    const last = from(userNs.parent, which, outside + count - 1);
    if (id < 0 || last !== id + count - 1) return -EPERM;
    mapped.push({ inside: first, outside: id, count });
  }
  userNs[which] = mapped;
  return text.length;
}

export function showSetgroups(task: Task): string {
  return task.creds.userNs.setgroupsAllowed ? 'allow\n' : 'deny\n';
}
export function writeSetgroups(task: Task, writer: Task, text: string): number {
  const { userNs } = task.creds;
  if (!writer.creds.capableIn(userNs, CAP_SYS_ADMIN)) return -EPERM;
  const word = text.trim();
  if (word === 'allow') return userNs.setgroupsAllowed ? text.length : -EPERM;
  if (word !== 'deny') return -EINVAL;
  if (userNs.isFirst || (userNs.setgroupsAllowed && userNs.gids.length > 0)) return -EPERM;
  userNs.setgroupsAllowed = false;
  return text.length;
}
