/** /proc/PID/mounts, mountinfo and mountstats (proc(5)). Only what is below the task's root is shown. */
import { EINVAL, ESRCH } from '#abi/errno.ts';
import { MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_NOSYMFOLLOW, MS_RDONLY, MS_RELATIME } from '#abi/mount.ts';
import { EPOLLERR, EPOLLPRI } from '#abi/poll.ts';
import type { Task } from '#kernel/task.ts';
import type { WaitQueue } from '#kernel/wait.ts';
import { PseudoFile, PseudoOpenFile } from '../pseudo/pseudo.ts';
import type { Mount } from '../vfs/mount.ts';
import type { MountNamespace } from '../vfs/mount-namespace.ts';
import type { OpenFile } from '../vfs/open-file.ts';
import type { Path } from '../vfs/path.ts';
import { pathBelow, pathInSuperBlock } from '../vfs/path-string.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import type { Subject } from './inspect.ts';

/** Space, tab, newline and backslash as octal. */
function octal(text: string): string {
  return text.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function mountOptions(mount: Mount): string {
  const { flags } = mount;
  const options = [(flags & MS_RDONLY) !== 0 ? 'ro' : 'rw'];
  if ((flags & MS_NOSUID) !== 0) options.push('nosuid');
  if ((flags & MS_NODEV) !== 0) options.push('nodev');
  if ((flags & MS_NOEXEC) !== 0) options.push('noexec');
  if ((flags & MS_NOATIME) !== 0) options.push('noatime');
  if ((flags & MS_NODIRATIME) !== 0) options.push('nodiratime');
  if ((flags & MS_RELATIME) !== 0) options.push('relatime');
  if ((flags & MS_NOSYMFOLLOW) !== 0) options.push('nosymfollow');
  return options.join(',');
}
function superOptions(mount: Mount): string {
  const own = mount.superBlock.showOptions();
  const access = mount.superBlock.readOnly ? 'ro' : 'rw';
  return own === '' ? access : `${access},${own}`;
}

/** An open mounts or mountinfo: poll says once (EPOLLERR, EPOLLPRI) that the tree of mounts has changed since it was last asked. */
export class MountsFile extends PseudoFile {
  readonly #subject: Subject;
  constructor(superBlock: SuperBlock, subject: Subject, show: (task: Task) => string) {
    super(superBlock, 0o444, () => {
      const task = subject();
      return task === null ? -ESRCH : task.exiting ? -EINVAL : show(task);
    });
    this.#subject = subject;
    this.writeError = -EINVAL;
  }
  override open(_task: Task, flags: number, _path: Path): OpenFile | number {
    const task = this.#subject();
    if (task === null || task.exiting) return -EINVAL;
    return new MountsOpenFile(this, flags, task.ns.mount);
  }
}

class MountsOpenFile extends PseudoOpenFile {
  override readonly waitQueue: WaitQueue;
  readonly #namespace: MountNamespace;
  #seen: number;
  constructor(inode: PseudoFile, flags: number, namespace: MountNamespace) {
    super(inode, flags);
    this.waitQueue = namespace.changed;
    this.#namespace = namespace;
    this.#seen = namespace.events;
  }
  override poll(): number {
    const { events } = this.#namespace;
    if (events === this.#seen) return super.poll();
    this.#seen = events;
    return super.poll() | EPOLLERR | EPOLLPRI;
  }
}

function visible(task: Task): { mount: Mount; point: string }[] {
  if (task.exiting) return [];
  const found: { mount: Mount; point: string }[] = [];
  for (const mount of task.ns.mount.mounts()) {
    const point = pathBelow(mount.root.at(mount), task.fs.root);
    if (point !== null) found.push({ mount, point });
  }
  return found;
}

export function mounts(task: Task): string {
  return visible(task)
    .map(({ mount, point }) => {
      const own = mount.superBlock.showOptions();
      return `${octal(mount.source || 'none')} ${octal(point)} ${mount.superBlock.type} ${mountOptions(mount)}${own === '' ? '' : `,${own}`} 0 0\n`;
    })
    .join('');
}

export function mountinfo(task: Task): string {
  return visible(task)
    .map(({ mount, point }) => {
      const parent = mount.mountpoint?.mount.id ?? mount.id;
      const { superBlock } = mount;
      const tags = [
        mount.peers === null ? '' : `shared:${mount.peers.id} `,
        mount.master === null ? '' : `master:${mount.master.id} `,
        mount.unbindable ? 'unbindable ' : '',
      ].join('');
      const device = `${superBlock.deviceMajor}:${superBlock.deviceMinor}`;
      const root = octal(pathInSuperBlock(mount.root));
      return `${mount.id} ${parent} ${device} ${root} ${octal(point)} ${mountOptions(mount)} ${tags}- ${superBlock.type} ${octal(mount.source || 'none')} ${superOptions(mount)}\n`;
    })
    .join('');
}

export function mountstats(task: Task): string {
  return visible(task)
    .map(({ mount, point }) => `device ${octal(mount.source || 'none')} mounted on ${octal(point)} with fstype ${mount.superBlock.type}\n`)
    .join('');
}
