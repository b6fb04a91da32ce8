/**
 * Path walk: from a path string to a place (path_resolution(7)). One iterative walker, for all calls.
 *
 * The result is in the one `Walk` object `walk`, valid until the next walk; callers take what they need from it at once.
 * Nothing here sleeps, and no file system operation walks, so walks do not nest.
 */
import { AT_FDCWD } from '#abi/fcntl.ts';
import { RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } from '#abi/fcntl.ts';
import { EACCES, EBADF, ELOOP, ENOENT, ENOTDIR, EXDEV } from '#abi/errno.ts';
import { MS_NOSYMFOLLOW } from '#abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '#abi/stat.ts';
import type { Task } from '#kernel/task.ts';
import type { Dentry } from './dentry.ts';
import type { Inode } from './inode.ts';
import { lookupChild } from './lookup.ts';
import type { Mount } from './mount.ts';
import type { Path } from './path.ts';
import { permission, MAY_EXEC } from './permission.ts';
import { mayFollow } from './protections.ts';
import { type SplitPath, splitPath } from './split-path.ts';

/** Follow a symbolic link in the last component. */
export const FOLLOW = 1;
/** The result must be a directory. */
export const DIRECTORY = 2;
/** An empty path means the start itself (AT_EMPTY_PATH). */
export const EMPTY = 4;
/** Stop at the directory that holds the last component, which is then in `walk.last`. */
export const PARENT = 8;

/** What the last component is, after a PARENT walk. */
export const Last = { Name: 0, Dot: 1, DotDot: 2, Root: 3 } as const;
export type Last = (typeof Last)[keyof typeof Last];

const MAX_LINKS = 40;

export class Walk {
  // ---- the result
  mount!: Mount;
  dentry!: Dentry;
  /** PARENT walks: the last component, its kind, and whether a slash follows it. */
  last = '';
  lastKind: Last = Last.Name;
  lastSlash = false;
  /** Symbolic links followed so far; open(O_CREAT) goes on with it. */
  links = 0;
  /** A magic link was followed last: the result need not be reachable by names. */
  jumped = false;

  // ---- the walk in progress
  #rootMount!: Mount;
  #rootDentry!: Dentry;
  #parts: (readonly string[])[] = [];
  #indexes: number[] = [];

  get inode(): Inode {
    return this.dentry.inode as Inode;
  }
  /** The result as a Path that may be kept. */
  get path(): Path {
    return this.dentry.at(this.mount);
  }

