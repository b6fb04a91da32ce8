/** Calls from the kernel's core into subsystems. */
import type { KernelHooks } from '#kernel/kernel.ts';

export const kernelHooks: KernelHooks = {
  descriptorClosed() {},
  taskCreated() {},
  execed() {},
  processExited() {},
};
