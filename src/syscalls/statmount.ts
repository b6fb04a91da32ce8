/** statmount(2), listmount(2): mounts by their unique numbers. */
import { E2BIG, EFAULT, EINVAL, ENOENT, EOVERFLOW } from '#abi/errno.ts';
import { decodeMntIdReq, encodeStatmount, newMntIdReq, newStatmount, Statmount } from '#abi/layouts.gen.ts';
import {
  LISTMOUNT_REVERSE,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_RELATIME,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
  STATMOUNT_FS_TYPE,
  STATMOUNT_MNT_BASIC,
  STATMOUNT_MNT_NS_ID,
  STATMOUNT_MNT_OPTS,
  STATMOUNT_MNT_POINT,
  STATMOUNT_MNT_ROOT,
  STATMOUNT_PROPAGATE_FROM,
  STATMOUNT_SB_BASIC,
} from '#abi/mount.ts';
import type { Mount } from '#fs/vfs/mount.ts';
import { pathBelow, pathInSuperBlock } from '#fs/vfs/path-string.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';

const REQUEST_SIZES = { min: 24, max: 4096 };
/** Unique numbers are above this. */
const FIRST = 2 ** 31;
/** LSMT_ROOT: the mounts below the task's root. */
const ROOT = 2 ** 64;
const IDS_MAX = 1_000_000;
const KNOWN =
  STATMOUNT_SB_BASIC |
  STATMOUNT_MNT_BASIC |
  STATMOUNT_PROPAGATE_FROM |
  STATMOUNT_MNT_ROOT |
  STATMOUNT_MNT_POINT |
  STATMOUNT_FS_TYPE |
  STATMOUNT_MNT_NS_ID |
  STATMOUNT_MNT_OPTS;
const WITH_STRINGS = STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT | STATMOUNT_FS_TYPE | STATMOUNT_MNT_OPTS;
const ATTRIBUTES: readonly (readonly [number, number])[] = [
  [MS_RDONLY, MOUNT_ATTR_RDONLY],
  [MS_NOSUID, MOUNT_ATTR_NOSUID],
  [MS_NODEV, MOUNT_ATTR_NODEV],
  [MS_NOEXEC, MOUNT_ATTR_NOEXEC],
  [MS_NODIRATIME, MOUNT_ATTR_NODIRATIME],
  [MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW],
];
const request = newMntIdReq();

/** struct mnt_id_req at `addr` into `request`; 0 or -errno. */
function readRequest(task: Task, addr: number): number {
  const size = task.mem.readU32(addr);
  if (size < 0) return size;
  if (size < REQUEST_SIZES.min) return -EINVAL;
  if (size > REQUEST_SIZES.max) return -E2BIG;
  const { view, bytes } = task.mem;
  bytes.fill(0, size, 32);
  if (!task.mem.in(addr, size)) return -EFAULT;
  for (let i = 32; i < size; i += 1) if (bytes[i] !== 0) return -E2BIG;
  decodeMntIdReq(view, 0, request);
  if (request.spare !== 0) return -EINVAL;
  // Another namespace would have to be named by its number, and nobody is told those.
  return size > 24 && request.mnt_ns_id !== 0 ? -ENOENT : 0;
}

/** A mount that the task can see, by its unique number. */
function find(task: Task, id: number): Mount | number {
  if (id <= FIRST) return -EINVAL;
  const found = task.ns.mount.mounts().find((mount) => mount.uniqueId === id);
  return found === undefined || pathBelow(found.root.at(found), task.fs.root) === null ? -ENOENT : found;
}

function attributes(flags: number): number {
  let bits = 0;
  for (const [flag, attribute] of ATTRIBUTES) if ((flags & flag) !== 0) bits |= attribute;
  if ((flags & MS_NOATIME) !== 0) bits |= MOUNT_ATTR_NOATIME;
  else if ((flags & MS_RELATIME) === 0) bits |= MOUNT_ATTR_STRICTATIME;
  return bits;
}

function propagation(mount: Mount): number {
  let bits = 0;
  if (mount.peers !== null) bits |= MS_SHARED;
  if (mount.master !== null) bits |= MS_SLAVE;
  if (mount.unbindable) bits |= MS_UNBINDABLE;
  return bits === 0 ? MS_PRIVATE : bits;
}

