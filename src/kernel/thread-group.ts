/**
 * A process: the tasks that share a pid, signal handlers and fate ("thread group", `signal_struct`). It outlives its
 * last task as a zombie until the parent waits for it.
 */
import type { MountedFiles } from './namespaces.ts';
import type { ResourceLimits } from './limits.ts';
import { PendingSignals } from './pending-signals.ts';
import type { ProcessGroup, Session } from './session.ts';
import type { SignalHandlers } from './signal/handlers.ts';
import { StopState } from './signal/stop-state.ts';
import type { Task } from './task.ts';
import { WaitQueue } from './wait.ts';

/** Times in ns and counts, as getrusage(2) sums them. */
export interface Usage {
  userNs: number;
  systemNs: number;
  minorFaults: number;
  majorFaults: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** KiB. */
  maxRss: number;
}

export function noUsage(): Usage {
  return { userNs: 0, systemNs: 0, minorFaults: 0, majorFaults: 0, voluntarySwitches: 0, involuntarySwitches: 0, maxRss: 0 };
}

/** Reads and writes that succeeded, and their bytes (/proc/PID/io). */
export interface IoCounts {
  reads: number;
  writes: number;
  readBytes: number;
  writtenBytes: number;
}

/** The end of a tracee that is not a child process of its tracer. */
export interface TracedExit {
  readonly tid: number;
  readonly status: number;
  readonly uid: number;
}

export class ThreadGroup {
  readonly pid: number;
  /** The task whose tid is the pid; after it exits before others it stays as a zombie. */
  leader!: Task;
  readonly threads: Task[] = [];
  parent: ThreadGroup | null;
  /** The thread of the parent that made it (__WNOTHREAD, PR_SET_PDEATHSIG). */
  parentTask: Task | null = null;
  readonly children: ThreadGroup[] = [];
  /** Tasks that threads of this process trace (ptrace(2)), and those that ended and wait for wait(2). */
  readonly tracees = new Set<Task>();
  readonly tracedExits: TracedExit[] = [];
  processGroup: ProcessGroup;
  session: Session;
  /** Signal sent to the parent at exit (SIGCHLD, or what clone asked for). */
  exitSignal: number;
  handlers: SignalHandlers;
  limits: ResourceLimits;
  /** Signals sent to the process, for any of its threads. */
  readonly pending = new PendingSignals();

  // ---- exit
  /** exit_group or a fatal signal is under way: every thread goes. */
  exiting = false;
  /** Wait status as wait4(2) stores it: (code << 8), or signal | 0x80 for a core. */
  exitStatus = 0;
  zombie = false;
  /** Nobody will wait: SIGCHLD ignored or SA_NOCLDWAIT. */
  autoReap = false;
  /** execve has run since fork (setpgid(2): EACCES). */
  hasExeced = false;
  /** Woken when a child changes state; wait4 sleeps on it. */
  readonly childWait = new WaitQueue();
  /** Woken when this process exits (pidfd poll). */
  readonly exitWait = new WaitQueue();
  /** A vfork child lives: its parent task sleeps here until it execs or exits. */
  readonly vforkDone = new WaitQueue();
  vforkPending = false;

  // ---- job control
  readonly stop = new StopState();

  // ---- attributes
  childSubreaper = false;
  dumpable = 1;
  /** Path of the executable's file and its link text, for /proc/PID/exe. */
  executable: MountedFiles | null = null;
  readonly usage: Usage = noUsage();
  readonly childrenUsage: Usage = noUsage();
  /** What was used before the present image, and which stub the counts since then are of (usage.ts). */
  readonly usageBefore: Usage = noUsage();
  usageOf = 0;
  readonly io: IoCounts = { reads: 0, writes: 0, readBytes: 0, writtenBytes: 0 };
  startNs: number;
  oomScoreAdj = 0;
  /** /proc/PID/coredump_filter: which kinds of memory a core file holds; inherited. */
  coredumpFilter: number;
  /** The container's init: signals without a handler do nothing to it, SIGKILL and SIGSTOP from inside included. */
  unkillable = false;
  /** Started from outside (`belljar exec`): its parent is in no session of the sandbox's. */
  entered = false;

  constructor(
    pid: number,
    parent: ThreadGroup | null,
    processGroup: ProcessGroup,
    session: Session,
    exitSignal: number,
    handlers: SignalHandlers,
    limits: ResourceLimits,
    startNs: number,
  ) {
    this.pid = pid;
    this.parent = parent;
    this.processGroup = processGroup;
    this.session = session;
    this.exitSignal = exitSignal;
    this.handlers = handlers;
    this.limits = limits;
    this.startNs = startNs;
    this.coredumpFilter = parent?.coredumpFilter ?? 0x33;
    processGroup.members.add(this);
    parent?.children.push(this);
  }

  /** Threads that have not exited. */
  get liveThreads(): Task[] {
    return this.threads.filter((task) => !task.exiting);
  }
}
