/** Asks a container's kernel (protocol.ts). */
import { syscalls } from '#abi/syscalls.ts';
import { Failure } from '../failure.ts';
import { host } from './host.ts';
import type { Request } from './protocol.ts';

const AF_UNIX = 1;
const SOCK_SEQPACKET_CLOEXEC = 0o2000005;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
const MAX_ANSWER = 1 << 18;
const EAGAIN = -11;
/** A kernel answers within microseconds, unless the machine is very busy or the container is frozen. */
export const ANSWER_S = 20;

/** The answer's text, waited for `seconds` (0: for ever). Throws Failure with the kernel's reason, or 'container not running' if there is no kernel. */
export function ask(directory: string, request: Request, seconds = ANSWER_S): string {
  const calls = host();
  const fd = calls.call(syscalls.socket.number, AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0);
  if (fd < 0) throw new Failure('state', `no socket (host error ${-fd})`);
  const before = process.cwd();
  try {
    process.chdir(directory); // by its relative name: a socket's path has at most 107 bytes
    const timeout = new Uint8Array(16);
    new DataView(timeout.buffer).setUint32(0, seconds, true);
    for (const option of [SO_RCVTIMEO, SO_SNDTIMEO])
      calls.call(syscalls.setsockopt.number, fd, SOL_SOCKET, option, timeout, timeout.length);
    const address = Buffer.from('\u0001\0control\0', 'latin1');
    const connected = calls.call(syscalls.connect.number, fd, address, address.length);
    if (connected < 0) throw new Failure('state', 'container not running');
    const text = Buffer.from(JSON.stringify(request), 'latin1');
    const sent = calls.call(syscalls.sendto.number, fd, text, text.length, MSG_NOSIGNAL, 0, 0);
    if (sent < 0) throw new Failure('state', 'container not running');
    const answer = Buffer.alloc(MAX_ANSWER);
    const n = calls.call(syscalls.recvfrom.number, fd, answer, answer.length, 0, 0, 0);
    if (n === EAGAIN) throw new Failure('state', `the container's kernel does not answer: is the container paused?`);
    if (n <= 0) throw new Failure('state', 'container not running');
    const reply = answer.toString('latin1', 0, n);
    if (!reply.startsWith('+')) throw new Failure('state', reply.slice(1));
    return reply.slice(1);
  } finally {
    process.chdir(before);
    calls.call(syscalls.close.number, fd);
  }
}
