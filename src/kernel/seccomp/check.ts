/** Asks a task's seccomp filters about the call in progress, and carries out what they say. */
import { ENOSYS } from '#abi/errno.ts';
import {
  AUDIT_ARCH_X86_64,
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from '#abi/prctl.ts';
import { SIGKILL, SIGSYS, SYS_SECCOMP } from '#abi/signal.ts';
import { Reg } from '#platform/platform.ts';
import { sigInfo } from '../pending-signals.ts';
import { exitGroup, exitThreadBySignal, killedStatus } from '../process/exit.ts';
import { ANSWERED } from '../result.ts';
import { forceSignal } from '../signal/send.ts';
import type { Task } from '../task.ts';
import { SECCOMP_DATA_WORDS, verdict } from './bpf.ts';
import { CACHED_CALLS, Constant, type SeccompState } from './state.ts';

const MAX_ERRNO = 4095;
/** read, write, exit, rt_sigreturn. */
const STRICT_CALLS = new Set([0, 1, 60, 15]);
const data = new Uint32Array(SECCOMP_DATA_WORDS);

/** Null lets the call run; else its result. */
export function seccompCheck(task: Task): number | null {
  const state = task.seccomp as SeccompState;
  const nr = task.callNr;
  if (state.program === null) {
    if (STRICT_CALLS.has(nr)) return null;
    exitThreadBySignal(task, SIGKILL);
    return ANSWERED;
  }
  const constant = state.constant[nr];
  if (constant === Constant.Allowed) return null;
  return act(task, constant === Constant.Other ? (state.verdicts[nr] as number) : runFilters(task, state, nr));
}

/** The strictest answer of all filters; among equals the newest's. */
function runFilters(task: Task, state: SeccompState, nr: number): number {
  const { thread } = task;
  const { regs } = thread;
  data[0] = nr;
  data[1] = AUDIT_ARCH_X86_64;
  data[2] = regs.lo(Reg.RIP);
  data[3] = regs.hi(Reg.RIP);
  for (let i = 0; i < 6; i += 1) {
    data[4 + i * 2] = thread.argLo(i);
    data[5 + i * 2] = thread.argHi(i);
  }
  let strictest = SECCOMP_RET_ALLOW;
  let constant = true;
  for (let at: SeccompState | null = state; at !== null; at = at.parent) {
    if (at.program === null) continue;
    at.program.run(data);
    if (verdict.sawArguments) constant = false;
    // Linux compares actions as signed numbers: KILL_PROCESS, the only negative one, comes first.
    if ((verdict.value & SECCOMP_RET_ACTION_FULL) < (strictest & SECCOMP_RET_ACTION_FULL)) strictest = verdict.value;
  }
  if (constant && nr < CACHED_CALLS) {
    state.verdicts[nr] = strictest;
    state.constant[nr] = strictest === SECCOMP_RET_ALLOW ? Constant.Allowed : Constant.Other;
  }
  return strictest;
}

function act(task: Task, answer: number): number | null {
  const value = answer & SECCOMP_RET_DATA;
  switch ((answer & SECCOMP_RET_ACTION_FULL) >>> 0) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
      return null;
    case SECCOMP_RET_ERRNO:
      return -Math.min(value, MAX_ERRNO);
    case SECCOMP_RET_TRAP:
      forceSignal(
        task,
        sigInfo(SIGSYS, SYS_SECCOMP, {
          errno: value,
          addr: task.thread.regs.get(Reg.RIP),
          status: task.callNr,
          valueLo: AUDIT_ARCH_X86_64,
        }),
      );
      // The handler sees RAX as it was before the call.
      return task.callNr;
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_USER_NOTIF:
      return -ENOSYS;
    case SECCOMP_RET_KILL_THREAD:
      exitThreadBySignal(task, SIGSYS);
      return ANSWERED;
    default: // SECCOMP_RET_KILL_PROCESS, and what is unknown
      exitGroup(task, killedStatus(SIGSYS));
      return ANSWERED;
  }
}
