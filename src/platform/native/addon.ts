/** The Node-API addon (native/addon.c), typed. Results are the host's, or -errno. */
import { createRequire } from 'node:module';

export type CallArg = number | string | Uint8Array | Int32Array | Float64Array;

export interface Addon {
  call(nr: number, ...args: CallArg[]): number;
  arena(size: number): ArrayBuffer | number;
  mapSlot(offset: number, length: number, fd: number, fileOffset: number): number;
  wake(offset: number): number;
  now(): number;
  wait(
    indices: Int32Array,
    count: number,
    spin: number,
    yields: number,
    deadlineNs: number,
    value: number,
    flags: number,
    mode: number,
  ): number;
  vmRead(pid: number, addr: number, target: Uint8Array, offset: number, length: number): number;
  vmWrite(pid: number, addr: number, source: Uint8Array, offset: number, length: number): number;
  read(fd: number, target: Uint8Array, offset: number, length: number, position: number): number;
  write(fd: number, source: Uint8Array, offset: number, length: number, position: number): number;
  sendFd(socket: number, fd: number): number;
  receive(socket: number, target: Uint8Array, fds: Int32Array, flags: number): number;
  zygote(stubFd: number, socket: number, processFd: number, globalFd: number): number;
  watch(op: number, fd: number, events: number): number;
  collect(pairs: Int32Array): number;
  rearm(): number;
}

/** Bits of the flag word, raised by the addon's signal handler and watcher thread. */
export const FLAG_CHILD = 1;
export const FLAG_WATCH = 2;

export function loadAddon(path: string): Addon {
  return createRequire(import.meta.url)(path) as Addon;
}
