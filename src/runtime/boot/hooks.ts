/** Calls from the kernel's core into subsystems. */
import type { KernelHooks } from '#kernel/kernel.ts';
import { updateNotify } from '#kernel/signal/send.ts';
import { armCpuLimit, dropProcessTimers } from '#kernel/time/itimers.ts';
import { dropPosixTimers } from '#kernel/time/posix-timers.ts';

export const kernelHooks: KernelHooks = {
  descriptorClosed(task, file) {
    file.inode.locks?.ownerClosed(task.files);
  },
  taskCreated(child) {
    if (child.isLeader) armCpuLimit(child.group);
    updateNotify(child);
  },
  execed(task) {
    dropPosixTimers(task.group);
  },
  processExited(group) {
    dropPosixTimers(group);
    dropProcessTimers(group);
  },
};
