/** belljar events and update. */
import type { Command } from 'commander';
import type { GlobalOptions } from '#runtime/container/create.ts';
import { statsOf, updateContainer, watchEvents } from '#runtime/container/resources.ts';
import { Container } from '#runtime/container/state.ts';
import { Failure } from '#runtime/failure.ts';
import { print } from './print.ts';

/** Go's notation: "5s", "1m30s", "500ms". */
function parseInterval(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Failure('usage', `--interval ${text}: want a time such as 5s`);
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) sum += Number(number) * (units[unit ?? 's'] ?? 0);
  if (sum <= 0) throw new Failure('usage', `--interval ${text}: want more than nothing`);
  return sum;
}

const limits = [
  ['--memory <bytes>', 'memory', 'limit'],
  ['--memory-reservation <bytes>', 'memory', 'reservation'],
  ['--memory-swap <bytes>', 'memory', 'swap'],
  ['--cpu-period <us>', 'cpu', 'period'],
  ['--cpu-quota <us>', 'cpu', 'quota'],
  ['--cpu-share <n>', 'cpu', 'shares'],
  ['--cpuset-cpus <list>', 'cpu', 'cpus'],
  ['--cpuset-mems <list>', 'cpu', 'mems'],
  ['--pids-limit <n>', 'pids', 'limit'],
  ['--blkio-weight <n>', 'blockIO', 'weight'],
] as const;

export function addResources(program: Command, globals: () => GlobalOptions): void {
  program
    .command('events')
    .description("Prints a container's resource counts, as JSON, again and again.")
    .argument('<id>')
    .option('--stats', 'once')
    .option('--interval <time>', 'between two', parseInterval, 5000)
    .action((id: string, flags: { stats?: boolean; interval: number }) => {
      const container = Container.open(globals().root, id);
      const show = (type: string, data?: unknown): void =>
        print(1, `${JSON.stringify({ type, id, ...(data === undefined ? {} : { data }) })}\n`);
      if (flags.stats) show('stats', statsOf(container));
      else watchEvents(container, flags.interval, show);
    });

  const update = program
    .command('update')
    .description("Changes a container's limits.")
    .argument('<id>')
    .option('-r, --resources <file>', "a file with linux.resources as JSON; '-' is standard input");
  for (const [flag, , name] of limits) update.option(flag, `limit: ${name}`);
  update.action((id: string, flags: Record<string, string | undefined>) => {
    const container = Container.open(globals().root, id);
    const resources: Record<string, Record<string, string | number>> = {};
    for (const [flag, group, name] of limits) {
      const key = flag.slice(2, flag.indexOf(' ')).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      const value = flags[key];
      if (value === undefined) continue;
      const text = flag.endsWith('<list>');
      if (!text && !/^-?\d+$/.test(value)) throw new Failure('usage', `${flag.split(' ')[0]} ${value}: want a number`);
      (resources[group] ??= {})[name] = text ? value : Number(value);
    }
    updateContainer(container, flags['resources'] ?? null, resources, globals());
  });
}
