/**
 * mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2), msync(2), mincore(2), mlock(2) and relatives.
 *
 * Private anonymous memory is mapped, unmapped, protected and discarded by the calling thread itself, once the list is
 * changed (`byCaller`); files and the rest go through the platform.
 */
import { EACCES, EAGAIN, EBADF, EBUSY, EFAULT, EINVAL, ENOMEM, ENOSPC, EOPNOTSUPP, EOVERFLOW, EPERM } from '#abi/errno.ts';
import { CAP_IPC_LOCK } from '#abi/capability.ts';
import { O_PATH } from '#abi/fcntl.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_TYPE,
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  MLOCK_ONFAULT,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
  PROT_EXEC,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_READ,
  PROT_SEM,
  PROT_WRITE,
} from '#abi/mman.ts';
import { RLIM_INFINITY, RLIMIT_DATA, RLIMIT_MEMLOCK } from '#abi/resource.ts';
import type { Task } from '#kernel/task.ts';
import { type MapRequest, newSharedMemory, PAGE, pageUp } from '#mm/memory-map.ts';
import {
  SharedMemory,
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_NOHUGEPAGE,
  VM_SEALED,
  VM_SPECIAL,
  VM_WIPEONFORK,
} from '#mm/vma.ts';
import type { Handlers } from './handler.ts';

const SYS_MMAP = 9;
const SYS_MPROTECT = 10;
const SYS_MUNMAP = 11;
const SYS_MADVISE = 28;
const READ_IMPLIES_EXEC = 0x0400000;
const MS_NOEXEC = 8;
/** Flags that MAP_SHARED_VALIDATE takes: those of old, MAP_STACK and MAP_32BIT among them, and the sizes of huge pages. MAP_SYNC needs DAX. */
const VALIDATED = 0x7c07f973;
const PROT_RWX = PROT_READ | PROT_WRITE | PROT_EXEC;

/**
 * Unmaps what the list has forgotten. The calling thread does it itself if nobody else runs in this memory. Otherwise another
 * thread could be given the same addresses before this one gets round to it, and lose its new memory: then the platform does it now.
 */
function unmap(task: Task, addr: number, length: number): number {
  if (task.mm.refs === 1) {
    byCaller(task, SYS_MUNMAP, addr, length, 0);
    return 0;
  }
  task.mm.space.unmap(addr, length);
  return task.mm.space.flush();
}

/** Lets the calling thread make the host call itself when its own call ends. */
function byCaller(task: Task, nr: number, addr: number, length: number, third: number): void {
  task.memoryCallNr = nr;
  task.memoryCallArgs[0] = addr;
  task.memoryCallArgs[1] = length;
  task.memoryCallArgs[2] = third;
  task.memoryCallArgs[3] = nr === SYS_MMAP ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED : 0;
}

function anonymous(prot: number, flags: number, name = ''): MapRequest {
  return { prot, flags, file: null, shared: null, offset: 0, hostFd: -1, hostOffset: 0, name };
}

/** True if the range holds something of the kernel's own, or sealed. */
function isFenced(task: Task, start: number, end: number): boolean {
  return task.mm.areas.overlapping(start, end).some((area) => (area.flags & (VM_SPECIAL | VM_SEALED)) !== 0);
}

function overLockLimit(task: Task, more: number): boolean {
  return !task.capable(CAP_IPC_LOCK) && task.mm.lockedBytes + more > task.limit(RLIMIT_MEMLOCK);
}

/** Fills `request` for a file mapping; 0 or -errno. */
function requestFile(task: Task, request: MapRequest, fd: number, length: number): number {
  const file = task.files.get(fd);
  if (file === null || (file.flags & O_PATH) !== 0) return -EBADF;
  const shared = (request.flags & MAP_TYPE) !== MAP_PRIVATE;
  if (!file.readable) return -EACCES;
  if (shared && (request.prot & PROT_WRITE) !== 0 && !file.writable) return -EACCES;
  const noexec = file.path !== null && (file.path.mount.flags & MS_NOEXEC) !== 0;
  if ((request.prot & PROT_EXEC) !== 0 && noexec) return -EPERM;
  const mapping = file.map(task, request.offset, length, request.prot, shared);
  if (typeof mapping === 'number') return mapping;
  request.file = file;
  request.hostFd = mapping.hostFd;
  request.hostOffset = mapping.hostOffset;
  if (mapping.sealed === true) request.sealed = true;
  return 0;
}