  /** Walks `path` from directory descriptor `dirfd`. 0 or -errno. `resolve` has RESOLVE_* bits. */
  from(task: Task, dirfd: number, path: string, flags: number, resolve = 0): number {
    this.links = 0;
    this.jumped = false;
    const split = splitPath(path);
    if (path === '' && (flags & EMPTY) === 0) return -ENOENT;
    const { fs } = task;
    let start: Path;
    if (split.absolute && (resolve & RESOLVE_IN_ROOT) === 0) {
      if ((resolve & RESOLVE_BENEATH) !== 0) return -EXDEV;
      start = fs.root;
    } else if (dirfd === AT_FDCWD) start = fs.cwd;
    else {
      const file = task.files.get(dirfd);
      if (file === null) return -EBADF;
      if (file.path === null) return -ENOTDIR;
      start = file.path;
      if (path !== '' && ((start.dentry.inode as Inode).mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
    }
    const root = (resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) !== 0 ? start : fs.root;
    this.#rootMount = root.mount;
    this.#rootDentry = root.dentry;
    return this.#run(task, start.mount, start.dentry, split, flags, resolve);
  }

  /** Goes on from a place (a link's directory) with a link's target; counts as the same walk. */
  continueFrom(task: Task, start: Path, path: string, flags: number, resolve = 0): number {
    if ((resolve & RESOLVE_NO_SYMLINKS) !== 0) return -ELOOP;
    this.links += 1;
    if (this.links > MAX_LINKS) return -ELOOP;
    if (path === '') return -ENOENT;
    const split = splitPath(path);
    if (!split.absolute) return this.#run(task, start.mount, start.dentry, split, flags, resolve);
    if ((resolve & RESOLVE_BENEATH) !== 0) return -EXDEV;
    return this.#run(task, this.#rootMount, this.#rootDentry, split, flags, resolve);
  }

  #run(task: Task, startMount: Mount, startDentry: Dentry, split: SplitPath, flags: number, resolve: number): number {
    const { creds } = task;
    const stopAtParent = (flags & PARENT) !== 0;
    let mount = startMount;
    let dentry = startDentry;
    let { parts } = split;
    let at = 0;
    let depth = 0;
    let follow = (flags & FOLLOW) !== 0 || split.trailingSlash;
    let mustBeDirectory = !stopAtParent && ((flags & DIRECTORY) !== 0 || split.trailingSlash);
    for (;;) {
      while (at === parts.length && depth > 0) {
        depth -= 1;
        parts = this.#parts[depth] as readonly string[];
        at = this.#indexes[depth] as number;
      }
      if (at === parts.length) break;
      const inode = dentry.inode as Inode;
      const { mode } = inode;
      if ((mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
      if ((mode & 0o111) !== 0o111 && permission(creds, inode, MAY_EXEC) !== 0) return -EACCES;
      const name = parts[at] as string;
      const isLast = depth === 0 && at === parts.length - 1;
      if (isLast && stopAtParent) {
        this.mount = mount;
        this.dentry = dentry;
        this.last = name;
        this.lastKind = name === '.' ? Last.Dot : name === '..' ? Last.DotDot : Last.Name;
        this.lastSlash = split.trailingSlash;
        return 0;
      }
      at += 1;
      if (name === '.') continue;
      if (name === '..') {
        if (dentry === this.#rootDentry && mount === this.#rootMount) {
          if ((resolve & RESOLVE_BENEATH) !== 0) return -EXDEV;
          continue;
        }
        while (dentry === mount.root && mount.mountpoint !== null) {
          if ((resolve & RESOLVE_NO_XDEV) !== 0) return -EXDEV;
          dentry = mount.mountpoint.dentry;
          mount = mount.mountpoint.mount;
          if (dentry === this.#rootDentry && mount === this.#rootMount) break;
        }
        if (dentry !== mount.root && !(dentry === this.#rootDentry && mount === this.#rootMount)) dentry = dentry.parent ?? dentry;
      } else {
        const child = lookupChild(task, dentry, name);
        if (typeof child === 'number') return child;
        const target = child.inode;
        if (target === null) return -ENOENT;
        if ((target.mode & S_IFMT) === S_IFLNK && child.mountCount === 0) {
          if (isLast && !follow) {
            dentry = child;
            break;
          }
          if (isLast && !mayFollow(task, inode, target)) return -EACCES;
          if ((resolve & RESOLVE_NO_SYMLINKS) !== 0 || (mount.flags & MS_NOSYMFOLLOW) !== 0) return -ELOOP;
          this.links += 1;
          if (this.links > MAX_LINKS) return -ELOOP;
          const magic = target.magicLink(task);
          if (magic !== null) {
            if (typeof magic === 'number') return magic;
            if ((resolve & RESOLVE_NO_MAGICLINKS) !== 0) return -ELOOP;
            if ((resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0) return -EXDEV;
            if ((resolve & RESOLVE_NO_XDEV) !== 0 && magic.mount !== mount) return -EXDEV;
            this.jumped = isLast;
            mount = magic.mount;
            dentry = magic.dentry;
            continue;
          }
          const text = target.readlink(task);
          if (typeof text === 'number') return text;
          if (text === '') return -ENOENT;
          const next = splitPath(text);
          if (!isLast) {
            this.#parts[depth] = parts;
            this.#indexes[depth] = at;
            depth += 1;
          } else if (next.trailingSlash) {
            follow = true;
            mustBeDirectory = true;
          }
          if (next.absolute) {
            if ((resolve & RESOLVE_BENEATH) !== 0) return -EXDEV;
            if ((resolve & RESOLVE_NO_XDEV) !== 0 && mount !== this.#rootMount) return -EXDEV;
            mount = this.#rootMount;
            dentry = this.#rootDentry;
          }
          parts = next.parts;
          at = 0;
          continue;
        }
        dentry = child;
      }
      while (dentry.mountCount > 0) {
        const above = mount.childAt(dentry);
        if (above === null) break;
        if ((resolve & RESOLVE_NO_XDEV) !== 0) return -EXDEV;
        mount = above;
        dentry = above.root;
      }
    }
    const end = dentry.inode as Inode;
    if (mustBeDirectory && (end.mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
    this.mount = mount;
    this.dentry = dentry;
    this.lastKind = Last.Root;
    this.last = '';
    this.lastSlash = split.trailingSlash;
    return 0;
  }
}

/** The one walker. */
export const walk = new Walk();
