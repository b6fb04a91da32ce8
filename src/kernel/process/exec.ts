/**
 * execve(2): finds and checks the program (ELF, `#!` scripts), copies the arguments, and only then gives up the old
 * image. Until that point a failure leaves the caller as it was; after it, the process dies.
 */
import { E2BIG, EACCES, EINVAL, ELIBBAD, ELOOP, ENOENT, ENOEXEC } from '#abi/errno.ts';
import { SIGKILL } from '#abi/signal.ts';
import { S_IFMT, S_IFREG } from '#abi/stat.ts';
import { RLIM_INFINITY, RLIMIT_STACK } from '#abi/resource.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { openExecutable } from '#fs/vfs/exec.ts';
import { readArgumentStrings } from '#mm/argument-strings.ts';
import { exitFutexes } from '../futex/exit.ts';
import { KernelIo } from '../io.ts';
import type { Task } from '../task.ts';
import { TaskState } from '../task.ts';
import { execCreds } from './exec-creds.ts';
import { endOtherThreads, exitGroup, finishVfork, killedStatus } from './exit.ts';
import { interpreterPath, loadProgram, type Program, readExactly, readImage } from './load.ts';

/** Linux looks at 256 bytes (BINPRM_BUF_SIZE); program headers that follow the ELF header usually fit in this. */
const HEAD = 1024;
const SCRIPT_LINE = 256;
const MAX_SCRIPTS = 5;
/** Three quarters of the 8 MiB default stack: no more whatever the limit is. */
const MAX_ARGUMENTS = 6 * 1048576;

export interface ExecRequest {
  /** Where to look: AT_FDCWD or a directory descriptor. */
  readonly dirFd: number;
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. */
  readonly flags: number;
}

/** Bytes that arguments and environment may take. */
export function argumentBudget(task: Task): number {
  const limit = task.limit(RLIMIT_STACK);
  if (limit >= RLIM_INFINITY) return MAX_ARGUMENTS;
  return Math.max(131072, Math.min(Math.floor(limit / 4), MAX_ARGUMENTS));
}

/** Copies argv and envp from the guest; -errno. */
export function readExecStrings(task: Task, argv: number, envp: number): { args: string[]; env: string[] } | number {
  const budget = argumentBudget(task);
  const args = readArgumentStrings(task, argv, budget);
  if (typeof args === 'number') return args;
  const used = args.reduce((sum, s) => sum + s.length + 9, 0);
  const env = readArgumentStrings(task, envp, Math.max(budget - used, 0));
  if (typeof env === 'number') return env;
  return { args, env };
}

interface Prepared {
  readonly program: Program;
  /** What credentials are decided by: the script's interpreter, not the script. */
  readonly args: readonly string[];
  readonly name: string;
}

/** "#!interpreter [one argument]": the words; -ENOEXEC if the line names none. */
export function parseScriptLine(head: Uint8Array): string[] | number {
  const limit = Math.min(head.length, SCRIPT_LINE);
  let end = head.subarray(0, limit).indexOf(0x0a);
  const text = (from: number, to: number) => Buffer.from(head.subarray(from, to)).toString('latin1');
  if (end < 0) {
    // A line that was cut off is good only if the interpreter's own name was not.
    end = limit;
    if (limit === SCRIPT_LINE && !/^[ \t]*[^ \t\0]+[ \t\0]/.test(text(2, end))) return -ENOEXEC;
  }
  const line = text(2, end)
    .replace(/\0.*$/s, '')
    .replace(/^[ \t]+|[ \t]+$/g, '');
  if (line === '') return -ENOEXEC;
  const split = line.search(/[ \t]/);
  return split < 0 ? [line] : [line.slice(0, split), line.slice(split).replace(/^[ \t]+/, '')];
}

function readHead(task: Task, file: OpenFile): Uint8Array | number {
  const bytes = new Uint8Array(HEAD);
  const n = file.read(task, new KernelIo(bytes), 0);
  return n < 0 ? n : bytes.subarray(0, n);
}

/** Opens `request.path` and whatever interprets it. */
function prepare(task: Task, request: ExecRequest): Prepared | number {
  let args = request.args.length > 0 ? request.args : [''];
  let file = openExecutable(task, request.dirFd, request.path, request.flags);
  let scriptPath = request.path;
  if (typeof file !== 'number' && request.path === '') scriptPath = `/dev/fd/${request.dirFd}`;
  else if (request.dirFd >= 0 && !request.path.startsWith('/')) scriptPath = `/dev/fd/${request.dirFd}/${request.path}`;
  for (let depth = 0; ; depth += 1) {
    if (typeof file === 'number') return file;
    if ((file.inode.mode & S_IFMT) !== S_IFREG) return refuse(file, -EACCES);
    const head = readHead(task, file);
    if (typeof head === 'number') return refuse(file, head);
    if (head[0] !== 0x23 || head[1] !== 0x21) return prepareElf(task, file, head, args, request.path === '' ? scriptPath : request.path);
    if (depth === MAX_SCRIPTS) return refuse(file, -ELOOP);
    const words = parseScriptLine(head);
    file.put();
    if (typeof words === 'number') return words;
    // The interpreter could not open a script whose descriptor execve closes.
    if (depth === 0 && scriptPath !== request.path && task.files.isCloexec(request.dirFd)) return -ENOENT;
    args = [...words, scriptPath, ...args.slice(1)];
    scriptPath = words[0] as string;
    file = openExecutable(task, -100, scriptPath, 0);
  }
}

