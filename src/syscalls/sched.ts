/** Scheduling: policies, priorities and affinity are kept and reported; the host schedules guests (sched(7)). */
import { CAP_SYS_ADMIN, CAP_SYS_NICE } from '#abi/capability.ts';
import { E2BIG, EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '#abi/errno.ts';
import { PRIO_PGRP, PRIO_PROCESS, PRIO_USER, RLIMIT_NICE, RLIMIT_RTPRIO } from '#abi/resource.ts';
import {
  SCHED_ATTR_SIZE_VER0,
  SCHED_ATTR_SIZE_VER1,
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
} from '#abi/sched.ts';
import { affinityWords, containerCpuWords } from '#kernel/affinity.ts';
import type { Task } from '#kernel/task.ts';
import type { Handlers } from './handler.ts';
import { writeTimespec } from './timeouts.ts';

const MAX_RT = 99;
const RR_INTERVAL_NS = 100e6;
const PAGE = 4096;
const [NICE_MIN, NICE_MAX] = [-20, 19] as const;
const [IOPRIO_WHO_PROCESS, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER] = [1, 2, 3] as const;
const IOPRIO_CLASS_SHIFT = 13;
const IOPRIO_CLASS_BE = 2;

function find(task: Task, pid: number): Task | null {
  return pid === 0 ? task : (task.kernel.pids.task(task, pid) ?? null);
}
function isRealtime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}
function isKnown(policy: number): boolean {
  return policy === SCHED_NORMAL || policy === SCHED_BATCH || policy === SCHED_IDLE || isRealtime(policy);
}
function sameOwner(task: Task, target: Task): boolean {
  return task.creds.euid === target.creds.euid || task.creds.euid === target.creds.uid;
}

/** Checks and sets; null keeps the nice value. */
function setPolicy(task: Task, target: Task, wanted: number, priority: number, nice: number | null): number {
  const policy = wanted & ~SCHED_RESET_ON_FORK;
  if (!isKnown(policy)) return -EINVAL;
  if (isRealtime(policy) ? priority < 1 || priority > MAX_RT : priority !== 0) return -EINVAL;
  if (!task.capable(CAP_SYS_NICE)) {
    if (!sameOwner(task, target)) return -EPERM;
    const limit = target.limit(RLIMIT_RTPRIO);
    if (isRealtime(policy) && (limit === 0 || (priority > limit && priority > target.schedPriority))) return -EPERM;
    if (nice !== null && nice < target.nice && nice < 20 - target.limit(RLIMIT_NICE)) return -EPERM;
  }
  target.schedPolicy = wanted;
  target.schedPriority = priority;
  if (nice !== null && !isRealtime(policy)) target.nice = nice;
  return 0;
}

/** The tasks that `which` and `who` of getpriority(2) mean; or -EINVAL. */
function selectTasks(task: Task, which: number, who: number): Task[] | number {
  const { pids } = task.kernel;
  switch (which) {
    case PRIO_PROCESS: {
      const one = find(task, who);
      return one === null ? [] : [one];
    }
    case PRIO_PGRP: {
      const pgrp = who === 0 ? task.group.processGroup : pids.processGroup(task, who);
      return pgrp === undefined ? [] : [...pgrp.members].flatMap((group) => group.threads);
    }
    case PRIO_USER: {
      const uid = who === 0 ? task.creds.uid : task.creds.userNs.uidFrom(who);
      return [...pids.tasks.values()].filter((other) => other.creds.uid === uid);
    }
    default:
      return -EINVAL;
  }
}

function setNice(task: Task, target: Task, nice: number): number {
  if (!sameOwner(task, target) && !task.creds.capableIn(target.creds.userNs, CAP_SYS_NICE)) return -EPERM;
  if (nice < target.nice && nice < 20 - target.limit(RLIMIT_NICE) && !task.capable(CAP_SYS_NICE)) return -EACCES;
  target.nice = nice;
  return 0;
}

const IOPRIO_CLASS_NONE = 0;
const IOPRIO_CLASS_RT = 1;
const IOPRIO_CLASS_IDLE = 3;
function ioprioKind(which: number): number {
  if (which === IOPRIO_WHO_PROCESS) return PRIO_PROCESS;
  if (which === IOPRIO_WHO_PGRP) return PRIO_PGRP;
  return which === IOPRIO_WHO_USER ? PRIO_USER : -1;
}

