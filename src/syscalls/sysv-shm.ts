/** shmget(2), shmat(2), shmdt(2), shmctl(2). */
import { CAP_IPC_LOCK } from '#abi/capability.ts';
import { EFAULT, EINVAL, ENOMEM, ENOSPC, EPERM } from '#abi/errno.ts';
import {
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SHM_EXEC,
  SHM_HUGETLB,
  SHM_INFO,
  SHM_LOCK,
  SHM_RDONLY,
  SHM_REMAP,
  SHM_RND,
  SHM_STAT,
  SHM_STAT_ANY,
  SHM_UNLOCK,
  SHMMIN,
  SHMMNI,
} from '#abi/ipc.ts';
import { encodeShmInfo, encodeShmid64Ds, encodeShminfo64, ShmInfo, Shmid64Ds, Shminfo64 } from '#abi/layouts.gen.ts';
import { MAP_FIXED, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import { RLIMIT_MEMLOCK } from '#abi/resource.ts';
import { ipcOf, sysctlNumber } from '#kernel/ipc/namespace.ts';
import { Segment, SHM_LOCKED } from '#kernel/ipc/shared-memory.ts';
import type { Task } from '#kernel/task.ts';
import { type MapRequest, newSharedMemory, PAGE, pageDown, pageUp } from '#mm/memory-map.ts';
import type { Handlers } from './handler.ts';
import { ownedTarget, setPermissions, statTarget } from './ipc-perm.ts';

/** ULONG_MAX - 2^24, as a number: kernel.shmmax and shmall as Linux begins. */
const UNLIMITED = 2 ** 64 - 2 ** 24;
const maxSize = (task: Task): number => sysctlNumber(task, 'kernel/shmmax', UNLIMITED);
const maxPages = (task: Task): number => sysctlNumber(task, 'kernel/shmall', UNLIMITED);
const maxSegments = (task: Task): number => sysctlNumber(task, 'kernel/shmmni', SHMMNI);

function pagesInUse(task: Task): number {
  let sum = 0;
  for (const segment of ipcOf(task).segments) sum += pageUp(segment.size) / PAGE;
  return sum;
}

function makeSegment(task: Task, key: number, size: number, flags: number): Segment | number {
  const { segments } = ipcOf(task);
  const { host } = task.kernel.platform;
  if (size < SHMMIN || size > maxSize(task)) return -EINVAL;
  if (pagesInUse(task) + pageUp(size) / PAGE > maxPages(task)) return -ENOSPC;
  // What no machine of this size could ever hold is refused, as Linux's heuristic overcommit does.
  if (pageUp(size) > task.kernel.memory().total * 2) return -ENOMEM;
  if ((flags & SHM_HUGETLB) !== 0) {
    if (!task.capable(CAP_IPC_LOCK)) return -EPERM;
    task.kernel.counters.refused('shmget SHM_HUGETLB');
    return -ENOMEM;
  }
  let made: Segment | null = null;
  const memory = newSharedMemory(host, pageUp(size), (_host, fd) => {
    made = new Segment(task, key, flags, size, host, fd, segments);
    return made.memory;
  });
  return typeof memory === 'number' ? -ENOMEM : (made as unknown as Segment);
}

function attach(task: Task, segment: Segment, addr: number, flags: number): number {
  const { mm } = task;
  const length = pageUp(segment.size);
  const fixed = addr !== 0;
  if (fixed && (flags & SHM_REMAP) === 0 && mm.areas.overlapping(addr, addr + length).length > 0) return -EINVAL;
  const at = mm.place(addr, length, fixed ? MAP_FIXED : 0);
  if (at < 0) return at;
  const admitted = mm.admit(length, false, task.group.limits);
  if (admitted < 0) return admitted;
  const readOnly = (flags & SHM_RDONLY) !== 0;
  const request: MapRequest = {
    prot: PROT_READ | (readOnly ? 0 : PROT_WRITE) | ((flags & SHM_EXEC) !== 0 ? PROT_EXEC : 0),
    flags: MAP_SHARED | (fixed ? MAP_FIXED : 0),
    file: null,
    shared: segment.memory,
    offset: 0,
    hostFd: segment.memory.fd,
    hostOffset: 0,
    name: `/SYSV${(segment.key >>> 0).toString(16).padStart(8, '0')} (deleted)`,
    sealed: readOnly,
  };
  mm.enter(at, length, request);
  mm.queueMap(at, length, request);
  const mapped = mm.space.flush();
  if (mapped < 0) {
    mm.forget(at, at + length);
    return mapped;
  }
  return at;
}

function stat(task: Task, id: number, cmd: number, addr: number): number {
  const segment = statTarget(task, ipcOf(task).segments, id, cmd !== IPC_STAT, cmd === SHM_STAT_ANY);
  if (typeof segment === 'number') return segment;
  const { pids } = task.kernel;
  encodeShmid64Ds(task.mem.view, 0, {
    shm_perm: segment.permissionsFor(task),
    shm_segsz: segment.size,
    shm_atime: segment.attachedAt,
    shm_dtime: segment.detachedAt,
    shm_ctime: segment.changed,
    shm_cpid: pids.seenBy(task, segment.creator),
    shm_lpid: pids.seenBy(task, segment.lastPid),
    shm_nattch: segment.count,
  });
  if (task.mem.out(addr, Shmid64Ds.SIZE) < 0) return -EFAULT;
  return cmd === IPC_STAT ? 0 : segment.id;
}

function storeInfo(task: Task, cmd: number, addr: number): number {
  const { segments } = ipcOf(task);
  const { view } = task.mem;
  let size: number;
  if (cmd === IPC_INFO) {
    const most = maxSegments(task);
    encodeShminfo64(view, 0, { shmmax: maxSize(task), shmmin: SHMMIN, shmmni: most, shmseg: most, shmall: maxPages(task) });
    size = Shminfo64.SIZE;
  } else {
    const pages = pagesInUse(task);
    const counts = { shm_rss: 0, shm_swp: 0, swap_attempts: 0, swap_successes: 0 };
    encodeShmInfo(view, 0, { used_ids: segments.count, shm_tot: pages, ...counts });
    size = ShmInfo.SIZE;
  }
  return task.mem.out(addr, size) < 0 ? -EFAULT : segments.highest;
}

/** SHM_LOCK and SHM_UNLOCK: noted; the host may swap all the same. */
function lock(task: Task, id: number, on: boolean): number {
  const segment = ipcOf(task).segments.get(id);
  if (typeof segment === 'number') return segment;
  if (!task.capable(CAP_IPC_LOCK)) {
    const { euid } = task.creds;
    if (euid !== segment.uid && euid !== segment.cuid) return -EPERM;
    if (on && task.limit(RLIMIT_MEMLOCK) === 0) return -EPERM;
    if (on && pageUp(segment.size) > task.limit(RLIMIT_MEMLOCK)) return -ENOMEM;
  }
  segment.mode = on ? segment.mode | SHM_LOCKED : segment.mode & ~SHM_LOCKED;
  return 0;
}

export const handlers = {
  shmget(task, key, size, flags) {
    const { segments } = ipcOf(task);
    const fits = (found: Segment): number => (size > found.size ? -EINVAL : 0);
    if (segments.count >= maxSegments(task) && key === 0) return -ENOSPC;
    return segments.find(task, key, flags, maxSegments(task), fits, () => makeSegment(task, key, size, flags));
  },

  shmat(task, id, addrArg, flags) {
    if (id < 0) return -EINVAL;
    let addr = addrArg;
    if (addr % PAGE !== 0) {
      if ((flags & SHM_RND) === 0) return -EINVAL;
      addr = pageDown(addr);
      if (addr === 0 && (flags & SHM_REMAP) !== 0) return -EINVAL;
    }
    if (addrArg === 0 && (flags & SHM_REMAP) !== 0) return -EINVAL;
    const segment = ipcOf(task).segments.get(id);
    if (typeof segment === 'number') return segment;
    const wanted = 0o444 | ((flags & SHM_RDONLY) === 0 ? 0o222 : 0) | ((flags & SHM_EXEC) !== 0 ? 0o111 : 0);
    const allowed = segment.access(task, wanted);
    return allowed < 0 ? allowed : attach(task, segment, addr, flags);
  },

  shmdt(task, addr) {
    const { mm } = task;
    if (addr % PAGE !== 0) return -EINVAL;
    const area = mm.areas.find(addr);
    const memory = area?.shared ?? null;
    if (area === null || memory === null || area.start - area.offset !== addr || !area.name.startsWith('/SYSV')) return -EINVAL;
    // All that is left of this attachment, which may have been split or holed.
    const pieces = [...mm.areas].filter((one) => one.shared === memory && one.start - one.offset === addr);
    for (const { start, end } of pieces) {
      mm.forget(start, end);
      mm.space.unmap(start, end - start);
    }
    return mm.space.flush();
  },

  shmctl(task, id, cmd, addr) {
    if (id < 0 || cmd < 0) return -EINVAL;
    const { segments } = ipcOf(task);
    switch (cmd) {
      case IPC_INFO:
      case SHM_INFO:
        return storeInfo(task, cmd, addr);
      case IPC_STAT:
      case SHM_STAT:
      case SHM_STAT_ANY:
        return stat(task, id, cmd, addr);
      case IPC_SET: {
        const segment = ownedTarget(task, segments, id, addr, Shmid64Ds.SIZE);
        return typeof segment === 'number' ? segment : setPermissions(task, segment);
      }
      case IPC_RMID: {
        const segment = ownedTarget(task, segments, id, 0, 0);
        if (typeof segment === 'number') return segment;
        segment.destroyWhenUnused();
        return 0;
      }
      case SHM_LOCK:
      case SHM_UNLOCK:
        return lock(task, id, cmd === SHM_LOCK);
      default:
        return -EINVAL;
    }
  },
} satisfies Handlers;
