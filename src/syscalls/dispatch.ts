/**
 * From events of guest threads to handlers and back: the life of a system call. A handler's number goes back to the
 * guest; a generator is a call that sleeps, kept in `task.blocking` until it is done.
 */
import { writeSync } from 'node:fs';
import { EFAULT, ENOSYS, ERESTARTSYS } from '#abi/errno.ts';
import { decodeCode } from '#abi/syscall-kinds.ts';
import { type NamedRow, rowByNumber, SYSCALL_LIMIT, syscallName } from '#abi/syscalls.ts';
import type { CallTimes } from '#kernel/call-times.ts';
import type { Dispatcher, Kernel } from '#kernel/kernel.ts';
import { exitGroup, hostKilled, killedStatus } from '#kernel/process/exit.ts';
import { ANSWERED, RESUME_FRAME } from '#kernel/result.ts';
import { type PtraceState, StopKind } from '#kernel/ptrace/state.ts';
import { syscallStop } from '#kernel/ptrace/stop.ts';
import { seccompCheck } from '#kernel/seccomp/check.ts';
import { After, beforeReturn, deliverFault } from '#kernel/signal/deliver.ts';
import { type Task, TaskState } from '#kernel/task.ts';
import { type Blocking, Wake } from '#kernel/wait.ts';
import { Abi, Event, type GuestThread, Reg } from '#platform/platform.ts';
import { handlers } from './handlers.ts';
import type { Result } from './handler.ts';

type AnyHandler = (task: Task, a: number, b: number, c: number, d: number, e: number, f: number) => Result;

/** Index: call number. */
const table: (AnyHandler | undefined)[] = new Array<AnyHandler | undefined>(SYSCALL_LIMIT).fill(undefined);
for (const row of rowByNumber) {
  if (row !== undefined) table[row.number] = (handlers as Record<string, AnyHandler | undefined>)[row.name];
}

const SIGSEGV = 11;
/** Where a call's arguments are. */
const ARGUMENTS = [Reg.RDI, Reg.RSI, Reg.RDX, Reg.R10, Reg.R8, Reg.R9];
/** The largest -errno, and internal codes above ordinary ones. */
const FIRST_RESTART = -ERESTARTSYS;
const LAST_RESTART = -516;

/** Sees every call when tracing; null costs one check. */
export interface CallTracer {
  enter(task: Task, row: NamedRow | undefined, nr: number): void;
  exit(task: Task, result: number): void;
}

