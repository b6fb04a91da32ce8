/** fsopen(2), fsconfig(2), fsmount(2), fspick(2), open_tree(2), move_mount(2), mount_setattr(2). */
import { E2BIG, EBADF, EBUSY, EFAULT, EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EPERM } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_PATH } from '#abi/fcntl.ts';
import {
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_CREATE_EXCL,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  FSPICK_CLOEXEC,
  FSPICK_EMPTY_PATH,
  FSPICK_NO_AUTOMOUNT,
  FSPICK_SYMLINK_NOFOLLOW,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_F_SYMLINKS,
  MOVE_MOUNT_T_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
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
  OPEN_TREE_CLONE,
} from '#abi/mount.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { anonInode } from '#fs/anon/pseudo-fs.ts';
import { type Mount, mountOf } from '#fs/vfs/mount.ts';
import { FsContextFile, MountFile } from '#fs/vfs/mount-files.ts';
import { attachTree, bottomOf, copyMount, copyTree, isIn, moveTree, setPropagation } from '#fs/vfs/mount-tree.ts';
import { openFound } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { fileSystemNames, knowsOption, newSuperBlock } from '#fs/vfs/registry.ts';
import { EMPTY, FOLLOW, walk } from '#fs/vfs/walk.ts';
import { mayMount } from '#kernel/process/user-namespace.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { hasWriters } from './mount.ts';

const KEY_MAX = 255;
const OPTIONS_MAX = 64;
const OPEN_TREE_KNOWN = OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;
const MOVE_KNOWN = 0x77;
const ATTRIBUTES: readonly (readonly [number, number])[] = [
  [MOUNT_ATTR_RDONLY, MS_RDONLY],
  [MOUNT_ATTR_NOSUID, MS_NOSUID],
  [MOUNT_ATTR_NODEV, MS_NODEV],
  [MOUNT_ATTR_NOEXEC, MS_NOEXEC],
  [MOUNT_ATTR_NODIRATIME, MS_NODIRATIME],
  [MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW],
];
const ATTRIBUTES_KNOWN = ATTRIBUTES.reduce((all, [bit]) => all | bit, MOUNT_ATTR__ATIME);
const SETATTR_SIZE = 32;

function install(task: Task, file: OpenFile, cloexec: boolean): number {
  const fd = task.files.install(file, cloexec, task.limit(RLIMIT_NOFILE));
  if (fd < 0) file.put();
  return fd;
}

/** MOUNT_ATTR_* as MS_* flags; -EINVAL for unknown ones. */
function attributeFlags(attributes: number): number {
  if ((attributes & ~ATTRIBUTES_KNOWN) !== 0) return -EINVAL;
  let flags = 0;
  for (const [bit, flag] of ATTRIBUTES) if ((attributes & bit) !== 0) flags |= flag;
  const atime = attributes & MOUNT_ATTR__ATIME;
  if (atime === 0) flags |= MS_RELATIME;
  else if (atime === MOUNT_ATTR_NOATIME) flags |= MS_NOATIME;
  else if (atime !== MOUNT_ATTR_STRICTATIME) return -EINVAL;
  return flags;
}

function context(task: Task, fd: number): FsContextFile | number {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  return file instanceof FsContextFile ? file : -EINVAL;
}

function create(task: Task, file: FsContextFile): number {
  if (!mayMount(task)) return -EPERM;
  if (file.superBlock !== null || file.picked !== null) return -EBUSY;
  const made = newSuperBlock(task, file.type, file.source, file.options.join(','), file.readOnly ? MS_RDONLY : 0);
  if (typeof made === 'number') return made;
  if (file.readOnly) made.readOnly = true;
  file.superBlock = made;
  return 0;
}

function setOption(task: Task, file: FsContextFile, key: string, valueAddr: number, isFlag: boolean): number {
  if (isFlag) {
    if (valueAddr !== 0) return -EINVAL;
    if (key === 'ro' || key === 'rw') {
      file.readOnly = key === 'ro';
      return 0;
    }
    return addOption(file, key, key);
  }
  const value = task.mem.string(valueAddr, KEY_MAX, EINVAL);
  if (typeof value === 'number') return value;
  if (key === 'source') file.source = value;
  else return value.includes(',') ? -EINVAL : addOption(file, key, `${key}=${value}`);
  return 0;
}

function addOption(file: FsContextFile, key: string, option: string): number {
  if (file.options.length >= OPTIONS_MAX) return -EINVAL;
  if (!knowsOption(file.type, option)) {
    file.complain(`Unknown parameter '${key}' or bad value`);
    return -EINVAL;
  }
  file.options.push(option);
  return 0;
}

