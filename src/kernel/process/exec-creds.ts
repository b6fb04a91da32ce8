/** What execve does to credentials: set-user-ID files, file capabilities, root's special case (capabilities(7)). */
import { S_ISGID, S_ISUID, S_IXGRP } from '#abi/stat.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NOROOT } from '#abi/prctl.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { CapSet, type Creds } from '../creds.ts';

const MS_NOSUID = 2;
const VFS_CAP_REVISION_2 = 0x02000000;
const VFS_CAP_REVISION_3 = 0x03000000;
const VFS_CAP_REVISION_MASK = 0xff000000;
const VFS_CAP_EFFECTIVE = 1;

export interface ExecCreds {
  readonly creds: Creds;
  /** AT_SECURE: the program got rights that its caller had not. */
  readonly secure: boolean;
}

interface FileCaps {
  permitted: CapSet;
  inheritable: CapSet;
  effective: boolean;
}

/** security.capability, revisions 2 and 3; null when absent or malformed. */
function fileCaps(file: OpenFile): FileCaps | null {
  const value = file.inode.getxattr('security.capability');
  if (typeof value === 'number' || value.length < 20) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const magic = view.getUint32(0, true);
  const revision = (magic & VFS_CAP_REVISION_MASK) >>> 0;
  if (revision !== VFS_CAP_REVISION_2 && revision !== VFS_CAP_REVISION_3) return null;
  return {
    permitted: new CapSet(view.getUint32(4, true), view.getUint32(12, true)),
    inheritable: new CapSet(view.getUint32(8, true), view.getUint32(16, true)),
    effective: (magic & VFS_CAP_EFFECTIVE) !== 0,
  };
}

export function execCreds(old: Creds, file: OpenFile): ExecCreds {
  const creds = old.copy();
  const { inode } = file;
  const { userNs } = old;
  // An owner that the user namespace does not know gives nothing.
  const known = userNs.uidInside(inode.uid) >= 0 && userNs.gidInside(inode.gid) >= 0;
  const mayGain = known && !old.noNewPrivs && ((file.path?.mount.flags ?? 0) & MS_NOSUID) === 0;
  const root = userNs.uidFrom(0);
  if (mayGain) {
    if ((inode.mode & S_ISUID) !== 0) creds.euid = inode.uid;
    if ((inode.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) creds.egid = inode.gid;
  }
  creds.suid = creds.fsuid = creds.euid;
  creds.sgid = creds.fsgid = creds.egid;
  const idsChanged = creds.euid !== old.euid || creds.egid !== old.egid;

  const caps = mayGain ? fileCaps(file) : null;
  const rootful = (creds.securebits & SECBIT_NOROOT) === 0 && (creds.uid === root || creds.euid === root);
  if (idsChanged || caps !== null) creds.ambient = new CapSet();
  if (rootful) {
    creds.permitted = old.inheritable.or(old.bounding);
    creds.effective = creds.euid === root ? creds.permitted : creds.ambient;
  } else {
    const fromFile = caps === null ? new CapSet() : old.inheritable.and(caps.inheritable).or(caps.permitted.and(old.bounding));
    creds.permitted = fromFile.or(creds.ambient);
    creds.effective = caps?.effective ? creds.permitted : creds.ambient;
  }
  creds.securebits &= ~SECBIT_KEEP_CAPS;
  const gained = !rootful && caps !== null && !creds.permitted.isSubsetOf(old.permitted);
  return { creds, secure: idsChanged || creds.euid !== creds.uid || creds.egid !== creds.gid || gained };
}
