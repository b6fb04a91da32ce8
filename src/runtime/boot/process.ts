/** What the init process and those started by `belljar exec` have in common: from a ProcessSpec to a program ready to run. */
import { EACCES, EISDIR, ENOENT, ENOEXEC, ENOTDIR, errnoName } from '#abi/errno.ts';
import { AT_FDCWD } from '#abi/fcntl.ts';
import { DIRECTORY, FOLLOW, walk } from '#fs/vfs/walk.ts';
import { CapSet, Creds } from '#kernel/creds.ts';
import { ResourceLimits } from '#kernel/limits.ts';
import { execTask } from '#kernel/process/exec.ts';
import type { Task } from '#kernel/task.ts';
import { Failure } from '../failure.ts';
import type { CapabilityMask, ProcessSpec } from '../sandbox-spec.ts';

export type Program = Pick<
  ProcessSpec,
  | 'args'
  | 'env'
  | 'cwd'
  | 'cwdIsHint'
  | 'uid'
  | 'gid'
  | 'additionalGids'
  | 'umask'
  | 'capabilities'
  | 'rlimits'
  | 'noNewPrivileges'
  | 'oomScoreAdj'
  | 'scheduler'
  | 'ioPriority'
  | 'personality'
>;

export function resourceLimits(program: Program): ResourceLimits {
  const limits = ResourceLimits.initial();
  for (const { resource, soft, hard } of program.rlimits) limits.set(resource, soft, hard);
  return limits;
}

/**
 * Makes a fresh task the program's: its full frame is the program's start when this returns. `path` is what to run if that is
 * not args[0]. Throws Failure.
 */
export function loadInto(task: Task, program: Program, path: string | null = null): void {
  task.fs.umask = program.umask ?? 0o022;
  task.group.oomScoreAdj = program.oomScoreAdj;
  enterDirectory(task, program);
  task.creds = credentials(program);
  task.personality = program.personality;
  task.ioPriority = program.ioPriority;
  if (program.scheduler !== null) {
    task.schedPolicy = program.scheduler.policy;
    task.schedPriority = program.scheduler.priority;
    task.nice = program.scheduler.nice;
  }
  task.seccomp = task.kernel.containerSeccomp;
  const result = execFound(task, program, path);
  if (result < 0) throw new Failure('exec', explain(path ?? program.args[0] ?? '', -result), -result === ENOENT ? 127 : 126);
}

/** In the words that Docker looks for, to tell 126 and 127 from its own 125. */
function explain(name: string, errno: number): string {
  const quoted = JSON.stringify(name);
  if (errno === ENOENT)
    return name.includes('/')
      ? `exec: ${quoted}: no such file or directory inside the sandbox`
      : `exec: ${quoted}: executable file not found in $PATH inside the sandbox`;
  if (errno === EACCES) return `exec: ${quoted}: permission denied: it is not executable inside the sandbox`;
  if (errno === EISDIR) return `exec: ${quoted}: is a directory: permission denied`;
  if (errno === ENOEXEC) return `exec: ${quoted}: exec format error: not a program for this machine, and no script with #!`;
  return `exec: ${quoted}: cannot be executed (${errnoName(errno)})`;
}

function enterDirectory(task: Task, program: Program): void {
  const result = walk.from(task, AT_FDCWD, program.cwd, FOLLOW | DIRECTORY);
  if (result === 0) task.fs.cwd = walk.path;
  else if (!program.cwdIsHint) {
    const why = result === -ENOENT ? 'no such file or directory' : errnoName(-result);
    throw new Failure('cwd', `working directory ${program.cwd}: ${why} inside the sandbox`);
  }
}

function credentials(program: Program): Creds {
  const creds = new Creds();
  creds.uid = creds.euid = creds.suid = creds.fsuid = program.uid;
  creds.gid = creds.egid = creds.sgid = creds.fsgid = program.gid;
  creds.groups = program.additionalGids.toSorted((a, b) => a - b);
  const set = (mask: CapabilityMask) => new CapSet(mask.lo, mask.hi).and(CapSet.full());
  const caps = program.capabilities;
  creds.bounding = set(caps.bounding);
  creds.permitted = set(caps.permitted);
  creds.effective = set(caps.effective);
  creds.inheritable = set(caps.inheritable);
  creds.ambient = set(caps.ambient);
  creds.noNewPrivs = program.noNewPrivileges;
  return creds;
}

/** Runs args[0], looked up in PATH if it has no slash, as execvp(3) does. */
function execFound(task: Task, program: Program, given: string | null): number {
  const name = given ?? program.args[0] ?? '';
  const request = (path: string) => ({ dirFd: AT_FDCWD, path, args: program.args, env: program.env, flags: 0 });
  if (name.includes('/')) return execTask(task, request(name));
  const path =
    program.env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  let result = -ENOENT;
  for (const directory of path.split(':')) {
    const tried = execTask(task, request(`${directory === '' ? '.' : directory}/${name}`));
    if (tried >= 0) return tried;
    if (tried !== -ENOENT && tried !== -ENOTDIR) result = tried;
  }
  return result;
}
