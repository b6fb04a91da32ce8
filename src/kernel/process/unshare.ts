/** New namespaces for clone(2) and unshare(2). Of network, cgroup and time there is one of each so far: they are told apart by number alone. */
import { EINVAL, ENOSPC } from '#abi/errno.ts';
import { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUTS } from '#abi/sched.ts';
import { IpcNamespace } from '../ipc/namespace.ts';
import { type Namespaces, PlainNamespace, UtsNamespace } from '../namespaces.ts';
import { PidNamespace } from '../pid-namespace.ts';
import type { Task } from '../task.ts';
import { setOwner, type UserNamespace } from '../user-namespace.ts';

/** Flags that need CAP_SYS_ADMIN. */
export const NAMESPACE_FLAGS = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME | CLONE_NEWPID;

/**
 * The namespaces of a child (or of an unsharing task), of which those in `flags` are new and belong to `owner`; -errno. A new
 * mount namespace moves root and working directory of the task's fs context along: the caller gives it a context of its own first.
 */
export function cloneNamespaces(task: Task, flags: number, owner: UserNamespace): Namespaces | number {
  if ((flags & NAMESPACE_FLAGS) === 0) return task.ns;
  const { ns } = task;
  const has = (flag: number) => (flags & flag) !== 0;
  const owned = <T extends object>(namespace: T): T => {
    setOwner(namespace, owner);
    return namespace;
  };
  let { pidForChildren } = ns;
  if (has(CLONE_NEWPID)) {
    if (ns.pidForChildren !== ns.pid) return -EINVAL;
    pidForChildren = owned(new PidNamespace(ns.pidForChildren, task.kernel.pids.max));
    if (pidForChildren.isFull) return -ENOSPC;
  }
  return {
    ...ns,
    pidForChildren,
    mount: has(CLONE_NEWNS) ? owned(ns.mount.copy(task.fs)) : ns.mount,
    uts: has(CLONE_NEWUTS) ? owned(new UtsNamespace(ns.uts.hostname, ns.uts.domainname)) : ns.uts,
    ipc: has(CLONE_NEWIPC) ? owned(new IpcNamespace()) : ns.ipc,
    net: has(CLONE_NEWNET) ? owned(new PlainNamespace('net')) : ns.net,
    cgroup: has(CLONE_NEWCGROUP) ? owned(new PlainNamespace('cgroup')) : ns.cgroup,
    time: has(CLONE_NEWTIME) ? owned(new PlainNamespace('time')) : ns.time,
  };
}
