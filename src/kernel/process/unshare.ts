/** New namespaces for clone(2), unshare(2) and setns(2). Those whose kind this kernel has only one of so far are told apart by number alone. */
import { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWTIME, CLONE_NEWUTS } from '#abi/sched.ts';
import { IpcNamespace } from '../ipc/namespace.ts';
import { type Namespaces, PlainNamespace, UtsNamespace } from '../namespaces.ts';
import type { Task } from '../task.ts';

/** Flags that need CAP_SYS_ADMIN. */
export const NAMESPACE_FLAGS = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME;

/**
 * The namespaces of a child (or of an unsharing task). A new mount namespace moves root and working directory of the
 * task's fs context along: the caller gives it a context of its own first.
 */
export function cloneNamespaces(task: Task, flags: number): Namespaces {
  if ((flags & NAMESPACE_FLAGS) === 0) return task.ns;
  const { ns } = task;
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    ...ns,
    mount: has(CLONE_NEWNS) ? ns.mount.copy(task.fs) : ns.mount,
    uts: has(CLONE_NEWUTS) ? new UtsNamespace(ns.uts.hostname, ns.uts.domainname) : ns.uts,
    ipc: has(CLONE_NEWIPC) ? new IpcNamespace() : ns.ipc,
    net: has(CLONE_NEWNET) ? new PlainNamespace('net') : ns.net,
    cgroup: has(CLONE_NEWCGROUP) ? new PlainNamespace('cgroup') : ns.cgroup,
    time: has(CLONE_NEWTIME) ? new PlainNamespace('time') : ns.time,
  };
}
