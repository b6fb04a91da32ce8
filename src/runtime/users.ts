/** Users and groups as the rootfs's /etc/passwd and /etc/group name them. */
import { Failure } from './failure.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Home directory; null if the uid has no line. */
  readonly home: string | null;
}

/** The largest uid or gid: 2^32-1 means "no change" to many calls. */
const MAX_ID = 0xfffffffe;

function parseId(text: string): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : null;
}

/**
 * Finds `USER[:GROUP]`, each a name or a number. Without a group it is the user's own from passwd (0 for an unlisted
 * number, as Docker does), with the groups that list the user.
 */
export function findUser(wanted: string, passwd: string, group: string): User {
  const colon = wanted.indexOf(':');
  const userPart = colon < 0 ? wanted : wanted.slice(0, colon);
  const groupPart = colon < 0 ? null : wanted.slice(colon + 1);
  if (userPart === '' || groupPart === '') throw new Failure('usage', `--user ${wanted}: want USER or USER:GROUP, names or numbers`);

  const users = passwd.split('\n').map((line) => line.split(':'));
  const number = parseId(userPart);
  const entry =
    users.find((f) => f.length >= 7 && f[0] === userPart) ??
    users.find((f) => f.length >= 7 && number !== null && parseId(f[2] ?? '') === number);
  const uid = entry ? parseId(entry[2] ?? '') : number;
  if (uid === null) throw new Failure('user', `no user ${userPart} in the sandbox's /etc/passwd: use a number, or a name listed there`);

  const groups = group.split('\n').map((line) => line.split(':'));
  if (groupPart !== null) {
    const named = groups.find((f) => f[0] === groupPart && f.length >= 3);
    const gid = named ? parseId(named[2] ?? '') : parseId(groupPart);
    if (gid === null) throw new Failure('user', `no group ${groupPart} in the sandbox's /etc/group: use a number, or a name listed there`);
    return { uid, gid, groups: [], home: entry?.[5] ?? null };
  }
  const gid = (entry ? parseId(entry[3] ?? '') : null) ?? 0;
  const extra: number[] = [];
  for (const fields of groups) {
    const id = parseId(fields[2] ?? '');
    if (id !== null && entry?.[0] && (fields[3] ?? '').split(',').includes(entry[0])) extra.push(id);
  }
  return { uid, gid, groups: extra, home: entry?.[5] ?? null };
}