function statmount(task: Task, mount: Mount, mask: number, addr: number, size: number): number {
  const into = newStatmount();
  const { superBlock } = mount;
  let strings = '';
  const string = (text: string): number => {
    const at = strings.length;
    strings += `${text}\0`;
    return at;
  };
  into.mask_lo = mask & KNOWN;
  if ((mask & STATMOUNT_SB_BASIC) !== 0) {
    const statistics = superBlock.statfs();
    into.sb_dev_major = superBlock.deviceMajor;
    into.sb_dev_minor = superBlock.deviceMinor;
    into.sb_magic = typeof statistics === 'number' ? 0 : statistics.type;
    into.sb_flags = superBlock.readOnly ? MS_RDONLY : 0;
  }
  if ((mask & STATMOUNT_MNT_BASIC) !== 0) {
    const parent = mount.parent ?? mount;
    into.mnt_id = mount.uniqueId;
    into.mnt_parent_id = parent.uniqueId;
    into.mnt_id_old = mount.id;
    into.mnt_parent_id_old = parent.id;
    into.mnt_attr_lo = attributes(mount.flags);
    into.mnt_propagation_lo = propagation(mount);
    into.mnt_peer_group = mount.peers?.id ?? 0;
    into.mnt_master = mount.master?.id ?? 0;
  }
  if ((mask & STATMOUNT_FS_TYPE) !== 0) into.fs_type = string(superBlock.type);
  if ((mask & STATMOUNT_MNT_ROOT) !== 0) into.mnt_root = string(pathInSuperBlock(mount.root));
  if ((mask & STATMOUNT_MNT_POINT) !== 0) into.mnt_point = string(pathBelow(mount.root.at(mount), task.fs.root) ?? '');
  if ((mask & STATMOUNT_MNT_OPTS) !== 0) into.mnt_opts = string(superBlock.showOptions());
  if ((mask & STATMOUNT_MNT_NS_ID) !== 0) into.mnt_ns_id = task.ns.mount.inode;
  if ((mask & WITH_STRINGS) !== 0 && size < Statmount.SIZE + strings.length) return -EOVERFLOW;
  into.size = Math.min(size, Statmount.SIZE + strings.length);
  const bytes = Buffer.alloc(Statmount.SIZE + strings.length);
  encodeStatmount(new DataView(bytes.buffer, bytes.byteOffset, Statmount.SIZE), 0, into);
  bytes.write(strings, Statmount.SIZE, 'latin1');
  return task.mem.write(addr, bytes, 0, into.size) < 0 ? -EFAULT : 0;
}

export const handlers = {
  /** statmount(2). The set of fields is Linux 6.12's. */
  statmount: (task, requestAddr, addr, size, flags) => {
    if (flags !== 0) return -EINVAL;
    const bad = readRequest(task, requestAddr);
    if (bad !== 0) return bad;
    const mount = find(task, request.mnt_id);
    return typeof mount === 'number' ? mount : statmount(task, mount, request.param_lo, addr, size);
  },

  /** listmount(2). */
  listmount: (task, requestAddr, addr, count, flags) => {
    if ((flags & ~LISTMOUNT_REVERSE) !== 0) return -EINVAL;
    if (count > IDS_MAX) return -EOVERFLOW;
    const bad = readRequest(task, requestAddr);
    if (bad !== 0) return bad;
    let top = task.fs.root;
    const parent = request.mnt_id;
    const last = request.param_lo + request.param_hi * 4294967296;
    if (parent !== ROOT) {
      const mount = find(task, parent);
      if (typeof mount === 'number') return mount;
      top = mount.root.at(mount);
    }
    const reverse = (flags & LISTMOUNT_REVERSE) !== 0;
    const ids = task.ns.mount
      .mounts()
      .filter((mount) => mount.uniqueId !== parent && pathBelow(mount.root.at(mount), top) !== null)
      .map((mount) => mount.uniqueId)
      .filter((id) => last === 0 || (reverse ? id < last : id > last));
    if (reverse) ids.reverse();
    const chosen = ids.slice(0, count);
    const bytes = Buffer.alloc(chosen.length * 8);
    for (const [i, id] of chosen.entries()) {
      bytes.writeUInt32LE(id >>> 0, i * 8);
      bytes.writeUInt32LE(Math.floor(id / 4294967296), i * 8 + 4);
    }
    return task.mem.write(addr, bytes, 0, bytes.length) < 0 ? -EFAULT : chosen.length;
  },
} satisfies Handlers;
