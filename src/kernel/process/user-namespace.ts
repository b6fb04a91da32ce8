/** Making and entering user namespaces. */
import { CAP_SETFCAP, CAP_SYS_ADMIN } from '#abi/capability.ts';
import { ENOSPC, EPERM } from '#abi/errno.ts';
import { CapSet } from '../creds.ts';
import type { Task } from '../task.ts';
import { ownerOf, UserNamespace } from '../user-namespace.ts';

/** A user namespace below the task's own; -errno. */
export function newUserNamespace(task: Task): UserNamespace | number {
  const { creds } = task;
  const parent = creds.userNs;
  // A process in a chroot would come out of it.
  const { root } = task.fs;
  const top = task.ns.mount.rootPath();
  if (root.dentry !== top.dentry || root.mount !== top.mount) return -EPERM;
  if (parent.uidInside(creds.euid) < 0 || parent.gidInside(creds.egid) < 0) return -EPERM;
  const made = new UserNamespace(parent, creds.euid, creds.egid, creds.effective.has(CAP_SETFCAP));
  return made.isFull ? -ENOSPC : made;
}

/** The task has all capabilities there, and none anywhere else. */
export function enterUserNamespace(task: Task, namespace: UserNamespace): void {
  const creds = task.creds.copy();
  creds.userNs = namespace;
  creds.securebits = 0;
  creds.inheritable = new CapSet();
  creds.permitted = CapSet.full();
  creds.effective = CapSet.full();
  creds.bounding = CapSet.full();
  creds.ambient = new CapSet();
  task.creds = creds;
  task.ns = { ...task.ns, user: namespace };
}

/** Whether the task may change the mounts that it sees. */
export function mayMount(task: Task): boolean {
  return task.creds.capableIn(ownerOf(task.ns.mount), CAP_SYS_ADMIN);
}
