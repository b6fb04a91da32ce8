/**
 * NUMA policies on a machine of one node (numa(7)): get_mempolicy(2), set_mempolicy(2), mbind(2), migrate_pages(2), move_pages(2). Checked, kept
 * and reported; there is nowhere else for memory to be.
 */
import { CAP_SYS_NICE } from '#abi/capability.ts';
import { EFAULT, EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EPERM, ESRCH } from '#abi/errno.ts';
import {
  MPOL_BIND,
  MPOL_DEFAULT,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_INTERLEAVE,
  MPOL_LOCAL,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
  MPOL_PREFERRED,
  MPOL_PREFERRED_MANY,
  MPOL_WEIGHTED_INTERLEAVE,
} from '#abi/mman.ts';
import { mayInspect } from '#fs/proc/inspect.ts';
import type { Task } from '#kernel/task.ts';
import { type MemoryMap, PAGE, pageUp } from '#mm/memory-map.ts';
import type { Handlers } from './handler.ts';

const MODE_FLAGS = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING;
/** Bits of a node mask that Linux's tables have room for, and bytes of what it stores. */
const MAX_NODES = 1024;
const MASK_BYTES = 8;
/** Ranges with a policy of their own that are remembered for each address space. */
const MAX_RANGES = 1024;

interface Policy {
  /** MPOL_* with its flags. */
  readonly mode: number;
  /** Node 0 is in the mask. */
  readonly hasNode: boolean;
}
interface Range extends Policy {
  readonly start: number;
  readonly end: number;
}
const DEFAULT: Policy = { mode: MPOL_DEFAULT, hasNode: false };

const ofTask = new WeakMap<Task, Policy>();
const ofMemory = new WeakMap<MemoryMap, Range[]>();

/** The nodes of a mask of `maxNode` - 1 bits: 1 if node 0 is in it, 0 if it is empty, 2 if only others are; -errno. */
function readNodes(task: Task, addr: number, maxNode: number): number {
  const bits = maxNode - 1;
  if (bits <= 0 || addr === 0) return 0;
  if (bits > PAGE * 8) return -EINVAL;
  const length = Math.ceil(bits / 64) * 8;
  const { mem } = task;
  if (!mem.in(addr, length)) return -EFAULT;
  const bytes = mem.bytes.subarray(0, length);
  for (let bit = bits; bit < length * 8; bit += 1) bytes[bit >> 3] = (bytes[bit >> 3] as number) & ~(1 << (bit & 7));
  for (let i = MAX_NODES / 8; i < length; i += 1) if (bytes[i] !== 0) return -EINVAL;
  if (((bytes[0] as number) & 1) !== 0) return 1;
  return bytes.some((byte) => byte !== 0) ? 2 : 0;
}

/** A policy as set_mempolicy and mbind take it, or -errno. */
function makePolicy(task: Task, given: number, addr: number, maxNode: number): Policy | number {
  const flags = given & MODE_FLAGS;
  let mode = given & ~MODE_FLAGS;
  if (mode < 0 || mode > MPOL_WEIGHTED_INTERLEAVE) return -EINVAL;
  if ((flags & MPOL_F_STATIC_NODES) !== 0 && (flags & MPOL_F_RELATIVE_NODES) !== 0) return -EINVAL;
  if ((flags & MPOL_F_NUMA_BALANCING) !== 0 && mode !== MPOL_BIND && mode !== MPOL_PREFERRED_MANY) return -EINVAL;
  const nodes = readNodes(task, addr, maxNode);
  if (nodes < 0) return nodes;
  if (mode === MPOL_DEFAULT) return nodes === 0 && flags === 0 ? DEFAULT : -EINVAL;
  if (mode === MPOL_LOCAL) return nodes === 0 && flags === 0 ? { mode, hasNode: false } : -EINVAL;
  if (nodes === 0) {
    if (mode !== MPOL_PREFERRED || flags !== 0) return -EINVAL;
    mode = MPOL_LOCAL;
    return { mode, hasNode: false };
  }
  // Relative masks are folded onto the nodes there are.
  if (nodes === 2 && (flags & MPOL_F_RELATIVE_NODES) === 0) return -EINVAL;
  return { mode: mode | flags, hasNode: true };
}

function policyAt(task: Task, addr: number): Policy | null {
  const ranges = ofMemory.get(task.mm) ?? [];
  for (let i = ranges.length - 1; i >= 0; i -= 1) {
    const range = ranges[i] as Range;
    if (addr >= range.start && addr < range.end) return range;
  }
  return null;
}

function storeMask(task: Task, addr: number, maxNode: number, hasNode: boolean): number {
  const { bytes } = task.mem;
  const length = Math.ceil((maxNode - 1) / 64) * 8;
  if (length > PAGE) return -EINVAL;
  bytes.fill(0, 0, Math.max(length, MASK_BYTES));
  bytes[0] = hasNode ? 1 : 0;
  return task.mem.out(addr, length);
}

