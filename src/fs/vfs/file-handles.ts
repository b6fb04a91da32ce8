/**
 * File handles: numbers by which a file is found again without its name (name_to_handle_at(2)). A handle is good while the
 * file exists, and while not so many others were made that it was forgotten: then it is stale, as Linux's may become.
 */
import { ESTALE } from '#abi/errno.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import type { SuperBlock } from './super-block.ts';

export const HANDLE_BYTES = 16;
/** FILEID_INO64_GEN. */
export const HANDLE_TYPE = 0x81;
const REMEMBERED_MAX = 16384;

const generations = new WeakMap<Inode, number>();
/** By generation, oldest first. A dentry holds its inode, so that both stay while the handle is known. */
const remembered = new Map<number, Dentry>();
let lastGeneration = 0;

/** The generation that, with its inode number, stands for `dentry`'s inode. */
export function generationOf(dentry: Dentry): number {
  const inode = dentry.inode as Inode;
  let generation = generations.get(inode);
  if (generation === undefined) {
    generation = ++lastGeneration;
    generations.set(inode, generation);
  } else remembered.delete(generation);
  remembered.set(generation, dentry);
  if (remembered.size > REMEMBERED_MAX) {
    const [oldest] = remembered.keys();
    remembered.delete(oldest as number);
  }
  return generation;
}

/** The dentry that a handle stands for, or -ESTALE. */
export function dentryOf(superBlock: SuperBlock, ino: number, generation: number): Dentry | number {
  const known = remembered.get(generation);
  const inode = known?.inode ?? null;
  if (known === undefined || inode === null || inode.ino !== ino || inode.superBlock !== superBlock) return -ESTALE;
  if (inode.nlink === 0 && inode.opens === 0) {
    remembered.delete(generation);
    return -ESTALE;
  }
  return known.unlinked ? (inode.dentry ?? known) : known;
}
