/**
 * Tracing (ptrace(2)). A traced task stops at its tracer's wish: before a signal is delivered, around system calls, at events. It is
 * stopped in the kernel with a full register frame; the tracer's next request sends it on.
 */
import type { SigInfo } from '../pending-signals.ts';
import type { Task } from '../task.ts';

export const StopKind = { None: 0, Signal: 1, SyscallEntry: 2, SyscallExit: 3, Event: 4, Group: 5 } as const;
export type StopKind = (typeof StopKind)[keyof typeof StopKind];

export class PtraceState {
  readonly tracer: Task;
  /** PTRACE_SEIZE, not PTRACE_ATTACH or PTRACE_TRACEME. */
  readonly seized: boolean;
  /** PTRACE_O_*. */
  options = 0;
  /** Sent on by PTRACE_SYSCALL: the next call's entry and end are stops. */
  stopsAtCalls = false;
  /** Sent on by PTRACE_SINGLESTEP. */
  steps = false;
  /** Why it stands still now; None when it runs. */
  stop: StopKind = StopKind.None;
  /** Of the present stop: signal, event << 8. */
  status = 0;
  /** wait(2) has not been told of it. */
  reportable = false;
  /** Of the present stop, as PTRACE_GETSIGINFO and wait tell. */
  info: SigInfo | null = null;
  /** PTRACE_GETEVENTMSG. */
  message = 0;
  /** What to do when it is sent on; null in a stop inside a sleeping call, or before a signal. */
  goOn: (() => void) | null = null;
  /** The signal to deliver now, past the tracer. */
  injected: SigInfo | null = null;
  /** A call was met and its full frame is being fetched. */
  entering = false;
  /** Between a call's entry stop and its end: its result goes through the frame. */
  inCall = false;
  /** The call's number as the tracer may change it; -1 outside of calls. */
  originalCall = -1;
  /** PTRACE_INTERRUPT, or a new child of a seized task: stop at the next opportunity. */
  trapWanted = false;
  /** The tracer has sent it on although its process is stopped. */
  ignoresGroupStop = false;
  /** PTRACE_LISTEN: stopped, but SIGCONT is told. */
  listening = false;

  constructor(tracer: Task, seized: boolean, options: number) {
    this.tracer = tracer;
    this.seized = seized;
    this.options = options;
  }
  has(option: number): boolean {
    return (this.options & option) !== 0;
  }
}