export const handlers = {
  get_mempolicy(task, modeAddr, maskAddr, maxNode, addr, flags) {
    if ((flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) !== 0) return -EINVAL;
    if (maskAddr !== 0 && maxNode < 1) return -EINVAL;
    let policy: Policy = ofTask.get(task) ?? DEFAULT;
    let value = policy.mode;
    if ((flags & MPOL_F_MEMS_ALLOWED) !== 0) {
      if ((flags & (MPOL_F_NODE | MPOL_F_ADDR)) !== 0) return -EINVAL;
      policy = { mode: MPOL_DEFAULT, hasNode: true };
      value = MPOL_DEFAULT;
    } else {
      if ((flags & MPOL_F_ADDR) !== 0) {
        if (task.mm.areas.find(addr) === null) return -EFAULT;
        policy = policyAt(task, addr) ?? policy;
        value = policy.mode;
      } else if (addr !== 0) return -EINVAL;
      if ((flags & MPOL_F_NODE) !== 0) {
        const spreads = (policy.mode & ~MODE_FLAGS) === MPOL_INTERLEAVE || (policy.mode & ~MODE_FLAGS) === MPOL_WEIGHTED_INTERLEAVE;
        if ((flags & MPOL_F_ADDR) === 0 && !spreads) return -EINVAL;
        value = 0;
      }
    }
    if (modeAddr !== 0 && task.mem.writeI32(modeAddr, value) < 0) return -EFAULT;
    return maskAddr === 0 ? 0 : storeMask(task, maskAddr, maxNode, policy.hasNode);
  },

  set_mempolicy(task, mode, maskAddr, maxNode) {
    const policy = makePolicy(task, mode, maskAddr, maxNode);
    if (typeof policy === 'number') return policy;
    if (policy === DEFAULT) ofTask.delete(task);
    else ofTask.set(task, policy);
    return 0;
  },

  mbind(task, addr, length, mode, maskAddr, maxNode, flags) {
    const policy = makePolicy(task, mode, maskAddr, maxNode);
    if ((flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0) return -EINVAL;
    if (typeof policy === 'number' && policy === -EFAULT) return policy;
    if ((flags & MPOL_MF_MOVE_ALL) !== 0 && !task.capable(CAP_SYS_NICE)) return -EPERM;
    if (addr % PAGE !== 0) return -EINVAL;
    const end = addr + pageUp(length);
    if (typeof policy === 'number') return policy;
    if (end === addr) return 0;
    if (end > task.kernel.platform.guestEnd || !task.mm.areas.covers(addr, end)) return -EFAULT;
    let ranges = ofMemory.get(task.mm);
    if (ranges === undefined) ofMemory.set(task.mm, (ranges = []));
    if (ranges.length >= MAX_RANGES) ranges.shift();
    ranges.push({ start: addr, end, ...policy });
    return 0;
  },

  set_mempolicy_home_node(task, addr, length, node, flags) {
    if (flags !== 0 || addr % PAGE !== 0 || node !== 0) return -EINVAL;
    const end = addr + pageUp(length);
    if (end === addr) return 0;
    const policy = policyAt(task, addr);
    if (policy === null || policy.mode === MPOL_DEFAULT) return -ENOENT;
    const mode = policy.mode & ~MODE_FLAGS;
    return mode === MPOL_BIND || mode === MPOL_PREFERRED_MANY ? 0 : -EOPNOTSUPP;
  },

  migrate_pages(task, pid, maxNode, oldAddr, newAddr) {
    const from = readNodes(task, oldAddr, maxNode);
    if (from < 0) return from;
    const to = readNodes(task, newAddr, maxNode);
    if (to < 0) return to;
    const target = pid === 0 ? task : task.kernel.pids.task(task, pid);
    if (target === undefined) return -ESRCH;
    if (!mayInspect(task, target)) return -EPERM;
    return to === 1 ? 0 : to === 2 && !task.capable(CAP_SYS_NICE) ? -EPERM : -EINVAL;
  },

  move_pages(task, pid, count, pagesAddr, nodesAddr, statusAddr, flags) {
    if ((flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0) return -EINVAL;
    if ((flags & MPOL_MF_MOVE_ALL) !== 0 && !task.capable(CAP_SYS_NICE)) return -EPERM;
    const target = pid === 0 ? task : task.kernel.pids.task(task, pid);
    if (target === undefined || target.exiting) return -ESRCH;
    if (!mayInspect(task, target)) return -EPERM;
    const { mem } = task;
    const resident = new Uint8Array(1);
    for (let i = 0; i < count; i += 1) {
      if (nodesAddr !== 0) {
        const node = mem.readU32(nodesAddr + i * 4);
        if (node < 0) return node;
        if (node !== 0) return -ENODEV;
      }
      const page = mem.readU64(pagesAddr + i * 8);
      if (page < 0) return page;
      let status = -EFAULT;
      const start = Math.floor(page / PAGE) * PAGE;
      if (target.mm.areas.find(page) !== null)
        status = target.mm.space.resident(start, 1, resident) === 0 && resident[0] === 1 ? 0 : -ENOENT;
      mem.view.setInt32(0, status, true);
      if (mem.writeNow(statusAddr + i * 4, mem.bytes, 0, 4) < 0) return -EFAULT;
    }
    return 0;
  },
} satisfies Handlers;
