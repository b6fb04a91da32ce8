/** name_to_handle_at(2), open_by_handle_at(2). */
import { CAP_DAC_READ_SEARCH } from '#abi/capability.ts';
import { EBADF, EFAULT, EINVAL, EOPNOTSUPP, EOVERFLOW, EPERM } from '#abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, O_CLOEXEC } from '#abi/fcntl.ts';
import { RLIMIT_NOFILE } from '#abi/resource.ts';
import { dentryOf, generationOf, HANDLE_BYTES, HANDLE_TYPE } from '#fs/vfs/file-handles.ts';
import { openFound } from '#fs/vfs/open.ts';
import type { Handlers } from './handler.ts';
import { normalized } from './open.ts';
import { targetAt } from './path-arguments.ts';

const HEADER = 8;
const HANDLE_MAX = 128;
const AT_HANDLE_FID = 0x200;
const AT_HANDLE_MNT_ID_UNIQUE = 1;
const KNOWN = AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | AT_HANDLE_FID | AT_HANDLE_MNT_ID_UNIQUE;

export const handlers = {
  /** name_to_handle_at(2). */
  name_to_handle_at: (task, dirfd, pathAddr, handle, mountId, flags) => {
    if ((flags & ~KNOWN) !== 0) return -EINVAL;
    const follow = (flags & AT_SYMLINK_FOLLOW) !== 0 ? 0 : AT_SYMLINK_NOFOLLOW;
    const target = targetAt(task, dirfd, pathAddr, (flags & AT_EMPTY_PATH) | follow);
    if (typeof target === 'number') return target;
    const { path } = target;
    if (path === null || !path.dentry.inode?.superBlock.exportsHandles) return -EOPNOTSUPP;
    const room = task.mem.readU32(handle);
    if (room < 0) return room;
    if (room > HANDLE_MAX) return -EINVAL;
    const fits = room >= HANDLE_BYTES;
    const { view } = task.mem;
    view.setUint32(0, HANDLE_BYTES, true);
    view.setInt32(4, HANDLE_TYPE, true);
    if (fits) {
      const { ino } = path.dentry.inode;
      const generation = generationOf(path.dentry);
      view.setUint32(8, ino >>> 0, true);
      view.setUint32(12, Math.floor(ino / 4294967296), true);
      view.setUint32(16, generation >>> 0, true);
      view.setUint32(20, Math.floor(generation / 4294967296), true);
    }
    if (task.mem.out(handle, fits ? HEADER + HANDLE_BYTES : HEADER) < 0) return -EFAULT;
    const unique = (flags & AT_HANDLE_MNT_ID_UNIQUE) !== 0;
    const put = unique ? task.mem.writeU64(mountId, path.mount.uniqueId) : task.mem.writeI32(mountId, path.mount.id);
    return put < 0 ? -EFAULT : fits ? 0 : -EOVERFLOW;
  },

  /** open_by_handle_at(2). */
  open_by_handle_at: (task, mountFd, handle, flags) => {
    const size = task.mem.readU32(handle);
    if (size < 0) return size;
    if (size === 0 || size > HANDLE_MAX) return -EINVAL;
    const base = mountFd === AT_FDCWD ? task.fs.cwd : (task.files.get(mountFd)?.path ?? null);
    if (base === null) return -EBADF;
    if (!task.capable(CAP_DAC_READ_SEARCH)) return -EPERM;
    if (size !== HANDLE_BYTES) return -EINVAL;
    if (!task.mem.in(handle, HEADER + size)) return -EFAULT;
    const { view } = task.mem;
    if (view.getInt32(4, true) !== HANDLE_TYPE) return -EINVAL;
    const ino = view.getUint32(8, true) + view.getUint32(12, true) * 4294967296;
    const generation = view.getUint32(16, true) + view.getUint32(20, true) * 4294967296;
    const known = normalized(flags);
    if (known < 0) return known;
    const dentry = dentryOf(base.mount.superBlock, ino, generation);
    if (typeof dentry === 'number') return dentry;
    const file = openFound(task, base.mount, dentry, known);
    if (typeof file === 'number') return file;
    const fd = task.files.install(file, (flags & O_CLOEXEC) !== 0, task.limit(RLIMIT_NOFILE));
    if (fd < 0) file.put();
    return fd;
  },
} satisfies Handlers;
