/** fcntl(F_NOTIFY): a signal when something in a directory changes. The older sibling of inotify. */
import { ENOTDIR } from '#abi/errno.ts';
import { DN_ACCESS, DN_ATTRIB, DN_CREATE, DN_DELETE, DN_MODIFY, DN_MULTISHOT, DN_RENAME } from '#abi/fcntl.ts';
import { IN_ACCESS, IN_ATTRIB, IN_CREATE, IN_DELETE, IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO } from '#abi/inotify.ts';
import { SI_KERNEL, SIGIO } from '#abi/signal.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { sendToGroup } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import { addWatch, type InodeWatch, removeWatch } from './notify.ts';
import type { OpenFile } from './open-file.ts';

const POLL_MSG = 3;
const POLL_MSG_BAND = 0x441;
const EVENTS: readonly (readonly [number, number])[] = [
  [DN_ACCESS, IN_ACCESS],
  [DN_MODIFY, IN_MODIFY],
  [DN_CREATE, IN_CREATE | IN_MOVED_TO],
  [DN_DELETE, IN_DELETE | IN_MOVED_FROM],
  [DN_RENAME, IN_MOVED_FROM | IN_MOVED_TO],
  [DN_ATTRIB, IN_ATTRIB],
];

/** One directory descriptor's request. It ends with the open file. */
class DirectoryWatch implements InodeWatch {
  readonly #file: OpenFile;
  readonly #group: ThreadGroup;
  mask = 0;
  multishot = false;

  readonly #fd: number;
  constructor(file: OpenFile, fd: number, group: ThreadGroup) {
    this.#file = file;
    this.#fd = fd;
    this.#group = group;
  }
  onEvent(mask: number, _cookie: number, name: string): void {
    if (this.#file.refs === 0) {
      this.end();
      return;
    }
    if (name === '' || (mask & this.mask) === 0) return;
    if (!this.multishot) this.end();
    const { ownerSignal } = this.#file;
    const info =
      ownerSignal === 0 ? sigInfo(SIGIO, SI_KERNEL) : sigInfo(ownerSignal, POLL_MSG, { status: this.#fd, valueLo: POLL_MSG_BAND });
    sendToGroup(this.#group, info);
  }
  end(): void {
    removeWatch(this.#file.inode, this);
    watches.delete(this.#file);
  }
}

const watches = new WeakMap<OpenFile, DirectoryWatch>();

/** F_NOTIFY with DN_* bits; 0 of them ends it. Bits add up over calls. */
export function directoryNotify(task: Task, file: OpenFile, fd: number, bits: number): number {
  let mask = 0;
  for (const [bit, events] of EVENTS) if ((bits & bit) !== 0) mask |= events;
  let watch = watches.get(file);
  if (mask === 0) {
    watch?.end();
    return 0;
  }
  if (!file.inode.isDirectory) return -ENOTDIR;
  if (watch === undefined) {
    watch = new DirectoryWatch(file, fd, task.group);
    watches.set(file, watch);
    addWatch(file.inode, watch);
  }
  watch.mask |= mask;
  watch.multishot = (bits & DN_MULTISHOT) !== 0;
  return 0;
}
