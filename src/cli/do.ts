/** belljar do: a command in a fresh sandbox. */
import { type Command, Option } from 'commander';
import { syscalls } from '#abi/syscalls.ts';
import { Failure } from '#runtime/failure.ts';
import { type DoOptions, parseEnv, parseHostname, parseStrace, parseVolume, type VolumeOption } from '#runtime/options.ts';
import type { Overlay } from '#runtime/sandbox-spec.ts';

interface Flags {
  rootfs?: string;
  overlay?: Overlay;
  volume: VolumeOption[];
  env: string[];
  cwd?: string;
  user?: string;
  hostname: string;
  strace?: readonly string[] | null;
  debug?: boolean;
  report?: string;
}

const isSyscall = (name: string): boolean => Object.hasOwn(syscalls, name);

export function straceOption(): Option {
  return new Option('--strace <names>', 'write each system call to standard error: --strace, or --strace=openat,read').argParser((text) =>
    parseStrace(text, isSyscall),
  );
}

export function overlayOption(): Option {
  return new Option('--overlay <where>', 'where writes to the root go: memory (gone afterwards) or none (to DIR)').choices([
    'memory',
    'none',
  ]);
}

/** `run` starts the sandbox; the command line has `do` for its help alone. */
export function addDo(program: Command, run: (options: DoOptions) => void): void {
  program
    .command('do')
    .description("Runs a command in a fresh sandbox, over the host's root (never written) or over DIR.")
    .usage('[options] -- COMMAND [ARGS...]')
    .argument('<command...>')
    .option('--rootfs <dir>', 'root file system', '/')
    .addOption(overlayOption())
    .option(
      '--volume <src:dst[:ro]>',
      'show a host file or directory inside (repeatable)',
      (text: string, all: VolumeOption[]) => [...all, parseVolume(text)],
      [],
    )
    .option(
      '--env <name=value>',
      "set a variable, or remove it with NAME alone; the rest is the caller's (repeatable)",
      (text: string, all: string[]) => [...all, parseEnv(text)],
      [],
    )
    .option('--cwd <dir>', "working directory inside; default is the caller's, or / if it is not there")
    .option('--user <user[:group]>', "names or numbers; default is the caller's")
    .option('--hostname <name>', 'host name inside', parseHostname, 'belljar')
    .addOption(straceOption())
    .option('--debug', 'at exit, sum up the system calls, their times, and what was refused or unknown')
    .option('--report <file>', 'at exit, write the same to a file, as JSON')
    .passThroughOptions()
    .action((command: string[], flags: Flags) => {
      const rootfs = flags.rootfs ?? '/';
      const overlay = flags.overlay ?? 'memory';
      if (overlay === 'none' && rootfs === '/')
        throw new Failure('usage', '--overlay none would write to the host itself: name a --rootfs DIR');
      if (flags.cwd !== undefined && !flags.cwd.startsWith('/'))
        throw new Failure('usage', `--cwd ${flags.cwd}: want a path that starts with /`);
      const options: DoOptions = {
        rootfs,
        overlay,
        volumes: flags.volume,
        env: flags.env,
        cwd: flags.cwd ?? null,
        user: flags.user ?? null,
        hostname: flags.hostname,
        strace: flags.strace,
        debug: flags.debug ?? false,
        report: flags.report ?? null,
        command,
      };
      run(options);
    });
}