export class SyscallDispatcher implements Dispatcher {
  readonly #kernel: Kernel;
  tracer: CallTracer | null = null;
  times: CallTimes | null = null;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  event(task: Task, thread: GuestThread): void {
    if (task.exiting) {
      // Its process is going; it was computing when that began.
      if (thread.event !== Event.Died) thread.exit(0);
      return;
    }
    this.#kernel.current = task;
    const { times } = this;
    const isCall = thread.event === Event.Syscall;
    times?.begin(this.#kernel.now());
    try {
      switch (thread.event) {
        case Event.Syscall:
          this.#syscall(task, thread);
          break;
        case Event.Frame:
          if (task.ptrace?.entering) this.#tracedEntry(task, task.ptrace);
          else this.#finish(task, task.frameResult);
          break;
        case Event.Fault:
          deliverFault(task);
          this.resumeFrame(task);
          break;
        case Event.Interrupt:
          this.resumeFrame(task);
          break;
        case Event.Died:
          hostKilled(task);
          break;
      }
    } catch (error) {
      this.#bug(task, error);
    }
    times?.end(isCall ? task.callNr : -1, this.#kernel.now());
    this.#kernel.current = null;
  }

  wake(task: Task): void {
    if (task.exiting) return;
    this.#kernel.current = task;
    this.times?.begin(this.#kernel.now());
    try {
      const afterwards = task.ptrace?.afterwards ?? null;
      if (afterwards !== null && task.ptrace !== null) {
        task.ptrace.afterwards = null;
        afterwards();
      } else if (task.blocking !== null) this.#step(task, task.blocking, task.wakeReason);
      else if (task.state === TaskState.Running) this.#finish(task, task.frameResult);
    } catch (error) {
      this.#bug(task, error);
    }
    this.times?.end(task.callNr, this.#kernel.now());
    this.#kernel.current = null;
  }

  #syscall(task: Task, thread: GuestThread): void {
    const { nr } = thread;
    task.callNr = nr;
    if (thread.abi !== Abi.Syscall64 || nr < 0 || nr >= SYSCALL_LIMIT) {
      this.#kernel.counters.refused(thread.abi === Abi.Syscall64 ? `syscall ${nr}` : `syscall by foreign entry ${thread.abi}`);
      this.#finish(task, -ENOSYS);
      return;
    }
    if (task.ptrace?.stopsAtCalls) {
      // The tracer is to see and change all registers.
      task.ptrace.entering = true;
      thread.resumeForFrame(-ENOSYS);
      return;
    }
    const row = rowByNumber[nr];
    const args = task.callArgs;
    if (row !== undefined) {
      const { codes } = row;
      for (let i = 0; i < codes.length; i += 1) args[i] = decodeCode(codes[i] as 0 | 1 | 2 | 3, thread.argLo(i), thread.argHi(i));
    }
    this.#kernel.counters.calls[nr] = (this.#kernel.counters.calls[nr] as number) + 1;
    this.tracer?.enter(task, row, nr);
    if (task.seccomp !== null) {
      const verdict = seccompCheck(task);
      if (verdict !== null) {
        this.#done(task, verdict);
        return;
      }
    }
    this.#call(task);
  }

  /** A traced task's call, with its full frame: its tracer first. */
  #tracedEntry(task: Task, state: PtraceState): void {
    state.entering = false;
    state.originalCall = task.callNr;
    syscallStop(task, StopKind.SyscallEntry, () => this.#tracedCall(task, state));
  }
  /** The call as the tracer has left it. */
  #tracedCall(task: Task, state: PtraceState): void {
    const nr = state.originalCall;
    const { regs } = task.thread;
    state.inCall = true;
    task.callNr = nr;
    const row = rowByNumber[nr];
    if (nr < 0 || nr >= SYSCALL_LIMIT || row === undefined) {
      // What the tracer put into RAX is the result.
      this.#finish(task, RESUME_FRAME);
      return;
    }
    row.codes.forEach((code, i) => {
      const reg = ARGUMENTS[i] as number;
      task.callArgs[i] = decodeCode(code as 0 | 1 | 2 | 3, regs.lo(reg), regs.hi(reg));
    });
    this.#kernel.counters.calls[nr] = (this.#kernel.counters.calls[nr] as number) + 1;
    this.tracer?.enter(task, row, nr);
    const verdict = task.seccomp === null ? null : seccompCheck(task);
    if (verdict !== null) this.#done(task, verdict);
    else this.#call(task);
  }
  /** Its end: the result goes into the frame, and the tracer may look again. */
  #tracedExit(task: Task, state: PtraceState, value: number): void {
    let result = value;
    state.inCall = false;
    if (task.memoryCallNr !== 0) {
      const failed = flushMemoryCall(task);
      if (failed < 0) result = failed;
    }
    const restarts = result <= FIRST_RESTART && result >= LAST_RESTART;
    if (result !== RESUME_FRAME) task.thread.regs.setParts(Reg.RAX, result >>> 0, Math.floor(result / 4294967296) >>> 0);
    const goOn = (): void => {
      state.originalCall = -1;
      // Detached meanwhile.
      if (!state.tracer.group.tracees.has(task) && task.ptrace === state) task.ptrace = null;
      this.#finishSlowly(task, restarts ? result : RESUME_FRAME);
    };
    if (state.stopsAtCalls) syscallStop(task, StopKind.SyscallExit, goOn);
    else goOn();
  }

  /** Runs the handler of `task.callNr` on `task.callArgs`; also for a restart. */
  #call(task: Task): void {
    const nr = task.callNr;
    const handler = table[nr];
    if (handler === undefined) {
      this.#noHandler(task, nr);
      return;
    }
    const args = task.callArgs;
    this.#done(
      task,
      handler(task, args[0] as number, args[1] as number, args[2] as number, args[3] as number, args[4] as number, args[5] as number),
    );
  }

  #noHandler(task: Task, nr: number): void {
    const row = rowByNumber[nr];
    this.#kernel.counters.refused(syscallName(nr));
    this.#finish(task, row !== undefined && row.errno !== 0 ? -row.errno : -ENOSYS);
  }

  #done(task: Task, result: Result): void {
    if (typeof result === 'number') this.#finish(task, result);
    else {
      task.blocking = result;
      this.#step(task, result, null);
    }
  }

  /** Runs a sleeping call on; `why` is null the first time. */
  #step(task: Task, call: Blocking, why: Wake | null): void {
    let reason = why;
    for (;;) {
      const next = reason === null ? call.next() : call.next(reason);
      if (next.done) {
        task.blocking = null;
        if (!task.exiting) this.#finish(task, next.value);
        return;
      }
      // A signal that came before the sleep ends it at once.
      if (task.notify && task.state === TaskState.Sleeping) {
        task.state = TaskState.Running;
        this.#kernel.timers.disarm(task.sleepTimer);
        reason = Wake.Signal;
        continue;
      }
      task.voluntarySwitches += 1;
      this.#kernel.switches += 1;
      task.thread.park();
      return;
    }
  }

  /** Ends a call with its result: delivers signals, restarts, answers the thread. */
  #finish(task: Task, result: number): void {
    if (result === ANSWERED || task.exiting) {
      if (this.tracer !== null) this.tracer.exit(task, result);
      return;
    }
    if (task.ptrace !== null && !task.ptrace.entering) {
      if (task.ptrace.inCall) {
        this.#tracedExit(task, task.ptrace, result);
        return;
      }
      if (task.thread.event !== Event.Syscall) {
        this.#finishSlowly(task, result);
        return;
      }
    }
    if (result === RESUME_FRAME) {
      this.tracer?.exit(task, 0);
      this.resumeFrame(task);
      return;
    }
    if (!task.notify && !(result <= FIRST_RESTART && result >= LAST_RESTART)) {
      this.tracer?.exit(task, result);
      if (task.memoryCallNr !== 0) this.#memoryCall(task, result);
      else task.thread.resume(result);
      return;
    }
    this.#finishSlowly(task, result);
  }

  #memoryCall(task: Task, result: number): void {
    const nr = task.memoryCallNr;
    const a = task.memoryCallArgs;
    task.memoryCallNr = 0;
    task.thread.resumeWithMemoryCall(nr, a[0] as number, a[1] as number, a[2] as number, a[3] as number, result);
  }

  #finishSlowly(task: Task, value: number): void {
    let result = value;
    if (task.memoryCallNr !== 0) {
      // The thread cannot do its own part when it is to run a handler first: the platform does it.
      const failed = flushMemoryCall(task);
      if (failed < 0) result = failed;
    }
    for (;;) {
      const after = beforeReturn(task, result);
      switch (after) {
        case After.Resume:
          this.tracer?.exit(task, result);
          task.thread.resume(result);
          return;
        case After.ResumeFrame:
          this.tracer?.exit(task, result);
          task.thread.resumeFrame();
          return;
        case After.NeedFrame:
          task.frameResult = result;
          task.thread.resumeForFrame(result);
          return;
        case After.Restart: {
          const restart = task.restart;
          if (result === LAST_RESTART && restart !== null) {
            task.restart = null;
            this.#done(task, restart());
          } else this.#call(task);
          return;
        }
        case After.Stopped:
          task.frameResult = result;
          task.thread.park();
          return;
        case After.Gone:
          this.tracer?.exit(task, result);
          return;
        default:
          after satisfies never;
          result = -EFAULT;
      }
    }
  }

  resumeFrame(task: Task): void {
    if (task.exiting) return;
    if (!task.notify) {
      task.thread.resumeFrame();
      return;
    }
    const after = beforeReturn(task, RESUME_FRAME);
    if (after === After.Stopped) {
      task.frameResult = RESUME_FRAME;
      task.thread.park();
    } else if (after !== After.Gone) task.thread.resumeFrame();
  }

  /** An exception out of our own code: said with the call and the place, and the task's process ends, not the sandbox. */
  #bug(task: Task, error: unknown): void {
    const where = error instanceof Error ? (error.stack ?? error.message) : String(error);
    writeSync(2, `belljar: bug in the kernel: ${syscallName(task.callNr)} of ${task.comm} (pid ${task.pid}, tid ${task.tid}): ${where}\n`);
    task.blocking = null;
    exitGroup(task, killedStatus(SIGSEGV));
  }
}

/** Carries out a pending memory call by the platform instead of by the thread itself; 0 or -errno. */
function flushMemoryCall(task: Task): number {
  const [SYS_mmap, SYS_mprotect, SYS_munmap] = [9, 10, 11] as const;
  const nr = task.memoryCallNr;
  const [addr, length, third] = task.memoryCallArgs as [number, number, number, number];
  const { space } = task.mm;
  task.memoryCallNr = 0;
  if (nr === SYS_mmap) space.mapAnonymous(addr, length, third, 0);
  else if (nr === SYS_munmap) space.unmap(addr, length);
  else if (nr === SYS_mprotect) space.protect(addr, length, third);
  else space.advise(addr, length, third);
  return space.flush();
}
