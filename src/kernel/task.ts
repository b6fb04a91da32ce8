/**
 * A task: one guest thread, as the kernel sees it. Threads of a process share a `ThreadGroup`; what CLONE_* flags make
 * sharable (mm, files, fs, signal handlers) is an object that several tasks point to.
 */
import { SIG_BLOCK_NONE, type SigSet } from './sigset.ts';
import { UserMemory } from '#mm/user-memory.ts';
import type { MemoryMap } from '#mm/memory-map.ts';
import type { GuestThread } from '#platform/platform.ts';
import type { Creds } from './creds.ts';
import type { FdTable } from './fd-table.ts';
import type { FsContext } from './fs-context.ts';
import type { SemaphoreUndo } from './ipc/semaphores.ts';
import type { Kernel } from './kernel.ts';
import type { Namespaces } from './namespaces.ts';
import { PendingSignals } from './pending-signals.ts';
import type { PtraceState } from './ptrace/state.ts';
import type { SeccompState } from './seccomp/state.ts';
import type { ThreadGroup } from './thread-group.ts';
import { Timer } from './timer.ts';
import { type Blocking, type Sleeper, Wake } from './wait.ts';

export const TaskState = {
  /** In guest code, or about to be. */
  Running: 0,
  /** Asleep in a call; a signal ends it. */
  Sleeping: 1,
  /** Asleep in a call; only a fatal signal ends it. */
  SleepingKillable: 2,
  /** Stopped by job control. */
  Stopped: 3,
  /** Exited; a zombie leader keeps its pid until waited for. */
  Zombie: 4,
} as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];

export class Task implements Sleeper {
  readonly kernel: Kernel;
  /** Thread id in the root pid namespace of the sandbox. */
  tid: number;
  group: ThreadGroup;
  thread: GuestThread;
  mm: MemoryMap;
  readonly mem: UserMemory;
  files: FdTable;
  fs: FsContext;
  creds: Creds;
  ns: Namespaces;
  /** Name as in /proc/PID/comm, at most 15 bytes. */
  comm = '';
  state: TaskState = TaskState.Running;

  // ---- the call in progress
  /** Number and raw arguments, kept for restarts and traces. */
  callNr = -1;
  readonly callArgs: number[] = [0, 0, 0, 0, 0, 0];
  /** The sleeping call; null when none. */
  blocking: Blocking | null = null;
  /** Why it was woken; valid while it is on the run queue. */
  wakeReason: Wake = Wake.Event;
  onRunQueue = false;
  /** The result of a call whose end is put off: while a full frame is fetched, or while stopped. */
  frameResult = 0;
  /** What restart_syscall(2) does for the call that answered -ERESTART_RESTARTBLOCK. */
  restart: (() => number | Blocking) | null = null;
  readonly sleepTimer: Timer;

  /**
   * A host call on anonymous memory that this thread itself is to make when its call ends (see
   * GuestThread.resumeWithMemoryCall): the call's number, 0 for none. The call's result is what the guest sees if it succeeds.
   */
  memoryCallNr = 0;
  readonly memoryCallArgs: number[] = [0, 0, 0, 0];

  // ---- signals of this thread (src/kernel/signal/)
  readonly pending = new PendingSignals();
  /** Blocked signals. */
  mask: SigSet = SIG_BLOCK_NONE;
  /** The mask to restore after a call that changed it for its duration (sigsuspend, ppoll): null when none. */
  savedMask: SigSet | null = null;
  /** Alternate signal stack. */
  altStackBase = 0;
  altStackSize = 0;
  altStackFlags = 2; // SS_DISABLE
  /** Set when a signal may be deliverable, the group is stopping or the task must exit: looked at before each return to the guest. */
  notify = false;

  // ---- thread details
  /** Seccomp filters, innermost first (src/kernel/seccomp/); null when none. */
  seccomp: SeccompState | null = null;
  /** Its tracer, and how it stands to it; null when nobody traces it. */
  ptrace: PtraceState | null = null;
  /** Adjustments of System V semaphores at its end; shared by CLONE_SYSVSEM. */
  semaphoreUndo: SemaphoreUndo | null = null;
  clearChildTid = 0;
  robustList = 0;
  exiting = false;
  exitCode = 0;
  startNs: number;
  /** CPU affinity mask, low CPUs. */
  affinity: number[] = [];
  nice = 0;
  schedPolicy = 0;
  schedPriority = 0;
  timerSlackNs = 50000;
  personality = 0;
  /** ioprio_set(2): class and level; 0: not set, by the nice value. */
  ioPriority = 0;
  /** Parent-death signal. */
  deathSignal = 0;
  voluntarySwitches = 0;

  constructor(
    kernel: Kernel,
    tid: number,
    group: ThreadGroup,
    thread: GuestThread,
    mm: MemoryMap,
    files: FdTable,
    fs: FsContext,
    creds: Creds,
    ns: Namespaces,
  ) {
    this.kernel = kernel;
    this.tid = tid;
    this.group = group;
    this.thread = thread;
    this.mm = mm;
    this.mem = new UserMemory(kernel.platform, this);
    this.files = files;
    this.fs = fs;
    this.creds = creds;
    this.ns = ns;
    this.startNs = kernel.now();
    this.sleepTimer = new Timer(() => this.wakeUp(Wake.Timeout));
  }

  get pid(): number {
    return this.group.pid;
  }
  get isLeader(): boolean {
    return this.group.leader === this;
  }
  /** RLIMIT soft limit of the process. */
  limit(resource: number): number {
    return this.group.limits.soft(resource);
  }
  capable(cap: number): boolean {
    return this.creds.capable(cap);
  }
  /** Has a capability over what belongs to its own user namespace. */
  capableHere(cap: number): boolean {
    return this.creds.effective.has(cap);
  }
  /** Its numbers as it sees them itself. */
  get ownTid(): number {
    return this.ns.pid.inside(this.tid);
  }
  get ownPid(): number {
    return this.ns.pid.inside(this.group.pid);
  }

  // ---- sleeping (see wait.ts)
  prepareSleep(deadlineNs: number, killableOnly: boolean): void {
    this.state = killableOnly ? TaskState.SleepingKillable : TaskState.Sleeping;
    if (deadlineNs !== Infinity) this.kernel.timers.arm(this.sleepTimer, deadlineNs);
  }
  onWake(_events: number): boolean {
    return this.wakeUp(Wake.Event);
  }
  /** Puts a sleeping task on the run queue; false if it does not sleep. */
  wakeUp(reason: Wake): boolean {
    if (this.state !== TaskState.Sleeping && this.state !== TaskState.SleepingKillable) return false;
    this.state = TaskState.Running;
    this.kernel.timers.disarm(this.sleepTimer);
    this.wakeReason = reason;
    this.kernel.makeRunnable(this);
    return true;
  }
  /** Ends an interruptible sleep because of a signal; a fatal one also ends a killable sleep. */
  interruptSleep(fatal: boolean): void {
    if (this.state === TaskState.Sleeping || (fatal && this.state === TaskState.SleepingKillable)) this.wakeUp(Wake.Signal);
  }
}