/** Walks a (dirfd, path) argument; `empty` allows an empty path. 0 or -errno, the place in `walk`. */
function place(task: Task, dirfd: number, addr: number, follow: boolean, empty: boolean): number {
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  return walk.from(task, dirfd, path, (follow ? FOLLOW : 0) | (empty ? EMPTY : 0));
}

function openTree(task: Task, dirfd: number, addr: number, flags: number): number {
  if ((flags & ~OPEN_TREE_KNOWN) !== 0) return -EINVAL;
  const clone = (flags & OPEN_TREE_CLONE) !== 0;
  if ((flags & AT_RECURSIVE) !== 0 && !clone) return -EINVAL;
  if (clone && !mayMount(task)) return -EPERM;
  const result = place(task, dirfd, addr, (flags & AT_SYMLINK_NOFOLLOW) === 0, (flags & AT_EMPTY_PATH) !== 0);
  if (result !== 0) return result;
  const { mount, dentry } = walk;
  const cloexec = (flags & O_CLOEXEC) !== 0;
  if (!clone) {
    const file = openFound(task, mount, dentry, O_PATH);
    return typeof file === 'number' ? file : install(task, file, cloexec);
  }
  if (mount.unbindable || (!isIn(task.ns.mount, mount) && !mount.anonymous)) return -EINVAL;
  return install(task, new MountFile((flags & AT_RECURSIVE) !== 0 ? copyTree(mount, dentry, true) : copyMount(mount, dentry)), cloexec);
}

/** struct mount_attr: set, clear, propagation, user namespace. */
function setAttributes(task: Task, mounts: readonly Mount[], addr: number, size: number): number {
  if (size < SETATTR_SIZE) return -EINVAL;
  if (size > 4096) return -E2BIG;
  if (!task.mem.in(addr, size)) return -EFAULT;
  const { view, bytes } = task.mem;
  for (let i = SETATTR_SIZE; i < size; i += 1) if (bytes[i] !== 0) return -E2BIG;
  const set = view.getUint32(0, true);
  const clear = view.getUint32(8, true);
  const propagation = view.getUint32(16, true);
  if (view.getUint32(4, true) !== 0 || view.getUint32(12, true) !== 0 || view.getUint32(20, true) !== 0) return -EINVAL;
  if (((set | clear) & ~ATTRIBUTES_KNOWN) !== 0) return -EINVAL;
  if (![0, MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE].includes(propagation)) return -EINVAL;
  const atimeClear = clear & MOUNT_ATTR__ATIME;
  if (atimeClear !== 0 && atimeClear !== MOUNT_ATTR__ATIME) return -EINVAL;
  if ((set & MOUNT_ATTR__ATIME) !== 0 && atimeClear === 0) return -EINVAL;
  const atime = attributeFlags(set & MOUNT_ATTR__ATIME);
  if (atime < 0) return atime;
  if ((set & MOUNT_ATTR_RDONLY) !== 0 && hasWriters(task, mounts)) return -EBUSY;
  for (const mount of mounts) {
    for (const [bit, flag] of ATTRIBUTES) {
      if ((clear & bit) !== 0) mount.flags &= ~flag;
      if ((set & bit) !== 0) mount.flags |= flag;
    }
    if (atimeClear !== 0) mount.flags = (mount.flags & ~(MS_NOATIME | MS_RELATIME)) | atime;
    if (propagation !== 0) setPropagation(mount, propagation);
  }
  task.ns.mount.touch();
  return 0;
}

