/**
 * Ancillary data (cmsg(3)): what came with a message besides its bytes, and its form in guest memory. In flight it is a
 * `Control`; files in it hold a reference each.
 */
import { EBADF, EFAULT, EINVAL, ENOBUFS, EPERM, ESRCH, ETOOMANYREFS } from '#abi/errno.ts';
import { CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, SCM_CREDENTIALS, SCM_MAX_FD, SCM_PIDFD, SCM_RIGHTS, SOL_SOCKET } from '#abi/socket.ts';
import { PidFile } from '#fs/anon/pidfd.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Task } from '#kernel/task.ts';
import { OVERFLOW_ID } from '#kernel/user-namespace.ts';
import type { ThreadGroup } from '#kernel/thread-group.ts';
import { filesInFlight } from './in-flight.ts';

const HEADER = 16;
/** net.core.optmem_max. */
const MAX_CONTROL = 131072;

/** Who sent: struct ucred, and the process for SCM_PIDFD. */
export interface Credentials {
  pid: number;
  uid: number;
  gid: number;
  group: ThreadGroup | null;
}

export interface Control {
  credentials: Credentials | null;
  files: OpenFile[] | null;
  /** Whose limit the files in flight count against. */
  uid: number;
}

export function ownCredentials(task: Task): Credentials {
  return { pid: task.pid, uid: task.creds.uid, gid: task.creds.gid, group: task.group };
}

/** Gives up files in flight. */
export function dropControl(control: Control | null): void {
  if (control === null || control.files === null) return;
  const { files } = control;
  control.files = null;
  filesInFlight.left(files, control.uid);
  for (const file of files) file.put();
}

/** Reads the control buffer of a sendmsg; null for none, or -errno. */
export function readControl(task: Task, addr: number, length: number): Control | null | number {
  if (length === 0) return null;
  if (length > MAX_CONTROL) return -ENOBUFS;
  const bytes = new Uint8Array(length);
  if (task.mem.read(addr, bytes, 0, length) < 0) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const control: Control = { credentials: null, files: null, uid: task.creds.uid };
  for (let at = 0; at + HEADER <= length; ) {
    const size = view.getUint32(at, true);
    const failed =
      view.getUint32(at + 4, true) !== 0 || size < HEADER || at + size > length ? -EINVAL : readOne(task, view, at, size, control);
    if (failed < 0) {
      dropControl(control);
      return failed;
    }
    at += (size + 7) & ~7;
  }
  return control.credentials === null && control.files === null ? null : control;
}

function readOne(task: Task, view: DataView, at: number, size: number, control: Control): number {
  if (view.getInt32(at + 8, true) !== SOL_SOCKET) return 0;
  const data = size - HEADER;
  switch (view.getInt32(at + 12, true)) {
    case SCM_RIGHTS:
      return readRights(task, view, at + HEADER, data >> 2, control);
    case SCM_CREDENTIALS:
      return data === 12 ? readCredentials(task, view, at + HEADER, control) : -EINVAL;
    default:
      return -EINVAL;
  }
}

function readRights(task: Task, view: DataView, at: number, count: number, control: Control): number {
  const files = control.files ?? [];
  if (files.length + count > SCM_MAX_FD) return -EINVAL;
  if (count === 0) return 0;
  const { uid } = task.creds;
  if (filesInFlight.count(uid) > task.limit(RLIMIT_NOFILE) && !task.capable(CAP_SYS_RESOURCE) && !task.capable(CAP_SYS_ADMIN))
    return -ETOOMANYREFS;
  const fresh: OpenFile[] = [];
  for (let i = 0; i < count; i += 1) {
    const file = task.files.get(view.getInt32(at + i * 4, true));
    if (file === null) return -EBADF;
    fresh.push(file);
  }
  for (const file of fresh) file.get();
  filesInFlight.entered(fresh, uid);
  control.files = [...files, ...fresh];
  return 0;
}

