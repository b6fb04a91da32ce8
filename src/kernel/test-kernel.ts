/** A kernel on the fake platform with some processes in it, for unit tests of what needs tasks and no files. */
import { SIGCHLD } from '#abi/signal.ts';
import { FakePlatform, type FakeSpace, type FakeThread } from '#platform/fake.ts';
import { MemoryMap } from '#mm/memory-map.ts';
import { ContainerLimits } from './container-limits.ts';
import { Creds } from './creds.ts';
import { FdTable } from './fd-table.ts';
import { FsContext } from './fs-context.ts';
import { HostCgroup } from './host-cgroup.ts';
import type { HostInfo } from './host-info.ts';
import { Kernel } from './kernel.ts';
import { ResourceLimits } from './limits.ts';
import { PidNamespace } from './pid-namespace.ts';
import type { Namespaces } from './namespaces.ts';
import { PidTable } from './pid-table.ts';
import { ProcessGroup, Session } from './session.ts';
import { SignalHandlers } from './signal/handlers.ts';
import { Task } from './task.ts';
import { ThreadGroup } from './thread-group.ts';

const none = null as never;

export class TestKernel {
  readonly platform = new FakePlatform();
  readonly kernel: Kernel;
  readonly session = new Session(1);
  readonly init: Task;

  constructor() {
    const hooks = { descriptorClosed() {}, taskCreated() {}, execed() {}, processExited() {} };
    const info = { cpuCount: 2, processText: () => '', text: () => '' } as unknown as HostInfo;
    const limits = new ContainerLimits(new HostCgroup({ version: 0, files: {} }, () => ''), null, 2, () => this.platform.now());
    this.kernel = new Kernel(this.platform, new PidTable(), hooks, info, limits);
    this.init = this.process(null);
    this.kernel.init = this.init.group;
  }

  /** A process with one thread, in a process group of its own. */
  process(parent: Task | null): Task {
    const { kernel } = this;
    const { space, thread } = this.platform.start(null);
    const pid = kernel.pids.allocate();
    const pgrp = new ProcessGroup(pid, this.session);
    kernel.pids.processGroups.set(pid, pgrp);
    const group = new ThreadGroup(
      pid,
      parent?.group ?? null,
      pgrp,
      this.session,
      SIGCHLD,
      new SignalHandlers(),
      ResourceLimits.initial(),
      kernel.now(),
    );
    kernel.pids.groups.set(pid, group);
    const task = this.#task(group, thread, new MemoryMap(space, this.platform.guestEnd));
    group.leader = task;
    return task;
  }

  /** One more thread of `task`'s process. */
  thread(task: Task): Task {
    task.mm.refs += 1;
    task.group.handlers.refs += 1;
    return this.#task(task.group, spaceOf(task).newThread(null) as FakeThread, task.mm);
  }

  #task(group: ThreadGroup, thread: FakeThread, mm: MemoryMap): Task {
    const { kernel } = this;
    const tid = group.threads.length === 0 ? group.pid : kernel.pids.allocate();
    const pid = new PidNamespace(null, kernel.pids.max);
    const task = new Task(kernel, tid, group, thread, mm, new FdTable(), new FsContext(none, none, 0), new Creds(), {
      pid,
      pidForChildren: pid,
    } as Namespaces);
    thread.owner = task;
    group.threads.push(task);
    kernel.pids.tasks.set(tid, task);
    return task;
  }
}

export function spaceOf(task: Task): FakeSpace {
  return task.mm.space as FakeSpace;
}
export function threadOf(task: Task): FakeThread {
  return task.thread as FakeThread;
}
