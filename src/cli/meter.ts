/**
 * `belljar meter`, as the program knows it: one line of help and the way to the real command. The meter stays out of the
 * bundle, and runs from its sources: it brings chart and exposition libraries that no other command should load.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { meterCommand } from './meter-command.ts';

export function addMeter(program: Command): void {
  program
    .command('meter')
    .description('Tells what KPTI, or the sandbox, will cost a workload, from counters taken while it runs.')
    .argument('[args...]')
    .usage('[options] [-- COMMAND [ARGS...]]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(() => runMeter(process.argv.slice(process.argv.indexOf('meter') + 1)));
}

/** In the sources this file is in src/cli; in the bundle its address is that of build/belljar.js. */
function runMeter(args: string[]): void {
  const beside = fileURLToPath(new URL('meter-command.ts', import.meta.url));
  const path = existsSync(beside) ? beside : fileURLToPath(new URL('../src/cli/meter-command.ts', import.meta.url));
  const loaded = createRequire(import.meta.url)(path) as { meterCommand: typeof meterCommand };
  void loaded.meterCommand().name('belljar meter').parseAsync(args, { from: 'user' });
}
