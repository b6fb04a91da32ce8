/** belljar create and run: an OCI bundle as a container. */
import type { Command } from 'commander';
import { createContainer, type GlobalOptions } from '#runtime/container/create.ts';
import { launcher, projectRoot } from '#runtime/container/host.ts';
import { startContainer } from '#runtime/container/start.ts';
import { Failure } from '#runtime/failure.ts';
import type { Overlay } from '#runtime/sandbox-spec.ts';
import { deleteContainer } from '#runtime/container/end.ts';
import { overlayOption, straceOption } from './do.ts';

interface Flags {
  bundle: string;
  consoleSocket?: string;
  pidFile?: string;
  preserveFds: number;
  overlay?: Overlay;
  strace?: readonly string[] | null;
  detach?: boolean;
  keep?: boolean;
}

export function parseCount(name: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,4}$/.test(text)) throw new Failure('usage', `${name} ${text}: want a number`);
    return Number(text);
  };
}

function addCommon(command: Command): Command {
  return command
    .argument('<id>', 'name of the container')
    .option('-b, --bundle <dir>', 'the bundle', '.')
    .option('--console-socket <path>', "AF_UNIX socket that gets the master of the container's terminal")
    .option('--pid-file <file>', 'write the pid of the container there')
    .option('--preserve-fds <n>', 'pass descriptors 3 to 2+N on', parseCount('--preserve-fds'), 0)
    .option('--no-pivot', 'accepted: the sandbox has a root of its own in any case')
    .option('--no-new-keyring', 'accepted: the sandbox has keys of its own in any case')
    .addOption(overlayOption())
    .addOption(straceOption());
}

export function addCreate(program: Command, globals: () => GlobalOptions): void {
  addCommon(program.command('create'))
    .description('Creates a container from an OCI bundle: all of it but the first instruction, which `start` lets run.')
    .action((id: string, flags: Flags) => {
      createContainer(optionsOf(id, flags, false), globals());
    });
  addCommon(program.command('run'))
    .description('Creates and starts a container, in the foreground unless --detach.')
    .option('-d, --detach', 'do not wait for its end')
    .option('--keep', 'leave the state of the container when it has ended')
    .action((id: string, flags: Flags) => {
      const all = globals();
      const detach = flags.detach ?? false;
      const { container, pid } = createContainer(optionsOf(id, flags, !detach), all);
      try {
        startContainer(container, all);
      } catch (error) {
        deleteContainer(container, true, all);
        throw error;
      }
      if (detach) return;
      const remove = [launcher, projectRoot, '--root', all.root, 'delete', '--force', id];
      attend(pid, flags.keep ? [] : remove);
    });
}

function optionsOf(id: string, flags: Flags, attached: boolean) {
  return {
    id,
    bundle: flags.bundle,
    consoleSocket: flags.consoleSocket ?? null,
    pidFile: flags.pidFile ?? null,
    preserveFds: flags.preserveFds,
    overlay: flags.overlay ?? ('none' as const),
    strace: flags.strace,
    attached,
  };
}

/** Becomes the small program that waits for child `pid`, runs `then`, and ends as the child did (native/launcher-attend.c). */
export function attend(pid: number, then: readonly string[]): never {
  process.execve?.(launcher, ['belljar', projectRoot, '--attend', String(pid), ...then], { ...process.env, BELLJAR_FRESH: '1' });
  throw new Failure('internal', 'the launcher cannot be executed');
}
