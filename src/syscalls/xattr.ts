/** setxattr(2), getxattr(2), listxattr(2), removexattr(2), their l, f and *at forms. */
import { E2BIG, EFAULT, EINVAL, ERANGE } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '#abi/fcntl.ts';
import { XATTR_CREATE, XATTR_NAME_MAX, XATTR_REPLACE, XATTR_SIZE_MAX } from '#abi/xattr.ts';
import { getAttribute, listAttributes, removeAttribute, setAttribute } from '#fs/vfs/xattr.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { type Target, targetAt, targetOf } from './path-arguments.ts';

const AT_KNOWN = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
const XATTR_ARGS_SIZE = 16;

function readName(task: Task, addr: number): string | number {
  const name = task.mem.string(addr, XATTR_NAME_MAX, ERANGE);
  return name === '' ? -ERANGE : name;
}

function set(task: Task, find: () => Target | number, nameAddr: number, addr: number, size: number, flags: number): number {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) return -EINVAL;
  const name = readName(task, nameAddr);
  if (typeof name === 'number') return name;
  if (size > XATTR_SIZE_MAX) return -E2BIG;
  const value = new Uint8Array(size);
  if (task.mem.read(addr, value, 0, size) < 0) return -EFAULT;
  const target = find();
  return typeof target === 'number' ? target : setAttribute(task, target.inode, target.path, name, value, flags);
}

function get(task: Task, find: () => Target | number, nameAddr: number, addr: number, size: number): number {
  const name = readName(task, nameAddr);
  if (typeof name === 'number') return name;
  const target = find();
  if (typeof target === 'number') return target;
  const value = getAttribute(task, target.inode, target.path, name);
  if (typeof value === 'number') return value;
  if (size === 0) return value.length;
  if (value.length > size) return -ERANGE;
  return task.mem.write(addr, value, 0, value.length) < 0 ? -EFAULT : value.length;
}

function list(task: Task, target: Target | number, addr: number, size: number): number {
  if (typeof target === 'number') return target;
  const text = listAttributes(task, target.inode);
  if (typeof text === 'number') return text;
  if (size === 0) return text.length;
  if (text.length > size) return -ERANGE;
  return task.mem.write(addr, Buffer.from(text, 'latin1'), 0, text.length) < 0 ? -EFAULT : text.length;
}

function remove(task: Task, find: () => Target | number, nameAddr: number): number {
  const name = readName(task, nameAddr);
  if (typeof name === 'number') return name;
  const target = find();
  return typeof target === 'number' ? target : removeAttribute(task, target.inode, target.path, name);
}

/** struct xattr_args of the *at calls: value, size, flags. */
function readArgs(task: Task, addr: number, size: number): { value: number; size: number; flags: number } | number {
  if (size < XATTR_ARGS_SIZE) return -EINVAL;
  if (size > 4096) return -E2BIG;
  if (!task.mem.in(addr, size)) return -EFAULT;
  const { view, bytes } = task.mem;
  for (let i = XATTR_ARGS_SIZE; i < size; i += 1) if (bytes[i] !== 0) return -E2BIG;
  return {
    value: view.getUint32(0, true) + view.getUint32(4, true) * 4294967296,
    size: view.getUint32(8, true),
    flags: view.getUint32(12, true),
  };
}

const byPath = (task: Task, path: number, flags: number) => (): Target | number => targetAt(task, AT_FDCWD, path, flags);
const byFd = (task: Task, fd: number) => (): Target | number => targetOf(task, fd);

export const handlers = {
  setxattr: (task, path, name, value, size, flags) => set(task, byPath(task, path, 0), name, value, size, flags),
  lsetxattr: (task, path, name, value, size, flags) => set(task, byPath(task, path, AT_SYMLINK_NOFOLLOW), name, value, size, flags),
  fsetxattr: (task, fd, name, value, size, flags) => set(task, byFd(task, fd), name, value, size, flags),
  getxattr: (task, path, name, value, size) => get(task, byPath(task, path, 0), name, value, size),
  lgetxattr: (task, path, name, value, size) => get(task, byPath(task, path, AT_SYMLINK_NOFOLLOW), name, value, size),
  fgetxattr: (task, fd, name, value, size) => get(task, byFd(task, fd), name, value, size),
  listxattr: (task, path, addr, size) => list(task, targetAt(task, AT_FDCWD, path, 0), addr, size),
  llistxattr: (task, path, addr, size) => list(task, targetAt(task, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW), addr, size),
  flistxattr: (task, fd, addr, size) => list(task, targetOf(task, fd), addr, size),
  removexattr: (task, path, name) => remove(task, byPath(task, path, 0), name),
  lremovexattr: (task, path, name) => remove(task, byPath(task, path, AT_SYMLINK_NOFOLLOW), name),
  fremovexattr: (task, fd, name) => remove(task, byFd(task, fd), name),

  setxattrat: (task, dirfd, path, flags, name, args, size) => {
    if ((flags & ~AT_KNOWN) !== 0) return -EINVAL;
    const from = readArgs(task, args, size);
    return typeof from === 'number' ? from : set(task, () => targetAt(task, dirfd, path, flags), name, from.value, from.size, from.flags);
  },
  getxattrat: (task, dirfd, path, flags, name, args, size) => {
    if ((flags & ~AT_KNOWN) !== 0) return -EINVAL;
    const from = readArgs(task, args, size);
    if (typeof from === 'number') return from;
    return from.flags !== 0 ? -EINVAL : get(task, () => targetAt(task, dirfd, path, flags), name, from.value, from.size);
  },
  listxattrat: (task, dirfd, path, flags, addr, size) =>
    (flags & ~AT_KNOWN) !== 0 ? -EINVAL : list(task, targetAt(task, dirfd, path, flags), addr, size),
  removexattrat: (task, dirfd, path, flags, name) =>
    (flags & ~AT_KNOWN) !== 0 ? -EINVAL : remove(task, () => targetAt(task, dirfd, path, flags), name),
} satisfies Handlers;
