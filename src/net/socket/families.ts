/** Making sockets by family, type and protocol. Families that are not there yet are refused and counted. */
import { EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '#abi/errno.ts';
import * as names from '#abi/socket.ts';
import {
  AF_MAX,
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOCK_TYPE_MASK,
} from '#abi/socket.ts';
import type { Task } from '#kernel/task.ts';
import type { Socket } from './socket.ts';
import { unixPair, UnixSocket } from './unix-socket.ts';

const LAST_TYPE = 10;

/** 0 or -errno. */
function checkType(type: number): number {
  if ((type & ~(SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return -EINVAL;
  const kind = type & SOCK_TYPE_MASK;
  return kind > LAST_TYPE ? -EINVAL : 0;
}

/** The type of a unix socket, or -errno. */
function unixType(type: number, protocol: number): number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  const kind = type & SOCK_TYPE_MASK;
  if (kind === SOCK_RAW) return SOCK_DGRAM;
  return kind === SOCK_STREAM || kind === SOCK_DGRAM || kind === SOCK_SEQPACKET ? kind : -ESOCKTNOSUPPORT;
}

function refuse(task: Task, family: number): number {
  if (family >= 0 && family < AF_MAX) {
    const name = Object.entries(names).find(([key, value]) => key.startsWith('AF_') && value === family)?.[0] ?? `family ${family}`;
    task.kernel.counters.refused(`socket ${name}`);
  }
  return -EAFNOSUPPORT;
}

export function newSocket(task: Task, family: number, type: number, protocol: number): Socket | number {
  const bad = checkType(type);
  if (bad < 0) return bad;
  if (family !== AF_UNIX) return refuse(task, family);
  const kind = unixType(type, protocol);
  return kind < 0 ? kind : new UnixSocket(task, kind, type & SOCK_NONBLOCK);
}

export function newPair(task: Task, family: number, type: number, protocol: number): [Socket, Socket] | number {
  const bad = checkType(type);
  if (bad < 0) return bad;
  if (family !== AF_UNIX) return refuse(task, family);
  const kind = unixType(type, protocol);
  return kind < 0 ? kind : unixPair(task, kind, type & SOCK_NONBLOCK);
}
