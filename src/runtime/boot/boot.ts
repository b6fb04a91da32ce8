/**
 * Boot: from a SandboxSpec to a running init process, and the loop until it ends. Composes the kernel: registers file
 * systems and devices, makes the first task, mounts, runs the program.
 */
import { writeSync } from 'node:fs';
import { errnoName } from '#abi/errno.ts';
import { SIGCHLD, SIGKILL } from '#abi/signal.ts';
import { registerMemoryDevices } from '#fs/dev/memory-devices.ts';
import { registerMqueue } from '#fs/mqueue/mqueue-fs.ts';
import { mountProc } from '#fs/proc/super-block.ts';
import { applySysctls } from '#fs/proc/sysctl.ts';
import { registerSysvFiles } from '#fs/proc/sysvipc.ts';
import { registerNetFile } from '#fs/proc/net.ts';
import { registerFifos } from '#fs/pipe/pipe-file.ts';
import { registerTerminals } from '#fs/tty/register.ts';
import { registerSysFileSystems } from '#fs/sys/register.ts';
import { knowsTmpfsOption, mountTmpfs } from '#fs/tmpfs/tmpfs.ts';
import { registerFileSystem } from '#fs/vfs/registry.ts';
import { CallTimes } from '#kernel/call-times.ts';
import { Creds } from '#kernel/creds.ts';
import { ContainerLimits } from '#kernel/container-limits.ts';
import { FdTable } from '#kernel/fd-table.ts';
import { FsContext } from '#kernel/fs-context.ts';
import { HostInfo } from '#kernel/host-info.ts';
import { IpcNamespace } from '#kernel/ipc/namespace.ts';
import { Kernel } from '#kernel/kernel.ts';
import { type Namespaces, PlainNamespace, UtsNamespace } from '#kernel/namespaces.ts';
import { PidNamespace } from '#kernel/pid-namespace.ts';
import { PidTable } from '#kernel/pid-table.ts';
import { exitGroup, killedStatus } from '#kernel/process/exit.ts';
import { kernelReport, kernelReportText } from '#kernel/report.ts';
import { BpfProgram } from '#kernel/seccomp/bpf.ts';
import { SeccompState } from '#kernel/seccomp/state.ts';
import { ProcessGroup, Session } from '#kernel/session.ts';
import { SignalHandlers } from '#kernel/signal/handlers.ts';
import { Task } from '#kernel/task.ts';
import { ThreadGroup } from '#kernel/thread-group.ts';
import { firstUserNamespace } from '#kernel/user-namespace.ts';
import { MemoryMap } from '#mm/memory-map.ts';
import { procNetUnix } from '#net/socket/proc-net-unix.ts';
import type { GuestThread, Platform } from '#platform/platform.ts';
import { SyscallDispatcher } from '#syscalls/dispatch.ts';
import { ControlChannel } from './control-channel.ts';
import { ControlServer, type Start } from './control-server.ts';
import { Failure } from '../failure.ts';
import { OCI_VERSION, type OciState } from '../oci-hooks.ts';
import type { SandboxSpec } from '../sandbox-spec.ts';
import { kernelHooks } from './hooks.ts';
import { runStartHooks } from './start-hooks.ts';
import { mountAll, rootNamespace } from './mounts.ts';
import { withHome } from './home.ts';
import { loadInto, resourceLimits } from './process.ts';
import { openStdio } from './stdio.ts';
import { startTracing } from './tracing.ts';

const PROC_FD = 5;
const INIT_PID = 1;

