/**
 * Boot: from a SandboxSpec to a running init process, and the loop until it ends. Composes the kernel: registers file
 * systems and devices, makes the first task, mounts, runs the program.
 */
import { writeSync } from 'node:fs';
import { EACCES, ENOENT, ENOTDIR, errnoName } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { SIGCHLD } from '#abi/signal.ts';
import { registerMemoryDevices } from '#fs/dev/memory-devices.ts';
import { registerMqueue } from '#fs/mqueue/mqueue-fs.ts';
import { mountProc } from '#fs/proc/super-block.ts';
import { applySysctls } from '#fs/proc/sysctl.ts';
import { registerSysvFiles } from '#fs/proc/sysvipc.ts';
import { registerNetFile } from '#fs/proc/net.ts';
import { registerFifos } from '#fs/pipe/pipe-file.ts';
import { registerTerminals } from '#fs/tty/register.ts';
import { registerSysFileSystems } from '#fs/sys/register.ts';
import { mountTmpfs } from '#fs/tmpfs/tmpfs.ts';
import { registerFileSystem } from '#fs/vfs/registry.ts';
import { DIRECTORY, FOLLOW, walk } from '#fs/vfs/walk.ts';
import { CallTimes } from '#kernel/call-times.ts';
import { CapSet, Creds } from '#kernel/creds.ts';
import { FdTable } from '#kernel/fd-table.ts';
import { FsContext } from '#kernel/fs-context.ts';
import { HostInfo } from '#kernel/host-info.ts';
import { IpcNamespace } from '#kernel/ipc/namespace.ts';
import { Kernel } from '#kernel/kernel.ts';
import { ResourceLimits } from '#kernel/limits.ts';
import { type Namespaces, PlainNamespace, UtsNamespace } from '#kernel/namespaces.ts';
import { PidNamespace } from '#kernel/pid-namespace.ts';
import { PidTable } from '#kernel/pid-table.ts';
import { execTask } from '#kernel/process/exec.ts';
import { kernelReport, kernelReportText } from '#kernel/report.ts';
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
import { Failure } from '../failure.ts';
import type { CapabilityMask, ProcessSpec, SandboxSpec } from '../sandbox-spec.ts';
import { kernelHooks } from './hooks.ts';
import { mountAll, rootNamespace } from './mounts.ts';
import { openStdio } from './stdio.ts';
import { startTracing } from './tracing.ts';

const PROC_FD = 5;
const INIT_PID = 1;

/** Runs the sandbox; init's wait status, as wait4(2) gives it. Throws Failure when it cannot start. */
export function boot(spec: SandboxSpec, platform: Platform): number {
  registerFileSystem('tmpfs', mountTmpfs);
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

  const kernel = new Kernel(platform, new PidTable(), kernelHooks, new HostInfo(platform.host, spec.hostProc, PROC_FD));
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
  runInit(task, spec.process);
  const status = kernel.run();
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
  const limits = ResourceLimits.initial();
  for (const { resource, soft, hard } of spec.process.rlimits) limits.set(resource, soft, hard);
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

function runInit(task: Task, spec: ProcessSpec): void {
  task.fs.umask = spec.umask ?? 0o022;
  task.group.oomScoreAdj = spec.oomScoreAdj;
  task.group.unkillable = !spec.ordinaryInit;
  enterDirectory(task, spec);
  task.creds = credentials(spec);
  const result = execFound(task, spec);
  if (result < 0) throw new Failure('exec', `${spec.args[0]}: ${explain(-result)}`, -result === ENOENT ? 127 : 126);
  task.kernel.resumeFrame(task);
}

function explain(errno: number): string {
  if (errno === ENOENT) return 'not found inside the sandbox';
  if (errno === EACCES) return 'not executable inside the sandbox';
  return `cannot be executed (${errnoName(errno)})`;
}

function enterDirectory(task: Task, spec: ProcessSpec): void {
  const result = walk.from(task, AT_FDCWD, spec.cwd, FOLLOW | DIRECTORY);
  if (result === 0) task.fs.cwd = walk.path;
  else if (!spec.cwdIsHint) throw new Failure('cwd', `working directory ${spec.cwd}: ${errnoName(-result)} inside the sandbox`);
}

function credentials(spec: ProcessSpec): Creds {
  const creds = new Creds();
  creds.uid = creds.euid = creds.suid = creds.fsuid = spec.uid;
  creds.gid = creds.egid = creds.sgid = creds.fsgid = spec.gid;
  creds.groups = [...spec.additionalGids];
  const set = (mask: CapabilityMask) => new CapSet(mask.lo, mask.hi).and(CapSet.full());
  const caps = spec.capabilities;
  creds.bounding = set(caps.bounding);
  creds.permitted = set(caps.permitted);
  creds.effective = set(caps.effective);
  creds.inheritable = set(caps.inheritable);
  creds.ambient = set(caps.ambient);
  creds.noNewPrivs = spec.noNewPrivileges;
  return creds;
}

/** Runs args[0], looked up in PATH if it has no slash, as execvp(3) does. */
function execFound(task: Task, spec: ProcessSpec): number {
  const [program = ''] = spec.args;
  const request = (path: string) => ({ dirFd: AT_FDCWD, path, args: spec.args, env: spec.env, flags: 0 });
  if (program.includes('/')) return execTask(task, request(program));
  const path =
    spec.env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  let result = -ENOENT;
  for (const directory of path.split(':')) {
    const tried = execTask(task, request(`${directory === '' ? '.' : directory}/${program}`));
    if (tried >= 0) return tried;
    if (tried !== -ENOENT && tried !== -ENOTDIR) result = tried;
  }
  return result;
}

/** What the kernel did, for people (--debug) and for programs (--report). */
function report(kernel: Kernel, times: CallTimes | null, spec: SandboxSpec): void {
  if (!spec.debug && spec.reportFd < 0) return;
  const made = kernelReport(kernel, times);
  if (spec.debug) process.stderr.write(kernelReportText(made));
  if (spec.reportFd >= 0) writeSync(spec.reportFd, `${JSON.stringify(made)}\n`);
}
