/** The mounts that a sandbox starts with: its root, then those of the spec in order, then masked and read-only paths. */
import { ENOENT } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC } from '#abi/mount.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '#abi/stat.ts';
import { memoryDevices } from '#fs/dev/memory-devices.ts';
import { hostSuperBlock, rootSuperBlock } from './trees.ts';
import type { Dentry } from '#fs/vfs/dentry.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { instantiate, lookupChild } from '#fs/vfs/lookup.ts';
import { keptFlags, Mount, mountOf } from '#fs/vfs/mount.ts';
import { MountNamespace } from '#fs/vfs/mount-namespace.ts';
import { copyTree, setPropagation } from '#fs/vfs/mount-tree.ts';
import { topOf } from '#fs/vfs/open.ts';
import type { Path } from '#fs/vfs/path.ts';
import { newSuperBlock } from '#fs/vfs/registry.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { Platform } from '#platform/platform.ts';
import { Failure } from '../failure.ts';
import type { DeviceSpec, MountSpec, SandboxSpec } from '../sandbox-spec.ts';

/** /dev/null is 1:3. */
const NULL_MINOR = 3;

export function rootNamespace(spec: SandboxSpec, platform: Platform): MountNamespace {
  const flags = spec.root.readonly ? MS_RDONLY : 0;
  return new MountNamespace(mountOf(rootSuperBlock(spec, platform), keptFlags(flags), spec.root.overlay === 'memory' ? 'overlay' : '/'));
}

/** Mounts everything that the spec lists; `task` is the init task, still with all privileges. */
export function mountAll(task: Task, spec: SandboxSpec): void {
  for (const mount of spec.mounts) mountOne(task, spec, mount);
  for (const device of spec.devices) makeDevice(task, device);
  for (const path of spec.readonlyPaths) makeReadOnly(task, path);
  for (const path of spec.maskedPaths) mask(task, path);
  propagate(task.ns.mount.root, spec.rootPropagation);
}

function mountOne(task: Task, spec: SandboxSpec, mount: MountSpec): void {
  const isFile = mount.type === 'bind' && mount.source !== null && !mount.source.isDirectory;
  const place = mountPoint(task, mount.destination, isFile);
  if (place === null)
    throw new Failure(
      'mount',
      `mount ${mount.destination}: there is no such ${isFile ? 'file' : 'directory'} in the root, and it cannot be made there`,
    );
  let superBlock: SuperBlock | number;
  if (mount.type === 'bind') {
    if (mount.source === null) throw new Failure('mount', `mount ${mount.destination}: a bind mount needs a source`);
    superBlock = hostSuperBlock(task.kernel.platform, mount.source, spec.hostIds);
  } else superBlock = newSuperBlock(task, mount.type, mount.device, mount.data, mount.flags);
  if (superBlock === -19) return;
  if (typeof superBlock === 'number')
    throw new Failure(
      'mount',
      `mount ${mount.destination}: type ${mount.type} with options "${mount.data}" is not possible (errno ${-superBlock})`,
    );
  const attached = mountOf(superBlock, keptFlags(mount.flags), mount.device);
  attached.attach(place);
  propagate(attached, mount.propagation);
  task.ns.mount.touch();
  // OCI: the default devices are there whatever the bundle mounts on /dev.
  if (mount.type === 'devtmpfs' || (mount.type === 'tmpfs' && mount.destination === '/dev'))
    populateDev(task, attached, spec.process.stdio.terminal !== null);
}

/** The place of a mount's destination, made if need be; null if that is not possible. */
function mountPoint(task: Task, destination: string, isFile: boolean): Path | null {
  if (walk.from(task, AT_FDCWD, destination, FOLLOW) === 0) return walk.path;
  const parts = destination.split('/').filter((part) => part !== '' && part !== '.');
  let place = task.fs.root;
  for (const [i, name] of parts.entries()) {
    const known = walk.from(task, AT_FDCWD, `/${parts.slice(0, i + 1).join('/')}`, FOLLOW);
    if (known === 0) {
      place = walk.path;
      continue;
    }
    if (known !== -ENOENT) return null;
    const last = i === parts.length - 1;
    const made = make(task, place.dentry, name, last && isFile ? S_IFREG | 0o644 : S_IFDIR | 0o755);
    if (made === null) return null;
    place = made.at(place.mount);
  }
  return topOf(place.mount, place.dentry);
}