/** Runs the sandbox; init's wait status, as wait4(2) gives it. Throws Failure when it cannot start. */
export function boot(spec: SandboxSpec, platform: Platform): number {
  registerFileSystem('tmpfs', mountTmpfs, knowsTmpfsOption);
  registerFileSystem('ramfs', mountTmpfs);
  registerFileSystem('devtmpfs', (task, source, data) => mountTmpfs(task, source, data));
  registerFileSystem('proc', (task) => mountProc(task));
  registerSysFileSystems();
  registerMqueue();
  registerMemoryDevices();
  registerTerminals();
  registerFifos();
  registerNetFile('unix', procNetUnix);
  registerSysvFiles();

  const hostInfo = new HostInfo(platform.host, spec.hostProc, PROC_FD);
  const limits = new ContainerLimits(hostInfo.cgroup, spec.limits, hostInfo.cpuCount, () => platform.now());
  const kernel = new Kernel(platform, new PidTable(), kernelHooks, hostInfo, limits);
  kernel.containerSeccomp = containerFilter(spec);
  kernel.timeOffsets = spec.timeOffsets;
  const dispatcher = new SyscallDispatcher(kernel);
  kernel.attach(dispatcher);
  const started = platform.start(null);
  if (typeof started === 'number') throw new Failure('boundary', `the first guest process did not start (${errnoName(-started)})`);
  const task = firstTask(kernel, spec, platform, started.thread);
  mountAll(task, spec);
  applySysctls(task, spec.sysctl);
  const terminal = openStdio(task, spec);
  startTracing(kernel, dispatcher, spec);
  if (spec.debug || spec.reportFd >= 0) dispatcher.times = new CallTimes();
  const control = new ControlChannel(kernel, spec, terminal);
  const start: Start = (pid, done) => {
    const { id, bundle, annotations } = spec;
    const state: OciState = { ociVersion: OCI_VERSION, id, status: 'created', pid, bundle, annotations };
    runStartHooks(kernel, spec.startHooks, JSON.stringify(state), spec.process, (failure) => {
      if (failure === null) kernel.resumeFrame(task);
      done(failure);
      // The container does not start, and so it stops.
      if (failure !== null) exitGroup(task, killedStatus(SIGKILL));
    });
  };
  const server = spec.containerFd < 0 ? null : new ControlServer(kernel, spec.containerFd, start);
  task.group.unkillable = !spec.process.ordinaryInit;
  const { process } = spec;
  loadInto(task, process.ordinaryInit ? process : { ...process, env: withHome(task, process.env, process.uid) });
  if (server === null) kernel.resumeFrame(task);
  else control.created();
  const status = kernel.run();
  server?.close();
  control.close();
  platform.shutdown();
  report(kernel, dispatcher.times, spec);
  return status;
}

function firstTask(kernel: Kernel, spec: SandboxSpec, platform: Platform, thread: GuestThread): Task {
  const mount = rootNamespace(spec, platform);
  const root = mount.rootPath();
  const pid = new PidNamespace(null, kernel.pids.max);
  const namespaces: Namespaces = {
    mount,
    uts: new UtsNamespace(spec.hostname, spec.domainname === '' ? '(none)' : spec.domainname),
    pid,
    pidForChildren: pid,
    net: new PlainNamespace('net'),
    ipc: new IpcNamespace(),
    user: firstUserNamespace,
    cgroup: new PlainNamespace('cgroup'),
    time: new PlainNamespace('time'),
  };
  const session = new Session(INIT_PID);
  const processGroup = new ProcessGroup(INIT_PID, session);
  const limits = resourceLimits(spec.process);
  const group = new ThreadGroup(kernel.pids.allocate(), null, processGroup, session, SIGCHLD, new SignalHandlers(), limits, kernel.now());
  const mm = new MemoryMap(thread.space, platform.guestEnd);
  const task = new Task(kernel, group.pid, group, thread, mm, new FdTable(), new FsContext(root, root, 0o022), new Creds(), namespaces);
  thread.owner = task;
  group.leader = task;
  group.threads.push(task);
  session.leader = group;
  kernel.pids.tasks.set(task.tid, task);
  kernel.pids.groups.set(group.pid, group);
  kernel.pids.processGroups.set(processGroup.id, processGroup);
  kernel.pids.sessions.set(session.id, session);
  kernel.init = group;
  kernel.forks = 1;
  return task;
}

function containerFilter({ seccomp }: SandboxSpec): SeccompState | null {
  if (seccomp === null) return null;
  const program = BpfProgram.check(seccomp);
  if (typeof program === 'number') throw new Failure('internal', 'the compiled seccomp filter is not valid');
  return new SeccompState(program, null);
}

/** What the kernel did, for people (--debug) and for programs (--report). */
function report(kernel: Kernel, times: CallTimes | null, spec: SandboxSpec): void {
  if (!spec.debug && spec.reportFd < 0) return;
  const made = kernelReport(kernel, times);
  // Not process.stderr: what it still holds would be lost with the process.
  if (spec.debug) writeSync(2, kernelReportText(made));
  if (spec.reportFd >= 0) writeSync(spec.reportFd, `${JSON.stringify(made)}\n`);
}
