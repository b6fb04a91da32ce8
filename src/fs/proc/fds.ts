/** /proc/PID/fd and fdinfo. */
import { EACCES, ENOENT } from '#abi/errno.ts';
import { O_CLOEXEC } from '#abi/fcntl.ts';
import type { Task } from '#kernel/task.ts';
import { DT_LNK, DT_REG, PseudoFile, type PseudoEntry, PseudoLink } from '../pseudo/pseudo.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import { pathString } from '../vfs/path-string.ts';
import { openedAlias } from './opened.ts';
import { mayInspect } from './process.ts';

type Subject = () => Task | null;

function fileOf(subject: Subject, viewer: Task, fd: number): OpenFile | number {
  const task = subject();
  if (task === null || task.exiting) return -ENOENT;
  if (!mayInspect(viewer, task)) return -EACCES;
  return task.files.get(fd) ?? -ENOENT;
}

/** A link to an open file: its name, and following it gives the file itself. */
class FdLink extends PseudoLink {
  constructor(superBlock: ConstructorParameters<typeof PseudoLink>[0], subject: Subject, fd: number) {
    super(
      superBlock,
      (viewer) => {
        const file = fileOf(subject, viewer, fd);
        if (typeof file === 'number') return file;
        return file.path === null ? file.describe() : pathString(file.path, viewer.fs.root);
      },
      (viewer): Path | number => {
        const file = fileOf(subject, viewer, fd);
        if (typeof file === 'number') return file;
        return file.path ?? openedAlias(file);
      },
    );
    const file = subject()?.files.get(fd);
    const access = file === undefined || file === null ? 0 : (file.readable ? 0o500 : 0) | (file.writable ? 0o300 : 0);
    this.mode = (this.mode & ~0o777) | access;
  }
}

function descriptors(subject: Subject, viewer: Task): number[] {
  const task = subject();
  return task === null || task.exiting || !mayInspect(viewer, task) ? [] : [...task.files.descriptors()];
}

export function fdDirectory(subject: Subject, viewer: Task): PseudoEntry[] {
  return descriptors(subject, viewer).map((fd) => ({ name: String(fd), type: DT_LNK, make: (superBlock) => new FdLink(superBlock, subject, fd) }));
}

export function fdinfoDirectory(subject: Subject, viewer: Task): PseudoEntry[] {
  return descriptors(subject, viewer).map((fd) => ({
    name: String(fd),
    type: DT_REG,
    make: (superBlock) =>
      new PseudoFile(superBlock, 0o444, (reader) => {
        const file = fileOf(subject, reader, fd);
        if (typeof file === 'number') return file;
        const cloexec = subject()?.files.isCloexec(fd) === true ? O_CLOEXEC : 0;
        const mount = file.path?.mount.id ?? 0;
        return `pos:\t${file.pos}\nflags:\t0${(file.flags | cloexec).toString(8)}\nmnt_id:\t${mount}\nino:\t${file.inode.ino}\n${file.fdinfo()}`;
      }),
  }));
}