/** Makes `name` in a directory, as root, without checks; null if the file system refuses. */
function make(
  task: Task,
  directory: Dentry,
  name: string,
  mode: number,
  device: readonly [number, number] = [0, 0],
  target = '',
  owner: { readonly uid: number; readonly gid: number } = { uid: 0, gid: 0 },
): Dentry | null {
  const parent = directory.inode as Inode;
  const child = lookupChild(task, directory, name);
  if (typeof child === 'number') return null;
  if (child.inode !== null) return child;
  const attributes = { mode, uid: owner.uid, gid: owner.gid };
  const type = mode & 0o170000;
  let inode: Inode | number;
  if (type === S_IFDIR) inode = parent.mkdir(task, name, attributes);
  else if (type === S_IFLNK) inode = parent.symlink(task, name, target, attributes);
  else if (type === S_IFCHR) inode = parent.mknod(task, name, attributes, device[0], device[1]);
  else inode = parent.create(task, name, attributes);
  if (typeof inode === 'number') return null;
  instantiate(directory, child, inode);
  return child;
}

/** What a container's /dev holds (OCI runtime specification, "Default Devices" and "Default File Systems"). */
function populateDev(task: Task, dev: Mount, hasConsole: boolean): void {
  const { root } = dev;
  for (const { name, minor } of memoryDevices) make(task, root, name, S_IFCHR | 0o666, [1, minor]);
  make(task, root, 'tty', S_IFCHR | 0o666, [5, 0]);
  if (hasConsole) make(task, root, 'console', S_IFCHR | 0o620, [5, 1]);
  for (const name of ['pts', 'shm', 'mqueue']) make(task, root, name, S_IFDIR | 0o755);
  const links: readonly (readonly [string, string])[] = [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
    ['core', '/proc/kcore'],
    ['ptmx', 'pts/ptmx'],
  ];
  for (const [name, target] of links) make(task, root, name, S_IFLNK | 0o777, [0, 0], target);
}

/** As mknod(1) would, parents included; what is there already stays. */
function makeDevice(task: Task, device: DeviceSpec): void {
  const at = device.path.lastIndexOf('/');
  const parent = mountPoint(task, device.path.slice(0, at) || '/', false);
  const made =
    parent === null
      ? null
      : make(task, parent.dentry, device.path.slice(at + 1), S_IFCHR | device.mode, [device.major, device.minor], '', device);
  if (made === null) throw new Failure('mount', `device ${device.path}: it cannot be made in the root`);
}

/** How a mount, and with MS_REC those on it, share what is mounted below; `type` 0 leaves it. */
function propagate(mount: Mount, type: number): void {
  const kind = type & ~MS_REC;
  if (kind !== 0) for (const one of (type & MS_REC) !== 0 ? [...mount.subtree()] : [mount]) setPropagation(one, kind);
}

/** What is mounted below stays as it is, as with runc. */
function makeReadOnly(task: Task, path: string): void {
  if (walk.from(task, AT_FDCWD, path, FOLLOW) !== 0) return;
  const place = walk.path;
  const copy = copyTree(place.mount, place.dentry, false);
  copy.flags |= MS_RDONLY;
  copy.attach(place);
  task.ns.mount.touch();
}

/** A masked directory is empty and read-only; a masked file reads as /dev/null. What is not there needs no mask. */
function mask(task: Task, path: string): void {
  if (walk.from(task, AT_FDCWD, path, FOLLOW) !== 0) return;
  const place = walk.path;
  const superBlock = newSuperBlock(task, 'tmpfs', 'tmpfs', 'mode=555,size=4k', 0);
  if (typeof superBlock === 'number') throw new Failure('mount', `masked path ${path}: errno ${-superBlock}`);
  const cover = mountOf(superBlock, keptFlags(MS_RDONLY), 'tmpfs');
  if (walk.inode.isDirectory) cover.attach(place);
  else {
    // Not the container's own /dev/null: there need be none.
    const none = make(task, cover.root, 'null', S_IFCHR | 0o666, [1, NULL_MINOR]);
    if (none === null) throw new Failure('mount', `masked path ${path}: no device to cover it with`);
    new Mount(superBlock, none, MS_NOSUID | MS_NOEXEC, 'tmpfs').attach(place);
  }
  task.ns.mount.touch();
}
