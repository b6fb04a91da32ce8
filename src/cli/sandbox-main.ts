/**
 * The sandbox process's program (started by native/launcher.c for `do`, `create` and `run`). The caller's arguments come through the
 * launch's memfd, or, for a container, all that is wanted from the command line's Node.
 */
import { writeSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CONTROL_RECORD, encodeControl, ToWaiter } from '#runtime/control.ts';
import { FAILED, Failure } from '#runtime/failure.ts';
import { CONTROL_FD, readLaunch } from '#runtime/launch.ts';
import { leave } from '#runtime/leave.ts';
import { runSandbox, runContainer } from '#runtime/sandbox.ts';
import { askForCommand } from '#runtime/prepare.ts';
import { addDo } from './do.ts';
import { addGlobalOptions, asProgram, splitStrace, usageMessage } from './program.ts';
import { print } from './print.ts';

const isContainer = process.env['BELLJAR_SANDBOX'] === 'container';

function main(): void {
  try {
    const launch = readLaunch();
    if (isContainer) runContainer(launch);
    const program = addGlobalOptions(asProgram(new Command('belljar')));
    addDo(program, (options) => runSandbox(launch, launch.cgroup, (trees) => askForCommand(options, launch, trees)));
    program.parse(splitStrace(launch.args), { from: 'user' });
  } catch (error) {
    end(error);
  }
}

function end(error: unknown): never {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) print(2, `belljar: ${usageMessage(error)}\n`);
    leave(error.exitCode === 0 ? 0 : FAILED);
  }
  const bug = `a bug in Belljar ended the sandbox; please report it with these lines:\n${error instanceof Error ? error.stack : String(error)}`;
  const message = error instanceof Failure ? error.message : bug;
  if (isContainer) tellWaiter(message);
  if (!isContainer || !(error instanceof Failure)) print(2, `belljar: ${message}\n`);
  leave(error instanceof Failure ? error.exitCode : FAILED);
}

/** Standard error is the container's: what keeps it from starting is told by the command line. */
function tellWaiter(message: string): void {
  const record = Buffer.from(`${'\0'.repeat(4)}${message.slice(0, 2000)}`, 'latin1');
  encodeControl(new Uint8Array(CONTROL_RECORD), ToWaiter.Failed, 0)
    .subarray(0, 4)
    .forEach((byte, i) => (record[i] = byte));
  try {
    writeSync(CONTROL_FD, record);
  } catch {
    // The waiter is gone, and nobody waits for the reason.
  }
}

main();
