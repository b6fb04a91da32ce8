import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, RENAME_EXCHANGE } from '#abi/fcntl.ts';
import { HostTree } from '#fs/host/host-tree.ts';
import { changeMode } from '#fs/vfs/attributes.ts';
import { makeDirectory, makeLink, removeDirectory, removeName, rename } from '#fs/vfs/names.ts';
import { openPath } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { openHostPath, realHost, testTask } from '#fs/vfs/test-task.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';
import { OverlayFs } from './overlay.ts';

const CWD = -100;
const host = realHost();
const skip = host === null ? 'the addon is not built' : false;

/** An overlay over a fresh host directory that `fill` prepares; the host calls made after that are counted. */
function overlay(fill: (dir: string) => void): { task: Task; dir: string; calls: { count: number }; end(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'belljar-overlay-'));
  fill(dir);
  const real = host as HostCalls;
  const calls = { count: 0 };
  const counting: HostCalls = {
    call: (nr, ...args) => {
      calls.count += 1;
      return real.call(nr, ...args);
    },
    read: real.read,
    write: real.write,
    receive: real.receive,
  };
  const task = testTask(new OverlayFs(new HostTree(counting, openHostPath(real, dir), null)), counting);
  return { task, dir, calls, end: () => rmSync(dir, { recursive: true }) };
}
function open(task: Task, path: string, flags: number, mode = 0o644): OpenFile {
  const file = openPath(task, CWD, path, flags, mode);
  assert.equal(typeof file, 'object', `open ${path}: ${file}`);
  return file as OpenFile;
}
function slurp(task: Task, path: string): string {
  const file = open(task, path, O_RDONLY);
  const bytes = new Uint8Array(1000);
  const n = file.read(task, new KernelIo(bytes), 0);
  file.put();
  return Buffer.from(bytes.subarray(0, n)).toString('latin1');
}
function list(task: Task, path: string): string[] {
  const file = open(task, path, O_RDONLY | O_DIRECTORY);
  const names: string[] = [];
  file.readdir(task, (name) => {
    names.push(name);
    return true;
  });
  file.put();
  return names.filter((name) => name !== '.' && name !== '..').sort();
}
function write(task: Task, path: string, flags: number, text: string): void {
  const file = open(task, path, flags);
  assert.equal(file.write(task, new KernelIo(Buffer.from(text)), 0), text.length);
  file.put();
}

test('writes stay in memory, and keep inode number and device', { skip }, () => {
  const { task, dir, end } = overlay((at) => writeFileSync(join(at, 'f'), 'below'));
  walk.from(task, CWD, '/f', FOLLOW);
  const { ino } = walk.inode;
  const early = open(task, '/f', O_RDONLY);
  write(task, '/f', O_RDWR, 'ABO');
  assert.equal(slurp(task, '/f'), 'ABOow');
  assert.equal(readFileSync(join(dir, 'f'), 'latin1'), 'below');
  walk.from(task, CWD, '/f', FOLLOW);
  assert.equal(walk.inode.ino, ino);
  const bytes = new Uint8Array(5);
  early.read(task, new KernelIo(bytes), 0);
  assert.equal(Buffer.from(bytes).toString(), 'ABOow');
  write(task, '/f', O_WRONLY | O_TRUNC, 'x');
  assert.equal(slurp(task, '/f'), 'x');
  end();
});

test('removed names stay removed, and may be made again', { skip }, () => {
  const { task, dir, end } = overlay((at) => {
    mkdirSync(join(at, 'd'));
    writeFileSync(join(at, 'd/a'), 'a');
    writeFileSync(join(at, 'd/b'), 'b');
  });
  assert.equal(removeName(task, CWD, '/d/a'), 0);
  assert.equal(removeName(task, CWD, '/d/a'), -2);
  assert.deepEqual(list(task, '/d'), ['b']);
  assert.equal(removeDirectory(task, CWD, '/d'), -39);
  write(task, '/d/a', O_CREAT | O_RDWR, 'new');
  assert.deepEqual(list(task, '/d'), ['a', 'b']);
  removeName(task, CWD, '/d/a');
  removeName(task, CWD, '/d/b');
  assert.equal(removeDirectory(task, CWD, '/d'), 0);
  assert.equal(makeDirectory(task, CWD, '/d', 0o40755), 0);
  assert.deepEqual(list(task, '/d'), []);
  assert.ok(existsSync(join(dir, 'd/a')));
  end();
});

