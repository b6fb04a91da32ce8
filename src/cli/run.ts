/** belljar run: an OCI bundle in the foreground. */
import type { Command } from 'commander';
import { Failure } from '#runtime/failure.ts';
import type { Launch } from '#runtime/launch.ts';
import { askForBundle } from '#runtime/prepare.ts';
import { runSandbox } from '#runtime/sandbox.ts';
import type { Overlay } from '#runtime/sandbox-spec.ts';
import { overlayOption, straceOption } from './do.ts';

interface Flags {
  bundle: string;
  overlay?: Overlay;
  strace?: readonly string[] | null;
  debug?: boolean;
}

export function addRun(program: Command, launch: Launch | null): void {
  program
    .command('run')
    .description('Runs an OCI bundle (config.json and root file system) in the foreground.')
    .argument('<id>', 'name of the container')
    .option('-b, --bundle <dir>', 'the bundle', '.')
    .addOption(overlayOption())
    .addOption(straceOption())
    .option('--debug', 'at exit, sum up the system calls, their times, and what was refused or unknown')
    .action((id: string, flags: Flags) => {
      if (!launch) throw new Failure('internal', 'run must be started by ./belljar');
      if (!/^[A-Za-z0-9_+.-]{1,255}$/.test(id) || id === '.' || id === '..')
        throw new Failure('usage', `${id}: want a container name of letters, digits, and _ + - .`);
      const options = { id, bundle: flags.bundle, overlay: flags.overlay ?? 'none', strace: flags.strace, debug: flags.debug ?? false };
      runSandbox(launch, (trees) => askForBundle(options, launch, trees));
    });
}
