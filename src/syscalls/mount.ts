/** mount(2), umount2(2), pivot_root(2). */
import { EAGAIN, EBUSY, EFAULT, EINVAL, ELOOP, ENODEV, EPERM } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_MGC_MSK,
  MS_MGC_VAL,
  MS_MOVE,
  MS_NOATIME,
  MS_NODIRATIME,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from '#abi/mount.ts';
import type { Mount } from '#fs/vfs/mount.ts';
import { keptFlags, MOUNT_FLAGS, mountOf } from '#fs/vfs/mount.ts';
import { attachTree, copyMount, copyTree, inUse, isIn, moveTree, pivotRoot, setPropagation, unmountTree } from '#fs/vfs/mount-tree.ts';
import type { Path } from '#fs/vfs/path.ts';
import { newSuperBlock } from '#fs/vfs/registry.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import { mayMount } from '#kernel/process/user-namespace.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { walkDirectory } from './path-arguments.ts';

const PROPAGATION = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
const STRING_MAX = 4095;

/** An optional string argument: '' for a null pointer. */
function optional(task: Task, addr: number): string | number {
  return addr === 0 ? '' : task.mem.string(addr, STRING_MAX, EINVAL);
}

function mount(task: Task, sourceAddr: number, targetAddr: number, typeAddr: number, rawFlags: number, dataAddr: number): number {
  const type = optional(task, typeAddr);
  if (typeof type === 'number') return type;
  const source = optional(task, sourceAddr);
  if (typeof source === 'number') return source;
  const data = optional(task, dataAddr);
  const target = task.mem.path(targetAddr);
  if (typeof target === 'number') return target;
  let flags = (rawFlags % 4294967296) | 0;
  if ((flags & MS_MGC_MSK) === (MS_MGC_VAL | 0)) flags &= ~MS_MGC_MSK;
  flags &= ~MS_SILENT;
  const result = walk.from(task, AT_FDCWD, target, FOLLOW);
  if (result !== 0) return result;
  const place = walk.path;
  if (!mayMount(task)) return -EPERM;
  if (!isIn(task.ns.mount, place.mount)) return -EINVAL;
  if ((flags & MS_REMOUNT) !== 0) return remount(task, place, flags, data);
  if ((flags & MS_BIND) !== 0) return bind(task, source, place, (flags & MS_REC) !== 0);
  if ((flags & PROPAGATION) !== 0) return changePropagation(task, place, flags);
  if ((flags & MS_MOVE) !== 0) return moveFrom(task, source, place);
  if (typeAddr === 0) return -EINVAL;
  if (typeof data === 'number') return data === -EFAULT ? -EFAULT : -EINVAL;
  const superBlock = newSuperBlock(task, type, source, data, flags);
  if (typeof superBlock === 'number') {
    if (superBlock === -ENODEV) task.kernel.counters.refused(`mount type ${type}`);
    return superBlock;
  }
  const made = mountOf(superBlock, keptFlags(flags), source);
  const attached = attachTree(made, place, task.ns.mount);
  if (attached !== 0) {
    superBlock.mounts -= 1;
    if (superBlock.mounts === 0) superBlock.kill();
  }
  return attached;
}

function remount(task: Task, place: Path, flags: number, data: string | number): number {
  const { mount: at } = place;
  if (place.dentry !== at.root) return -EINVAL;
  const kept =
    (flags & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME | MS_NODIRATIME)) === 0
      ? (flags & MOUNT_FLAGS) | (at.flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME))
      : keptFlags(flags);
  if ((flags & MS_RDONLY) !== 0 && (at.flags & MS_RDONLY) === 0 && hasWriters(task, [at])) return -EBUSY;
  if ((flags & MS_BIND) === 0) {
    if (typeof data === 'number') return data === -EFAULT ? -EFAULT : -EINVAL;
    const changed = data === '' ? 0 : at.superBlock.reconfigure(data);
    if (changed !== 0) return changed;
    at.superBlock.readOnly = (flags & MS_RDONLY) !== 0;
  }
  at.flags = kept;
  task.ns.mount.touch();
  return 0;
}

