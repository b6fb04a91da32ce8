/**
 * devpts: the directory of pseudoterminal slaves, one instance per mount. Options as in Linux: uid, gid, mode, ptmxmode,
 * max, newinstance (always so).
 */
import { EACCES, EINVAL, EIO, ENOENT, ENOSPC, EPERM } from '#abi/errno.ts';
import { O_CLOEXEC, O_NOCTTY } from '#abi/fcntl.ts';
import { DEVPTS_SUPER_MAGIC } from '#abi/magic.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { S_IFCHR, S_IFDIR } from '#abi/stat.ts';
import { touchAll } from '#fs/vfs/clock.ts';
import { DirectoryFile } from '#fs/vfs/directory-file.ts';
import { type AttributeChange, type DirectoryEntry, direntType, Inode } from '#fs/vfs/inode.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';
import { type FsStatistics, SuperBlock } from '#fs/vfs/super-block.ts';
import type { Task } from '#kernel/task.ts';
import { PtyMaster } from './pty.ts';
import type { Terminal } from './terminal.ts';
import { openTerminal } from './terminal-file.ts';

const MAX_PTYS = 4096;
const ROOT_INO = 1;
const PTMX_INO = 2;
const FIRST_INO = 3;

abstract class DevPtsInode extends Inode {
  constructor(superBlock: SuperBlock, ino: number, mode: number) {
    super(superBlock, ino, mode);
    this.blockSize = 1024;
    touchAll(this);
  }
  override setAttributes(_task: Task | null, change: AttributeChange): number {
    if (change.mode !== undefined) this.mode = (this.mode & ~0o7777) | (change.mode & 0o7777);
    if (change.uid !== undefined) this.uid = change.uid;
    if (change.gid !== undefined) this.gid = change.gid;
    if (change.atime !== undefined) [this.atimeSec, this.atimeNsec] = change.atime;
    if (change.mtime !== undefined) [this.mtimeSec, this.mtimeNsec] = change.mtime;
    if (change.ctime !== undefined) [this.ctimeSec, this.ctimeNsec] = change.ctime;
    return 0;
  }
}

class SlaveInode extends DevPtsInode {
  readonly terminal: Terminal;
  constructor(superBlock: DevPts, index: number, terminal: Terminal) {
    super(superBlock, FIRST_INO + index, S_IFCHR | superBlock.mode);
    this.terminal = terminal;
    this.rdevMajor = terminal.deviceMajor;
    this.rdevMinor = terminal.deviceMinor;
  }
  open(task: Task, flags: number): OpenFile | number {
    const { terminal } = this;
    if ('locked' in terminal && terminal.locked === true) return -EIO;
    return openTerminal(task, terminal, this, flags);
  }
}

class PtmxInode extends DevPtsInode {
  open(task: Task, flags: number, path: Path): OpenFile | number {
    return (this.superBlock as DevPts).openMaster(task, flags, this, path);
  }
}

class RootInode extends DevPtsInode {
  override lookup(_task: Task, name: string): Inode | number {
    return (this.superBlock as DevPts).find(name) ?? -ENOENT;
  }
  override list(): DirectoryEntry[] {
    return (this.superBlock as DevPts).entries();
  }
  override create(): number {
    return -EACCES;
  }
  override unlink(): number {
    return -EPERM;
  }
  open(_task: Task, flags: number): OpenFile {
    return new DirectoryFile(this, flags);
  }
}

interface DevPtsOptions {
  uid: number | null;
  gid: number | null;
  mode: number;
  ptmxMode: number;
  max: number;
}

let latest: DevPts | null = null;

export class DevPts extends SuperBlock {
  readonly type = 'devpts';
  /** Slaves come and go by themselves. */
  override readonly cacheNames = false;
  readonly root: RootInode;
  readonly #options: DevPtsOptions;
  readonly #ptmx: PtmxInode;
  #slaves = new Map<number, SlaveInode>();
  /** No free number below this. */
  #firstFree = 0;

