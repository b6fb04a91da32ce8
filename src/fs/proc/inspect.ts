/** Who may see what is private to a process, as proc(5) says ("ptrace access mode PTRACE_MODE_READ_FSCREDS"). */
import { CAP_SYS_PTRACE } from '#abi/capability.ts';
import type { Task } from '#kernel/task.ts';

/** The task a directory is about; null once it is gone. */
export type Subject = () => Task | null;

export function mayInspect(viewer: Task, subject: Task): boolean {
  if (viewer.group === subject.group || viewer.creds.capableIn(subject.creds.userNs, CAP_SYS_PTRACE)) return true;
  const { creds: a } = viewer;
  const { creds: b } = subject;
  return (
    a.fsuid === b.uid &&
    a.fsuid === b.euid &&
    a.fsuid === b.suid &&
    a.fsgid === b.gid &&
    a.fsgid === b.egid &&
    a.fsgid === b.sgid &&
    subject.group.dumpable === 1 &&
    b.permitted.isSubsetOf(a.permitted)
  );
}
