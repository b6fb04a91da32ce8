/**
 * startContainer hooks (runtime-spec, config.md): programs of the container that run inside it, one after the other, before the
 * user's program does, with the container's state on standard input. They are guests like any other, with the identity, capabilities
 * and filter of the container's process.
 */
import { O_RDWR } from '#abi/fcntl.ts';
import { SI_USER, SIGKILL } from '#abi/signal.ts';
import { newMemfd } from '#fs/tmpfs/memfd.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Kernel } from '#kernel/kernel.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { exitGroup, killedStatus } from '#kernel/process/exit.ts';
import { sendToGroup } from '#kernel/signal/send.ts';
import type { Task } from '#kernel/task.ts';
import { Timer } from '#kernel/timer.ts';
import { Failure } from '../failure.ts';
import type { Hook } from '../oci-hooks.ts';
import { newTask } from './entered.ts';
import { loadInto, type Program } from './process.ts';

const TAIL = 4096;

/** `program` is the container's process; `done` gets what went wrong, or null. It may be called before this returns. */
export function runStartHooks(
  kernel: Kernel,
  hooks: readonly Hook[],
  state: string,
  program: Program,
  done: (failure: string | null) => void,
): void {
  const next = (i: number): void => {
    const hook = hooks[i];
    if (hook === undefined) done(null);
    else
      runOne(kernel, hook, state, program, (wrong) => {
        if (wrong === null) next(i + 1);
        else done(`startContainer hook ${hook.path} ${wrong}`);
      });
  };
  next(0);
}

function runOne(kernel: Kernel, hook: Hook, state: string, program: Program, done: (wrong: string | null) => void): void {
  let task: Task;
  try {
    task = newTask(kernel, program);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    done(`cannot be run (${error.message})`);
    return;
  }
  const { group } = task;
  group.entered = true;
  const output = standardFiles(task, state);
  kernel.hooks.taskCreated(task, task);
  try {
    loadInto(task, { ...program, args: hook.args.length > 0 ? hook.args : [hook.path], env: hook.env ?? program.env, cwd: '/' }, hook.path);
  } catch (error) {
    exitGroup(task, killedStatus(SIGKILL));
    output.put();
    if (!(error instanceof Failure)) throw error;
    done(`cannot be run (${error.message})`);
    return;
  }
  let timedOut = false;
  const timer = new Timer(() => {
    timedOut = true;
    sendToGroup(group, sigInfo(SIGKILL, SI_USER));
  });
  if (hook.timeout !== null) kernel.timers.arm(timer, kernel.now() + hook.timeout * 1e9);
  group.exitWait.add({
    onWake: () => {
      kernel.timers.disarm(timer);
      const said = lastLine(task, output);
      output.put();
      const tail = said === '' ? '' : `: ${said}`;
      const status = group.exitStatus;
      if (timedOut) done(`took longer than its timeout of ${hook.timeout} s and was killed${tail}`);
      else if ((status & 0x7f) !== 0) done(`was killed by signal ${status & 0x7f}${tail}`);
      else done(status === 0 ? null : `ended with exit status ${status >> 8}${tail}`);
      return false;
    },
  });
  kernel.resumeFrame(task);
}

/** Standard input that holds the state, and one file for output and errors, which is returned with a reference of its own. */
function standardFiles(task: Task, state: string): OpenFile {
  const input = newMemfd(task, 'state', 0o600, 0, O_RDWR);
  const bytes = Buffer.from(state, 'latin1');
  input.write(task, new KernelIo(bytes), 0);
  const output = newMemfd(task, 'output', 0o600, 0, O_RDWR);
  task.files.replace(0, input, false);
  task.files.replace(1, output, false);
  task.files.replace(2, output.get(), false);
  return output.get();
}

function lastLine(task: Task, output: OpenFile): string {
  const bytes = Buffer.alloc(TAIL);
  const n = output.read(task, new KernelIo(bytes), Math.max(0, output.inode.size - TAIL));
  const text = bytes.toString('latin1', 0, Math.max(n, 0)).trimEnd();
  return text
    .slice(text.lastIndexOf('\n') + 1)
    .trim()
    .slice(0, 300);
}