export const handlers = {
  /** fsopen(2). */
  fsopen: (task, nameAddr, flags) => {
    if (!mayMount(task)) return -EPERM;
    if ((flags & ~FSOPEN_CLOEXEC) !== 0) return -EINVAL;
    const name = task.mem.string(nameAddr, KEY_MAX, EINVAL);
    if (typeof name === 'number') return name;
    if (!fileSystemNames().includes(name)) {
      task.kernel.counters.refused(`mount type ${name}`);
      return -ENODEV;
    }
    return install(task, new FsContextFile(anonInode, name, null), (flags & FSOPEN_CLOEXEC) !== 0);
  },

  /** fsconfig(2). Options are strings and flags; binary, path and descriptor values are refused. */
  fsconfig: (task, fd, cmd, keyAddr, value, aux) => {
    const file = context(task, fd);
    if (typeof file === 'number') return file;
    if (cmd === FSCONFIG_CMD_CREATE || cmd === FSCONFIG_CMD_CREATE_EXCL || cmd === FSCONFIG_CMD_RECONFIGURE) {
      if (keyAddr !== 0 || value !== 0 || aux !== 0) return -EINVAL;
      if (cmd !== FSCONFIG_CMD_RECONFIGURE) return create(task, file);
      if (file.picked === null) return -EINVAL;
      const changed = file.options.length === 0 ? 0 : file.picked.superBlock.reconfigure(file.options.join(','));
      if (changed !== 0) return changed;
      file.picked.superBlock.readOnly = file.readOnly;
      return 0;
    }
    if (cmd !== FSCONFIG_SET_FLAG && cmd !== FSCONFIG_SET_STRING) return -EOPNOTSUPP;
    if (aux !== 0 || keyAddr === 0) return -EINVAL;
    const key = task.mem.string(keyAddr, KEY_MAX, EINVAL);
    return typeof key === 'number' ? key : setOption(task, file, key, value, cmd === FSCONFIG_SET_FLAG);
  },

  /** fsmount(2). */
  fsmount: (task, fd, flags, attributes) => {
    if (!mayMount(task)) return -EPERM;
    if ((flags & ~FSMOUNT_CLOEXEC) !== 0) return -EINVAL;
    const kept = attributeFlags(attributes);
    if (kept < 0) return kept;
    const file = context(task, fd);
    if (typeof file === 'number') return file;
    if (file.superBlock === null) return -EINVAL;
    if (file.mounted) return -EBUSY;
    file.mounted = true;
    return install(task, new MountFile(mountOf(file.superBlock, kept, file.source || 'none')), (flags & FSMOUNT_CLOEXEC) !== 0);
  },

  /** fspick(2). */
  fspick: (task, dirfd, path, flags) => {
    if (!mayMount(task)) return -EPERM;
    if ((flags & ~(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH)) !== 0) return -EINVAL;
    const result = place(task, dirfd, path, (flags & FSPICK_SYMLINK_NOFOLLOW) === 0, (flags & FSPICK_EMPTY_PATH) !== 0);
    if (result !== 0) return result;
    if (walk.dentry !== walk.mount.root) return -EINVAL;
    const file = new FsContextFile(anonInode, walk.mount.superBlock.type, walk.mount);
    file.readOnly = walk.mount.superBlock.readOnly;
    return install(task, file, (flags & FSPICK_CLOEXEC) !== 0);
  },

  /** open_tree(2). */
  open_tree: openTree,

  /** move_mount(2). MOVE_MOUNT_SET_GROUP and MOVE_MOUNT_BENEATH are refused. */
  move_mount: (task, fromFd, fromPath, toFd, toPath, flags) => {
    if (!mayMount(task)) return -EPERM;
    if ((flags & ~MOVE_KNOWN) !== 0) return -EINVAL;
    let result = place(task, fromFd, fromPath, (flags & MOVE_MOUNT_F_SYMLINKS) !== 0, (flags & MOVE_MOUNT_F_EMPTY_PATH) !== 0);
    if (result !== 0) return result;
    const { mount, dentry } = walk;
    result = place(task, toFd, toPath, (flags & MOVE_MOUNT_T_SYMLINKS) !== 0, (flags & MOVE_MOUNT_T_EMPTY_PATH) !== 0);
    if (result !== 0) return result;
    const to = walk.path;
    if (!isIn(task.ns.mount, to.mount) || dentry !== mount.root) return -EINVAL;
    if (mount.root.inode?.isDirectory !== to.dentry.inode?.isDirectory) return -EINVAL;
    if (to.dentry.unlinked) return -ENOENT;
    if (mount.mountpoint === null) return mount.anonymous ? attachTree(mount, to, task.ns.mount) : -EINVAL;
    return isIn(task.ns.mount, mount) ? moveTree(mount, to, task.ns.mount) : -EINVAL;
  },

  /** mount_setattr(2). Mapped mounts (MOUNT_ATTR_IDMAP) are refused. */
  mount_setattr: (task, dirfd, path, flags, addr, size) => {
    if ((flags & ~(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) !== 0) return -EINVAL;
    if (!mayMount(task)) return -EPERM;
    const result = place(task, dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) === 0, (flags & AT_EMPTY_PATH) !== 0);
    if (result !== 0) return result;
    const { mount, dentry } = walk;
    if (dentry !== mount.root || (!isIn(task.ns.mount, mount) && !bottomOf(mount).anonymous)) return -EINVAL;
    return setAttributes(task, (flags & AT_RECURSIVE) !== 0 ? [...mount.subtree()] : [mount], addr, size);
  },
} satisfies Handlers;
