/** Mount namespaces: the tree of mounts that the processes in one see (mount_namespaces(7)). */
import { WaitQueue } from '#kernel/wait.ts';
import type { Mount } from './mount.ts';
import { copyTree } from './mount-tree.ts';
import type { Path } from './path.ts';
import type { FsContext } from '#kernel/fs-context.ts';

let nextInode = 0xf0000000;

export class MountNamespace {
  /** As /proc/PID/ns/mnt shows it. */
  readonly inode = nextInode++;
  /** The mount at the bottom; its `mountpoint` is null. */
  root: Mount;
  /** Counts changes: /proc/PID/mounts is readable (EPOLLPRI|EPOLLERR) after one. Woken on `changed`. */
  events = 0;
  readonly changed = new WaitQueue();

  constructor(root: Mount) {
    this.root = root;
    root.detached = false;
  }

  /** Mounts in the order of /proc/PID/mounts. */
  mounts(): Mount[] {
    return [...this.root.subtree()].sort((a, b) => a.id - b.id);
  }

  /** The topmost place of the root, where a process's root starts. */
  rootPath(): Path {
    let mount = this.root;
    for (;;) {
      const above = mount.childAt(mount.root);
      if (above === null) return mount.root.at(mount);
      mount = above;
    }
  }

  /** A namespace with copies of all mounts; root and working directory of `fs` move to the copies. */
  copy(fs: FsContext): MountNamespace {
    const copies = new Map<Mount, Mount>();
    const namespace = new MountNamespace(copyTree(this.root, this.root.root, false, copies));
    const moved = (path: Path): Path => {
      const mount = copies.get(path.mount);
      return mount === undefined ? path : path.dentry.at(mount);
    };
    fs.root = moved(fs.root);
    fs.cwd = moved(fs.cwd);
    return namespace;
  }

  /** Says that the tree changed. */
  touch(): void {
    this.events += 1;
    this.changed.wakeAll();
  }
}
