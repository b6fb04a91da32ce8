/** Installing seccomp filters: seccomp(2) and prctl(PR_SET_SECCOMP). */
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { EACCES, EFAULT, EINVAL, ENOMEM, ESRCH } from '#abi/errno.ts';
import {
  BPF_MAXINSNS,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
} from '#abi/prctl.ts';
import type { Task } from '../task.ts';
import { type BpfInstruction, BpfProgram } from './bpf.ts';
import { SeccompState } from './state.ts';

const FPROG_SIZE = 16;
const INSTRUCTION_SIZE = 8;
/** Of all filters of a task together. */
const MAX_COST = 32768;
const KNOWN_FLAGS = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC_ESRCH;

export function seccompStrict(task: Task): number {
  if (task.seccomp !== null) return task.seccomp.mode === SECCOMP_MODE_STRICT ? 0 : -EINVAL;
  task.seccomp = new SeccompState(null, null);
  return 0;
}

/** The struct sock_fprog at `addr`, checked. */
function readProgram(task: Task, addr: number): BpfProgram | number {
  const { mem } = task;
  if (!mem.in(addr, FPROG_SIZE)) return -EFAULT;
  const length = mem.view.getUint16(0, true);
  const at = mem.view.getUint32(8, true) + mem.view.getUint32(12, true) * 4294967296;
  if (length === 0 || length > BPF_MAXINSNS) return -EINVAL;
  if (!mem.in(at, length * INSTRUCTION_SIZE)) return -EFAULT;
  const program: BpfInstruction[] = [];
  for (let i = 0; i < length * INSTRUCTION_SIZE; i += INSTRUCTION_SIZE) {
    program.push({
      code: mem.view.getUint16(i, true),
      jt: mem.view.getUint8(i + 2),
      jf: mem.view.getUint8(i + 3),
      k: mem.view.getUint32(i + 4, true),
    });
  }
  return BpfProgram.check(program);
}

/** 0; a tid that TSYNC could not bring along; -errno. No listeners (SECCOMP_FILTER_FLAG_NEW_LISTENER). */
export function seccompFilter(task: Task, flags: number, addr: number): number {
  if ((flags & ~KNOWN_FLAGS) !== 0) return -EINVAL;
  if (!task.creds.noNewPrivs && !task.capableHere(CAP_SYS_ADMIN)) return -EACCES;
  const program = readProgram(task, addr);
  if (typeof program === 'number') return program;
  if (task.seccomp !== null && task.seccomp.mode !== SECCOMP_MODE_FILTER) return -EINVAL;
  const state = new SeccompState(program, task.seccomp);
  if (state.cost > MAX_COST) return -ENOMEM;
  if ((flags & SECCOMP_FILTER_FLAG_TSYNC) !== 0) {
    const others = task.group.liveThreads.filter((other) => other !== task);
    const apart = others.find((other) => other.seccomp !== null && !state.extends(other.seccomp));
    if (apart !== undefined) return (flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH) !== 0 ? -ESRCH : apart.ownTid;
    for (const other of others) {
      other.seccomp = state;
      if (!task.creds.noNewPrivs || other.creds.noNewPrivs) continue;
      const creds = other.creds.copy();
      creds.noNewPrivs = true;
      other.creds = creds;
    }
  }
  task.seccomp = state;
  return 0;
}
