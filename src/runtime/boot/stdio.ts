/** Descriptors 0, 1 and 2 of the init process: host descriptors, or the host's terminal. */
import { HostFile } from '#fs/anon/host-file.ts';
import type { Task } from '#kernel/task.ts';
import type { SandboxSpec } from '../sandbox-spec.ts';

export function openStdio(task: Task, spec: SandboxSpec): void {
  const { stdio } = spec.process;
  const { platform } = task.kernel;
  for (const [fd, hostFd] of [stdio.stdin, stdio.stdout, stdio.stderr].entries()) {
    if (hostFd >= 0) task.files.replace(fd, new HostFile(platform, hostFd), false);
  }
}
