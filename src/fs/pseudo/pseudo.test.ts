import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { EACCES, EIO, ENOENT, EPERM } from '#abi/errno.ts';
import { O_RDONLY, O_RDWR, SEEK_SET } from '#abi/fcntl.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from '../vfs/inode.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import { SuperBlock } from '../vfs/super-block.ts';
import { attribute, directory, file, link, ListedDirectory, type PseudoEntry } from './pseudo.ts';

/** Nothing here asks the task for anything. */
const task = null as unknown as Task;
const path = null as never;

class Fs extends SuperBlock {
  readonly type: string;
  readonly root: ListedDirectory;
  constructor(type: string, entries: readonly PseudoEntry[]) {
    super();
    this.type = type;
    this.root = new ListedDirectory(this, entries, 0o555, 1);
  }
  statfs(): number {
    return -EPERM;
  }
}
function child(directoryInode: Inode, name: string): Inode {
  const found = directoryInode.lookup(task, name);
  if (typeof found === 'number') throw new Error(`${name}: ${found}`);
  return found;
}
function read(opened: OpenFile | number, pos: number, length = 100): string {
  if (typeof opened === 'number') throw new Error(`open: ${opened}`);
  const bytes = Buffer.alloc(length);
  const n = opened.read(task, new KernelIo(bytes), pos);
  return n < 0 ? String(n) : bytes.toString('latin1', 0, n);
}

test('a name keeps its inode, and readdir gives the number that stat gives', () => {
  const { root } = new Fs('proc', [file('a', () => 'x'), directory('d', [file('a', () => 'y')]), link('l', () => 'a')]);
  equal(child(root, 'a'), child(root, 'a'));
  equal(root.lookup(task, 'none'), -ENOENT);
  for (const { name, ino, type } of root.list(task)) {
    equal(child(root, name).ino, ino, name);
    equal(child(root, name).mode >>> 12, type, name);
  }
  notEqual(child(root, 'a').ino, child(child(root, 'd'), 'a').ino);
  equal(root.nlink, 3);
});

test('a reader sees one version of the text until it goes back to the start', () => {
  let version = 0;
  const { root } = new Fs('proc', [file('counter', () => `version ${(version += 1)}\n`)]);
  const opened = child(root, 'counter').open(task, O_RDONLY, path) as OpenFile;
  equal(read(opened, 0, 7), 'version');
  equal(read(opened, 7), ' 1\n');
  equal(read(opened, 10), '');
  equal(opened.seek(0, SEEK_SET), 0);
  equal(read(opened, 0), 'version 2\n');
});

test('an error of the generator is the error of the read', () => {
  const { root } = new Fs('proc', [file('gone', () => -ENOENT)]);
  equal(read(child(root, 'gone').open(task, O_RDONLY, path), 0), String(-ENOENT));
});

test('writes reach the one who accepts them; others fail at write, attributes at open', () => {
  const taken: string[] = [];
  const { root } = new Fs('proc', [
    file(
      'set',
      () => '',
      0o644,
      (_task, text) => taken.push(text) && text.length,
    ),
    file('fixed', () => ''),
    attribute('attribute', () => ''),
  ]);
  const write = (name: string) =>
    (child(root, name).open(task, O_RDWR, path) as OpenFile).write(task, new KernelIo(Buffer.from('value')), 0);
  equal(write('set'), 5);
  deepEqual(taken, ['value']);
  equal(write('fixed'), -EIO);
  equal(child(root, 'attribute').open(task, O_RDWR, path), -EACCES);
});

test('nothing can be made', () => {
  const make = (type: string) => {
    const { root } = new Fs(type, []);
    return [root.create(), root.mkdir()];
  };
  deepEqual(make('proc'), [-ENOENT, -ENOENT]);
  deepEqual(make('sysfs'), [-EACCES, -EPERM]);
});