export const handlers = {
  sched_yield: () => 0,

  sched_setscheduler(task, pid, policy, paramAddr) {
    if (policy < 0 || pid < 0 || paramAddr === 0) return -EINVAL;
    const priority = task.mem.readU32(paramAddr);
    if (priority < 0) return priority;
    const target = find(task, pid);
    return target === null ? -ESRCH : setPolicy(task, target, policy, priority | 0, null);
  },
  sched_getscheduler(task, pid) {
    if (pid < 0) return -EINVAL;
    return find(task, pid)?.schedPolicy ?? -ESRCH;
  },
  sched_setparam(task, pid, paramAddr) {
    if (pid < 0 || paramAddr === 0) return -EINVAL;
    const priority = task.mem.readU32(paramAddr);
    if (priority < 0) return priority;
    const target = find(task, pid);
    return target === null ? -ESRCH : setPolicy(task, target, target.schedPolicy, priority | 0, null);
  },
  sched_getparam(task, pid, paramAddr) {
    if (pid < 0 || paramAddr === 0) return -EINVAL;
    const target = find(task, pid);
    return target === null ? -ESRCH : task.mem.writeI32(paramAddr, target.schedPriority);
  },
  sched_get_priority_max(_task, policy) {
    if (isRealtime(policy)) return MAX_RT;
    return isKnown(policy) || policy === SCHED_DEADLINE ? 0 : -EINVAL;
  },
  sched_get_priority_min(_task, policy) {
    if (isRealtime(policy)) return 1;
    return isKnown(policy) || policy === SCHED_DEADLINE ? 0 : -EINVAL;
  },
  sched_rr_get_interval(task, pid, addr) {
    if (pid < 0) return -EINVAL;
    const target = find(task, pid);
    if (target === null) return -ESRCH;
    const policy = target.schedPolicy & ~SCHED_RESET_ON_FORK;
    const FAIR_SLICE_NS = 4e6;
    return writeTimespec(task, addr, policy === SCHED_RR ? RR_INTERVAL_NS : policy === SCHED_FIFO ? 0 : FAIR_SLICE_NS);
  },
  /** No deadline scheduling, no utilization clamps. */
  sched_setattr(task, pid, addr, flags) {
    if (addr === 0 || pid < 0 || flags !== 0) return -EINVAL;
    const { mem } = task;
    const given = mem.readU32(addr);
    if (given < 0) return given;
    const size = given === 0 ? SCHED_ATTR_SIZE_VER0 : given;
    if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE) return mem.writeU32(addr, SCHED_ATTR_SIZE_VER1) < 0 ? -EFAULT : -E2BIG;
    if (!mem.in(addr, size)) return -EFAULT;
    const { view } = mem;
    for (let i = SCHED_ATTR_SIZE_VER1; i < size; i += 1)
      if (mem.bytes[i] !== 0) return mem.writeU32(addr, SCHED_ATTR_SIZE_VER1) < 0 ? -EFAULT : -E2BIG;
    const policy = view.getUint32(4, true);
    const attributes = view.getUint32(8, true);
    const nice = Math.min(Math.max(view.getInt32(16, true), NICE_MIN), NICE_MAX);
    const priority = view.getUint32(20, true);
    if ((attributes & ~SCHED_FLAG_RESET_ON_FORK) !== 0 || view.getUint32(12, true) !== 0) return -EINVAL;
    const target = find(task, pid);
    if (target === null) return -ESRCH;
    return setPolicy(task, target, policy | ((attributes & SCHED_FLAG_RESET_ON_FORK) !== 0 ? SCHED_RESET_ON_FORK : 0), priority, nice);
  },
  sched_getattr(task, pid, addr, size, flags) {
    if (addr === 0 || pid < 0 || size > PAGE || size < SCHED_ATTR_SIZE_VER0 || flags !== 0) return -EINVAL;
    const target = find(task, pid);
    if (target === null) return -ESRCH;
    const { mem } = task;
    const length = Math.min(size, SCHED_ATTR_SIZE_VER1);
    mem.bytes.fill(0, 0, SCHED_ATTR_SIZE_VER1);
    const policy = target.schedPolicy & ~SCHED_RESET_ON_FORK;
    mem.view.setUint32(0, length, true);
    mem.view.setUint32(4, policy, true);
    mem.view.setUint32(8, (target.schedPolicy & SCHED_RESET_ON_FORK) !== 0 ? SCHED_FLAG_RESET_ON_FORK : 0, true);
    if (isRealtime(policy)) mem.view.setUint32(20, target.schedPriority, true);
    else mem.view.setInt32(16, target.nice, true);
    return mem.out(addr, length);
  },

  sched_setaffinity(task, pid, size, addr) {
    const target = find(task, pid);
    if (target === null) return -ESRCH;
    if (!sameOwner(task, target) && !task.creds.capableIn(target.creds.userNs, CAP_SYS_NICE)) return -EPERM;
    const all = containerCpuWords(task);
    const length = Math.min(size, 1024);
    task.mem.bytes.fill(0, 0, 1024);
    if (length > 0 && !task.mem.in(addr, length)) return -EFAULT;
    const wanted = all.map((word, index) => (index * 4 < length ? (word & task.mem.view.getUint32(index * 4, true)) >>> 0 : 0));
    if (wanted.every((word) => word === 0)) return -EINVAL;
    target.affinity = wanted;
    return 0;
  },
  sched_getaffinity(task, pid, size, addr) {
    const all = containerCpuWords(task);
    if (size * 8 < task.kernel.cpuCount || size % 8 !== 0) return -EINVAL;
    const target = find(task, pid);
    if (target === null) return -ESRCH;
    const { mem } = task;
    const length = Math.min(size, Math.ceil(all.length / 2) * 8);
    mem.bytes.fill(0, 0, length);
    affinityWords(target).forEach((word, index) => mem.view.setUint32(index * 4, word, true));
    return mem.out(addr, length) < 0 ? -EFAULT : length;
  },
  /** The lowest CPU that the task may use: which one it is on, the host knows. */
  getcpu(task, cpuAddr, nodeAddr) {
    const words = affinityWords(task);
    const word = words.findIndex((one) => one !== 0);
    const cpu = word < 0 ? 0 : word * 32 + (31 - Math.clz32((words[word] as number) & -(words[word] as number)));
    if (cpuAddr !== 0 && task.mem.writeU32(cpuAddr, cpu) < 0) return -EFAULT;
    return nodeAddr === 0 ? 0 : task.mem.writeU32(nodeAddr, 0);
  },

  /** Answers 20 - nice, from 1 to 40. */
  getpriority(task, which, who) {
    const tasks = selectTasks(task, which, who);
    if (typeof tasks === 'number') return tasks;
    return tasks.length === 0 ? -ESRCH : Math.max(...tasks.map((one) => 20 - one.nice));
  },
  setpriority(task, which, who, value) {
    const tasks = selectTasks(task, which, who);
    if (typeof tasks === 'number') return tasks;
    const nice = Math.min(Math.max(value, NICE_MIN), NICE_MAX);
    let result = -ESRCH;
    for (const one of tasks) {
      const set = setNice(task, one, nice);
      if (set < 0 || result === -ESRCH) result = set;
    }
    return result;
  },

  /** Kept and reported: the host orders I/O. */
  ioprio_set(task, which, who, priority) {
    const kind = ioprioKind(which);
    const ioClass = priority >>> IOPRIO_CLASS_SHIFT;
    const level = priority & ((1 << IOPRIO_CLASS_SHIFT) - 1);
    if (kind < 0 || ioClass > IOPRIO_CLASS_IDLE) return -EINVAL;
    if (ioClass === IOPRIO_CLASS_NONE && level !== 0) return -EINVAL;
    if ((ioClass === IOPRIO_CLASS_RT || ioClass === IOPRIO_CLASS_BE) && (level & 7) !== level) return -EINVAL;
    if (ioClass === IOPRIO_CLASS_RT && !task.capable(CAP_SYS_NICE) && !task.capable(CAP_SYS_ADMIN)) return -EPERM;
    const tasks = selectTasks(task, kind, who);
    if (typeof tasks === 'number') return tasks;
    if (tasks.length === 0) return -ESRCH;
    for (const one of tasks) {
      if (!sameOwner(task, one) && !task.capable(CAP_SYS_NICE)) return -EPERM;
      one.ioPriority = priority;
    }
    return 0;
  },
  /** Of one process what was set, 0 for nothing; of several the highest that holds. */
  ioprio_get(task, which, who) {
    const kind = ioprioKind(which);
    if (kind < 0) return -EINVAL;
    const tasks = selectTasks(task, kind, who);
    if (typeof tasks === 'number') return tasks;
    const [first] = tasks;
    if (first === undefined) return -ESRCH;
    if (kind === PRIO_PROCESS) return first.ioPriority;
    return Math.min(
      ...tasks.map((one) =>
        one.ioPriority !== 0 ? one.ioPriority : (IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT) | Math.floor((one.nice + 20) / 5),
      ),
    );
  },
} satisfies Handlers;
