import assert from 'node:assert/strict';
import { test } from 'node:test';
import { O_CREAT, O_RDWR } from '#abi/fcntl.ts';
import { Quota } from '#fs/tmpfs/quota.ts';
import { Tmpfs } from '#fs/tmpfs/tmpfs.ts';
import { shrink } from './dentry-cache.ts';
import { makeDirectory, removeName, rename } from './names.ts';
import { openPath } from './open.ts';
import type { OpenFile } from './open-file.ts';
import { isDeleted, pathBelow } from './path-string.ts';
import type { Path } from './path.ts';
import { noHost, testTask } from './test-task.ts';
import { FOLLOW, walk } from './walk.ts';

const CWD = -100;

test('what is let go but still held is found again, not made anew', () => {
  const task = testTask(new Tmpfs(noHost, new Quota(1000, 1000), 0o755));
  makeDirectory(task, CWD, '/d', 0o40755);
  const file = openPath(task, CWD, '/d/f', O_CREAT | O_RDWR, 0o644) as OpenFile;
  const path = file.path as Path;
  for (let i = 0; i < 20; i += 1) (openPath(task, CWD, `/d/x${i}`, O_CREAT | O_RDWR, 0o644) as OpenFile).put();
  const root = task.fs.root.dentry;
  const directory = path.dentry.parent;
  shrink(root, root);
  shrink(root, root);
  assert.equal(directory?.children?.size, 0);

  assert.equal(walk.from(task, CWD, '/d/x3', FOLLOW), 0);
  assert.equal(walk.from(task, CWD, '/d/f', FOLLOW), 0);
  assert.equal(walk.dentry, path.dentry);
  shrink(root, root);
  shrink(root, root);
  assert.equal(rename(task, CWD, '/d/f', CWD, '/d/g', 0), 0);
  assert.equal(pathBelow(path, task.fs.root), '/d/g');
  assert.equal(walk.from(task, CWD, '/d/f', FOLLOW), -2);
  shrink(root, root);
  shrink(root, root);
  assert.equal(removeName(task, CWD, '/d/g'), 0);
  assert.equal(isDeleted(path.dentry), true);
  file.put();
});
