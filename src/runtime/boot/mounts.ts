/** The mounts that a sandbox starts with: its root, then those of the spec in order, then masked and read-only paths. */
import { ENOENT } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { MS_BIND, MS_RDONLY } from '#abi/mount.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '#abi/stat.ts';
import { memoryDevices } from '#fs/dev/memory-devices.ts';
import { hostSuperBlock, rootSuperBlock } from './trees.ts';
import type { Dentry } from '#fs/vfs/dentry.ts';
import type { Inode } from '#fs/vfs/inode.ts';
import { instantiate, lookupChild } from '#fs/vfs/lookup.ts';
import { Mount, mountOf } from '#fs/vfs/mount.ts';
import { MountNamespace } from '#fs/vfs/mount-namespace.ts';
import { topOf } from '#fs/vfs/open.ts';
import type { Path } from '#fs/vfs/path.ts';
import { newSuperBlock } from '#fs/vfs/registry.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import { FOLLOW, walk } from '#fs/vfs/walk.ts';
import type { Task } from '#kernel/task.ts';
import type { Platform } from '#platform/platform.ts';
import { Failure } from '../failure.ts';
import type { DeviceSpec, MountSpec, SandboxSpec } from '../sandbox-spec.ts';

export function rootNamespace(spec: SandboxSpec, platform: Platform): MountNamespace {
  const flags = spec.root.readonly ? MS_RDONLY : 0;
  return new MountNamespace(mountOf(rootSuperBlock(spec, platform), flags, spec.root.overlay === 'memory' ? 'overlay' : '/'));
}

/** Mounts everything that the spec lists; `task` is the init task, still with all privileges. */
export function mountAll(task: Task, spec: SandboxSpec): void {
  for (const mount of spec.mounts) mountOne(task, spec, mount);
  for (const device of spec.devices) makeDevice(task, device);
  for (const path of spec.readonlyPaths) makeReadOnly(task, path);
  for (const path of spec.maskedPaths) mask(task, path);
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
  const attached = mountOf(superBlock, mount.flags & ~MS_BIND, mount.device);
  attached.attach(place);
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

function makeReadOnly(task: Task, path: string): void {
  if (walk.from(task, AT_FDCWD, path, FOLLOW) !== 0) return;
  bindOver(task, walk.path, walk.path, MS_RDONLY);
}

/** A masked directory is empty and read-only; a masked file reads as /dev/null. What is not there needs no mask. */
function mask(task: Task, path: string): void {
  if (walk.from(task, AT_FDCWD, path, FOLLOW) !== 0) return;
  const place = walk.path;
  if (walk.inode.isDirectory) {
    const empty = newSuperBlock(task, 'tmpfs', 'tmpfs', 'mode=555,size=4k', 0);
    if (typeof empty === 'number') throw new Failure('mount', `masked path ${path}: errno ${-empty}`);
    mountOf(empty, MS_RDONLY, 'tmpfs').attach(place);
    task.ns.mount.touch();
  } else if (walk.from(task, AT_FDCWD, '/dev/null', FOLLOW) === 0) bindOver(task, place, walk.path, 0);
}

function bindOver(task: Task, place: Path, source: Path, flags: number): void {
  const { mount } = source;
  new Mount(mount.superBlock, source.dentry, mount.flags | flags, mount.source).attach(place);
  task.ns.mount.touch();
}
