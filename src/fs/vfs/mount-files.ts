/** Descriptors of the newer mount calls: a mount that is in no tree yet, and the making of a superblock (fsopen(2), fsmount(2), open_tree(2)). */
import { EMSGSIZE, ENODATA } from '#abi/errno.ts';
import { O_PATH } from '#abi/fcntl.ts';
import type { Io } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import { detachTree } from './mount-tree.ts';
import { OpenFile } from './open-file.ts';
import { PathFile } from './path-file.ts';
import type { SuperBlock } from './super-block.ts';

const LOG_MAX = 16;

/** An O_PATH descriptor of a detached mount's root; a mount that was never attached goes with it. */
export class MountFile extends PathFile {
  readonly mount: Mount;
  constructor(mount: Mount) {
    super(mount.root.inode as Inode, O_PATH);
    this.mount = mount;
    mount.anonymous = true;
    this.path = mount.root.at(mount);
  }
  protected override release(): void {
    if (!this.mount.detached || this.mount.mountpoint !== null) return;
    const mounts = [...this.mount.subtree()];
    detachTree(this.mount);
    for (const { superBlock } of mounts) {
      superBlock.mounts -= 1;
      if (superBlock.mounts === 0) superBlock.kill();
    }
  }
}

/** What fsopen(2) or fspick(2) gave: options are collected until the superblock is made (or changed). */
export class FsContextFile extends OpenFile {
  readonly #inode: Inode;
  readonly type: string;
  source = '';
  readonly options: string[] = [];
  readOnly = false;
  superBlock: SuperBlock | null = null;
  /** fspick: the mount whose superblock is changed. */
  readonly picked: Mount | null;
  mounted = false;
  /** Messages for who reads the descriptor: "e tmpfs: Unknown parameter 'x'". */
  readonly #log: string[] = [];

  constructor(inode: Inode, type: string, picked: Mount | null) {
    super(2);
    this.#inode = inode;
    this.type = type;
    this.picked = picked;
  }
  get inode(): Inode {
    return this.#inode;
  }
  complain(message: string): void {
    if (this.#log.length < LOG_MAX) this.#log.push(`e ${this.type}: ${message}`);
  }
  /** One message a read; -ENODATA when there is none. */
  override read(_task: Task, io: Io): number {
    const message = this.#log[0];
    if (message === undefined) return -ENODATA;
    if (io.remaining < message.length) return -EMSGSIZE;
    this.#log.shift();
    return io.put(Buffer.from(message, 'latin1'), 0, message.length);
  }
  override describe(): string {
    return 'anon_inode:[fscontext]';
  }
}
