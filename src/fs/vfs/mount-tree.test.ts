import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MS_PRIVATE, MS_SHARED, MS_SLAVE } from '#abi/mount.ts';
import { Quota } from '#fs/tmpfs/quota.ts';
import { Tmpfs } from '#fs/tmpfs/tmpfs.ts';
import type { Task } from '#kernel/task.ts';
import { type Mount, mountOf } from './mount.ts';
import { attachTree, copyTree, moveTree, pivotRoot, setPropagation, unmountTree } from './mount-tree.ts';
import { makeDirectory } from './names.ts';
import type { Path } from './path.ts';
import { pathBelow } from './path-string.ts';
import { noHost, testTask } from './test-task.ts';
import { FOLLOW, walk } from './walk.ts';

const tmpfs = (): Tmpfs => new Tmpfs(noHost, new Quota(1000, 1000), 0o755);
function at(task: Task, path: string): Path {
  assert.equal(walk.from(task, -100, path, FOLLOW), 0, path);
  return walk.path;
}
function prepare(...directories: string[]): Task {
  const task = testTask(tmpfs());
  for (const path of directories) assert.equal(makeDirectory(task, -100, path, 0o40755), 0);
  return task;
}
function mountAt(task: Task, path: string): Mount {
  const mount = mountOf(tmpfs(), 0, path);
  assert.equal(attachTree(mount, at(task, path), task.ns.mount), 0);
  return mount;
}

test('a mount on a shared mount appears in its peers, as slave only downwards', () => {
  const task = prepare('/shared', '/peer', '/slave');
  const shared = mountAt(task, '/shared');
  setPropagation(shared, MS_SHARED);
  makeDirectory(task, -100, '/shared/d', 0o40755);
  const peer = copyTree(shared, shared.root, true);
  attachTree(peer, at(task, '/peer'), task.ns.mount);
  const slave = copyTree(shared, shared.root, true);
  setPropagation(slave, MS_SLAVE);
  attachTree(slave, at(task, '/slave'), task.ns.mount);

  const inside = mountAt(task, '/shared/d');
  for (const path of ['/shared/d', '/peer/d', '/slave/d']) assert.equal(at(task, path).mount.superBlock, inside.superBlock, path);
  unmountTree(at(task, '/peer/d').mount, task.ns.mount, []);
  for (const path of ['/shared/d', '/peer/d', '/slave/d']) assert.notEqual(at(task, path).mount.superBlock, inside.superBlock, path);

  const own = mountAt(task, '/slave/d');
  assert.equal(at(task, '/slave/d').mount, own);
  assert.notEqual(at(task, '/shared/d').mount.superBlock, own.superBlock);
  setPropagation(at(task, '/peer').mount, MS_PRIVATE);
  mountAt(task, '/shared/d');
  assert.equal(at(task, '/peer/d').mount, peer);
});

test('a new namespace has copies, and moves root and working directory to them', () => {
  const task = prepare('/m');
  const mount = mountAt(task, '/m');
  task.fs.cwd = at(task, '/m');
  const fs = task.fs.copy();
  const namespace = task.ns.mount.copy(fs);
  assert.equal(namespace.mounts().length, 2);
  assert.equal(pathBelow(fs.cwd, fs.root), '/m');
  assert.notEqual(fs.cwd.mount, mount);
  assert.equal(fs.cwd.mount.superBlock, mount.superBlock);
  unmountTree(mount, task.ns.mount, []);
  assert.equal(task.ns.mount.mounts().length, 1);
  assert.equal(namespace.mounts().length, 2);
});

test('move refuses a place below itself, and goes elsewhere', () => {
  const task = prepare('/a', '/b');
  const a = mountAt(task, '/a');
  makeDirectory(task, -100, '/a/in', 0o40755);
  assert.equal(moveTree(a, at(task, '/a/in'), task.ns.mount), -40);
  assert.equal(moveTree(a, at(task, '/b'), task.ns.mount), 0);
  assert.equal(at(task, '/b/in').mount, a);
  assert.notEqual(at(task, '/a').mount, a);
});

test('pivot_root swaps the root mount', () => {
  const task = prepare('/new');
  const fresh = mountAt(task, '/new');
  makeDirectory(task, -100, '/new/old', 0o40755);
  const oldRoot = task.fs.root;
  assert.equal(pivotRoot(task.ns.mount, oldRoot, at(task, '/'), at(task, '/new/old')), -16);
  assert.equal(pivotRoot(task.ns.mount, oldRoot, at(task, '/new'), at(task, '/new/old')), 0);
  task.fs.root = task.fs.cwd = fresh.root.at(fresh);
  assert.equal(task.ns.mount.root, fresh);
  assert.equal(at(task, '/old').mount, oldRoot.mount);
  assert.equal(at(task, '/old/new').mount, oldRoot.mount);
});

test('the last unmount gives the memory back', () => {
  const task = prepare('/m');
  const mount = mountAt(task, '/m');
  let killed = false;
  mount.superBlock.kill = () => {
    killed = true;
  };
  const bound = copyTree(mount, mount.root, true);
  makeDirectory(task, -100, '/n', 0o40755);
  attachTree(bound, at(task, '/n'), task.ns.mount);
  unmountTree(mount, task.ns.mount, []);
  assert.equal(killed, false);
  unmountTree(bound, task.ns.mount, []);
  assert.equal(killed, true);
});
