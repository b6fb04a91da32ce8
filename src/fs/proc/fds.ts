/** /proc/PID/fd, fdinfo and map_files: what a process has open, as links that lead to the open files themselves. */
import { EACCES, ENOENT } from '#abi/errno.ts';
import { DT_LNK, DT_REG, O_CLOEXEC } from '#abi/fcntl.ts';
import type { Task } from '#kernel/task.ts';
import { PseudoDirectory, type PseudoEntry, PseudoFile, PseudoLink, type PseudoName } from '../pseudo/pseudo.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import { pathString } from '../vfs/path-string.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import { mayInspect, type Subject } from './inspect.ts';
import { openedAlias } from './opened.ts';

/** What Linux gives as the size of a link that leads to an object. */
const LINK_SIZE = 64;
/** Linux's own bit; the C library's O_LARGEFILE is 0. */
const O_LARGEFILE = 0o100000;

function fileOf(subject: Subject, viewer: Task, fd: number): OpenFile | number {
  const task = subject();
  if (task === null || task.exiting) return -ENOENT;
  if (!mayInspect(viewer, task)) return -EACCES;
  return task.files.get(fd) ?? -ENOENT;
}
/** What it was opened as; what is in no tree of mounts (pipes, namespaces) bears its name itself. */
function nameOf(file: OpenFile, viewer: Task): string {
  const { path } = file;
  if (path === null) return file.describe();
  return path.dentry.parent === null && path.dentry.name !== '' ? path.dentry.name : pathString(path, viewer.fs.root);
}
function pathOf(file: OpenFile): Path {
  return file.path ?? openedAlias(file);
}

/** Link to an open file: its mode bits say whether it is open for reading and writing. */
class FdLink extends PseudoLink {
  readonly #subject: Subject;
  readonly #fd: number;
  constructor(superBlock: SuperBlock, subject: Subject, fd: number) {
    super(
      superBlock,
      (viewer) => {
        const file = fileOf(subject, viewer, fd);
        return typeof file === 'number' ? file : nameOf(file, viewer);
      },
      (viewer) => {
        const file = fileOf(subject, viewer, fd);
        return typeof file === 'number' ? file : pathOf(file);
      },
    );
    this.#subject = subject;
    this.#fd = fd;
    this.size = LINK_SIZE;
    this.refresh();
  }
  override refresh(): number {
    const task = this.#subject();
    const file = task === null || task.exiting ? null : task.files.get(this.#fd);
    if (file !== null) this.mode = (this.mode & ~0o777) | (file.readable ? 0o500 : 0) | (file.writable ? 0o300 : 0);
    return super.refresh();
  }
}

/** A descriptor number in its one spelling; -1 for anything else. */
function parseFd(name: string): number {
  const fd = Number(name);
  return fd >= 0 && fd < 2 ** 31 && String(fd) === name ? fd : -1;
}

abstract class DescriptorDirectory extends PseudoDirectory {
  protected readonly subject: Subject;
  readonly #type: number;
  constructor(superBlock: SuperBlock, subject: Subject, mode: number, type: number) {
    super(superBlock, mode);
    this.subject = subject;
    this.#type = type;
  }
  protected abstract makeEntry(superBlock: SuperBlock, fd: number): PseudoLink | PseudoFile;

  #of(viewer: Task): Task | null {
    const task = this.subject();
    return task === null || task.exiting || !mayInspect(viewer, task) ? null : task;
  }
  override names(viewer: Task): readonly PseudoName[] {
    const task = this.#of(viewer);
    return task === null ? [] : [...task.files.descriptors()].map((fd) => ({ name: String(fd), type: this.#type }));
  }
  override entry(viewer: Task, name: string): PseudoEntry | null {
    const fd = parseFd(name);
    if (fd < 0 || this.#of(viewer)?.files.get(fd) === null) return null;
    if (this.#of(viewer) === null) return null;
    const make = (superBlock: SuperBlock) => {
      const made = this.makeEntry(superBlock, fd);
      made.owner = this;
      made.refresh();
      return made;
    };
    return { name, type: this.#type, make };
  }
}

export class FdDirectory extends DescriptorDirectory {
  constructor(superBlock: SuperBlock, subject: Subject) {
    super(superBlock, subject, 0o500, DT_LNK);
  }
  override refresh(): number {
    const task = this.subject();
    this.size = task === null || task.exiting ? 0 : task.files.count;
    return super.refresh();
  }
  protected override makeEntry(superBlock: SuperBlock, fd: number): PseudoLink {
    return new FdLink(superBlock, this.subject, fd);
  }
}

export class FdinfoDirectory extends DescriptorDirectory {
  constructor(superBlock: SuperBlock, subject: Subject) {
    super(superBlock, subject, 0o555, DT_REG);
  }
  protected override makeEntry(superBlock: SuperBlock, fd: number): PseudoFile {
    return new PseudoFile(superBlock, 0o444, (viewer) => {
      const file = fileOf(this.subject, viewer, fd);
      if (typeof file === 'number') return file;
      const cloexec = this.subject()?.files.isCloexec(fd) === true ? O_CLOEXEC : 0;
      // What was opened by name carries it on a 64-bit Linux, whether it was asked for or not.
      const large = file.path === null ? 0 : O_LARGEFILE;
      return `pos:\t${file.pos}\nflags:\t0${(file.flags | cloexec | large).toString(8)}\nmnt_id:\t${file.path?.mount.id ?? 0}\nino:\t${file.inode.ino}\n${lockLines(file, this.subject())}${file.fdinfo()}`;
    });
  }
}

/** Locks that this open file or the process holds on its inode. */
function lockLines(file: OpenFile, task: Task | null): string {
  const lines = task === null ? [] : (file.inode.locks?.lines([file, task.files]) ?? []);
  return lines.map((line, i) => `lock:\t${i + 1}: ${line}\n`).join('');
}

/** Links named by address range, to the mapped files. */
export class MapFiles extends PseudoDirectory {
  readonly #subject: Subject;
  constructor(superBlock: SuperBlock, subject: Subject) {
    super(superBlock, 0o500);
    this.#subject = subject;
  }
  override get remembers(): boolean {
    return false;
  }
  #mappings(viewer: Task): Map<string, OpenFile> {
    const found = new Map<string, OpenFile>();
    const task = this.#subject();
    if (task === null || task.exiting || !mayInspect(viewer, task)) return found;
    for (const area of task.mm.areas) if (area.file !== null) found.set(`${area.start.toString(16)}-${area.end.toString(16)}`, area.file);
    return found;
  }
  override names(viewer: Task): readonly PseudoName[] {
    return [...this.#mappings(viewer).keys()].map((name) => ({ name, type: DT_LNK }));
  }
  override entry(viewer: Task, name: string): PseudoEntry | null {
    const file = this.#mappings(viewer).get(name);
    if (file === undefined) return null;
    return {
      name,
      type: DT_LNK,
      make: (superBlock) =>
        new PseudoLink(
          superBlock,
          (reader) => nameOf(file, reader),
          () => pathOf(file),
        ),
    };
  }
}
