/** Resource limits and usage: getrlimit(2), setrlimit(2), prlimit(2), getrusage(2), times(2). */
import { CAP_SYS_RESOURCE } from '#abi/capability.ts';
import { EFAULT, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import { NR_OPEN } from '#abi/limits.ts';
import { RLIM_INFINITY, RLIM_NLIMITS, RLIMIT_CPU, RLIMIT_NOFILE, RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD } from '#abi/resource.ts';
import { encodeRusage, RUSAGE_SIZE } from '#kernel/process/rusage.ts';
import { collectUsage } from '#kernel/process/usage.ts';
import { cpuTime } from '#kernel/time/clocks.ts';
import { armCpuLimit } from '#kernel/time/itimers.ts';
import type { Task } from '#kernel/task.ts';
import { noUsage, type Usage } from '#kernel/thread-group.ts';
import type { Handlers } from './handler.ts';

const RLIMIT_SIZE = 16;
const SCHED_CLOCK = 2;
const TICK_NS = 1e7;

function getU64(view: DataView, at: number): number {
  const lo = view.getUint32(at, true);
  const hi = view.getUint32(at + 4, true);
  return lo === 0xffffffff && hi === 0xffffffff ? RLIM_INFINITY : hi * 4294967296 + lo;
}
function putU64(view: DataView, at: number, value: number): void {
  const infinite = value >= RLIM_INFINITY;
  view.setUint32(at, infinite ? 0xffffffff : value >>> 0, true);
  view.setUint32(at + 4, infinite ? 0xffffffff : Math.floor(value / 4294967296), true);
}

/** Reads, checks and sets a limit of `target`, and stores the old one; either address may be 0. */
function changeLimit(task: Task, target: Task, resource: number, newAddr: number, oldAddr: number): number {
  if (resource >= RLIM_NLIMITS) return -EINVAL;
  const { limits } = target.group;
  const old = { soft: limits.soft(resource), hard: limits.hard(resource) };
  const { view } = task.mem;
  if (newAddr !== 0) {
    if (!task.mem.in(newAddr, RLIMIT_SIZE)) return -EFAULT;
    const soft = getU64(view, 0);
    const hard = getU64(view, 8);
    if (soft > hard) return -EINVAL;
    if (resource === RLIMIT_NOFILE && hard > NR_OPEN) return -EPERM;
    if (hard > old.hard && !task.capable(CAP_SYS_RESOURCE)) return -EPERM;
    limits.set(resource, soft, hard);
    if (resource === RLIMIT_CPU) armCpuLimit(target.group);
  }
  if (oldAddr === 0) return 0;
  putU64(view, 0, old.soft);
  putU64(view, 8, old.hard);
  return task.mem.out(oldAddr, RLIMIT_SIZE);
}

/** prlimit(2)'s rule: all of the target's ids are the caller's real ids, or CAP_SYS_RESOURCE. */
function mayLimit(task: Task, target: Task): boolean {
  if (target.group === task.group) return true;
  const { uid, gid } = task.creds;
  const to = target.creds;
  const same = uid === to.uid && uid === to.euid && uid === to.suid && gid === to.gid && gid === to.egid && gid === to.sgid;
  return same || task.capable(CAP_SYS_RESOURCE);
}

function usageOf(task: Task, who: number): Usage | null {
  switch (who) {
    case RUSAGE_SELF:
      collectUsage(task.group);
      return task.group.usage;
    case RUSAGE_CHILDREN:
      return task.group.childrenUsage;
    case RUSAGE_THREAD: {
      const usage = noUsage();
      usage.userNs = cpuTime({ group: task.group, task, kind: SCHED_CLOCK });
      usage.voluntarySwitches = task.voluntarySwitches;
      return usage;
    }
    default:
      return null;
  }
}

export const handlers = {
  getrlimit(task, resource, addr) {
    return resource >= RLIM_NLIMITS ? -EINVAL : addr === 0 ? -EFAULT : changeLimit(task, task, resource, 0, addr);
  },
  setrlimit(task, resource, addr) {
    return addr === 0 ? -EFAULT : changeLimit(task, task, resource, addr, 0);
  },
  prlimit64(task, pid, resource, newAddr, oldAddr) {
    const target = pid === 0 ? task : task.kernel.pids.task(task, pid);
    if (resource >= RLIM_NLIMITS) return -EINVAL;
    if (target === undefined || target.group.zombie) return -ESRCH;
    if (!mayLimit(task, target)) return -EPERM;
    return changeLimit(task, target, resource, newAddr, oldAddr);
  },
  /** CPU time is the host's, all counted as user time. */
  getrusage(task, who, addr) {
    const usage = usageOf(task, who);
    if (usage === null) return -EINVAL;
    encodeRusage(task.mem.view, 0, usage);
    return task.mem.out(addr, RUSAGE_SIZE);
  },
  times(task, addr) {
    if (addr !== 0) {
      collectUsage(task.group);
      const { usage, childrenUsage } = task.group;
      [usage.userNs, usage.systemNs, childrenUsage.userNs, childrenUsage.systemNs].forEach((ns, index) => {
        putU64(task.mem.view, index * 8, Math.floor(ns / TICK_NS));
      });
      if (task.mem.out(addr, 32) < 0) return -EFAULT;
    }
    return Math.floor(task.kernel.now() / TICK_NS);
  },
} satisfies Handlers;