  constructor(options: DevPtsOptions) {
    super();
    this.#options = options;
    this.root = new RootInode(this, ROOT_INO, S_IFDIR | 0o755);
    this.root.nlink = 2;
    this.#ptmx = new PtmxInode(this, PTMX_INO, S_IFCHR | options.ptmxMode);
    this.#ptmx.rdevMajor = 5;
    this.#ptmx.rdevMinor = 2;
    latest = this;
  }
  get mode(): number {
    return this.#options.mode;
  }
  /** Open pairs. */
  get count(): number {
    return this.#slaves.size;
  }
  find(name: string): Inode | null {
    if (name === 'ptmx') return this.#ptmx;
    return /^(0|[1-9]\d{0,6})$/.test(name) ? (this.#slaves.get(Number(name)) ?? null) : null;
  }
  entries(): DirectoryEntry[] {
    const type = direntType(S_IFCHR);
    const slaves = [...this.#slaves].map(([index, inode]) => ({ name: String(index), ino: inode.ino, type }));
    return [{ name: 'ptmx', ino: PTMX_INO, type }, ...slaves];
  }
  override revalidate(_parent: Inode, name: string, inode: Inode | null): boolean {
    return this.find(name) === inode;
  }
  statfs(): FsStatistics {
    return {
      type: DEVPTS_SUPER_MAGIC,
      blockSize: 4096,
      blocks: 0,
      blocksFree: 0,
      blocksAvailable: 0,
      files: 0,
      filesFree: 0,
      nameMax: 255,
    };
  }
  override showOptions(): string {
    const { uid, gid, mode, ptmxMode, max } = this.#options;
    const octal = (bits: number) => bits.toString(8).padStart(3, '0');
    return [
      ...(uid === null ? [] : [`uid=${uid}`]),
      ...(gid === null ? [] : [`gid=${gid}`]),
      `mode=${octal(mode)}`,
      `ptmxmode=${octal(ptmxMode)}`,
      ...(max < MAX_PTYS ? [`max=${max}`] : []),
    ].join(',');
  }
  override kill(): void {
    if (latest === this) latest = null;
  }

  /** Enters a terminal (the host's) under the lowest free number; its number. */
  adopt(terminal: Terminal, uid: number, gid: number): number {
    const index = this.#freeIndex();
    const inode = new SlaveInode(this, index, terminal);
    inode.uid = this.#options.uid ?? uid;
    inode.gid = this.#options.gid ?? gid;
    this.#slaves.set(index, inode);
    return index;
  }

  /** The number that `adopt` will give. */
  get nextIndex(): number {
    return this.#freeIndex();
  }
  /** Takes an adopted terminal out again. */
  disown(index: number): void {
    this.#slaves.delete(index);
    this.#firstFree = Math.min(this.#firstFree, index);
  }

  /** open(2) of ptmx: a new pair. */
  openMaster(task: Task, flags: number, inode: Inode, _path: Path): PtyMaster | number {
    if (this.#slaves.size >= this.#options.max) return -ENOSPC;
    const index = this.#freeIndex();
    const master: PtyMaster = new PtyMaster(
      index,
      inode,
      flags,
      () => this.disown(index),
      (caller, peerFlags) => this.#openPeer(caller, index, master, peerFlags),
    );
    const slave = new SlaveInode(this, index, master.slave);
    slave.uid = this.#options.uid ?? task.creds.fsuid;
    slave.gid = this.#options.gid ?? task.creds.fsgid;
    this.#slaves.set(index, slave);
    return master;
  }

  /** TIOCGPTPEER: opens the slave without a path walk, so that it works where /dev/pts is out of reach. */
  #openPeer(task: Task, index: number, master: PtyMaster, flags: number): number {
    const inode = this.#slaves.get(index);
    if (inode === undefined) return -EIO;
    const file = openTerminal(task, master.slave, inode, flags & ~O_CLOEXEC);
    if (typeof file === 'number') return file;
    file.flags &= ~O_NOCTTY;
    const fd = task.files.install(file, (flags & O_CLOEXEC) !== 0, task.limit(RLIMIT_NOFILE));
    if (fd < 0) file.put();
    return fd;
  }
  #freeIndex(): number {
    while (this.#slaves.has(this.#firstFree)) this.#firstFree += 1;
    return this.#firstFree;
  }
}

/** mount(2) of type devpts. */
export function mountDevPts(_task: Task, _source: string, data: string): DevPts | number {
  const options: DevPtsOptions = { uid: null, gid: null, mode: 0o600, ptmxMode: 0, max: MAX_PTYS };
  for (const option of data.split(',')) {
    if (option === '' || option === 'newinstance') continue;
    const match = /^(uid|gid|mode|ptmxmode|max)=(\d+)$/.exec(option);
    if (match === null) return -EINVAL;
    const [, name, text] = match as unknown as [string, string, string];
    const octal = name === 'mode' || name === 'ptmxmode';
    if (octal && !/^[0-7]+$/.test(text)) return -EINVAL;
    const value = Number.parseInt(text, octal ? 8 : 10);
    if (name === 'uid') options.uid = value;
    else if (name === 'gid') options.gid = value;
    else if (name === 'mode') options.mode = value & 0o7777;
    else if (name === 'ptmxmode') options.ptmxMode = value & 0o7777;
    else if (value > MAX_PTYS) return -EINVAL;
    else options.max = value;
  }
  return new DevPts(options);
}

/** The instance that /dev/ptmx outside a devpts mount stands for. */
export function currentDevPts(): DevPts | null {
  return latest;
}
