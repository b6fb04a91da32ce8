/**
 * Names of unix sockets: paths, which are socket inodes of the VFS, and abstract names. A name's bytes are those of
 * sun_path; addresses are struct sockaddr_un.
 */
import { EACCES, EADDRINUSE, ECONNREFUSED, EEXIST, EINVAL, ENOSPC, EPROTOTYPE } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { AF_UNIX } from '#abi/socket.ts';
import { S_IFMT, S_IFSOCK } from '#abi/stat.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { makeNode } from '#fs/vfs/names.ts';
import { MAY_WRITE, permission } from '#fs/vfs/permission.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { UnixSocket } from './unix-socket.ts';

/** Family and sun_path. */
const MAX_ADDRESS = 110;
const FAMILY_SIZE = 2;

/** Sockets bound to inodes. */
const byInode = new WeakMap<Inode, UnixSocket>();
/** Sockets bound to abstract names: network namespace, type and name. */
const byName = new Map<string, UnixSocket>();
let lastAutobind = 0;

export const UNNAMED = new Uint8Array([AF_UNIX, 0]);

/** The name in an address as a Latin-1 string: a path, or '\0' and an abstract name; '' asks for autobind. Or -EINVAL. */
export function parseAddress(address: Uint8Array): string | number {
  if (address.length < FAMILY_SIZE || address.length > MAX_ADDRESS) return -EINVAL;
  if (((address[0] as number) | ((address[1] as number) << 8)) !== AF_UNIX) return -EINVAL;
  if (address.length === FAMILY_SIZE) return '';
  let text = '';
  for (const byte of address.subarray(FAMILY_SIZE)) text += String.fromCharCode(byte);
  if (text.charCodeAt(0) === 0) return text;
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** The sockaddr_un of a name: paths end with a NUL. */
function addressOf(name: string): Uint8Array {
  const path = name.charCodeAt(0) !== 0;
  const bytes = new Uint8Array(FAMILY_SIZE + name.length + (path ? 1 : 0));
  bytes[0] = AF_UNIX;
  for (let i = 0; i < name.length; i += 1) bytes[FAMILY_SIZE + i] = name.charCodeAt(i);
  return bytes;
}

function abstractKey(task: Task, type: number, name: string): string {
  return `${task.ns.net.inode}:${type}:${name}`;
}

/** What a socket holds of its name: to take it back at close. */
export interface Binding {
  readonly address: Uint8Array;
  unbind(socket: UnixSocket): void;
}

export function bindName(task: Task, socket: UnixSocket, name: string): Binding | number {
  if (name === '') return autobind(task, socket);
  if (name.charCodeAt(0) === 0) return bindAbstract(task, socket, name);
  const made = makeNode(task, AT_FDCWD, name, S_IFSOCK | 0o777, 0, 0);
  if (made < 0) return made === -EEXIST ? -EADDRINUSE : made;
  const found = walk.from(task, AT_FDCWD, name, 0);
  if (found < 0) return found;
  const { inode } = walk;
  byInode.set(inode, socket);
  return {
    address: addressOf(name),
    unbind(owner) {
      if (byInode.get(inode) === owner) byInode.delete(inode);
    },
  };
}

function bindAbstract(task: Task, socket: UnixSocket, name: string): Binding | number {
  const key = abstractKey(task, socket.type, name);
  if (byName.has(key)) return -EADDRINUSE;
  byName.set(key, socket);
  return {
    address: addressOf(name),
    unbind() {
      byName.delete(key);
    },
  };
}

/** An abstract name of five hexadecimal digits that nobody has. */
export function autobind(task: Task, socket: UnixSocket): Binding | number {
  for (let tries = 0; tries < 0x100000; tries += 1) {
    lastAutobind = (lastAutobind + 1) & 0xfffff;
    const binding = bindAbstract(task, socket, `\0${lastAutobind.toString(16).padStart(5, '0')}`);
    if (typeof binding !== 'number') return binding;
  }
  return -ENOSPC;
}

/** The socket of a given type under a name, for connect and sendto; or -errno. */
export function findSocket(task: Task, type: number, name: string): UnixSocket | number {
  if (name === '') return -EINVAL;
  if (name.charCodeAt(0) === 0) return byName.get(abstractKey(task, type, name)) ?? -ECONNREFUSED;
  const result = walk.from(task, AT_FDCWD, name, FOLLOW);
  if (result < 0) return result;
  const { inode } = walk;
  if (permission(task.creds, inode, MAY_WRITE) !== 0) return -EACCES;
  if ((inode.mode & S_IFMT) !== S_IFSOCK) return -ECONNREFUSED;
  const socket = byInode.get(inode);
  if (socket === undefined) return -ECONNREFUSED;
  return socket.type === type ? socket : -EPROTOTYPE;
}

/** For /proc/net/unix: abstract sockets and their names. */
export function abstractSockets(): Iterable<[string, UnixSocket]> {
  return byName;
}
