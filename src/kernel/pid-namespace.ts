/**
 * Pid namespaces (pid_namespaces(7)). Every task, process group and session has one number in the kernel, which is the first
 * namespace's; a namespace below it keeps numbers of its own beside it.
 */
import { EAGAIN, EEXIST } from '#abi/errno.ts';
import { PlainNamespace } from './namespaces.ts';
import type { ThreadGroup } from './thread-group.ts';

const MAX_LEVEL = 32;
const FIRST_AFTER_WRAP = 300;

export class PidNamespace extends PlainNamespace {
  readonly parent: PidNamespace | null;
  readonly level: number;
  readonly #max: number;
  /** Its pid 1; null before there was one. The first namespace's is Kernel.init. */
  init: ThreadGroup | null = null;
  /** Its init is gone: nobody can be born here any more. */
  dying = false;
  readonly #inner = new Map<number, number>();
  readonly #outer = new Map<number, number>();
  #last = 0;

  constructor(parent: PidNamespace | null, max: number) {
    super('pid');
    this.parent = parent;
    this.level = parent === null ? 0 : parent.level + 1;
    this.#max = max;
  }
  get isFull(): boolean {
    return this.level > MAX_LEVEL;
  }
  /** The kernel's number as those inside see it; 0 if they do not. */
  inside(id: number): number {
    return this.parent === null ? id : (this.#inner.get(id) ?? 0);
  }
  /** A number as a process inside gives it, in the kernel's terms; -1 if it means nothing here. */
  from(inner: number): number {
    return this.parent === null ? inner : (this.#outer.get(inner) ?? -1);
  }
  isBelow(other: PidNamespace): boolean {
    for (let at: PidNamespace | null = this; at !== null; at = at.parent) if (at === other) return true;
    return false;
  }

  /** Gives the kernel's number `id` one of its own, `wanted` if that is not 0. The number, -EEXIST or -EAGAIN. */
  enter(id: number, wanted: number): number {
    let number = wanted;
    if (wanted !== 0) {
      if (this.#outer.has(wanted)) return -EEXIST;
    } else {
      for (let tries = 0; ; tries += 1) {
        if (tries > this.#max) return -EAGAIN;
        this.#last += 1;
        if (this.#last >= this.#max) this.#last = FIRST_AFTER_WRAP;
        if (!this.#outer.has(this.#last)) break;
      }
      number = this.#last;
    }
    this.#inner.set(id, number);
    this.#outer.set(number, id);
    return number;
  }
  forget(id: number): void {
    const number = this.#inner.get(id);
    if (number === undefined) return;
    this.#inner.delete(id);
    this.#outer.delete(number);
  }
}