function refuse(file: OpenFile, error: number): number {
  file.put();
  return error;
}

function prepareElf(task: Task, file: OpenFile, head: Uint8Array, args: readonly string[], name: string): Prepared | number {
  const image = readImage(task, file, head);
  if (typeof image === 'number') return refuse(file, image);
  const wanted = interpreterPath(task, file, image);
  if (typeof wanted === 'number') return refuse(file, wanted);
  if (wanted === null) return { program: { file, image, interpreter: null }, args, name };
  const interpreter = openExecutable(task, -100, wanted, 0);
  if (typeof interpreter === 'number') return refuse(file, interpreter);
  const start = readExactly(task, interpreter, 0, Math.min(HEAD, Math.max(interpreter.inode.size, 1)));
  const interpreterImage = start === null ? -ELIBBAD : readImage(task, interpreter, start);
  if (typeof interpreterImage === 'number') {
    interpreter.put();
    return refuse(file, interpreterImage === -ENOEXEC ? -ELIBBAD : interpreterImage);
  }
  return { program: { file, image, interpreter: { file: interpreter, image: interpreterImage } }, args, name };
}

/** Replaces the image of the calling process. 0: its thread's full frame is the new program's start; -errno: nothing has changed. */
export function execTask(task: Task, request: ExecRequest): number {
  const prepared = prepare(task, request);
  if (typeof prepared === 'number') return prepared;
  const { program } = prepared;
  const size = prepared.args.reduce((sum, s) => sum + s.length + 9, 0) + request.env.reduce((sum, s) => sum + s.length + 9, 0);
  if (size > argumentBudget(task)) {
    releaseProgram(program);
    return -E2BIG;
  }
  if (program.image.low === 0 && !program.image.header.relocatable) {
    releaseProgram(program);
    return -EINVAL;
  }
  const { creds, secure } = execCreds(task.creds, program.file);
  endOtherThreads(task);
  becomeLeader(task);
  exitFutexes(task);

  const shared = task.mm.refs > 1;
  // The first task's space has never held a program.
  const thread = task.mm.areas.count === 0 ? task.thread : task.mm.space.exec(task.thread, task, shared);
  if (typeof thread === 'number') {
    releaseProgram(program);
    return thread;
  }
  const old = task.mm;
  task.thread = thread;
  old.refs -= 1;
  if (old.refs === 0) old.release();
  const mm = loadProgram(task, thread, program, { args: prepared.args, env: request.env, fileName: prepared.name, creds, secure });
  if (typeof mm === 'number') {
    releaseProgram(program);
    exitGroup(task, killedStatus(SIGKILL));
    return mm;
  }
  task.mm = mm;
  task.creds = creds;
  if (task.group.oomScoreAdj !== 0) mm.space.setOomScore(task.group.oomScoreAdj);
  adopt(task, prepared);
  return 0;
}

function releaseProgram(program: Program): void {
  program.file.put();
  program.interpreter?.file.put();
}

/** The thread that called execve takes over the process's identity. */
function becomeLeader(task: Task): void {
  const { group, kernel } = task;
  const old = group.leader;
  if (old === task) return;
  const oldTid = task.tid;
  kernel.pids.tasks.delete(oldTid);
  kernel.pids.release(oldTid);
  task.tid = group.pid;
  kernel.pids.tasks.set(task.tid, task);
  group.leader = task;
  const at = group.threads.indexOf(old);
  if (at >= 0) group.threads.splice(at, 1);
}

/** What execve resets (execve(2), "Effect on process attributes"). */
function adopt(task: Task, prepared: Prepared): void {
  const { group } = task;
  const { program, name } = prepared;
  program.interpreter?.file.put();
  group.executable?.file.put();
  const { path } = program.file;
  group.executable = path === null ? null : { path, file: program.file };
  task.comm = name.slice(name.lastIndexOf('/') + 1).slice(0, 15);
  group.hasExeced = true;
  group.handlers.refs -= 1;
  group.handlers = group.handlers.copyForExec();
  task.altStackBase = 0;
  task.altStackSize = 0;
  task.altStackFlags = 2;
  task.clearChildTid = 0;
  task.robustList = 0;
  task.savedMask = null;
  task.state = TaskState.Running;
  if (task.files.refs > 1) {
    const copy = task.files.copy();
    task.files.refs -= 1;
    task.files = copy;
  }
  task.files.closeOnExec(task);
  task.kernel.hooks.execed(task);
  finishVfork(group);
}