/** Others' ids may only be claimed with the capabilities that allow to take them. */
function readCredentials(task: Task, view: DataView, at: number, control: Control): number {
  const { creds } = task;
  const pid = task.ns.pid.from(view.getInt32(at, true));
  const uid = creds.userNs.uidFrom(view.getUint32(at + 4, true));
  const gid = creds.userNs.gidFrom(view.getUint32(at + 8, true));
  if (uid < 0 || gid < 0) return -EINVAL;
  if (pid !== task.pid && !task.capableHere(CAP_SYS_ADMIN)) return -EPERM;
  if (uid !== creds.uid && uid !== creds.euid && uid !== creds.suid && !task.capableHere(CAP_SETUID)) return -EPERM;
  if (gid !== creds.gid && gid !== creds.egid && gid !== creds.sgid && !task.capableHere(CAP_SETGID)) return -EPERM;
  const group = task.kernel.pids.groups.get(pid) ?? null;
  if (group === null) return -ESRCH;
  control.credentials = { pid, uid, gid, group };
  return 0;
}

/** Stores ancillary data in a guest's control buffer, in Linux's order. */
export class ControlWriter {
  readonly #task: Task;
  readonly #addr: number;
  readonly #size: number;
  #used = 0;
  /** MSG_CTRUNC when something did not fit. */
  flags = 0;

  constructor(task: Task, addr: number, size: number) {
    this.#task = task;
    this.#addr = addr;
    this.#size = addr === 0 ? 0 : size;
  }
  get used(): number {
    return this.#used;
  }

  /** One item of `length` bytes, in `task.mem`'s scratch buffer from offset 16 on. 0 or -EFAULT. */
  #put(type: number, length: number): number {
    const left = this.#size - this.#used;
    if (left < HEADER) {
      this.flags |= MSG_CTRUNC;
      return 0;
    }
    let size = HEADER + length;
    if (left < size) {
      this.flags |= MSG_CTRUNC;
      size = left;
    }
    const { view } = this.#task.mem;
    view.setUint32(0, size, true);
    view.setUint32(4, 0, true);
    view.setInt32(8, SOL_SOCKET, true);
    view.setInt32(12, type, true);
    const result = this.#task.mem.out(this.#addr + this.#used, size);
    this.#used = Math.min(this.#size, this.#used + ((size + 7) & ~7));
    return result;
  }

  credentials(credentials: Credentials | null): number {
    const { view } = this.#task.mem;
    const { userNs } = this.#task.creds;
    view.setInt32(16, credentials === null ? 0 : this.#task.ns.pid.inside(credentials.pid), true);
    view.setUint32(20, credentials === null ? OVERFLOW_ID : userNs.showUid(credentials.uid), true);
    view.setUint32(24, credentials === null ? OVERFLOW_ID : userNs.showGid(credentials.gid), true);
    return this.#put(SCM_CREDENTIALS, 12);
  }

  /** Installs as many files as there is room and descriptors for; the others are closed. Takes the references. */
  rights(files: readonly OpenFile[], uid: number, messageFlags: number): number {
    const task = this.#task;
    filesInFlight.left(files, uid);
    const room = Math.max(0, Math.floor((this.#size - this.#used - HEADER) / 4));
    const fds: number[] = [];
    for (const file of files) {
      const fd = fds.length < room ? task.files.install(file, (messageFlags & MSG_CMSG_CLOEXEC) !== 0, task.limit(RLIMIT_NOFILE)) : -1;
      if (fd < 0) break;
      fds.push(fd);
    }
    for (const file of files.slice(fds.length)) file.put();
    if (fds.length < files.length) this.flags |= MSG_CTRUNC;
    if (fds.length === 0) return 0;
    fds.forEach((fd, i) => task.mem.view.setInt32(HEADER + i * 4, fd, true));
    return this.#put(SCM_RIGHTS, fds.length * 4);
  }

  pidfd(credentials: Credentials | null): number {
    const task = this.#task;
    const group = credentials?.group ?? null;
    let fd = -ESRCH;
    if (group !== null && this.#size - this.#used >= HEADER + 4) {
      const file = new PidFile(group, 0);
      fd = task.files.install(file, true, task.limit(RLIMIT_NOFILE));
      if (fd < 0) file.put();
    }
    task.mem.view.setInt32(HEADER, fd, true);
    return this.#put(SCM_PIDFD, 4);
  }
}
