import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { O_CREAT, O_RDONLY, O_RDWR } from '#abi/fcntl.ts';
import { changeMode, changeTimes } from '#fs/vfs/attributes.ts';
import { makeDirectory, makeLink, removeDirectory, removeName, rename } from '#fs/vfs/names.ts';
import { openPath } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { openHostPath, realHost, testTask } from '#fs/vfs/test-task.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';
import { HostFs } from './host-fs.ts';
import { HostTree } from './host-tree.ts';

const CWD = -100;
const host = realHost();
const skip = host === null ? 'the addon is not built' : false;

function hostTask(exclusive: boolean): { task: Task; dir: string; end(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'belljar-host-'));
  const real = host as HostCalls;
  return {
    task: testTask(new HostFs(new HostTree(real, openHostPath(real, dir), null, exclusive)), real),
    dir,
    end: () => rmSync(dir, { recursive: true }),
  };
}
function open(task: Task, path: string, flags: number): OpenFile {
  const file = openPath(task, CWD, path, flags, 0o640);
  assert.equal(typeof file, 'object', `open ${path}: ${file}`);
  return file as OpenFile;
}

for (const exclusive of [true, false]) {
  const kind = exclusive ? 'exclusive' : 'shared';

  test(`${kind}: what guests do, the host has`, { skip }, () => {
    const { task, dir, end } = hostTask(exclusive);
    assert.equal(makeDirectory(task, CWD, '/d', 0o40750), 0);
    const file = open(task, '/d/f', O_CREAT | O_RDWR);
    file.write(task, new KernelIo(Buffer.from('text')), 0);
    assert.equal(readFileSync(join(dir, 'd/f'), 'latin1'), 'text');
    assert.equal(statSync(join(dir, 'd/f')).mode & 0o7777, 0o640);
    assert.equal(rename(task, CWD, '/d', CWD, '/e', 0), 0);
    file.write(task, new KernelIo(Buffer.from('T')), 0);
    assert.equal(readFileSync(join(dir, 'e/f'), 'latin1'), 'Text');
    walk.from(task, CWD, '/e/f', FOLLOW);
    assert.equal(changeMode(task, walk.inode, walk.path, 0o400), 0);
    assert.equal(changeTimes(task, walk.inode, walk.path, [1000, 500], [2000, 0]), 0);
    assert.equal(statSync(join(dir, 'e/f')).mode & 0o7777, 0o400);
    assert.equal(statSync(join(dir, 'e/f')).mtimeMs, 2_000_000);
    walk.inode.refresh();
    assert.deepEqual([walk.inode.atimeSec, walk.inode.atimeNsec, walk.inode.size], [1000, 500, 4]);
    assert.equal(file.inode.setAttributes(task, { size: 2 }), 0);
    assert.equal(statSync(join(dir, 'e/f')).size, 2);
    file.put();
    end();
  });

  test(`${kind}: a file without a name lives as long as it is open`, { skip }, () => {
    const { task, dir, end } = hostTask(exclusive);
    const file = open(task, '/f', O_CREAT | O_RDWR);
    assert.equal(makeLink(task, CWD, '/f', CWD, '/g', 0), 0);
    assert.equal(removeName(task, CWD, '/f'), 0);
    walk.from(task, CWD, '/g', FOLLOW);
    assert.equal(walk.inode, file.inode);
    file.write(task, new KernelIo(Buffer.from('via')), 0);
    assert.equal(readFileSync(join(dir, 'g'), 'latin1'), 'via');
    assert.equal(removeName(task, CWD, '/g'), 0);
    assert.equal(file.inode.nlink, 0);
    assert.equal(file.write(task, new KernelIo(Buffer.from('more')), 3), 4);
    file.inode.refresh();
    assert.equal(file.inode.size, 7);
    file.put();
    assert.deepEqual(readdirSync(dir), []);
    end();
  });

  test(`${kind}: errors come from the host`, { skip }, () => {
    const { task, end } = hostTask(exclusive);
    makeDirectory(task, CWD, '/d', 0o40755);
    makeDirectory(task, CWD, '/d/e', 0o40755);
    assert.equal(removeDirectory(task, CWD, '/d'), -39);
    assert.equal(openPath(task, CWD, '/none', O_RDONLY, 0), -2);
    assert.equal(removeDirectory(task, CWD, '/d/e'), 0);
    assert.equal(removeDirectory(task, CWD, '/d'), 0);
    end();
  });
}

test("shared trees show the host's changes at once", { skip }, () => {
  const { task, dir, end } = hostTask(false);
  assert.equal(walk.from(task, CWD, '/a', FOLLOW), -2);
  writeFileSync(join(dir, 'a'), 'one');
  assert.equal(walk.from(task, CWD, '/a', FOLLOW), 0);
  assert.equal(walk.inode.size, 3);
  writeFileSync(join(dir, 'a'), 'longer');
  walk.inode.refresh();
  assert.equal(walk.inode.size, 6);
  const first = walk.inode;
  writeFileSync(join(dir, 'b'), '');
  renameSync(join(dir, 'b'), join(dir, 'a'));
  assert.equal(walk.from(task, CWD, '/a', FOLLOW), 0);
  assert.notEqual(walk.inode, first);
  rmSync(join(dir, 'a'));
  assert.equal(walk.from(task, CWD, '/a', FOLLOW), -2);
  end();
});

test('a link planted by the host leads nowhere outside', { skip }, () => {
  const { task, dir, end } = hostTask(false);
  mkdirSync(join(dir, 'd'));
  writeFileSync(join(dir, 'd/f'), 'inside');
  const file = open(task, '/d/f', O_RDONLY);
  file.put();
  // The directory becomes a link to the outside between two uses.
  rmSync(join(dir, 'd'), { recursive: true });
  symlinkSync('/etc', join(dir, 'd'));
  assert.equal(walk.from(task, CWD, '/d/passwd', FOLLOW), -2);
  assert.ok(existsSync('/etc/passwd'));
  end();
});
