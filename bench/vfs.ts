/** What files cost inside the kernel alone, without the boundary: ns per operation over an overlay of the host's root. */
import { O_CREAT, O_RDONLY, O_RDWR } from '#abi/fcntl.ts';
import { HostTree } from '#fs/host/host-tree.ts';
import { OverlayFs } from '#fs/overlay/overlay.ts';
import { makeDirectory, removeName } from '#fs/vfs/names.ts';
import { openPath } from '#fs/vfs/open.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { openHostPath, realHost, testTask } from '#fs/vfs/test-task.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import { KernelIo } from '#kernel/io.ts';

const CWD = -100;
const ROUNDS = 300_000;
const host = realHost();
if (host === null) throw new Error('the addon is not built: ./belljar do -- true');
const task = testTask(new OverlayFs(new HostTree(host, openHostPath(host, '/'), null)), host);

function open(path: string, flags: number): OpenFile {
  const file = openPath(task, CWD, path, flags, 0o644);
  if (typeof file === 'number') throw new Error(`${path}: ${file}`);
  return file;
}

function measure(name: string, operation: () => void): void {
  for (let i = 0; i < ROUNDS / 5; i += 1) operation();
  const start = process.hrtime.bigint();
  for (let i = 0; i < ROUNDS; i += 1) operation();
  process.stdout.write(`${name.padEnd(28)} ${(Number(process.hrtime.bigint() - start) / ROUNDS).toFixed(0).padStart(6)} ns\n`);
}

const deep = '/usr/lib/os-release';
const bytes = new Uint8Array(4096);
makeDirectory(task, CWD, '/tmp/bench-vfs', 0o40755);
measure('walk', () => {
  walk.from(task, CWD, deep, FOLLOW);
});
measure('walk, no such file', () => {
  walk.from(task, CWD, '/usr/lib/no-such-file', FOLLOW);
});
measure('open, close', () => open(deep, O_RDONLY).put());
measure('create, close, unlink', () => {
  open('/tmp/bench-vfs/x', O_CREAT | O_RDWR).put();
  removeName(task, CWD, '/tmp/bench-vfs/x');
});
const file = open('/tmp/bench-vfs/y', O_CREAT | O_RDWR);
measure('write 4 KiB in memory', () => {
  file.write(task, new KernelIo(bytes), 0);
});
measure('read 4 KiB in memory', () => {
  file.read(task, new KernelIo(bytes), 0);
});
const lower = open(deep, O_RDONLY);
measure('read a host file', () => {
  lower.read(task, new KernelIo(bytes), 0);
});
