/** belljar state, list, ps. */
import { type Command, Option } from 'commander';
import type { GlobalOptions } from '#runtime/container/create.ts';
import { describeState, listTable, processesOf, table } from '#runtime/container/show.ts';
import { Container } from '#runtime/container/state.ts';
import { print } from './print.ts';

function json(value: unknown, indent?: number): void {
  print(1, `${Buffer.from(JSON.stringify(value, null, indent), 'utf8').toString('latin1')}\n`);
}

const format = () => new Option('-f, --format <format>', 'how to print').choices(['table', 'json']).default('table');

function clock(seconds: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function addShow(program: Command, globals: () => GlobalOptions): void {
  program
    .command('state')
    .description('Prints the state of a container as JSON.')
    .argument('<id>')
    .action((id: string) => json(describeState(Container.open(globals().root, id)), 2));
  program
    .command('list')
    .description('Lists the containers below --root.')
    .option('-q, --quiet', 'their names alone')
    .addOption(format())
    .action((flags: { quiet?: boolean; format: string }) => {
      const containers = Container.list(globals().root);
      if (flags.quiet) print(1, containers.map(({ id }) => `${id}\n`).join(''));
      else if (flags.format === 'json') json(containers.map(describeState));
      else print(1, listTable(containers));
    });
  program
    .command('ps')
    .description('Lists the processes of a container: pids of the host (HOSTPID) and inside.')
    .argument('<id>')
    .argument('[options...]', 'accepted for runc compatibility')
    .addOption(format())
    .passThroughOptions()
    .action((id: string, _: string[], flags: { format: string }) => {
      const processes = processesOf(Container.open(globals().root, id));
      if (flags.format === 'json') {
        json(processes.map(({ hostPid }) => hostPid).filter((pid) => pid > 0));
        return;
      }
      const rows = processes.map((each) => [
        String(each.uid),
        String(each.pid),
        String(each.ppid),
        String(each.hostPid),
        clock(each.cpu),
        each.command,
      ]);
      print(1, table([['UID', 'PID', 'PPID', 'HOSTPID', 'TIME', 'CMD'], ...rows]));
    });
}