export const handlers = {
  /** mmap(2). MAP_HUGETLB is refused; MAP_SYNC needs a DAX file, of which there are none. */
  mmap(task, addr, length, protArg, flags, fd, offset) {
    const { mm } = task;
    if (offset % PAGE !== 0) return -EINVAL;
    if (length === 0) return -EINVAL;
    if (length > mm.top) return -ENOMEM;
    const size = pageUp(length);
    const type = flags & MAP_TYPE;
    if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) return -EINVAL;
    if (offset + size > Number.MAX_SAFE_INTEGER) return -EOVERFLOW;
    if ((flags & MAP_HUGETLB) !== 0) {
      task.kernel.counters.refused('mmap MAP_HUGETLB');
      return -ENOMEM;
    }
    if (type === MAP_SHARED_VALIDATE && (flags & MAP_ANONYMOUS) === 0 && (flags & ~VALIDATED) !== 0) return -EOPNOTSUPP;
    let prot = protArg & PROT_RWX;
    if ((prot & PROT_READ) !== 0 && (task.personality & READ_IMPLIES_EXEC) !== 0) prot |= PROT_EXEC;
    const request: MapRequest = { prot, flags, file: null, shared: null, offset, hostFd: -1, hostOffset: 0, name: '' };
    if ((flags & MAP_ANONYMOUS) === 0) {
      const failed = requestFile(task, request, fd, size);
      if (failed < 0) return failed;
    } else {
      request.offset = 0;
      if ((flags & MAP_GROWSDOWN) !== 0 && type !== MAP_PRIVATE) return -EINVAL;
    }
    const at = mm.place(addr, size, flags);
    if (at < 0) return at;
    const isData = type === MAP_PRIVATE && (prot & PROT_WRITE) !== 0;
    const admitted = mm.admit(size, isData, task.group.limits);
    if (admitted < 0) return admitted;
    const locked = (flags & MAP_LOCKED) !== 0 || mm.lockFuture;
    if (locked && overLockLimit(task, size)) return -EAGAIN;

    if (request.hostFd < 0 && type !== MAP_PRIVATE) {
      // /dev/zero gives shared memory like any other.
      request.file = null;
      const shared = newSharedMemory(task.kernel.platform.host, size, (host, memfd) => new SharedMemory(host, memfd));
      if (typeof shared === 'number') return shared;
      request.shared = shared;
      request.hostFd = shared.fd;
    }
    mm.enter(at, size, request);
    const plain = request.hostFd < 0 && (flags & (MAP_GROWSDOWN | MAP_POPULATE | 0x4000)) /* MAP_NORESERVE */ === 0 && !locked;
    if (plain) {
      byCaller(task, SYS_MMAP, at, size, prot);
      return at;
    }
    mm.queueMap(at, size, request);
    if (locked) mm.space.lock(at, size, true);
    const populate = (flags & MAP_POPULATE) !== 0 && (flags & MAP_NONBLOCK) === 0;
    if (populate) mm.space.advise(at, size, (prot & PROT_WRITE) !== 0 && type === MAP_PRIVATE ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    const flushed = mm.space.flush();
    // Populating and locking are best effort; only a failed mapping undoes.
    if (flushed < 0 && !populate && !locked) {
      mm.forget(at, at + size);
      return flushed;
    }
    return at;
  },

  munmap(task, addr, length) {
    const { mm } = task;
    if (addr % PAGE !== 0 || length === 0 || addr + length > task.kernel.platform.guestEnd) return -EINVAL;
    const end = addr + pageUp(length);
    if (isFenced(task, addr, end)) return -EPERM;
    if (mm.areas.overlapping(addr, end).length === 0) return 0;
    mm.forget(addr, end);
    return unmap(task, addr, end - addr);
  },

  mprotect: (task, addr, length, prot) => protect(task, addr, length, prot),

  brk(task, wanted) {
    const { mm } = task;
    if (wanted < mm.brkStart || wanted > mm.top) return mm.brk;
    const oldEnd = pageUp(mm.brk);
    const newEnd = pageUp(wanted);
    if (newEnd > oldEnd) {
      const limit = task.limit(RLIMIT_DATA);
      if (limit < RLIM_INFINITY && wanted - mm.brkStart + (mm.dataEnd - mm.dataStart) > limit) return mm.brk;
      if (mm.admit(newEnd - oldEnd, true, task.group.limits) < 0) return mm.brk;
      if (mm.areas.overlapping(oldEnd, newEnd + PAGE).length > 0) return mm.brk;
      mm.enter(oldEnd, newEnd - oldEnd, anonymous(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, '[heap]'));
      byCaller(task, SYS_MMAP, oldEnd, newEnd - oldEnd, PROT_READ | PROT_WRITE);
    } else if (newEnd < oldEnd) {
      mm.forget(newEnd, oldEnd);
      unmap(task, newEnd, oldEnd - newEnd);
    }
    mm.brk = wanted;
    return wanted;
  },

  /** mremap(2). Growing a mapping of shared anonymous memory does not grow the memory: beyond it is SIGBUS, as on Linux. */
  mremap(task, addr, oldLength, newLength, flags, newAddrArg) {
    const { mm } = task;
    const { guestEnd } = task.kernel.platform;
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0 || addr % PAGE !== 0 || newLength === 0) return -EINVAL;
    const mayMove = (flags & MREMAP_MAYMOVE) !== 0;
    const fixed = (flags & MREMAP_FIXED) !== 0;
    const keep = (flags & MREMAP_DONTUNMAP) !== 0;
    if ((fixed || keep) && !mayMove) return -EINVAL;
    if (oldLength > guestEnd || newLength > guestEnd || addr + oldLength > guestEnd) return -EINVAL;
    const oldSize = pageUp(oldLength);
    const newSize = pageUp(newLength);
    if (keep && oldSize !== newSize) return -EINVAL;
    let target = addr;
    if (fixed) {
      target = newAddrArg;
      if (target % PAGE !== 0 || target + newSize > mm.top) return -EINVAL;
      if (target < addr + oldSize && addr < target + newSize) return -EINVAL;
    }
    const area = mm.areas.find(addr);
    if (area === null) return -EFAULT;
    if (isFenced(task, addr, addr + Math.max(oldSize, PAGE))) return -EPERM;
    if (oldSize === 0 && (!area.isShared || !mayMove)) return -EINVAL;
    if (keep && (area.isShared || area.file !== null)) return -EINVAL;
    if (oldSize > area.end - addr) return -EFAULT;

    if (!fixed && !keep && oldSize !== 0) {
      if (newSize === oldSize) return addr;
      if (newSize < oldSize) {
        mm.forget(addr + newSize, addr + oldSize);
        const unmapped = unmap(task, addr + newSize, oldSize - newSize);
        return unmapped < 0 ? unmapped : addr;
      }
    }
    const grows = newSize - oldSize;
    if (grows > 0) {
      const admitted = mm.admit(grows, (area.prot & PROT_WRITE) !== 0 && !area.isShared, task.group.limits);
      if (admitted < 0) return admitted;
      if ((area.flags & VM_LOCKED) !== 0 && overLockLimit(task, grows)) return -EAGAIN;
    }
    const inPlace =
      !fixed &&
      !keep &&
      oldSize !== 0 &&
      addr + oldSize === area.end &&
      addr + newSize <= mm.top &&
      mm.areas.overlapping(addr + oldSize, addr + newSize).length === 0;
    if (!inPlace) {
      if (!mayMove) return -ENOMEM;
      if (!fixed) {
        target = mm.place(0, newSize, area.isAnonymous ? MAP_ANONYMOUS : 0);
        if (target < 0) return target;
      } else if (isFenced(task, target, target + newSize)) return -EPERM;
    }
    // The host's mapping may be several where ours is one: it is asked first, and only its yes changes the list.
    mm.space.remap(addr, oldSize, newSize, target, keep);
    const moved = mm.space.flush();
    if (moved < 0) return moved;
    if (inPlace) {
      mm.areas.resize(area, area.start, addr + newSize);
      mm.areas.merge(area.start, area.end);
      return addr;
    }
    const request: MapRequest = {
      prot: area.prot,
      flags: area.isShared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS,
      file: area.file?.get() ?? null,
      shared: area.shared?.get() ?? null,
      offset: area.isAnonymous ? 0 : area.offset + (addr - area.start),
      hostFd: -1,
      hostOffset: 0,
      name: area.name === '[heap]' ? '' : area.name,
    };
    const areaFlags = area.flags;
    if (!keep && oldSize !== 0) mm.forget(addr, addr + oldSize);
    mm.enter(target, newSize, request);
    request.file?.put();
    request.shared?.put();
    mm.changeFlags(target, target + newSize, areaFlags, 0);
    return target;
  },

  madvise(task, addr, length, advice) {
    const { mm } = task;
    if (addr % PAGE !== 0) return -EINVAL;
    if (length > task.kernel.platform.guestEnd) return -EINVAL;
    const size = pageUp(length);
    const end = addr + size;
    let result = 0;
    const inRange = mm.areas.overlapping(addr, end);
    const holes = !mm.areas.covers(addr, end);
    switch (advice) {
      case MADV_NORMAL:
      case MADV_RANDOM:
      case MADV_SEQUENTIAL:
      case MADV_WILLNEED:
      case MADV_COLD:
      case MADV_PAGEOUT:
      case MADV_COLLAPSE:
      case MADV_MERGEABLE:
      case MADV_UNMERGEABLE:
        break;
      case MADV_DONTNEED:
      case MADV_DONTNEED_LOCKED:
      case MADV_FREE:
        if (size === 0) return 0;
        if (inRange.some((area) => (area.flags & VM_LOCKED) !== 0) && advice !== MADV_DONTNEED_LOCKED) return -EINVAL;
        if (advice === MADV_FREE && inRange.some((area) => !area.isAnonymous)) return -EINVAL;
        if (holes) {
          for (const area of inRange)
            mm.space.advise(Math.max(addr, area.start), Math.min(end, area.end) - Math.max(addr, area.start), MADV_DONTNEED);
          result = mm.space.flush();
          return result < 0 ? result : -ENOMEM;
        }
        byCaller(task, SYS_MADVISE, addr, size, advice === MADV_FREE ? MADV_FREE : MADV_DONTNEED);
        return 0;
      case MADV_REMOVE:
        for (const area of inRange) {
          if (!area.isShared || (area.prot & PROT_WRITE) === 0) return area.isShared ? -EACCES : -EINVAL;
        }
        mm.space.advise(addr, size, MADV_REMOVE);
        result = mm.space.flush();
        break;
      case MADV_DONTFORK:
      case MADV_DOFORK:
        if (inRange.some((area) => (area.flags & VM_SPECIAL) !== 0)) return -EINVAL;
        mm.changeFlags(addr, end, advice === MADV_DONTFORK ? VM_DONTFORK : 0, advice === MADV_DOFORK ? VM_DONTFORK : 0);
        mm.space.advise(addr, size, advice);
        result = mm.space.flush();
        break;
      case MADV_WIPEONFORK:
      case MADV_KEEPONFORK:
        if (inRange.some((area) => !area.isAnonymous)) return -EINVAL;
        mm.changeFlags(addr, end, advice === MADV_WIPEONFORK ? VM_WIPEONFORK : 0, advice === MADV_KEEPONFORK ? VM_WIPEONFORK : 0);
        mm.space.advise(addr, size, advice);
        result = mm.space.flush();
        break;
      case MADV_HUGEPAGE:
      case MADV_NOHUGEPAGE:
        mm.changeFlags(
          addr,
          end,
          advice === MADV_HUGEPAGE ? VM_HUGEPAGE : VM_NOHUGEPAGE,
          advice === MADV_HUGEPAGE ? VM_NOHUGEPAGE : VM_HUGEPAGE,
        );
        mm.space.advise(addr, size, advice);
        mm.space.flush();
        break;
      case MADV_DONTDUMP:
      case MADV_DODUMP:
        mm.changeFlags(addr, end, advice === MADV_DONTDUMP ? VM_DONTDUMP : 0, advice === MADV_DODUMP ? VM_DONTDUMP : 0);
        break;
      case MADV_POPULATE_READ:
      case MADV_POPULATE_WRITE:
        if (holes) return -ENOMEM;
        mm.space.advise(addr, size, advice);
        result = mm.space.flush();
        break;
      default:
        return -EINVAL;
    }
    if (result < 0) return result;
    return holes ? -ENOMEM : 0;
  },

  msync(task, addr, length, flags) {
    const { mm } = task;
    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || addr % PAGE !== 0) return -EINVAL;
    if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) return -EINVAL;
    if (length > task.kernel.platform.guestEnd) return -ENOMEM;
    const end = addr + pageUp(length);
    if (end === addr) return 0;
    for (const area of mm.areas.overlapping(addr, end)) {
      if ((flags & MS_INVALIDATE) !== 0 && (area.flags & VM_LOCKED) !== 0) return -EBUSY;
      if (!area.isShared || area.file === null) continue;
      if ((area.prot & PROT_WRITE) !== 0) area.file.inode.storedByMapping();
      if ((flags & MS_SYNC) === 0) continue;
      const from = Math.max(addr, area.start);
      mm.space.sync(from, Math.min(end, area.end) - from, MS_SYNC);
    }
    const result = mm.space.flush();
    if (result < 0) return result;
    return mm.areas.covers(addr, end) ? 0 : -ENOMEM;
  },

  /** mincore(2). Residence is the host's answer for the stub's pages. */
  mincore(task, addr, length, vector) {
    const { mm, mem } = task;
    if (addr % PAGE !== 0) return -EINVAL;
    if (length > task.kernel.platform.guestEnd - addr) return -ENOMEM;
    const end = addr + pageUp(length);
    if (!mm.areas.covers(addr, end)) return -ENOMEM;
    const pages = (end - addr) / PAGE;
    for (let done = 0; done < pages; ) {
      const step = Math.min(pages - done, mem.scratchSize);
      const resident = mm.space.resident(addr + done * PAGE, step, mem.bytes);
      if (resident < 0) return resident;
      if (mem.writeNow(vector + done, mem.bytes, 0, step) < 0) return -EFAULT;
      done += step;
    }
    return 0;
  },

  mlock: (task, addr, length) => lock(task, addr, length, 0),
  mlock2(task, addr, length, flags) {
    return (flags & ~MLOCK_ONFAULT) !== 0 ? -EINVAL : lock(task, addr, length, flags);
  },
  munlock(task, addr, length) {
    const start = Math.floor(addr / PAGE) * PAGE;
    const end = pageUp(addr + length);
    task.mm.changeFlags(start, end, 0, VM_LOCKED);
    return task.mm.areas.covers(start, end) ? 0 : -ENOMEM;
  },
  mlockall(task, flags) {
    if (flags === 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) !== 0 || flags === MCL_ONFAULT) return -EINVAL;
    const { mm } = task;
    if (!task.capable(CAP_IPC_LOCK)) {
      if (task.limit(RLIMIT_MEMLOCK) === 0) return -EPERM;
      if ((flags & MCL_CURRENT) !== 0 && mm.areas.total > task.limit(RLIMIT_MEMLOCK)) return -ENOMEM;
    }
    mm.lockFuture = (flags & MCL_FUTURE) !== 0;
    if ((flags & MCL_CURRENT) !== 0) mm.changeFlags(0, task.kernel.platform.guestEnd, VM_LOCKED, 0);
    return 0;
  },
  munlockall(task) {
    task.mm.lockFuture = false;
    task.mm.changeFlags(0, task.kernel.platform.guestEnd, 0, VM_LOCKED);
    return 0;
  },

  /** mseal(2). */
  mseal(task, addr, length, flags) {
    if (flags !== 0 || addr % PAGE !== 0) return -EINVAL;
    const end = addr + pageUp(length);
    if (end > task.kernel.platform.guestEnd) return -EINVAL;
    if (end === addr) return 0;
    if (!task.mm.areas.covers(addr, end)) return -ENOMEM;
    task.mm.changeFlags(addr, end, VM_SEALED, 0);
    return 0;
  },

  /** remap_file_pages(2): a mapping of another part of the same file over this one, as Linux emulates it. */
  remap_file_pages(task, addr, length, prot, pageOffset, flags) {
    const { mm } = task;
    const start = Math.floor(addr / PAGE) * PAGE;
    const size = Math.floor(length / PAGE) * PAGE;
    if (prot !== 0 || size === 0 || start + size > task.kernel.platform.guestEnd) return -EINVAL;
    const area = mm.areas.find(start);
    if (area === null || !area.isShared || area.end < start + size || isFenced(task, start, start + size)) return -EINVAL;
    const offset = pageOffset * PAGE;
    if (offset + size > Number.MAX_SAFE_INTEGER) return -EINVAL;
    const request: MapRequest = {
      prot: area.prot,
      flags: MAP_SHARED | MAP_FIXED,
      file: area.file?.get() ?? null,
      shared: area.shared?.get() ?? null,
      offset,
      hostFd: area.shared?.fd ?? -1,
      hostOffset: offset,
      name: area.name,
    };
    const mapping = area.file?.map(task, offset, size, area.prot, true) ?? null;
    let result = typeof mapping === 'number' ? mapping : 0;
    if (mapping !== null && typeof mapping !== 'number') {
      request.hostFd = mapping.hostFd;
      request.hostOffset = mapping.hostOffset;
    }
    if (result === 0) {
      mm.enter(start, size, request);
      mm.queueMap(start, size, request);
      if ((flags & MAP_NONBLOCK) === 0) mm.space.advise(start, size, MADV_POPULATE_READ);
      // What lies beyond the file's end cannot be populated.
      mm.space.flush();
    }
    request.file?.put();
    request.shared?.put();
    result = Math.min(result, 0);
    return result;
  },
  /** pkey_alloc(2). No protection keys are offered: the answer of a machine without them. */
  pkey_alloc(_task, flags, rights) {
    const PKEY_RIGHTS = 3;
    return flags !== 0 || (rights & ~PKEY_RIGHTS) !== 0 ? -EINVAL : -ENOSPC;
  },
  pkey_free: () => -EINVAL,
  pkey_mprotect(task, addr, length, prot, key) {
    return key === -1 || key === 0 ? protect(task, addr, length, prot) : -EINVAL;
  },
} satisfies Handlers;

