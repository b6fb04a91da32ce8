/**
 * The command line. `do` and the sandboxes of `create` and `run` are sandbox-main.ts, in the sandbox process; here is what
 * the user's own process does, and all help.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { FAILED, Failure } from '#runtime/failure.ts';
import { OCI_VERSION } from '#runtime/container/state.ts';
import { addCreate } from './create.ts';
import { addDo } from './do.ts';
import { addExec } from './exec.ts';
import { addFeatures } from './features.ts';
import { addInstall } from './install.ts';
import { addLife } from './life.ts';
import { addMeter } from './meter.ts';
import { print } from './print.ts';
import { addGlobalOptions, asProgram, globalOptions, logOf, splitStrace, usageMessage } from './program.ts';
import { addResources } from './resources.ts';
import { addShow } from './show.ts';
import { addSpec } from './spec.ts';
import { addUninstall } from './uninstall.ts';

/** As runc: a container's command that fails ends with 1, `exec` with 255. */
const OCI_FAILED = 1;
const EXEC_FAILED = 255;

/** runc's shape, which dockerd and containerd parse. */
function version(): string {
  const url = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(url, 'utf8')) as { version: string };
  return `belljar version ${version}\nspec: ${OCI_VERSION}\n`;
}

function makeProgram(): Command {
  const program = addGlobalOptions(asProgram(new Command('belljar')))
    .description('Runs programs in a sandbox whose Linux kernel is written in TypeScript.')
    .option('-v, --version', 'print the version')
    .allowExcessArguments()
    .action((options: { version?: boolean }, command: Command) => {
      const unknown = command.args[0];
      if (unknown !== undefined) throw new Failure('usage', `there is no command ${unknown}: see belljar --help`);
      if (options.version) print(1, version());
      else throw new Failure('usage', 'say what to do: see belljar --help');
    });
  const globals = () => globalOptions(program);
  addDo(program, () => {
    throw new Failure('internal', 'do must be started by ./belljar');
  });
  addCreate(program, globals);
  addLife(program, globals);
  addExec(program, globals);
  addShow(program, globals);
  addResources(program, globals);
  addSpec(program);
  addFeatures(program);
  addInstall(program);
  addUninstall(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  addMeter(program);
  return program;
}

const ociCommands = new Set(['create', 'run', 'start', 'kill', 'delete', 'state', 'list', 'ps', 'pause', 'resume', 'events', 'update']);

function failureStatus(command: string | undefined): number {
  if (command === 'exec') return EXEC_FAILED;
  return command !== undefined && ociCommands.has(command) ? OCI_FAILED : FAILED;
}

function main(): void {
  const program = makeProgram();
  try {
    program.parse(splitStrace(process.argv.slice(2)), { from: 'user' });
    globalThis.belljarTrained?.();
  } catch (error) {
    fail(program, error);
  }
}

function fail(program: Command, error: unknown): never {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  const status = failureStatus(program.args[0]);
  if (error instanceof CommanderError) logOf(program).error(usageMessage(error));
  else if (error instanceof Failure) logOf(program).error(error.message);
  else {
    logOf(program).error(`a bug in Belljar ended this command: ${error instanceof Error ? error.message : String(error)}`);
    print(2, `please report it with these lines:\n${error instanceof Error ? error.stack : String(error)}\n`);
  }
  process.exit(status);
}

main();
