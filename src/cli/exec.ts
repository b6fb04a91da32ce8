/** belljar exec: a further process in a container. */
import type { Command } from 'commander';
import type { GlobalOptions } from '#runtime/container/create.ts';
import { execInContainer } from '#runtime/container/exec.ts';
import { Failure } from '#runtime/failure.ts';
import { parseEnv } from '#runtime/options.ts';
import { attend, parseCount } from './create.ts';

interface Flags {
  process?: string;
  consoleSocket?: string;
  pidFile?: string;
  detach?: boolean;
  tty?: boolean;
  user?: string;
  cwd?: string;
  env: string[];
  cap: string[];
  additionalGids: number[];
  preserveFds: number;
  noNewPrivs?: boolean;
}

function parseId(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Failure('usage', `--additional-gids ${text}: want numbers`);
  return Number(text);
}

export function addExec(program: Command, globals: () => GlobalOptions): void {
  const more = (text: string, all: string[]): string[] => [...all, text];
  program
    .command('exec')
    .description('Runs a further process in a container.')
    .argument('<id>')
    .argument('[command...]')
    .option('-p, --process <file>', 'the process as an OCI process object')
    .option('--console-socket <path>', "AF_UNIX socket that gets the master of the process's terminal")
    .option('--pid-file <file>', 'write the pid there')
    .option('-d, --detach', 'do not wait for its end')
    .option('-t, --tty', 'give it a terminal')
    .option('-u, --user <uid[:gid]>', 'in numbers')
    .option('--cwd <dir>', 'working directory inside')
    .option('-e, --env <name=value>', 'set a variable (repeatable)', (text: string, all: string[]) => [...all, parseEnv(text)], [])
    .option('-c, --cap <capability>', 'give it a capability more (repeatable)', more, [])
    .option(
      '-g, --additional-gids <gid>',
      'a further group (repeatable)',
      (text: string, all: number[]) => [...all, ...text.split(',').map(parseId)],
      [],
    )
    .option('--preserve-fds <n>', 'pass descriptors 3 to 2+N on', parseCount('--preserve-fds'), 0)
    .option('--no-new-privs', 'it can gain no privileges')
    .option('--apparmor <profile>', 'accepted, not applied')
    .option('--process-label <label>', 'accepted, not applied')
    .option('--ignore-paused', 'accepted: a paused container cannot start processes')
    .passThroughOptions()
    .action((id: string, args: string[], flags: Flags & { newPrivs?: boolean }) => {
      if (flags.cwd !== undefined && !flags.cwd.startsWith('/'))
        throw new Failure('usage', `--cwd ${flags.cwd}: want a path that starts with /`);
      const detach = flags.detach ?? false;
      const pid = execInContainer(
        {
          id,
          processFile: flags.process ?? null,
          args: args.map((arg) => Buffer.from(arg, 'utf8').toString('latin1')),
          terminal: flags.tty ?? false,
          env: flags.env.map((entry) => Buffer.from(entry, 'utf8').toString('latin1')),
          cwd: flags.cwd ?? null,
          user: flags.user ?? null,
          additionalGids: flags.additionalGids,
          capabilities: flags.cap,
          noNewPrivileges: flags.newPrivs === false,
          consoleSocket: flags.consoleSocket ?? null,
          pidFile: flags.pidFile ?? null,
          preserveFds: flags.preserveFds,
          detach,
        },
        globals(),
      );
      if (!detach) attend(pid, []);
    });
}
