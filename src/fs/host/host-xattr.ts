/** Extended attributes of host files: user.*, trusted.* and security.capability; nothing else of the host's is shown. */
import { ENODATA, EOPNOTSUPP } from '#abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '#abi/stat.ts';
import { syscalls } from '#abi/syscalls.ts';
import { XATTR_LIST_MAX, XATTR_SIZE_MAX } from '#abi/xattr.ts';
import type { HostHandle } from './host-handle.ts';

export function isShown(name: string): boolean {
  return name.startsWith('user.') || name.startsWith('trusted.') || name === 'security.capability';
}

/** A descriptor to ask, or -errno: only regular files and directories are opened for it. */
function descriptor(handle: HostHandle, mode: number): number {
  const type = mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFDIR) return -EOPNOTSUPP;
  return handle.anyFd >= 0 ? handle.anyFd : handle.forReading();
}

export function hostXattr(handle: HostHandle, mode: number, name: string): Uint8Array | number {
  if (!isShown(name)) return -ENODATA;
  const fd = descriptor(handle, mode);
  if (fd < 0) return -ENODATA;
  const value = new Uint8Array(XATTR_SIZE_MAX);
  const n = handle.tree.host.call(syscalls.fgetxattr.number, fd, name, value, value.length);
  return n < 0 ? -ENODATA : value.slice(0, n);
}

export function hostXattrNames(handle: HostHandle, mode: number): string[] | number {
  const fd = descriptor(handle, mode);
  if (fd < 0) return [];
  const list = new Uint8Array(XATTR_LIST_MAX);
  const n = handle.tree.host.call(syscalls.flistxattr.number, fd, list, list.length);
  if (n <= 0) return [];
  return Buffer.from(list.buffer, 0, n).toString('latin1', 0, n).split('\0').filter(isShown);
}
