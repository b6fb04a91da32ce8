/** nsfs: what the links in /proc/PID/ns lead to. A file stands for a namespace: its inode number names it, an open one keeps it (setns(2)). */
import { EPERM, ENOTTY } from '#abi/errno.ts';
import { NSFS_MAGIC } from '#abi/magic.ts';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from '#abi/sched.ts';
import { S_IFREG } from '#abi/stat.ts';
import type { Namespaces } from '#kernel/namespaces.ts';
import type { Task } from '#kernel/task.ts';
import { Dentry } from '../vfs/dentry.ts';
import { Inode } from '../vfs/inode.ts';
import { Mount } from '../vfs/mount.ts';
import { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';

/** ioctl_ns(2). */
const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;

export type NamespaceKind = Exclude<keyof Namespaces, 'pidForChildren'>;
type Namespace = Namespaces[NamespaceKind];

/** The link's word for each kind, and its CLONE_NEW* flag. */
export const namespaceKinds: Readonly<Record<NamespaceKind, readonly [string, number]>> = {
  cgroup: ['cgroup', CLONE_NEWCGROUP],
  ipc: ['ipc', CLONE_NEWIPC],
  mount: ['mnt', CLONE_NEWNS],
  net: ['net', CLONE_NEWNET],
  pid: ['pid', CLONE_NEWPID],
  time: ['time', CLONE_NEWTIME],
  user: ['user', CLONE_NEWUSER],
  uts: ['uts', CLONE_NEWUTS],
};

export class NamespaceFile extends OpenFile {
  readonly inode: NamespaceInode;
  constructor(inode: NamespaceInode, flags: number) {
    super(flags);
    this.inode = inode;
  }
  override get pollable(): boolean {
    return false;
  }
  override ioctl(_task: Task, cmd: number): number {
    if (cmd === NS_GET_NSTYPE) return namespaceKinds[this.inode.kind][1];
    // There is no user namespace and no parent that the caller could see.
    return cmd === NS_GET_USERNS || cmd === NS_GET_PARENT ? -EPERM : -ENOTTY;
  }
}

export class NamespaceInode extends Inode {
  readonly kind: NamespaceKind;
  readonly namespace: Namespace;
  constructor(kind: NamespaceKind, namespace: Namespace) {
    super(nsfs, namespace.inode, S_IFREG | 0o444);
    this.kind = kind;
    this.namespace = namespace;
  }
  override open(_task: Task, flags: number): OpenFile {
    return new NamespaceFile(this, flags);
  }
}

class NsfsSuperBlock extends SuperBlock {
  readonly type = 'nsfs';
  // Never mounted: what is in it is reached by links alone.
  readonly root = null as unknown as Inode;
  override statfs(): FsStatistics {
    return { type: NSFS_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
}
const nsfs = new NsfsSuperBlock();

const places = new WeakMap<Namespace, Path>();

/** Where the link to `namespace` leads; the same place each time. */
export function namespacePath(kind: NamespaceKind, namespace: Namespace): Path {
  let place = places.get(namespace);
  if (place === undefined) {
    const dentry = new Dentry(null, namespaceText(kind, namespace), new NamespaceInode(kind, namespace));
    place = dentry.at(new Mount(nsfs, dentry, 0, 'nsfs'));
    places.set(namespace, place);
  }
  return place;
}
export function namespaceText(kind: NamespaceKind, namespace: Namespace): string {
  return `${namespaceKinds[kind][0]}:[${namespace.inode}]`;
}