/** mlock: the pages are made resident by the host's populate; locking on the host itself is not asked for, since the memory is the sandbox's. */
function lock(task: Task, addr: number, length: number, flags: number): number {
  const start = Math.floor(addr / PAGE) * PAGE;
  const end = pageUp(addr + length);
  if (end < start || end > task.kernel.platform.guestEnd) return -ENOMEM;
  if (end === start) return 0;
  if (!task.capable(CAP_IPC_LOCK) && task.limit(RLIMIT_MEMLOCK) === 0) return -EPERM;
  if (overLockLimit(task, end - start - task.mm.lockedWithin(start, end))) return -ENOMEM;
  if (!task.mm.areas.covers(start, end)) return -ENOMEM;
  task.mm.changeFlags(start, end, VM_LOCKED, 0);
  if ((flags & MLOCK_ONFAULT) === 0) {
    task.mm.space.advise(start, end - start, MADV_POPULATE_READ);
    task.mm.space.flush();
  }
  return 0;
}

/** mprotect(2). */
function protect(task: Task, addr: number, length: number, prot: number): number {
  if (addr % PAGE !== 0) return -EINVAL;
  const grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
  if ((prot & ~(PROT_RWX | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP)) !== 0 || grows === (PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  if (length === 0) return 0;
  const { mm } = task;
  if (addr + length > task.kernel.platform.guestEnd) return -ENOMEM;
  let start = addr;
  const end = addr + pageUp(length);
  if ((grows & PROT_GROWSDOWN) !== 0) {
    const area = mm.areas.find(addr);
    if (area === null) return -ENOMEM;
    if ((area.flags & VM_GROWSDOWN) === 0 && area.name !== '[stack]') return -EINVAL;
    start = area.start;
  }
  let bits = prot & PROT_RWX;
  if ((bits & PROT_READ) !== 0 && (task.personality & READ_IMPLIES_EXEC) !== 0) bits |= PROT_EXEC;
  // What comes before a hole is changed all the same.
  const covered = mm.coveredUntil(start, end);
  if (covered === start) return -ENOMEM;
  const result = mm.protect(start, covered, bits);
  if (result < 0) return result;
  if (covered < end) {
    mm.space.protect(start, covered - start, bits);
    const flushed = mm.space.flush();
    return flushed < 0 ? flushed : -ENOMEM;
  }
  byCaller(task, SYS_MPROTECT, start, end - start, bits);
  return 0;
}
