/** tmpfs(5): a file system in the kernel's memory. Options size, nr_blocks, nr_inodes, mode, uid, gid. */
import { EINVAL } from '#abi/errno.ts';
import { TMPFS_MAGIC } from '#abi/magic.ts';
import { S_IFDIR } from '#abi/stat.ts';
import { touchAll } from '#fs/vfs/clock.ts';
import { type FsStatistics, SuperBlock } from '#fs/vfs/super-block.ts';
import type { Task } from '#kernel/task.ts';
import type { HostCalls } from '#platform/platform.ts';
import { type MemoryFileSystem, MemoryInode } from './memory-inode.ts';
import { Quota } from './quota.ts';

const PAGE = 4096;
/** Without an option: half of what Linux would take on a machine with 8 GiB. */
const DEFAULT_PAGES = (4 * 1024 ** 3) / PAGE;
const DEFAULT_INODES = 1_000_000;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

export class Tmpfs extends SuperBlock implements MemoryFileSystem {
  readonly type: string = 'tmpfs';
  override readonly cacheNegative = false;
  override readonly exportsHandles = true;
  readonly quota: Quota;
  readonly host: HostCalls;
  readonly root: MemoryInode;
  #lastIno = 0;
  readonly #options: TmpfsOptions;

  constructor(host: HostCalls, quota: Quota, rootMode: number, uid = 0, gid = 0, options: TmpfsOptions = {}) {
    super();
    this.host = host;
    this.quota = quota;
    this.#options = options;
    quota.chargeInode();
    this.root = this.newInode(S_IFDIR | rootMode);
    this.root.uid = uid;
    this.root.gid = gid;
    this.root.nlink = 2;
    touchAll(this.root);
  }
  nextIno(): number {
    this.#lastIno += 1;
    return this.#lastIno;
  }
  newInode(mode: number): MemoryInode {
    return new MemoryInode(this, this.nextIno(), mode);
  }
  statfs(): FsStatistics {
    const { quota } = this;
    const limited = quota.maxPages !== UNLIMITED;
    const free = limited ? quota.maxPages - quota.pages : 0;
    const inodesLimited = quota.maxInodes !== UNLIMITED;
    return {
      type: TMPFS_MAGIC,
      blockSize: PAGE,
      blocks: limited ? quota.maxPages : 0,
      blocksFree: free,
      blocksAvailable: free,
      files: inodesLimited ? quota.maxInodes : 0,
      filesFree: inodesLimited ? quota.maxInodes - quota.inodes : 0,
      nameMax: 255,
    };
  }
  override showOptions(): string {
    return shownOptions(this.#options);
  }
  override reconfigure(data: string): number {
    const options = parseOptions(data);
    if (options === null) return -EINVAL;
    const { pages = this.quota.maxPages, inodes = this.quota.maxInodes } = options;
    if (pages < this.quota.pages || inodes < this.quota.inodes) return -EINVAL;
    this.quota.maxPages = pages;
    this.quota.maxInodes = inodes;
    if (options.pages !== undefined) this.#options.pages = pages;
    if (options.inodes !== undefined) this.#options.inodes = inodes;
    return 0;
  }
  override kill(): void {
    freeTree(this.root);
  }
}

/** Gives the memory of a dead file system back (memfds are host descriptors). Files still open keep theirs. */
function freeTree(root: MemoryInode): void {
  const queue: MemoryInode[] = [root];
  for (let inode = queue.pop(); inode !== undefined; inode = queue.pop()) {
    for (const child of inode.names?.values() ?? []) queue.push(child);
    if (inode.opens === 0) inode.content?.free();
    else inode.nlink = 0;
  }
}

/** "64m", "50%" of memory, "4096". -1 if it is not a size. */
export function parseSize(text: string, percentOf: number): number {
  const match = /^(\d+)([kmgt%]?)$/i.exec(text);
  if (match === null) return -1;
  const value = Number(match[1]);
  switch ((match[2] as string).toLowerCase()) {
    case 'k':
      return value * 1024;
    case 'm':
      return value * 1024 ** 2;
    case 'g':
      return value * 1024 ** 3;
    case 't':
      return value * 1024 ** 4;
    case '%':
      return Math.floor((percentOf * value) / 100);
    default:
      return value;
  }
}

/** mount(2) of type tmpfs. */
export function mountTmpfs(task: Task, _source: string, data: string): Tmpfs | number {
  return newTmpfs(task.kernel.platform.host, data);
}

/** A tmpfs with the options of `data`, or -EINVAL. */
export function newTmpfs(host: HostCalls, data: string): Tmpfs | number {
  const options = parseOptions(data);
  if (options === null) return -EINVAL;
  const { pages = DEFAULT_PAGES, inodes = DEFAULT_INODES, mode = 0o1777, uid = 0, gid = 0 } = options;
  return new Tmpfs(host, new Quota(pages, inodes), mode, uid, gid, options);
}

/** Whether tmpfs has this option, with a good value. */
export function knowsTmpfsOption(option: string): boolean {
  return parseOptions(option) !== null;
}

/** What was asked for; absent: the default. */
interface TmpfsOptions {
  pages?: number;
  inodes?: number;
  mode?: number;
  uid?: number;
  gid?: number;
}

function parseOptions(data: string): TmpfsOptions | null {
  const options: TmpfsOptions = {};
  for (const option of data.split(',')) {
    if (option === '') continue;
    const [key, value = ''] = option.split('=', 2) as [string, string?];
    if (key === 'size' || key === 'nr_blocks') {
      const size = parseSize(value, DEFAULT_PAGES * 2 * PAGE);
      if (size < 0) return null;
      options.pages = (key === 'size' ? Math.ceil(size / PAGE) : size) || UNLIMITED;
    } else if (key === 'nr_inodes') {
      const count = parseSize(value, 0);
      if (count < 0) return null;
      options.inodes = count || UNLIMITED;
    } else if (key === 'mode') {
      if (!/^[0-7]{1,5}$/.test(value)) return null;
      options.mode = Number.parseInt(value, 8) & 0o7777;
    } else if (key === 'uid' || key === 'gid') {
      if (!/^\d{1,10}$/.test(value)) return null;
      options[key] = Number(value);
    } else if (!IGNORED.has(key)) return null;
  }
  return options;
}

/** As /proc/mounts has them: in Linux's order, defaults left out. */
function shownOptions({ pages, inodes, mode, uid, gid }: TmpfsOptions): string {
  const shown: string[] = [];
  if (pages !== undefined && pages !== UNLIMITED) shown.push(`size=${pages * 4}k`);
  if (inodes !== undefined) shown.push(`nr_inodes=${inodes === UNLIMITED ? 0 : inodes}`);
  if (mode !== undefined && mode !== 0o1777) shown.push(`mode=${mode.toString(8)}`);
  if (uid) shown.push(`uid=${uid}`);
  if (gid) shown.push(`gid=${gid}`);
  return shown.join(',');
}

/** Options of Linux's tmpfs that change nothing here. */
const IGNORED = new Set(['huge', 'mpol', 'inode32', 'inode64', 'noswap', 'rw', 'ro', 'defaults']);
