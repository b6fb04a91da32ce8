/**
 * The host descriptors of one file: opened at the first read, write or mapping, no wider than needed, kept for the next time,
 * and closed when too many are open (second-chance order). A file without a name cannot be opened again, so its descriptors are pinned.
 */
import { EACCES, EPERM, EROFS, ETXTBSY } from '#abi/errno.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '#abi/fcntl.ts';
import type { HostPlace, HostTree } from './host-tree.ts';

/** Cached descriptors at most; far below the sandbox's limit, which the launch raises to at least 4096. */
const LIMIT = 512;
const O_NONBLOCK = 0o4000;
const open = new Set<HostHandle>();

export class HostHandle {
  readonly tree: HostTree;
  place: HostPlace;
  #readFd = -1;
  #writeFd = -1;
  #used = false;
  /** The file has no name any more. */
  pinned = false;

  constructor(tree: HostTree, place: HostPlace) {
    this.tree = tree;
    this.place = place;
  }

  /** A descriptor that reads; for mapping, one that only reads. */
  forReading(only = false): number {
    this.#used = true;
    if (this.#readFd >= 0) return this.#readFd;
    if (!only && this.#writeFd >= 0) return this.#writeFd;
    return this.#take(this.tree.open(this.place, O_RDONLY | O_NONBLOCK), false);
  }
  /** A descriptor that writes, and reads if the host allows it. */
  forWriting(): number {
    this.#used = true;
    if (this.#writeFd >= 0) return this.#writeFd;
    let fd = this.tree.open(this.place, O_RDWR | O_NONBLOCK);
    if (fd === -EACCES || fd === -EPERM) fd = this.tree.open(this.place, O_WRONLY | O_NONBLOCK);
    if (fd === -EROFS || fd === -ETXTBSY) return fd;
    return this.#take(fd, true);
  }
  /** Takes over a descriptor that creating the file left. */
  adopt(fd: number): void {
    this.#take(fd, true);
  }
  /** Any descriptor that is open, -1 if none. */
  get anyFd(): number {
    return this.#writeFd >= 0 ? this.#writeFd : this.#readFd;
  }

  #take(fd: number, writes: boolean): number {
    if (fd < 0) return fd;
    if (writes) this.#writeFd = fd;
    else this.#readFd = fd;
    open.delete(this);
    open.add(this);
    if (open.size > LIMIT) closeOldest(this);
    return fd;
  }

  /** True if it was not used since the last question. */
  rest(): boolean {
    const was = this.#used;
    this.#used = false;
    return !was && !this.pinned;
  }
  close(): void {
    open.delete(this);
    if (this.#readFd >= 0) this.tree.close(this.#readFd);
    if (this.#writeFd >= 0) this.tree.close(this.#writeFd);
    this.#readFd = this.#writeFd = -1;
  }
}

function closeOldest(keep: HostHandle): void {
  let tries = 2 * LIMIT;
  for (const handle of open) {
    if (open.size <= LIMIT || tries === 0) return;
    tries -= 1;
    if (handle !== keep && handle.rest()) handle.close();
    else {
      open.delete(handle);
      open.add(handle);
    }
  }
}
