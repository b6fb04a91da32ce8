/** What the programs of the command line and of the sandbox have in common. */
import { type Command, type CommanderError, Option } from 'commander';
import { Failure } from '#runtime/failure.ts';
import { Log } from '#runtime/container/log.ts';
import { defaultRoot } from '#runtime/container/state.ts';
import type { GlobalOptions } from '#runtime/container/create.ts';
import { print } from './print.ts';

/** One line for each mistake, and nothing printed by commander itself. */
export function asProgram(program: Command): Command {
  return program
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(1, text),
      writeErr: (text) => print(2, text),
      outputError: () => {}, // the command line prints it, and logs it
    });
}

/** What commander has against the arguments, in one line. */
export function usageMessage(error: CommanderError): string {
  return error.message.replace(/^error: /, '').replace(/\n+(?=.)/g, ' ');
}

/** The options before the command, as runc has them. native/launcher.c knows which take a value. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option('--root <dir>', 'where the state of containers is kept')
    .option('--log <file>', 'log failures there too')
    .addOption(new Option('--log-format <format>', 'of the log').choices(['text', 'json']).default('text'))
    .option('--debug', 'also print warnings')
    .option('--systemd-cgroup', 'make cgroups through systemd')
    .option('--rootless <mode>', 'true, false, or auto: no failure where cgroups cannot be made', 'auto');
}

interface GlobalFlags {
  root?: string;
  log?: string;
  logFormat: 'text' | 'json';
  debug?: boolean;
  systemdCgroup?: boolean;
  rootless: string;
}

export function globalOptions(program: Command): GlobalOptions {
  const flags = program.opts<GlobalFlags>();
  if (!['auto', 'true', 'false'].includes(flags.rootless))
    throw new Failure('usage', `--rootless ${flags.rootless}: want true, false or auto`);
  return {
    root: absolute(flags.root ?? defaultRoot()),
    log: logOf(program),
    debug: flags.debug ?? false,
    systemdCgroup: flags.systemdCgroup ?? false,
    rootless: flags.rootless === 'true' || (flags.rootless === 'auto' && process.geteuid?.() !== 0),
  };
}

export function logOf(program: Command): Log {
  const flags = program.opts<GlobalFlags>();
  return new Log(flags.log ?? null, flags.logFormat === 'json', flags.debug ?? false);
}

function absolute(path: string): string {
  return path.startsWith('/') ? path.replace(/\/+$/, '') || '/' : `${process.cwd()}/${path}`;
}

/** `--strace` takes a value only after "=": in `--strace ls` the ls is the command. */
export function splitStrace(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => (arg === '--strace' && (end < 0 || i < end) ? '--strace=all' : arg));
}