/** Whether a descriptor that may write is open through one of `mounts`. */
export function hasWriters(task: Task, mounts: readonly Mount[]): boolean {
  for (const other of task.kernel.pids.tasks.values()) {
    if (other.exiting) continue;
    for (const fd of other.files.descriptors()) {
      const file = other.files.get(fd);
      if (file?.path && file.writable && file.seekable && mounts.includes(file.path.mount)) return true;
    }
  }
  return false;
}

function bind(task: Task, source: string, place: Path, recursive: boolean): number {
  if (source === '') return -EINVAL;
  const result = walk.from(task, AT_FDCWD, source, FOLLOW);
  if (result !== 0) return result;
  const { mount: from, dentry } = walk;
  if (!isIn(task.ns.mount, from) || from.unbindable) return -EINVAL;
  const copy = recursive ? copyTree(from, dentry, true) : copyMount(from, dentry);
  return attachTree(copy, place, task.ns.mount);
}

function changePropagation(task: Task, place: Path, flags: number): number {
  const type = flags & PROPAGATION;
  if ((flags & ~(PROPAGATION | MS_REC)) !== 0 || (type & (type - 1)) !== 0) return -EINVAL;
  if (place.dentry !== place.mount.root) return -EINVAL;
  const mounts = (flags & MS_REC) !== 0 ? [...place.mount.subtree()] : [place.mount];
  for (const each of mounts) setPropagation(each, type);
  task.ns.mount.touch();
  return 0;
}

function moveFrom(task: Task, source: string, place: Path): number {
  if (source === '') return -EINVAL;
  const result = walk.from(task, AT_FDCWD, source, FOLLOW);
  if (result !== 0) return result;
  const { mount: from, dentry } = walk;
  if (dentry !== from.root || from.mountpoint === null || !isIn(task.ns.mount, from)) return -EINVAL;
  if (from.root.inode?.isDirectory !== place.dentry.inode?.isDirectory) return -EINVAL;
  return moveTree(from, place, task.ns.mount);
}

function umount2(task: Task, addr: number, flags: number): number {
  if ((flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)) !== 0) return -EINVAL;
  const path = task.mem.path(addr);
  if (typeof path === 'number') return path;
  const result = walk.from(task, AT_FDCWD, path, (flags & UMOUNT_NOFOLLOW) !== 0 ? 0 : FOLLOW);
  if (result !== 0) return result;
  const { mount: at, dentry } = walk;
  if (!mayMount(task)) return -EPERM;
  if (dentry !== at.root || !isIn(task.ns.mount, at)) return -EINVAL;
  if ((flags & MNT_EXPIRE) !== 0 && (flags & (MNT_FORCE | MNT_DETACH)) !== 0) return -EINVAL;
  if (at.mountpoint === null || at === task.fs.root.mount) return (flags & MNT_DETACH) !== 0 ? -EINVAL : -EBUSY;
  const tasks = task.kernel.pids.tasks.values();
  if ((flags & MNT_DETACH) === 0) {
    if (at.children.length > 0 || inUse([at], tasks)) return -EBUSY;
    if ((flags & MNT_EXPIRE) !== 0 && !at.expiring) {
      at.expiring = true;
      return -EAGAIN;
    }
  }
  unmountTree(at, task.ns.mount, task.kernel.pids.tasks.values());
  return 0;
}

export const handlers = {
  /** mount(2). */
  mount,
  /** umount2(2). */
  umount2,

  /** pivot_root(2). */
  pivot_root: (task, newAddr, oldAddr) => {
    if (!mayMount(task)) return -EPERM;
    let result = walkDirectory(task, newAddr);
    if (result !== 0) return result;
    const newRoot = walk.path;
    result = walkDirectory(task, oldAddr);
    if (result !== 0) return result;
    const { root } = task.fs;
    result = pivotRoot(task.ns.mount, root, newRoot, walk.path);
    if (result !== 0) return result === -ELOOP ? -EBUSY : result;
    for (const other of task.kernel.pids.tasks.values()) {
      const { fs } = other;
      const wasRoot = fs.root.mount === root.mount && fs.root.dentry === root.dentry;
      if (fs.cwd.mount === root.mount && fs.cwd.dentry === root.dentry) fs.cwd = newRoot;
      if (wasRoot) fs.root = newRoot;
    }
    return 0;
  },
} satisfies Handlers;
