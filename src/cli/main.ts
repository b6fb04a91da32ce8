/**
 * The command line. In the sandbox process (started by native/launcher.c for `do` and `run`) the caller's arguments
 * come through the launch's memfd, elsewhere in argv.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { FAILED, Failure } from '#runtime/failure.ts';
import { type Launch, readLaunch } from '#runtime/launch.ts';
import { leave } from '#runtime/leave.ts';
import { addDo } from './do.ts';
import { addFeatures } from './features.ts';
import { addInstall } from './install.ts';
import { addMeter } from './meter.ts';
import { print } from './print.ts';
import { addRun } from './run.ts';
import { addSpec } from './spec.ts';
import { addUninstall } from './uninstall.ts';

function version(): string {
  const url = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}

function makeProgram(launch: Launch | null): Command {
  const program = new Command('belljar')
    .description('Runs programs in a sandbox whose Linux kernel is written in TypeScript.')
    .option('--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(1, text),
      writeErr: (text) => print(2, text),
      outputError: (text, write) => write(`belljar: ${text.replace(/^error: /, '').replace(/\n+(?=.)/g, ' ')}`),
    })
    .allowExcessArguments()
    .action((options: { version?: boolean }, command: Command) => {
      const unknown = command.args[0];
      if (unknown !== undefined) throw new Failure('usage', `there is no command ${unknown}: see belljar --help`);
      if (options.version) print(1, `belljar ${version()}\n`);
      else throw new Failure('usage', 'say what to do: see belljar --help');
    });
  addDo(program, launch);
  addRun(program, launch);
  addSpec(program);
  addFeatures(program);
  addInstall(program);
  addUninstall(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  addMeter(program);
  return program;
}

/** `--strace` takes a value only after "=": in `--strace ls` the ls is the command. */
function splitStrace(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => (arg === '--strace' && (end < 0 || i < end) ? '--strace=all' : arg));
}

function main(): void {
  try {
    const launch = process.env['BELLJAR_SANDBOX'] === '1' ? readLaunch() : null;
    const args = launch ? launch.args : process.argv.slice(2);
    makeProgram(launch).parse(splitStrace(args), { from: 'user' });
  } catch (error) {
    end(error);
  }
}

function end(error: unknown): never {
  if (error instanceof CommanderError) leave(error.exitCode === 0 ? 0 : FAILED);
  if (error instanceof Failure) {
    print(2, `belljar: ${error.message}\n`);
    leave(error.exitCode);
  }
  print(
    2,
    `belljar: a bug in Belljar ended the sandbox; please report it with these lines:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  leave(FAILED);
}

main();
