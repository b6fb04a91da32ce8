/** memfd_create(2). */
import { EFAULT, EINVAL } from '#abi/errno.ts';
import { F_SEAL_EXEC, F_SEAL_SEAL, O_RDWR } from '#abi/fcntl.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { newMemfd } from '#fs/tmpfs/memfd.ts';
import type { Handlers } from './handler.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_HUGETLB = 4;
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 16;
const NAME_MAX = 249;

export const handlers = {
  /** memfd_create(2). MFD_HUGETLB is refused. */
  memfd_create: (task, addr, flags) => {
    if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)) !== 0 || (flags & MFD_HUGETLB) !== 0) return -EINVAL;
    if ((flags & (MFD_EXEC | MFD_NOEXEC_SEAL)) === (MFD_EXEC | MFD_NOEXEC_SEAL)) return -EINVAL;
    const name = task.mem.string(addr, NAME_MAX, EINVAL);
    if (typeof name === 'number') return name === -EFAULT ? -EFAULT : -EINVAL;
    const sealable = (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL)) !== 0;
    const noexec = (flags & MFD_NOEXEC_SEAL) !== 0;
    const seals = (sealable ? 0 : F_SEAL_SEAL) | (noexec ? F_SEAL_EXEC : 0);
    const file = newMemfd(task, name, noexec ? 0o666 : 0o777, seals, O_RDWR);
    const fd = task.files.install(file, (flags & MFD_CLOEXEC) !== 0, task.limit(RLIMIT_NOFILE));
    if (fd < 0) file.put();
    return fd;
  },
} satisfies Handlers;
