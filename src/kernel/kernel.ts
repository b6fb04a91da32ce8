/**
 * The kernel of one sandbox: owns everything, and runs the loop. One thread, synchronous: the loop takes the next guest
 * thread that has something to say from the platform, answers it, runs sleeping calls that were woken, fires timers.
 */
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { GuestThread, Platform } from '#platform/platform.ts';
import type { ContainerLimits } from './container-limits.ts';
import { Counters } from './counters.ts';
import type { HostFile, HostInfo } from './host-info.ts';
import { limitedMeminfo, parseMeminfo } from './meminfo.ts';
import type { PidTable } from './pid-table.ts';
import type { SeccompState } from './seccomp/state.ts';
import type { Task } from './task.ts';
import { TimerQueue } from './timer.ts';
import type { ThreadGroup } from './thread-group.ts';

/** What the loop calls; composed in boot.ts so that the core imports no subsystem. */
export interface Dispatcher {
  /** A guest thread came in. */
  event(task: Task, thread: GuestThread): void;
  /** A sleeping call was woken. */
  wake(task: Task): void;
  /** Continue a task whose full frame is ready, delivering what is pending first. */
  resumeFrame(task: Task): void;
}

/** Calls from the core into subsystems, set in boot.ts. */
export interface KernelHooks {
  /** One descriptor for `file` was closed by `task` (POSIX locks, epoll). */
  descriptorClosed(task: Task, file: OpenFile): void;
  /** A task was made by clone and has not run yet. */
  taskCreated(child: Task, parent: Task): void;
  /** execve succeeded: timers of the old image go. */
  execed(task: Task): void;
  /** The last thread of a process is gone (timers, semaphore adjustments). */
  processExited(group: ThreadGroup): void;
}

/** time_namespaces(7): 0 <= nsec < 1e9, as for a timespec. */
export interface TimeOffsets {
  readonly monotonic: { readonly sec: number; readonly nsec: number };
  readonly boottime: { readonly sec: number; readonly nsec: number };
}

export class Kernel {
  readonly platform: Platform;
  readonly timers = new TimerQueue();
  readonly counters = new Counters();
  readonly hooks: KernelHooks;
  readonly pids: PidTable;
  readonly hostInfo: HostInfo;
  readonly limits: ContainerLimits;
  /** When the sandbox began: monotonic ns, and seconds since 1970. */
  readonly bootNs: number;
  readonly bootRealSec = Date.now() / 1000;
  /** Settings of /proc/sys that were changed, by path below it. */
  readonly sysctls = new Map<string, string>();
  /** What the container's time namespace adds to the host's clocks; null: nothing. */
  timeOffsets: TimeOffsets | null = null;
  /** The filter that the container's own processes start with (linux.seccomp); null: none. */
  containerSeccomp: SeccompState | null = null;
  /** Processes and threads made, and sleeps, since boot (/proc/stat). */
  forks = 0;
  switches = 0;
  /** pid 1 of the sandbox; its end is the sandbox's end. */
  init: ThreadGroup | null = null;
  /** Tells whoever started the sandbox that init has stopped by a signal. */
  initStopped: ((signal: number) => void) | null = null;
  /** The task whose call is being answered; null between calls. */
  current: Task | null = null;
  /** Set when the sandbox is over: init's wait status. */
  exitStatus: number | null = null;
  #dispatcher: Dispatcher | null = null;
  #runQueue: Task[] = [];

  constructor(platform: Platform, pids: PidTable, hooks: KernelHooks, hostInfo: HostInfo, limits: ContainerLimits) {
    this.platform = platform;
    this.pids = pids;
    this.hooks = hooks;
    this.hostInfo = hostInfo;
    this.limits = limits;
    this.bootNs = platform.now();
  }

  /** CLOCK_MONOTONIC, ns. */
  now(): number {
    return this.platform.now();
  }

  get cpuCount(): number {
    return this.hostInfo.cpuCount;
  }
  hostText(name: HostFile): string {
    return this.hostInfo.text(name);
  }
  hostProcessText(hostPid: number, name: string): string {
    return this.hostInfo.processText(hostPid, name);
  }
  hostProcessBytes(hostPid: number, name: string, target: Uint8Array, length: number, pos: number): number {
    return this.hostInfo.processBytes(hostPid, name, target, length, pos);
  }
  hostProcessWrite(hostPid: number, name: string, text: string): number {
    return this.hostInfo.processWrite(hostPid, name, text);
  }
  /** The container's memory, in bytes, and meminfo(5) of it. */
  memory(): ReturnType<typeof parseMeminfo> {
    return parseMeminfo(limitedMeminfo(this.hostText('meminfo'), this.limits));
  }
  loadAverages(): [number, number, number] {
    return this.hostInfo.loadAverages();
  }

  attach(dispatcher: Dispatcher): void {
    this.#dispatcher = dispatcher;
  }

  resumeFrame(task: Task): void {
    this.#dispatcher?.resumeFrame(task);
  }

  /** Puts a woken task in line; it runs after the present call. */
  makeRunnable(task: Task): void {
    if (task.onRunQueue) return;
    task.onRunQueue = true;
    this.#runQueue.push(task);
  }

  /** Runs until init is gone; its wait status. */
  run(): number {
    const dispatcher = this.#dispatcher;
    if (dispatcher === null) throw new Error('kernel has no dispatcher');
    const { platform, timers } = this;
    while (this.exitStatus === null) {
      const thread = platform.next(this.#runQueue.length > 0 ? 0 : timers.nextNs);
      if (thread !== null) dispatcher.event(thread.owner as Task, thread);
      if (timers.nextNs !== Infinity) timers.run(this.now());
      if (this.#runQueue.length > 0) this.#runWoken(dispatcher);
    }
    return this.exitStatus;
  }

  #runWoken(dispatcher: Dispatcher): void {
    // Tasks woken while this runs join the same pass: ping-pong between two calls needs no trip through the platform.
    for (let i = 0; i < this.#runQueue.length; i += 1) {
      const task = this.#runQueue[i] as Task;
      task.onRunQueue = false;
      dispatcher.wake(task);
      if (i === 256) {
        this.#runQueue.splice(0, i + 1);
        return;
      }
    }
    this.#runQueue.length = 0;
  }
}
