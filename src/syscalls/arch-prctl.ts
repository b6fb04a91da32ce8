/** arch_prctl(2). GS belongs to the platform: setting its base is refused. */
import { EINVAL, EPERM } from '#abi/errno.ts';
import { ARCH_GET_FS, ARCH_GET_GS, ARCH_SET_FS, ARCH_SET_GS } from '#abi/prctl.ts';
import type { Handlers } from './handler.ts';

export const handlers = {
  arch_prctl(task, code, addr) {
    switch (code) {
      case ARCH_SET_FS:
        if (addr >= task.kernel.platform.guestEnd) return -EPERM;
        task.thread.regs.setFsBase(addr);
        return 0;
      case ARCH_GET_FS:
        return task.mem.writeU64(addr, task.thread.regs.getFsBase());
      case ARCH_GET_GS:
        return task.mem.writeU64(addr, 0);
      case ARCH_SET_GS:
        return -EINVAL;
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
