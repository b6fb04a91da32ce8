/** Building blocks of sysfs: attributes (small files of one value) and trees of directories given by paths. */
import { EACCES } from '#abi/errno.ts';
import { DT_DIR, DT_REG } from '#abi/fcntl.ts';
import { type EntryList, type Generate, ListedDirectory, PseudoFile, type PseudoEntry } from '../pseudo/pseudo.ts';

/** What stat(2) says of every attribute. */
const ATTRIBUTE_SIZE = 4096;

/** A read-only file; `value` is its text without the newline, or makes the text with it. */
export function attribute(name: string, value: string | number | Generate): PseudoEntry {
  const generate = typeof value === 'function' ? value : () => `${value}\n`;
  return {
    name,
    type: DT_REG,
    make: (superBlock) => {
      const made = new PseudoFile(superBlock, 0o444, generate);
      made.size = ATTRIBUTE_SIZE;
      made.refuseWriters = -EACCES;
      return made;
    },
  };
}

export function directory(name: string, list: EntryList): PseudoEntry {
  return { name, type: DT_DIR, make: (superBlock) => new ListedDirectory(superBlock, list, 0o755) };
}

/** Directories as the paths to their entries say: ["class/tty", entry], ... An empty list of entries makes an empty directory. */
export function tree(rows: readonly (readonly [string, readonly PseudoEntry[]])[]): PseudoEntry[] {
  interface Node {
    readonly below: Map<string, Node>;
    readonly entries: PseudoEntry[];
  }
  const top: Node = { below: new Map(), entries: [] };
  for (const [path, entries] of rows) {
    let node = top;
    for (const name of path.split('/')) {
      if (name === '') continue;
      let next = node.below.get(name);
      if (next === undefined) node.below.set(name, (next = { below: new Map(), entries: [] }));
      node = next;
    }
    node.entries.push(...entries);
  }
  const list = (node: Node): PseudoEntry[] => [...[...node.below].map(([name, below]) => directory(name, list(below))), ...node.entries];
  return list(top);
}
