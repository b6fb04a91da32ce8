/**
 * Special files and file system types: registries that other parts of the kernel fill at boot, so that the VFS needs to
 * know none of them.
 */
import { ENODEV, ENXIO } from '#abi/errno.ts';
import { S_IFCHR, S_IFIFO, S_IFMT } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';
import type { OpenFile } from './open-file.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

/** Opens a special inode; `path` is where it was found. */
export type Opener = (task: Task, inode: Inode, flags: number, path: Path) => OpenFile | number;

const characterDevices = new Map<number, Opener>();
const characterMajors = new Map<number, Opener>();
let fifoOpener: Opener | null = null;

function deviceKey(major: number, minor: number): number {
  return major * 1048576 + minor;
}

/** Who opens character device (major, minor); minor null: every minor of that major without its own entry. */
export function registerCharDevice(major: number, minor: number | null, open: Opener): void {
  if (minor === null) characterMajors.set(major, open);
  else characterDevices.set(deviceKey(major, minor), open);
}

/** Who opens named pipes. */
export function registerFifo(open: Opener): void {
  fifoOpener = open;
}

/** Opens what is not a regular file, directory or link. Sockets and devices without a driver answer ENXIO. */
export function openSpecial(task: Task, inode: Inode, flags: number, path: Path): OpenFile | number {
  const type = inode.mode & S_IFMT;
  if (type === S_IFIFO) return fifoOpener === null ? -ENXIO : fifoOpener(task, inode, flags, path);
  if (type !== S_IFCHR) return -ENXIO;
  const open = characterDevices.get(deviceKey(inode.rdevMajor, inode.rdevMinor)) ?? characterMajors.get(inode.rdevMajor);
  return open === undefined ? -ENXIO : open(task, inode, flags, path);
}

/** Makes (or finds) the superblock for a mount of this type. `data` is the option string, `source` the device argument. */
export type MountFactory = (task: Task, source: string, data: string, flags: number) => SuperBlock | number;

const fileSystems = new Map<string, MountFactory>();
/** Who can say of one option ("size=1m") whether the type has it; types without say so when they are mounted. */
const optionChecks = new Map<string, (option: string) => boolean>();

export function registerFileSystem(type: string, mount: MountFactory, knows?: (option: string) => boolean): void {
  fileSystems.set(type, mount);
  if (knows !== undefined) optionChecks.set(type, knows);
}
export function knowsOption(type: string, option: string): boolean {
  return optionChecks.get(type)?.(option) ?? true;
}

export function newSuperBlock(task: Task, type: string, source: string, data: string, flags: number): SuperBlock | number {
  const mount = fileSystems.get(type);
  return mount === undefined ? -ENODEV : mount(task, source, data, flags);
}

/** Registered types. None needs a block device. */
export function fileSystemNames(): string[] {
  return [...fileSystems.keys()];
}