test('a directory of the host is renamed with all that is below it', { skip }, () => {
  const { task, end } = overlay((at) => {
    mkdirSync(join(at, 'x/y'), { recursive: true });
    writeFileSync(join(at, 'x/y/f'), 'deep');
    mkdirSync(join(at, 'z'));
  });
  write(task, '/x/y/new', O_CREAT | O_RDWR, 'upper');
  assert.equal(rename(task, CWD, '/x', CWD, '/z/w', 0), 0);
  assert.equal(slurp(task, '/z/w/y/f'), 'deep');
  assert.equal(slurp(task, '/z/w/y/new'), 'upper');
  assert.deepEqual(list(task, '/'), ['z']);
  assert.equal(makeDirectory(task, CWD, '/x', 0o40755), 0);
  assert.deepEqual(list(task, '/x'), []);
  assert.equal(rename(task, CWD, '/x', CWD, '/z', RENAME_EXCHANGE), 0);
  assert.deepEqual(list(task, '/x/w/y'), ['f', 'new']);
  end();
});

test('hard links of the host are one file, before and after a change', { skip }, () => {
  const { task, end } = overlay((at) => {
    writeFileSync(join(at, 'a'), 'one');
    linkSync(join(at, 'a'), join(at, 'b'));
  });
  write(task, '/a', O_RDWR, 'two');
  assert.equal(slurp(task, '/b'), 'two');
  assert.equal(makeLink(task, CWD, '/b', CWD, '/c', 0), 0);
  removeName(task, CWD, '/a');
  removeName(task, CWD, '/b');
  walk.from(task, CWD, '/c', FOLLOW);
  assert.equal(walk.inode.nlink, 1);
  assert.equal(slurp(task, '/c'), 'two');
  end();
});

test('changing attributes leaves the bytes on the host', { skip }, () => {
  const { task, dir, end } = overlay((at) => writeFileSync(join(at, 'f'), 'data', { mode: 0o644 }));
  walk.from(task, CWD, '/f', FOLLOW);
  assert.equal(changeMode(task, walk.inode, walk.path, 0o600), 0);
  walk.from(task, CWD, '/f', FOLLOW);
  assert.equal(walk.inode.mode & 0o7777, 0o600);
  writeFileSync(join(dir, 'f'), 'DATA');
  assert.equal(slurp(task, '/f'), 'DATA');
  end();
});

test('what was looked up once needs no host call again', { skip }, () => {
  const { task, calls, end } = overlay((at) => {
    mkdirSync(join(at, 'd'));
    writeFileSync(join(at, 'd/f'), 'x');
    symlinkSync('d/f', join(at, 'l'));
  });
  slurp(task, '/l');
  walk.from(task, CWD, '/d/none', FOLLOW);
  list(task, '/d');
  const before = calls.count;
  for (let i = 0; i < 10; i += 1) {
    assert.equal(walk.from(task, CWD, '/l', FOLLOW), 0);
    assert.equal(walk.from(task, CWD, '/d/none', FOLLOW), -2);
    assert.equal(walk.from(task, CWD, `/d/other${i}`, FOLLOW), -2);
    open(task, '/d/f', O_RDONLY).put();
    list(task, '/d');
    write(task, '/d/new', O_CREAT | O_RDWR, 'n');
    removeName(task, CWD, '/d/new');
  }
  // The one change that is allowed: the directory's attributes are loaded at its first change.
  assert.ok(calls.count - before <= 3, `${calls.count - before} host calls`);
  end();
});
