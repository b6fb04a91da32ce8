import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } from '#abi/fcntl.ts';
import { Tmpfs } from '#fs/tmpfs/tmpfs.ts';
import { Quota } from '#fs/tmpfs/quota.ts';
import { Creds, CapSet } from '#kernel/creds.ts';
import type { Task } from '#kernel/task.ts';
import { attachTree } from './mount-tree.ts';
import { mountOf } from './mount.ts';
import { makeDirectory, makeNode, makeSymlink } from './names.ts';
import { pathBelow } from './path-string.ts';
import { noHost, testTask } from './test-task.ts';
import { FOLLOW, walk } from './walk.ts';

const CWD = -100;
function newTask(): Task {
  return testTask(new Tmpfs(noHost, new Quota(1000, 10_000), 0o755));
}
function where(task: Task): string | null {
  return pathBelow(walk.path, task.fs.root);
}

/** The reference: a tree of plain objects, and a recursive resolver written for clearness only. */
type Node =
  | { kind: 'dir'; entries: Map<string, Node>; parent: Node | null; name: string }
  | { kind: 'file'; parent: Node; name: string }
  | { kind: 'link'; target: string; parent: Node; name: string };

function resolve(root: Node, start: Node, path: string, follow: boolean, links: { left: number }): Node | string {
  if (path === '') return 'ENOENT';
  let at: Node = path.startsWith('/') ? root : start;
  const parts = path.split('/').filter((part) => part !== '');
  const slash = path.endsWith('/');
  for (const [i, part] of parts.entries()) {
    if (at.kind !== 'dir') return 'ENOTDIR';
    if (part === '.') continue;
    if (part === '..') {
      at = at.parent ?? at;
      continue;
    }
    const child: Node | undefined = at.entries.get(part);
    if (child === undefined) return 'ENOENT';
    const last = i === parts.length - 1;
    if (child.kind === 'link' && (!last || follow || slash)) {
      if (links.left === 0) return 'ELOOP';
      links.left -= 1;
      const target: Node | string = resolve(root, at, child.target, true, links);
      if (typeof target === 'string') return target;
      at = target;
    } else at = child;
  }
  return slash && at.kind !== 'dir' ? 'ENOTDIR' : at;
}

function nodePath(node: Node): string {
  return node.parent === null ? '' : `${nodePath(node.parent)}/${node.name}`;
}

const name = fc.constantFrom('a', 'b', 'c', 'd');
const component = fc.constantFrom('a', 'b', 'c', 'd', '.', '..', '');
const anyPath = fc
  .tuple(fc.constantFrom('', '/'), fc.array(component, { minLength: 1, maxLength: 6 }))
  .map(([lead, parts]) => lead + parts.join('/'));
const entry = fc.record({
  dir: fc.array(name, { maxLength: 3 }),
  name,
  kind: fc.constantFrom('dir', 'dir', 'file', 'link'),
  target: anyPath,
});
const NAMES: Record<string, number> = { ENOENT: -2, ENOTDIR: -20, ELOOP: -40 };

test('the walker agrees with a plain recursive resolver', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 14 }),
      fc.array(fc.tuple(anyPath, fc.boolean()), { minLength: 1, maxLength: 10 }),
      (entries, walks) => {
        const task = newTask();
        const root: Node = { kind: 'dir', entries: new Map(), parent: null, name: '' };
        for (const each of entries) {
          const directory = resolve(root, root, `/${each.dir.join('/')}`, true, { left: 40 });
          if (typeof directory === 'string' || directory.kind !== 'dir' || directory.entries.has(each.name)) continue;
          const path = `${nodePath(directory)}/${each.name}`;
          if (each.kind === 'dir') {
            directory.entries.set(each.name, { kind: 'dir', entries: new Map(), parent: directory, name: each.name });
            assert.equal(makeDirectory(task, CWD, path, 0o40755), 0);
          } else if (each.kind === 'file') {
            directory.entries.set(each.name, { kind: 'file', parent: directory, name: each.name });
            assert.equal(makeNode(task, CWD, path, 0o100644, 0, 0), 0);
          } else if (each.target !== '') {
            directory.entries.set(each.name, { kind: 'link', target: each.target, parent: directory, name: each.name });
            assert.equal(makeSymlink(task, each.target, CWD, path), 0);
          }
        }
        for (const [path, follow] of walks) {
          const expected = resolve(root, root, path, follow, { left: 40 });
          const result = walk.from(task, CWD, path, follow ? FOLLOW : 0);
          if (typeof expected === 'string') assert.equal(result, NAMES[expected], `${path}: ${expected}`);
          else {
            assert.equal(result, 0, path);
            assert.equal(where(task), nodePath(expected) || '/', path);
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('search permission is asked of every directory', () => {
  const task = newTask();
  makeDirectory(task, CWD, '/private', 0o40700);
  makeDirectory(task, CWD, '/private/in', 0o40777);
  const creds = new Creds();
  creds.fsuid = creds.uid = creds.euid = 1000;
  creds.fsgid = 1000;
  creds.effective = new CapSet();
  const user = testTask(task.ns.mount.root.superBlock);
  user.fs.root = user.fs.cwd = task.fs.root;
  user.creds = creds;
  assert.equal(walk.from(user, CWD, '/private', FOLLOW), 0);
  assert.equal(walk.from(user, CWD, '/private/in', FOLLOW), -13);
  assert.equal(walk.from(task, CWD, '/private/in', FOLLOW), 0);
});

test('".." crosses mounts upwards and stops at the root', () => {
  const task = newTask();
  makeDirectory(task, CWD, '/m', 0o40755);
  walk.from(task, CWD, '/m', FOLLOW);
  const place = walk.path;
  const mount = mountOf(new Tmpfs(noHost, new Quota(100, 100), 0o755), 0, 'm');
  assert.equal(attachTree(mount, place, task.ns.mount), 0);
  makeDirectory(task, CWD, '/m/d', 0o40755);
  assert.equal(walk.from(task, CWD, '/m/d/../..', FOLLOW), 0);
  assert.equal(where(task), '/');
  assert.equal(walk.from(task, CWD, '/m/d/../../../../m/d', FOLLOW), 0);
  assert.equal(where(task), '/m/d');
  assert.equal(walk.from(task, CWD, '/m/d', FOLLOW, RESOLVE_NO_XDEV), -18);
  walk.from(task, CWD, '/m/d', FOLLOW);
  task.fs.root = walk.path;
  assert.equal(walk.from(task, CWD, '/../..', FOLLOW), 0);
  assert.equal(walk.dentry, task.fs.root.dentry);
});

test('openat2 resolve flags', () => {
  const task = newTask();
  makeDirectory(task, CWD, '/d', 0o40755);
  makeSymlink(task, '/d', CWD, '/absolute');
  makeSymlink(task, '../..', CWD, '/d/up');
  walk.from(task, CWD, '/d', FOLLOW);
  task.fs.cwd = walk.path;
  assert.equal(walk.from(task, CWD, '..', FOLLOW, RESOLVE_BENEATH), -18);
  assert.equal(walk.from(task, CWD, 'up', FOLLOW, RESOLVE_BENEATH), -18);
  assert.equal(walk.from(task, CWD, '/d', FOLLOW, RESOLVE_BENEATH), -18);
  assert.equal(walk.from(task, CWD, '/../up', FOLLOW, RESOLVE_IN_ROOT), 0);
  assert.equal(where(task), '/d');
  assert.equal(walk.from(task, CWD, 'up', FOLLOW, RESOLVE_NO_SYMLINKS), -40);
});
